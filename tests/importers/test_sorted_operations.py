"""Operations of ONNX files behind their readers, as programs that change files leave them."""

from __future__ import annotations

from convcalc.importers.model import Operation
from convcalc.importers.onnx.sorted_operations import in_order
from tests.importers.onnx_bytes import model, node
from tests.importers.planning import plan_of, refused


def test_operations_are_put_in_order() -> None:
    """As onnxruntime's float16 converter leaves a file, whose casts are the last of its nodes."""
    nodes = [
        node("Conv", ["half", "w"], ["a"], "/conv"),
        node("Relu", ["a"], ["whole"], "/act"),
        node("Cast", ["x"], ["half"], "/in", to=10),
        node("Cast", ["whole"], ["y"], "/out", to=1),
    ]
    weights = {"w": (8, 3, 3, 3)}
    plans = [
        plan_of(model([nodes[at] for at in order], {"x": [1, 3, 8, 8]}, ["y"], weights))
        for order in ((2, 0, 1, 3), (0, 1, 2, 3), (3, 1, 0, 2))
    ]
    for plan in plans:
        assert [(row.kind, row.output) for row in plan] == [
            ("conv", (8, 6, 6)),
            ("relu", (8, 6, 6)),
        ]
        assert plan.totals.params == 216
    # Lines are those of the file.
    assert [[row.place.line for row in plan if row.place] for plan in plans] == [
        [2, 3], [1, 2], [3, 2],
    ]  # fmt: skip


def test_operations_that_wait_for_each_other_are_refused() -> None:
    nodes = [node("Add", ["x", "b"], ["a"], "first"), node("Relu", ["a"], ["b"], "second")]
    problem = refused(model(nodes, {"x": [1, 3]}, ["b"]))
    assert problem.message == "`first` (Add) reads `b`, which nothing before it makes"
    itself = refused(model([node("Add", ["x", "y"], ["y"], "loop")], {"x": [1, 3]}, ["y"]))
    assert itself.message == "`loop` (Add) reads `y`, which nothing before it makes"


def test_what_stands_too_late_comes_before_the_first_that_needs_it() -> None:
    named = [Operation("Relu", one, (read,), (made,)) for one, read, made in (
        ("c", "b", "c"), ("a", "x", "a"), ("d", "x", "d"), ("b", "a", "b"),
    )]  # fmt: skip
    assert [named[at].name for at in in_order(named)] == ["a", "b", "c", "d"]
    deep = [Operation("Relu", "", (str(at + 1),), (str(at),)) for at in range(50_000)]
    assert in_order(deep) == [*reversed(range(50_000))]
