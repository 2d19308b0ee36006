"""Receptive fields as measured, against the plan's and against the report of holes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import prod
from typing import Any

from convcalc.core.shapes import Shape, format_axes
from convcalc.features.rf import LayerField
from convcalc.features.verify.report import Check
from convcalc.features.verify.seen_fields import Fields, Measured, Seen
from convcalc.planning import Row
from convcalc.planning.receptive import ReceptiveField


def compared(
    row: Row, fields: Fields, index: int, reported: Mapping[str, LayerField]
) -> Iterator[Check]:
    """One check for each input of the network that the layer at `index` was seen to read.

    `reported` has the share of used pixels by input, as `convcalc rf` says it.
    """
    graph = row.plan.graph
    planned = {field.input: field for field in row.receptive_fields}
    for source, seen in sorted(fields.seen[index].items()):
        name, shape = graph.input_at(source)
        check = _check(planned.get(name), reported.get(name), seen, fields, row.output, shape)
        if graph.input_count > 1:
            note = "; ".join(filter(None, (f"of {name}", check.note)))
            check = Check(check.name, check.planned, check.measured, check.ok, note)
        yield check


def _check(
    planned: ReceptiveField | None,
    reported: LayerField | None,
    seen: Seen,
    fields: Fields,
    output: Shape,
    source: Shape,
) -> Check:
    if planned is None:
        return Check("field", "", "", None, "the plan follows no pattern that long")
    if seen.gap:
        return Check("field", _planned_words(planned), "not measured", None, seen.gap)
    if planned.is_global or seen.whole:
        measured = "all of it" if seen.whole else "a part"
        # An upper bound holds for whatever is less.
        is_right = planned.at_most or _is_all(planned, source) == seen.whole
        return Check("field", _planned_words(planned), measured, is_right)
    if seen.lost:
        return Check("field", _planned_words(planned), "no positions", False)
    found = fields.measured(seen, output)
    if found is None:
        note = "it would take too long; a smaller --input has the same field"
        return Check("field", _planned_words(planned), "not measured", None, note)
    wanted = tuple(
        (planned.size[a], planned.least[a], planned.most[a], planned.stride[a], planned.start[a])
        for a in range(len(found))
    )
    is_right = wanted == tuple(axis[:5] for axis in found)
    used = None if reported is None else reported.used
    share = _share(found)
    holes = format_axes(tuple(f"{axis.pixels} of {axis.size}" for axis in found))
    note = f"holes: the centre uses {holes} pixels" if share < 1 else ""
    if used is None or _holes_agree(used, share, fields.is_joined(seen)):
        return Check("field", _planned_words(planned), _measured_words(found), is_right, note)
    return Check(
        "field",
        f"{_planned_words(planned)}, {_percent(used)} used",
        f"{_measured_words(found)}, {_percent(share)} used",
        False,
        note,
    )


def _is_all(planned: ReceptiveField, source: Shape) -> bool:
    """True where every unit is planned to see the whole map, by name or by the same window.

    Beside a path that moves along, as in x + softmax(x), the window of each unit is that and more.
    """
    sizes = zip(source[1:], planned.size, planned.start, planned.stride, planned.least, strict=True)
    return planned.is_global or all(
        start <= 0
        # Of paths that meet the first unit's start is not the centre's.
        and (start + size >= whole if stride == 0 else not planned.aligned and least >= whole)
        for whole, size, start, stride, least in sizes
    )


def _share(found: tuple[Measured, ...]) -> Fraction:
    """The share of the centre's window that lies in used rows and columns."""
    return prod((Fraction(axis.pixels, max(axis.size, 1)) for axis in found), start=Fraction(1))


def _holes_agree(used: Fraction, share: Fraction, is_joined: bool) -> bool:
    # Where paths of different fields meet, their union need not fill the product of its rows
    # and columns: a cross of two bars is no square.
    return used <= share if is_joined else used == share


def _percent(share: Fraction) -> str:
    return f"{float(100 * share):.4g} %"


def _planned_words(field: ReceptiveField) -> str:
    if field.is_global:
        return "at most all of it" if field.at_most else "all of it"
    return _words(field.size, field.least, field.most, field.stride, field.start)


def _measured_words(found: tuple[Measured, ...]) -> str:
    columns = list(zip(*found, strict=True))
    if not columns:
        return "one number"
    size, least, most, stride, start = columns[:5]
    return _words(size, least, most, stride, start)


def _words(size: Any, least: Any, most: Any, stride: Any, start: Any) -> str:
    varies = f" ({format_axes(least)} to {format_axes(most)})" if least != most else ""
    return f"{format_axes(size)}{varies} /{format_axes(stride)} @{format_axes(start)}"
