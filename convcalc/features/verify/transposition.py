"""What holds between a layer and its transpose, on a small copy of it with whole numbers.

Source: Dumoulin & Visin, "A guide to convolution arithmetic for deep learning", chapter 4.
"""

from __future__ import annotations

from contextlib import suppress
from itertools import product
from typing import Any

import numpy as np

from convcalc.arrays.ops import Ops
from convcalc.arrays.slicing import Index
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import count, in_words
from convcalc.features.invert.layer import Inverse, invert_layer
from convcalc.features.verify.measure import Array, Data, channels_first, draw, run
from convcalc.features.verify.report import Check
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear
from convcalc.kinds.pool_family import Pool

# Sizes on each side of the layer's own that are looked at.
NEAR = 16
# Whole numbers through divisions and interpolation, in double precision.
_CLOSE = 1e-9


def is_convolution(layer: Kind) -> bool:
    """True for convolutions, transposed or not, that are padded with zeros."""
    return isinstance(layer, ConvTranspose) or (isinstance(layer, Conv) and not layer.folding())


def has_inverse(layer: Kind) -> bool:
    """True for layers that `convcalc invert` undoes by a window."""
    return isinstance(layer, Conv | ConvTranspose | Pool)


def _unbiased(copy: Copy) -> Copy:
    has_bias = "bias" in type(copy.layer).model_fields
    layer = copy.layer.model_copy(update={"bias": False}) if has_bias else copy.layer
    return Copy(layer, copy.inputs)


def adjoint(copy: Copy, seed: tuple[int, ...]) -> Check:
    """<Cx, y> = <x, C'y>: for the transposed layer, and for the gradient that is backpropagated."""
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
    if isinstance(layer, Conv | ConvTranspose | Linear):
        back_again = _transposed(layer, inputs[0], grad, data)
        if isinstance(back_again, str):
            notes.append(back_again)
        else:
            ways["C'"] = float(np.sum(data.inputs[0] * back_again))
    if not ways:
        return Check("adjoint", "", "", None, "; ".join(notes) or f"{layer.kind} has no gradient")
    wrong = {k: v for k, v in ways.items() if not abs(v - forward) <= _CLOSE * max(1, abs(forward))}
    value = next(iter((wrong or ways).values()))
    notes.insert(0, f"by {' and '.join(wrong or ways)}")
    measured = f"<x, C'y> = {value:,.9g}"
    return Check("adjoint", f"<Cx, y> = {forward:,.9g}", measured, not wrong, "; ".join(notes))


def _transposed(layer: Any, x: Shape, y: Array, data: Data) -> Array | str:
    """C'y by the layers that undo this one, with its own weights; a reason where none do."""
    if layer.folding():
        return f"no layer transposes the padding mode {layer.padding_mode}"
    inverse = invert_layer(layer, (x,), layer.output(x))
    weight = data.weights["weight"]
    back = y
    if not inverse.entries:
        return inverse.reason
    if inverse.entries[0][0] == "crop":
        return "an output padding of a stride or more: what undoes it is not its transpose"
    for one in _layers(inverse):
        own = {"weight": weight.T if isinstance(one, Linear) else weight}
        has_weight = isinstance(one, Conv | ConvTranspose | Linear)
        done = run(one, Data((back,), own if has_weight else {}))
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


def stretched(copy: Copy, seed: tuple[int, ...]) -> Check:
    """The transposed layer as a convolution: s - 1 zeros between inputs, p' = K - 1 - p, flipped.

    For a convolution, the layer that undoes it.
    """
    layer, (x,) = _unbiased(copy)
    if isinstance(layer, Conv):
        done = run(layer, draw(layer, (x,), seed))
        if done.shape is None:
            return Check("stretched", "equal", "nothing", False, done.error)
        layer, x = _layers(invert_layer(layer, (x,), done.shape))[0], done.shape
    assert isinstance(layer, ConvTranspose)
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


def _stretched_sum(layer: ConvTranspose, x: Array, weight: Array) -> Array:
    """The guide's direct convolution; a p' below 0 cuts."""
    shape = x.shape[1:]
    axes, extras = layer.windows(shape), layer.output_paddings(shape)
    sizes = [(size - 1) * axis.stride + 1 for size, axis in zip(shape[1:], axes, strict=True)]
    wide = np.zeros((*x.shape[:2], *sizes), np.int64)
    apart: Index = (..., *(slice(None, None, axis.stride) for axis in axes))
    wide[apart] = x.astype(np.int64)
    for number, (axis, extra) in enumerate(zip(axes, extras, strict=True)):
        sides = [(0, 0)] * wide.ndim
        before = axis.span - 1 - axis.before
        after = axis.span - 1 - axis.after + extra
        sides[number + 2] = (max(before, 0), max(after, 0))
        wide = np.pad(wide, sides)
        kept = [slice(None)] * wide.ndim
        kept[number + 2] = slice(max(-before, 0), wide.shape[number + 2] - max(-after, 0))
        wide = wide[tuple(kept)]
    counts = [n - axis.span + 1 for n, axis in zip(wide.shape[2:], axes, strict=True)]
    groups = layer.group_count(shape)
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


class _NoInverseError(Exception):
    """What `convcalc invert` does not undo either, and why."""


def restored(copy: Copy, seed: tuple[int, ...]) -> Check:
    """The inverse gives back every input size that shares the output, each by its own a."""
    layer, (x,) = _unbiased(copy)
    sizes: set[Shape] = {x}
    if isinstance(layer, Conv | Pool) and not layer.padding_word():
        for axis in range(1, len(x)):
            sizes |= _class(layer, x, axis)
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


def _class(layer: Conv | Pool, x: Shape, axis: int) -> set[Shape]:
    """The inputs that give as many outputs, along one axis; the nearest ones of a large class."""
    step = min(layer.windows(x)[axis - 1].stride, NEAR)
    wanted = layer.output(x)
    found = set()
    for size in range(max(1, x[axis] - step), x[axis] + step + 1):
        other = (*x[:axis], size, *x[axis + 1 :])
        with suppress(LayerError):
            if layer.output(other) == wanted:
                found.add(other)
    return found


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
