"""Exported programs of PyTorch, written by hand, and the figures that they have by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each
from tests.importers.planning import plan_of, refused
from tests.importers.pt2_bytes import NET, archive, node, program
from tests.importers.pt2_calls import weights


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
    ("read", "shape", "number"),
    [("place", (8,), 30.0), ("alone", (8, 1), 3.0), ("first", (8,), 3.0)],
)
def test_an_output_has_the_axes_of_its_tensor(
    read: str, shape: tuple[int, ...], number: float
) -> None:
    nodes = [
        node("aten.linear", "y", input="%x", weight="%w"),
        node("aten.argmax", "last", self="%p", dim=-1),
        node("aten.arange", "sample", end=1),
        node("aten.index", "place", self="%y", indices=["%sample", "%last"]),
        node("aten.slice", "alone", self="%y", dim=1, start=0, end=1),
        node("aten.select", "first", self="%y", dim=1, index=0),
    ]
    shapes = {"y": [1, 5, 8], "last": [1], "sample": [1]}
    shapes |= {"place": [1, 8], "alone": [1, 1, 8], "first": [1, 8]}
    inputs = {"x": [1, 5, 3], "p": [1, 5]}
    data = archive(program(nodes, inputs, [read], shapes, {"w": ("w", [8, 3])}))
    network = convcalc.loads(data, "net.pt2")
    assert convcalc.plan(network).rows[-1].output == shape
    # Channels first; tokens 0 to 2, 3 to 5, ..., 9 to 11 at place 3, that of the largest of p.
    x = np.arange(15.0).reshape(1, 5, 3).transpose(0, 2, 1)
    p = np.array([1.0, 2, 0, 7, 5]).reshape(1, *network.inputs["p"])
    weights = {"y.weight": np.ones((8, 3))}
    (y,) = convcalc.run(network, {"x": x, "p": p}, weights=weights).values()
    assert y.shape == (1, *shape)
    assert (y == number).all()


@each(("op", "number"), [("softmax", 1.0), ("log_softmax", 0.0), ("cumsum", 2.5)])
def test_an_axis_of_1_is_worked_along(op: str, number: float) -> None:
    nodes = [
        node("aten.unsqueeze", "u", self="%x", dim=1),
        node(f"aten.{op}", "y", self="%u", dim=1),
        node("aten.relu", "z", self="%y"),
    ]
    shapes = {name: [1, 1, 4] for name in "uyz"}
    data = archive(program(nodes, {"x": [1, 4]}, ["z"], shapes))
    network = convcalc.loads(data, "net.pt2")
    assert "opaque" not in {row.kind for row in convcalc.plan(network)}
    (y,) = convcalc.run(network, np.full((1, 4), 2.5)).values()
    assert (y.shape, {*y.ravel().tolist()}) == ((1, 4, 1), {number})


@each("op", ["argmax", "std"])
def test_its_place_or_deviation_along_an_axis_of_1_is_not_what_stands_there(op: str) -> None:
    nodes = [
        node("aten.unsqueeze", "u", self="%x", dim=1),
        node(f"aten.{op}", "y", self="%u", dim=1),
        node("aten.relu", "z", self="%y"),
    ]
    shapes = {"u": [1, 1, 4], "y": [1, 4], "z": [1, 4]}
    plan = plan_of(archive(program(nodes, {"x": [1, 4]}, ["z"], shapes)))
    assert [row.kind for row in plan][-2:] == ["opaque", "relu"]


def unknown(op: str, **inputs: Any) -> bytes:
    given = {"self": "%x", **inputs}
    nodes = [node(op, "y", **given), node("aten.relu", "z", self="%y")]
    shapes = {"y": [1, 4, 6, 6], "z": [1, 4, 6, 6]}
    return archive(program(nodes, {"x": [1, 4, 6, 6]}, ["z"], shapes))


@each("op", ["pieces.attention", "pieces.layer_norm", "pieces.gelu"])
def test_operators_called_as_what_is_found_again_are_none_of_them(op: str) -> None:
    plan = plan_of(unknown(op))
    assert [row.kind for row in plan] == ["opaque", "relu"]


def test_an_operation_without_a_rule_is_opaque_and_totals_say_at_least() -> None:
    plan = plan_of(unknown("custom.fold_back", times=2))
    assert [row.kind for row in plan] == ["opaque", "relu"]
    assert "custom.fold_back: no layer of ours does this" in plan["y"].notes
    assert not plan.totals.complete


@each("op", ["aten.flip", "aten.tan", "aten.grid_sampler", "aten.index_add", "aten.scatter_add"])
def test_an_operation_that_multiplies_nothing_has_no_macs(op: str) -> None:
    plan = plan_of(unknown(op))
    assert plan.totals.macs == 0
    assert "macs" not in plan["y"].unknown


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


_LONG = {"input": "%x", "hx": ["%h", "%h"], "params": ["%wi", "%wh"], "num_layers": 10**12}


@each(
    ("op", "told", "why"),
    [
        ("aten.split", {"split_size": 1}, "it comes to 1,000,000,000 parts, and the file has 2"),
        ("aten.chunk", {"chunks": 10**15}, "it comes to 1,000,000,000 parts, and the file has 2"),
        ("aten.unbind", {}, "it comes to 1,000,000,000 parts, and the file has 2"),
    ],
)
def test_parts_that_the_file_does_not_name_are_not_counted_out(
    op: str, told: dict[str, int], why: str
) -> None:
    """The first two took 8 GB, and the third placed a layer that nothing reads."""
    nodes = [node(op, ["a", "b"], self="%x", dim=1, **told), node("aten.relu", "y", self="%a")]
    one = [1] if op == "aten.unbind" else [1, 1]
    shapes = {"a": one, "b": one, "y": one}
    plan = plan_of(archive(program(nodes, {"x": [1, 10**9]}, ["y"], shapes)))
    assert [row.kind for row in plan] == ["opaque", "relu"]
    assert plan.rows[0].notes == (f"{op}: {why}",)


def test_layers_of_a_recurrence_have_their_weights() -> None:
    """The names of the weights of 10^12 layers were written out."""
    sizes = [10**12, 1, 2]
    told = {"has_biases": False, "bidirectional": False, "batch_first": True}
    nodes = [
        node("aten.zeros", "h", size=sizes),
        node("aten.lstm", ["y", "hn", "cn"], **_LONG, **told, dropout=0.0, train=False),
    ]
    shapes = {"h": sizes, "y": [1, 5, 2], "hn": sizes, "cn": sizes}
    weights = {"wi": ("wi", [8, 3]), "wh": ("wh", [8, 2])}
    plan = plan_of(archive(program(nodes, {"x": [1, 5, 3]}, ["y"], shapes, weights)))
    (row,) = plan.rows
    # Its weights are in the file, whatever it does with them.
    assert (row.kind, row.params) == ("opaque", 8 * 3 + 8 * 2)
    why = "its layers have 2,000,000,000,000 weights, and the file gives 2"
    assert row.notes == (f"aten.lstm: {why}",)


def ran(nodes: list[Any], x: list[Any], sizes: list[int], outputs: str, **shapes: Any) -> Any:
    """The numbers that a program makes of `x`."""
    data = archive(program(nodes, {"x": sizes}, [outputs], {**shapes}))
    network = convcalc.loads(data, "net.pt2")
    found = convcalc.run(network, np.array(x, float).reshape(sizes))
    return found[list(found)[-1]]


def test_what_is_written_into_a_span_is_there_for_whoever_reads_the_whole() -> None:
    nodes = [
        node("aten.relu", "a", self="%x"),
        node("aten.slice", "s", self="%a", dim=1, start=1, end=3),
        node("aten.mul_", "m", self="%s", other=10.0),
        node("aten.relu", "y", self="%a"),
    ]
    shapes = {"a": [1, 4], "s": [1, 2], "m": [1, 2], "y": [1, 4]}
    # The second and the third of 1, 2, 3, 4, times ten.
    assert ran(nodes, [1, 2, 3, 4], [1, 4], "y", **shapes).tolist() == [[1, 20, 30, 4]]


def test_what_is_written_into_the_whole_is_there_for_an_earlier_look_at_it() -> None:
    nodes = [
        node("aten.relu", "a", self="%x"),
        node("aten.view", "v", self="%a", size=[1, 2, 2]),
        node("aten.mul_", "m", self="%a", other=10.0),
        node("aten.relu", "y", self="%v"),
    ]
    shapes = {"a": [1, 4], "v": [1, 2, 2], "m": [1, 4], "y": [1, 2, 2]}
    assert ran(nodes, [1, 2, 3, 4], [1, 4], "y", **shapes).ravel().tolist() == [10, 20, 30, 40]


def test_a_mask_of_constants_is_worked_out_when_the_network_runs() -> None:
    nodes = [
        node("aten.arange", "r", end=4),
        node("aten.ge", "g", self="%r", other=2),
        node("aten.unsqueeze", "u", self="%g", dim=0),
        node("aten.mul", "y", self="%x", other="%u"),
    ]
    shapes = {"r": [4], "g": [4], "u": [1, 4], "y": [1, 4]}
    assert ran(nodes, [1, 2, 3, 4], [1, 4], "y", **shapes).tolist() == [[0, 0, 3, 4]]


def test_all_places_in_their_order_are_the_tensor_itself() -> None:
    nodes = [
        node("aten.arange", "zero", end=1),
        node("aten.arange", "all", end=4),
        node("aten.index", "y", self="%x", indices=["%zero", "%all"]),
    ]
    shapes = {"all": [4], "zero": [1], "y": [4]}
    assert ran(nodes, [5, 6, 7, 8], [1, 4], "y", **shapes).tolist() == [[5, 6, 7, 8]]
    plan = plan_of(archive(program(nodes, {"x": [1, 4]}, ["y"], shapes)))
    assert "take" not in [row.kind for row in plan]


@each("from_end", [False, True])
def test_places_on_two_axes_are_those_of_one(from_end: bool) -> None:
    """The pairs of DLRM: below the diagonal of [[1, 2, 3], [4, 5, 6], [7, 8, 9]]."""
    nodes = [
        node("aten.arange", "zero", end=1),
        node("aten.tril_indices", "t", row=3, col=3, offset=-1),
        node("aten.select", "r", self="%t", dim=0, index=0),
        node("aten.select", "c", self="%t", dim=0, index=1),
        node("aten.sub", "d", self="%c", other=3 if from_end else 0),
        node("aten.index", "y", self="%x", indices=["%zero", "%r", "%d"]),
    ]
    shapes = {"zero": [1], "t": [2, 3], "r": [3], "c": [3], "d": [3], "y": [3]}
    assert ran(nodes, [*range(1, 10)], [1, 3, 3], "y", **shapes).ravel().tolist() == [4, 7, 8]


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


@each("word", ["flor", "sigmoid"])
def test_a_quotient_that_is_rounded_by_another_word_is_opaque(word: str) -> None:
    """The first ended in a bug report, the second was a sigmoid."""
    nodes = [node("aten.div", "y", self="%x", other=3.0, rounding_mode=word)]
    (row,) = plan_of(archive(program(nodes, {"x": [1, 4]}, ["y"], {"y": [1, 4]})))
    assert (row.kind, row.macs) == ("opaque", 0)
    assert row.notes == (f"aten.div: it rounds by `{word}`",)


def test_more_sections_than_there_are_places_are_opaque() -> None:
    """It made a list of so many."""
    nodes = [node("aten.tensor_split", ["y", "z"], self="%x", sections=10**12, dim=1)]
    shapes = {"y": [1, 2], "z": [1, 2]}
    plan = plan_of(archive(program(nodes, {"x": [1, 4]}, ["y"], shapes)))
    assert plan["y"].notes == ("aten.tensor_split: it cuts 4 into 1,000,000,000,000",)


def test_a_size_that_a_mask_leaves_is_told_of() -> None:
    """It was a broken archive."""
    nodes = [node("aten.masked_select", "y", self="%x", mask="%x")]
    found = program(nodes, {"x": [1, 4]}, ["y"], {"y": [4]})
    of_y = found["graph_module"]["graph"]["tensor_values"]["y"]
    of_y["sizes"] = [{"as_expr": {"expr_str": "u0", "hint": None}}]
    problem = refused(archive(found))
    assert problem.message == "a size of `y` depends on numbers that the network has in a run"
    assert problem.help.startswith("pick places by their numbers, as in `x[:, places]`")


def test_a_weight_that_was_changed_is_told_by_the_checksum_of_its_entry(tmp_path: Path) -> None:
    found = program(
        [node("aten.mul", "y", self="%x", other="%w")], {"x": [1, 2]}, ["y"], {"y": [1, 2]},
        {"w": ("w", [2])},
    )  # fmt: skip
    data = archive(found, more=weights({"w": np.array([3.0, 5.0], "float32")}))
    path = tmp_path / "net.pt2"
    path.write_bytes(data)
    assert convcalc.run(convcalc.load(path), [[2, 7]])["y"].tolist() == [[6.0, 35.0]]
    place = data.index(np.array([3.0, 5.0], "<f4").tobytes())
    path.write_bytes(data[:place] + b"\1" + data[place + 1 :])
    with pytest.raises(StackError) as caught:
        convcalc.run(convcalc.load(path), [[2, 7]])
    assert "the bytes of `data/weights/w` are not those" in caught.value.problems[0].message


def test_what_is_joined_is_cut_alike() -> None:
    """`cat([x.view(1, 3, 2, 2).relu().view(1, 3, 4), x], 1)`: one has its rows in two axes."""
    nodes = [
        node("aten.view", "a", self="%x", size=[1, 3, 2, 2]),
        node("aten.sum", "b", self="%a", dim=[1], keepdim=True),
        node("aten.add", "c", self="%a", other="%b"),
        node("aten.view", "d", self="%c", size=[1, 3, 4]),
        node("aten.cat", "y", tensors=["%d", "%x"], dim=1),
    ]
    shapes = {
        "a": [1, 3, 2, 2], "b": [1, 1, 2, 2], "c": [1, 3, 2, 2], "d": [1, 3, 4], "y": [1, 6, 4]
    }  # fmt: skip
    network = convcalc.loads(archive(program(nodes, {"x": [1, 3, 4]}, ["y"], shapes)), "net.pt2")
    assert "opaque" not in [row.kind for row in convcalc.plan(network)]
    x = np.arange(12, dtype=np.float32).reshape(1, 3, 4)
    (y,) = convcalc.run(network, x).values()
    assert (
        y.ravel().tolist() == np.concatenate([x + x.sum(1, keepdims=True), x], 1).ravel().tolist()
    )


def test_an_equation_of_a_thousand_tensors_is_opaque() -> None:
    """Two at a time, each step deeper than the last, would have no end in sight."""
    count = 1000
    equation = ",".join(["ab"] * count) + "->ab"
    given = node("aten.einsum", "y", equation=equation, tensors=["%x"] * count)
    plan = plan_of(archive(program([given], {"x": [1, 3]}, ["y"], {"y": [1, 3]})))
    assert [row.kind for row in plan] == ["opaque"]
