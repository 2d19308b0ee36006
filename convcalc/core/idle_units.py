"""Which units of a layer read nothing of an input: padding alone, or no tap at all."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.core.links import MAX_LOOKS, Link
from convcalc.core.reach import PatternError, standing


def idle_units(link: Link, units: int, count: int) -> frozenset[int]:
    """Those of so many `units` that read none of `count` positions.

    Raises PatternError where more than MAX_LOOKS units stand at the border.

    >>> from convcalc.core.links import transposed_link, window_link
    >>> from convcalc.core.shapes import Window
    >>> sorted(idle_units(window_link(Window(kernel=1, stride=2, before=1, after=1)), 4, 6))
    [0]
    >>> sorted(idle_units(transposed_link(Window(kernel=1, stride=2)), 5, 3))
    [1, 3]
    """
    rise, taps = link.rise, link.taps
    if len(taps) == 1 and taps[0] and taps[0].step == 1 and rise:
        # Windows without holes: the first and the last one tell.
        first, last = taps[0][0] + (units - 1) * rise, taps[0][-1]
        if last >= 0 and first < count:
            return frozenset()
    return frozenset(_idle(link, units, count))


def _idle(link: Link, units: int, count: int) -> Iterator[int]:
    period, looks = len(link.taps), 0
    for phase, taps in enumerate(link.taps[:units]):
        turns = (units - 1 - phase) // period + 1
        for turn in _at_the_border(taps, link.rise, turns, count):
            looks += 1
            if looks > MAX_LOOKS:
                raise PatternError
            if not standing(taps, turn * link.rise, count):
                yield turn * period + phase


def _at_the_border(taps: range, rise: int, turns: int, count: int) -> Iterator[int]:
    """Of so many turns of a pattern, those of which some taps may lie outside."""
    if not taps or not rise:
        # All turns read the same.
        yield from range(0 if standing(taps, 0, count) else turns)
        return
    inside = min(max(-(taps[0] // rise), 0), turns)
    beyond = max((count - 1 - taps[-1]) // rise + 1, inside)
    yield from range(inside)
    yield from range(beyond, turns)
