"""The changes written into the file: only the words that change, so that all else stays."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from convcalc.core.errors import Edit
from convcalc.core.shapes import Shape
from convcalc.document import Document, Node, Scalar, Sequence
from convcalc.document import Mapping as MappingNode
from convcalc.features.convert.regions import Change
from convcalc.kinds.base import Kind
from convcalc.kinds.base.field_values import show
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.kinds.identity_family import Identity

if TYPE_CHECKING:
    from convcalc.network.graph import Graph
    from convcalc.network.template import LayerTemplate

_PLAIN_ENDS = frozenset(",[]{}#:&*!|>'\"%@`")


class Rewriter:
    """Makes the edits for the changes of a graph."""

    def __init__(self, graph: Graph, document: Document, changes: Mapping[int, Change]) -> None:
        self.graph, self.document, self.changes = graph, document, changes
        root = document.root
        assert isinstance(root, MappingNode)
        self.root = root
        defaults = root.entries.get("defaults")
        self.defaults = defaults.entries if isinstance(defaults, MappingNode) else {}
        self.parents = dict(self._lists())

    def edits(self) -> list[Edit]:
        """Every edit; layers that are written once are changed once."""
        found: list[Edit] = []
        done: set[int] = set()
        for index, change in self.changes.items():
            template = self.graph.nodes[index].template
            if id(template) not in done:
                done.add(id(template))
                found += self._layer(template, change)
        return found + list(self._expectations())

    def _lists(self) -> Iterable[tuple[int, Sequence]]:
        """The list that each layer stands in, by the identity of the layer's node."""
        blocks = self.root.entries.get("blocks")
        lists = [self.root.entries.get("layers")]
        if isinstance(blocks, MappingNode):
            for block in blocks.entries.values():
                if isinstance(block, MappingNode):
                    lists.append(block.entries.get("layers"))
        for listed in lists:
            if isinstance(listed, Sequence):
                for item in listed.items:
                    yield id(item), listed

    def _layer(self, template: LayerTemplate, change: Change) -> list[Edit]:
        if change.act == "drop":
            return self._dropped(template)
        if change.act == "dense":
            return self._dense(template, change)
        if change.act == "keepdim":
            return self._whole(template, change.kind, "{keepdim: true}")
        if not change.kind.role:
            return self._whole(template, change.kind, "{}", bare=True)
        size = kernel_text(change.kernel)
        stride = "1" if change.act == "slide" else size
        neutral = self._neutral(change.kind, {"kernel_size", "stride"})
        fields = [f"k: {size}", f"s: {stride}", *neutral]
        return self._whole(template, change.kind, f"{{{', '.join(fields)}}}")

    def _neutral(self, kind: type[Kind], given: Iterable[str]) -> list[str]:
        """Fields to write because the file's defaults say something else."""
        entry = self.defaults.get(kind.kind)
        if not isinstance(entry, MappingNode):
            return []
        spellings = kind.spellings()
        set_ones = [spellings[name] for name in entry.entries if name in spellings]
        usual = {
            name: field.default
            for name, field in kind.model_fields.items()
            if not field.is_required() and name not in set(given)
        }
        return [
            f"{SHORT_NAMES.get(name, name)}: {_default(usual[name])}"
            for name in set_ones
            if name in usual
        ]

    def _whole(
        self, template: LayerTemplate, kind: type[Kind], fields: str, bare: bool = False
    ) -> list[Edit]:
        """The word and everything it is given, in place of what stands there."""
        node, word = template.node, kind.kind
        if isinstance(node, Scalar):
            return [Edit(node.start, node.end, word if bare else f"{word}: {fields}")]
        assert isinstance(node, MappingNode)
        key, value = node.keys[template.word], node.entries[template.word]
        if bare and len(node.entries) == 1:
            return [Edit(key.start, value.end, word)]
        return [Edit(key.start, key.end, word), Edit(value.start, value.end, fields)]

    def _dropped(self, template: LayerTemplate) -> list[Edit]:
        """A flatten that nothing else hangs on leaves the list; others do nothing from now on."""
        node = template.node
        listed = self.parents[id(node)]
        if not isinstance(node, Scalar):
            assert isinstance(node, MappingNode)
            key = node.keys[template.word]
            return [Edit(key.start, key.end, Identity.kind)]
        if len(listed.items) == 1:
            return [Edit(node.start, node.end, Identity.kind)]
        text = self.document.text
        if text[listed.start] == "[":
            at = listed.items.index(node)
            if at:
                return [Edit(listed.items[at - 1].end, node.end, "")]
            return [Edit(node.start, listed.items[1].start, "")]
        return [self._dropped_line(node)]

    def _dropped_line(self, node: Scalar) -> Edit:
        """The line of a list's item; a comment behind it stays, on a line of its own."""
        text = self.document.text
        start = node.start - (node.column - 1)
        rest, line_break, _ = text[node.end :].partition("\n")
        end = node.end + len(rest) + len(line_break)
        comment = rest.strip()
        if not comment.startswith("#"):
            return Edit(start, end, "")
        indent, _, _ = text[start:end].partition("-")
        return Edit(start, end, f"{indent}{comment}\n")

    def _dense(self, template: LayerTemplate, change: Change) -> list[Edit]:
        """A dense layer as the convolution: word, kernel, and what the defaults would change."""
        node, word = template.node, change.kind.kind
        inside = {
            "out_channels" if name == "out_features" else name for name in self._own(template)
        }
        extra = [f"k: {kernel_text(change.kernel)}"]
        for name, field in template.fields.items():
            full = "out_channels" if name == "out_features" else name
            if full not in inside:
                extra.insert(0, f"{'out' if full == 'out_channels' else full}: {_text(field.node)}")
                inside.add(full)
        extra += self._neutral(change.kind, inside)
        if isinstance(node, Scalar):
            return [Edit(node.start, node.end, f"{word}: {{{', '.join(extra)}}}")]
        assert isinstance(node, MappingNode)
        key, value = node.keys[template.word], node.entries[template.word]
        each = node.entries.get("each")
        edits = [Edit(key.start, key.end, word), *self._renamed(value)]
        edits += self._renamed(each) if each is not None else []
        return [*edits, *self._with_fields(value, extra)]

    def _own(self, template: LayerTemplate) -> set[str]:
        """The fields that the layer itself gives, not the file's defaults."""
        node = template.node
        own = {
            name
            for name, field in template.fields.items()
            if node.start <= field.node.start < node.end
        }
        return own | {name for name, _ in template.each}

    def _renamed(self, node: Node) -> list[Edit]:
        if not isinstance(node, MappingNode) or "out_features" not in node.keys:
            return []
        key = node.keys["out_features"]
        return [Edit(key.start, key.end, "out_channels")]

    def _with_fields(self, value: Node, extra: list[str]) -> list[Edit]:
        text = self.document.text
        added = ", ".join(extra)
        if isinstance(value, Scalar):
            return [Edit(value.start, value.end, f"{{out: {_text(value)}, {added}}}")]
        assert isinstance(value, MappingNode)
        if not value.entries:
            return [Edit(value.start, value.end, f"{{{added}}}")]
        if text[value.start] == "{":
            last = list(value.entries.values())[-1]
            return [Edit(last.end, last.end, f", {added}")]
        # A mapping over several lines: the fields go on lines before its first.
        first = next(iter(value.keys.values()))
        indent = "\n" + " " * (first.column - 1)
        return [Edit(first.start, first.start, "".join(f"{field}{indent}" for field in extra))]

    def _expectations(self) -> Iterable[Edit]:
        """Expected vectors as the maps of size 1 that they have become."""
        graph = self.graph
        converted = self._converted()
        stated = [(node.at, node.template.expect) for node in graph.layers]
        stated += [(scope.result, scope.template.expect) for scope in graph.scopes]
        stated.append((graph.outputs[0], graph.expect))
        for index, expected in stated:
            if expected is None or index not in converted:
                continue
            node = expected.nodes.get("output")
            if isinstance(node, Sequence) and len(node.items) == 1:
                shape = converted[index]
                sizes = [_text(node.items[0]), *map(str, shape[1:])]
                if shape[0] != graph.shape_of(index)[0]:
                    sizes = list(map(str, shape))
                yield Edit(node.start, node.end, f"[{', '.join(sizes)}]")

    def _converted(self) -> dict[int, Shape]:
        """The new shape of every vector that becomes a map, by index."""
        found: dict[int, Shape] = {}
        for node in self.graph.layers:
            change = self.changes.get(node.at)
            output = node.facts.output
            if change is not None:
                found[node.at] = change.output
            elif len(output) == 1:
                source = next((one for one in node.inputs if one in found), None)
                if source is not None:
                    before = found[source]
                    keeps = self.graph.shape_of(source) == output
                    found[node.at] = before if keeps else (*output, *before[1:])
        return found


def _default(value: object) -> str:
    return value if isinstance(value, str) else show(value)


def _text(node: Node) -> str:
    """A value as it is written, in quotes where it would end a mapping in braces."""
    assert isinstance(node, Scalar)
    if not node.quoted and _PLAIN_ENDS & set(node.text):
        return f'"{node.text}"'
    return node.text


def kernel_text(kernel: Shape) -> str:
    """A kernel as the format writes it.

    >>> kernel_text((7, 7)), kernel_text((6, 8))
    ('7', '[6, 8]')
    """
    return str(kernel[0]) if len(set(kernel)) == 1 else f"[{', '.join(map(str, kernel))}]"
