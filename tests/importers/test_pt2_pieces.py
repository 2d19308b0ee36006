"""Functions, heads and attention that programs of PyTorch write in pieces."""

from __future__ import annotations

from typing import Any

import convcalc
from tests.each import each
from tests.importers import pt2_cases_of_pieces as pieces
from tests.importers.onnx_cases import W, X
from tests.importers.planning import plan_of
from tests.importers.pt2_bytes import HEADS, archive, node, program


def test_heads_take_no_layer_of_their_own() -> None:
    plan = plan_of(archive(HEADS))
    assert [(row.kind, row.output) for row in plan] == [
        ("linear", (24, 10)),
        ("split", (8, 10)),
        ("split", (8, 10)),
        ("split", (8, 10)),
        ("scaled_dot_product_attention", (8, 10)),
    ]
    # 24 * 8 at 10 tokens; two products of 10 x 10 x 4 for each of two heads.
    assert plan.totals.macs == 1920 + 2 * 2 * 400


def _swish(*between: dict[str, Any]) -> bytes:
    nodes = [
        node("aten.sigmoid", "gate", self="%x"),
        *between,
        node("aten.mul", "y", self="%x", other="%gate"),
    ]
    shapes = {"gate": [1, 8, 4], "m": [1, 8, 4], "y": [1, 8, 4]}
    return archive(program(nodes, {"x": [1, 8, 4]}, ["y"], shapes))


@each("name", pieces.WHOLE)
def test_what_is_in_pieces_is_one_layer(name: str) -> None:
    data = pieces.PIECES[f"pieces of {name}"].case([pieces.DIMS]).data
    kinds = [row.kind for row in plan_of(data) if row.kind != "rearrange"]
    assert kinds == [pieces.WHOLE[name][1]]


@each(("factor", "shift", "is_one"), [
    ((1, 1, 3), (1, 1, 3), True), ((3,), (1, 1, 3), True),
    # A number for each row, and all numbers of a row for it alone.
    ((1, 3, 1), (3,), False), ((3,), (3, 1), False), ((3, 3), (3,), False),
])  # fmt: skip
def test_a_norm_in_pieces_is_one_layer_where_its_numbers_lie_along_its_axis(
    factor: tuple[int, ...], shift: tuple[int, ...], is_one: bool
) -> None:
    x = X(pieces.DIMS)
    call = pieces.layer_norm([x, x], 0.25, W(factor), W(shift))
    plan = plan_of(call.case([pieces.DIMS]).data)
    assert ([row.kind for row in plan] == ["layer_norm"]) == is_one


@each(("name", "kind"), [("groups", "group_norm"), ("every second column", "rearrange")])
def test_groups_and_phases_in_pieces_are_one_layer(name: str, kind: str) -> None:
    shape = (1, 4, 4) if name == "groups" else (1, 4, 3)
    assert [row.kind for row in plan_of(pieces.PIECES[name].case([shape]).data)] == [kind]


def test_what_is_written_into_in_between_is_no_piece() -> None:
    # The gate is of x, and what it opens is of 3 x.
    data = _swish(node("aten.mul_", "m", self="%x", other=3.0))
    assert [row.kind for row in plan_of(data)] == ["sigmoid", "mul_number", "mul"]


def test_what_is_written_into_what_nobody_else_reads_is_a_piece() -> None:
    write = node("aten.mul_", "y", self="%gate", other="%x")
    nodes = [node("aten.sigmoid", "gate", self="%x"), write]
    shapes = {name: [1, 8, 4] for name in ("gate", "y", "z")}
    plain = archive(program(nodes, {"x": [1, 8, 4]}, ["y"], shapes))
    assert [row.kind for row in plan_of(plain)] == ["silu"]
    # Read again by its first name, it is what was written.
    nodes.append(node("aten.add", "z", self="%y", other="%gate"))
    twice = archive(program(nodes, {"x": [1, 8, 4]}, ["z"], shapes))
    assert [row.kind for row in plan_of(twice)] == ["sigmoid", "mul", "add"]


def attended(*beside: dict[str, Any], outputs: tuple[str, ...] = ()) -> convcalc.Plan:
    """The plan of attention in pieces, with something beside it and more outputs."""
    heads, scores = [1, 2, 10, 4], [1, 2, 10, 10]
    nodes = [
        *HEADS["graph_module"]["graph"]["nodes"][:4],
        node("aten.transpose", "kt", self="%k", dim0=-2, dim1=-1),
        node("aten.matmul", "s", self="%q", other="%kt"),
        node("aten.div", "scaled", self="%s", other=2.0),
        node("aten.softmax", "p", self="%scaled", dim=-1),
        node("aten.matmul", "o", self="%p", other="%v"),
        node("aten.transpose", "turned", self="%o", dim0=1, dim1=2),
        node("aten.reshape", "joined", self="%turned", shape=[1, 10, 8]),
        *beside,
    ]
    shapes = {"qkv": [1, 10, 24], "kt": [1, 2, 4, 10], "joined": [1, 10, 8], "mean": [1, 10, 10]}
    shapes |= dict.fromkeys("qkvo", heads) | dict.fromkeys(("s", "scaled", "p", "same"), scores)
    weights, given = {"w": ("qkv.weight", [24, 8])}, ["joined", *outputs]
    return plan_of(archive(program(nodes, {"x": [1, 10, 8]}, given, shapes, weights)))


def test_attention_in_pieces_is_one_layer() -> None:
    plan = attended()
    assert [row.kind for row in plan][-1] == "scaled_dot_product_attention"
    # 24 * 8 at 10 positions, and 2 heads of 10 x 10 scores of 4 features, twice.
    assert plan.totals.macs == 1920 + 2 * 100 * 4 * 2


@each("read", ["s", "scaled", "p"])
def test_attention_whose_scores_or_shares_are_read_counts_each_product_once(read: str) -> None:
    same = node("aten.detach", "same", self=f"%{read}")
    mean = node("aten.mean", "mean", self="%same", dim=[1], keepdim=False)
    for found in (attended(same, outputs=("same",)), attended(same, mean, outputs=("mean",))):
        assert [row.kind for row in found if row.macs] == ["linear", "matmul", "matmul"]
        assert found.totals.macs == 1920 + 2 * 100 * 4 * 2
    # What is read for nothing is not read.
    assert [row.kind for row in attended(same, mean) if row.macs][1:] == [
        "scaled_dot_product_attention"
    ]
