"""Ranges of what two maps give, against numbers of these maps."""

from __future__ import annotations

from itertools import product
from math import inf

import numpy as np

from convcalc.kinds import find_kind
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range
from tests.each import each

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
    kind = find_kind(name)
    assert kind is not None
    layer = kind.model_validate({"inputs": ("a", "b")})
    for left, right in product(RANGES, repeat=2):
        found = DOES[name](ends(left)[:, None], ends(right)[None, :])
        wanted = tuple(
            np.sign(end) * inf if abs(end) >= FAR - 3 else end for end in (found.min(), found.max())
        )
        assert layer.value_range((left, right)) == wanted, (left, right)


def test_a_quotient_is_never_negative_where_neither_is() -> None:
    kind = find_kind("div")
    assert kind is not None
    layer = kind.model_validate({"inputs": ("a", "b")})
    for left, right in product(RANGES, repeat=2):
        is_negative = (ends(left) < 0).any() or (ends(right) < 0).any()
        assert layer.value_range((left, right)) == (EVERYTHING if is_negative else NEVER_NEGATIVE)
