"""One layer as written, and lists of them: the word, its fields, and the keys beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as AbstractMapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.kinds import find_kind
from convcalc.network.expectations import LayerExpect, read_expectation
from convcalc.network.expressions import ExpressionError, parse_expression
from convcalc.network.findings import Findings
from convcalc.network.given_fields import FieldReader
from convcalc.network.names import check_name
from convcalc.network.proposals import example, nearest, propose_kind
from convcalc.network.template import RESERVED, Block, Field, LayerTemplate
from convcalc.network.written_values import NO_FUNCTIONS, Names, compile_value, got, named

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

BESIDE = frozenset({"name", "from", "repeat", "each", "if", "weights", "expect", "note"})
# How the inputs of a merge are written.
_NAMED = "[prev, shortcut]"


class LayerReader:
    """Reads layer lists, knowing the blocks and the variables of the file.

    `refused` are the names of blocks that could not be read (None: any word may be one),
    `unclear` those of blocks whose arguments are in doubt, and `variables` may be in doubt
    themselves: nothing more is said of any of them.
    """

    def __init__(
        self,
        findings: Findings,
        blocks: AbstractMapping[str, Block],
        refused: AbstractSet[str] | None,
        unclear: AbstractSet[str],
        variables: Names,
    ) -> None:
        self.findings = findings
        self.blocks = blocks
        self.refused = refused
        self.names = variables.of_layer()
        self.fields = FieldReader(findings, blocks, unclear)

    def read_defaults(self, node: Node | None) -> None:
        """Keep the file's `defaults`, by kind."""
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return
        if not isinstance(node, Mapping):
            help = "write `defaults: {conv: {bias: false}}`"
            self.findings.add("wrong-type", "`defaults` is no mapping", node, help=help)
            return
        for word, entry in node.entries.items():
            kind = find_kind(word)
            if kind is None:
                message = f"`defaults`: there is no kind {named(word)}"
                help = propose_kind(word, ())
                if word in self.blocks:
                    help = f"give block `{word}` its defaults in its own `args`"
                self.findings.add("unknown-kind", message, node.keys[word], help=help)
            elif not isinstance(entry, Mapping):
                help = f"write `{word}: {{FIELD: VALUE}}`"
                message = f"the defaults of `{word}` are no mapping"
                self.findings.add("wrong-type", message, entry, help=help)
            else:
                self.fields.read_defaults(kind, entry, self.names)

    def read_list(
        self, node: Node | None, args: AbstractSet[str] | None, what: str, owner: Node
    ) -> tuple[LayerTemplate, ...]:
        """The layers of a list; unnamed ones get KIND_N, counted within the list."""
        if node is not None and not isinstance(node, Sequence) and not _is_nothing(node):
            help = "begin each layer with `- `"
            message = f"the layers of {what} are no list, but {got(node)}"
            self.findings.add("wrong-type", message, node.place._replace(width=1), help=help)
            return ()
        if not isinstance(node, Sequence) or not node.items:
            message = f"{what} has no layers"
            help = "add `layers:` with a list, such as `- conv: {out: 64, k: 3}`"
            place = node if node is not None else owner.place._replace(width=1)
            self.findings.add("empty-network", message, place, help=help)
            return ()
        names = self.names | args
        maps = [item for item in node.items if isinstance(item, Mapping)]
        written = (layer.entries.get("name") for layer in maps)
        taken = {name.value for name in written if isinstance(name, Scalar)}
        numbers: Counter[str] = Counter()
        layers = []
        for item in node.items:
            layers.append(self._layer(item, names, numbers, taken))
            if self.findings.full:
                break
        return tuple(layers)

    def _layer(
        self, node: Node, names: Names, numbers: Counter[str], taken: AbstractSet[object]
    ) -> LayerTemplate:
        beside = node.entries if isinstance(node, Mapping) else {}
        name = self._name(beside.get("name"))
        found = self._word(node)
        if found is None:
            # Its name stays known, so that whoever refers to it is no second mistake.
            return LayerTemplate("", name or "", node, None, None, {}, name=name)
        word, value, stray = found
        numbers[word] += 1
        while f"{word}_{numbers[word]}" in taken:
            numbers[word] += 1
        label = name or f"{word}_{numbers[word]}"
        what = f"layer `{label}`"
        place = node.keys[word] if isinstance(node, Mapping) else node
        kind = None if word in self.blocks else find_kind(word)
        spellings = kind.spellings() if kind else {arg: arg for arg in self.blocks[word].args}
        each = self.fields.each(word, beside.get("each"), spellings, what, names)
        made = None
        if kind:
            fields, made = self.fields.of_kind(kind, value, stray, what, place, each, names)
        else:
            fields = self.fields.of_block(word, value, what, place, each, names)
        is_wired = "inputs" in {*fields, *each.fields}
        return LayerTemplate(
            word=word,
            label=label,
            node=node,
            kind=kind,
            block=None if kind else word,
            fields=fields,
            layer=made,
            name=name,
            source=self._source(beside.get("from"), kind, is_wired, what, names),
            repeat=self._repeat(beside, what, names),
            each=tuple(each.fields.items()),
            condition=self._condition(beside.get("if"), what, names),
            weights=self._weights(beside.get("weights"), what, names),
            expect=read_expectation(beside["expect"], self.findings, what, LayerExpect)
            if "expect" in beside
            else None,
            names_inputs=kind is not None and kind.is_merge and (is_wired or not kind.takes_from),
        )

    def _word(self, node: Node) -> tuple[str, Node | None, Mapping | None] | None:
        """The layer's word, what it is given, and the map where fields stand beside the word."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return self._known(node.value, None, node)
        if not isinstance(node, Mapping):
            help = "write a word such as `relu`, or `conv: {out: 64, k: 3}`"
            message = f"a layer is a word or a map, got {got(node)}"
            self.findings.add("bad-layer", message, node, help=help)
            return None
        words = [key for key in node.entries if key not in BESIDE]
        if len(words) == 1:
            return self._known(words[0], node.entries[words[0]], node)
        if not words:
            help = "add its kind, as in `conv: {out: 64, k: 3}`"
            self.findings.add("bad-layer", "this layer has no kind", node, help=help)
            return None
        kinds = [word for word in words if find_kind(word) or word in self.blocks]
        if len(kinds) == 1:
            stray = self._stray_keys(node, kinds[0], [word for word in words if word != kinds[0]])
            return kinds[0], node.entries[kinds[0]], node if stray else None
        help = "give each layer its own `- `"
        message = f"a layer has one kind, got {' and '.join(f'`{word}`' for word in words[:4])}"
        self.findings.add("bad-layer", message, node.keys[words[1]], help=help)
        return None

    def _known(
        self, word: str, value: Node | None, node: Node
    ) -> tuple[str, Node | None, None] | None:
        if self.refused is not None and word in self.refused:
            # Of a block that bears a kind's name: whether these are its arguments, who can tell.
            return None
        if word in self.blocks or find_kind(word):
            return word, value, None
        if self.refused is not None:
            place = node.keys[word] if isinstance(node, Mapping) else node
            message = f"there is no kind or block {named(word)}"
            help = propose_kind(word, self.blocks)
            self.findings.add("unknown-kind", message, place, help=help)
        return None

    def _stray_keys(self, node: Mapping, word: str, stray: list[str]) -> bool:
        """Findings for keys that cannot stand beside the word; True where they are its fields."""
        kind = None if word in self.blocks else find_kind(word)
        inside = kind.spellings() if kind else {arg: arg for arg in self.blocks[word].args}
        fields = [key for key in stray if key in inside]
        for key in stray:
            if key not in fields:
                message = f"`{key}` cannot stand beside `{word}`"
                help = nearest(key, BESIDE)
                self.findings.add("unknown-key", message, node.keys[key], help=help)
        if fields:
            listed = " and ".join(f"`{key}`" for key in fields)
            they = "they are fields" if len(fields) > 1 else "it is a field"
            note = f"{they} of `{word}`, but not inside of it"
            pairs = ", ".join(_pair(key, node.entries[key]) for key in fields)
            help = f"indent more than `{word}`, or write `{word}: {{{pairs}}}`"
            if not _is_nothing(node.entries[word]):
                help = f"write it with the other fields, as in `{word}: {{..., {pairs}}}`"
            message = f"{listed} cannot stand beside `{word}`"
            self.findings.add("unknown-key", message, node.keys[fields[0]], note=note, help=help)
        return bool(fields)

    def _name(self, node: Node | None) -> str | None:
        if node is None:
            return None
        name = node.value if isinstance(node, Scalar) else None
        if not isinstance(name, str):
            help = "write `name: stem`"
            message = f"a layer's name is a word, got {got(node)}"
            self.findings.add("bad-name", message, node, help=help)
            return None
        return name if check_name(name, node, "layer", RESERVED, self.findings) else None

    def _source(
        self,
        node: Node | None,
        kind: type[Kind] | None,
        names_inputs: bool,
        what: str,
        names: Names,
    ) -> Field | None:
        if node is None:
            return None
        if kind is not None and kind.is_source:
            message = f"{what} reads no layer and takes no `from`"
            help = "delete `from`; whoever wants it reads it by its name"
            self.findings.add("bad-layer", message, node, help=help)
            return None
        if kind is not None and kind.is_merge and (names_inputs or not kind.takes_from):
            help = (
                f"name all inputs in the merge itself, as in `{example(kind.kind, inputs=_NAMED)}`"
            )
            message = f"{what} is a merge and takes no `from`"
            self.findings.add("bad-layer", message, node, help=help)
            return None
        value, dynamic = compile_value(node, self.findings, f"`from` of {what}", names)
        if not isinstance(value, str) and not dynamic:
            help = "give that layer a `name` and write it here; layers have no numbers"
            if isinstance(node, Sequence):
                help = "join several layers first, by `add`, `concat` or another merge"
            message = f"`from` of {what} wants a layer's name, got {got(node)}"
            self.findings.add("wrong-type", message, node, help=help)
            return None
        return Field(value, node, "from", dynamic)

    def _weights(self, node: Node | None, what: str, names: Names) -> Field | None:
        if node is None:
            return None
        value, dynamic = compile_value(node, self.findings, f"`weights` of {what}", names)
        if dynamic or (isinstance(value, str) and value not in RESERVED):
            return Field(value, node, "weights", dynamic)
        help = "give the layer whose arrays are to be used a `name`, and write it here"
        message = f"`weights` of {what} wants the name of an earlier layer, got {got(node)}"
        self.findings.add("wrong-type", message, node, help=help)
        return None

    def _repeat(self, beside: AbstractMapping[str, Node], what: str, names: Names) -> Field | None:
        node = beside.get("repeat")
        if node is None:
            return None
        value, dynamic = compile_value(node, self.findings, f"`repeat` of {what}", names)
        if not dynamic and (type(value) is not int or value < 0):
            words = "an integer of 0 or more, or an expression"
            message = f"`repeat` of {what} wants {words}, got {got(node)}"
            slug = "wrong-value" if type(value) is int else "wrong-type"
            is_name = isinstance(value, str) and value in names
            help = f"write `repeat: ={value}`" if is_name else "write `repeat: 2`"
            self.findings.add(slug, message, node, help=help)
            return None
        if "each" in beside:
            help = "keep one; for several passes of a series, put it in a block and repeat that"
            self.findings.add("bad-layer", f"{what} has both `repeat` and `each`", node, help=help)
        return Field(value, node, "repeat", dynamic)

    def _condition(self, node: Node | None, what: str, names: Names) -> Field | None:
        if node is None:
            return None
        value, dynamic = compile_value(node, self.findings, f"`if` of {what}", names)
        if not dynamic and not isinstance(value, bool):
            help = "write `if: =cin>64`, `if: true` or `if: false`"
            if isinstance(value, str) and _is_expression(value, names):
                help = f"write `if: ={value}`"
            message = f"`if` of {what} wants an expression, true or false, got {got(node)}"
            self.findings.add("wrong-type", message, node, help=help)
            return None
        return Field(value, node, "if", dynamic)


def _is_nothing(node: Node) -> bool:
    empty = isinstance(node, Mapping) and not node.entries
    return empty or (isinstance(node, Scalar) and node.value is None)


def _pair(key: str, node: Node) -> str:
    return f"{key}: {node.text}" if isinstance(node, Scalar) else f"{key}: ..."


def _is_expression(text: str, names: Names) -> bool:
    try:
        return names.known is not None and not names.lacks(
            parse_expression(text, names.functions or NO_FUNCTIONS)
        )
    except ExpressionError:
        return False
