"""ONNX files written by hand, and the figures that they have by hand."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import Problem, StackError
from convcalc.importers import network
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.onnx import rules
from convcalc.importers.onnx.use import RULES
from tests.importers.onnx_bytes import model, node, part, tensor
from tests.scaling.growing import calls


def plan_of(data: bytes, **options: object) -> convcalc.Plan:
    return convcalc.plan(convcalc.loads(data, "net.onnx"), **options)  # type: ignore[arg-type]


def refused(data: bytes, **options: object) -> Problem:
    with pytest.raises(StackError) as caught:
        plan_of(data, **options)
    (problem,) = caught.value.problems
    return problem


LENET = model(
    [
        node("Conv", ["image", "w1", "b1"], ["a"], "/conv1/Conv"),
        node("Relu", ["a"], ["b"], "/Relu"),
        node("MaxPool", ["b"], ["c"], "/pool/MaxPool", kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["c"], ["d"], "/Flatten"),
        node("Gemm", ["d", "w2", "b2"], ["logits"], "/head/fc/Gemm", transB=1),
    ],
    {"image": ["batch", 1, 32, 32]},
    ["logits"],
    {"w1": (6, 1, 5, 5), "b1": (6,), "w2": (10, 1176), "b2": (10,)},
)


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


def test_another_size_is_planned_where_nothing_is_written_into_the_file() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1]),
        node("GlobalAveragePool", ["a"], ["y"]),
    ]
    data = model(nodes, {"x": [1, 3, 32, 32]}, ["y"], {"w": (8, 3, 3, 3)})
    assert plan_of(data, input=(3, 64, 48))[0].output == (8, 64, 48)


def test_a_size_that_is_written_in_is_named_at_its_node() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], strides=[16, 16]),
        node("Reshape", ["a", "sizes"], ["b"], "/Reshape"),
        node("Transpose", ["b"], ["y"], perm=[0, 2, 1]),
    ]
    weights = {"w": (8, 3, 16, 16), "sizes": tensor("sizes", (3,), [1, 8, 196])}
    data = model(nodes, {"x": [1, 3, 224, 224]}, ["y"], weights)
    assert plan_of(data)[0].output == (8, 14, 14)
    problem = refused(data, input=(3, 256, 256))
    assert str(problem) == (
        "net.onnx:2:1: error CC927 wrong-value: `/Reshape` (Reshape) cannot be worked out\n"
        "  [1, 8, 196] has 1568 elements written into it, [1, 8, 16, 16] has 2048\n"
        "  help: the file was traced for 3x224x224 and has sizes written into it; use that size"
    )


HALVED = model(
    [
        node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
        node("ConvTranspose", ["a", "up"], ["b"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Concat", ["b", "x"], ["y"], "/Concat", axis=1),
    ],
    {"x": [1, 3, 16, 24]},
    ["y"],
    {"w": (8, 3, 3, 3), "up": (8, 3, 2, 2)},
)


@pytest.mark.parametrize(
    ("size", "slug", "help"),
    [
        # 17 becomes 9, and 18 again; 32 by 48 would do.
        pytest.param(
            (3, 17, 24),
            "merge-size-mismatch",
            "other sizes fit: `convcalc sizes net.onnx` lists them",
            id="a size that does not fit",
        ),
        pytest.param(
            (1, 16, 24), "wrong-value", "`x` has 3 channels in the file: 3x16x24", id="channels"
        ),
    ],
)
def test_a_size_that_was_asked_for_is_not_the_file_s_fault(
    size: tuple[int, ...], slug: str, help: str
) -> None:
    problem = refused(HALVED, input=size)
    assert (problem.slug, problem.help) == (slug, help)


def test_a_file_that_is_broken_at_its_own_size_is_broken_at_others() -> None:
    nodes = [node("Conv", ["x", "w"], ["y"])]
    data = model(nodes, {"x": [1, 4, 32, 32]}, ["y"], {"w": (8, 3, 3, 3)})
    assert refused(data).slug == refused(data, input=(4, 16, 16)).slug == "broken-model"


def test_open_sizes_are_asked_for() -> None:
    data = model([node("Relu", ["x"], ["y"])], {"x": ["n", 3, "height", "width"]}, ["y"])
    problem = refused(data)
    assert problem.message == "input `x` has open sizes: [3, height, width]"
    assert problem.help == "give its sizes, channels first: --input 3x224x224"
    assert plan_of(data, input=(3, 8, 9))[0].output == (3, 8, 9)


def test_channels_last_inputs_become_channels_first() -> None:
    nodes = [
        node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
        node("Conv", ["a", "w"], ["b"]),
        node("Transpose", ["b"], ["c"], perm=[0, 2, 3, 1]),
        node("MatMul", ["c", "dense"], ["y"]),
    ]
    weights = {"w": (8, 3, 3, 3), "dense": (8, 5)}
    plan = plan_of(model(nodes, {"x": [1, 32, 24, 3]}, ["y"], weights))
    assert plan.inputs == {"x": (3, 32, 24)}
    assert [(row.kind, row.output) for row in plan] == [
        ("conv", (8, 30, 22)),
        ("linear", (5, 30, 22)),
    ]
    assert plan.totals.macs == 30 * 22 * (27 * 8 + 8 * 5)


def test_two_products_and_a_softmax_are_attention() -> None:
    """2 heads of size 4 over 9 tokens: 2 * 9 * 9 * 4 MACs for each product; no scale is 1, not 2.

    With a mask that is not causal the products stand by themselves.
    """
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
        ("scale", "mul_number", 0),
        ("taken", "scaled_dot_product_attention", 2 * 648),
    ]
    masked = [
        *nodes[:5],
        node("Add", ["scores", "mask"], ["masked"]),
        node("Softmax", ["masked"], ["shares"], axis=-1),
        *nodes[6:],
    ]
    for values, kinds in (
        ([0.0 if at // 9 >= at % 9 else -1e9 for at in range(81)], 1),
        ([float(at % 2) for at in range(81)], 0),
    ):
        mask = {"mask": tensor("mask", (9, 9), values)}
        plan = plan_of(model(masked, {"x": [1, 9, 8]}, ["y"], {**weights, **mask}))
        rows = [row for row in plan if row.kind == "scaled_dot_product_attention"]
        assert len(rows) == kinds
        assert plan.totals.macs == 9 * 64 + 2 * 648


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


@pytest.mark.parametrize(
    "length", [0, 1, 2, 9, 20, 60, 100, 200, 300, 400, 1000, 40_000, len(LENET) - 5]
)
def test_a_file_that_was_cut_off_is_refused(length: int) -> None:
    with pytest.raises(StackError):
        plan_of(LENET[:length])


def test_weights_of_a_file_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(LENET)
    assert convcalc.plan(convcalc.load(path)).totals.params == 11_926


def test_a_map_that_gates_every_channel_is_spread() -> None:
    """The attention of CBAM: [1, 8, 9] times [4, 8, 9]."""
    nodes = [
        node("ReduceMean", ["x"], ["gate"], axes=[1], keepdims=1),
        node("Mul", ["x", "gate"], ["y"]),
    ]
    plan = plan_of(model(nodes, {"x": [1, 4, 8, 9]}, ["y"]))
    assert [(row.kind, row.output) for row in plan] == [
        ("reduce", (8, 9)),
        ("broadcast", (4, 8, 9)),
        ("mul", (4, 8, 9)),
    ]


def test_quantised_files_are_read_in_their_float_sense() -> None:
    weight = tensor("w", (4, 3, 1, 1), [1] * 12)
    nodes = [
        node("QuantizeLinear", ["x", "s"], ["q"]),
        node("DequantizeLinear", ["q", "s"], ["d"]),
        node("DequantizeLinear", ["w", "s"], ["real"]),
        node("Conv", ["d", "real"], ["y"]),
    ]
    weights = {"w": weight, "s": tensor("s", (), [0.5])}
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


@pytest.mark.parametrize("batch", [1, 4, "batch"])
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


def test_an_input_may_be_read_in_two_orders() -> None:
    """The norm's order is the input's; 4 * 4 * 9 weights of the convolution at 6 * 4 positions."""
    nodes = [
        node("LayerNormalization", ["x", "s"], ["n"], "norm"),
        node("Conv", ["x", "w"], ["c"], "conv", kernel_shape=(3, 3), pads=(1, 1, 1, 1)),
        node("Add", ["n", "c"], ["y"], "add"),
    ]
    plan = plan_of(model(nodes, {"x": [1, 4, 6, 4]}, ["y"], {"s": (4,), "w": (4, 4, 3, 3)}))
    assert plan.inputs == {"x": (4, 4, 6)}
    assert [row.kind for row in plan] == ["layer_norm", "permute", "conv", "permute", "add"]
    assert plan.totals.macs == 4 * 4 * 9 * 6 * 4


@pytest.mark.parametrize(
    ("wrong", "slug"),
    [
        pytest.param(
            node("Add", ["x", "k", "k"], ["y"]), "merge-size-mismatch", id="three summands"
        ),
        pytest.param(node("Unsqueeze", ["x", "k"], ["y"]), "broken-model", id="an axis twice"),
    ],
)
def test_operations_that_cannot_be_are_findings(wrong: bytes, slug: str) -> None:
    weights = {"k": tensor("k", (2,), (0, 0))}
    assert refused(model([wrong], {"x": [1, 3]}, ["y"], weights)).slug == slug


def test_an_output_that_is_an_input_of_many_axes_is_refused() -> None:
    data = model([node("Relu", ["x"], ["y"])], {"x": [1, 4], "z": [1, 2, 2, 2, 2, 2]}, ["y", "z"])
    problem = refused(data)
    assert problem.slug == "wrong-rank"
    assert problem.message == "an output is an input of 5 axes; 4 are read"


@pytest.mark.thorough
def test_a_chain_of_many_operations_is_bounded() -> None:
    nodes = [node("Relu", [f"t{n}"], [f"t{n + 1}"]) for n in range(200_001)]
    problem = refused(model(nodes, {"t0": [1, 3]}, ["t200001"]))
    assert problem.slug == "file-too-large"
    assert problem.message == "the ONNX model has more than 200,000 operations"


def test_an_array_turned_many_times_is_one_weight() -> None:
    """Whoever went through what it is made of went one call deeper for each."""
    turns = [node("Transpose", [f"w{n}"], [f"w{n + 1}"], perm=[1, 0, 2, 3]) for n in range(2000)]
    conv = node("Conv", ["x", "w2000"], ["y"])
    plan = plan_of(model([*turns, conv], {"x": [1, 8, 8, 8]}, ["y"], {"w0": (8, 8, 5, 5)}))
    assert [(row.kind, row.params) for row in plan.rows] == [("conv", 8 * 8 * 25)]


def test_inputs_and_operations_are_gone_through_apart() -> None:
    """5,000 inputs and 5,000 operations: looking each up among the others took minutes."""
    inputs = {f"x{n}": [3, 4, 4] for n in range(400)}
    nodes = [node("Relu", [f"t{n}" if n else "x0"], [f"t{n + 1}"]) for n in range(400)]

    def work(many: int) -> int:
        data = model(nodes[:many], dict(list(inputs.items())[:many]), [f"t{many}"])
        return calls(lambda: len(plan_of(data).rows))[1]

    work(10)
    assert work(400) <= 4.5 * work(100) + 10_000


def test_copies_of_a_stored_array_are_gone_through_once() -> None:
    def work(many: int) -> int:
        names = [f"onnx::c{n}" for n in range(many)]
        copies = [node("Identity", ["onnx::w"], [name]) for name in names]
        sums = [
            node("Add", ["x" if not n else f"y{n}", name], [f"y{n + 1}"])
            for n, name in enumerate(names)
        ]
        data = model([*copies, *sums], {"x": [1, 4]}, [f"y{many}"], {"onnx::w": (4,)})
        return calls(lambda: len(plan_of(data).rows))[1]

    work(10)
    assert work(400) <= 4.5 * work(100) + 10_000


def test_inputs_with_channels_last_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_MOST_WALKED", 100)
    nodes = []
    for n in range(9):
        nodes += [
            node("Transpose", [f"x{n}"], [f"t{n}"], perm=[0, 3, 1, 2]),
            node("Conv", [f"t{n}", "w"], [f"c{n}"]),
            node("Add", [f"c{n}", f"s{n - 1}" if n else "c0"], [f"s{n}"]),
        ]
    inputs = {f"x{n}": [1, 8, 8, 3] for n in range(9)}
    problem = refused(model(nodes, inputs, ["s8"], {"w": (3, 3, 1, 1)}))
    assert problem.slug == "too-much-work"
    assert problem.message == (
        "the ONNX file has 27 operations, and is gone through anew for each input with channels "
        "last; 6 were"
    )


def test_deep_subgraphs_are_not_looked_into() -> None:
    body = b""
    for _ in range(5000):
        body = part(1, part(4, "If") + part(5, part(1, "then_branch") + part(6, body)))
    inner = part(1, "x") + part(2, "y") + part(4, "If") + part(5, part(1, "b") + part(6, body))
    assert refused(model([inner], {"x": [1, 3]}, ["y"])).slug == "unknown-operation"


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


def test_large_tensors_of_one_number_are_not_written_out() -> None:
    """The `light` models of the onnx package have their weights so."""
    nodes = [
        node("ConstantOfShape", ["sizes"], ["w"]),
        node("Conv", ["x", "w"], ["y"]),
    ]
    sizes = tensor("sizes", (4,), [512, 512, 3, 3])
    plan = plan_of(model(nodes, {"x": [1, 512, 8, 8]}, ["y"], {"sizes": sizes}))
    assert plan.totals.params == 512 * 512 * 9


def function(name: str, inputs: list[str], outputs: list[str], *nodes: bytes) -> bytes:
    return b"".join(
        (
            part(1, name),
            *(part(4, one) for one in inputs),
            *(part(5, one) for one in outputs),
            *(part(7, one) for one in nodes),
            part(10, "mine"),
        )
    )


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


def test_functions_that_call_themselves_are_refused() -> None:
    body = function("Loop", ["a"], ["b"], node("Loop", ["a"], ["b"], domain="mine"))
    nodes = [node("Loop", ["x"], ["y"], domain="mine")]
    problem = refused(model(nodes, {"x": [1, 3]}, ["y"]) + part(25, body))
    assert problem.message.endswith("its functions call each other more than 32 deep")


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


def test_a_file_of_several_samples_is_planned_for_one() -> None:
    """Four samples of [2, 6, 4] in heads of 3: the four stand in the Reshape, not in the plan."""
    nodes = [
        node("Reshape", ["x", "heads"], ["a"]),
        node("Transpose", ["a"], ["b"], perm=[0, 2, 1, 3]),
        node("Expand", ["token", "four"], ["t"]),
        node("Concat", ["b", "t"], ["y"], axis=2),
    ]
    weights = {
        "heads": tensor("heads", (4,), [4, 12, 2, 2]),
        "token": tensor("token", (1, 2, 1, 2), [1.0] * 4),
        "four": tensor("four", (4,), [4, 2, 1, 2]),
    }
    data = model(nodes, {"x": [4, 2, 6, 4]}, ["y"], weights)
    plan = plan_of(data)
    assert plan.inputs == {"x": (2, 6, 4)}
    assert [row.output for row in plan if row.kind == "concat"] == [(13, 4)]


def test_what_a_file_of_several_samples_mixes_is_named() -> None:
    nodes = [node("Add", ["x", "mask"], ["y"], "mix")]
    mask = tensor("mask", (2, 1, 1, 1), [1.0, 2.0])
    sizes = {"y": [2, 3, 4, 5]}
    problem = refused(model(nodes, {"x": [2, 3, 4, 5]}, ["y"], {"mask": mask}, sizes=sizes))
    assert problem.message == "`mix` (Add) works on 2 samples at once"
    assert problem.note == "2x3x4x5 here for one, and 2x3x4x5 in the file"


def test_an_opaque_layer_has_the_weights_that_it_reads() -> None:
    """Rows picked by 5 stored numbers: a parameter of 5, no multiply-accumulates of its own."""
    nodes = [node("Conv", ["x", "w"], ["a"]), node("ScatterND", ["a", "at", "new"], ["y"], "put")]
    weights = {"w": (4, 3, 1, 1), "at": tensor("at", (1, 1), [0]), "new": (1, 4, 6, 6)}
    plan = plan_of(model(nodes, {"x": [1, 3, 6, 6]}, ["y"], weights))
    assert [(row.kind, row.params, row.output) for row in plan] == [
        ("conv", 12, (4, 6, 6)),
        ("parameter", 144, (4, 6, 6)),
        ("opaque", 0, (4, 6, 6)),
    ]
    assert plan.totals.params == 156
    assert plan.totals.macs == 12 * 36


def test_a_recurrence_with_a_state_of_its_own_is_opaque_and_has_its_products() -> None:
    """4 gates of 6 numbers read 5 + 6 numbers at each of 7 steps."""
    lstm = node("LSTM", ["x", "w", "r", "", "", "h", "c"], ["y"], "/lstm/LSTM", hidden_size=6)
    inputs = {"x": [7, 1, 5], "h": [1, 1, 6], "c": [1, 1, 6]}
    plan = plan_of(model([lstm], inputs, ["y"], {"w": (1, 24, 5), "r": (1, 24, 6)}))
    assert [(row.kind, row.params, row.macs) for row in plan] == [
        ("parameter", 120, 0),
        ("parameter", 144, 0),
        ("opaque", 0, 7 * 24 * 11),
    ]


def test_every_rule_is_in_the_file_that_is_loaded_for_it() -> None:
    for file in sorted(Path(rules.__file__).parent.glob("*.py")):
        import_module(f"{rules.__name__}.{file.stem}")
    files = {op: rule.__module__.rpartition(".")[2] for op, rule in RULES.items()}
    assert files == rules.families()


def test_a_plan_loads_nothing_that_the_file_has_not(tmp_path: Path) -> None:
    """LeNet has no norm, no softmax, nothing recurrent, nothing that is not known, and no YAML."""
    path = tmp_path / "lenet.onnx"
    path.write_bytes(LENET)
    code = (
        f"import convcalc, sys; convcalc.plan(convcalc.load({str(path)!r})); "
        "print(*(one.removeprefix('convcalc.') for one in sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(found.stdout.split())
    assert {"kinds.conv", "kinds.pool_family", "kinds.linear"} <= loaded
    words = "norm_family softmax_family recurrent_family opaque upsample broadcast source_family"
    assert loaded.isdisjoint(f"kinds.{one}" for one in words.split())
    of_text = "reader expand layers expressions expectations proposals"
    assert loaded.isdisjoint(f"network.{one}" for one in of_text.split())
    assert loaded.isdisjoint({"yaml", "numpy", "rich", "planning.expectations"})


@pytest.mark.thorough
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system tells no peak")
def test_memory_does_not_grow_with_the_weights(tmp_path: Path) -> None:
    """96 MiB of weights, each looked at: systems map 2 MiB at once where one byte is read."""
    count = 48
    nodes = [node("Conv", [f"t{at}", f"w{at}"], [f"t{at + 1}"]) for at in range(count)]
    weights = {f"w{at}": (1024, 512, 1, 1) for at in range(count)}
    # Channels do not fit: what is asked is what reading takes.
    path = tmp_path / "large.onnx"
    path.write_bytes(model(nodes, {"t0": [1, 512, 8, 8]}, [f"t{count}"], weights))
    code = (
        f"import convcalc; convcalc.load({str(path)!r}); "
        "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(found.stdout) < 64 << 10
