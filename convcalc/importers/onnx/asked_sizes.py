"""Sizes that operations ask for: of shapes, ranges and parts, always those of one sample."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from convcalc.importers.onnx.folding import FoldError
from convcalc.importers.onnx.use import Use


def new_dims(use: Use, dims: tuple[int, ...], given: tuple[int, ...] | None) -> tuple[int, ...]:
    """The shape that Reshape, Flatten, Squeeze or Unsqueeze gives to a tensor of `dims`."""
    op, rank = use.operation.op, len(dims)
    if op == "Flatten":
        axis = use.whole("axis", 1)
        axis = axis + rank if axis < 0 else axis
        return prod(dims[:axis]), prod(dims[axis:])
    given = given if given is not None else use.list("shape" if op == "Reshape" else "axes")
    if op == "Squeeze":
        dropped = use.axes(given, rank) if given else [a for a in range(rank) if dims[a] == 1]
        if any(dims[axis] != 1 for axis in dropped):
            raise FoldError(f"an axis of {list(dims)} that is not 1 cannot be left out")
        return tuple(size for axis, size in enumerate(dims) if axis not in dropped)
    if given is None:
        raise FoldError("no axes are given")
    if op == "Unsqueeze":
        new = use.axes(given, rank + len(given))
        if len(set(new)) < len(new):
            raise FoldError(f"{list(given)} names an axis twice")
        kept = iter(dims)
        return tuple(1 if a in new else next(kept) for a in range(rank + len(given)))
    if use.walk.samples > 1:
        given = of_one_sample(dims, given, use.walk.samples)
    return reshaped_dims(dims, given, bool(use.whole("allowzero", 0)))


def of_one_sample(dims: tuple[int, ...], given: tuple[int, ...], samples: int) -> tuple[int, ...]:
    """The shape that a file of several samples asks for, for one: all planning is of one.

    They are part of the first size that is not as it was, if it has them.

    >>> of_one_sample((1, 196, 768), (4, 196, 12, -1), 4), of_one_sample((6, 1, 8), (6, 4, 4), 2)
    ((1, 196, 12, -1), (6, 2, 4))
    >>> of_one_sample((1, 196, 768), (1, 196, 12, 64), 4)
    (1, 196, 12, 64)
    """
    for axis, size in enumerate(given):
        was = dims[axis] if axis < len(dims) else 0
        if size == -1 or (size == was == 1):
            # What is left over has them, or the file works out how many there are.
            return given
        if size not in (0, was):
            is_theirs = size % samples == 0 and prod(given) != prod(dims)
            return (*given[:axis], size // samples, *given[axis + 1 :]) if is_theirs else given
    return given


def reshaped_dims(
    dims: tuple[int, ...], given: tuple[int, ...], allows_zero: bool
) -> tuple[int, ...]:
    """The shape that a Reshape asks for: 0 keeps a size, -1 is found.

    >>> reshaped_dims((2, 12), (0, 3, -1), False), reshaped_dims((0, 2), (0, 5), True)
    ((2, 3, 4), (0, 5))
    """
    if not allows_zero and any(size == 0 and at >= len(dims) for at, size in enumerate(given)):
        raise FoldError(f"{list(given)} keeps an axis that {list(dims)} has not")
    asked = [dims[at] if size == 0 and not allows_zero else size for at, size in enumerate(given)]
    count = prod(dims)
    if asked.count(-1) > 1 or any(size < -1 for size in asked):
        raise FoldError(f"{list(given)} is no shape")
    if -1 in asked:
        known = prod(size for size in asked if size != -1)
        if not known or count % known:
            raise FoldError(f"{count} elements of {list(dims)} do not divide by {list(given)}")
        asked[asked.index(-1)] = count // known
    if prod(asked) != count:
        raise FoldError(
            f"{list(given)} has {prod(asked)} elements written into it, {list(dims)} has {count}"
        )
    return tuple(asked)


def spread_sizes(use: Use, dims: tuple[int, ...], asked: tuple[int, ...]) -> tuple[int, ...]:
    """The sizes that an Expand asks for, once where it asks for all samples."""
    is_theirs = len(asked) > 1 and asked[0] == use.walk.samples
    has_none = len(dims) < len(asked) or dims[:1] == (1,)
    return (1, *asked[1:]) if is_theirs and has_none else asked


def slices(
    use: Use, dims: tuple[int, ...], given: Sequence[tuple[int, ...]]
) -> list[tuple[int, range]]:
    """The axes that a Slice cuts, and the indices that it takes of each."""
    if given:
        starts, ends = given[:2]
        axes = given[2] if len(given) > 2 else tuple(range(len(starts)))
        steps = given[3] if len(given) > 3 else (1,) * len(starts)
    else:
        starts, ends = use.list("starts") or (), use.list("ends") or ()
        axes = use.list("axes") or tuple(range(len(starts)))
        steps = (1,) * len(starts)
    if not len(starts) == len(ends) == len(axes) == len(steps) or 0 in steps:
        raise FoldError("starts, ends, axes and steps do not go together")
    return [
        (axis, range(*slice(start, end, step).indices(dims[axis])))
        for axis, start, end, step in zip(
            use.axes(axes, len(dims)), starts, ends, steps, strict=True
        )
    ]


def split_sizes(use: Use, size: int, given: tuple[int, ...] | None) -> tuple[int, ...]:
    """The sizes of the parts of a Split."""
    given = given or use.list("split")
    if given:
        if sum(given) != size or min(given) < 0:
            raise FoldError(f"parts of {list(given)} do not make up {size}")
        return given
    count = len(use.operation.outputs)
    if use.whole("num_outputs", count) != count:
        raise FoldError(f"it has {count} outputs, and says {use.whole('num_outputs', count)}")
    part = -(-size // count)
    return tuple(min(part, max(0, size - part * place)) for place in range(count))
