"""Findings of repeated layers made one, and the cap of a file."""

from __future__ import annotations

from convcalc.core.errors import Edit, Fix, Place, Problem
from convcalc.features.check.inspecting import inspect, trimmed
from convcalc.features.check.joining import MAX_PROBLEMS, capped, join
from convcalc.features.check.settings import Settings
from convcalc.report.checked import FileFindings


def finding(line: int, message: str = "m", layer: str = "a", rule: str = "CC405") -> Problem:
    return Problem("bias-before-norm", message, Place(line, 1), "n", layer=layer, rule=rule)


def test_copies_of_a_layer_are_joined() -> None:
    found = join([finding(2, "first"), finding(1), finding(2, "second", "b"), finding(2, "third")])
    assert [(p.place.line if p.place else 0, p.message, p.note) for p in found] == [
        (1, "m", "n"),
        (2, "first", "n; and 2 more layers of this line"),
    ]


def test_two_rules_at_one_place_stay_two_findings() -> None:
    found = join([finding(1, rule="CC405"), finding(1, rule="CC401")])
    assert [p.code for p in found] == ["CC401", "CC405"]


def test_findings_without_a_layer_stay_apart_unless_they_are_the_same() -> None:
    found = join([finding(1, "a", ""), finding(1, "b", ""), finding(1, "a", "")])
    assert [(p.message, p.note) for p in found] == [("a", "n"), ("b", "n")]


def test_expectations_of_a_series_are_joined() -> None:
    text = (
        "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n"
        "  - {conv: {out: 3, k: 3, p: 1}, repeat: 4, expect: {params: 1}}\n"
    )
    settings = Settings()
    found = [p for p in inspect(text.encode(), "", settings, "").problems if p.code == "CC502"]
    assert len(found) == 1
    assert found[0].layer == "conv_1.0"
    assert found[0].note.endswith("and 3 more layers of this line")


def test_a_file_has_a_bounded_number_of_findings() -> None:
    found = capped([finding(number) for number in range(1, MAX_PROBLEMS + 3)])
    assert len(found) == MAX_PROBLEMS
    assert found[-1].note == "n; 2 more findings in this file not shown"
    assert [one.place and one.place.line for one in found] == [*range(1, MAX_PROBLEMS + 1)]
    assert capped(found[:3]) == found[:3]


def test_long_texts_are_reduced_to_the_lines_that_count() -> None:
    text = "".join(f"line {number}\n" for number in range(1, 20_001))
    kept = trimmed(FileFindings("f", text, (finding(3), finding(5)))).source
    assert kept == "\n\nline 3\n\nline 5"
    assert trimmed(FileFindings("f", text, ())).source == ""
    short = "line 1\nline 2\n"
    assert trimmed(FileFindings("f", short, (finding(1),))).source == short
    # 64 Ki characters are kept.
    most = "x\n" * (1 << 15)
    assert trimmed(FileFindings("f", most, (finding(1),))).source == most
    assert trimmed(FileFindings("f", most + "x", (finding(1),))).source == "x"


def test_texts_of_fixes_are_kept_as_edits_count_from_their_beginning() -> None:
    text = "x" * 100_000 + "\n"
    fix = Fix("t", (Edit(5, 6, ""),))
    problem = Problem("s", "m", Place(1, 1), rule="CC405", fix=fix)
    assert trimmed(FileFindings("f", text, (problem,))).source == text
    long = trimmed(FileFindings("f", text * 10, (problem,)))
    assert long.problems[0].fix is None
    assert len(long.source) < len(text) + 2
