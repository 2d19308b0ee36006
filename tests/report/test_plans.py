"""Plain, Markdown, CSV, JSON: golden files keep them stable; truth is tested elsewhere.

`UPDATE_GOLDEN=1 pytest tests/report/test_plans.py` writes the files anew; read the difference.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc import Plan
from convcalc.report import formats, written
from convcalc.report.columns import COLUMNS, USUAL, WIDE, YIELDS, spellings
from convcalc.report.json_text import json_lines
from convcalc.report.pages.csv import harmless
from convcalc.report.style import Style
from convcalc.report.view import PlanView
from tests.each import each

Example = Callable[[str], Plan]
GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {"csv": "csv", "markdown": "md", "plain": "txt", "table": "table.txt"}


def shown(plan: Plan, form: str, width: int | None = None, **wishes: Any) -> str:
    return written(PlanView(plan, **wishes).page(form), form, Style(width=width))


def test_every_format_has_a_file_that_it_is_held_to() -> None:
    # JSON is each command's own: of a plan it is `Plan.to_dict()`.
    assert {*formats()} - {"json"} == {*ENDINGS}


@pytest.mark.parametrize("form", sorted(ENDINGS))
def test_golden(nested: Plan, form: str) -> None:
    text = shown(nested, form, 100 if form == "table" else None)
    file = GOLDEN / f"nested.{ENDINGS[form]}"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["plain", "markdown", "csv"])
def test_columns_asked_for_and_no_others(nested: Plan, form: str) -> None:
    text = shown(nested, form, asked=("stride", "name"))
    assert any(line.strip("| ").split() == ["2", "stem"] for line in _without_signs(text))


def _without_signs(text: str) -> list[str]:
    return [
        line.replace("|", " ").replace("`", " ").replace(",", " ") for line in text.splitlines()
    ]


@each("form", sorted(ENDINGS))
def test_numbers_of_any_size_are_whole(form: str) -> None:
    text = "convcalc: 1\ninput: [1000000000]\nlayers: [linear: 1000000000]\n"
    plan = convcalc.plan(convcalc.loads(text), batch=10**9)
    out = shown(plan, form, 80)
    assert "1" + "0" * 27 in out.replace(",", "")


def test_one_merge_of_many_does_not_widen_every_line() -> None:
    many = ", ".join(["input"] * 1000)
    text = f"convcalc: 1\ninput: [1, 1]\nlayers: [{{relu: {{}}, repeat: 99}}, concat: [{many}]]\n"
    lines = shown(convcalc.plan(convcalc.loads(text)), "plain").split("\n")
    assert max(map(len, lines[2:103])) < 120
    assert many in lines[103]


def test_of_many_inputs_the_first_are_named_where_there_is_no_room() -> None:
    """The heading took 280 lines of 80 columns, and `from` 2,800 of two letters each."""
    names = [f"i{n}" for n in range(1000)]
    inputs = ", ".join(f"{name}: [1, 4]" for name in names)
    text = f"convcalc: 1\ninput: {{{inputs}}}\nlayers: [add: [{', '.join(names)}]]\n"
    plan = convcalc.plan(convcalc.loads(text))
    lines = shown(plan, "table", 80).split("\n")
    assert len(lines) < 30
    words = " ".join(" ".join(lines).split())
    six = ", ".join(f"i{n} 1x4" for n in range(6))
    assert f"inputs {six} and 994 more · batch 1" in words
    assert words.count("994") == 2
    # Whatever is no terminal has all of them in their row.
    assert ", ".join(names) in shown(plan, "plain")


def test_csv_reads_back_as_the_plan(example: Example) -> None:
    plan = example("densenet121")
    text = shown(plan, "csv")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == list(COLUMNS)
    for row, line in zip(plan, rows, strict=True):
        assert line["name"] == row.name
        assert line["inputs"].split(", ") == list(row.inputs)
        assert int(line["params"]) == row.params
        assert int(line["macs"]) == row.macs
        assert int(line["activation_bytes"]) == row.activation_bytes
        assert [int(line[name]) for name in row.elementwise] == list(row.elementwise.values())


@each("first", "=+-@\t\r")
def test_csv_runs_no_name(first: str) -> None:
    assert harmless(f"{first}cmd()")[0] == "'"


def test_json_is_strict_and_ascii(example: Example) -> None:
    plan = example("unet")
    text = json_lines(plan.to_dict())
    assert text.isascii()
    assert json.loads(text, parse_constant=pytest.fail) == plan.to_dict()
    # One line a row, for `diff` and for `grep`.
    assert sum(line.startswith('  {"name"') for line in text.splitlines()) >= len(plan)


@each(
    ("name", "said"),
    [
        pytest.param("a|b", "a\\|b", id="a cell's end"),
        pytest.param("<img src=x>", "&lt;img src=x&gt;", id="HTML"),
        pytest.param("[x](http://y)", "\\[x\\](http&#58;//y)", id="a link"),
        pytest.param("@team &amp;", "@&#8203;team &amp;amp;", id="a mention, an entity"),
        pytest.param("a\nb", "a\\\\nb", id="a line break"),
    ],
)
def test_markdown_shows_free_text_as_it_is(name: str, said: str) -> None:
    text = f"convcalc: 1\nname: {json.dumps(name)}\ninput: [3, 8, 8]\nlayers: [relu]\n"
    assert shown(convcalc.plan(convcalc.loads(text)), "markdown").startswith(f"### {said}\n")


def test_a_plan_without_positions_of_a_receptive_field(example: Example) -> None:
    rows = shown(example("dcgan_generator"), "csv").splitlines()
    # 5 or 6 pixels by position; sixteen units for one pixel of the input.
    assert rows[-1].endswith(",5..6,1/16,-4,,,,")


def test_every_column_can_be_asked_for_by_either_name() -> None:
    known = spellings()
    for column in COLUMNS.values():
        assert known[column.key] == known[column.title.lower()] == column.key
    assert set(USUAL) <= set(WIDE) <= set(COLUMNS)
    # A shape is the last thing to do without.
    assert set(YIELDS) <= set(COLUMNS) - {"name", "output"}


def test_the_greatest_first_and_no_more_than_asked_for(example: Example) -> None:
    plan = example("resnet18")
    rows = list(csv.DictReader(io.StringIO(shown(plan, "csv", sort="params", top=3))))
    # 512 512 3 3 weights, three times over; those of one size stay in their order.
    names = ["basic_4.0.conv_2", "basic_4.1.conv_1", "basic_4.1.conv_2"]
    assert [(row["name"], row["params"]) for row in rows] == [(one, "2359296") for one in names]
    text = shown(plan, "plain", sort="params", top=3)
    assert "shown      3 of 68 lines; the total is of all" in text
    assert "11,689,512" in text


def test_shares_are_of_the_whole_and_add_up(example: Example) -> None:
    plan = example("lenet5")
    rows = list(csv.DictReader(io.StringIO(shown(plan, "csv", shares=True))))
    for key in ("params", "macs"):
        assert sum(float(row[f"{key}_share"]) for row in rows) == pytest.approx(1, abs=1e-4)
    # 48,120 of 61,706 parameters stand in front of the 120 features.
    assert "48,120    78.0 %" in shown(plan, "plain", shares=True)


@each(("asked", "header"), [
    (("name", "params", "macs"), "name,params,params_share,macs,macs_share"),
    # What is asked for stands where it was asked for.
    (("params_share", "params", "macs"), "params_share,params,macs,macs_share"),
    (("name", "macs"), "name,macs,macs_share"),
])  # fmt: skip
def test_shares_stand_behind_what_they_are_of(
    example: Example, asked: tuple[str, ...], header: str
) -> None:
    text = shown(example("lenet5"), "csv", shares=True, asked=asked)
    assert text.splitlines()[0] == header


def test_one_line_says_what_is_counted_and_explain_says_all(example: Example) -> None:
    short, long = (shown(example("lenet5"), "plain", explains=is_long) for is_long in (False, True))
    assert "61,706 learnt" in short
    assert "416,520 = 833,040 FLOPs" in short
    assert "1,814,073,344 (1.81 G) = 3,628,146,688 (3.63 G) FLOPs" in shown(
        example("resnet18"), "plain"
    )
    counted = "MACs of convolutions, dense layers and products; --explain says all"
    assert [line for line in short.splitlines() if line.startswith("counted")] == [
        f"counted    {counted}"
    ]
    assert "two optimizer moments a parameter (Adam)" in long
    assert "two optimizer moments" not in short
