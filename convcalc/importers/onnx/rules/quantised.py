"""Quantised files in their float sense: what is stored are the reals that integers stand for."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose

from convcalc.importers.narrow_integers import ENDS
from convcalc.importers.onnx.folding import FoldError
from convcalc.importers.onnx.rules.bent import MOST, between
from convcalc.importers.onnx.rules.convolutions import convolved
from convcalc.importers.onnx.rules.products import dense, product
from convcalc.importers.onnx.use import Tensor, Use, rule, values_of
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.number_family import AddNumber, MulNumber
from convcalc.network.held import Held, Written

# What is left of a number's digits where a scale of float32 is multiplied.
_DIGITS = 1e-6


@rule("DequantizeLinear")
def dequantize(use: Use) -> list[Tensor]:
    """Integers as the reals that they stand for; what was real before, as it is."""
    x, name = use.tensor(), use.operation.operand
    if name in use.walk.quantised:
        return [x]
    if isinstance(x, View):
        return [_scaled(use, x) if use.walk.is_whole(name) else x]
    others = [use.held(1)] + ([use.held(2)] if use.has(2) else [])
    axis = use.axis(len(x.dims), 1) if len(x.dims) > 1 else 0
    block = use.whole("block_size", 0)
    if block:
        blocks = tuple(-(-size // block) if n == axis else size for n, size in enumerate(x.dims))
        if any(one.dims != blocks for one in others):
            raise FoldError(f"its scales are not one for each block of {block}")
    made = _real(x, *others, axis=axis, block=block)
    # Integers of a quantised file are what was learnt.
    use.walk.learnt.update(use.operation.outputs)
    return [made]


def _scaled(use: Use, x: View) -> View:
    """The reals of integers that never were any: those of an input, rows of a table."""
    scale, zero = use.single(1), use.single(2) if use.has(2) else 0
    if scale is None or zero is None:
        raise NoRuleError("its integers are of several scales, or zero points")
    if zero:
        x = use.builder.pointwise(AddNumber, {"value": -zero}, x, use.operation)
    return _times(use, x, scale)


def _real(x: Held, scale: Held, *zero: Held, axis: int = 0, block: int = 0) -> Held:
    made = x.made("dequantised", x.dims, scale, *zero, axis=axis, block=block)
    return Held(made.name, made.dims, "float32", made.source)


@rule("QuantizeLinear")
def quantize(use: Use) -> list[Tensor]:
    """An activation that is rounded, which is nothing here, and cut off where integers end.

    That is the function of a layer where they end at 0: quantisers leave `Relu` and `Clip` out.
    Elsewhere the end is about the greatest number that was met when the scale was chosen: it cuts
    nothing off here, and a note says so.
    """
    use.walk.quantised[use.operation.result] = use.single(1), "".join(use.operation.inputs[2:3])
    if isinstance(stored := use.tensor(), Held):
        return [stored]
    least, most = _ends(use)
    made = _cut_at_zero(use, least, most)
    low, high = use.builder.values(made.at)
    if low < least * (1 + _DIGITS) or high > most * (1 + _DIGITS):
        use.builder.uncut[use.operation.result] = None
    return [made]


def _cut_at_zero(use: Use, least: float, most: float) -> View:
    x = use.view()
    low, high = use.builder.values(x.at)
    if least == 0 > low:
        # One up to 6 has a word of its own; any other end is where numbers were met to end.
        return between(use, 0.0, 6.0 if isclose(most, 6, rel_tol=_DIGITS) else MOST)
    if most == 0 < high:
        return between(use, -MOST, 0.0)
    return x


def _ends(use: Use) -> tuple[float, float]:
    """The reals of the least and the greatest integer; of none where scales or points differ.

    Without a zero point the integers are those of 8 bits from 0 on.
    """
    zero = use.tensor(2) if use.has(2) else Held("", (), "uint8", Written((0,)))
    point = values_of(zero)
    ends = ENDS.get(zero.element) if isinstance(zero, Held) else None
    if point is None or len({*point.values}) != 1 or ends is None:
        return -MOST, MOST
    least, most = (float(end - point.values[0]) for end in ends)
    # An end at 0 is one on any scale.
    scale = use.single(1)
    return (least * scale, most * scale) if scale else (least and -MOST, most and MOST)


@rule("DynamicQuantizeLinear")
def dynamic(use: Use) -> list[Tensor]:
    """An activation as it is, on a scale of 1 from 0."""
    one, zero = (Held("", (), "float32", Written((value,))) for value in (1.0, 0.0))
    return [use.view(), one, zero]


@rule("ConvInteger")
def whole_conv(use: Use) -> list[Tensor]:
    """A convolution of integers, whose scale comes behind it."""
    share = _share(use)
    return [_times(use, convolved(use, _whole(use, 1, 3), None), share)]


@rule("MatMulInteger")
def whole_product(use: Use) -> list[Tensor]:
    """A product of integers, whose scale comes behind it."""
    share = _share(use)
    left = _whole(use, 0, 2) if isinstance(use.tensor(0), Held) else use.tensor(0)
    right = _whole(use, 1, 3) if isinstance(use.tensor(1), Held) else use.tensor(1)
    return [_times(use, _multiplied(use, left, right, {0: 0, 1: 1}), share)]


@rule("com.microsoft.MatMulNBits")
def product_of_few_bits(use: Use) -> list[Tensor]:
    """A dense layer whose integers lie several in a byte, with a scale for each block of features.

    Without zero points an integer stands above the middle of those that there are.
    Source: MatMulNBits of ONNX Runtime's contributed operators.
    """
    out, features, block = (use.whole(name, 0) for name in ("N", "K", "block_size"))
    bits = use.whole("bits", 4)
    if bits not in (2, 4, 8) or block < 1 or use.has(4):
        raise NoRuleError("its integers are laid out in another way")
    blocks = -(-features // block)
    weight, scale = use.held(1), use.held(2)
    point = use.held(3) if use.has(3) else Held("", (), "float32", Written((1 << bits - 1,)))
    is_packed = point.element == "uint8"
    per_row = {weight: blocks * block * bits // 8, scale: blocks}
    if use.has(3):
        per_row[point] = -(-blocks * bits // 8) if is_packed else blocks
    if any(one.count != out * each for one, each in per_row.items()):
        raise NoRuleError("its arrays are not as large as it says")
    grid = (out, blocks)
    if is_packed:
        point = point.made("unpacked", grid, bits=bits)
    else:
        point = point.made("reshaped", grid) if use.has(3) else point.made("spread", grid)
    matrix = _real(
        weight.made("unpacked", (out, features), bits=bits),
        scale.made("reshaped", grid),
        point,
        axis=1,
        block=block,
    )
    # Integers of a quantised file are what was learnt.
    use.walk.learnt.add(use.operation.inputs[1])
    bias = use.held(5) if use.has(5) else None
    x = use.view()
    return [dense(use, x, len(x.axes) - 1, matrix, bias)]


def _share(use: Use) -> float:
    """What integers of a stored scale are of the reals that stand for them here: 1 over the scale.

    Those of a dynamic scale are taken as they are, on a scale of 1. Raises NoRuleError.
    """
    share = 1.0
    for place, name in enumerate(use.operation.inputs[:2]):
        if name in use.walk.quantised:
            scale, zero = use.walk.quantised[name]
            if not scale or "".join(use.operation.inputs[2 + place : 3 + place]) != zero:
                raise NoRuleError("its integers are of several scales, or from another zero")
            share /= scale
    return share


def _times(use: Use, view: View, share: float) -> View:
    if share == 1:
        return view
    return use.builder.pointwise(MulNumber, {"value": share}, view, use.operation)


def _whole(use: Use, place: int, zero: int) -> Held:
    """A stored tensor of integers, less its zero point; of a matrix, one for each column."""
    x = use.held(place)
    one = Held("", (), "float32", Written((1.0,)))
    if not use.has(zero):
        return _real(x, one)
    point = use.held(zero)
    axis = len(x.dims) - 1 if len(x.dims) == 2 else 0
    scale = one if point.count == 1 else one.made("spread", point.dims)
    return _real(x, scale, point, axis=axis)


def _multiplied(use: Use, left: Tensor, right: Tensor, places: Mapping[int, int]) -> View:
    if isinstance(right, Held) and isinstance(left, View) and len(right.dims) == 2:
        turned = right.made("arranged", right.dims[::-1], sizes=right.dims, axes=(1, 0))
        return dense(use, left, len(left.axes) - 1, turned, None)
    views: list[View] = []
    for at, one in enumerate((left, right)):
        name = use.operation.inputs[places[at]]
        if isinstance(one, Held):
            use.walk.learnt.add(name)
            one = use.walk.as_view(one, name, use.operation)
        views.append(one)
    return product(use, *views)
