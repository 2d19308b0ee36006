"""What of an ONNX file is read, how often, and which files are too much or broken."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.importers import network, placing
from convcalc.importers.onnx import rules
from convcalc.importers.onnx.use import RULES
from tests.each import each
from tests.importers.onnx_bytes import LENET, function, model, node, part, tensor
from tests.importers.planning import plan_of, refused
from tests.scaling.growing import calls


@each("length", [0, 1, 2, 9, 20, 60, 100, 200, 300, 400, 1000, 40_000, len(LENET) - 5])
def test_a_file_that_was_cut_off_is_refused(length: int) -> None:
    with pytest.raises(StackError):
        plan_of(LENET[:length])


def test_weights_of_a_file_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(LENET)
    assert convcalc.plan(convcalc.load(path)).totals.params == 11_926


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


@each("word", ["Add", "Constant", "Gather", "Identity", "MatMul"])
def test_operations_that_read_or_give_nothing_are_findings_or_nothing(word: str) -> None:
    weights = {"n": (1,), "w": (3, 3), "scale": (), "zero": tensor("zero", (), (0,), "int8")}
    quantised = [
        node("QuantizeLinear", ["x", "scale", "zero"], ["q"]),
        node("QLinearSigmoid", ["q", "scale", "zero", "scale", "zero"], ["r"]),
        node("DequantizeLinear", ["r", "scale", "zero"], ["t"]),
        node("Gelu", ["x"], ["g"], domain="com.microsoft"),
    ]
    last = node("Add", ["z", "n"], ["y"])
    given: dict[str, Any] = {}
    if word == "Constant":
        given = {"value": tensor("", (2,), (0.5, 2.0))}
    reads_nothing = [*quantised, node(word, [], ["z"], **given), last]
    with pytest.raises(StackError):
        plan_of(model(reads_nothing, {"x": [1, 3]}, ["y"], weights, producer="pytorch"))
    gives_nothing = [
        *quantised,
        node(word, ["x", "w"], []),
        node("MatMul", ["t", "w"], ["z"]),
        last,
    ]
    found = plan_of(model(gives_nothing, {"x": [1, 3]}, ["y"], weights, producer="pytorch"))
    assert found.totals.macs == 9


def test_an_input_of_more_axes_than_a_map_is_refused_also_where_only_an_output_is_it() -> None:
    data = model([node("Relu", ["x"], ["y"])], {"x": [1, 4], "z": ["n", 2, 2, 2, 2, 2]}, ["y", "z"])
    problem = refused(data)
    assert problem.slug == "wrong-rank"
    assert problem.message == (
        "input `z` is [n, 2, 2, 2, 2, 2]: 5 axes beside its samples; 4 are read"
    )


@pytest.mark.thorough
def test_a_chain_of_many_operations_is_bounded() -> None:
    nodes = [node("Relu", [f"t{n}"], [f"t{n + 1}"]) for n in range(200_001)]
    problem = refused(model(nodes, {"t0": [1, 3]}, ["t200001"]))
    assert problem.slug == "file-too-large"
    assert problem.message == "the ONNX model has more than 200,000 operations"


def test_a_split_has_the_outputs_that_it_names() -> None:
    """Its parts were counted out, up to 10^15."""
    split = node("Split", ["x"], ["a", "b"], num_outputs=10**15, axis=1)
    problem = refused(model([split, node("Relu", ["a"], ["y"])], {"x": [1, 8]}, ["y"]))
    assert problem.slug == "broken-model"
    assert "it has 2 outputs, and says 1000000000000000" in str(problem)


def test_a_part_of_a_long_sequence_is_found_without_the_others() -> None:
    nodes = [
        node("SplitToSequence", ["x", "three"], ["parts"], axis=1),
        node("SequenceAt", ["parts", "last"], ["y"]),
    ]
    given = {"three": tensor("three", (), [3]), "last": tensor("last", (), [-1])}
    plan = plan_of(model(nodes, {"x": [1, 10**9]}, ["y"], given))
    # 333,333,333 parts of three, and one of what is left.
    assert plan[-1].output == (1,)


@each(
    ("attributes", "kinds"),
    [
        ({}, ["scaled_dot_product_attention"]),
        ({"is_causal": 1}, ["scaled_dot_product_attention"]),
        ({"softcap": 2.0}, ["matmul", "matmul"]),
        ({"left_window_size": 3}, ["opaque"]),
    ],
)
def test_nothing_is_written_out_for_each_of_many_scores(
    attributes: dict[str, Any], kinds: list[str]
) -> None:
    names = ("q", "k", "v")
    attention = node("Attention", names, ["y"], **attributes)
    sizes = [1, 2, 200_000, 8]
    plan = plan_of(model([attention], dict.fromkeys(names, sizes), ["y"]))
    assert [row.kind for row in plan if row.macs or row.kind == "opaque"] == kinds


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


def test_patterns_of_different_layers_have_a_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "MAX_LISTED", 1_000)
    nodes = []
    for n in range(9):
        nodes += [
            node("Conv", ["x", f"w{n}"], [f"c{n}"]),
            node("Concat", [f"c{n}", f"c{n}"], [f"y{n}"], axis=2),
        ]
    weights = {f"w{n}": (n + 1, 1, 1) for n in range(9)}
    outputs = [f"y{n}" for n in range(9)]
    problem = refused(model(nodes, {"x": [1, 1, 64]}, outputs, weights))
    # Two tables of 128 units each: four of them are beyond a thousand.
    assert (problem.slug, problem.message) == (
        "too-much-work",
        "the patterns of different layers list more than 1,000 units; no further than "
        "`Concat number 8` (Concat)",
    )


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


def test_large_tensors_of_one_number_are_not_written_out() -> None:
    """The `light` models of the onnx package have their weights so."""
    nodes = [
        node("ConstantOfShape", ["sizes"], ["w"]),
        node("Conv", ["x", "w"], ["y"]),
    ]
    sizes = tensor("sizes", (4,), [512, 512, 3, 3])
    plan = plan_of(model(nodes, {"x": [1, 512, 8, 8]}, ["y"], {"sizes": sizes}))
    assert plan.totals.params == 512 * 512 * 9


def test_functions_that_call_themselves_are_refused() -> None:
    body = function("Loop", ["a"], ["b"], node("Loop", ["a"], ["b"], domain="mine"))
    nodes = [node("Loop", ["x"], ["y"], domain="mine")]
    problem = refused(model(nodes, {"x": [1, 3]}, ["y"]) + part(25, body))
    assert problem.message.endswith("its functions call each other more than 32 deep")


@each(("deep", "is_read"), [(1, True), (32, True), (33, False)])
def test_functions_may_call_each_other_32_deep(deep: int, is_read: bool) -> None:
    calls = [node(f"F{at}", ["a"], ["b"], domain="mine") for at in range(1, deep)]
    bodies = [
        part(25, function(f"F{at}", ["a"], ["b"], inner))
        for at, inner in enumerate([*calls, node("Relu", ["a"], ["b"])])
    ]
    data = model([node("F0", ["x"], ["y"], domain="mine")], {"x": [1, 3]}, ["y"]) + b"".join(bodies)
    if is_read:
        assert [row.kind for row in plan_of(data)] == ["relu"]
    else:
        message = refused(data).message
        assert message.endswith("its functions call each other more than 32 deep")


def test_every_rule_is_in_the_file_that_is_loaded_for_it() -> None:
    for file in sorted(Path(rules.__file__).parent.glob("*.py")):
        import_module(f"{rules.__name__}.{file.stem}")
    files = {op: rule.__module__.rpartition(".")[2] for op, rule in RULES.items()}
    assert files == rules.families()


@pytest.mark.thorough
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
