"""Which layer made two maps differ: the note and the repair for a merge that does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcalc.arithmetic import dropped_pixels
from convcalc.kinds.base import LayerKind
from convcalc.shapes import Shape, axis_name, format_shape

if TYPE_CHECKING:
    from convcalc.kinds.arithmetic_family import MergeSizeError
    from convcalc.network.graph import GraphNode


def blame_note(
    nodes: Sequence[GraphNode],
    inputs: dict[str, Shape],
    merged: tuple[int, ...],
    error: MergeSizeError,
) -> tuple[str, str]:
    """(note, help) for a merge of the layers at `merged`: their names, shapes, and the culprit."""
    shift = len(inputs)
    names = list(inputs)

    def name(index: int) -> str:
        return nodes[index - shift].name if index >= shift else names[index]

    listed = " and ".join(
        f"`{name(index)}` has {format_shape(shape)}"
        for index, shape in zip(merged, error.inputs, strict=True)
    )
    note = f"{error.note.split(', got')[0]}: {listed}"
    ranks = {len(shape) for shape in error.inputs}
    if len(ranks) > 1:
        return note, "bring both to the same axes first (`flatten`, `unflatten`, a global pool)"
    spatial = {shape[1:] for shape in error.inputs}
    if len(spatial) == 1:
        channels = {shape[0] for shape in error.inputs}
        return note, f"give both {max(channels)} channels, for instance by a 1x1 `conv`"
    culprit = _culprit(nodes, shift, merged, error.inputs)
    if culprit is None:
        return note, "pad or crop one of them"
    index, axis = culprit
    return _explained(note, nodes[index - shift], axis, nodes, shift, inputs)


def _culprit(
    nodes: Sequence[GraphNode], shift: int, merged: tuple[int, ...], shapes: tuple[Shape, ...]
) -> tuple[int, int] | None:
    """The nearest layer on one of the paths that lost pixels, and the axis it lost them on."""
    rank = len(shapes[0]) - 1
    axis = next(axis for axis in range(rank) if len({shape[1 + axis] for shape in shapes}) > 1)
    ancestors = [_ancestors(nodes, shift, index) for index in merged]
    common = set.intersection(*ancestors)
    apart = sorted(set.union(*ancestors) - common, reverse=True)
    # The floor is the usual culprit; a window without enough padding comes next.
    for lost in (_dropped, _shrunk):
        for index in apart:
            if index >= shift and lost(nodes, index, shift, axis):
                return index, axis
    return None


def _ancestors(nodes: Sequence[GraphNode], shift: int, index: int) -> set[int]:
    found: set[int] = set()
    pending = [index]
    while pending:
        index = pending.pop()
        if index not in found:
            found.add(index)
            if index >= shift:
                pending.extend(nodes[index - shift].inputs)
    return found


def _window(
    nodes: Sequence[GraphNode], index: int, shift: int, axis: int
) -> tuple[int, int] | None:
    """(pixels the floor drops, pixels the padding is short of) of a layer with a window."""
    node = nodes[index - shift]
    source = node.inputs[0]
    if not isinstance(node.layer, LayerKind) or source < shift:
        return None
    x = nodes[source - shift].facts.output
    if (
        len(x) != len(node.facts.output)
        or axis >= len(x) - 1
        or len(node.facts.links[0] or ()) == 0
    ):
        return None
    windows = node.layer.windows(x)
    if not windows or node.facts.output[1 + axis] > x[1 + axis]:
        return None
    w = windows[axis]
    dropped = dropped_pixels(x[1 + axis], w.span, w.stride, w.before, w.after)
    short = w.span - w.stride - w.before - w.after
    return dropped, short


def _dropped(nodes: Sequence[GraphNode], index: int, shift: int, axis: int) -> bool:
    window = _window(nodes, index, shift, axis)
    return window is not None and window[0] > 0 and window[1] <= 0


def _shrunk(nodes: Sequence[GraphNode], index: int, shift: int, axis: int) -> bool:
    window = _window(nodes, index, shift, axis)
    return window is not None and (window[0] > 0 or window[1] > 0)


def _explained(
    note: str,
    node: GraphNode,
    axis: int,
    nodes: Sequence[GraphNode],
    shift: int,
    inputs: dict[str, Shape],
) -> tuple[str, str]:
    source = node.inputs[0]
    x = nodes[source - shift].facts.output if source >= shift else list(inputs.values())[source]
    size, left = x[1 + axis], node.facts.output[1 + axis]
    dropped, short = _window(nodes, nodes.index(node) + shift, shift, axis) or (0, 0)
    name = axis_name(axis, len(x) - 1)
    where = f" on the {name}" if name else ""
    line = node.template.node.place.line
    stride = node.layer.windows(x)[axis].stride if isinstance(node.layer, LayerKind) else 1
    if dropped and short <= 0:
        note += (
            f"; `{node.name}` (line {line}) lost it{where}: it maps {size} to {left}, "
            f"and the floor drops {dropped} of {size} pixels"
        )
        wider = size + stride - dropped
        help = f"give that layer {size - dropped} or {wider} pixels (another input size, or `pad`)"
        return note, help + ", or merge by `concat` with `align: crop`"
    note += f"; `{node.name}` (line {line}) shrinks it{where} from {size} to {left}"
    return note, "pad that layer (`p: same`), or merge by `concat` with `align: crop`"
