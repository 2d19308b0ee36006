"""Stacks side by side: worked figures from papers and courses."""

from __future__ import annotations

from fractions import Fraction

import pytest

from convcalc.features.compare.answer import compared
from convcalc.features.compare.stacks import Channels
from tests.each import each

SAME = Channels(64, 64, 64)


@each(
    ("stack", "weights", "params", "field", "nonlinearities"),
    [
        # C = 64 in and out. Simonyan & Zisserman 2015, section 2.3: 3(3^2 C^2) = 27 C^2 against
        # 7^2 C^2 = 49 C^2, "81% more".
        pytest.param("3x3*3", 27 * 4096, 27 * 4096 + 192, (7, 7), 3, id="VGG: three 3x3"),
        pytest.param("7x7", 49 * 4096, 49 * 4096 + 64, (7, 7), 1, id="VGG: one 7x7"),
        # Szegedy et al. 2016 (Inception v2), section 3.1: two 3x3 for one 5x5, 28 % saved.
        pytest.param("3x3*2", 18 * 4096, 18 * 4096 + 128, (5, 5), 2, id="Inception: two 3x3"),
        pytest.param("5x5", 25 * 4096, 25 * 4096 + 64, (5, 5), 1, id="Inception: one 5x5"),
        # The same, section 3.2: 3x1 behind 1x3 is 33 % cheaper than 3x3.
        pytest.param("1x3,3x1", 6 * 4096, 6 * 4096 + 128, (3, 3), 2, id="factored into 1-D"),
        # Howard et al. 2017: 9 C + C^2.
        pytest.param("dw3x3,1x1", 9 * 64 + 4096, 9 * 64 + 4096 + 128, (3, 3), 2, id="separable"),
        pytest.param("3x3d2", 9 * 4096, 9 * 4096 + 64, (5, 5), 1, id="dilated spans 5"),
        pytest.param("3x3g4", 9 * 64 * 16, 9 * 64 * 16 + 64, (3, 3), 1, id="grouped"),
        # He et al. 2016: 1x1 to 16, 3x3, 1x1 back.
        pytest.param("16@1x1,16@3x3,1x1", 1024 + 2304 + 1024, 4352 + 96, (3, 3), 3, id="bottle"),
    ],
)
def test_worked_figures(
    stack: str, weights: int, params: int, field: tuple[int, int], nonlinearities: int
) -> None:
    found = compared([stack, "3x3"], SAME, (56,)).measures[0]
    assert (found.weights, found.params, found.field) == (weights, params, field)
    assert found.nonlinearities == nonlinearities
    # Padded to keep the map, every weight but a bias is used once a position.
    assert found.macs == weights * 56 * 56


def test_81_percent_more() -> None:
    first, other = compared(["3x3*3", "7x7"], SAME, (56,)).measures
    assert Fraction(other.weights, first.weights) == Fraction(49, 27)
    assert round((Fraction(49, 27) - 1) * 100) == 81


def test_3_to_64_costs_eight_times_the_weights() -> None:
    first, other = compared(["3x3*2", "5x5"], Channels(3, 64, 64), (56,)).measures
    assert (first.weights, other.weights) == (9 * 3 * 64 + 9 * 64 * 64, 25 * 3 * 64)
    assert first.weights // other.weights == 8


def test_sizes_may_be_huge() -> None:
    size = 10**9
    first, other = compared(["3x3*2", "5x5"], SAME, (size,), padded=False).measures
    c = 64 * 64
    assert first.macs == 9 * c * ((size - 2) ** 2 + (size - 4) ** 2)
    assert other.macs == 25 * c * (size - 4) ** 2
