"""What `convcalc verify` found as text: a table on a terminal, every check in a pipe."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap

from convcalc.core.shapes import format_shape
from convcalc.core.text import cells, padded, visible
from convcalc.features.verify.report import Check, LayerReport, Report
from convcalc.features.verify.view import (
    FIELD_LEGEND,
    FIGURES,
    LAWS,
    LAWS_LEGEND,
    mark,
    of,
    painted,
    remarks,
    sentence,
    summary,
    title,
    together,
)
from convcalc.report.grid import column_widths, grid
from convcalc.report.style import Style

GAP = "  "
# A layer's name folds to no less than so many cells.
_LEAST_NAME = 16
_MOST_REMARKS = 12

# A cell: its text, and whether it holds (None: neither).
Cell = tuple[str, bool | None]


def table(report: Report, style: Style, timed: bool = False) -> str:
    """One line a layer with its measured numbers; with ticks alone where there is no room."""
    layers = report.layers
    names = [visible(layer.name) for layer in layers]
    widest = max(map(cells, ["layer", *names]))
    for rows in (_figures(report, style), _ticks(report, style)):
        widths = column_widths([[text for text, _ in row] for row in rows])
        left = (style.width or 100) - sum(widths) - len(GAP) * len(widths)
        if left >= min(_LEAST_NAME + 8, widest):
            break
    room = min(widest, max(left, _LEAST_NAME))
    head = GAP.join([f"{'layer':{room}}", *_aligned(rows[0], widths)])
    lines = [title(report, style), "", style.paint(head.rstrip(), "1")]
    for layer, name, row in zip(layers, names, rows[1:], strict=True):
        folded = wrap(name, room, break_on_hyphens=False) or [""]
        aligned = [
            _colored(text, ok, style)
            for text, (_, ok) in zip(_aligned(row, widths), row, strict=True)
        ]
        lines.append(GAP.join([padded(folded[0], room), *aligned]).rstrip())
        lines += [f"  {more}" for more in folded[1:]]
        lines += _failures(layer, style)
    return "\n".join([*lines, "", *_footer(report, style, timed)]) + "\n"


def _colored(text: str, ok: bool | None, style: Style) -> str:
    """The tick of what holds in green, all of what does not in red."""
    if not text.strip():
        return text
    tick = mark(True, style)
    if ok and text.endswith(tick):
        return text.removesuffix(tick) + painted(tick, ok, style)
    return painted(text, ok, style)


def _aligned(row: Sequence[Cell], widths: Sequence[int]) -> list[str]:
    return [
        padded(text, width, is_right=True) for (text, _), width in zip(row, widths, strict=True)
    ]


def _figures(report: Report, style: Style) -> list[list[Cell]]:
    """A heading and a row a layer, with the measured numbers."""
    made = set(report.names())
    shown = {name: heading for name, heading in FIGURES.items() if name in made}
    groups = {"finite": ("finite",), "laws": LAWS}
    kept = {heading: names for heading, names in groups.items() if made & set(names)}
    rows: list[list[Cell]] = [[(heading, None) for heading in (*shown.values(), *kept)]]
    for layer in report.layers:
        row = [_figure(of(layer, [name]), style) for name in shown]
        rows.append(row + [_count(layer, names, style) for names in kept.values()])
    return rows


def _figure(checks: Sequence[Check], style: Style) -> Cell:
    if not checks:
        return "", None
    ok = together(checks)
    measured = checks[0].measured if ok is not None else ""
    return f"{measured} {mark(ok, style)}".strip(), ok


def _count(layer: LayerReport, names: Sequence[str], style: Style) -> Cell:
    """How many of several checks held; a mark alone where there is but one."""
    checks = of(layer, names)
    if not checks:
        return "", None
    ok = together(checks)
    if len(names) == 1:
        return mark(ok, style), ok
    held = sum(check.ok is True for check in checks)
    compared = sum(check.ok is not None for check in checks)
    if ok is None:
        return mark(None, style), None
    text = f"{held}" if held == compared else f"{held}/{compared}"
    return f"{text} {mark(ok, style)}", ok


def _ticks(report: Report, style: Style) -> list[list[Cell]]:
    """A heading and a row a layer, with a tick for each number."""
    full = _figures(report, style)
    made = [name for name in FIGURES if name in report.names()]
    rows = [full[0]]
    for layer, row in zip(report.layers, full[1:], strict=True):
        short: list[Cell] = []
        for name in made:
            checks = of(layer, [name])
            ok = together(checks)
            short.append((mark(ok, style) if checks else "", ok))
        rows.append(short + row[len(made) :])
    return rows


def _failures(layer: LayerReport, style: Style) -> list[str]:
    """A line for each check that failed, with both numbers; folded, never cut."""
    lines = []
    for check in layer.failed:
        room = max((style.width or 0) - 6, 40) if style.width else 10_000
        first, *rest = wrap(sentence(check), room, break_on_hyphens=False)
        cross = mark(False, style)
        lines.append(style.paint(f"  {cross} {first}", "1;31"))
        lines += [f"      {line}" for line in rest]
    return lines


def _footer(report: Report, style: Style, timed: bool) -> list[str]:
    entries = list(remarks(report))
    if "field" in report.names():
        entries.insert(0, ("field", FIELD_LEGEND))
    if set(report.names()) & {*LAWS}:
        entries.insert("field" in report.names(), ("laws", LAWS_LEGEND))
    left = len(entries) - _MOST_REMARKS
    if left > 0:
        entries = [*entries[:_MOST_REMARKS], ("", f"{left} more; --format json has all of them")]
    lines = []
    width = max((len(heading) for heading, _ in entries), default=0)
    for heading, text in entries:
        room = max((style.width or 100) - width - 2, 30)
        for number, line in enumerate(wrap(text, room, break_on_hyphens=False)):
            lead = style.paint(f"{heading:{width}}", "2") if not number else " " * width
            lines.append(f"{lead}  {line}")
    verdict = painted(mark(report.is_clean, style), report.is_clean, style)
    return [*lines, *([""] if lines else []), f"{verdict} {summary(report, timed)}"]


def detail(report: Report, style: Style, timed: bool = False) -> str:
    """Every check of every layer on a line of its own: for a few layers."""
    lines = [title(report, style)]
    arrow = "→" if style.unicode else "->"
    most = cells(mark(report.is_clean, style))
    for layer in report.layers:
        shapes = ", ".join(map(format_shape, layer.inputs))
        output = format_shape(layer.output)
        lines += ["", f"{visible(layer.name)}: {layer.kind}, {shapes} {arrow} {output}"]
        rows = [[" " * most, "planned", "measured", ""]]
        for check in layer.checks:
            tick = mark(check.ok, style)
            name = f"{padded(tick, most)} {check.name}"
            rows.append([name, check.planned, check.measured, visible(check.note)])
        widths = column_widths(rows)
        lines.append(style.paint(_row(rows[0], widths), "2"))
        for check, row in zip(layer.checks, rows[1:], strict=True):
            lines += _noted(
                _row(row[:3], widths), row[3], sum(widths[:3]) + 3 * len(GAP), check, style
            )
    legend = ["", f"field: {FIELD_LEGEND}"] if "field" in report.names() else []
    verdict = painted(mark(report.is_clean, style), report.is_clean, style)
    return "\n".join([*lines, *legend, "", f"{verdict} {summary(report, timed)}"]) + "\n"


def _row(row: Sequence[str], widths: Sequence[int]) -> str:
    return ("  " + GAP.join(map(padded, row, widths))).rstrip()


def _noted(body: str, note: str, indent: int, check: Check, style: Style) -> list[str]:
    """A check with its note beside it, or below it where there is no room."""
    shown = painted(body, check.ok, style) if check.ok is not True else body
    if not note:
        return [shown]
    if style.width is None or indent + 2 + cells(note) <= style.width:
        return [shown + " " * max(indent + 2 - cells(body), len(GAP)) + note]
    room = max(style.width - 8, 30)
    return [shown, *(f"        {line}" for line in wrap(note, room, break_on_hyphens=False))]


def plain(report: Report, style: Style, timed: bool = False) -> str:
    """One line a layer and a column a check: nothing is cut or left out."""
    names = report.names()
    rows = [["layer", "kind", *names]]
    for layer in report.layers:
        cells_of = (_said(of(layer, [name]), name) for name in names)
        rows.append([visible(layer.name), layer.kind, *cells_of])
    head, *body = grid(rows, left=len(rows[0]), indent="")
    lines = [head]
    for line, layer in zip(body, report.layers, strict=True):
        lines += [line, *(f"  FAIL {sentence(check)}" for check in layer.failed)]
    entries = [f"{heading}: {text}" for heading, text in remarks(report)]
    return "\n".join([*lines, "", *entries, summary(report, timed)]) + "\n"


def _said(checks: Sequence[Check], name: str) -> str:
    """The verdict, beside the number that was measured where there is one."""
    ok = together(checks)
    if ok is None:
        return "-"
    verdict = "ok" if ok else "FAIL"
    return f"{checks[0].measured} {verdict}" if name in FIGURES else verdict
