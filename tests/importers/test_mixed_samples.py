"""Programs of several samples that work along them: opaque, where they were nothing at all.

Of one sample a mean over the batch is the sample, and so were shares, sums and turns along it.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from convcalc.importers.onnx.mixed_samples import SampleAxes
from tests.each import each
from tests.importers.keras_json import called, graph_of, operation, written
from tests.importers.onnx_bytes import model, tensor
from tests.importers.onnx_bytes import node as onnx_node
from tests.importers.planning import plan_of, refused
from tests.importers.pt2_bytes import archive, node, program

X = [2, 3, 4, 5]
ONE = [1, 3, 4, 5]


def kinds_of_program(op: str, stated: list[int], **given: Any) -> list[str]:
    nodes = [node(f"aten.{op}", "m", self="%x", **given), node("aten.relu", "y", self="%m")]
    plan = plan_of(archive(program(nodes, {"x": X}, ["y"], {"m": stated, "y": stated})))
    return [row.kind for row in plan]


@each(
    ("op", "stated", "given"),
    [
        ("mean", ONE, {"dim": [0], "keepdim": True}),
        ("amax", [3, 4, 5], {"dim": [-4]}),
        ("softmax", X, {"dim": 0}),
        ("cumsum", X, {"dim": 0}),
        ("flip", X, {"dims": [1, 0]}),
        ("roll", X, {"shifts": [1], "dims": [0]}),
        ("roll", X, {"shifts": [1]}),
        ("layer_norm", X, {"normalized_shape": X}),
        ("slice", ONE, {"dim": 0, "start": 0, "end": 1}),
        ("select", [3, 4, 5], {"dim": 0, "index": 0}),
    ],
)
def test_a_program_that_works_along_samples_is_opaque(
    op: str, stated: list[int], given: dict[str, Any]
) -> None:
    assert kinds_of_program(op, stated, **given) == ["opaque", "relu"]


def test_a_mean_of_two_samples_has_all_that_the_file_says() -> None:
    """4 channels; they were halved as if two samples were among them."""
    nodes = [node("aten.mean", "m", self="%x", dim=[0]), node("aten.relu", "y", self="%m")]
    shapes = {"m": [4, 5, 6], "y": [4, 5, 6]}
    plan = plan_of(archive(program(nodes, {"x": [2, 4, 5, 6]}, ["y"], shapes)))
    assert [(row.kind, row.output) for row in plan] == [("opaque", (4, 5, 6)), ("relu", (4, 5, 6))]


@each(
    ("op", "stated", "given", "kind"),
    [
        ("mean", [2, 1, 4, 5], {"dim": [1], "keepdim": True}, "reduce"),
        ("softmax", X, {"dim": 1}, "softmax"),
        ("flip", X, {"dims": [3]}, "flip"),
        ("layer_norm", X, {"normalized_shape": X[1:]}, "layer_norm"),
        ("transpose", [3, 2, 4, 5], {"dim0": 0, "dim1": 1}, "relu"),
    ],
)
def test_what_leaves_samples_apart_is_the_layer(
    op: str, stated: list[int], given: dict[str, Any], kind: str
) -> None:
    assert kinds_of_program(op, stated, **given)[0] == kind


def kinds_of_graph(
    nodes: list[bytes], stored: dict[str, bytes], batch: int | str, opset: int = 17
) -> list[str]:
    nodes = [*nodes, onnx_node("Add", ["x", "m"], ["y"])]
    dims = [batch, *X[1:]]
    plan = plan_of(model(nodes, {"x": dims}, ["y"], stored, opset))
    return [row.kind for row in plan]


def whole(name: str, *values: int) -> bytes:
    return tensor(name, (len(values),), list(values))


GRAPHS: list[tuple[str, dict[str, Any], dict[str, bytes]]] = [
    ("ReduceMean", {"axes": (0, 2)}, {}),
    ("ReduceSum", {}, {"axes": whole("axes", 0)}),
    ("ReduceMax", {}, {}),
    ("Softmax", {"axis": 0}, {}),
    ("LogSoftmax", {"axis": -4}, {}),
    ("CumSum", {}, {"axis": whole("axis", 0)}),
    ("LayerNormalization", {"axis": 0}, {"scale": tensor("scale", (2, 3, 4, 5), [1.0] * 120)}),
    (
        "Slice",
        {},
        {
            "from": whole("from", -1), "to": whole("to", -(2**31)), "of": whole("of", 0),
            "by": whole("by", -1),
        },
    ),
    ("Slice", {}, {"from": whole("from", 0), "to": whole("to", 1), "of": whole("of", 0)}),
    ("Tile", {}, {"times": whole("times", 2, 1, 1, 1)}),
    ("Pad", {}, {"ends": whole("ends", 1, 0, 0, 0, 0, 0, 0, 0)}),
    ("Pad", {}, {"ends": whole("ends", 0, 0, 0, 0, 1, 0, 0, 0)}),
    ("Hardmax", {"axis": 0}, {}),
    ("LpNormalization", {"axis": -4}, {}),
    ("MeanVarianceNormalization", {}, {}),
    ("ReverseSequence", {"time_axis": 0, "batch_axis": 1}, {"ends": whole("ends", 1, 1, 1)}),
    ("ReduceSum", {"noop_with_empty_axes": 0}, {}),
]  # fmt: skip
# As operations were in earlier versions of the standard.
OLD: list[tuple[int, str, dict[str, Any], dict[str, bytes]]] = [
    (12, "Softmax", {"axis": 0}, {}),
    (12, "LogSoftmax", {"axis": -4}, {}),
    (9, "Slice", {"starts": (0,), "ends": (1,)}, {}),
    (9, "Slice", {"axes": (0,), "starts": (0,), "ends": (1,)}, {}),
    (10, "Pad", {"pads": (0, 0, 0, 0, 1, 0, 0, 0)}, {}),
    (18, "ReduceMax", {}, {"axes": whole("axes", 1, 0)}),
    (
        18, "Pad", {},
        {
            "ends": whole("ends", 0, 0, 1, 0), "by": tensor("by", (), [0.5]),
            "axes": whole("axes", 0, 1),
        },
    ),
]  # fmt: skip
EVERY = [*((17, *one) for one in GRAPHS), *OLD]


@each("perm", [{}, {"perm": (3, 2, 1, 0)}])
def test_samples_are_followed_through_turned_axes(perm: dict[str, Any]) -> None:
    """Without `perm` the axes of a Transpose are turned round: samples come last, and go back."""
    for axis, kinds in ((3, ["opaque", "add"]), (1, ["softmax", "add"])):
        nodes = [
            onnx_node("Transpose", ["x"], ["t"], **perm),
            onnx_node("Softmax", ["t"], ["s"], axis=axis),
            onnx_node("Transpose", ["s"], ["m"], **perm),
        ]
        assert kinds_of_graph(nodes, {}, 2) == kinds


@each("batch", [2, "batch"])
def test_a_graph_that_works_along_samples_is_opaque(batch: int | str) -> None:
    for opset, op, given, stored in EVERY:
        nodes = [onnx_node(op, ["x", *stored], ["m"], **given)]
        assert "opaque" in kinds_of_graph(nodes, stored, batch, opset), (op, given)


# The same along other axes, and what it is then.
APART: list[tuple[int, str, dict[str, Any], dict[str, bytes], str]] = [
    (17, "ReduceMean", {"axes": (1, -1)}, {}, "reduce"),
    (17, "ReduceSum", {}, {"axes": whole("axes", 2)}, "reduce"),
    (18, "ReduceMax", {}, {"axes": whole("axes", 3, 1)}, "reduce"),
    (17, "Softmax", {}, {}, "softmax"),
    (17, "Softmax", {"axis": 1}, {}, "softmax"),
    (12, "Softmax", {}, {}, "flatten softmax reshape"),
    (12, "Softmax", {"axis": 2}, {}, "flatten softmax reshape"),
    (17, "LogSoftmax", {"axis": -3}, {}, "log_softmax"),
    (17, "LpNormalization", {}, {}, "l2_normalize"),
    (17, "CumSum", {}, {"axis": whole("axis", 1)}, "cumsum"),
    (17, "LayerNormalization", {}, {"scale": tensor("scale", (5,), [1.0] * 5)}, "layer_norm scale"),
    (17, "Pad", {}, {"ends": whole("ends", 0, 0, 0, 1, 0, 0, 0, 0)}, "pad"),
    (10, "Pad", {"pads": (0, 1, 0, 0, 0, 0, 2, 0)}, {}, "pad"),
    *(
        (
            18, "Pad", {},
            {
                "ends": whole("ends", *ends), "by": tensor("by", (), [0.5]),
                "axes": whole("axes", *axes),
            },
            "pad",
        )
        for ends, axes in (
            ((1, 0, 0, 2), (2, 3)), ((2, 1), (-1,)), ((0, 1, 0, 3), (0, 2)), ((1, 0, 2, 0), (1, 0)),
        )
    ),
    (9, "Slice", {"axes": (2,), "starts": (1,), "ends": (3,)}, {}, "slice"),
    (9, "Slice", {"starts": (0, 1), "ends": (2**31 - 1, 2)}, {}, "split"),
    (
        17, "Slice", {},
        {
            "from": whole("from", 0, 3), "to": whole("to", 2**31 - 1, 0),
            "of": whole("of", 0, 2), "by": whole("by", 1, -1),
        },
        "slice flip",
    ),
]  # fmt: skip


@each("batch", [2, "batch"])
def test_a_graph_that_leaves_samples_apart_is_its_layers(batch: int | str) -> None:
    for opset, op, given, stored, kinds in APART:
        nodes = [onnx_node(op, ["x", *stored], ["y"], **given)]
        plan = plan_of(model(nodes, {"x": [batch, *X[1:]]}, ["y"], stored, opset))
        assert " ".join(row.kind for row in plan) == kinds, (op, given)


JOINED = [
    onnx_node("Relu", ["x"], ["r"]),
    onnx_node("Concat", ["x", "r"], ["j"], axis=0),
    onnx_node("Reshape", ["j", "as"], ["y"]),
]


@each(
    ("dims", "is_apart"),
    [
        # All samples of x, then all of r: they are a pair along an axis in front of the samples.
        ((2, -1, 3, 4, 5), True),
        # Behind them neighbours would be a pair, of two samples where there are several.
        ((-1, 2, 3, 4, 5), False),
    ],
)
def test_samples_one_behind_the_other_stay_in_their_order(
    dims: tuple[int, ...], is_apart: bool
) -> None:
    stated = tuple("batch" if size == -1 else size for size in dims)
    data = model(
        JOINED, {"x": ["batch", *X[1:]]}, ["y"], {"as": whole("as", *dims)}, sizes={"y": stated}
    )
    assert ("opaque" not in [row.kind for row in plan_of(data)]) == is_apart


MOVES: list[dict[str, Any]] = [
    called(operation("Moveaxis", "m", source=0, destination=1), ["x"]),
    called(operation("Moveaxis", "m", source=[0, 2], destination=[1, 0]), ["x"]),
    called(operation("Swapaxes", "m", axis1=0, axis2=1), ["x"]),
    called(operation("ExpandDims", "m", axis=0), ["x"]),
    called(operation("Stack", "m", axis=0), ["x", "x"]),
]


@each("move", MOVES)
def test_samples_of_keras_are_known_behind_moves(move: dict[str, Any]) -> None:
    """A turn along the axis that samples came to was one of a single place, and no layer."""
    turn = called(operation("Flip", "y", axis=1), ["m"])
    problem = refused(written(graph_of(move, turn, inputs={"x": (3, 4)}, output="y")))
    assert "it works along samples" in problem.message


def test_samples_are_joined_with_samples_alone() -> None:
    nodes = [onnx_node("Concat", ["x", "one"], ["y"], axis=0)]
    one = {"one": tensor("one", (1, *X[1:]), [1.0] * 60)}
    data = model(nodes, {"x": ["batch", *X[1:]]}, ["y"], one, sizes={"y": ("batch + 1", *X[1:])})
    assert plan_of(data)[-1].kind == "opaque"


def test_a_turn_of_everything_takes_parts_of_samples() -> None:
    """`x.roll(1)`, as PyTorch's exporter writes it: the last one of all samples comes first."""
    nodes = [
        onnx_node("Reshape", ["x", "last"], ["row"]),
        onnx_node("Shape", ["row"], ["count"]),
        onnx_node("Mod", ["last", "count"], ["at"]),
        onnx_node("Slice", ["row", "first", "at"], ["front"]),
        onnx_node("Slice", ["row", "at", "count"], ["back"]),
        onnx_node("Concat", ["back", "front"], ["turned"], axis=0),
        onnx_node("Reshape", ["turned", "as"], ["y"]),
    ]
    stored = {
        "last": whole("last", -1), "first": whole("first", 0), "as": whole("as", -1, *X[1:])
    }  # fmt: skip
    plan = plan_of(model(nodes, {"x": ["batch", *X[1:]]}, ["y"], stored))
    assert [row.kind for row in plan].count("opaque") == 2


@each(
    ("op", "given", "size", "is_apart"),
    [
        ("chunk", {"chunks": 3, "dim": 0}, 2, True),
        ("slice", {"dim": 0, "start": 2, "end": 4}, 2, False),
        ("slice", {"dim": 0, "start": 1, "end": 5}, 4, False),
    ],
)
def test_whole_rounds_of_samples_are_taken(
    op: str, given: dict[str, Any], size: int, is_apart: bool
) -> None:
    """Of samples that stand three times one behind the other."""
    made: list[str] | str = ["a", "b", "y"] if op == "chunk" else "y"
    nodes = [
        node("aten.cat", "m", tensors=["%x", "%x", "%x"]),
        node(f"aten.{op}", made, self="%m", **given),
    ]
    stated = {"m": [6, *X[1:]], **{key: [size, *X[1:]] for key in made}}
    plan = plan_of(archive(program(nodes, {"x": X}, ["y"], stated)))
    assert ("opaque" not in [row.kind for row in plan]) == is_apart


def test_samples_that_meet_each_other_are_mixed() -> None:
    """Each against each, as a table of distances has them, which was of one sample to itself."""
    nodes = [
        onnx_node("Flatten", ["x"], ["rows"]),
        onnx_node("Transpose", ["rows"], ["columns"], perm=(1, 0)),
        onnx_node("MatMul", ["rows", "columns"], ["y"]),
    ]
    plan = plan_of(model(nodes, {"x": ["batch", *X[1:]]}, ["y"], sizes={"y": (2, 2)}))
    assert "opaque" in [row.kind for row in plan]


@each(("second", "kind", "params"), [(1.0, "concat", 20), (2.0, "opaque", 40)])
def test_what_is_stored_for_each_sample_is_that_of_one(
    second: float, kind: str, params: int
) -> None:
    """A learnt channel that the exporter spread over two samples, in front of three others."""
    token = tensor("token", (2, 1, 4, 5), [1.0] * 20 + [second] * 20)
    nodes = [onnx_node("Concat", ["token", "x"], ["y"], axis=1)]
    plan = plan_of(
        model(nodes, {"x": (2, 3, 4, 5)}, ["y"], {"token": token}, sizes={"y": (2, 4, 4, 5)})
    )
    assert ([row.kind for row in plan], plan[-1].output) == (["parameter", kind], (4, 4, 5))
    assert plan.totals.params == params


def test_a_slice_of_everything_leaves_samples_apart() -> None:
    far = {"from": whole("from", 0), "to": whole("to", 2**62), "of": whole("of", 0)}
    nodes = [onnx_node("Slice", ["x", *far], ["m"])]
    assert kinds_of_graph(nodes, far, "batch") == ["add"]


@each(
    ("op", "given", "said"),
    [
        ("softmax", {"dim": 4}, "names axis 4 of 4"),
        ("mean", {"dim": [1, -5]}, "names axis -5 of 4"),
        ("transpose", {"dim0": 1, "dim1": 9}, "names axis 9 of 4"),
        ("unsqueeze", {"dim": 5}, "names axis 5 of 5"),
        ("permute", {"dims": [0, 1, 2, 7]}, "names axis 7 of 4"),
        ("layer_norm", {"normalized_shape": [1, *X]}, "names axis -5 of 4"),
    ],
)
def test_an_axis_that_is_not_there_is_no_other_one(
    op: str, given: dict[str, Any], said: str
) -> None:
    found = node(f"aten.{op}", "y", self="%x", **given)
    problem = refused(archive(program([found], {"x": X}, ["y"], {"y": X})))
    assert (problem.slug, problem.message) == ("broken-model", f"`y` (aten.{op}) {said}")


@each(
    ("op", "ranks", "axes", "meet"),
    [
        # A product sums over the last axis of one and the last but one of the other.
        ("MatMul", (3, 3), {"a": 2}, True), ("MatMul", (3, 3), {"b": 1}, True),
        ("MatMul", (3, 3), {"a": 1}, False), ("MatMul", (3, 3), {"b": 2}, False),
        ("MatMul", (3, 3), {"a": 0, "b": 0}, False), ("MatMul", (3, 3), {"a": 0, "b": 2}, True),
        # Axes are counted from the end, as they are broadcast.
        ("Add", (3, 3), {"a": 0, "b": 0}, False), ("Add", (3, 3), {"a": 0, "b": 1}, True),
        ("Add", (3, 2), {"a": 1, "b": 0}, False), ("Add", (3, 2), {"a": 0, "b": 0}, True),
        ("Add", (3, 3), {"a": 2}, False), ("Where", (3, 2), {"a": 0, "b": 0}, True),
        ("Where", (3, 2), {"a": 1, "b": 0}, False), ("Concat", (3, 3), {"a": 0, "b": 1}, False),
    ],
)  # fmt: skip
def test_samples_of_two_inputs_meet(
    op: str, ranks: tuple[int, int], axes: dict[str, int], meet: bool
) -> None:
    mixed: Any = SimpleNamespace(axes=axes)
    use: Any = SimpleNamespace(
        operation=SimpleNamespace(op=op, inputs=["a", "b"]), dims=lambda at: (2,) * ranks[at]
    )
    assert SampleAxes._meets_others(mixed, use) is meet
