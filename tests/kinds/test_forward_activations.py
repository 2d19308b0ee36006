"""Functions of one element at points worked out with Python's `math`, and at their ends."""

from __future__ import annotations

from math import cos, erf, exp, log, sin, sqrt, tanh

import numpy as np
import pytest
from pydantic import ValidationError

from tests.each import each
from tests.kinds.running import gradients, layer, run


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
    "log_sigmoid": tuple(-log(1 + exp(-x)) for x in POINTS),
    "tanhshrink": tuple(x - tanh(x) for x in POINTS),
    "softshrink": (-3.5, -0.5, 0, 0.5, 6.5),
    "hardshrink": (-4, -1, 0, 1, 7),
    "quick_gelu": tuple(x / (1 + exp(-1.702 * x)) for x in POINTS),
    "square": (16, 1, 0, 1, 49),
    "abs": (4, 1, 0, 1, 7),
    "exp": tuple(map(exp, POINTS)),
    "sin": tuple(map(sin, POINTS)),
    "cos": tuple(map(cos, POINTS)),
    **dict.fromkeys(("floor", "ceil", "round", "trunc"), POINTS),
    "sign": (-1, -1, 0, 1, 1),
}
# Between whole numbers: down, up, to the nearest, of two the even one, and towards 0.
BETWEEN = (-2.5, -1.5, -0.75, 0.5, 1.5, 1.75)
STEPS = {
    "floor": (-3, -2, -1, 0, 1, 1),
    "ceil": (-2, -1, 0, 1, 2, 2),
    "round": (-2, -2, -1, 0, 2, 2),
    "trunc": (-2, -1, 0, 0, 1, 1),
    "sign": (-1, -1, -1, 1, 1, 1),
}


@each("name", CURVES)
def test_activations_at_points(name: str) -> None:
    np.testing.assert_allclose(run(layer(name), POINTS), CURVES[name], rtol=1e-13, atol=1e-15)


@each("name", STEPS)
def test_steps_between_whole_numbers(name: str) -> None:
    np.testing.assert_array_equal(run(layer(name), BETWEEN), STEPS[name])


@each(
    ("name", "constants", "expected"),
    [
        pytest.param("elu", {"alpha": 2}, (2 * exp(-4) - 2, 2 * exp(-1) - 2, 0, 1, 7), id="elu"),
        pytest.param(
            "celu", {"alpha": 2}, (2 * exp(-2) - 2, 2 * exp(-0.5) - 2, 0, 1, 7), id="celu"
        ),
        pytest.param(
            # sqrt(2 / pi) (1 + 0.044715) = 0.8335...; of 4, 5.475.
            "gelu",
            {"approximate": "tanh"},
            tuple(x * (1 + tanh(0.7978845608028654 * (x + 0.044715 * x**3))) / 2 for x in POINTS),
            id="gelu: tanh",
        ),
        pytest.param("hardsigmoid", {"alpha": 0.2}, (0, 0.3, 0.5, 0.7, 1), id="hardsigmoid, ONNX"),
        pytest.param("hardsigmoid", {"beta": 0}, (0, 0, 0, 1 / 6, 1), id="hardsigmoid: from 0"),
        pytest.param("hardtanh", {"min_val": -3, "max_val": 5}, (-3, -1, 0, 1, 5), id="hardtanh"),
        pytest.param(
            "hardtanh", {"min_val": 0, "max_val": None}, (0, 0, 0.0, 1.0, 7.0), id="least"
        ),
        pytest.param(
            "hardtanh", {"min_val": None, "max_val": 0}, (-4.0, -1.0, 0.0, 0, 0), id="most"
        ),
        pytest.param(
            "softplus",
            {"beta": 2, "threshold": 4},
            (log(1 + exp(-8)) / 2, log(1 + exp(-2)) / 2, log(2) / 2, log(1 + exp(2)) / 2, 7),
            id="softplus: sharper, and straight above 4 / 2",
        ),
        pytest.param("softshrink", {"lambd": 1}, (-3, 0, 0, 0, 6), id="softshrink"),
        pytest.param("hardshrink", {"lambd": 1}, (-4, 0, 0, 0, 7), id="hardshrink: 1 itself goes"),
        pytest.param(
            "threshold", {"threshold": 0, "value": -9}, (-9, -9, -9, 1, 7), id="threshold"
        ),
        pytest.param("add_number", {"value": 0.5}, (-3.5, -0.5, 0.5, 1.5, 7.5), id="add_number"),
        pytest.param("mul_number", {"value": -2}, (8, 2, 0, -2, -14), id="mul_number"),
        pytest.param("div_number", {"value": -2}, (2, 0.5, 0, -0.5, -3.5), id="div_number"),
    ],
)
def test_constants(name: str, constants: dict[str, object], expected: tuple[float, ...]) -> None:
    y = run(layer(name, **constants), POINTS)
    np.testing.assert_allclose(y, expected, rtol=1e-13, atol=1e-15)


def test_roots_logarithms_and_reciprocals() -> None:
    assert run(layer("reciprocal"), [0.25, -2]).tolist() == [4, -0.5]
    assert run(layer("sqrt"), [0, 0.25, 9]).tolist() == [0, 0.5, 3]
    np.testing.assert_allclose(run(layer("log"), [1, exp(2)]), [0, 2], rtol=1e-15)
    # Whole, so that their floor is: 13 halvings. A quotient of logarithms is 12.999999 there.
    assert run(layer("log2"), [8192, 0.5]).tolist() == [13, -1]
    assert run(layer("log10"), [1000, 0.01]).tolist() == [3, -2]
    # So is it in single precision, as torch has it: numpy's log10 of 100 is 2.0000002.
    powers = range(-8, 11)
    found = run(layer("log10"), [10.0**power for power in powers], dtype="float32")
    assert found.dtype == np.dtype("float32")
    assert found.tolist() == [*powers]


@each(
    ("kind", "fields", "points", "slopes"),
    [
        # A line from beta·x = 20 on, and only beyond it: 1 / (1 + e^-20) is 2·10^-9 less than 1.
        ("softplus", {}, (20.0, 20.5, 40.0), (1 / (1 + exp(-20)), 1.0, 1.0)),
        ("softplus", {"beta": 2}, (10.0, 10.5), (1 / (1 + exp(-20)), 1.0)),
        ("softplus", {"threshold": 1}, (1.0, 1.5, -3.0), (1 / (1 + exp(-1)), 1, 1 / (1 + exp(3)))),
        ("tanh", {}, (0.0, 0.5), (1.0, 1 - tanh(0.5) ** 2)),
        ("sigmoid", {}, (0.0, 2.0), (0.25, exp(-2) / (1 + exp(-2)) ** 2)),
        ("softsign", {}, (0.0, 3.0, -3.0), (1.0, 1 / 16, 1 / 16)),
        ("relu6", {}, (-1.0, 3.0, 7.0), (0.0, 1.0, 0.0)),
        ("hardsigmoid", {}, (-4.0, 0.0, 4.0), (0.0, 1 / 6, 0.0)),
        ("hardswish", {}, (-4.0, 0.0, 1.0, 4.0), (0.0, 0.5, 0.5 + 1 / 3, 1.0)),
        ("elu", {"alpha": 2}, (-1.0, 1.0), (2 * exp(-1), 1.0)),
        ("leaky_relu", {"negative_slope": 0.2}, (-1.0, 1.0), (0.2, 1.0)),
        ("hardshrink", {}, (-0.7, 0.2, 0.7), (1.0, 0.0, 1.0)),
        ("softshrink", {}, (-0.7, 0.2, 0.7), (1.0, 0.0, 1.0)),
        ("tanhshrink", {}, (0.5,), (tanh(0.5) ** 2,)),
        ("silu", {}, (0.0,), (0.5,)),
        ("gelu", {}, (0.0,), (0.5,)),
        ("gelu", {"approximate": "tanh"}, (0.0,), (0.5,)),
    ],
)  # fmt: skip
def test_slopes_at_points(
    kind: str, fields: dict[str, object], points: tuple[float, ...], slopes: tuple[float, ...]
) -> None:
    (found,), _ = gradients(layer(kind, **fields), [1.0] * len(points), points)
    np.testing.assert_allclose(found, slopes, rtol=1e-12, atol=1e-15)


@each("x", [-3.0, -0.7, 0.4, 2.5])
def test_the_slope_of_a_gelu_is_that_of_its_curve(x: float) -> None:
    """(f(x + h) - f(x - h)) / 2h, right to about 10^-9."""
    h = 1e-5
    for approximate in ("none", "tanh"):
        made = layer("gelu", approximate=approximate)
        above, below = run(made, [x + h, x - h])
        (slope,), _ = gradients(made, [1.0], [x])
        assert abs(slope[0] - (above - below) / (2 * h)) < 1e-8


@each(
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


@each("slope", [float("nan"), float("inf"), -0.1, 100.5, True, "0.2", [0.2]])
def test_slopes_are_finite_and_from_0_to_100(slope: object) -> None:
    with pytest.raises(ValidationError, match="wants a number"):
        layer("leaky_relu", negative_slope=slope)


# e^10000 is more than any number.
@each("name", sorted(CURVES.keys() - {"exp"}))
@each("dtype", ["float32", "float64"])
def test_activations_neither_overflow_nor_change_their_type(name: str, dtype: str) -> None:
    # A warning of numpy would be an error here.
    found = run(layer(name), [-1e4, -100.0, 100.0, 1e4], dtype=dtype)
    assert found.dtype == dtype
    assert np.isfinite(found).all()


@each("name", sorted(CURVES))
def test_activations_pass_nan_on(name: str) -> None:
    assert np.isnan(run(layer(name), [1.0, np.nan])).tolist() == [False, True]
