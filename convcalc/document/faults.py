"""A fault in the syntax of a file, and its explanation in words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from convcalc.document.findings import Findings
from convcalc.document.scalars import shorten


@dataclass(frozen=True, slots=True)
class Fault:
    """What the parser said and where: offsets of the problem, of its context, of open brackets."""

    text: str
    problem: str
    context: str
    at: int
    since: int
    bracket: int | None

    @property
    def character(self) -> str:
        """The character at the fault, "" at the end of the file."""
        return self.text[self.at : self.at + 1]

    @property
    def at_end(self) -> bool:
        """Whether nothing but blanks follows."""
        return not self.text[self.at :].strip()

    def line(self, offset: int) -> str:
        """The rest of the line from `offset`, without a comment's or blank's tail."""
        return re.split(r"[\r\n]", self.text[offset : offset + 400], maxsplit=1)[0].rstrip()

    def before(self, offset: int) -> str:
        """The line up to `offset`."""
        return re.split(r"[\r\n]", self.text[max(0, offset - 2000) : offset])[-1]

    def line_number(self, offset: int) -> int:
        """The line of `offset`, from 1."""
        return 1 + len(re.findall(r"\r\n?|\n", self.text[:offset]))


@dataclass(frozen=True, slots=True)
class Explanation:
    """A fault in words, and the span of the file that it concerns."""

    message: str
    note: str
    help: str
    start: int
    width: int = 1
    slug: str = "yaml-syntax"


def record(said: Explanation, findings: Findings) -> None:
    """Record an explanation as a problem of the file."""
    findings.add(
        said.slug,
        said.message,
        findings.place(said.start, said.start + said.width),
        note=said.note,
        help=said.help,
    )


def closes_nothing(character: str, at: int) -> Explanation:
    """The explanation of a closing bracket too many."""
    opening = {"]": "[", "}": "{"}[character]
    return Explanation(
        f"`{character}` closes nothing",
        f"no `{opening}` is open here",
        f"delete it, or write the `{opening}` it belongs to",
        at,
    )


def directive(line: str, at: int) -> Explanation:
    """The explanation of a line that begins with `%`."""
    return Explanation(
        f"`{shorten(line)}` is a YAML directive",
        "every file is read as YAML 1.2, and tags are not used",
        "delete this line",
        at,
        len(line),
    )
