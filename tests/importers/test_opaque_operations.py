"""What an ONNX operation that no kind does says of itself: which places it reads, what it holds."""

from __future__ import annotations

from typing import Any

import convcalc
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_cases import C, Given, X, op


def rows_of(data: bytes) -> list[Any]:
    return list(convcalc.plan(convcalc.loads(data, "net.onnx")))


@each(
    ("word", "reads", "is_by_position"),
    [
        ("BitwiseXor", [X((1, 2, 3), 8), X((1, 2, 3), 8)], True),
        ("BitwiseXor", [X((1, 2, 3), 8), X((1, 1, 3), 8)], False),
        ("BitwiseXor", [X((1, 1, 3), 8), X((1, 2, 3), 8)], False),
        ("BitwiseXor", [X((1, 2, 3), 8), X((1, 2, 1), 8)], False),
        ("BitwiseXor", [X((1, 4, 3), 8), X((1, 1, 3), 8)], False),
        ("CumProd", [X((1, 2, 3), 8), C((), [1])], False),
        ("ReverseSequence", [X((1, 2, 3)), C((1,), [2])], False),
    ],
)
def test_a_function_of_each_element_reads_its_own_position(
    word: str, reads: list[Given], is_by_position: bool
) -> None:
    more: Any = {"time_axis": 1, "batch_axis": 0} if word == "ReverseSequence" else {}
    (row,) = rows_of(op(word, *reads, opset=26, **more).data)
    assert row.kind == "opaque"
    assert row.fields["reads"] == ("position" if is_by_position else None)


@each(
    ("stored", "kinds", "params"),
    [((3,), "parameter opaque", 3), ((2, 3), "parameter opaque", 6), ((1,), "opaque", 0),
     ((), "opaque", 0), ((2, 0), "opaque", 0)],
)  # fmt: skip
def test_what_was_learnt_is_a_layer_that_it_reads(
    stored: tuple[int, ...], kinds: str, params: int
) -> None:
    """Single numbers and none are no layers."""
    nodes = [node("Mine", ["x", "w"], ["y"], "mine", domain="mine")]
    data = model(nodes, {"x": [1, 6]}, ["y"], {"w": stored}, sizes={"y": [1, 6]})
    rows = rows_of(data)
    assert " ".join(row.kind for row in rows) == kinds
    assert sum(row.params for row in rows) == params


@each("is_inside", [True, False])
def test_numbers_that_stand_inside_of_it_are_not_known(is_inside: bool) -> None:
    more: Any = {"value": tensor("v", (3,), [1.0, 2.0, 3.0])} if is_inside else {"value": 3}
    nodes = [node("Mine", ["x"], ["y"], "mine", domain="mine", **more)]
    (row,) = rows_of(model(nodes, {"x": [1, 6]}, ["y"], sizes={"y": [1, 6]}))
    wanted = None if is_inside else 0
    assert (row.fields["params"], row.fields["buffers"]) == (wanted, wanted)


@each("dims", [(1, 2, 3, 2, 3), (1, 3, 2, 5, 2), (1, 2, 2, 3, 5)])
def test_an_output_of_more_axes_than_a_map_is_laid_out_in_fewer(dims: tuple[int, ...]) -> None:
    """The first two axes of the layer are one, and the tensor has all of its own."""
    case = op("OneHot", X(dims, 4), C((), [7]), C((2,), [0.0, 1.0]), opaque=True)
    (row,) = rows_of(case.data)
    _, channels, first, *others = dims
    assert row.output == (channels * first, *others, 7)


@each(
    ("queries", "keys", "is_one"),
    [(4, 4, True), (4, 2, True), (4, 1, True), (4, 3, False), (2, 4, False), (6, 4, False)],
)
def test_heads_share_keys_where_their_number_divides(queries: int, keys: int, is_one: bool) -> None:
    case = op("Attention", (1, queries, 3, 4), (1, keys, 5, 4), (1, keys, 5, 6), opset=23)
    opaque = [row for row in rows_of(case.data) if row.kind == "opaque"]
    said = f"Attention: {queries} heads share {keys}"
    assert [row.fields["note"] for row in opaque] == ([] if is_one else [said])


@each("many", [6, 7, 9, 10])
def test_borders_that_are_not_two_an_axis_are_not_known(many: int) -> None:
    """Of four axes there are eight."""
    ends = [0, 0, 1, 2, 0, 0, 3, 1, 1, 1][:many]
    nodes = [node("Pad", ["x", "ends"], ["y"])]
    stored = {"ends": tensor("ends", (many,), ends)}
    data = model(nodes, {"x": [1, 2, 3, 4]}, ["y"], stored, sizes={"y": [1, 2, 7, 7]})
    (row,) = rows_of(data)
    assert row.fields["note"] == "Pad: its padding is not known"
