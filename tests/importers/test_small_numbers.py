"""Small tensors that are worked out while a file is read, against numpy on drawn ones."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

from convcalc.importers.onnx import folding
from convcalc.importers.onnx.folding import MOST_VALUES, FoldError, NotFoldedError, Small
from tests.each import each

Array = np.ndarray[Any, Any]


def drawn(draw: random.Random, dims: tuple[int, ...]) -> tuple[Small, Array]:
    """Whole numbers, as a small tensor and as an array."""
    values = tuple(draw.randint(-900, 900) for _ in range(math.prod(dims)))
    return Small(dims, values), np.array(values).reshape(dims)


def equal(found: Small, wanted: Array) -> bool:
    return found.dims == wanted.shape and found.values == tuple(wanted.ravel().tolist())


DIMS = [
    (),
    (1,),
    (3,),
    (2, 3),
    (1, 3),
    (2, 1),
    (2, 3, 4),
    (1, 3, 1),
    (2, 1, 2, 3),
    (300,),
    (1, 257),
]


def test_tensors_are_repeated_as_numpy_broadcasts() -> None:
    draw, together = random.Random(1), 0
    for one, other in product(DIMS, DIMS):
        (x, a), (y, b) = drawn(draw, one), drawn(draw, other)
        try:
            dims = np.broadcast_shapes(one, other)
        except ValueError:
            with pytest.raises(FoldError, match="do not go together"):
                folding.elementwise(folding.BINARY["Add"], x, y)
            continue
        together += 1
        assert folding.spread((one, other)) == dims
        assert equal(folding.expanded(x, other), np.broadcast_to(a, dims))
        assert equal(folding.elementwise(folding.BINARY["Sub"], x, y), a - b)
    assert together > 60


def test_three_tensors_together() -> None:
    draw = random.Random(2)
    (c, choose), (x, a), (y, b) = (drawn(draw, dims) for dims in ((2, 1, 3), (4, 1), (1, 1, 3)))
    found = folding.elementwise(folding.BINARY["Where"], c, x, y)
    assert equal(found, np.where(choose, a, b))
    with pytest.raises(FoldError, match=r"^sizes 1 and 4 and 3 do not go together$"):
        folding.spread(((1,), (4,), (3,)))


def test_axes_in_another_order() -> None:
    draw = random.Random(3)
    for dims in DIMS:
        x, a = drawn(draw, dims)
        order = draw.sample(range(len(dims)), len(dims))
        assert equal(folding.transposed(x, order), a.transpose(order))


def test_parts_of_an_axis_and_parts_joined() -> None:
    draw = random.Random(4)
    for dims in DIMS[1:]:
        x, a = drawn(draw, dims)
        for axis, size in enumerate(dims):
            indices = [draw.randrange(-size, size) for _ in range(draw.randint(1, 4))]
            assert equal(folding.sliced(x, axis, indices), a.take(indices, axis))
            y, b = drawn(draw, (*dims[:axis], draw.randint(1, 3), *dims[axis + 1 :]))
            wanted = np.concatenate([a, b, a], axis)
            assert equal(folding.joined([x, y, x], axis), wanted)
            for beyond in (size, -size - 1):
                with pytest.raises(FoldError, match=f"^index {beyond} of {size}$"):
                    folding.sliced(x, axis, [0, beyond])


def test_elements_by_their_places() -> None:
    draw = random.Random(5)
    for dims in DIMS[1:]:
        x, a = drawn(draw, dims)
        for axis, size in enumerate(dims):
            shape = tuple(draw.randint(1, one) for one in dims)
            places = tuple(draw.randrange(-size, size) for _ in range(math.prod(shape)))
            at = np.array(places).reshape(shape) % size
            # Along the other axes numpy wants the whole of them.
            part = a[tuple(slice(0, n) if n_axis != axis else slice(None)
                           for n_axis, n in enumerate(shape))]  # fmt: skip
            wanted = np.take_along_axis(part, at, axis)
            assert equal(folding.picked(x, axis, Small(shape, places)), wanted)
            assert equal(folding.summed_up(x, axis), a.cumsum(axis))
    with pytest.raises(FoldError, match=r"^index 3 of 3$"):
        folding.picked(Small((3,), (1, 2, 3)), 0, Small((1,), (3,)))
    with pytest.raises(FoldError, match=r"^index -4 of 3$"):
        folding.picked(Small((3,), (1, 2, 3)), 0, Small((1,), (-4,)))


def test_blocks_that_are_put_in() -> None:
    draw = random.Random(6)
    for dims in [(3,), (2, 3), (2, 3, 4), (300,)]:
        for depth in range(1, len(dims) + 1):
            x, a = drawn(draw, dims)
            wanted, rows = a.copy(), draw.randint(1, 3)
            places = [tuple(draw.randrange(-n, n) for n in dims[:depth]) for _ in range(rows)]
            y, b = drawn(draw, (rows, *dims[depth:]))
            for place, block in zip(places, b, strict=True):
                wanted[place] = block
            index = Small((rows, depth), tuple(n for place in places for n in place))
            assert equal(folding.put(x, index, y), wanted)
    x, _ = drawn(draw, (2, 3))
    with pytest.raises(FoldError, match=r"^index \[2\] of \[2, 3\]$"):
        folding.put(x, Small((1, 1), (2,)), Small((1, 3), (0, 0, 0)))
    with pytest.raises(FoldError, match=r"^index \[-3\] of \[2, 3\]$"):
        folding.put(x, Small((1, 1), (-3,)), Small((1, 3), (0, 0, 0)))
    with pytest.raises(FoldError, match="do not go where"):
        folding.put(x, Small((1, 1), (1,)), Small((1, 2), (0, 0)))
    with pytest.raises(FoldError, match="do not go where"):
        folding.put(x, Small((1, 3), (0, 0, 0)), Small((1,), (0,)))


FIGURES: dict[str, Callable[..., Any]] = {
    "ReduceSum": np.sum, "ReduceProd": np.prod, "ReduceMax": np.max, "ReduceMin": np.min,
    "ReduceMean": np.mean,
}  # fmt: skip


def test_figures_over_axes() -> None:
    draw = random.Random(7)
    assert FIGURES.keys() == folding.REDUCTIONS.keys()
    for word, figure in FIGURES.items():
        for dims in [(3,), (2, 3), (2, 3, 4)]:
            x, a = drawn(draw, dims)
            for keeps in (True, False):
                axes = tuple(draw.sample(range(len(dims)), draw.randint(1, len(dims))))
                found = folding.reduced(x, axes, keeps, folding.REDUCTIONS[word])
                wanted = figure(a.astype(object), axis=axes, keepdims=keeps)
                assert found.dims == np.shape(wanted)
                assert np.allclose(np.array(found.values, float), np.ravel(wanted).astype(float))


NUMBERS = (-7, -2, -1, 0, 1, 2, 3, 300, -0.5, 0.0, 0.25, 2.5, 1e3)
TWO: dict[str, Callable[..., Any]] = {
    "Add": np.add, "Sub": np.subtract, "Mul": np.multiply, "Equal": np.equal, "Less": np.less,
    "LessOrEqual": np.less_equal, "Greater": np.greater, "GreaterOrEqual": np.greater_equal,
    "And": np.logical_and, "Or": np.logical_or, "Xor": np.logical_xor,
}  # fmt: skip
ONE: dict[str, Callable[..., Any]] = {
    "Neg": np.negative, "Abs": np.abs, "Floor": np.floor, "Ceil": np.ceil, "Round": np.round,
    "Sqrt": np.sqrt, "Log": np.log, "Not": np.logical_not, "Sign": np.sign, "Sin": np.sin,
    "Cos": np.cos, "Tanh": np.tanh, "Reciprocal": lambda a: np.divide(1.0, a),
    "Relu": lambda a: np.maximum(a, 0), "IsNaN": np.isnan, "Exp": np.exp,
}  # fmt: skip


@each("word", TWO)
def test_a_function_of_two_numbers(word: str) -> None:
    for a, b in product(NUMBERS, NUMBERS):
        assert folding.BINARY[word](a, b) == TWO[word](a, b), (a, b)


@each("word", ONE)
def test_a_function_of_a_number(word: str) -> None:
    with np.errstate(all="ignore"):
        for a in (*NUMBERS, math.nan):
            if (word in ("Floor", "Ceil", "Round", "Sign") and a != a) or (
                word == "Exp" and a > 99
            ):
                continue
            found, wanted = folding.UNARY[word](a), float(ONE[word](a))
            assert math.isclose(found, wanted, rel_tol=1e-12) or (
                found != found and wanted != wanted
            )


@each(("a", "b", "found"), [
    (7, 2, 3), (-7, 2, -3), (7, -2, -3), (-7, -2, 3), (0, 5, 0), (600, 300, 2),
    (7.0, 2, 3.5), (1, 4.0, 0.25), (1.0, 0.0, math.inf), (-1.0, 0.0, -math.inf),
    (1.0, -0.0, -math.inf), (-2.0, -0.0, math.inf),
])  # fmt: skip
def test_quotients(a: float, b: float, found: float) -> None:
    assert folding.quotient(a, b) == found
    assert isinstance(folding.quotient(a, b), type(found))


def test_quotients_powers_and_remainders_that_there_are_not() -> None:
    assert math.isnan(folding.quotient(0.0, 0.0))
    assert math.isnan(folding.quotient(math.nan, 0.0))
    with pytest.raises(FoldError):
        folding.elementwise(folding.quotient, Small((), (1,)), Small((), (0,)))
    assert folding.power(2, 64) == 2**64
    assert folding.power(10**18, 1) == 10**18
    assert folding.power(4, 0.5) == 2
    assert folding.power(2, -64) == 2**-64
    for a, b in ((2, 65), (2, -65), (1.1e18, 1), (-1.1e18, 1)):
        with pytest.raises(OverflowError):
            folding.power(a, b)
    with pytest.raises(ValueError, match="a root of a negative number"):
        folding.power(-4, 0.5)
    for a, b in product((-7, 7, 6, 0, 301), (2, -2, 3, 300)):
        left = folding.remainder(a, b)
        assert (left, type(left)) == (int(np.fmod(a, b)), int)
        assert folding.BINARY["Mod"](a, b) == np.mod(a, b)
    assert isinstance(folding.remainder(7.0, 2), float)
    assert isinstance(folding.remainder(7, 2.0), float)


def test_more_numbers_than_are_worked_out() -> None:
    whole = folding.expanded(Small((1,), (5,)), (MOST_VALUES,))
    assert len(whole.values) == MOST_VALUES
    with pytest.raises(NotFoldedError, match=r"^65,537 numbers are more than are worked out here$"):
        folding.expanded(Small((1,), (5,)), (MOST_VALUES + 1,))
    with pytest.raises(NotFoldedError):
        folding.sliced(whole, 0, [0] * (MOST_VALUES + 1))
    with pytest.raises(NotFoldedError):
        folding.joined([whole, Small((1,), (1,))], 0)
