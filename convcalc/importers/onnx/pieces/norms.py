"""Dense layers and norms: products and sums with what is stored."""

from __future__ import annotations

from dataclasses import replace
from math import prod
from typing import NamedTuple, TypeGuard

from convcalc.importers.model import Operation
from convcalc.importers.onnx.pieces.finding import Pieces, as_whole, last
from convcalc.importers.onnx.use import values_of


@last("Add")
def _linear(pieces: Pieces, operation: Operation) -> Operation | None:
    """A product with a stored matrix, and a stored vector, or with parts of stored ones.

    Of parts, it is known when sizes are whether they fit: the pieces go along.
    """
    for product, bias in (operation.inputs, operation.inputs[::-1]):
        made = pieces.maker(product, "MatMul")
        if made is None or bias not in pieces.sizes or pieces.uses[product] > 1:
            continue
        matrix = made.inputs[1]
        if matrix not in pieces.sizes or made.operand in pieces.sizes:
            continue
        weight, held = pieces.constants.get(matrix), pieces.constants.get(bias)
        if weight is None or held is None:
            written = {"pieces": (made,), "last": operation}
            found = as_whole(operation, "Linear", *made.inputs, bias, **written)
        elif len(weight.dims) == 2 and held.dims == weight.dims[1:]:
            found = as_whole(operation, "Linear", *made.inputs, bias)
        else:
            continue
        return replace(found, name=made.name, path=made.path)
    return None


class _Standard(NamedTuple):
    """What is divided by its deviation: x or its differences from the mean, and what scales it."""

    x: str
    is_centred: bool
    weight: str = ""


@last("Div", "Mul")
def _standard(pieces: Pieces, operation: Operation) -> Operation | None:
    """(x - mean) / sqrt(variance + eps), or x / sqrt(mean of squares + eps), over one axis."""
    for numerator, root in _quotients(pieces, operation):
        spread = _spread(pieces, root)
        if spread is None:
            continue
        square, axis, eps = spread
        for weight, value in _unscaled(pieces, numerator):
            found = _divided(pieces, value, square, axis)
            if found is not None:
                op = "LayerNormalization" if found.is_centred else "RMSNormalization"
                fields = {"axis": axis, "epsilon": eps, "single": 1}
                bare = as_whole(operation, op, found.x, **fields)
                return _with_weight(bare, operation, weight) if weight else bare
    return None


def _quotients(pieces: Pieces, operation: Operation) -> list[tuple[str, str]]:
    """What is divided by a square root, and what the root is of."""
    if operation.op == "Div":
        over, root = operation.inputs[:2]
        found = pieces.maker(root, "Sqrt")
        return [(over, found.operand)] if found is not None else []
    pairs = []
    for over, factor in (operation.inputs[:2], operation.inputs[1::-1]):
        inverse = pieces.maker(factor, "Reciprocal", "Div")
        if inverse is None or (inverse.op == "Div" and pieces.number(inverse.operand) != 1):
            continue
        found = pieces.maker(inverse.inputs[-1], "Sqrt")
        if found is not None:
            pairs.append((over, found.operand))
    return pairs


def _spread(pieces: Pieces, name: str) -> tuple[str, int, float] | None:
    """Of mean(square) + eps what is squared, the axis of the mean, and eps."""
    total = pieces.maker(name, "Add")
    for mean_name, eps_name in (total.inputs[:2], total.inputs[1::-1]) if total else ():
        eps, mean = pieces.number(eps_name), _mean(pieces, mean_name)
        square = pieces.maker(mean.operand, "Pow", "Mul") if mean is not None else None
        if not _is_small(eps) or mean is None or square is None or not _is_square(pieces, square):
            continue
        axis = _single_axis(pieces, mean)
        if axis is not None:
            return square.operand, axis, eps
    return None


def _is_small(eps: float | None) -> TypeGuard[float]:
    """True for what norms have as their epsilon: more is another function."""
    return eps is not None and 0 <= eps <= 1


def _mean(pieces: Pieces, name: str) -> Operation | None:
    """The mean that a tensor is, also where its axis was left out and put back with size 1."""
    back = pieces.maker(name, "Reshape", "Unsqueeze")
    if back is None:
        return pieces.maker(name, "ReduceMean")
    mean, sizes = pieces.maker(back.operand, "ReduceMean"), pieces.wholes(back.inputs[1])
    axis = _single_axis(pieces, mean) if mean is not None else None
    if mean is None or axis is None:
        return None
    if back.op == "Unsqueeze":
        rank = pieces.rank(mean.operand)
        return mean if [one + rank if one < 0 else one for one in sizes] == [axis] else None
    rank = len(sizes)
    return mean if -rank <= axis < rank and sizes[axis] == 1 else None


def _unscaled(pieces: Pieces, name: str) -> list[tuple[str, str]]:
    """A tensor, and the same without the stored factors that it is a product with."""
    made = pieces.alone(name, "Mul")
    pairs = (made.inputs[:2], made.inputs[1::-1]) if made is not None else ()
    return [("", name), *((one, other) for one, other in pairs if _is_vector(pieces, one))]


def _divided(pieces: Pieces, value: str, square: str, axis: int) -> _Standard | None:
    """What is divided by its own deviation: by the root of the mean of its own squares."""
    sub = pieces.maker(value, "Sub")
    middle = _centred(pieces, value, axis)
    if sub is not None and middle is not None and _centred(pieces, square, axis) == middle:
        return _Standard(middle, True)
    return _Standard(value, False) if square == value else None


def _centred(pieces: Pieces, name: str, axis: int) -> str | None:
    """The tensor whose differences from its own mean these are."""
    sub = pieces.maker(name, "Sub")
    mean = pieces.maker(sub.inputs[1], "ReduceMean") if sub is not None else None
    if sub is None or mean is None or mean.operand != sub.operand:
        return None
    return sub.operand if _single_axis(pieces, mean) == axis else None


def _is_square(pieces: Pieces, operation: Operation) -> bool:
    if operation.op == "Pow":
        return pieces.number(operation.inputs[1]) == 2
    return operation.operand == operation.inputs[1]


def _single_axis(pieces: Pieces, operation: Operation) -> int | None:
    """The one axis that a mean is taken over."""
    axes = operation.attributes.get("axes")
    if len(operation.inputs) > 1:
        axes = pieces.wholes(operation.inputs[1])
    if not isinstance(axes, tuple) or len(axes) != 1:
        return None
    axis = int(axes[0])
    # Exporters count one axis from both sides; files that state shapes say which it is.
    return axis + pieces.rank(operation.operand) if axis < 0 else axis


def _is_vector(pieces: Pieces, name: str) -> bool:
    """True for stored numbers of which one axis tells them apart."""
    held = pieces.constants.get(name)
    return held is not None and sum(size > 1 for size in held.dims) == 1


def _with_weight(norm: Operation, last: Operation, *weights: str) -> Operation:
    """The norm with what is learnt; on which axis that lies, is known when sizes are.

    The pieces go along: the rule walks over them where it lies on another one.
    """
    bare = replace(norm, outputs=(f"{norm.result} bare",), inputs=norm.inputs[:1])
    pieces, before = [bare], bare.result
    for op, weight in zip(("Mul", "Add"), weights, strict=False):
        made = last.outputs if weight == weights[-1] else (f"{before} scaled",)
        pieces.append(replace(last, op=op, inputs=(before, weight), outputs=made, attributes={}))
        before = made[0]
    fields = {**norm.attributes, "pieces": tuple(pieces[:-1]), "last": pieces[-1]}
    return as_whole(last, norm.op, norm.operand, *weights, **fields)


@last("Div")
def _l2_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """x / max(length of x, eps), over one axis."""
    x, divisor = operation.inputs
    spread = pieces.maker(divisor, "Expand")
    least = pieces.maker(spread.operand if spread is not None else divisor, "Clip")
    length = pieces.maker(least.operand, "ReduceL2") if least is not None else None
    if least is None or length is None or length.operand != x:
        return None
    axis, (eps, most) = _single_axis(pieces, length), pieces.bounds(least)
    if axis is None or not _is_small(eps) or most is not None:
        return None
    if not length.attributes.get("keepdims", 1):
        return None
    return as_whole(operation, "LpNormalization", x, axis=axis, epsilon=eps)


@last("Mul")
def _scaled_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """A norm and its stored factors."""
    for normed, weight in (operation.inputs, operation.inputs[::-1]):
        norm = pieces.alone(normed, "LayerNormalization", "RMSNormalization")
        if norm is not None and len(norm.inputs) == 1 and _is_vector(pieces, weight):
            return _with_weight(norm, operation, weight)
    return None


@last("Add")
def _shifted_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """A norm with its factors, and its stored shifts."""
    for normed, bias in (operation.inputs, operation.inputs[::-1]):
        norm = pieces.alone(normed, "LayerNormalization")
        is_scaled = norm is not None and len(norm.inputs) == 2 and "single" in norm.attributes
        if norm is not None and is_scaled and _is_vector(pieces, bias):
            return _with_weight(norm, operation, norm.inputs[1], bias)
    return None


@last("Add")
def _group_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """Groups as instances: Reshape, InstanceNormalization, Reshape, stored factors and shifts."""
    for scaled, bias in (operation.inputs, operation.inputs[::-1]):
        product = pieces.maker(scaled, "Mul")
        if product is None or bias not in pieces.constants:
            continue
        for normed, weight in (product.inputs, product.inputs[::-1]):
            back = pieces.maker(normed, "Reshape")
            norm = _groups_normed(pieces, back.operand) if back else None
            grouped = pieces.maker(norm.operand, "Reshape") if norm else None
            if norm is None or grouped is None or weight not in pieces.constants:
                continue
            rank = len(pieces.wholes(back.inputs[1])) if back else 0
            if not all(_is_for_channels(pieces, one, rank) for one in (weight, bias)):
                continue
            sizes, count = pieces.wholes(grouped.inputs[1]), pieces.constants[weight].count
            if len(sizes) != 3 or count % (sizes[1] or 1):
                continue
            if pieces.constants[bias].count != count:
                continue
            stated = pieces.shapes.get(grouped.operand, ())
            if stated and rank not in (0, len(stated)):
                # What is dealt has been laid out otherwise: rows of (batch * places, channels).
                continue
            fields = {"num_groups": sizes[1], "epsilon": norm.attributes.get("epsilon", 1e-5)}
            return as_whole(
                operation, "GroupNormalization", grouped.operand, weight, bias, **fields
            )
    return None


def _groups_normed(pieces: Pieces, name: str) -> Operation | None:
    """What norms each row of (batch, groups, everything else), and learns nothing."""
    norm = pieces.maker(name, "InstanceNormalization", "LayerNormalization")
    if norm is None or norm.op == "InstanceNormalization":
        return norm if norm is not None and _is_plain(pieces, norm) else None
    is_bare = len(norm.inputs) == 1 and "single" in norm.attributes
    return norm if is_bare and norm.attributes.get("axis") in (2, -1) else None


def _is_for_channels(pieces: Pieces, name: str, rank: int) -> bool:
    """True for numbers that tell channels apart, the second of `rank` axes; of 0 where not known.

    Numbers of a single axis lie along the last one.
    """
    dims = pieces.constants[name].dims
    known = rank or (len(dims) if dims[:1] == (1,) else len(dims) + 1)
    at = len(dims) + 1 - known
    return (len(dims) > 1 or rank == 2) and 0 <= at < len(dims) and prod(dims) == dims[at]


def _is_plain(pieces: Pieces, norm: Operation) -> bool:
    """True where a norm scales by 1 and shifts by 0."""
    scale, shift = (pieces.constants.get(name) for name in norm.inputs[1:3])
    values = [values_of(held) if held is not None else None for held in (scale, shift)]
    return all(
        small is not None and set(small.values) == {wanted}
        for small, wanted in zip(values, (1.0, 0.0), strict=True)
    )
