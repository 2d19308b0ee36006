"""Dense layers, products of maps, and attention."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.core.arrangement import Parts
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.joins import add, joined, times
from convcalc.importers.pytorch.values import Stored, Value, resized
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.bilinear import Bilinear
from convcalc.kinds.learnt_family import Bias
from convcalc.kinds.linear import Linear
from convcalc.kinds.matmul import Matmul


def linear(call: Call, x: Value, weight: Value, bias: Value | None = None) -> View:
    """A dense layer over the last axis; a bias that is worked out is added behind it.

    By a weight that is worked out it is a product of two maps.
    """
    if len(weight.dims) == 1 and bias is None:
        return matmul(call, x, weight)
    if isinstance(weight, View):
        view = call.view(x)
        if len(view.axes) < 2:
            raise NoRuleError("it multiplies a vector by what is calculated")
        made = product(call, view, weight.transposed((1, 0)))
        return made if bias is None else joined(call, Add, made, bias)
    if isinstance(bias, View):
        return joined(call, Add, linear(call, x, weight), bias)
    return _dense(call, call.view(x), call.stored(weight), bias)


def _dense(call: Call, view: View, weight: Stored, bias: Value | None = None) -> View:
    if call.builder.stored.is_apart(weight.held) and len(view.axes) > 1:
        axes = [axis for axis in weight.view.axes if axis]
        made = product(call, view, call.source(weight, axes).transposed((1, 0)))
        return made if bias is None else joined(call, Add, made, bias)
    if isinstance(bias, Stored) and weight.held.name in call.tied:
        # The weight is shared with a layer that has another bias, or none.
        alone = _dense(call, view, weight)
        return alone.on(call.layer(Bias, {}, alone, held={"bias": call.array(bias)}))
    view = _by_position(call, view)
    out, _ = weight.dims
    over = {"over": "channels"} if len(view.own) > 1 else {}
    held = call.weights(weight, bias)
    fields = {"out_features": out, "bias": bias is not None, **over}
    at = call.layer(Linear, fields, view, held=held)
    return resized(view, at, 0, len(view.axes) - 1, out)


def _by_position(call: Call, view: View) -> View:
    """The last axis as channels; a vector where there are no other axes."""
    view = call.channels_first(view, -1)
    used = [axis for axis in view.axes if axis]
    if used == [view.axes[-1]] and len(view.own) > 1:
        # A vector that a flattened map of one pixel has become.
        view = call.arranged(view, used)
    return view


def bilinear(
    call: Call, input1: Value, input2: Value, weight: Value, bias: Value | None = None
) -> View:
    """All pairs of the features of two inputs, at each position."""
    first, second = (_by_position(call, call.view(one)) for one in (input1, input2))
    if len(first.axes) != len(second.axes):
        raise NoRuleError("its inputs differ in their axes")
    out = weight.dims[0]
    fields = {"out_features": out, "bias": bias is not None}
    at = call.layer(Bilinear, fields, first, second, held=call.weights(weight, bias))
    return resized(first, at, 0, len(first.axes) - 1, out)


def addmm(
    call: Call, x: Value, mat1: Value, other: Value, beta: float = 1, alpha: float = 1
) -> Value:
    """beta x + alpha mat1 other: a dense layer where x and other are stored."""
    # A single number is one for all features, and no bias.
    is_bias = isinstance(x, Stored) and len(other.dims) == 2 and x.dims == other.dims[1:]
    if isinstance(other, Stored) and other.is_learnt and is_bias and alpha == beta == 1:
        return _dense(call, call.view(mat1), _turned(other), x)
    found = times(call, matmul(call, mat1, other), alpha)
    return add(call, found, x, beta) if beta else found


def baddbmm(
    call: Call, x: Value, batch1: Value, batch2: Value, beta: float = 1, alpha: float = 1
) -> Value:
    """beta x + alpha batch1 batch2."""
    return addmm(call, x, batch1, batch2, beta, alpha)


def _turned(weight: Stored) -> Stored:
    """A stored matrix, transposed."""
    return weight._replace(view=weight.view.transposed((1, 0)))


def matmul(call: Call, x: Value, other: Value) -> View:
    """The product of the last two axes; a vector is a row on the left, a column on the right."""
    is_row, is_column = len(x.dims) == 1, len(other.dims) == 1
    if is_row or is_column:
        left = _matrix(call, x, is_row=True) if is_row else x
        right = _matrix(call, other, is_row=False) if is_column else other
        made = matmul(call, left, right)
        *lead, rows, columns = made.dims
        dims = (*lead, *[rows] * (not is_row), *[columns] * (not is_column))
        return call.builder.reshaped(made, dims, call.operation)
    if isinstance(other, Stored) and len(other.dims) == 2 and other.is_learnt:
        return _dense(call, call.view(x), _turned(other))
    return product(call, call.view(x), call.view(other))


def vector_product(call: Call, x: Value, other: Value | None = None, **named: Value) -> View:
    """A product with a vector: `mv` and `dot`, whose vectors have names of their own."""
    (right,) = [other] if other is not None else named.values()
    return matmul(call, x, right)


def _matrix(call: Call, vector: Value, *, is_row: bool) -> Stored | View:
    """A vector as a matrix of one row, or of one column."""
    view = vector.view if isinstance(vector, Stored) else call.view(vector)
    (axis,) = view.axes
    own = view._replace(axes=((), axis) if is_row else (axis, ()))
    return vector._replace(view=own) if isinstance(vector, Stored) else own


def product(call: Call, left: View, right: View) -> View:
    """Matrices `(..., M, K)` times `(..., K, N)`."""
    rank = max(len(left.axes), len(right.axes))
    left, right = (
        view._replace(axes=((),) * (rank - len(view.axes)) + view.axes) for view in (left, right)
    )
    leading = [left.dims[:-2], right.dims[:-2]]
    sizes = tuple(map(max, *leading))
    for one in leading:
        if any(size not in (1, most) for size, most in zip(one, sizes, strict=True)):
            raise NoRuleError("its leading axes differ")
    pairs = zip(*leading, strict=True)
    # Leading axes that one of them lacks hold for all; joined, they are one axis of both.
    spread = [n for n, (mine, its) in enumerate(pairs) if mine != its]
    shared = [n for n in range(rank - 2) if n not in spread and sizes[n] > 1]
    if spread and (shared or len(spread) > 1):
        return _spread_product(call, left, right, spread, shared)
    first, left_turned = _matrices(call, left, spread or shared)
    second, right_turned = _matrices(call, right, spread or shared)
    choice = {
        (False, False): "none", (True, False): "first", (False, True): "second",
        (True, True): "both",
    }[left_turned, right_turned]  # fmt: skip
    at = call.layer(Matmul, {"transpose": choice}, first, second)
    lead = [sizes[n] for n in range(rank - 2)]
    shape = call.builder.shape(at)
    dims = (*lead, left.dims[-2], right.dims[-1])
    found = whole(at, shape, [(n,) for n in range(len(shape))]).reshaped(dims)
    if found is None:
        raise NoRuleError("its axes cannot be told apart")
    return found


def _matrices(call: Call, view: View, leading: Sequence[int]) -> tuple[View, bool]:
    """Laid out as matrices with one leading axis for `leading`; and whether they are transposed."""
    lead: Parts = tuple(part for n in leading for part in view.axes[n])
    rows, columns = view.axes[-2:]
    front = [lead] if leading else []
    for turned, pair in ((False, [rows, columns]), (True, [columns, rows])):
        if list(view.own) == front + pair:
            return view, turned
    return call.arranged(view, [*front, rows, columns]), False


def _spread_product(
    call: Call, left: View, right: View, spread: Sequence[int], shared: Sequence[int]
) -> View:
    """Where one has leading axes that the other lacks beside shared ones."""
    if any(right.axes[n] for n in spread):
        raise NoRuleError("its second input has leading axes that the first lacks")
    # The rows of the first take in the axes that the second lacks.
    rows: Parts = tuple(part for n in spread for part in left.axes[n]) + left.axes[-2]
    axes = (*(left.axes[n] for n in shared), rows, left.axes[-1])
    moved = left._replace(axes=axes)
    other = right._replace(axes=(*(right.axes[n] for n in shared), *right.axes[-2:]))
    found = product(call, moved, other)
    counts = [left.dims[n] for n in spread] + [left.dims[-2]]
    split = found.reshaped((*found.dims[:-2], *counts, found.dims[-1]))
    if split is None:
        raise NoRuleError("its axes cannot be told apart")
    order: list[int] = []
    for n in range(len(left.axes) - 2):
        if n in shared:
            order.append(list(shared).index(n))
        elif n in spread:
            order.append(len(shared) + list(spread).index(n))
    behind = [len(shared) + len(spread), len(shared) + len(spread) + 1]
    kept = split.transposed([*order, *behind])
    dims = tuple(max(a, b) for a, b in zip(left.dims[:-2], right.dims[:-2], strict=True))
    return kept.reshaped((*dims, *kept.dims[-2:])) or kept


RULES: dict[str, Callable[..., object]] = {
    "aten.linear": linear,
    "aten.addmm": addmm,
    "aten.baddbmm": baddbmm,
    **dict.fromkeys(("aten.matmul", "aten.bmm", "aten.mm"), matmul),
    "aten.mv": vector_product,
    "aten.dot": vector_product,
    "aten.bilinear": bilinear,
}
