"""Whatever a file and its name say: no command, no escape, no markup, and every parser reads it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.core.errors import Edit, Fix, Level, Place, Problem
from convcalc.core.text import visible
from convcalc.report import findings_formats, findings_renderer
from convcalc.report.checked import FileFindings, Report
from convcalc.report.markdown_words import code, prose, table_code
from convcalc.report.style import PLAIN
from tests.each import each
from tests.report.rendering import MARKDOWN, Page, rendered
from tests.report.reports import commands, reported

SARIF_SCHEMA = json.loads(
    (Path(__file__).with_name("schemas") / "sarif-2.1.0.json").read_text(encoding="utf-8")
)

# What a hostile repository would be made of.
BAITS = (
    "::error::x", "##[error]x", "##[add-mask]a", "::set-env name=A::b", "%0A::error::x", "\n", "\r",
    "\x1b[2J", "\x1b]0;t\x07", "\u202e", "\u2028", "\x85", "\x00", "\udce9", "\ufffe", "<script>",
    "<img src=x onerror=y>", "</failure>", "]]>", "&lt;", "&#64;", "@octocat", "#12",
    "[a](http://x)", "![a](http://x)", "http://x.example", "www.x.example", "`", "``", "|", "\\",
    "\\|", "*", "__", "~~", "$x$", "=1+1", "{0}", "{", "}", "'", '"', " ", "é", "卷", "😀", "stem",
    ":", ",", ";", "-", "#", "\t",
)  # fmt: skip
words = st.lists(st.sampled_from(BAITS), max_size=5).map("".join)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    files = []
    for _ in range(draw(st.integers(1, 2))):
        file, source = draw(words), draw(words)
        problems = []
        for _ in range(draw(st.integers(0, 3))):
            level: Level = draw(st.sampled_from(("error", "warning", "info")))
            place = draw(st.sampled_from((None, Place(1, 1), Place(1, 2, 3), Place(9, 9, 9))))
            end = draw(st.integers(0, len(source)))
            fix = Fix(draw(words), (Edit(0, end, draw(words)),))
            problems.append(
                Problem(
                    "unknown-key", draw(words), place, draw(words), draw(words), draw(words), file,
                    level, fix=draw(st.sampled_from((None, fix))),
                )
            )  # fmt: skip
        files.append(FileFindings(file, source, tuple(problems), is_usable=draw(st.booleans())))
    return Report(tuple(files))


def harmless(name: str, text: str) -> None:
    """Raises AssertionError where the output could do something to its reader."""
    found = commands(text)
    if name == "github":
        assert {command.name for command in found} <= {"error", "warning", "notice"}
        assert {key for command in found for key in command.properties} <= {
            "file", "line", "endLine", "col", "endColumn", "title",
        }  # fmt: skip
    else:
        assert found == []
    assert all(char == "\n" or char.isprintable() for char in text)


@given(reports())
@settings(max_examples=30)
def test_every_format_is_harmless_and_readable(report: Report) -> None:
    count = len(list(report.problems))
    for name in findings_formats():
        text = findings_renderer(name)(report, PLAIN)
        harmless(name, text)
        if name in ("json", "sarif", "gitlab"):
            assert json.loads(text) is not None
            assert not re.search(r"\\ud[89ab]..(?!\\ud[c-f])", text)
        if name == "github":
            assert len(commands(text)) == count
        if name == "concise":
            assert text.count("\n") == count
        if name == "jsonl":
            assert all(json.loads(line)["version"] == 1 for line in text.splitlines())
        if name == "junit":
            root = ET.fromstring(text)
            assert len(list(root.iter("failure"))) + len(list(root.iter("error"))) == sum(
                problem.level == "error" for problem in report.problems
            )
        if name == "markdown":
            rendered(text)


@given(reports())
@settings(max_examples=10)
def test_sarif_is_valid(report: Report) -> None:
    log = json.loads(findings_renderer("sarif")(report, PLAIN))
    jsonschema.Draft4Validator(SARIF_SCHEMA).validate(log)
    for result in log["runs"][0]["results"]:
        assert not re.search(r"\]\(|(?<!\{)\{\d+\}(?!\})", result["message"]["text"])
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert re.fullmatch(r"(file://)?([A-Za-z0-9/._~-]|%[0-9A-F]{2})*", uri)


@each("bait", BAITS)
def test_prose_shows_what_it_says(bait: str) -> None:
    said = f"a {bait} b"
    text = rendered(prose(said)).text.replace("\u200b", "")
    assert text.split() == inert_free(said).split()
    # Bare links are found in the Markdown itself.
    assert not re.search(r"https?://|www\.", prose(said))


@each("text", ["-", "- a", "+ a", "---", "===", "1. a", "12) a", " -"])
def test_prose_begins_no_block(text: str) -> None:
    page = rendered(f"a\n{prose(text)}\n\n{prose(text)}\n")
    assert page.tags == {"p"}
    assert page.text.split() == ["a", *text.split(), *text.split()]


def inert_free(text: str) -> str:
    """`text` as a person sees it: control characters as escapes."""
    return text if text.isprintable() else "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )  # fmt: skip


@given(st.text(alphabet="`| \\a*<@#", max_size=12))
def test_code_is_one_span_of_that_text(text: str) -> None:
    html = MARKDOWN.render(f"x {code(text)} y")
    shown = visible(text)
    if not shown.strip():
        assert html == "<p>x (empty) y</p>\n"
        return
    found = re.fullmatch(r"<p>x <code>(.*)</code> y</p>\n", html)
    assert found, html
    page = Page()
    page.feed(found[1])
    assert page.text == shown


@given(st.text(alphabet="`|\\a", min_size=1, max_size=8))
def test_code_in_a_table_stays_in_its_cell(text: str) -> None:
    html = MARKDOWN.render(f"| a | b |\n|---|---|\n| {table_code(text)} | end |\n")
    assert html.count("<td>") == 2
    assert "<td>end</td>" in html
    page = Page()
    page.feed(html)
    assert page.tags <= {"table", "thead", "tbody", "tr", "th", "td", "code"}


@each(
    ("line", "found"),
    [
        pytest.param("::error file=a%2Cb::50%25%0Ax", 1, id="new style"),
        pytest.param("  ::add-mask::x", 1, id="after spaces"),
        pytest.param("stem ##[warning]x", 1, id="old style"),
        pytest.param("a ::error::x", 0, id="not at the start"),
        pytest.param("::nothing::x", 0, id="not registered"),
        pytest.param("::error", 0, id="no end"),
    ],
)
def test_the_reader_of_commands_finds_commands(line: str, found: int) -> None:
    assert len(commands(line)) == found


def test_a_command_in_a_name_is_told_and_not_given() -> None:
    problem = Problem("unknown-key", "::error::m", Place(1, 1), "::n::", "h", file="::error::f")
    report = reported(problem, source="::error::s ##[error]t")
    assert findings_renderer("full")(report, PLAIN) == (
        "\\x3a:error::f:1:1: error CC921 unknown-key: \\x3a:error::m\n"
        "  1 | ::error::s #\\x23[error]t\n"
        "    | ^\n"
        "  \\x3a:n::\n"
        "  help: h\n"
    )
    (command,) = commands(findings_renderer("github")(report, PLAIN))
    assert command.properties["file"] == "::error::f"
    assert command.data == "::error::m\n::n::\nhelp: h"


def test_a_command_of_the_older_kind_is_neither_in_a_file_s_name_nor_in_a_message() -> None:
    problem = Problem("unknown-key", "##[error]m", Place(1, 1), "a ##[n]", file="##[group]f")
    text = findings_renderer("github")(reported(problem), PLAIN)
    (command,) = commands(text)
    assert "##[" not in text
    assert command.properties["file"] == "#\\x23[group]f"
    assert command.data == "#\\x23[error]m\na #\\x23[n]"
