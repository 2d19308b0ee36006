"""The columns of a report of receptive fields: what each is called, and what it says of a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_axes, format_shape
from convcalc.features.rf.phrases import percent

if TYPE_CHECKING:
    from convcalc.features.rf import AxisField, LayerField


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` is its name in CSV, `title` its heading for people.

    `exact` is the cell of CSV where it differs from the one for people. `is_name` marks text out
    of the file. `is_placed` marks what only an input of known size can say. `meaning` explains
    the column below the table where its title does not.
    """

    key: str
    title: str
    cell: Callable[[LayerField], str]
    exact: Callable[[LayerField], str] | None = None
    is_name: bool = False
    is_placed: bool = False
    meaning: str = ""

    @property
    def is_right(self) -> bool:
        """True for what is aligned right."""
        return not self.is_name and self.key not in ("kind", "output")

    def text(self, field: LayerField, is_placed: bool) -> str:
        """The cell for people; empty where only an input of known size could say it."""
        return self.cell(field) if is_placed or not self.is_placed else ""

    def plainly(self, field: LayerField, is_placed: bool) -> str:
        """The cell of CSV; empty where only an input of known size could say it."""
        is_open = self.is_placed or (self.key == "size" and field.is_global)
        return (self.exact or self.cell)(field) if is_placed or not is_open else ""


def _axes(field: LayerField, show: Callable[[AxisField], object]) -> str:
    return format_axes(tuple(map(show, field.axes)))


def field_text(field: LayerField) -> str:
    """The size: `11`, `11x7`, `8..34` where it depends on the position; `all` in front of the
    local field where every unit sees the whole input."""
    local = _axes(field, lambda a: f"{a.least}..{a.most}" if a.varies else str(a.size))
    if field.is_global:
        return f"all ({local})" if local else "all"
    return local or "?"


def _size(field: LayerField) -> str:
    return format_axes(field.sizes)


def used_text(field: LayerField) -> str:
    """`full`, or the share of pixels used, never rounded to all or nothing."""
    if field.used is None:
        return "" if not field.axes else "?"
    return "full" if field.used == 1 else percent(field.used)


def _effective(digits: int) -> Callable[[LayerField], str]:
    def cell(field: LayerField) -> str:
        sizes = field.effective or ()
        return format_axes(tuple(f"{size:.{digits}f}" for size in sizes))

    return cell


def _outside(field: LayerField) -> str:
    return percent(field.padding_share) if field.axes else ""


COLUMNS: dict[str, Column] = {
    column.key: column
    for column in (
        Column("name", "layer", lambda field: field.layer, is_name=True),
        Column("kind", "kind", lambda field: field.kind),
        Column("output", "output", lambda field: format_shape(field.output), is_placed=True),
        Column("source", "of", lambda field: field.source, is_name=True),
        Column(
            "size",
            "field",
            field_text,
            _size,
            meaning="pixels from the first to the last that the centre unit sees, padding included",
        ),
        Column("min", "min", lambda field: _axes(field, lambda axis: axis.least)),
        Column("max", "max", lambda field: _axes(field, lambda axis: axis.most)),
        Column("stride", "stride", lambda field: _axes(field, lambda axis: axis.stride)),
        Column("start", "start", lambda field: _axes(field, lambda axis: axis.start)),
        Column("padding", "padding", lambda field: _axes(field, lambda axis: axis.padding)),
        Column(
            "used",
            "used",
            used_text,
            lambda field: "" if field.used is None else f"{float(field.used):.6g}",
            meaning="share of the field that some path reads",
        ),
        Column(
            "effective",
            "effective",
            _effective(0),
            _effective(3),
            meaning="+-2 standard deviations for uniform kernels (Luo et al.)",
        ),
        Column(
            "outside",
            "outside",
            _outside,
            lambda field: f"{float(field.padding_share):.6g}" if field.axes else "",
            is_placed=True,
            meaning="share of the field beyond the input",
        ),
        Column("global", "global", lambda field: "yes" if field.is_global else "no"),
        Column("aligned", "aligned", lambda field: "yes" if field.aligned else "no"),
    )
}

USUAL = ("name", "kind", "output", "size", "stride", "start", "used", "effective", "outside")


def spellings() -> dict[str, str]:
    """Every name that a column may be asked by, to its key.

    >>> spellings()["field"], spellings()["size"]
    ('size', 'size')
    """
    names = {column.key: column.key for column in COLUMNS.values()}
    return names | {column.title: column.key for column in COLUMNS.values()}
