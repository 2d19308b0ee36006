"""Relationships 1-15 of Dumoulin & Visin, as the guide prints them, against counted positions.

The formulas stand here a second time, as in the guide, and the truth is a brute count of the
places where a window fits (forward) and of the outputs that a scatter reaches (transposed).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import pytest

from convcalc.features.shape.answer import shape
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.regimes import RELATIONSHIPS, regime, regime_in_words
from tests.each import each


class Case(NamedTuple):
    """A layer along one axis, in the guide's letters; `a` are zeros after a transposed input."""

    i: int
    k: int
    s: int
    p: int
    d: int = 1
    a: int = 0


def counted(case: Case) -> int:
    """Places of the window on the padded input, one by one."""
    span = case.d * (case.k - 1) + 1
    return sum(
        1
        for start in range(0, case.i + 2 * case.p)
        if start % case.s == 0 and start + span <= case.i + 2 * case.p
    )


def scattered(case: Case) -> int:
    """Outputs of the transposed layer: every input writes k of them, then p are cut each side."""
    written = {at * case.s + tap * case.d for at, tap in product(range(case.i), range(case.k))}
    return max(written) + 1 - 2 * case.p + case.a


# number -> (family, condition, result), exactly as the guide states them; the transposed ones
# are stated for the convolution of k, s, p whose input size is i, their own input is i'.
FORWARD: dict[int, tuple[str, Callable[[Case], bool], Callable[[Case], int]]] = {
    1: ("conv", lambda c: c.s == 1 and c.p == 0 and c.d == 1, lambda c: c.i - c.k + 1),
    2: ("conv", lambda c: c.s == 1 and c.d == 1, lambda c: c.i - c.k + 2 * c.p + 1),
    3: (
        "conv",
        lambda c: c.s == 1 and c.d == 1 and c.k % 2 == 1 and c.p == c.k // 2,
        lambda c: c.i,
    ),
    4: ("conv", lambda c: c.s == 1 and c.d == 1 and c.p == c.k - 1, lambda c: c.i + c.k - 1),
    5: ("conv", lambda c: c.p == 0 and c.d == 1, lambda c: (c.i - c.k) // c.s + 1),
    6: ("conv", lambda c: c.d == 1, lambda c: (c.i + 2 * c.p - c.k) // c.s + 1),
    7: ("pool", lambda c: c.p == 0 and c.d == 1, lambda c: (c.i - c.k) // c.s + 1),
    15: (
        "conv",
        lambda c: True,
        lambda c: (c.i + 2 * c.p - c.k - (c.k - 1) * (c.d - 1)) // c.s + 1,
    ),
}
TRANSPOSED: dict[int, tuple[Callable[[Case], bool], Callable[[Case], int]]] = {
    8: (lambda c: c.s == 1 and c.p == 0 and c.a == 0, lambda c: c.i + c.k - 1),
    9: (lambda c: c.s == 1 and c.a == 0, lambda c: c.i + c.k - 1 - 2 * c.p),
    10: (
        lambda c: c.s == 1 and c.a == 0 and c.k % 2 == 1 and c.p == c.k // 2,
        lambda c: c.i,
    ),
    11: (lambda c: c.s == 1 and c.a == 0 and c.p == c.k - 1, lambda c: c.i - (c.k - 1)),
    12: (lambda c: c.p == 0 and c.a == 0, lambda c: c.s * (c.i - 1) + c.k),
    13: (lambda c: c.a == 0, lambda c: c.s * (c.i - 1) + c.k - 2 * c.p),
    14: (lambda c: c.a < c.s, lambda c: c.s * (c.i - 1) + c.a + c.k - 2 * c.p),
}
BOUNDS = list(product(range(1, 13), range(1, 6), range(1, 5), range(0, 5)))


@each("number", sorted(FORWARD))
def test_a_forward_relationship_counts_positions(number: int) -> None:
    family, holds, result = FORWARD[number]
    tried = 0
    for (i, k, s, p), d in product(BOUNDS, range(1, 4)):
        case = Case(i, k, s, p, d)
        if not holds(case) or i + 2 * p < d * (k - 1) + 1:
            continue
        tried += 1
        axis = Axis(family, i, k, s, p, p, d)
        assert result(case) == counted(case) == axis.output, case
    assert tried >= 30


@each("number", sorted(TRANSPOSED))
def test_a_transposed_relationship_counts_outputs(number: int) -> None:
    holds, result = TRANSPOSED[number]
    tried = 0
    for (i, k, s, p), a in product(BOUNDS, range(0, 4)):
        case = Case(i, k, s, p, 1, a)
        if not holds(case) or result(case) < 1:
            continue
        tried += 1
        axis = Axis("transposed", i, k, s, p, p, extra=a)
        assert result(case) == scattered(case) == axis.output, case
    assert tried >= 30


def test_the_named_relationship_is_one_that_holds() -> None:
    for (i, k, s, p), d in product(BOUNDS, (1, 2)):
        number = regime("window", k, s, p, p, d)
        assert number is not None
        _, holds, _ = FORWARD[number]
        assert holds(Case(i, k, s, p, d if k > 1 else 1)), (number, i, k, s, p, d)
        number = regime("transposed", k, s, p, p, 1, extra=d - 1)
        if number is not None and d - 1 < s:
            assert TRANSPOSED[number][0](Case(i, k, s, p, 1, d - 1)), (number, k, s, p)


@each(
    ("words", "number"),
    [
        pytest.param("9 k3", 1, id="no padding"),
        pytest.param("9 k4 p2", 2, id="some padding"),
        pytest.param("9 k3 p1", 3, id="half, in numbers"),
        pytest.param("9 k5 half", 3, id="half, in words"),
        pytest.param("9 k3 p2", 4, id="full, in numbers"),
        pytest.param("9 k4 full", 4, id="full, in words"),
        pytest.param("9 k3 s2", 5, id="strided"),
        pytest.param("9 k3 s2 p1", 6, id="strided and padded"),
        pytest.param("9 max_pool 3", 7, id="max pool"),
        pytest.param("9 avg_pool k3 s1", 7, id="average pool of stride 1"),
        pytest.param("9 max_pool k3 p1", 6, id="a padded pool is a strided window"),
        pytest.param("9 conv_transpose k3", 8, id="transposed, no padding"),
        pytest.param("9 conv_transpose k4 p2", 9, id="transposed, some padding"),
        pytest.param("9 conv_transpose k3 p1", 10, id="transposed, half"),
        pytest.param("9 conv_transpose k3 p2", 11, id="transposed, full"),
        pytest.param("9 conv_transpose k3 s2", 12, id="transposed, strided"),
        pytest.param("9 conv_transpose k3 s2 p1", 13, id="transposed, strided and padded"),
        pytest.param("9 conv_transpose k3 s2 p1 a1", 14, id="transposed, zeros after"),
        pytest.param("9 k3 d2", 15, id="dilated"),
        pytest.param("9 k1 d2", 1, id="a single tap cannot be dilated"),
        pytest.param("9 k1", 1, id="a single tap is no padding before half and full"),
        pytest.param("9 k2 p0:1", None, id="unequal padding has none"),
        pytest.param("8 max_pool k3 s2 ceil", None, id="rounding up has none"),
    ],
)
def test_the_regime_is_recognised(words: str, number: int | None) -> None:
    (axis,) = shape(words.split()).steps[0].axes
    assert axis.regime == number


def test_all_fifteen_have_a_name() -> None:
    assert sorted(RELATIONSHIPS) == list(range(1, 16)) == sorted([*FORWARD, *TRANSPOSED])
    assert regime_in_words(14) == ("transposed, zeros after (relationship 14 of Dumoulin & Visin)")
