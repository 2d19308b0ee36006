"""Numbers that are drawn, and how an array is written on a command line."""

from __future__ import annotations

from random import Random

import pytest

from convcalc.core.errors import StackError
from convcalc.core.shapes import Shape
from convcalc.features.show.drawn import drawn_input, drawn_weights, example, written
from tests.each import each


def test_what_is_drawn_lies_in_its_range() -> None:
    random = Random(1)
    assert {*drawn_input((1, 30, 30), random).values} == {*range(10)}
    assert {*drawn_input((1, 30, 30), random, range(3)).values} == {*range(3)}
    assert {*drawn_input((1, 30, 30), random, range(99)).values} == {*range(10)}
    assert {*drawn_weights("weight", (30, 30), random).values} == {*range(-2, 3)}
    assert {*drawn_weights("running_var", (30, 30), random).values} == {*range(1, 6)}
    assert len(drawn_input((2, 3, 4), random).values) == 24


@each(("shape", "text"), [
    ((3,), '"1 2 3"'),
    ((2, 3), '"1 2 3; 4 5 6"'),
    ((1, 2, 3), '"1 2 3; 4 5 6"'),
    ((2, 2, 3), '"1 2 3; 4 5 6 | 7 8 9; 10 11 12"'),
    ((2, 1, 3, 1), '"1; 2; 3 | 4; 5; 6"'),
    ((27,), f'"{" ".join(map(str, range(1, 28)))}"'),
    ((28,), '"1 2 3; 4 5 6; 7 8 9", `;` between rows and `|` between channels'),
])  # fmt: skip
def test_an_array_is_written_by_rows_and_maps(shape: Shape, text: str) -> None:
    assert example(shape) == text


@each(("text", "shape"), [
    ("1 2 3 4 5 6", (1, 2, 3)), ("1 2 3; 4 5 6", (1, 2, 3)), ("1,2,3;4,5,6;", (1, 2, 3)),
    ("1 2 3; 4 5 6 |", (1, 2, 3)), ("1 2 3; 4 5 6", (2, 3)), ("1 2 3 | 4 5 6", (2, 3)),
    ("1 2 | 3 4 | 5 6", (3, 1, 2)), ("1; 2 | 3; 4 | 5; 6", (3, 2, 1)), ("1 2; 3 4; 5 6", (3, 1, 2)),
    # Of maps those between their rows alone.
    ("1 2 3 | 4 5 6", (2, 3, 1)), ("1 2 3 4 5 6", (1, 3, 2)), ("1 2 3 | 4 5 6", (2, 1, 3)),
])  # fmt: skip
def test_signs_between_rows_and_maps_may_be_left_out(text: str, shape: Shape) -> None:
    assert written(text, shape, "the input", "--input").values == (1, 2, 3, 4, 5, 6)


EXAMPLE = 'write --input "1 2 3; 4 5 6"'


@each(("text", "shape", "message", "help"), [
    ("1 2", (1, 2, 3), "the input has 6 numbers (1x2x3), got 2", EXAMPLE),
    ("1 2", (1,), "the input has 1 number (1), got 2", 'write --input "1"'),
    ("1 2; 3 4; 5 6", (1, 2, 3), "the input has 2 rows, and `;` makes 3", EXAMPLE),
    ("1 2; 3 4", (1, 1, 4), "the input has 1 row, and `;` makes 2", 'write --input "1 2 3 4"'),
    ("1 2 3 4; 5 6", (1, 2, 3), "the input has rows of 3, got one of 4: 1 2 3 4", EXAMPLE),
    ("1 2 3 | 4 5 6", (1, 2, 3), "the input has 1 map, and `|` makes 2", EXAMPLE),
    ("1 | 2 | 3 | 4", (2, 1, 2), "the input has 2 maps, and `|` makes 4",
     'write --input "1 2 | 3 4"'),
    ("1; 2; 3 | 4; 5; 6", (2, 2, 2), "the input has 2 rows, and `;` makes 3",
     'write --input "1 2; 3 4 | 5 6; 7 8"'),
    ("1 | 2 | 3", (3,), "the input has 1 map, and `|` makes 3", 'write --input "1 2 3"'),
    ("1 | 2 | 3", (2, 3), "the input has 2 rows, and `|` makes 3", EXAMPLE),
    ("1 a", (2,), "`a` in the input is no number", "write 3, -1, 0.5 or 1/9"),
    ("1 1e3", (2,), "`1e3` in the input has an exponent or more than 9 digits",
     "write it as 3, -1, 0.5 or 1/9; 1,000,000 is the most"),
    ("1 1/0", (2,), "`1/0` in the input divides by zero", "write 3, -1, 0.5 or 1/9"),
    ("1 1000001", (2,), "`1000001` in the input is beyond 1,000,000", "use smaller numbers"),
])  # fmt: skip
def test_what_is_no_such_array_is_told(text: str, shape: Shape, message: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        written(text, shape, "the input", "--input")
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)


def test_the_largest_number_is_a_million() -> None:
    assert written("1000000 -1000000", (2,), "the input", "--input").values == (1e6, -1e6)
