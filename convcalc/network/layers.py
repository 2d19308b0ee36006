"""One layer as written, and lists of them: kind, fields, and the keys beside the kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING

from pydantic import ValidationError

from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.fields import show
from convcalc.network.expectations import LayerExpect, read_expectation
from convcalc.network.findings import Findings, add_validation_errors, nearest
from convcalc.network.template import RESERVED, Block, Field, LayerTemplate
from convcalc.network.values import compile_value, names_in

if TYPE_CHECKING:
    from convcalc.kinds.base import Kind

BESIDE = frozenset({"name", "from", "repeat", "each", "if", "expect", "note"})
# What a field must look like to stand in for one that an expression will fill.
_PLACEHOLDERS: tuple[object, ...] = (1, True, "x")


class LayerReader:
    """Reads layer lists, knowing the blocks, the variables and the defaults of the file."""

    def __init__(
        self, findings: Findings, blocks: dict[str, Block], variables: dict[str, Field]
    ) -> None:
        self.findings = findings
        self.blocks = blocks
        self.variables = variables
        self.defaults: dict[str, dict[str, Field]] = {}
        self._finished: dict[tuple[object, ...], Kind] = {}

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
                message = f"`defaults`: there is no kind `{word}`"
                help = nearest(word, kind_names())
                self.findings.add("unknown-kind", message, node.keys[word], help=help)
            elif not isinstance(entry, Mapping):
                help = f"write `{word}: {{...}}`"
                message = f"the defaults of `{word}` are no mapping"
                self.findings.add("wrong-type", message, entry, help=help)
            else:
                what = f"the defaults of `{word}`"
                fields = self._fields(entry, kind.spellings(), what)
                self._check_static(kind, fields, what, entry)
                self.defaults[word] = fields

    def read_list(
        self,
        node: Node | None,
        args: AbstractMapping[str, Field | None],
        what: str,
        owner: Node,
    ) -> tuple[LayerTemplate, ...]:
        """The layers of a list; unnamed ones get KIND_N, counted within the list."""
        if not isinstance(node, Sequence) or not node.items:
            message = f"{what} has no layers"
            help = "add `layers:` with a list, such as `- conv: {out: 64, k: 3}`"
            place = node if node is not None else owner.place._replace(width=1)
            self.findings.add("empty-network", message, place, help=help)
            return ()
        known = frozenset(args) | frozenset(self.variables)
        given: set[object] = {
            name.value
            for item in node.items
            if isinstance(item, Mapping) and isinstance(name := item.entries.get("name"), Scalar)
        }
        numbers: Counter[str] = Counter()
        layers = []
        for item in node.items:
            layer = self._layer(item, known, numbers, given)
            if layer is not None:
                layers.append(layer)
            if self.findings.full:
                break
        return tuple(layers)

    def _layer(
        self, node: Node, known: frozenset[str], numbers: Counter[str], given: set[object]
    ) -> LayerTemplate | None:
        found = self._word(node)
        if found is None:
            return None
        word, value = found
        numbers[word] += 1
        while f"{word}_{numbers[word]}" in given:
            numbers[word] += 1
        label = f"{word}_{numbers[word]}"
        beside = node.entries if isinstance(node, Mapping) else {}
        name = self._name(beside.get("name"))
        what = f"layer `{name or label}`"
        kind = None if word in self.blocks else find_kind(word)
        if kind is None and word not in self.blocks:
            self._unknown_word(word, node)
            return None
        each = self._each(beside.get("each"), word, kind, what)
        fields = self._layer_fields(word, value, kind, what, node, each)
        template = LayerTemplate(
            word=word,
            label=name or label,
            node=node,
            kind=kind,
            block=None if kind else word,
            fields=fields,
            layer=self._check_static(kind, fields, what, node, each) if kind else None,
            name=name,
            source=self._source(beside.get("from"), kind, what),
            repeat=self._beside(beside.get("repeat"), "repeat", what, int),
            each=each,
            condition=self._beside(beside.get("if"), "if", what, bool),
            expect=read_expectation(beside["expect"], self.findings, what, LayerExpect)
            if "expect" in beside
            else None,
            names=_names_used(fields, beside),
        )
        if template.repeat and template.each:
            help = "keep one; for n passes of a series, put it in a block and repeat that"
            message = f"{what} has both `repeat` and `each`"
            self.findings.add("bad-layer", message, template.repeat.node, help=help)
        return template

    def _word(self, node: Node) -> tuple[str, Node | None] | None:
        """The kind or block that a layer names, and the value that it is given."""
        if isinstance(node, Scalar) and isinstance(node.value, str):
            return node.value, None
        if not isinstance(node, Mapping):
            got = "a list" if isinstance(node, Sequence) else show(node.value)
            help = "write a word such as `relu`, or `conv: {out: 64, k: 3}`"
            self.findings.add(
                "bad-layer", f"a layer is a word or a map, got {got}", node, help=help
            )
            return None
        words = [key for key in node.entries if key not in BESIDE]
        if len(words) == 1:
            return words[0], node.entries[words[0]]
        if not words:
            help = "add its kind, as in `conv: {out: 64, k: 3}`"
            self.findings.add("bad-layer", "this layer has no kind", node, help=help)
            return None
        kinds = [word for word in words if find_kind(word) or word in self.blocks]
        if len(kinds) == 1:
            self._stray_keys(node, kinds[0], words)
            return kinds[0], node.entries[kinds[0]]
        help = "give each layer its own `-` item"
        message = f"a layer has one kind, got {' and '.join(f'`{word}`' for word in words[:4])}"
        self.findings.add("bad-layer", message, node.keys[words[1]], help=help)
        return None

    def _stray_keys(self, node: Mapping, word: str, words: list[str]) -> None:
        kind = find_kind(word) if word not in self.blocks else None
        inside = set(kind.spellings()) if kind else set(self.blocks[word].args)
        for key in words:
            if key == word:
                continue
            help = nearest(key, BESIDE)
            if key in inside:
                help = f"`{key}` is a field of `{word}`: write {word}: {{{key}: ...}}"
            message = f"`{key}` cannot stand beside `{word}`"
            self.findings.add("unknown-key", message, node.keys[key], help=help)

    def _unknown_word(self, word: str, node: Node) -> None:
        place = node.keys[word] if isinstance(node, Mapping) else node
        help = nearest(word, [*kind_names(), *self.blocks])
        self.findings.add(
            "unknown-kind", f"there is no kind or block {show(word)}", place, help=help
        )

    def _name(self, node: Node | None) -> str | None:
        from convcalc.network.reader import check_name

        if node is None:
            return None
        name = node.value if isinstance(node, Scalar) else None
        if not isinstance(name, str):
            got = show(name) if isinstance(node, Scalar) else "a collection"
            help = "write `name: stem`"
            self.findings.add("bad-name", f"a layer's name is a word, got {got}", node, help=help)
            return None
        return name if check_name(name, node, "layer", RESERVED, self.findings) else None

    def _source(self, node: Node | None, kind: type[Kind] | None, what: str) -> Field | None:
        if node is None:
            return None
        if kind is not None and kind.is_merge:
            help = "name all inputs in the merge itself, as in `add: [main, shortcut]`"
            message = f"{what} is a merge and takes no `from`"
            self.findings.add("bad-layer", message, node, help=help)
            return None
        value, dynamic = compile_value(node, self.findings, f"`from` of {what}")
        if not isinstance(value, str) and not dynamic:
            got = show(value)
            help = "give the layer a `name` and write that; layers have no numbers"
            message = f"`from` of {what} wants a layer's name, got {got}"
            self.findings.add("wrong-type", message, node, help=help)
            return None
        return Field(value, node, "from", dynamic)

    def _beside(self, node: Node | None, key: str, what: str, wanted: type) -> Field | None:
        if node is None:
            return None
        value, dynamic = compile_value(node, self.findings, f"`{key}` of {what}")
        fits = isinstance(value, wanted) and (wanted is bool or not isinstance(value, bool))
        if not dynamic and not (fits and (wanted is bool or value >= 0)):  # type: ignore[operator]
            words = "an expression such as =s>1, true or false"
            if wanted is int:
                words = "an integer of 0 or more, or an expression"
            got = show(value) if isinstance(node, Scalar) else "a collection"
            message = f"`{key}` of {what} wants {words}, got {got}"
            self.findings.add("wrong-type", message, node)
            return None
        return Field(value, node, key, dynamic)

    def _each(
        self, node: Node | None, word: str, kind: type[Kind] | None, what: str
    ) -> tuple[tuple[str, Field], ...]:
        if node is None:
            return ()
        if not isinstance(node, Mapping) or not node.entries:
            help = "write `each: {s: [2, 1]}`"
            self.findings.add("wrong-type", f"`each` of {what} is no mapping", node, help=help)
            return ()
        spellings = kind.spellings() if kind else {arg: arg for arg in self.blocks[word].args}
        series = self._fields(node, spellings, f"`each` of {what}")
        lengths: dict[str, int] = {}
        for name, field in series.items():
            if isinstance(field.value, list):
                lengths[field.written] = len(field.value)
            elif not field.dynamic:
                help = "write one value for each layer, as in [2, 1]"
                message = f"`each` of {what}: `{name}` is no list"
                self.findings.add("wrong-type", message, field.node, help=help)
        if len(set(lengths.values())) > 1:
            listed = ", ".join(f"{key} {length}" for key, length in lengths.items())
            help = "lists in `each` go in step: give them one length"
            message = f"the lists in `each` of {what} have unequal lengths: {listed}"
            self.findings.add("wrong-value", message, node, help=help)
        return tuple(series.items())

    def _layer_fields(
        self,
        word: str,
        value: Node | None,
        kind: type[Kind] | None,
        what: str,
        node: Node,
        each: tuple[tuple[str, Field], ...],
    ) -> dict[str, Field]:
        own: dict[str, Field] = {}
        if isinstance(value, Mapping):
            if kind:
                own = self._fields(value, kind.spellings(), f"`{word}`")
            else:
                own = self._fields(
                    value, {arg: arg for arg in self.blocks[word].args}, f"block `{word}`"
                )
        elif value is not None and not (isinstance(value, Scalar) and value.value is None):
            own = self._main_field(word, value, kind, what)
        for name, field in each:
            if name in own:
                message = f"`{field.written}` of {what} is given both beside and in `each`"
                self.findings.add("field-given-twice", message, field.node, help="keep one of them")
        fields = {**self.defaults.get(word, {}), **own} if kind else own
        if not kind:
            self._check_arguments(word, fields, each, node)
        return fields

    def _main_field(
        self, word: str, value: Node, kind: type[Kind] | None, what: str
    ) -> dict[str, Field]:
        if kind is None:
            args = ", ".join(f"{arg}: ..." for arg in self.blocks[word].args)
            help = f"write {word}: {{{args}}}"
            message = f"block `{word}` wants its arguments by name"
            self.findings.add("wrong-type", message, value, help=help)
            return {}
        if not kind.main:
            help = f"write `{word}`" if not kind.needs_fields() else f"write {word}: {{...}}"
            message = f"`{word}` has no main field that a single value could fill"
            self.findings.add("wrong-type", message, value, help=help)
            return {}
        compiled, dynamic = compile_value(value, self.findings, f"`{kind.main}` of {what}")
        return {kind.main: Field(compiled, value, kind.main, dynamic)}

    def _fields(self, node: Mapping, spellings: dict[str, str], what: str) -> dict[str, Field]:
        fields: dict[str, Field] = {}
        for written, entry in node.entries.items():
            name = spellings.get(written)
            if name is None:
                self.findings.add(
                    "unknown-field",
                    f"{what} has no `{written}`",
                    node.keys[written],
                    help=nearest(written, spellings),
                )
                continue
            if name in fields:
                message = f"`{fields[name].written}` and `{written}` of {what} are the same field"
                self.findings.add(
                    "field-given-twice", message, node.keys[written], help="keep one of them"
                )
                continue
            value, dynamic = compile_value(entry, self.findings, f"`{written}` of {what}")
            fields[name] = Field(value, entry, written, dynamic)
        return fields

    def _check_arguments(
        self, word: str, fields: dict[str, Field], each: tuple[tuple[str, Field], ...], node: Node
    ) -> None:
        given = fields.keys() | {name for name, _ in each}
        for arg, default in self.blocks[word].args.items():
            if default is None and arg not in given:
                message = f"block `{word}` needs `{arg}`"
                place = node.keys[word] if isinstance(node, Mapping) else node
                self.findings.add("missing-field", message, place, help=f"add `{arg}: ...`")

    def _check_static(
        self,
        kind: type[Kind],
        fields: dict[str, Field],
        what: str,
        node: Node,
        each: tuple[tuple[str, Field], ...] = (),
    ) -> Kind | None:
        """Validate what is known already; the finished layer where nothing is left open."""
        is_default = what.startswith("the defaults")
        open_fields = {name for name, field in fields.items() if field.dynamic}
        open_fields |= {name for name, _ in each}
        values = {name: field.value for name, field in fields.items() if not field.dynamic}
        if not open_fields and not is_default:
            key = (kind, *((name, _hashable(value)) for name, value in values.items()))
            known = self._finished.get(key)
            if known is not None:
                return known
        try:
            layer = kind.model_validate(values)
        except ValidationError as error:
            nodes = {name: field.node for name, field in fields.items()}
            written = {name: field.written for name, field in fields.items()}
            for name in kind.model_fields:
                written.setdefault(name, name)
            # A field that is still open may be the one that is missing.
            only = frozenset(values) if is_default else frozenset(kind.model_fields) - open_fields
            if not open_fields and not is_default:
                only = only | {""}
            place = node.keys.get(kind.kind, node) if isinstance(node, Mapping) else node
            add_validation_errors(
                self.findings, error, f"`{kind.kind}`", place, nodes, written, only
            )
            return None
        if open_fields or is_default:
            return None
        self._finished[key] = layer
        return layer


def _hashable(value: object) -> object:
    # 1, 1.0 and true are equal keys, but not equal fields.
    return tuple(map(_hashable, value)) if isinstance(value, list) else (type(value), value)


def _names_used(fields: dict[str, Field], beside: AbstractMapping[str, Node]) -> frozenset[str]:
    names = [names_in(field.value) for field in fields.values()]
    return frozenset().union(*names)
