"""One of two graphs: If, by sizes that are known, or by what is known only when it runs."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.importers.onnx_bytes import Inside, graph_of, model, node, part, tensor

# A convolution by weights around it, of 16 channels; and one of 4 whose weights it has itself.
THEN = graph_of([node("Conv", ["x", "w"], ["t"])], {}, ["t"], sizes={"t": [1, 16, 8, 8]})
ELSE = graph_of(
    [
        node("Conv", ["x", "own"], ["a"]),
        node("Sigmoid", ["a"], ["b"]),
        node("Mul", ["a", "b"], ["e"]),
    ],
    {},
    ["e"],
    {"own": (4, 3, 1, 1)},
    {"e": [1, 4, 8, 8]},
)
# Is the height of the image `wanted`?
ASKED = [
    node("Shape", ["x"], ["shape"]),
    node("Gather", ["shape", "two"], ["height"]),
    node("Equal", ["height", "wanted"], ["c"]),
]


def branched(then: Inside, otherwise: Inside, name: str = "/choice/If") -> bytes:
    return node("If", ["c"], ["y"], name, then_branch=then, else_branch=otherwise)


def plan_of(nodes: Sequence[bytes], wanted: int = 8, **options: object) -> convcalc.Plan:
    weights = {
        "w": (16, 3, 3, 3),
        "two": tensor("two", [], [2]),
        "wanted": tensor("wanted", [], [wanted]),
    }
    data = model([*nodes, node("Relu", ["y"], ["z"])], {"x": [1, 3, 8, 8]}, ["z"], weights)
    return convcalc.plan(convcalc.loads(data, "net.onnx"), **options)  # type: ignore[arg-type]


def test_the_branch_is_taken_that_the_sizes_say() -> None:
    plan = plan_of([*ASKED, branched(THEN, ELSE)], wanted=8)
    assert [(row.kind, row.output) for row in plan] == [("conv", (16, 6, 6)), ("relu", (16, 6, 6))]
    assert (plan.totals.params, plan.totals.macs) == (432, 432 * 36)


def test_a_branch_has_weights_and_pieces_of_its_own() -> None:
    plan = plan_of([*ASKED, branched(THEN, ELSE)], wanted=9)
    assert [(row.kind, row.params) for row in plan] == [("conv", 12), ("silu", 0), ("relu", 0)]


def test_another_size_may_take_the_other_branch() -> None:
    plan = plan_of([*ASKED, branched(THEN, ELSE)], wanted=9, input=(3, 9, 9))
    assert plan[0].output == (16, 7, 7)


def test_branches_in_branches_read_what_stands_around_all_of_them() -> None:
    inner = graph_of([branched(THEN, ELSE, "")], {}, ["y"])
    assert plan_of([*ASKED, branched(inner, ELSE)])[0].params == 432


@pytest.mark.parametrize(("deep", "is_read"), [(8, True), (9, False)])
def test_branches_are_read_eight_deep(deep: int, is_read: bool) -> None:
    inside = THEN
    for _ in range(deep - 1):
        inside = graph_of([branched(inside, ELSE, "")], {}, ["y"])
    if is_read:
        assert plan_of([*ASKED, branched(inside, ELSE)])[0].params == 432
    else:
        with pytest.raises(StackError, match="If"):
            plan_of([*ASKED, branched(inside, ELSE)])


def test_a_branch_that_gives_what_nothing_makes_is_told() -> None:
    for outputs in (["gone"], ["gone", "t"], ["t", "gone"]):
        broken = graph_of([node("Relu", ["x"], ["t"])], {}, outputs)
        with pytest.raises(StackError, match="reads `gone`, which nothing before it makes"):
            plan_of([*ASKED, branched(broken, ELSE)])


def test_what_stands_in_branches_has_no_number_of_its_own() -> None:
    """Three operations ask for a size, the fourth is the choice."""
    with pytest.raises(StackError, match="`Unheard number 5`"):
        plan_of([*ASKED, branched(THEN, ELSE), node("Unheard", ["y"], ["y"])])


def test_an_unknown_branch_has_the_shape_that_both_state() -> None:
    both = graph_of([node("Conv", ["x", "w"], ["s"])], {}, ["s"], sizes={"s": [1, 4, 8, 8]})
    asked = [node("ReduceMax", ["x"], ["most"], keepdims=0), node("Cast", ["most"], ["c"], to=9)]
    plan = plan_of([*asked, branched(both, ELSE)])
    assert [row.kind for row in plan][-3:] == ["parameter", "opaque", "relu"]
    assert plan[-1].output == (4, 8, 8)
    assert not plan.totals.complete


def test_branches_of_unequal_shapes_are_named() -> None:
    asked = [node("ReduceMax", ["x"], ["most"], keepdims=0), node("Cast", ["most"], ["c"], to=9)]
    with pytest.raises(StackError) as caught:
        plan_of([*asked, branched(THEN, ELSE)])
    (problem,) = caught.value.problems
    assert problem.message == "`/choice/If` (If) is no layer of any kind here"
    assert problem.note is not None
    assert problem.note.startswith("which branch it takes is known only when it runs")


def test_a_branch_in_a_function_reads_what_the_function_is_given() -> None:
    """A function `pick(c, x)` whose branches read its x, and a tensor that it makes."""
    inside = graph_of([node("Relu", ["twice"], ["r"])], {}, ["r"])
    other = graph_of([node("Neg", ["image"], ["n"])], {}, ["n"])
    function = b"".join(
        (
            part(1, "pick"),
            part(4, "c"),
            part(4, "image"),
            part(5, "picked"),
            part(7, node("Add", ["image", "image"], ["twice"])),
            part(7, node("If", ["c"], ["picked"], then_branch=inside, else_branch=other)),
            part(10, "mine"),
        )
    )
    nodes = [
        *ASKED,
        node("pick", ["c", "x"], ["y"], domain="mine"),
    ]
    weights = {"two": tensor("two", [], [2]), "wanted": tensor("wanted", [], [8])}
    data = model(nodes, {"x": [1, 3, 8, 8]}, ["y"], weights) + part(25, function)
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert [row.kind for row in plan] == ["add", "relu"]


def test_a_branch_that_makes_no_output_is_named() -> None:
    empty = graph_of([node("Relu", ["x"], ["t"])], {}, ["gone"])
    with pytest.raises(StackError) as caught:
        plan_of([*ASKED, branched(empty, ELSE)])
    (problem,) = caught.value.problems
    assert problem.message == "`/choice/If` (If) reads `gone`, which nothing before it makes"
