"""What layers of Keras become: the fields of ours, and the names of their parts."""

from __future__ import annotations

from typing import Any

import convcalc
from tests.each import each
from tests.importers.keras_json import layer, of_one, sequence, source, two, written


@each(("channels", "groups", "wanted"), [(1, 1, 1), (2, 2, "depthwise"), (4, 2, 2), (3, 1, 1)])
def test_a_convolution_of_as_many_groups_as_channels_is_depthwise(
    channels: int, groups: int, wanted: object
) -> None:
    net = of_one((5, 5, channels), "Conv2D", filters=4, kernel_size=2, groups=groups)
    (node,) = convcalc.loads(written(net)).graph().layers
    assert node.layer.model_dump()["groups"] == wanted


@each(("merge", "names"), [
    ("concat", ["rnn"]),
    ("sum", ["rnn.both", "rnn.forward", "rnn.backward", "rnn.merge"]),
    ("ave", ["rnn.both", "rnn.forward", "rnn.backward", "rnn.merge", "rnn.share"]),
])  # fmt: skip
def test_what_goes_both_ways_bears_the_name_unless_it_is_merged(
    merge: str, names: list[str]
) -> None:
    held = layer("LSTM", "inner", units=3)
    net = sequence([source("x", 5, 2), layer("Bidirectional", "rnn", layer=held, merge_mode=merge)])
    assert [row.name for row in convcalc.plan(convcalc.loads(written(net))).rows] == names


@each(("kind", "fields", "reset", "biases"), [
    # What ran on GPUs alone always multiplied first, and had both biases.
    ("CuDNNGRU", {}, "after", 2), ("GRU", {"reset_after": True}, "after", 2),
    ("GRU", {"reset_after": False}, "before", 1), ("GRU", {}, "before", 1),
])  # fmt: skip
def test_gates_of_keras_2_reset_the_state_before_they_multiply_or_after(
    kind: str, fields: dict[str, Any], reset: str, biases: int
) -> None:
    """Three gates of 2 units, which read 3 numbers. Source: `keras.layers.GRU` of Keras 2.15."""
    first = two(kind, "gru", units=2, batch_input_shape=[None, 5, 3], **fields)
    net = {"class_name": "Sequential", "config": {"name": "net", "layers": [first]},
           "keras_version": "2.15.0"}  # fmt: skip
    plan = convcalc.plan(convcalc.loads(written(net)))
    (row,) = plan.rows
    assert row.fields["reset"] == reset
    assert plan.totals.params == 3 * 2 * (3 + 2 + biases)


@each(("fields", "kind"), [
    ({}, "relu"), ({"max_value": 6}, "relu6"), ({"max_value": 6.0}, "relu6"),
    ({"max_value": 5}, "hardtanh"), ({"max_value": 7}, "hardtanh"),
    ({"negative_slope": 0.25}, "leaky_relu"), ({"threshold": 0.5}, "threshold"),
    ({"max_value": 6, "threshold": 0.5}, "opaque"),
])  # fmt: skip
def test_a_rectifier_is_the_plainest_layer_of_its_bounds(fields: dict[str, Any], kind: str) -> None:
    (row,) = convcalc.plan(convcalc.loads(written(of_one((4,), "ReLU", **fields)))).rows
    assert row.kind == kind
