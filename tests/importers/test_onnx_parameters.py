"""Parameters of ONNX files as operations read them: looked up, added, tied, shared."""

from __future__ import annotations

import pytest

import convcalc
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_parameters import KIND, network_of, rows_of, said

WORDS = {"words": [1, 4]}


def test_a_table_counts_whole_whichever_rows_are_read() -> None:
    """Four positions of a table of 512: the other 508 are learnt, too."""
    nodes = [
        node("Gather", ["table", "places"], ["positions"]),
        node("Add", ["x", "positions"], ["y"]),
    ]
    weights = {"table": (512, 8), "places": tensor("places", (4,), [0, 1, 2, 3])}
    rows = rows_of(model(nodes, {"x": [1, 4, 8]}, ["y"], weights))
    assert [row for row in rows if row[1]] == [("embedding", 512 * 8)]


def test_one_row_of_a_matrix_is_a_part_of_it() -> None:
    nodes = [
        node("Gather", ["table", "place"], ["token"]),
        node("Add", ["x", "token"], ["y"]),
    ]
    weights = {"table": (2, 8), "place": tensor("place", (), [1])}
    rows = rows_of(model(nodes, {"x": [1, 4, 8]}, ["y"], weights))
    assert [row for row in rows if row[1]] == [("parameter", 8)]


@pytest.mark.parametrize("is_turned", [True, False])
def test_a_table_that_scores_words_as_well_is_counted_once(is_turned: bool) -> None:
    """As in BERT: the dense layer behind it has a bias of its own."""
    behind = (
        [
            node("Transpose", ["table"], ["turned"], perm=[1, 0]),
            node("MatMul", ["rows", "turned"], ["scores"]),
            node("Add", ["scores", "bias"], ["y"]),
        ]
        if is_turned
        else [
            node("Flatten", ["rows"], ["flat"], axis=2),
            node("Gemm", ["flat", "table", "bias"], ["y"], transB=1),
        ]
    )
    nodes = [node("Gather", ["table", "words"], ["rows"]), *behind]
    data = model(nodes, {"words": [1, 1]}, ["y"], {"table": (20, 8), "bias": (20,)})
    plan = convcalc.plan(network_of(data))
    assert plan.totals.params == 20 * 8 + 20
    assert plan.totals.macs == 8 * 20


def test_rows_by_one_index_each_are_those_of_a_table() -> None:
    nodes = [
        node("GatherND", ["table", "places"], ["rows"]),
        node("Add", ["x", "rows"], ["y"]),
    ]
    places = tensor("places", (2, 2, 1), [0, 5, 5, 0])
    data = model(nodes, {"x": [1, 2, 2, 64]}, ["y"], {"table": (9, 64), "places": places})
    assert convcalc.plan(network_of(data)).totals.params == 9 * 64


def test_a_bias_under_a_larger_mask_is_learnt_once() -> None:
    """As in Swin: a table of 3 heads, and a mask of 4 windows."""
    nodes = [
        node("Add", ["mask", "v"], ["both"]),
        node("Reshape", ["x", "windows"], ["cut"]),
        node("Add", ["cut", "both"], ["y"]),
    ]
    weights = {
        "v": (1, 3, 16, 16),
        "mask": (4, 1, 16, 16),
        "windows": tensor("windows", (4,), [4, 3, 16, 16]),
    }
    data = model(
        nodes, {"x": [1, 12, 16, 16]}, ["y"], weights, said=said(),
        said_of={"mask": {KIND: "BUFFER"}},
    )  # fmt: skip
    assert convcalc.plan(network_of(data)).totals.params == 3 * 16 * 16


def test_positions_that_several_sums_read_are_learnt_once() -> None:
    """As in DETR: the queries are added to what comes in, and to zeros before it."""
    nodes = [
        node("Add", ["zeros", "queries"], ["first"]),
        node("Add", ["x", "first"], ["a"]),
        node("Add", ["a", "queries"], ["y"]),
    ]
    queries = tensor("queries", (1, 10, 64), [0.5] * 640)
    weights = {"queries": queries, "zeros": tensor("zeros", (1, 10, 64))}
    signature = dict.fromkeys(said(), "q: PARAMETER target='queries'")
    data = model(
        nodes, {"x": [1, 10, 64]}, ["y"], weights, said=signature,
        said_of={"zeros": {KIND: "BUFFER"}},
    )  # fmt: skip
    assert convcalc.plan(network_of(data)).totals.params == 10 * 64


def test_a_norm_by_ones_and_zeros_of_the_exporter_learns_nothing() -> None:
    nodes = [node("InstanceNormalization", ["x", "one", "zero"], ["y"])]
    weights = {"one": tensor("one", (3,), [1.0] * 3), "zero": (3,)}
    inputs = {"x": [1, 3, 8, 8]}
    assert rows_of(model(nodes, inputs, ["y"], weights)) == [("instance_norm", 6)]
    rows = rows_of(model(nodes, inputs, ["y"], weights, said=said()))
    assert rows == [("instance_norm", 0)]


def test_a_norm_whose_shift_the_exporter_filled_in_learns_a_factor_alone() -> None:
    nodes = [node("LayerNormalization", ["x", "net.w", "zeros"], ["y"])]
    weights = {"net.w": (8,), "zeros": tensor("zeros", (8,), [0.0] * 8)}
    data = model(nodes, {"x": [1, 4, 8]}, ["y"], weights, said=said())
    assert rows_of(data) == [("layer_norm", 0), ("scale", 8)]


def test_a_batch_norm_by_ones_and_zeros_that_are_no_parameters_learns_nothing() -> None:
    roles = ("net.w", "net.b", "net.mean", "net.var")
    nodes = [node("BatchNormalization", ["x", *roles], ["y"])]
    numbers = {"net.w": 1.0, "net.b": 0.0, "net.mean": 0.5, "net.var": 2.0}
    weights = {name: tensor(name, (3,), [one] * 3) for name, one in numbers.items()}
    signature = dict.fromkeys(said(), "b: BUFFER target='net.mean' persistent=True")
    data = model(nodes, {"x": [1, 3, 4, 4]}, ["y"], weights, said=signature)
    assert rows_of(data) == [("batch_norm", 0)]


@pytest.mark.parametrize("read", ["both ways", "as a factor as well"])
def test_a_matrix_that_no_weight_can_share_is_a_layer_that_both_read(read: str) -> None:
    """An autoencoder's decoder turns the encoder's matrix; or a matrix is scaled beside its use."""
    if read == "both ways":
        nodes = [
            node("Gemm", ["x", "w", "b"], ["a"], transB=1),
            node("Gemm", ["a", "w", "c"], ["y"], transB=0),
        ]
    else:
        nodes = [
            node("Gemm", ["x", "w", "b"], ["a"], transB=1),
            node("Exp", ["w"], ["e"]),
            node("Gemm", ["a", "e", "c"], ["y"], transB=0),
        ]
    data = model(nodes, {"x": [1, 6]}, ["y"], {"w": (4, 6), "b": (4,), "c": (6,)})
    plan = convcalc.plan(network_of(data))
    assert (plan.totals.params, plan.totals.macs) == (24 + 4 + 6, 2 * 24)
    assert convcalc.import_(network_of(data)).after.totals.params == 34


def test_one_kernel_of_two_convolutions_that_cannot_share_it_is_noted() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"]),
        node("Transpose", ["w"], ["t"], perm=[1, 0, 2, 3]),
        node("Conv", ["a", "t"], ["y"]),
    ]
    data = model(nodes, {"x": [1, 3, 4, 4]}, ["y"], {"w": (2, 3, 1, 1)})
    plan = convcalc.plan(network_of(data))
    assert plan.notes[-1] == (
        "`w` counts 12 parameters, and has 6: layers use it that cannot share it here"
    )


@pytest.mark.parametrize(
    ("first", "second", "rows"),
    [
        (["w", "b"], ["w", "c"], [("conv", 81), ("bias", 3), ("conv", 0), ("bias", 3)]),
        (["w", "b"], ["w"], [("conv", 84), ("conv", 0)]),
        (
            ["w", "b"],
            ["v", "b"],
            [("conv", 81), ("parameter", 3), ("add", 0), ("conv", 81), ("add", 0)],
        ),
    ],
    ids=["two biases", "one of them without", "one bias of two kernels"],
)
def test_layers_share_what_is_one_array_and_have_their_own_beside_it(
    first: list[str], second: list[str], rows: list[tuple[str, int]]
) -> None:
    """A kernel of 81 numbers; what stands behind a layer is a layer of its own."""
    nodes = [
        node("Conv", ["x", *first], ["a"], pads=(1, 1, 1, 1)),
        node("Conv", ["a", *second], ["y"]),
    ]
    weights = {"w": (3, 3, 3, 3), "v": (3, 3, 3, 3), "b": (3,), "c": (3,)}
    read = {name: weights[name] for name in {*first, *second}}
    data = model(nodes, {"x": [1, 3, 6, 6]}, ["y"], read)
    assert rows_of(data) == rows
    assert convcalc.import_(network_of(data)).after.totals.params == sum(one for _, one in rows)
