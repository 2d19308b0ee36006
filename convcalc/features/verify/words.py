"""What `convcalc verify` found as an answer: a row a layer, or of few layers every check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from convcalc.core.shapes import format_shape
from convcalc.core.text import in_words
from convcalc.features.verify.report import LIMIT, Check, LayerReport, Report
from convcalc.report.page import Notes, Page, Prose, Title, read_as
from convcalc.report.style import BAD, GREEN
from convcalc.report.table import Cell, Column, Row, Table, Value, rows_of
from convcalc.report.view import inputs_in_words

LAWS = ("adjoint", "stretched", "restored", "flip", "shift", "dense")
FIGURES = {"shape": "output", "params": "params", "macs": "MACs", "field": "field"}
_MOST_REMARKS = 12
# So few layers are shown with every check on a line of its own.
_FEW = 4
# What the note of a check that held has to say to be worth a line below.
_TELLING = ("holes", "invariant")
_FIELD_MEANING = "pixels /stride @first pixel that unit 0 sees"
_LAWS_MEANING = "how many laws of convolution and of its transpose held"


def page(report: Report, form: str, timed: bool = False) -> Page:
    """The verification as the parts of an answer in the format `form`; machines get every check.

    A terminal gets ticks, anything else the words `ok` and `FAIL`.
    """
    inputs = inputs_in_words(report.inputs)
    title = Title(report.name, (inputs, f"batch {report.batch}", f"seed {report.seed}"))
    if len(report.layers) <= _FEW:
        body = [_detail(layer, form) for layer in report.layers]
    else:
        body = [_table(report, form)]
    ok = None if not report.failed and (report.is_cut_short or not report.held) else report.is_clean
    color = GREEN if ok else BAD if ok is False or report.is_cut_short else ""
    verdict = Prose((f"{_mark(ok, form)} {summary(report, timed)}",), color)
    checks = [_Line(layer, check) for layer in report.layers for check in layer.checks]
    main = Table(_MACHINE, rows_of(_MACHINE, checks))
    return Page((title, *read_as(report.reading), *body, _remarks(report), verdict), main)


class _Line(NamedTuple):
    """A check, and the layer that it is of."""

    layer: LayerReport
    check: Check


_MACHINE: tuple[Column[_Line], ...] = (
    Column("layer", "layer", lambda one: one.layer.name, is_name=True),
    Column("kind", "kind", lambda one: one.layer.kind),
    Column("check", "check", lambda one: one.check.name),
    Column("planned", "planned", lambda one: one.check.planned),
    Column("measured", "measured", lambda one: one.check.measured),
    Column("verdict", "verdict", lambda one: _mark(one.check.ok, "csv")),
    Column("note", "note", lambda one: one.check.note),
)


def _mark(ok: bool | None, form: str) -> str:
    """A tick, a cross, or a dash where nothing was compared; in a pipe words.

    >>> _mark(True, "table"), _mark(False, "plain"), _mark(None, "plain")
    ('✓', 'FAIL', '-')
    """
    if form == "table":
        return "–" if ok is None else "✓" if ok else "✗"
    return "-" if ok is None else "ok" if ok else "FAIL"


def _table(report: Report, form: str) -> Table:
    """A row a layer with its measured numbers; in a pipe a column a law."""
    made = report.names()
    columns: list[Column[LayerReport]] = [
        Column("layer", "layer", lambda layer: layer.name, is_name=True, folds=24),
    ]
    if form != "table":
        columns.append(Column("kind", "kind", lambda layer: layer.kind))
    for name in made:
        if name in FIGURES:
            meaning = _FIELD_MEANING if name == "field" else ""
            read = partial(_figure, name, form)
            columns.append(Column(name, FIGURES[name], read, right=True, meaning=meaning))
        elif name not in LAWS or form != "table":
            columns.append(Column(name, name, partial(_verdict, (name,), form), right=True))
    if form == "table" and set(made) & set(LAWS):
        held = partial(_verdict, LAWS, form)
        columns.append(Column("laws", "laws", held, right=True, meaning=_LAWS_MEANING))
    rows = (
        Row(
            tuple(column.read(layer) for column in columns),
            color=BAD if layer.failed else "",
            below=tuple(f"{_mark(False, form)} {_sentence(check)}" for check in layer.failed),
        )
        for layer in report.layers
    )
    return Table(tuple(columns), tuple(rows))


def _figure(name: str, form: str, layer: LayerReport) -> Value:
    checks = _of(layer, [name])
    if not checks:
        return ""
    ok = together(checks)
    mark = _mark(ok, form)
    return mark if ok is None else Cell(f"{checks[0].measured} {mark}", brief=mark)


def _verdict(names: Sequence[str], form: str, layer: LayerReport) -> str:
    """How many of several checks held; a mark alone where there is but one."""
    checks = _of(layer, names)
    if not checks:
        return ""
    ok = together(checks)
    mark = _mark(ok, form)
    if len(names) == 1 or ok is None:
        return mark
    held = sum(check.ok is True for check in checks)
    compared = sum(check.ok is not None for check in checks)
    return f"{held} {mark}" if held == compared else f"{held}/{compared} {mark}"


def _detail(layer: LayerReport, form: str) -> Table:
    """Every check of a layer."""
    columns: tuple[Column[Check], ...] = (
        Column("verdict", "", lambda check: _mark(check.ok, form)),
        Column("check", "check", lambda check: check.name),
        Column("planned", "planned", lambda check: check.planned),
        Column("measured", "measured", lambda check: check.measured),
        Column("note", "note", lambda check: check.note, folds=20),
    )
    rows = (
        Row(tuple(column.read(check) for column in columns), color=BAD if check.ok is False else "")
        for check in layer.checks
    )
    shapes = ", ".join(map(format_shape, layer.inputs))
    title = f"{layer.name}: {layer.kind}, {shapes} → {format_shape(layer.output)}"
    return Table(columns, tuple(rows), title=title, indent=2)


def _of(layer: LayerReport, names: Sequence[str]) -> list[Check]:
    """The checks of those names that were made."""
    return [check for check in layer.checks if check.name in names]


def together(checks: Sequence[Check]) -> bool | None:
    """False where one failed, None where none compared anything."""
    verdicts = {check.ok for check in checks}
    return False if False in verdicts else True if True in verdicts else None


def _sentence(check: Check) -> str:
    """A check in words, with both numbers."""
    said = f"{check.name}: planned {check.planned}, measured {check.measured}"
    return f"{said} ({check.note})" if check.note else said


def summary(report: Report, timed: bool) -> str:
    """How many checks of how many layers held, how many were left out and, `timed`, how long."""
    checks = report.held + report.failed + report.not_compared
    layers = in_words(len(report.layers), "layer")
    if report.ran < len(report.layers):
        layers += f" ({report.ran:,} ran, the others are the same)"
    took = f"; {report.seconds:.{1 + (report.seconds < 0.1)}f} s" if timed else ""
    if report.not_compared:
        limit = f" (raise {LIMIT})" if report.is_cut_short else ""
        took = f", {report.not_compared:,} not compared{limit}{took}"
    if report.failed:
        failing = sum(bool(layer.failed) for layer in report.layers)
        return f"{report.failed:,} of {checks:,} checks failed, in {failing:,} of {layers}{took}"
    if not checks:
        return f"nothing was compared in {layers}{took}"
    if report.not_compared:
        return f"{report.held:,} of {checks:,} checks of {layers} held{took}"
    all_ = "the one check" if checks == 1 else f"all {checks:,} checks"
    return f"{all_} of {layers} held{took}"


def _remarks(report: Report) -> Notes:
    """What was not compared or is worth knowing, each said once."""
    entries = list(remarks(report))
    if len(report.layers) <= _FEW:
        # Every check says it itself.
        entries = [("field", _FIELD_MEANING)] if "field" in report.names() else []
    left = len(entries) - _MOST_REMARKS
    if left > 0:
        entries = [*entries[:_MOST_REMARKS], ("", f"{left} more; --format json has all of them")]
    return Notes(tuple(entries))


def remarks(report: Report) -> Iterator[tuple[str, str]]:
    """(heading, text) of what was not compared or is worth knowing, each said once."""
    # Checks and layers that a note is of; dictionaries keep their order.
    missing: dict[str, tuple[dict[str, None], dict[str, None]]] = {}
    telling: dict[tuple[str, str], dict[str, None]] = {}
    for layer in report.layers:
        for check in layer.checks:
            if check.ok is None:
                checks, layers = missing.setdefault(check.note, ({}, {}))
                checks[check.name] = layers[layer.name] = None
            elif check.ok and any(word in check.note for word in _TELLING):
                telling.setdefault((check.name, check.note), {})[layer.name] = None
    for (name, note), layers in telling.items():
        yield name, f"{note} ({_named(list(layers))})"
    for note, (checks, layers) in missing.items():
        said = ": ".join(filter(None, (", ".join(checks), note)))
        yield "not compared", f"{said} ({_named(list(layers))})"


def _named(names: list[str]) -> str:
    first = names[0]
    return first if len(names) == 1 else f"{first} and {len(names) - 1:,} more"
