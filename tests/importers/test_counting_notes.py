"""What is said of arrays that count otherwise than once, for one, two and three of them."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

import convcalc
from convcalc.importers.counting_notes import _in_no_layer, calculating_notes
from convcalc.network.held import Held, Written
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_parameters import KIND, said
from tests.importers.pt2_bytes import archive, program
from tests.importers.pt2_bytes import node as call


def notes_of(data: bytes) -> tuple[str, ...]:
    return convcalc.plan(convcalc.loads(data, "net.onnx")).notes


@each(
    ("count", "note"),
    [
        (1, "`w0` counts 12 parameters, and has 6: layers use it that cannot share it here"),
        (
            2,
            "`w0` and 1 more count 24 parameters, and have 12: layers use them that cannot share "
            "them here",
        ),
        (
            3,
            "`w0` and 2 more count 36 parameters, and have 18: layers use them that cannot share "
            "them here",
        ),
    ],
)
def test_kernels_that_layers_cannot_share(count: int, note: str) -> None:
    nodes, x = [], "x"
    for at in range(count):
        nodes += [
            node("Conv", [x, f"w{at}"], [f"a{at}"]),
            node("Transpose", [f"w{at}"], [f"t{at}"], perm=[1, 0, 2, 3]),
            node("Conv", [f"a{at}", f"t{at}"], [f"b{at}"]),
        ]
        x = f"b{at}"
    weights = {f"w{at}": (2, 3, 1, 1) for at in range(count)}
    assert notes_of(model(nodes, {"x": [1, 3, 4, 4]}, [x], weights))[-1] == note


@each(
    ("count", "note"),
    [
        (1, "8 parameters of `p0` are"),
        (2, "16 parameters of `p0` and 1 more are"),
        (3, "24 parameters of `p0` and 2 more are"),
    ],
)
def test_arrays_that_are_layers_of_their_own(count: int, note: str) -> None:
    names = ["x", *(f"a{at}" for at in range(count))]
    nodes = [node("Max", [names[at], f"p{at}"], [names[at + 1]]) for at in range(count)]
    weights = {f"p{at}": (8,) for at in range(count)}
    told = notes_of(model(nodes, {"x": [1, 4, 8]}, names[-1:], weights))
    assert told == (f"the file does not say whether {note} learnt or in buffers",)


@each(
    ("count", "note"),
    [
        (1, "40 parameters of `t0` are not learnt: it is no parameter of the module"),
        (2, "80 parameters of `t0` and 1 more are not learnt: they are no parameter of the module"),
    ],
)
def test_weights_that_are_buffers(count: int, note: str) -> None:
    nodes = [node("MatMul", ["x", f"t{at}"], [f"y{at}"]) for at in range(count)]
    weights = {f"t{at}": (8, 5) for at in range(count)}
    data = model(
        nodes, {"x": [1, 4, 8]}, [f"y{at}" for at in range(count)], weights, said=said(),
        said_of={name: {KIND: "BUFFER"} for name in weights},
    )  # fmt: skip
    assert notes_of(data)[-1] == note


@each(
    ("count", "note"),
    [
        (1, "1 stored single number counts as a constant: `s0`"),
        (2, "2 stored single numbers count as constants: `s0` and 1 more"),
    ],
)
def test_single_numbers_that_may_be_parameters(count: int, note: str) -> None:
    names = ["x", *(f"a{at}" for at in range(count))]
    nodes = [node("Mul", [names[at], f"s{at}"], [names[at + 1]]) for at in range(count)]
    nodes.append(node("MatMul", [names[-1], "onnx::MatMul_9"], ["y"], "/fc/MatMul"))
    weights = {f"s{at}": tensor(f"s{at}", (), [2.0]) for at in range(count)}
    data = model(nodes, {"x": [1, 4, 8]}, ["y"], weights | {"onnx::MatMul_9": (8, 5)})
    assert note in notes_of(data)


@each(
    ("op", "before", "columns"),
    [("Add", "Relu", 1), ("Mul", "Relu", 1), ("Add", "MatMul", 5), ("Mul", "MatMul", 1)],
)
def test_a_single_number_that_is_no_bias_may_be_a_parameter(
    op: str, before: str, columns: int
) -> None:
    """Nothing but the sum behind a dense layer of one output is its bias."""
    read = ["x", "onnx::MatMul_9"] if before == "MatMul" else ["x"]
    nodes = [node(before, read, ["a"], "/l/op"), node(op, ["a", "s"], ["y"], "/op")]
    weights = {"onnx::MatMul_9": (8, columns), "s": tensor("s", (), [2.0])}
    data = model(nodes, {"x": [1, 4, 8]}, ["y"], weights)
    assert "1 stored single number counts as a constant: `s`" in notes_of(data)


@each("product", ["a", "z"])
def test_the_bias_of_a_dense_layer_of_one_output_is_no_constant(product: str) -> None:
    """8 weights and a bias, as a module with a gate has them."""
    nodes = [
        node("MatMul", ["x", "onnx::MatMul_9"], [product], "/l/MatMul"),
        node("Add", ["l.bias", product], ["b"], "/l/Add"),
        node("Sigmoid", ["b"], ["y"], "/Sigmoid"),
    ]
    weights = {"onnx::MatMul_9": (8, 1), "l.bias": tensor("l.bias", (1,), [0.5])}
    plan = convcalc.plan(convcalc.loads(model(nodes, {"x": [1, 4, 8]}, ["y"], weights), "net.onnx"))
    assert (plan.totals.params, plan.notes) == (9, ())


@each(
    ("read", "sizes", "note"),
    [
        (["w"], {"w": [4], "v": [1, 1]}, "of 5 parameters 1 is not read: `net.v`"),
        (["w"], {"w": [4], "v": [2]}, "of 6 parameters 2 are not read: `net.v`"),
        (
            ["w"],
            {"w": [4], "u": [2], "v": [3]},
            "of 9 parameters 5 are not read: `net.u` and 1 more",
        ),
        (["w", "v"], {"w": [4], "v": [4]}, ""),
    ],
)  # fmt: skip
def test_what_a_program_learns_and_no_layer_has(
    read: list[str], sizes: dict[str, list[int]], note: str
) -> None:
    names = ["x", *(f"a{at}" for at, _ in enumerate(read))]
    nodes = [
        call("aten.mul", names[at + 1], self=f"%{names[at]}", other=f"%{one}")
        for at, one in enumerate(read)
    ]
    weights = {name: (f"net.{name}", one) for name, one in sizes.items()}
    data = archive(program(nodes, {"x": [1, 3, 4]}, names[-1:], {}, weights))
    notes = convcalc.plan(convcalc.loads(data, "net.pt2")).notes
    assert notes == ((note,) if note else ())


@each(
    ("rows", "note"),
    [
        ((1, 4), "of 20 parameters 8 are not read: `w`"),
        ((0, 3), "of 20 parameters 8 are not read: `w`"),
        ((0, 5), ""),
    ],
)
def test_a_dense_layer_of_some_rows_of_an_onnx_file_tells_of_the_others(
    rows: tuple[int, int], note: str
) -> None:
    """3 of the 5 rows of 4 are its weight; the file does not say what else is learnt."""
    names = ("from", "to")
    nodes = [node("Slice", ["w", *names], ["p"]), node("MatMul", ["x", "p"], ["y"])]
    bounds = {name: tensor(name, (1,), [at]) for name, at in zip(names, rows, strict=True)}
    data = model(nodes, {"x": [1, 2, rows[1] - rows[0]]}, ["y"], {"w": (5, 4), **bounds})
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert plan.totals.params == 4 * (rows[1] - rows[0])
    assert [one for one in plan.notes if "not read" in one] == ([note] if note else [])


@each(
    ("sizes", "plain"),
    [
        # A direction of the size of its length: which of the two the convolution has is not seen.
        ({"v": [8, 1, 1], "g": [8, 1, 1]}, 16),
        ({"v": [8, 1, 3], "g": [8, 1, 1]}, 32),
    ],
)
def test_a_direction_and_its_length_are_counted_once_each(
    sizes: dict[str, list[int]], plain: int
) -> None:
    nodes = [
        call("aten._weight_norm", "w", v="%v", g="%g", dim=0),
        call("aten.conv1d", "y", input="%x", weight="%w"),
    ]
    weights = {name: (f"c.{name}", one) for name, one in sizes.items()}
    out = [1, 8, 13 - sizes["v"][2]]
    data = archive(program(nodes, {"x": [1, 1, 12]}, ["y"], {"w": sizes["v"], "y": out}, weights))
    plan = convcalc.plan(convcalc.loads(data, "net.pt2"))
    assert (plan.totals.params, plan.notes) == (plain, ())


@each(
    ("ranges", "note"),
    [
        # Of 8 numbers, as they lie.
        ([(0, 4), (4, 8)], ""),
        ([(0, 4), (3, 7)], ""),
        ([(0, 4), (4, 6)], "of 26 parameters 2 are not read: `b`"),
        ([(0, 4), (4, 8), (0, 4)], ""),
    ],
)
def test_a_stored_array_of_which_layers_have_ranges(
    ranges: list[tuple[int, int]], note: str
) -> None:
    nodes: list[bytes] = []
    weights: dict[str, Sequence[int] | bytes] = {}
    learnt = ["b", *(f"w{at}" for at, _ in enumerate(ranges))]
    for at, (start, end) in enumerate(ranges):
        weights[f"w{at}"] = (3, end - start)
        for name, value in (("s", start), ("e", end)):
            weights[f"{name}{at}"] = tensor(f"{name}{at}", (1,), [value])
        nodes += [
            node("Slice", ["b", f"s{at}", f"e{at}"], [f"b{at}"]),
            node("Gemm", ["x", f"w{at}", f"b{at}"], [f"y{at}"]),
        ]
    data = model(
        nodes,
        {"x": [1, 3]},
        [f"y{at}" for at, _ in enumerate(ranges)],
        weights | {"b": tensor("b", (8,), [0.5, 1, 2, 3, 4, 5, 6, 7])},
        said=dict.fromkeys(said(), "\n".join(f"{n}: PARAMETER target='{n}'" for n in learnt)),
    )
    assert notes_of(data) == ((note,) if note else ())


@each(
    ("numbers", "said_to_be", "learnt"),
    [
        # One for each of 2 heads, as they begin, and after a step of training.
        ([2.3, 2.3], "PARAMETER", 2),
        ([2.3, 2.5], "PARAMETER", 2),
        ([2.3, 2.3], "BUFFER", 0),
        ([2.3], "PARAMETER", 1),
        ([2.3], "BUFFER", 0),
    ],
)
def test_learnt_temperatures_of_attention_are_counted(
    numbers: list[float], said_to_be: str, learnt: int
) -> None:
    nodes = [
        node("Transpose", ["k"], ["turned"], perm=[0, 1, 3, 2]),
        node("MatMul", ["q", "turned"], ["scores"]),
        node("Mul", ["scores", "t"], ["scaled"]),
        node("Softmax", ["scaled"], ["shares"], axis=-1),
        node("MatMul", ["shares", "v"], ["y"]),
    ]
    signature = dict.fromkeys(said(), f"t: {said_to_be} target='t' persistent=True")
    shape = (len(numbers), 1, 1)
    data = model(
        nodes,
        {name: [1, 2, 6, 4] for name in "qkv"},
        ["y"],
        {"t": tensor("t", shape, numbers)},
        said=signature,
        said_of={"t": {KIND: said_to_be}},
    )
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert (plan.totals.params, plan.notes) == (learnt, ())


def test_learnt_exponents_are_no_power_of_one_number() -> None:
    """A generalised mean of each of 4 channels, none of which is trained yet."""
    data = model(
        [node("Pow", ["x", "p"], ["y"])],
        {"x": [1, 4, 5, 5]},
        ["y"],
        {"p": tensor("p", (4, 1, 1), [3.0] * 4)},
        said=dict.fromkeys(said(), "p: PARAMETER target='p'"),
    )
    assert convcalc.plan(convcalc.loads(data, "net.onnx")).totals.params == 4


def test_a_stored_array_that_is_split_among_layers() -> None:
    """4 + 4 biases beside two matrices of 3 by 4, and nothing that is not read."""
    nodes = [
        node("Split", ["b"], ["p", "q"], axis=0),
        node("Gemm", ["x", "w", "p"], ["a"]),
        node("Gemm", ["x", "v", "q"], ["y"]),
    ]
    weights = {"w": (3, 4), "v": (3, 4), "b": tensor("b", (8,), [0.5, 1, 2, 3, 4, 5, 6, 7])}
    signature = dict.fromkeys(said(), "\n".join(f"{n}: PARAMETER target='{n}'" for n in weights))
    data = model(nodes, {"x": [1, 3]}, ["a", "y"], weights, said=signature)
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    assert (plan.totals.params, plan.notes) == (32, ())


@each(
    ("op", "name", "kind"),
    [
        ("Add", "table", "bias"),
        ("Mul", "gamma", "parameter"),
        ("Max", "floor", "parameter"),
        ("MatMul", "projection", "linear"),
    ],
)
def test_arrays_that_no_layer_of_torch_calls_its_own(op: str, name: str, kind: str) -> None:
    """TorchScript writes a buffer as it writes a parameter; 8 and 64 numbers by hand."""
    shape = (8, 8) if op == "MatMul" else (4, 8)
    nodes = [
        node("MatMul", ["x", "onnx::MatMul_9"], ["a"], "/fc/MatMul"),
        node(op, ["a", name], ["y"], f"/{op}"),
    ]
    data = model(nodes, {"x": [1, 4, 5]}, ["y"], {name: shape, "onnx::MatMul_9": (5, 8)})
    plan = convcalc.plan(convcalc.loads(data, "net.onnx"))
    count = shape[0] * shape[1]
    assert [row.kind for row in plan if row.params == count] == [kind]
    assert (
        f"the file does not say whether {count} parameters of `{name}` are learnt or in buffers"
        in (plan.notes)
    )


def test_a_convolution_that_is_called_again_is_one_into_which_a_norm_went() -> None:
    """TorchScript copies what a second call reads."""
    nodes = [
        node("Identity", ["onnx::Conv_1"], ["onnx::Conv_4"]),
        node("Identity", ["onnx::Conv_2"], ["onnx::Conv_5"]),
        node("Conv", ["x", "onnx::Conv_1", "onnx::Conv_2"], ["a"], "/c/Conv"),
        node("Conv", ["a", "onnx::Conv_4", "onnx::Conv_5"], ["b"], "/c_1/Conv"),
        node("Conv", ["b", "d.weight"], ["y"], "/d/Conv"),
    ]
    weights = {"onnx::Conv_1": (3, 3, 1, 1), "onnx::Conv_2": (3,), "d.weight": (3, 3, 1, 1)}
    assert notes_of(model(nodes, {"x": [1, 3, 4, 4]}, ["y"], weights))[0] == (
        "parameters as stored there: batch norms went into 1 of 2 convolutions"
    )


def test_numbers_of_the_program_that_a_layer_has_as_its_weight() -> None:
    """`F.conv1d(x, torch.arange(12.).view(4, 1, 3), groups=4)`: nothing is learnt."""
    nodes = [
        call("aten.arange", "a", end=12),
        call("aten.view", "w", self="%a", size=[4, 1, 3]),
        call("aten.conv1d", "y", input="%x", weight="%w", groups=4),
    ]
    shapes = {"a": [12], "w": [4, 1, 3], "y": [1, 4, 4]}
    data = archive(program(nodes, {"x": [1, 4, 6]}, ["y"], shapes, {}))
    plan = convcalc.plan(convcalc.loads(data, "net.pt2"))
    assert (plan.totals.params, plan.notes) == (
        12,
        ("12 parameters of `a` are not learnt: it is no parameter of the module",),
    )


def test_numbers_in_an_operation_of_torchscript() -> None:
    nodes = [
        node("Constant", [], ["/Constant_output_0"], value=tensor("", (8, 5), [0.5, 1.5] * 20)),
        node("MatMul", ["x", "/Constant_output_0"], ["y"], "/MatMul"),
    ]
    data = model(nodes, {"x": [1, 4, 8]}, ["y"], {}, producer="pytorch")
    assert notes_of(data) == (
        "40 parameters of `/Constant_output_0` are not learnt: it is no parameter of the module",
    )


@each(
    ("opset", "outputs", "attributes", "is_told"),
    [
        (14, ["y"], {"training_mode": 1}, True),
        (14, ["y"], {"training_mode": 0}, False),
        (9, ["y", "m", "v", "sm", "sv"], {}, True),
        (9, ["y"], {}, False),
        (13, ["y", "m", "v"], {}, True),
        (14, ["y", "m", "v"], {}, False),
    ],
)
def test_batch_norms_as_training_has_them(
    opset: int, outputs: list[str], attributes: dict[str, Any], is_told: bool
) -> None:
    """ONNX's BatchNormalization of 14, and of 9: with more than one output it trains."""
    held = ["w", "b", "mean", "var"]
    nodes = [node("BatchNormalization", ["x", *held], outputs, name="bn", **attributes)]
    found = notes_of(model(nodes, {"x": [1, 2, 4, 4]}, ["y"], dict.fromkeys(held, (2,)), opset))
    told = "1 batch norm is stored as training has them, and run by stored statistics here: `bn`"
    assert (told in found) is is_told


@each(("names", "cut", "trained"), [
    (["a"], "1 quantised tensor is read as reals", "1 batch norm is stored as training has them"),
    (["a", "b"], "2 quantised tensors are read as reals",
     "2 batch norms are stored as training has them"),
])  # fmt: skip
def test_what_is_calculated_otherwise_is_noted(names: list[str], cut: str, trained: str) -> None:
    builder: Any = SimpleNamespace(uncut=dict.fromkeys(names), trained=dict.fromkeys(names))
    told = "`a`" if len(names) == 1 else "`a` and 1 more"
    assert [*calculating_notes(builder)] == [
        f"{cut}: numbers are not cut off where integers end: {told}",
        f"{trained}, and run by stored statistics here: {told}",
    ]
    assert [*calculating_notes(cast(Any, SimpleNamespace(uncut={}, trained={})))] == []


@each(("learnt", "read", "notes"), [
    ({"s": ()}, "s", ["1 single number is learnt and counts as constants: `net.s`"]),
    ({"s": (1,), "t": ()}, "st",
     ["2 single numbers are learnt and count as constants: `net.s` and 1 more"]),
    # One that nothing reads, and one without a name of its own.
    ({"s": (), "t": ()}, "s", ["1 single number is learnt and counts as constants: `net.s`",
                               "of 2 parameters 1 is not read: `t`"]),
    ({"unnamed": ()}, ["unnamed"], []),
    ({"s": ()}, "", ["of 1 parameter 1 is not read: `s`"]),
    ({"w": (2, 3), "v": (4,)}, "v", ["of 10 parameters 10 are not read: `v` and 1 more"]),
])  # fmt: skip
def test_what_is_learnt_and_in_no_layer(
    learnt: dict[str, tuple[int, ...]], read: Sequence[str], notes: list[str]
) -> None:
    found = {name: Held(name, dims, "float32", Written(())) for name, dims in learnt.items()}
    told: Any = SimpleNamespace(
        learnt={*learnt},
        unsaid=set(),
        constants=found,
        operations=[SimpleNamespace(inputs=["x", *read])],
        own_names={name: f"net.{name}" for name in learnt if name != "unnamed"},
    )
    builder: Any = SimpleNamespace(placed=[], stored=SimpleNamespace(in_opaque=[]))
    assert [*_in_no_layer(told, builder, {})] == notes
