"""Sizes from another layer: `like`, in a resize, a pool and a crop."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from tests.each import each


def planned(layers: str, shape: str, **options: Any) -> convcalc.Plan:
    return convcalc.plan(
        convcalc.loads(f"convcalc: 1\ninput: {shape}\nlayers:\n{layers}"), **options
    )


PYRAMID = """
  - {conv: {out: 8, k: 3, s: 8, p: 1}, name: c3}
  - {conv: {out: 8, k: 3, s: 2, p: 1}, name: c4}
  - {upsample: {like: c3}, name: up}
  - add: [up, c3]
"""


@each(
    ("size", "fine", "coarse"),
    [
        # (i + 2 - 3) // s + 1, with strides of 8 and then 2.
        pytest.param((800, 1333), (100, 167), (50, 84), id="as a detector is trained"),
        pytest.param((64, 64), (8, 8), (4, 4), id="powers of two"),
        pytest.param((9, 1), (2, 1), (1, 1), id="nearly nothing"),
    ],
)
def test_a_pyramid_of_any_size(
    size: tuple[int, int], fine: tuple[int, int], coarse: tuple[int, int]
) -> None:
    plan = planned(PYRAMID, "[3, 800, 1333]", input=(3, *size))
    assert plan["c4"].output == (8, *coarse)
    assert plan["up"].output == plan["add_1"].output == (8, *fine)
    assert plan["up"].fields["output_size"] == list(fine)


def test_the_sizes_of_a_pyramid_are_all_of_them() -> None:
    network = convcalc.loads(f"convcalc: 1\ninput: [3, 64, 64]\nlayers:{PYRAMID}")
    found = convcalc.sizes(network, range=(1, 40)).to_dict()
    assert [axis["criteria"]["legal"]["count"] for axis in found["axes"]] == [40, 40]


@each(
    ("layer", "size", "padding"),
    [
        # 544 - 500 - 19 and 448 - 375 - 19 are left behind.
        pytest.param("{like: image, offset: 19}", (500, 375), [[19, 25], [19, 54]], id="FCN"),
        pytest.param("{like: image, offset: [0, 1]}", (500, 375), [[0, 44], [1, 72]], id="an axis"),
        pytest.param("{like: image}", (500, 375), [[22, 22], [36, 37]], id="centrally"),
    ],
)
def test_what_a_crop_cuts(layer: str, size: tuple[int, int], padding: list[list[int]]) -> None:
    shapes = "{map: [21, 544, 448], image: [3, 500, 375]}"
    plan = planned(f"  - {{crop: {layer}, from: map}}\n", shapes)
    assert plan.rows[0].output == (21, *size)
    assert plan.rows[0].fields["padding"] == padding


def test_a_crop_takes_the_pixels_behind_its_offset() -> None:
    layers = "  - {max_pool: 2, name: half}\n  - {crop: {like: half, offset: 1}, from: input}\n"
    network = convcalc.loads(f"convcalc: 1\ninput: [1, 4, 4]\nlayers:\n{layers}")
    x = np.arange(16.0).reshape(1, 4, 4)
    (y,) = convcalc.run(network, x).values()
    assert y[0, 0].tolist() == [[5, 6], [9, 10]]


@pytest.mark.parametrize("kind", ["adaptive_avg_pool", "adaptive_max_pool"])
def test_a_pool_to_the_size_of_another_map(kind: str) -> None:
    layers = "  - {conv: {out: 2, k: 3, s: 3}, name: small}\n"
    layers += f"  - {{{kind}: {{like: small}}, from: input}}\n"
    plan = planned(layers, "[1, 11, 14]")
    assert plan.rows[1].output == (1, 3, 4)
    assert plan.rows[1].fields == {"output_size": [3, 4]}


def test_a_block_is_given_the_layer() -> None:
    text = """
convcalc: 1
input: [4, 13, 9]
blocks:
  up: {args: [to], layers: [{upsample: {like: =to, mode: bilinear}}, {add: [prev, =to]}]}
layers:
  - {max_pool: 2, name: p2}
  - {max_pool: 2, name: p3}
  - {up: {}, each: {to: [p2, input]}}
"""
    plan = convcalc.plan(convcalc.loads(text))
    assert [row.output for row in plan][-4:] == [(4, 6, 4)] * 2 + [(4, 13, 9)] * 2


def test_a_series_has_a_layer_each() -> None:
    layers = "  - {max_pool: 2, repeat: 2, name: p}\n"
    layers += "  - {upsample: {}, each: {like: [p.0, input]}, name: u}\n"
    plan = planned(layers, "[4, 13, 9]")
    assert [row.output[1:] for row in plan][-2:] == [(6, 4), (13, 9)]


def test_an_argument_that_only_like_uses_is_used() -> None:
    text = "convcalc: 1\ninput: [4, 8, 8]\nblocks: {up: {args: [to], layers: "
    text += "[{upsample: {like: =to}}]}}\nlayers: [{max_pool: 2}, {up: {to: input}}]\n"
    found = convcalc.check(convcalc.loads(text))
    assert "unused-block-argument" not in {problem.slug for problem in found.problems}
