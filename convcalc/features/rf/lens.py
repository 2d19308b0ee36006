"""How a question looks at the graph: measured back to where, and past which layers.

`ignore` takes names of layers and of blocks, kinds, and three words:

- `se`: gates, the inputs of `mul` and `add` that are one number for the whole map;
- `norm`: normalisations over space, which then count as pointwise;
- `global`: both, and every layer whose units see the whole map.

An ignored layer that only adds the whole map to what it sees (a norm over space) counts as
pointwise; every other ignored layer ends its path: nothing is seen through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape
from convcalc.core.text import nearest
from convcalc.kinds.arithmetic_family import Elementwise

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts
    from convcalc.network.graph import Graph

WORDS = ("se", "norm", "global")


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """A graph as one question sees it.

    `sources` are the indices measured back to, in order; `skipped` are the names of the layers
    that were ignored. `changed` holds the layers that are looked at otherwise than they are.
    """

    graph: Graph
    sources: tuple[int, ...]
    words: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    changed: Mapping[int, tuple[tuple[int, ...], Facts]] = field(default_factory=dict)

    @property
    def layers(self) -> range:
        """All layers; those before every source see none."""
        return range(self.graph.input_count, len(self.graph.nodes))

    def back_from(self, index: int) -> Iterable[int]:
        """The nodes from that at `index` on back to the first source, later ones first."""
        return reversed(range(min(self.sources), index + 1))

    def source_name(self, source: int) -> str:
        """The name of the input or layer that is number `source`."""
        return self.graph.name_of(self.sources[source])

    def source_shape(self, source: int) -> Shape:
        """The shape of the input or layer that is number `source`."""
        return self.graph.shape_of(self.sources[source])

    def reads(self, index: int) -> tuple[tuple[int, ...], Facts]:
        """The inputs of the node at `index` and its facts, without what is ignored."""
        if index in self.changed:
            return self.changed[index]
        node = self.graph.nodes[index]
        return node.inputs, node.facts


def _reading(facts: Facts, places: Sequence[int]) -> Facts:
    """The facts of a layer of which only the inputs at `places` are read."""
    moves = facts.arrangements
    return facts._replace(
        links=tuple(facts.links[place] for place in places),
        arrangements=tuple(moves[place] for place in places) if moves else moves,
        inputs=tuple(facts.inputs[place] for place in places),
    )


def look(graph: Graph, origin: str | None = None, ignore: Iterable[str] = ()) -> Lens:
    """The lens for a question. Raises StackError for a name that the network does not have."""
    words = tuple(dict.fromkeys(ignore))
    sources = tuple(range(graph.input_count))
    if origin is not None:
        sources = (find(graph, origin),)
    if not words:
        return Lens(graph, sources)
    gates, passed = _ignored(graph, words)
    changed: dict[int, tuple[tuple[int, ...], Facts]] = {}
    skipped: list[str] = []
    for at in sorted(passed | gates.keys()):
        node = graph.nodes[at]
        facts = node.facts
        inputs: Sequence[int] = node.inputs
        if at in passed:
            skipped.append(node.name)
            inputs = inputs if facts.sees_all else ()
            facts = _reading(facts, range(len(inputs)))._replace(sees_all=False)
        else:
            skipped += [graph.name_of(inputs[place]) for place in gates[at]]
            left = [place for place in range(len(inputs)) if place not in gates[at]]
            inputs = [inputs[place] for place in left]
            facts = _reading(facts, left)
        changed[at] = tuple(inputs), facts
    return Lens(graph, sources, words, tuple(dict.fromkeys(skipped)), changed)


def _ignored(graph: Graph, words: tuple[str, ...]) -> tuple[dict[int, set[int]], set[int]]:
    """Gates as places among a merge's inputs, by layer; and layers to pass over."""
    from convcalc.kinds import kind_names

    gates: dict[int, set[int]] = {}
    passed: set[int] = set()
    kinds = frozenset(kind_names())
    for word in words:
        if word in ("se", "global"):
            gates |= _gates(graph)
        if word in ("norm", "global"):
            passed |= {node.at for node in graph.layers if node.facts.sees_all}
        if word == "global":
            passed |= {
                node.at
                for node in graph.layers
                if not node.layer.is_merge and None in node.facts.links
            }
        elif word in kinds:
            passed |= {node.at for node in graph.layers if node.layer.kind == word}
        elif word not in WORDS:
            inside = [scope for scope in graph.scopes if scope.name == word]
            for scope in inside:
                passed.update(range(scope.first, scope.end))
            if not inside:
                passed.add(find(graph, word, "to ignore", (*WORDS, *kinds)))
    return gates, {at for at in passed if at >= graph.input_count}


def _gates(graph: Graph) -> dict[int, set[int]]:
    without_positions: list[bool] = []
    gates: dict[int, set[int]] = {}
    for node in graph.nodes:
        if not node.inputs:
            without_positions.append(len(node.facts.output) == 1)
            continue
        lost = [
            links is None or without_positions[index]
            for index, links in zip(node.inputs, node.facts.links, strict=True)
        ]
        without_positions.append(all(lost))
        if any(lost) and not all(lost) and isinstance(node.layer, Elementwise):
            gates[node.at] = {place for place, gone in enumerate(lost) if gone}
    return gates


def names(graph: Graph) -> dict[str, int]:
    """Every name a layer can be asked for by, to its index.

    A block's name stands for its result, a series' for its last layer, as in `Plan`.
    """
    known: dict[str, int] = {}
    for node in graph.nodes:
        known[node.name] = node.at
        stem, _, number = node.name.rpartition(".")
        if stem and number.isdigit():
            known[stem] = node.at
    series: dict[str, int] = {}
    for scope in graph.scopes:
        if scope.first < scope.end:
            known.setdefault(scope.name, scope.result)
            stem, _, number = scope.name.rpartition(".")
            if stem and number.isdigit():
                series[stem] = scope.result
    return series | known


def find(graph: Graph, name: str, why: str = "", more: Iterable[str] = ()) -> int:
    """The index of the layer or input `name`. Raises StackError naming the nearest one."""
    known = names(graph)
    if name in known:
        return known[name]
    what = f"nothing {why} is called" if why else "there is no layer"
    message = f"{what} `{name}`"
    help = nearest(name, [*known, *more])
    if why and not help.startswith("did you mean"):
        help = "write se, norm, global, a kind such as instance_norm, or a layer's name"
    raise StackError([Problem("wrong-value", message, help=help, file=graph.file)])
