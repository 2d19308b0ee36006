"""The dense matrix that a convolution is: its size, its zeros, its shared weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.convert.dense import dense_matrix
from tests.each import each

Run = Callable[..., Any]


def matrix_by_hand(size: int, k: int, s: int, p: int, d: int) -> tuple[int, int]:
    """(outputs, nonzero entries) of a convolution on one axis, by its taps."""
    outputs = (size + 2 * p - d * (k - 1) - 1) // s + 1
    hits = sum(0 <= u * s - p + tap * d < size for u in range(outputs) for tap in range(k))
    return outputs, hits


@each(
    ("size", "k", "s", "p", "d"),
    [(5, 3, 1, 0, 1), (6, 3, 2, 1, 1), (9, 3, 1, 2, 2), (4, 5, 3, 4, 1)],
)
def test_the_dense_matrix_of_a_convolution(size: int, k: int, s: int, p: int, d: int) -> None:
    fields = f"k: {k}, s: {s}, p: {p}, d: {d}"
    network = convcalc.loads(
        f"convcalc: 1\ninput: [4, {size}, {size}]\nlayers:\n  - conv: {{out: 6, g: 2, {fields}}}"
    )
    outputs, hits = matrix_by_hand(size, k, s, p, d)
    found = dense_matrix(network, "conv_1")
    assert (found.columns, found.rows) == (4 * size * size, 6 * outputs * outputs)
    # 6 * 2 pairs of channels, the hits of both axes for each.
    assert (found.weights, found.nonzero) == (12 * k * k, 12 * hits * hits)
    assert found.dense == found.columns * found.rows


def test_a_transposed_layer_has_the_transpose() -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: [3, 4]\nlayers:\n  - conv_transpose: {out: 2, k: 3, s: 2, p: 1, a: 1}"
    )
    found = dense_matrix(network, "conv_transpose_1")
    outputs, hits = matrix_by_hand(8, 3, 2, 1, 1)
    assert outputs == 4
    assert (found.rows, found.columns, found.nonzero) == (2 * 8, 3 * 4, 6 * hits)


def test_the_guide_draws_9_by_25(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "net.net.yaml"
    file.write_text("convcalc: 1\ninput: [1, 5, 5]\nlayers: [conv: {out: 1, k: 3}]\n")
    result = ask(f"convert {file} --conv-to-dense conv_1")
    assert result.out == (
        "conv_1: a 9 by 25 matrix made of 9 weights\n\n"
        "  input    1x5x5, m = 25\n"
        "  output   1x3x3, n = 9\n"
        "  dense    m·n = 225 weights, 900 B as float32\n"
        "  sparse   k·n = 81 products, k = 9 for each output, zeros of the padding among them\n"
        "  nonzero  81 entries, 36.0 %\n"
        "  zero     144 entries, 64.0 %\n"
        "  shared   9 weights, each in exactly 9 entries\n"
    )


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("relu_1", "layer `relu_1` is a `relu`: it multiplies by no learnt matrix"),
        ("conv_2", "there is no layer `conv_2`"),
    ],
)
def test_layers_without_a_matrix(layer: str, message: str) -> None:
    network = convcalc.loads("convcalc: 1\ninput: [1, 5, 5]\nlayers: [conv: {out: 1, k: 3}, relu]")
    with pytest.raises(StackError) as refused:
        dense_matrix(network, layer)
    assert refused.value.problems[0].message == message


def test_a_dense_layer_of_the_channels_has_its_weights_at_each_position() -> None:
    """3 times 4 weights at 5 x 6 positions, of which each reads 4 numbers."""
    network = convcalc.loads(
        "convcalc: 1\ninput: [4, 5, 6]\nlayers: [linear: {out: 3, over: channels}]"
    )
    found = dense_matrix(network, "linear_1")
    assert (found.columns, found.rows, found.weights) == (120, 90, 12)
    assert (found.nonzero, found.taps) == (360, 4)


@each("mode", ["reflect", "replicate", "circular"])
def test_a_border_of_the_map_itself_has_no_matrix_of_weights(mode: str) -> None:
    layer = f"conv: {{out: 2, k: 3, p: 1, padding_mode: {mode}}}"
    with pytest.raises(StackError) as caught:
        dense_matrix(convcalc.loads(f"convcalc: 1\ninput: [2, 6]\nlayers: [{layer}]"), "conv_1")
    (problem,) = caught.value.problems
    assert problem.message == f"layer `conv_1` pads by `{mode}`, so that weights add up"
    assert problem.help == "only padding with zeros leaves each entry one weight"
