"""`convcalc.run`: hand-worked networks, seeds, types, and what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc import StackError
from convcalc.arrays.draws import Draws
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

SMALL = """\
convcalc: 1
input: [2, 4, 4]
layers:
  - {conv: {out: 3, k: 3}, name: stem}
  - batch_norm
  - {relu: {}, name: act}
  - flatten
  - linear: 2
"""
TWO = "convcalc: 1\ninput: {a: [1, 2, 2], b: [1, 2, 2]}\nlayers:\n  - {sub: [a, b], name: c}\n"


def small() -> convcalc.Network:
    return convcalc.loads(SMALL, "small.net.yaml")


def test_two_by_hand() -> None:
    # 1*1 + 2*10 + 4*100 + 5*1000, and so on over the four positions; then the largest.
    text = "convcalc: 1\ninput: [1, 3, 3]\nlayers: [{conv: {out: 1, k: 2}, name: c}, max_pool: 2]"
    image = np.arange(1, 10).reshape(1, 3, 3)
    weights = {"c.weight": [[[[1, 10], [100, 1000]]]], "c.bias": [0.25]}
    found = convcalc.run(convcalc.loads(text), image, weights=weights, keep=["c"])
    assert list(found) == ["max_pool_1", "c"]
    expected = [[[[5421.25, 6532.25], [8754.25, 9865.25]]]]
    assert found["c"].tolist() == expected
    assert found["max_pool_1"].tolist() == [[[[9865.25]]]]


@each(
    ("layer", "expected"),
    [
        # The last window begins at the last pixel, and hangs over the end.
        ("max_pool: {k: 2, s: 3, ceil_mode: true}", [2, 5, 8, 10]),
        ("avg_pool: {k: 2, s: 3, ceil_mode: true}", [1.5, 4.5, 7.5, 10]),
        ("max_pool: {k: 2, s: 3}", [2, 5, 8]),
        ("max_pool: {k: 3, s: 4, p: 1, ceil_mode: true}", [2, 6, 10]),
        # A fourth would begin behind the input.
        ("max_pool: {k: 2, s: 4, p: 1, ceil_mode: true}", [1, 5, 9]),
    ],
)
def test_pools_at_the_end_of_ten(layer: str, expected: list[float]) -> None:
    network = convcalc.loads(f"convcalc: 1\ninput: [1, 10]\nlayers: [{layer}]")
    (found,) = convcalc.run(network, np.arange(1, 11).reshape(1, 10)).values()
    assert found.ravel().tolist() == expected


def test_inputs_by_name_and_several_samples() -> None:
    a, b = np.arange(8).reshape(2, 1, 2, 2), np.ones((2, 1, 2, 2))
    found = convcalc.run(convcalc.loads(TWO), {"b": b, "a": a})
    assert found["c"].tolist() == (a - b).tolist()


def test_a_seed_gives_the_same_numbers_again_and_another_seed_others() -> None:
    first, again, other = (convcalc.run(small(), seed=seed)["linear_1"] for seed in (3, 3, 4))
    assert first.tolist() == again.tolist() != other.tolist()
    # The inputs given do not change the weights drawn.
    assert convcalc.run(small(), seed=3, keep=["input"])["linear_1"].tolist() == first.tolist()
    image = convcalc.run(small(), seed=3, keep=["input"])["input"]
    assert convcalc.run(small(), image, seed=3)["linear_1"].tolist() == first.tolist()


def test_drawn_weights_keep_the_variance() -> None:
    # A variance of 2 / fan_in: 32 * 3 * 3 = 288 numbers in each of 64 filters.
    drawn = Draws(3).weights({"weight": (64, 32, 3, 3)})["weight"]
    assert drawn.var() * 288 == pytest.approx(2, rel=0.05)


def test_a_run_in_double_precision_has_the_same_numbers_and_more_digits() -> None:
    single = convcalc.run(small(), batch=2)["linear_1"]
    double = convcalc.run(small(), batch=2, dtype="float64")["linear_1"]
    assert (single.dtype.name, double.dtype.name) == ("float32", "float64")
    assert np.abs(single - double).max() < 1e-5 * np.abs(double).max()
    assert (single != double).any()


def test_batch_statistics() -> None:
    found = convcalc.run(
        convcalc.loads("convcalc: 1\ninput: [2, 8, 8]\nlayers: [batch_norm: {affine: false}]"),
        batch=4,
        dtype="float64",
        batch_statistics=True,
    )["batch_norm_1"]
    assert np.abs(found.mean(axis=(0, 2, 3))).max() < 1e-12
    assert np.abs(found.var(axis=(0, 2, 3)) - 1).max() < 1e-4


def test_another_input_size_and_variables() -> None:
    text = "convcalc: 1\nvars: {c: 2}\ninput: [1, 4, 4]\nlayers: [{conv: {out: =c, k: 1}}]"
    found = convcalc.run(convcalc.loads(text), input=[1, 6, 5], variables={"c": 3}, batch=2)
    assert found["conv_1"].shape == (2, 3, 6, 5)


def test_results_are_arrays_of_their_own() -> None:
    text = "convcalc: 1\ninput: [1, 2, 2]\nlayers: [{identity: {}, name: same}]"
    image = np.zeros((1, 1, 2, 2), np.float32)
    found = convcalc.run(convcalc.loads(text), image, keep=["input"])
    found["same"][:] = 7
    assert image.sum() == found["input"].sum() == 0
    assert found["same"].flags.c_contiguous


def test_keep_takes_inputs_blocks_and_series() -> None:
    network = convcalc.load(CONFIGS / "resnet18.net.yaml")
    names = ["input", "stem", "basic_1.0", "basic_2", "basic_2.1"]
    found = convcalc.run(network, input=[3, 32, 32], keep=names)
    assert list(found) == ["linear_1", *names]
    assert found["basic_1.0"].shape == (1, 64, 8, 8)
    assert found["basic_2"].shape == (1, 128, 4, 4)
    assert found["basic_2"].tolist() == found["basic_2.1"].tolist()
    # The name of a series is that of its last layer, as in the plan.
    plan = convcalc.plan(network)
    assert plan["basic_2"] is plan["basic_2.1"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({}, id="one sample"),
        pytest.param({"batch": 1}, id="one sample asked for"),
        pytest.param({"batch": 3}, id="three samples"),
    ],
)
def test_every_kept_array_has_the_planned_shape(options: dict[str, Any]) -> None:
    network = convcalc.load(CONFIGS / "lenet5.net.yaml")
    rows = convcalc.plan(network).rows
    found = convcalc.run(network, keep=[row.name for row in rows], **options)
    batch = options.get("batch", 1)
    assert {name: y.shape for name, y in found.items()} == {
        row.name: (batch, *row.output) for row in rows
    }


@each(
    ("options", "text"),
    [
        pytest.param(
            {"keep": ["stm"]},
            "error CC927 wrong-value: there is no layer `stm`\n  help: did you mean `stem`?",
            id="kept layer",
        ),
        pytest.param(
            {"keep": "stem"},
            "error CC926 wrong-type: keep wants a list of names\n  help: write keep=['stem']",
            id="one name",
        ),
        pytest.param(
            {"seed": -1},
            "error CC927 wrong-value: seed wants an integer from 0 on, got -1",
            id="seed",
        ),
        pytest.param(
            {"batch": 0},
            "error CC927 wrong-value: batch wants an integer from 1 on, got 0",
            id="batch",
        ),
        pytest.param(
            {"dtype": "float16"},
            "error CC927 wrong-value: a run cannot calculate in 'float16'\n"
            "  help: known: float32, float64",
            id="type",
        ),
        pytest.param(
            {"max_memory": "2GB"},
            "error CC927 wrong-value: max_memory wants a number of bytes, got '2GB'\n"
            "  help: 2 * 10**9 are 2 GB",
            id="memory in words",
        ),
        pytest.param(
            {"max_memory": 1000},
            "small.net.yaml:4:5: error CC965 needs-memory: the run needs 92 MB while `stem` runs, "
            "and may use 1 kB\n"
            "  92,000,548 bytes are more than 1,000\n"
            "  help: use a smaller input or batch, or give max_memory in bytes",
            id="memory",
        ),
    ],
)
def test_refusals(options: dict[str, Any], text: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.run(small(), **options)
    assert str(caught.value) == text


def test_a_path_in_place_of_a_network() -> None:
    with pytest.raises(TypeError, match="load it first: run"):
        convcalc.run("small.net.yaml")  # type: ignore[arg-type]


def test_a_network_that_no_machine_can_run_is_refused_at_once() -> None:
    with pytest.raises(StackError) as caught:
        convcalc.run(small(), input=[2, 10**9, 10**9])
    (problem,) = caught.value.problems
    assert (problem.slug, problem.layer) == ("needs-memory", "batch_norm_1")
    assert caught.value.source == SMALL


def test_numbers_that_are_first_not_finite_in_a_result_are_reported_by_layer() -> None:
    network = small()
    weights = {
        "stem.weight": np.zeros((3, 2, 3, 3)),
        "stem.bias": np.ones(3),
        "batch_norm_1.weight": np.ones(3),
        "batch_norm_1.bias": np.ones(3),
        "batch_norm_1.running_mean": np.zeros(3),
        "batch_norm_1.running_var": np.array([1, -1, 1]),
        "linear_1.weight": np.ones((2, 12)),
        "linear_1.bias": np.ones(2),
    }
    with pytest.raises(StackError) as caught:
        convcalc.run(network, weights=weights)
    assert str(caught.value) == (
        "small.net.yaml:5:5: error CC964 not-finite: layer `batch_norm_1` gives NaN at "
        "[0, 1, 0, 0]\n"
        "  4 of its 12 numbers, from finite inputs and weights; places (N, C, ...) count from 0"
    )
    found = convcalc.run(network, weights=weights, finite=False)["linear_1"]
    assert np.isnan(found).all()


def test_an_infinity_that_is_meant_can_be_let_pass() -> None:
    text = "convcalc: 1\ninput: [1, 2, 2]\nlayers:\n  - {mul_number: -1e38, name: hidden}\n"
    network = convcalc.loads(text + "  - {softmax: channels, name: y}\n", "mask.net.yaml")
    image = np.full((1, 1, 2, 2), 1e38, np.float32)
    with pytest.raises(StackError) as caught:
        convcalc.run(network, image, keep=["hidden"])
    assert str(caught.value) == (
        "mask.net.yaml:4:5: error CC964 not-finite: layer `hidden` gives -infinity at "
        "[0, 0, 0, 0]\n"
        "  4 of its 4 numbers, from finite inputs and weights; places (N, C, ...) count from 0\n"
        "  help: if it is meant, as in a mask, run it with `finite=False`"
    )
    found = convcalc.run(network, image, keep=["hidden"], finite=False)
    assert (found["hidden"] == -np.inf).all()


def test_a_large_finite_sum_is_no_infinity() -> None:
    text = "convcalc: 1\ninput: [1, 2, 2]\nlayers: [{relu: {}, name: y}]"
    image = np.full((1, 2, 2), 3e38, np.float32)
    assert convcalc.run(convcalc.loads(text), image)["y"].max() == image.max()


@each(
    "layers",
    [
        "[{constant: [5], name: at}, {take: [input, at]}]",
        "[{parameter: [5], name: at}, {take: [input, at]}]",
        "[{constant: [5]}, {embedding: {num: 3, dim: 2}}]",
        # Handed on as they are, and taken by one layer from what another reads.
        "[{constant: [5]}, {reshape: [1, 5]}, {embedding: {num: 3, dim: 2}}]",
        "[{constant: [5], name: all}, {constant: [2], name: at}, {take: [all, at]},"
        " {embedding: {num: 3, dim: 2}}]",
    ],
)
def test_stored_arrays_that_are_read_as_indices_are_drawn_as_such(layers: str) -> None:
    text = f"convcalc: 1\ninput: [3, 4]\nlayers: {layers}"
    assert all(np.isfinite(y).all() for y in convcalc.run(convcalc.loads(text)).values())


def test_indices_behind_arithmetic_are_those_that_come() -> None:
    layers = "[{constant: [5]}, {mul_number: 9}, {embedding: {num: 3, dim: 2}}]"
    text = f"convcalc: 1\ninput: [3]\nlayers: {layers}"
    with pytest.raises(StackError, match="which is no index of it"):
        convcalc.run(convcalc.loads(text))
