"""The answer of `convcalc shape` as text: the size first, then the reasons."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import ascii_only, count
from convcalc.features.shape.answer import ShapeAnswer, Step
from convcalc.features.shape.sharing import other_lines
from convcalc.planning.receptive import ReceptiveField
from convcalc.report.columns import field_text
from convcalc.report.grid import grid
from convcalc.shorthand.axis import axis_text, labelled


def render(answer: ShapeAnswer, unicode: bool = True, quiet: bool = False) -> str:
    """The answer; `quiet` gives the bare size."""
    size = format_shape(answer.output)
    if quiet:
        return f"{size}\n"
    parts = [size]
    reading = answer.question.reading
    parts += [f"  {reading}"] if reading else []
    parts += _one(answer) if len(answer.steps) == 1 else _chain(answer)
    text = "\n\n".join(parts) + "\n"
    return text if unicode else ascii_only(text)


def _one(answer: ShapeAnswer) -> list[str]:
    (step,) = answer.steps
    parts = [axis_text(list(step.axes))] if step.axes else []
    if not step.axes or len(step.output) != len(step.x):
        parts.append(labelled(other_lines(step.layer, step.x, step.output, answer.shown)))
    parts.append(labelled(_cost_lines(answer, step)))
    parts.append(labelled(_dialect_lines(answer, step)))
    return [part for part in parts if part]


def _cost_lines(answer: ShapeAnswer, step: Step) -> list[tuple[str, str]]:
    weights = step.layer.weights(step.x)
    if not answer.has_channels or not weights:
        return _missing_lines(answer)
    arrays = " + ".join(f"{name} {format_shape(shape)}" for name, shape in weights.items())
    lines = [("params", f"{count(step.facts.params)} ({arrays})")]
    if step.facts.macs:
        lines.append(("MACs", f"{count(step.facts.macs)} for one sample"))
    return lines


def _missing_lines(answer: ShapeAnswer) -> list[tuple[str, str]]:
    """What to write for the costs that the question asks for and cannot have."""
    open_layer = answer.unfiltered
    if open_layer is not None:
        kind = open_layer.kind or "conv"
        fields = open_layer.text.removeprefix(kind).strip()
        return [("channels", f"need the number of filters, N: {kind} N {fields}")]
    if answer.has_channels or not any(one.written.names_filters for one in answer.steps):
        return []
    forms = f"3@{format_shape(answer.input)}"
    if len(answer.input) == 1:
        forms = f"3x{answer.input[0]}x{answer.input[0]} or {forms}"
    return [("params", f"and MACs need the input's channels: write {forms}")]


def _dialect_lines(answer: ShapeAnswer, step: Step) -> list[tuple[str, str]]:
    if answer.dialect is None:
        return []
    rules = step.rules or ("no rule of its own for this layer",)
    lines = [(answer.dialect.name if not index else "", rule) for index, rule in enumerate(rules)]
    if not step.axes:
        return []
    elsewhere = [f"{name}: {says}" for name, says in step.elsewhere]
    return lines + [
        ("" if index else "elsewhere", text)
        for index, text in enumerate(elsewhere or ["every other dialect agrees"])
    ]


def _chain(answer: ShapeAnswer) -> list[str]:
    parts = [_table(answer), labelled(list(_sums(answer)))]
    field = answer.steps[-1].field
    if field is not None:
        parts.append(labelled([("field", _field_line(field))]))
    parts.append(labelled(_missing_lines(answer)))
    return [part for part in parts if part]


def _table(answer: ShapeAnswer) -> str:
    """The layers, right-aligned numbers; costs only where channels were given."""
    counted = answer.has_channels
    rows = [["", "layer", "output", "params", "MACs", "field", "stride"]]
    rows.append(["", "input", format_shape(answer.input), "", "", "", ""])
    for number, step in enumerate(answer.steps, 1):
        rows.append(
            [
                str(number),
                step.written.text,
                format_shape(answer.shown(step.output)),
                count(step.facts.params),
                count(step.facts.macs),
                field_text(step.field) if step.field else "?",
                _stride(step.field),
            ]
        )
    if counted:
        rows.append(["", "total", "", count(answer.params), count(answer.macs), "", ""])
    else:
        rows = [row[:3] + row[5:] for row in rows]
    return "\n".join(grid(rows, left=2))


def _stride(field: ReceptiveField | None) -> str:
    return format_axes(field.stride) if field and field.stride else ""


def _sums(answer: ShapeAnswer) -> Iterator[tuple[str, str]]:
    """The sum of each layer, once where its axes agree, and what it drops."""
    for number, step in enumerate(answer.steps, 1):
        label = f"layer {number}"
        if not step.axes:
            for _, text in other_lines(step.layer, step.x, step.output, answer.shown)[:1]:
                yield label, text
            continue
        for axis in {axis.key: axis for axis in step.axes}.values():
            dropped = f"; drops {axis.dropped} of {axis.size} pixels" if axis.dropped else ""
            yield label, f"{axis.formula}{dropped}"
            label = ""
        for rule in step.rules:
            yield "", rule
        for name, says in step.elsewhere:
            yield "", f"elsewhere {name}: {says}"


def _field_line(field: ReceptiveField) -> str:
    if field.is_global:
        return "every output sees the whole input"
    size = format_axes(field.size)
    if field.varies:
        size = f"{format_axes(field.least)} to {format_axes(field.most)}"
    axis = " an axis" if len(field.size) > 1 else ""
    start = format_axes(field.start).replace("-", "−")
    return f"{size} pixels{axis}, stride {format_axes(field.stride)}, the first starts at {start}"
