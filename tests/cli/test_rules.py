"""`convcalc rules` and `convcalc explain` of rules: the list and the pages."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from convcalc.features.check.catalog import catalog
from tests.each import each

Run = Callable[..., Any]


def test_the_list_has_a_line_for_every_finding(run: Run) -> None:
    result = run("rules")
    assert (result.code, result.err) == (0, "")
    head, _, *lines = result.out.splitlines()
    assert head.split() == ["code", "name", "level", "fix", "finds"]
    assert [line.split()[0] for line in lines] == [entry.code for entry in catalog()]
    row = next(line for line in lines if line.startswith("CC405"))
    assert re.fullmatch(r"CC405  bias-before-norm +warning  fix +\S.*\.", row)
    row = next(line for line in lines if line.startswith("CC911"))
    assert re.fullmatch(r"CC911  too-many-nodes +error +The file has more than 200,000 .*\.", row)


def test_a_part_of_the_list(run: Run) -> None:
    rows = run("rules", "bias-before-norm,CC911").out.splitlines()[2:]
    assert [row.split()[0] for row in rows] == ["CC405", "CC911"]
    assert all(line.startswith("CC5") for line in run("rules", "cc5").out.splitlines()[2:])


def test_what_has_to_be_selected_is_marked(run: Run) -> None:
    row = run("rules", "CC433").out.splitlines()[2]
    assert row.startswith("CC433  padding-by-number  info   fix, off  Padding written as ")
    assert " off" not in run("rules", "CC405").out


def test_the_list_fits_the_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "110")
    assert run("rules", "CC432", "--format", "table").out.splitlines()[2:] == [
        "CC432  transpose-misses-size  warning  unsafe  "
        "A transposed convolution that lacks a few pixels of a size that",
        "                                                 an earlier map has.",
    ]
    # A narrow strip on the right would take ten lines where two do.
    monkeypatch.setenv("COLUMNS", "70")
    assert run("rules", "CC432", "--format", "table").out.splitlines()[2:] == [
        "CC432  transpose-misses-size  warning  unsafe",
        "  A transposed convolution that lacks a few pixels of a size that an",
        "    earlier map has.",
    ]
    lines = run("rules", "CC432", "--format", "table").out.splitlines()
    assert max(map(len, lines)) <= 70
    assert max(map(len, run("explain", "--list").out.splitlines())) <= 70


def test_as_csv_is_one_table(run: Run) -> None:
    head, *rows = csv.reader(io.StringIO(run("rules", "--format", "csv").out))
    assert head[0] == "code"
    assert [row[0] for row in rows] == [entry.code for entry in catalog()]


def test_as_json(run: Run) -> None:
    data = json.loads(run("rules", "--format", "json").out)
    assert data["version"] == 1
    assert [rule["code"] for rule in data["rules"]] == [entry.code for entry in catalog()]
    (rule,) = (rule for rule in data["rules"] if rule["code"] == "CC405")
    page = rule.pop("page")
    assert page == run("explain", "CC405").out
    assert page.startswith("CC405 bias-before-norm (warning, `--fix` repairs it)\n\n")
    assert rule.pop("summary").endswith(".")
    assert rule == {
        "code": "CC405",
        "name": "bias-before-norm",
        "level": "warning",
        "rule": True,
        "default": True,
        "selectable": True,
        "fix": "safe",
    }
    (refusal,) = (rule for rule in data["rules"] if rule["code"] == "CC911")
    assert (refusal["rule"], refusal["selectable"]) == (False, False)


def test_as_markdown(run: Run) -> None:
    out = run("rules", "--format", "markdown").out
    titles = ["CC1 Shape", "CC2 Graph", "CC3 Portability", "CC4 Smells", "CC5 Expectations"]
    assert re.findall(r"(?m)^### (.*)$", out) == [*titles, "CC9 File"]
    rows = [line for line in out.splitlines() if line.startswith("| CC")]
    assert len(rows) == len(catalog())
    for row in rows:
        assert len(re.findall(r"(?<!\\)\|", row)) == 6


@pytest.mark.parametrize(
    ("args", "message"),
    [
        pytest.param(
            ["CC4O5"],
            "CODES: no finding is called `CC4O5`; did you mean `CC405`?",
            id="unknown code",
        ),
        pytest.param(
            ["--format", "yaml"],
            "--format: there is no `yaml`; known here: csv, json, markdown, plain, table",
            id="unknown format",
        ),
    ],
)
def test_wrong_usage(run: Run, args: list[str], message: str) -> None:
    expected = f"error: Invalid value for {message}\nhelp: convcalc rules --help\n"
    assert run("rules", *args) == (2, "", expected)


@each("entry", [pytest.param(entry, id=entry.code) for entry in catalog()])
def test_every_finding_has_its_page_under_both_names(run: Run, entry: Any) -> None:
    page = run("explain", entry.code)
    assert (page.code, page.err) == (0, "")
    assert page.out.startswith(f"{entry.code} {entry.slug}")
    assert run("explain", entry.slug.upper()) == page
    assert max(map(len, page.out.splitlines())) <= 100


def test_the_beginning_of_a_code_lists_its_group(run: Run) -> None:
    out = run("explain", "cc5").out
    assert "  CC501  expected-output\n" in out
    assert out.count("\n") == sum(entry.code.startswith("CC5") for entry in catalog())


def test_everything_can_be_listed(run: Run) -> None:
    out = run("explain", "--list").out
    for entry in catalog():
        assert f"  {entry.code}  {entry.slug}\n" in out
