"""Which units of a layer read nothing of an input: padding alone, or no tap at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from convcalc.core.links import MAX_PATTERN, Link
from convcalc.core.reach import PatternError, standing


def idle_units(link: Link, units: int, count: int) -> frozenset[int]:
    """Those of so many `units` that read none of `count` positions.

    Raises PatternError where there are more than MAX_PATTERN, which are not listed.

    >>> from convcalc.core.links import transposed_link, window_link
    >>> from convcalc.core.shapes import Window
    >>> sorted(idle_units(window_link(Window(kernel=1, stride=2, before=1, after=1)), 4, 6))
    [0]
    >>> sorted(idle_units(transposed_link(Window(kernel=1, stride=2)), 5, 3))
    [1, 3]
    """
    runs = [*_idle(link, units, count)]
    if sum(map(len, runs)) > MAX_PATTERN:
        raise PatternError
    return frozenset(chain.from_iterable(runs))


def some_read(link: Link, units: int, count: int) -> bool:
    """True where one of so many `units` reads one of `count` positions. Raises PatternError."""
    return sum(map(len, _idle(link, units, count))) < units


def _idle(link: Link, units: int, count: int) -> Iterator[range]:
    """The same, those of a phase in a row as one."""
    period = len(link.taps)
    for phase, taps in enumerate(link.taps[:units]):
        turns = (units - 1 - phase) // period + 1
        for idle in _idle_turns(taps, link.rise, turns, count):
            yield range(idle.start * period + phase, idle.stop * period + phase, period)


def _idle_turns(taps: range, rise: int, turns: int, count: int) -> Iterator[range]:
    """Of so many turns of a pattern, those of which no tap lies on the positions."""
    if not taps or not rise:
        # All turns read the same.
        yield range(0 if standing(taps, 0, count) else turns)
        return
    before = min(max(-(taps[-1] // rise), 0), turns)
    beyond = min(max(-((taps[0] - count) // rise), before), turns)
    yield range(before)
    yield range(beyond, turns)
    if taps.step <= count or len(taps) == 1:
        return
    # Holes may be wider than the map.
    if beyond - before > MAX_PATTERN:
        raise PatternError
    for turn in range(before, beyond):
        if not standing(taps, turn * rise, count):
            yield range(turn, turn + 1)
