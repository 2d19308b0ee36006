"""Functions of one element at points worked out with Python's `math`, and at their ends."""

from __future__ import annotations

from math import erf, exp, log, sqrt, tanh

import numpy as np
import pytest
from pydantic import ValidationError

from tests.kinds.running import layer, run


def _normal(x: float) -> float:
    return (1 + erf(x / sqrt(2))) / 2


# At -4, -1, 0, 1 and 7, from the functions of Python's `math`.
POINTS = (-4.0, -1.0, 0.0, 1.0, 7.0)
CURVES = {
    "relu": (0, 0, 0, 1, 7),
    "relu6": (0, 0, 0, 1, 6),
    "leaky_relu": (-0.04, -0.01, 0, 1, 7),
    "elu": (exp(-4) - 1, exp(-1) - 1, 0, 1, 7),
    "celu": (exp(-4) - 1, exp(-1) - 1, 0, 1, 7),
    "selu": tuple(
        1.0507009873554804934193349852946
        * (x if x > 0 else 1.6732632423543772848170429916717 * (exp(x) - 1))
        for x in POINTS
    ),
    "gelu": tuple(x * _normal(x) for x in POINTS),
    "silu": tuple(x / (1 + exp(-x)) for x in POINTS),
    "mish": tuple(x * tanh(log(1 + exp(x))) for x in POINTS),
    "hardswish": (0, -1 / 3, 0, 2 / 3, 7),
    "hardsigmoid": (0, 1 / 3, 1 / 2, 2 / 3, 1),
    "hardtanh": (-1, -1, 0, 1, 1),
    "sigmoid": tuple(1 / (1 + exp(-x)) for x in POINTS),
    "tanh": tuple(map(tanh, POINTS)),
    "softplus": tuple(log(1 + exp(x)) for x in POINTS),
    "softsign": (-0.8, -0.5, 0, 0.5, 7 / 8),
}


@pytest.mark.parametrize("name", CURVES)
def test_activations_at_points(name: str) -> None:
    np.testing.assert_allclose(run(layer(name), POINTS), CURVES[name], rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize(
    ("slope", "expected"),
    [
        pytest.param(0.2, (-0.8, -0.2, 0, 1, 7), id="a fifth, as in pix2pix"),
        pytest.param(0, (0, 0, 0, 1, 7), id="0: a relu"),
        pytest.param(1, POINTS, id="1: nothing"),
        pytest.param(2.5, (-10, -2.5, 0, 1, 7), id="steeper below"),
    ],
)
def test_leaks(slope: float, expected: tuple[float, ...]) -> None:
    # 0.2 * -4.0 is -0.8 in double precision too.
    assert run(layer("leaky_relu", negative_slope=slope), POINTS).tolist() == list(expected)


def test_a_slope_is_that_of_the_arrays_type() -> None:
    found = run(layer("leaky_relu", negative_slope=0.2), [-1.0], dtype="float32")
    # The float32 next to 0.2, 13421773 / 2**26.
    assert found.tolist() == [-13421773 / 2**26]


@pytest.mark.parametrize("slope", [0, 100])
def test_what_lies_above_zero_is_not_leaked(slope: int) -> None:
    # A warning of numpy, of 0 * infinity or of an overflow, would be an error here.
    points = [3e38, float("inf")]
    assert run(layer("leaky_relu", negative_slope=slope), points, dtype="float32")[1] == np.inf


@pytest.mark.parametrize("slope", [float("nan"), float("inf"), -0.1, 100.5, True, "0.2", [0.2]])
def test_slopes_are_finite_and_from_0_to_100(slope: object) -> None:
    with pytest.raises(ValidationError, match="wants a number"):
        layer("leaky_relu", negative_slope=slope)


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations_neither_overflow_nor_change_their_type(name: str, dtype: str) -> None:
    # A warning of numpy would be an error here.
    found = run(layer(name), [-1e4, -100.0, 100.0, 1e4], dtype=dtype)
    assert found.dtype == dtype
    assert np.isfinite(found).all()


@pytest.mark.parametrize("name", sorted(CURVES))
def test_activations_pass_nan_on(name: str) -> None:
    assert np.isnan(run(layer(name), [1.0, np.nan])).tolist() == [False, True]
