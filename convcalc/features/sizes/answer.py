"""What `convcalc sizes` answers, as values: sets of sizes, the layers to blame, sizes near by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from convcalc.core.errors import Problem
from convcalc.core.shapes import AXIS_NAMES, Shape
from convcalc.features.sizes.pattern import members
from convcalc.features.sizes.place import Culprit

# What can be asked of a size, each with what it means.
CRITERIA = {
    "legal": "every layer stands and every merge fits",
    "pixels": "no pixel is dropped by a floor",
    "exact": "no floor drops anything, not even padding",
    "strides": "every stride divides its map",
    "weights": "all learnt arrays keep their shapes",
    "expect": "every expectation of the file holds",
}
USUAL = ("legal", "pixels", "weights")
# Layers to blame that are asked what they say.
MOST_EXPLAINED = 6


@dataclass(frozen=True, slots=True)
class Blame:
    """A layer that stands in the way of sizes; `why` is "stands" or "drops".

    `example` is the largest of these sizes, with what the layer says of it; only the layers that
    are to blame for most sizes are asked, the others have "".
    """

    culprit: Culprit
    why: str
    bits: int
    example: tuple[int, str] = (0, "")


@dataclass(frozen=True, slots=True)
class AxisSizes:
    """What was found along one axis of the inputs `inputs`, the other axes as in `base`.

    `sets` holds the sizes that meet each criterion, as bits from `low` on; None where it was not
    checked. `good` are those that meet all that are required.
    """

    inputs: tuple[str, ...]
    axis: int
    rank: int
    declared: int
    low: int
    high: int
    sets: Mapping[str, int | None]
    good: int
    blames: tuple[Blame, ...]

    @property
    def name(self) -> str:
        """The axis in words."""
        return AXIS_NAMES[self.rank][self.axis]

    def members(self) -> list[int]:
        """All good sizes."""
        return members(self.good, self.low)

    @property
    def smallest_legal(self) -> int | None:
        """The smallest size that is legal."""
        bits = self.sets["legal"]
        return self.low + (bits & -bits).bit_length() - 1 if bits else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A size whose axes are good one by one, and whether they are together."""

    sizes: Shape
    is_good: bool


@dataclass(frozen=True, slots=True)
class Near:
    """The size asked for, and the good ones around it: `larger` to pad to, `smaller` to crop to."""

    asked: Shape
    is_good: bool
    culprit: Culprit | None
    why: str
    larger: Candidate | None
    smaller: Candidate | None
    closest: Candidate | None


@dataclass(frozen=True, slots=True)
class SizesAnswer:
    """The axes in order. `base` are the inputs with which the other axes stand.

    `tied` are layers through which axes matter to each other: sizes then hold with the other axes
    as in `base`. `by_planning` says that every size was planned anew. `declared` has the
    problems of the input that the file declares, where it cannot be placed. `smallest` is the
    smallest legal size on all axes at once; None where there is none.
    """

    name: str
    base: Mapping[str, Shape]
    axes: tuple[AxisSizes, ...]
    required: tuple[str, ...]
    tied: tuple[Culprit, ...]
    by_planning: bool
    declared: tuple[Problem, ...]
    smallest: Shape | None
    near: Near | None
