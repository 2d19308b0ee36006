"""What the texts of a verification say: cells of the table, failing checks, the last lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convcalc.core.text import in_words, visible
from convcalc.features.verify.report import Check, LayerReport, Report
from convcalc.report.style import Style
from convcalc.report.view import inputs_in_words

# Columns of a terminal's table: title, and the checks in it.
LAWS = ("adjoint", "stretched", "restored", "flip", "shift", "dense")
FIGURES = {"shape": "output", "params": "params", "macs": "MACs", "field": "field"}


# What the note of a check that held has to say to be worth a line below.
_TELLING = ("holes", "invariant")


def mark(ok: bool | None, style: Style) -> str:
    """A tick, a cross, or a dash where nothing was compared.

    >>> mark(True, Style()), mark(False, Style(unicode=False)), mark(None, Style())
    ('✓', 'FAIL', '–')
    """
    if ok is None:
        return "–" if style.unicode else "-"
    if style.unicode:
        return "✓" if ok else "✗"
    return "ok" if ok else "FAIL"


def painted(text: str, ok: bool | None, style: Style) -> str:
    """Green where it holds, red where it does not."""
    return style.paint(text, "2" if ok is None else "32" if ok else "1;31")


FIELD_LEGEND = "pixels /stride @first pixel that unit 0 sees"
LAWS_LEGEND = "how many laws of convolution and of its transpose held"


def of(layer: LayerReport, names: Sequence[str]) -> list[Check]:
    """The checks of those names that were made."""
    return [check for check in layer.checks if check.name in names]


def together(checks: Sequence[Check]) -> bool | None:
    """False where one failed, None where none compared anything."""
    verdicts = {check.ok for check in checks}
    return False if False in verdicts else True if True in verdicts else None


def sentence(check: Check) -> str:
    """A check in words, with both numbers."""
    said = f"{check.name}: planned {check.planned}, measured {check.measured}"
    return visible(f"{said} ({check.note})" if check.note else said)


def title(report: Report, style: Style) -> str:
    """The network, its inputs, and what the numbers were drawn from."""
    inputs = inputs_in_words(report.inputs)
    parts = (
        style.paint(visible(report.name), "1"),
        inputs,
        f"batch {report.batch}",
        f"seed {report.seed}",
    )
    return f" {style.dot} ".join(parts)


def summary(report: Report, timed: bool) -> str:
    """How many checks of how many layers held and, where it is `timed`, how long it took."""
    total = report.held + report.failed
    layers = in_words(len(report.layers), "layer")
    if report.ran < len(report.layers):
        layers += f" ({report.ran:,} ran, the others are the same)"
    took = f"; {report.seconds:.{1 + (report.seconds < 0.1)}f} s" if timed else ""
    if report.failed:
        failing = sum(bool(layer.failed) for layer in report.layers)
        return f"{report.failed:,} of {total:,} checks failed, in {failing:,} of {layers}{took}"
    if not total:
        return f"nothing was compared in {layers}{took}"
    all_ = "the one check" if total == 1 else f"all {total:,} checks"
    return f"{all_} of {layers} held{took}"


def remarks(report: Report) -> Iterator[tuple[str, str]]:
    """(heading, text) of what was not compared or is worth knowing, each said once."""
    by_text: dict[tuple[str, str], list[str]] = {}
    for layer in report.layers:
        for check in layer.checks:
            if check.ok is None:
                said = f"{check.name}: {check.note}" if check.note else check.name
                by_text.setdefault(("not compared", said), []).append(layer.name)
            elif check.ok and any(word in check.note for word in _TELLING):
                by_text.setdefault((check.name, check.note), []).append(layer.name)
    for (heading, text), names in by_text.items():
        yield heading, f"{visible(text)} ({_named(names)})"


def _named(names: list[str]) -> str:
    first = visible(names[0])
    return first if len(names) == 1 else f"{first} and {len(names) - 1:,} more"
