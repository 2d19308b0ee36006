"""Parameters of ONNX files of TorchScript: names and numbers tell what the exporter does not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

import convcalc
from tests.each import each
from tests.importers.onnx_bytes import model, node, part, tensor, whole
from tests.importers.onnx_parameters import network_of

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


def test_a_turned_kernel_is_no_norm_that_went_into_it() -> None:
    nodes = [node("Conv", ["x", "w"], ["a"]), node("Conv", ["a", "onnx::Conv_7"], ["y"])]
    weights = {"w": (2, 3, 1, 1), "onnx::Conv_7": (3, 2, 1, 1)}
    assert network_of(model(nodes, {"x": [1, 3, 4, 4]}, ["y"], weights)).notes == (
        "parameters as stored there: 6 are in 1 array worked out by the exporter: `onnx::Conv_7`",
    )


@each(
    ("layers", "arrays"),
    [
        ([("MatMul", "/fc/MatMul", 1), ("Add", "/fc/Add", 0)], []),
        ([("MatMul", "/fc/MatMul", 1), ("Relu", "/fc/Relu", 0)], [1]),
        ([("MatMul", "/fc/MatMul", 1), ("MatMul", "/fc/MatMul_1", 2)], [1, 2]),
        ([("MatMul", "/fc/MatMul", 1), ("MatMul", "/fd/MatMul", 2)], []),
        ([("MatMul", "/MatMul", 1)], [1]),
        ([("MatMul", "fc/MatMul", 1), ("Relu", "fc/Relu", 0)], []),
        ([("Gemm", "/fc/Gemm", 1)], [1]),
        ([("Relu", "/fc/Relu", 0), ("Relu", "/Relu", 0), ("MatMul", "/fc/MatMul", 1)], [1]),
    ],
)
def test_a_dense_layer_is_a_module_with_a_product_and_a_sum_alone(
    layers: list[tuple[str, str, int]], arrays: list[int]
) -> None:
    """What another module reads turned, the exporter worked out; 36 numbers each."""
    nodes = []
    for at, (op, name, array) in enumerate(layers):
        stored = {"Add": ["fc.bias"]}.get(op, [f"onnx::MatMul_{array}"] if array else [])
        nodes.append(node(op, [f"{at}", *stored], [f"{at + 1}"], name))
    weights = {f"onnx::MatMul_{array}": (6, 6) for *_, array in layers if array}
    data = model(nodes, {"0": [4, 6]}, [f"{len(layers)}"], weights | {"fc.bias": (6,)})
    many = {
        0: (),
        1: ("36 are in 1 array worked out by the exporter: `onnx::MatMul_1`",),
        2: ("72 are in 2 arrays worked out by the exporter: `onnx::MatMul_1` and 1 more",),
    }
    told = tuple(f"parameters as stored there: {one}" for one in many[len(arrays)])
    assert network_of(data).notes == told


@each("names", [["onnx::Gemm_1", "x"], ["x", "onnx::Gemm_1", "onnx::Gemm_2"]])
def test_what_stands_on_the_left_and_what_a_norm_went_into_is_laid_out_for_a_product(
    names: list[str],
) -> None:
    weights = {name: (4, 4) if name.endswith("1") else (4,) for name in names if name != "x"}
    data = model([node("Gemm", names, ["y"], "/fc/Gemm")], {"x": [4, 4]}, ["y"], weights)
    assert network_of(data).notes == ()


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


def test_a_turned_copy_that_a_dense_layer_reads_is_the_matrix() -> None:
    """A layer of two calls: ONNX Runtime's optimiser makes a Gemm of TorchScript's product."""
    square = NUMBERS[:36]
    turned = [square[row * 6 + column] for column in range(6) for row in range(6)]
    nodes = [
        node("Gemm", ["x", "fc.weight", "fc.bias"], ["a"], "/fc/Gemm", transB=1),
        node("Gemm", ["a", "onnx::MatMul_9", "fc.bias"], ["y"], "/fc_1/MatMul"),
    ]
    weights = {
        "fc.weight": tensor("fc.weight", (6, 6), square),
        "onnx::MatMul_9": tensor("onnx::MatMul_9", (6, 6), turned),
        "fc.bias": (6,),
    }
    plan = convcalc.plan(network_of(model(nodes, {"x": [1, 6]}, ["y"], weights)))
    assert plan.totals.params == 36 + 6
    assert (
        "`onnx::MatMul_9` is taken for `fc.weight`, which has its numbers, stored again"
        in plan.notes
    )


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


@each(
    ("op", "dims", "params"),
    [
        ("Add", (8, 8), 0), ("Add", (1, 8, 1, 8), 0), ("Sub", (8, 8), 64), ("Mul", (8, 8), 64),
        ("Add", (1, 64), 64), ("Add", (64,), 64), ("Add", (64, 1), 64),
    ],
)  # fmt: skip
def test_a_mask_is_added_and_has_rows_and_columns(
    op: str, dims: tuple[int, ...], params: int
) -> None:
    weights = {"onnx::Add_1": tensor("onnx::Add_1", dims, [0.0, -100.0] * 32)}
    given = [1] * (4 - len(dims)) + list(dims)
    data = model([node(op, ["x", "onnx::Add_1"], ["y"])], {"x": given}, ["y"], weights)
    assert convcalc.plan(network_of(data)).totals.params == params


@each(
    ("dims", "numbers", "is_noted"),
    [
        ((4, 4), range(16), True), ((4, 4), [1, 2, 3, 4] * 4, True), ((4, 4), [1, 2] * 8, False),
        ((4, 4), [7] * 16, False), ((5, 3), range(15), False), ((5, 4), range(20), True),
    ],
)  # fmt: skip
def test_arrays_of_sixteen_numbers_and_more_are_seen_to_be_equal(
    dims: tuple[int, int], numbers: Sequence[int], is_noted: bool
) -> None:
    """Of two numbers, and of fewer places, many arrays are."""
    names = ["onnx::MatMul_1", "onnx::MatMul_2"]
    rows, columns = dims
    nodes = [
        node("MatMul", ["x", names[0]], ["a"], "/a/fc/MatMul"),
        node("MatMul", ["x", names[1]], ["b"], "/b/fc/MatMul"),
    ]
    weights = {name: tensor(name, dims, [float(one) for one in numbers]) for name in names}
    notes = network_of(model(nodes, {"x": [columns, rows]}, ["a", "b"], weights)).notes
    said = (
        "1 array has the numbers of another, tied or copied and not trained, and counts: "
        "`onnx::MatMul_2`"
    )
    assert notes == ((said,) if is_noted else ())


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


def test_a_turned_matrix_of_a_tables_shape_may_be_the_table() -> None:
    """As in BERT by the older exporter: nothing in the file tells that they are one."""
    nodes = [
        node("Gather", ["words.weight", "words"], ["rows"]),
        node("MatMul", ["rows", "onnx::MatMul_9"], ["y"]),
    ]
    weights = {"words.weight": (20, 8), "onnx::MatMul_9": (8, 20)}
    assert network_of(model(nodes, {"words": [1, 4]}, ["y"], weights)).notes == (
        "parameters as stored there: `onnx::MatMul_9` may be the table `words.weight`, turned and "
        "stored again",
    )


def test_arrays_whose_numbers_a_file_leaves_out_are_each_their_own() -> None:
    """Nobody knows whether they are equal."""
    bare = whole(1, 4) + whole(1, 4) + whole(2, 1)
    stored = {name: bare + part(8, name) for name in ("onnx::MatMul_1", "onnx::MatMul_2")}
    nodes = [node("MatMul", ["x", "onnx::MatMul_1"], ["a"]), node("Relu", ["a"], ["b"])]
    nodes.append(node("MatMul", ["b", "onnx::MatMul_2"], ["y"]))
    found = model(nodes, {"x": [1, 4]}, ["y"], stored, producer="pytorch")
    assert convcalc.plan(convcalc.loads(found, "net.onnx")).totals.params == 2 * 4 * 4
