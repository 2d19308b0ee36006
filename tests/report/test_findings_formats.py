"""Findings for machines and for pull requests: the whole text, read against its format's rules."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from convcalc.report import findings_formats
from convcalc.report.checked import FileFindings, Report
from convcalc.report.findings import markdown as as_markdown
from convcalc.report.style import Style
from tests.each import each
from tests.report.reports import (
    BIAS,
    CLEAN,
    HINT,
    KERNEL,
    MISSING,
    SOURCE,
    commands,
    reported,
    shown,
)


def test_concise() -> None:
    assert shown("concise") == (
        "nets/a.net.yaml:4:5: error CC101 kernel-exceeds-input: layer `conv_1`; "
        "kernel 11 spans 11, but the padded input has 8\n"
        "nets/a.net.yaml:5:6: warning CC405 bias-before-norm: "
        "the bias of `conv` is taken out by `batch_norm_1` after it; "
        "4 learnt numbers without effect\n"
        "nets/a.net.yaml:5:6: info CC410 channels-not-multiple-of-8: `stem` has 4 channels\n"
        "b.net.yaml: error CC901 unreadable-file: no such file or directory\n"
    )


def test_concise_in_colours() -> None:
    assert shown("concise", reported(MISSING), Style(color=True)) == (
        "\x1b[1mb.net.yaml:\x1b[0m \x1b[1;31merror CC901\x1b[0m unreadable-file: "
        "no such file or directory\n"
    )


def test_json_has_the_edits_the_files_and_the_sums() -> None:
    data = json.loads(shown("json"))
    assert list(data) == ["version", "summary", "problems", "files"]
    assert data["problems"][1]["fix"] == {
        "title": "add `bias: false`",
        "safe": True,
        "edits": [
            {"line": 5, "column": 21, "end_line": 5, "end_column": 25, "text": "k: 3, bias: false"}
        ],
    }
    assert data["problems"][0]["fix"] is None
    assert data["files"] == [
        {"file": "nets/a.net.yaml", "problems": 3, "suppressed": 2, "baselined": 1, "usable": True},
        {"file": "b.net.yaml", "problems": 1, "suppressed": 0, "baselined": 0, "usable": False},
        {"file": "clean.net.yaml", "problems": 0, "suppressed": 0, "baselined": 0, "usable": True},
    ]
    assert data["summary"] == {
        "files": 3, "unusable": 1, "error": 2, "warning": 1, "info": 1, "suppressed": 2,
        "baselined": 1,
    }  # fmt: skip


def test_json_lines_are_the_problems_of_json_with_the_version() -> None:
    lines = [json.loads(line) for line in shown("jsonl").splitlines()]
    expected = json.loads(shown("json"))["problems"]
    assert lines == [{"version": 1, **problem} for problem in expected]


def test_github() -> None:
    assert shown("github") == (
        "::error file=nets/a.net.yaml,line=4,endLine=4,col=5,endColumn=9,"
        "title=CC101 kernel-exceeds-input::layer `conv_1`%0A"
        "kernel 11 spans 11, but the padded input has 8%0Ahelp: use `k: 7`, or `p: 2`\n"
        "::error file=b.net.yaml,title=CC901 unreadable-file::no such file or directory\n"
        "::warning file=nets/a.net.yaml,line=5,endLine=5,col=6,endColumn=10,"
        "title=CC405 bias-before-norm::"
        "the bias of `conv` is taken out by `batch_norm_1` after it%0A"
        "4 learnt numbers without effect%0Ahelp: write `bias: false`\n"
        "::notice file=nets/a.net.yaml,line=5,endLine=5,col=6,endColumn=10,"
        "title=CC410 channels-not-multiple-of-8::`stem` has 4 channels\n"
    )


@each(
    ("errors", "warnings", "infos", "annotations", "closing"),
    [
        pytest.param(10, 10, 10, (10, 10, 10), "", id="as many as there may be"),
        pytest.param(11, 2, 0, (10, 2, 1), "1 error", id="one error more"),
        pytest.param(2, 0, 12, (2, 0, 10), "3 infos", id="the closing line is a notice"),
        pytest.param(30, 14, 10, (10, 10, 10), "20 errors, 4 warnings, 1 info", id="all of them"),
    ],
)
def test_github_keeps_to_the_limit_of_a_step(
    errors: int, warnings: int, infos: int, annotations: tuple[int, int, int], closing: str
) -> None:
    several = [HINT] * infos + [KERNEL] * errors + [BIAS] * warnings
    text = shown("github", reported(*several, source=SOURCE))
    found = [command.name for command in commands(text)]
    assert tuple(map(found.count, ("error", "warning", "notice"))) == annotations
    assert found == sorted(found, key=["error", "warning", "notice"].index)
    last = text.splitlines()[-1]
    expected = (
        f"::notice title=convcalc::{closing} without an annotation: "
        "GitHub keeps 10 of a kind a step; the log has them all"
    )
    assert last == expected if closing else not last.startswith("::notice title=convcalc")
    # Nothing is dropped: what has no annotation stands in the log.
    assert len(text.splitlines()) == errors + warnings + infos + bool(closing)


def test_github_names_no_file_for_standard_input() -> None:
    problem = replace(MISSING, file="<stdin>")
    assert shown("github", reported(problem)) == (
        "::error title=CC901 unreadable-file::no such file or directory\n"
    )


def test_markdown() -> None:
    assert shown("markdown") == (
        "### convcalc check: 2 errors, 1 warning, 1 info\n\n"
        "In 2 of 3 files. 2 suppressed in place. 1 known from the baseline.\n\n"
        "#### `nets/a.net.yaml`\n\n"
        "- **error** line 4: layer `conv_1` (`CC101` kernel-exceeds-input)<br>\n"
        "  `- conv: {out: 8, k: 11}`<br>\n"
        "  kernel 11 spans 11, but the padded input has 8<br>\n"
        "  **help**: use `k: 7`, or `p: 2`\n"
        "- **warning** line 5: the bias of `conv` is taken out by `batch_norm_1` after it "
        "(`CC405` bias-before-norm)<br>\n"
        "  `- {conv: {out: 4, k: 3}, name: stem}`<br>\n"
        "  4 learnt numbers without effect<br>\n"
        "  **help**: write `bias: false`\n"
        "- **info** line 5: `stem` has 4 channels (`CC410` channels-not-multiple-of-8)<br>\n"
        "  `- {conv: {out: 4, k: 3}, name: stem}`\n\n"
        "#### `b.net.yaml`\n\n"
        "- **error** no such file or directory (`CC901` unreadable-file)\n"
    )


def test_markdown_fits_into_one_comment() -> None:
    problems = [replace(KERNEL, layer=f"conv_{at}") for at in range(1000)]
    file = FileFindings("nets/a.net.yaml", SOURCE, tuple(problems))
    text = shown("markdown", Report((file, file)))
    body, _, closing = text.rpartition("\n\nand ")
    assert body.startswith("### convcalc check: 2,000 errors\n\nIn 2 of 2 files.\n")
    items = body.count("\n- **error**")
    assert closing == f"{2000 - items:,} more findings, too many for one comment\n"
    # One more would not have had room.
    item = body[body.rindex("\n- **error**") :]
    assert len(body) <= 60_000 < len(body) + len(item)


@each(("room", "items", "closing"), [
    (0, 3, ""),
    (-1, 2, "\n\nand 1 more finding, too many for one comment"),
    # A short one behind a long one that has no room is not shown either.
    (-200, 1, "\n\nand 2 more findings, too many for one comment"),
])  # fmt: skip
def test_markdown_shows_what_has_room_and_counts_the_rest(
    room: int, items: int, closing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, short = replace(KERNEL, note="so long " * 30), replace(MISSING, file="nets/a.net.yaml")
    report = Report((FileFindings("nets/a.net.yaml", SOURCE, (KERNEL, long, short)),))
    whole = shown("markdown", report)
    monkeypatch.setattr(as_markdown, "MOST_CHARACTERS", len(whole) - 1 + room)
    text = shown("markdown", report)
    parts = whole.removesuffix("\n").split("\n- ")
    assert text == "\n- ".join(parts[: 1 + items]) + closing + "\n"


@each(
    ("name", "text"),
    [
        pytest.param("full", "", id="full"),
        pytest.param("concise", "", id="concise"),
        pytest.param("jsonl", "", id="jsonl"),
        pytest.param("github", "", id="github"),
        pytest.param("gitlab", "[]\n", id="gitlab"),
        pytest.param(
            "markdown", "### convcalc check: no findings\n\n1 file checked.\n", id="markdown"
        ),
    ],
)
def test_nothing_found(name: str, text: str) -> None:
    assert shown(name, CLEAN) == text


@each("name", findings_formats())
def test_no_files_at_all(name: str) -> None:
    assert isinstance(shown(name, Report(())), str)
