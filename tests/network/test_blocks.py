"""Blocks: arguments, defaults, names of the caller's layers, nesting, and what stays inside."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.planning import Plan
from tests.each import each

HEAD = "convcalc: 1\ninput: [3, 32, 32]\n"


def plan(text: str, **overrides: object) -> Plan:
    return convcalc.plan(convcalc.loads(text), **overrides)  # type: ignore[arg-type]


def names(text: str) -> list[str]:
    return [row.name for row in plan(text).rows]


def channels(text: str) -> list[int]:
    return [row.output[0] for row in plan(text).rows]


def test_names_are_paths() -> None:
    text = (
        HEAD
        + """blocks:
  inner: {layers: [relu, {tanh: {}, name: last}]}
  outer: {layers: [{inner: {}, repeat: 2}, inner, {inner: {}, name: named}]}
layers:
  - outer
  - {outer: {}, name: top, repeat: 2}
"""
    )
    assert names(text) == [
        f"{outer}.{inner}.{layer}"
        for outer in ("outer_1", "top.0", "top.1")
        for inner in ("inner_1.0", "inner_1.1", "inner_2", "named")
        for layer in ("relu_1", "last")
    ]


ARGUMENTS = [
    pytest.param("[c]", "{c: 5}", [5], id="a list of required names"),
    pytest.param("{c: ~}", "{c: 5}", [5], id="required"),
    pytest.param("{c: 5}", "{}", [5], id="default"),
    pytest.param("{c: 5}", "~", [5], id="default, nothing given"),
    pytest.param("{c: 5}", "{c: 6}", [6], id="default overridden"),
    pytest.param("{b: 4, c: =b*2}", "{}", [8], id="default over an earlier argument"),
    pytest.param("{b: 4, c: =b*2}", "{b: 5}", [10], id="default over one that is given"),
    pytest.param("{c: =cin+w}", "{}", [19], id="default over the block's input and a variable"),
    pytest.param("{c: =rank}", "{}", [2], id="default over the number of axes"),
    pytest.param("[c]", "{c: =w//cin}", [5], id="expression of the caller"),
]


@each(("args", "given", "out"), ARGUMENTS)
def test_arguments(args: str, given: str, out: list[int]) -> None:
    text = (
        HEAD
        + f"""vars: {{w: 16}}
blocks:
  unit:
    args: {args}
    layers: [{{conv: {{out: =c, k: 1}}}}]
layers: [{{unit: {given}}}]
"""
    )
    assert channels(text) == out


def test_a_word_alone_uses_every_default() -> None:
    text = (
        HEAD + "blocks: {unit: {args: {c: 5}, layers: [{conv: {out: =c, k: 1}}]}}\nlayers: [unit]\n"
    )
    assert channels(text) == [5]


def test_lists_and_words_are_handed_through_two_levels() -> None:
    text = (
        HEAD
        + """blocks:
  inner:
    args: [kernel, widths, pad, act]
    layers:
      - {conv: {k: =kernel, p: =pad}, each: {out: =widths}}
      - {relu: {}, if: =act=='relu'}
      - {tanh: {}, if: =act!='relu'}
  outer:
    args: {kernel: [1, 3], widths: [4, 5], pad: half, act: relu}
    layers: [{inner: {kernel: =kernel, widths: =widths, pad: =pad, act: =act}}]
layers:
  - outer
  - outer: {kernel: 1, widths: [6], pad: [[0, 1], [2, 2]], act: tanh}
"""
    )
    rows = [(row.kind, *row.output) for row in plan(text).rows]
    assert rows == [
        ("conv", 4, 32, 32),
        ("conv", 5, 32, 32),
        ("relu", 5, 32, 32),
        ("conv", 6, 33, 36),
        ("tanh", 6, 33, 36),
    ]


def test_a_layer_s_name_is_handed_through_two_levels() -> None:
    text = (
        HEAD
        + """blocks:
  join: {args: [other], layers: [{relu: {}, name: skip}, {concat: [skip, =other]}]}
  outer: {args: [other], layers: [{join: {other: =other}}]}
layers:
  - {conv: {out: 5, k: 1}, name: skip}
  - {conv: {out: 7, k: 1}}
  - outer: {other: skip}
"""
    )
    # The caller's `skip`, not the one inside of `join`.
    assert plan(text).rows[-1].inputs == ("outer_1.join_1.skip", "skip")


REFERENCES = [
    pytest.param("{join: {other: prev}}", "conv_2", id="prev is the caller's"),
    pytest.param("{join: {other: input}}", "input", id="the network's input"),
    pytest.param("{join: {other: a}}", "a", id="a name"),
    pytest.param("{join: {}}", "conv_2", id="the default `in` is the block's own input"),
    pytest.param("{join: {}, from: a}", "a", id="and follows the block's `from`"),
    pytest.param("{join: {}, each: {other: [a]}}", "a", id="a name in `each`"),
]


@each(("use", "other"), REFERENCES)
def test_references_as_arguments(use: str, other: str) -> None:
    text = (
        HEAD
        + f"""blocks:
  join: {{args: {{other: in}}, layers: [relu, {{concat: [prev, =other]}}]}}
layers:
  - {{conv: {{out: 5, k: 1}}, name: a}}
  - conv: {{out: 7, k: 1}}
  - {use}
"""
    )
    assert plan(text).rows[-1].inputs[1] == other


def test_a_list_of_names_is_an_argument_too() -> None:
    text = (
        HEAD
        + """blocks: {join: {args: [others], layers: [{concat: =others}]}}
layers: [{relu: {}, name: a}, {tanh: {}, name: b}, {join: {others: [a, b, input]}}]
"""
    )
    assert plan(text).rows[-1].inputs == ("a", "b", "input")


def test_variables_are_not_shadowed_by_an_outer_block_s_argument() -> None:
    text = (
        HEAD
        + """vars: {c: 5}
blocks:
  inner: {layers: [{conv: {out: =c, k: 1}}]}
  outer: {args: [c], layers: [inner, {conv: {out: =c, k: 1}}]}
layers: [{outer: {c: 7}}]
"""
    )
    assert channels(text) == [5, 7]


def test_cin_is_that_of_each_layer_s_own_input() -> None:
    text = (
        HEAD
        + """blocks:
  unit: {layers: [{conv: {out: =cin*2, k: 1}}, {conv: {out: =cin*2, k: 1}}]}
layers: [{unit: {}, repeat: 2}]
"""
    )
    assert channels(text) == [6, 12, 24, 48]


def test_in_is_the_block_s_input_and_input_the_network_s() -> None:
    text = (
        HEAD
        + """blocks:
  unit: {layers: [{conv: {out: 4, k: 1}}, {concat: [prev, in, input]}]}
layers: [{unit: {}, repeat: 2}]
"""
    )
    assert [row.inputs for row in plan(text).rows] == [
        ("input",),
        ("unit_1.0.conv_1", "input", "input"),
        ("unit_1.0.concat_1",),
        ("unit_1.1.conv_1", "unit_1.0.concat_1", "input"),
    ]


def test_a_block_s_result_bears_the_name_of_the_layer() -> None:
    text = (
        HEAD
        + """blocks: {unit: {layers: [relu, tanh]}}
layers: [{unit: {}, name: stage, repeat: 2}, sigmoid, {add: [stage, prev]}]
outputs: [stage]
"""
    )
    found = plan(text)
    assert found.rows[-1].inputs == ("stage.1.tanh_1", "sigmoid_1")
    assert found.outputs == ("stage.1.tanh_1",)
    assert found["stage"].name == "stage.1.tanh_1"
    assert found["stage.0"].name == "stage.0.tanh_1"


def test_a_block_whose_layers_are_all_left_out_is_its_input() -> None:
    text = (
        HEAD
        + """blocks: {unit: {args: [on], layers: [{relu: {}, if: =on}]}}
layers: [tanh, {unit: {on: false}, name: none}, {add: [none, tanh_]}]
"""
    ).replace("tanh,", "{tanh: {}, name: tanh_},")
    found = plan(text)
    assert found.rows[-1].inputs == ("tanh_", "tanh_")
    assert [(group.name, group.first, group.end) for group in found.groups] == [("none", 1, 1)]


def test_groups_hold_the_rows_of_each_use() -> None:
    text = (
        HEAD
        + """blocks:
  inner: {layers: [relu, tanh]}
  outer: {layers: [inner, sigmoid]}
layers: [softmax, {outer: {}, repeat: 2}]
"""
    )
    groups = [(g.name, g.block, g.depth, g.first, g.end, g.result) for g in plan(text).groups]
    assert groups == [
        ("outer_1.0", "outer", 1, 1, 4, "outer_1.0.sigmoid_1"),
        ("outer_1.0.inner_1", "inner", 2, 1, 3, "outer_1.0.inner_1.tanh_1"),
        ("outer_1.1", "outer", 1, 4, 7, "outer_1.1.sigmoid_1"),
        ("outer_1.1.inner_1", "inner", 2, 4, 6, "outer_1.1.inner_1.tanh_1"),
    ]


def test_blocks_may_be_declared_in_any_order_and_stay_unused() -> None:
    text = (
        HEAD
        + """blocks:
  outer: {layers: [inner]}
  inner: {layers: [relu]}
  unused: {args: [c], layers: [{conv: {out: =c, k: 1}}]}
layers: [outer]
"""
    )
    assert names(text) == ["outer_1.inner_1.relu_1"]


def test_a_place_is_where_the_layer_is_written() -> None:
    text = HEAD + "blocks:\n  unit:\n    layers:\n      - relu\nlayers:\n  - unit\n"
    assert plan(text).rows[0].place == (6, 9, 4)
