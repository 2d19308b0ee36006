"""What the script of a page knows of a network, as JSON that is safe within HTML.

Rows are lists in the order of `KEYS` in `page.js`: names of keys on each of thousands of layers
would be most of the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import inline
from convcalc.planning.receptive import receptive_field
from convcalc.report.columns import DECLARED, field_text, sum_value
from convcalc.report.diagram.lettering import lettering
from convcalc.report.short_fields import row_fields
from convcalc.report.table import Cell

if TYPE_CHECKING:
    from convcalc.planning import Plan, Row
    from convcalc.planning.receptive import KeptReach
    from convcalc.planning.result import Group
    from convcalc.report.diagram import Outline, Sketch

# Larger integers lose digits as the numbers of a script.
_MOST_EXACT = 2**53
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


def page_data(plan: Plan, outline: Outline | None, sketch: Sketch | None) -> dict[str, Any]:
    """The layers, blocks and totals of a plan, and where its nodes stand in the drawing."""
    places = {name: at for at, name in enumerate(plan.inputs)}
    totals = plan.totals
    return {
        "inputs": [
            {"name": inline(name), "shape": list(shape)} for name, shape in plan.inputs.items()
        ],
        "totals": {
            "params": _count(totals.params),
            "macs": _count(totals.macs),
            "bytes": _count(totals.memory.activations),
        },
        "bounds": [key for key in ("params", "macs") if key in totals.lower_bounds],
        "rows": [_row(row, places) for row in plan.rows],
        "groups": list(_groups(plan)),
        "nodes": [] if outline is None or sketch is None else _nodes(plan, outline, sketch),
    }


def safe_json(data: Mapping[str, Any]) -> str:
    """JSON that ends no element and begins none, within a `script` of data.

    >>> safe_json({"name": "</script><b>&"})
    '{"name":"\\\\u003c/script\\\\u003e\\\\u003cb\\\\u003e\\\\u0026"}'
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.translate(_ESCAPES)


def _row(row: Row, places: Mapping[str, int]) -> list[Any]:
    fields = row.receptive_fields
    seen_mark = DECLARED if fields and "receptive_field" in row.declared else ""
    views = (_view(seen, row, places) for seen in row.seen)
    return [
        inline(row.name),
        inline(row.kind),
        inline(row_fields(row)),
        format_shape(row.output),
        inline(", ".join(row.inputs)),
        _count(row.params),
        _count(row.macs),
        _count(row.activation_bytes),
        " / ".join(map(field_text, fields)) + seen_mark,
        " / ".join(format_axes(field.stride) for field in fields),
        [view for view in views if view is not None],
        _marks((row,), (row.params, row.macs, row.activation_bytes)),
        inline(row.op),
    ]


def _marks(rows: Sequence[Row], sums: Sequence[int]) -> dict[str, str]:
    """What is shown in place of params and MACs that are bounds, declared, or not known."""
    named = zip(("params", "macs"), sums, strict=False)
    values = {key: sum_value(rows, key, found) for key, found in named}
    return {key: value.text for key, value in values.items() if isinstance(value, Cell)}


def _view(seen: KeptReach, row: Row, places: Mapping[str, int]) -> dict[str, Any] | None:
    """What the unit in the middle sees of one input: first pixel, size, stride, unit of each axis.

    None where that is not known.
    """
    name, shape = row.plan.graph.input_at(seen.source)
    field = receptive_field(seen, name, shape)
    if field is None:
        return None
    view: dict[str, Any] = {"input": places[name], "axes": []}
    if field.is_global:
        view["global"] = True
        view["axes"] = [[0, size, 0, 0] for size in field.size]
    else:
        centres = zip(seen.centre(), field.size, field.stride, strict=False)
        view["axes"] = [[at, size, _number(stride), unit] for (unit, at), size, stride in centres]
    if field.at_most:
        view["bound"] = True
    return view


def _number(value: Fraction | int) -> int | float:
    whole = Fraction(value)
    return whole.numerator if whole.denominator == 1 else float(whole)


def _groups(plan: Plan) -> Sequence[list[Any]]:
    """Every use of a block that has layers, with the sums over them."""
    return [_group(one, rows) for one in plan.groups if (rows := plan.rows[one.first : one.end])]


def _group(group: Group, rows: Sequence[Row]) -> list[Any]:
    figures = [(row.params, row.macs, row.activation_bytes) for row in rows]
    total = tuple(map(sum, zip(*figures, strict=True)))
    return [
        inline(group.name),
        inline(group.block),
        group.depth,
        group.first,
        group.end,
        format_shape(group.output),
        *map(_count, total),
        _marks(rows, total),
    ]


def _nodes(plan: Plan, outline: Outline, sketch: Sketch) -> list[list[Any]]:
    """For each node its box, its last layer, and all about it in words; inputs have no layer."""
    shift = plan.graph.input_count
    return [
        [
            *(round(value, 1) for value in sketch.boxes[node.at]),
            node.rows[-1].node.at - shift,
            inline(lettering(outline, node).whole),
        ]
        for node in outline.nodes
        if node.rows
    ]


def _count(number: int) -> int | str:
    """A count, as text where a script would round it.

    >>> _count(5), _count(2**60)
    (5, '1152921504606846976')
    """
    return number if number < _MOST_EXACT else str(number)
