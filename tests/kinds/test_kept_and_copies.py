"""What layers keep for training and work in, and how few channels stand for all of them.

Kept is what PyTorch's operators save; every figure is worked by hand at sizes that all differ.
"""
# ruff: noqa: E501 - a case is a line

from __future__ import annotations

from typing import Any

import pytest

from convcalc.arrays.ops import Ops
from convcalc.core.errors import LayerError
from convcalc.core.links import MAX_PATTERN, POINTWISE, TOO_LONG
from convcalc.core.shapes import elements
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind, LayerKind
from convcalc.kinds.base.attending import grid_of, relative_index
from convcalc.kinds.base.copies import Turn
from convcalc.kinds.base.moving import rolled_axis, turned_axis
from tests.each import each

Shape = tuple[int, ...]
QKV = [(8, 5), (8, 7), (8, 7)]


def made(kind: str, fields: dict[str, Any]) -> Kind:
    found = find_kind(kind)
    assert found is not None
    return found.model_validate(fields)


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
    ("kind", "fields", "inputs", "few", "changed"),
    [
        ("relu", {}, [(64, 9)], [(3, 9)], {}),
        ("relu", {}, [(2, 9)], [(2, 9)], {}),
        ("add", {"inputs": ("a", "b")}, [(64, 9)] * 2, [(3, 9)] * 2, {}),
        ("conv", {"out_channels": 64, "kernel_size": 3}, [(48, 9, 7)], [(2, 9, 7)], {"out_channels": 2, "groups": 1}),
        ("conv", {"out_channels": 64, "kernel_size": 3, "groups": 16}, [(48, 9, 7)], [(6, 9, 7)], {"out_channels": 6, "groups": 3}),
        ("conv", {"out_channels": 16, "kernel_size": 3, "groups": 16}, [(16, 9, 7)], [(3, 9, 7)], {"out_channels": 3, "groups": 3}),
        ("conv", {"out_channels": 96, "kernel_size": 3, "groups": "depthwise"}, [(48, 9, 7)], [(3, 9, 7)], {"out_channels": 6, "groups": "depthwise"}),
        ("conv_transpose", {"out_channels": 64, "kernel_size": 3, "groups": 2}, [(48, 9, 7)], [(4, 9, 7)], {"out_channels": 4, "groups": 2}),
        ("linear", {"out_features": 64}, [(48,)], [(12,)], {"out_features": 5}),
        ("linear", {"out_features": 4}, [(8,)], [(8,)], {"out_features": 4}),
        ("bilinear", {"inputs": ("a", "b"), "out_features": 64}, [(48, 9), (32, 9)], [(3, 9), (3, 9)], {"out_features": 3}),
        # Unequal numbers, so that their order shows.
        ("concat", {"inputs": ("a", "b", "c")}, [(48, 9), (32, 9), (1, 9)], [(2, 9), (3, 9), (1, 9)], {}),
        ("concat", {"inputs": ("a", "b"), "axis": "height"}, [(48, 9, 7), (48, 5, 7)], [(48, 9, 7), (48, 5, 7)], {}),
        # Whole blocks of 2x2 and of 2x2x2 channels, two of them where there are as many.
        ("pixel_shuffle", {"factor": 2}, [(48, 9, 7)], [(8, 9, 7)], {}),
        ("pixel_shuffle", {"factor": 2}, [(4, 9, 7)], [(4, 9, 7)], {}),
        ("pixel_shuffle", {"factor": 3}, [(54, 4)], [(6, 4)], {}),
        ("pixel_unshuffle", {"factor": 2}, [(48, 8, 6)], [(3, 8, 6)], {}),
        ("fold", {"output_size": (6, 4), "kernel_size": (2, 1), "stride": (2, 1)}, [(48, 12)], [(6, 12)], {}),
        ("fold", {"output_size": (6, 4), "kernel_size": (2, 1), "stride": (2, 1)}, [(4, 12)], [(4, 12)], {}),
        ("channel_shuffle", {"groups": 8}, [(48, 9)], [(9, 9)], {"groups": 3}),
        ("channel_shuffle", {"groups": 2}, [(4, 9)], [(4, 9)], {"groups": 2}),
        ("channel_shuffle", {"groups": 8}, [(16, 9)], [(6, 9)], {"groups": 3}),
        ("group_norm", {"groups": 8}, [(16, 9)], [(6, 9)], {"groups": 3}),
        ("local_response_norm", {"size": 5}, [(48, 9, 7)], [(7, 9, 7)], {}),
        ("glu", {}, [(48, 9)], [(4, 9)], {}),
        ("attention", {"heads": 8}, [(64, 9)], [(4, 9)], {"heads": 2, "head_size": 2, "kv_heads": None, "out_features": None}),
        ("attention", {"heads": 8, "kv_heads": 4, "out_features": 16}, [(64, 9)], [(4, 9)], {"heads": 2, "head_size": 2, "kv_heads": 1, "out_features": 3}),
        ("attention", {"heads": 8, "kv_heads": 8}, [(64, 9)], [(4, 9)], {"heads": 2, "kv_heads": 2}),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 8}, [(64, 9), (48, 7)], [(4, 9), (3, 7)], {"heads": 2, "head_size": 2}),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 8}, [(64, 9), (64, 7)], [(4, 9), (4, 7)], {"heads": 2}),
        # Queries and keys of two features a head, values of one; of shared keys one head is left.
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 8}, [(64, 9), (64, 7), (32, 7)], [(4, 9), (4, 7), (2, 7)], {"heads": 2, "kv_heads": None}),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 8, "kv_heads": 4}, [(64, 9), (32, 7), (32, 7)], [(4, 9), (2, 7), (1, 7)], {"heads": 2, "kv_heads": 1}),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 8, "kv_heads": 8}, [(64, 9), (64, 7), (32, 7)], [(4, 9), (4, 7), (2, 7)], {"heads": 2, "kv_heads": 2}),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 1}, [(8, 9), (8, 7), (4, 7)], [(2, 9), (2, 7), (1, 7)], {"heads": 1}),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 8}, [(64, 2), (48, 1)], [(4, 2), (3, 1)], {"heads": 2}),
        ("attention", {"heads": 1}, [(3, 9)], [(3, 9)], {"heads": 1, "head_size": 2}),
        # Of 3 channels and 5 no fewer would be told apart.
        ("cross_attention", {"inputs": ("q", "m"), "heads": 1}, [(3, 9), (5, 7)], [(3, 9), (5, 7)], {"heads": 1, "head_size": 2}),
    ],
)  # fmt: skip
def test_few_channels_stand_for_all(
    kind: str,
    fields: dict[str, Any],
    inputs: list[Shape],
    few: list[Shape],
    changed: dict[str, Any],
) -> None:
    copy = made(kind, fields).thinned(tuple(inputs))
    assert copy.inputs == tuple(few)
    assert {name: getattr(copy.layer, name) for name in changed} == changed
    # It is a layer as its kind has it, with the map of the whole one.
    assert copy.layer.facts(copy.inputs).output[1:] == made(kind, fields).facts(tuple(inputs)).output[1:]  # fmt: skip


@each(
    ("kind", "fields", "x", "lines"),
    [
        ("adaptive_avg_pool", {"output_size": (2, 3)}, (3, 8, 6), ["8 → 2: bins of 4 pixels", "6 → 3: bins of 2 pixels"]),
        ("adaptive_avg_pool", {"output_size": 2}, (3, 8, 8), ["8 → 2: bins of 4 pixels"]),
        # Bins of 7 / 3: from 0, 2 and 4 to 3, 5 and 7; of 8 / 5 they are 2 or 3 wide.
        ("adaptive_avg_pool", {"output_size": 3}, (3, 7), ["7 → 3: bins of 3 pixels that overlap (3 does not divide 7)"]),
        ("adaptive_max_pool", {"output_size": 5}, (3, 8), ["8 → 5: bins of 2 to 3 pixels that overlap (5 does not divide 8)"]),
        ("linear", {"out_features": 4}, (60,), ["4 sums over all 60 inputs"]),
        ("upsample", {"output_size": (6, 9)}, (3, 4, 5), ["4x5 → 6x9, as asked"]),
        ("fold", {"output_size": (7, 6), "kernel_size": (2, 3), "padding": (1, 0), "stride": (1, 3)}, (12, 16), ["2·2·3 = 12 values of each of 16 windows"]),
        ("unfold", {"kernel_size": (2, 3)}, (3, 8, 7), ["3·2·3 = 18 values in each of 35 columns"]),
        ("global_mean_std_pool", {}, (3, 8, 7), ["2·3 = 6: a mean and a deviation a channel"]),
        ("global_max_pool", {}, (3, 8, 7), ["one number a channel, over all 8x7 pixels"]),
        ("pixel_shuffle", {"factor": 2}, (12, 4, 5), ["channels 12/2^2 = 3; 4·2 = 8; 5·2 = 10"]),
        ("pixel_unshuffle", {"factor": 2}, (3, 4, 6), ["channels 3·2^2 = 12; 4/2 = 2; 6/2 = 3"]),
        ("flatten", {}, (3, 4, 6), ["3·4·6 = 72"]),
        ("flatten", {"axis": "positions"}, (3, 4, 6), ["4·6 = 24"]),
        ("pad", {"padding": ((1, 2), (3, 3))}, (3, 8, 7), ["8 + 1 + 2 = 11", "7 + 3 + 3 = 13"]),
        ("crop", {"padding": ((1, 2), (3, 3))}, (3, 8, 7), ["8 − 1 − 2 = 5", "7 − 3 − 3 = 1"]),
        ("glu", {"axis": "width"}, (3, 8, 6), ["6/2 = 3"]),
        # What is left of a pixel is dropped.
        ("upsample", {"scale_factor": (1.5, 2)}, (3, 5, 4), ["⌊5·1.5⌋ = 7", "4·2 = 8"]),
        ("upsample", {"scale_factor": (1.5, 2)}, (3, 6, 4), ["6·1.5 = 9", "4·2 = 8"]),
    ],
)  # fmt: skip
def test_what_a_layer_says_of_its_sum(
    kind: str, fields: dict[str, Any], x: Shape, lines: list[str]
) -> None:
    layer = made(kind, fields)
    assert layer.sums(x, layer.facts((x,)).output) == lines


@each(
    ("fields", "x", "may"),
    [
        # A dilated window can lie in the padding of one side alone.
        ({"kernel_size": 3, "padding": 1, "dilation": 2}, (1, 9), True),
        ({"kernel_size": 3, "padding": ((1, 0),), "dilation": 2}, (1, 9), True),
        ({"kernel_size": 3, "padding": ((0, 1),), "dilation": 2}, (1, 9), True),
        ({"kernel_size": 3, "padding": 1}, (1, 9), False),
        ({"kernel_size": 3, "dilation": 2}, (1, 9), False),
    ],
)
def test_which_windows_of_a_pool_may_have_no_pixel(
    fields: dict[str, Any], x: Shape, may: bool
) -> None:
    assert made("max_pool", fields).may_be_infinite(x) is may


@each(
    ("kind", "fields", "inputs", "turns"),
    [
        # A window and its wider border, in its steps: (size, least, step, period).
        ("conv", {"out_channels": 6, "kernel_size": (3, 5), "stride": (2, 3), "padding": ((3, 1), (0, 6))}, [(4, 30, 40)], [(30, 4, 2, 2), (40, 7, 3, 3)]),
        ("conv", {"out_channels": 6, "kernel_size": (3, 2), "dilation": (2, 3)}, [(4, 30, 40)], [(30, 5, 1, 1), (40, 4, 1, 1)]),
        ("max_pool", {"kernel_size": (2, 3)}, [(3, 8, 6)], [(8, 2, 2, 2), (6, 3, 3, 3)]),
        # A pixel, as many as write one of the output, 3 / 2, and what the padding cuts: 5 - 3.
        ("conv_transpose", {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1}, [(4, 5, 7)], [(5, 3, 1, 1), (7, 3, 1, 1)]),
        ("conv_transpose", {"out_channels": 6, "kernel_size": 3, "padding": ((3, 2),)}, [(4, 9)], [(9, 1 + 3 + 2, 1, 1)]),
        # Bins of 12 / 4 = 3 pixels; of 12 / 8 = 3 / 2; a single one takes any number.
        ("adaptive_avg_pool", {"output_size": (4, 1)}, [(3, 12, 6)], [(12, 1, 3, 3), (6, 2, 1, 1)]),
        ("adaptive_avg_pool", {"output_size": 8}, [(3, 12, 6)], [(12, 1, 3, 3), (6, 1, 3, 3)]),
        # 1.5 = 3 / 2 and 0.4 = 2 / 5: units lie as before after 2 and 5 pixels.
        ("upsample", {"scale_factor": 2}, [(3, 4, 5)], [(4, 4, 1, 1), (5, 4, 1, 1)]),
        ("upsample", {"scale_factor": 1.5, "mode": "bilinear"}, [(3, 8, 12)], [(8, 4, 1, 2), (12, 4, 1, 2)]),
        ("upsample", {"scale_factor": 0.4, "mode": "bicubic"}, [(3, 10, 20)], [(10, 6, 1, 5), (20, 6, 1, 5)]),
        # 4 to 6 and 6 to 9: after 2 pixels; with aligned corners 4 gaps to 9, and 4 to 6.
        ("upsample", {"output_size": (6, 9)}, [(3, 4, 6)], [(4, 3, 2, 2), (6, 3, 2, 2)]),
        ("upsample", {"scale_factor": 2, "mode": "bilinear", "align_corners": True}, [(3, 5, 1)], [(5, 4, 4, 4), (1, 2, 1, 0)]),
        ("upsample", {"output_size": (7, 1), "mode": "bilinear", "align_corners": True}, [(3, 5, 9)], [(5, 3, 2, 2), (9, 2, 1, 1)]),
        ("upsample", {"output_size": (4, 1), "mode": "area"}, [(3, 12, 6)], [(12, 1, 3, 3), (6, 2, 1, 1)]),
        ("attention", {"heads": 2, "window": (3, 2)}, [(8, 6, 8)], [(6, 3, 3, 3), (8, 2, 2, 2)]),
        ("attention", {"heads": 2}, [(8, 6, 5)], [(6, 2, 1, 1), (5, 2, 1, 1)]),
        ("pad", {"padding": ((2, 1), (0, 3)), "mode": "reflect"}, [(4, 8, 9)], [(8, 3, 1, 1), (9, 4, 1, 1)]),
        # What is cut, and a pixel.
        ("crop", {"padding": ((2, 1), (0, 3))}, [(4, 8, 9)], [(8, 4, 1, 1), (9, 4, 1, 1)]),
        ("pixel_unshuffle", {"factor": 2}, [(4, 8, 6)], [(8, 2, 2, 2), (6, 2, 2, 2)]),
        ("add", {"inputs": ("a", "b")}, [(3, 1, 1), (3, 4, 6)], [(4, 2, 1, 1), (6, 2, 1, 1)]),
        # What sums along an axis or joins maps there stands for itself.
        ("concat", {"inputs": ("a", "b"), "axis": "height"}, [(3, 4, 6), (3, 5, 6)], [(9, 2, 1, 0), (6, 2, 1, 0)]),
        ("concat", {"inputs": ("a", "b")}, [(3, 4, 6), (2, 4, 6)], [(4, 2, 1, 1), (6, 2, 1, 1)]),
        ("softmax", {"axis": "width"}, [(4, 8, 9)], [(8, 2, 1, 0), (9, 2, 1, 0)]),
        ("lstm", {"hidden_size": 3}, [(4, 9)], [(9, 2, 1, 0)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2}, QKV, [(5, 2, 1, 1)]),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 2}, [(8, 6), (8, 3, 5)], [(6, 2, 1, 1)]),
        # The axes of the map that was pooled; by a word its size says where windows stand.
        ("max_unpool", {"inputs": ("a", "b"), "kernel_size": (2, 3)}, [(3, 4, 2), (3, 8, 6)], [(8, 2, 2, 2), (6, 3, 3, 3)]),
        ("max_unpool", {"inputs": ("a", "b"), "kernel_size": 2, "padding": "same_upper"}, [(3, 4, 3), (3, 7, 6)], [(7, 2, 1, 0), (6, 2, 1, 0)]),
    ],
)  # fmt: skip
def test_how_short_a_map_may_be_cut(
    kind: str, fields: dict[str, Any], inputs: list[Shape], turns: list[tuple[int, ...]]
) -> None:
    assert list(made(kind, fields).turns(tuple(inputs))) == turns


def test_joined_maps_are_followed_in_tables_of_so_many_units_in_all() -> None:
    """2**18: 64 inputs may have tables of 4096 units, 65 may not."""
    for sizes, is_told in (([64] * 64, True), ([63] * 64 + [64], False)):
        names = tuple(f"x{at}" for at in range(len(sizes)))
        layer = made("concat", {"inputs": names, "axis": "width"})
        links = layer.facts(tuple((1, 2, size) for size in sizes)).links
        assert len(links) == len(sizes)
        assert [one is not None and one[1] != TOO_LONG for one in links] == [is_told] * len(sizes)


@each(
    ("kind", "fields", "inputs", "sizes", "cut"),
    [
        ("relu", {}, [(3, 8, 6)], (4, 2), [(3, 4, 2)]),
        # A gate stays one number for the whole map, whichever comes first.
        ("mul", {"inputs": ("a", "b")}, [(3, 1, 1), (3, 8, 6)], (4, 2), [(3, 1, 1), (3, 4, 2)]),
        ("mul", {"inputs": ("a", "b")}, [(3, 8, 6), (3, 8, 6)], (4, 2), [(3, 4, 2), (3, 4, 2)]),
        ("mul", {"inputs": ("a", "b")}, [(3, 8, 6), (3, 8, 1)], (4, 2), [(3, 4, 2), (3, 8, 1)]),
        # Three positions of those that are asked are enough; a mask follows both.
        ("cross_attention", {"inputs": ("q", "m"), "heads": 2}, [(8, 6), (8, 2, 5)], (4,), [(8, 4), (8, 2, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v", "m"), "heads": 2}, [(8, 6), (8, 7), (4, 7), (2, 6, 7)], (5,), [(8, 5), (8, 3), (4, 3), (2, 5, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v", "m"), "heads": 2}, [(8, 6), (8, 7), (4, 7), (6, 7)], (5,), [(8, 5), (8, 3), (4, 3), (5, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v", "m"), "heads": 2}, [(8, 6), (8, 7), (4, 7), (1, 7)], (5,), [(8, 5), (8, 3), (4, 3), (1, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2, "causal": True}, [(8, 6), (8, 6), (4, 6)], (5,), [(8, 5), (8, 5), (4, 5)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2, "batch_axes": 1}, [(8, 5, 6), (8, 5, 7), (4, 5, 7)], (4, 2), [(8, 4, 2), (8, 4, 3), (4, 4, 3)]),
        # What the larger map loses by the crop it loses still: 2 rows and 1 column.
        (
            "concat",
            {"inputs": ("a", "b"), "align": "crop"},
            [(3, 8, 6), (2, 10, 7)],
            (4, 2),
            [(3, 4, 2), (2, 6, 3)],
        ),
    ],
)  # fmt: skip
def test_a_shorter_map(
    kind: str, fields: dict[str, Any], inputs: list[Shape], sizes: Shape, cut: list[Shape]
) -> None:
    assert list(made(kind, fields).on_map(tuple(inputs), sizes).inputs) == cut


@each(
    ("kind", "fields", "x", "note", "help"),
    [
        ("conv", {"out_channels": 6, "kernel_size": 3, "groups": 4}, (8, 9, 7), "4 does not divide 6 output channels (remainder 2)", None),
        ("conv", {"out_channels": 8, "kernel_size": 3, "groups": 4}, (6, 9, 7), "4 does not divide 6 input channels (remainder 2)", None),
        ("conv", {"out_channels": 9, "kernel_size": 3, "groups": "depthwise"}, (4, 9, 7), "4 does not divide 9 output channels (remainder 1)", None),
        ("fold", {"output_size": (6, 4, 3, 2), "kernel_size": 2}, (12, 9), "output_size has 4 values, but maps have 3 axes", "leave out the channels"),
        ("fold", {"output_size": (6, 4), "kernel_size": (2, 1), "stride": (2, 1)}, (6, 11), "11 columns, but 3 x 4 = 12 windows stand over ", None),
        ("fold", {"output_size": (6, 4), "kernel_size": 2, "stride": 2}, (7, 6), "4 does not divide 7 channels, of which 4 are one window (remainder 3)", "give the layer before 4 channels"),
        ("fold", {"output_size": (6, 4), "kernel_size": 2, "stride": 2}, (8, 3, 2), "fold takes columns [C * prod(k), L], got 8x3x2", "put `flatten: positions` before it"),
        ("fold", {"output_size": (6, 4), "kernel_size": 2, "stride": 2}, (8,), "fold takes columns [C * prod(k), L], got 8", "give it a map of columns"),
        ("reshape", {"shape": (5, -1)}, (16,), "16 elements (16) do not divide by 5", "sizes that divide it"),
        ("opaque", {"output": (3, 4), "reads": "position"}, (3, 4, 5), "`reads` goes from position to position, but the input 3x4x5 has 2 axes of positions and the output 3x4 1", None),
        ("opaque", {"output": (3, 10, 7, 4), "reads": {"k": 3}}, (3, 12, 9, 7), "`reads` makes 10x7x5 of 12x9x7, but the output is declared as 10x7x4, on the width", None),
        ("pixel_unshuffle", {"factor": 2}, (3, 5, 4), "2 does not divide 5 (height)", "a `pad` to 6"),
        ("unflatten", {"shape": (3, 4)}, (3, 4), "unflatten wants a vector, but its input is 3x4", "use `reshape`, or put `flatten` before it"),
    ],
)  # fmt: skip
def test_what_is_refused_with_its_numbers(
    kind: str, fields: dict[str, Any], x: Shape, note: str, help: str | None
) -> None:
    with pytest.raises(LayerError) as caught:
        made(kind, fields).facts((x,))
    assert caught.value.note.startswith(note)
    assert help is None or caught.value.help == help


def test_a_wanted_size_of_a_smaller_map_is_as_many_strides_less() -> None:
    """(i - 1) s + k is least, and one more is wanted of the width: so it is of each size."""
    fields = {"out_channels": 1, "kernel_size": 3, "stride": 2, "output_size": (33, 66)}
    layer = made("conv_transpose", fields)
    assert layer.facts(((3, 16, 32),)).output == (1, 33, 66)
    other = layer.on_map(((3, 16, 32),), (4, 8))
    assert other.inputs == ((3, 4, 8),)
    assert other.layer.facts(other.inputs).output == (1, 9, 18)
    bare = made("conv_transpose", {"out_channels": 1, "kernel_size": 3})
    assert bare.on_map(((3, 16, 32),), (4, 8)).layer is bare


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


def test_sizes_that_stand_for_a_long_map() -> None:
    """So many pixels and as many steps as fit the period; of 58 and 3 the remainder by 2 is 1."""
    short = Turn(57, least=3, step=2, period=2)
    assert (short.short(), short.short(3), short.long) == (5, 9, 15)
    assert (Turn(9).short(), Turn(9).short(0), Turn(9, least=3).long) == (3, 2, 10)
    assert (Turn(9, period=0).short(), Turn(9, period=0).long) == (9, 9)


@each(
    ("kind", "fields", "x", "same"),
    [
        # Of one pixel the largest and the mean are the pixel itself, if none is left out.
        ("max_pool", {"kernel_size": 1}, (3, 4, 4), True),
        ("avg_pool", {"kernel_size": 1}, (3, 4, 4), True),
        ("max_pool", {"kernel_size": 1, "stride": 2}, (3, 4, 4), False),
        ("max_pool", {"kernel_size": 1, "stride": 2}, (3, 1, 1), False),
        ("max_pool", {"kernel_size": (1, 2), "stride": 1}, (3, 4, 4), False),
        ("max_pool", {"kernel_size": 3, "stride": 1, "padding": 1}, (3, 4, 4), False),
        # The root of an even power is never negative.
        ("lp_pool", {"kernel_size": 1, "norm_type": 1}, (3, 4, 4), True),
        ("lp_pool", {"kernel_size": 1, "norm_type": 2}, (3, 4, 4), False),
        ("lp_pool", {"kernel_size": 1, "norm_type": 3}, (3, 4, 4), True),
        ("lp_pool", {"kernel_size": 1, "norm_type": 4}, (3, 4, 4), False),
    ],
)  # fmt: skip
def test_which_pools_change_nothing(
    kind: str, fields: dict[str, Any], x: Shape, same: bool
) -> None:
    layer = made(kind, fields)
    assert isinstance(layer, LayerKind)
    assert layer.hands_on(x) is same


@each(
    ("kind", "fields", "x", "values"),
    [
        ("batch_norm", {}, (4, 8, 6), None),
        ("instance_norm", {}, (4, 8, 6), 48),
        ("instance_norm", {}, (3, 5), 5),
        ("group_norm", {"groups": 2}, (4, 8, 6), 2 * 48),
        ("layer_norm", {}, (4, 8, 6), 4 * 48),
        ("layer_norm", {"over": "channels"}, (4, 8, 6), 4),
    ],
)
def test_values_that_share_a_mean(
    kind: str, fields: dict[str, Any], x: Shape, values: int | None
) -> None:
    assert made(kind, fields).values_per_mean(x) == values  # type: ignore[attr-defined]


@each(
    ("kernel", "stride", "dilation", "padding", "height", "how"),
    [
        # The last window begins at 2 and reads rows 2, 3 and 4 of five; of six one is left over.
        (3, 1, 1, (0, 0), 5, "unfollowed"),
        (3, 2, 1, (0, 0), 5, "unfollowed"),
        (3, 2, 1, (0, 0), 6, "sampled"),
        (2, 3, 1, (0, 0), 5, "sampled"),
        (2, 1, 2, (0, 0), 5, "sampled"),
        (3, 1, 1, (1, 1), 5, "unfollowed"),
        # Windows in padding alone: before the map, behind it; then with one row each.
        (2, 1, 1, (2, 0), 5, "sampled"),
        (2, 1, 1, (0, 2), 5, "sampled"),
        (2, 1, 1, (1, 1), 5, "unfollowed"),
    ],
)
def test_what_columns_leave_out(
    kernel: int, stride: int, dilation: int, padding: tuple[int, int], height: int, how: str
) -> None:
    fields = {"kernel_size": (kernel, 1), "stride": (stride, 1), "dilation": (dilation, 1)}
    layer = made("unfold", {**fields, "padding": (padding, (0, 0))})
    assert layer.facts(((2, height, 3),)).flow.how == how


@each(
    ("kind", "fields", "x", "sizes", "changed"),
    [
        # As many bins in proportion; one stays one, but that of a single pixel.
        ("adaptive_avg_pool", {"output_size": (4, 1)}, (3, 12, 6), (6, 3), {"output_size": (2, 1)}),
        ("adaptive_avg_pool", {"output_size": (4, 1)}, (3, 12, 1), (6, 5), {"output_size": (2, 5)}),
        ("adaptive_avg_pool", {"output_size": 1}, (3, 12, 1), (6, 5), {"output_size": (1, 1)}),
        ("upsample", {"output_size": (6, 9)}, (3, 4, 6), (2, 4), {"output_size": (3, 6)}),
        # 8 gaps of 4 become 4 of 2.
        ("upsample", {"output_size": (9, 1), "mode": "bilinear", "align_corners": True}, (3, 5, 9), (3, 5), {"output_size": (5, 1)}),
        # The mode `area` has bins as that pool has.
        ("upsample", {"output_size": (4, 1), "mode": "area"}, (3, 12, 6), (6, 3), {"output_size": (2, 1)}),
        # A window that is the whole height is moved against no other.
        ("attention", {"heads": 2, "window": (4, 2), "shift": (2, 1)}, (8, 4, 6), (8, 4), {"shift": (0, 1)}),
    ],
)  # fmt: skip
def test_what_fits_a_shorter_map(
    kind: str, fields: dict[str, Any], x: Shape, sizes: Shape, changed: dict[str, Any]
) -> None:
    copy = made(kind, fields).on_map((x,), sizes)
    assert copy.inputs == ((x[0], *sizes),)
    assert {name: getattr(copy.layer, name) for name in changed} == changed


def test_the_products_that_a_causal_mask_hides_are_told() -> None:
    """Two heads of 4 features, 5 x 5 scores each, in the products of keys and of values."""
    facts = made("attention", {"heads": 2, "causal": True}).facts(((8, 5),))
    assert facts.notes == (
        f"of the {2 * 2 * 25 * 4} MACs of its products the causal mask hides about half; all are "
        "counted",
    )


def test_facts_without_what_has_to_be_followed() -> None:
    long = made("upsample", {"scale_factor": 1.5, "mode": "linear"}).facts(((3, 8),))
    assert long.entries == 3
    assert long.without_patterns().links == ((TOO_LONG,),)
    plain = made("conv", {"out_channels": 2, "kernel_size": 3}).facts(((3, 8),))
    assert plain.without_patterns().links == plain.links
    whole = made("global_avg_pool", {}).facts(((3, 8),))
    assert whole.without_patterns().links == (None,)


@each(
    ("kind", "fields", "asked", "says"),
    [
        ("bilinear", {"inputs": ("a", "b"), "out_features": 3}, "adds_bias", True),
        ("bilinear", {"inputs": ("a", "b"), "out_features": 3, "bias": False}, "adds_bias", False),
        ("deform_conv", {"inputs": ("a", "b"), "out_channels": 3, "kernel_size": 3}, "adds_bias", True),
        ("deform_conv", {"inputs": ("a", "b"), "out_channels": 3, "kernel_size": 3, "bias": False}, "adds_bias", False),
        ("linear", {"out_features": 3}, "works_per_position", False),
        ("linear", {"out_features": 3, "over": "channels"}, "works_per_position", True),
        ("linear", {"out_features": 3}, "reads_by_size", True),
        ("linear", {"out_features": 3, "over": "channels"}, "reads_by_size", False),
        ("not_equal", {"inputs": ("a", "b")}, "commutes", True),
        ("less", {"inputs": ("a", "b")}, "commutes", False),
        ("max_unpool", {"inputs": ("a", "b"), "kernel_size": 2}, "reads_by_size", True),
    ],
)  # fmt: skip
def test_what_a_layer_says_of_itself(
    kind: str, fields: dict[str, Any], asked: str, says: bool
) -> None:
    assert getattr(made(kind, fields), asked)() is says


@each(
    ("kind", "fields", "inputs", "resolved"),
    [
        (
            "fold", {"output_size": (7, 6), "kernel_size": (2, 3), "padding": (1, 0), "stride": (1, 3)}, [(12, 16)],
            {"output_size": [7, 6], "kernel_size": [2, 3], "stride": [1, 3], "padding": [[1, 1], [0, 0]], "dilation": [1, 1]},
        ),
        (
            "deform_conv", {"inputs": ("a", "b"), "out_channels": 2, "kernel_size": (1, 3), "padding": ((0, 0), (2, 1)), "dilation": (1, 2)}, [(4, 5, 9), (6, 5, 8)],
            {"kernel_size": [1, 3], "stride": [1, 1], "padding": [[0, 0], [2, 1]], "dilation": [1, 2]},
        ),
        (
            "max_unpool", {"inputs": ("a", "b"), "kernel_size": (2, 3)}, [(4, 2, 3), (4, 5, 9)],
            {"kernel_size": [2, 3], "stride": [2, 3], "padding": [[0, 0], [0, 0]]},
        ),
        (
            "opaque", {"inputs": ("a", "b"), "output": (2, None, 7), "reads": {"k": (1, 3), "p": ((0, 0), (1, 0))}}, [(4, 5, 8), (3, 5, 8)],
            {"output": [2, 5, 7], "reads": {"kernel_size": [1, 3], "stride": [1, 1], "padding": [[0, 0], [1, 0]], "dilation": [1, 1]}},
        ),
        ("reduce", {"pattern": "c (h p) w -> c h", "sizes": {"p": 2}}, [(3, 4, 5)], {"pattern": "c (h p) w -> c h", "op": "mean", "sizes": {"p": 2}}),
    ],
)  # fmt: skip
def test_fields_with_all_that_is_meant(
    kind: str, fields: dict[str, Any], inputs: list[Shape], resolved: dict[str, Any]
) -> None:
    found = made(kind, fields).resolved(tuple(inputs))
    assert {name: found[name] for name in resolved} == resolved


@each(
    ("least", "most", "same"),
    [(None, None, True), (0, None, False), (None, 6, False), (0, 6, False)],
)
def test_a_clamp_without_ends_changes_nothing(
    least: float | None, most: float | None, same: bool
) -> None:
    layer = made("hardtanh", {"min_val": least, "max_val": most})
    assert isinstance(layer, LayerKind)
    assert layer.hands_on((3, 8)) is same


def test_a_sampled_map_reads_a_map_and_one_or_two_beside_it() -> None:
    fields = {"out_channels": 2, "kernel_size": 1}
    x, offsets, mask = (4, 5, 7), (2, 5, 7), (1, 5, 7)
    for inputs in ((x, offsets), (x, offsets, mask)):
        layer = made("deform_conv", fields | {"inputs": "abcd"[: len(inputs)]})
        assert layer.facts(inputs).output == (2, 5, 7)
    with pytest.raises(LayerError, match="a map, offsets and perhaps a mask, got 4 inputs"):
        made("deform_conv", fields | {"inputs": ("a", "b", "c", "d")}).facts((x, offsets, mask, x))


def test_matrices_for_each_of_the_others_index_or_for_all() -> None:
    layer = made("matmul", {"inputs": ("a", "b")})
    assert layer.facts(((1, 3, 5), (4, 5, 2))).output == (4, 3, 2)
    assert layer.facts(((4, 3, 5), (1, 5, 2))).output == (4, 3, 2)
    for left, right in ((2, 4), (4, 2), (2, 3)):
        with pytest.raises(LayerError, match=f"got {left} and {right} on axis 0"):
            layer.facts(((left, 3, 5), (right, 5, 2)))


@each(
    ("size", "shift", "sources"),
    [
        (5, 1, (4, 0, 1, 2, 3)), (5, -2, (2, 3, 4, 0, 1)), (5, 0, None), (5, 5, None),
        (5, -10, None),
    ],
)  # fmt: skip
def test_where_rolled_positions_come_from(
    size: int, shift: int, sources: tuple[int, ...] | None
) -> None:
    link = rolled_axis(size, shift)
    if sources is None:
        assert link is POINTWISE
    else:
        assert link == (size, tuple(range(at, at + 1) for at in sources), size, True)


def test_patterns_of_whole_axes_have_a_length() -> None:
    for made_of in (lambda size: rolled_axis(size, 1), turned_axis):
        assert made_of(MAX_PATTERN + 1) is TOO_LONG
        assert len(made_of(MAX_PATTERN).taps) == MAX_PATTERN
    windows = made("attention", {"heads": 1, "window": 2 * MAX_PATTERN})
    assert windows.facts(((2, 4 * MAX_PATTERN),)).links == ((TOO_LONG,),)


@each(
    ("count", "size", "link"),
    [
        # Windows of 2 hold all of 8 pixels; of 9 the last is none's.
        (4, 8, (2, (range(2), range(2)), None, True)),
        (4, 9, (9, tuple(range(u // 2 * 2, u // 2 * 2 + 2) if u < 8 else range(0) for u in range(9)), 9, True)),
    ],
)  # fmt: skip
def test_what_unpooling_reads_of_the_map_before(count: int, size: int, link: Any) -> None:
    layer = made("max_unpool", {"inputs": ("a", "b"), "kernel_size": 2})
    assert layer.facts(((3, count), (3, size))).links[1] == (link,)


def test_a_past_along_the_last_of_three_axes() -> None:
    fields = {"inputs": ("q", "k", "v"), "batch_axes": 2, "causal": True}
    layer = made("scaled_dot_product_attention", fields)
    assert layer.facts(((4, 2, 3, 5),) * 3).output == (4, 2, 3, 5)
    said = "one axis of positions, but 4x3x5 has 2 spatial axes"
    with pytest.raises(LayerError, match=said) as caught:
        made("scaled_dot_product_attention", {**fields, "batch_axes": 1}).facts(((4, 2, 3, 5),) * 3)
    assert caught.value.help == "a `reshape: [4, 2, 15]` before it"


def test_positions_of_a_shifted_window_that_are_no_neighbours() -> None:
    """Of 4x6 in windows of 2x3, moved by 1 and 2: the last hold rows 3 and 0, columns 5, 0, 1."""
    rows, columns = (0, 0, 0, 1, 1, 1), (0, 1, 1, 0, 1, 1)
    hidden = grid_of((4, 6), (2, 3), (1, 2)).hidden(Ops())
    assert hidden.shape == (4, 1, 6, 6)
    for window, (by_row, by_column) in enumerate(((0, 0), (0, 1), (1, 0), (1, 1))):
        assert hidden[window, 0].tolist() == [
            [(by_row and rows[a] != rows[b]) or (by_column and columns[a] != columns[b])
             for b in range(6)]
            for a in range(6)
        ]  # fmt: skip


@each(
    ("sizes", "window", "shift"),
    [((6,), (3,), (2,)), ((4, 6), (2, 3), (1, 2)), ((2, 4, 6), (1, 2, 3), (0, 1, 2))],
)
def test_windows_are_put_together_as_they_were_split(
    sizes: Shape, window: Shape, shift: Shape
) -> None:
    ops, grid = Ops(), grid_of(sizes, window, shift)
    x = ops.np.arange(2 * elements(sizes) * 5).reshape(2, *sizes, 5)
    blocks = grid.split(ops, x)
    count = elements(window)
    assert blocks.shape == (2 * elements(sizes) // count, count, 5)
    assert (grid.joined(ops, blocks) == x).all()
    # The first block begins where the shift says.
    assert (blocks[0, 0] == x[(0, *shift)]).all()


def test_a_pair_of_positions_has_its_row_of_the_table() -> None:
    """Liu et al. 2021, as their code counts: (dh + h - 1) (2w - 1) + dw + w - 1."""
    places = [divmod(at, 3) for at in range(2 * 3)]
    assert relative_index(Ops(), (2, 3)).tolist() == [
        [(row - y + 1) * 5 + column - x + 2 for y, x in places] for row, column in places
    ]


def test_an_opaque_layer_keeps_axes_of_its_first_input() -> None:
    for inputs in ([(4, 8, 6), (2, 5, 7)], [(2, 5, 7), (4, 8, 6)]):
        layer = made("opaque", {"output": (None, 9, None), "inputs": ("a", "b")})
        assert layer.facts(tuple(inputs)).output == (inputs[0][0], 9, inputs[0][2])


@each(
    ("pattern", "x", "same"),
    [
        ("c h w -> c h w", (3, 8, 8), True),
        ("c h w -> c w h", (3, 8, 8), False),
        ("c w h -> c h w", (3, 8, 8), False),
        ("c p -> c (p)", (3, 8), True),
        ("c h w -> c (h w)", (3, 8, 8), False),
    ],
)
def test_which_patterns_change_nothing(pattern: str, x: Shape, same: bool) -> None:
    layer = made("rearrange", {"pattern": pattern})
    assert isinstance(layer, LayerKind)
    assert layer.hands_on(x) is same


@each(("sizes", "pooled"), [((8, 6), (4, 2)), ((7, 8), (3, 2)), ((2, 3), (1, 1))])
def test_a_copy_of_unpooling_is_of_whole_windows(sizes: Shape, pooled: Shape) -> None:
    """Windows of 2 and 3 that do not fill the map leave its end out."""
    kind = find_kind("max_unpool")
    assert kind is not None
    layer = kind.model_validate({"inputs": ("a", "b"), "kernel_size": (2, 3)})
    copy = layer.on_map(((3, 4, 2), (3, 8, 6)), sizes)
    assert copy.inputs == ((3, *pooled), (3, *sizes))
    assert copy.layer.facts(copy.inputs).output == (3, *sizes)
