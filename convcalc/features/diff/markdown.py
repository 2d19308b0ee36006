"""A comparison of two networks as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.core.text import in_words
from convcalc.features.diff.layers import Entry, entries
from convcalc.features.diff.limits import Verdict
from convcalc.features.diff.phrases import (
    affected,
    expectation_words,
    expectations_counted,
    headline,
    total_lines,
    verdict_words,
)
from convcalc.features.diff.values import Difference, Status
from convcalc.report.markdown_words import code, prose, table_code, table_row

# A longer list is folded; GitHub takes comments of up to 65,536 characters.
_MOST_OPEN = 12
_MOST_EXPECTATIONS = 50
MOST_CHARACTERS = 60_000
_SECTIONS: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("changed", ("changed", "renamed")),
    ("moved", ("moved",)),
    ("added", ("added",)),
    ("removed", ("removed",)),
)


def render(found: Difference, verdicts: Sequence[Verdict], every_layer: bool = False) -> str:
    """A headline, tripped limits, the sums, and a table for each kind of change."""
    name = found.names[0 if found.after is None else 1]
    parts = [f"### {code(name)}: {prose(headline(found))}"]
    if found.note:
        parts.append(prose(found.note))
    if verdicts:
        parts.append("\n".join(_verdict(verdict) for verdict in verdicts))
    if found.before is not None and found.after is not None:
        parts.append(f"Compared with {code(found.names[0])}.")
    if found.expectations:
        parts += _expectations(found)
    if not found.has_same_layers:
        parts.append(_totals(found))
        if found.before is not None and found.after is not None:
            room = MOST_CHARACTERS - sum(map(len, parts))
            parts += _layers(found, every_layer, room)
    return "\n\n".join(parts) + "\n"


def _verdict(verdict: Verdict) -> str:
    word = "**limit tripped**" if verdict.is_tripped else "limit held"
    said = prose(verdict_words(verdict).replace(" trips: ", ": ").replace(" holds: ", ": "))
    return f"- {word} {said}".replace("->", "→").replace("-&gt;", "→")


def _expectations(found: Difference) -> list[str]:
    lines = []
    for change in found.expectations[:_MOST_EXPECTATIONS]:
        of, before, after, effect = expectation_words(change)
        sides = " → ".join("none" if side == "none" else code(side) for side in (before, after))
        lines.append(f"- {prose(of)}: {sides}{effect and f', **{effect}**'}")
    rest = len(found.expectations) - len(lines)
    if rest:
        lines.append(f"- and {rest:,} more")
    return [f"**{expectations_counted(found)}**", "\n".join(lines)]


def _totals(found: Difference) -> str:
    if found.before is None or found.after is None:
        lines = ["| | |", "|:---|---:|"]
        for line in total_lines(found):
            lines.append(f"| {line.title} | {line.before if found.after is None else line.after} |")
        return "\n".join(lines)
    lines = ["| | before | after | change | |", "|:---|---:|---:|---:|---:|"]
    for line in total_lines(found):
        change = f"**{line.change}**" if line.change not in ("", "=") else line.change
        share = line.percent.replace("<", "&lt;")
        lines.append(f"| {line.title} | {line.before} | {line.after} | {change} | {share} |")
    return "\n".join(lines)


def _layers(found: Difference, every_layer: bool, room: int) -> list[str]:
    parts = []
    for title, statuses in _SECTIONS:
        listed = entries(found, statuses, fold=not every_layer)
        if listed:
            number = sum(found.counted(status) for status in statuses)
            heading = f"{in_words(number, 'layer')} {title}"
            parts.append(_section(heading, listed, room, is_open=len(listed) <= _MOST_OPEN))
            room -= len(parts[-1])
    rest = affected(found)
    if rest:
        listed = entries(found, ("affected",), fold=not every_layer)
        parts.append(_section(rest, listed, room, is_open=False))
        room -= len(parts[-1])
    if every_layer:
        listed = entries(found, ("same",), fold=False)
        if listed:
            heading = f"{in_words(len(listed), 'layer')} as before"
            parts.append(_section(heading, listed, room, is_open=False))
    return parts


def _section(heading: str, listed: Sequence[Entry], room: int, is_open: bool) -> str:
    """A table under its heading, as far as there is room; folded unless it is `is_open`."""
    lines = ["| layer | what | output | params | MACs | RF |", "|:---|:---|:---|---:|---:|---:|"]
    used = 0
    for at, one in enumerate(listed):
        line = _line(one)
        used += len(line) + 1
        if used > room:
            lines.append(f"\nand {len(listed) - at:,} more, too many for one comment")
            break
        lines.append(line)
    table = "\n".join(lines)
    if is_open:
        return f"**{heading}**\n\n{table}"
    return f"<details><summary>{heading}</summary>\n\n{table}\n\n</details>"


def _line(one: Entry) -> str:
    name = table_code(one.name) + (f" and {one.more:,} more" if one.more else "")
    texts = (name, prose(one.what), one.output, one.params, one.macs, one.field)
    return table_row(texts).replace("-&gt;", "→").replace("->", "→")
