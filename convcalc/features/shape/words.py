"""The answer of `convcalc shape`: the size first, then the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import count
from convcalc.features.shape.answer import ShapeAnswer
from convcalc.features.shape.sharing import other_lines
from convcalc.features.shape.walk import Step
from convcalc.planning.receptive import ReceptiveField
from convcalc.report.columns import field_text
from convcalc.report.page import Notes, Page, Part, Title, read_as
from convcalc.report.table import Column, Row, Table, Value, rows_of
from convcalc.shorthand.axis import AXIS_TITLES, LABEL_WIDTH, axis_groups, inputs_in_words


def page(answer: ShapeAnswer) -> Page:
    """The size, the reasons of one layer or the table of a chain; for machines a row a layer."""
    head = (Title(format_shape(answer.output)), *read_as(answer.reading))
    parts = _one(answer) if len(answer.steps) == 1 else _chain(answer)
    return Page((*head, *parts), _table(answer, answer.steps))


def quiet(answer: ShapeAnswer) -> str:
    """The bare size."""
    return f"{format_shape(answer.output)}\n"


def _notes(entries: Iterable[tuple[str, str]], title: str = "") -> Notes:
    # As wide as in the quick answer.
    return Notes(tuple(entries), 2, title, LABEL_WIDTH)


def _one(answer: ShapeAnswer) -> Iterator[Part]:
    (step,) = answer.steps
    yield from (_notes(lines, title) for title, lines in axis_groups(list(step.axes)))
    if not step.axes or len(step.output) != len(step.x):
        yield _notes(other_lines(step.layer, step.x, step.output, answer.shown))
    yield _notes(_cost_lines(answer, step))
    yield _notes(_dialect_lines(answer, step))


def _cost_lines(answer: ShapeAnswer, step: Step) -> list[tuple[str, str]]:
    weights = step.layer.weights(step.x)
    if not answer.has_channels or not weights:
        return _missing_lines(answer)
    arrays = " + ".join(f"{name} {format_shape(shape)}" for name, shape in weights.items())
    lines = [("params", f"{count(step.facts.params)} ({arrays})")]
    if step.facts.macs:
        macs, flops = count(step.facts.macs), count(2 * step.facts.macs)
        lines.append(("MACs", f"{macs} for one sample, {flops} FLOPs"))
    return lines


def _missing_lines(answer: ShapeAnswer) -> list[tuple[str, str]]:
    """What to write for the costs that the question asks for and cannot have."""
    open_layer = answer.unfiltered
    if open_layer is not None:
        kind = open_layer.word
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


def _chain(answer: ShapeAnswer) -> Iterator[Part]:
    yield _table(answer, [None, *answer.steps])
    yield _notes([*_sums(answer), *_siblings(answer.steps)])
    field = answer.steps[-1].field
    if field is not None:
        yield _notes([("field", _field_line(field))])
    yield _notes(_missing_lines(answer))


def _table(answer: ShapeAnswer, rows: Sequence[Step | None]) -> Table:
    """A row a layer, None for the input; costs only where channels were given."""

    def output(step: Step | None) -> str:
        return format_shape(answer.input if step is None else answer.shown(step.output))

    numbers = {id(step): str(number) for number, step in enumerate(answer.steps, 1)}
    columns: list[Column[Step | None]] = [
        Column("number", "", lambda step: numbers.get(id(step), "")),
        Column("layer", "layer", lambda step: step.written.text if step else "input", folds=24),
        Column("output", "output", output, right=True),
    ]
    total: list[Value] = ["", "total", ""]
    if answer.has_channels:
        columns += [
            Column("params", "params", lambda step: step.facts.params if step else "", right=True),
            Column("macs", "MACs", lambda step: step.facts.macs if step else "", right=True),
            Column("flops", "FLOPs", lambda step: 2 * step.facts.macs if step else "", right=True),
        ]
        total += [answer.params or 0, answer.macs or 0, 2 * (answer.macs or 0)]
    columns += [
        Column("receptive_field", "field", _field, right=True),
        Column("stride", "stride", lambda step: _stride(step.field) if step else "", right=True),
    ]
    end = Row((*total, "", "")) if answer.has_channels else None
    return Table(tuple(columns), rows_of(columns, rows), end, yields=("flops", "stride"), indent=2)


def _field(step: Step | None) -> str:
    if step is None:
        return ""
    return field_text(step.field) if step.field else "?"


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


def _siblings(steps: Sequence[Step]) -> Iterator[tuple[str, str]]:
    """The inputs that the whole chain brings to the same size; nothing where that is not known."""
    sizes = steps[-1].output[1:]
    ranges = [(size, size) for size in sizes]
    for step in reversed(steps):
        if step.axes:
            pairs = zip(step.axes, ranges, strict=True)
            ranges = [axis.inputs_for(*found) for axis, found in pairs]
        elif step.x[1:] != step.output[1:]:
            return
    names = AXIS_TITLES.get(len(sizes), ())
    titles = ("input",) if len(set(ranges)) == 1 else names
    listed = (title + inputs_in_words(*found) for title, found in zip(titles, ranges, strict=False))
    if sizes:
        yield "same for", ", ".join(listed)


def _field_line(field: ReceptiveField) -> str:
    most = "at most " if field.at_most else ""
    if field.is_global:
        return f"every output sees {most}the whole input"
    size = format_axes(field.size)
    if field.varies:
        size = f"{format_axes(field.least)} to {format_axes(field.most)}"
    axis = " an axis" if len(field.size) > 1 else ""
    start = format_axes(field.start).replace("-", "−")
    stride = format_axes(field.stride)
    return f"{most}{size} pixels{axis}, stride {stride}, the first starts at {start}"
