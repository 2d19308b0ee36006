"""CC424 taps-in-padding."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import ClassVar

from convcalc.core.arithmetic import ceil_div
from convcalc.core.errors import Problem
from convcalc.core.shapes import Window, format_shape
from convcalc.features.check.rules.base import Rule, Subject
from convcalc.features.check.rules.places import sites
from convcalc.kinds.conv import Conv

# Larger kernels on maps below the stride are not looked at tap by tap.
_MOST_TAPS = 10_000


class TapsInPadding(Rule):
    """A convolution with taps that meet nothing but padding, wherever the kernel stands.

    Why: their weights are learnt from zeros and do nothing: a 3x3 kernel on a map of one pixel is
    a 1x1 kernel, and a dilation as large as the map leaves the middle tap alone.

    Bad:

    ```yaml
    convcalc: 1
    input: [64, 16, 16]
    layers:
      - conv: {out: 64, k: 3, d: 24, p: 24}
    ```

    Good:

    ```yaml
    convcalc: 1
    input: [64, 16, 16]
    layers:
      - conv: {out: 64, k: 3, p: 1}
      - relu
      - conv: {out: 64, k: 3, d: 3, p: 3}
    ```

    Source: Chen et al., "Rethinking Atrous Convolution for Semantic Image Segmentation" (2017),
    section 3.3 and figure 4.
    """

    code: ClassVar[str] = "CC424"

    @classmethod
    def find(cls, subject: Subject) -> Iterator[Problem]:
        for site in sites(subject, Conv):
            if site.layer.padding_mode != "zeros":
                continue
            sizes = list(zip(site.x[1:], site.row.output[1:], site.windows, strict=True))
            meeting = tuple(_meeting(*axis) for axis in sizes)
            taps = tuple(w.kernel for w in site.windows)
            if meeting != taps:
                idle = prod(taps) - prod(meeting)
                yield cls.at(
                    site.row,
                    f"{idle} of the {prod(taps)} taps of `{site.row.name}` "
                    f"{'meets' if idle == 1 else 'meet'} only padding",
                    note=f"{format_shape(meeting)} of the kernel of {format_shape(taps)} meets "
                    f"pixels of {format_shape(site.x[1:])}",
                    help="use a smaller kernel or dilation, or a larger map",
                    field="kernel_size",
                )


def _meeting(size: int, count: int, w: Window) -> int:
    """Taps that read a real pixel at one position at least.

    >>> _meeting(1, 1, Window(3, 1, 1, 1)), _meeting(2, 2, Window(3, 1, 1, 1))
    (1, 3)
    """
    # Tap j stands u*s - before + j*d at position u; at the last one it is furthest to the right.
    low, high = w.before - (count - 1) * w.stride, w.before + size - 1
    if w.stride <= size:
        # A tap moves on by no more than the map is wide: it cannot leap over all of it.
        taps = range(max(0, ceil_div(low, w.dilation)), min(w.kernel - 1, high // w.dilation) + 1)
        return len(taps)
    if w.kernel > _MOST_TAPS:
        return w.kernel
    offsets = (tap * w.dilation - w.before for tap in range(w.kernel))
    return sum(_meets(offset, size, count, w.stride) for offset in offsets)


def _meets(offset: int, size: int, count: int, stride: int) -> bool:
    """True where offset + u * stride is a pixel for some u of `count`."""
    unit = ceil_div(max(0, -offset), stride)
    return unit < count and offset + unit * stride < size


RULE = TapsInPadding
