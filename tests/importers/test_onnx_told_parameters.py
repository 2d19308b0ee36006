"""Parameters of ONNX files of which the dynamo exporter says what they are, or were made of."""

from __future__ import annotations

import pytest

import convcalc
from tests.each import each
from tests.importers.onnx_bytes import model, node
from tests.importers.onnx_parameters import (
    FOLDED,
    KIND,
    NODE,
    SCOPES,
    SIGNATURES,
    network_of,
    rows_of,
    said,
)


def test_a_weight_that_is_no_parameter_of_the_module_is_noted() -> None:
    nodes = [node("MatMul", ["x", "table"], ["y"])]
    data = model(
        nodes,
        {"x": [1, 4, 8]},
        ["y"],
        {"table": (8, 5)},
        said=said(),
        said_of={"table": {KIND: "BUFFER"}},
    )
    assert convcalc.plan(network_of(data)).notes[-1] == (
        "40 parameters of `table` are not learnt: it is no parameter of the module"
    )


def test_a_sum_of_three_learns_of_each_what_the_file_says_of_that() -> None:
    nodes = [node("Sum", ["x", "mean", "v"], ["y"])]
    weights = {"mean": (8,), "v": (8,)}
    said_of = {"mean": {KIND: "BUFFER"}}
    data = model(nodes, {"x": [1, 4, 8]}, ["y"], weights, said=said(), said_of=said_of)
    read = [row for row in rows_of(data) if row[0] not in ("broadcast", "add")]
    assert read == [("constant", 0), ("parameter", 8)]


def test_what_was_worked_out_of_stored_parameters_learns_nothing_more() -> None:
    """As in a recurrence by its steps: the first of them is the bias, its state being zeros."""
    signature = dict.fromkeys(said(), "\n".join(f"{n}: PARAMETER target='{n}'" for n in "wbc"))
    nodes = [
        node("Add", ["x", "first"], ["a"]),
        node("MatMul", ["a", "turned"], ["m"]),
        node("Add", ["m", "b"], ["s"]),
        node("Mul", ["s", "c"], ["y"]),
    ]
    weights = {"first": (1, 1, 8), "turned": (8, 8), "b": (8,), "c": (8,)}
    made_of = {"first": {FOLDED: "['b', 'w', 'zeros']"}, "turned": {FOLDED: "['w']"}}
    data = model(nodes, {"x": [1, 1, 8]}, ["y"], weights, said=signature, said_of=made_of)
    assert convcalc.plan(network_of(data)).totals.params == 8 * 8 + 8 + 8


@pytest.mark.parametrize("version", SIGNATURES)
def test_a_matrix_that_was_turned_twice_is_one_parameter(version: str) -> None:
    """PyTorch's exporter turns the weight of a module anew for each of its calls."""
    nodes = [
        node("MatMul", ["x", "val_1"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("MatMul", ["b", "val_2"], ["y"]),
    ]
    weights = {"val_1": (8, 8), "val_2": (8, 8)}
    of = {name: {FOLDED: "['net.w']"} for name in weights}
    inputs = {"x": [1, 4, 8]}
    rows = rows_of(model(nodes, inputs, ["y"], weights, said=said(version), said_of=of))
    assert rows == [("linear", 64), ("relu", 0), ("linear", 0)]
    assert rows_of(model(nodes, inputs, ["y"], weights)) == [
        ("linear", 64),
        ("relu", 0),
        ("linear", 64),
    ]


@pytest.mark.parametrize(
    ("about", "params"),
    [
        ({FOLDED: "['arange', 'val_3', 'where']"}, 0),
        ({FOLDED: "['arange', 'net.w', 'index']"}, 64 * 64 * 8),
        ({KIND: "BUFFER"}, 0),
        ({}, 0),
    ],
    ids=["of none", "of one among others", "a buffer", "the exporter's own"],
)
def test_what_was_worked_out_is_learnt_where_a_parameter_went_into_it(
    about: dict[str, str], params: int
) -> None:
    nodes = [node("Sub", ["x", "mask"], ["y"])]
    weights = {"mask": (1, 8, 64, 64)}
    inputs = {"x": [1, 8, 64, 64]}
    data = model(nodes, inputs, ["y"], weights, said=said(), said_of={"mask": about})
    assert convcalc.plan(network_of(data)).totals.params == params


def test_a_file_says_which_parameters_are_not_as_the_module_has_them() -> None:
    nodes = [node("Add", ["x", "val_1"], ["y"])]
    of = {"val_1": {FOLDED: "['net.w', 'index']"}}
    data = model(nodes, {"x": [1, 8]}, ["y"], {"val_1": (8,)}, said=said(), said_of=of)
    assert network_of(data).notes == (
        "parameters as stored there: 1 array of the module went into others, or is not read: `v`",
        "parameters as stored there: 8 are in 1 array worked out by the exporter: `val_1`",
    )


def test_a_file_says_what_is_read_under_the_name_of_another() -> None:
    """Norms that were not trained are all ones, and the exporter stores equal arrays once."""
    paths = [{"pkg.torch.onnx.name_scopes": f"['', '{one}', 'mul']"} for one in ("a", "b")]
    nodes = [
        node("Mul", ["x", "a.w"], ["once"], "mul", paths[0]),
        node("Mul", ["once", "a.w"], ["y"], "mul_1", paths[1]),
    ]
    signature = dict.fromkeys(said(), "a: PARAMETER target='a.w'\nb: PARAMETER target='b.w'")
    data = model(nodes, {"x": [1, 8]}, ["y"], {"a.w": (8,)}, said=signature)
    assert network_of(data).notes == (
        "parameters as stored there: 1 array of the module is read under the name of another, "
        "tied, or of equal numbers, such as the ones and zeros of a model without training, which "
        "the exporter stores once: `b.w`",
    )


def test_several_are_read_under_the_name_of_one() -> None:
    """Each in its own module, which stands in another one."""
    names = ("o.a", "o.b", "o.c")
    paths = [{SCOPES: f"['', 'o', '{one}', 'mul']"} for one in names]
    values = ["x", "once", "twice", "y"]
    nodes = [
        node("Mul", [values[at], "o.a.w"], [values[at + 1]], f"mul_{at}", path)
        for at, path in enumerate(paths)
    ]
    targets = "\n".join(f"{one[-1]}: PARAMETER target='{one}.w'" for one in names)
    signature = dict.fromkeys(said(), targets)
    data = model(nodes, {"x": [1, 8]}, ["y"], {"o.a.w": (8,)}, said=signature)
    assert network_of(data).notes == (
        "parameters as stored there: 2 arrays of the module are read under the name of another, "
        "tied, or of equal numbers, such as the ones and zeros of a model without training, which "
        "the exporter stores once: `o.b.w` and 1 more",
    )


def test_what_was_worked_out_of_no_parameter_is_not_noted() -> None:
    nodes = [node("Add", ["x", "net.w"], ["a"]), node("Mul", ["a", "val_1"], ["y"])]
    of = {"val_1": {FOLDED: "['index', 't']"}}
    signature = dict.fromkeys(said(), "p_w: PARAMETER target='net.w'")
    weights = {"net.w": (8,), "val_1": (8,)}
    data = model(nodes, {"x": [1, 8]}, ["y"], weights, said=signature, said_of=of)
    assert network_of(data).notes == ()


def scaled_twice(version: str, second: str) -> bytes:
    """Two products by the one array that is stored, and what the second one's node says it reads.

    Between them an optimizer put in what says nothing of modules.
    """
    of = [
        {
            SCOPES: f"['', 'a', 'a.{one}', 'mul']",
            NODE: f"%mul : [n] = call[t](args = (%x, %{read}))",
        }
        for one, read in (("0", "p_w"), ("1", second))
    ]
    nodes = [
        node("Mul", ["x", "net.w"], ["once"], "mul", of[0]),
        node("Relu", ["once"], ["less"], "rewritten"),
        node("Mul", ["less", "net.w"], ["y"], "mul_1", of[1]),
    ]
    return model(nodes, {"x": [1, 8]}, ["y"], {"net.w": (8,)}, said=said(version))


@pytest.mark.parametrize("version", SIGNATURES)
def test_a_square_matrix_there_and_back_is_no_shared_weight(version: str) -> None:
    """`F.linear(F.relu(x @ w), w)`: the second layer multiplies by the transpose of the first."""
    nodes = [
        node("MatMul", ["x", "net.w"], ["a"]),
        node("Relu", ["a"], ["b"]),
        node("Gemm", ["b", "net.w"], ["y"], "", {}, transB=1),
    ]
    rows = rows_of(model(nodes, {"x": [1, 8]}, ["y"], {"net.w": (8, 8)}, said=said(version)))
    # One parameter that both multiply by, for one of them turned.
    assert sum(params for _, params in rows) == 64
    assert [kind for kind, _ in rows if kind in ("parameter", "matmul", "linear")] == [
        "parameter",
        "matmul",
        "matmul",
    ]


def test_an_array_that_is_folded_of_nothing_is_a_constant() -> None:
    nodes = [node("Mul", ["x", "val_1"], ["y"], "mul", {SCOPES: "['', 'a', 'mul']"})]
    of = {"val_1": {FOLDED: "[]"}}
    network = network_of(
        model(nodes, {"x": [1, 8]}, ["y"], {"val_1": (8,)}, said=said(), said_of=of)
    )
    assert convcalc.plan(network).totals.params == 0
    assert network.notes[0].endswith(
        "2 arrays of the module went into others, or are not read: `net.w` and 1 more"
    )


@pytest.mark.parametrize("version", SIGNATURES)
def test_equal_arrays_that_are_stored_once_are_each_layers_own(version: str) -> None:
    """The program's node names the parameter that it read, whatever the exporter made of it."""
    network = network_of(scaled_twice(version, "p_v"))
    rows = [(row.name, row.kind, row.params) for row in convcalc.plan(network)]
    assert rows == [("a.0", "scale", 8), ("a.relu", "relu", 0), ("a.1", "scale", 8)]
    assert network.notes == (
        "parameters as the module has them: 1 array is stored under the name of another of equal "
        "numbers, such as the ones and zeros of a model without training: `v`",
    )


def test_a_parameter_that_the_program_names_twice_is_tied() -> None:
    network = network_of(scaled_twice("2.13", "p_w"))
    assert [row.params for row in convcalc.plan(network)] == [8, 0, 0]
    assert network.notes == (
        "parameters as stored there: 1 array of the module went into others, or is not read: `v`",
    )


def test_where_the_program_tells_buffers_no_note_asks() -> None:
    nodes = [node("Sub", ["x", "w"], ["y"])]
    data = model(nodes, {"x": [1, 8, 8]}, ["y"], {"w": (8, 8)}, said=said(), said_of={})
    assert not [one for one in convcalc.plan(network_of(data)).notes if "buffers" in one]


@each(
    ("stored", "about", "name"),
    [
        ("block.table", {}, "block.table"),
        ("table", {}, "block.table"),
        ("onnx::Sub_5", {}, "block.sub"),
        ("1023", {}, "block.sub"),
        ("layers.0.1.table", {}, "block.table"),
        ("0.table", {}, "block.table"),
        ("block/table", {}, "block.sub"),
        ("val_7", {"of": {FOLDED: "['net.w', 'val_3']"}}, "block.w"),
        ("val_7", {"of": {FOLDED: "['val_2', 'val_3']"}}, "block.sub"),
        ("net.mask", {"of": {KIND: "BUFFER"}}, "block.mask"),
    ],
)
def test_a_stored_array_that_is_a_layer_is_called_as_the_program_calls_it(
    stored: str, about: dict[str, dict[str, str]], name: str
) -> None:
    """In the block in which it is read; what exporters make they number."""
    scopes = {"pkg.torch.onnx.name_scopes": "['', 'block', 'sub']"} if about else {}
    nodes = [node("Sub", ["x", stored], ["y"], "" if about else "/block/Sub", scopes)]
    said_of = {stored: about["of"]} if about else {}
    data = model(
        nodes,
        {"x": [1, 8, 8]},
        ["y"],
        {stored: (8, 8)},
        said=said() if about else {},
        said_of=said_of,
    )
    assert convcalc.plan(network_of(data)).rows[0].name == name


def test_a_convolution_is_its_own_where_a_norm_went_into_it() -> None:
    """The node that the exporter leaves is the norm's, and says what the norm read."""
    read = "args = (%conv2d, %p_bn_weight, %p_bn_bias)"
    of = {SCOPES: "['', 'net', 'net.bn', 'native_batch_norm']", NODE: f"%n : [n] = call[t]({read})"}
    nodes = [node("Conv", ["x", "net.conv.weight"], ["y"], "node_Conv_9", of)]
    names = ("net.conv.weight", "net.bn.weight", "net.bn.bias")
    words = ("p_conv_weight", "p_bn_weight", "p_bn_bias")
    signature = "\n".join(
        f"{word}: PARAMETER target='{name}'" for word, name in zip(words, names, strict=True)
    )
    weights = {"net.conv.weight": (4, 3, 1, 1)}
    said_all = dict.fromkeys(said(), signature)
    network = network_of(model(nodes, {"x": [1, 3, 5, 5]}, ["y"], weights, said=said_all))
    assert [(row.name, row.params) for row in convcalc.plan(network)] == [("net.conv", 12)]
    assert network.notes == (
        "parameters as stored there: 2 arrays of the module went into others, or are not read: "
        "`net.bn.bias` and 1 more",
    )


def test_single_numbers_count_where_the_program_says_that_they_are_learnt() -> None:
    nodes = [node("Mul", ["x", "net.w"], ["y"])]
    told = model(nodes, {"x": [1, 8, 8]}, ["y"], {"net.w": ()}, said=said())
    plan = convcalc.plan(network_of(told))
    assert [(row.name, row.kind, row.params) for row in plan] == [("mul", "scale", 1)]
