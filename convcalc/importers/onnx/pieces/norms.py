"""Dense layers and norms: products and sums with what is stored."""

from __future__ import annotations

from dataclasses import replace

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
        if matrix not in pieces.sizes or made.inputs[0] in pieces.sizes:
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


@last("Div", "Mul")
def _standard(pieces: Pieces, operation: Operation) -> Operation | None:
    """(x - mean) / sqrt(variance + eps), over the last axis."""
    if operation.op == "Mul":
        pairs = [operation.inputs, operation.inputs[::-1]]
        inverse = next(
            ((a, one) for a, b in pairs for one in [pieces.maker(b, "Reciprocal")] if one), None
        )
        if inverse is None:
            return None
        centred, root = inverse[0], inverse[1].inputs[0]
    else:
        centred, root = operation.inputs
    sub, square_root = pieces.maker(centred, "Sub"), pieces.maker(root, "Sqrt")
    total = pieces.maker(square_root.inputs[0], "Add") if square_root is not None else None
    if total is None:
        return None
    for mean_name, eps_name in (total.inputs, total.inputs[::-1]):
        eps, mean = pieces.number(eps_name), pieces.maker(mean_name, "ReduceMean")
        square = pieces.maker(mean.inputs[0], "Pow", "Mul") if mean is not None else None
        if eps is None or mean is None or square is None:
            continue
        axis = _single_axis(pieces, mean)
        if axis is None or not _is_square(pieces, square):
            continue
        if sub is not None and _is_difference(pieces, square.inputs[0], centred):
            middle = pieces.maker(sub.inputs[1], "ReduceMean")
            is_mean = middle is not None and middle.inputs[0] == sub.inputs[0]
            if middle is not None and is_mean and _single_axis(pieces, middle) == axis:
                fields = {"axis": axis, "epsilon": eps}
                return as_whole(operation, "LayerNormalization", sub.inputs[0], **fields)
        elif square.inputs[0] == centred:
            fields = {"axis": axis, "epsilon": eps}
            return as_whole(operation, "RMSNormalization", centred, **fields)
    return None


def _is_difference(pieces: Pieces, name: str, centred: str) -> bool:
    """True for what is centred, or for the same difference once more."""
    other, sub = pieces.maker(name, "Sub"), pieces.maker(centred, "Sub")
    is_equal = other is not None and sub is not None and other.inputs == sub.inputs
    return name == centred or is_equal


def _is_square(pieces: Pieces, operation: Operation) -> bool:
    if operation.op == "Pow":
        return pieces.number(operation.inputs[1]) == 2
    return operation.inputs[0] == operation.inputs[1]


def _single_axis(pieces: Pieces, operation: Operation) -> int | None:
    """The one axis that a mean is taken over."""
    axes = operation.attributes.get("axes")
    if len(operation.inputs) > 1:
        held = pieces.constants.get(operation.inputs[1])
        small = values_of(held) if held is not None else None
        axes = small.whole if small is not None else None
    return axes[0] if isinstance(axes, tuple) and len(axes) == 1 else None


@last("Mul")
def _scaled_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """A norm and its stored factors."""
    for normed, weight in (operation.inputs, operation.inputs[::-1]):
        norm = pieces.maker(normed, "LayerNormalization", "RMSNormalization")
        held = pieces.constants.get(weight)
        is_alone = norm is not None and len(norm.inputs) == 1 and pieces.uses[normed] == 1
        if norm is not None and is_alone and held is not None and len(held.dims) == 1:
            return as_whole(operation, norm.op, *norm.inputs, weight, **norm.attributes)
    return None


@last("Add")
def _shifted_norm(pieces: Pieces, operation: Operation) -> Operation | None:
    """A norm with its factors, and its stored shifts."""
    for normed, bias in (operation.inputs, operation.inputs[::-1]):
        norm, held = pieces.maker(normed, "LayerNormalization"), pieces.constants.get(bias)
        if norm is None or held is None or pieces.uses[normed] > 1:
            continue
        if len(norm.inputs) == 2 and len(held.dims) == 1:
            attributes = dict(norm.attributes)
            return as_whole(operation, norm.op, *norm.inputs, bias, **attributes)
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
            norm = pieces.maker(back.inputs[0], "InstanceNormalization") if back else None
            grouped = pieces.maker(norm.inputs[0], "Reshape") if norm else None
            if norm is None or grouped is None or weight not in pieces.constants:
                continue
            sizes = pieces.constants.get(grouped.inputs[1])
            small = values_of(sizes) if sizes is not None else None
            count = pieces.constants[weight].count
            if small is None or len(small.values) != 3 or count % (small.whole[1] or 1):
                continue
            if not _is_plain(pieces, norm) or pieces.constants[bias].count != count:
                continue
            fields = {"num_groups": small.whole[1], "epsilon": norm.attributes.get("epsilon", 1e-5)}
            return as_whole(
                operation, "GroupNormalization", grouped.inputs[0], weight, bias, **fields
            )
    return None


def _is_plain(pieces: Pieces, norm: Operation) -> bool:
    """True where a norm scales by 1 and shifts by 0."""
    scale, shift = (pieces.constants.get(name) for name in norm.inputs[1:3])
    values = [values_of(held) if held is not None else None for held in (scale, shift)]
    return all(
        small is not None and set(small.values) == {wanted}
        for small, wanted in zip(values, (1.0, 0.0), strict=True)
    )
