"""Model files of any size, in every format that is read: a residual block, so many times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.importers import keras_json, onnx_bytes, pt2_bytes, tflite_bytes

CHANNELS, SIZE = 4, 16


def onnx(size: int) -> bytes:
    """An ONNX file of `size` blocks, with its weights."""
    nodes = []
    weights = {}
    above = "x"
    for at in range(size):
        scope = f"/blocks/blocks.{at}"
        nodes += [
            onnx_bytes.node(
                "Conv", [above, f"w{at}"], [f"c{at}"], f"{scope}/conv/Conv", pads=[1, 1, 1, 1]
            ),
            onnx_bytes.node("Add", [f"c{at}", above], [f"a{at}"], f"{scope}/Add"),
            onnx_bytes.node("Relu", [f"a{at}"], [f"r{at}"], f"{scope}/relu/Relu"),
        ]
        weights[f"w{at}"] = (CHANNELS, CHANNELS, 3, 3)
        above = f"r{at}"
    return onnx_bytes.model(nodes, {"x": [1, CHANNELS, SIZE, SIZE]}, [above], weights)


def pt2(size: int) -> bytes:
    """An exported program of `size` blocks."""
    nodes: list[Mapping[str, Any]] = []
    weights = {}
    shapes: dict[str, list[int]] = {}
    above = "x"
    for at in range(size):
        modules = [":Net", f"blocks.{at}:Block"]
        nodes += [
            pt2_bytes.node(
                "aten.conv2d",
                f"c{at}",
                [*modules, f"blocks.{at}.conv:Conv2d"],
                input=f"%{above}",
                weight=f"%w{at}",
                bias=None,
                stride=[1, 1],
                padding=[1, 1],
            ),
            pt2_bytes.node("aten.add", f"a{at}", modules, self=f"%c{at}", other=f"%{above}"),
            pt2_bytes.node(
                "aten.relu", f"r{at}", [*modules, f"blocks.{at}.relu:ReLU"], self=f"%a{at}"
            ),
        ]
        weights[f"w{at}"] = (f"blocks.{at}.conv.weight", [CHANNELS, CHANNELS, 3, 3])
        shapes |= {f"{name}{at}": [1, CHANNELS, SIZE, SIZE] for name in "car"}
        above = f"r{at}"
    inputs = {"x": [1, CHANNELS, SIZE, SIZE]}
    return pt2_bytes.archive(pt2_bytes.program(nodes, inputs, [above], shapes, weights))


def keras(size: int) -> bytes:
    """A Keras archive of a graph of `size` blocks."""
    layers: list[Mapping[str, Any]] = [keras_json.source("x", SIZE, SIZE, CHANNELS)]
    above = "x"
    for at in range(size):
        conv = keras_json.layer(
            "Conv2D", f"c{at}", filters=CHANNELS, kernel_size=[3, 3], padding="same"
        )
        layers += [
            keras_json.called(conv, [above]),
            keras_json.called(keras_json.layer("Add", f"a{at}"), [f"c{at}", above]),
            keras_json.called(keras_json.layer("ReLU", f"r{at}"), [f"a{at}"]),
        ]
        above = f"r{at}"
    return keras_json.archive(keras_json.graph(layers, ["x"], [above], "net"))


def tflite(size: int) -> bytes:
    """A TFLite file of `size` blocks, with its weights."""
    one_map = tflite_bytes.Tensor([1, SIZE, SIZE, CHANNELS])
    tensors = {"x": one_map}
    operators = []
    above = "x"
    same = {
        0: tflite_bytes.small(tflite_bytes.SAME), 1: tflite_bytes.whole(1),
        2: tflite_bytes.whole(1),
    }  # fmt: skip
    activated = {0: tflite_bytes.small(tflite_bytes.RELU)}
    for at in range(size):
        tensors[f"w{at}"] = tflite_bytes.floats([CHANNELS, 3, 3, CHANNELS])
        tensors |= {f"c{at}": one_map, f"r{at}": one_map}
        operators += [
            tflite_bytes.Operator("CONV_2D", [above, f"w{at}"], [f"c{at}"], same),
            tflite_bytes.Operator("ADD", [f"c{at}", above], [f"r{at}"], activated),
        ]
        above = f"r{at}"
    return tflite_bytes.model(operators, tensors, ["x"], [above])


MODELS: dict[str, Callable[[int], bytes]] = {
    written.__name__: written for written in (onnx, pt2, keras, tflite)
}
