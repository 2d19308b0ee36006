"""A set of sizes in the fewest words: a period, the residues that repeat, and what stands before.

Sets are bits, `bits >> k & 1` for the size `low + k`, so that a whole range is compared with
itself, moved by a period, in one operation. Nothing is guessed: what a pattern says holds for
every size of the range.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """Sizes from `low` to `high` of which some are meant.

    From `start` on they are those whose remainder by `period` is one of `residues`; before it,
    they are the ranges (first, last) of `before`. `smallest` is the smallest of all, None where
    there is none.
    """

    low: int
    high: int
    period: int
    residues: tuple[int, ...]
    start: int
    before: tuple[tuple[int, int], ...]
    smallest: int | None

    def holds(self, size: int) -> bool:
        """True where `size` is meant; only for sizes in the range.

        >>> find_pattern(to_bits(n % 16 == 12 for n in range(1, 257)), 1, 256).holds(60)
        True
        """
        if size < self.start:
            return any(first <= size <= last for first, last in self.before)
        return size % self.period in self.residues


def to_bits(flags: Iterable[bool]) -> int:
    """The bits of flags, the first one lowest.

    >>> bin(to_bits([True, False, True, True]))
    '0b1101'
    """
    text = "".join("1" if flag else "0" for flag in flags)
    return int(text[::-1], 2) if text else 0


def find_pattern(bits: int, low: int, high: int) -> Pattern:
    """The pattern of fewest parts that says the same of every size from `low` to `high`.

    A period counts only where the range shows it twice or more.

    >>> found = find_pattern(to_bits(n % 16 == 12 and n >= 188 for n in range(1, 1025)), 1, 1024)
    >>> found.period, found.residues, found.before, found.smallest
    (16, (12,), (), 188)
    """
    count = high - low + 1
    best: tuple[int, int, int] | None = None
    for period in range(1, count // 2 + 1):
        overlap = (1 << (count - period)) - 1
        start = ((bits ^ (bits >> period)) & overlap).bit_length()
        if count - start < 2 * period:
            continue
        residues = (bits >> start) & ((1 << period) - 1)
        cost = _runs(bits & ((1 << start) - 1)) + _runs(residues)
        if best is None or cost < best[0]:
            best = (cost, period, start)
        if cost <= 1:
            break
    if best is None or best[0] > _runs(bits):
        best = (0, 1, count)
    _, period, start = best
    smallest = low + (bits & -bits).bit_length() - 1 if bits else None
    return Pattern(
        low,
        high,
        period,
        tuple(sorted((low + k) % period for k in range(start, start + period) if bits >> k & 1)),
        low + start,
        tuple(_ranges(bits & ((1 << start) - 1), low)),
        smallest,
    )


def _runs(bits: int) -> int:
    """Groups of neighbouring ones.

    >>> _runs(0b110100), _runs(0)
    (2, 0)
    """
    return (bits & ~(bits << 1)).bit_count()


def _ranges(bits: int, low: int) -> list[tuple[int, int]]:
    found = []
    at = low
    while bits:
        zeros = (bits & -bits).bit_length() - 1
        bits >>= zeros
        ones = (~bits & (bits + 1)).bit_length() - 1
        found.append((at + zeros, at + zeros + ones - 1))
        bits >>= ones
        at += zeros + ones
    return found


def members(bits: int, low: int) -> list[int]:
    """The sizes of a set.

    >>> members(0b1101, 10)
    [10, 12, 13]
    """
    return [low + k for k in range(bits.bit_length()) if bits >> k & 1]


def nearest(bits: int, low: int, size: int) -> tuple[int | None, int | None]:
    """The largest member below or at `size`, and the smallest at or above it.

    >>> nearest(to_bits(n % 32 == 0 for n in range(1, 1025)), 1, 460)
    (448, 480)
    """
    at = size - low
    below = bits & ((1 << (at + 1)) - 1) if at >= 0 else 0
    above = bits >> at if at > 0 else bits
    return (
        low + below.bit_length() - 1 if below else None,
        low + max(at, 0) + (above & -above).bit_length() - 1 if above else None,
    )
