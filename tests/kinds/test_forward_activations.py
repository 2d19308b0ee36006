"""Functions of one element at points worked out with Python's `math`, and at their ends."""

from __future__ import annotations

from math import erf, exp, log, sqrt, tanh

import numpy as np
import pytest

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
