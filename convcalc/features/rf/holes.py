"""Holes in the field of a chain: when dilation and stride leave pixels out, and what repairs it.

A unit of a chain uses the sums of one tap of every layer, so its pixels are those of combs laid
over each other: layer l is a comb of k taps, step = jump * d pixels apart. Sorted by step, combs
grow a window without holes as long as the next step is no larger than the window so far.

The criterion is exact, across strides too. The published "hybrid dilated convolution" rule
(Wang et al. 2018) is not: it passes [2, 2, 2], which uses 7 of 13 pixels, and rejects [1, 3, 1],
which uses all 11.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convcalc.features.rf.pixel_sets import Pixels, size, spread


class Comb(NamedTuple):
    """`taps` pixels, `step` apart."""

    step: int
    taps: int


def has_holes(combs: Iterable[Comb]) -> bool:
    """True where some pixel between the first and the last is not used.

    Sorted by step, with c = 1 at first: holes iff some step > c, else c += (k - 1) * step.

    >>> has_holes([Comb(2, 3)] * 3), has_holes([Comb(1, 3), Comb(3, 3), Comb(1, 3)])
    (True, False)
    """
    filled = 1
    for step, taps in sorted(comb for comb in combs if comb.taps > 1):
        if step > filled:
            return True
        filled += (taps - 1) * step
    return False


def extent(combs: Iterable[Comb]) -> int:
    """Pixels from the first to the last.

    >>> extent([Comb(2, 3)] * 3)
    13
    """
    return 1 + sum((taps - 1) * step for step, taps in combs)


def pixels_used(combs: Iterable[Comb]) -> int:
    """Pixels that are used, exact. Raises TooWideError beyond a million.

    >>> pixels_used([Comb(2, 3)] * 3)
    7
    """
    pixels: Pixels = range(1)
    for step, taps in sorted(combs):
        pixels = spread(pixels, range(0, step * taps, step))
    return size(pixels)


class Dilated(NamedTuple):
    """A layer whose dilation may be changed: its taps, its jump, and the dilation it has."""

    taps: int
    jump: int
    dilation: int

    @property
    def comb(self) -> Comb:
        """The comb that the layer lays over the field."""
        return Comb(self.jump * self.dilation, self.taps)


def repaired(layers: Sequence[Dilated], fixed: Sequence[Comb]) -> tuple[int, ...] | None:
    """Dilations without holes for `layers`, beside combs that stay; None where there are none.

    The set has as many dilations as there are layers, is as wide as the old one where that is
    possible and else as wide as can be, and lowers no dilation without need. Equal layers get
    their dilations in the order of the old ones.

    >>> repaired([Dilated(3, 1, 2)] * 3, [])
    (1, 2, 3)
    >>> repaired([Dilated(3, 1, 4)] * 3, [Comb(1, 3)])
    (3, 4, 5)
    """
    order = sorted(range(len(layers)), key=lambda at: (layers[at].comb, at))
    dilations = [layer.dilation for layer in layers]
    combs = _lowered(layers, fixed, order, dilations)
    if has_holes(combs.elements()):
        return None
    missing = extent([layer.comb for layer in layers]) - extent(
        layer._replace(dilation=dilation).comb
        for layer, dilation in zip(layers, dilations, strict=True)
    )
    # Widen from the last on: what a later layer gains costs the earlier ones nothing.
    widened = True
    while widened:
        widened = False
        for at in reversed(order):
            layer = layers[at]
            gain = (layer.taps - 1) * layer.jump
            if not gain or missing < gain:
                continue
            own = layer._replace(dilation=dilations[at]).comb
            combs[own] -= 1
            more = min(missing // gain, _filled(combs) // layer.jump - dilations[at])
            if more > 0:
                dilations[at] += more
                missing -= more * gain
                widened = True
            combs[layer._replace(dilation=dilations[at]).comb] += 1
            if not combs[own]:
                del combs[own]
    return tuple(dilations)


def _lowered(
    layers: Sequence[Dilated], fixed: Sequence[Comb], order: Sequence[int], dilations: list[int]
) -> Counter[Comb]:
    """Lowers every dilation that leaves a hole, the smallest steps first; all combs then."""
    combs = Counter(fixed)
    for at in order:
        layer = layers[at]
        reach = _filled(combs, layer.comb.step)
        dilations[at] = min(layer.dilation, max(1, reach // layer.jump))
        combs[layer._replace(dilation=dilations[at]).comb] += 1
    return combs


def _filled(combs: Counter[Comb], below: int | None = None) -> int:
    """The window that combs (of steps up to `below`) fill without holes.

    Equal combs are taken at once: a deep chain has few different ones.
    """
    filled = 1
    for comb in sorted(combs):
        step, taps = comb
        if taps > 1:
            if step > filled or (below is not None and step > below):
                break
            filled += combs[comb] * (taps - 1) * step
    return filled
