"""Where a figure of position goes wrong: the layers on the way to it that change it.

The way is the one from a layer back to the network's input, at each merge along the first input
that is a map.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import Shape, axis_name
from convcalc.core.text import in_words
from convcalc.network.graph import Graph, GraphNode
from convcalc.planning.contributors import contributors, measured, shares, whole
from convcalc.planning.result import row_at

if TYPE_CHECKING:
    from convcalc.planning.plan_rows import Row

# Changes that are listed in full; of a longer way, the middle is left out.
_LISTED = 6


class _Change(NamedTuple):
    """What a figure is after the layer `name`."""

    name: str
    figure: int | Fraction


def wrong_size(graph: Graph, index: int, wanted: Sequence[int | None]) -> tuple[str, str]:
    """(note, help) for the output of the layer at `index`, which is not as `wanted`."""
    shape = graph.shape_of(index)
    if len(shape) != len(wanted):
        if len(wanted) == 1:
            return f"it has {_axes(shape)}", "end in `flatten` or `global_avg_pool`"
        return f"it has {_axes(shape)}, not {len(wanted) - 1}", ""
    axis, want = next(
        (axis, want)
        for axis, (want, size) in enumerate(zip(wanted, shape, strict=True))
        if want is not None and want != size
    )
    if not axis:
        return _channels(graph, index, want)
    return _sizes(graph, index, axis - 1, want), ""


def _axes(shape: Shape) -> str:
    rank = len(shape) - 1
    return f"{rank or 'no'} spatial {'axis' if rank == 1 else 'axes'}"


def _channels(graph: Graph, index: int, wanted: int) -> tuple[str, str]:
    """The last layer on the way that says how many channels there are."""
    for node in reversed(_way(graph, index)):
        for field in ("out_channels", "out_features"):
            if getattr(node.layer, field, None) == graph.shape_of(index)[0]:
                what = "feature" if field == "out_features" else "channel"
                note = f"{_named(node)} makes {in_words(graph.shape_of(index)[0], what)}"
                given = node.template.fields.get(field)
                # An expression, or what `defaults` give, is not to be replaced by a number.
                is_plain = given is not None and not given.dynamic
                return note, f"write `out: {wanted}` there" if is_plain else ""
        if node.layer.is_merge:
            break
    return "", ""


def _sizes(graph: Graph, index: int, axis: int, wanted: int) -> str:
    """The sizes of one axis on the way, and the first layer that gives no exact share."""
    changes: list[_Change] = []
    begun = 0
    scale: Fraction | None = None
    blamed = ""
    for node in _way(graph, index):
        before, after = graph.shape_of(_before(node)), node.facts.output
        if len(before) <= axis + 1 or len(after) <= axis + 1:
            begun = 0
            continue
        size, left = before[axis + 1], after[axis + 1]
        if not begun:
            begun, scale, changes, blamed = size, Fraction(1), [], ""
        if left != size:
            changes.append(_Change(node.name, left))
        ratio = _ratio(node, axis)
        scale = scale * ratio if scale is not None and ratio is not None else None
        if ratio is not None and not blamed and size * ratio != left:
            blamed = f"{_named(node)} makes {left:,} of {size:,} pixels"
    if not changes:
        return ""
    name = axis_name(axis, len(graph.shape_of(index)) - 1) or "length"
    text = f"{name}: {begun:,}, {_listed(changes)}"
    # Where the strides alone would give what is wanted, the layer that deviates is to blame.
    return f"{blamed}; {text}" if blamed and scale is not None and begun * scale == wanted else text


def wrong_stride(
    graph: Graph, rows: Sequence[Row], index: int, axis: int, most: Fraction | None
) -> str:
    """The strides on the way to the layer at `index`, and the layer that passes `most`."""
    changes: list[_Change] = []
    for row in _rows_of(graph, rows, index):
        field = row.receptive_field
        stride = field.stride[axis] if field is not None and len(field.stride) > axis else None
        if stride is not None and stride != (changes[-1].figure if changes else 1):
            changes.append(_Change(row.name, stride))
    if most is not None:
        passed = next((one.name for one in changes if one.figure > most), "")
        if passed:
            return f"`{passed}` is the first beyond {measured(most)}: {_listed(changes)}"
    return _listed(changes)


def wrong_field(
    graph: Graph, rows: Sequence[Row], index: int, axis: int, most: Fraction | None
) -> str:
    """The layers that widen the field most, or the one that takes it beyond `most`."""
    growth = [0] * len(graph.nodes)
    size = 1
    for row in _rows_of(graph, rows, index):
        field = row.receptive_field
        if field is None or len(field.size) <= axis:
            return ""
        now = field.size[axis]
        if most is not None and now > most:
            extent = ", the whole map" if field.is_global else ""
            extent += ", an upper bound" if field.at_most else ""
            return f"{_named(row.node)} takes it from {size:,} to {now:,}{extent}"
        # A merge may see less than the way to it: what comes later grows from the largest.
        growth[row.node.at] = max(0, now - size)
        size = max(size, now)
    parts = contributors(graph, growth, whole(graph))
    return shares(parts, sum(growth), " pixels", "it grows most in")


def _way(graph: Graph, index: int) -> list[GraphNode]:
    """The layers on the way from an input or source to the layer at `index`, itself included."""
    found: list[GraphNode] = []
    while graph.nodes[index].inputs:
        found.append(graph.nodes[index])
        index = _before(found[-1])
    return found[::-1]


def _rows_of(graph: Graph, rows: Sequence[Row], index: int) -> list[Row]:
    return [row_at(graph, rows, node.at) for node in _way(graph, index)]


def _before(node: GraphNode) -> int:
    maps = (source for source, links in zip(node.inputs, node.facts.links, strict=True) if links)
    return next(maps, node.inputs[0])


def _named(node: GraphNode) -> str:
    return f"`{node.name}` (line {node.template.node.place.line})"


def _ratio(node: GraphNode, axis: int) -> Fraction | None:
    """Output pixels for each input pixel by the layer's stride; None where there is none."""
    for links in node.facts.links:
        if links is not None and axis < len(links):
            rise = links[axis].rise
            return Fraction(len(links[axis].taps), rise) if rise else None
    return None


def _listed(changes: Sequence[_Change]) -> str:
    words = [f"{measured(one.figure)} at `{one.name}`" for one in changes]
    if len(words) > _LISTED + 1:
        half = _LISTED // 2
        words[half:-half] = [f"{len(words) - _LISTED} more"]
    return ", ".join(words)
