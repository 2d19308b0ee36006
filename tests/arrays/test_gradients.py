"""Gradients of whole networks: worked by hand, by small steps, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc import StackError
from convcalc.arrays.given import array_shapes
from convcalc.arrays.gradients import gradients
from convcalc.arrays.run import run
from tests.each import each

HEAD = "convcalc: 1\n"
BRANCHES = """\
convcalc: 1
input: {left: [2, 6, 6], right: [2, 6, 6]}
blocks:
  branch:
    args: [k]
    layers:
      - conv: {out: 4, k: =k, p: same}
      - batch_norm
      - silu
layers:
  - concat: [left, right]
  - {branch: {k: 3}, name: fine}
  - {branch: {k: 5}, name: coarse, from: left}
  - {max_pool: {k: 3, s: 2, p: 1}, name: small}
  - {upsample: {output_size: 6, mode: bilinear}, name: large}
  - {mul: [fine, large], name: gated}
  - {group_norm: 2, from: coarse, name: normed}
  - {add: [gated, normed], name: joined}
  - {conv_transpose: {out: 2, k: 2, s: 2}, name: map}
  - {global_avg_pool: {}, from: joined, name: pooled}
  - {linear: 3, name: scores}
outputs: [map, scores]
"""
# Every cell with all that it can have, several layers, both directions.
RECURRENT = """\
convcalc: 1
input: {left: [3, 4], right: [3, 4]}
layers:
  - {rnn: {hidden: 3, nonlinearity: relu}, from: left, name: plain}
  - {gru: {hidden: 3, bidirectional: true}, from: right, name: after}
  - {gru: {hidden: 3, reset: before, num_layers: 2}, from: left, name: before}
  - {gru: {hidden: 3, reset: before, biases: 1, returns: last}, from: right, name: last}
  - {lstm: {hidden: 4, proj: 3, bidirectional: true}, from: left, name: long}
  - {lstm: {hidden: 3, coupled: true}, from: right, name: coupled}
  - {lstm: {hidden: 3, peepholes: true}, from: right, name: looking}
  - {lstm: {hidden: 3, peepholes: true, cell_clip: 0.2}, from: left, name: bounded}
  - {add: [plain, before], name: joined}
outputs: [joined, after, last, long, coupled, looking, bounded]
"""
# Heads that share keys, masks of two shapes, windows attended one by one, later steps hidden.
ATTENDING = """\
convcalc: 1
input: {left: [8, 2, 3], right: [4, 2, 3]}
layers:
  - {parameter: [4, 2, 3, 3], name: each}
  - {parameter: [1, 3, 3], name: all}
  - {linear: {out: 4, over: channels}, from: right, name: values}
  - scaled_dot_product_attention:
      {inputs: [left, right, values, each, all], heads: 4, kv_heads: 2, scale: 0.7, batch_axes: 1}
    name: windows
  - {reshape: [8, 6], from: left, name: row}
  - {attention: {heads: 2, causal: true}, from: row, name: own}
outputs: [windows, own]
"""


def net(layers: str, shape: str = "[1, 2, 2]") -> convcalc.Network:
    return convcalc.loads(f"{HEAD}input: {shape}\nlayers: {layers}")


def test_a_chain_by_hand() -> None:
    # y = relu(2 x + 1), summed: 2 where 2 x + 1 > 0; the weight collects the x of those places.
    network = net("[{conv: {out: 1, k: 1}, name: c}, relu]")
    given = {"c.weight": [[[[2]]]], "c.bias": [1]}
    found = gradients(network, [[[1, -1], [0, -3]]], weights=given)
    assert found.inputs["input"].tolist() == [[[[2, 0], [2, 0]]]]
    assert {name: grad.ravel().tolist() for name, grad in found.weights.items()} == {
        "c.weight": [1 + 0],
        "c.bias": [2],
    }


def test_what_is_read_twice_collects_both() -> None:
    network = net("[{mul: [input, input], name: square}, {add: [square, input]}]")
    found = gradients(network, [[[1, 2], [3, 4]]])
    assert found.inputs["input"].tolist() == [[[[3, 5], [7, 9]]]]


def test_shares_of_the_outputs() -> None:
    text = "[{identity: {}, name: a}, {pad: 1, name: b, from: input}]"
    network = convcalc.loads(f"{HEAD}input: [1, 1, 1]\nlayers: {text}\noutputs: [a, b]")
    share = np.arange(9).reshape(1, 1, 3, 3)
    assert gradients(network, [[[5]]]).inputs["input"].item() == 1 + 1
    assert gradients(network, [[[5]]], outputs={"b": share}).inputs["input"].item() == 4
    both = {"a": np.full((1, 1, 1, 1), 10), "b": share}
    assert gradients(network, [[[5]]], outputs=both).inputs["input"].item() == 14


def test_layers_that_no_output_needs_have_zeros() -> None:
    text = "[{conv: {out: 2, k: 1}, name: idle}, {relu: {}, name: y, from: input}]"
    network = convcalc.loads(f"{HEAD}input: [1, 1, 2]\nlayers: {text}\noutputs: [y]")
    found = gradients(network)
    assert found.weights["idle.weight"].tolist() == [[[[0]]], [[[0]]]]
    assert list(found.weights) == ["idle.weight", "idle.bias"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(BRANCHES, id="branches"),
        pytest.param(RECURRENT, id="recurrent"),
        pytest.param(ATTENDING, id="attending"),
    ],
)
def test_every_gradient_of_a_network_follows_small_steps(text: str) -> None:
    network = convcalc.loads(text)
    graph = network.graph()
    rng = np.random.default_rng(4)
    inputs = {name: rng.standard_normal((2, *shape)) for name, shape in graph.inputs.items()}
    weights: dict[str, Any] = {}
    for node in graph.layers:
        for name, shape in array_shapes(node, graph).items():
            weights[f"{node.name}.{name}"] = rng.uniform(0.3, 1, shape)
    run_it: Any = {"dtype": "float64", "batch_statistics": True}
    found = gradients(network, inputs, weights=weights, **run_it)
    assert set(found.inputs) == {"left", "right"}
    learnt = {name for name in weights if "running" not in name}
    assert set(found.weights) == learnt

    def total(values: dict[str, Any]) -> float:
        own = {name: values[name] for name in inputs}
        arrays = {name: values[name] for name in weights}
        return float(sum(y.sum() for y in run(network, own, weights=arrays, **run_it).values()))

    given = inputs | weights
    for name, grad in (found.inputs | found.weights).items():
        assert grad.shape == given[name].shape
        step = rng.standard_normal(grad.shape) * 1e-6
        ahead, behind = (total(given | {name: given[name] + way * step}) for way in (1, -1))
        said = float((grad * step).sum())
        assert said == pytest.approx((ahead - behind) / 2, rel=1e-4, abs=1e-12), name


def test_a_seed_draws_the_same_network_as_a_run() -> None:
    network = net("[{conv: {out: 1, k: 2, bias: false}, name: c}]")
    image = run(network, seed=3, keep=["input"])["input"]
    found = gradients(network, seed=3)
    assert found.weights["c.weight"].ravel().tolist() == image.ravel().tolist()


@each(
    ("outputs", "message", "help"),
    [
        pytest.param(
            {"relu": [1]}, "the network has no output `relu`", "its outputs: `relu_1`", id="name"
        ),
        pytest.param(
            {"relu_1": np.ones((1, 2, 2))},
            "the share of output `relu_1` wants 1x1x2x2, got 1x2x2", "", id="shape",
        ),
        pytest.param(
            {"relu_1": 1}, "the share of output `relu_1` wants 1x1x2x2, got a single number", "",
            id="number",
        ),
    ],
)  # fmt: skip
def test_shares_that_do_not_fit(outputs: dict[str, Any], message: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        gradients(net("[relu]"), outputs=outputs)
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)


def test_everything_kept_must_fit_the_memory() -> None:
    with pytest.raises(StackError) as caught:
        gradients(net("[relu, relu]", "[64, 200, 200]"), max_memory=80_000_000)
    assert caught.value.problems[0].slug == "needs-memory"


def test_the_slope_of_a_gelu() -> None:
    """Of x times the share below x: that share, and x times the density."""
    network = convcalc.loads("convcalc: 1\ninput: [3]\nlayers: [gelu]\n")
    found = convcalc.gradients(network, np.array([0.0, 1.0, -1.0])).inputs["input"]
    # The normal distribution has 0.8413447461 below 1, and there a density of 0.2419707245.
    wanted = [0.5, 0.8413447461 + 0.2419707245, 0.1586552539 - 0.2419707245]
    assert found.ravel() == pytest.approx(wanted, abs=1e-6)
