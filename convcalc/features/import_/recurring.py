"""Layers that come again and again in a row, where no name of the source says so.

The longest-saving row of parts is made a group wherever it stands, and then the next one, until
none saves a line. A row is taken only where it can be a block: nothing but its last part is read
from outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from convcalc.features.import_.nested_parts import Outside, Part

if TYPE_CHECKING:
    from convcalc.features.import_.spelling import Spelling

# Lines that a block takes beside its layers: its name, `args:` and `layers:`.
HEADER = 3
_LONGEST = 40
_MOST_OUTSIDE = 3
# Steps of one search, and of all searches of one network.
_STEPS = 150_000
ALL_STEPS = 600_000
_SHORTEST = 8


@dataclass(slots=True, eq=False)
class Listed:
    """A layer list, by one of the groups that have it; `places` tell its lines from others."""

    parts: Sequence[Part]
    places: Sequence[tuple[int | None, int]]
    owners: list[Part] = field(default_factory=list)


class Window(NamedTuple):
    """So many parts of a list, beginning with the one at `start`."""

    listed: Listed
    start: int
    size: int

    @property
    def parts(self) -> Sequence[Part]:
        """The parts themselves."""
        return self.listed.parts[self.start : self.start + self.size]


def recurring(
    spelling: Spelling,
    outside: Outside,
    lists: Sequence[Listed],
    is_refused: Callable[[Sequence[Part]], bool],
    least: float = 0.0,
) -> tuple[list[Window], int]:
    """The windows that are best made groups, and the steps taken.

    None where no more than `least` lines are saved.
    """
    total = sum(len(one.parts) for one in lists)
    longest = min(_LONGEST, max(_SHORTEST, _STEPS // max(1, total)))
    found: defaultdict[int, list[Window]] = defaultdict(list)
    steps = 0
    for listed in lists:
        for start in range(len(listed.parts) - 1):
            for mark, size in _closed(outside.last_use, listed.parts, start, longest):
                found[mark].append(Window(listed, start, size))
        steps += len(listed.parts) * longest
    best: list[Window] = []
    most = least
    for windows in found.values():
        if len(windows) > 1:
            apart = _apart(windows)
            score = _score(spelling, apart)
            if score > most and not is_refused(apart[0].parts):
                best, most = apart, score
    return best, steps


def _closed(
    last_use: Sequence[int], parts: Sequence[Part], start: int, longest: int
) -> Iterator[tuple[int, int]]:
    """Every size from 2 on in which the parts from `start` on can be a block, with its mark.

    Windows of one shape have one mark.
    """
    results: dict[int, int] = {}
    outside: dict[int, int] = {}
    mark, latest = 0, -1
    for size, part in enumerate(parts[start : start + longest], 1):
        refs = []
        for read in part.reads:
            if read in results:
                refs.append(results[read])
            else:
                # From -2 down: the hash of -1 is that of -2.
                refs.append(outside.setdefault(read, -2 - len(outside)))
        if len(outside) > 1 + _MOST_OUTSIDE:
            return
        mark = hash((mark, part.key, *refs))
        results[part.result] = size
        if size > 1 and latest < part.end and outside:
            yield mark, size
        latest = max(latest, last_use[part.result])
        if latest >= parts[-1].end:
            return


def _apart(windows: list[Window]) -> list[Window]:
    """Those of windows of one shape that do not overlap, first ones first."""
    found: list[Window] = []
    for window in windows:
        before = found[-1] if found else None
        if before and before.listed is window.listed and window.start < before.start + window.size:
            continue
        found.append(window)
    return found


def _score(spelling: Spelling, windows: list[Window]) -> float:
    """Lines saved by a block for these windows, less where people would cut elsewhere."""
    size = windows[0].size
    places = {window.listed.places[window.start] for window in windows}
    neighbours = sum(
        one.listed is other.listed and one.start + size == other.start
        for one, other in pairwise(windows)
    )
    # Neighbours become a series, which is one line.
    saved = size * len(places) - HEADER - size - max(1, len(places) - neighbours)
    return saved * _cut(spelling, windows[0]) if saved > 0 else 0.0


def _cut(spelling: Spelling, window: Window) -> float:
    """How well a window begins and ends: 1 for what papers draw as a unit, less for others."""
    nodes = spelling.graph.nodes
    parts, start, size = window.listed.parts, window.start, window.size
    inside = window.parts
    roles = ["group" if part.parts else nodes[part.first].layer.role for part in inside]
    goodness = 1.0
    if roles[0] not in ("group", "product", "norm"):
        goodness *= 0.6
    before = parts[start - 1] if start else None
    if before and roles[0] == "norm" and not before.parts:
        # The norm of the product before.
        goodness *= 0.6 if nodes[before.first].layer.role == "product" else 1.0
    products = [at for at, role in enumerate(roles) if role == "product"]
    if products and spelling.is_depthwise(nodes[inside[products[-1]].first]):
        # Channels that were not mixed wait for what mixes them.
        goodness *= 0.6
    after = parts[start + size] if start + size < len(parts) else None
    if after and not after.parts and after.reads == (inside[-1].result,):
        goodness *= 0.75 if nodes[after.first].layer.role in ("norm", "activation") else 1.0
    outside = {read for part in inside for read in part.reads if read < inside[0].first}
    return goodness * 0.9 ** (len(outside) - 1)
