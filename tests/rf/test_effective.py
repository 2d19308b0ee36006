"""The effective field against uniform weights pushed through by hand."""

from __future__ import annotations

import json
from math import sqrt
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.features.rf import field_report
from tests.each import each


def deviation(weights: dict[int, float]) -> float:
    """Standard deviation of where the weight lies."""
    pixels = np.array(list(weights))
    share = np.array(list(weights.values())) / sum(weights.values())
    mean = float((share * pixels).sum())
    return sqrt(float((share * (pixels - mean) ** 2).sum()))


def spread(weights: dict[int, float], taps: list[int], stride: int = 1) -> dict[int, float]:
    """The weights of a layer's units shared equally among what they read."""
    new: dict[int, float] = {}
    for unit, weight in weights.items():
        for tap in taps:
            at = unit * stride + tap
            new[at] = new.get(at, 0.0) + weight / len(taps)
    return new


def mixed(*parts: tuple[float, dict[int, float]]) -> dict[int, float]:
    new: dict[int, float] = {}
    for share, weights in parts:
        for at, weight in weights.items():
            new[at] = new.get(at, 0.0) + share * weight
    return new


UNIT = {0: 1.0}
CONV = {"conv": {"out": 2, "k": 3, "p": 1}}
CASES: list[Any] = [
    pytest.param([CONV] * 5, spread(spread(spread(spread(spread(
        UNIT, [-1, 0, 1]), [-1, 0, 1]), [-1, 0, 1]), [-1, 0, 1]), [-1, 0, 1]),
        id="five 3x3: variance 10/3"),
    pytest.param([{"conv": {"out": 2, "k": 3, "s": 2, "p": 1}},
                  {"conv": {"out": 2, "k": 2, "d": 3}}],
                 spread(spread(UNIT, [0, 3]), [-1, 0, 1], 2), id="stride and dilation"),
    pytest.param([{**CONV, "name": "a"}, {**CONV, "name": "b"}, {"add": ["a", "b"]}],
                 mixed((0.5, spread(UNIT, [-1, 0, 1])),
                       (0.5, spread(spread(UNIT, [-1, 0, 1]), [-1, 0, 1]))),
                 id="a shortcut takes half"),
    pytest.param([{"conv": {"out": 6, "k": 1}, "name": "a"},
                  {"conv": {"out": 2, "k": 5, "p": 2}, "name": "b"}, {"concat": ["a", "b"]}],
                 mixed((0.75, UNIT), (0.25, spread(UNIT, [-2, -1, 0, 1, 2]))),
                 id="a concat shares by channels"),
    pytest.param([{"conv": {"out": 2, "k": 2, "p": "causal"}, "name": "a"},
                  {"add": ["a", "input"]}],
                 mixed((0.5, UNIT), (0.5, spread(UNIT, [-1, 0]))),
                 id="shifted paths: means differ too"),
]  # fmt: skip


@each(("layers", "weights"), CASES)
def test_equal_to_weights_pushed_back(
    layers: list[dict[str, Any]], weights: dict[int, float]
) -> None:
    data = {"convcalc": 1, "input": [2, 64], "layers": layers}
    field = field_report(convcalc.loads(json.dumps(data)).graph()).layers[-1]
    assert list(field.deviations or ()) == pytest.approx([deviation(weights)])


def test_phases_of_a_transposed_layer() -> None:
    """k 3, s 2: an even unit reads one input, an odd one two; behind it a 1x3 averages them."""
    text = """
convcalc: 1
input: [2, 33]
layers:
  - conv_transpose: {out: 2, k: 3, s: 2, p: 1}
  - conv: {out: 2, k: 3, p: 1}
"""
    field = field_report(convcalc.loads(text).graph()).layers[-1]
    # The centre is unit 32: units 31 (pixels 15, 16), 32 (16) and 33 (16, 17), a third each.
    weights = {15: 1 / 6, 16: 1 / 6 + 1 / 3 + 1 / 6, 17: 1 / 6}
    assert field.output == (2, 65)
    assert list(field.deviations or ()) == pytest.approx([deviation(weights)])


@each(("count", "size"), [(5, 7.3), (20, 14.6), (80, 29.2)])
def test_grows_with_the_root_of_the_depth(count: int, size: float) -> None:
    """4 sqrt(n 8/12): a quarter of the layers has half of the width."""
    layers = [{"conv": {"out": 1, "k": 3}}] * count
    graph = convcalc.loads(
        json.dumps({"convcalc": 1, "input": [1, 200, 200], "layers": layers})
    ).graph()
    field = field_report(graph).layers[-1]
    assert field.sizes == (2 * count + 1,) * 2
    assert field.effective is not None
    assert [round(one, 1) for one in field.effective] == [size, size]


def test_is_never_more_than_the_field() -> None:
    """One kernel of 7 is no Gaussian: four deviations are 8 pixels, the field has 7."""
    graph = convcalc.loads("convcalc: 1\ninput: [1, 9]\nlayers: [conv: {out: 1, k: 7}]").graph()
    field = field_report(graph).layers[0]
    assert field.deviations == (2.0,)
    assert field.effective == (7.0,)
