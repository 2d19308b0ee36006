"""What is cut in two whose parts change places: a roll, which no operator of ONNX is."""

from __future__ import annotations

from typing import NamedTuple, cast

from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import Pieces, as_whole, last

# Ends beyond this are that of the axis, whatever its size.
_NO_END = 1 << 30


class _Part(NamedTuple):
    """The places [start, end) of one axis of a tensor."""

    name: str
    axis: int
    start: int
    end: int


def _part(pieces: Pieces, operation: Operation | None) -> _Part | None:
    """What a Slice of one axis takes, place by place; None where it is not stored."""
    if operation is None:
        return None
    if len(operation.inputs) == 1:
        given = [operation.attributes.get(name) for name in ("starts", "ends", "axes")]
        numbers = [one[0] if isinstance(one, tuple) and len(one) == 1 else None for one in given]
    else:
        numbers = [pieces.number(name) for name in operation.inputs[1:]]
    if not 3 <= len(numbers) <= 4 or None in numbers or (numbers[3:] and numbers[3] != 1):
        return None
    start, end, axis = (int(cast(float, one)) for one in numbers[:3])
    return _Part(operation.operand, axis, start, end)


@last("Concat")
def _rolled(pieces: Pieces, operation: Operation) -> Operation | None:
    """The places from one on, and those before it behind them; several axes one after another."""
    if len(operation.inputs) != 2:
        return None
    slices = [pieces.alone(name, "Slice") for name in operation.inputs]
    behind, front = (_part(pieces, one) for one in slices)
    if behind is None or front is None or behind.name in pieces.sizes:
        return None
    name, axis, start, end = behind
    shape = pieces.shapes.get(name, ())
    is_all = end >= _NO_END or (0 <= axis < len(shape) and end == shape[axis])
    is_turned = is_all and front == (name, axis, 0, start)
    if not is_turned or axis != operation.attributes.get("axis") or not start:
        return None
    parts = cast(tuple[Operation, ...], tuple(slices))
    # Bounds are read again where sizes tell that it is no roll.
    bounds = tuple(bound for one in parts for bound in one.inputs[1:])
    fields: dict[str, tuple[int, ...]] = {"axes": (axis,), "starts": (start,), "ends": (end,)}
    inner = pieces.maker(name, "Roll")
    known = inner.attributes if inner is not None and pieces.uses[name] == 2 else None
    if inner is None or known is None or axis in cast(tuple[int, ...], known["axes"]):
        found = {**fields, "pieces": parts, "last": operation}
        return as_whole(operation, "Roll", name, *bounds, **found)
    fields = {word: (*cast(tuple[int, ...], known[word]), *own) for word, own in fields.items()}
    before = (*cast(tuple[Operation, ...], known["pieces"]), cast(Operation, known["last"]))
    found = {**fields, "pieces": (*before, *parts), "last": operation}
    return as_whole(operation, "Roll", *inner.inputs, *bounds, **found)
