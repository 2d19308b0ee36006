"""ONNX files written by hand, and the figures that they have by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.importers.network import ForeignNetwork
from convcalc.kinds.identity_family import Dropout
from tests.each import each
from tests.importers.onnx_bytes import LENET, function, model, node, part, tensor
from tests.importers.planning import plan_of, refused

SDPA = "scaled_dot_product_attention"
PRODUCTS = ["matmul", "softmax", "matmul"]


def test_a_small_network_has_the_figures_of_its_layers() -> None:
    plan = plan_of(LENET)
    assert [(row.name, row.kind, row.output) for row in plan] == [
        ("conv1", "conv", (6, 28, 28)),
        ("relu", "relu", (6, 28, 28)),
        ("pool", "max_pool", (6, 14, 14)),
        ("flatten", "flatten", (1176,)),
        ("head.fc", "linear", (10,)),
    ]
    # 6 * 25 + 6, and 10 * 1176 + 10; 150 MACs at each of 28 * 28 positions.
    assert plan.totals.params == 156 + 11_770
    assert plan.totals.macs == 117_600 + 11_760
    assert plan["pool"].receptive_field is not None
    assert plan["pool"].receptive_field.size == (6, 6)


def test_two_products_and_a_softmax_are_attention() -> None:
    """2 heads of size 4 over 9 tokens: 2 * 9 * 9 * 4 MACs for each product; no scale is 1."""
    nodes = [
        node("MatMul", ["x", "wq"], ["q"]),
        node("Reshape", ["q", "heads"], ["q4"]),
        node("Transpose", ["q4"], ["qh"], perm=[0, 2, 1, 3]),
        node("Transpose", ["q4"], ["kh"], perm=[0, 2, 3, 1]),
        node("MatMul", ["qh", "kh"], ["scores"], "scores"),
        node("Softmax", ["scores"], ["shares"], axis=-1),
        node("MatMul", ["shares", "qh"], ["taken"], "taken"),
        node("Transpose", ["taken"], ["t"], perm=[0, 2, 1, 3]),
        node("Reshape", ["t", "joined"], ["y"]),
    ]
    weights = {
        "wq": (8, 8),
        "heads": tensor("heads", (4,), [1, 9, 2, 4]),
        "joined": tensor("joined", (3,), [1, 9, 8]),
    }
    plan = plan_of(model(nodes, {"x": [1, 9, 8]}, ["y"], weights))
    assert plan.inputs == {"x": (8, 9)}
    assert [(row.name, row.kind, row.macs) for row in plan] == [
        ("mat_mul", "linear", 9 * 64),
        ("taken", "scaled_dot_product_attention", 2 * 648),
    ]
    assert plan.rows[-1].fields["scale"] == 1
    masked = [
        *nodes[:5],
        node("Add", ["scores", "mask"], ["masked"]),
        node("Softmax", ["masked"], ["shares"], axis=-1),
        *nodes[6:],
    ]
    for values, kinds, fields in (
        ([0.0 if at // 9 >= at % 9 else -1e9 for at in range(81)], [], {"causal": True}),
        ([float(at % 2) for at in range(81)], ["parameter"], {"masks": "added"}),
    ):
        mask = {"mask": tensor("mask", (9, 9), values)}
        plan = plan_of(model(masked, {"x": [1, 9, 8]}, ["y"], {**weights, **mask}))
        wanted = ["linear", *kinds, "scaled_dot_product_attention"]
        assert [row.kind for row in plan] == wanted
        assert plan.rows[-1].fields.items() >= fields.items()
        assert plan.totals.macs == 9 * 64 + 2 * 648


@pytest.mark.parametrize(
    ("arguments", "is_causal"),
    [
        ("(%q, %k, %v, None, 0.0, True), kwargs = {}", True),
        ("(%q, %k, %v), kwargs = {is_causal: True}", True),
        ("(%q, %k, %v, %mask, 0.0, False), kwargs = {scale: 1.0}", False),
        ("(%q, %k, %v, None, 0.0, False), kwargs = {enable_gqa: True}", False),
    ],
    ids=["by its place", "by its name", "a mask", "none"],
)
def test_a_mask_beside_the_file_is_causal_where_the_program_says_so(
    arguments: str, is_causal: bool
) -> None:
    """Dynamo stores it outside, where a plan does not look: here numbers that are not causal."""
    said = f"%a : [n] = call_function[target=torch.ops.aten.{SDPA}.default](args = {arguments})"
    of = {"pkg.torch.onnx.fx_node": said}
    nodes = [
        node("MatMul", ["x", "k"], ["scores"], "scores", of),
        node("Add", ["scores", "mask"], ["masked"], "masked", of),
        node("Softmax", ["masked"], ["shares"], "shares", of, axis=-1),
        node("MatMul", ["shares", "x"], ["y"], "y", of),
    ]
    nodes = [node("Transpose", ["x"], ["k"], perm=[0, 2, 1]), *nodes]
    for dims in ((9, 9), (1, 9, 9)):
        mask = tensor("mask", dims, [float(at % 2) for at in range(81)])
        row = plan_of(model(nodes, {"x": [1, 9, 8]}, ["y"], {"mask": mask})).rows[-1]
        assert (row.kind, row.fields["causal"]) == (SDPA, is_causal)


def test_a_mask_of_fewer_queries_than_keys_is_no_causal_one() -> None:
    """`is_causal` of 4 queries and 9 keys hides all keys behind the fourth: no kind says that."""
    arguments = "(%q, %k, %v), kwargs = {is_causal: True}"
    said = f"%a : [n] = call_function[target=torch.ops.aten.{SDPA}.default](args = {arguments})"
    of = {"pkg.torch.onnx.fx_node": said}
    nodes = [
        node("Transpose", ["x"], ["k"], perm=[0, 2, 1]),
        node("MatMul", ["q", "k"], ["scores"], "scores", of),
        node("Add", ["scores", "mask"], ["masked"], "masked", of),
        node("Softmax", ["masked"], ["shares"], "shares", of, axis=-1),
        node("MatMul", ["shares", "x"], ["y"], "y", of),
    ]
    mask = tensor("mask", (1, 4, 9), [0.0 if at % 9 <= at // 9 else -1e9 for at in range(36)])
    inputs = {"q": [1, 4, 8], "x": [1, 9, 8]}
    row = plan_of(model(nodes, inputs, ["y"], {"mask": mask})).rows[-1]
    assert (row.kind, row.fields["causal"]) == (SDPA, False)


@pytest.mark.parametrize(
    ("before", "kinds"),
    [
        pytest.param([1, 2, 1, 9, 2], [], id="each head in a row"),
        pytest.param([1, 1, 2, 9, 2], ["broadcast", "rearrange"], id="all heads in a row"),
    ],
)
def test_keys_spread_to_the_heads_of_the_queries_are_shared(
    before: list[int], kinds: list[str]
) -> None:
    """LLaMA's repeat_kv: heads 0 and 1 read the first head of keys, 2 and 3 the second.

    Our heads share keys in that order alone. Two products of 4 * 9 * 9 * 2 either way.
    """
    nodes = [
        node("Reshape", ["x", "heads"], ["q4"]),
        node("Transpose", ["q4"], ["q"], perm=[0, 2, 1, 3]),
        node("MatMul", ["x", "w"], ["kv"]),
        node("Reshape", ["kv", "own"], ["k4"]),
        node("Transpose", ["k4"], ["k"], perm=[0, 2, 1, 3]),
        node("Reshape", ["k", "before"], ["k5"]),
        node("Expand", ["k5", "wide"], ["wider"]),
        node("Reshape", ["wider", "dealt"], ["keys"]),
        node("Transpose", ["keys"], ["turned"], perm=[0, 1, 3, 2]),
        node("MatMul", ["q", "turned"], ["scores"]),
        node("Softmax", ["scores"], ["shares"], axis=-1),
        node("MatMul", ["shares", "keys"], ["taken"]),
        node("Transpose", ["taken"], ["behind"], perm=[0, 2, 1, 3]),
        node("Reshape", ["behind", "joined"], ["y"]),
    ]
    shapes = {"heads": [1, 9, 4, 2], "own": [1, 9, 2, 2], "wide": [1, 2, 2, 9, 2]}
    shapes |= {"before": before, "dealt": [1, 4, 9, 2], "joined": [1, 9, 8]}
    weights = {name: tensor(name, (len(sizes),), sizes) for name, sizes in shapes.items()}
    rng = np.random.default_rng(1)
    w = rng.standard_normal((8, 4)).astype("float32")
    weights["w"] = tensor("w", (8, 4), list(map(float, w.flat)))
    network = convcalc.loads(model(nodes, {"x": [1, 9, 8]}, ["y"], weights), "net.onnx")
    plan = convcalc.plan(network)
    assert [row.kind for row in plan] == ["linear", *kinds, SDPA]
    assert plan.rows[-1].fields["kv_heads"] == (None if kinds else 2)
    assert plan.totals.macs == 9 * 32 + 2 * 4 * 9 * 9 * 2
    x = rng.standard_normal((9, 8)).astype("float32")
    q = x.reshape(9, 4, 2).transpose(1, 0, 2)
    k = (x @ w).reshape(9, 2, 2).transpose(1, 0, 2).reshape(before)
    k = np.broadcast_to(k, shapes["wide"]).reshape(4, 9, 2)
    shares = np.exp(q @ k.transpose(0, 2, 1))
    wanted = shares / shares.sum(axis=-1, keepdims=True) @ k
    (found,) = convcalc.run(network, x.T[None]).values()
    np.testing.assert_allclose(found.reshape(4, 2, 9), wanted.transpose(0, 2, 1), rtol=1e-4)


@each(
    ("first", "second", "kinds"),
    [
        pytest.param("bhid,bhjd->bhij", "bhij,bhjd->bhid", [SDPA], id="as they are"),
        pytest.param("bhid,bhjd->bhij", "xyuv,xyvf->xyuf", [SDPA], id="other letters"),
        pytest.param("bhid,bhjd->bhji", "bhji,bhjd->bhid", PRODUCTS, id="shares of queries"),
    ],
)
def test_two_equations_and_a_softmax_are_attention(
    first: str, second: str, kinds: list[str]
) -> None:
    """2 heads of size 4 over 9 tokens: 2 * 9 * 9 * 4 for each product, whatever it is."""
    nodes = [
        node("Reshape", ["x", "heads"], ["h4"]),
        node("Transpose", ["h4"], ["h"], perm=[0, 2, 1, 3]),
        node("Einsum", ["h", "h"], ["scores"], equation=first),
        node("Softmax", ["scores"], ["shares"], axis=-1),
        node("Einsum", ["shares", "h"], ["taken"], equation=second),
        node("Transpose", ["taken"], ["t"], perm=[0, 2, 1, 3]),
        node("Reshape", ["t", "joined"], ["y"]),
    ]
    sizes = {"heads": [1, 9, 2, 4], "joined": [1, 9, 8]}
    weights = {name: tensor(name, (len(dims),), dims) for name, dims in sizes.items()}
    network = convcalc.loads(model(nodes, {"x": [1, 9, 8]}, ["y"], weights), "net.onnx")
    plan = convcalc.plan(network)
    moves = ("rearrange", "reshape")
    assert [row.kind for row in plan if row.kind not in moves] == kinds
    assert plan.totals.macs == 2 * 648
    x = np.random.default_rng(0).standard_normal((9, 8)).astype("float32")
    h = x.reshape(1, 9, 2, 4).transpose(0, 2, 1, 3)
    shares = np.exp(np.einsum(first, h, h))
    shares /= shares.sum(axis=-1, keepdims=True)
    wanted = np.einsum(second, shares, h).transpose(0, 2, 1, 3).reshape(9, 8)
    # Whichever axis the first layer reads as channels.
    is_turned = network.inputs["x"] == (8, 9)
    (found,) = convcalc.run(network, (x.T if is_turned else x)[None]).values()
    np.testing.assert_allclose(found[0].T, wanted, rtol=1e-4)


def test_what_has_no_kind_is_opaque_and_totals_say_so() -> None:
    nodes = [node("TopK", ["x", "k"], ["values", "at"], "best"), node("Relu", ["values"], ["y"])]
    data = model(nodes, {"x": [1, 16]}, ["y"], {"k": tensor("k", (1,), [3])})
    plan = plan_of(data)
    assert [(row.kind, row.output) for row in plan][-1] == ("relu", (3,))
    assert plan.to_dict()["totals"]["complete"] is False


def test_an_operation_whose_shape_nobody_knows_is_refused() -> None:
    problem = refused(model([node("NonZero", ["x"], ["y"], "where")], {"x": [1, 3]}, ["y"]))
    assert problem.slug == "unknown-operation"
    assert problem.message == "`where` (NonZero) is no layer of any kind here"


def test_modules_are_blocks() -> None:
    scopes = "['', 'layer1', 'layer1.0', 'layer1.0.{}', 'op']"
    classes = "['my.Net', 'torch.nn.Sequential', 'my.Block', 'torch.nn.X', 'aten']"

    def meta(name: str) -> dict[str, str]:
        return {
            "pkg.torch.onnx.name_scopes": scopes.format(name),
            "pkg.torch.onnx.class_hierarchy": classes,
        }

    nodes = [
        node("Conv", ["x", "w"], ["a"], "node_1", meta("conv")),
        node("Relu", ["a"], ["y"], "node_2", meta("act")),
    ]
    plan = plan_of(model(nodes, {"x": [1, 3, 8, 8]}, ["y"], {"w": (4, 3, 3, 3)}))
    assert [row.name for row in plan] == ["layer1.0.conv", "layer1.0.act"]
    assert [(group.name, group.block) for group in plan.groups] == [
        ("layer1", "Sequential"),
        ("layer1.0", "Block"),
    ]


def test_a_map_that_gates_every_channel_is_spread() -> None:
    """The attention of CBAM: [1, 8, 9] times [4, 8, 9]."""
    nodes = [
        node("ReduceMean", ["x"], ["gate"], axes=[1], keepdims=1),
        node("Mul", ["x", "gate"], ["y"]),
    ]
    plan = plan_of(model(nodes, {"x": [1, 4, 8, 9]}, ["y"]))
    assert [(row.kind, row.output) for row in plan] == [
        ("reduce", (1, 8, 9)),
        ("broadcast", (4, 8, 9)),
        ("mul", (4, 8, 9)),
    ]


def test_quantised_files_are_read_in_their_float_sense() -> None:
    weight = tensor("w", (4, 3, 1, 1), [1] * 12)
    nodes = [
        node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        node("DequantizeLinear", ["q", "s", "z"], ["d"]),
        node("DequantizeLinear", ["w", "s"], ["real"]),
        node("Conv", ["d", "real"], ["y"]),
    ]
    weights = {"w": weight, "s": tensor("s", (), [0.5]), "z": tensor("z", (), [0], "int8")}
    network = convcalc.loads(model(nodes, {"x": [1, 3, 2, 2]}, ["y"], weights), "net.onnx")
    assert [(row.kind, row.params) for row in convcalc.plan(network)] == [("conv", 12)]
    (y,) = convcalc.run(network, np.ones((3, 2, 2))).values()
    # Three channels of ones times weights of 1 * 0.5.
    assert y.ravel().tolist() == [1.5] * 16


def test_a_recurrence_has_the_weights_of_its_gates() -> None:
    """4 * 5 * (3 + 5 + 2) numbers, and 4 * 5 * (3 + 5) MACs at each of 7 steps."""
    nodes = [node("LSTM", ["x", "w", "r", "b"], ["y"], hidden_size=5)]
    weights = {"w": (1, 20, 3), "r": (1, 20, 5), "b": (1, 40)}
    plan = plan_of(model(nodes, {"x": [7, 1, 3]}, ["y"], weights))
    assert plan.inputs == {"x": (3, 7)}
    assert [(row.kind, row.output, row.params, row.macs) for row in plan] == [
        ("lstm", (5, 7), 200, 1120)
    ]


@each("batch", [1, 4, "batch"])
def test_a_recurrence_is_read_after_its_last_step(batch: int | str) -> None:
    """Steps stand before the batch there, of whatever size that is."""
    nodes = [
        node("GRU", ["x", "w", "r"], ["", "h"], hidden_size=5, linear_before_reset=1),
        node("Squeeze", ["h"], ["y"], axes=[0]),
    ]
    weights = {"w": (1, 15, 3), "r": (1, 15, 5)}
    plan = plan_of(model(nodes, {"x": [7, batch, 3]}, ["y"], weights, opset=11))
    assert plan.inputs == {"x": (3, 7)}
    # 3 * 5 * (3 + 5) at each of 7 steps.
    assert [(row.kind, row.output, row.macs) for row in plan][:2] == [
        ("gru", (5, 7), 840),
        ("slice", (5, 1), 0),
    ]


@each(
    ("op", "domain", "help"),
    [
        # onnx's inference goes on past what it does not know, and finds nothing: 1.23.
        ("Conv", "com.microsoft.nchwc", "take the file as it was before ONNX Runtime optimised"),
        ("Warp", "my.ops", "export it so that the file states the shapes of this operation's"),
        ("SequenceEmpty", "", "a sequence states no shapes: export the module without"),
        ("Warp", "", "run onnx's shape inference on it first"),
    ],
)
def test_a_repair_is_offered_where_it_works(op: str, domain: str, help: str) -> None:
    nodes = [
        node(op, [] if op.endswith("Empty") else ["x"], ["a"], domain=domain),
        node("Relu", ["a"], ["y"]),
    ]
    assert refused(model(nodes, {"x": [1, 3, 4, 4]}, ["y"])).help.startswith(help)


def test_what_nothing_makes_is_named() -> None:
    problem = refused(model([node("Relu", ["z"], ["y"], "act")], {"x": [1, 3]}, ["y"]))
    assert problem.message == "`act` (Relu) reads `z`, which nothing before it makes"
    assert problem.slug == "broken-model"


def test_names_cannot_be_lines_or_comments() -> None:
    name = "a\n# convcalc: ignore\x1b[31m"
    problem = refused(model([node("NonZero", ["x"], ["y"], name)], {"x": [1, 3]}, ["y"]))
    assert problem.message.isprintable()
    network = convcalc.loads(model([node("Relu", ["x"], ["y"], name)], {"x": [1, 3]}, ["y"]), "n")
    assert network.document.text == "Relu a\\n\\x23 convcalc: ignore\\x1b[31m"


def test_weights_that_two_operations_read_are_counted_once() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], "one"),
        node("Conv", ["z", "w"], ["b"], "two"),
        node("Add", ["a", "b"], ["y"]),
    ]
    inputs = {"x": [1, 3, 8, 8], "z": [1, 3, 8, 8]}
    plan = plan_of(model(nodes, inputs, ["y"], {"w": (4, 3, 3, 3)}))
    assert [(row.name, row.params) for row in plan] == [("one", 108), ("two", 0), ("add", 0)]
    assert plan.totals.params == 108


def test_equal_weights_that_an_exporter_stored_once_are_those_of_two_layers() -> None:
    nodes = [
        node("Identity", ["w"], ["copy"]),
        node("Conv", ["x", "w"], ["a"], "one"),
        node("Relu", ["a"], ["b"]),
        node("Conv", ["b", "copy"], ["y"], "two"),
    ]
    plan = plan_of(model(nodes, {"x": [1, 3, 8, 8]}, ["y"], {"w": (3, 3, 1, 1)}))
    assert plan.totals.params == 18


def test_functions_of_a_file_are_written_out() -> None:
    inner = [node("Relu", ["a"], ["t"]), node("Conv", ["t", "w"], ["b"], pads=[1] * 4)]
    again = function("Again", ["a", "w"], ["b"], *inner)
    nodes = [
        node("Again", ["x", "w"], ["y1"], "first", domain="mine"),
        node("Again", ["y1", "w"], ["y"], "second", domain="mine"),
    ]
    data = model(nodes, {"x": [1, 3, 8, 8]}, ["y"], {"w": (3, 3, 3, 3)})
    plan = plan_of(data + part(25, again))
    assert [(row.name, row.kind, row.params) for row in plan] == [
        ("first", "relu", 0),
        ("first_2", "conv", 81),
        ("second", "relu", 0),
        ("second_2", "conv", 0),
    ]


def test_a_shape_that_hangs_on_an_input_is_not_known() -> None:
    nodes = [node("Expand", ["x", "n"], ["y"], "grow")]
    problem = refused(model(nodes, {"x": [1, 3], "n": [2]}, ["y"]))
    assert problem.message == "`grow` (Expand) is no layer of any kind here"
    assert problem.note.startswith("its input 2 is known only when it runs")


def test_a_file_says_that_norms_may_be_folded() -> None:
    network = convcalc.loads(LENET, "net.onnx")
    assert isinstance(network, ForeignNetwork)
    (note,) = network.notes
    assert note == "parameters as stored there: exporters fold batch norms into convolutions"


def test_an_opaque_layer_has_the_weights_that_it_reads() -> None:
    """A map of 4 x 6 x 6 stored numbers is added: no multiply-accumulates of its own."""
    added = node("ScatterND", ["a", "at", "new"], ["y"], "put", reduction="add")
    nodes = [node("Conv", ["x", "w"], ["a"]), added]
    weights = {"w": (4, 3, 1, 1), "at": tensor("at", (1, 1), [0]), "new": (1, 4, 6, 6)}
    plan = plan_of(model(nodes, {"x": [1, 3, 6, 6]}, ["y"], weights))
    assert [(row.kind, row.params, row.output) for row in plan] == [
        ("conv", 12, (4, 6, 6)),
        ("parameter", 144, (4, 6, 6)),
        ("opaque", 0, (4, 6, 6)),
    ]
    assert plan.totals.params == 156
    assert plan.totals.macs == 12 * 36


def test_a_recurrence_begins_with_the_state_and_the_cell_that_go_in() -> None:
    """4 gates of 6 numbers read 5 + 6 numbers at each of 7 steps."""
    lstm = node("LSTM", ["x", "w", "r", "", "", "h", "c"], ["y"], "/lstm/LSTM", hidden_size=6)
    inputs = {"x": [7, 1, 5], "h": [1, 1, 6], "c": [1, 1, 6]}
    plan = plan_of(model([lstm], inputs, ["y"], {"w": (1, 24, 5), "r": (1, 24, 6)}))
    assert [(row.kind, row.inputs, row.params, row.macs) for row in plan] == [
        ("lstm_with_state", ("x", "h", "c"), 120 + 144, 7 * 24 * 11)
    ]


@each(
    ("opset", "ratio", "stored", "share"),
    [
        (11, {"ratio": 0.25}, {}, 0.25),
        (11, {}, {}, 0.5),
        (12, {}, {"r": tensor("r", (), [0.25])}, 0.25),
        (12, {}, {}, 0.5),
    ],
)
def test_what_is_dropped_is_an_attribute_or_an_input_and_a_half_where_neither_says(
    opset: int, ratio: dict[str, Any], stored: dict[str, bytes], share: float
) -> None:
    nodes = [node("Dropout", ["x", *stored], ["y"], **ratio)]
    (row,) = plan_of(model(nodes, {"x": (1, 4)}, ["y"], stored, opset))
    assert isinstance(row.node.layer, Dropout)
    assert row.node.layer.p == share


@pytest.mark.parametrize(("count", "kind"), [(1, "embedding"), (2, "opaque")])
def test_places_on_two_axes_are_no_rows_of_a_table(count: int, kind: str) -> None:
    data = model([node("GatherND", ["w", "i"], ["y"])], {"i": [1, 3, count]}, ["y"], {"w": (5, 4)})
    assert plan_of(data)[-1].kind == kind


@each(("op", "block", "message"), [
    ("SpaceToDepth", 0, "cuts 4 x 6 in blocks"), ("SpaceToDepth", -2, "cuts 4 x 6 in blocks"),
    ("SpaceToDepth", 4, "cuts 4 x 6 in blocks"), ("SpaceToDepth", 3, "cuts 4 x 6 in blocks"),
    ("DepthToSpace", 0, ""), ("DepthToSpace", -2, ""), ("DepthToSpace", 3, ""),
])  # fmt: skip
def test_blocks_that_do_not_divide_are_refused(op: str, block: int, message: str) -> None:
    """Eight channels, four rows and six columns."""
    data = model([node(op, ["x"], ["y"], blocksize=block)], {"x": (1, 8, 4, 6)}, ["y"])
    problem = refused(data)
    assert (problem.slug, problem.note) == ("groups-indivisible", f"of {block} x {block}")
    assert message in problem.message
