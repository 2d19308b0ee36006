"""Plain, Markdown, CSV, JSON: golden files keep them stable; truth is tested elsewhere.

`UPDATE_GOLDEN=1 pytest tests/formats/test_plans.py` writes the files anew; read the difference.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

import convcalc
from convcalc import Plan
from convcalc.report import plan_formats, plan_renderer
from convcalc.report.columns import COLUMNS, USUAL, WIDE, spellings
from convcalc.report.plans.csv import harmless
from convcalc.report.style import Style
from convcalc.report.view import PlanView

Example = Callable[[str], Plan]
GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"csv": "csv", "markdown": "md", "plain": "txt", "table": "table.txt"}


# JSON needs no file: a test below holds it to `Plan.to_dict()`.
@pytest.mark.parametrize("form", sorted(ENDINGS))
def test_golden(nested: Plan, form: str) -> None:
    style = Style(width=100 if form == "table" else None)
    text = plan_renderer(form)(PlanView(nested), style)
    file = GOLDEN / f"nested.{ENDINGS[form]}"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["plain", "markdown", "csv"])
def test_columns_asked_for_and_no_others(nested: Plan, form: str) -> None:
    text = plan_renderer(form)(PlanView(nested, ("stride", "name")), Style())
    assert any(line.strip("| ").split() == ["2", "stem"] for line in _without_signs(text))


def _without_signs(text: str) -> list[str]:
    return [
        line.replace("|", " ").replace("`", " ").replace(",", " ") for line in text.splitlines()
    ]


@pytest.mark.parametrize("form", plan_formats())
def test_numbers_of_any_size_are_whole(form: str) -> None:
    text = "convcalc: 1\ninput: [1000000000]\nlayers: [linear: 1000000000]\n"
    plan = convcalc.plan(convcalc.loads(text), batch=10**9)
    out = plan_renderer(form)(PlanView(plan), Style(width=80))
    assert "1" + "0" * 27 in out.replace(",", "")


def test_one_merge_of_many_does_not_widen_every_line() -> None:
    many = ", ".join(["input"] * 1000)
    text = f"convcalc: 1\ninput: [1, 1]\nlayers: [{{relu: {{}}, repeat: 99}}, concat: [{many}]]\n"
    view = PlanView(convcalc.plan(convcalc.loads(text)))
    lines = plan_renderer("plain")(view, Style()).split("\n")
    assert max(map(len, lines[2:103])) < 120
    assert many in lines[103]


def test_csv_reads_back_as_the_plan(example: Example) -> None:
    plan = example("densenet121")
    text = plan_renderer("csv")(PlanView(plan), Style())
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == list(COLUMNS)
    for row, line in zip(plan, rows, strict=True):
        assert line["name"] == row.name
        assert line["inputs"].split(", ") == list(row.inputs)
        assert int(line["params"]) == row.params
        assert int(line["macs"]) == row.macs
        assert int(line["activation_bytes"]) == row.activation_bytes
        assert [int(line[name]) for name in row.elementwise] == list(row.elementwise.values())


@pytest.mark.parametrize("first", "=+-@\t\r")
def test_csv_runs_no_name(first: str) -> None:
    assert harmless(f"{first}cmd()")[0] == "'"


def test_json_is_strict_and_ascii(example: Example) -> None:
    plan = example("unet")
    text = plan_renderer("json")(PlanView(plan), Style())
    assert text.isascii()
    assert json.loads(text, parse_constant=pytest.fail) == plan.to_dict()
    # One line a row, for `diff` and for `grep`.
    assert sum(line.startswith('  {"name"') for line in text.splitlines()) >= len(plan)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        pytest.param("a|b", "a\\|b", id="a cell's end"),
        pytest.param("<img src=x>", "&lt;img src=x&gt;", id="HTML"),
        pytest.param("[x](http://y)", "\\[x\\](http&#58;//y)", id="a link"),
        pytest.param("@team &amp;", "@&#8203;team &amp;amp;", id="a mention, an entity"),
        pytest.param("a\nb", "a\\\\nb", id="a line break"),
    ],
)
def test_markdown_shows_free_text_as_it_is(name: str, shown: str) -> None:
    text = f"convcalc: 1\nname: {json.dumps(name)}\ninput: [3, 8, 8]\nlayers: [relu]\n"
    view = PlanView(convcalc.plan(convcalc.loads(text)))
    assert plan_renderer("markdown")(view, Style()).startswith(f"### {shown}\n")


def test_a_plan_without_positions_of_a_receptive_field(example: Example) -> None:
    rows = plan_renderer("csv")(PlanView(example("dcgan_generator")), Style()).splitlines()
    # 5 or 6 pixels by position; sixteen units for one pixel of the input.
    assert rows[-1].endswith(",5..6,1/16,-4")


def test_every_column_can_be_asked_for_by_either_name() -> None:
    known = spellings()
    for column in COLUMNS.values():
        assert known[column.key] == known[column.title.lower()] == column.key
    assert set(USUAL) <= set(WIDE) <= set(COLUMNS)
