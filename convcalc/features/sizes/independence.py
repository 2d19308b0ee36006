"""Whether the axes of a network's inputs can be judged apart, and whether they are alike."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.features.sizes.walk import WalkedSamples, joined
from convcalc.kinds.base import LayerKind, MergeKind
from convcalc.kinds.reshape_family import Reshaping

if TYPE_CHECKING:
    from convcalc.network.graph import Graph, GraphNode


def tied_layers(graph: Graph, walks: Sequence[WalkedSamples]) -> list[int]:
    """Layers through which one axis matters to another, so that axes cannot be judged apart.

    Nothing but reading position by position (a layer with links, a merge of equal maps) and
    turning every size into the same shape (a global pool) leaves axes apart; whatever is not
    seen to do so on every sample counts as a tie, and all behind it.
    """
    failing = {index for walk in walks for index in walk.failed.values()}
    # Equal layers that read the same columns are judged once.
    met: dict[tuple[object, ...], bool] = {}
    constant: list[bool] = []
    tied: list[bool] = []
    found = []
    for node in graph.nodes:
        index = node.at
        still = all(constant[source] for source in node.inputs)
        constant.append(_is_one_shape(walks, index) and (still or index not in failing))
        reads = [(constant[at], *_columns(walks, at)) for at in node.inputs]
        key = (id(node.facts), *_columns(walks, index), *reads)
        if not (still or constant[-1]) and key not in met:
            met[key] = _keeps_axes_apart(node, constant, walks)
        apart = still or constant[-1] or met[key]
        inherited = any(tied[source] for source in node.inputs)
        tied.append(inherited or not apart)
        if not inherited and not apart:
            found.append(index)
    return found


def _columns(walks: Sequence[WalkedSamples], index: int) -> list[int]:
    """What the outputs of a layer are told apart by."""
    return [id(walk.columns[index]) for walk in walks]


def _is_one_shape(walks: Sequence[WalkedSamples], index: int) -> bool:
    shapes = [walk.columns[index].distinct for walk in walks]
    return max(map(len, shapes)) == 1 and len(frozenset().union(*shapes)) == 1


def _keeps_axes_apart(
    node: GraphNode, constant: Sequence[bool], walks: Sequence[WalkedSamples]
) -> bool:
    if isinstance(node.layer, MergeKind):
        return all(
            _is_plain_merge(shapes) or not _takes_gates(node.layer, shapes)
            for shapes in _merged(node, constant, walks)
        )
    x_rank, rank = (
        frozenset[int]().union(*(walk.columns[at].ranks for walk in walks))
        for at in (node.inputs[0], node.at)
    )
    # What reshapes may leave the graph's own size alone, and no other.
    has_positions = node.facts.links[0] is not None and not isinstance(node.layer, Reshaping)
    return has_positions and (x_rank == rank or not rank)


def _merged(
    node: GraphNode, constant: Sequence[bool], walks: Sequence[WalkedSamples]
) -> Iterator[tuple[Shape, ...]]:
    """The shapes that a merge joins, without gates of one fixed shape."""
    moving = [source for source in node.inputs if not constant[source]]
    for walk in walks:
        _, tuples = joined([walk.columns[source] for source in moving])
        yield from (shapes for shapes in tuples if shapes is not None)


def _takes_gates(layer: MergeKind, shapes: tuple[Shape, ...]) -> bool:
    """Whether the merge takes maps that have an axis of size 1 for gates, once all axes have."""
    gated = tuple((x[0], *(1 for _ in x[1:])) if 1 in x[1:] else x for x in shapes)
    try:
        layer.output_of(gated)
    except LayerError:
        return False
    return True


def _is_plain_merge(shapes: tuple[Shape, ...]) -> bool:
    """False where a map of size 1 stands beside a larger one, and could be taken for a gate."""
    return len({len(shape) for shape in shapes}) == 1 and all(
        1 not in sizes or set(sizes) == {1}
        for sizes in zip(*(shape[1:] for shape in shapes), strict=True)
    )


def is_symmetric(graph: Graph) -> bool:
    """True where every input is square and no layer tells one axis from another.

    A kind whose fields are single numbers, or lists of equal ones, treats all axes alike.
    """
    if (
        any(len(set(node.facts.output[1:])) > 1 for node in graph.nodes)
        or len({*map(len, graph.inputs.values())}) > 1
    ):
        return False
    return not any(
        isinstance(value, tuple) and len(set(map(repr, value))) > 1
        for layer in {id(node.layer): node.layer for node in graph.nodes}.values()
        if isinstance(layer, LayerKind)
        for value in (getattr(layer, name) for name in type(layer).model_fields)
    )
