"""Every refusal of the front door, word for word, through both parsers.

`refusals.txt` holds one case after another: `== ID`, the input as a Python literal, and all that
the reader has to say about it; places are `line:column+width`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest
from yaml.error import Mark
from yaml.parser import ParserError

from convcalc.core.errors import Place, StackError
from convcalc.document.events import EventSource, NextEvent
from convcalc.document.findings import MAX_PROBLEMS
from convcalc.document.reader import read_document
from tests.each import each

CASES = (Path(__file__).parent / "refusals.txt").read_text("utf-8").removeprefix("== ")


def cases() -> list[tuple[str, bytes, str]]:
    cases = []
    for case in CASES.split("\n== "):
        name, literal, report = case.split("\n", 2)
        value = ast.literal_eval(literal)
        cases.append((name, value.encode() if isinstance(value, str) else value, report.rstrip()))
    return cases


def told(error: StackError) -> str:
    """All that an error says, with the width of each place."""
    widths = (one.place.width for one in error.problems if one.place)
    return re.sub(r"^f:\d+:\d+", lambda head: f"{head[0]}+{next(widths)}", str(error), flags=re.M)


@each(("data", "report"), [pytest.param(data, report, id=name) for name, data, report in cases()])
def test_report(data: bytes, report: str, events: EventSource) -> None:
    with pytest.raises(StackError) as caught:
        read_document(data, "f", events=events)
    assert told(caught.value) == report


# What is moved down by two lines: by more characters than are looked at of an expression, and by
# an odd number of them.
ABOVE = b"# one\n# " + b"two " * 123 + b"\n"


def moved(text: str) -> str:
    """A report with every line number two higher."""
    return re.sub(
        r"(?:^f:|\blines? )\d+(?: and \d+)?",
        lambda found: re.sub(r"\d+", lambda number: str(int(number[0]) + 2), found[0]),
        text,
        flags=re.M,
    )


@each(
    ("data", "report"),
    [
        pytest.param(data, report, id=name)
        for name, data, report in cases()
        # What is said of a whole file, of its bytes, and of what may stand first alone.
        if not re.search(r"empty-file|not-utf8|byte order mark|UTF", report) and data.strip()
    ],
)
def test_a_report_moves_with_its_place(data: bytes, report: str, events: EventSource) -> None:
    with pytest.raises(StackError) as caught:
        read_document(ABOVE + data, "f", events=events)
    assert told(caught.value) == moved(report)


def test_every_problem_has_a_place_a_note_and_a_help(events: EventSource) -> None:
    for _, data, _ in cases():
        with pytest.raises(StackError) as caught:
            read_document(data, "f", events=events)
        for problem in caught.value.problems:
            assert problem.place is not None
            assert problem.place.width >= 1
            assert problem.note
            assert problem.help


def test_a_finding_on_a_word_is_as_wide_as_the_word() -> None:
    with pytest.raises(StackError) as caught:
        read_document(b"stride: 010\nk: 1_000\n")
    assert [one.place for one in caught.value.problems] == [Place(1, 9, 3), Place(2, 4, 5)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param("a: [*one, 2]", Place(1, 5, 4), id="an alias"),
        pytest.param("a: [1, &two 2]", Place(1, 8, 4), id="an anchor"),
        pytest.param("a: 1\nb: [1, !!str 2, 3]", Place(2, 8, 5), id="a tag"),
        # No more than 400 characters of a line are looked at.
        pytest.param("a: 'b" + " c" * 300, Place(1, 4, 400), id="an open quote"),
    ],
)
def test_a_finding_on_a_property_is_as_wide_as_that(
    text: str, place: Place, events: EventSource
) -> None:
    with pytest.raises(StackError) as caught:
        read_document(text.encode(), events=events)
    assert caught.value.problems[0].place == place


def test_a_sentence_that_is_not_known_is_quoted() -> None:
    def events(text: str) -> NextEvent:
        def refuse() -> None:
            mark = Mark("f", 3, 0, 3, "", 0)
            raise ParserError("while reading", None, "too many cooks", mark)

        return refuse

    with pytest.raises(StackError) as caught:
        read_document(b"a: [1, 2", "f", events=events)
    assert str(caught.value) == (
        "f:1:4: error CC904 yaml-syntax: the YAML parser stops here: while reading: too many cooks"
        "\n  what stands above this point was read without a fault"
        "\n  help: compare this line with the examples of `convcalc init`"
    )


def test_case_names_are_unique() -> None:
    assert [
        name for name, count in Counter(name for name, _, _ in cases()).items() if count > 1
    ] == []


REPAIRED = [
    pytest.param(b"k: 010", b"k: 10", id="leading zero"),
    pytest.param(b"k: 010", b'k: "010"', id="leading zero, as a word"),
    pytest.param(b"k: 1_000", b"k: 1000", id="underscore"),
    pytest.param(b"k: 0b101", b"k: 5", id="binary"),
    pytest.param(b"{k:3}", b"{k: 3}", id="space behind the colon"),
    pytest.param(b"{k:[3, 3]}", b"{k: [3, 3]}", id="space before the list"),
    pytest.param(b"name:x\nk: 3", b"name: x\nk: 3", id="space in a block mapping"),
    pytest.param(b"{o: =max(c, 8)}", b'{o: "=max(c, 8)"}', id="expression in quotes"),
    pytest.param(b"1: a", b'"1": a', id="key in quotes"),
    pytest.param(b"a: @b", b'a: "@b"', id="reserved character in quotes"),
    pytest.param(b"a: - b", b"a:\n- b", id="list item on its own line"),
    pytest.param(b"a: - b", b"a: [b]", id="list in brackets"),
    pytest.param(b"%YAML 1.2\n---\na: 1", b"---\na: 1", id="directive deleted"),
    pytest.param(b'a: "\\q"', b'a: "\\\\q"', id="backslash doubled"),
    pytest.param(b'a: "\\q"', b"a: '\\q'", id="single quotes"),
]


@each(("wrong", "right"), REPAIRED)
def test_repair_works(wrong: bytes, right: bytes, events: EventSource) -> None:
    with pytest.raises(StackError):
        read_document(wrong, events=events)
    read_document(right, events=events)


def test_problems_come_in_file_order_and_are_capped(events: EventSource) -> None:
    with pytest.raises(StackError) as caught:
        read_document(b"- 010\n" * 150 + b"- \x07\n", "f", events=events)
    problems = caught.value.problems
    # The control character is found first, and stands last.
    assert len(problems) == MAX_PROBLEMS
    assert [problem.place and problem.place.line for problem in problems] == [*range(1, 100), 151]
    assert problems[-1].note == (
        "control characters can hide text and drive terminals; "
        "more problems follow; reading stopped after the first 100"
    )


def test_exactly_as_many_problems_as_the_cap(events: EventSource) -> None:
    with pytest.raises(StackError) as caught:
        read_document(b"- 010\n" * MAX_PROBLEMS, events=events)
    assert len(caught.value.problems) == MAX_PROBLEMS
    assert "more problems follow" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "source"),
    [
        pytest.param(b"a: 010", "a: 010", id="text"),
        pytest.param(b"\xef\xbb\xbfa: 010", "a: 010", id="text behind a byte order mark"),
        pytest.param(b"a: \xff", "", id="undecodable"),
        pytest.param(b"a: \x1b\n", "a: \ufffd\n", id="control characters replaced"),
        pytest.param(b"\x1b" * 200, "\ufffd" * 200, id="control characters past the cap"),
    ],
)
def test_source_of_the_error(data: bytes, source: str, events: EventSource) -> None:
    with pytest.raises(StackError) as caught:
        read_document(data, events=events)
    assert caught.value.source == source
