"""Sequences of tensors in ONNX files, which are taken apart where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor

NUMBERS = {
    "first": tensor("first", [], [0]),
    "last": tensor("last", [], [-1]),
    "ninth": tensor("ninth", [], [9]),
    "second": tensor("second", [], [1]),
    "third from the end": tensor("third from the end", [], [-3]),
    "fourth": tensor("fourth", [], [3]),
    "fourth from the end": tensor("fourth from the end", [], [-4]),
    "four": tensor("four", [], [4]),
    "parts": tensor("parts", [3], [2, 3, 1]),
    "wrong": tensor("wrong", [3], [2, 3, 2]),
}
X = np.arange(12, dtype=np.float32).reshape(1, 6, 2)


def taken(*inputs: str, at: str = "last", **attributes: Any) -> list[bytes]:
    """A part of `x`, split so, plus nothing."""
    return [
        node("SplitToSequence", ["x", *inputs], ["parts_of_x"], **attributes),
        node("SequenceAt", ["parts_of_x", at], ["y"], "at"),
    ]


@each(
    ("nodes", "wanted"),
    [
        pytest.param(taken("parts", axis=1), X[:, 5:], id="sizes of their own"),
        pytest.param(taken("four", axis=1), X[:, 4:], id="one size, the last is less"),
        pytest.param(taken("parts", axis=1, at="first"), X[:, :2], id="the first"),
        pytest.param(taken("parts", axis=1, at="second"), X[:, 2:5], id="the second"),
        pytest.param(
            taken("parts", axis=1, at="third from the end"), X[:, :2], id="the third from the end"
        ),
        pytest.param(taken("four", axis=-2, at="first"), X[:, :4], id="one size, the first"),
        pytest.param(taken(axis=1), X[:, 5:], id="one place each"),
        pytest.param(
            taken(axis=1, keepdims=0, at="second"), X[:, 1], id="the second place, without the axis"
        ),
        pytest.param(taken(axis=1, keepdims=0), X[:, 5], id="one place each, without the axis"),
        pytest.param(
            [
                node("Relu", ["x"], ["a"]),
                node("SequenceConstruct", ["x", "a"], ["s"]),
                node("SequenceAt", ["s", "first"], ["b"]),
                node("Add", ["a", "b"], ["y"]),
            ],
            2 * X, id="a member",
        ),
        pytest.param(
            [
                node("Neg", ["x"], ["a"]),
                node("SequenceConstruct", ["x", "a"], ["s"]),
                node("ConcatFromSequence", ["s"], ["y"], axis=1),
            ],
            np.concatenate([X, -X], 1), id="joined",
        ),
        pytest.param(
            [
                node("Neg", ["x"], ["a"]),
                node("SequenceConstruct", ["x", "a"], ["s"]),
                node("ConcatFromSequence", ["s"], ["y"], axis=-1, new_axis=1),
            ],
            np.stack([X, -X], -1), id="along a new axis",
        ),
    ],
)  # fmt: skip
def test_what_a_sequence_gives_is_what_it_was_made_of(
    nodes: list[bytes], wanted: np.ndarray
) -> None:
    network = convcalc.loads(model(nodes, {"x": [1, 6, 2]}, ["y"], NUMBERS), "net.onnx")
    (given,) = network.input_axes  # type: ignore[attr-defined]
    x = X.transpose(0, *given.order) if given.batch == 0 else X.transpose(given.order)
    (found,) = convcalc.run(network, x.reshape(1, *network.inputs["x"])).values()
    view = network.output_views["y"]  # type: ignore[attr-defined]
    assert view.dims == wanted.shape
    own, asked = ([part for axis in axes for part in axis] for axes in (view.own, view.axes))
    array = np.asarray(found)[0].reshape([view.sizes[part] for part in own])
    tensor_ = array.transpose([own.index(part) for part in asked]).reshape(view.dims)
    assert tensor_.tolist() == wanted.tolist()


@pytest.mark.parametrize(
    "nodes",
    [
        pytest.param(taken("wrong", axis=1), id="more than there is"),
        pytest.param(taken("four", axis=1, at="ninth"), id="no such part"),
        pytest.param(taken("parts", axis=1, at="fourth"), id="one beyond the last"),
        pytest.param(taken("parts", axis=1, at="fourth from the end"), id="one before the first"),
    ],
)
def test_a_part_that_is_none_is_refused(nodes: list[bytes]) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.plan(convcalc.loads(model(nodes, {"x": [1, 6, 2]}, ["y"], NUMBERS), "net.onnx"))
    (problem,) = caught.value.problems
    assert problem.message == "`at` (SequenceAt) is no layer of any kind here"
    said = ("its parts come to 7 of 6", "it takes tensor 9 of 2", "it takes tensor 3 of 3",
            "it takes tensor -4 of 3")  # fmt: skip
    assert problem.note.startswith(said)
