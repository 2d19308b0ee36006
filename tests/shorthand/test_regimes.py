"""The relationships of the guide, each by its own condition."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from convcalc.shorthand.regimes import regime

# What holds for each relationship (Dumoulin & Visin, 2016), the most special ones first.
DIRECT: dict[int, Callable[[int, int, int, int], bool]] = {
    15: lambda k, s, p, d: d > 1 and k > 1,
    1: lambda k, s, p, d: s == 1 and p == 0,
    3: lambda k, s, p, d: s == 1 and k % 2 == 1 and 2 * p == k - 1,
    4: lambda k, s, p, d: s == 1 and p == k - 1,
    2: lambda k, s, p, d: s == 1,
    5: lambda k, s, p, d: p == 0,
    6: lambda k, s, p, d: True,
}
# A transposed layer is named by the convolution that it transposes.
TRANSPOSED = {1: 8, 2: 9, 3: 10, 4: 11, 5: 12, 6: 13}


def test_every_small_layer_has_the_most_special_relationship() -> None:
    for k, s, p, d in product(range(1, 7), range(1, 4), range(6), range(1, 4)):
        number = next(n for n, holds in DIRECT.items() if holds(k, s, p, d))
        pooled = 7 if p == 0 and number != 15 else number
        assert regime("window", k, s, p, p, d) == number
        assert regime("pool", k, s, p, p, d) == pooled
        # The guide dilates no transposed layer, and pads both sides equally.
        assert regime("transposed", k, s, p, p, d) == TRANSPOSED.get(number)
        assert regime("window", k, s, p, p + 1, d) is None
        for a in range(-1, 4):
            is_rest = 0 <= a < s and number != 15
            own = 14 if a else TRANSPOSED.get(number)
            assert regime("transposed", k, s, p, p, d, a) == (own if is_rest else None)
