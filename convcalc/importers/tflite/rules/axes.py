"""Moves of axes, parts of tensors, pixels around them, and sizes as numbers."""

from __future__ import annotations

from convcalc.importers.tflite.lowering import Lowering, NoWordsError, rule
from convcalc.importers.tflite.rules.blocks import dealt_out, gathered

# As far as an axis can go.
_END = 1 << 40


@rule("RESHAPE")
def reshape(say: Lowering) -> list[str]:
    """Another shape, by an input or by an option."""
    is_given = say.has(1) and len(say.dims(1)) == 1
    if is_given and say.tensor(1).held is None:
        return [say.add("Reshape", say.input(), say.input(1), allowzero=1)]
    sizes = say.wholes(1) if is_given else say.sequence(0)
    if sizes and sizes[0] % say.file.samples == 0 and sizes[0] > 0:
        sizes = (sizes[0] // say.file.samples, *sizes[1:])
    return [say.reshaped(say.input(), *sizes)]


@rule("SQUEEZE")
def squeeze(say: Lowering) -> list[str]:
    """Without axes of size 1, all of them where none are named."""
    axes = say.sequence(0)
    return [say.add("Squeeze", say.input(), *([say.constant(*axes)] if axes else []))]


@rule("EXPAND_DIMS")
def expand_dims(say: Lowering) -> list[str]:
    """With one more axis of size 1."""
    return [say.add("Unsqueeze", say.input(), say.constant(*say.wholes(1)))]


@rule("TRANSPOSE")
def transpose(say: Lowering) -> list[str]:
    """The axes in another order."""
    return [say.add("Transpose", say.input(), perm=say.wholes(1))]


@rule("PAD", "PADV2")
def pad(say: Lowering) -> list[str]:
    """Pixels around a map: zeros, or a number."""
    more = [say.input(2)] if say.has(2) else []
    return [say.add("Pad", say.input(), say.constant(*_sides(say)), *more)]


def _sides(say: Lowering) -> tuple[int, ...]:
    """What stands before each axis, then what stands behind each."""
    pairs = say.wholes(1)
    return (*pairs[::2], *pairs[1::2])


@rule("MIRROR_PAD")
def mirror_pad(say: Lowering) -> list[str]:
    """Pixels around a map: its own, turned at the border."""
    if say.whole(0, "b"):
        raise NoWordsError("it mirrors the border itself, too")
    return [say.add("Pad", say.input(), say.constant(*_sides(say)), mode="reflect")]


@rule("SLICE")
def slice_(say: Lowering) -> list[str]:
    """A range of each axis, by its start and its size; -1 is what is left."""
    starts, sizes = say.wholes(1), say.wholes(2)
    ends = (_END if size == -1 else at + size for at, size in zip(starts, sizes, strict=True))
    return [say.add("Slice", say.input(), say.constant(*starts), say.constant(*ends))]


@rule("REVERSE_V2")
def reverse(say: Lowering) -> list[str]:
    """The last first, along each of the axes."""
    axes = say.wholes(1)
    ranges = ((_END,) * len(axes), (-_END,) * len(axes), axes, (-1,) * len(axes))
    return [say.add("Slice", say.input(), *(say.constant(*one) for one in ranges))]


@rule("STRIDED_SLICE")
def strided_slice(say: Lowering) -> list[str]:
    """Ranges of axes with steps, axes of size 1 that are new, and axes that are dropped."""
    begin, end, steps = (say.wholes(place) for place in (1, 2, 3))
    masks = [say.whole(slot) for slot in range(5)]
    starts, stops, strides, axes, new, dropped = [], [], [], [], [], []
    rank, axis, result = say.rank(), 0, 0
    for at, (first, last, step) in enumerate(zip(begin, end, steps, strict=True)):
        no_begin, no_end, rest, is_new, is_dropped = (bool(mask >> at & 1) for mask in masks)
        if rest:
            left = len(begin) - at - 1 - sum(masks[3] >> one & 1 for one in range(at + 1, 32))
            result += rank - axis - left
            axis = rank - left
        elif is_new:
            new.append(result)
            result += 1
        else:
            if is_dropped:
                last, step, no_begin, no_end = first + 1 or _END, 1, False, False
            elif say.flag(5):
                last = first + last
            edge = (0, _END) if step > 0 else (_END, -_END)
            starts.append(edge[0] if no_begin else first)
            stops.append(edge[1] if no_end else last)
            strides.append(step)
            axes.append(axis)
            axis += 1
            if is_dropped:
                dropped.append(axes[-1])
            else:
                result += 1
    x = say.input()
    if axes:
        x = say.add("Slice", x, *(say.constant(*one) for one in (starts, stops, axes, strides)))
    if dropped:
        x = say.add("Squeeze", x, say.constant(*dropped))
    return [say.add("Unsqueeze", x, say.constant(*new)) if new else x]


@rule("TILE")
def tile(say: Lowering) -> list[str]:
    """A tensor repeated along its axes."""
    return [say.add("Tile", say.input(), say.input(1))]


@rule("BROADCAST_TO")
def broadcast_to(say: Lowering) -> list[str]:
    """A tensor spread to a shape."""
    return [say.add("Expand", say.input(), say.input(1))]


@rule("SHAPE")
def shape(say: Lowering) -> list[str]:
    """The sizes of a tensor."""
    return [say.add("Shape", say.input())]


@rule("RANK")
def rank_of(say: Lowering) -> list[str]:
    """How many axes a tensor has."""
    return [say.add("Identity", say.constant(say.rank(), dims=()))]


@rule("RANGE")
def range_(say: Lowering) -> list[str]:
    """Numbers that follow each other."""
    return [say.add("Range", *say.inputs())]


@rule("FILL")
def fill(say: Lowering) -> list[str]:
    """A tensor of one number."""
    return [say.add("Expand", say.input(1), say.input(0))]


@rule("SPACE_TO_BATCH_ND")
def space_to_batch(say: Lowering) -> list[str]:
    """Blocks of pixels as samples."""
    return [dealt_out(say, say.wholes(1), say.wholes(2))]


@rule("BATCH_TO_SPACE_ND")
def batch_to_space(say: Lowering) -> list[str]:
    """Samples as blocks of pixels."""
    return [gathered(say, say.wholes(1), say.wholes(2))]
