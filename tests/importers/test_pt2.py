"""Exported programs of PyTorch, written by hand, and the figures that they have by hand."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each
from tests.importers import pt2_cases_of_pieces as pieces
from tests.importers.planning import plan_of, refused
from tests.importers.pt2_bytes import archive, node, program
from tests.importers.pt2_calls import weights

STEM = [":Net", "stem:Sequential", "stem.conv:Conv2d"]
NET = program(
    [
        node(
            "aten.conv2d", "conv2d", STEM,
            input="%x", weight="%w", bias="%b", stride=[2, 2], padding=[1, 1],
        ),
        node("aten.relu_", "relu_", [":Net", "stem:Sequential", "stem.act:ReLU"], self="%conv2d"),
        node("aten.flatten", "flatten", [":Net"], self="%relu_", start_dim=2),
        node("aten.transpose", "transpose", [":Net"], self="%flatten", dim0=1, dim1=2),
        node("aten.linear", "linear", [":Net", "head:Linear"], input="%transpose", weight="%h"),
        node("aten.add", "add", [":Net"], self="%transpose", other=0.5),
    ],
    {"x": [1, 3, 8, 8]},
    ["linear"],
    {
        "conv2d": [1, 6, 4, 4],
        "relu_": [1, 6, 4, 4],
        "flatten": [1, 6, 16],
        "transpose": [1, 16, 6],
        "linear": [1, 16, 5],
        "add": [1, 16, 6],
    },
    {
        "w": ("stem.conv.weight", [6, 3, 3, 3]),
        "b": ("stem.conv.bias", [6]),
        "h": ("head.weight", [5, 6]),
    },
)  # fmt: skip


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


def test_more_nodes_of_a_graph_are_another_size() -> None:
    plan = plan_of(archive(NODES), input={"x": [4, 6], "a": [6, 6]})
    assert [row.macs for row in plan] == [6 * 4 * 2, 6 * 6 * 2]


HEADS = program(
    [
        node("aten.linear", "qkv", [":Net", "qkv:Linear"], input="%x", weight="%w"),
        node("aten.view", "view", self="%qkv", size=[1, 10, 3, 2, 4]),
        node("aten.permute", "permute", self="%view", dims=[2, 0, 3, 1, 4]),
        node("aten.unbind", ["q", "k", "v"], self="%permute"),
        node("aten.scaled_dot_product_attention", "sdpa", query="%q", key="%k", value="%v"),
        node("aten.transpose", "turned", self="%sdpa", dim0=1, dim1=2),
        node("aten.reshape", "joined", self="%turned", shape=[1, 10, 8]),
    ],
    {"x": [1, 10, 8]},
    ["joined"],
    {"qkv": [1, 10, 24], "q": [1, 2, 10, 4], "sdpa": [1, 2, 10, 4], "joined": [1, 10, 8]},
    {"w": ("qkv.weight", [24, 8])},
)


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


@each(("read", "layers", "params"), [("c", 1, 40), ("h", 2, 72)])
def test_other_states_are_opaque_and_read_the_recurrence(
    read: str, layers: int, params: int
) -> None:
    plan = plan_of(tagger(read, layers))
    (row,) = [row for row in plan if row.kind == "opaque"]
    assert row.inputs == (plan.rows[0].name,)
    assert (plan.totals.params, plan.totals.buffers, plan.totals.macs) == (params, 0, params * 5)


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


@each("op", ["aten.flip", "aten.tan", "aten.grid_sampler"])
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


def packed(entry: str, size: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(f"m/{entry}", b" " * size)
    return stream.getvalue()


def without(key: str) -> bytes:
    found = json.loads(json.dumps(NET))
    del found["graph_module"]["graph"][key]
    return archive(found)


@each(
    ("data", "message"),
    [
        pytest.param(archive(b"[" * 1_000_000), "is nested too deep", id="nested deep"),
        pytest.param(archive(b"{"), "is no JSON", id="no JSON"),
        pytest.param(archive([]), "is no mapping", id="a list"),
        pytest.param(archive({}), "`schema_version` is NoneType, not dict", id="nothing"),
        pytest.param(without("nodes"), "`nodes` is NoneType, not list", id="no operations"),
        pytest.param(
            archive(program([], {"x": [1, 3]}, ["x"], {}, major=9)),
            "in version 9 of its schema, of a PyTorch that is newer than this program; 8 is",
            id="a later version",
        ),
        pytest.param(
            packed("models/model.json", 30_000_000),
            "`models/model.json` in the archive has 30,000,000 bytes; no more than 24,000,000",
            id="a zip bomb",
        ),
        pytest.param(
            archive(program([], {"x": [1, -3]}, ["x"], {})), "a size that is", id="a negative size"
        ),
    ],
)
def test_what_is_no_program_is_refused_with_its_reason(data: bytes, message: str) -> None:
    problem = refused(data)
    assert message in problem.message
    assert problem.help
    assert problem.slug in ("broken-model", "file-too-large")


def test_an_archive_that_is_cut_off_is_called_so() -> None:
    assert "zip archive that is cut off" in refused(archive(NET)[:-40]).message


def early(minor: int) -> bytes:
    """The small program as PyTorch 2.5 saved it: no folder, pickled weights, fewer keys."""
    found = json.loads(json.dumps(NET))
    found["schema_version"] = {"major": 8, "minor": minor}
    for one in found["graph_module"]["graph"]["nodes"]:
        del one["name"]
        for given in one["inputs"]:
            del given["kind"]
            if "as_none" in given["arg"]:
                given["arg"] = {"as_none": []}
        stack = one["metadata"].get("nn_module_stack", "")
        one["metadata"]["nn_module_stack"] = re.sub(r",(\w[\w.]*),", r",L['self'].\1,", stack)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as opened:
        opened.writestr("version", f"8.{minor}")
        opened.writestr("serialized_exported_program.json", json.dumps(found))
        opened.writestr("serialized_state_dict.pt", b"PK pickled")
    return stream.getvalue()


def test_archives_of_earlier_versions_are_read_without_their_weights() -> None:
    now, before = plan_of(archive(NET)), plan_of(early(1))
    assert [row.name for row in before] == [row.name for row in now]
    assert before.totals.params == 168 + 30
    assert before.totals.macs == 162 * 16 + 30 * 16
    with pytest.raises(StackError, match="they are pickled, which is not read"):
        convcalc.run(convcalc.loads(early(1), "net.pt2"))


def test_compiled_archives_are_named() -> None:
    compiled = refused(archive(b"", "data/aotinductor/model/model.so"))
    assert "compiled AOTInductor package" in compiled.message


@pytest.mark.parametrize(
    "first",
    [
        pytest.param({"as_int": 10}, id="squares of squares"),
        pytest.param({"as_string": "ab"}, id="copies of a text"),
    ],
)
def test_numbers_that_the_program_works_out_are_bounded(first: dict[str, Any]) -> None:
    """60 squares of 10 have 10^18 digits."""
    squares = [
        {
            "target": "_operator.mul",
            "inputs": [
                {"name": name, "arg": {"as_sym_int": {"as_name": f"n{at}"} if at else first}}
                for name in ("a", "b")
            ],
            "outputs": [{"as_sym_int": {"as_name": f"n{at + 1}"}}],
        }
        for at in range(60)
    ]
    view = node("aten.view", "view", self="%x", size=[1, 6])
    view["inputs"][1]["arg"] = {"as_sym_ints": [{"as_int": 1}, {"as_name": "n60"}]}
    found = program([*squares, view], {"x": [1, 2, 3]}, ["view"], {"view": [1, 6]})
    assert [row.kind for row in plan_of(archive(found))] == ["opaque"]


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


def test_a_sum_times_a_text_is_refused() -> None:
    text = node("aten.add", "add", self="%x", other=2**31, alpha="ab")
    found = program([text], {"x": [1, 2, 3]}, ["add"], {"add": [1, 2, 3]})
    plan = plan_of(archive(found))
    assert [row.kind for row in plan] == ["opaque"]


@pytest.mark.parametrize("op", ["aten.full", "aten.new_full"])
def test_sizes_that_are_a_text_are_not_taken_for_sizes(op: str) -> None:
    given = {"self": "%x"} if op == "aten.new_full" else {}
    text = node(op, "full", **given, size="ab", fill_value=1)
    plan = plan_of(archive(program([text], {"x": [1, 2, 3]}, ["full"], {"full": [1, 2, 3]})))
    assert [row.output for row in plan] == [(2, 3)]


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
