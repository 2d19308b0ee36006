"""Which layer lays out the axes of a view in another way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise
from typing import Any

from convcalc.core.arrangement import Parts
from convcalc.core.shapes import AXIS_NAMES
from convcalc.importers.tensor_views import View
from convcalc.kinds.base import Kind
from convcalc.kinds.reshape_family import Flatten, Reshape

Axes = tuple[Parts, ...]


def moving(view: View, wanted: Axes) -> tuple[type[Kind], dict[str, Any]]:
    """The kind and the fields of a layer that lays out `view` as `wanted`.

    The plainest that says it: a view without work where the order stays, else a permutation, a
    shuffle, or a pattern.
    """
    own = view.own
    shape = tuple(view.size(axis) for axis in wanted)
    if tuple(chain(*own)) == tuple(chain(*wanted)):
        if len(wanted) == 1:
            return Flatten, {}
        if len(own) > 2 and wanted == (own[0], tuple(chain(*own[1:]))):
            return Flatten, {"axis": "positions"}
        return Reshape, {"shape": shape}
    if sorted(own) == sorted(wanted):
        # What most models have no need of is loaded here and below when it is.
        from convcalc.kinds.axes_family import Permute

        left = list(enumerate(own))
        order = []
        for axis in wanted:
            found = next(one for one in left if one[1] == axis)
            left.remove(found)
            order.append(found[0])
        return Permute, {"axes": tuple(order)}
    return _shuffle(view, wanted) or _pattern(view, wanted)


def _merged(view: View, wanted: Axes) -> tuple[View, Axes]:
    """The same, with elementary axes that never part joined into one."""
    follows: dict[int, int] = {}
    for axes in (view.own, wanted):
        pairs = {first: second for axis in axes for first, second in pairwise(axis)}
        follows = (
            pairs
            if axes is view.own
            else {first: second for first, second in follows.items() if pairs.get(first) == second}
        )
    second = set(follows.values())
    number: dict[int, int] = {}
    sizes: list[int] = []
    for part in range(len(view.sizes)):
        if part not in second:
            number[part] = len(sizes)
            size, last = view.sizes[part], part
            while last in follows:
                last = follows[last]
                size *= view.sizes[last]
            sizes.append(size)
    own, asked = (
        tuple(tuple(number[part] for part in axis if part in number) for axis in axes)
        for axes in (view.own, wanted)
    )
    return View(view.at, tuple(sizes), own, own), asked


def _shuffle(view: View, wanted: Axes) -> tuple[type[Kind], dict[str, Any]] | None:
    from convcalc.kinds.channel_family import ChannelShuffle
    from convcalc.kinds.pixel_family import PixelShuffle, PixelUnshuffle

    merged, asked = _merged(view, wanted)
    own = merged.own
    if len(own[0]) == 2 and asked == (own[0][::-1], *own[1:]):
        return ChannelShuffle, {"groups": merged.sizes[own[0][0]]}
    for kind, near, far in ((PixelShuffle, own, asked), (PixelUnshuffle, asked, own)):
        # (c r q) h w and c (h r) (w q), with r = q.
        if len(near[0]) == len(near):
            channels, *blocks = near[0]
            spread = ((*axis, block) for axis, block in zip(near[1:], blocks, strict=True))
            factors = {merged.sizes[block] for block in blocks}
            if far == ((channels,), *spread) and len(factors) == 1:
                return kind, {"factor": factors.pop()}
    return None


def _pattern(view: View, wanted: Axes) -> tuple[type[Kind], dict[str, Any]]:
    from convcalc.kinds import rearrange

    merged, asked = _merged(view, wanted)
    words = ("c", *(name[0] for name in AXIS_NAMES[len(merged.own) - 1]))
    names: dict[int, str] = {}
    sizes: dict[str, int] = {}
    for word, axis in zip(words, merged.own, strict=True):
        for place, part in enumerate(axis, 1):
            names[part] = word if len(axis) == 1 else f"{word}{place}"
            if place > 1:
                sizes[names[part]] = merged.sizes[part]
    before, after = (
        pattern_side([[names[part] for part in axis] for axis in axes])
        for axes in (merged.own, asked)
    )
    return rearrange.Rearrange, {"pattern": f"{before} -> {after}", "sizes": sizes}


def pattern_side(axes: Sequence[Sequence[str]]) -> str:
    """One side of a pattern.

    >>> pattern_side([["c"], ["h", "p"], []])
    'c (h p) 1'
    """
    words = (" ".join(axis) for axis in axes)
    return " ".join(f"({word})" if " " in word else word or "1" for word in words)
