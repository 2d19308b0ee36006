"""Which sizes are good, in words: remainders, where they begin, and the nearest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from convcalc.features.sizes.pattern import find_pattern, nearest, to_bits


@given(
    st.integers(1, 40), st.integers(1, 120), st.integers(1, 12), st.sets(st.integers(0, 11)),
    st.integers(0, 60), st.integers(0, 2**40),
)  # fmt: skip
def test_a_pattern_says_exactly_what_holds(
    low: int, count: int, period: int, residues: set[int], start: int, noise: int
) -> None:
    flags = [
        k % period in residues if k >= start else bool(noise >> (k % 40) & 1)
        for k in range(low, low + count)
    ]
    found = find_pattern(to_bits(flags), low, low + count - 1)
    assert [found.holds(low + k) for k in range(count)] == flags
    assert found.smallest == next((low + k for k, flag in enumerate(flags) if flag), None)


@given(st.integers(1, 9), st.lists(st.booleans(), min_size=1), st.integers(1, 120))
def test_nearest(low: int, flags: list[bool], size: int) -> None:
    known = [low + k for k, flag in enumerate(flags) if flag]
    below, above = nearest(to_bits(flags), low, size)
    assert below == max((n for n in known if n <= size), default=None)
    assert above == min((n for n in known if n >= size), default=None)
