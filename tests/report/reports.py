"""Reports for the formats to write, and a reader of workflow commands as GitHub's runner is one."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.core.errors import Edit, Fix, Place, Problem
from convcalc.report import findings_renderer
from convcalc.report.checked import FileFindings, Report
from convcalc.report.style import PLAIN, Style

SOURCE = """\
convcalc: 1
input: [3, 8, 8]
layers:
  - conv: {out: 8, k: 11}
  - {conv: {out: 4, k: 3}, name: stem}
  - batch_norm
"""
_AT = SOURCE.index("k: 3")

KERNEL = Problem(
    "kernel-exceeds-input",
    "layer `conv_1`",
    Place(4, 5, 4),
    "kernel 11 spans 11, but the padded input has 8",
    "use `k: 7`, or `p: 2`",
    "conv_1",
    "nets/a.net.yaml",
)
BIAS = Problem(
    "bias-before-norm",
    "the bias of `conv` is taken out by `batch_norm_1` after it",
    Place(5, 6, 4),
    "4 learnt numbers without effect",
    "write `bias: false`",
    "stem",
    "nets/a.net.yaml",
    "warning",
    "CC405",
    Fix("add `bias: false`", (Edit(_AT, _AT + 4, "k: 3, bias: false"),)),
)
HINT = Problem(
    "channels-not-multiple-of-8",
    "`stem` has 4 channels",
    Place(5, 6, 4),
    layer="stem",
    file="nets/a.net.yaml",
    level="info",
    rule="CC410",
)
MISSING = Problem("unreadable-file", "no such file or directory", file="b.net.yaml")

REPORT = Report(
    (
        FileFindings("nets/a.net.yaml", SOURCE, (KERNEL, BIAS, HINT), suppressed=2, baselined=1),
        FileFindings("b.net.yaml", "", (MISSING,), is_usable=False),
        FileFindings("clean.net.yaml", SOURCE, ()),
    )
)
CLEAN = Report((FileFindings("clean.net.yaml", SOURCE, ()),))


def reported(*problems: Problem, source: str = "") -> Report:
    return Report((FileFindings(problems[0].file, source, problems),))


class Command(NamedTuple):
    """A workflow command as the runner reads it."""

    name: str
    properties: dict[str, str]
    data: str


# What the runner acts upon, of which `set-env` and `add-path` are dangerous.
REGISTERED = {
    "error", "warning", "notice", "debug", "group", "endgroup", "echo", "add-mask", "add-matcher",
    "remove-matcher", "set-env", "set-output", "save-state", "add-path", "stop-commands",
    "internal-set-repo-path",
}  # fmt: skip
_DATA = [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")]
_PROPERTY = [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")]


def commands(log: str) -> list[Command]:
    """The commands in a log; written after actions/runner, src/Runner.Common/ActionCommand.cs."""
    # The runner reads lines as .NET does: up to \n, \r\n or \r.
    lines = log.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [found for line in lines for found in [_new_style(line) or _old_style(line)] if found]


def _new_style(line: str) -> Command | None:
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    return _command(line[2:end], ",", _PROPERTY, line[end + 2 :], _DATA)


def _old_style(line: str) -> Command | None:
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    return _command(line[start + 3 : end], ";", _DATA, line[end + 1 :], _DATA)


def _command(
    info: str,
    separator: str,
    property_escapes: list[tuple[str, str]],
    data: str,
    data_escapes: list[tuple[str, str]],
) -> Command | None:
    name, _, listed = info.partition(" ")
    if name.lower() not in REGISTERED:
        return None
    pairs = (pair.partition("=") for pair in listed.strip().split(separator) if "=" in pair)
    properties = {key: _unescaped(value, property_escapes) for key, _, value in pairs}
    return Command(name, properties, _unescaped(data, data_escapes))


def _unescaped(text: str, escapes: list[tuple[str, str]]) -> str:
    for written, meant in escapes:
        text = text.replace(written, meant)
    return text


def shown(name: str, report: Report = REPORT, style: Style = PLAIN) -> str:
    """The report in the format `name`."""
    return findings_renderer(name)(report, style)
