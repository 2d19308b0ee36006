"""Receptive fields put together from what each layer was seen to read, unit by unit.

A unit's pixels are a set of bits; the sets of a layer's units are the unions of those that they
read, along the real graph. Where all units of a layer read alike, one stands for all. Borders
do not clip: a unit also sees pixels that are padding, as plans count them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from math import ceil
from operator import or_
from typing import NamedTuple

from convcalc.core.reach_figures import figures_together
from convcalc.core.shapes import Shape
from convcalc.features.verify.reads import POINTWISE, Everything, Pattern, Readings, Unknown
from convcalc.features.verify.work import Budget
from convcalc.kinds.linear import Linear
from convcalc.network.graph import Graph, GraphNode

# Steps of a union of two sets of pixels, and how many pixels of them take one step.
A_UNION = 400
BITS_AT_ONCE = 64
# Pixels of the sets that are held at once, 250 MB: a field as wide is said not to be measured.
MOST_BITS = 2_000_000_000


class Bits(NamedTuple):
    """The pixels start + i for every bit i of `mask`."""

    start: int
    mask: int

    @property
    def last(self) -> int:
        """The last pixel."""
        return self.start + self.mask.bit_length() - 1


class Measured(NamedTuple):
    """One axis of a measured field, in pixels, over all units of a map.

    As in a plan: `size` is the centre unit's, from its first pixel to its last; `pixels` of
    these it uses.
    """

    size: int
    least: int
    most: int
    stride: Fraction
    start: int
    pixels: int


class Seen(NamedTuple):
    """What a layer sees of one input of the network: a state an axis.

    `whole`: every unit sees all of it. `lost`: no positions are left. `gap` says why something
    on the way was not measured.
    """

    axes: tuple[int, ...]
    whole: bool = False
    lost: bool = False
    gap: str = ""


class _State(NamedTuple):
    """Sets of pixels by unit: an input's own, those read through a pattern, or a union."""

    parents: tuple[int, ...]
    pattern: Pattern | None
    stride: Fraction


class Fields:
    """What every layer of a graph sees of every input.

    `read(node)` is how a layer reads its inputs.
    """

    def __init__(self, graph: Graph, read: Callable[[GraphNode], Readings], budget: Budget) -> None:
        self._graph = graph
        self._read = read
        self._budget = budget
        self._states: list[_State] = [_State((), None, Fraction(1))]
        self._numbers: dict[_State, int] = {}
        self._wanted: dict[int, set[int]] = {}
        self.seen: list[dict[int, Seen]] = []
        self._figures: dict[tuple[int, int], Measured] | None = None
        for node in graph.nodes[: graph.input_count]:
            rank = len(node.facts.output) - 1
            self.seen.append({node.at: Seen((0,) * rank, whole=not rank, lost=not rank)})
        for node in graph.layers:
            self.seen.append(self._through(node))

    def _through(self, node: GraphNode) -> dict[int, Seen]:
        found: dict[int, list[Seen]] = {}
        read = self._read(node)
        for number, index in enumerate(node.inputs):
            for source, seen in self.seen[index].items():
                found.setdefault(source, []).append(self._linked(node, read, number, seen))
        return {source: self._merged(many) for source, many in found.items()}

    def _linked(self, node: GraphNode, read: Readings, number: int, seen: Seen) -> Seen:
        if seen.lost:
            # A dense layer reads every number of a vector, however they were made one axis; of
            # what was not probed before it, or of a position alone, nothing is known.
            is_vector = len(self._graph.shape_of(node.inputs[number])) == 1
            is_all = seen.whole and is_vector and isinstance(node.layer, Linear)
            return seen._replace(gap="") if is_all else seen
        readings = [read.of(number, axis) for axis in range(len(seen.axes))]
        gaps = [reading for reading in readings if isinstance(reading, Unknown)]
        if gaps:
            return Seen(seen.axes, seen.whole or gaps[0].is_renaming, True, gaps[0].reason)
        whole = [reading for reading in readings if isinstance(reading, Everything)]
        if len(whole) == len(readings):
            keeps = all(reading.keeps for reading in whole)
            return seen._replace(whole=True, lost=not keeps)
        axes = []
        for state, reading in zip(seen.axes, readings, strict=True):
            if isinstance(reading, Pattern):
                axes.append(self._number(state, reading))
            else:
                return Seen(seen.axes, seen.whole, True, "one axis is read whole, another is not")
        return seen._replace(axes=tuple(axes))

    def _number(self, state: int, pattern: Pattern) -> int:
        if pattern == POINTWISE:
            return state
        stride = self._states[state].stride * Fraction(pattern.rise, len(pattern.taps))
        return self._kept(_State((state,), pattern, stride))

    def _kept(self, state: _State) -> int:
        if state not in self._numbers:
            self._numbers[state] = len(self._states)
            self._states.append(state)
        return self._numbers[state]

    def _merged(self, many: list[Seen]) -> Seen:
        whole = any(seen.whole for seen in many)
        gap = next((seen.gap for seen in many if seen.gap), "")
        local = [seen for seen in many if not seen.lost]
        if not local:
            return many[0]._replace(whole=whole, gap=gap)
        axes = tuple(map(self._union, zip(*(seen.axes for seen in local), strict=True)))
        return Seen(axes, whole, False, gap)

    def _union(self, states: Sequence[int]) -> int:
        parents = tuple(sorted(set(states)))
        if len(parents) == 1:
            return parents[0]
        stride = max(self._states[state].stride for state in parents)
        return self._kept(_State(parents, None, stride))

    def want(self, index: int, output: Shape) -> None:
        """Ask for the figures of the layer or input at `index`, for a map of that shape."""
        for seen in self.seen[index].values():
            if seen.lost or len(seen.axes) != len(output) - 1:
                continue
            for state, units in zip(seen.axes, output[1:], strict=True):
                self._wanted.setdefault(state, set()).add(units)

    def is_joined(self, seen: Seen) -> bool:
        """True where paths that see different pixels meet on more than one axis."""
        return sum(map(self._meets, seen.axes)) > 1

    def _meets(self, number: int) -> bool:
        while self._states[number].parents:
            if self._states[number].pattern is None:
                return True
            (number,) = self._states[number].parents
        return False

    def measured(self, seen: Seen, output: Shape) -> tuple[Measured, ...] | None:
        """The figures of each axis; None where they would take too long."""
        if self._figures is None:
            self._figures = self._evaluated()
        keys = list(zip(seen.axes, output[1:], strict=True))
        if any(key not in self._figures for key in keys):
            return None
        return figures_together(tuple([self._figures[key] for key in keys]))

    def _evaluated(self) -> dict[tuple[int, int], Measured]:
        needs = self._needs()
        last_use = {
            parent: number for number, state in enumerate(self._states) for parent in state.parents
        }
        sets: dict[int, _Sliding | _Table] = {}
        widths: dict[int, int] = {}
        found: dict[tuple[int, int], Measured] = {}
        for number, state in enumerate(self._states):
            if number not in needs:
                continue
            widths[number] = self._width(state, widths)
            own = self._sets(state, sets, needs[number], widths[number])
            if own is not None:
                sets[number] = own
                for count in self._wanted.get(number, ()):
                    found[number, count] = _measured(own, count, state.stride)
            for parent in state.parents:
                if last_use[parent] == number:
                    sets.pop(parent, None)
        return found

    def _width(self, state: _State, widths: dict[int, int]) -> int:
        """How far apart the pixels of one unit may lie."""
        widest = max((widths[parent] for parent in state.parents), default=1)
        taps = [tap for taps in state.pattern.taps for tap in taps] if state.pattern else []
        if not taps:
            return widest
        return widest + ceil((max(taps) - min(taps)) * self._states[state.parents[0]].stride)

    def _sets(
        self,
        state: _State,
        sets: dict[int, _Sliding | _Table],
        needed: tuple[int, int],
        width: int,
    ) -> _Sliding | _Table | None:
        """The pixels of the needed units; None where they would take too long, or others did."""
        if any(parent not in sets for parent in state.parents):
            return None
        parents = [sets[parent] for parent in state.parents]
        low, high = needed
        reads = max(map(len, state.pattern.taps)) if state.pattern else len(parents)
        units = 1 if _slides(state, parents) else high - low + 1
        a_union = A_UNION + width // BITS_AT_ONCE
        if units * width > MOST_BITS or not self._budget.takes(units * max(reads, 1) * a_union):
            return None
        slid = _slid(state, parents)
        if slid is not None:
            return slid
        return _Table(low, [_of_unit(state, parents, unit) for unit in range(low, high + 1)])

    def _needs(self) -> dict[int, tuple[int, int]]:
        """The first and the last unit of each state that anybody asks for."""
        needs = {number: (0, max(units) - 1) for number, units in self._wanted.items()}
        for number in range(len(self._states) - 1, 0, -1):
            if number not in needs:
                continue
            low, high = needs[number]
            pattern = self._states[number].pattern
            taps = [tap for taps in pattern.taps for tap in taps] if pattern else []
            if pattern and taps:
                period = len(pattern.taps)
                low = min(taps) + low // period * pattern.rise
                high = max(taps) + high // period * pattern.rise
            for parent in self._states[number].parents:
                known = needs.get(parent, (low, high))
                needs[parent] = (min(low, known[0]), max(high, known[1]))
        return needs


class _Sliding(NamedTuple):
    """Units that all see the same, a stride further on each."""

    bits: Bits | None
    stride: int

    def at(self, unit: int) -> Bits | None:
        """The pixels of one unit."""
        if self.bits is None:
            return None
        return Bits(self.bits.start + unit * self.stride, self.bits.mask)


class _Table(NamedTuple):
    """The pixels of each unit from `low` on."""

    low: int
    sets: list[Bits | None]

    def at(self, unit: int) -> Bits | None:
        """The pixels of one unit."""
        return self.sets[unit - self.low]


def _of_unit(state: _State, parents: Sequence[_Sliding | _Table], unit: int) -> Bits | None:
    if state.pattern is None:
        return _joined([own.at(unit) for own in parents])
    return _joined([parents[0].at(tap) for tap in state.pattern.of(unit)])


def _slides(state: _State, parents: Sequence[_Sliding | _Table]) -> bool:
    """True where units slide evenly because those that they read do."""
    strides = {own.stride if isinstance(own, _Sliding) else None for own in parents}
    is_even = None not in strides and len(strides) <= 1
    return is_even and (state.pattern is None or len(state.pattern.taps) == 1)


def _slid(state: _State, parents: Sequence[_Sliding | _Table]) -> _Sliding | None:
    """The sets of a state whose units slide evenly; None for others."""
    if not state.parents:
        return _Sliding(Bits(0, 1), 1)
    if not _slides(state, parents):
        return None
    first = parents[0]
    assert isinstance(first, _Sliding)
    rise = 1 if state.pattern is None else state.pattern.rise
    return _Sliding(_of_unit(state, parents, 0), first.stride * rise)


def _joined(many: Sequence[Bits | None]) -> Bits | None:
    """The union of sets; None where there is nothing in it.

    >>> _joined([Bits(3, 1), None, Bits(1, 1)])
    Bits(start=1, mask=5)
    """
    some = [bits for bits in many if bits is not None]
    if not some:
        return None
    start = min([bits.start for bits in some])
    return Bits(start, reduce(or_, [bits.mask << (bits.start - start) for bits in some]))


def _measured(own: _Sliding | _Table, count: int, stride: Fraction) -> Measured:
    """The figures over the first `count` units."""
    middle, first = own.at((count - 1) // 2), own.at(0)
    # Units that slide evenly all see as much.
    told = [middle] if isinstance(own, _Sliding) else [own.at(unit) for unit in range(count)]
    sizes = [0 if bits is None else bits.last - bits.start + 1 for bits in told]
    return Measured(
        0 if middle is None else middle.last - middle.start + 1,
        min(sizes),
        max(sizes),
        stride,
        0 if first is None else first.start,
        0 if middle is None else middle.mask.bit_count(),
    )
