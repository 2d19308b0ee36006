"""What holds between a layer and its transpose, on a small copy of it with whole numbers.

Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", chapter 4.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from convcalc.arrays.ops import Ops
from convcalc.arrays.slicing import Index
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import count, in_words
from convcalc.features.invert.layer import Inverse, invert_layer
from convcalc.features.verify import raw
from convcalc.features.verify.measure import Array, Data, channels_first, draw, run
from convcalc.features.verify.report import Check
from convcalc.features.verify.small import Copy, fitted, thin, with_fields
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind

CONVOLUTIONS = frozenset({"conv", "conv_transpose"})
# Kinds that only add up, move and divide: their gradient is their transpose.
LINEAR = frozenset({
    "conv", "conv_transpose", "linear", "avg_pool", "adaptive_avg_pool", "global_avg_pool",
    "flatten", "unflatten", "reshape", "pixel_shuffle", "pixel_unshuffle", "channel_shuffle",
    "slice", "pad", "crop", "upsample", "concat", "add", "sub", "scale", "unfold", "identity",
})  # fmt: skip
# Whole numbers through divisions and interpolation, in double precision.
_CLOSE = 1e-9


def copy_of(layer: Kind, inputs: tuple[Shape, ...]) -> Copy:
    """The copy that the laws are shown on: a window has two strides to move."""
    return fitted(*thin(layer, inputs), 2)


def _unbiased(copy: Copy) -> Copy:
    has_bias = "bias" in type(copy.layer).model_fields
    return Copy(with_fields(copy.layer, bias=False), copy.inputs) if has_bias else copy


def adjoint(copy: Copy, seed: tuple[int, ...]) -> Check | None:
    """<Cx, y> = <x, C'y>: for the transposed layer, and for the gradient that is backpropagated."""
    kind = copy.layer.kind
    constant = getattr(copy.layer, "mode", "") == "constant"
    if kind not in LINEAR or constant:
        return None
    layer, inputs = _unbiased(copy)
    data = draw(layer, inputs, seed)
    data = Data(
        tuple(x.astype(np.float64) for x in data.inputs),
        {name: array.astype(np.float64) for name, array in data.weights.items()},
    )
    done = run(layer, data)
    if done.output is None:
        return Check("adjoint", "<Cx, y>", "nothing", False, done.error)
    y = draw(layer, inputs, (*seed, 1)).inputs[0].ravel()
    grad = np.resize(y, done.output.shape).astype(np.float64)
    forward = float(np.sum(done.output * grad))
    ways = {}
    try:
        back, _ = layer.gradients(Ops(), grad, data.inputs, done.output, data.weights)
        ways["gradient"] = sum(float(np.sum(x * b)) for x, b in zip(data.inputs, back, strict=True))
    except LookupError as error:
        # A kind without a gradient says so by this one itself.
        if type(error) is not LookupError:
            raise
    notes = []
    if kind in ("conv", "conv_transpose", "linear"):
        back_again = _transposed(layer, inputs[0], grad, data)
        if isinstance(back_again, str):
            notes.append(back_again)
        else:
            ways["C'"] = float(np.sum(data.inputs[0] * back_again))
    if not ways:
        return Check("adjoint", "", "", None, "; ".join(notes) or f"{kind} has no gradient")
    wrong = {k: v for k, v in ways.items() if not abs(v - forward) <= _CLOSE * max(1, abs(forward))}
    value = next(iter((wrong or ways).values()))
    notes.insert(0, f"by {' and '.join(wrong or ways)}")
    measured = f"<x, C'y> = {value:,.9g}"
    return Check("adjoint", f"<Cx, y> = {forward:,.9g}", measured, not wrong, "; ".join(notes))


def _transposed(layer: Any, x: Shape, y: Array, data: Data) -> Array | str:
    """C'y by the layers that undo this one, with its own weights; a reason where none do."""
    if getattr(layer, "padding_mode", "zeros") != "zeros":
        return f"no layer transposes the padding mode {layer.padding_mode}"
    inverse = invert_layer(layer, (x,), (y.shape[-1], *y.shape[1:-1]))
    weight = data.weights["weight"]
    back = y
    if not inverse.entries:
        return inverse.reason
    if inverse.entries[0][0] == "crop":
        return "an output padding of a stride or more: what undoes it is not its transpose"
    for one in _layers(inverse):
        own = {"weight": weight.T if one.kind == "linear" else weight}
        done = run(one, Data((back,), own if one.kind in (*CONVOLUTIONS, "linear") else {}))
        if done.output is None:
            return done.error
        back = done.output
    return back if back.shape == data.inputs[0].shape else "its shape does not come back"


def _layers(inverse: Inverse) -> list[Any]:
    """The layers of an inverse, without biases."""
    made = []
    for name, fields in inverse.entries:
        kind = find_kind(name)
        assert kind is not None
        unbiased = {**fields, "bias": False} if "bias" in kind.model_fields else fields
        made.append(kind.model_validate(unbiased))
    return made


def stretched(copy: Copy, seed: tuple[int, ...]) -> Check | None:
    """The transposed layer as a convolution: s - 1 zeros between inputs, p' = K - 1 - p, flipped.

    For a convolution, the layer that undoes it.
    """
    kind = copy.layer.kind
    if kind not in CONVOLUTIONS or getattr(copy.layer, "padding_mode", "zeros") != "zeros":
        return None
    layer, (x,) = _unbiased(copy)
    if kind == "conv":
        done = run(layer, draw(layer, (x,), seed))
        if done.shape is None:
            return Check("stretched", "equal", "nothing", False, done.error)
        layer, x = _layers(invert_layer(layer, (x,), done.shape))[0], done.shape
    data = draw(layer, (x,), seed)
    done = run(layer, data)
    if done.output is None:
        return Check("stretched", "equal", "nothing", False, done.error)
    wanted = _stretched_sum(layer, channels_first(data.inputs[0]), data.weights["weight"])
    found = channels_first(done.output)
    if found.shape != wanted.shape:
        shapes = format_shape(wanted.shape[1:]), format_shape(found.shape[1:])
        return Check("stretched", *shapes, False, "the shapes differ")
    wrong = int(np.count_nonzero(found != wanted))
    measured = f"{count(wrong)} of {count(found.size)} differ" if wrong else "equal"
    return Check("stretched", "equal", measured, not wrong, "the guide's form, on whole numbers")


def _stretched_sum(layer: Any, x: Array, weight: Array) -> Array:
    """The guide's direct convolution; a p' below 0 cuts."""
    axes = raw.axes(layer, x.shape[2:])
    extras = raw.extras(layer, x.shape[2:])
    sizes = [(axis.size - 1) * axis.stride + 1 for axis in axes]
    wide = np.zeros((*x.shape[:2], *sizes), np.int64)
    apart: Index = (..., *(slice(None, None, axis.stride) for axis in axes))
    wide[apart] = x.astype(np.int64)
    for number, (axis, extra) in enumerate(zip(axes, extras, strict=True)):
        sides = [(0, 0)] * wide.ndim
        before = axis.reach - 1 - axis.before
        after = axis.reach - 1 - axis.after + extra
        sides[number + 2] = (max(before, 0), max(after, 0))
        wide = np.pad(wide, sides)
        kept = [slice(None)] * wide.ndim
        kept[number + 2] = slice(max(-before, 0), wide.shape[number + 2] - max(-after, 0))
        wide = wide[tuple(kept)]
    counts = [n - axis.reach + 1 for n, axis in zip(wide.shape[2:], axes, strict=True)]
    groups = raw.group_count(layer, x.shape[1])
    inside, filters = x.shape[1] // groups, layer.out_channels // groups
    flipped = np.flip(weight, tuple(range(2, weight.ndim))).astype(np.int64)
    y = np.zeros((len(x), layer.out_channels, *counts), np.int64)
    for tap in product(*(range(axis.kernel) for axis in axes)):
        read = [
            slice(j * axis.dilation, j * axis.dilation + n)
            for j, axis, n in zip(tap, axes, counts, strict=True)
        ]
        of_tap: Index = (..., *tap)
        for g in range(groups):
            at: Index = (slice(None), slice(g * inside, (g + 1) * inside), *read)
            part, own = wide[at], flipped[of_tap][g * inside : (g + 1) * inside]
            y[:, g * filters : (g + 1) * filters] += np.einsum("co,nc...->no...", own, part)
    return y


_RESTORED = frozenset({"conv", "conv_transpose", "max_pool", "avg_pool", "lp_pool"})


class _NoInverseError(Exception):
    """What `convcalc invert` does not undo either, and why."""


def restored(copy: Copy) -> Check | None:
    """The inverse gives back every input size that shares the output, each by its own a."""
    if copy.layer.kind not in _RESTORED:
        return None
    layer, (x,) = _unbiased(copy)
    sizes: set[Shape] = {x}
    if layer.kind != "conv_transpose" and not isinstance(getattr(layer, "padding", 0), str):
        for axis, size in enumerate(x[1:], 1):
            sizes |= {(*x[:axis], other, *x[axis + 1 :]) for other in _class(layer, x, axis, size)}
    back = {}
    for shape in sorted(sizes):
        try:
            back[shape] = _there_and_back(layer, shape)
        except _NoInverseError as error:
            return Check("restored", "", "", None, str(error))
        except (LayerError, ValueError) as error:
            back[shape] = str(error)
    wrong = {shape: found for shape, found in back.items() if found != shape}
    planned = in_words(len(back), "size")
    if not wrong:
        return Check("restored", planned, f"{len(back)} restored", True, _range(sorted(back)))
    shape, found = next(iter(wrong.items()))
    gave = found if isinstance(found, str) else format_shape(found)
    note = f"{format_shape(shape)} came back as {gave}"
    return Check("restored", planned, f"{len(back) - len(wrong)} restored", False, note)


def _range(shapes: list[Shape]) -> str:
    first, last = format_shape(shapes[0]), format_shape(shapes[-1])
    return first if first == last else f"{first} to {last}"


def _class(layer: Any, x: Shape, axis: int, size: int) -> list[int]:
    """The sizes along an axis that give as many outputs, at most some dozens of them."""
    rounds_up = getattr(layer, "ceil_mode", False)

    def outputs(size: int) -> int:
        window = raw.axes(layer, (*x[1:axis], size, *x[axis + 1 :]))[axis - 1]
        return len(list(window.starts(rounds_up)))

    step = raw.axes(layer, x[1:])[axis - 1].stride
    near = range(max(1, size - step), size + step + 1)
    wanted = outputs(size)
    return [other for other in near if outputs(other) == wanted][:64]


def _there_and_back(layer: Any, x: Shape) -> Shape | str:
    done = run(layer, draw(layer, (x,), (0,)))
    if done.shape is None:
        return done.error
    shape = done.shape
    inverse = invert_layer(layer, (x,), shape)
    if not inverse.entries:
        raise _NoInverseError(inverse.reason)
    for one in _layers(inverse):
        done = run(one, draw(one, (shape,), (0,)))
        if done.shape is None:
            return done.error
        shape = done.shape
    return shape
