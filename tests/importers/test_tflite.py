"""TFLite files written by hand, and the figures that they have by hand."""

from __future__ import annotations

import contextlib
import random
import struct
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.importers.network import ForeignNetwork
from convcalc.importers.tflite import _axes, _dtype
from convcalc.importers.tflite.flat import FlatError, Span
from convcalc.importers.tflite.lowering import RULES, NoWordsError
from convcalc.importers.tflite.reader import Reader, _Code, _labels
from convcalc.importers.tflite.schema import WITHOUT_PRODUCTS
from convcalc.importers.tflite.wording import _made
from tests.each import each
from tests.ending import ending
from tests.importers.planning import plan_of, refused
from tests.importers.recorded import as_tensor, given
from tests.importers.tflite_bytes import (
    RELU,
    RELU6,
    SAME,
    TANH,
    VALID,
    Operator,
    Table,
    Tensor,
    Vector,
    floats,
    model,
    numbers,
    small,
    whole,
    written,
)


def conv_options(padding: int, stride: int, fused: int = 0) -> dict[int, tuple[str, float]]:
    return {0: small(padding), 1: whole(stride), 2: whole(stride), 3: small(fused)}


# What MobileNets are made of, as Keras' converter names it; float and int8.
NAMES = {
    "a": "net/act/Relu6;net/bn/FusedBatchNormV3;net/conv_9/Conv2D;net/conv/Conv2D",
    "b": "net/dw_act/Relu6;net/dw/BiasAdd;net/dw/depthwise",
    "c": "net/pool/Mean",
    "d": "net/fc/MatMul;net/fc/BiasAdd",
    "y": "StatefulPartitionedCall:0",
}


def mobile_net(is_int8: bool, signature: tuple[int, ...] = ()) -> bytes:
    def weight(*dims: int, axis: int = 0) -> Tensor:
        if not is_int8:
            return floats(dims)
        count = int(np.prod(dims))
        scales = [0.5] * dims[axis]
        return Tensor(dims, bytes([2] * count), "int8", scales, axis=axis)

    def bias(count: int) -> Tensor:
        if not is_int8:
            return floats([count])
        return Tensor([count], bytes(4 * count), "int32", [0.25] * count, axis=0)

    def map_(*dims: int, signature: tuple[int, ...] = ()) -> Tensor:
        if is_int8:
            return Tensor(dims, None, "int8", [0.1], [3], signature=signature)
        return Tensor(dims, signature=signature)

    tensors = {
        "x": map_(1, 32, 24, 3, signature=signature),
        "w1": weight(8, 3, 3, 3),
        "b1": bias(8),
        NAMES["a"]: map_(1, 16, 12, 8),
        "w2": weight(1, 3, 3, 8, axis=3),
        "b2": bias(8),
        NAMES["b"]: map_(1, 14, 10, 8),
        "axes": numbers(1, 2),
        NAMES["c"]: map_(1, 8),
        "w3": weight(10, 8),
        "b3": bias(10),
        NAMES["d"]: map_(1, 10),
        NAMES["y"]: map_(1, 10),
    }
    depthwise = {0: small(VALID), 1: whole(1), 2: whole(1), 3: whole(1), 4: small(RELU6)}
    operators = [
        Operator("CONV_2D", ["x", "w1", "b1"], [NAMES["a"]], conv_options(SAME, 2, RELU6)),
        Operator("DEPTHWISE_CONV_2D", [NAMES["a"], "w2", "b2"], [NAMES["b"]], depthwise),
        Operator("MEAN", [NAMES["b"], "axes"], [NAMES["c"]]),
        Operator("FULLY_CONNECTED", [NAMES["c"], "w3", "b3"], [NAMES["d"]]),
        Operator("SOFTMAX", [NAMES["d"]], [NAMES["y"]], {0: ("f", 1.0)}),
    ]
    return model(operators, tensors, ["x"], [NAMES["y"]], signature={"image": "x"})


@pytest.mark.parametrize("is_int8", [False, True], ids=["float32", "int8"])
def test_a_small_network_has_the_figures_of_its_layers(is_int8: bool) -> None:
    plan = plan_of(mobile_net(is_int8))
    assert plan.inputs == {"image": (3, 32, 24)}
    assert plan.dtype == ("int8" if is_int8 else "float32")
    assert [(row.name, row.kind, row.op, row.output) for row in plan] == [
        ("conv", "conv", "CONV_2D", (8, 16, 12)),
        ("act", "relu6", "RELU6", (8, 16, 12)),
        ("dw", "conv", "DEPTHWISE_CONV_2D", (8, 14, 10)),
        ("dw_act", "relu6", "RELU6", (8, 14, 10)),
        ("pool", "global_avg_pool", "MEAN", (8,)),
        ("fc", "linear", "FULLY_CONNECTED", (10,)),
        ("softmax", "softmax", "SOFTMAX", (10,)),
    ]
    # 8 (27 + 1), 8 (9 + 1) and 10 (8 + 1) numbers, scales and zero points not among them.
    assert [row.params for row in plan if row.params] == [224, 80, 90]
    assert plan.totals.macs == 16 * 12 * 27 * 8 + 14 * 10 * 9 * 8 + 80


def test_integers_are_the_reals_that_they_stand_for() -> None:
    """One pixel of 1 channel: 2 channels of weights 0.5 * (4 - 1), 0.25 * (-8 - 2), bias 0.125."""
    tensors = {
        "x": Tensor([1, 1, 1, 1], None, "int8", [0.1], [0]),
        "w": Tensor([2, 1, 1, 1], struct.pack("2b", 4, -8), "int8", [0.5, 0.25], [1, 2]),
        "b": Tensor([2], struct.pack("2i", 1, 1), "int32", [0.125, 0.125]),
        "y": Tensor([1, 1, 1, 2], None, "int8", [0.1], [0]),
    }
    operator = Operator("CONV_2D", ["x", "w", "b"], ["y"], conv_options(VALID, 1))
    network = convcalc.loads(model([operator], tensors, ["x"], ["y"]), "net.tflite")
    (found,) = convcalc.run(network, np.array([2.0]).reshape(1, 1, 1)).values()
    assert found.ravel().tolist() == [2 * 1.5 + 0.125, 2 * -2.5 + 0.125]


def test_names_of_another_subgraph_or_of_some_inputs_alone_are_not_taken() -> None:
    tensors = {"x": Tensor([1, 4]), "z": Tensor([1, 4]), "y": Tensor([1, 4])}
    add = Operator("ADD", ["x", "z"], ["y"])

    def named(signature: dict[str, str], subgraph: int = 0) -> list[str]:
        data = model([add], tensors, ["x", "z"], ["y"], signature=signature, signed=subgraph)
        return list(plan_of(data).inputs)

    assert named({"left": "x", "right": "z"}) == ["left", "right"]
    assert named({"right": "z", "left": "x"}) == ["left", "right"]
    assert named({"left": "x", "right": "z"}, subgraph=1) == ["x", "z"]
    assert named({"left": "x"}) == ["x", "z"]


def test_an_open_batch_is_left_out_and_other_sizes_are_planned() -> None:
    data = mobile_net(False, (-1, 32, 24, 3))
    assert plan_of(data)[0].output == (8, 16, 12)
    assert plan_of(data, input=(3, 33, 40))[0].output == (8, 17, 20)


def test_a_file_for_several_samples_is_planned_for_one() -> None:
    tensors = {
        "w": floats([5, 8, 8, 3]),
        "x": Tensor([4, 8, 8, 3]),
        "c": Tensor([4, 1, 1, 5]),
        "sizes": numbers(4, 5),
        "y": Tensor([4, 5]),
    }
    operators = [
        Operator("CONV_2D", ["x", "w"], ["c"], conv_options(VALID, 1)),
        Operator("RESHAPE", ["c", "sizes"], ["y"]),
    ]
    plan = plan_of(model(operators, tensors, ["x"], ["y"]))
    assert plan.inputs == {"x": (3, 8, 8)}
    assert plan.totals.macs == 8 * 8 * 3 * 5
    assert plan[-1].output[0] == 5


def test_each_tensor_has_a_label_of_its_own() -> None:
    found = _labels(["a", "", "b", "a", "tensor#1"])
    assert found == ["a#0", "tensor#1#", "b", "a#3", "tensor#1"]


def test_open_sizes_are_asked_for() -> None:
    problem = refused(mobile_net(False, (-1, -1, -1, 3)))
    assert problem.message == "input `image` has open sizes: [3, ?, ?]"
    assert problem.help == "give its sizes, channels first: --input 3x224x224"


def test_a_shape_that_the_file_states_otherwise_is_named_at_its_operator() -> None:
    tensors = {"x": Tensor([1, 8, 8, 3]), "w": floats([4, 3, 3, 3]), "y": Tensor([1, 8, 8, 4])}
    operator = Operator("CONV_2D", ["x", "w"], ["y"], conv_options(VALID, 1))
    problem = refused(model([operator], tensors, ["x"], ["y"]), "net.tflite")
    assert str(problem) == (
        "net.tflite:1:1: error CC971 broken-model: `y` (CONV_2D) makes 1x6x6x4, and the file says "
        "[1, 8, 8, 4]"
    )


def test_a_padded_map_is_a_row_and_arithmetic_keeps_its_function() -> None:
    tensors = {
        "x": Tensor([1, 8, 8, 4]),
        "sides": numbers(0, 0, 1, 1, 1, 1, 0, 0, dims=[4, 2]),
        "p": Tensor([1, 10, 10, 4]),
        "w": floats([4, 3, 3, 4]),
        "c": Tensor([1, 8, 8, 4]),
        "y": Tensor([1, 8, 8, 4]),
    }
    operators = [
        Operator("PAD", ["x", "sides"], ["p"]),
        Operator("CONV_2D", ["p", "w"], ["c"], conv_options(VALID, 1)),
        Operator("ADD", ["c", "x"], ["y"], {0: small(RELU)}),
    ]
    plan = plan_of(model(operators, tensors, ["x"], ["y"]))
    assert [(row.kind, row.op) for row in plan] == [
        ("pad", "PAD"), ("conv", "CONV_2D"), ("add", "ADD"), ("relu", "RELU"),
    ]  # fmt: skip


def between_two_deals(left: int, options: dict[int, tuple[str, float]], name: str) -> bytes:
    """14 pixels and 2 on each side are 9 of each parity, of which windows of 3 leave `left`."""
    tensors = {
        "x": Tensor([1, 14, 14, 4]),
        "block": numbers(2, 2),
        "sides": numbers(2, 2, 2, 2, dims=[2, 2]),
        "dealt": Tensor([4, 9, 9, 4]),
        "w": floats([6, 3, 3, 4]),
        "c": Tensor([4, left, left, 6]),
        "none": numbers(0, 0, 0, 0, dims=[2, 2]),
        name: Tensor([1, 2 * left, 2 * left, 6]),
    }
    operators = [
        Operator("SPACE_TO_BATCH_ND", ["x", "block", "sides"], ["dealt"]),
        Operator("CONV_2D", ["dealt", "w"], ["c"], options),
        Operator("BATCH_TO_SPACE_ND", ["c", "block", "none"], [name]),
    ]
    return model(operators, tensors, ["x"], [name])


def test_a_dilated_convolution_of_three_operators_is_one() -> None:
    """Windows of 3 leave 7 of 9, and 14 again."""
    plan = plan_of(between_two_deals(7, conv_options(VALID, 1, RELU), "net/conv/BatchToSpaceND"))
    assert [(row.kind, row.output) for row in plan] == [
        ("conv", (6, 14, 14)),
        ("relu", (6, 14, 14)),
    ]
    assert plan[0].receptive_field is not None
    assert plan[0].receptive_field.size == (5, 5)
    assert plan.totals.macs == 14 * 14 * 9 * 4 * 6


def test_a_convolution_with_a_stride_between_two_deals_is_no_dilated_one() -> None:
    """Every second window of each parity: 9 pixels leave 4, and 8 when they are put together."""
    plan = plan_of(between_two_deals(4, conv_options(VALID, 2), "y"))
    (conv,) = (row for row in plan if row.kind == "conv")
    # 4 samples of 4 x 4 positions.
    assert conv.macs == 4 * 4 * 4 * 9 * 4 * 6
    assert len(plan.rows) > 1


def test_what_has_no_rule_is_opaque_and_says_why() -> None:
    tensors = {"x": Tensor([1, 8]), "a": Tensor([1, 4]), "y": Tensor([], has_rank=False)}
    operators = [
        Operator("MATRIX_DIAG", ["x", "x"], ["a"]),
        Operator("CUSTOM", ["a"], ["y"], custom="Detect"),
    ]
    plan = plan_of(model(operators, tensors, ["x"], ["y"]))
    assert [(row.kind, row.op, row.output) for row in plan] == [
        ("opaque", "MATRIX_DIAG", (4,)),
        ("opaque", "Detect", (1,)),
    ]
    assert plan[0].notes == ("MATRIX_DIAG: no kind does what this operator does",)
    assert plan[1].notes == (
        "Detect: no kind does what this operator of its own does; the file states no shape of it, "
        "and one number stands here",
    )
    assert not plan.totals.complete


@each(
    ("count", "notes"),
    [
        (1, ()),
        (2, ("1 more subgraph is not looked into",)),
        (3, ("2 more subgraphs are not looked into",)),
    ],
)
def test_subgraphs_that_are_not_read_are_told_of(count: int, notes: tuple[str, ...]) -> None:
    tensors = {"x": Tensor([1, 4]), "y": Tensor([1, 4])}
    relu = Operator("RELU", ["x"], ["y"])
    data = model([relu], tensors, ["x"], ["y"], subgraphs=count, description="MLIR Converted.")
    network = convcalc.loads(data, "net.tflite")
    assert isinstance(network, ForeignNetwork)
    assert (network.model.notes, network.model.producer) == (notes, "MLIR")


@each(
    ("scales", "notes"),
    [
        ((), ()),
        (
            (0.5,),
            ("quantised tensors are read as reals: numbers are not cut off where integers end",),
        ),
    ],
)
def test_tensors_of_integers_are_told_to_cut_nothing_off(
    scales: tuple[float, ...], notes: tuple[str, ...]
) -> None:
    tensors = {name: Tensor([1, 4], None, "int8", scales) for name in "xy"}
    data = model([Operator("RELU", ["x"], ["y"])], tensors, ["x"], ["y"])
    assert convcalc.plan(convcalc.loads(data, "net.tflite")).notes == notes


def test_filters_of_features_have_one_over_time_each() -> None:
    """6 filters of 4 features over 5 steps, two of them for each of 3 units."""
    tensors = {
        "x": Tensor([1, 4]),
        "features": floats([6, 4]),
        "time": floats([6, 5]),
        "bias": floats([3]),
        "state": Tensor([1, 30], is_variable=True),
        "y": Tensor([1, 3]),
    }
    options = {0: whole(2), 1: small(RELU)}
    filters = Operator("SVDF", ["x", "features", "time", "bias", "state"], ["y"], options)
    plan = plan_of(model([filters], tensors, ["x"], ["y"]))
    assert (plan.rows[-1].kind, plan.rows[-1].output) == ("relu", (3,))
    assert (plan.totals.params, plan.totals.macs) == (6 * 4 + 6 * 5 + 3, 6 * 4 + 6 * 5)


def test_a_recurrence_that_no_kind_does_has_known_work() -> None:
    """Without an input gate: 3 gates of 2 cells, which read 4 features and 2 states at 5 steps."""
    gates = {f"w{n}": floats([2, 4]) for n in range(3)} | {
        f"r{n}": floats([2, 2]) for n in range(3)
    }
    biases = {f"b{n}": floats([2]) for n in range(3)}
    norms = {f"n{n}": floats([2]) for n in range(3)}
    states = {name: Tensor([1, 2], is_variable=True) for name in ("h", "c")}
    tensors = {"x": Tensor([1, 5, 4]), **gates, **biases, **norms, **states, "y": Tensor([1, 5, 2])}
    reads = ["x", "", "w0", "w1", "w2", "", "r0", "r1", "r2", "", "", "", "", "b0", "b1", "b2",
             "", "", "h", "c", "", "n0", "n1", "n2"]  # fmt: skip
    lstm = Operator("UNIDIRECTIONAL_SEQUENCE_LSTM", reads, ["y"], {0: small(TANH)})
    plan = plan_of(model([lstm], tensors, ["x"], ["y"]))
    assert plan.rows[-1].notes == ("UNIDIRECTIONAL_SEQUENCE_LSTM: it has a projection or norms",)
    assert (plan.rows[-1].output, plan.totals.macs) == ((5, 2), 5 * 3 * 2 * (4 + 2))


@each("place", [16, 17, 20, 21, 22, 23])
def test_a_recurrence_has_no_words_by_any_of_its_projections_and_norms(place: int) -> None:
    reads = ["x", *(f"w{n}" for n in range(4)), *(f"r{n}" for n in range(4)), "", "", "",
             *(f"b{n}" for n in range(4)), "", "", "h", "c", "", "", "", ""]  # fmt: skip
    reads[place] = "more"
    sizes = {"x": [1, 5, 4], "h": [1, 2], "c": [1, 2], "y": [1, 5, 2]}
    dims = {"w": [2, 4], "r": [2, 2], "b": [2], "m": [2, 2] if place == 16 else [2]}
    tensors = {name: Tensor(one, is_variable=name in "hc") for name, one in sizes.items()}
    tensors |= {name: floats(dims[name[0]]) for name in reads if name and name not in sizes}
    lstm = Operator("UNIDIRECTIONAL_SEQUENCE_LSTM", reads, ["y"], {0: small(TANH)})
    plan = plan_of(model([lstm], tensors, ["x"], ["y"]))
    assert plan.rows[-1].notes == ("UNIDIRECTIONAL_SEQUENCE_LSTM: it has a projection or norms",)
    matrices = 4 * 2 * (4 + 2) + (2 * 2 if place == 16 else 0)
    assert plan.totals.macs == 5 * matrices


def test_what_should_be_stored_and_is_calculated_has_its_place_in_the_note() -> None:
    tensors = {
        "x": Tensor([1, 2, 3]),
        "order": Tensor([3], element="int32"),
        "y": Tensor([1, 3, 2]),
    }
    turn = Operator("TRANSPOSE", ["x", "order"], ["y"])
    plan = plan_of(model([turn], tensors, ["x", "order"], ["y"]))
    (note,) = plan.rows[-1].notes
    assert note == "TRANSPOSE: its input 2 is calculated, not stored"


def test_a_choice_of_whole_rows_is_told() -> None:
    tensors = {
        "x": Tensor([1, 3, 4]), "y": Tensor([1, 3, 4]), "c": Tensor([1], element="bool"),
        "z": Tensor([1, 3, 4]),
    }  # fmt: skip
    pick = Operator("SELECT", ["c", "x", "y"], ["z"])
    plan = plan_of(model([pick], tensors, ["x", "y", "c"], ["z"]))
    assert plan.rows[-1].notes == ("SELECT: it picks whole rows",)


def test_volumes_are_dealt_out_in_blocks_and_put_back() -> None:
    """LiteRT deals out two axes at most; what comes back is what went in."""
    dims, block = (1, 2, 4, 6, 3), [2, 1, 3]
    tensors = {
        "x": Tensor(dims), "block": numbers(*block), "none": numbers(*[0] * 6, dims=(3, 2)),
        "a": Tensor([6, 1, 4, 2, 3]), "b": Tensor([6, 1, 4, 2, 3]), "y": Tensor(dims),
    }  # fmt: skip
    operators = [
        Operator("SPACE_TO_BATCH_ND", ["x", "block", "none"], ["a"]),
        Operator("TANH", ["a"], ["b"]),
        Operator("BATCH_TO_SPACE_ND", ["b", "block", "none"], ["y"]),
    ]
    network = convcalc.loads(model(operators, tensors, ["x"], ["y"]), "net.tflite")
    assert isinstance(network, ForeignNetwork)
    x = np.arange(np.prod(dims), dtype=np.float32).reshape(dims) / 100
    found = as_tensor(network, "y", convcalc.run(network, given(network, [x])))
    assert np.abs(found - np.tanh(x)).max() < 1e-6
    assert [row.kind for row in convcalc.plan(network)] == ["tanh"]


@each(("dims", "wanted"), [((1, 3, 1, 2), (1, 3, 4, 2)), ((1, 1, 1, 2), (1, 3, 4, 2))])
def test_a_tensor_is_spread_to_a_shape(dims: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    """LiteRT has no kernel for the first version of it; NumPy spreads as its schema says."""
    tensors = {"x": Tensor(dims), "sizes": numbers(*wanted), "y": Tensor(wanted)}
    spread = Operator("BROADCAST_TO", ["x", "sizes"], ["y"])
    network = convcalc.loads(model([spread], tensors, ["x"], ["y"]), "net.tflite")
    assert isinstance(network, ForeignNetwork)
    x = np.arange(np.prod(dims), dtype=np.float32).reshape(dims)
    got = convcalc.run(network, given(network, [x]))
    assert np.array_equal(as_tensor(network, "y", got), np.broadcast_to(x, wanted))


def test_a_transposed_convolution_to_sizes_that_are_worked_out_has_those_of_its_output() -> None:
    """3 x 2 pixels by steps of 2 and 4, to 6 rows and 9 columns of 5 maps."""
    tensors = {
        "sizes": Tensor([4], element="int32"), "w": floats([5, 3, 2, 4]),
        "x": Tensor([1, 3, 2, 4]), "y": Tensor([1, 6, 9, 5]),
    }  # fmt: skip
    options = {0: small(SAME), 1: whole(4), 2: whole(2)}
    deal = Operator("TRANSPOSE_CONV", ["sizes", "w", "x"], ["y"], options)
    plan = plan_of(model([deal], tensors, ["x", "sizes"], ["y"]))
    assert (plan.rows[-1].output, plan.totals.macs) == ((5, 6, 9), 6 * 3 * 2 * 4 * 5)


def test_what_is_too_long_to_be_an_order_has_its_place_in_the_note() -> None:
    tensors = {"x": Tensor([1, 2, 3]), "order": floats([300]), "y": Tensor([1, 3, 2])}
    plan = plan_of(model([Operator("TRANSPOSE", ["x", "order"], ["y"])], tensors, ["x"], ["y"]))
    assert plan.rows[-1].notes == ("TRANSPOSE: its input 2 is too long",)


@each(("word", "dims"), [("CONV_2D", [1, 4, 3]), ("AVERAGE_POOL_2D", [1, 4, 5, 6, 3])])
def test_a_map_of_other_axes_has_its_place_in_the_note(word: str, dims: list[int]) -> None:
    tensors = {"x": Tensor(dims), "w": floats([2, 3, 3, 3]), "y": Tensor([1, 4, 4, 2])}
    plan = plan_of(model([Operator(word, ["x", "w"], ["y"])], tensors, ["x"], ["y"]))
    assert plan.rows[-1].notes == (f"{word}: its input 1 has {len(dims)} axes",)


@each("inputs", [["x"], ["x", ""]])
def test_what_is_not_there_has_its_place_in_the_note(inputs: list[str]) -> None:
    tensors = {"x": Tensor([1, 2, 3]), "y": Tensor([1, 2, 3])}
    (row,) = plan_of(model([Operator("PRELU", inputs, ["y"])], tensors, ["x"], ["y"]))
    assert (row.kind, row.notes) == ("opaque", ("PRELU: it has no input 2",))


def behind(operators: list[Operator], tensors: dict[str, Tensor], output: str) -> bytes:
    """A file whose arrays lie behind its tables, as in those of more than 2 GB."""
    near = len(model(operators, tensors, ["x"], [output], behind=2))
    arrays = b"".join(one.data for one in tensors.values() if one.data is not None)
    return model(operators, tensors, ["x"], [output], behind=near) + arrays


def test_arrays_behind_the_tables_are_those_of_a_file_that_holds_them() -> None:
    draw = random.Random(3)
    tensors = {
        "x": Tensor([1, 3]),
        "w": floats([4, 3], [draw.uniform(-1, 1) for _ in range(12)]),
        "b": floats([4], [draw.uniform(-1, 1) for _ in range(4)]),
        "sizes": numbers(2, 2),
        "y": Tensor([1, 4]),
        "z": Tensor([2, 2]),
    }
    operators = [
        Operator("FULLY_CONNECTED", ["x", "w", "b"], ["y"]),
        Operator("RESHAPE", ["y", "sizes"], ["z"]),
    ]
    x = np.array([0.5, -1.0, 2.0])
    far, near = (
        convcalc.loads(data, "net.tflite")
        for data in (behind(operators, tensors, "y"), model(operators, tensors, ["x"], ["y"]))
    )
    (wanted,), (found,) = (convcalc.run(net, x).values() for net in (near, far))
    assert np.array_equal(found, wanted)
    assert np.abs(wanted).max() > 0
    data = behind(operators, tensors, "z")
    assert plan_of(data, "net.tflite").rows[-1].output == (2, 2)
    problem = refused(data[:-1], "net.tflite")
    assert problem.message.endswith(
        f"a buffer of 8 bytes at byte {len(data) - 8:,} lies outside of it"
    )


def table_with(**slots: object) -> bytes:
    """A file whose model has these fields: `s2` is the one of slot 2."""
    fields = {int(name[1:]): value for name, value in slots.items()}
    return written(Table(fields))  # type: ignore[arg-type]


def relu_of(x: Tensor) -> bytes:
    """A file that reads this tensor."""
    return model([Operator("RELU", ["x"], ["y"])], {"x": x, "y": Tensor([1])}, ["x"], ["y"])


BROKEN = {
    "something else": (b"<!DOCTYPE html>", "no TFL3 at its fifth byte"),
    "nothing but its magic": (b"\x08\0\0\0TFL3", "byte 8 lies outside of its 8 bytes"),
    "a root outside": (b"\xff\xff\0\0TFL3" + bytes(8), "byte 65,535 lies outside of its 16 bytes"),
    "another schema": (
        table_with(s0=("I", 4)),
        "its schema is version 4, and version 3 is read here",
    ),
    "no subgraph": (table_with(s0=("I", 3)), "it holds no subgraph"),
    "no operator": (table_with(s0=("I", 3), s2=[Table()]), "it holds no operator"),
    "fields listed before it begins": (
        struct.pack("<I4si", 8, b"TFL3", 100),
        "byte -92 lies outside of its 12 bytes",
    ),
    "nothing that it reads": (
        model([Operator("RELU", ["x"], ["y"])], {"x": Tensor([1]), "y": Tensor([1])}, [], ["y"]),
        "it reads no input",
    ),
    "nothing that it gives": (
        model([Operator("RELU", ["x"], ["y"])], {"x": Tensor([1]), "y": Tensor([1])}, ["x"], []),
        "it has no output",
    ),
    "open sizes of another number": (
        relu_of(Tensor([1, 4], signature=[1])),
        "tensor 'x' has 2 sizes and 1",
    ),
    "more open sizes than sizes": (
        relu_of(Tensor([4], signature=[1, 4])),
        "tensor 'x' has 1 sizes and 2",
    ),
    "a size below none": (relu_of(Tensor([1, -4])), "tensor 'x' has the size -4"),
    "a size that is open and below": (
        relu_of(Tensor([1, 4], signature=[1, -2])),
        "tensor 'x' has the size -2",
    ),
    "more axes than there are": (relu_of(Tensor([1] * 17)), "tensor 'x' has more than 16 axes"),
    "more scales than rows": (
        relu_of(Tensor([2, 3], bytes(6), "int8", [0.5] * 3)),
        "tensor 'x' of [2, 3] has 3 scales",
    ),
    "scales along an axis that is not there": (
        relu_of(Tensor([2, 3], bytes(6), "int8", [0.5] * 2, axis=2)),
        "tensor 'x' of [2, 3] has 2 scales",
    ),
    "a zero too many": (
        relu_of(Tensor([2, 3], bytes(6), "int8", [0.5], [1, 1])),
        "there are 1 scale and 2 zero points",
    ),
    "fewer bytes than numbers": (
        relu_of(Tensor([2, 3], bytes(20))),
        "tensor 'x' of 6 elements of float32 has 20 bytes",
    ),
    "a vector of 2^31 elements": (
        table_with(s0=("I", 3), s2=[Table({0: Vector("I", b"")})])[:-4] + b"\xff\xff\xff\x7f",
        "says that it has 2,147,483,647 elements, for which there are 0 bytes",
    ),
}


@each("name", BROKEN)
def test_bytes_that_are_no_model_are_a_finding(name: str) -> None:
    data, why = BROKEN[name]
    problem = refused(data, "net.tflite")
    assert problem.slug == "broken-model"
    assert problem.message.startswith("this is no whole TFLite model: ")
    assert why in problem.message


def test_a_file_with_few_bytes_for_many_operators_is_refused_soon() -> None:
    """More operators than are read, all of them one table."""
    table = written(Table({0: ("I", 3), 2: [Table({3: Vector("I", bytes(400_004))})]}))
    assert "the TFLite model has more than 100,000 operators" in refused(table).message


@pytest.mark.thorough
def test_an_operator_of_many_outputs_is_read_soon() -> None:
    """10,000 names that were looked for one by one in 10,000 operations."""
    count = 10_000
    names = [f"y{number}" for number in range(count)]
    tensors = {"x": Tensor([1, count]), **{name: Tensor([1]) for name in names}}
    operator = Operator("UNPACK", ["x"], names, {0: whole(count), 1: whole(1)})
    data = model([operator], tensors, ["x"], names[:1])
    with ending():
        assert plan_of(data)[0].output == (1,)


def test_cut_off_and_mutated_files_are_findings_or_plans() -> None:
    data, draw = mobile_net(True), random.Random(3)
    for length in range(8, len(data), 97):
        with contextlib.suppress(StackError):
            plan_of(data[:length])
    for _ in range(150):
        changed = bytearray(data)
        for _ in range(draw.randint(1, 6)):
            changed[draw.randrange(8, len(data))] = draw.choice((0, 1, 127, 128, 255))
        with contextlib.suppress(StackError):
            plan_of(bytes(changed))


@each(("index", "has_code"), [(0, True), (1, True), (2, False), (9, False)])
def test_the_code_of_an_operator_is_one_of_those_listed(index: int, has_code: bool) -> None:
    table: Any = SimpleNamespace(
        whole=lambda slot, code: index, wholes=lambda slot: (), table=lambda slot: None
    )
    graph: Any = SimpleNamespace(tables=lambda slot, most, what: [table])
    codes = [_Code("RELU", False), _Code("TANH", False)]
    read = Reader(bytes(64), b"")._operators(graph, codes, 0)
    if has_code:
        assert [one.word for one in read] == [codes[index].word]
    else:
        with pytest.raises(FlatError, match=f"operator 1 is of code {index} among 2"):
            next(read)


@each(("start", "length", "span"), [
    # 0 and 1 mean that a buffer has no place behind the tables.
    (0, 4, None), (1, 4, None), (2, 4, Span(2, 4)), (60, 4, Span(60, 4)), (60, 0, None),
])  # fmt: skip
def test_a_buffer_behind_the_tables(start: int, length: int, span: Span | None) -> None:
    table: Any = SimpleNamespace(
        span=lambda slot, size: None, whole=lambda slot, code: {1: start, 2: length}[slot]
    )
    assert Reader(bytes(64), b"")._buffer(table) == span


def test_a_buffer_that_ends_behind_the_file() -> None:
    table: Any = SimpleNamespace(
        span=lambda slot, size: None, whole=lambda slot, code: {1: 60, 2: 5}[slot]
    )
    with pytest.raises(FlatError, match="a buffer of 5 bytes at byte 60 lies outside of it"):
        Reader(bytes(64), b"")._buffer(table)


@each(("word", "is_custom", "why", "macs"), [
    # Which places were picked takes no products; what an unknown operator takes nobody knows.
    (sorted(WITHOUT_PRODUCTS - RULES.keys())[0], False, "operator", 0),
    ("OF_A_LATER_VERSION", False, "operator", None),
    ("MyOperator", True, "operator of its own", None),
])  # fmt: skip
def test_an_operator_without_words(word: str, is_custom: bool, why: str, macs: int | None) -> None:
    say: Any = SimpleNamespace(operator=SimpleNamespace(word=word, is_custom=is_custom))
    with pytest.raises(NoWordsError, match=f"^no kind does what this {why} does$") as caught:
        _made(say)
    assert caught.value.macs == macs


@each(
    ("made", "dtype"),
    [
        ("int8 int8 float32", "int8"),
        ("int8 uint8 float32", "int8"),
        ("uint8 uint8 float32", "int8"),
        ("int8 float32", "float32"),
        ("int8 int8 float32 int16", "float32"),
        ("int8 int8 int8 float32 int16", "int8"),
        ("int8 int8 int16 int16", "float32"),
        ("int8 int32 int64", "int8"),
        ("float32 bool", "float32"),
    ],
)
def test_a_file_is_of_bytes_where_they_are_most_of_what_is_made(made: str, dtype: str) -> None:
    """More than reals, and than integers of 16 bits, which a converter has in place of reals."""
    tensors = [SimpleNamespace(element=one) for one in made.split()]
    operators = [SimpleNamespace(outputs=[at]) for at, _ in enumerate(tensors)]
    found = SimpleNamespace(tensors=tensors, operators=operators)
    assert _dtype(cast(Any, found)) == dtype


@each(
    ("declared", "batch", "order"),
    [
        ([4], None, (0,)),
        ([1, 4], 0, (1,)),
        (["?", 4], 0, (1,)),
        ([5, 4], None, (1, 0)),
        ([5, 4, 3], None, (2, 0, 1)),
        ([1, 4, 3], 0, (2, 1)),
        ([5, 6, 4, 3], 0, (3, 1, 2)),
        ([1, 7, 6, 4, 3], 0, (4, 1, 2, 3)),
    ],
)
def test_the_first_axis_is_the_batch_and_the_last_has_channels(
    declared: list[int | str], batch: int | None, order: tuple[int, ...]
) -> None:
    """Up to three axes are one sample, unless the first is open or of 1."""
    found = _axes("x", tuple(declared))
    assert (found.batch, found.order) == (batch, order)
