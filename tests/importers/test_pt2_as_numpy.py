"""Spans, joins and windows of exported programs, along each axis and with each step: as numpy."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from convcalc.arrays.ops import Array
from tests.importers.numpy_calls import Same, check

X = np.arange(42.0).reshape(1, 2, 7, 3)
# The axis of 7, from the first place to the end with a step.
SPANS = [
    (0, 7, 2), (1, 7, 2), (2, 7, 2), (3, 7, 2), (0, 5, 2), (0, 6, 3), (0, 7, 3), (1, 7, 3),
    (2, 7, 3), (2, 7, 4), (3, 7, 4), (1, 7, 5), (1, 6, 5), (6, 7, 3), (2, 3, 5), (1, 4, 1),
    (0, 3, 1), (4, 7, 1), (6, 7, 1), (0, 1, 1), (2, -1, 2), (-5, 7, 2), (-4, -2, 1),
]  # fmt: skip


def cut(start: int, end: int, step: int, axis: int = 2) -> tuple[slice, ...]:
    return (*[slice(None)] * axis, slice(start, end, step))


def test_a_span_is_that_of_numpy() -> None:
    check([
        Same("slice", {"self": X, "dim": 2, "start": a, "end": b, "step": c}, X[cut(a, b, c)])
        for a, b, c in SPANS
    ])  # fmt: skip


def put(start: int, end: int, step: int, axis: int = 2) -> Same:
    """Squares in the place of a span."""
    where, whole = cut(start, end, step, axis), X.copy()
    whole[where] **= 2
    given = {"dim": axis, "start": start, "end": end, "step": step}
    return Same("slice_scatter", {"self": X, "src": whole[where].copy(), **given}, whole)


def test_what_is_put_into_a_span_is_put_where_numpy_puts_it() -> None:
    others = [put(0, 2, 1, 1), put(1, 2, 1, 1), put(0, 3, 2, 3), put(1, 3, 1, 3), put(0, 2, 2, 3)]
    check([*(put(*span) for span in SPANS), *others])


ROW, COLUMN, CHANNELS = X[:, :1, :1], X[..., :1] / 8, X[:, :, :1, :1] - 4
MATRIX, VECTOR = X[:, 0] ** 2, X[:, 1, 3] + 9


def test_moved_and_joined_axes_are_those_of_numpy() -> None:
    check([
        Same("mT", {"self": MATRIX}, MATRIX.swapaxes(1, 2)),
        Same("mT", {"self": VECTOR}, VECTOR.T),
        Same("mT", {"self": X}, X.swapaxes(2, 3)),
        Same("t", {"self": VECTOR}, VECTOR.T),
        # `x.T`, which turns all axes round.
        Same("numpy_T", {"self": X}, X.T),
        Same("numpy_T", {"self": VECTOR}, VECTOR.T),
        Same("numpy_T", {"self": MATRIX}, MATRIX.T),
        Same("swapaxes", {"self": X, "axis0": -1, "axis1": 1}, X.swapaxes(1, 3)),
        Same("movedim", {"self": X, "source": [1, 3], "destination": [3, 2]},
             np.moveaxis(X, (1, 3), (3, 2))),
        Same("movedim", {"self": X, "source": [-1, -2], "destination": [1, -1]},
             np.moveaxis(X, (-1, -2), (1, -1))),
        Same("permute", {"self": X, "dims": [0, -1, 1, -2]}, X.transpose(0, 3, 1, 2)),
        Same("flatten", {"self": X, "start_dim": 1, "end_dim": 2}, X.reshape(1, 14, 3)),
        Same("flatten", {"self": X, "start_dim": 1}, X.reshape(1, 42)),
        Same("flatten", {"self": X, "start_dim": 2, "end_dim": 2}, X),
        Same("unflatten", {"self": X, "dim": 3, "sizes": [-1, 1]}, X[..., None]),
        Same("unflatten", {"self": X, "dim": 1, "sizes": [1, -1]}, X[:, None]),
        Same("squeeze", {"self": CHANNELS, "dim": [-1, 2]}, CHANNELS[..., 0, 0]),
        Same("squeeze", {"self": CHANNELS, "dim": [1, 3]}, CHANNELS[..., 0]),
        Same("squeeze", {"self": CHANNELS}, CHANNELS.squeeze()[None]),
        Same("expand", {"self": ROW, "size": [-1, 5, 4, 3]}, np.broadcast_to(ROW, (1, 5, 4, 3))),
        Same("expand", {"self": COLUMN, "size": [-1, -1, 7, 6]},
             np.broadcast_to(COLUMN, (1, 2, 7, 6))),
        Same("expand", {"self": X, "size": [1, 2, 7, 3]}, X),
        Same("repeat_interleave", {"self": X, "repeats": 3, "dim": 2}, X.repeat(3, 2)),
        Same("repeat", {"self": X, "repeats": [1, 1, 2, 1]}, np.tile(X, (1, 1, 2, 1))),
        Same("tile", {"self": X, "dims": [3, 1, 2]}, np.tile(X, (3, 1, 2))),
    ])  # fmt: skip


def test_tensors_one_behind_the_other_are_those_of_numpy() -> None:
    short, turned = X[:, :, 2:6] + 0.5, X.transpose(0, 1, 3, 2) / 4
    back = X.transpose(0, 3, 1, 2).copy()
    check([
        *(Same("cat", {"tensors": [X, X + at], "dim": axis}, np.concatenate([X, X + at], axis))
          for at, axis in enumerate((1, 2, 3, -1, -2, -3))),
        Same("cat", {"tensors": [short, X, short * 2], "dim": 2},
             np.concatenate([short, X, short * 2], 2)),
        Same("cat", {"tensors": [X[..., :1], X], "dim": -1}, np.concatenate([X[..., :1], X], -1)),
        *(Same("stack", {"tensors": [X, X**2, -X], "dim": axis}, np.stack([X, X**2, -X], axis))
          for axis in (1, 2, 3, 4, -1, -2, -4)),
        Same("stack", {"tensors": [turned], "dim": 2}, turned[:, :, None]),
        Same("cat", {"tensors": [back], "dim": 3}, back),
    ])  # fmt: skip


def test_tensors_are_spread_over_each_other_as_in_numpy() -> None:
    small = [ROW, COLUMN, CHANNELS, X[:, :1, :, :1], X[:, 0], X[:, 1, :, :1], VECTOR]
    calls = []
    for one, other in [*((X, one) for one in small), *((one, X) for one in small),
                       (COLUMN, ROW), (CHANNELS, MATRIX), (MATRIX, COLUMN)]:  # fmt: skip
        calls += [
            Same("add", {"self": one, "other": other, "alpha": 3}, one + 3 * other),
            Same("sub", {"self": one, "other": other}, one - other),
            Same("mul", {"self": one, "other": other}, one * other),
            Same("div", {"self": one, "other": other + 50}, one / (other + 50)),
        ]
    calls += [
        Same("rsub", {"self": COLUMN, "other": X, "alpha": 2}, X - 2 * COLUMN),
        Same("rsub", {"self": X, "other": 2.5, "alpha": 4}, 2.5 - 4 * X),
        Same("sub", {"self": X, "other": 2, "alpha": -3}, X + 6),
        Same("add", {"self": X, "other": 2, "alpha": 1.5}, X + 3),
        Same("addcmul", {"self": ROW, "tensor1": X, "tensor2": COLUMN, "value": 2},
             ROW + 2 * X * COLUMN),
        Same("maximum", {"self": CHANNELS, "other": X - 20}, np.maximum(CHANNELS, X - 20)),
        Same("minimum", {"self": X - 20, "other": MATRIX}, np.minimum(X - 20, MATRIX)),
    ]  # fmt: skip
    check(calls)


def test_windows_of_an_axis_are_those_of_numpy() -> None:
    check([
        Same("unfold", {"self": X, "dimension": axis, "size": size, "step": step},
             sliding_window_view(X, size, axis)[cut(0, 7, step, axis % 4)])
        for axis, size, step in (
            (1, 1, 1), (1, 2, 1), (2, 1, 1), (2, 1, 3), (2, 2, 2), (2, 3, 1), (2, 3, 2), (2, 7, 1),
            (2, 3, 3), (2, 4, 5), (2, 2, 4), (3, 2, 1), (3, 1, 2), (-1, 3, 1), (-2, 5, 2),
        )
    ])  # fmt: skip


def turned(x: Array, one: int = -1, other: int = -2) -> Same:
    """What is `x` when two of its axes are swapped."""
    back = x.swapaxes(one, other).copy()
    return Same("transpose", {"self": back, "dim0": one, "dim1": other}, x)


def counted(*sizes: int) -> Array:
    found: Array = np.cos(np.arange(float(np.prod(sizes)))).reshape(sizes)
    return found


def test_products_are_those_of_numpy() -> None:
    """Leading axes that both have, or one of them, of matrices that lie either way."""
    calls = []
    for lead, behind in (
        ((1,), (1,)), ((1, 2), (1, 2)), ((1, 2), (1, 1)), ((1, 2), (1,)), ((1, 1), (1, 2)),
        ((1, 2, 6), (1, 2, 6)), ((1, 2, 6), (1, 1, 6)), ((1, 2, 6), (1, 2, 1)),
        ((1, 2, 6), (1, 1, 1)), ((1, 2, 6), (1, 6)),
    ):  # fmt: skip
        left, right = counted(*lead, 3, 4), counted(*behind, 4, 5)
        for one in (left, turned(left)):
            for other in (right, turned(right)):
                calls.append(Same("matmul", {"self": one, "other": other}, left @ right))
    row, column = counted(1, 1, 4), counted(1, 2, 4, 1)
    calls += [
        Same("matmul", {"self": row, "other": column}, row @ column),
        Same("bmm", {"self": turned(counted(1, 3, 4)), "mat2": counted(1, 4, 1)},
             counted(1, 3, 4) @ counted(1, 4, 1)),
        Same("matmul", {"self": turned(counted(1, 2, 3, 4), 1, 3), "other": counted(1, 2, 4, 5)},
             counted(1, 2, 3, 4) @ counted(1, 2, 4, 5)),
    ]  # fmt: skip
    check(calls)


def test_figures_over_axes_that_lie_anyhow_are_those_of_numpy() -> None:
    maps = counted(1, 4, 5, 3)
    cut = Same("reshape", {"self": maps, "shape": [1, 2, 2, 5, 3]}, maps.reshape(1, 2, 2, 5, 3))
    calls = []
    for x in (Same("clone", {"self": maps}, maps), turned(maps), turned(maps, 1, 3), cut):
        array = x.wanted
        for axes in ((1,), (2,), (-1,), (1, 2), (1, -1), (2, 3), (1, 2, 3)):
            for keepdim in (False, True):
                given = {"self": x, "dim": [*axes], "keepdim": keepdim}
                over: dict[str, Any] = {"axis": axes, "keepdims": keepdim}
                calls.append(
                    Same("amax", given, array.max(**over))
                    if keepdim
                    else Same("sum", given, array.sum(**over))
                )
        calls.append(Same("mean", {"self": x, "dim": [2, 3]}, array.mean((2, 3))))
        calls.append(Same("std", {"self": x, "dim": [1], "correction": 1}, array.std(1, ddof=1)))
        calls += [
            Same("cumsum", {"self": x, "dim": axis}, array.cumsum(axis)) for axis in (1, -1, -2)
        ]
        calls += [
            Same(f"arg{word}", {"self": x, "dim": axis, "keepdim": axis == 1},
                 getattr(array, f"arg{word}")(axis, keepdims=axis == 1))
            for word in ("max", "min") for axis in (1, 2, -1)
        ]  # fmt: skip
    check(calls)


def test_spreads_and_extremes_are_those_of_numpy() -> None:
    x = counted(1, 4, 5, 3)
    calls = []
    for dim, given, ddof in (
        ([1], {"correction": 0}, 0), ([2], {"correction": 2}, 2), ([-1], {"unbiased": False}, 0),
        ([2, 3], {"unbiased": True}, 1), ([1, -1], {}, 1), ([2], {"correction": 3.5}, 3.5),
    ):  # fmt: skip
        axes, told = tuple(dim), {"self": x, "dim": dim, **given}
        variance, mean = x.var(axes, ddof=ddof), x.mean(axes)
        calls += [
            Same("var", told, variance), Same("std", told, np.sqrt(variance)),
            Same("var_mean", told, variance, 2, 0), Same("var_mean", told, mean, 2, 1),
            Same("std_mean", told | {"keepdim": True},
                 np.sqrt(x.var(axes, ddof=ddof, keepdims=True)), 2, 0),
        ]  # fmt: skip
    for word, axis in product(("max", "min"), (1, 2, -1)):
        told, value = {"self": x, "dim": axis}, getattr(x, word)(axis)
        calls += [
            Same(word, told, value, 2, 0),
            Same(word, told, getattr(x, f"arg{word}")(axis), 2, 1),
            Same(word, told | {"keepdim": True}, np.expand_dims(value, axis), 2, 0),
        ]
    for order in (1, 2, 3, np.inf, -np.inf):
        for axis in (1, -1):
            told = {"self": x, "ord": float(order), "dim": [axis]}
            calls.append(Same("linalg_vector_norm", told, np.linalg.norm(x, order, axis)))
    calls.append(Same("norm", {"self": x, "dim": [2], "keepdim": True},
                      np.linalg.norm(x, 2, 2, keepdims=True)))  # fmt: skip
    check(calls)


def test_borders_are_those_of_numpy() -> None:
    """What is added, or cut where it is negative, from the last axis on."""
    x = counted(1, 4, 5, 3)
    calls = []
    for pad in (
        [1, 2], [0, 3], [2, 0, 1, 3], [0, 0, 2, 1], [-1, 2], [-1, -1], [1, 0, -2, 0],
        [0, 0, 0, 0, 1, 2], [1, 0, 0, 0, 0, 2], [0, -1, 3, 0], [0, 0, -1, -2, 2, 0],
    ):  # fmt: skip
        pairs = [(0, 0)] * (4 - len(pad) // 2) + [*zip(pad[::2], pad[1::2], strict=True)][::-1]
        cut = x[tuple(slice(max(0, -a), n - max(0, -b))
                      for (a, b), n in zip(pairs, x.shape, strict=True))]  # fmt: skip
        added = [(max(0, a), max(0, b)) for a, b in pairs]
        calls += [
            Same("pad", {"self": x, "pad": pad}, np.pad(cut, added)),
            Same("constant_pad_nd", {"self": x, "pad": pad, "value": 2.5},
                 np.pad(cut, added, constant_values=2.5)),
        ]  # fmt: skip
    for mode, ours in (("reflect", "reflect"), ("replicate", "edge"), ("circular", "wrap")):
        calls.append(Same("pad", {"self": x, "pad": [2, 1, 1, 3], "mode": mode},
                          np.pad(x, [(0, 0), (0, 0), (1, 3), (2, 1)], ours)))  # type: ignore[call-overload]  # fmt: skip
    check(calls)


def test_places_that_are_picked_are_those_of_numpy() -> None:
    calls = []
    for axis, places in (
        (1, range(1, 2)), (2, range(7)), (2, range(1, 7, 2)), (2, range(6)), (-2, range(5, 7)),
        (3, range(3)), (-1, range(0, 3, 2)), (2, range(6, 0, -2)), (2, range(6, -1, -1)),
    ):  # fmt: skip
        found = np.array(places)
        made = {"start": places.start, "end": places.stop, "step": places.step}
        index = Same("arange", made, found)
        calls.append(Same("index_select", {"self": X, "dim": axis, "index": index},
                          X.take(found, axis)))  # fmt: skip
    check(calls)


def test_truths_beside_filled_ones_are_those_of_numpy() -> None:
    truths = Same("gt", {"self": X, "other": 20.0}, X > 20)
    calls = []
    for op, by, sizes in product(("and", "or", "xor"), (False, True), ((3,), (2, 1, 1), X.shape)):
        filled = Same("full", {"size": [*sizes], "fill_value": by}, np.full(sizes, by))
        for one, other in ((truths, filled), (filled, truths)):
            wanted = getattr(np, f"logical_{op}")(one.wanted, other.wanted)
            found = Same(f"logical_{op}", {"self": one, "other": other}, wanted)
            chosen = np.where(wanted, X, -1.0)
            calls.append(Same("where", {"condition": found, "self": X, "other": -1.0}, chosen))
    check(calls)
