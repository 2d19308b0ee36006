"""Exported programs of PyTorch, written by hand, and the figures that they have by hand."""

from __future__ import annotations

import json

import pytest

import convcalc
from convcalc.importers.pytorch.walk import _worked_out
from convcalc.kinds.base.stated import MAX_SIZE
from tests.each import each
from tests.importers.planning import plan_of, refused
from tests.importers.pt2_bytes import NET, archive, node, program


def test_a_small_program_has_the_figures_of_its_layers() -> None:
    plan = plan_of(archive(NET))
    # A dense layer reads a map as well as tokens, and what nobody reads is left out.
    assert [(row.name, row.kind, row.output) for row in plan] == [
        ("stem.conv", "conv", (6, 4, 4)),
        ("stem.act", "relu", (6, 4, 4)),
        ("head", "linear", (5, 4, 4)),
        ("flatten", "flatten", (5, 16)),
    ]
    # 6 * 27 + 6, and 5 * 6; 27 * 6 MACs at 16 positions, and 30 at each token.
    assert plan.totals.params == 168 + 30
    assert plan.totals.macs == 162 * 16 + 30 * 16


def test_several_samples_in_the_example_are_one_in_the_plan() -> None:
    several = json.loads(json.dumps(NET))
    for one in several["graph_module"]["graph"]["tensor_values"].values():
        if len(one["sizes"]) > 2 and one["sizes"][0]["as_int"] == 1:
            one["sizes"][0]["as_int"] = 4
    plan = plan_of(archive(several))
    assert plan.totals.macs == 162 * 16 + 30 * 16


def test_another_size_is_planned_where_nothing_is_written_into_the_program() -> None:
    plan = plan_of(archive(NET), input=[3, 16, 16])
    assert plan["flatten"].output == (5, 64)


@each(
    ("size", "stated", "found"),
    [
        # Eight channels of 16 positions, as two samples have them.
        ([2, 8, -1], [2, 8, 16], (8, 16)),
        ([2, -1], [2, 128], (128,)),
        ([2, 2, -1, 4, 4], [2, 2, 4, 4, 4], (2, 4, 4, 4)),
        ([-1, 8, 16], [2, 8, 16], (8, 16)),
        ([2, -1, 16], [2, 8, 16], (8, 16)),
    ],
)
def test_what_is_left_of_several_samples_is_left_of_one(
    size: list[int], stated: list[int], found: tuple[int, ...]
) -> None:
    """The open size was half of what it is: the 2 was taken for an axis of the sample."""
    nodes = [node("aten.view", "v", self="%x", size=size), node("aten.relu", "y", self="%v")]
    shapes = {"v": stated, "y": stated}
    plan = plan_of(archive(program(nodes, {"x": [2, 8, 4, 4]}, ["y"], shapes)))
    assert plan[-1].output == found


def test_an_open_size_follows_the_map_where_the_batch_is_written_in() -> None:
    nodes = [node("aten.view", "v", self="%x", size=[2, 8, -1])]
    data = archive(program(nodes, {"x": [2, 8, 4, 4]}, ["v"], {"v": [2, 8, 16]}))
    assert plan_of(data, input=[8, 6, 6])[-1].output == (8, 36)


@each(
    ("shape", "inputs"),
    [([3], {"x": (3,), "w": (3,)}), ([3, 1], {"x": (3,), "w": (1,)})],
)
def test_as_many_numbers_as_samples_are_of_what_they_meet(
    shape: list[int], inputs: dict[str, tuple[int, ...]]
) -> None:
    """Three factors of three features were one for each of three samples."""
    nodes = [
        node("aten.view", "v", self="%w", size=shape),
        node("aten.mul", "y", self="%x", other="%v"),
    ]
    data = archive(program(nodes, {"x": [3, 3], "w": [3]}, ["y"], {"v": shape, "y": [3, 3]}))
    network = convcalc.loads(data, "net")
    assert network.inputs == inputs
    assert convcalc.plan(network)[-1].output == (3,)


@each(
    ("product", "inputs", "macs"),
    [
        ({"self": "%x", "other": "%w"}, ((3,), (3,), (1,)), 3),
        ({"self": "%x", "vec": "%w"}, ((3,), (3,), (1,)), 3),
        # It sums over what stands first, so that there are no samples.
        ({"self": "%w", "other": "%x"}, ((3, 3), (3,), (3,)), 9),
    ],
)
def test_a_vector_that_a_product_sums_over_holds_no_number_of_each_sample(
    product: dict[str, str], inputs: tuple[tuple[int, ...], ...], macs: int
) -> None:
    """`x @ w + t` of `[3, 3]`, `[3]` and `[3]`: only `t` has a number for each of three samples."""
    op = "aten.mv" if "vec" in product else "aten.matmul"
    nodes = [node(op, "v", **product), node("aten.add", "y", self="%v", other="%t")]
    given = {"x": [3, 3], "w": [3], "t": [3]}
    data = archive(program(nodes, given, ["y"], {"v": [3], "y": [3]}))
    network = convcalc.loads(data, "net")
    assert tuple(network.inputs.values()) == inputs
    assert convcalc.plan(network).totals.macs == macs


NODES = program(
    [
        node("aten.linear", "y", [":Net", "embed:Linear"], input="%x", weight="%w"),
        node("aten.matmul", "z", [":Net"], self="%a", other="%y"),
    ],
    {"x": [5, 4], "a": [5, 5]},
    ["z"],
    {"y": [5, 2], "z": [5, 2]},
    {"w": ("embed.weight", [2, 4])},
)


def test_nodes_of_a_graph_are_no_samples() -> None:
    """The product of the matrix of a graph was refused: it was taken for a sum over samples."""
    plan = plan_of(archive(NODES))
    # Five nodes of 4 features as 2, and five sums over five nodes for each of the 2.
    assert [row.macs for row in plan] == [5 * 4 * 2, 5 * 5 * 2]
    assert "no axis of the inputs is their batch: all of each is one sample" in plan.notes


def test_products_of_each_with_each_are_those_of_one_sample() -> None:
    """`x @ x.t()` was opaque along samples, of unknown MACs."""
    nodes = [node("aten.t", "t", self="%x"), node("aten.matmul", "y", self="%x", other="%t")]
    plan = plan_of(archive(program(nodes, {"x": [7, 6]}, ["y"], {"t": [6, 7], "y": [7, 7]})))
    assert [(row.kind, row.output, row.macs) for row in plan] == [("matmul", (7, 7), 7 * 7 * 6)]


def test_more_nodes_of_a_graph_are_another_size() -> None:
    plan = plan_of(archive(NODES), input={"x": [4, 6], "a": [6, 6]})
    assert [row.macs for row in plan] == [6 * 4 * 2, 6 * 6 * 2]


def tagger(read: str, layers: int = 1) -> bytes:
    """An LSTM of 3 features and 2 states over 5 steps; `read` of its outputs is handed on."""
    size = [layers, 1, 2]
    names = ["wi", "wh"] + ["wi2", "wh2"] * (layers - 1)
    inside = {"input": "%x", "hx": ["%h0", "%h0"], "params": [f"%{one}" for one in names]}
    told = {"has_biases": False, "num_layers": layers, "dropout": 0.0, "train": False}
    ways = {"bidirectional": False, "batch_first": True}
    nodes = [
        node("aten.zeros", "h0", size=size),
        node("aten.lstm", ["y", "h", "c"], **inside, **told, **ways),
        node("aten.select", "last", self=f"%{read}", dim=0, index=-1),
    ]
    shapes = {"h0": size, "y": [1, 5, 2], "h": size, "c": size, "last": [1, 2]}
    stored = {name: (name, [8, 3 if name == "wi" else 2]) for name in names}
    return archive(program(nodes, {"x": [1, 5, 3]}, ["last"], shapes, stored))


def test_the_last_state_of_a_recurrence_is_that_of_its_last_step() -> None:
    plan = plan_of(tagger("h"))
    assert [(row.kind, row.output) for row in plan] == [
        ("lstm", (2, 5)),
        ("slice", (2, 1)),
        ("flatten", (2,)),
    ]
    assert tuple(plan.rows[1].fields["channels"]) == (4, 5)
    # 4 gates of 2 states read 3 features and 2 states, at 5 steps.
    assert (plan.totals.params, plan.totals.buffers, plan.totals.macs) == (40, 0, 200)


def test_the_last_cell_of_a_recurrence_stands_behind_its_states() -> None:
    plan = plan_of(tagger("c"))
    assert [(row.kind, row.output) for row in plan] == [
        ("lstm", (4, 5)),
        ("split", (2, 5)),
        ("slice", (2, 1)),
        ("flatten", (2,)),
    ]
    assert (plan.totals.params, plan.totals.buffers, plan.totals.macs) == (40, 0, 200)


def test_last_states_of_several_layers_are_those_of_layers_by_themselves() -> None:
    plan = plan_of(tagger("h", layers=2))
    kinds = [row.kind for row in plan]
    assert (kinds[0], kinds.count("lstm"), kinds.count("opaque")) == ("lstm", 2, 0)
    # The second layer reads 2 features in place of 3.
    assert (plan.totals.params, plan.totals.buffers, plan.totals.macs) == (72, 0, 72 * 5)


@each(
    ("bounds", "kind"),
    [({"min": 0}, "relu"), ({"min": 0, "max": 6}, "relu6"), ({"min": 0, "max": 5}, "hardtanh")],
)
def test_bounds_are_the_function_that_they_make(bounds: dict[str, int], kind: str) -> None:
    nodes = [node("aten.clamp", "y", self="%x", **bounds)]
    plan = plan_of(archive(program(nodes, {"x": [1, 2, 3]}, ["y"], {"y": [1, 2, 3]})))
    assert [row.kind for row in plan] == [kind]


def test_what_is_written_in_place_is_what_later_operations_read() -> None:
    nodes = [
        node("aten.conv2d", "a", input="%x", weight="%w"),
        node("aten.mul_", "b", self="%a", other=2.0),
        node("aten.relu", "y", self="%a"),
    ]
    shapes = {"a": [1, 4, 6, 6], "b": [1, 4, 6, 6], "y": [1, 4, 6, 6]}
    weights = {"w": ("w", [4, 4, 1, 1])}
    plan = plan_of(archive(program(nodes, {"x": [1, 4, 6, 6]}, ["y"], shapes, weights)))
    assert [row.kind for row in plan] == ["conv", "mul_number", "relu"]


@pytest.mark.parametrize("stated", [5, 7, 12])
def test_a_stated_shape_is_held_against_the_one_found(stated: int) -> None:
    wrong = json.loads(json.dumps(NET))
    wrong["graph_module"]["graph"]["tensor_values"]["conv2d"]["sizes"][1]["as_int"] = stated
    problem = refused(archive(wrong))
    assert problem.message == (
        "`conv2d` (aten.conv2d) cannot be read: "
        f"it comes to 1x6x4x4, and the file says 1x{stated}x4x4"
    )


def given_on(axes: int) -> bytes:
    """A program that gives its second input, of so many axes of 2, as it is."""
    inputs = {"x": [1, 4], "z": [1, *[2] * axes]}
    return archive(program([node("aten.relu", "y", self="%x")], inputs, ["z", "y"], {"y": [1, 4]}))


def test_an_input_that_is_an_output_has_a_row_or_is_refused() -> None:
    """`import` ended in a KeyError."""
    plan = plan_of(given_on(3))
    assert [(row.kind, row.output) for row in plan] == [("relu", (4,)), ("identity", (2, 2, 2))]
    assert plan.outputs == tuple(plan[row.name].name for row in plan.rows[::-1])
    assert refused(given_on(5)).message == (
        "input `z` is [1, 2, 2, 2, 2, 2]: 5 axes beside its samples; 4 are read"
    )


def test_a_size_that_a_mask_leaves_is_told_of() -> None:
    """It was a broken archive."""
    nodes = [node("aten.masked_select", "y", self="%x", mask="%x")]
    found = program(nodes, {"x": [1, 4]}, ["y"], {"y": [4]})
    of_y = found["graph_module"]["graph"]["tensor_values"]["y"]
    of_y["sizes"] = [{"as_expr": {"expr_str": "u0", "hint": None}}]
    problem = refused(archive(found))
    assert problem.message == "a size of `y` depends on numbers that the network has in a run"
    assert problem.help.startswith("pick places by their numbers, as in `x[:, places]`")


@each(("op", "given", "found"), [
    ("add", (MAX_SIZE - 1, 1), MAX_SIZE), ("sub", (-MAX_SIZE, 0), -MAX_SIZE), ("mul", (3, 4), 12),
    ("floordiv", (7, 2), 3), ("mod", (7, 4), 3), ("neg", (5,), -5),
    ("add", (MAX_SIZE, 1), None), ("sub", (-MAX_SIZE, 1), None), ("mul", (MAX_SIZE, 2), None),
])  # fmt: skip
def test_sizes_that_are_worked_out(op: str, given: tuple[int, ...], found: int | None) -> None:
    if found is None:
        with pytest.raises(OverflowError, match=f"^it comes to more than {MAX_SIZE}$"):
            _worked_out(f"operator.{op}", given)
    else:
        assert _worked_out(f"operator.{op}", given) == found


@each("given", [("ab", 3), ([1], 3), (None, 1)])
def test_what_is_no_number_is_not_multiplied(given: tuple[object, ...]) -> None:
    with pytest.raises(TypeError, match="that is no number"):
        _worked_out("operator.mul", given)
