"""Figures and their limits: units as written, and what holds of every figure that may be meant."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest

from convcalc.network.expectations import FigureError, Limits, parse_figure
from tests.each import each

SMALL = (None, *map(Fraction, range(4)))
EVERY = [Limits(exact=Fraction(n)) for n in range(4)]
EVERY += [Limits(least=low, most=high) for low, high in product(SMALL, repeat=2)]
# What is at least 2 may be any of these from 2 on.
FIGURES = range(-20, 21)


def holds(limits: Limits, figure: int) -> bool:
    if limits.exact is not None:
        return figure == limits.exact
    above = limits.least is None or not figure < limits.least
    return above and (limits.most is None or not figure > limits.most)


def test_what_is_settled_holds_for_every_figure_that_may_be_meant() -> None:
    for limits, got in product(EVERY, range(-1, 6)):
        assert limits.hold(got) == holds(limits, got)
        meant = {
            "": [got],
            "at least": [n for n in FIGURES if n >= got],
            "at most": [n for n in FIGURES if n <= got],
        }
        for bound, figures in meant.items():
            settled = all(holds(limits, figure) for figure in figures)
            assert limits.settled(got, bound) == settled, (limits, got, bound)  # type: ignore[arg-type]


def test_limits_are_widened_no_farther_than_needed() -> None:
    for limits, low, high in product(EVERY, range(5), range(5)):
        if low > high:
            continue
        wide = limits.widened(low, high)
        if limits.exact is not None:
            # One figure again, or all from the smallest to the largest.
            assert [n for n in FIGURES if holds(wide, n)] == [*range(low, high + 1)]
            assert (wide.exact is None) == (low < high)
            continue
        assert (wide.least is None, wide.most is None) == (
            limits.least is None,
            limits.most is None,
        )
        # As before, and beyond it as far as the figures go.
        for n in FIGURES:
            over = limits.most is not None and limits.most < n <= high
            under = limits.least is not None and low <= n < limits.least
            between = (limits.least is None or limits.least <= n or under) and (
                limits.most is None or n <= limits.most or over
            )
            assert holds(wide, n) == between, (limits, low, high, n)


@each(
    ("value", "in_bytes", "figure"),
    [
        (7, False, 7),
        (0, False, 0),
        (0.25, False, Fraction(1, 4)),
        (10**30, False, 10**30),
        ("12", False, 12),
        ("1.9G", False, 1_900_000_000),
        ("2 K", False, 2000),
        ("3M", False, 3_000_000),
        ("1T", False, 10**12),
        ("0.000000001K", False, Fraction(1, 10**6)),
        ("5B", True, 5),
        ("5kB", True, 5000),
        ("5KiB", True, 5120),
        ("5 MB", True, 5_000_000),
        ("5MiB", True, 5_242_880),
        ("5GB", True, 5_000_000_000),
        ("0.5GiB", True, 536_870_912),
    ],
)
def test_figures_as_written(value: object, in_bytes: bool, figure: int | Fraction) -> None:
    assert parse_figure(value, in_bytes) == figure


NUMBER = "wants a number, such as 11689512 or 1.9G, got"
BYTES = "wants bytes with a unit, such as 64MiB, got"


@each(
    ("value", "in_bytes", "message", "help"),
    [
        (-1, False, f"{NUMBER} -1", "write 0 or more"),
        (10**30 + 1, False, f"{NUMBER} {10**30 + 1}", "write 0 or more"),
        (True, False, f"{NUMBER} true", "write a number"),
        (None, False, f"{NUMBER} ~", "write a number"),
        ("2 k", False, f"{NUMBER} '2 k'", "write 2K"),
        ("2x", False, f"{NUMBER} '2x'", "units: K, M, G, T"),
        ("K", False, f"{NUMBER} 'K'", "units: K, M, G, T"),
        ("5", True, f"{BYTES} '5'", "units: B, kB, KiB, MB, MiB, GB, GiB"),
        (5, True, f"{BYTES} 5", "write 5B"),
        (5.5, True, f"{BYTES} 5.5", "write 64MiB"),
        ("5mib", True, f"{BYTES} '5mib'", "write 5MiB"),
        ("5 KB", True, f"{BYTES} '5 KB'", "write 5kB"),
        (float("inf"), False, "wants a finite number", "leave the limit out"),
    ],
)
def test_what_writes_no_figure(value: object, in_bytes: bool, message: str, help: str) -> None:
    with pytest.raises(FigureError) as caught:
        parse_figure(value, in_bytes)
    assert (str(caught.value), caught.value.help) == (message, help)
