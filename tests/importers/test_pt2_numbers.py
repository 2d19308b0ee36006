"""Numbers that programs work out of sizes, and those that their files say themselves."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

import convcalc
from convcalc.importers.named_arguments import Number, Tensor
from convcalc.importers.pytorch.schema import (
    MalformedError,
    UntoldSizeError,
    argument,
    size_of,
    typed,
)
from convcalc.kinds.number_family import MulNumber
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program


def counted(op: str, *given: Any) -> dict[str, Any]:
    """An operator on numbers, those by name and others, which gives `n`."""
    args = [
        {"as_sym_int": {"as_name": one}} if isinstance(one, str) else {"as_int": one}
        for one in given
    ]
    inputs = [{"name": "ab"[at], "arg": one, "kind": 1} for at, one in enumerate(args)]
    outputs = [{"as_sym_int": {"as_name": "n"}}]
    return {"target": op, "inputs": inputs, "outputs": outputs, "metadata": {}, "name": "n"}


def of_axis(axis: int, name: str) -> dict[str, Any]:
    found = node("aten.sym_size", name, self="%x", dim=axis)
    return found | {"outputs": [{"as_sym_int": {"as_name": name}}]}


@each(("axis", "operator", "widths"), [
    # An axis of 7 is padded by what comes out, of 4 rows in the example and then of 6.
    (2, None, (11, 13)), (-2, None, (11, 13)), (1, None, (10, 10)), (-1, None, (14, 14)),
    (2, ("add", "h", 5), (16, 18)), (2, ("sub", "h", 3), (8, 10)), (2, ("sub", 9, "h"), (12, 10)),
    (2, ("mul", "h", "h"), (23, 43)), (2, ("floordiv", "h", 3), (8, 9)),
    (2, ("mod", "h", 3), (8, 7)), (2, ("neg", "h"), (3, 1)),
])  # fmt: skip
def test_numbers_follow_from_sizes(
    axis: int, operator: tuple[Any, ...] | None, widths: tuple[int, int]
) -> None:
    nodes = [of_axis(axis, "h"), node("aten.constant_pad_nd", "y", self="%x", pad=[0, 0])]
    if operator:
        nodes.insert(1, counted(f"_operator.{operator[0]}", *operator[1:]))
    name = "n" if operator else "h"
    nodes[-1]["inputs"][1]["arg"] = {"as_sym_ints": [{"as_int": 0}, {"as_name": name}]}
    shapes = {"y": [1, 3, 4, widths[0]]}
    data = archive(program(nodes, {"x": [1, 3, "rows", 7]}, ["y"], shapes))
    network = convcalc.loads(data, "net.pt2")
    for rows, width in zip((4, 6), widths, strict=True):
        plan = convcalc.plan(network, input=(3, rows, 7))
        assert plan.rows[-1].output == (3, rows, width)


@each(("key", "value", "number"), [
    ("sym_int_values", {"as_int": 3}, 3),
    ("sym_int_values", {"as_expr": {"expr_str": "s0", "hint": {"as_int": 5}}}, 5),
    ("sym_float_values", {"as_float": 2.5}, 2.5),
    ("sym_float_values", {"as_expr": {"expr_str": "s0", "hint": {"as_float": 0.25}}}, 0.25),
])  # fmt: skip
def test_numbers_that_the_file_says(key: str, value: dict[str, Any], number: float) -> None:
    nodes = [node("aten.mul", "y", self="%x", other=1)]
    nodes[0]["inputs"][1]["arg"] = {"as_sym_float": {"as_name": "n"}}
    found = program(nodes, {"x": [1, 3]}, ["y"], {"y": [1, 3]})
    found["graph_module"]["graph"][key] = {"m": {"as_int": 9}, "n": value, "o": {"as_int": 8}}
    (row,) = convcalc.plan(convcalc.loads(archive(found), "net.pt2")).rows
    layer = row.node.layer
    assert isinstance(layer, MulNumber)
    assert layer.value == number


@each(("value", "size"), [
    ({"as_int": 3}, (3, "")), ({"as_int": 0}, (0, "")),
    ({"as_expr": {"expr_str": "2*s0", "hint": {"as_int": 6}}}, (6, "2*s0")),
    ({"as_expr": {"hint": {"as_int": 0}}}, (0, "size")),
    ({"as_expr": {"expr_str": "u0", "hint": None}}, UntoldSizeError),
    ({"as_expr": {"expr_str": "u0"}}, UntoldSizeError),
    ({"as_expr": {"expr_str": "s0", "hint": {"as_int": -2}}}, MalformedError),
    ({"as_expr": {"expr_str": "s0", "hint": {"as_float": 2.5}}}, MalformedError),
    ({"as_int": -1}, MalformedError), ({"as_int": True}, MalformedError),
    ({"as_int": "3"}, MalformedError), ({"as_float": 3}, MalformedError),
    ({"as_int": 3, "as_expr": {}}, MalformedError), ({}, MalformedError), (3, MalformedError),
])  # fmt: skip
def test_a_size_of_the_file(value: Any, size: Any) -> None:
    if isinstance(size, tuple):
        assert size_of(value) == size
    else:
        with pytest.raises(size):
            size_of(value)


T, N = {"name": "t"}, {"as_name": "n"}


@each(("form", "value", "found"), [
    ("as_none", True, None), ("as_tensor", T, Tensor("t")), ("as_string", "t", "t"),
    ("as_optional_tensor", {"as_tensor": T}, Tensor("t")),
    ("as_optional_tensor", {"as_none": True}, None),
    ("as_optional_tensor", {"as_string": T}, None),
    ("as_tensors", [T, {"name": "u"}], (Tensor("t"), Tensor("u"))),
    ("as_optional_tensors", [{"as_none": True}, {"as_tensor": T}], (None, Tensor("t"))),
    ("as_sym_int", N, Number("n")), ("as_sym_bool", N, Number("n")),
    ("as_sym_float", {"as_float": 2.5}, 2.5), ("as_sym_int", {"as_int": 3}, 3),
    ("as_sym_ints", [{"as_int": 3}, N], (3, Number("n"))), ("as_sym_bools", [N], (Number("n"),)),
    ("as_sym_floats", [{"as_float": 0.5}], (0.5,)),
    ("as_ints", [3, 5], (3, 5)), ("as_bools", [True], (True,)), ("as_int", 3, 3),
    ("as_float", 2.5, 2.5), ("as_float", "inf", inf), ("as_float", "-Infinity", -inf),
    ("as_device", {"type": "cpu"}, {"type": "cpu"}),
    ("as_float", "many", MalformedError), ("as_tensors", T, MalformedError),
    ("as_sym_ints", 3, MalformedError), ("as_sym_int", 3, MalformedError),
    ("as_optional_tensor", {"as_tensor": T, "as_none": True}, MalformedError),
])  # fmt: skip
def test_an_argument_of_the_file(form: str, value: Any, found: Any) -> None:
    if found is MalformedError:
        with pytest.raises(found):
            argument(form, value)
        return
    given = argument(form, value)
    assert (given, type(given)) == (found, type(found))
    if isinstance(found, tuple):
        assert [*map(type, given)] == [*map(type, found)]


@each(("value", "kind", "is_it"), [
    (3, int, True), (True, bool, True), ("3", str, True), ([], list, True), ({}, dict, True),
    (True, int, False), (3, bool, False), ("3", int, False), (None, dict, False),
])  # fmt: skip
def test_what_stands_under_a_key_is_of_its_type(value: Any, kind: type, is_it: bool) -> None:
    if is_it:
        assert typed({"key": value, "other": None}, "key", kind) is value
    else:
        with pytest.raises(MalformedError, match=f"is {type(value).__name__}, not"):
            typed({"key": value}, "key", kind)
