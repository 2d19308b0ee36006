"""The layers of a graph as nested parts: a layer, a group of parts, or a run of equal groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

# Names nested deeper than this stay side by side.
_DEEPEST = 24


@dataclass(slots=True, eq=False)
class Part:
    """The nodes [first, end) of a graph; `parts` is empty for a layer.

    `reads` are the nodes that it reads: every input of a layer in order; of a group first the one
    that its first layer reads, then others from outside, each once. In a run each part reads the
    one before it. `path` is its name in the source, in segments, and `is_named` where somebody
    gave it that name; `word` is what the source calls parts of its sort.
    """

    path: tuple[str, ...]
    first: int
    end: int
    parts: list[Part] = field(default_factory=list)
    reads: tuple[int, ...] = ()
    is_run: bool = False
    is_named: bool = True
    word: str = ""
    key: int = -1

    @property
    def result(self) -> int:
        """The node whose output is the part's."""
        return self.end - 1

    def walk(self) -> Iterator[Part]:
        """The part and all within it, inner ones first."""
        pending = [(self, False)]
        while pending:
            part, done = pending.pop()
            if done or not part.parts:
                yield part
            else:
                pending.append((part, True))
                pending += [(inner, False) for inner in reversed(part.parts)]


class Outside:
    """What of a graph is read from where, for the question whether a range is a block."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.scopes = {scope.name: scope for scope in graph.scopes}
        self.last_use = list(graph.last_use)
        for index in graph.outputs:
            self.last_use[index] = len(graph.nodes)

    def is_closed(self, first: int, end: int) -> bool:
        """True where nothing but the last of the nodes [first, end) is read from outside."""
        return all(self.last_use[at] < end for at in range(first, end - 1))

    def reads(self, first: int, end: int) -> tuple[int, ...]:
        """What the nodes [first, end) read from outside, each once, in order.

        The layer before them goes first where a merge begins them and reads it beside others.
        """
        nodes = self.nodes
        found = dict.fromkeys(
            one for node in nodes[first:end] for one in node.inputs if one < first
        )
        if len(nodes[first].inputs) > 1 and first - 1 in nodes[first].inputs:
            found = dict.fromkeys((first - 1, *found))
        return tuple(found)


def layer_parts(graph: Graph) -> list[Part]:
    """A part for each layer, in order."""
    return [
        Part(
            tuple(node.name.split(".")),
            node.at,
            node.at + 1,
            reads=node.inputs,
            is_named=node.template.name is not None,
        )
        for node in graph.layers
    ]


def by_paths(graph: Graph, outside: Outside) -> list[Part]:
    """The layers in groups by the paths of their names, where such a group can be a block."""
    layers = layer_parts(graph)
    return _grouped(layers, 0, len(layers), 0, outside)


def _grouped(
    layers: Sequence[Part], start: int, stop: int, depth: int, outside: Outside
) -> list[Part]:
    found: list[Part] = []
    at = start
    while at < stop:
        path = layers[at].path
        end = at + 1
        if len(path) > depth + 1 and depth < _DEEPEST:
            while end < stop and _below(layers[end].path, path, depth):
                end += 1
            inner = _grouped(layers, at, end, depth + 1, outside)
            found += grouped(inner, path[: depth + 1], outside)
        else:
            found.append(layers[at])
        at = end
    return found


def _below(path: tuple[str, ...], other: tuple[str, ...], depth: int) -> bool:
    return len(path) > depth + 1 and path[depth] == other[depth]


def grouped(parts: list[Part], path: tuple[str, ...], outside: Outside) -> list[Part]:
    """These parts as a group, or as they are where they are no block."""
    if len(parts) == 1:
        return parts
    first, end = parts[0].first, parts[-1].end
    reads = outside.reads(first, end)
    if not reads or not outside.is_closed(first, end):
        return parts
    scope = outside.scopes.get(".".join(path))
    if scope is None:
        return [Part(path, first, end, parts, reads)]
    is_named = scope.template.name is not None
    return [Part(path, first, end, parts, reads, is_named=is_named, word=scope.block)]
