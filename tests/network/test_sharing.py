"""Weights that several layers use: one set, counted once, wherever it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each

Run = Callable[..., Any]
SIAMESE = """
convcalc: 1
name: Siamese
input: {left: [3, 64, 64], right: [3, 64, 64]}
blocks:
  tower:
    layers:
      - {conv: {out: 16, k: 3, s: 2, p: 1}, repeat: 3}
      - batch_norm
      - global_avg_pool
layers:
  - {tower: {}, from: left, name: a}
  - {tower: {}, from: right, name: b, weights: a}
  - {sub: [a, b], name: difference}
  - {linear: 1, name: score}
"""
# 3 and twice 16 channels in, 3x3, 16 out with biases; scale and shift of 16; 16 and a bias.
TOWER = 16 * 27 + 16 + 2 * (16 * 144 + 16) + 32
ALONE = SIAMESE.replace(", weights: a", "")
TOWER_MACS = 16 * 27 * 32 * 32 + 16 * 144 * 16 * 16 + 16 * 144 * 8 * 8


def planned(layers: str, shape: str = "[4, 8, 8]") -> convcalc.Plan:
    text = f"convcalc: 1\ninput: {shape}\nlayers:\n{layers}"
    return convcalc.plan(convcalc.loads(text))


def test_a_tower_on_two_inputs_has_its_parameters_once_and_its_macs_twice() -> None:
    totals = convcalc.plan(convcalc.loads(SIAMESE)).totals
    assert (totals.params, totals.buffers) == (TOWER + 17, 32)
    assert totals.macs == 2 * TOWER_MACS + 16
    assert totals.memory.params == totals.memory.gradients == 4 * (TOWER + 17)


def test_equal_towers_that_do_not_share_are_told_nothing_false() -> None:
    plan = convcalc.plan(convcalc.loads(ALONE))
    assert plan.totals.params == 2 * TOWER + 17
    assert not any(row.weights for row in plan)


def test_what_training_keeps_is_the_same() -> None:
    once, twice = (convcalc.plan(convcalc.loads(text)).totals.memory for text in (SIAMESE, ALONE))
    assert once.kept == twice.kept


def test_each_row_says_whose_arrays_it_uses() -> None:
    plan = convcalc.plan(convcalc.loads(SIAMESE))
    assert {row.name: row.weights for row in plan if row.weights} == {
        "b.conv_1.0": "a.conv_1.0",
        "b.conv_1.1": "a.conv_1.1",
        "b.conv_1.2": "a.conv_1.2",
        "b.batch_norm_1": "a.batch_norm_1",
    }
    assert plan["b.conv_1.0"].to_dict()["weights"] == "a.conv_1.0"
    assert "weights" not in plan["a.conv_1.0"].to_dict()


@each(
    ("layers", "owners"),
    [
        pytest.param(
            "  - {conv: {out: 4, k: 3, p: 1}, name: a, repeat: 2}\n"
            "  - {conv: {out: 4, k: 3, p: 2, d: 2}, name: b, repeat: 2, weights: a}\n",
            {"b.0": "a.0", "b.1": "a.1"},
            id="two series in step, the dilation another",
        ),
        pytest.param(
            "  - {conv: {out: 4, k: 3, p: 1}, name: a}\n"
            "  - {conv: {out: 4, k: 3, p: 1}, name: b, repeat: 2, weights: a}\n",
            {"b.0": "a", "b.1": "a"},
            id="one for a series",
        ),
        pytest.param(
            "  - {conv: {out: 4, k: 3, p: 1}, name: a, repeat: 2}\n"
            "  - {conv: {out: 4, k: 3, p: 1}, name: b, weights: a}\n",
            {"b": "a.1"},
            id="a series' name is that of its last",
        ),
        pytest.param(
            "  - {conv: {out: 4, k: 3, p: 1}, name: a, repeat: 4}\n"
            "  - {conv: {out: 4, k: 3, p: 1}, name: b, weights: a.1}\n"
            "  - {conv: {out: 4, k: 3, p: 1}, name: c, weights: a.2}\n",
            {"b": "a.1", "c": "a.2"},
            id="one of a series each",
        ),
        pytest.param(
            "  - {conv: {out: 4, k: 3, p: 1}, name: a}\n"
            "  - {conv: {out: 4, k: 3, p: 1}, name: b, weights: a}\n"
            "  - {conv: {out: 4, k: 3, p: 1}, name: c, weights: b}\n",
            {"b": "a", "c": "a"},
            id="those of one that has them from another",
        ),
        pytest.param(
            "  - {conv: {out: 4, k: 1}, name: a}\n"
            "  - {conv: {out: 4, k: 1}, name: b, weights: a, if: =cin>9}\n",
            {},
            id="a layer that is left out uses nothing",
        ),
        pytest.param(
            "  - {opaque: {output: [~, ~, ~], params: 7}, name: a}\n"
            "  - {opaque: {output: [~, ~, ~], params: 7}, name: b, weights: a}\n",
            {"b": "a"},
            id="declared ones",
        ),
    ],
)
def test_who_shares_with_whom(layers: str, owners: dict[str, str]) -> None:
    plan = planned(layers)
    assert {row.name: row.weights for row in plan if row.weights} == owners
    assert all(row.params == row.buffers == 0 for row in plan if row.weights)


@each(("params", "others"), [(7, 9), (9, 7)])
def test_declared_parameters_are_shared_where_they_are_as_many(params: int, others: int) -> None:
    layers = f"  - {{opaque: {{output: [~, ~, ~], params: {params}}}, name: a}}\n"
    layers += f"  - {{opaque: {{output: [~, ~, ~], params: {others}}}, name: b, weights: a}}\n"
    with pytest.raises(StackError) as caught:
        planned(layers)
    assert caught.value.problems[0].note == "`b` and `a` declare other parameters"


def test_a_block_is_given_the_layer_whose_weights_it_uses() -> None:
    text = """
convcalc: 1
input: [4, 8, 8]
blocks:
  again: {args: [of], layers: [relu, {conv: {out: 4, k: 1}, weights: =of}]}
layers:
  - {conv: {out: 4, k: 1}, name: first}
  - {again: {of: first}, repeat: 3}
"""
    plan = convcalc.plan(convcalc.loads(text))
    assert plan.totals.params == 4 * 4 + 4
    assert [row.weights for row in plan if row.kind == "conv"] == ["", *("first",) * 3]


def test_one_head_on_three_levels() -> None:
    # A head of 3x3 convolutions, 4 to 4 to 2 channels, on maps of 8, 4 and 2.
    text = """
convcalc: 1
input: [4, 8, 8]
blocks:
  head: {layers: [{conv: {out: 4, k: 3, p: 1}}, relu, {conv: {out: 2, k: 3, p: 1}}]}
layers:
  - {identity: {}, name: p3}
  - {max_pool: 2, name: p4}
  - {max_pool: 2, name: p5}
  - {head: {}, from: p3, name: h3}
  - {head: {}, from: p4, name: h4, weights: h3}
  - {head: {}, from: p5, name: h5, weights: h3}
outputs: [h3, h4, h5]
"""
    totals = convcalc.plan(convcalc.loads(text)).totals
    assert totals.params == (4 * 4 * 9 + 4) + (4 * 2 * 9 + 2)
    assert totals.macs == (4 * 4 * 9 + 4 * 2 * 9) * (64 + 16 + 4)


def test_a_word_table_is_tied_to_the_layer_that_scores_words() -> None:
    layers = "  - {embedding: {num: 50, dim: 8}, name: words}\n"
    layers += "  - {linear: {out: 50, bias: false, over: channels}, weights: words}\n"
    plan = planned(layers, "[1, 6]")
    assert plan.totals.params == 50 * 8
    table = np.arange(400.0).reshape(50, 8) / 400
    tokens = np.array([[[3, 1, 4, 1, 5, 9]]])
    text = f"convcalc: 1\ninput: [1, 6]\nlayers:\n{layers}"
    (scores,) = convcalc.run(
        convcalc.loads(text), tokens, weights={"words.weight": table}, dtype="float64"
    ).values()
    assert np.allclose(scores[0], table @ table[tokens[0, 0]].T, rtol=1e-12)


@pytest.mark.parametrize(
    ("code", "params"),
    [
        pytest.param("bias: false", 2 * 4, id="one kernel"),
        pytest.param("bias: true", 2 * 4 + 2, id="the bias is the owner's alone"),
    ],
)
def test_an_autoencoder_decodes_with_the_kernel_that_encoded(code: str, params: int) -> None:
    layers = f"  - {{conv: {{out: 2, k: 2, s: 2, {code}}}, name: code}}\n"
    layers += "  - {conv_transpose: {out: 1, k: 2, s: 2, bias: false}, weights: code}\n"
    network = convcalc.loads(f"convcalc: 1\ninput: [1, 2, 4]\nlayers:\n{layers}")
    assert convcalc.plan(network).totals.params == params
    # Blocks of 2x2 as rows, times the kernel as a matrix M: M'(Mx + b).
    kernel = np.arange(1.0, 9.0).reshape(2, 4)
    bias = np.array([3.0, -2.0]) * (params > 8)
    given = {"code.weight": kernel.reshape(2, 1, 2, 2)} | ({"code.bias": bias} if any(bias) else {})
    x = np.array([[1.0, -2, 0, 3], [2, 1, -1, 1]])
    blocks = np.stack([x[:, :2].ravel(), x[:, 2:].ravel()])
    codes = blocks @ kernel.T + bias
    wanted = np.hstack([row.reshape(2, 2) for row in codes @ kernel])[None, None]
    (y,) = convcalc.run(network, x[None], weights=given).values()
    (prepared,) = convcalc.prepare(network, weights=given).run(x[None]).values()
    assert y.tolist() == prepared.tolist() == wanted.tolist()
    # Of the sum of what comes out: the kernel is met on either way.
    found = convcalc.gradients(network, x[None], weights=given).weights["code.weight"]
    both = codes.sum(axis=0)[:, None] + kernel.sum(axis=1)[:, None] * blocks.sum(axis=0)
    assert found.reshape(2, 4).tolist() == both.tolist()
    assert convcalc.verify(network).is_clean


def test_runs_take_one_set_of_weights_and_gradients_are_summed() -> None:
    layers = "[{conv: {out: 1, k: 1, bias: false}, name: a}, "
    layers += "{conv: {out: 1, k: 1, bias: false}, name: b, weights: a}]"
    network = convcalc.loads(f"convcalc: 1\ninput: [1, 1, 2]\nlayers: {layers}")
    given = {"a.weight": [[[[3.0]]]]}
    x = [[[1.0, 2.0]]]
    (y,) = convcalc.run(network, x, weights=given).values()
    # w * w * x, whose derivative is 2 * w * x, summed over x.
    assert y.ravel().tolist() == [9, 18]
    found = convcalc.gradients(network, x, weights=given)
    assert {name: grad.item() for name, grad in found.weights.items()} == {"a.weight": 2 * 3 * 3}
    session = convcalc.prepare(network, weights=given)
    assert next(iter(session.run(x).values())).ravel().tolist() == [9, 18]


def test_drawn_weights_are_shared_too() -> None:
    network = convcalc.loads(SIAMESE)
    rng = np.random.default_rng(3)
    x, z = (rng.standard_normal((1, 3, 64, 64)) for _ in range(2))
    same = convcalc.run(network, {"left": x, "right": x}, keep=["difference"])
    assert not same["difference"].any()
    other = convcalc.run(network, {"left": x, "right": z}, keep=["difference"])
    assert other["difference"].any()
    session = convcalc.prepare(network, seed=0)
    assert np.allclose(session.run({"left": x, "right": z})["score"], other["score"], rtol=1e-5)


def test_an_array_of_its_own_is_refused_with_the_name_of_the_one_it_uses() -> None:
    network = convcalc.loads(SIAMESE)
    with pytest.raises(StackError) as caught:
        convcalc.run(network, weights={"b.conv_1.0.weight": np.ones((16, 3, 3, 3))})
    problem = next(one for one in caught.value.problems if one.slug == "unknown-array")
    assert problem.help == "`b.conv_1.0` uses those of another layer: give `a.conv_1.0.weight`"


def test_verify_finds_the_layers_as_they_are_planned() -> None:
    report = convcalc.verify(convcalc.loads(SIAMESE))
    assert report.is_clean
    assert report["b.conv_1.0"]["params"].measured == "448"


def test_a_folded_block_has_no_params_of_its_own_and_shared_buffers_are_not_told(run: Run) -> None:
    out = run("plan", "-", "--depth", "0", stdin=SIAMESE).out
    assert re.search(r"b +tower +right +16 +shared", out)
    assert f"`b` with `a`: {TOWER:,} params, counted once" in out
    mask = "  - {constant: {shape: [4, 8, 8]}, name: m}\n"
    twice = mask + mask.replace("name: m", "name: n, weights: m") + "  - add: [m, n]\n"
    text = f"convcalc: 1\ninput: [4, 8, 8]\nlayers:\n{twice}"
    assert "counted once" not in run("plan", "-", stdin=text).out


def test_a_difference_says_that_weights_are_shared_now() -> None:
    found = convcalc.diff(convcalc.loads(ALONE), convcalc.loads(SIAMESE))
    assert found.totals["params"].delta == -TOWER
    changed = {
        layer.name: field.after
        for layer in found.difference.changes
        for field in layer.fields
        if field.name == "weights"
    }
    assert changed["b.conv_1.0"] == "a.conv_1.0"
    assert len(changed) == 4
