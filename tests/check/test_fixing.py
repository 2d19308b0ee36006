"""Fixes as edits: which are applied, which are refused and why, and what never changes."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.core.errors import Edit, Fix, Problem
from convcalc.features.check import fixing, writing
from convcalc.features.check.fixing import Fixed, fixed_in_rounds, fixed_text
from convcalc.features.check.patching import applied_edits, diff, encoded, is_text_of
from tests.each import each

NET = """\
convcalc: 1  # kept
input: [3, 32, 32]
vars: {unused: 3}
layers:
  - {conv: {out: 8, k: 3, p: 1}, name: a}
  - batch_norm
  - {conv: {out: 8, k: 3, p: 1}, name: b}
"""


def at(text: str, old: str, new: str, nth: int = 0) -> Edit:
    """The edit that replaces the nth `old` of the text."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(old, start + 1)
    return Edit(start, start + len(old), new)


def finding(*edits: Edit, safe: bool = True, rule: str = "CC405", message: str = "m") -> Problem:
    slug = "bias-before-norm" if rule else "unknown-field"
    return Problem(slug, message, rule=rule, fix=Fix("title", edits, safe))


def reasons(found: Fixed) -> list[str]:
    return [reason for _, reason in found.refused]


def test_without_fixes_the_text_is_the_same() -> None:
    assert fixed_text(NET, [Problem("yaml-syntax", "m")]) == Fixed(NET)


def test_a_safe_fix() -> None:
    problem = finding(at(NET, "p: 1", "p: half"))
    assert fixed_text(NET, [problem]) == Fixed(
        NET.replace("p: 1}, name: a", "p: half}, name: a"), (problem,)
    )


@pytest.mark.parametrize("trials", [1, 2, 3])
def test_beyond_so_many_trials_fixes_are_left_out(
    trials: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both at once are the first trial, each by itself the next two."""
    monkeypatch.setattr(fixing, "MAX_TRIALS", trials)
    found = fixed_text(NET, [finding(at(NET, "p: 1", "p: 2")), finding(at(NET, "p: 1", "p: 3", 1))])
    assert found.text == NET
    told = [reason == "too many others failed" for reason in reasons(found)]
    assert told == [trials < 2, trials < 3]


def test_several_that_do_not_touch_are_made_at_once_whatever_their_order() -> None:
    problems = [
        finding(at(NET, "p: 1", "p: half", 1)),
        finding(at(NET, "p: 1", "p: half"), at(NET, "vars: {unused: 3}\n", "")),
    ]
    done = fixed_text(NET, problems)
    assert done.text == NET.replace("p: 1", "p: half").replace("vars: {unused: 3}\n", "")
    assert done.applied == tuple(problems)


def test_one_edit_may_answer_several_findings() -> None:
    edit = at(NET, "p: 1", "p: half")
    problems = [finding(edit, message="copy 0"), finding(edit, message="copy 1")]
    assert fixed_text(NET, problems).applied == tuple(problems)


OVERLAPS = [
    pytest.param(Edit(5, 9, "x"), Edit(8, 12, "y"), True, id="a character in common"),
    pytest.param(Edit(5, 9, "x"), Edit(9, 12, "y"), False, id="side by side"),
    pytest.param(Edit(5, 9, "x"), Edit(6, 7, "y"), True, id="one within the other"),
    pytest.param(Edit(5, 9, "x"), Edit(7, 7, "y"), True, id="an insertion within"),
    pytest.param(Edit(5, 9, "x"), Edit(9, 9, "y"), True, id="an insertion at the end"),
    pytest.param(Edit(5, 9, "x"), Edit(5, 5, "y"), True, id="an insertion at the start"),
    pytest.param(Edit(5, 5, "x"), Edit(5, 5, "y"), True, id="two insertions at one place"),
    pytest.param(Edit(5, 5, "x"), Edit(6, 6, "y"), False, id="insertions apart"),
]


@pytest.mark.parametrize(("first", "second", "overlap"), OVERLAPS)
@pytest.mark.parametrize("swapped", [False, True])
def test_of_overlapping_fixes_the_first_wins(
    first: Edit, second: Edit, overlap: bool, swapped: bool
) -> None:
    # In a comment, where nothing changes what the network is.
    text = "# 3456789 123456\n" + NET
    if swapped:
        first, second = second, first
    problems = [finding(first, message="first"), finding(second, message="second")]
    done = fixed_text(text, problems)
    assert [one.message for one in done.applied] == ["first"] + ["second"] * (not overlap)
    # What waits is not refused: it is found again in the next round.
    assert done.refused == ()


def test_rounds_go_on_until_nothing_is_left() -> None:
    text = "# aaaa\n" + NET

    def find(text: str) -> list[Problem]:
        return [finding(Edit(at, at + 2, "b")) for at in (2, 3) if text[at : at + 2] == "aa"]

    done = fixed_in_rounds(text, find)
    assert (done.text[:8], len(done.applied)) == ("# bb\nconv"[:8], 2)


def test_fixes_that_undo_each_other_end() -> None:
    def find(text: str) -> list[Problem]:
        return [finding(Edit(2, 3, "b" if text[2] == "a" else "a"))]

    done = fixed_in_rounds("# a\n" + NET, find)
    assert (done.text[2], len(done.applied)) == ("b", 1)


def test_unsafe_ones_wait_for_a_word() -> None:
    problem = finding(at(NET, "out: 8", "out: 16"), safe=False)
    assert fixed_text(NET, [problem]) == Fixed(NET)
    assert "out: 16, k: 3, p: 1}, name: a" in fixed_text(NET, [problem], unsafe=True).text


EXPECTING = NET + "expect: {params: 824, output: [8, ~, 32]}\n"
# 3*8*9 + 8 = 224, twice 8 for the norm, 8*8*9 + 8 = 584; 824 in all.
MISSPELT = NET.replace("k: 3", "kk: 3")
REFUSED = [
    pytest.param(
        NET, at(NET, "p: 1", "p: 2"), "it would change the output of the network", id="output"
    ),
    pytest.param(
        NET,
        at(NET, "out: 8, k: 3, p: 1", "out: 8, k: 5, p: 2", 1),
        "it would change the receptive field of the network",
        id="receptive field",
    ),
    pytest.param(
        NET, at(NET, "out: 8", "out: 16"), "it would change the MACs of the network", id="MACs"
    ),
    pytest.param(
        EXPECTING,
        at(EXPECTING, "p: 1}, name: a", "p: 1, bias: false}, name: a"),
        "it would break the expectation params of the network",
        id="an expectation that held",
    ),
    pytest.param(
        NET,
        at(NET, "k: 3", "k: [3"),
        "the file would not hold any more: `}` closes the `[` of line 5",
        id="no YAML",
    ),
    pytest.param(
        MISSPELT,
        at(MISSPELT, "kk: 3", "kk: [3"),
        "the file would not hold any more: `}` closes the `[` of line 5",
        id="no YAML where there was no network",
    ),
    pytest.param(
        NET,
        at(NET, "k: 3", "kk: 3"),
        "the file would not hold any more: `conv` has no `kk`",
        id="no network",
    ),
    pytest.param(
        NET,
        at(NET, "k: 3, p: 1", "k: 77"),
        "the file would not hold any more: layer `a` (conv): "
        "kernel 77, but the padded input has only 32 on the height",
        id="no plan",
    ),
    pytest.param(NET, Edit(0, 9999, ""), "its edits do not fit the text", id="beyond the end"),
    pytest.param(NET, Edit(7, 3, ""), "its edits do not fit the text", id="backwards"),
    pytest.param(NET, Edit(-1, 3, ""), "its edits do not fit the text", id="before the start"),
]


@each(("text", "edit", "reason"), REFUSED)
def test_what_a_safe_fix_may_not_do(text: str, edit: Edit, reason: str) -> None:
    bad, good = finding(edit, message="bad"), finding(Edit(13, 19, "# now"), message="good")
    done = fixed_text(text, [bad, good])
    # The one beside it is applied all the same.
    assert ([one.message for one in done.applied], done.text) == (
        (["good"], text.replace("# kept", "# now"))
    )
    assert [problem.message for problem, _ in done.refused] == ["bad"]
    assert reasons(done) == [reason]


@each("at", [0, len(NET)])
def test_a_fix_may_add_at_either_end(at: int) -> None:
    done = fixed_text(NET, [finding(Edit(at, at, "# more\n"))])
    assert done.text == NET[:at] + "# more\n" + NET[at:]


def test_parameters_without_effect_may_go() -> None:
    edit = at(NET, "p: 1}, name: a", "p: 1, bias: false}, name: a")
    assert len(fixed_text(NET, [finding(edit)]).applied) == 1


def test_a_bad_unsafe_fix_takes_no_safe_one_with_it() -> None:
    safe = finding(at(NET, "p: 1", "p: half"))
    bad = finding(at(NET, "k: 3", "k: 99", 1), safe=False)
    good = finding(at(NET, "out: 8", "out: 16"), safe=False)
    done = fixed_text(NET, [bad, good, safe], unsafe=True)
    assert [one.fix for one in done.applied] == [safe.fix, good.fix]
    assert [one for one, _ in done.refused] == [bad]


def test_a_file_that_does_not_plan_gets_better_or_stays() -> None:
    text = NET.replace("k: 3", "kk: 3").replace("p: 1", "pp: 1")
    useful = finding(at(text, "kk: 3", "k: 3"), rule="")
    useless = finding(at(text, "kk: 3", "kq: 3", 1), rule="")
    comment = finding(Edit(13, 19, "# now"))
    done = fixed_text(text, [useful, useless, comment])
    assert set(done.applied) == {useful, comment}
    assert reasons(done) == ["it would not help: `conv` has no `pp`"]


def test_a_repair_that_brings_the_next_problem_to_light_stays() -> None:
    # The kernel is only seen to be too large where its field can be read.
    text = NET.replace("k: 3, p: 1", "kk: 77", 1)
    done = fixed_text(text, [finding(at(text, "kk: 77", "k: 77"), rule="")])
    assert len(done.applied) == 1


def test_a_single_bad_one_among_many_is_found() -> None:
    layers = "".join(f"  - {{conv: {{out: 4, k: 3, p: 1}}, name: c{i}}}\n" for i in range(40))
    text = f"convcalc: 1\ninput: [4, 8, 8]\nlayers:\n{layers}"
    problems = [
        finding(at(text, "p: 1", "p: 0" if i == 23 else "p: half", i), message=str(i))
        for i in range(40)
    ]
    done = fixed_text(text, problems)
    assert [one.message for one in done.applied] == [str(i) for i in range(40) if i != 23]
    assert done.text.count("half") == 39


@each("newline", ["\n", "\r\n", "\r"])
def test_line_breaks_are_those_of_the_file(newline: str) -> None:
    text = NET.replace("\n", newline)
    edit = at(text, "p: 1}, name: a}", "p: 1}, name: a}\n  - identity")
    done = fixed_text(text, [finding(edit)])
    assert done.text == NET.replace("name: a}\n", "name: a}\n  - identity\n").replace("\n", newline)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_the_byte_order_mark_and_the_end_stay(mark: str, end: str) -> None:
    data = (mark + NET.rstrip("\n") + end).encode()
    text = data.decode().removeprefix("\ufeff")
    done = fixed_text(text, [finding(at(text, "p: 1", "p: half"))])
    after = encoded(done.text, data)
    assert after == data.replace(b"p: 1", b"p: half", 1)


def test_a_text_with_replaced_characters_is_known() -> None:
    # Findings quote a file's control characters as U+FFFD; that text must not be written.
    assert not is_text_of("a\ufffd", b"a\x1b")
    assert is_text_of("a\ufffd", "a\ufffd".encode())


def test_edits_are_by_characters() -> None:
    text = "# Größe 卷积\nk: 3"
    assert applied_edits(text, [at(text, "3", "5")]) == "# Größe 卷积\nk: 5"


DIFFS = [
    pytest.param("a\nb\n", "a\nb\n", "", id="equal"),
    pytest.param("a\nb\n", "a\nc\n", "@@ -1,2 +1,2 @@\n a\n-b\n+c\n", id="a line"),
    pytest.param("a\r\nb\r\n", "a\r\nc\r\n", "@@ -1,2 +1,2 @@\n a\r\n-b\r\n+c\r\n", id="CRLF"),
    pytest.param(
        "a\nb",
        "a\nc",
        "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n",
        id="no line break at the end",
    ),
    pytest.param("x\ry\n", "x\rz\n", "@@ -1 +1 @@\n-x\\ry\n+x\\rz\n", id="a return within"),
]


@each(("before", "after", "expected"), DIFFS)
def test_diff(before: str, after: str, expected: str) -> None:
    head = "--- n.net.yaml\n+++ n.net.yaml\n" if expected else ""
    assert diff("n.net.yaml", before, after) == head + expected


def test_a_name_cannot_forge_lines_of_a_diff() -> None:
    shown = diff("a\n+++ /etc/passwd\x1b[31m", "a\n", "b\n")
    assert shown.splitlines()[:2] == [
        "--- a\\n+++ /etc/passwd\\x1b[31m",
        "+++ a\\n+++ /etc/passwd\\x1b[31m",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_git_applies_the_diff(tmp_path: Path, newline: str, end: str) -> None:
    before = (NET.rstrip("\n") + end).replace("\n", newline)
    after = before.replace("p: 1", "p: half").replace(f"vars: {{unused: 3}}{newline}", "")
    (tmp_path / "n.net.yaml").write_bytes(before.encode())
    subprocess.run(
        ["git", "apply", "-p0", "-"],
        cwd=tmp_path,
        input=diff("n.net.yaml", before, after).encode(),
        check=True,
        timeout=30,
    )
    assert (tmp_path / "n.net.yaml").read_bytes() == after.encode()


@each(("safe", "unsafe", "said"), [
    (0, 0, ("", "")),
    (1, 0, ("up to 1 finding", "")),
    (0, 1, ("", "up to 1")),
    (3, 2, ("up to 3 findings", "up to 2")),
    (1234, 5678, ("up to 1,234 findings", "up to 5,678")),
])  # fmt: skip
def test_repairs_of_many_files_are_only_counted(
    safe: int, unsafe: int, said: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_TRIED", 0)
    fixes = [SimpleNamespace(safe=True)] * safe + [SimpleNamespace(safe=False)] * unsafe
    problems = [SimpleNamespace(fix=fix) for fix in [None, *fixes]]
    report: Any = SimpleNamespace(files=[SimpleNamespace(problems=problems)])
    assert writing._repairable(report) == said
