"""ONNX files that do not fit together are told by operation, numbers and place."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.kinds.base.field_values import MAX_COUNT
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_cases import C, W, adds, net, op

BROKEN = {
    "Transpose": op("Transpose", (1, 2, 3), perm=[0, 1, 1]),
    "Transpose of two of three": op("Transpose", (1, 2, 3), perm=[0, 1]),
    "DepthToSpace": op("DepthToSpace", (1, 6, 2, 2), blocksize=2),
    "DepthToSpace in blocks of nothing": op("DepthToSpace", (1, 8, 2, 2), blocksize=0),
    "SpaceToDepth": op("SpaceToDepth", (1, 2, 5, 6), blocksize=2),
    "SpaceToDepth of three axes": op("SpaceToDepth", (1, 2, 6), blocksize=2),
    "Gemm": op("Gemm", (1, 3), W((4, 5))),
    "MatMul": op("MatMul", (1, 2, 3), (1, 4, 5)),
    "MatMul by what is stored": op("MatMul", (1, 2, 3), W((4, 5))),
    "MatMul of other heads": op("MatMul", (1, 2, 2, 3), (1, 3, 3, 4)),
    "Conv of one stride": op("Conv", (1, 4, 5, 6), W((2, 4, 3, 3)), strides=[1]),
    "Conv of three pads": op("Conv", (1, 4, 5, 6), W((2, 4, 3, 3)), pads=[1, 1, 1]),
    "Conv of a pad below 0": op("Conv", (1, 4, 5, 6), W((2, 4, 2, 2)), pads=[-1, 0, 0, 0]),
    "Conv of other channels": op("Conv", (1, 4, 5, 6), W((2, 3, 3, 3))),
    "Gather behind the end": op("Gather", (1, 3, 4), [3], axis=1),
    "Gather before the front": op("Gather", (1, 3, 4), [-4, 0], axis=1),
    "Concat of other columns": op("Concat", (1, 2, 3), (1, 2, 4), axis=1),
    "Concat of other axes": op("Concat", (1, 2, 3), (1, 2), axis=1),
    "Split of less than all": op("Split", (1, 4, 3), [1, 2], axis=1, results=2),
    "Split of more than come out": op("Split", (1, 4, 3), axis=1, num_outputs=3, results=2),
    "Reshape to fewer": op("Reshape", (1, 2, 3), [1, 4]),
    "Reshape that does not divide": op("Reshape", (1, 2, 3), [1, 4, -1]),
    "Reshape with two to be found": op("Reshape", (1, 2, 3), [-1, -1]),
    "Reshape that keeps what is not there": op("Reshape", (1, 2, 3), [1, 6, 0, 0]),
    "Squeeze of two places": op("Squeeze", (1, 2, 3), [1]),
    "Unsqueeze of one axis twice": op("Unsqueeze", (1, 2, 3), [1, 1]),
    "Unsqueeze beyond the axes": op("Unsqueeze", (1, 2, 3), [5]),
    "Softmax beyond the axes": op("Softmax", (1, 2, 3), axis=3),
    "ReduceSum beyond the axes": op("ReduceSum", (1, 2, 3), [4]),
    "Slice by steps of 0": op("Slice", (1, 4, 5, 6), [0], [3], [1], [0]),
    "Slice of two starts and an end": op("Slice", (1, 4, 5, 6), [0, 1], [3], [1]),
    "Tile of two of three axes": op("Tile", (1, 2, 3), [1, 2]),
    "Tile of four of three axes": op("Tile", (1, 2, 3), [1, 2, 1, 1]),
    "Expand of two to four": op("Expand", (1, 2, 3), [1, 4, 3]),
    "Pad of one axis of three": op("Pad", (1, 2, 3), [0, 1]),
    "Pad that crops all": op("Pad", (1, 3, 4), [0, 0, -2, 0, 0, -2]),
    "Pad that crops more than all": op("Pad", (1, 3, 4), [0, 0, -5, 0, 0, 0], mode="edge"),
    "Relu of what nothing makes": net([node("Relu", ["q"], ["y"])], {"x": (1, 2)}),
    "an output that nothing makes": net([node("Relu", ["x"], ["h"])], {"x": (1, 2)}),
    "BatchNormalization of other channels": op(
        "BatchNormalization", (1, 3, 4), W((2,)), W((2,)), W((2,)), W((2,))
    ),
    "LSTM of other features": op("LSTM", (4, 1, 3), W((1, 8, 2)), W((1, 8, 2)), hidden_size=2),
    "Einsum of two, one given": op("Einsum", (1, 2, 3), equation="bij,bjk->bik"),
    "Einsum that makes an axis": op("Einsum", (1, 2), (2, 3), equation="ij,jk->ikl"),
    "Einsum of fewer axes": op("Einsum", (1, 2, 3), (1, 3, 4), equation="bi,bjk->bik"),
    "Conv of three strides": op("Conv", (1, 4, 5, 6), W((2, 4, 3, 3)), strides=[1, 1, 1]),
    "Conv of one dilation": op("Conv", (1, 4, 5, 6), W((2, 4, 3, 3)), dilations=[2]),
    "MaxPool of no windows": op("MaxPool", (1, 4, 5, 6)),
    "Attention of no heads": op("Attention", (1, 3, 8), (1, 3, 8), (1, 3, 8), opset=23),
    "Relu of nothing": net([node("Relu", [], ["y"])], {"x": (1, 2)}),
    "Tile to nothing": op("Tile", (1, 2, 3), [1, 0, 1]),
    "SequenceAt of what was put in": net(
        [
            node("SequenceConstruct", ["x"], ["s"]),
            node("SequenceInsert", ["s", "x"], ["t"]),
            node("SequenceAt", ["t", "i"], ["y"]),
        ],
        {"x": (1, 2), "i": C((), [0])},
    ),
    "Range of stored steps of 0": adds("Range", 0.0, 1.0, 0.0),
    "Concat of stored ranks": adds("Concat", C((2,), [1.0, 2.0]), C((1, 2), [1.0, 2.0]), axis=0),
    "Transpose of stored axes": adds("Transpose", C((2, 3), [1.0] * 6), perm=[0, 0]),
    "Reshape of stored numbers": adds("Reshape", C((6,), [1.0] * 6), [4]),
    "ReduceMax of no stored numbers": adds("ReduceMax", C((0,), []), keepdims=0),
    "ConstantOfShape of a size below 0": adds("ConstantOfShape", [-1, 2]),
}
TEXT = Path(__file__).with_name("onnx_broken.txt").read_text(encoding="utf-8")
SAID = dict(one.strip().split("\n", 1) for one in TEXT.split("\n\n")[1:])


@each("name", BROKEN)
def test_what_does_not_fit_is_told(name: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.plan(convcalc.loads(BROKEN[name].data, "net.onnx"))
    assert str(caught.value) == f"net.onnx:{SAID[name]}"


def test_each_text_has_its_file() -> None:
    assert BROKEN.keys() == SAID.keys()


RELU = node("Relu", ["x"], ["y"])
ONE = node("Constant", [], ["y"], value=tensor("", (1,), [0.5]))


@each(
    ("nodes", "sizes", "outputs", "said"),
    [
        ([], [1, 3], ["y"], "it holds no operation"),
        ([RELU], None, ["y"], "input 'x' has no shape"),
        ([RELU], [1, -1], ["y"], "input 'x' has the size -1"),
        ([RELU], [1, MAX_COUNT + 1], ["y"], f"input 'x' has the size {MAX_COUNT + 1}"),
        ([RELU], [1, MAX_COUNT], ["y"], ""),
        ([ONE], "no input", ["y"], "it reads no input"),
        ([RELU], [1, 3], ["y", "y"], "its outputs have no names of their own"),
        ([RELU], [1, 3], [], "its outputs have no names of their own"),
    ],
)
def test_a_graph_that_lacks_something_is_told(
    nodes: list[bytes], sizes: Any, outputs: list[str], said: str
) -> None:
    inputs = {} if sizes == "no input" else {"x": sizes}
    data = model(nodes, inputs, outputs)
    if said:
        with pytest.raises(StackError, match=re.escape(said)):
            convcalc.loads(data, "net.onnx")
    else:
        assert convcalc.plan(convcalc.loads(data, "net.onnx"))[0].kind == "relu"


@each("many", [5, 7])
def test_a_tensor_of_more_or_fewer_bytes_than_its_elements_take_is_told(many: int) -> None:
    """2 x 3 float32 are 24 bytes."""
    stored = {"w": tensor("w", (2, 3), [0.5] * many)}
    data = model([node("MatMul", ["x", "w"], ["y"])], {"x": [1, 2]}, ["y"], stored)
    said = f"tensor 'w' of 6 elements of float32 has {4 * many} bytes"
    with pytest.raises(StackError, match=said):
        convcalc.loads(data, "net.onnx")
