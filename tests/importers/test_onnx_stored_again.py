"""Arrays that one parameter went into: again under another shape, turned, or worked out of it.

The numbers are those of PyTorch: `F.linear(F.linear(x, w), w.t())` has one matrix, and
`F.linear(x, w) + F.linear(x, w.exp())` as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import cast

import numpy as np
import pytest

import convcalc
from convcalc.core.shapes import Shape
from convcalc.importers.onnx.stored_again import _made_of
from convcalc.network.held import Element, Held, Made, Written
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.onnx_parameters import FOLDED, network_of, said
from tests.importers.recorded import as_tensor, given
from tests.importers.test_onnx_states import beside

ROWS, COLUMNS = 8, 6
MATRIX = np.arange(ROWS * COLUMNS, dtype=np.float32).reshape(ROWS, COLUMNS)
BACK = "`val_1` is taken for `net.w`, which has its numbers, stored again"


def there_and_back(second: np.ndarray, beside_it: Mapping[str, bytes] | None = None) -> bytes:
    """Two products: by the parameter turned, and by what was made of it."""
    nodes = [node("MatMul", ["x", "val_0"], ["a"]), node("MatMul", ["a", "val_1"], ["y"])]
    weights = beside_it or {
        "val_0": tensor("val_0", MATRIX.T.shape, MATRIX.T.ravel().tolist()),
        "val_1": tensor("val_1", second.shape, second.ravel().tolist()),
    }
    of = {"val_0": {FOLDED: "['net.w']"}, "val_1": {FOLDED: "['net.w', 't']"}}
    signature = dict.fromkeys(said(), "a: PARAMETER target='net.w'")
    return model(nodes, {"x": [1, 4, COLUMNS]}, ["y"], weights, said=signature, said_of=of)


def test_a_matrix_that_is_read_there_and_back_is_one() -> None:
    network = network_of(there_and_back(MATRIX))
    plan = convcalc.plan(network)
    assert (plan.totals.params, plan.notes) == (48, (BACK,))
    x = np.linspace(-1, 1, 4 * COLUMNS, dtype=np.float32).reshape(1, 4, COLUMNS)
    found = as_tensor(network, "y", convcalc.run(network, given(network, [x])))
    assert np.allclose(found, x @ MATRIX.T @ MATRIX)


@each("shapes", [((1, 3, 1), (3, 1)), ((3, 1), (1, 3, 1))])
def test_a_vector_that_is_stored_again_with_another_rank_is_one(
    shapes: tuple[Shape, Shape],
) -> None:
    """`x * s[None] * s` and `x * s * s[None]`, of which a note said that 3 of 6 were not read."""
    nodes = [node("Mul", ["x", "val_0"], ["a"]), node("Mul", ["a", "val_1"], ["y"])]
    weights = {
        name: tensor(name, shape, [1.0, 2.0, 3.0])
        for name, shape in zip(("val_0", "val_1"), shapes, strict=True)
    }
    of = {"val_0": {FOLDED: "['net.s']"}, "val_1": {FOLDED: "['net.s', 'u']"}}
    signature = dict.fromkeys(said(), "a: PARAMETER target='net.s'")
    data = model(nodes, {"x": [1, 3, 4]}, ["y"], weights, said=signature, said_of=of)
    plan = convcalc.plan(network_of(data))
    worked_out = "parameters as stored there: 3 are in 1 array worked out by the exporter: `val_0`"
    assert (plan.totals.params, plan.notes) == (3, (worked_out, BACK.replace("net.w", "net.s")))


def stored(array: np.ndarray, dims: Shape, element: Element = "float32") -> Held:
    return Held("w", dims, element, Written(tuple(array.ravel().tolist())))


@each(
    ("first", "dims", "array", "found"),
    [
        ((8, 6), (8, 6), MATRIX, "reshaped"),
        ((8, 6), (1, 8, 6), MATRIX, "reshaped"),
        ((8, 6), (6, 8), MATRIX.T, "arranged"),
        ((8, 6), (6, 8, 1), MATRIX.T, "reshaped"),
        ((8, 6), (1, 6, 8), MATRIX.T, "reshaped"),
        ((8, 6, 1), (6, 1, 8), MATRIX.T, "reshaped"),
        # Other numbers, larger and smaller ones; the same in other places; other sizes.
        ((8, 6), (8, 6), MATRIX + 1, ""),
        ((8, 6), (8, 6), MATRIX - 1, ""),
        ((8, 6), (6, 8), MATRIX.T + 1, ""),
        ((8, 6), (6, 8), MATRIX, ""),
        ((8, 6), (8, 6), MATRIX.T, ""),
        ((6, 8), (6, 8), MATRIX, ""),
        ((8, 6), (12, 4), MATRIX, ""),
        ((8, 6), (4, 12), MATRIX, ""),
        ((8, 6), (48,), MATRIX, ""),
        ((48,), (48,), MATRIX[::-1], ""),
        ((4, 2, 6), (6, 2, 4), MATRIX.reshape(4, 2, 6).transpose(2, 1, 0), ""),
        ((4, 2, 6), (4, 2, 6), MATRIX, "reshaped"),
    ],
    ids=lambda one: one.sum() if isinstance(one, np.ndarray) else one,
)
def test_an_array_is_another_one_under_another_shape_or_turned(
    first: Shape, dims: Shape, array: np.ndarray, found: str
) -> None:
    whole = MATRIX.T if first == (6, 8) else MATRIX
    other = stored(array, dims)
    made = _made_of(stored(whole, first), other, tuple(whole.ravel().tolist()))
    if found:
        assert made is not None
        assert isinstance(made.source, Made)
        assert (made.dims, made.source.how) == (dims, found)
    else:
        assert made is None


def test_an_array_of_another_type_is_another_one() -> None:
    numbers = tuple(MATRIX.ravel().tolist())
    for one, other in (("float32", "float64"), ("float64", "float32")):
        first = stored(MATRIX, MATRIX.shape, cast(Element, one))
        assert _made_of(first, stored(MATRIX, MATRIX.shape, cast(Element, other)), numbers) is None


@pytest.mark.parametrize(("most", "params"), [(48, 48), (47, 96)])
def test_so_many_numbers_are_compared_in_all(
    most: int, params: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("convcalc.importers.onnx.stored_again")
    monkeypatch.setattr(module, "_MOST_IN_ALL", most)
    assert convcalc.plan(network_of(there_and_back(MATRIX))).totals.params == params


@pytest.mark.parametrize(("second", "params"), [(MATRIX, 48), (MATRIX[::-1], 96)])
def test_its_numbers_may_lie_beside_the_file(
    second: np.ndarray, params: int, tmp_path: Path
) -> None:
    """As the exporter writes them; where that file is missing nothing tells that they are equal."""
    both = {"val_0": MATRIX.T, "val_1": second}
    weights = {name: beside(name, array.shape, f"{name}.data") for name, array in both.items()}
    path = tmp_path / "net.onnx"
    path.write_bytes(there_and_back(MATRIX, weights))
    assert convcalc.plan(convcalc.load(path)).totals.params == 96
    for name, array in both.items():
        path.with_name(f"{name}.data").write_bytes(array.tobytes())
    assert convcalc.plan(convcalc.load(path)).totals.params == params


def test_a_square_one_is_known_by_its_numbers() -> None:
    """`x @ w + x @ w.t()`: TorchScript stores `w` and a copy, turned, of which it says nothing."""
    square = np.arange(36, dtype=np.float32).reshape(6, 6)
    nodes = [
        node("MatMul", ["x", "w"], ["a"], "/MatMul"),
        node("MatMul", ["x", "onnx::MatMul_5"], ["b"], "/MatMul_1"),
        node("Add", ["a", "b"], ["y"], "/Add"),
    ]
    weights = {
        "w": tensor("w", (6, 6), square.ravel().tolist()),
        "onnx::MatMul_5": tensor("onnx::MatMul_5", (6, 6), square.T.ravel().tolist()),
    }
    network = network_of(model(nodes, {"x": [1, 4, 6]}, ["y"], weights))
    assert convcalc.plan(network).totals.params == 36
    x = np.linspace(-1, 1, 24, dtype=np.float32).reshape(1, 4, 6)
    found = as_tensor(network, "y", convcalc.run(network, given(network, [x])))
    assert np.allclose(found, x @ square + x @ square.T)


@each("change", ["one number", "exponential"])
def test_what_was_calculated_of_a_matrix_counts_and_says_so(change: str) -> None:
    second = MATRIX.copy()
    if change == "one number":
        second[-1, -1] += 1
    else:
        second = np.exp(second / 48)
    plan = convcalc.plan(network_of(there_and_back(second)))
    assert plan.totals.params == 96
    assert plan.notes[-1] == (
        "48 parameters of `val_1` are not learnt: it is worked out of parameters that count besides"
    )


def test_the_two_biases_of_a_recurrence_count_once_where_they_lie_in_one_array() -> None:
    """4 * 5 * (6 + 5 + 2): dynamo joins the biases, and gates are cut of what it joined."""
    nodes = [node("LSTM", ["x", "val_1", "val_2", "val_3"], ["y"], hidden_size=5)]
    weights = {"val_1": (1, 20, 6), "val_2": (1, 20, 5), "val_3": (1, 40)}
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    of = {
        "val_1": {FOLDED: "['weight_ih', 'val_0']"},
        "val_2": {FOLDED: "['weight_hh', 'val_0']"},
        "val_3": {FOLDED: "['bias_hh', 'bias_ih', 'val_0']"},
    }
    signature = dict.fromkeys(
        said(), "".join(f"p_{name}: PARAMETER target='{name}'\n" for name in names)
    )
    data = model(nodes, {"x": [7, 1, 6]}, ["y"], weights, said=signature, said_of=of)
    plan = convcalc.plan(network_of(data))
    assert (plan.totals.params, plan.notes) == (
        260,
        (
            "parameters as stored there: 260 are in 3 arrays worked out by the exporter: "
            "`val_1` and 2 more",
        ),
    )


def test_rows_that_are_looked_up_twice_are_those_of_a_small_table() -> None:
    """A relative bias of 7 places, as a map of 4 x 4: the file says what was learnt of it."""
    nodes = [
        node("Gather", ["p", "places"], ["bias"]),
        node("Add", ["x", "bias"], ["y"]),
    ]
    places = [row - column + 3 for row in range(4) for column in range(4)]
    weights = {"p": (7,), "places": tensor("places", (4, 4), places)}
    plan = convcalc.plan(network_of(model(nodes, {"x": [1, 4, 4]}, ["y"], weights)))
    assert plan.totals.params == 16
    assert (
        "`p` counts 16 parameters, and has 7: layers use it that cannot share it here" in plan.notes
    )
