"""Sets of pixels on one axis: a `range` wherever one will do, else a bit set.

Windows make ranges of ranges, so nearly every set stays a range and costs nothing, however wide
it is; only true holes need bits. Sets are never empty: None stands for a unit that sees nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Bits(NamedTuple):
    """The pixels start + i for every bit i of `mask`; bit 0 is always set."""

    start: int
    mask: int


Pixels = range | Bits

# A bit set wider than this is not kept: it would outgrow everything else.
MAX_WIDTH = 1 << 20


class TooWideError(Exception):
    """A set with holes spreads over more than MAX_WIDTH pixels; it is not counted."""


def first(pixels: Pixels) -> int:
    """The lowest pixel."""
    return pixels.start


def last(pixels: Pixels) -> int:
    """The highest pixel.

    >>> last(range(-2, 3, 2)), last(Bits(-2, 0b1011))
    (2, 1)
    """
    if isinstance(pixels, range):
        return pixels[-1]
    return pixels.start + pixels.mask.bit_length() - 1


def size(pixels: Pixels) -> int:
    """Number of pixels.

    >>> size(range(-2, 3, 2)), size(Bits(0, 0b1011))
    (3, 3)
    """
    return len(pixels) if isinstance(pixels, range) else pixels.mask.bit_count()


def moved(pixels: Pixels, by: int) -> Pixels:
    """The same set, `by` pixels further on.

    >>> moved(range(3), 5), moved(Bits(0, 0b1011), -1)
    (range(5, 8), Bits(start=-1, mask=11))
    """
    if isinstance(pixels, range):
        return range(pixels.start + by, pixels.stop + by, pixels.step)
    return Bits(pixels.start + by, pixels.mask)


def mask_from(pixels: Pixels, origin: int) -> int:
    """The set as bits, counted from `origin`, which must not lie behind its first pixel.

    >>> bin(mask_from(range(1, 6, 2), 0))
    '0b101010'
    """
    own = _smeared(1, len(pixels), pixels.step) if isinstance(pixels, range) else pixels.mask
    return own << (pixels.start - origin)


def _smeared(mask: int, count: int, step: int) -> int:
    """`count` copies of `mask`, `step` bits apart, on top of each other."""
    if mask.bit_length() + (count - 1) * step > MAX_WIDTH:
        raise TooWideError
    done = 1
    while done < count:
        more = min(done, count - done)
        mask |= mask << (more * step)
        done += more
    return mask


def from_mask(start: int, mask: int) -> Pixels:
    """The set of the pixels start + i for every bit i of `mask`, which is not 0.

    >>> from_mask(0, 0b1110), from_mask(-1, 0b1101)
    (range(1, 4), Bits(start=-1, mask=13))
    """
    skipped = (mask & -mask).bit_length() - 1
    mask >>= skipped
    start += skipped
    if mask & (mask + 1) == 0:
        return range(start, start + mask.bit_length())
    return Bits(start, mask)


def spread(pixels: Pixels, taps: range) -> Pixels:
    """Every pixel moved by every one of `taps`: what a window sees whose units see `pixels`.

    Raises TooWideError where a set with holes becomes too wide.

    >>> spread(range(3), range(0, 7, 3)), spread(range(2), range(0, 7, 3))
    (range(0, 9), Bits(start=0, mask=219))
    """
    count = len(taps)
    if count == 1:
        return moved(pixels, taps[0])
    if isinstance(pixels, range):
        known, apart, step = len(pixels), pixels.step, taps.step
        if known == 1:
            return moved(taps, pixels.start)
        start = pixels.start + taps.start
        # One comb fills the gaps of the other: the result is a comb again.
        if step % apart == 0 and step // apart <= known:
            total = known + (count - 1) * (step // apart)
            return range(start, start + total * apart, apart)
        if apart % step == 0 and apart // step <= count:
            total = count + (known - 1) * (apart // step)
            return range(start, start + total * step, step)
        return from_mask(start, _smeared(_smeared(1, known, apart), count, step))
    return from_mask(pixels.start + taps.start, _smeared(pixels.mask, count, taps.step))


def union(sets: Sequence[Pixels]) -> Pixels:
    """The pixels of any of `sets`, of which there is at least one.

    >>> union([range(3), range(2, 5)]), union([range(2), range(4, 6)])
    (range(0, 5), Bits(start=0, mask=51))
    """
    whole = sets[0]
    for other in sets[1:]:
        whole = _joined(whole, other)
    return whole


def _joined(a: Pixels, b: Pixels) -> Pixels:
    if a == b or within(b, a):
        return a
    if within(a, b):
        return b
    plain = isinstance(a, range) and isinstance(b, range) and a.step == b.step == 1
    if plain and a.start <= last(b) + 1 and b.start <= last(a) + 1:
        return range(min(a.start, b.start), max(last(a), last(b)) + 1)
    start = min(a.start, b.start)
    if max(last(a), last(b)) - start >= MAX_WIDTH:
        raise TooWideError
    return from_mask(start, mask_from(a, start) | mask_from(b, start))


def within(a: Pixels, b: Pixels) -> bool:
    """True where `b` holds all of `a`.

    >>> within(range(0, 5, 2), range(5)), within(range(5), range(0, 5, 2))
    (True, False)
    """
    if a.start < b.start or last(a) > last(b):
        return False
    if isinstance(b, range):
        if b.step == 1:
            return True
        if isinstance(a, range):
            return a[0] in b and (len(a) == 1 or (a.step % b.step == 0))
    start = b.start
    return mask_from(a, start) & ~mask_from(b, start) == 0
