"""A tall column of ranks broken into several that stand side by side."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from convcalc.report.diagram.ranks import Ranks

# Width to height of a slide, and the part of its columns that must be filled.
WIDE = 1.6
_FILLED = 0.65
_MOST = 60


class Band(NamedTuple):
    """The ranks [first, end), which stand in one column."""

    first: int
    end: int


def cuts(ranks: Ranks) -> list[int]:
    """The ranks before which a column may begin: where all that leads down leaves one node.

    >>> from convcalc.report.diagram.ranks import ranked
    >>> cuts(ranked(4, [(0, 1), (1, 2), (0, 2), (2, 3)]))
    [1, 3]
    """
    rows = ranks.ranks
    return [
        at for at in range(1, len(rows)) if len(rows[at - 1]) == 1 and rows[at - 1][0] < ranks.nodes
    ]


def wrapped_ranks(
    heights: Sequence[float], allowed: Sequence[int], dear: Sequence[int], width: float
) -> list[Band]:
    """The bands that come nearest to the form of a slide.

    `heights` has the height of each rank, `allowed` where a column may begin, `dear` how many
    blocks a cut there would break, and `width` is that of the whole as one column.

    >>> wrapped_ranks([100] * 8, list(range(1, 8)), [0] * 8, 200)
    [Band(first=0, end=3), Band(first=3, end=6), Band(first=6, end=8)]
    """
    best, found = inf, [Band(0, len(heights))]
    for count in range(1, min(_MOST, len(allowed) + 1) + 1):
        bands = _broken(heights, allowed, dear, count)
        tallest = max(sum(heights[band.first : band.end]) for band in bands)
        ratio = len(bands) * width / tallest / WIDE
        misfit = max(ratio, 1 / ratio)
        filled = sum(heights) / (len(bands) * tallest)
        if misfit < best and filled >= _FILLED:
            best, found = misfit, bands
    return found


def _broken(
    heights: Sequence[float], allowed: Sequence[int], dear: Sequence[int], count: int
) -> list[Band]:
    """About `count` columns, each cut where the fewest blocks break, near to its share."""
    share = sum(heights) / count
    bands: list[Band] = []
    first, total = 0, 0.0
    pending: list[tuple[float, int]] = []
    places = set(allowed)
    for at, height in enumerate(heights):
        if at in places and at > first and total >= 0.6 * share:
            pending.append((dear[at] + abs(total - share) / share, at))
        total += height
        if total > 1.15 * share and pending:
            _, cut = min(pending)
            bands.append(Band(first, cut))
            first, total = cut, sum(heights[cut : at + 1])
            pending = []
    return [*bands, Band(first, len(heights))]
