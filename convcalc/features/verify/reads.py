"""Which units of its input a unit of a layer reads, seen by running the layer.

Along one axis, item p of a batch has NaN at position p of the input, on all other axes and
channels: where the output is NaN, p was read. The answer is kept as a pattern that repeats, after
every unit was seen to follow it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcalc.arrays.ops import Ops
from convcalc.core.shapes import Shape, elements
from convcalc.features.verify.cut_layers import long
from convcalc.features.verify.report import NOT_TOLD
from convcalc.features.verify.work import AN_INPUT, Budget, steps_of_copy
from convcalc.kinds.base import Kind
from convcalc.kinds.base.copies import Copy

Matrix = NDArray[np.bool_]
Taps = tuple[int, ...]

# Numbers of the array that probes a layer, 80 MB; above, nothing is said.
MOST_ELEMENTS = 20_000_000


class Pattern(NamedTuple):
    """Unit r reads `taps[r]`; unit r + len(taps) reads the same, `rise` further on."""

    rise: int
    taps: tuple[Taps, ...]

    def of(self, unit: int) -> Taps:
        """What one unit reads, the borders not minded."""
        turns, phase = divmod(unit, len(self.taps))
        return tuple([tap + turns * self.rise for tap in self.taps[phase]])


class Everything(NamedTuple):
    """Every unit reads every position; `keeps` where the positions themselves are kept."""

    keeps: bool


class Unknown(NamedTuple):
    """Nothing measured. `is_renaming`: positions become other axes, which is no mistake."""

    reason: str
    is_renaming: bool = False


Reading = Pattern | Everything | Unknown

POINTWISE = Pattern(1, ((0,),))
RENAMED = Unknown("positions become one axis, along which nothing is probed", True)


class Readings:
    """How one layer reads its inputs, each along each axis; probed when it is asked for."""

    def __init__(
        self,
        layer: Kind,
        inputs: tuple[Shape, ...],
        known: dict[tuple[Copy, int], dict[int, Reading]],
        budget: Budget,
    ) -> None:
        self._layer, self._inputs = layer, inputs
        self._known, self._budget = known, budget
        self._renames = layer.runs and layer.renames_positions(inputs)
        self._along: dict[int, _Along] = {}

    def of(self, number: int, axis: int) -> Reading:
        """How the layer's units read input `number` along `axis`."""
        if not self._layer.runs:
            return Unknown(NOT_TOLD)
        if self._renames:
            return RENAMED
        if len(self._inputs[number]) == 1:
            # A vector has no positions to read.
            return Everything(keeps=False)
        if axis not in self._along:
            copy = long(self._layer, self._inputs, axis)
            known = self._known.setdefault((copy, axis), {})
            self._along[axis] = _Along(copy, axis, known, self._budget)
        return self._along[axis].of(number)


class _Along:
    """Readings along one axis, seen on a copy of the layer."""

    def __init__(self, copy: Copy, axis: int, known: dict[int, Reading], budget: Budget) -> None:
        self._copy, self._axis = copy, axis
        self._known, self._budget = known, budget
        self._steps = steps_of_copy(copy)
        self._is_alike = copy.layer.reads_alike(copy.inputs)
        # The input that was probed for all of its shape: of thousands, each would join all again.
        self._stands_for: dict[Shape, int] = {}

    def of(self, number: int) -> Reading:
        """How input `number` is read."""
        shape = self._copy.inputs[number]
        number = self._stands_for.get(shape, number)
        if number not in self._known:
            self._known[number] = self._probed(number)
        found = self._known[number]
        # What cannot be seen of one will not be seen of another.
        if self._is_alike or isinstance(found, Unknown):
            self._stands_for[shape] = number
        return found

    def _probed(self, number: int) -> Reading:
        copy, axis = self._copy, self._axis
        count = copy.inputs[number][axis + 1]
        if count * elements(copy.inputs[number]) > MOST_ELEMENTS:
            return Unknown(f"probing {count:,} positions of it would take too much memory")
        if not self._budget.takes(count * self._steps + AN_INPUT * len(copy.inputs)):
            return Unknown(f"probing {count:,} positions of it is {self._budget.excuse}")
        try:
            matrix, is_lost = reached(copy, number, axis)
        except (ValueError, LookupError, TypeError, ZeroDivisionError) as error:
            return Unknown(f"it does not run on {count} positions: {error}")
        if is_lost:
            return Everything(keeps=False) if matrix.all() else RENAMED
        if _goes_by_size(copy, axis):
            return _sure_reading(matrix, copy)
        return _reading(matrix, copy)


class Reader:
    """Readings of layers; what was probed once is remembered."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._known: dict[tuple[Copy, int], dict[int, Reading]] = {}

    def readings(self, layer: Kind, inputs: tuple[Shape, ...]) -> Readings:
        """How a layer reads inputs of these shapes."""
        return Readings(layer, inputs, self._known, self._budget)


def _goes_by_size(copy: Copy, axis: int) -> bool:
    turns = copy.layer.turns(copy.inputs)
    return axis >= len(turns) or not turns[axis].period


def _sure_reading(matrix: Matrix, copy: Copy) -> Reading:
    """What needs no other size to show: all of it, its own position, or one for all."""
    count, units = matrix.shape
    is_own = count == units and bool((matrix == np.eye(count, dtype=bool)).all())
    if (count == 1 and units == 1) or not (matrix.all() or is_own):
        return Unknown("it goes by the size of its map, so that no pattern can be seen")
    return POINTWISE if is_own else _reading(matrix, copy)


def _reading(matrix: Matrix, copy: Copy) -> Reading:
    count, units = matrix.shape
    if matrix.all() and count > 1:
        return Everything(keeps=units == count)
    if matrix.all() and units > 1:
        # One pixel for all units: a gate, or a map that is spread.
        return Everything(keeps=False) if copy.layer.is_merge else Pattern(0, ((0,),))
    if matrix.all():
        return POINTWISE
    if units == 1:
        return Pattern(0, (tuple(np.flatnonzero(matrix).tolist()),))
    return pattern_of(matrix, bool(copy.layer.folding()))


def reached(copy: Copy, number: int, axis: int) -> tuple[Matrix, bool]:
    """True at (p, u) where position p of the input was read by unit u of the output.

    And whether no positions are left there: each number then counts as a unit.
    """
    layer, inputs = copy
    count = inputs[number][axis + 1]
    arrays = [np.ones((count, *sizes, channels), np.float32) for channels, *sizes in inputs]
    at = np.arange(count)
    np.moveaxis(arrays[number], axis + 1, 1)[at, at] = np.nan
    shapes = layer.weights_of(inputs) | layer.buffers_of(inputs)
    weights = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    with np.errstate(all="ignore"):
        read: Any = np.isnan(layer.run(Ops(traces=True), tuple(arrays), weights))
    if read.ndim != len(inputs[number]) + 1:
        lost: Matrix = read.reshape(count, -1)
        return lost, True
    moved = np.moveaxis(read, axis + 1, 1)
    found: Matrix = moved.reshape(count, moved.shape[1], -1).any(axis=2)
    return found, False


def pattern_of(matrix: Matrix, is_mirrored: bool = False) -> Pattern | Unknown:
    """The pattern that every unit follows, apart from what lies beyond the border.

    Where the padding mirrors pixels, units at the border read some more of them.

    >>> pattern_of(np.eye(6, dtype=bool) | np.eye(6, k=1, dtype=bool))
    Pattern(rise=1, taps=((-1, 0),))
    """
    count, units = matrix.shape
    reads: list[Taps] = [tuple(np.flatnonzero(column).tolist()) for column in matrix.T]
    for period in range(1, max(2, units // 2)):
        for found in _candidates(reads, units, period):
            if _is_followed(found, reads, count, is_mirrored):
                return found
    middle = units // 2
    return Unknown(f"no pattern repeats; unit {middle} reads {_shown(reads[middle])}")


def _candidates(reads: Sequence[Taps], units: int, period: int) -> Iterator[Pattern]:
    """Patterns of that many units, taken from the middle of the map."""
    first = (units - period) // 2
    for start in (first, max(0, first - period)):
        pairs = zip(reads[start:], reads[start + period :], strict=False)
        rise = next((later[0] - one[0] for one, later in pairs if one and later), None)
        if rise is None:
            continue
        taps: list[Taps] = [()] * period
        for unit in range(start, start + period):
            turns, phase = divmod(unit, period)
            taps[phase] = tuple([tap - turns * rise for tap in reads[unit]])
        yield Pattern(rise, tuple(taps))


def _is_followed(pattern: Pattern, reads: Sequence[Taps], count: int, is_mirrored: bool) -> bool:
    for unit, seen in enumerate(reads):
        wanted = pattern.of(unit)
        clipped = tuple([tap for tap in wanted if 0 <= tap < count])
        if seen != clipped and (clipped == wanted or not is_mirrored):
            return False
    return True


def _shown(taps: Taps) -> str:
    if not taps:
        return "nothing"
    if len(taps) > 1 and taps == tuple(range(taps[0], taps[-1] + 1)):
        return f"{taps[0]} to {taps[-1]}"
    return ", ".join(map(str, taps[:8])) + (", ..." if len(taps) > 8 else "")
