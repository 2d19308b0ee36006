"""Entries added to a mapping of a file, in the mapping's own style; nothing else moves."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcalc.core.errors import Edit
from convcalc.document import Mapping, Scalar
from convcalc.features.check.json_style import in_style_of

_BREAK = re.compile(r"[\n\r]")


def add_entries(mapping: Mapping, text: str, entries: Sequence[str]) -> list[Edit]:
    """The edits that put `entries`, such as `params: {max: 12M}`, behind the last one there.

    In a block, each has its own line, and lines within an entry count from the mapping's own
    column. A comment behind the last entry stays where it is.
    """
    if not entries:
        return []
    entries = [in_style_of(text, entry) for entry in entries]
    if not text.startswith("{", mapping.start):
        indent = " " * (mapping.column - 1)
        lines = [f"\n{indent}" + entry.replace("\n", f"\n{indent}") for entry in entries]
        at = _line_end(text, _end_of_last(mapping))
        return [Edit(at, at, "".join(lines))]
    if not mapping.entries:
        at = mapping.start + 1
        return [Edit(at, at, ", ".join(entries))]
    return _in_braces(mapping, text, entries)


def _in_braces(mapping: Mapping, text: str, entries: Sequence[str]) -> list[Edit]:
    key = mapping.keys[next(reversed(mapping.keys))]
    end = _end_of_last(mapping)
    line = max(text.rfind("\n", 0, key.start), text.rfind("\r", 0, key.start)) + 1
    indent = text[line : key.start]
    line_end = _line_end(text, end)
    # An entry to a line, unless the brace stands behind the last one.
    if indent.strip(" ") or mapping.end <= line_end:
        return [Edit(end, end, "".join(f", {entry}" for entry in entries))]
    if _comma_behind(text, end, line_end):
        lines = "".join(f"\n{indent}{entry}," for entry in entries)
        return [Edit(line_end, line_end, lines)]
    lines = f"\n{indent}" + f",\n{indent}".join(entries)
    if line_end == end:
        return [Edit(end, end, "," + lines)]
    # What is between is a comment on the last entry.
    return [Edit(end, end, ","), Edit(line_end, line_end, lines)]


def _end_of_last(mapping: Mapping) -> int:
    """Where the last value ends; behind its colon where there is none."""
    name = next(reversed(mapping.entries))
    value, key = mapping.entries[name], mapping.keys[name]
    if isinstance(value, Scalar) and not value.text:
        return max(value.end, key.end)
    return value.end


def _line_end(text: str, at: int) -> int:
    found = _BREAK.search(text, at)
    return found.start() if found else len(text)


def _comma_behind(text: str, at: int, end: int) -> bool:
    return text[at:end].lstrip(" \t").startswith(",")
