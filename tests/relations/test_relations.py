"""`convcalc relations`: the guide's fifteen, their conditions and their numbers.

What the guide says stands a second time in `tests.shape.test_relationships`, which counts windows.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from convcalc import StackError, cli, relations
from convcalc.core.arithmetic import WindowError
from convcalc.features.relations.guide import RELATIONS, Guided
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.regimes import RELATIONSHIPS
from tests.each import each
from tests.shape.test_relationships import FORWARD, TRANSPOSED, Case

Run = Callable[..., Any]
BOUNDS = list(product((1, 4, 5, 9), range(1, 6), range(1, 4), range(0, 4), (1, 2), range(0, 3)))


def _value(text: str) -> int:
    """A sum with its numbers put in, calculated as it is written."""
    plain = {"⌊": "(", "⌋": ")", "/": "//", "·": "*", "−": "-"}
    for sign, written in plain.items():
        text = text.replace(sign, written)
    found = eval(text, {"__builtins__": {}})
    assert isinstance(found, int)
    return found


def _guided(guided: Guided, case: Case) -> tuple[bool, int]:
    """What the guide says of a layer: (whether it holds, the size)."""
    if guided.is_transposed:
        holds, result = TRANSPOSED[guided.number]
        return holds(case) and case.a < case.s and case.d == 1, result(case)
    _, holds, result = FORWARD[guided.number]
    if guided.number == 15:
        return case.d > 1, result(case)
    return holds(case), result(case)


@pytest.mark.parametrize("guided", RELATIONS, ids=lambda one: str(one.number))
def test_it_holds_where_the_guide_says_so_and_gives_its_size(guided: Guided) -> None:
    family = "transposed" if guided.is_transposed else FORWARD[guided.number][0]
    held = 0
    for i, k, s, p, d, a in BOUNDS:
        if a and not guided.is_transposed:
            continue
        # One tap has nothing between its taps.
        case = Case(i, k, s, p, d if k > 1 else 1, a)
        try:
            axis = Axis(family, i, k, s, p, p, d, extra=a)
        except WindowError:
            continue
        holds, size = _guided(guided, case)
        assert (not guided.unmet(axis)) == holds, case
        if holds and size > 0:
            held += 1
            left, _, right = guided.filled(axis).rpartition(" = ")
            assert _value(left) == int(right) == size, case
    assert held >= 4


def test_all_fifteen_are_listed_with_a_figure_each() -> None:
    table = relations().relationships
    assert [one.number for one in table] == list(range(1, 16)) == sorted(RELATIONSHIPS)
    # The outputs of the guide's figures 2.1 to 2.6, 3.2, 4.1 to 4.7 and 5.1.
    outputs = [one.example_output for one in table]
    assert outputs == [2, 6, 5, 7, 2, 3, 3, 4, 5, 5, 5, 5, 5, 6, 3]
    for one in table:
        (axis,) = relations(one.example).axes
        assert one.number in [each.number for each in axis.relationships if each.holds]
        assert one.number == (axis.back if one.number in range(8, 15) else axis.forward)
    assert table[5].formula == "o = ⌊(i + 2p − k)/s⌋ + 1"
    assert table[13].formula == "o' = s(i' − 1) + a + k − 2p"
    assert table[13].parameters == (
        "k' = k, s' = 1, p' = k − p − 1, s − 1 zeros between inputs, a zeros at the end"
    )


@each(
    ("words", "holding", "a_sum"),
    [
        pytest.param("5 k3 s2 p1", [6, 13, 14], "(5 + 2·1 − 3) mod 2 = 4 mod 2 = 0", id="a is 0"),
        pytest.param("6 k3 s2 p1", [6, 14], "(6 + 2·1 − 3) mod 2 = 5 mod 2 = 1", id="a is 1"),
        pytest.param(
            "5 k3 p1", [2, 3, 6, 9, 10, 13, 14], "(5 + 2·1 − 3) mod 1 = 4 mod 1 = 0", id="half"
        ),
        pytest.param("6 max_pool 2", [5, 6, 7, 12, 13, 14], "(6 + 2·0 − 2) mod 2 = 4 mod 2 = 0",
                     id="a pool"),
        pytest.param("9 k3 d2 s2", [15], "(9 + 2·0 − 5) mod 2 = 4 mod 2 = 0", id="dilated"),
        pytest.param("9 k4 p1:2 s2", [], "(9 + 1 + 2 − 4) mod 2 = 8 mod 2 = 0", id="unequal"),
        pytest.param("3 conv_transpose k3 s2 p1 a1", [6, 14], "(6 + 2·1 − 3) mod 2 = 5 mod 2 = 1",
                     id="a transposed layer"),
    ],
)  # fmt: skip
def test_what_holds_of_a_layer(words: str, holding: list[int], a_sum: str) -> None:
    (axis,) = relations(words).axes
    assert [one.number for one in axis.relationships if one.holds] == holding
    assert axis.a_sum == a_sum


def test_what_does_not_hold_says_why() -> None:
    (axis,) = relations("9 k4 s2 p1").axes
    unmet = {one.number: one.unmet for one in axis.relationships}
    assert unmet[1] == ("s = 2", "p = 1")
    assert unmet[3] == ("s = 2", "k = 4")
    assert unmet[7] == ("no pool", "p = 1")
    assert unmet[15] == ("d = 1",)
    (rounded,) = relations("8 max_pool k3 s2 ceil").axes
    assert rounded.relationships[6].unmet == ("the size is rounded up",)


def test_what_sticks_out_is_taken_away_and_said_once() -> None:
    # Windows begin at 0, 2, ... 30; the last reaches 1 beyond the 32.
    (axis,) = relations("32 max_pool 3 s2 ceil").axes
    assert (axis.extra, axis.back_formula) == (-1, "(16 − 1)·2 + 3 − 1 = 32")
    unmet = {one.number: one.unmet for one in axis.relationships}
    assert [unmet[8], unmet[10], unmet[13], unmet[14]] == [
        ("a = −1", "s = 2"), ("a = −1", "s = 2", "p = 0"), ("a = −1",), ("a = −1",)
    ]  # fmt: skip
    assert axis.back is None


SQUARE = """\
6 → 3 , 5 → 3

height
  forward  6, padding, strided: ⌊(6 + 2·1 − 3)/2⌋ + 1 = 3
  a        (6 + 2·1 − 3) mod 2 = 5 mod 2 = 1: the last 1 of 8 padded pixels is read by no window; \
1 zero goes to the end, at the bottom
  back     14, transposed, zeros after: k' = 3, s' = 1, p' = k − 1 − p = 3 − 1 − 1 = 1, \
1 zero between two inputs
           (3 − 1)·2 − 2·1 + 3 + 1 = 6
"""


def test_axes_stand_apart_with_the_side_that_the_zeros_go_to(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.run(("relations", "6x5", "k3", "s2", "p1")) == 0
    text = capsys.readouterr().out
    assert text.startswith(SQUARE)
    assert "  a        (5 + 2·1 − 3) mod 2 = 4 mod 2 = 0: the last window ends where" in text
    assert cli.run(("relations", "6x6", "k3", "s2", "p1")) == 0
    assert "goes to the end, at the bottom and at the right\n" in capsys.readouterr().out


@each(
    ("words", "message"),
    [
        pytest.param("9 k3 , k3", "one layer at a time", id="a chain"),
        pytest.param("9 relu", "`relu` slides no window over an axis", id="no window"),
        pytest.param("3 k9", "kernel", id="a kernel that does not fit"),
    ],
)
def test_what_is_no_question(words: str, message: str) -> None:
    with pytest.raises(StackError, match=message):
        relations(words)


def test_a_field_without_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(("relations", "--kernel", "3")) == 2
    assert "--kernel is of a layer; write its size, too" in capsys.readouterr().err


def test_the_json_of_the_guide_has_each_key_and_null_where_nothing_is() -> None:
    table = relations().to_dict()
    assert table["version"] == 1
    for number, one in enumerate(table["relationships"], 1):
        assert list(one) == [
            "number", "name", "holds_for", "formula", "parameters", "example", "example_output"
        ]  # fmt: skip
        assert one["number"] == number
        assert (one["parameters"] is not None) == (8 <= number <= 14)


def test_the_json_of_a_layer_has_each_key() -> None:
    (axis,) = relations("5 k3 s2 p1").to_dict()["axes"]
    applied = axis.pop("relationships")
    assert axis == {
        "input": 5,
        "output": 3,
        "restored": 5,
        "formula": "⌊(5 + 2·1 − 3)/2⌋ + 1 = 3",
        "back_formula": "(3 − 1)·2 − 2·1 + 3 = 5",
        "a": 0,
        "a_sum": "(5 + 2·1 − 3) mod 2 = 4 mod 2 = 0",
        "zeros_between": 1,
        "border": [1, 1],
        "forward": 6,
        "back": 13,
    }
    assert applied[0] == {
        "number": 1,
        "name": "no padding, unit stride",
        "holds_for": "s = 1, p = 0",
        "holds": False,
        "sum": None,
        "unmet": ["s = 2", "p = 1"],
    }
    assert applied[5] == {
        "number": 6,
        "name": "padding, strided",
        "holds_for": "any s and p",
        "holds": True,
        "sum": "⌊(5 + 2·1 − 3)/2⌋ + 1 = 3",
        "unmet": [],
    }


SAID = (Path(__file__).parent / "said.txt").read_text(encoding="utf-8").split("\n\n")[1:]


@each("said", SAID, ids=lambda said: said.partition("\n")[0])
def test_sums_of_both_directions_are_said(
    said: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, _, wanted = said.rstrip("\n").partition("\n")
    monkeypatch.setenv("COLUMNS", "200")
    found = run("relations", *question.split()).out
    # From a heading of the table to the next axis, or the last words, there are relationships.
    told = re.sub(
        r"\n +relationship .*?(?=\n(?:height|width|The guide)|\Z)", "", found, flags=re.DOTALL
    )
    assert [line for line in told.split("\n") if line] == wanted.split("\n")
