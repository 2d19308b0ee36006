"""One unit walked back through the graph, every map clipped: the pixels that it really uses.

A map is a dictionary of rows: the indices of all axes but the last give a key, and the last axis
is one large integer with a field of `width` bits for each pixel. With a width of 1 fields are
joined by `or` and say which pixels are used; wider fields are added and count paths. Either way
a row is moved and scaled by a handful of operations on large integers, whatever its length.

Padding is not part of any map: what falls outside is gone, at every layer, not only at the input.
Padding that repeats real pixels (reflect, replicate, circular) is folded back onto them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from math import prod
from operator import add, or_
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.bounded_work import Budget, WorkError
from convcalc.core.links import Link
from convcalc.core.shapes import Shape, spatial
from convcalc.kinds.base import POINTWISE_LINKS

if TYPE_CHECKING:
    from convcalc.core.arrangement import Arrangement
    from convcalc.features.rf.lens import Lens
    from convcalc.kinds.base import Facts, Kind

Rows = dict[tuple[int, ...], int]

# A map of more bits than this is not drawn up: 32 MiB of it.
MAX_BITS = 1 << 28
# Bits that are moved on the way back in all, and what a look-up counts for beside them.
MAX_MOVED = 1 << 36
LOOK_UP = 1 << 12


class TooLargeError(Exception):
    """The maps between a unit and the input hold, or the way back moves, too many bits."""


class Back(NamedTuple):
    """What a unit uses: rows by source, and whether some path sees a whole map.

    `at_most`: some pixels may be too many, for only some channels of a position were asked for.
    """

    rows: dict[int, Rows]
    whole: bool
    at_most: bool


class Canvas:
    """The way back from one unit; `width` is the number of bits a pixel, 1 or a multiple of 4."""

    def __init__(self, lens: Lens, width: int = 1) -> None:
        self.lens, self.width = lens, width
        self.counts = width > 1
        self.join: Callable[[int, int], int] = add if self.counts else or_
        self.budget = Budget(MAX_MOVED)

    def back(self, index: int, unit: tuple[int, ...]) -> Back:
        """The rows of every source that the unit of the layer `index` depends on.

        Raises TooLargeError.
        """
        try:
            return self._back(index, unit)
        except WorkError:
            raise TooLargeError from None

    def _back(self, index: int, unit: tuple[int, ...]) -> Back:
        lens = self.lens
        maps: dict[int, Rows] = {index: {unit[:-1]: 1 << ((unit[-1] if unit else 0) * self.width)}}
        found: dict[int, Rows] = {}
        whole = at_most = False
        # Layers of which only some channels are asked for.
        partly: set[int] = set()
        for at in lens.back_from(index):
            rows = maps.pop(at, None)
            if rows is None:
                continue
            if at in lens.sources:
                found[lens.sources.index(at)] = rows
                continue
            inputs, facts = lens.reads(at)
            own = lens.graph.shape_of(at)
            if facts.sees_all:
                whole = True
                if not self.counts:
                    rows = self._full(lens.graph.shape_of(at))
            moves = facts.arrangements or (None,) * len(inputs)
            for index_, links, move in zip(inputs, facts.links, moves, strict=True):
                shape = lens.graph.shape_of(index_)
                if at in partly and (folds(move) or facts.flow.how in ("joined", "dealt")):
                    at_most = True
                if splits(move, facts) or (at in partly and facts.flow.how != "mixed"):
                    partly.add(index_)
                if links is None and move is None and facts.flow.how in ("unfollowed", "sampled"):
                    at_most = True
                if move is not None and links is None and not self.counts:
                    pulled = self._moved(rows, move, spatial(shape))
                elif links is None:
                    whole = True
                    if self.counts:
                        continue
                    pulled = self._full(shape)
                else:
                    folding = folding_of(lens.graph.nodes[at].layer)
                    # Behind a window of one tap a map may still end in padding.
                    if links is POINTWISE_LINKS[len(links)] and shape[1:] == own[1:]:
                        pulled = rows
                    else:
                        pulled = self._pulled(rows, links, spatial(shape), folding)
                known = maps.setdefault(index_, {})
                for key, row in pulled.items():
                    known[key] = self.join(known[key], row) if key in known else row
                if not known:
                    del maps[index_]
        return Back(found, whole, at_most)

    def _moved(self, rows: Rows, move: Arrangement, sizes: Shape) -> Rows:
        """The positions that any channel of these has come from, through axes that moved."""
        self._bound(sizes)
        pulled: Rows = {}
        for key, row in rows.items():
            for last in _bits(row):
                self.budget.spend(LOOK_UP + row.bit_length())
                known: dict[int, int] = {}
                position = (*key, last)[: len(move.after) - 1]
                for parts, place in zip(move.after[1:], position, strict=True):
                    for part in reversed(parts):
                        place, known[part] = divmod(place, move.sizes[part])
                axes = [_places(parts, move.sizes, known) for parts in move.before[1:]]
                self.budget.spend(LOOK_UP * prod(map(len, axes)))
                ends = 0
                for place in axes[-1] if axes else (0,):
                    ends |= 1 << place
                for first in product(*axes[:-1]):
                    pulled[first] = pulled.get(first, 0) | ends
        return pulled

    def _full(self, shape: Shape) -> Rows:
        sizes = spatial(shape)
        if not sizes:
            return {(): 1}
        self._bound(sizes)
        row = (1 << sizes[-1]) - 1
        return dict.fromkeys(product(*map(range, sizes[:-1])), row)

    def _bound(self, sizes: Shape) -> None:
        bits = self.width
        for size in sizes:
            bits *= size
        if bits > MAX_BITS:
            raise TooLargeError

    def _pulled(self, rows: Rows, links: tuple[Link, ...], sizes: Shape, folding: str) -> Rows:
        if not all(link.taps for link in links):
            # A layer whose own pattern is too long to be followed.
            raise TooLargeError
        for axis, link in enumerate(links[:-1]):
            rows = self._leading(rows, axis, link, sizes[axis], folding)
        if len(rows) * sizes[-1] * self.width > MAX_BITS:
            raise TooLargeError
        last = {key: self._row(row, links[-1], sizes[-1], folding) for key, row in rows.items()}
        return {key: row for key, row in last.items() if row}

    def _leading(self, rows: Rows, axis: int, link: Link, size: int, folding: str) -> Rows:
        pulled: Rows = {}
        for key, row in rows.items():
            for pixel in _pixels(link, key[axis], size, folding):
                self.budget.spend(LOOK_UP + row.bit_length())
                at = (*key[:axis], pixel, *key[axis + 1 :])
                pulled[at] = self.join(pulled[at], row) if at in pulled else row
        return pulled

    def _row(self, row: int, link: Link, size: int, folding: str) -> int:
        """One row through the link of the last axis."""
        width = self.width
        low = min((taps[0] for taps in link.taps if taps), default=0)
        pulled = 0
        for phase, taps in enumerate(link.taps):
            if not taps:
                continue
            spaced = self._spaced(row, phase, len(link.taps), link.rise)
            if spaced:
                self.budget.spend(len(taps) * (spaced.bit_length() + (taps[-1] - low) * width))
                for tap in taps:
                    pulled = self.join(pulled, spaced << ((tap - low) * width))
        # Pixel `low` stands in the lowest field now.
        if folding:
            return self._folded(pulled, low, size, folding)
        pulled = pulled >> (-low * width) if low < 0 else pulled << (low * width)
        return pulled & ((1 << (size * width)) - 1)

    def _spaced(self, row: int, phase: int, period: int, rise: int) -> int:
        """Every `period`-th field from `phase` on, put `rise` fields apart."""
        if period == rise == 1:
            return row
        if rise == 0:
            return self._heaped(row, phase, period)
        digits = self.width // 4 or 1
        base = 16 if self.counts else 2
        text = f"{row:x}" if self.counts else f"{row:b}"
        text = text.zfill(-(-len(text) // digits) * digits)
        fields = [text[at : at + digits] for at in range(len(text) - digits, -1, -digits)]
        chosen = fields[phase::period]
        if not chosen:
            return 0
        return int(("0" * (digits * max(rise - 1, 0))).join(reversed(chosen)), base)

    def _heaped(self, row: int, phase: int, period: int) -> int:
        """Every `period`-th field from `phase` on, all in one place."""
        field, total = (1 << self.width) - 1, 0
        self.budget.spend(row.bit_length() // (period * self.width) * row.bit_length())
        row >>= phase * self.width
        while row:
            total = self.join(total, row & field)
            row >>= period * self.width
        return total

    def _folded(self, pulled: int, low: int, size: int, folding: str) -> int:
        field = (1 << self.width) - 1
        result = 0
        self.budget.spend(pulled.bit_length() // self.width * (LOOK_UP + pulled.bit_length()))
        for place in range(-(-pulled.bit_length() // self.width)):
            value = pulled >> (place * self.width) & field
            if value:
                pixel = folded(place + low, size, folding)
                result = self.join(result, value << (pixel * self.width))
        return result


def folds(move: Arrangement | None) -> bool:
    """True where positions become channels."""
    return move is not None and any(
        part in move.after[0] and move.sizes[part] > 1 for own in move.before[1:] for part in own
    )


def splits(move: Arrangement | None, facts: Facts) -> bool:
    """True where a unit has only some of the channels of a position."""
    if move is None:
        return facts.flow.how == "picked"
    return any(
        part in move.before[0] and move.sizes[part] > 1 for own in move.after[1:] for part in own
    )


def _bits(row: int) -> Iterator[int]:
    """The places of the ones of an integer."""
    while row:
        low = row & -row
        yield low.bit_length() - 1
        row ^= low


def _places(parts: Sequence[int], sizes: Shape, known: Mapping[int, int]) -> list[int]:
    """The places on an axis of these parts, of which some are known and all others are free."""
    found = [0]
    for part in parts:
        values = (known[part],) if part in known else range(sizes[part])
        found = [place * sizes[part] + value for place in found for value in values]
    return found


def _pixels(link: Link, unit: int, size: int, folding: str) -> Iterator[int]:
    """The pixels that `unit` reads through `link`, on a map of `size`."""
    turns, phase = divmod(unit, len(link.taps))
    moved = turns * link.rise
    for tap in link.taps[phase]:
        pixel = tap + moved
        if 0 <= pixel < size:
            yield pixel
        elif folding:
            yield folded(pixel, size, folding)


def folding_of(layer: Kind) -> str:
    """How a layer's padding repeats real pixels; empty where it is zeros or a constant."""
    return layer.folding()


def folded(pixel: int, size: int, mode: str) -> int:
    """The real pixel that stands at `pixel` of the padded map.

    >>> [folded(-2, 5, mode) for mode in ("reflect", "replicate", "circular")]
    [2, 0, 3]
    """
    if 0 <= pixel < size:
        return pixel
    if mode == "replicate":
        return min(max(pixel, 0), size - 1)
    if mode == "circular":
        return pixel % size
    turn = 2 * (size - 1)
    pixel = pixel % turn if turn else 0
    return min(pixel, turn - pixel)


def links_taps(facts: Facts) -> list[tuple[Link, ...]]:
    """The links of a layer that keep positions."""
    return [links for links in facts.links if links is not None]
