"""Products of integers behind a scale that the file stores, which stands behind them as well."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.importers.onnx.rules.quantised import _share
from convcalc.importers.placing import NoRuleError
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_cases import C
from tests.importers.onnx_cases_of_integers import INTEGERS, of_few_bits
from tests.importers.onnx_cases_of_unlike import shares
from tests.importers.onnx_parameters import network_of

WEIGHTS = {"ConvInteger": (3, 2, 1, 1), "MatMulInteger": (2, 3)}
INPUTS = {"ConvInteger": (1, 2, 4, 4), "MatMulInteger": (1, 4, 2)}
MACS = {"ConvInteger": 96, "MatMulInteger": 24}


def read(word: str, quantized: list[str], zero: list[str]) -> convcalc.Network:
    nodes = [
        node("QuantizeLinear", ["x", *quantized], ["q"]),
        node(word, ["q", "w", *zero], ["i"]),
        node("Cast", ["i"], ["y"], to=1),
    ]
    stored = {
        "w": tensor("w", WEIGHTS[word], [1, 2, 3, 4, 5, 6], "int8"),
        "s": tensor("s", (), [0.25]),
        "rows": tensor("rows", (2,), [0.25, 0.5]),
        "z": tensor("z", (), [3], "uint8"),
    }
    return network_of(model(nodes, {"x": [*INPUTS[word]]}, ["y"], stored))


@pytest.mark.parametrize("word", WEIGHTS)
@pytest.mark.parametrize("zero", [[], ["z"]], ids=["from 0", "from 3"])
def test_integers_of_a_stored_scale_are_reals_over_it(word: str, zero: list[str]) -> None:
    """q - z = x / s, so that 2 of a scale of 1/4 are 8: each output is 8 times a sum of weights."""
    network = read(word, ["s", *zero], zero)
    assert convcalc.plan(network).totals.macs == MACS[word]
    x = np.full(convcalc.plan(network).graph.shape_of(0), 2, np.float32)
    (found,) = convcalc.run(network, x).values()
    rows = np.reshape([1, 2, 3, 4, 5, 6], WEIGHTS[word])
    sums = rows.sum(1).ravel() if word == "ConvInteger" else rows.sum(0)
    assert sorted({*found.ravel().tolist()}) == sorted(8.0 * sums)


@pytest.mark.parametrize("word", WEIGHTS)
@pytest.mark.parametrize(("scale", "zero"), [(["s", "z"], []), (["s"], ["z"]), (["rows"], [])])
def test_integers_of_several_scales_or_from_another_zero_are_opaque(
    word: str, scale: list[str], zero: list[str]
) -> None:
    (row,) = (row for row in convcalc.plan(read(word, scale, zero)) if row.kind == "opaque")
    assert row.notes == (f"{word}: its integers are of several scales, or from another zero",)


@each("moved", ["Identity", "Flatten", "Transpose"])
def test_integers_that_are_put_elsewhere_stay_on_their_scale(moved: str) -> None:
    nodes = [
        node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        node(moved, ["q"], ["m"]),
        node("MatMulInteger", ["m", "w", "z"], ["y"]),
    ]
    stored = {
        "w": tensor("w", (2, 2), [1, 2, 3, 4], "int8"),
        "s": tensor("s", (), [0.25]),
        "z": tensor("z", (), [3], "uint8"),
    }
    network = network_of(model(nodes, {"x": [2, 2]}, ["y"], stored))
    (found,) = convcalc.run(network, np.full((2, 2), 2, np.float32)).values()
    assert {*found.ravel().tolist()} == {8.0 * (1 + 3), 8.0 * (2 + 4)}


@pytest.mark.parametrize(("zero", "number"), [([], 8.0), (["z"], 11.0)])
def test_integers_that_are_read_as_numbers_are_those_of_the_file(
    zero: list[str], number: float
) -> None:
    nodes = [
        node("QuantizeLinear", ["x", "s", *zero], ["q"]),
        node("Cast", ["q"], ["y"], to=1),
    ]
    stored = {"s": tensor("s", (), [0.25]), "z": tensor("z", (), [3], "uint8")}
    network = network_of(model(nodes, {"x": [1, 4]}, ["y"], stored))
    (found,) = convcalc.run(network, np.full((1, 4), 2, np.float32)).values()
    assert {*found.ravel().tolist()} == {number}


@each(
    ("name", "kinds"),
    [
        ("integers from 0 on", "bias relu"),
        ("integers from their least on", "bias relu"),
        ("integers up to their greatest", "bias hardtanh"),
        ("integers about 0", "bias"),
        ("integers from 0 up to 6", "mul_number relu6"),
        ("conv of integers that ends at 0", "conv relu"),
        # Shares are not below 0 by themselves.
        ("shares of integers", "mul_number softmax"),
    ],
)
def test_the_function_that_integers_end_at_is_a_layer(name: str, kinds: str) -> None:
    plan = convcalc.plan(convcalc.loads(INTEGERS[name].data, "net.onnx"))
    assert " ".join(row.kind for row in plan).replace("add_number", "bias") == kinds


_UNCUT = "1 quantised tensor is read as reals: numbers are not cut off where integers end: "


@each(
    ("name", "notes"),
    [
        # Above 63.75 the file gives 63.75.
        ("integers from 0 on", (f"{_UNCUT}`q`",)),
        ("integers about 0", (f"{_UNCUT}`q`",)),
        # The input of the file, cut off at 16 * 127; of the function nothing is beyond 0 to 1.
        ("sigmoid of integers", (f"{_UNCUT}`xq`",)),
        ("integers from 0 up to 6", ()),
    ],
)
def test_ends_that_cut_nothing_off_here_are_told(name: str, notes: tuple[str, ...]) -> None:
    plan = convcalc.plan(convcalc.loads(INTEGERS[name].data, "net.onnx"))
    assert tuple(note for note in plan.notes if "quantised" in note) == notes


@each(("of", "opset"), [(12, 13), (13, 12), (1, 13), (21, 12)])
def test_shares_of_integers_of_another_version_than_the_files_are_no_layer(
    of: int, opset: int
) -> None:
    """Up to version 12 they were over all axes from one on."""
    with pytest.raises(convcalc.StackError, match="QLinearSoftmax"):
        convcalc.plan(convcalc.loads(shares(of, opset).data, "net.onnx"))


@each(
    ("word", "reads"),
    [
        ("QLinearAdd", ["q", "s", "z"]),
        ("QLinearConv", []),
        ("QLinearConcat", ["s", "z"]),
        ("QLinearSigmoid", ["q"]),
        *(("com.microsoft.DynamicQuantizeLSTM", ["q", *["s"] * more]) for more in (0, 2, 8, 9)),
    ],
)
def test_operators_that_lack_an_input_are_findings(word: str, reads: list[str]) -> None:
    stored = {"s": tensor("s", (), [0.25]), "z": tensor("z", (), [0], "int8")}
    domain, _, op = word.rpartition(".")
    nodes = [
        node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        node(op, reads, ["y"], domain=domain),
    ]
    with pytest.raises(convcalc.StackError) as error:
        convcalc.plan(network_of(model(nodes, {"x": [1, 4]}, ["y"], stored)))
    assert [one.slug for one in error.value.problems] == ["unknown-operation"]


def test_scales_that_are_not_one_for_each_block_are_a_finding() -> None:
    """Blocks of 2 of 4 rows are 2, and 3 scales are none of them."""
    stored = {
        "w": tensor("w", (4, 1), [1, 2, 3, 4], "int8"),
        "s": tensor("s", (3, 1), [1.0, 2.0, 3.0]),
    }
    nodes = [
        node("DequantizeLinear", ["w", "s"], ["r"], axis=0, block_size=2),
        node("MatMul", ["x", "r"], ["y"]),
    ]
    data = model(nodes, {"x": [1, 4]}, ["y"], stored, opset=21)
    with pytest.raises(convcalc.StackError, match="its scales are not one for each block of 2"):
        convcalc.plan(network_of(data))


GATES = 4 * 2  # of two numbers each


@each("scales", [(1,), (1, GATES)])
def test_an_lstm_of_integers_is_one_of_the_reals(scales: tuple[int, ...]) -> None:
    """DynamicQuantizeLSTM of ONNX Runtime: its matrices lie on their sides, `(1, rows, gates)`.

    A scale is that of the direction, or of each column.
    """
    matrices = {"w": np.arange(3 * GATES) % 7 - 3, "r": np.arange(2 * GATES) % 5 - 2}
    scale = np.array([0.25 * (1 + n % 3) for n in range(scales[-1])])
    x = np.sin(np.arange(4 * 3, dtype=np.float32)).reshape(1, 3, 4)
    reals = {}
    # 0 is the integer 4.
    integers = {
        "s": tensor("s", scales, scale.tolist()),
        "z": tensor("z", scales, [4] * scale.size, "uint8"),
    }
    for name, flat in matrices.items():
        lying = flat.reshape(1, -1, GATES)
        real = (lying * scale).transpose(0, 2, 1)
        reals[name] = tensor(name, real.shape, real.ravel().tolist())
        integers[name] = tensor(name, lying.shape, (lying.ravel() + 4).tolist(), "uint8")
    of_integers = [*["" for _ in range(5)], "s", "z", "s", "z"]
    nodes = {
        "of reals": node("LSTM", ["x", "w", "r"], ["y"], hidden_size=2),
        "of integers": node(
            "DynamicQuantizeLSTM", ["x", "w", "r", *of_integers], ["y"],
            domain="com.microsoft", hidden_size=2,
        ),
    }  # fmt: skip
    found = {}
    for name, one in nodes.items():
        held = reals if name == "of reals" else integers
        network = network_of(model([one], {"x": [4, 1, 3]}, ["y"], held))
        assert convcalc.plan(network).totals.params == 5 * GATES
        found[name] = [*convcalc.run(network, x).values()][-1]
    np.testing.assert_allclose(found["of integers"], found["of reals"], rtol=1e-6)


@each(("quantised", "inputs", "share"), [
    ({}, ["a", "b"], 1),
    ({"a": (2.0, "z"), "b": (4.0, "y")}, ["a", "b", "z", "y"], 1 / 8),
    ({"b": (4.0, "y")}, ["a", "b", "", "y"], 1 / 4),
    ({"a": (2.0, "")}, ["a", "b"], 1 / 2),
    # A zero is no factor, whatever it was made of.
    ({"a": (2.0, "z"), "z": (8.0, "")}, ["a", "b", "z"], 1 / 2),
    # Another zero than it was made with; scales for each channel.
    ({"a": (2.0, "z")}, ["a", "b", "y"], None), ({"b": (4.0, "y")}, ["a", "b", "y"], None),
    ({"a": (None, "z")}, ["a", "b", "z"], None),
])  # fmt: skip
def test_what_integers_are_of_the_reals_that_they_stand_for(
    quantised: dict[str, tuple[float | None, str]], inputs: list[str], share: float | None
) -> None:
    use: Any = SimpleNamespace(
        operation=SimpleNamespace(inputs=inputs), walk=SimpleNamespace(quantised=quantised)
    )
    if share is None:
        with pytest.raises(NoRuleError, match="several scales, or from another zero"):
            _share(use)
    else:
        assert _share(use) == share


@each(
    ("given", "bits", "why"),
    [
        ({}, 3, "its integers are laid out in another way"),
        ({}, 1, "its integers are laid out in another way"),
        ({"g": C((20,), [0] * 20, "int32")}, 4, "its integers are laid out in another way"),
        *(
            ({name: C((many,), [1] * many, "uint8")}, 4, "its arrays are not as large as it says")
            for name, right in (("w", 48), ("z", 3))
            for many in (right - 1, right + 1)
        ),
        *(
            ({"s": C((many,), [0.5] * many)}, 4, "its arrays are not as large as it says")
            for many in (5, 7)
        ),
    ],
)
def test_a_product_of_few_bits_that_does_not_fit_is_opaque_and_has_its_size(
    given: dict[str, C], bits: int, why: str
) -> None:
    """2 rows of 20 features by a matrix for 3, in two blocks a row: 2 rows of 3."""
    network = convcalc.loads(of_few_bits({**given}, bits).data, "net.onnx")
    (row,) = [one for one in convcalc.plan(network) if one.kind == "opaque"]
    assert row.output == (2, 3)
    assert why in str(row.fields["note"])
