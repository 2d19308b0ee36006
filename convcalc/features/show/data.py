"""The answer of `convcalc show` as JSON, version 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcalc.features.show.values import Cell, Numbers, Read, Shown, Stretched, View
from convcalc.report.json_text import json_lines

SHOW_VERSION = 1


def render(layers: Sequence[Shown], views: Sequence[View]) -> str:
    """The answer as one JSON object, one layer a line; all views, or those that are wanted."""
    return json_lines({"version": SHOW_VERSION, "layers": [_layer(one, views) for one in layers]})


def _layer(shown: Shown, views: Sequence[View]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "layer": shown.text,
        "kind": shown.kind,
        "has_channels": shown.has_channels,
        "input": _array(shown.input),
        "arrays": {name: _array(numbers) for name, numbers in shown.arrays.items()},
        "output": _array(shown.output),
        "agreeing": ["run", *shown.agreeing],
    }
    for view in shown.views:
        if view in views or not views:
            data[view] = _VIEWS[view](shown)
    return data


def _array(numbers: Numbers) -> dict[str, Any]:
    return {"shape": list(numbers.shape), "values": [_number(v) for v in numbers.values]}


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _windows(shown: Shown) -> list[dict[str, Any]]:
    """The places that each output reads; null in the padding, and for inserted zeros."""
    return [
        {
            "output": list(cell.place),
            "reads": [None if read.place is None else list(read.place) for read in cell.reads],
        }
        for cell in shown.cells
    ]


def _im2col(shown: Shown) -> dict[str, Any]:
    """A row for each output; zeros in the padding (null for a max pool, where none wins)."""
    nothing = None if shown.form == "max" else 0

    def value(read: Read) -> float | int | None:
        return nothing if read.place is None else _number(shown.input[read.place])

    rows = [[value(read) for read in cell.reads] for cell in shown.cells]
    return {"rows": rows, "outputs": [list(cell.place) for cell in shown.cells]}


def _matrix(shown: Shown) -> dict[str, Any]:
    assert shown.matrix is not None
    return {
        "rows": [[_number(value) for value in row] for row in shown.matrix.rows],
        "offset": [_number(value) for value in shown.matrix.offset],
        "holds_for_this_input_alone": shown.matrix.winners,
    }


def _stretched(shown: Shown) -> dict[str, Any]:
    form: Stretched | None = shown.stretched
    assert form is not None
    return {
        "input": _array(form.input),
        "marks": list(form.marks),
        "weight": _array(form.weight),
        "border": [list(sides) for sides in form.border],
        "inserted": list(form.inserted),
        "dilation": list(form.dilation),
    }


def _sums(shown: Shown) -> list[dict[str, Any]]:
    return [_sum(shown, cell) for cell in shown.cells]


def _sum(shown: Shown, cell: Cell) -> dict[str, Any]:
    data: dict[str, Any] = {"output": list(cell.place), "value": _number(cell.value)}
    data["inputs"] = [_number(shown.input[read.place or ()]) for read in cell.inside]
    if shown.form == "sum":
        weight = shown.arrays["weight"]
        data["weights"] = [_number(weight[read.weight or ()]) for read in cell.inside]
        bias = shown.bias
        data["bias"] = _number(bias.values[cell.place[0]]) if bias else 0
    if shown.form == "mean":
        data["divisor"] = cell.divisor
    return data


_VIEWS = {
    "windows": _windows,
    "im2col": _im2col,
    "matrix": _matrix,
    "stretched": _stretched,
    "sums": _sums,
}
