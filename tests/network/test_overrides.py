"""Inputs, variables and options given to a plan from outside."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import convcalc
from tests.each import each

ONE = "convcalc: 1\ninput: [3, 32, 32]\nvars: {width: 4}\nlayers: [{conv: {out: =width, k: 3}}]\n"
TWO = "convcalc: 1\ninput: {left: [3, 8], right: [3, 8]}\nlayers: [{add: [left, right]}]\n"

REFUSED = [
    pytest.param(
        ONE, {"input": [3, 32]},
        "input `input` is declared as 3x32x32, so 3x32 has 2 axes instead of 3",
        "give as many sizes as the file does", id="wrong rank",
    ),
    pytest.param(
        ONE, {"input": {"image": [3, 8, 8]}}, "there is no input `image`",
        "known here: input", id="unknown input",
    ),
    pytest.param(
        TWO, {"input": {"rigth": [3, 8]}}, "there is no input `rigth`",
        "did you mean `right`?", id="misspelt input",
    ),
    pytest.param(
        TWO, {"input": [3, 8]}, "the network has 2 inputs: left, right",
        "give a shape by name for each one that changes", id="which of two",
    ),
    pytest.param(
        ONE, {"input": [3, 0, 32]}, "input `input` cannot have the shape [3, 0, 32]",
        "write [3, 224, 224]", id="a size of 0",
    ),
    pytest.param(
        ONE, {"input": [3, True, 32]}, "input `input` cannot have the shape [3, True, 32]",
        "write [3, 224, 224]", id="true is no size",
    ),
    pytest.param(
        ONE, {"input": [3, 32.0, 32]}, "input `input` cannot have the shape [3, 32.0, 32]",
        "write [3, 224, 224]", id="32.0 is no size",
    ),
    pytest.param(
        ONE, {"input": 32}, "input `input` cannot have the shape 32",
        "write [3, 224, 224]", id="a number",
    ),
    pytest.param(
        ONE, {"input": {"input": "3x8x8"}}, "input `input` cannot have the shape '3x8x8'",
        "write [3, 224, 224]", id="a word",
    ),
    pytest.param(
        ONE, {"input": [3, 10**10, 32]}, "input `input` cannot have the shape [3, 10000000000, 32]",
        "sizes go up to 1,000,000,000", id="a huge size",
    ),
    pytest.param(
        ONE, {"variables": {"width": 10**18 + 1}},
        "variable `width` wants a number, got 1000000000000000001",
        "give an integer up to 10**18, a decimal or a fraction", id="a number beyond 10**18",
    ),
    pytest.param(
        ONE, {"variables": {"width": Fraction(1, 10**18 + 1)}},
        "variable `width` wants a number, got Fraction(1, 1000000000000000001)",
        "give an integer up to 10**18, a decimal or a fraction", id="a share beyond 10**18",
    ),
    pytest.param(
        ONE, {"variables": {"widht": 3}}, "there is no variable `widht`",
        "did you mean `width`?", id="unknown variable",
    ),
    pytest.param(
        TWO, {"variables": {"width": 3}}, "there is no variable `width`",
        "the file has no `vars`", id="no variables",
    ),
    pytest.param(
        ONE, {"variables": {"width": True}}, "variable `width` wants a number, got True",
        "give an integer up to 10**18, a decimal or a fraction", id="true is no integer",
    ),
    pytest.param(
        ONE, {"variables": {"width": 10**19}},
        "variable `width` wants a number, got 10000000000000000000",
        "give an integer up to 10**18, a decimal or a fraction", id="a huge variable",
    ),
    pytest.param(
        ONE, {"batch": 0}, "batch wants an integer from 1 to 1,000,000,000, got 0", "",
        id="batch of 0",
    ),
    pytest.param(
        ONE, {"batch": True}, "batch wants an integer from 1 to 1,000,000,000, got True", "",
        id="batch of true",
    ),
    pytest.param(
        ONE, {"dtype": "float31"}, "no dtype 'float31'",
        "known: float64, float32, float16, bfloat16, int8", id="unknown dtype",
    ),
]  # fmt: skip


@each(("text", "options", "message", "help"), REFUSED)
def test_refused(text: str, options: dict[str, Any], message: str, help: str) -> None:
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(text, "a.net.yaml"), **options)
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message) == ("wrong-value", message)
    if help:
        assert problem.help == help


def test_a_variable_that_breaks_a_layer_is_a_finding_at_the_layer() -> None:
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(ONE), variables={"width": -1})
    (problem,) = caught.value.problems
    assert problem.place == (4, 23, 6)
    assert problem.message == "`out` of layer `conv_1` wants a positive integer, got -1"


def test_a_variable_may_be_as_large_as_a_number_of_a_file() -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: [3]\nvars: {n: 1}\n"
        "layers: [{relu: {}, if: =n > 1}, {tanh: {}, if: =n < 1}]\n"
    )
    for n, layer in ((10**18, "relu_1"), (Fraction(7, 10**18), "tanh_1")):
        (row,) = convcalc.plan(network, variables={"n": n}).rows
        assert row.name == layer


def test_the_network_stays_as_it_is() -> None:
    network = convcalc.loads(ONE)
    before = convcalc.plan(network).to_dict()
    convcalc.plan(network, input=[1, 8, 8], variables={"width": 9}, batch=3)
    assert network.inputs == {"input": (3, 32, 32)}
    assert convcalc.plan(network).to_dict() == before


def test_expectations_are_not_checked_under_other_conditions() -> None:
    network = convcalc.loads(ONE + "expect: {params: 1}\n")
    assert [problem.slug for problem in convcalc.plan(network).failures or ()] == [
        "expected-params"
    ]
    assert convcalc.plan(network, input=[3, 8, 8]).failures is None
    assert convcalc.plan(network, variables={"width": 5}).failures is None
    assert convcalc.plan(network, batch=7, dtype="float16").failures is not None


def test_a_limit_of_layers_beyond_reason() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [4]\nlayers: [{relu: {}, repeat: 1000000000}]")
    with pytest.raises(convcalc.StackError, match="wants 1 to 1,000,000, got 10000000000000000000"):
        convcalc.plan(network, max_layers=10**19)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(convcalc.StackError, match="no file can have this name"):
        convcalc.load("a\0b.yaml")


def test_a_file_is_not_read_beyond_the_limit(tmp_path: Path) -> None:
    huge = tmp_path / "huge.net.yaml"
    with huge.open("wb") as stream:
        stream.truncate(10 * 2**30)
    with pytest.raises(convcalc.StackError, match="more than 4,000,000 bytes"):
        convcalc.load(huge)


def test_a_variable_goes_up_to_its_limit() -> None:
    """A factor of 10**18, of which no layer is made."""
    network = convcalc.loads(
        "convcalc: 1\ninput: [3, 8, 8]\nvars: {big: 2}\n"
        "layers: [tanh, {relu: {}, if: '=big == 1000000000000000000'}]\n"
    )
    assert len(network.graph(variables={"big": 10**18}).layers) == 2
    assert len(network.graph(variables={"big": 10**18 - 1}).layers) == 1
