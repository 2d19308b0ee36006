"""Every second row and column, joined for each place to begin at: a Focus, or Swin's merging."""

from __future__ import annotations

from itertools import permutations, product
from math import prod
from typing import NamedTuple, cast

from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import Pieces, as_whole, last

# Ends beyond this are that of the axis, whatever its size.
_NO_END = 1 << 30
_MOST_AXES = 3


class _Every(NamedTuple):
    """Every `step`-th place of an axis of a tensor, `start` first."""

    name: str
    axis: int
    start: int
    step: int


def _every(pieces: Pieces, name: str) -> tuple[_Every, Operation] | None:
    """What a Slice of one whole axis takes; None where it takes less, or all."""
    operation = pieces.maker(name, "Slice")
    if operation is None or len(operation.inputs) != 5:
        return None
    numbers = [pieces.number(one) for one in operation.inputs[1:]]
    if None in numbers:
        return None
    start, end, axis, step = (int(cast(float, one)) for one in numbers)
    x = operation.operand
    shape = pieces.shapes.get(x, ())
    is_all = end >= _NO_END or (-len(shape) <= axis < len(shape) and end == shape[axis])
    if not is_all or not 0 <= start < step or step < 2:
        return None
    return _Every(x, axis, start, step), operation


@last("Concat")
def _phases(pieces: Pieces, operation: Operation) -> Operation | None:
    """As many parts as there are places to begin at, in some order of the axes."""
    read: dict[str, Operation] = {}
    sources: set[str] = set()
    steps: dict[int, int] = {}
    starts: list[dict[int, int]] = []
    for name in operation.inputs:
        own: dict[int, int] = {}
        slices: list[Operation] = []
        while len(own) < _MOST_AXES and (found := _every(pieces, name)) is not None:
            one, made = found
            if one.axis in own or steps.setdefault(one.axis, one.step) != one.step:
                return None
            own[one.axis] = one.start
            slices.append(made)
            name = one.name
        read |= {made.result: made for made in reversed(slices)}
        sources.add(name)
        starts.append(own)
    into = operation.attributes.get("axis")
    if not steps or len(sources) != 1 or prod(steps.values()) != len(starts):
        return None
    if any(own.keys() != steps.keys() for own in starts):
        return None
    for axes in permutations(steps):
        by = tuple(steps[axis] for axis in axes)
        if [tuple(own[axis] for axis in axes) for own in starts] == [*product(*map(range, by))]:
            fields = {"axes": axes, "by": by, "axis": into}
            (source,) = sources
            if source in pieces.sizes:
                return None
            told = {**fields, "pieces": (*read.values(),), "last": operation}
            # Bounds are read again where sizes tell that the axes do not divide.
            bounds = (bound for one in read.values() for bound in one.inputs[1:])
            return as_whole(operation, "Phases", source, *bounds, **told)
    return None
