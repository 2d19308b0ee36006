"""Dense layers and products of matrices: Gemm, MatMul, Linear (MatMul and Add)."""

from __future__ import annotations

from itertools import chain
from typing import Any

from convcalc.core.arrangement import Parts
from convcalc.importers.onnx.rules.joins import merged
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View, expanded, whole
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.learnt_family import Bias
from convcalc.kinds.linear import Linear
from convcalc.kinds.matmul import Matmul
from convcalc.kinds.number_family import MulNumber
from convcalc.network.held import Held, Made


def dense(use: Use, x: View, axis: int, weight: Held, bias: Held | None) -> View:
    """A dense layer over the tensor's `axis`; the weight is (out, in)."""
    if use.builder.stored.is_apart(weight) and len(x.axes) > 1:
        matrix = use.builder.stored.layer_of(weight, True, use.operation)
        is_last = axis == len(x.axes) - 1
        pair = (x, matrix.transposed((1, 0))) if is_last else (matrix, x)
        made = product(use, *pair)
        if bias is None:
            return made
        return merged(use, Add, made, use.builder.stored.layer_of(bias, True, use.operation))
    if bias is not None and bias.dims and use.walk.is_tied(weight):
        # A matrix that is shared with a layer of another bias, or with a table, stands alone.
        alone = dense(use, x, axis, weight, None)
        return alone.on(use.layer(Bias, {}, alone, held={"bias": bias}))
    out, features = weight.dims
    if x.dims[axis] != features:
        message = f"{use.operation.title} multiplies {features} features"
        note = f"its input has {x.dims[axis]} on axis {axis}: {list(x.dims)}"
        raise use.builder.refuse("product-mismatch", message, use.operation, note=note)
    parts = x.axes[axis]
    if len(x.axes) == 2 and parts == x.own[0] and not any(x.own[1:]):
        # A vector, whatever axes of size 1 the layer before left.
        x = use.arranged(x, [parts])
    if not x.has_channels(axis):
        others = [own for own in x.own if not set(own) & set(parts)]
        if sum(map(len, others)) + len(parts) != len(x.sizes):
            others = [one for place, one in enumerate(x.axes) if place != axis and one]
        x = use.arranged(x, [parts, *_fitting([own for own in others if own])])
    held = {"weight": weight} | ({"bias": bias} if bias is not None else {})
    fields: dict[str, Any] = {"out_features": out, "bias": bias is not None}
    if len(x.own) > 1:
        fields["over"] = "channels"
    at = use.layer(Linear, fields, x, held=held)
    return x.resized(at, 0, out, axis)


def turned(matrix: Held) -> Held:
    """The matrix with rows for columns: what was turned already is as it was stored.

    >>> from convcalc.network.held import Written
    >>> x = Held("x", (2, 3), "float32", Written(()))
    >>> turned(x).dims, turned(turned(x)) is x
    ((3, 2), True)
    """
    source = matrix.source
    if isinstance(source, Made) and source.how == "arranged" and source.fields["axes"] == (1, 0):
        return source.of[0]
    return matrix.made("arranged", matrix.dims[::-1], sizes=matrix.dims, axes=(1, 0))


def _fitting(axes: list[Parts]) -> list[Parts]:
    """Axes of positions, joined from the front where there are more than a sample has."""
    while len(axes) > 3:
        axes[:2] = [(*axes[0], *axes[1])]
    return axes


@rule("Gemm")
def gemm(use: Use) -> list[Tensor]:
    """A dense layer of vectors."""
    weight = use.tensor(1)
    bias_fits = not use.has(2) or isinstance(use.tensor(2), Held)
    if not isinstance(weight, Held) or not bias_fits or use.whole("transA", 0):
        return [_of_two(use)]
    if not use.whole("transB", 0):
        weight = turned(weight)
    alpha, beta = use.number("alpha", 1.0), use.number("beta", 1.0)
    if alpha != 1:
        weight = weight.made("scaled", weight.dims, by=alpha)
    bias = use.held(2) if use.has(2) else None
    if bias is not None and bias.count == 1 != weight.dims[0]:
        # One number for all of what comes out is no bias of a dense layer, which has as many.
        return [_plus_third(use, dense(use, use.view(), 1, weight, None))]
    if bias is not None:
        if bias.count != weight.dims[0] or bias.dims[:-1] not in ((), (1,)):
            return [_of_two(use)]
        bias = bias if len(bias.dims) == 1 else bias.made("reshaped", (bias.count,))
        bias = bias if beta == 1 else bias.made("scaled", bias.dims, by=beta)
    return [dense(use, use.view(), 1, weight, bias)]


def _of_two(use: Use) -> View:
    """alpha A B + beta C, of matrices that are calculated."""
    left, right = use.view(0), use.view(1)
    left = left.transposed((1, 0)) if use.whole("transA", 0) else left
    right = right.transposed((1, 0)) if use.whole("transB", 0) else right
    found = product(use, left, right)
    alpha = use.number("alpha", 1.0)
    if alpha != 1:
        found = use.builder.pointwise(MulNumber, {"value": alpha}, found, use.operation)
    return _plus_third(use, found) if use.has(2) else found


def _plus_third(use: Use, found: View) -> View:
    """What was found, and beta C."""
    third, beta = use.view(2), use.number("beta", 1.0)
    if beta != 1:
        third = use.builder.pointwise(MulNumber, {"value": beta}, third, use.operation)
    return merged(use, Add, found, third)


@rule("MatMul")
def matmul(use: Use) -> list[Tensor]:
    """A dense layer where one side is stored, else a product of two maps."""
    left, right = use.tensor(0), use.tensor(1)
    if isinstance(right, Held) and isinstance(left, View) and len(right.dims) == 2:
        return [dense(use, left, len(left.axes) - 1, turned(right), None)]
    is_first = isinstance(left, Held) and len(left.dims) == 2
    if is_first and isinstance(left, Held) and isinstance(right, View) and len(right.axes) >= 2:
        return [dense(use, right, len(right.axes) - 2, left, None)]
    if isinstance(left, View) and isinstance(right, Held) and len(right.dims) == 1:
        column = right.made("reshaped", (1, right.count))
        made = dense(use, left, len(left.axes) - 1, column, None)
        return [use.builder.reshaped(made, left.dims[:-1], use.operation)]
    return [_with_vectors(use, use.view(0), use.view(1))]


def _with_vectors(use: Use, left: View, right: View) -> View:
    """A product, one side of which may be a vector: a row on the left, a column on the right."""
    if min(len(left.dims), len(right.dims)) > 1:
        return product(use, left, right)
    leading = [*left.dims[:-1]] if len(left.dims) > 1 else [*right.dims[:-2]]
    last = [*right.dims[-1:]] if len(right.dims) > 1 else []
    if len(left.dims) == 1:
        left = left._replace(axes=((), *left.axes))
    if len(right.dims) == 1:
        right = right._replace(axes=(*right.axes, ()))
    dims = (*leading, *last)
    return use.builder.reshaped(product(use, left, right), dims, use.operation)


@rule("Linear")
def linear(use: Use) -> list[Tensor]:
    """MatMul and Add, as they were found to be one layer."""
    weight, bias = use.tensor(1), use.tensor(2)
    fits = len(weight.dims) == 2 and bias.dims == weight.dims[1:]
    if not fits or not isinstance(weight, Held) or not isinstance(bias, Held):
        return [*use.walk.as_written(use.operation)]
    x = use.view()
    return [dense(use, x, len(x.axes) - 1, turned(weight), bias)]


def product(use: Use, left: View, right: View) -> View:
    """The product of the last two axes of two tensors, one for each index of the others."""
    if min(len(left.axes), len(right.axes)) < 2:
        raise NoRuleError("it multiplies a vector")
    rank = max(len(left.axes), len(right.axes))
    left, right = expanded(left, rank), expanded(right, rank)
    if left.dims[-1] != right.dims[-2]:
        message = f"{use.operation.title} multiplies unequal sizes"
        note = f"{list(left.dims)} by {list(right.dims)}"
        raise use.builder.refuse("product-mismatch", message, use.operation, note=note)
    leading = []
    for axis in range(rank - 2):
        sizes = {left.dims[axis], right.dims[axis]} - {1}
        if len(sizes) > 1:
            raise NoRuleError(f"its leading axes have {' and '.join(map(str, sizes))}")
        leading.append(sizes.pop() if sizes else 1)
    groups = _groups(left, right, rank)
    left, is_first = _laid_out(use, left, groups, True)
    right, is_second = _laid_out(use, right, groups, False)
    word = {(0, 0): "none", (1, 0): "first", (0, 1): "second", (1, 1): "both"}
    transpose = word[is_first, is_second]
    fields = {"transpose": transpose} if transpose != "none" else {}
    at = use.layer(Matmul, fields, left, right)
    shape = use.builder.shape(at)
    made = whole(at, shape, [(axis,) for axis in range(len(shape))])
    found = made.reshaped((*leading, left.dims[-2], right.dims[-1]))
    assert found is not None
    return found


def _groups(left: View, right: View, rank: int) -> list[list[int]]:
    """The leading axes of both, joined where both have them; each group is one axis of ours."""
    axes = [axis for axis in range(rank - 2) if left.axes[axis] or right.axes[axis]]
    both = [axis for axis in axes if left.axes[axis] and right.axes[axis]]
    if len(axes) == len(both):
        return [axes] if axes else []
    groups: list[list[int]] = []
    for axis in axes:
        here = (bool(left.axes[axis]), bool(right.axes[axis]))
        if groups:
            last = groups[-1][-1]
            if here == (bool(left.axes[last]), bool(right.axes[last])) and axis == last + 1:
                groups[-1].append(axis)
                continue
        groups.append([axis])
    if len(groups) > 2:
        raise NoRuleError("its leading axes are spread in several ways")
    return groups


def _laid_out(use: Use, view: View, groups: list[list[int]], is_left: bool) -> tuple[View, int]:
    """The view as (leading, rows, columns), or turned where it already lies so; 1 for turned."""
    joined = [tuple(chain(*(view.axes[axis] for axis in group))) for group in groups]
    rows, columns = view.axes[-2], view.axes[-1]
    if view.own == (*joined, columns, rows) and rows != columns:
        return view, 1
    return use.arranged(view, [*joined, rows, columns]), 0
