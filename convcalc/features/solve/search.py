"""`convcalc solve`: every layer, or every chain of layers, that maps one size to another.

A best-first walk over chains. What a chain still has to pay at least is known exactly (by the
same recurrence, backwards from the target), so that chains come out in the order of the rule and
no part is looked at in vain. With constraints on field and cost the walk goes on until enough
chains hold, or until the work allowed is done; it then says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from convcalc.features.solve.candidates import (
    CHANGES,
    DROPPED,
    PLACES,
    UNEVEN,
    Axes,
    Found,
    Layers,
)

MAX_WORK = 200_000
# Ranks are tuples of small counts, kept as one number each: sums and comparisons are then one
# operation. No count may reach this.
_DIGIT = 1 << 48
_CHANGE, _UNEVEN, _DROP = (1 << 48 * (PLACES - 1 - at) for at in (CHANGES, UNEVEN, DROPPED))


@dataclass(frozen=True, slots=True)
class Solution:
    """Layers from input to output, and the sizes before, between and behind them."""

    layers: tuple[Found, ...]
    sizes: tuple[Axes, ...]


# What a constraint says of the first layers of a chain: False where no chain that begins with
# them can hold.
Allows = Callable[[Solution, bool], bool]


class _StoppedError(Exception):
    """The work allowed is done."""


Link = tuple[int, Found, Axes]


@dataclass(slots=True)
class Search:
    """One question. `work` counts the layers looked at, `is_stopped` that the bound was met."""

    layers: Layers
    start: Axes
    target: Axes
    count: int = 1
    allows: Allows | None = None
    max_work: int = MAX_WORK
    work: int = 0
    is_stopped: bool = False
    _onwards: dict[Axes, list[Link]] = field(default_factory=dict)
    _into: dict[Axes, list[Link]] = field(default_factory=dict)
    _known: dict[tuple[Axes, int, Found], int | None] = field(default_factory=dict)
    _changed: dict[tuple[Axes, int], int | None] = field(default_factory=dict)
    _bases: dict[Found, int] = field(default_factory=dict)
    _reach: dict[tuple[int, int], Axes] = field(default_factory=dict)

    def solutions(self) -> Iterator[Solution]:
        """Every solution within the bounds, the most usual first; none is left out.

        Ends early, with `is_stopped`, once `max_work` layers were looked at.

        >>> from convcalc.features.solve.candidates import Bounds
        >>> search = Search(Layers("window", False, Bounds()), (224,), (112,))
        >>> next(search.solutions()).layers[0]
        Found(kernel=3, stride=2, dilation=1, padding=(1,), extra=(0,))
        """
        try:
            yield from self._one_layer() if self.count == 1 else self._chains()
        except _StoppedError:
            self.is_stopped = True

    def _one_layer(self) -> Iterator[Solution]:
        links = []
        try:
            for link in self._links_into(self.start):
                links.append(link)
        except _StoppedError:
            self.is_stopped = True
        for _, layer, _ in sorted(links):
            solution = Solution((layer,), (self.start, self.target))
            if self.allows is None or self.allows(solution, True):
                yield solution

    def _chains(self) -> Iterator[Solution]:
        # Python's own stack holds one frame a layer.
        heap: list[tuple[int, int, tuple[Found, ...], tuple[Axes, ...]]] = [
            (0, 0, (), (self.start,))
        ]
        while heap:
            _, paid, layers, sizes = heappop(heap)
            solution = Solution(layers, sizes)
            is_whole = len(layers) == self.count
            if layers and self.allows is not None and not self.allows(solution, is_whole):
                continue
            if is_whole:
                yield solution
                continue
            left = self.count - len(layers)
            for price, layer, output in self._links(sizes[-1], left):
                rest = self._least(output, left - 1, layer)
                if rest is None:
                    continue
                spent = paid + price
                if layers and layers[-1] != layer:
                    spent += _CHANGE
                self._count()
                heappush(heap, (spent + rest, spent, (*layers, layer), (*sizes, output)))

    def _least(self, sizes: Axes, left: int, before: Found) -> int | None:
        """What `left` more layers cost at least, behind the layer `before`; None: no way."""
        if not left:
            return 0 if sizes == self.target else None
        key = (sizes, left, before)
        if key in self._known:
            return self._known[key]
        if not self._may_reach(sizes, left):
            return None
        least = self._least_changed(sizes, left)
        output = self.layers.output(before, sizes)
        if output is not None:
            rest = self._least(output, left - 1, before)
            if rest is not None:
                again = rest + self._price(before, sizes, output)
                least = again if least is None else min(least, again)
        self._known[key] = least
        return least

    def _least_changed(self, sizes: Axes, left: int) -> int | None:
        """The same, counting a change to whatever comes first."""
        key = (sizes, left)
        if key not in self._changed:
            found = []
            for price, layer, output in self._links(sizes, left):
                rest = self._least(output, left - 1, layer)
                if rest is not None:
                    found.append(price + rest)
            self._changed[key] = min(found) + _CHANGE if found else None
        return self._changed[key]

    def _may_reach(self, sizes: Axes, left: int) -> bool:
        """False where even the extremes of `left` layers stay away from the target."""
        for size, wanted in zip(sizes, self.target, strict=True):
            low, high = self._extremes(size, left)
            if not low <= wanted <= high:
                return False
        return True

    def _extremes(self, size: int, left: int) -> Axes:
        key = (size, left)
        if key not in self._reach:
            low, high = self.layers.reachable(size)
            if left > 1:
                low, high = self._extremes(low, left - 1)[0], self._extremes(high, left - 1)[1]
            self._reach[key] = low, high
        return self._reach[key]

    def _links(self, sizes: Axes, left: int) -> list[Link]:
        if left > 1:
            if sizes not in self._onwards:
                self._onwards[sizes] = list(self._links_onwards(sizes))
            return self._onwards[sizes]
        if sizes not in self._into:
            self._into[sizes] = list(self._links_into(sizes))
        return self._into[sizes]

    def _links_onwards(self, sizes: Axes) -> Iterator[Link]:
        for geometry in self.layers.geometries():
            self._count()
            for layer, output in self.layers.onwards(sizes, geometry):
                self._count()
                yield self._price(layer, sizes, output), layer, output

    def _links_into(self, sizes: Axes) -> Iterator[Link]:
        for geometry in self.layers.geometries():
            self._count()
            for layer in self.layers.between(sizes, self.target, geometry):
                self._count()
                yield self._price(layer, sizes, self.target), layer, self.target

    def _price(self, layer: Found, sizes: Axes, output: Axes) -> int:
        base = self._bases.get(layer)
        if base is None:
            base = 0
            for fault in self.layers.faults(layer):
                base = base * _DIGIT + fault
            self._bases[layer] = base
        uneven = self.layers.unevenness(layer, sizes, output)
        return base + uneven * _UNEVEN + self.layers.dropped(layer, sizes, output) * _DROP

    def _count(self) -> None:
        self.work += 1
        if self.work > self.max_work:
            raise _StoppedError
