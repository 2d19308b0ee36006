"""What textbooks say of convolutions, pools and dense layers, shown on a small copy.

Sources: Goodfellow, Bengio & Courville, "Deep Learning", chapter 9; the CS231n notes.
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np

from convcalc.arrays.slicing import Index, padded
from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import count
from convcalc.features.verify.measure import Array, Data, channels_first, channels_last, draw, run
from convcalc.features.verify.report import Check
from convcalc.kinds.base import Kind
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
    """The input moved by the stride moves the output by one; and how invariant a pool is."""
    bare: dict[str, Any] = {"padding": 0, "padding_mode": "zeros", "ceil_mode": False}
    fields = {name: value for name, value in bare.items() if name in type(copy.layer).model_fields}
    layer: Any = copy.layer.model_copy(update=fields)
    x = copy.inputs[0]
    axes = layer.windows(x)
    sizes = tuple(axis.span + 3 * axis.stride for axis in axes)
    data = draw(layer, ((x[0], *sizes),), seed)
    whole = data.inputs[0]
    done = run(layer, data)
    if done.output is None:
        return Check("shift", "equal", "nothing", False, done.error)
    strides = "x".join(map(str, dict.fromkeys(axis.stride for axis in axes)))
    planned = f"by {strides}: by 1"
    for number, axis in enumerate(axes, 1):
        moved = np.ascontiguousarray(_from(whole, number, axis.stride))
        other = run(layer, Data((moved,), data.weights))
        if other.output is None:
            return Check("shift", planned, "nothing", False, other.error)
        wanted = _from(done.output, number, 1)
        if other.output.shape != wanted.shape or not np.array_equal(other.output, wanted):
            note = f"moved by {axis.stride} along axis {number}"
            return Check("shift", planned, "not equal", False, note)
    note = invariance(layer, (x[0], *sizes), seed) if isinstance(layer, Pool) else ""
    return Check("shift", planned, "equal", True, note)


def _from(x: Array, axis: int, start: int) -> Array:
    """`x` without the first `start` places of an axis."""
    index = [slice(None)] * x.ndim
    index[axis] = slice(start, None)
    found: Array = x[tuple(index)]
    return found


def invariance(layer: Any, x: Shape, seed: tuple[int, ...]) -> str:
    """How much a pool's output changes when its input moves by one pixel.

    As a share of how much it changes for another input altogether: 0 would be invariant.
    """
    # Wide enough for a mean that does not hang on a few numbers.
    sizes = tuple(max(64, size) + 1 if len(x) == 2 else max(24, size) + 1 for size in x[1:])
    if prod(sizes) > 100_000:
        return ""
    one, other = (draw(layer, ((x[0], *sizes),), (*seed, n), "normal") for n in range(2))
    still = run(layer, Data((one.inputs[0][:, :-1],), {})).output
    moved = run(layer, Data((one.inputs[0][:, 1:],), {})).output
    apart = run(layer, Data((other.inputs[0][:, :-1],), {})).output
    if still is None or moved is None or apart is None:
        return ""
    share = np.mean(abs(moved - still)) / np.mean(abs(apart - still))
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
