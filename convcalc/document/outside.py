"""What stands outside the one document of a file: directives, a second document, nothing at all."""

from __future__ import annotations

import re

from convcalc.document import faults
from convcalc.document.findings import Findings
from convcalc.document.scalars import shorten

# Blanks, a comment with the blanks before it, or an end marker.
_NO_CONTENT = re.compile(r"[ \t\r\n]*#[^\r\n]*|[ \t\r\n]+|(?<![^\r\n])\.\.\.(?!\S)[^\r\n]*")
_LINE = re.compile(r"[^\r\n]*")


def refuse_beginning(text: str, findings: Findings) -> bool:
    """Record that the file begins with a directive, or holds nothing; True if so.

    The parser must not see directives: libyaml compares every `%TAG` with every other.
    """
    first = _content(text, 0)
    if first is None:
        refuse_empty(text, findings)
    elif _begins_line(text, first, "%"):
        _refuse_directive(text, first, findings)
    else:
        return False
    return True


def _content(text: str, start: int) -> int | None:
    """The offset of the first content from `start` on; None where there is none."""
    # A loop, since a possessive group would stop early in Python 3.11.0 to 3.11.4.
    end = start
    while skipped := _NO_CONTENT.match(text, end):
        end = skipped.end()
    return end if end < len(text) else None


def _begins_line(text: str, at: int, sign: str) -> bool:
    return text.startswith(sign, at) and (at == 0 or text[at - 1] in "\r\n")


def _refuse_directive(text: str, start: int, findings: Findings) -> None:
    faults.record(faults.directive(_line(text, start), start), findings)


def refuse_empty(text: str, findings: Findings) -> None:
    """Record that the file holds no document."""
    findings.add(
        "empty-file",
        "the file holds only comments" if "#" in text else "the file is empty",
        findings.place(0),
        note="a network needs at least `convcalc`, `input` and `layers`",
        help="begin with `convcalc: 1`",
    )


def refuse_rest(text: str, end: int, findings: Findings) -> None:
    """Record what follows the document that ends at offset `end`, if anything does."""
    ended_by_dots = text[end - 3 : end] == "..."
    start = _content(text, end)
    if start is None:
        return
    line = _line(text, start)
    place = findings.place(start, start + len(line))
    if _begins_line(text, start, "%"):
        _refuse_directive(text, start, findings)
    elif ended_by_dots or _begins_line(text, start, "---"):
        findings.add(
            "several-documents",
            "a second document begins here",
            place,
            note="a file holds one network",
            help="move it to a file of its own, and delete the line with `---` or `...`",
        )
    elif text[start] in "]}":
        faults.record(faults.closes_nothing(text[start], start), findings)
    else:
        findings.add(
            "yaml-syntax",
            f"`{shorten(line)}` does not continue what stands above it",
            place,
            note="the list, mapping or word that the file begins with ends before it",
            help="indent it like the lines it belongs to; list items begin with `- `",
        )


def _line(text: str, start: int) -> str:
    found = _LINE.match(text, start)
    return found.group().rstrip() if found else ""
