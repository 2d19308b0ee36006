"""Rules that ask a trait speak of every kind that has it, and of no other."""

from __future__ import annotations

import pytest

from tests.each import each
from tests.rules.stacks import RULES, found


def messages(slug: str, *layers: str, input: str = "[16, 8, 8]") -> list[str]:
    listed = "".join(f"  - {layer}\n" for layer in layers)
    text = f"convcalc: 1\ninput: {input}\nlayers:\n{listed}"
    return [problem.message for problem in found([RULES[slug]], text)]


GROUPED = "conv: {out: 32, k: 3, p: 1, g: 4}"


@each(
    "between",
    [
        "mish",
        "tanh",
        "sigmoid",
        "selu",
        "celu",
        "hardsigmoid",
        "softplus",
        "hardtanh",
        "softsign",
        "lp_pool: 2",
        "upsample: 2",
        "pad: 1",
        "crop: 1",
        "adaptive_avg_pool: 4",
        "relu",
        "prelu: channels",
        "batch_norm",
    ],
)
def test_groups_stay_apart_through_what_stays_in_its_channel(between: str) -> None:
    assert messages("groups-never-mix", GROUPED, between, GROUPED) == [
        "the 4 groups of `conv_2` are those of `conv_1`: nothing mixes them"
    ]


@each(
    "between",
    ["softmax", "layer_norm: channels", "group_norm: 2", "channel_shuffle: 4", "pixel_shuffle: 2"],
)
def test_groups_are_mixed_by_what_reads_other_channels(between: str) -> None:
    last = GROUPED.replace("32", "8") if between.startswith("pixel") else GROUPED
    assert messages("groups-never-mix", GROUPED, between, last) == []


@each(
    "reader",
    [
        "conv_transpose: {out: 4, k: 3}",
        "silu",
        "gelu",
        "prelu",
        "relu6",
        "group_norm: 4",
        "instance_norm",
        "layer_norm",
        "glu",
    ],
)
def test_a_softmax_inside_is_found_before(reader: str) -> None:
    name = reader.partition(":")[0]
    assert messages("softmax-inside", "softmax", reader) == [
        f"`softmax_1` stands inside of the network: `{name}_1` reads its shares"
    ]


@each(
    ("reader", "about"),
    [
        ("conv: {out: 1, k: 1, bias: false}", "the expected distance of YOLO's boxes"),
        ("max_pool: 2", "a pool"),
        ("mul: [prev, input]", "weights of an attention"),
    ],
)
def test_shares_that_are_meant_are_let_be(reader: str, about: str) -> None:
    assert messages("softmax-inside", "softmax", reader) == [], about


@each(
    ("layers", "idle"),
    [
        pytest.param(["sigmoid", "max_pool: 2", "relu6"], "relu6_1", id="within, through a pool"),
        pytest.param(["relu", "leaky_relu"], "leaky_relu_1", id="a slope that nothing meets"),
        pytest.param(["softplus", "elu"], "elu_1", id="elu of what is positive"),
        pytest.param(["tanh", "hardtanh"], "hardtanh_1", id="clipped already"),
        pytest.param(["lp_pool: 2", "relu"], "relu_1", id="a length"),
        pytest.param(["relu", "relu6"], "", id="beyond 6"),
        pytest.param(["relu", "selu"], "", id="scaled"),
        pytest.param(["relu", "pad: {padding: 1, mode: constant, value: -1}", "relu"], "",
                     id="a negative border"),
        pytest.param(["silu", "relu"], "", id="below 0"),
    ],
)  # fmt: skip
def test_activations_that_change_nothing(layers: list[str], idle: str) -> None:
    found = messages("activation-without-effect", *layers)
    assert [message.partition("`")[2].partition("`")[0] for message in found] == [idle] * bool(idle)


def test_a_merge_of_sums_is_never_negative() -> None:
    layers = ["{relu: {}, name: a}", "{sigmoid: {}, from: input}", "add: [a, prev]", "relu"]
    assert messages("activation-without-effect", *layers) == [
        "`relu_2` changes nothing: `add_1` is never negative"
    ]


def test_a_bias_that_is_a_layer_is_deleted() -> None:
    text = "convcalc: 1\ninput: [4, 8, 8]\nlayers: [bias, batch_norm]\n"
    (problem,) = found([RULES["bias-before-norm"]], text)
    assert (problem.message, problem.help, problem.fix) == (
        "the bias of `bias_1` is taken out by `batch_norm_1` after it",
        "delete it",
        None,
    )
