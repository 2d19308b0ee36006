"""Receptive fields as figures: of a reach for its row, and for people, per axis of the input."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, NamedTuple

from convcalc.core.reach import AxisReach, PatternError, Sliding
from convcalc.core.reach_figures import Field, centre_unit, figures_together, measure
from convcalc.core.records import Count, Hidden, Key, Record
from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.planning.reaches import Reach

Pixels = Annotated[tuple[Count, ...], Key(maxItems=MAX_RANK)]


@dataclass(frozen=True, slots=True)
class ReceptiveField(Record):
    """What a layer sees of one input of the network: per spatial axis, in its pixels."""

    input: Hidden[str]
    size: Annotated[Pixels, Key("Size for the centre unit, padding included.")]
    least: Annotated[Pixels, Key("Smallest size over the map.", name="min")]
    most: Annotated[Pixels, Key("Largest size over the map.", name="max")]
    stride: Annotated[
        tuple[Fraction, ...],
        Key(
            "Pixels from one unit's field to the next: an integer, or a fraction such as "
            '"1/2"; of the last map where every unit sees everything, empty where it is not known.',
            maxItems=MAX_RANK,
        ),
    ]
    start: Annotated[
        tuple[int, ...],
        Key("First pixel that unit 0 sees: minus the effective padding.", maxItems=MAX_RANK),
    ]
    is_global: Annotated[
        bool, Key("Every unit sees the whole input, which then is the size.", name="global")
    ]
    aligned: Annotated[
        bool,
        Key("False where paths of unequal stride meet, so that the size depends on the position."),
    ]
    at_most: Annotated[
        bool, Key("The figures are upper bounds: something on the way is not followed.")
    ] = False

    @property
    def varies(self) -> bool:
        """True where the size depends on the position."""
        return self.least != self.most


class KeptReach(NamedTuple):
    """A reach reduced to figures that can be kept for every row: lines, or fields.

    `counts` are the units on each axis.
    """

    source: int
    axes: tuple[Sliding | Field, ...] | None
    whole: bool
    at_most: bool = False
    counts: Shape = ()

    def centre(self) -> tuple[tuple[int, int], ...]:
        """On each axis the unit in the middle, and the first pixel that it sees.

        Empty where the axes are not known.
        """
        found = []
        for axis, count in zip(self.axes or (), self.counts, strict=False):
            field = measure(axis, count) if isinstance(axis, Sliding) else axis
            found.append((centre_unit(count), field.centre))
        return tuple(found)


# Axes over so many units, and their figures: rows of one network share most of them.
Measured = dict[tuple[AxisReach, int], Field]


def reduced(reach: Reach, measured: Measured) -> KeptReach:
    """The figures of `reach`, for all channels of a position together.

    What is in `measured` is not measured again.
    """
    reach = reach.shown
    source, whole, at_most = reach.source, reach.whole, reach.at_most
    axes, counts = reach.axes, reach.counts
    try:
        if reach.placed is not None:
            axes, counts = reach.placed.shown
        if axes is None:
            return KeptReach(source, None, whole, at_most)
        if reach.lost:
            counts = (1,) * len(axes)
        return KeptReach(source, _figures(axes, counts, measured), whole, at_most, counts)
    except PatternError:
        return KeptReach(source, None, whole, at_most)


def _figures(
    axes: tuple[AxisReach, ...], counts: Shape, measured: Measured
) -> tuple[Sliding | Field, ...]:
    found: list[Sliding | Field] = []
    for axis, count in zip(axes, counts, strict=True):
        if isinstance(axis, Sliding):
            found.append(axis)
            continue
        field = measured.get((axis, count))
        if field is None:
            field = measured[axis, count] = measure(axis, count)
        found.append(field)
    return tuple(found)


def receptive_field(seen: KeptReach, name: str, shape: Shape) -> ReceptiveField | None:
    """The public figures on the input `name` of the given shape; None where not computed."""
    axes, whole, at_most = seen.axes, seen.whole, seen.at_most
    sizes, zeros = shape[1:], (0,) * (len(shape) - 1)
    if axes is None:
        if not whole:
            return None
        return ReceptiveField(name, sizes, sizes, sizes, (), zeros, True, True, at_most)
    fields = [measure(axis, 1) if isinstance(axis, Sliding) else axis for axis in axes]
    strides = [field.stride for field in fields]
    stride = tuple(one for one in strides if one is not None)
    if len(stride) < len(strides):
        stride = ()
    aligned = all(field.aligned for field in fields)
    if whole:
        return ReceptiveField(name, sizes, sizes, sizes, stride, zeros, True, aligned, at_most)
    seen_by = figures_together(tuple(fields))
    return ReceptiveField(
        name,
        tuple(field.size for field in seen_by),
        tuple(field.least for field in seen_by),
        tuple(field.most for field in seen_by),
        stride,
        tuple(field.start for field in fields),
        False,
        aligned,
        at_most,
    )
