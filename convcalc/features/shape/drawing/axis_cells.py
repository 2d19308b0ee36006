"""One axis of a layer as cells: what each cell is, where the taps are, where they begin."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.arithmetic import guide_padding, stretched_size
from convcalc.report.drawing.boards import Mark
from convcalc.shorthand.axis import Axis

# What the cell of a map is where its row and its column say different things: the first of these.
_ORDER: tuple[Mark, ...] = (
    "cut",
    "beyond",
    "extra",
    "padding",
    "inserted",
    "unread",
    "value",
    "result",
)


class AxisCells(NamedTuple):
    """What is read along an axis, or stamped on.

    `marks` are the cells, `pixels` what stands in them, None where nothing does. At step n the
    taps, of the `weights` with these numbers, lie at `starts[n] + taps`.
    """

    marks: tuple[Mark, ...]
    pixels: tuple[int | None, ...]
    taps: tuple[int, ...]
    weights: tuple[int, ...]
    starts: tuple[int, ...]


# The axis that a sequence does not have.
NO_AXIS = AxisCells(("value",), (0,), (0,), (0,), (0,))


def windowed(axis: Axis, mode: str = "zeros") -> AxisCells:
    """A window over its padded input; a padding of another `mode` than zeros has pixels again.

    >>> cells = windowed(Axis("window", 4, 2, 2, 1, 0))
    >>> cells.marks, cells.starts
    (('padding', 'value', 'value', 'value', 'unread'), (0, 2))
    >>> windowed(Axis("window", 4, 3, 1, 2, 1), "reflect").pixels
    (2, 1, 0, 1, 2, 3, 2)
    """
    end = (axis.output - 1) * axis.stride + axis.span
    marks: list[Mark] = ["padding"] * axis.before
    marks += ["value" if at < end - axis.before else "unread" for at in range(axis.size)]
    marks += ["padding"] * axis.after
    marks += ["beyond"] * (end - len(marks))
    pixels = tuple(
        _folded(at - axis.before, axis.size, mode if mark == "padding" else "zeros")
        for at, mark in enumerate(marks)
    )
    starts = tuple(at * axis.stride for at in range(axis.output))
    return AxisCells(tuple(marks), pixels, _taps(axis), tuple(range(axis.kernel)), starts)


def _folded(at: int, size: int, mode: str) -> int | None:
    """The pixel that stands at a place, which may lie outside of the map."""
    if 0 <= at < size:
        return at
    if mode == "circular":
        return at % size
    if mode == "replicate":
        return min(max(at, 0), size - 1)
    if mode == "reflect":
        return -at if at < 0 else 2 * (size - 1) - at
    return None


def stretched(axis: Axis) -> AxisCells:
    """The guide's side of a transposed layer: its stretched input, the kernel turned, stride 1.

    A border below zero crops; a further cells stand at the end.

    >>> cells = stretched(Axis("transposed", 2, 3, 2, 1, 1, extra=1))
    >>> cells.marks, cells.weights
    (('padding', 'value', 'inserted', 'value', 'padding', 'extra'), (2, 1, 0))
    >>> cells.pixels
    (None, 0, None, 1, None, None)
    """
    before, after = guide_padding(axis.span, axis.before), guide_padding(axis.span, axis.after)
    end = after + axis.extra
    core: list[Mark] = ["inserted"] * stretched_size(axis.size, axis.stride)
    core[:: axis.stride] = ["value"] * axis.size
    inside: list[int | None] = [None] * len(core)
    inside[:: axis.stride] = range(axis.size)
    cut_before, cut_after = min(max(0, -before), len(core)), min(max(0, -end), len(core))
    core[:cut_before] = ["cut"] * cut_before
    core[len(core) - cut_after :] = ["cut"] * cut_after
    extra = max(0, min(axis.extra, end))
    ahead, behind = max(0, before), max(0, end) - extra
    marks: list[Mark] = ["padding"] * ahead
    marks += core
    marks += ["padding"] * behind
    marks += ["extra"] * extra
    pixels = (*[None] * ahead, *inside, *[None] * (behind + extra))
    starts = tuple(range(cut_before, cut_before + axis.output))
    weights = tuple(reversed(range(axis.kernel)))
    return AxisCells(tuple(marks), pixels, _taps(axis), weights, starts)


def stamped(axis: Axis) -> AxisCells:
    """The framework's side of a transposed layer: what each input is stamped on, cut at its ends.

    >>> cells = stamped(Axis("transposed", 2, 3, 2, 1, 1, extra=1))
    >>> cells.marks, cells.starts
    (('cut', 'result', 'result', 'result', 'extra'), (0, 2))
    """
    whole = (axis.size - 1) * axis.stride + axis.span
    extra = max(0, axis.extra)
    marks: list[Mark] = ["cut"] * axis.before
    marks += ["result"] * (axis.output - extra)
    marks += ["extra"] * extra
    marks += ["cut"] * (whole - len(marks))
    pixels = tuple(_folded(at - axis.before, axis.output, "zeros") for at in range(len(marks)))
    starts = tuple(at * axis.stride for at in range(axis.size))
    return AxisCells(tuple(marks), pixels, _taps(axis), tuple(range(axis.kernel)), starts)


def _taps(axis: Axis) -> tuple[int, ...]:
    return tuple(at * axis.dilation for at in range(axis.kernel))


def common(row: Mark, column: Mark) -> Mark:
    """What the cell of a row and a column is.

    >>> common("inserted", "value"), common("inserted", "padding"), common("padding", "extra")
    ('inserted', 'padding', 'extra')
    """
    return min(row, column, key=_ORDER.index)
