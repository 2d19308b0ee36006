"""Findings for people: exact text, carets below the right characters, nothing interpreted."""

from __future__ import annotations

import json

import pytest

from convcalc.core.errors import Place, Problem
from convcalc.report.findings import full
from convcalc.report.findings import json as as_json
from convcalc.report.style import PLAIN, Style
from tests.each import each
from tests.report.reports import reported


def shown(source: str, place: Place | None, style: Style = PLAIN) -> str:
    problem = Problem(
        "kernel-exceeds-input",
        "layer `conv_1`",
        place,
        "kernel 7 with dilation 2 spans 13, but the padded input has 9 (7 + 2*1)",
        "use `p: 3`, or `d: 1`",
        file="stem.net.yaml",
    )
    return full.render(reported(problem, source=source), style)


def test_the_layout() -> None:
    source = "\n" * 6 + "  - conv: {out: 8, k: 7, d: 2, p: 1}\n"
    assert shown(source, Place(7, 5, 4)) == (
        "stem.net.yaml:7:5: error CC101 kernel-exceeds-input: layer `conv_1`\n"
        "  7 |   - conv: {out: 8, k: 7, d: 2, p: 1}\n"
        "    |     ^^^^\n"
        "  kernel 7 with dilation 2 spans 13, but the padded input has 9 (7 + 2*1)\n"
        "  help: use `p: 3`, or `d: 1`\n"
    )


@each(
    ("line", "place", "excerpt", "carets"),
    [
        pytest.param("abc", Place(1, 2), "abc", " ^", id="one character"),
        pytest.param("abc", Place(1, 2, 2), "abc", " ^^", id="up to the end"),
        pytest.param("abc", Place(1, 2, 9), "abc", " ^^", id="wider than the line"),
        pytest.param("abc", Place(1, 4), "abc", "   ^", id="just behind the line"),
        pytest.param("abc", Place(1, 9), "abc", "   ^", id="far behind the line"),
        pytest.param("", Place(1, 1), "", "^", id="an empty line"),
        pytest.param("\ta: b", Place(1, 5), "    a: b", "       ^", id="behind a tab"),
        pytest.param("a:\tb", Place(1, 3), "a:    b", "  ^^^^", id="at a tab"),
        pytest.param("卷积: b", Place(1, 5), "卷积: b", "      ^", id="behind wide characters"),
        pytest.param("a卷b", Place(1, 2), "a卷b", " ^^", id="at a wide character"),
        pytest.param("e\u0301: b", Place(1, 5), "e\u0301: b", "   ^", id="combining"),
        pytest.param("a\x1bb", Place(1, 3), "a\\x1bb", "     ^", id="behind an escape"),
        pytest.param("a\u202eb", Place(1, 2), "a\\u202eb", " ^^^^^^", id="at a direction"),
    ],
)
def test_carets(line: str, place: Place, excerpt: str, carets: str) -> None:
    lines = shown(line, place).splitlines()
    assert lines[1:3] == [f"  1 | {excerpt}".rstrip(), f"    | {carets}"]


@pytest.mark.parametrize("column", [1, 25, 501, 970, 998])
@pytest.mark.parametrize("width", [20, 60, 100])
def test_a_long_line_is_shown_around_the_caret(column: int, width: int) -> None:
    digits = "0123456789" * 100
    lines = shown(digits, Place(1, column, 3), Style(width=width)).splitlines()
    at = next(place for place, line in enumerate(lines) if line.startswith("  1 |"))
    text, caret = lines[at][6:], lines[at + 1][6:]
    assert len(lines[at]) <= max(width, 46)
    first = caret.index("^")
    assert caret == " " * first + "^^^"
    assert text[first : first + 3] == digits[column - 1 : column + 2]
    kept = text.strip("…")
    begin = column - 1 - (first - text.startswith("…"))
    assert kept == digits[begin : begin + len(kept)]
    assert (text.startswith("…"), text.endswith("…")) == (begin > 0, begin + len(kept) < 1000)
    assert len(kept) >= 34


def test_sentences_are_folded_on_a_terminal_and_whole_in_a_pipe() -> None:
    narrow = shown("", None, Style(width=40))
    assert narrow.splitlines() == [
        "stem.net.yaml: error CC101",
        "  kernel-exceeds-input: layer `conv_1`",
        "  kernel 7 with dilation 2 spans 13, but",
        "  the padded input has 9 (7 + 2*1)",
        "  help: use `p: 3`, or `d: 1`",
    ]
    piped = shown("", None)
    assert len(piped.splitlines()) == 3
    assert piped.split() == narrow.split()


@each(
    ("source", "line"),
    [
        pytest.param("a\r\nb\r\nc", "b", id="windows"),
        pytest.param("a\rb\rc", "b", id="old mac"),
        pytest.param("a\nb\x0cc", "b\\x0cc", id="a form feed is no line break"),
        pytest.param("a\nb\u2028c", "b\\u2028c", id="a line separator is none"),
    ],
)
def test_line_breaks(source: str, line: str) -> None:
    assert shown(source, Place(2, 1)).splitlines()[1] == f"  2 | {line}"


@pytest.mark.parametrize(
    ("source", "place"),
    [
        pytest.param("a\n", None, id="a whole file"),
        pytest.param("", Place(3, 1), id="text that could not be read"),
    ],
)
def test_without_an_excerpt(source: str, place: Place | None) -> None:
    assert len(shown(source, place).splitlines()) == 3


def test_several_findings_are_counted() -> None:
    problem = Problem("empty-file", "the file is empty", file="a.net.yaml")
    unsure = Problem("tag", "perhaps", file="a.net.yaml", level="warning")
    assert full.render(reported(problem, problem, unsure), PLAIN) == (
        "a.net.yaml: error CC915 empty-file: the file is empty\n\n"
        "a.net.yaml: error CC915 empty-file: the file is empty\n\n"
        "a.net.yaml: warning CC908 tag: perhaps\n\n"
        "found 2 errors, 1 warning\n"
    )


def test_hostile_words_are_escaped() -> None:
    problem = Problem(
        "unreadable-file", "m\x1b[2J", None, "n\n::error::x", "h\u202e", file="f\x07\n"
    )
    assert full.render(reported(problem), PLAIN) == (
        "f\\x07\\n: error CC901 unreadable-file: m\\x1b[2J\n  n\\n::error::x\n  help: h\\u202e\n"
    )


def test_colours() -> None:
    text = shown("abc", Place(1, 2), Style(color=True))
    assert "\x1b[1mstem.net.yaml:1:2:\x1b[0m \x1b[1;31merror CC101\x1b[0m kernel" in text
    assert "    \x1b[2m|\x1b[0m  \x1b[1;31m^\x1b[0m\n" in text


def test_json() -> None:
    problems = [
        Problem("wrong-type", "m", Place(3, 5, 2), "n", "h", "stem", "a.net.yaml"),
        Problem("unreadable-file", "no", file="é\x1b"),
    ]
    text = as_json.render(reported(*problems), PLAIN)
    assert text.isascii()
    assert json.loads(text) == {
        "version": 1,
        "problems": [
            {
                "file": "a.net.yaml", "line": 3, "column": 5, "width": 2, "level": "error",
                "code": "CC926", "slug": "wrong-type", "message": "m", "note": "n", "help": "h",
                "layer": "stem", "fix": None,
            },
            {
                "file": "é\x1b", "line": None, "column": None, "width": None, "level": "error",
                "code": "CC901", "slug": "unreadable-file", "message": "no", "note": "",
                "help": "", "layer": "", "fix": None,
            },
        ],
        "files": [
            {
                "file": "a.net.yaml", "problems": 2, "suppressed": 0, "baselined": 0,
                "usable": True,
            },
        ],
        "summary": {
            "files": 1, "unusable": 0, "error": 2, "warning": 0, "info": 0, "suppressed": 0,
            "baselined": 0,
        },
    }  # fmt: skip
