"""One unit's field as the parts of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import AXIS_NAMES, format_shape
from convcalc.core.text import in_words
from convcalc.report.page import Notes, Page, Part, Prose, Title, read_as
from convcalc.report.table import Column, Table, Value, rows_of

if TYPE_CHECKING:
    from convcalc.features.rf.answer import LayerUnit, UnitReport
    from convcalc.features.rf.unit import UnitField


def page(report: UnitReport) -> Page:
    """Units as the parts of an answer; for machines a row an axis."""
    parts = [part for view in report.units for part in _parts(view)]
    axes = [axis for view in report.units for axis in _axes(view)]
    return Page((*read_as(report.reading), *parts), main=Table(COLUMNS, rows_of(COLUMNS, axes)))


class _Axis(NamedTuple):
    """One axis of the field of a unit; pixels are first and last."""

    view: LayerUnit
    field: UnitField
    axis: str
    unit: int | None
    window: tuple[int, int] | None
    real: tuple[int, int] | None


def _end(name: str, at: int, one: _Axis) -> Value:
    ends: tuple[int, int] | None = getattr(one, name)
    return "" if ends is None else ends[at]


COLUMNS: tuple[Column[_Axis], ...] = (
    Column("layer", "layer", lambda one: one.view.layer, is_name=True),
    Column("source", "of", lambda one: one.field.source, is_name=True),
    Column("axis", "axis", lambda one: one.axis),
    Column("unit", "unit", lambda one: "" if one.unit is None else one.unit, right=True),
    *(
        Column(f"{name}_{side}", f"{name} {side}", partial(_end, name, at), right=True)
        for name in ("window", "real")
        for at, side in enumerate(("first", "last"))
    ),
)


def _axes(view: LayerUnit) -> Iterator[_Axis]:
    for field in view.fields:
        names = AXIS_NAMES[len(field.shape) - 1]
        # Behind axes that were moved a unit has other ones than the source.
        units = view.unit if len(view.unit) == len(names) else (None,) * len(names)
        for at, (axis, unit) in enumerate(zip(names, units, strict=True)):
            window, real = (
                None if ends is None else ends[at] for ends in (field.window, field.real)
            )
            yield _Axis(view, field, axis, unit, window, real)


def _parts(view: LayerUnit) -> Iterator[Part]:
    at = ",".join(map(str, view.unit))
    what = f"a {'x'.join(map(str, view.output[1:]))} map" if view.output[1:] else "a vector"
    if not view.is_placed:
        what = "input of any size"
    yield Title(f"{view.network}: unit {at} of `{view.layer}` ({what})")
    if view.ignored:
        yield Notes((("ignored", ", ".join(view.ignored)),))
    for field in view.fields:
        shape = f" {format_shape(field.shape)}" if view.is_placed else ""
        yield Notes(tuple(_source(field, view.is_placed)), 2, f"`{field.source}`{shape}")
    if not view.fields:
        yield Prose(("it depends on none of the inputs asked for",))


def _source(field: UnitField, is_placed: bool) -> Iterator[tuple[str, str]]:
    most = "at most " if field.at_most else ""
    if field.is_global and field.at_most:
        yield "sees", "at most the whole input: what positions became on the way is not followed"
    elif field.is_global:
        yield "sees", "the whole input, through a layer that sees its whole map"
    if field.window is not None:
        yield "window", f"{_ends(field.window)}: {_pixels(field.window)}"
        outside = [
            (max(0, -first), max(0, last - size + 1))
            for (first, last), size in zip(field.window, field.shape[1:], strict=True)
        ]
        if is_placed and any(map(any, outside)):
            said = ", ".join(f"{before} before and {after} after" for before, after in outside)
            yield "outside", said
    if not field.is_counted:
        yield "pixels", "not counted: the maps on the way are too large"
    elif field.real is None:
        yield "pixels", "none: it sees padding alone"
    else:
        yield "real", f"{most}{_ends(field.real)}: {_pixels(field.real)}"
        holes = ", no holes" if not field.holes else f", {in_words(field.holes, 'pixel')} left out"
        used = in_words(field.used or 0, "real pixel")
        yield "used", f"{most}{used}{'' if field.at_most else holes}"


def _ends(ends: tuple[tuple[int, int], ...]) -> str:
    names = AXIS_NAMES[len(ends)]
    return ", ".join(
        f"{f'{name} ' if len(ends) > 1 else ''}{first}..{last}"
        for name, (first, last) in zip(names, ends, strict=True)
    )


def _pixels(ends: tuple[tuple[int, int], ...]) -> str:
    size = _size(ends)
    return f"{size} pixel{'' if size == '1' else 's'}"


def _size(ends: tuple[tuple[int, int], ...]) -> str:
    return "x".join(str(last - first + 1) for first, last in ends)
