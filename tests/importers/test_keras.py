"""Models of Keras, written by hand, and the figures that they have by hand."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.importers.keras.arguments import MalformedError
from convcalc.importers.keras.calls import Call, _argument
from convcalc.importers.keras.layer import Layer
from tests.each import each
from tests.importers.keras_json import (
    DIGITS,
    ONE,
    archive,
    called,
    graph,
    graph_of,
    layer,
    of_one,
    operation,
    output,
    plan_of,
    sequence,
    source,
    tensor,
    two,
    with_array,
    written,
)
from tests.importers.planning import refused, rows

Found = dict[str, Any]


@pytest.mark.parametrize("data", [written(DIGITS), archive(DIGITS)], ids=["json", "archive"])
def test_a_sequence_has_the_figures_of_its_layers(data: bytes) -> None:
    plan = convcalc.plan(convcalc.loads(data, "net.keras"))
    assert rows(plan) == [
        ("conv", (4, 26, 26)),
        ("conv.relu", (4, 26, 26)),
        ("pool", (4, 13, 13)),
        ("flat", (676,)),
        ("out", (10,)),
        ("out.softmax", (10,)),
    ]
    # 4 filters of 3x3 and a bias each; 13 * 13 * 4 features and a bias for each of 10.
    assert (plan.totals.params, plan.totals.buffers) == (4 * 10 + 10 * 677, 0)
    assert plan.totals.macs == 26 * 26 * 4 * 9 + 676 * 10


def test_a_shared_layer_counts_once_and_a_nested_model_stands_in_its_module() -> None:
    inner = sequence([source("i", 4), layer("Dense", "d", units=8)], "inner")
    shared = called(inner, ["a"], ["b"])
    both = called(layer("Subtract", "both"), [("inner", 0, 0), ("inner", 1, 0)])
    net = graph([source("a", 4), source("b", 4), shared, both], ["a", "b"], ["both"], "siamese")
    plan = plan_of(net)
    assert rows(plan) == [("inner.d", (8,)), ("inner_2.d", (8,)), ("both", (8,))]
    assert (plan.totals.params, plan.totals.macs) == (40, 64)


def test_a_layer_of_several_models_counts_for_each_and_is_noted() -> None:
    """Keras writes a layer that they share once for each, and reads it as several."""
    drawn: dict[str, Any] = {"kernel_initializer": {"class_name": "GlorotUniform", "config": {}}}
    inner = sequence([source("i", 4), layer("Dense", "d", units=4, **drawn)], "inner")
    own = called(layer("Dense", "d", units=4, **drawn), ["inner"])
    net = graph([source("a", 4), called(inner, ["a"]), own], ["a"], ["d"], "net")
    plan = plan_of(net)
    assert (plan.totals.params, plan.notes) == (
        2 * (4 * 4 + 4),
        (
            "`d` stands in several models and counts for each, as Keras reads it: it does not "
            "write down whether they share it",
        ),
    )


def test_low_rank_arrays_that_were_added_to_a_kernel_are_noted() -> None:
    plan = plan_of(of_one((4,), "Dense", units=3, lora_rank=2))
    assert (plan.totals.params, plan.notes) == (
        15,
        ("the low-rank arrays beside 1 kernel are not counted: `layer`",),
    )


def test_a_layer_that_is_called_twice_is_noted_once() -> None:
    dense = called(layer("Dense", "d", units=4, lora_rank=2), ["a"], [("d", 0, 0)])
    net = graph([source("a", 4), dense], ["a"], ["d"], "net")
    net["config"]["output_layers"] = [["d", 1, 0]]
    plan = plan_of(net)
    assert len(plan.rows) == 2
    assert plan.notes == ("the low-rank arrays beside 1 kernel are not counted: `d`",)


def test_vectors_of_a_spectral_norm_are_noted() -> None:
    """Keras counts a vector of the kernel's columns among what is not trained: 15 and 3."""
    plan = plan_of(of_one((4,), "SpectralNormalization", layer=layer("Dense", units=3)))
    assert (plan.totals.params, plan.notes) == (
        15,
        ("the vectors of 1 spectral norm, with which training goes on, are not counted: `layer`",),
    )


def test_keras_2_lists_what_a_layer_reads_and_counts_a_models_calls_from_one() -> None:
    inner = {
        "class_name": "Sequential",
        "config": [two("Dense", "d", units=8, batch_input_shape=[None, 4])],
        "name": "inner",
        "inbound_nodes": [[["x", 0, 0, {}]]],
    }
    net = {
        "class_name": "Model",
        "keras_version": "2.2.4",
        "config": {
            "name": "old",
            "layers": [
                two("InputLayer", "x", [], batch_input_shape=[None, 4]),
                inner,
                # Earlier versions write no arguments.
                two("Dense", "e", [[["x", 0, 0]]], units=8, use_bias=False),
                two("Add", "sum", [[["inner", 1, 0, {}], ["e", 0, 0, {}]]]),
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["sum", 0, 0]],
        },
    }
    plan = plan_of(net)
    assert rows(plan) == [("inner.d", (8,)), ("e", (8,)), ("sum", (8,))]
    assert plan.totals.params == 5 * 8 + 4 * 8


def test_a_layer_for_each_step_has_its_weights_once() -> None:
    frames = sequence(
        [
            source("frames", 5, 8, 8, 3),
            layer("TimeDistributed", "each", layer=layer("Conv2D", filters=2, kernel_size=3)),
            layer("TimeDistributed", "flat", layer=layer("Flatten")),
        ]
    )
    plan = plan_of(frames)
    assert plan.rows[0].output == (2, 5, 6, 6)
    assert (plan.totals.params, plan.totals.macs) == (2 * 28, 5 * 36 * 2 * 27)
    assert output(plan) == (72, 5)


# A layer on an input, the shape that comes out, channels first, and its learnt numbers and MACs.
LAYERS: dict[str, tuple[Found, tuple[int, ...], int, int]] = {
    "stride and same: ceil(7 / 2)": (
        of_one((7, 8, 3), "Conv2D", filters=2, kernel_size=[3, 3], strides=2, padding="same"),
        (2, 4, 4), 2 * 28, 16 * 2 * 27,
    ),
    "causal": (
        of_one((9, 3), "Conv1D", filters=2, kernel_size=[3], dilation_rate=2, padding="causal"),
        (2, 9), 2 * 10, 9 * 2 * 9,
    ),
    "channels first": (
        of_one((3, 7, 8), "Conv2D", filters=2, kernel_size=1, data_format="channels_first"),
        (2, 7, 8), 8, 56 * 6,
    ),
    "groups": (
        of_one((4, 4, 6), "Conv2D", filters=4, kernel_size=1, groups=2, use_bias=False),
        (4, 4, 4), 12, 16 * 12,
    ),
    "depthwise": (
        of_one((5, 5, 3), "DepthwiseConv2D", kernel_size=[3, 3], depth_multiplier=2),
        (6, 3, 3), 6 * 10, 9 * 54,
    ),
    "separable": (
        of_one((5, 5, 3), "SeparableConv2D", filters=4, kernel_size=3, depth_multiplier=2),
        (4, 3, 3), 54 + 24 + 4, 9 * (54 + 24),
    ),
    "transposed, same": (
        of_one((5, 5, 3), "Conv2DTranspose", filters=2, kernel_size=3, strides=2, padding="same"),
        (2, 10, 10), 56, 25 * 54,
    ),
    # (5 - 1) * 3 + max(2, 3): what a kernel smaller than its stride leaves is filled up.
    "transposed, valid": (
        of_one((5, 1), "Conv1DTranspose", filters=1, kernel_size=2, strides=3),
        (1, 15), 3, 10,
    ),
    # (5 - 1) * 2 + 3 % 2 + 1
    "transposed, with more": (
        of_one((5, 1), "Conv1DTranspose", filters=1, kernel_size=3, strides=2, padding="same",
               output_padding=1),
        (1, 10), 4, 15,
    ),
    "pool, same": (
        of_one((5, 5, 3), "AveragePooling2D", pool_size=[2, 2], strides=None, padding="same"),
        (3, 3, 3), 0, 0,
    ),
    "global": (of_one((5, 5, 3), "GlobalAveragePooling2D"), (3,), 0, 0),
    "global, kept": (of_one((5, 5, 3), "GlobalMaxPooling2D", keepdims=True), (3, 1, 1), 0, 0),
    "dense on the last axis": (of_one((5, 6), "Dense", units=7), (7, 5), 49, 5 * 42),
    "einsum": (
        of_one((5, 6), "EinsumDense", equation="abc,cde->abde", output_shape=[None, 2, 3],
               bias_axes="de"),
        (3, 5, 2), 42, 5 * 36,
    ),
    "einsum, a bias along the last of two": (
        of_one((5, 6), "EinsumDense", equation="abc,cde->abde", output_shape=[None, 2, 3],
               bias_axes="e"),
        (3, 5, 2), 36 + 3, 5 * 36,
    ),
    "einsum, a bias at each step": (
        of_one((4, 3), "EinsumDense", equation="abc,cd->abd", output_shape=[4, 5],
               bias_axes="bd"),
        (4, 5), 15 + 20, 4 * 15,
    ),
    "einsum over steps": (
        of_one((5, 6), "EinsumDense", equation="abc,bd->adc", output_shape=[7, None],
               bias_axes="d"),
        (6, 7), 42, 5 * 42,
    ),
    "normed for training": (
        of_one((5, 5, 3), "SpectralNormalization", layer=layer("Conv2D", filters=2, kernel_size=3)),
        (2, 3, 3), 2 * 28, 9 * 54,
    ),
    "table that is read both ways": (
        of_one((9,), "ReversibleEmbedding", input_dim=100, output_dim=8), (8, 9), 800, 0
    ),
    "categories": (of_one((3,), "CategoryEncoding", num_tokens=5), (5,), 0, 0),
    "bins": (of_one((3,), "Discretization", bin_boundaries=[0, 1], num_bins=3), (3,), 0, 0),
    "another filter": (
        of_one((5, 6, 1), "UpSampling2D", size=2, interpolation="bicubic"), (1, 10, 12), 0, 0
    ),
    # The middle 8x8 of 8x10; and the middle 8x3, enlarged.
    "resized in its ratio": (
        of_one((8, 10, 3), "Resizing", height=4, width=4, crop_to_aspect_ratio=True),
        (3, 4, 4), 0, 0,
    ),
    "cropped to more than there is": (
        of_one((8, 10, 3), "CenterCrop", height=12, width=5), (3, 12, 5), 0, 0
    ),
    "table": (of_one((9,), "Embedding", input_dim=100, output_dim=8), (8, 9), 800, 0),
    "padding": (of_one((5, 6, 1), "ZeroPadding2D", padding=[[1, 2], [0, 3]]), (1, 8, 9), 0, 0),
    "cropping": (of_one((5, 2), "Cropping1D", cropping=[1, 2]), (2, 2), 0, 0),
    "upsampling": (of_one((5, 6, 1), "UpSampling2D", size=[2, 3]), (1, 10, 18), 0, 0),
    "reshape": (
        sequence([source("x", 4, 6), layer("Reshape", target_shape=[3, -1, 2]), ONE]),
        (1, 3, 4), 3, 24,
    ),
    "permute": (
        sequence([source("x", 4, 6), layer("Permute", dims=[2, 1]), ONE]), (1, 6), 5, 24
    ),
    "repeat": (of_one((4,), "RepeatVector", n=3), (4, 3), 0, 0),
    # 4 gates of 3 numbers, each of which reads 4 + 3 and has one bias, at 5 steps.
    "LSTM": (of_one((5, 4), "LSTM", units=3), (3,), 96, 420),
    "LSTM of cuDNN, with two biases": (of_one((5, 4), "CuDNNLSTM", units=3), (3,), 108, 420),
    "GRU": (of_one((5, 4), "GRU", units=3, return_sequences=True), (3, 5), 81, 315),
    "GRU that resets first": (of_one((5, 4), "GRU", units=3, reset_after=False), (3,), 72, 315),
    "plain recurrence": (of_one((5, 4), "SimpleRNN", units=3), (3,), 24, 105),
    "both ways": (
        of_one((5, 4), "Bidirectional", layer=layer("LSTM", units=3, return_sequences=True)),
        (6, 5), 192, 840,
    ),
    "both ways, added": (
        of_one((5, 4), "Bidirectional", layer=layer("LSTM", units=3), merge_mode="sum"),
        (3,), 192, 840,
    ),
    # An LSTM of 24 * 5 numbers for each of both ways, and a GRU's 3 gates of 3 with two biases.
    "both ways, of two sorts": (
        of_one((5, 4), "Bidirectional", layer=layer("LSTM", units=3),
               backward_layer=layer("GRU", units=3)),
        (6,), 96 + 81, 420 + 315,
    ),
    "a cell": (of_one((5, 4), "RNN", cell=layer("LSTMCell", units=3)), (3,), 96, 420),
    # 4 gates of 3 that read 4 + 3, and 3 gates of 2 that read 3 + 2 and have two biases.
    "cells one behind the other": (
        of_one((5, 4), "RNN", return_sequences=True, cell=layer("StackedRNNCells", cells=[
            layer("LSTMCell", units=3), layer("GRUCell", units=2)])),
        (2, 5), 96 + 42, 420 + 150,
    ),
    "each of several sequences": (
        of_one((6, 5, 4), "TimeDistributed", layer=layer("LSTM", units=3)), (3, 6), 96, 6 * 420
    ),
    "cells one behind the other, the last step": (
        of_one((5, 4), "RNN", cell=layer("StackedRNNCells", cells=[
            layer("LSTMCell", units=3), layer("GRUCell", units=2)])),
        (2,), 96 + 42, 420 + 150,
    ),
    # 9 * 4 * 2 weights for each of 1 + 2 channels, at 5 steps of 4 x 4 positions.
    "LSTM over maps": (
        of_one((5, 4, 4, 1), "ConvLSTM2D", filters=2, kernel_size=3, padding="same"),
        (2, 4, 4), 224, 5 * 16 * 216,
    ),
    # 6 * 4 * 2 weights for each of 3 + 2 channels; of rows (7 - 2) // 2 + 1, (6 - 3) // 3 + 1.
    "LSTM over maps, by steps, all of them": (
        of_one((5, 7, 6, 3), "ConvLSTM2D", filters=2, kernel_size=[2, 3], strides=[2, 3],
               return_sequences=True),
        (2, 5, 3, 2), 248, 5 * 6 * 240,
    ),
    # A factor and a shift of each of 4 steps, one of them, or neither.
    "layer norm of steps": (of_one((4, 3), "LayerNormalization", axis=1), (3, 4), 8, 0),
    "layer norm of steps, shifted": (
        of_one((4, 3), "LayerNormalization", axis=[1], scale=False), (3, 4), 4, 0
    ),
    "layer norm of steps alone": (
        of_one((4, 3), "LayerNormalization", axis=1, scale=False, center=False), (3, 4), 0, 0
    ),
    "layer norm by a root mean square": (
        of_one((4, 3), "LayerNormalization", rms_scaling=True), (3, 4), 3, 0
    ),
    # Source: ConvNeXt of `keras.applications`.
    "factors of channels": (of_one((4, 4, 3), "LayerScale", projection_dim=3), (3, 4, 4), 3, 0),
    "nothing below 1": (of_one((4, 4, 3), "ThresholdedReLU"), (3, 4, 4), 0, 0),
    "slopes of channels": (of_one((4, 4, 3), "PReLU", shared_axes=[1, 2]), (3, 4, 4), 3, 0),
    "a slope for each": (of_one((4, 4, 3), "PReLU"), (3, 4, 4), 48, 0),
}  # fmt: skip


def test_layers_have_the_sizes_the_weights_and_the_work_of_keras() -> None:
    found = {}
    for name, (net, *_) in LAYERS.items():
        plan = plan_of(net)
        found[name] = (output(plan), plan.totals.params, plan.totals.macs)
    assert found == {name: tuple(known) for name, (_, *known) in LAYERS.items()}


@each(("kind", "channels", "fields", "line"), [
    ("Conv2D", 2, {"filters": 4, "groups": 2}, "conv: {out: 4, k: 3, g: depthwise}"),
    ("Conv2D", 4, {"filters": 4, "groups": 2}, "conv: {out: 4, k: 3, g: 2}"),
    ("Conv2D", 1, {"filters": 4, "groups": 1}, "conv: {out: 4, k: 3}"),
    ("DepthwiseConv2D", 2, {}, "conv: {out: 2, k: 3, g: depthwise}"),
    ("DepthwiseConv2D", 1, {"depth_multiplier": 4}, "conv: {out: 4, k: 3}"),
])  # fmt: skip
def test_a_conv_of_each_channel_by_itself_is_called_so(
    kind: str, channels: int, fields: Found, line: str
) -> None:
    net = of_one((5, 5, channels), kind, kernel_size=3, **fields)
    assert f"  - {line}\n" in convcalc.import_(convcalc.loads(written(net), "net.json")).text


def test_pixels_to_multiples_of_both_sides_are_repeated() -> None:
    for size, mode in (([6, 8], "nearest"), ([6, 10], "nearest-exact")):
        resize = called(operation("Resize", "y", size=size, interpolation="nearest"), ["x"])
        (row,) = plan_of(graph_of(resize, inputs={"x": (3, 4, 2)}, output="y"))
        assert row.fields["mode"] == mode


def test_a_part_of_the_second_tensor_is_added_to_the_first() -> None:
    """As a residual of Inception-ResNet v2 does."""
    module = "keras.src.applications.inception_resnet_v2"
    added = called(layer("CustomScaleLayer", "y", module, scale=0.25), ["a", "b"])
    net = graph_of(added, inputs={"a": (3,), "b": (3,)}, output="y")
    given = {"a": [[1.0, 2.0, 3.0]], "b": [[4.0, 8.0, 12.0]]}
    (found,) = convcalc.run(convcalc.loads(written(net), "net.json"), given).values()
    assert found.tolist() == [[2.0, 4.0, 6.0]]


def test_shares_under_a_mask_have_their_shape() -> None:
    masked = called(layer("Softmax", "y"), ["x", "seen"])
    (masked["inbound_nodes"][0]["args"],) = masked["inbound_nodes"][0]["args"]
    (row,) = plan_of(graph_of(masked, inputs={"x": (4, 3), "seen": (4, 3)}, output="y"))
    assert (row.kind, row.output, row.macs, row.params) == ("opaque", (3, 4), 0, 0)
    assert row.notes == ("Softmax: it is under a mask",)


def spans(*ends: tuple[int | None, int | None]) -> list[Any]:
    return [
        {"class_name": "__slice__", "config": {"start": a, "stop": b, "step": None}}
        for a, b in ends
    ]


def test_operations_are_the_layers_that_they_are() -> None:
    double = called(operation("Multiply", "double"), ["x"])
    double["inbound_nodes"][0]["args"].append(2.0)
    cut = called(operation("GetItem", "cut"), ["double"])
    cut["inbound_nodes"][0]["args"].append(spans((None, None), (1, None), (None, None)))
    mean = called(operation("Mean", "mean", axis=[1], keepdims=False), ["cut"])
    net = graph_of(double, cut, mean, inputs={"x": (5, 4)}, output="mean")
    assert rows(plan_of(net)) == [("double", (4, 5)), ("cut", (4, 4)), ("mean", (4,))]


@each(("module", "kind", "word"), [
    ("keras.layers", "LeakyReLU", "leakyrelu"), ("keras.src.ops.nn", "Sigmoid", "sigmoid"),
])  # fmt: skip
def test_a_function_behind_a_layer_is_called_by_its_class(
    module: str, kind: str, word: str
) -> None:
    found: dict[str, Any] = {
        "module": module,
        "class_name": kind,
        "config": {},
        "registered_name": None,
    }
    plan = plan_of(of_one((4,), "Dense", units=3, activation=found))
    assert rows(plan) == [("layer", (3,)), (f"layer.{word}", (3,))]


def test_an_array_in_a_call_is_a_constant() -> None:
    network = convcalc.loads(written(with_array("Add", [[[1, 2]], [[3, 4]]])), "net.json")
    (axes,) = network.input_axes  # type: ignore[attr-defined]
    x = np.arange(12, dtype=np.float32).reshape(1, 2, 3, 2)
    (found,) = convcalc.run(network, {axes.name: x.transpose(0, *axes.order)}).values()
    assert found[0].transpose(1, 2, 0).tolist() == (
        x[0] + np.array([[[1, 2]], [[3, 4]]], np.float32)
    ).tolist()  # fmt: skip
    totals = plan_of(with_array("Matmul", [[1.5], [2]])).totals
    assert (totals.params, totals.macs) == (0, 2 * 3 * 2)


def test_a_picture_that_is_turned_first_of_all_goes_in_as_it_is() -> None:
    turned = sequence(
        [
            source("x", 20, 30, 3),
            layer("Permute", "turn", dims=[2, 1, 3]),
            layer("Conv2D", "conv", filters=4, kernel_size=[1, 3]),
        ]
    )
    plan = plan_of(turned)
    assert plan.inputs == {"x": (3, 20, 30)}
    assert rows(plan) == [("turn", (3, 30, 20)), ("conv", (4, 30, 18))]


def test_functions_of_tensorflow_are_read_by_their_names() -> None:
    net = {
        "class_name": "Functional",
        "keras_version": "2.9.0",
        "config": {
            "name": "net",
            "layers": [
                two("InputLayer", "x", [], batch_input_shape=[None, 6, 4]),
                two("TFOpLambda", "less", [["_CONSTANT_VALUE", -1, 1.0, {"y": ["x", 0, 0]}]],
                    function="math.subtract"),
                two("SlicingOpLambda", "cut", [["less", 0, 0, {"slice_spec": {
                    "class_name": "__tuple__",
                    "items": [{"start": None, "stop": None, "step": None},
                              {"start": 2, "stop": None, "step": None}]}}]],
                    function="__operators__.getitem"),
                two("TFOpLambda", "turn", [["cut", 0, 0, {"perm": [0, 2, 1]}]],
                    function="compat.v1.transpose"),
                two("Dense", "out", [[["turn", 0, 0, {}]]], units=1),
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["out", 0, 0]],
        },
    }  # fmt: skip
    plan = plan_of(net)
    assert output(plan) == (1, 4)
    assert plan.totals.params == 5


@each(("turned", "sizes", "macs"), [("a", (4, 4), 4 * 6 * 4), ("b", (6, 6), 6 * 4 * 6)])
def test_a_product_of_tensorflow_turns_one_of_its_matrices(
    turned: str, sizes: tuple[int, int], macs: int
) -> None:
    given = {"b": ["x", 0, 0], f"transpose_{turned}": True}
    net = {
        "class_name": "Functional",
        "keras_version": "2.9.0",
        "config": {
            "name": "net",
            "layers": [
                two("InputLayer", "x", [], batch_input_shape=[None, 6, 4]),
                two("TFOpLambda", "y", [["x", 0, 0, given]], function="linalg.matmul"),
            ],
            "input_layers": [["x", 0, 0]],
            "output_layers": [["y", 0, 0]],
        },
    }
    plan = plan_of(net)
    assert (output(plan), plan.totals.macs) == (sizes, macs)


def test_a_norm_has_two_learnt_numbers_and_two_buffers_a_channel() -> None:
    plan = plan_of(of_one((4, 4, 3), "BatchNormalization", axis=[3]))
    assert (plan.totals.params, plan.totals.buffers) == (6, 6)
    plan = plan_of(of_one((4, 4, 3), "BatchNormalization", axis=-1, scale=False))
    assert (plan.totals.params, plan.totals.buffers) == (3, 6)
    assert [row.name for row in plan.rows] == ["layer.norm", "layer.beta"]
    for both in (True, False):
        plan = plan_of(of_one((4, 4, 3), "BatchNormalization", scale=both, center=both))
        assert [row.name for row in plan.rows] == ["layer"]


def test_open_sizes_are_asked_for_channels_first() -> None:
    net = of_one((None, None, 3), "Conv2D", filters=2, kernel_size=3)
    problem = refused(written(net))
    assert problem.message == "input `x` has open sizes: [3, ?, ?]"
    assert problem.help == "give its sizes, channels first: --input 3x224x224"
    assert output(plan_of(net, input=(3, 8, 9))) == (2, 6, 7)


def test_a_class_of_ones_own_has_the_shape_that_the_file_states() -> None:
    own = {**called(layer("Mine", "mine", "my.code"), ["x"]), "registered_name": "my>Mine"}
    last = called(layer("Dense", "out", units=2), [tensor(("mine", 0, 0), (4, 6))])
    plan = plan_of(graph([source("x", 4, 4), own, last], ["x"], ["out"], "net"))
    assert rows(plan) == [("mine", (6, 4)), ("out", (2, 4))]
    assert {"params", "buffers", "macs"} <= {*plan.totals.lower_bounds}
    assert plan.rows[0].notes == ("my>Mine: no layer of ours does this",)


def test_a_topology_of_tensorflow_js_is_the_model_in_it() -> None:
    whole = {"format": "layers-model", "modelTopology": {"model_config": DIGITS}}
    assert plan_of(whole).totals.params == plan_of(DIGITS).totals.params
    assert json.loads(written(whole))["format"] == "layers-model"


def test_a_function_of_ones_own_has_the_shape_it_was_given_or_its_inputs_and_says_so() -> None:
    code = {"class_name": "__lambda__", "config": {"code": "4wEAAAA="}}
    shapes: list[tuple[Found, int]] = [({}, 4), ({"output_shape": [6]}, 6)]
    for given, size in shapes:
        own = layer("Lambda", "own", function=code, **given)
        plan = plan_of(sequence([source("x", 4), own, layer("Dense", units=1)]))
        assert (rows(plan)[0], plan.totals.params) == (("own", (size,)), size + 1)
        assert not plan.totals.complete
        is_taken = "the shape that it gives is not in the file" in plan.rows[0].notes[0]
        assert is_taken == (not given)


def test_a_sequence_that_begins_with_a_model_has_that_ones_input() -> None:
    first = two("Dense", "d", units=3, batch_input_shape=[None, 4])
    net = {"class_name": "Sequential", "config": [{"class_name": "Sequential", "config": [first]}]}
    plan = plan_of(net)
    assert rows(plan) == [("sequential.d", (3,))]
    assert plan.inputs == {"input": (4,)}


def test_constants_within_constants_are_followed_so_far() -> None:
    nested: object = 5
    for _ in range(12):
        nested = ["_CONSTANT_VALUE", -1, nested, None]
    assert _argument(nested, Call(), {}, 0) == 5
    for made in (lambda one: [one], lambda one: {"a": one},
                 lambda one: {"class_name": "__tuple__", "items": one},
                 lambda one: {"class_name": "__numpy__", "config": {"value": one}},
                 lambda one: {"start": one, "stop": None, "step": None}):  # fmt: skip
        deep: object = 5
        for _ in range(12):
            deep = made(deep)
        _argument(deep, Call(), {}, 0)
        with pytest.raises(MalformedError, match="an argument is nested too deep"):
            _argument(made(deep), Call(), {}, 0)
    with pytest.raises(MalformedError, match="an argument is nested too deep"):
        _argument(["_CONSTANT_VALUE", -1, nested, None], Call(), {}, 0)


@each(("params", "buffers", "told"), [
    # Who counts parameters counts buffers as well: without any, there are none.
    (None, None, None), (None, 3, 3), (5, None, 0), (5, 3, 3), (0, None, 0),
])  # fmt: skip
def test_what_is_told_of_a_layer_that_is_not_known(
    params: int | None, buffers: int | None, told: int | None
) -> None:
    said: list[dict[str, Any]] = []

    def layer(_kind: object, fields: dict[str, Any], *_inputs: object) -> int:
        said.append(fields)
        return 7

    class Seen:
        dims, shape = (1, 4), (4,)

        def on(self, at: int) -> int:
            return at

    mine: Any = SimpleNamespace(layer=layer, operation=SimpleNamespace(op="Gate"))
    view: Any = Seen()
    found: Any = Layer.opaque(mine, (1, 4), [view], "why", params, None, buffers)
    assert found == 7
    assert said == [
        {"output": (4,), "params": params, "buffers": told, "macs": None, "reads": None,
         "note": "Gate: why"},
    ]  # fmt: skip


@each(
    ("frozen", "note"),
    [
        (["a"], "1 layer is frozen (`trainable: false`), and its parameters count as learnt: `a`"),
        (
            ["a", "b"],
            "2 layers are frozen (`trainable: false`), and their parameters count as learnt: "
            "`a` and 1 more",
        ),
    ],
)
def test_what_is_frozen_counts_with_a_note(frozen: list[str], note: str) -> None:
    """Keras counts them among those that are not trainable; 4 * 3 + 3 * 2 are learnt here."""
    layers = [
        layer("Dense", name, units=units, use_bias=False, trainable=name not in frozen)
        for name, units in (("a", 3), ("b", 2))
    ]
    plan = plan_of(sequence([source("x", 4), *layers]))
    assert (plan.totals.params, plan.notes) == (18, (note,))
