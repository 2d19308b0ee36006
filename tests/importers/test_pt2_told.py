"""Operators of PyTorch in ONNX's words, after its operator reference: what is left out, and what
numbers stand for.
"""

from __future__ import annotations

import io
from typing import Any

from convcalc.importers.named_arguments import Tensor
from convcalc.importers.pytorch.program import read_program
from convcalc.importers.pytorch.telling import Telling
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program

NO_END = (1 << 63) - 1
SHAPES = {"x": [2, 3, 5], "z": [2, 3, 5], "y": [2, 3, 5]}


def told(op: str, given: dict[str, Any], y: list[int] | None = None) -> tuple[Telling, list[Any]]:
    """What one operator is told as: words of ONNX, what they read, and their attributes."""
    nodes = [node(f"aten.{op}", "y", **given)]
    data = archive(program(nodes, {"x": SHAPES["x"], "z": SHAPES["z"]}, ["y"],
                           {"y": y or SHAPES["y"]}))  # fmt: skip
    telling = Telling(read_program(io.BytesIO(data), "net.pt2", "net"))
    (operation,) = telling.program.operations
    found = []
    for one in telling._told(operation):
        reads = [telling.number(name) if name.startswith("number") else name for name in one.inputs]
        found.append((one.op, reads, dict(one.attributes)))
    return telling, found


@each(("op", "given", "wanted"), [
    ("add", {"self": "%x", "other": "%z"}, ("Add", ["x", "z"], {})),
    ("sub", {"self": "%x", "other": 2.5, "alpha": 1}, ("Sub", ["x", 2.5], {})),
    ("rsub", {"self": "%x", "other": 2.5}, ("Sub", [2.5, "x"], {})),
    ("rsub", {"self": "%x", "other": 2.5, "alpha": 1}, ("Sub", [2.5, "x"], {})),
    ("div", {"self": "%z", "other": "%x"}, ("Div", ["z", "x"], {})),
    ("pow", {"self": "%x", "exponent": 3}, ("Pow", ["x", 3.0], {})),
    ("bmm", {"self": "%x", "mat2": "%z"}, ("MatMul", ["x", "z"], {})),
    ("erf", {"self": "%x"}, ("Erf", ["x"], {})),
    ("relu6", {"self": "%x"}, ("Clip", ["x", 0.0, 6.0], {})),
    ("clamp", {"self": "%x", "min": 2, "max": 3.5}, ("Clip", ["x", 2.0, 3.5], {})),
    ("hardtanh", {"self": "%x", "min_val": -2, "max_val": 7.5}, ("Clip", ["x", -2.0, 7.5], {})),
    # Numbers that are larger than any of a piece are none.
    ("clamp", {"self": "%x", "min": -2.0, "max": 1e38}, ("Clip", ["x", -2.0, ""], {})),
    ("clamp_min", {"self": "%x", "min": 2}, ("Clip", ["x", 2.0, ""], {})),
    ("softmax", {"self": "%x", "dim": 1}, ("Softmax", ["x"], {"axis": 1})),
    ("_softmax", {"self": "%x"}, ("Softmax", ["x"], {"axis": -1})),
    ("mean", {"self": "%x", "dim": [-1], "keepdim": True}, ("ReduceMean", ["x"], {"axes": (2,)})),
    ("mean", {"self": "%x", "dim": [1], "keepdim": True}, ("ReduceMean", ["x"], {"axes": (1,)})),
    ("linalg_vector_norm", {"self": "%x", "ord": 2, "dim": [-2], "keepdim": True},
     ("ReduceL2", ["x"], {"axes": (1,)})),
    ("norm", {"self": "%x", "dim": [0], "keepdim": True}, ("ReduceL2", ["x"], {"axes": (0,)})),
    ("norm", {"self": "%x", "p": 2.0, "dim": [2], "keepdim": True},
     ("ReduceL2", ["x"], {"axes": (2,)})),
    ("cat", {"tensors": ["%x", "%z"], "dim": 2}, ("Concat", ["x", "z"], {"axis": 2})),
    ("cat", {"tensors": ["%z", "%x"]}, ("Concat", ["z", "x"], {"axis": 0})),
    ("slice", {"self": "%x", "dim": 1, "start": 1, "end": 2, "step": 2},
     ("Slice", ["x", 1.0, 2.0, 1.0, 2.0], {})),
    ("slice", {"self": "%x", "start": 1}, ("Slice", ["x", 1.0, float(NO_END), 0.0, 1.0], {})),
    ("slice", {"self": "%x", "dim": 2, "end": 4}, ("Slice", ["x", 0.0, 4.0, 2.0, 1.0], {})),
    ("slice", {"self": "%x", "dim": 2, "start": None, "end": None, "step": 2},
     ("Slice", ["x", 0.0, float(NO_END), 2.0, 2.0], {})),
    ("where", {"condition": "%x", "self": 2.5, "other": "%z"}, ("Where", ["x", 2.5, "z"], {})),
    ("where", {"condition": "%x", "self": "%z", "other": -1e300},
     ("Where", ["x", "z", -1e300], {})),
    ("masked_fill", {"self": "%x", "mask": "%z", "value": -1e300},
     ("Where", ["z", -1e300, "x"], {})),
    ("einsum", {"equation": "abc,abc->ab", "tensors": ["%x", "%z"]},
     ("Einsum", ["x", "z"], {"equation": "abc,abc->ab"})),
    ("expand", {"self": "%x", "size": [2, 3, 5]}, ("Expand", ["x"], {})),
])  # fmt: skip
def test_an_operator_that_onnx_has(
    op: str, given: dict[str, Any], wanted: tuple[str, list[Any], dict[str, Any]]
) -> None:
    assert told(op, given)[1] == [wanted]


@each(("op", "given"), [
    ("add", {"self": "%x", "other": "%z", "alpha": 2}), ("rsub", {"self": "%x", "other": 1.0,
                                                                 "alpha": 2}),
    ("div", {"self": "%x", "other": 2.0, "rounding_mode": "floor"}),
    ("mul", {"self": "%x", "other": 1e39}), ("mul", {"self": "%x", "other": -1e38}),
    # Over several axes, over one that goes, or of all numbers.
    ("mean", {"self": "%x", "dim": [1, 2], "keepdim": True}), ("mean", {"self": "%x"}),
    ("mean", {"self": "%x", "dim": [1], "keepdim": False}),
    ("norm", {"self": "%x", "p": 3, "dim": [1], "keepdim": True}),
    ("linalg_vector_norm", {"self": "%x", "ord": 1, "dim": [1], "keepdim": True}),
    # A deviation of a sample is none of ONNX.
    ("var", {"self": "%x", "dim": [1], "keepdim": True}),
    ("var", {"self": "%x", "dim": [1], "keepdim": True, "correction": 1}),
    ("var", {"self": "%x", "dim": [1], "keepdim": True, "unbiased": True}),
    ("relu", {"self": "%x"}),
])  # fmt: skip
def test_an_operator_that_is_not_told(op: str, given: dict[str, Any]) -> None:
    assert told(op, given)[1] == []


@each("given", [{"correction": 0}, {"unbiased": False}])
def test_a_variance_is_told_as_a_mean_of_squares(given: dict[str, Any]) -> None:
    found = told("var", {"self": "%x", "dim": [1], "keepdim": True, **given})[1]
    assert found == [
        ("ReduceMean", ["x"], {"axes": (1,)}), ("Sub", ["x", "y mean"], {}),
        ("Mul", ["y apart", "y apart"], {}), ("ReduceMean", ["y squares"], {"axes": (1,)}),
    ]  # fmt: skip


def test_one_over_a_root() -> None:
    assert told("rsqrt", {"self": "%x"})[1] == [
        ("Sqrt", ["x"], {}), ("Reciprocal", ["y root"], {}),
    ]  # fmt: skip


@each(("op", "given"), [
    ("clone", {}), ("detach", {}), ("dropout", {"p": 0.5, "train": False}), ("to", {}),
    ("slice", {"dim": 1}), ("slice", {"dim": 1, "start": 0, "end": NO_END}),
    ("slice", {"dim": 2, "start": None, "end": None, "step": 1}),
])  # fmt: skip
def test_what_gives_the_same_numbers_is_one_tensor(op: str, given: dict[str, Any]) -> None:
    telling, found = told(op, {"self": "%x", **given})
    assert (found, telling.same, telling.name(Tensor("y"))) == ([], {"y": "x"}, "x")


@each("op", ["view", "reshape", "unsqueeze"])
def test_another_shape_is_that_of_the_file(op: str) -> None:
    telling, found = told(op, {"self": "%x", "size": [6, -1]}, [6, 5])
    assert found == [("Reshape", ["x", "y sizes"], {})]
    assert telling.sizes("y sizes") == (6, 5)
    assert (telling.shape("y"), telling.shape("x")) == ((6, 5), (2, 3, 5))
    assert (telling.number("y sizes"), telling.number("nothing")) == (None, None)
