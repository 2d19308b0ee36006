"""Functions of `keras.ops` whose arguments come by their places: numbers as NumPy has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.each import each
from tests.importers.keras_json import called, graph_of, operation, two, written
from tests.importers.recorded import as_tensor, given

X = np.random.default_rng(5).normal(size=(1, 4, 6)).astype(np.float32)


def shares(x: Any, axis: int) -> Any:
    raised = np.exp(x)
    return raised / raised.sum(axis, keepdims=True)


def gelu(x: Any) -> Any:
    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


# What goes in, where it is no tensor of 4 x 6.
SIZES = {
    "Squeeze": (1, 4, 1), "Resize": (3, 4, 2), "DepthToSpace": (2, 3, 8), "SpaceToDepth": (4, 6, 2),
    "BroadcastTo": (1, 6),
}  # fmt: skip
Wanted = Callable[[Any], Any]


def to_blocks(x: Any) -> Any:
    """Channels as blocks of 2 x 2 pixels, the row within a block before the column."""
    many, rows, columns, _ = x.shape
    dealt = x.reshape(many, rows, columns, 2, 2, -1).transpose(0, 1, 3, 2, 4, 5)
    return dealt.reshape(many, 2 * rows, 2 * columns, -1)


def of_blocks(x: Any) -> Any:
    """The other way round."""
    many, rows, columns, _ = x.shape
    dealt = x.reshape(many, rows // 2, 2, columns // 2, 2, -1).transpose(0, 1, 3, 2, 4, 5)
    return dealt.reshape(many, rows // 2, columns // 2, -1)


def logarithm_of_sum(x: Any, axis: int, kept: bool = False) -> Any:
    return np.log(np.exp(x).sum(axis, keepdims=kept))


def hold(found: dict[str, Any], x: Any, wanted: Wanted) -> None:
    network = convcalc.loads(written(found), "net.json")
    assert isinstance(network, ForeignNetwork)
    got = convcalc.run(network, given(network, [x]), max_memory=1 << 30)
    numbers, want = as_tensor(network, "y", got), np.asarray(wanted(x))
    assert numbers.shape == want.shape
    assert np.abs(numbers - want).max() < 1e-5


@each(("word", "arguments", "wanted"), [
    ("Reshape", [[-1, 2, 3, 4]], lambda x: x.reshape(1, 2, 3, 4)),
    ("Reshape", [[-1, -1, 3]], lambda x: x.reshape(1, 8, 3)),
    ("Reshape", [[-1, 8, 3]], lambda x: x.reshape(1, 8, 3)),
    ("Transpose", [[0, 2, 1]], lambda x: x.transpose(0, 2, 1)),
    ("Squeeze", [3], lambda x: x.squeeze(3)),
    ("ExpandDims", [2], lambda x: x[:, :, None]),
    ("ExpandDims", [[3, 1]], lambda x: x[:, None, :, None]),
    ("Moveaxis", [2, 1], lambda x: np.moveaxis(x, 2, 1)),
    ("Split", [[2, 3], 1], lambda x: x[:, :2]),
    ("Split", [3, 2], lambda x: x[:, :, :2]),
    ("Resize", [[6, 8], "nearest"], lambda x: x.repeat(2, 1).repeat(2, 2)),
    ("DepthToSpace", [2], to_blocks),
    ("SpaceToDepth", [2], of_blocks),
    ("BroadcastTo", [[1, 4, 6]], lambda x: np.broadcast_to(x, (1, 4, 6))),
    ("Repeat", [3, 1], lambda x: np.repeat(x, 3, 1)),
    ("Tile", [[1, 2, 3]], lambda x: np.tile(x, (1, 2, 3))),
    ("Take", [[3, 0], 1], lambda x: x[:, [3, 0]]),
    ("Take", [4, 2], lambda x: x[:, :, 4]),
    ("Pad", [[[0, 0], [1, 2], [0, 3]]], lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)))),
    ("Clip", [-0.5, 0.75], lambda x: x.clip(-0.5, 0.75)),
    ("Mean", [1], lambda x: x.mean(1)),
    ("Sum", [2, True], lambda x: x.sum(2, keepdims=True)),
    ("Max", [2], lambda x: x.max(2)),
    ("Logsumexp", [1], lambda x: logarithm_of_sum(x, 1)),
    ("Logsumexp", [2, True], lambda x: logarithm_of_sum(x, 2, True)),
    ("Std", [1], lambda x: x.std(1)),
    ("Std", [2, True], lambda x: x.std(2, keepdims=True)),
    ("Var", [1], lambda x: x.var(1)),
    ("Var", [2, True], lambda x: x.var(2, keepdims=True)),
    ("Norm", [1, 2, True], lambda x: np.abs(x).sum(2, keepdims=True)),
    ("Norm", [2, 1], lambda x: np.linalg.norm(x, axis=1)),
    ("Argmax", [1], lambda x: x.argmax(1)),
    ("Argmax", [2, True], lambda x: x.argmax(2, keepdims=True)),
    ("Argmin", [1], lambda x: x.argmin(1)),
    ("Power", [2.0], lambda x: x * x),
    ("FloorDivide", [0.75], lambda x: x // 0.75),
    ("Softmax", [1], lambda x: shares(x, 1)),
    ("Softmax", [], lambda x: shares(x, 2)),
    ("LogSoftmax", [1], lambda x: np.log(shares(x, 1))),
    ("LogSoftmax", [], lambda x: np.log(shares(x, 2))),
    ("LeakyRelu", [0.3], lambda x: np.where(x < 0, 0.3 * x, x)),
    ("Gelu", [False], gelu),
    ("Glu", [], lambda x: x[..., :3] / (1 + np.exp(-x[..., 3:]))),
    ("Glu", [1], lambda x: x[:, :2] / (1 + np.exp(-x[:, 2:]))),
    ("Normalize", [1], lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)),
    ("Normalize", [], lambda x: x / np.linalg.norm(x, axis=2, keepdims=True)),
    ("Cast", ["int32"], np.trunc),
])  # fmt: skip
def test_arguments_are_read_by_their_places(
    word: str, arguments: Sequence[Any], wanted: Wanted
) -> None:
    sizes = SIZES.get(word, X.shape[1:])
    x = np.random.default_rng(5).normal(size=(1, *sizes)).astype(np.float32)
    made = called(operation(word, "y"), ["x"])
    made["inbound_nodes"][0]["args"] += arguments
    hold(graph_of(made, inputs={"x": sizes}, output="y"), x, wanted)


@each(("function", "arguments", "wanted"), [
    ("math.reduce_mean", {"axis": 1, "keepdims": True}, lambda x: x.mean(1, keepdims=True)),
    ("math.reduce_sum", {"axis": [1, 2]}, lambda x: x.sum((1, 2))),
    ("math.reduce_max", {"axis": -1}, lambda x: x.max(-1)),
    ("math.reduce_std", {"axis": 2}, lambda x: x.std(2)),
    ("math.reduce_variance", {"axis": 1, "keepdims": True}, lambda x: x.var(1, keepdims=True)),
    ("math.reduce_logsumexp", {"axis": 1}, lambda x: logarithm_of_sum(x, 1)),
    ("math.argmax", {"axis": 2}, lambda x: x.argmax(2)),
    ("math.cumsum", {"axis": 2}, lambda x: x.cumsum(2)),
    ("math.pow", {"y": 3.0}, lambda x: x**3),
    ("math.subtract", {"y": 0.25}, lambda x: x - 0.25),
    ("math.truediv", {"y": 0.25}, lambda x: x / 0.25),
    ("math.maximum", {"y": 0.25}, lambda x: np.maximum(x, 0.25)),
    ("math.minimum", {"y": 0.25}, lambda x: np.minimum(x, 0.25)),
    ("clip_by_value", {"clip_value_min": -0.5, "clip_value_max": 0.75},
     lambda x: x.clip(-0.5, 0.75)),
    ("nn.leaky_relu", {"alpha": 0.3}, lambda x: np.where(x < 0, 0.3 * x, x)),
    ("nn.leaky_relu", {}, lambda x: np.where(x < 0, 0.2 * x, x)),
    ("nn.gelu", {}, gelu),
    ("nn.softmax", {"axis": 1}, lambda x: shares(x, 1)),
    ("math.l2_normalize", {"axis": 1}, lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)),
    ("reshape", {"shape": [-1, 8, 3]}, lambda x: x.reshape(1, 8, 3)),
    ("transpose", {"perm": [0, 2, 1]}, lambda x: x.transpose(0, 2, 1)),
    ("tile", {"multiples": [1, 2, 3]}, lambda x: np.tile(x, (1, 2, 3))),
    ("repeat", {"repeats": 2, "axis": 2}, lambda x: np.repeat(x, 2, 2)),
    ("pad", {"paddings": [[0, 0], [1, 2], [0, 3]], "constant_values": 0.5},
     lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)), constant_values=0.5)),
    ("pad", {"paddings": [[0, 0], [1, 2], [0, 3]], "mode": "REFLECT"},
     lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)), mode="reflect")),
    ("split", {"num_or_size_splits": [1, 3], "axis": 1}, lambda x: x[:, :1]),
    ("split", {"num_or_size_splits": 3, "axis": -1}, lambda x: x[:, :, :2]),
    ("reverse", {"axis": [1]}, lambda x: x[:, ::-1]),
    ("roll", {"shift": 2, "axis": 1}, lambda x: np.roll(x, 2, 1)),
    ("expand_dims", {"axis": 2}, lambda x: x[:, :, None]),
    ("broadcast_to", {"shape": [1, 4, 6]}, lambda x: x),
])  # fmt: skip
def test_functions_of_tensorflow_have_its_names_for_their_arguments(
    function: str, arguments: dict[str, Any], wanted: Wanted
) -> None:
    """In a file of Keras 2; what a name means is in the documentation of TensorFlow 2."""
    layers = [
        two("InputLayer", "x", [], batch_input_shape=[None, *X.shape[1:]]),
        two("TFOpLambda", "y", [["x", 0, 0, arguments]], function=function),
    ]
    config = {
        "name": "net",
        "layers": layers,
        "input_layers": [["x", 0, 0]],
        "output_layers": [["y", 0, 0]],
    }
    net = {"class_name": "Functional", "keras_version": "2.9.0", "config": config}
    hold(net, X, wanted)
