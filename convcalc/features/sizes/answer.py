"""What `convcalc sizes` answers, as values: sets of sizes, the layers to blame, sizes near by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from convcalc.core.errors import Problem
from convcalc.core.records import Count, Hidden, Key, Record, SizedAnswer, Sizes
from convcalc.core.shapes import AXIS_NAMES
from convcalc.features.sizes.pattern import find_pattern, members
from convcalc.features.sizes.place import Culprit
from convcalc.report.found import Finding, finding
from convcalc.report.view import turned

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
class SizeSet(Record):
    """A set of sizes: from `start` on those whose remainder by `period` is in `residues`."""

    count: Annotated[Count, Key("How many there are in the range.")]
    smallest: Annotated[int | None, Key("The smallest one; null where there is none.")]
    period: Annotated[int, Key("After so many sizes the pattern repeats.", minimum=1)]
    residues: Annotated[tuple[Count, ...], Key("Remainders by the period.")]
    start: Annotated[Count, Key("Where the pattern begins.")]
    before: Annotated[
        tuple[tuple[Count, Count], ...], Key("Before it: the first and the last size of each run.")
    ]


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
class BlamedLayer(Record):
    """A layer that stands in the way of sizes."""

    layer: Annotated[str, Key("The layer.")]
    line: Annotated[Count, Key("Line where it is written, 1-based; 0 where there is none.")]
    why: Annotated[Literal["does not fit", "drops pixels"], Key("What it does at them.")]
    sizes: Annotated[SizeSet, Key("At which sizes.")]
    note: Annotated[str, Key("What it says of the largest one; empty where it was not asked.")]


@dataclass(frozen=True, slots=True)
class AxisSizes(Record):
    """What was found along one axis of the inputs that change together.

    `sets` holds the sizes that meet each criterion, as bits from `low` on; None where it was not
    checked. `good` are those that meet all that are required.
    """

    inputs: Annotated[tuple[str, ...], Key("Inputs whose axis this is.", minItems=1)]
    axis: Annotated[Count, Key("Its place behind the channels, from 0.")]
    rank: Hidden[int]
    declared: Annotated[
        int | None, Key("Its size in the file; null where the file leaves it open.", minimum=1)
    ]
    low: Hidden[int]
    high: Hidden[int]
    sets: Hidden[Mapping[str, int | None]]
    good: Hidden[int]
    blames: Hidden[tuple[Blame, ...]]

    @property
    @Key()
    def name(self) -> str:
        """The axis in words."""
        return AXIS_NAMES[self.rank][self.axis]

    @property
    @Key()
    def range(self) -> tuple[int, int]:
        """The smallest and the largest size that were checked."""
        return self.low, self.high

    def members(self) -> list[int]:
        """All good sizes."""
        return members(self.good, self.low)

    @property
    @Key()
    def smallest_legal(self) -> int | None:
        """The smallest size that is legal; null where none is."""
        bits = self.sets["legal"]
        return self.low + (bits & -bits).bit_length() - 1 if bits else None

    @property
    @Key(name="good")
    def good_sizes(self) -> SizeSet:
        """The sizes that meet all criteria that are required."""
        return self._set(self.good)

    @property
    @Key()
    def criteria(self) -> Mapping[str, SizeSet | None]:
        """The sizes that meet each criterion; null where it was not checked."""
        return {name: None if bits is None else self._set(bits) for name, bits in self.sets.items()}

    @property
    @Key()
    def to_blame(self) -> tuple[BlamedLayer, ...]:
        """The layers that stand in the way, those of most sizes first."""
        return tuple(
            BlamedLayer(
                *one.culprit,
                "does not fit" if one.why == "stands" else "drops pixels",
                self._set(one.bits),
                one.example[1],
            )
            for one in self.blames
        )

    def _set(self, bits: int) -> SizeSet:
        found = find_pattern(bits, self.low, self.high)
        return SizeSet(
            bits.bit_count(),
            found.smallest,
            found.period,
            found.residues,
            found.start,
            found.before,
        )


@dataclass(frozen=True, slots=True)
class Candidate(Record):
    """A size whose axes are good one by one."""

    sizes: Annotated[Sizes, Key("One number an axis.", name="size")]
    is_good: Annotated[bool, Key("Whether they are good together.", name="good")]


@dataclass(frozen=True, slots=True)
class Near(Record):
    """The size asked for, and the good ones around it."""

    asked: Annotated[Sizes, Key("The size asked for, one number an axis.")]
    is_good: Annotated[bool, Key("Whether it is good.", name="good")]
    culprit: Hidden[Culprit | None]
    why: Annotated[
        str,
        Key(
            "The criterion that it misses, `stands` where a layer does not fit.",
            name="fails",
            null=True,
        ),
    ]
    larger: Annotated[Candidate | None, Key("The next larger one, to pad to.")]
    smaller: Annotated[Candidate | None, Key("The next smaller one, to crop to.")]
    closest: Annotated[Candidate | None, Key("The closest on each axis.")]

    @property
    @Key()
    def layer(self) -> str | None:
        """The layer that is to blame, where there is one."""
        return self.culprit.layer if self.culprit else None

    @property
    @Key()
    def line(self) -> int | None:
        """The line where that is written."""
        return self.culprit.line if self.culprit else None


@dataclass(frozen=True, slots=True)
class SizesAnswer(SizedAnswer):
    """The input sizes that a network takes, axis by axis.

    `by_planning` says that every size was planned anew, `why_planned` why it has to be; `declared`
    has the problems of the input that the file declares, where it cannot be placed.
    """

    name: Annotated[str, Key("The network's name.")]
    base: Annotated[
        Mapping[str, Sizes], Key("The inputs with which the other axes stand.", name="inputs")
    ]
    axes: Annotated[tuple[AxisSizes, ...], Key("The axes in order.", minItems=1)]
    required: Annotated[tuple[str, ...], Key("The criteria that a good size has to meet.")]
    tied: Annotated[
        tuple[Culprit, ...],
        Key(
            "Layers through which axes matter to each other, so that sizes of one axis hold with "
            "the others as in `inputs`.",
            name="tied_at",
        ),
    ]
    by_planning: Hidden[bool]
    declared: Hidden[tuple[Problem, ...]]
    smallest: Annotated[
        Sizes | None,
        Key(
            "The smallest legal size on all axes at once; null where there is none.",
            name="smallest_legal",
        ),
    ]
    near: Annotated[Near | None, Key("Sizes near the one asked for.")]
    believed: Annotated[
        tuple[str, ...],
        Key(
            "Layers that are believed to take every size, as nobody says what they compute.",
            optional=True,
        ),
    ] = ()
    tried: Annotated[
        Count | None,
        Key(
            "At how many sizes the model file itself was gone through; what is said of the others "
            "is said by its layers, which agree with it at these.",
            optional=True,
        ),
    ] = None
    why_planned: Hidden[str] = ""

    @property
    def reading(self) -> str:
        """What the inputs of the file look like, if their channels were written last."""
        return "; ".join(turned(self.base))

    @property
    @Key()
    def independent(self) -> bool:
        """Whether what holds along one axis holds at every size of the others."""
        return not self.tied and not self.by_planning

    @property
    @Key()
    def declared_problems(self) -> tuple[Finding, ...]:
        """What keeps the input that the file declares from being placed."""
        return tuple(map(finding, self.declared))


ANSWER = SizesAnswer
