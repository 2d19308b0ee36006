"""Every repair of broken YAML repairs: what a help says is done to the text, which then reads.

A help that leaves a choice to its reader ("or write the item") is followed in every way it names;
one of them has to do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from convcalc.core.errors import Problem, StackError
from convcalc.document.reader import read_document
from tests.document.test_refusals import cases
from tests.each import each

# The text before the place, what the finding is about, the text behind it, what the help names.
Way = Callable[[str, str, str, str], Iterator[str]]


def _replaced(before: str, _: str, behind: str, word: str) -> Iterator[str]:
    yield before + word + behind


def _deleted(before: str, _: str, behind: str, __: str) -> Iterator[str]:
    yield before + behind


def _without_line(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    yield before[: before.rfind("\n") + 1] + (about + behind).partition("\n")[2]


def _spaced(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    yield from (before + about.replace("\t", " " * count) + behind for count in (1, 2))


def _ended(before: str, about: str, behind: str, mark: str) -> Iterator[str]:
    line, newline, rest = (about + behind).partition("\n")
    yield before + line + mark + newline + rest


def _closed(before: str, about: str, behind: str, mark: str) -> Iterator[str]:
    yield before.rstrip() + mark + before[len(before.rstrip()) :] + about + behind
    yield before.rstrip() + "," + before[len(before.rstrip()) :] + about + behind


def _without_escape(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    yield f"{before}\\{about}{behind}"
    yield f"{before[:-1]}'{about}{behind}".replace('"', "'")


def _quoted(before: str, _: str, behind: str, word: str) -> Iterator[str]:
    yield before + word + behind.removeprefix(word[2:-1])


def _keyed(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    yield f"{before}key{about}{behind}"


def _valued(before: str, _: str, behind: str, pair: str) -> Iterator[str]:
    yield before + pair.replace("VALUE", "1") + behind


def _valued_at_its_end(before: str, about: str, behind: str, pair: str) -> Iterator[str]:
    yield before + about + pair.replace("VALUE", "1") + behind


def _on_a_line(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    yield f"{before}\n{about}{behind}"


def _indented(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    head = before[: before.rfind("\n") + 1]
    for indent in {re.match(" *", line)[0] for line in head.splitlines()}:  # type: ignore[index]
        yield f"{head}{indent}{about}{behind}"
        yield f"{head}{indent}- {about.lstrip('-')}{behind}"
    yield "".join(f"- {line}" for line in (before + about + behind).splitlines(keepends=True))


def _below(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    yield f"{before}{about[:1]}\n  {about[1:]}{behind}"
    yield f'{before}"{about}{behind.rstrip()}"\n'


def _as_text(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    key, value = re.match(r"(\w+: )(.*)", before + about + behind).groups()  # type: ignore[union-attr]
    yield f'{key}"{value}"'


def _on_its_own(before: str, about: str, behind: str, _: str) -> Iterator[str]:
    word = (about + behind).strip("? \n")
    yield f"{before}\n  {word}: value\n"


def _braced(before: str, _: str, behind: str, item: str) -> Iterator[str]:
    yield f"{before[: before.rfind(chr(10)) + 1]}- {item}{behind}"


WAYS: dict[str, Way] = {
    r"put braces around the whole item, as in `- (\{.*\})`": _braced,
    r"delete this line": _without_line,
    r"delete (?:it|the comma), or .*": _deleted,
    r"put spaces in place of the tab": _spaced,
    r'write ["`](\w+: ?\w*)["`] with a space': _replaced,
    r"write `(['\"\]}])` (?:at the end of the text|where the \w+ ends)": _ended,
    r"write `(.)` where the `.` of line \d+ ends, or `,` between two items": _closed,
    r"write `(.)`": _replaced,
    r"write `\\\\` for a backslash, or use single quotes": _without_escape,
    r"put it in quotes: (\".*\")": _quoted,
    r"write the key before the `:`": _keyed,
    r"write `(\w+: VALUE)`, or .*": _valued,
    r"put `(: VALUE)` at its end, or .*": _valued_at_its_end,
    r"begin a new line before the `-`, or .*": _on_a_line,
    r"indent it (?:exactly )?like .*": _indented,
    r"begin the text on the next line, or put .* in quotes": _below,
    r"put two spaces before it, or .*": lambda before, about, behind, _: iter(
        [f"{before}  {about}{behind}", f"{before.rstrip()} {about}{behind}"]
    ),
    r"put the value in quotes, or .*": _as_text,
    r"write `key: value`": _on_its_own,
}


def _mended(text: str, problem: Problem) -> Iterator[str]:
    """The text after each way of repair that the help names."""
    assert problem.place is not None
    lines = text.splitlines(keepends=True)[: problem.place.line - 1]
    start = sum(map(len, lines)) + problem.place.column - 1
    end = start + problem.place.width
    for pattern, way in WAYS.items():
        found = re.fullmatch(pattern, problem.help)
        if found:
            yield from way(text[:start], text[start:end], text[end:], "".join(found.groups()))


def _problem(data: bytes) -> Problem | None:
    try:
        read_document(data)
    except StackError as error:
        return error.problems[0]
    return None


# What could not be told before: that the list is at the margin, a document behind the text.
HIDDEN = ("list never closed below its key", "quotes with an end marker within")
BROKEN = [
    pytest.param(data, name in HIDDEN, id=name)
    for name, data, report in cases()
    if " CC904 " in report.partition("\n")[0]
]


@each(("data", "hides"), BROKEN)
def test_broken_yaml_reads_once_its_help_is_followed(data: bytes, hides: bool) -> None:
    problem = _problem(data)
    assert problem is not None
    ways = list(_mended(data.decode(), problem))
    assert ways, problem.help
    left = [_problem(way.encode()) for way in ways]
    if hides:
        assert problem.message not in [one and one.message for one in left]
    else:
        assert None in left, (problem.help, ways)
