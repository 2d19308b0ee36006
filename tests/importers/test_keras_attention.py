"""Attention of Keras, as one layer or in pieces, and the figures that it has by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import convcalc
from tests.each import each
from tests.importers.keras_json import (
    called,
    graph,
    graph_of,
    layer,
    operation,
    output,
    plan_of,
    source,
    tensor,
    written,
)
from tests.importers.planning import refused, rows

PAIR: dict[str, tuple[int, ...]] = {"q": (5, 4), "v": (7, 4)}


def function(kind: str, name: str, *args: object, **config: object) -> dict[str, Any]:
    """An operation of `keras.ops` that reads tensors by name, and numbers."""
    found = called(layer(kind, name, module="keras.src.ops.numpy", **config))
    given = [tensor((one, 0, 0)) if isinstance(one, str) else one for one in args]
    return {**found, "inbound_nodes": [{"args": given, "kwargs": {}}]}


def in_pieces(axis: int | None) -> dict[str, Any]:
    """Two products with a softmax along an axis between them, a scale and a mask before it.

    Without an axis it is an `Activation`, which has none: Keras takes the last.
    """
    softmax = (
        layer("Activation", "shares", activation="softmax")
        if axis is None
        else layer("Softmax", "shares", axis=axis)
    )
    layers = [
        source("x", 5, 4),
        source("mask", 5, 5),
        function("Transpose", "keys", "x", axes=[0, 2, 1]),
        function("Matmul", "scores", "x", "keys"),
        function("TrueDivide", "scaled", "scores", 2.0),
        function("Add", "masked", "scaled", "mask"),
        called(softmax, ["masked"]),
        called(layer("Dropout", "dropout", rate=0.1), ["shares"]),
        function("Matmul", "y", "dropout", "x"),
    ]
    return graph(layers, ["x", "mask"], ["y"], "net")


@each("axis", [-1, None])
def test_attention_in_pieces_is_one_layer(axis: int | None) -> None:
    network = convcalc.loads(written(in_pieces(axis)), "net.json")
    plan = convcalc.plan(network)
    assert [row.kind for row in plan] == ["scaled_dot_product_attention"]
    # Scores and sums of 5 x 5 pairs for 4 numbers.
    assert plan.totals.macs == 2 * 25 * 4
    x, mask = np.random.default_rng(1).normal(size=(2, 1, 5, 5))
    x = x[:, :, :4]
    shares = np.exp(x @ x.swapaxes(1, 2) / 2 + mask)
    wanted = shares / shares.sum(-1, keepdims=True) @ x
    (y,) = convcalc.run(network, {"x": x.swapaxes(1, 2), "mask": mask}).values()
    assert np.allclose(y.swapaxes(1, 2), wanted)


@each("read", ["scaled", "dropout"])
def test_attention_whose_scores_or_shares_are_read_counts_each_product_once(read: str) -> None:
    net = in_pieces(-1)
    net["config"]["output_layers"].append([read, 0, 0])
    plan = plan_of(net)
    assert [row.kind for row in plan if row.macs] == ["matmul", "matmul"]
    assert plan.totals.macs == 2 * 25 * 4


@each("word", ["relu", "sigmoid", "log_softmax"])
def test_products_with_another_function_between_them_stay_in_pieces(word: str) -> None:
    net = in_pieces(None)
    (shares,) = [one for one in net["config"]["layers"] if one["name"] == "shares"]
    shares["config"]["activation"] = word
    plan = plan_of(net)
    assert [row.kind for row in plan if row.macs] == ["matmul", "matmul"]
    assert word in [row.kind for row in plan]


@each(("more", "named"), [
    ([], {"mask": "m"}), ([], {"bias": "m"}), (["m"], {}), ([None, "m"], {}),
])  # fmt: skip
def test_a_mask_of_attention_that_is_a_function_is_told(
    more: list[str | None], named: dict[str, str]
) -> None:
    """By its place or its name: it is no mask of padding, which a layer is told."""
    sizes: dict[str, tuple[int, ...]] = {**dict.fromkeys("qkv", (3, 2, 4)), "m": (2, 3, 3)}

    def given(name: str | None) -> object:
        return name and tensor((name, 0, 0), sizes[name])

    made = called(layer("DotProductAttention", "y", "keras.src.ops.nn"))
    made["inbound_nodes"] = [{
        "args": [given(name) for name in ["q", "k", "v", *more]],
        "kwargs": {word: given(name) for word, name in named.items()},
    }]  # fmt: skip
    problem = refused(written(graph_of(made, inputs=sizes, output="y")))
    assert problem.message.endswith("cannot be read: it has a mask")


def test_shares_along_another_axis_stay_in_pieces() -> None:
    plan = plan_of(in_pieces(1))
    assert [row.kind for row in plan if row.macs] == ["matmul", "matmul"]


def test_attention_is_its_projections_and_its_heads() -> None:
    heads = layer("MultiHeadAttention", "mha", num_heads=2, key_dim=3)
    net = graph_of(called(heads, ["x"], use_causal_mask=True), inputs={"x": (5, 4)}, output="mha")
    net["config"]["layers"][1]["inbound_nodes"][0]["args"] *= 2
    plan = plan_of(net)
    assert rows(plan) == [
        ("mha.query", (6, 5)),
        ("mha.key", (6, 5)),
        ("mha.value", (6, 5)),
        ("mha.heads", (6, 5)),
        ("mha.attention_output", (4, 5)),
    ]
    assert plan.totals.params == 3 * (4 * 6 + 6) + 6 * 4 + 4
    # Three projections, scores and sums of 5 x 5 pairs for 6 numbers, and the projection back.
    assert plan.totals.macs == 3 * 5 * 24 + 2 * 25 * 6 + 5 * 24


def test_heads_whose_shares_are_read_have_their_work() -> None:
    heads = layer("MultiHeadAttention", "mha", num_heads=2, key_dim=3, value_dim=2)
    net = graph_of(
        called(heads, ["x", "v"], return_attention_scores=True),
        inputs={"x": (5, 4), "v": (7, 4)},
        output="mha",
    )
    net["config"]["layers"][-1]["inbound_nodes"][0]["args"] = [
        tensor((name, 0, 0)) for name in "xv"
    ]
    plan = plan_of(net)
    # 2 heads of 5 x 7 pairs: products of 3 numbers, sums of 2.
    assert {row.name: row.macs for row in plan if row.macs} == {
        "mha.query": 5 * 4 * 6,
        "mha.key": 7 * 4 * 6,
        "mha.value": 7 * 4 * 4,
        "mha.heads": 2 * 35 * (3 + 2),
        "mha.attention_output": 5 * 4 * 4,
    }


def test_plain_attention_has_no_weights() -> None:
    net = graph_of(
        called(layer("Attention", "attend"), ["q", "v"]),
        inputs={"q": (5, 4), "v": (7, 4)},
        output="attend",
    )
    plan = plan_of(net)
    assert [row.name for row in plan.rows][-3:] == [
        "attend.scores",
        "attend.shares",
        "attend.values",
    ]
    # A product of matrices, which stay rows by columns.
    assert (output(plan), plan.totals.macs) == ((5, 4), 2 * 5 * 7 * 4)


def test_heads_that_share_their_keys_have_projections_of_two_sizes() -> None:
    heads = layer("GroupQueryAttention", "gqa", head_dim=3, num_query_heads=4,
                  num_key_value_heads=2)  # fmt: skip
    net = graph_of(called(heads, ["x"]), inputs={"x": (5, 4)}, output="gqa")
    net["config"]["layers"][1]["inbound_nodes"][0]["args"] *= 2
    plan = plan_of(net)
    assert output(plan) == (4, 5)
    assert plan.totals.params == (4 * 12 + 12) + 2 * (4 * 6 + 6) + (12 * 4 + 4)
    assert plan.totals.macs == 5 * (48 + 2 * 24 + 48) + 2 * 25 * 12


def test_shared_keys_are_repeated_where_the_shares_are_read() -> None:
    """Each of 2 heads of 3 for 3 of the queries, at 7 steps."""
    heads = layer("GroupQueryAttention", "gqa", head_dim=3, num_query_heads=6,
                  num_key_value_heads=2)  # fmt: skip
    made = called(heads, ["q", "v"], return_attention_scores=True)
    (made["inbound_nodes"][0]["args"],) = made["inbound_nodes"][0]["args"]
    net = graph_of(made, inputs=PAIR, output="gqa")
    net["config"]["output_layers"].append(["gqa", 0, 1])
    plan = plan_of(net)
    sizes = {row.name: math.prod(row.output) for row in plan}
    assert (sizes["gqa.keys"], sizes["gqa.values"]) == (6 * 3 * 7, 6 * 3 * 7)
    assert output(plan) == (4, 5)


@each(
    ("kind", "config", "params", "macs"),
    [
        pytest.param("Attention", {"use_scale": True}, 1, 5 * 7 * (4 + 4), id="scaled"),
        pytest.param("Attention", {"score_mode": "concat"}, 1, 5 * 7 * 4, id="of sums"),
        pytest.param("AdditiveAttention", {}, 4, 5 * 7 * (4 + 4), id="learnt sums"),
    ],
)
def test_attention_by_other_scores_has_known_figures(
    kind: str, config: dict[str, Any], params: int, macs: int
) -> None:
    attend = called(layer(kind, "attend", **config), ["q", "v"])
    net = graph_of(attend, inputs={"q": (5, 4), "v": (7, 4)}, output="attend")
    plan = plan_of(net)
    assert (output(plan), plan.totals.params, plan.totals.macs) == ((4, 5), params, macs)


@each(
    ("along", "scores"),
    [
        pytest.param(None, 30 * 30, id="the whole map"),
        pytest.param([1], 6 * 5 * 5, id="columns"),
        pytest.param([-2], 5 * 6 * 6, id="rows"),
        pytest.param([3], None, id="channels"),
        pytest.param(["1"], None, id="a text"),
    ],
)
def test_heads_attend_along_the_axes_that_are_named(along: object, scores: int | None) -> None:
    """A map of 5x6 pixels with 4 channels, in 2 heads of 3."""
    attend = layer("MultiHeadAttention", "mha", num_heads=2, key_dim=3, attention_axes=along)
    net = graph_of(called(attend, ["x"]), inputs={"x": (5, 6, 4)}, output="mha")
    net["config"]["layers"][1]["inbound_nodes"][0]["args"] *= 2
    if scores is None:
        why = f"its `attention_axes` are {along!s}"
        assert refused(written(net)).message.startswith(
            f"`mha` (MultiHeadAttention) cannot be read: {why}"
        )
        return
    plan = plan_of(net)
    assert (output(plan), plan.totals.params) == ((4, 5, 6), 3 * (4 + 1) * 6 + (6 + 1) * 4)
    assert plan.totals.macs == 30 * 4 * 6 * 4 + 2 * scores * 2 * 3


def test_a_mask_of_heads_is_read_by_them_alone() -> None:
    heads = called(
        layer("MultiHeadAttention", "mha", num_heads=2, key_dim=3),
        ["x"],
        attention_mask=tensor(("seen", 0, 0), (5, 5)),
    )
    net = graph_of(heads, inputs={"x": (5, 4), "seen": (5, 5)}, output="mha")
    net["config"]["layers"][2]["inbound_nodes"][0]["args"] *= 2
    plan = plan_of(net)
    (row,) = [row for row in plan if row.kind == "scaled_dot_product_attention"]
    assert (row.fields["masks"], row.inputs[3]) == ("boolean", "seen")
    assert plan.totals.macs == 3 * 5 * 24 + 2 * 25 * 6 + 5 * 24


def test_masks_of_padding_are_noted_and_what_makes_them_is_no_layer() -> None:
    words = called(layer("Embedding", "words", input_dim=9, output_dim=4, mask_zero=True), ["x"])
    seen = called(operation("NotEqual", "seen"), ["x"])
    seen["inbound_nodes"][0]["args"].append(0)
    steps = called(layer("LSTM", "steps", units=3), ["words"], mask=tensor(("seen", 0, 0), (5,)),
                   training=False)  # fmt: skip
    network = convcalc.loads(
        written(graph_of(words, seen, steps, inputs={"x": (5,)}, output="steps"))
    )
    assert rows(convcalc.plan(network)) == [("words", (4, 5)), ("steps", (3,))]
    assert network.notes == (  # type: ignore[attr-defined]
        "steps of padding are masked (`words`), which Keras skips; this is of sequences without "
        "such steps",
    )


@each(("kind", "inputs", "config", "why"), [
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "use_gate": True},
     "it has a gate"),
    ("MultiHeadAttention", {"q": (5, 4), "v": (6, 7, 4)}, {"num_heads": 2, "key_dim": 3},
     "its queries, keys and values have unequal axes"),
    ("MultiHeadAttention", {"q": (5, 4), "v": (7, 4), "k": (6, 7, 4)},
     {"num_heads": 2, "key_dim": 3}, "its queries, keys and values have unequal axes"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "output_shape": [2, 3]},
     "its `output_shape` is [2, 3]"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "output_shape": []},
     "its `output_shape` is []"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "attention_axes": [-3]},
     "its `attention_axes` are [-3], of 3 axes"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "attention_axes": [2]},
     "its `attention_axes` are [2], of 3 axes"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "attention_axes": []},
     "its `attention_axes` are [], of 3 axes"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "attention_axes": [-4]},
     "its `attention_axes` are [-4]"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "attention_axes": [3]},
     "its `attention_axes` are [3]"),
    ("MultiHeadAttention", PAIR, {"num_heads": 2, "key_dim": 3, "attention_axes": [0]},
     "its `attention_axes` are [0], of 3 axes"),
    ("GroupQueryAttention", PAIR, {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 3},
     "it has a gate, or its heads cannot share their keys"),
    ("GroupQueryAttention", PAIR, {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2,
     "use_gate": True}, "it has a gate, or its heads cannot share their keys"),
    ("GroupQueryAttention", PAIR, {"head_dim": 3, "num_query_heads": 4, "num_key_value_heads": 2,
     "sliding_window": 3}, "it attends within a window"),
    ("Attention", {"q": (5, 4), "v": (7, 4), "k": (7, 4), "w": (7, 4)}, {},
     "it wants queries, values, and keys"),
    ("Attention", {"q": (5, 4), "v": (6, 7, 4)}, {}, "it attends over several axes"),
    ("AdditiveAttention", {"q": (4,), "v": (7, 4)}, {}, "it attends over several axes"),
])  # fmt: skip
def test_attention_that_no_layer_of_ours_does_says_why(
    kind: str, inputs: dict[str, tuple[int, ...]], config: dict[str, Any], why: str
) -> None:
    found = called(layer(kind, "attend", **config), list(inputs))
    if "num_heads" in config or "head_dim" in config:
        (found["inbound_nodes"][0]["args"],) = found["inbound_nodes"][0]["args"]
    problem = refused(written(graph_of(found, inputs=inputs, output="attend")))
    assert problem.message.partition(" cannot be read: ")[2] == why


def test_heads_along_one_axis_read_it_by_its_number_or_in_a_list() -> None:
    """A map of 5 x 6 pixels: 2 heads of 3 numbers for each of 5 rows, along 6 columns."""
    for along in (2, [2], -2):
        attend = layer("MultiHeadAttention", "mha", num_heads=2, key_dim=3, attention_axes=along,
                       value_dim=1, output_shape=[7], use_bias=False)  # fmt: skip
        net = graph_of(called(attend, ["x"]), inputs={"x": (5, 6, 4)}, output="mha")
        net["config"]["layers"][1]["inbound_nodes"][0]["args"] *= 2
        plan = plan_of(net)
        assert (output(plan), plan.totals.params) == ((7, 5, 6), 2 * 4 * 6 + 4 * 2 + 2 * 7)
        projections = 30 * (2 * 4 * 6 + 4 * 2 + 2 * 7)
        assert plan.totals.macs == projections + 2 * 5 * 36 * (3 + 1)


def test_heads_whose_shares_are_read_after_a_mask_read_both() -> None:
    """2 heads of 3 and 1 numbers, 5 queries and 7 keys; the shares cost nothing more."""
    heads = called(
        layer("MultiHeadAttention", "mha", num_heads=2, key_dim=3, value_dim=1),
        ["q", "v"],
        attention_mask=tensor(("seen", 0, 0), (5, 7)),
        return_attention_scores=True,
    )
    (heads["inbound_nodes"][0]["args"],) = heads["inbound_nodes"][0]["args"]
    net = graph_of(heads, inputs={**PAIR, "seen": (5, 7)}, output="mha")
    net["config"]["output_layers"].append(["mha", 0, 1])
    plan = plan_of(net)
    told = {row.name: row for row in plan if row.kind == "opaque"}
    assert {name: row.macs for name, row in told.items()} == {
        "mha.heads": 2 * 35 * (3 + 1), "mha.shares": 0,
    }  # fmt: skip
    assert "seen" in told["mha.heads"].inputs
    assert plan.totals.params == 2 * (5 * 6) + 5 * 2 + 3 * 4
    assert "its shares are read" not in told["mha.heads"].notes[0]


@each("sizes", [(2, 5, 7), (7,)])
def test_a_mask_of_other_axes_is_told(sizes: tuple[int, ...]) -> None:
    """Of 5 queries, 7 keys and 2 heads of 3: it has an axis for the heads, or none for queries."""
    heads = called(
        layer("MultiHeadAttention", "mha", num_heads=2, key_dim=3),
        ["q", "v"],
        attention_mask=tensor(("seen", 0, 0), sizes),
    )
    (heads["inbound_nodes"][0]["args"],) = heads["inbound_nodes"][0]["args"]
    plan = plan_of(graph_of(heads, inputs={**PAIR, "seen": sizes}, output="mha"))
    (row,) = (row for row in plan if row.kind == "opaque")
    assert (row.macs, row.notes) == (2 * 35 * 6, ("heads: it has a mask of other axes",))
