"""Ranges of what two maps give, against numbers of these maps."""

from __future__ import annotations

from itertools import product
from math import inf
from typing import Any

import numpy as np

from convcalc.kinds import find_kind
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range
from tests.each import each
from tests.kinds.making import made

RANGES: list[Range] = [
    EVERYTHING, NEVER_NEGATIVE, (-inf, 0.0), (0.0, 2.0), (1.0, 3.0), (-1.0, 2.0), (-3.0, -1.0)
]  # fmt: skip
# What an end without a number stands for; the largest results show whether there is an end.
FAR = 100.0
DOES = {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "max": np.maximum, "min": np.minimum,
}  # fmt: skip


def ends(values: Range) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    low, high = (min(max(end, -FAR), FAR) for end in values)
    inner = [one for one in (-0.5, 0.0, 0.5) if low < one < high]
    return np.array([low, *inner, high])


@each("name", DOES)
def test_two_ranges_give_what_their_numbers_give(name: str) -> None:
    layer = made(name, {"inputs": ("a", "b")})
    for left, right in product(RANGES, repeat=2):
        found = DOES[name](ends(left)[:, None], ends(right)[None, :])
        wanted = tuple(
            np.sign(end) * inf if abs(end) >= FAR - 3 else end for end in (found.min(), found.max())
        )
        assert layer.value_range((left, right)) == wanted, (left, right)


# Of any numbers, and of those from 0 on: the definitions' own bounds.
BOUNDS = {
    (0.0, 1.0): (
        "equal", "greater", "greater_equal", "hardsigmoid", "isnan", "less", "less_equal",
        "logical_and", "logical_not", "logical_or", "logical_xor", "not_equal", "sigmoid",
        "softmax", "softmin",
    ),
    (-1.0, 1.0): ("cos", "hardtanh", "l2_normalize", "sign", "sin", "softsign", "tanh"),
    (0.0, inf): ("abs", "exp", "relu", "softplus", "sqrt", "square"),
    (-inf, 0.0): ("log_sigmoid", "log_softmax"),
    (-1.0, inf): ("celu", "elu"),
    (0.0, 6.0): ("relu6",),
}  # fmt: skip
NEVER_BELOW_0 = {"hardtanh": 1.0, "l2_normalize": 1.0, "sign": 1.0, "softsign": 1.0, "tanh": 1.0}


@each(("bounds", "name"), [(bounds, name) for bounds, names in BOUNDS.items() for name in names])
def test_the_bounds_of_a_function(bounds: Range, name: str) -> None:
    kind = find_kind(name)
    assert kind is not None
    count = 1 if kind.model_fields.keys().isdisjoint({"inputs"}) else 2
    layer = kind.model_validate({"inputs": ("a", "b")} if count == 2 else {})
    assert layer.value_range((EVERYTHING,) * count) == bounds
    if name in NEVER_BELOW_0:
        assert layer.value_range((NEVER_NEGATIVE,)) == (0.0, NEVER_BELOW_0[name])


@each(
    ("name", "fields", "given", "found"),
    [
        # Zeros stand beside, or a gate between 0 and 1 takes away.
        ("pad", {"padding": 1}, (0.25, 0.5), (0.0, 0.5)),
        ("unfold", {"kernel_size": 2}, (0.25, 0.5), (0.0, 0.5)),
        ("glu", {}, (0.25, 0.5), (0.0, 0.5)),
        ("fold", {"output_size": (4, 4), "kernel_size": 2}, (0.25, 0.5), (0.0, inf)),
        # A deviation is no more than what lies between the ends, nor below 0.
        ("global_mean_std_pool", {}, (-3.0, 2.0), (-3.0, 5.0)),
        ("global_mean_std_pool", {}, (0.25, 0.5), (0.0, 0.5)),
        # The root of even powers; a sum of one or three has the sign of its numbers.
        ("lp_pool", {"kernel_size": 2}, (-3.0, 2.0), (0.0, inf)),
        ("lp_pool", {"kernel_size": 2, "norm_type": 1}, (-3.0, 2.0), EVERYTHING),
        ("lp_pool", {"kernel_size": 2, "norm_type": 3}, (0.25, 0.5), (0.0, inf)),
        # What is not below 0 passes as it is; a slope may be anything.
        ("prelu", {}, (0.25, 0.5), (0.25, 0.5)),
        ("prelu", {}, (-0.25, 0.5), EVERYTHING),
        ("add_number", {"value": 2}, (-3.0, 2.0), (-1.0, 4.0)),
        ("mul_number", {"value": -2}, (-3.0, 2.0), (-4.0, 6.0)),
        ("div_number", {"value": 2}, (-3.0, 2.0), (-1.5, 1.0)),
        ("relu", {}, (-3.0, 2.0), (0.0, inf)),
        ("upsample", {"scale_factor": 2}, (-3.0, 2.0), (-3.0, 2.0)),
        ("upsample", {"scale_factor": 2, "mode": "bilinear"}, (-3.0, 2.0), (-3.0, 2.0)),
        # Weights of a cubic curve are negative, too.
        ("upsample", {"scale_factor": 2, "mode": "bicubic"}, (-3.0, 2.0), EVERYTHING),
    ],
)
def test_the_range_of_what_comes_out(
    name: str, fields: dict[str, Any], given: Range, found: Range
) -> None:
    assert made(name, fields).value_range((given,)) == found


# A power of what is not negative is not, whatever the exponent; a quotient has both signs.
@each(("name", "signs"), [("div", 2), ("pow", 1)])
def test_what_comes_of_two_that_are_never_negative_is_not(name: str, signs: int) -> None:
    layer = made(name, {"inputs": ("a", "b")})
    for left, right in product(RANGES, repeat=2):
        is_negative = any((ends(one) < 0).any() for one in (left, right)[:signs])
        assert layer.value_range((left, right)) == (EVERYTHING if is_negative else NEVER_NEGATIVE)
