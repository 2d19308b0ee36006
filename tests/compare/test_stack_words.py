"""Stacks in words: what does not parse, and where."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.core.errors import Place, StackError
from convcalc.features.compare.answer import compared
from convcalc.features.compare.stacks import Channels, read_stack
from tests.each import each

SAME = Channels(64, 64, 64)


@each(
    ("text", "message", "help"),
    [
        pytest.param(
            "3x3,,1x1",
            "there is no layer beside this comma",
            "write layers such as 3x3, 1x3, dw3x3 or 3x3d2, with commas between and *3 to repeat",
            id="nothing between commas",
        ),
        pytest.param(
            "5q5",
            "`5q5`: there is no `q`",
            "d is the dilation, s the stride and g the groups, as in 3x3d2",
            id="unknown letter",
        ),
        pytest.param(
            "0x3",
            "`0x3`: every number is 1 or more, got 0",
            "write layers such as 3x3, 1x3, dw3x3 or 3x3d2, with commas between and *3 to repeat",
            id="kernel of zero",
        ),
        pytest.param(
            "3x3,5x5x5",
            "`3x3,5x5x5` has kernels for 2 and 3 axes",
            "give every kernel one number an axis, up to 3",
            id="unequal axes",
        ),
        pytest.param("3x3*9999", "`3x3*9999` has more than 1000 layers", "repeat less", id="many"),
        pytest.param(
            "dw3x3g2",
            "`dw3x3g2` gives its groups twice",
            "`dw` is one group a channel: leave out `g`",
            id="groups twice",
        ),
        pytest.param("3x3s2s2", "`3x3s2s2` gives `s` twice", "keep one", id="field twice"),
        pytest.param(
            "3x3g2x4", "`3x3g2x4`: `g` takes one number", "write g32", id="groups by axis"
        ),
        pytest.param(
            "3x12345678901",
            "`3x12345678901` has a number of too many digits",
            "use numbers below 1,000,000,000",
            id="too large",
        ),
    ],
)
def test_what_does_not_parse(text: str, message: str, help: str) -> None:
    with pytest.raises(StackError) as refused:
        read_stack(text)
    (problem,) = refused.value.problems
    assert (problem.message, problem.help) == (message, help)
    assert problem.place is not None


@each(
    ("text", "column", "width"),
    [
        ("", 1, 1),
        (",3x3", 1, 1),
        ("3x3,", 5, 1),
        ("3x3, ,5x5", 6, 1),
        ("3x3, foo", 6, 3),
        ("3x3,5x5x5", 1, 9),
        ("3x3,0x5", 5, 3),
    ],
)
def test_what_does_not_parse_is_pointed_at(text: str, column: int, width: int) -> None:
    with pytest.raises(StackError) as refused:
        read_stack(text)
    (problem,) = refused.value.problems
    assert problem.place == Place(1, column, width)


@each("name", ["channels", "cin", "cout", "mid"])
def test_channels_are_at_least_one(name: str) -> None:
    with pytest.raises(StackError, match=f"{name} wants an integer, 1 or more, got `0`"):
        convcalc.compare("3x3", "5x5", **{name: 0})  # type: ignore[arg-type]


def test_a_map_that_is_too_small_says_which_would_do() -> None:
    with pytest.raises(StackError) as refused:
        compared(["3x3*2", "5x5"], SAME, (4,), padded=False)
    (problem,) = refused.value.problems
    assert problem.message == "`3x3*2` does not fit a map of 4x4"
    assert problem.help == "give it a map of 5 or more: --size 5"
    assert problem.place == Place(1, 1, 5)


def test_a_thousand_layers_and_no_more() -> None:
    assert len(read_stack("1*999,1*1").layers) == 1000
    with pytest.raises(StackError, match="has more than 1000 layers"):
        read_stack("1*999,1*3")
