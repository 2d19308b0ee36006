"""Heads of keys and values that were spread to those of the queries: what they were before.

`repeat_kv` of LLaMA and its like makes each head of the keys several in a row. Attention reads them
as they were, with fewer heads.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from math import prod
from typing import NamedTuple

from convcalc.importers.tensor_views import View


class Spread(NamedTuple):
    """A layer that spread `before` to `after`; `became` says which part of it each part is."""

    before: View
    after: View
    became: Mapping[int, int]

    def undone(self, view: View) -> View | None:
        """`before` with the axes of `view`, which is `after` moved; None where others were spread.

        New parts are the last ones in front of positions and features.

        >>> before = View(0, (2, 5, 8), ((0, 2), (1,)), ((0,), (), (1,), (2,)))
        >>> after = View(1, (2, 5, 8, 3), ((0, 2), (1,), (3,)), ((0,), (3,), (1,), (2,)))
        >>> heads = after.reshaped((6, 5, 8))
        >>> Spread(before, after, {0: 0, 1: 1, 2: 2}).undone(heads).dims
        (2, 5, 8)
        """
        now = self._now(view)
        if now is None:
            return None
        old = [part for whole in self.became.values() for part in now[whole]]
        lead = [*chain.from_iterable(view.axes[:-2])]
        count = len(lead) - sum(part in old for part in lead)
        if not count or len(old) + count != len(view.sizes) or not {*lead[-count:]}.isdisjoint(old):
            return None
        number = {part: place for place, part in enumerate(sorted(old))}
        own = tuple(
            tuple(number[part] for whole in axis for part in now[self.became[whole]])
            for axis in self.before.own
        )
        axes = tuple(tuple(number[part] for part in axis if part in number) for axis in view.axes)
        sizes = tuple(view.sizes[part] for part in sorted(old))
        return View(self.before.at, sizes, own, axes, view.by)

    def _now(self, view: View) -> dict[int, list[int]] | None:
        """The parts of `view` that each part of `after` has become; None where they were joined."""
        rest = iter(chain.from_iterable(view.own))
        found: dict[int, list[int]] = {}
        for part in chain.from_iterable(self.after.own):
            parts = found.setdefault(part, [])
            while prod(view.sizes[one] for one in parts) < self.after.sizes[part]:
                one = next(rest, None)
                if one is None:
                    return None
                parts.append(one)
            if prod(view.sizes[one] for one in parts) != self.after.sizes[part]:
                return None
        return found
