"""What textbooks say of convolutions, pools and dense layers, shown on a small copy.

Sources: Goodfellow, Bengio & Courville, "Deep Learning", chapter 9; the CS231n notes.
"""

from __future__ import annotations

from itertools import product
from math import prod

import numpy as np

from convcalc.arrays.invariance import changed_share
from convcalc.arrays.slicing import Index, padded
from convcalc.core.shapes import Shape, Window, format_shape
from convcalc.core.text import count
from convcalc.features.verify.measure import Array, Data, channels_first, channels_last, draw, run
from convcalc.features.verify.report import Check
from convcalc.kinds.base import Kind, LayerKind
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.conv import Conv
from convcalc.kinds.linear import Linear
from convcalc.kinds.pool_family import Pool


def flip(copy: Copy, seed: tuple[int, ...]) -> Check:
    """The layer is a cross-correlation: the true convolution with the flipped kernel."""
    layer = copy.layer.model_copy(update={"bias": False})
    assert isinstance(layer, Conv)
    data = draw(layer, copy.inputs, seed)
    done = run(layer, data)
    if done.output is None:
        return Check("flip", "equal", "nothing", False, done.error)
    weight = data.weights["weight"]
    flipped = np.flip(weight, tuple(range(2, weight.ndim)))
    wanted = _convolved(layer, data.inputs[0], flipped)
    found = channels_first(done.output)
    if found.shape != wanted.shape:
        shapes = format_shape(wanted.shape[1:]), format_shape(found.shape[1:])
        return Check("flip", *shapes, False, "the shapes differ")
    wrong = int(np.count_nonzero(found != wanted))
    measured = f"{count(wrong)} of {count(found.size)} differ" if wrong else "equal"
    note = "cross-correlation is convolution with the kernel flipped"
    if weight.size == prod(weight.shape[:2]):
        note = "a kernel of one tap is its own flip"
    return Check("flip", "equal", measured, not wrong, note)


def _convolved(layer: Conv, x: Array, kernel: Array) -> Array:
    """Convolution as it is defined, y[n] = sum over m of x[m] kernel[n - m], where it fits."""
    shape = (x.shape[-1], *x.shape[1:-1])
    axes, groups = layer.windows(shape), layer.group_count(shape)
    inside, filters = x.shape[-1] // groups, layer.out_channels // groups
    sides = [(axis.before, axis.after) for axis in axes]
    wide = channels_first(padded(x, sides, layer.padding_mode)).astype(np.int64)
    sizes = [n + axis.span - 1 for n, axis in zip(wide.shape[2:], axes, strict=True)]
    whole = np.zeros((len(x), layer.out_channels, *sizes), np.int64)
    for tap in product(*(range(axis.kernel) for axis in axes)):
        lands = [
            slice(j * axis.dilation, j * axis.dilation + n)
            for j, axis, n in zip(tap, axes, wide.shape[2:], strict=True)
        ]
        for out in range(layer.out_channels):
            first = out // filters * inside
            for c in range(inside):
                number = int(kernel[out, c].item(tap))
                at: Index = (slice(None), out, *lands)
                whole[at] += number * wide[:, first + c]
    fits = [
        slice(axis.span - 1, n, axis.stride) for axis, n in zip(axes, wide.shape[2:], strict=True)
    ]
    kept: Index = (..., *fits)
    found: Array = whole[kept]
    return found


def shift(copy: Copy, seed: tuple[int, ...]) -> Check:
    """The input moved by the stride moves the output by one; and how invariant a pool is.

    Where a window meets the padding that does not hold: these units are left out, and it is said
    how many are compared.
    """
    layer, x = copy.layer, copy.inputs[0]
    assert isinstance(layer, LayerKind)
    sizes = tuple(
        axis.span + 3 * axis.stride + axis.before + axis.after for axis in layer.windows(x)
    )
    axes = layer.windows((x[0], *sizes))
    data = draw(layer, ((x[0], *sizes),), seed)
    whole = data.inputs[0]
    done = run(layer, data)
    if done.output is None:
        return Check("shift", "equal", "nothing", False, done.error)
    strides = "x".join(map(str, dict.fromkeys(axis.stride for axis in axes)))
    planned = f"by {strides}: by 1"
    notes = []
    for number, axis in enumerate(axes, 1):
        moved = np.ascontiguousarray(_from(whole, number, axis.stride))
        other = run(layer, Data((moved,), data.weights))
        if other.output is None:
            return Check("shift", planned, "nothing", False, other.error)
        low, high = _inside(axis, moved.shape[number])
        found = _between(other.output, number, low, high)
        wanted = _between(done.output, number, low + 1, high + 1)
        if not np.array_equal(found, wanted):
            note = f"moved by {axis.stride} along axis {number}"
            return Check("shift", planned, "not equal", False, note)
        if high - low < other.output.shape[number]:
            notes.append(f"{high - low} of {other.output.shape[number]}")
    note = ""
    if notes:
        note = f"away from the padding, {' and '.join(dict.fromkeys(notes))} units an axis"
    if isinstance(layer, Pool):
        note = "; ".join(filter(None, (note, invariance(layer, len(axes), seed))))
    return Check("shift", planned, "equal", True, note)


def _inside(axis: Window, size: int) -> tuple[int, int]:
    """The units whose windows meet no padding, the last one not included."""
    low = -(-axis.before // axis.stride)
    return low, max(low, (size + axis.before - axis.span) // axis.stride + 1)


def _between(x: Array, axis: int, start: int, end: int) -> Array:
    """The places from `start` to `end` of an axis."""
    index = [slice(None)] * x.ndim
    index[axis] = slice(start, end)
    found: Array = x[tuple(index)]
    return found


def _from(x: Array, axis: int, start: int) -> Array:
    """`x` without the first `start` places of an axis."""
    index = [slice(None)] * x.ndim
    index[axis] = slice(start, None)
    found: Array = x[tuple(index)]
    return found


def invariance(layer: Pool, rank: int, seed: tuple[int, ...]) -> str:
    """How much a pool's output changes when its input moves by one pixel, in words."""
    share = changed_share(layer, rank, seed)
    if share is None:
        return ""
    percent = f"{100 * share:.0f} %"
    return f"not invariant: a shift by 1 changes it {percent} as much as another input does"


def dense(layer: Kind, source: Shape, seed: tuple[int, ...]) -> Check:
    """A dense layer on the map `source` is a convolution with a kernel as large as the map."""
    assert isinstance(layer, Linear)
    rank = max(1, len(source) - 1)
    channels = min(source[0], 3)
    sizes = tuple(min(size, 3) for size in source[1:]) or (1,)
    out = min(layer.out_features, 4)
    features = channels * prod(sizes)
    few = layer.model_copy(update={"out_features": out})
    data = draw(few, ((features,),), seed)
    wanted = run(few, data)
    kernel = sizes if rank > 1 else sizes[0]
    conv = Conv(out_channels=out, kernel_size=kernel, bias=layer.bias)
    x = channels_last(data.inputs[0].reshape(1, channels, *sizes))
    weights = dict(data.weights)
    weights["weight"] = weights["weight"].reshape(out, channels, *sizes)
    found = run(conv, Data((x,), weights))
    planned = f"conv k{'x'.join(map(str, source[1:])) or 1}"
    if wanted.output is None or found.output is None:
        return Check("dense", planned, "nothing", False, wanted.error or found.error)
    is_equal = np.array_equal(found.output.ravel(), wanted.output.ravel())
    measured = "equal" if is_equal else "not equal"
    return Check("dense", planned, measured, is_equal, f"on {format_shape((channels, *sizes))}")
