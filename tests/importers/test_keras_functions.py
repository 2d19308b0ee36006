"""Functions of `keras.ops` whose arguments come by their places: numbers as NumPy has them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.each import each
from tests.importers.keras_json import called, graph_of, operation, written
from tests.importers.recorded import as_tensor, given

X = np.random.default_rng(5).normal(size=(1, 4, 6)).astype(np.float32)


def shares(x: Any, axis: int) -> Any:
    raised = np.exp(x)
    return raised / raised.sum(axis, keepdims=True)


def gelu(x: Any) -> Any:
    return x * (1 + np.vectorize(math.erf)(x / math.sqrt(2))) / 2


@each(("word", "arguments", "wanted"), [
    ("Reshape", [[-1, 2, 3, 4]], lambda x: x.reshape(1, 2, 3, 4)),
    ("Reshape", [[-1, -1, 3]], lambda x: x.reshape(1, 8, 3)),
    ("Transpose", [[0, 2, 1]], lambda x: x.transpose(0, 2, 1)),
    ("ExpandDims", [2], lambda x: x[:, :, None]),
    ("ExpandDims", [[3, 1]], lambda x: x[:, None, :, None]),
    ("Moveaxis", [2, 1], lambda x: np.moveaxis(x, 2, 1)),
    ("Split", [[2, 3], 1], lambda x: x[:, :2]),
    ("Repeat", [3, 1], lambda x: np.repeat(x, 3, 1)),
    ("Tile", [[1, 2, 3]], lambda x: np.tile(x, (1, 2, 3))),
    ("Take", [[3, 0], 1], lambda x: x[:, [3, 0]]),
    ("Pad", [[[0, 0], [1, 2], [0, 3]]], lambda x: np.pad(x, ((0, 0), (1, 2), (0, 3)))),
    ("Clip", [-0.5, 0.75], lambda x: x.clip(-0.5, 0.75)),
    ("Mean", [1], lambda x: x.mean(1)),
    ("Sum", [2, True], lambda x: x.sum(2, keepdims=True)),
    ("Std", [1], lambda x: x.std(1)),
    ("Var", [2, True], lambda x: x.var(2, keepdims=True)),
    ("Norm", [1, 2, True], lambda x: np.abs(x).sum(2, keepdims=True)),
    ("Argmax", [1], lambda x: x.argmax(1)),
    ("Softmax", [1], lambda x: shares(x, 1)),
    ("LogSoftmax", [1], lambda x: np.log(shares(x, 1))),
    ("LeakyRelu", [0.3], lambda x: np.where(x < 0, 0.3 * x, x)),
    ("Gelu", [False], gelu),
    ("Glu", [], lambda x: x[..., :3] / (1 + np.exp(-x[..., 3:]))),
    ("Normalize", [1], lambda x: x / np.linalg.norm(x, axis=1, keepdims=True)),
    ("Cast", ["int32"], np.trunc),
])  # fmt: skip
def test_arguments_are_read_by_their_places(
    word: str, arguments: Sequence[Any], wanted: Callable[[Any], Any]
) -> None:
    made = called(operation(word, "y"), ["x"])
    made["inbound_nodes"][0]["args"] += arguments
    network = convcalc.loads(written(graph_of(made, inputs={"x": (4, 6)}, output="y")), "net.json")
    assert isinstance(network, ForeignNetwork)
    got = convcalc.run(network, given(network, [X]), max_memory=1 << 30)
    found, want = as_tensor(network, "y", got), np.asarray(wanted(X))
    assert found.shape == want.shape
    assert np.abs(found - want).max() < 1e-5
