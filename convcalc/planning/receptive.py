"""Receptive fields through a graph: forward, layer by layer, for every input of the network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, NamedTuple

from convcalc.core.reach import (
    IDENTITY,
    AxisReach,
    Field,
    PatternError,
    Sliding,
    Track,
    compose,
    hull,
    measure,
)
from convcalc.core.records import Count, Hidden, Key, Record
from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.kinds.base import POINTWISE_LINKS

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts, Links


# Long patterns cost time in every layer; a plan follows so many table entries in all.
MAX_ENTRIES = 500_000
Pixels = Annotated[tuple[Count, ...], Key(maxItems=MAX_RANK)]


class Reach(NamedTuple):
    """What a layer's units see of one input of the network.

    `axes` has one entry an axis of that input, or is None where the pattern is too long to
    follow. `whole`: every unit depends on all of the input. `lost`: no position is left (a
    global pool, a dense layer); `axes` then keeps those of the last map, for its stride.
    """

    source: int
    axes: tuple[AxisReach, ...] | None
    whole: bool = False
    lost: bool = False


def of_input(source: int, shape: Shape) -> tuple[Reach, ...]:
    """An input sees itself."""
    return (
        Reach(source, (IDENTITY,) * (len(shape) - 1), lost=len(shape) == 1, whole=len(shape) == 1),
    )


def through(reaches: Sequence[tuple[Reach, ...]], facts: Facts) -> tuple[Reach, ...]:
    """The reach of a layer whose inputs have these; one entry for each input of the network."""
    if len(reaches) == 1:
        links = facts.links[0]
        if not facts.sees_all and _is_pointwise(links):
            return reaches[0]
        return tuple([linked(reach, links, facts) for reach in reaches[0]])
    by_source: dict[int, list[Reach]] = {}
    for own, links in zip(reaches, facts.links, strict=True):
        for reach in own:
            by_source.setdefault(reach.source, []).append(linked(reach, links, facts))
    return tuple([_merged(by_source[source]) for source in sorted(by_source)])


def linked(reach: Reach, links: Links, facts: Facts) -> Reach:
    """The reach of a layer of these facts that reads an input of known `reach` through `links`."""
    sees_all = facts.sees_all
    if links is None:
        return reach if reach.lost else Reach(reach.source, reach.axes, True, True)
    source, axes, whole, lost = reach
    if lost or axes is None:
        return reach
    if _is_pointwise(links):
        return Reach(source, axes, True) if sees_all else reach
    try:
        # Square maps under square kernels are the rule: what one axis gives, both do.
        if len(axes) == 2 and axes[0] == axes[1] and links[0] == links[1] and _is_square(facts):
            axes = (compose(axes[0], links[0], facts.output[1]),) * 2
        else:
            ways = zip(axes, links, facts.output[1:], strict=True)
            axes = tuple([compose(axis, link, units) for axis, link, units in ways])
    except PatternError:
        return Reach(source, None, whole or sees_all)
    return Reach(source, axes, whole or sees_all)


def _is_square(facts: Facts) -> bool:
    return facts.output[1] == facts.output[2]


def _is_pointwise(links: Links) -> bool:
    return links is not None and links is POINTWISE_LINKS[len(links)]


def is_straight(reach: Reach) -> bool:
    """True where the field slides evenly, so that its figures do not depend on the map's size."""
    return reach.axes is not None and all(type(axis) is Sliding for axis in reach.axes)


def entries(reaches: Iterable[Reach]) -> int:
    """Length of all patterns together; 0 for straight lines."""
    axes = (axis for reach in reaches for axis in reach.axes or () if type(axis) is not Sliding)
    return sum(len(track.first) for tracks in axes for track in tracks if type(track) is Track)


def unfollowed(reaches: tuple[Reach, ...]) -> tuple[Reach, ...]:
    """The same reaches without their patterns, which would take too long to follow."""
    return tuple(
        reach if is_straight(reach) else Reach(reach.source, None, reach.whole, reach.lost)
        for reach in reaches
    )


def _merged(reaches: list[Reach]) -> Reach:
    first = reaches[0]
    if reaches.count(first) == len(reaches):
        return first
    whole = any(reach.whole for reach in reaches)
    # A branch without positions (a squeeze-excite gate) says nothing of the local field.
    local = [reach for reach in reaches if not reach.lost]
    if not local:
        return first._replace(whole=True)
    if any(reach.axes is None for reach in local):
        return Reach(first.source, None, whole)
    per_axis: Iterable[tuple[AxisReach, ...]] = zip(
        *(reach.axes or () for reach in local), strict=True
    )
    try:
        return Reach(first.source, tuple(map(hull, per_axis)), whole)
    except PatternError:
        return Reach(first.source, None, whole)


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

    @property
    def varies(self) -> bool:
        """True where the size depends on the position."""
        return self.least != self.most


class KeptReach(NamedTuple):
    """A reach reduced to figures that can be kept for every row: lines, or fields."""

    source: int
    axes: tuple[Sliding | Field, ...] | None
    whole: bool


def reduced(reach: Reach, output: Shape) -> KeptReach:
    """The figures of `reach` for a map of the shape `output`."""
    source, axes, whole, lost = reach
    if axes is None or is_straight(reach):
        return KeptReach(source, axes, whole)  # type: ignore[arg-type]
    counts = output[1:] if not lost and len(output) - 1 == len(axes) else (1,) * len(axes)
    try:
        measured: dict[tuple[AxisReach, int], Field] = {}
        for axis, count in zip(axes, counts, strict=True):
            if not isinstance(axis, Sliding) and (axis, count) not in measured:
                measured[axis, count] = measure(axis, count)
        figures = tuple(
            axis if isinstance(axis, Sliding) else measured[axis, count]
            for axis, count in zip(axes, counts, strict=True)
        )
    except PatternError:
        return KeptReach(source, None, whole)
    return KeptReach(source, figures, whole)


def receptive_field(seen: KeptReach, name: str, shape: Shape) -> ReceptiveField | None:
    """The public figures on the input `name` of the given shape; None where not computed."""
    _, axes, whole = seen
    sizes = shape[1:]
    if axes is None:
        if not whole:
            return None
        return ReceptiveField(
            name, sizes, sizes, sizes, (), (0,) * len(sizes), is_global=True, aligned=True
        )
    fields = [measure(axis, 1) if isinstance(axis, Sliding) else axis for axis in axes]
    stride = tuple(field.stride for field in fields)
    aligned = all(field.aligned for field in fields)
    if whole:
        start = (0,) * len(sizes)
        return ReceptiveField(name, sizes, sizes, sizes, stride, start, True, aligned)
    return ReceptiveField(
        name,
        tuple(field.size for field in fields),
        tuple(field.least for field in fields),
        tuple(field.most for field in fields),
        stride,
        tuple(field.start for field in fields),
        False,
        aligned,
    )
