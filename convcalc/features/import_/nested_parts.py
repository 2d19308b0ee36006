"""The layers of a graph as nested parts: a layer, a group of parts, or a run of equal groups."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcalc.kinds.base.elsewhere import SENTENCES
from convcalc.kinds.base.kind import word_of
from convcalc.network.names import usable

if TYPE_CHECKING:
    from convcalc.network.graph import Graph, GraphNode

_NUMBERED = re.compile(r"(.+?)_?\d+")
# Where Keras names parts of parts, which it has no modules for.
_BEHIND_NUMBER = re.compile(r"(?<=\d)_(?=.*[^\W\d_]{2})|(?<=\d[a-z])_(?=.*[^\W\d_]{2})")
# Names nested deeper than this stay side by side.
_DEEPEST = 24


@dataclass(slots=True, eq=False)
class Part:
    """The nodes [first, end) of a graph; `parts` is empty for a layer.

    `reads` are the nodes that it reads: every input of a layer in order; of a group first the one
    that its first layer reads, then others from outside, each once. In a run each part reads the
    one before it. `path` is its name in the source, in segments, and `is_named` where somebody
    gave it that name; `word` is what the source calls parts of its sort, and `only_holds` is true
    of modules without such a word. `series` is the path of the group that is nothing but the run
    of which this is a part, as `layer1` of `layer1.0`.
    """

    path: tuple[str, ...]
    first: int
    end: int
    parts: list[Part] = field(default_factory=list)
    reads: tuple[int, ...] = ()
    is_run: bool = False
    is_named: bool = True
    word: str = ""
    only_holds: bool = False
    series: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    key: int = -1
    variant: int = -1

    @property
    def result(self) -> int:
        """The node whose output is the part's."""
        return self.end - 1

    @property
    def called(self) -> str:
        """What the part is called without its number: that of `layer1.0` is its parent's."""
        return _called(self.path) if self.is_named else ""

    @property
    def sorts(self) -> set[str]:
        """What parts of its sort are called in the source."""
        return {self.word} if self.word else {self.called, _called(self.ends)} - {""}

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


def _called(path: tuple[str, ...]) -> str:
    for segment in reversed(path):
        if not segment.isdigit():
            match = _NUMBERED.fullmatch(segment)
            return usable(match[1] if match else segment)
    return ""


class Outside:
    """What of a graph is read from where, for the question whether a range is a block."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        self.scopes = {scope.name: scope for scope in graph.scopes}
        self._users: dict[int, tuple[int, ...]] = {}
        for node in graph.nodes:
            if node.shares is not None:
                self._users[node.shares] = (*self._users.get(node.shares, ()), node.at)
        self.last_use = list(graph.last_use)
        for index in graph.outputs:
            self.last_use[index] = len(graph.nodes)

    def is_closed(self, first: int, end: int) -> bool:
        """True where nothing but the last of the nodes [first, end) is read from outside."""
        return all(self.last_use[at] < end for at in range(first, end - 1))

    def keeps_weights(self, first: int, end: int) -> bool:
        """True where layers in the nodes [first, end) share their arrays with none, or all at once.

        As a block says of all its layers at once whose arrays they use, all that have arrays have
        to use those of layers that stand equally far away.
        """
        mine = [node for node in self.nodes[first:end] if self._has_arrays(node)]
        far = {node.at - node.shares for node in mine if node.shares is not None}
        users = [self._users.get(node.at, ()) for node in mine]
        is_user = len(far) == 1 and all(node.shares is not None for node in mine)
        if far and not (is_user and far.pop() >= end - first):
            return False
        aways = {
            tuple(user - node.at for user in used) for node, used in zip(mine, users, strict=True)
        }
        return len(aways) <= 1 and all(away >= end - first for one in aways for away in one)

    def owner(self, first: int, end: int) -> tuple[int, int] | None:
        """The nodes whose arrays those in [first, end) use; None where they have their own."""
        for node in self.nodes[first:end]:
            if node.shares is not None:
                away = node.at - node.shares
                return first - away, end - away
        return None

    def shares(self, part: Part) -> bool:
        """True where a layer of the part uses the arrays of another, or another uses its own."""
        return any(map(self._has_arrays, self.nodes[part.first : part.end]))

    def _has_arrays(self, node: GraphNode) -> bool:
        return node.shares is not None or node.at in self._users

    def reads(self, first: int, end: int) -> tuple[int, ...]:
        """What the nodes [first, end) read from outside, each once, in order.

        The layer before them goes first where a merge begins them and reads it beside others, and
        what is no layer's result last.
        """
        nodes = self.nodes
        found = dict.fromkeys(
            one for node in nodes[first:end] for one in node.inputs if one < first
        )
        if len(nodes[first].inputs) > 1 and first - 1 in nodes[first].inputs:
            found = dict.fromkeys((first - 1, *found))
        return tuple(sorted(found, key=lambda at: type(nodes[at].layer).is_source))


def layer_parts(graph: Graph) -> list[Part]:
    """A part for each layer, in order."""
    return [
        Part(
            _path(node.name),
            node.at,
            node.at + 1,
            reads=node.inputs,
            is_named=node.template.name is not None,
        )
        for node in graph.layers
    ]


def _path(name: str) -> tuple[str, ...]:
    """The segments of a name: between dots, or, in names without any, behind numbers.

    >>> _path("layer1.0.conv1"), _path("conv2_block1_1_bn"), _path("norm_1")
    (('layer1', '0', 'conv1'), ('conv2', 'block1', '1', 'bn'), ('norm_1',))
    """
    return tuple(name.split(".") if "." in name else _BEHIND_NUMBER.split(name))


def by_paths(graph: Graph, outside: Outside) -> list[Part]:
    """The layers in groups by the paths of their names, where such a group can be a block."""
    layers = layer_parts(graph)
    _join_units(layers, graph)
    return _grouped(layers, 0, len(layers), 0, outside)


def _join_units(layers: Sequence[Part], graph: Graph) -> None:
    """Let a join of what a unit reads with what it gives belong to the unit.

    Code writes it at the beginning of the next unit, which is given a list.
    """
    for at in range(1, len(layers)):
        join, before = layers[at], layers[at - 1]
        node = graph.nodes[join.first]
        if not node.layer.only_joins() or node.inputs[1:] != (before.first,):
            continue
        shared = 0
        for mine, its in zip(join.path[:-1], before.path[:-1], strict=False):
            if mine != its:
                break
            shared += 1
        unit = before.path[: shared + 1]
        first = at - 1
        while first and layers[first - 1].path[: shared + 1] == unit:
            first -= 1
        if len(before.path) > len(unit) and node.inputs[0] in layers[first].reads:
            join.path = (*unit, join.path[-1])


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
    """These parts as a group, or as they are where they are no block; without a path, unnamed."""
    scope = outside.scopes.get(".".join(path))
    word = _word(scope.block) if scope else ""
    if word:
        # Modules that only hold others are no unit of their own within one that has a name.
        parts = [inner for part in parts for inner in (part.parts if part.only_holds else [part])]
    if scope is None:
        is_named = bool(path) and all(part.is_named for part in parts)
    else:
        # What a plan calls a block without a name is the block's own word with a number.
        last = next((one for one in reversed(path) if not one.isdigit()), "")
        is_named = scope.template.name is not None or not _is_numbered(last, scope.block)
    first, end = parts[0].first, parts[-1].end
    reads = outside.reads(first, end)
    if len(parts) == 1:
        (only,) = parts
        only.word = only.word or (word if only.parts else "")
    elif reads and outside.is_closed(first, end) and outside.keeps_weights(first, end):
        parts = _with_shortcut(parts, outside)
        only_holds = scope is not None and not word
        return [
            Part(
                path, first, end, parts, reads, is_named=is_named, word=word, only_holds=only_holds
            )
        ]
    if is_named:
        parts[-1].ends = path
    return parts


def _with_shortcut(parts: list[Part], outside: Outside) -> list[Part]:
    """The parts, of which a group and the sum of what it reads and gives are side by side.

    Without a word for the group, it is no unit of its own beside units that have no such sum.
    """
    match parts:
        case [inner, last]:
            is_sum = not last.parts and outside.nodes[last.first].layer.is_linear()
            is_unit = bool(inner.parts) and not inner.word and len(inner.reads) == 1
            if is_sum and is_unit and {*last.reads} == {inner.result, *inner.reads}:
                return [*inner.parts, last]
    return parts


def _is_numbered(name: str, word: str) -> bool:
    return name.startswith(f"{word}_") and name[len(word) + 1 :].isdigit()


def _word(type_: str) -> str:
    """What parts of a module's class are called; "" for classes that only hold others.

    >>> _word("InvertedResidual"), _word("_DenseLayer"), _word("Sequential"), _word("basic")
    ('inverted_residual', 'dense_layer', '', 'basic')
    """
    type_ = type_.lstrip("_")
    word = usable(word_of(type_) if type_[:1].isupper() else type_)
    return "" if word.replace("_", "") in SENTENCES else word
