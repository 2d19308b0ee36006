"""Links: which units of its input one unit of a layer reads, on one axis.

Sources: the definitions of the operations in PyTorch's documentation; for transposed
convolutions Dumoulin & Visin, "A guide to convolution arithmetic for deep learning".
"""

from __future__ import annotations

from fractions import Fraction
from math import floor, gcd
from typing import NamedTuple

from convcalc.core.arithmetic import adaptive_bin
from convcalc.core.shapes import Window

# A pattern longer than this is not followed: its tables would outgrow the network.
MAX_PATTERN = 4096
# Nor one whose next table would take more look-ups than this in all.
MAX_LOOKS = 2**18
# Units that the patterns of all different layers of a network may list together: 200 MB.
MAX_LISTED = 2_000_000


class Link(NamedTuple):
    """Which units of its input one unit of a layer reads, on one axis.

    `taps[r]` holds the input indices read by unit r; unit r + len(taps) reads the same, moved
    by `rise`. An empty range is a unit that sees nothing (a kernel smaller than the stride of
    a transposed layer).

    With `units` the taps are those of all units of a map of so many, and nothing repeats:
    beyond it no unit stands, and none is read. `is_even` is False where neighbours read now a
    near place, now a far one, as tokens do that are the rows of a map one behind the other.
    """

    rise: int
    taps: tuple[range, ...]
    units: int | None = None
    is_even: bool = True


POINTWISE = Link(1, (range(0, 1),))

# A layer whose own pattern is longer than MAX_PATTERN: it stands, but nothing follows it.
TOO_LONG = Link(0, ())

NOWHERE = Fraction(0)


def window_link(window: Window) -> Link:
    """Unit u reads u*s - before, and k - 1 more taps, d apart.

    >>> window_link(Window(kernel=3, stride=2, before=1, after=1))
    Link(rise=2, taps=(range(-1, 2),), units=None, is_even=True)
    """
    first = -window.before
    return Link(window.stride, (range(first, first + window.span, window.dilation),))


def past_link(units: int, size: int, reverse: bool = False) -> Link:
    """Unit u reads the positions 0 to u of `size`; `reverse`: those from u on.

    What a causal mask leaves, and what a recurrent layer has gone through.

    >>> past_link(3, 3).taps, past_link(3, 3, reverse=True).taps[1]
    ((range(0, 1), range(0, 2), range(0, 3)), range(1, 3))
    """
    if units > MAX_PATTERN:
        return TOO_LONG
    taps = (range(min(u, size), size) if reverse else range(min(u + 1, size)) for u in range(units))
    return Link(units, tuple(taps), units)


def transposed_link(window: Window) -> Link:
    """Unit u reads the inputs v with v*s + j*d = u + before for some tap j.

    The pattern repeats every s units; TOO_LONG where s is beyond MAX_PATTERN.

    >>> transposed_link(Window(kernel=3, stride=2, before=1, after=1)).taps
    (range(0, 1), range(0, 2))
    """
    if window.stride > MAX_PATTERN:
        return TOO_LONG
    return Link(1, tuple(_transposed_taps(window, u) for u in range(window.stride)))


def _transposed_taps(window: Window, unit: int) -> range:
    kernel, stride, before, _, dilation = window
    common = gcd(stride, dilation)
    shifted = unit + before
    if shifted % common:
        return range(0)
    # Taps j with j*d = shifted (mod s) lie s/common apart.
    period = stride // common
    tap = shifted // common * pow(dilation // common, -1, period) % period if period > 1 else 0
    if tap >= kernel:
        return range(0)
    count = (kernel - 1 - tap) // period + 1
    last = (shifted - tap * dilation) // stride
    step = dilation // common
    return range(last - (count - 1) * step, last + 1, step)


def adaptive_link(size: int, bins: int) -> Link:
    """Bins of an adaptive pool: they repeat after bins / gcd(size, bins).

    >>> adaptive_link(4, 2)
    Link(rise=2, taps=(range(0, 2),), units=None, is_even=True)
    """
    common = gcd(size, bins)
    if bins // common > MAX_PATTERN:
        return TOO_LONG
    spans = (adaptive_bin(j, size, bins) for j in range(bins // common))
    return Link(size // common, tuple(range(first, end) for first, end in spans))


def nearest_link(ratio: Fraction, offset: Fraction = NOWHERE) -> Link:
    """Nearest resampling by `ratio` input pixels a unit.

    Unit u copies pixel floor(u * ratio + offset).

    >>> nearest_link(Fraction(1, 2))
    Link(rise=1, taps=(range(0, 1), range(0, 1)), units=None, is_even=True)
    """
    rise, pattern = ratio.numerator, ratio.denominator
    if pattern > MAX_PATTERN:
        return TOO_LONG
    pixels = (floor(unit * ratio + offset) for unit in range(pattern))
    return Link(rise, tuple(range(pixel, pixel + 1) for pixel in pixels))


def resample_link(ratio: Fraction, neighbours: int, offset: Fraction) -> Link:
    """Linear (2 neighbours) or cubic (4) resampling by `ratio` input pixels a unit.

    Unit u stands at u * ratio + offset; one that lands on a pixel reads it alone.
    Source: PyTorch's area_pixel_compute_source_index.

    >>> resample_link(Fraction(1, 2), 2, offset=Fraction(-1, 4)).taps
    (range(-1, 1), range(0, 2))
    """
    if ratio.denominator > MAX_PATTERN:
        return TOO_LONG
    outer = neighbours // 2
    taps = []
    for unit in range(ratio.denominator):
        at = unit * ratio + offset
        pixel = at.numerator // at.denominator
        whole = at.denominator == 1
        taps.append(
            range(pixel, pixel + 1) if whole else range(pixel - outer + 1, pixel + outer + 1)
        )
    return Link(ratio.numerator, tuple(taps))
