"""Where one stack becomes the cheaper: signs of differences, against counting every size out."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.features.compare.answer import Comparison, compared
from convcalc.features.compare.stacks import Channels, read_stack
from convcalc.features.compare.turning import cost_runs, forward_differences, sign_runs, value_at
from tests.each import each

SAME = Channels(64, 64, 64)


def runs(found: Comparison, other: int = 0) -> list[tuple[int, int | None, int]]:
    return [(run.first, run.last, run.sign) for run in found.map_turns[other].runs]


@each(
    ("words", "expected"),
    [
        # 9 C^2 [(i-2)^2 + (i-4)^2] against 25 C^2 (i-4)^2: at 10, 9(64+36) = 900 = 25 * 36.
        pytest.param(["3x3*2", "5x5"], [(5, 9, 1), (10, 10, 0), (11, None, -1)], id="5x5"),
        # At 12, 9(100+64+36) = 1800 > 49 * 36 = 1764; at 13, 9(121+81+49) = 2259 < 49 * 49 = 2401.
        pytest.param(["3x3*3", "7x7"], [(7, 12, 1), (13, None, -1)], id="7x7"),
        # 3(i-2)i + 3(i-2)^2 against 9(i-2)^2: 3i = 6(i-2) at 4.
        pytest.param(["1x3,3x1", "3x3"], [(3, 3, 1), (4, 4, 0), (5, None, -1)], id="1-D pair"),
        pytest.param(["3x3", "3x3"], [(3, None, 0)], id="the same"),
        # 25(i-4)^2 against 9(i-2)^2: 5(i-4) = 3(i-2) at 7.
        pytest.param(["5x5", "3x3"], [(5, 6, -1), (7, 7, 0), (8, None, 1)], id="small maps"),
        pytest.param(["3x3*2", "3x3"], [(5, None, 1)], id="never"),
    ],
)
def test_where_it_turns_without_padding(words: list[str], expected: list[Any]) -> None:
    assert runs(compared(words, SAME, (56,), padded=False)) == expected


@pytest.mark.parametrize("words", [["3x3*2", "5x5"], ["3x3s2,3x3", "5x5s2"], ["3x3s2", "1x1s3*2"],
                                   ["dw3x3,1x1", "3x3"], ["3x3d2,3x3", "5x5"]])  # fmt: skip
@pytest.mark.parametrize("channels", [SAME, Channels(3, 64, 64), Channels(64, 8, 16)])
@pytest.mark.parametrize("padded", [True, False])
def test_turns_are_those_of_counting_every_size(
    words: list[str], channels: Channels, padded: bool
) -> None:
    found = compared(words, channels, (56,), padded=padded)
    first, other = (read_stack(word) for word in words)
    for size in range(found.least, 140):
        on = (size, size)
        difference = first.macs(channels, on, padded) - other.macs(channels, on, padded)
        sign = (difference > 0) - (difference < 0)
        (run,) = [
            run
            for run in found.map_turns[0].runs
            if run.first <= size and (run.last is None or size <= run.last)
        ]
        assert run.sign == sign, size


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=4))
def test_sign_runs_are_those_of_the_polynomial(coefficients: list[int]) -> None:
    def value(n: int) -> int:
        return sum(c * n**power for power, c in enumerate(coefficients))

    differences = forward_differences([value(n) for n in range(len(coefficients))])
    found = sign_runs(differences)
    assert found[0].first == 0
    assert found[-1].last is None
    for before, after in pairwise(found):
        assert before.last == after.first - 1
        assert before.sign != after.sign
    # Beyond the sum of all coefficients the leading one decides: what is listed ends before.
    for n in range(210):
        assert value_at(differences, n) == value(n)
        (run,) = [r for r in found if r.first <= n and (r.last is None or n <= r.last)]
        assert run.sign == (value(n) > 0) - (value(n) < 0)


@each(
    ("coefficients", "runs"),
    [
        ([0], [(0, None, 0)]),
        ([-5], [(0, None, -1)]),
        ([0, 1], [(0, 0, 0), (1, None, 1)]),
        ([-1, -1], [(0, None, -1)]),
        # n - 3, 4 - n^2, (n - 2)(n - 3), (n - 1)(n - 3), (1 - n)(2 - n)(3 - n).
        ([-3, 1], [(0, 2, -1), (3, 3, 0), (4, None, 1)]),
        ([4, 0, -1], [(0, 1, 1), (2, 2, 0), (3, None, -1)]),
        ([6, -5, 1], [(0, 1, 1), (2, 3, 0), (4, None, 1)]),
        ([3, -4, 1], [(0, 0, 1), (1, 1, 0), (2, 2, -1), (3, 3, 0), (4, None, 1)]),
        ([6, -11, 6, -1], [(0, 0, 1), (1, 3, 0), (4, None, -1)]),
    ],
)
def test_signs_of_polynomials_by_hand(
    coefficients: list[int], runs: list[tuple[int, int | None, int]]
) -> None:
    values = [
        sum(c * n**power for power, c in enumerate(coefficients)) for n in range(len(coefficients))
    ]
    assert list(map(tuple, sign_runs(forward_differences(values)))) == runs


def test_a_turn_far_away_is_found_exactly() -> None:
    far = 10**15 + 7
    found = cost_runs(lambda i: (far - i) * (i + 1), 1, degree=2, period=1)
    assert [tuple(run) for run in found] == [
        (1, far - 1, 1), (far, far, 0), (far + 1, None, -1),
    ]  # fmt: skip


def test_a_balance_that_swings_for_good_is_not_said_to_settle() -> None:
    found = cost_runs(lambda i: 1 if i % 2 else -1, 1, degree=0, period=2)
    assert found[-1].last is not None


@each(
    ("difference", "period", "runs"),
    [
        # Both residues of i turn where i does, at 20.
        (lambda i: i - 20, 2, [(1, 19, -1), (20, 20, 0), (21, None, 1)]),
        # Odd sizes turn behind 9, even ones behind 4.
        (
            lambda i: 9 - i if i % 2 else 4 - i, 2,
            [(1, 3, 1), (4, 4, 0), (5, 5, 1), (6, 6, -1), (7, 7, 1), (8, 8, -1), (9, 9, 0),
             (10, None, -1)],
        ),
        (lambda i: 7, 3, [(1, None, 1)]),
    ],
    ids=lambda value: "",
)  # fmt: skip
def test_with_strides_the_turns_of_all_remainders_are_found(
    difference: Callable[[int], int], period: int, runs: list[tuple[int, int | None, int]]
) -> None:
    assert [tuple(run) for run in cost_runs(difference, 1, 1, period)] == runs


def test_turns_are_joined_size_by_size_up_to_a_bound() -> None:
    # Odd sizes turn at 1001: known, and further than what is joined.
    (run,) = cost_runs(lambda i: 1001 - i if i % 2 else 1, 1, 1, period=2, most=10)
    assert tuple(run) == (1, 12, 1)


@pytest.mark.parametrize(
    ("words", "ratio"),
    [
        # mid = cout: 9 cin C + 9 C^2 against 25 cin C.
        pytest.param(["3x3*2", "5x5"], Fraction(9, 16), id="5x5"),
        pytest.param(["3x3*3", "7x7"], Fraction(9, 20), id="7x7"),
    ],
)
@pytest.mark.parametrize("cout", [1, 64, 1000])
def test_the_ratio_of_channels_where_it_turns(words: list[str], ratio: Fraction, cout: int) -> None:
    found = compared(words, Channels(3, cout, cout), (56,), with_ratio=True)
    assert [(turn.metric, turn.ratio, turn.above) for turn in found.channel_turns] == [
        ("weights", ratio, -1),
        ("MACs", ratio, -1),
    ]


@each(("words", "turns"), [(["1x1s16", "1x1s32"], 1), (["1x1s23", "1x1s29"], 0)])
def test_strides_that_come_round_too_seldom_together_have_no_turns(
    words: list[str], turns: int
) -> None:
    """16 * 32 = 512 sizes are looked at, 23 * 29 = 667 are not."""
    assert len(compared(words, SAME, (56,)).map_turns) == turns
