"""Comments that silence findings: where they hold, and what is said of those that do not."""

from __future__ import annotations

import pytest

from convcalc.features.check import suppressions
from convcalc.features.check.inspecting import inspect
from convcalc.features.check.patching import applied_edits
from convcalc.features.check.selection import Selection
from convcalc.features.check.settings import Settings
from convcalc.report.checked import FileFindings
from tests.each import each
from tests.scaling.growing import calls

# `bias-before-norm` at the first layer, and no other finding of this selection.
SETTINGS = Settings(selections=(Selection(("CC405", "CC5", "CC95")),))
HEAD = "convcalc: 1\ninput: [3, 32, 32]\n"


def check(text: str, *, settings: Settings = SETTINGS, heed: bool = True) -> FileFindings:
    return inspect(text.encode(), "net.net.yaml", settings, "net.net.yaml", heed_ignores=heed)


def said(findings: FileFindings) -> list[str]:
    return [
        f"{p.place.line if p.place else 0} {p.code}"
        + (f" {p.message}" if p.code.startswith("CC95") else "")
        for p in findings.problems
    ]


SILENT = [
    pytest.param(
        "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[CC405] why\n  - batch_norm\n",
        id="beside the layer",
    ),
    pytest.param(
        "layers:\n  - conv: {out: 4, k: 3}  #convcalc:ignore[bias-before-norm]\n  - batch_norm\n",
        id="by name, without spaces",
    ),
    pytest.param(
        "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[cc4]\n  - batch_norm\n",
        id="by the beginning of its code",
    ),
    pytest.param(
        "layers:\n  - conv:\n      out: 4\n      k: 3  # convcalc: ignore[CC405]\n  - batch_norm\n",
        id="on the last line of the layer",
    ),
    pytest.param(
        "layers:\n  - conv:\n      out: 4\n      # convcalc: ignore[CC405]\n      k: 3\n"
        "  - batch_norm\n",
        id="on a line of its own inside of the layer",
    ),
    pytest.param(
        "layers:\n  - conv: {out: 4,  # convcalc: ignore[CC405]\n      k: 3}\n  - batch_norm\n",
        id="inside of brackets",
    ),
    pytest.param(
        "layers:\n  - conv: {out: 4, k: 3\n      }  # convcalc: ignore[CC405]\n  - batch_norm\n",
        id="behind a bracket on a line of its own",
    ),
    pytest.param(
        "layers:\n  - {conv: {out: 4, k: 3}\n    }  # convcalc: ignore[CC405]\n  - batch_norm\n",
        id="behind the bracket of the layer",
    ),
    pytest.param(
        "layers:\n  - conv:\n      out: 4\n      k: [3,\n        3\n"
        "        ]  # convcalc: ignore[CC405]\n  - batch_norm\n",
        id="behind the bracket of a list",
    ),
    pytest.param(
        "layers:\n  # convcalc: ignore[CC405]\n\n  # another comment\n  - conv: {out: 4, k: 3}\n"
        "  - batch_norm\n",
        id="on a line of its own above the layer",
    ),
    pytest.param(
        "layers: [conv: {out: 4, k: 3}, batch_norm] # convcalc: ignore[CC405]\n",
        id="several layers on one line",
    ),
    pytest.param(
        "blocks:\n  unit:\n    layers:\n      - conv: {out: 4, k: 3} # convcalc: ignore[CC405]\n"
        "      - batch_norm\nlayers:\n  - {unit: {}, repeat: 3}\n",
        id="inside of a block",
    ),
    pytest.param(
        "layers:\r\n  - conv: {out: 4, k: 3} # convcalc: ignore[CC405]\r\n  - batch_norm\r\n",
        id="Windows' line breaks",
    ),
    pytest.param(
        "layers:\n  - conv: {out: 4, k: 3} # all right  # convcalc: ignore[CC405]\n  - batch_norm",
        id="behind another comment",
    ),
    pytest.param(
        "layers:\n  - {conv: {out: 4, k: 3}, note: \"# no 'comment'\"} # convcalc: ignore[CC405]\n"
        "  - batch_norm\n",
        id="behind a string with a number sign",
    ),
]


@each("text", SILENT)
def test_a_comment_silences_its_layer(text: str) -> None:
    findings = check(HEAD + text)
    assert said(findings) == []
    assert findings.suppressed == 1


@each("text", SILENT)
def test_comments_are_not_heeded_where_nobody_wants_it(text: str) -> None:
    assert [line.split()[1] for line in said(check(HEAD + text, heed=False))] == ["CC405"]


def test_a_comment_for_the_whole_file() -> None:
    text = "layers: [conv: {out: 4, k: 3}, batch_norm]\n"
    comment = "# convcalc: ignore-file[CC405] generated\n"
    assert said(check(comment + HEAD + text)) == []
    assert said(check("# first\n\n" + comment + HEAD + text)) == []
    assert said(check(HEAD + comment + text)) == [
        "3 CC951 `ignore-file` stands below the first line of content",
        "4 CC405",
    ]


def test_expectations_are_silenced_where_they_stand() -> None:
    layers = "layers: [conv: {out: 4, k: 3}]\n"
    assert said(check(HEAD + layers + "expect: {params: 1}\n")) == ["4 CC502"]
    line = "expect: {params: 1} # convcalc: ignore[CC502]\n"
    assert said(check(HEAD + layers + line)) == []
    lines = "expect:\n  # convcalc: ignore[expected-params]\n  params: 1\n"
    assert said(check(HEAD + layers + lines)) == []


@each(
    ("text", "found"),
    [
        pytest.param(
            'layers:\n  - {conv: {out: 4, k: 3}, note: "# convcalc: ignore[CC405]"}\n'
            "  - batch_norm\n",
            ["4 CC405"],
            id="in a string",
        ),
        pytest.param(
            "layers:\n  - {conv: {out: 4, k: 3}, note: '\n      # convcalc: ignore[CC405]'}\n"
            "  - batch_norm\n",
            ["4 CC405"],
            id="in a string of several lines",
        ),
        pytest.param(
            "name: |\n  # convcalc: ignore[CC405]\nlayers: [conv: {out: 4, k: 3}, batch_norm]\n",
            ["5 CC405"],
            id="in a block of text",
        ),
        pytest.param(
            "layers:\n  - {conv: {out: 4, k: 3}, note: a#convcalc:ignore[CC405]}\n  - batch_norm\n",
            None,
            id="in a word",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3}\n  - batch_norm # convcalc: ignore[CC405]\n",
            ["4 CC405", "5 CC952 `CC405` silences nothing here"],
            id="at another layer",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3}\n  # convcalc: ignore[CC405]\n  - batch_norm\n",
            ["4 CC405", "5 CC952 `CC405` silences nothing here"],
            id="below the layer",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[CC405, CC502]\n  - batch_norm\n",
            ["4 CC952 `CC502` silences nothing here"],
            id="one of two is of no use",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[CC405, CC4O2]\n  - batch_norm\n",
            ["4 CC951 no finding is called `CC4O2`"],
            id="one of two is unknown",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore\n  - batch_norm\n",
            ["4 CC405", "4 CC951 the comment does not say in brackets what it ignores"],
            id="without codes",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[CC405\n  - batch_norm\n",
            ["4 CC405", "4 CC951 the comment does not say in brackets what it ignores"],
            id="an open bracket",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[ ]\n  - batch_norm\n",
            ["4 CC405", "4 CC951 the comment ignores nothing"],
            id="empty brackets",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: ingore[CC405]\n  - batch_norm\n",
            ["4 CC405", "4 CC951 there is no comment `ingore`"],
            id="a misspelt word",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: disable=CC405\n  - batch_norm\n",
            ["4 CC405", "4 CC951 there is no comment `disable`"],
            id="another program's word",
        ),
        pytest.param(
            "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[CC101]\n  - batch_norm\n",
            ["4 CC405", "4 CC951 `CC101` cannot be ignored"],
            id="what cannot be ignored",
        ),
        pytest.param(
            "# convcalc: 1\n# convcalc: a fine program\nlayers: [conv: {out: 4, k: 3}]\n",
            [],
            id="comments that only mention the program",
        ),
    ],
)
def test_what_is_said_of_comments(text: str, found: list[str] | None) -> None:
    findings = said(check(HEAD + text))
    if found is None:
        assert all(not line.split()[1].startswith("CC95") for line in findings)
    else:
        assert findings == found


def test_a_layer_that_cannot_stand_cannot_be_ignored() -> None:
    text = HEAD + "layers:\n  - conv: {out: 4, k: 40} # convcalc: ignore[CC101]\n"
    assert said(check(text)) == ["4 CC101", "4 CC951 `CC101` cannot be ignored"]


def test_nothing_is_unused_where_too_little_was_looked_at() -> None:
    text = HEAD + "layers:\n  - conv: {out: 4, k: 40} # convcalc: ignore[CC405]\n"
    assert said(check(text)) == ["4 CC101"]
    not_wanted = Settings(selections=(Selection(("CC95",)),))
    text = HEAD + "layers:\n  - conv: {out: 4, k: 4} # convcalc: ignore[CC405]\n"
    assert said(check(text, settings=not_wanted)) == []


def test_findings_on_comments_can_be_left_out() -> None:
    settings = Settings(selections=(Selection(None, (), ("CC95",)),))
    text = HEAD + "layers:\n  - conv: {out: 8, k: 3} # convcalc: ignore[CC405, CC0]\n"
    assert said(check(text, settings=settings)) == []


@each(
    ("line", "fixed"),
    [
        pytest.param("{} # convcalc: ignore[CC405] why\n", "{}\n", id="the whole comment"),
        pytest.param(
            "{} # convcalc: ignore[CC405] see #12  # mine\n", "{} # mine\n", id="no other comment"
        ),
        pytest.param("{}  \t# convcalc: ignore[CC405]\r\n", "{}\r\n", id="the blanks before it"),
        pytest.param(
            "{} # convcalc: ignore[CC405, CC502] x\n", "{}\n", id="both of two are unused"
        ),
        pytest.param(
            "# convcalc: ignore[CC405]\n  - relu: {}\n", "- relu: {}\n", id="a whole line"
        ),
    ],
)
def test_unused_comments_are_removed(line: str, fixed: str) -> None:
    before = HEAD + "layers:\n  - relu: "
    text = (before[:-8] if line.startswith("#") else before) + line
    findings = check(text)
    edits = dict.fromkeys(edit for p in findings.problems if p.fix for edit in p.fix.edits)
    after = applied_edits(text, edits)
    assert after.endswith(fixed)
    assert said(check(after)) == []


@each(
    ("names", "left"),
    [
        pytest.param("CC405, CC502", "CC405", id="the last"),
        pytest.param("CC502, CC405", "CC405", id="the first"),
        pytest.param("CC502,CC405,CC503", "CC405", id="around"),
        pytest.param("CC405, CC502, cc40", "CC405, cc40", id="in the middle"),
        pytest.param("CC405, CC40, CC502", "CC405, CC40", id="the last of three"),
        pytest.param("CC405, CC40, CC502, cc4", "CC405, CC40, cc4", id="the third of four"),
        pytest.param("CC405, CC40, cc4, CC502", "CC405, CC40, cc4", id="the last of four"),
    ],
)
def test_unused_names_are_removed(names: str, left: str) -> None:
    text = HEAD + "layers:\n  - conv: {out: 4, k: 3} # convcalc: ignore[NAMES] x\n  - batch_norm\n"
    written = text.replace("NAMES", names)
    edits = [edit for p in check(written).problems if p.fix for edit in p.fix.edits]
    assert applied_edits(written, edits) == text.replace("NAMES", left)


@pytest.mark.thorough
def test_many_comments_are_linear_work() -> None:
    def work(count: int) -> int:
        lines = "".join(
            f"  # convcalc: ignore[CC405]\n  - relu # convcalc: ignore[CC50{number % 6 + 1}]\n"
            for number in range(count)
        )
        text = HEAD + "layers:\n" + lines
        problems, many = calls(lambda: len(check(text).problems))
        assert problems == 2 * count
        return many

    work(100)
    assert work(1500) < 12 * work(150)


def test_a_wrong_word_is_pointed_at() -> None:
    (problem,) = check("# convcalc: ignore[nope]\n" + HEAD + "layers: [relu]\n").problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.width) == (1, 20, 4)
    (problem,) = check(HEAD + "layers: [relu]\n# convcalc: ingore[CC405]\n").problems
    assert problem.place is not None
    assert (problem.place.line, problem.place.column, problem.place.width) == (4, 13, 6)


def test_many_wrong_words_are_told_one_by_one_up_to_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked_up: list[str] = []

    def nearest(selector: str) -> str:
        looked_up.append(selector)
        return "`convcalc rules` lists codes and names"

    monkeypatch.setattr(suppressions, "nearest_selector", nearest)
    comments = "".join(f"# convcalc: ignore[nothing-{at}]\n" for at in range(350))
    problems = check(HEAD + "layers:\n  - relu\n" + comments).problems
    assert len(problems) == len(looked_up) == 100
    assert problems[0].note == ""
    assert problems[-1].note == "as wrong are 250 more in this file"
