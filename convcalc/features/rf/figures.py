"""A report of receptive fields as its JSON has it: a row a layer, with a field on each source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated

from convcalc.core.records import Count, Key, Record, Sizes
from convcalc.core.shapes import spatial
from convcalc.features.rf.values import AxisField, LayerField

Pixels = Annotated[tuple[Count, ...] | None, Key("None where the input's size is open.")]


@dataclass(frozen=True, slots=True)
class FieldConvention(Record):
    """What the figures mean."""

    size: Annotated[str, Key("What `size`, `min` and `max` measure.")] = (
        "pixels from the first to the last that the centre unit sees, padding included; min and "
        "max over the map where it depends on the position"
    )
    stride: Annotated[str, Key("What `stride` measures.")] = (
        "pixels between the fields of neighbouring units"
    )
    start: Annotated[str, Key("What `start` measures.")] = (
        "first pixel that unit 0 sees; the effective padding is its negative (Araujo et al.)"
    )
    used: Annotated[str, Key("What `used` measures.")] = (
        "share of the centre unit's window that some path uses; below 1 it has holes"
    )
    effective: Annotated[str, Key("What `effective` measures.")] = (
        "from two standard deviations before the mean to two behind it, for uniform kernels and "
        "merges that take their inputs in equal shares, concat by channels (Luo et al.)"
    )
    padding_share: Annotated[str, Key("What `padding_share` measures.")] = (
        "share of the centre unit's window that lies outside the input"
    )


@dataclass(frozen=True, slots=True)
class Ignored(Record):
    """What was left out."""

    words: Annotated[tuple[str, ...], Key("The words that ask for it.")]
    layers: Annotated[tuple[str, ...], Key("The layers that they mean.")]


@dataclass(frozen=True, slots=True)
class AxisFigures(Record):
    """A local field on one axis, in pixels of the source."""

    size: Annotated[Count, Key("Size for the centre unit.")]
    min: Annotated[Count, Key("Smallest size over the map.")]
    max: Annotated[Count, Key("Largest size over the map.")]
    stride: Annotated[
        Fraction | None,
        Key(
            "Pixels from one unit's field to the next; null where they follow each other in no "
            "pattern.",
            null=True,
        ),
    ]
    start: Annotated[int, Key("First pixel that unit 0 sees.")]
    padding: Annotated[int, Key("Pixels that unit 0 sees before the source begins.")]
    outside: Annotated[
        tuple[Count, Count] | None,
        Key("Pixels of the centre unit's window before the source and behind it; null where the "
            "input's size is open."),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share(Record):
    """A share of a window."""

    share: Annotated[float, Key("The share, from 0 to 1.", minimum=0, maximum=1)]
    exact: Annotated[str, Key("The same as a fraction.", pattern="^[0-9]+(/[0-9]+)?$")]


@dataclass(frozen=True, slots=True)
class FieldFigures(Record):
    """What a layer's units see of one source: per axis, in its pixels."""

    size: Annotated[Pixels, Key("Size for the centre unit; null where it is open, as are others.")]
    min: Annotated[Pixels, Key("Smallest size over the map.")]
    max: Annotated[Pixels, Key("Largest size over the map.")]
    is_global: Annotated[bool, Key("Every unit depends on all of the source.", name="global")]
    aligned: Annotated[bool, Key("False where paths of unequal stride meet.")]
    used: Annotated[
        Share | None, Key("Pixels of the window that some path uses; null where not counted.")
    ]
    holes: Annotated[bool | None, Key("Whether there are others.")]
    gridded: Annotated[bool | None, Key("Whether whole rows or columns are unused.")]
    effective: Annotated[
        tuple[float, ...] | None, Key("The effective size; null where it is not followed.")
    ]
    padding_share: Annotated[float | None, Key("Share of the window outside the source.")]
    exceeds_input: Annotated[bool | None, Key("Whether the field is larger than the source.")]
    local: Annotated[
        tuple[AxisFigures, ...],
        Key("The local field; empty where no position is left, or its pattern is too long."),
    ]
    at_most: Annotated[
        bool, Key("The figures are upper bounds: something on the way is not followed.")
    ]


@dataclass(frozen=True, slots=True)
class FieldRow(Record):
    """One layer."""

    name: Annotated[str, Key("The layer's name.")]
    kind: Annotated[str, Key("Its kind.")]
    output: Annotated[Sizes | None, Key("Its output; null where the input's size is open.")]
    fields: Annotated[Mapping[str, FieldFigures], Key("What it sees of each source, by name.")]


def rows_of(fields: Iterable[LayerField], is_placed: bool) -> tuple[FieldRow, ...]:
    """A row for each layer; without `is_placed` what depends on the input's size is None."""
    found: dict[int, tuple[LayerField, dict[str, FieldFigures]]] = {}
    for field in fields:
        _, by_source = found.setdefault(field.index, (field, {}))
        by_source[field.source] = _figures(field, is_placed)
    return tuple(
        FieldRow(first.layer, first.kind, first.output if is_placed else None, by_source)
        for first, by_source in found.values()
    )


def _figures(field: LayerField, is_placed: bool) -> FieldFigures:
    whole = spatial(field.source_shape) if field.is_global else None
    size, least, most = (
        None if field.is_global and not is_placed else whole or local
        for local in (
            tuple(axis.size for axis in field.axes),
            tuple(axis.least for axis in field.axes),
            tuple(axis.most for axis in field.axes),
        )
    )
    used, effective = field.used, field.effective
    return FieldFigures(
        size,
        least,
        most,
        field.is_global,
        field.aligned,
        None if used is None else Share(round(float(used), 6), str(used)),
        None if used is None else field.has_holes,
        None if used is None else field.is_gridded,
        None if effective is None else tuple(round(size, 3) for size in effective),
        round(float(field.padding_share), 6) if field.axes and is_placed else None,
        field.exceeds if is_placed else None,
        tuple(_axis(axis, is_placed) for axis in field.axes),
        field.at_most,
    )


def _axis(axis: AxisField, is_placed: bool) -> AxisFigures:
    return AxisFigures(
        axis.size,
        axis.least,
        axis.most,
        axis.stride,
        axis.start,
        axis.padding,
        (axis.before, axis.after) if is_placed else None,
    )
