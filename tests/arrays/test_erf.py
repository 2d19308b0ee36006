"""The error function against that of Python's `math`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from convcalc.arrays.erf import LARGE, SMALL, erf

# All over, near zero, and around the borders of the three formulas.
POINTS = np.concatenate(
    [
        np.linspace(-7, 7, 7001),
        np.logspace(-300, 0, 301),
        *(border + np.linspace(-1e-6, 1e-6, 21) for border in (SMALL, LARGE, 6.0)),
    ]
)


@pytest.mark.parametrize(
    ("dtype", "rounding", "most"),
    [
        pytest.param("float64", 2.0**-53, 8, id="double"),
        pytest.param("float32", 2.0**-24, 8, id="single"),
    ],
)
def test_relative_error_in_roundings(dtype: str, rounding: float, most: int) -> None:
    smallest = np.finfo(dtype).tiny
    x = POINTS[np.abs(POINTS) > smallest].astype(dtype)
    found = erf(x)
    assert found.dtype == dtype
    exact = np.array([math.erf(value) for value in x.tolist()])
    apart = np.abs(found.astype(float) - exact)
    assert (apart <= most * rounding * np.abs(exact)).all()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_ends_and_odd_numbers(dtype: str) -> None:
    found = erf(np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1e30], dtype))
    assert found[:4].tolist() == [0, 0, 1, -1]
    assert math.copysign(1, found[1]) == -1
    assert math.isnan(found[4])
    assert found[5] == 1


def test_it_is_odd() -> None:
    assert (erf(-POINTS) == -erf(POINTS)).all()
