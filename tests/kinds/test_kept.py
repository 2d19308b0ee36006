"""What layers keep for training and work in: figures of memory, not of arrays.

Kept is what PyTorch's operators save; every figure is worked by hand at sizes that all differ.
"""
# ruff: noqa: E501 - a case is a line

from __future__ import annotations

from typing import Any

import pytest

from tests.each import each
from tests.kinds.making import made

Shape = tuple[int, ...]
QKV = [(8, 5), (8, 7), (8, 7)]


@each(
    ("kind", "fields", "inputs", "tensors", "numbers"),
    [
        ("conv", {"out_channels": 6, "kernel_size": (3, 5), "padding": (1, 2)}, [(4, 7, 9)], "input", (0, 0, 0)),
        # Unequal sides are padded before: the map of 8x13 is kept in place of the input.
        ("conv", {"out_channels": 6, "kernel_size": 3, "padding": ((0, 1), (2, 2))}, [(4, 7, 9)], "", (4 * 8 * 13, 0, 0)),
        # So it is in any other mode; what wraps around needs no input to do so backwards.
        ("conv", {"out_channels": 6, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"}, [(4, 7, 9)], "input", (4 * 9 * 11, 0, 0)),
        ("conv", {"out_channels": 6, "kernel_size": 3, "padding": 1, "padding_mode": "replicate"}, [(4, 7, 9)], "input", (4 * 9 * 11, 0, 0)),
        ("conv", {"out_channels": 6, "kernel_size": 3, "padding": 1, "padding_mode": "circular"}, [(4, 7, 9)], "", (4 * 9 * 11, 0, 0)),
        ("conv_transpose", {"out_channels": 6, "kernel_size": 3, "stride": 2}, [(4, 5, 7)], "input", (0, 0, 0)),
        # An index of 8 bytes for each output.
        ("max_pool", {"kernel_size": 2}, [(3, 8, 6)], "input", (0, 0, 8 * 36)),
        ("max_pool", {"kernel_size": 3, "stride": 1, "padding": 1}, [(3, 8, 6)], "input", (0, 0, 8 * 144)),
        ("adaptive_max_pool", {"output_size": (2, 3)}, [(3, 8, 6)], "input", (0, 0, 8 * 18)),
        ("global_max_pool", {}, [(3, 8, 6)], "input", (0, 0, 8 * 3)),
        ("max_unpool", {"inputs": ("a", "b"), "kernel_size": 2}, [(3, 4, 3), (3, 8, 6)], "", (0, 0, 8 * 36)),
        ("embedding", {"num_embeddings": 9, "embedding_dim": 4}, [(5,)], "", (0, 0, 8 * 5)),
        # A byte for each number.
        ("dropout", {}, [(3, 8)], "", (0, 0, 24)),
        ("avg_pool", {"kernel_size": 2}, [(3, 8, 6)], "input", (0, 0, 0)),
        ("adaptive_avg_pool", {"output_size": 2}, [(3, 8, 6)], "input", (0, 0, 0)),
        ("adaptive_avg_pool", {"output_size": 1}, [(3, 8, 6)], "", (0, 0, 0)),
        # The powers, and four arrays of the output's size on the way to the root.
        ("lp_pool", {"kernel_size": 2}, [(3, 8, 6)], "input", (144 + 4 * 36, 0, 0)),
        ("global_mean_std_pool", {}, [(3, 8, 6)], "input", (3, 0, 0)),
        # A mean and a scale for each group of numbers that is normalized together.
        ("layer_norm", {}, [(3, 8, 6)], "input", (2, 0, 0)),
        ("layer_norm", {"over": "channels"}, [(3, 8, 6)], "input", (2 * 48, 0, 0)),
        ("rms_norm", {"over": "channels"}, [(3, 8, 6)], "input", (48 + 144, 0, 0)),
        ("l2_normalize", {}, [(3, 8, 6)], "input", (2 * 48, 0, 0)),
        ("instance_norm", {}, [(3, 8, 6)], "input", (2 * 3, 0, 0)),
        ("instance_norm", {"affine": True}, [(3, 8, 6)], "input", (3 * 3, 0, 0)),
        ("group_norm", {"groups": 2}, [(4, 8, 6)], "input", (2 * 2, 0, 0)),
        ("batch_norm", {}, [(3, 8, 6)], "input", (0, 2 * 3, 0)),
        ("global_response_norm", {}, [(3, 8, 6)], "input", (144 + 2 * 3 + 1, 0, 0)),
        # Queries, keys, values and what was gathered, 8 numbers each at 5 positions; the shares.
        ("attention", {"heads": 2}, [(8, 5)], "input", (4 * 8 * 5 + 2 * 5 * 5, 0, 0)),
        ("attention", {"heads": 2, "materialize": False}, [(8, 5)], "input", (4 * 8 * 5 + 2 * 5, 0, 0)),
        ("attention", {"heads": 4, "kv_heads": 2, "head_size": 3}, [(8, 5)], "input", (5 * (2 * 12 + 2 * 6) + 4 * 5 * 5, 0, 0)),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 4, "kv_heads": 2, "head_size": 3}, [(8, 5), (6, 7)], "input", (2 * 5 * 12 + 2 * 7 * 6 + 4 * 5 * 7, 0, 0)),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2}, QKV, "input", (2 * 5 * 7, 0, 0)),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2, "materialize": False}, QKV, "input output", (2 * 5, 0, 0)),
        # 4 gates and a cell; 3 gates; a layer's 3 numbers, and those that go on to the second.
        ("lstm", {"hidden_size": 3}, [(4, 5)], "input output", (5 * 5 * 3, 0, 0)),
        # Of two cells that of the second layer comes out.
        ("lstm", {"hidden_size": 3, "num_layers": 2, "returns": "cells"}, [(4, 5)], "input output", (5 * (2 * 4 * 3 + 3 + 3), 0, 0)),
        ("lstm_with_state", {"inputs": ("x", "h"), "hidden_size": 3}, [(4, 5), (3,)], "input output", (5 * 5 * 3, 0, 0)),
        ("rnn", {"hidden_size": 3, "num_layers": 2}, [(4, 5)], "input output", (5 * (2 * 3 + 3), 0, 0)),
        ("swiglu", {}, [(4, 8)], "input", (2 * 8, 0, 0)),
        ("glu", {}, [(4, 8)], "input", (0, 0, 0)),
        # The product of the first two.
        ("mul", {"inputs": ("a", "b", "c")}, [(4, 8)] * 3, "input", (32, 0, 0)),
        ("mul", {"inputs": ("a", "b", "c", "d")}, [(4, 8)] * 4, "input", (2 * 32, 0, 0)),
        ("max", {"inputs": ("a", "b", "c")}, [(4, 8)] * 3, "input", (32, 0, 0)),
        ("add", {"inputs": ("a", "b", "c")}, [(4, 8)] * 3, "", (0, 0, 0)),
        # The condition, a byte each, where there is something to hand back to.
        ("where", {"inputs": ("a", "b", "c")}, [(4, 8)] * 3, "", (0, 0, 32)),
        ("where", {"inputs": ("a", "b"), "other": 2}, [(4, 8)] * 2, "", (0, 0, 32)),
        ("where", {"inputs": ("a",), "value": 1, "other": 2}, [(4, 8)], "", (0, 0, 0)),
        ("relu", {}, [(4, 8)], "output", (0, 0, 0)),
        ("reduce", {"pattern": "c h w -> c", "op": "max"}, [(3, 4, 5)], "input output", (0, 0, 0)),
        ("reduce", {"pattern": "c h w -> c", "op": "mean"}, [(3, 4, 5)], "", (0, 0, 0)),
    ],
)  # fmt: skip
def test_what_is_kept(
    kind: str, fields: dict[str, Any], inputs: list[Shape], tensors: str, numbers: tuple[int, ...]
) -> None:
    kept = made(kind, fields).facts(tuple(inputs)).kept
    assert [kept.inputs, kept.output] == ["input" in tensors, "output" in tensors]
    assert (kept.values, kept.values_once, kept.bytes) == numbers


@each(
    ("kind", "fields", "inputs", "values"),
    [
        # Terms before they fall where they belong, the uncut output of 11x15; twice for groups.
        ("conv_transpose", {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1}, [(4, 5, 7)], 6 * 9 * 13 + 6 * 11 * 15),
        ("conv_transpose", {"out_channels": 6, "kernel_size": 3, "stride": 2, "groups": 2}, [(4, 5, 7)], (2 + 1) * 6 * 11 * 15),
        # The products of each number of the first with the second, twice; three arrays.
        ("bilinear", {"inputs": ("a", "b"), "out_features": 5}, [(3, 4), (6, 4)], 2 * 3 * 6 * 4 + 3 * 6 * 4),
        # What a tap reads at each output, eight times; three arrays of the output and of the offsets.
        ("deform_conv", {"inputs": ("x", "o"), "out_channels": 5, "kernel_size": 3}, [(4, 7, 9), (18, 5, 7)], 8 * 4 * 5 * 7 + 3 * 5 * 5 * 7 + 3 * 18 * 5 * 7),
        # Three arrays of a map, and the padded map.
        ("max_pool", {"kernel_size": (3, 5), "stride": 1, "padding": (1, 2)}, [(3, 8, 6)], 3 * 3 * 8 * 6 + 3 * 10 * 10),
        ("max_pool", {"kernel_size": 2, "stride": 1, "padding": ((0, 1), (0, 0))}, [(3, 8, 6)], 3 * 3 * 8 * 6 + 3 * 9 * 6),
        ("max_pool", {"kernel_size": 2}, [(3, 8, 6)], 3 * 3 * 8 * 6),
        # Of an image the rows that one row of the output reads, tap by tap, where they move by 1.
        ("conv", {"out_channels": 6, "kernel_size": (3, 5), "padding": (1, 2)}, [(4, 7, 9)], 4 * 9 * 13 + 4 * 3 * 5 * 9),
        ("conv", {"out_channels": 6, "kernel_size": (3, 5), "dilation": (2, 1)}, [(4, 7, 9)], 4 * 5 * 5 * 5),
        ("conv", {"out_channels": 6, "kernel_size": (1, 5)}, [(4, 7, 9)], 0),
        ("conv", {"out_channels": 6, "kernel_size": 3, "stride": (2, 1)}, [(4, 7, 9)], 0),
        ("conv", {"out_channels": 6, "kernel_size": 3, "padding": 1}, [(4, 7)], 4 * 9),
        # Groups one after the other: the input's or the output's, whichever are more.
        ("conv", {"out_channels": 6, "kernel_size": 3, "padding": 1, "groups": 2}, [(4, 7, 9)], 4 * 9 * 11 + 6 * 7 * 9),
        ("conv", {"out_channels": 2, "kernel_size": 3, "groups": 2}, [(4, 7, 9)], 4 * 7 * 9),
    ],
)  # fmt: skip
def test_what_a_run_takes_beside(
    kind: str, fields: dict[str, Any], inputs: list[Shape], values: int
) -> None:
    layer = made(kind, fields)
    assert layer.values_beside(tuple(inputs), layer.facts(tuple(inputs)).output) == values


@each(
    ("kind", "fields", "inputs", "numbers"),
    [
        # The sums of 4 gates of 4 units at 5 steps, and twice what is handed on, 4 numbers.
        ("lstm", {"hidden_size": 4}, [(3, 5)], 5 * 16),
        ("lstm", {"hidden_size": 4, "num_layers": 2}, [(3, 5)], 5 * (16 + 2 * 4)),
        ("lstm", {"hidden_size": 4, "returns": "last"}, [(3, 5)], 5 * (16 + 2 * 4)),
        ("lstm", {"hidden_size": 4, "num_layers": 3, "bidirectional": True}, [(3, 5)], 5 * (16 + 2 * 8)),
        # Queries, keys and values; 4 heads of queries of 3, two of keys; the scores, if written.
        ("attention", {"heads": 4, "kv_heads": 2, "head_size": 3}, [(8, 5)], 5 * (12 + 2 * 6) + 4 * 5 * 5),
        ("attention", {"heads": 4, "kv_heads": 2, "head_size": 3, "materialize": False}, [(8, 5)], 5 * (12 + 2 * 6)),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 4, "kv_heads": 2, "head_size": 3}, [(8, 5), (6, 7)], 5 * 12 + 2 * 7 * 6 + 4 * 5 * 7),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 4, "materialize": False}, [(8, 5), (6, 7)], 5 * 8 + 2 * 7 * 8),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2}, QKV, 2 * 5 * 7),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2, "materialize": False}, QKV, 0),
    ],
)  # fmt: skip
def test_what_a_layer_works_in(
    kind: str, fields: dict[str, Any], inputs: list[Shape], numbers: int
) -> None:
    assert made(kind, fields).facts(tuple(inputs)).workspace == numbers


CASES = [
    # 4 gates and a cell of 3 numbers, both ways, at 5 steps of 2 layers; 6 numbers a step go from
    # the first layer to the second: 5 * 2 * (2 * 15 + 3).
    pytest.param(
        "lstm",
        {"hidden_size": 3, "num_layers": 2, "bidirectional": True},
        [(4, 5)],
        330,
        id="lstm",
    ),
    # Its last step alone: what the second layer hands on is nobody's input either.
    pytest.param(
        "lstm",
        {"hidden_size": 3, "num_layers": 2, "bidirectional": True, "returns": "last"},
        [(4, 5)],
        360,
        id="lstm, the last step",
    ),
    # Three layers: the first two hand on 6 numbers a step, 5 * 2 * (3 * 15 + 2 * 3).
    pytest.param(
        "lstm",
        {"hidden_size": 3, "num_layers": 3, "bidirectional": True},
        [(4, 5)],
        510,
        id="lstm of three layers",
    ),
    # Queries and what was gathered, 2 * 5 * 8; keys and values, 2 * 7 * 8; a logarithm for each
    # of 2 heads and 5 rows.
    pytest.param(
        "cross_attention",
        {"inputs": ("q", "m"), "heads": 2, "materialize": False},
        [(8, 5), (8, 7)],
        80 + 112 + 10,
        id="cross attention",
    ),
    # With the shares written down, 2 * 5 * 7.
    pytest.param(
        "cross_attention",
        {"inputs": ("q", "m"), "heads": 2},
        [(8, 5), (8, 7)],
        80 + 112 + 70,
        id="cross attention with its shares",
    ),
    # The squares with 2 channels of padding before and 3 behind, the energy and its power.
    pytest.param("local_response_norm", {"size": 6}, [(5, 8, 6)], (10 + 2 * 5) * 48, id="lrn"),
]


@each(("kind", "fields", "inputs", "values"), CASES)
def test_numbers_that_are_kept(
    kind: str, fields: dict[str, object], inputs: list[Shape], values: int
) -> None:
    layer = made(kind, fields)
    facts = layer.facts(tuple(inputs))
    assert facts.kept.values == values
