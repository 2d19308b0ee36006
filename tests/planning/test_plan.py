"""The plan as a value: its rows, totals, batch, receptive fields through graphs, and its data."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

import convcalc
from convcalc import planning
from convcalc.planning import Plan
from convcalc.planning.untold import named
from tests.each import each

HEAD = "convcalc: 1\ninput: [3, 32, 32]\n"


def plan(layers: str, head: str = HEAD, **options: int) -> Plan:
    return convcalc.plan(convcalc.loads(head + "layers:\n" + layers), **options)  # type: ignore[arg-type]


FORKED = """
  - {conv: {out: 8, k: 3, p: 1}, name: stem}
  - {conv: {out: 8, k: 3, p: 1}, name: left}
  - {conv: {out: 8, k: 5, p: 2}, from: stem, name: right}
  - add: [left, right]
  - relu
"""


def test_totals_are_the_sums_of_the_rows() -> None:
    found = plan(FORKED, batch=3)
    totals = found.totals
    assert totals.params == sum(row.params for row in found)
    assert totals.buffers == sum(row.buffers for row in found)
    assert totals.macs == sum(row.macs for row in found)
    for name, count in totals.elementwise.items():
        assert count == sum(row.elementwise[name] for row in found)
    # 3*9*8 + 8, 8*9*8 + 8, 8*25*8 + 8; all on 32*32 positions, for 3 samples.
    assert totals.params == 224 + 584 + 1608
    assert totals.macs == 3 * 1024 * (216 + 576 + 1600)
    assert totals.flops == 2 * totals.macs == sum(row.flops for row in found)


def test_a_batch_multiplies_work_but_not_parameters() -> None:
    one, many = plan(FORKED), plan(FORKED, batch=7)
    assert many.totals.params == one.totals.params
    assert many.totals.macs == 7 * one.totals.macs
    assert [row.activation_bytes for row in many] == [7 * row.activation_bytes for row in one]
    assert [row.elementwise for row in many] == [
        {name: 7 * count for name, count in row.elementwise.items()} for row in one
    ]


def test_rows_know_their_inputs_and_are_found_by_name() -> None:
    found = plan(FORKED)
    assert [row.inputs for row in found] == [
        ("input",), ("stem",), ("stem",), ("left", "right"), ("add_1",),
    ]  # fmt: skip
    assert found["right"].output == (8, 32, 32)
    with pytest.raises(KeyError, match="no layer `rihgt`; did you mean `right`"):
        found["rihgt"]
    assert len(found) == 5


def test_a_merge_sees_the_hull_of_its_paths() -> None:
    field = plan(FORKED)["add_1"].receptive_field
    assert field is not None
    # 3 + 4 by the wider path.
    assert (field.size, field.start, field.aligned) == ((7, 7), (-3, -3), True)


def test_shifted_paths_of_one_stride_make_a_wider_window() -> None:
    layers = """
  - {conv: {out: 3, k: 3, p: [[2, 0], [0, 2]]}, name: up_left}
  - {conv: {out: 3, k: 3, p: [[0, 2], [2, 0]]}, from: input, name: down_right}
  - add: [up_left, down_right]
"""
    field = plan(layers)["add_1"].receptive_field
    assert field is not None
    assert (field.size, field.start) == ((5, 5), (-2, -2))


def test_a_gate_sees_everything_but_leaves_the_position() -> None:
    layers = """
  - {conv: {out: 8, k: 3, p: 1, s: 2}, name: body}
  - global_avg_pool
  - linear: 8
  - {sigmoid: {}, name: gate}
  - mul: [body, gate]
"""
    field = plan(layers)["mul_1"].receptive_field
    assert field is not None
    assert field.is_global
    assert (field.size, field.stride) == ((32, 32), (Fraction(2), Fraction(2)))


@each("layer", ["instance_norm", "layer_norm", "group_norm: 1"])
def test_norms_over_space_see_everything(layer: str) -> None:
    field = plan(f"  - {layer}\n").rows[0].receptive_field
    assert field is not None
    assert field.is_global
    assert (field.size, field.stride) == ((32, 32), (Fraction(1), Fraction(1)))


@each("layer", ["batch_norm", "softmax", "layer_norm: channels", "relu"])
def test_layers_over_channels_see_one_pixel(layer: str) -> None:
    field = plan(f"  - {layer}\n").rows[0].receptive_field
    assert field is not None
    assert (field.is_global, field.size) == (False, (1, 1))


def test_every_input_has_its_own_field() -> None:
    head = "convcalc: 1\ninput: {left: [3, 32, 32], right: [3, 32, 32]}\n"
    layers = """
  - {conv: {out: 3, k: 3, p: 1}, from: left, name: a}
  - {conv: {out: 3, k: 5, p: 2}, from: right, name: b}
  - sub: [a, b]
"""
    fields = plan(layers, head)["sub_1"].receptive_fields
    assert [(field.input, field.size) for field in fields] == [
        ("left", (3, 3)), ("right", (5, 5)),
    ]  # fmt: skip


def test_strides_after_upsampling_are_fractions_in_the_data() -> None:
    data = plan("  - upsample: {scale_factor: [2, 3]}\n  - max_pool: 2\n").to_dict()
    assert [row["receptive_field"]["stride"] for row in data["rows"]] == [
        ["1/2", "1/3"],
        [1, "2/3"],
    ]


def test_the_field_of_a_transposed_layer_is_reported_from_least_to_most() -> None:
    field = plan("  - conv_transpose: {out: 1, k: 3, s: 2}\n").rows[0].receptive_field
    assert field is not None
    # Odd output positions see one pixel, even ones two.
    assert (field.least, field.most, field.varies) == ((1, 1), (2, 2), True)


def test_the_data_is_json_with_exact_integers() -> None:
    head = "convcalc: 1\ninput: [1000000000, 1000000, 1000000]\n"
    data = plan("  - conv: {out: 1000000000, k: 1}\n", head).to_dict()
    text = json.dumps(data, allow_nan=False)
    assert json.loads(text) == data
    # 10^9 * 10^9 weights at 10^12 positions: far beyond a double's 2^53.
    assert data["totals"]["macs"] == 10**30
    assert str(10**30) in text


def test_views_take_no_memory() -> None:
    found = plan("  - identity\n  - dropout\n  - flatten\n")
    assert [row.activation_bytes for row in found] == [0, 0, 0]


@each(("dtype", "size"), [("float64", 8), ("float16", 2), ("int8", 1)])
def test_bytes_follow_the_dtype(dtype: str, size: int) -> None:
    network = convcalc.loads(HEAD + "layers: [relu]\n")
    found = convcalc.plan(network, dtype=dtype)  # type: ignore[arg-type]
    assert found.rows[0].activation_bytes == 3 * 32 * 32 * size
    assert found.dtype == dtype


def test_rows_by_place_and_short_representations() -> None:
    found = plan(FORKED)
    assert found[0] is found["stem"]
    assert found[-1] is found.rows[-1]
    assert repr(found[0]) == "<Row stem: conv -> 8x32x32, 224 params, 221184 macs>"
    assert repr(found) == "<Plan network: 5 rows>"
    assert repr(convcalc.loads(HEAD + "layers:\n" + FORKED)) == "<Network network: 3x32x32>"


def test_a_path_in_place_of_a_network() -> None:
    with pytest.raises(TypeError, match="plan wants a Network, got str; load it first"):
        convcalc.plan("resnet18.net.yaml")  # type: ignore[arg-type]


@each(
    ("options", "message", "help"),
    [
        ({"batch": 0}, "batch wants an integer from 1 to 1,000,000,000, got 0", ""),
        ({"batch": -1}, "batch wants an integer from 1 to 1,000,000,000, got -1", ""),
        (
            {"batch": 10**9 + 1},
            "batch wants an integer from 1 to 1,000,000,000, got 1000000001",
            "",
        ),
        ({"batch": True}, "batch wants an integer from 1 to 1,000,000,000, got True", ""),
        ({"dtype": "int7"}, "no dtype 'int7'", "known: float64, float32, float16, bfloat16, int8"),
    ],
)  # fmt: skip
def test_what_is_no_batch_and_no_type(options: dict[str, Any], message: str, help: str) -> None:
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(convcalc.loads(HEAD + "layers: [relu]"), **options)
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message, problem.help) == ("wrong-value", message, help)
    assert convcalc.plan(convcalc.loads(HEAD + "layers: [relu]"), batch=10**9).batch == 10**9


@each(
    ("shape", "help"),
    [
        ([1, 3, 32, 32], "leave the batch out (it has its own option)"),
        ([2, 3, 32, 32], "give as many sizes as the file does"),
        ([2, 3, 32, 32], "give as many sizes as the file does"),
        ([1, 3, 32], None),
        ([1, 1, 3, 32, 32], "give as many sizes as the file does"),
        ([1, 3], "give as many sizes as the file does"),
        ([1], "give as many sizes as the file does"),
    ],
)
def test_an_input_with_its_batch(shape: list[int], help: str | None) -> None:
    network = convcalc.loads(HEAD + "layers: [relu]")
    if help is None:
        assert convcalc.plan(network, input=shape)[-1].output == tuple(shape)
        return
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.plan(network, input=shape)
    assert [problem.help for problem in caught.value.problems] == [help]


def test_what_is_learnt_without_an_input_is_followed_as_far_as_it_goes() -> None:
    layers = (
        "layers:\n  - {parameter: [3, 1, 1], name: w}\n"
        "  - {conv: {out: 3, k: 3}, from: input, name: c}\n  - mul: [c, w]\n"
    )
    found = convcalc.plan(convcalc.loads(HEAD + layers))
    assert found.unfollowed == ""
    assert [len(row.seen) for row in found] == [0, 1, 1]


def test_blocks_know_their_rows() -> None:
    found = convcalc.plan(
        convcalc.loads(
            """
convcalc: 1
input: {left: [3, 8, 8], right: [3, 8, 8]}
blocks:
  inner: {layers: [conv: {out: 3, k: 3, p: 1}, relu]}
  outer: {layers: [inner, tanh, inner]}
layers:
  - add: [left, right]
  - outer
  - {inner: {}, name: last}
"""
        )
    )
    assert [row.name for row in found] == [
        "add_1",
        "outer_1.inner_1.conv_1",
        "outer_1.inner_1.relu_1",
        "outer_1.tanh_1",
        "outer_1.inner_2.conv_1",
        "outer_1.inner_2.relu_1",
        "last.conv_1",
        "last.relu_1",
    ]
    # A block is its last row.
    assert found["outer_1"] is found[5]
    assert found["last"] is found[7]
    assert [(one.name, one.depth, one.first, one.end) for one in found.groups] == [
        ("outer_1", 1, 1, 6),
        ("outer_1.inner_1", 2, 1, 3),
        ("outer_1.inner_2", 2, 4, 6),
        ("last", 1, 6, 8),
    ]


@each(("layers", "followed"), [
    # 22 entries for 12 layers; each new field takes 3, and one is followed while some are left.
    ("{conv: {out: 2, k: 3, p: 1}, repeat: 12}", 8),
    # 10 + 24; what is pointwise takes nothing. Behind the 12th convolution 36 are taken.
    ("{pair: {}, repeat: 12}", 23),
    # 10 + 28, and 39 behind the 13th.
    ("{pair: {}, repeat: 14}", 25),
    # Each merge takes one for each input; all give the same, which is kept once: 3 + 5 + 7 * 2.
    ("{conv: {out: 2, k: 3, p: 1}, name: a}, {add: [a, input], repeat: 11}", 9),
])  # fmt: skip
def test_fields_are_followed_while_their_budget_lasts(
    layers: str, followed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in ("MAX_ENTRIES", 10), ("ENTRIES_PER_LAYER", 1), ("ENTRIES_PER_REACH", 3):
        monkeypatch.setattr(planning, name, value)
    pair = "pair: {layers: [{conv: {out: 2, k: 3, p: 1}}, relu]}"
    text = f"convcalc: 1\ninput: [2, 9]\nblocks: {{{pair}}}\nlayers: [{layers}]\n"
    rows = convcalc.plan(convcalc.loads(text)).rows
    told = [bool(row.receptive_fields) for row in rows]
    assert told == [True] * followed + [False] * (len(rows) - followed)


def test_the_rows_inside_of_a_block() -> None:
    text = """\
convcalc: 1
input: {a: [2, 9], b: [2, 9]}
blocks: {pair: {layers: [relu, tanh]}}
layers: [{add: [a, b]}, {pair: {}, repeat: 2}, sigmoid]
"""
    plan = convcalc.plan(convcalc.loads(text))
    names = [[row.name for row in plan.rows_of(scope)] for scope in plan.graph.scopes]
    assert names == [
        ["pair_1.0.relu_1", "pair_1.0.tanh_1"], ["pair_1.1.relu_1", "pair_1.1.tanh_1"],
    ]  # fmt: skip


@each(("many", "words"), [(1, "`a`"), (2, "`a` and 1 more"), (1002, "`a` and 1,001 more")])
def test_layers_in_words(many: int, words: str) -> None:
    assert named(["a"] * many) == words
