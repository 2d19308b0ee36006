"""The relationships as a table, or those of one layer with its numbers put in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convcalc.features.relations.answer import (
    Applied,
    AxisRelations,
    LayerRelations,
    Relationship,
    RelationTable,
)
from convcalc.report.page import Notes, Page, Part, Prose, Title, read_as
from convcalc.report.table import Column, Table, rows_of
from convcalc.shorthand.axis import AXIS_TITLES
from convcalc.shorthand.regimes import RELATIONSHIPS

_LETTERS = (
    "i input, o output, k kernel, s stride, p padding of both sides, d dilation; i' and o' are "
    "those of the transposed layer, k', s' and p' its parameters as a convolution of the stretched "
    "input, a = (i + 2p − k) mod s."
)
_SOURCE = "Dumoulin & Visin, A guide to convolution arithmetic for deep learning, 2016."
_DILATED = (
    "The guide dilates no transposed layer; with K = d(k − 1) + 1 in place of k relationships 8 to "
    "14 hold all the same."
)

# Where the end of an axis is.
_ENDS = {
    "height": ", at the bottom",
    "width": ", at the right",
    "both": ", at the bottom and at the right",
}


def page_of_all(found: RelationTable) -> Page:
    """The fifteen relationships in letters."""
    table = Table(_ALL, rows_of(_ALL, found.relationships), yields=("parameters", "example"))
    return Page((table, Prose((_LETTERS,)), Prose((_SOURCE,))))


_ALL: tuple[Column[Relationship], ...] = (
    Column("number", "", lambda one: one.number, right=True),
    Column("name", "relationship", lambda one: one.name, folds=16),
    Column("holds_for", "holds for", lambda one: one.holds_for, folds=12),
    Column("formula", "size", lambda one: one.formula, folds=24),
    Column("parameters", "as a convolution", lambda one: one.parameters or "", folds=24),
    Column("example", "example", lambda one: f"{one.example} → {one.example_output}", folds=20),
)


class _Line(NamedTuple):
    """A relationship along an axis."""

    axis: str
    one: Applied


def page_of_layer(found: LayerRelations) -> Page:
    """Both directions with their numbers, and how all fifteen stand, once for axes that agree."""
    groups = _groups(found)
    title = Title(" , ".join(dict.fromkeys(map(_sizes, found.axes))))
    parts: list[Part] = [title, *read_as(found.reading)]
    for name, axis in groups:
        side = _ENDS.get(name, _ENDS["both"] if len(found.axes) == 2 else "")
        parts.append(Notes(tuple(_both(axis, side)), 2, name, 9))
        lines = [_Line(name, one) for one in axis.relationships]
        parts.append(Table(_APPLIED, rows_of(_APPLIED, lines), indent=2))
    if any(axis.convolution.span > axis.convolution.kernel for _, axis in groups):
        parts.append(Prose((_DILATED,)))
    every = [_Line(name, one) for name, axis in groups for one in axis.relationships]
    return Page(tuple(parts), Table(_MACHINE, rows_of(_MACHINE, every)))


def _groups(found: LayerRelations) -> list[tuple[str, AxisRelations]]:
    if len({axis.inverse for axis in found.axes}) == 1:
        return [("", found.axes[0])]
    return list(zip(AXIS_TITLES[len(found.axes)], found.axes, strict=True))


def _sizes(axis: AxisRelations) -> str:
    forward = axis.inverse.forward
    return f"{forward.size} → {forward.output}"


def _both(axis: AxisRelations, end: str) -> Iterator[tuple[str, str]]:
    convolution, it = axis.convolution, axis.transposed
    yield "forward", f"{_name(axis.forward)}{axis.formula}"
    yield "a", f"{axis.a_sum}: {_side(axis, end)}"
    span = "K" if convolution.span > convolution.kernel else "k"
    borders = [f"{span} − 1 − p = {it.span} − 1 − {side}" for side in (it.before, it.after)]
    before, after = axis.border
    if before == after:
        around = f"p' = {borders[0]} = {_signed(before)}"
    else:
        around = (
            f"p' = {borders[0]} = {_signed(before)} before, {borders[1]} = {_signed(after)} after"
        )
    zeros = f"{axis.zeros_between} zero{'' if axis.zeros_between == 1 else 's'} between two inputs"
    yield "back", f"{_name(axis.back)}k' = {it.kernel}, s' = 1, {around}, {zeros}"
    yield "", axis.back_formula


def _name(number: int | None) -> str:
    """The relationship, where the guide has one."""
    return f"{number}, {RELATIONSHIPS[number][0]}: " if number else ""


def _signed(number: int) -> str:
    return f"{number}".replace("-", "−")


def _side(axis: AxisRelations, end: str) -> str:
    """What a is, and the side that its zeros go to."""
    extra, it = axis.extra, axis.convolution
    if extra < 0:
        return f"the last window sticks out, and {-extra} must be cut off at the end"
    if it.size != axis.restored:
        return f"of the layer that is asked about a is {extra}"
    if not extra:
        return "the last window ends where the padded input does; nothing is added"
    are = "is" if extra == 1 else "are"
    zeros = "zero" if extra == 1 else "zeros"
    return (
        f"the last {extra} of {it.size + it.before + it.after} padded pixels {are} read by no "
        f"window; {extra} {zeros} go{'es' if extra == 1 else ''} to the end{end}"
    )


def _here(line: _Line) -> str:
    return line.one.sum or f"no: {', '.join(line.one.unmet)}"


_APPLIED: tuple[Column[_Line], ...] = (
    Column("number", "", lambda line: line.one.number, right=True),
    Column("name", "relationship", lambda line: line.one.name, folds=16),
    Column("holds_for", "holds for", lambda line: line.one.holds_for, folds=14),
    Column("here", "here", _here, folds=28),
)
_MACHINE: tuple[Column[_Line], ...] = (
    Column("axis", "axis", lambda line: line.axis),
    Column("number", "number", lambda line: line.one.number, right=True),
    Column("name", "relationship", lambda line: line.one.name),
    Column("holds", "holds", lambda line: "yes" if line.one.holds else "no"),
    Column("here", "here", _here),
)
