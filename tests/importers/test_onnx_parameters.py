"""Parameters of ONNX files as the exporters leave them: looked up, tied, worked out, folded."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor

WORDS = {"words": [1, 4]}


def network_of(data: bytes) -> ForeignNetwork:
    network = convcalc.loads(data, "net.onnx")
    assert isinstance(network, ForeignNetwork)
    return network


def rows_of(data: bytes) -> list[tuple[str, int]]:
    return [(row.kind, row.params) for row in convcalc.plan(network_of(data))]


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
    signature = dict.fromkeys(said(), "w: PARAMETER target='w'\nb: PARAMETER target='b'")
    nodes = [
        node("Add", ["x", "first"], ["a"]),
        node("MatMul", ["a", "turned"], ["m"]),
        node("Add", ["m", "b"], ["y"]),
    ]
    weights = {"first": (1, 1, 8), "turned": (8, 8), "b": (8,)}
    made_of = {"first": {FOLDED: "['b', 'w', 'zeros']"}, "turned": {FOLDED: "['w']"}}
    data = model(nodes, {"x": [1, 1, 8]}, ["y"], weights, said=signature, said_of=made_of)
    assert convcalc.plan(network_of(data)).totals.params == 8 * 8 + 8


SIGNATURES = {
    "2.13": (
        "# inputs\np_w: PARAMETER target='net.w'\np_v: PARAMETER target='v'\n"
        "b_t: BUFFER target='t' persistent=True\nx: USER_INPUT"
    ),
    "2.6": (
        "ExportGraphSignature(input_specs=[InputSpec(kind=<InputKind.PARAMETER: 2>, "
        "arg=TensorArgument(name='p_w'), target='net.w', persistent=None), "
        "InputSpec(kind=<InputKind.PARAMETER: 2>, arg=TensorArgument(name='p_v'), target='v', "
        "persistent=None), InputSpec(kind=<InputKind.BUFFER: 3>, "
        "arg=TensorArgument(name='b_t'), target='t', persistent=True)])"
    ),
}
FOLDED = "pkg.onnxscript.optimizer.folded_from"
KIND = "pkg.torch.export.graph_signature.InputSpec.kind"


def said(version: str = "2.13") -> dict[str, str]:
    return {"pkg.torch.export.ExportedProgram.graph_signature": SIGNATURES[version]}


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


NODE = "pkg.torch.onnx.fx_node"
SCOPES = "pkg.torch.onnx.name_scopes"


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


WHETHER = "the file does not say whether {} {} learnt or in buffers"


@pytest.mark.parametrize(
    ("tables", "about"),
    [
        ({"a.table": (4, 4)}, [WHETHER.format("16 parameters of `a.table`", "are")]),
        (
            {"a.table": (4, 4), "b.table": (1, 4)},
            [WHETHER.format("20 parameters of `a.table` and 1 more", "are")],
        ),
        ({"onnx::Add_5": (4, 4)}, []),
        (
            {"onnx::Add_5": (4, 4), "b.table": (1, 4)},
            [WHETHER.format("4 parameters of `b.table`", "are")],
        ),
        ({}, []),
    ],
    ids=["a table", "two", "worked out, as another note says", "one of each", "none"],
)
def test_tables_of_a_file_that_knows_no_buffers_may_be_some(
    tables: dict[str, tuple[int, ...]], about: list[str]
) -> None:
    """A weight is known by its layer; whether a table is a buffer its exporter has to tell."""
    nodes = [node("MatMul", ["x", "onnx::MatMul_1"], ["0"], "/fc/MatMul")]
    for at, name in enumerate(tables):
        path = f"/{'ab'[at]}/Sub" if name != "b.table" else "/b/Sub"
        nodes.append(node("Sub", [str(at), name], [str(at + 1)], path))
    weights = tables | {"onnx::MatMul_1": (4, 4)}
    data = model(nodes, {"x": [1, 4, 4]}, [str(len(tables))], weights)
    assert [one for one in convcalc.plan(network_of(data)).notes if "buffers" in one] == about
    assert about == [] or f"# {about[0]}"[:60] in convcalc.import_(network_of(data)).text


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


def test_a_turned_kernel_is_no_norm_that_went_into_it() -> None:
    nodes = [node("Conv", ["x", "w"], ["a"]), node("Conv", ["a", "onnx::Conv_7"], ["y"])]
    weights = {"w": (2, 3, 1, 1), "onnx::Conv_7": (3, 2, 1, 1)}
    assert network_of(model(nodes, {"x": [1, 3, 4, 4]}, ["y"], weights)).notes == (
        "parameters as stored there: 6 are in 1 array worked out by the exporter: `onnx::Conv_7`",
    )


NUMBERS = [float(number) for number in range(48)]
TURNED = [NUMBERS[row * 8 + column] for column in range(8) for row in range(6)]


@pytest.mark.parametrize(
    ("first", "second", "numbers", "path", "params", "note"),
    [
        (
            ("p", (6, 8)), (8, 6), TURNED, "/MatMul_1", 48,
            "`onnx::MatMul_9` is taken for `p`, which has its numbers, stored again",
        ),
        (
            ("p", (6, 8)), (8, 6), NUMBERS[::-1], "/MatMul_1", 96,
            "parameters as stored there: 48 are in 1 array worked out by the exporter: "
            "`onnx::MatMul_9`",
        ),
        (
            ("onnx::MatMul_5", (6, 8)), (6, 8), NUMBERS, "/b/MatMul", 96,
            "1 array has the numbers of another, tied or copied and not trained, and counts: "
            "`onnx::MatMul_9`",
        ),
        (("onnx::MatMul_5", (6, 8)), (6, 8), NUMBERS, "/a_1/MatMul", 48, ""),
        (("onnx::MatMul_5", (6, 8)), (6, 8), NUMBERS[::-1], "/b/MatMul", 96, ""),
    ],
    ids=["turned", "worked out", "equal", "equal in two calls", "two layers"],
)  # fmt: skip
def test_numbers_tell_which_matrices_torchscript_stored_twice(
    first: tuple[str, tuple[int, int]],
    second: tuple[int, int],
    numbers: list[float],
    path: str,
    params: int,
    note: str,
) -> None:
    """The first of them is read in the module `a`, or by the whole network where it has a name."""
    name, dims = first
    where = "/MatMul" if name == "p" else "/a/MatMul"
    nodes = [
        node("MatMul", ["x", name], ["a"], where),
        node("MatMul", ["z" if second == dims else "a", "onnx::MatMul_9"], ["y"], path),
        *([node("Add", ["a", "y"], ["sum"])] if second == dims else []),
    ]
    weights = {
        name: tensor(name, dims, NUMBERS),
        "onnx::MatMul_9": tensor("onnx::MatMul_9", second, numbers),
    }
    inputs = {"x": [1, 4, 6]} | ({"z": [1, 4, 6]} if second == dims else {})
    data = model(nodes, inputs, ["sum" if second == dims else "y"], weights)
    plan = convcalc.plan(network_of(data))
    assert plan.totals.params == params
    assert [one for one in plan.notes if "buffers" not in one] == ([note] if note else [])


def test_a_copy_of_an_equal_array_is_one_of_its_own() -> None:
    """TorchScript's exporter stores the ones of two layers once: each has its scale."""
    nodes = [
        node("Identity", ["a.scale"], ["b.scale"]),
        node("Mul", ["x", "a.scale"], ["0"], "/a/Mul"),
        node("Mul", ["0", "b.scale"], ["y"], "/b/Mul"),
    ]
    data = model(nodes, {"x": [1, 8, 4, 4]}, ["y"], {"a.scale": (8, 1, 1)})
    rows = [(row.name, row.kind, row.params) for row in convcalc.plan(network_of(data))]
    assert rows == [("a", "scale", 8), ("b", "scale", 8)]


def test_single_numbers_count_where_the_program_says_that_they_are_learnt() -> None:
    nodes = [node("Mul", ["x", "net.w"], ["y"])]
    told = model(nodes, {"x": [1, 8, 8]}, ["y"], {"net.w": ()}, said=said())
    plan = convcalc.plan(network_of(told))
    assert [(row.name, row.kind, row.params) for row in plan] == [("mul", "scale", 1)]


@each(
    ("numbers", "about"),
    [
        (["net.w"], ["1 stored single number counts as a constant: `net.w`"]),
        (["a", "b"], ["2 stored single numbers count as constants: `a` and 1 more"]),
        (["onnx::Mul_9"], ["1 stored single number counts as a constant: `onnx::Mul_9`"]),
    ],
)
def test_a_note_names_single_numbers_that_may_be_learnt(
    numbers: list[str], about: list[str]
) -> None:
    nodes = [node("MatMul", ["x", "onnx::MatMul_1"], ["0"])]
    nodes += [node("Mul", [str(at), name], [str(at + 1)]) for at, name in enumerate(numbers)]
    weights = {"onnx::MatMul_1": (8, 8), **dict.fromkeys(numbers, ())}
    data = model(nodes, {"x": [1, 8, 8]}, [str(len(numbers))], weights)
    plan = convcalc.plan(network_of(data))
    assert (plan.notes, plan.totals.params) == (tuple(about), 64)


CALLS = [
    node("Identity", ["onnx::MatMul_7"], ["onnx::MatMul_9"]),
    node("MatMul", ["x", "onnx::MatMul_7"], ["a"], "/block/fc/MatMul"),
    node("Relu", ["a"], ["b"], "/block/act/Relu"),
]


@pytest.mark.parametrize(
    ("second", "params"), [("/block/fc_1/MatMul", 64), ("/other/fc/MatMul", 128)]
)
def test_torchscripts_copies_are_of_one_weight_where_one_module_is_called_twice(
    second: str, params: int
) -> None:
    nodes = [*CALLS, node("MatMul", ["b", "onnx::MatMul_9"], ["y"], second)]
    data = model(nodes, {"x": [1, 4, 8]}, ["y"], {"onnx::MatMul_7": (8, 8)})
    assert convcalc.plan(network_of(data)).totals.params == params


def test_torchscripts_own_names_tell_what_it_worked_out() -> None:
    weights = {"onnx::Conv_1": (8, 3, 1, 1), "onnx::Conv_2": (8,), "onnx::Add_5": (1, 8, 4, 4)}
    nodes = [
        node("Conv", ["x", "onnx::Conv_1", "onnx::Conv_2"], ["a"]),
        node("Conv", ["a", "head.weight"], ["b"]),
        node("Add", ["b", "onnx::Add_5"], ["y"]),
    ]
    data = model(nodes, {"x": [1, 3, 4, 4]}, ["y"], weights | {"head.weight": (8, 8, 1, 1)})
    assert network_of(data).notes == (
        "parameters as stored there: batch norms went into 1 of 2 convolutions",
        "parameters as stored there: 128 are in 1 array worked out by the exporter: `onnx::Add_5`",
    )


@pytest.mark.parametrize(
    ("numbers", "params"),
    [
        pytest.param([0.0, -100.0] * 32, 0, id="hidden by -100"),
        pytest.param([0.0, float("-inf")] * 32, 0, id="hidden by infinity"),
        pytest.param([0.0, -1.0] * 32, 64, id="small numbers"),
        pytest.param([0.0, -100.0, -200.0, 0.0] * 16, 64, id="three numbers"),
        pytest.param([-100.0] * 64, 64, id="one number"),
        pytest.param([1.0, -100.0] * 32, 64, id="more is added"),
    ],
)
@pytest.mark.parametrize("rows", [1, 1024], ids=["few", "many"])
def test_what_only_hides_scores_is_a_mask_and_not_learnt(
    numbers: list[float], params: int, rows: int
) -> None:
    """A mask that TorchScript stores beside weights: 1,024 of a window's 4,240 numbers."""
    weights = {"onnx::Add_1": tensor("onnx::Add_1", (rows, 8, 8), numbers * rows)}
    data = model([node("Add", ["x", "onnx::Add_1"], ["y"])], {"x": [1, rows, 8, 8]}, ["y"], weights)
    totals = convcalc.plan(network_of(data)).totals
    assert totals.params == params * rows
    assert totals.buffers == (0 if params else 64 * rows)


@pytest.mark.parametrize(
    ("change", "params"), [pytest.param(0, 160, id="equal"), pytest.param(1, 320, id="another")]
)
def test_torchscripts_turned_table_is_the_table_where_its_numbers_are(
    change: int, params: int
) -> None:
    """A tied matrix is stored twice, and its numbers alone tell it from one of its shape."""
    table = [float(number) for number in range(160)]
    turned = [table[row * 8 + column] + change for column in range(8) for row in range(20)]
    nodes = [
        node("Gather", ["e.weight", "words"], ["rows"]),
        node("MatMul", ["rows", "onnx::MatMul_9"], ["y"]),
    ]
    weights = {
        "e.weight": tensor("e.weight", (20, 8), table),
        "onnx::MatMul_9": tensor("onnx::MatMul_9", (8, 20), turned),
    }
    network = network_of(model(nodes, {"words": [1, 4]}, ["y"], weights))
    assert convcalc.plan(network).totals.params == params
    said = "`onnx::MatMul_9` is taken for `e.weight`, which has its numbers, stored again"
    assert network.notes == (() if change else (said,))


LOGARITHMS = [
    node("Log", ["zero"], ["low"]),
    node("Cast", ["low"], ["whole"], to=7),
    node("Less", ["whole", "zero_whole"], ["is_less"]),
    node("Where", ["is_less", "shape", "zero_whole"], ["asked"]),
    node("Reshape", ["x", "asked"], ["y"]),
]
SUMS = [
    node("CumSum", ["ones", "axis"], ["sums"]),
    node("GatherElements", ["sums", "places"], ["asked"], axis=1),
    node("Squeeze", ["asked", "first"], ["flat"]),
    node("Reshape", ["x", "flat"], ["y"]),
]


@pytest.mark.parametrize(
    ("nodes", "constants", "output"),
    [
        (
            LOGARITHMS,
            {
                "zero": tensor("zero", (1,), [0.0]),
                "zero_whole": tensor("zero_whole", (1,), [0]),
                "shape": tensor("shape", (2,), [1, 6]),
            },
            (6,),
        ),
        # 1 and 2 and 3 of them: of (1, 3), the second and the last.
        (
            SUMS,
            {
                "ones": tensor("ones", (1, 3), [1, 1, 1]),
                "axis": tensor("axis", (), [1]),
                "places": tensor("places", (1, 3), [0, 1, 2]),
                "first": tensor("first", (1,), [0]),
            },
            (2, 3),
        ),
        (
            [
                node("Expand", ["two", "none"], ["same"]),
                node("Unsqueeze", ["same", "first"], ["row"]),
                node("Concat", ["row", "rest"], ["asked"], axis=0),
                node("Reshape", ["x", "asked"], ["y"]),
            ],
            {
                "two": tensor("two", (), [2]),
                "none": tensor("none", (0,), []),
                "first": tensor("first", (1,), [0]),
                "rest": tensor("rest", (1,), [3]),
            },
            (2, 3),
        ),
    ],
    ids=["a logarithm of 0", "sums along an axis", "a single number"],
)
def test_sizes_are_worked_out_as_processors_do(
    nodes: list[bytes], constants: dict[str, bytes], output: tuple[int, ...]
) -> None:
    plan = convcalc.plan(network_of(model(nodes, {"x": [1, 6]}, ["y"], constants)))
    assert plan[-1].output == output


def test_a_turned_matrix_of_a_tables_shape_may_be_the_table() -> None:
    """As in BERT by the older exporter: nothing in the file tells that they are one."""
    nodes = [
        node("Gather", ["words.weight", "words"], ["rows"]),
        node("MatMul", ["rows", "onnx::MatMul_9"], ["y"]),
    ]
    weights = {"words.weight": (20, 8), "onnx::MatMul_9": (8, 20)}
    assert network_of(model(nodes, WORDS, ["y"], weights)).notes == (
        "parameters as stored there: `onnx::MatMul_9` may be the table `words.weight`, turned and "
        "stored again",
    )
