"""Limits and roundings that PyTorch has, found by comparing random layers with it."""

from __future__ import annotations

import pytest

from convcalc import StackError, loads
from convcalc.core.shapes import Shape
from convcalc.planning import plan
from tests.each import each


def output_of(shape: str, layer: str) -> Shape:
    (row,) = plan(loads(f"{{convcalc: 1, input: {shape}, layers: [{layer}]}}")).rows
    return row.output


@each(
    ("shape", "layer", "output"),
    [
        # ceil((2 - 3) / 2) + 1 = 1: the window starts inside the input and is partly filled.
        pytest.param("[1, 2]", "{max_pool: {k: 3, s: 2, ceil_mode: true}}", (1, 1), id="one short"),
        pytest.param("[1, 1]", "{avg_pool: {k: 3, ceil_mode: true}}", (1, 1), id="two short of 3"),
        # 45 * 1.4 is 62.99999999999999 in double precision.
        pytest.param("[1, 45]", "{upsample: 1.4}", (1, 62), id="just below a whole number"),
        pytest.param("[1, 100]", "{upsample: 0.29}", (1, 28), id="28.999999999999996"),
        pytest.param("[1, 40]", "{upsample: 1.4}", (1, 56), id="a whole number"),
    ],
)
def test_sizes_round_as_in_pytorch(shape: str, layer: str, output: Shape) -> None:
    assert output_of(shape, layer) == output


@each(
    ("shape", "layer", "slug", "note"),
    [
        pytest.param(
            "[1, 1]",
            "{max_pool: {k: 3, s: 2, ceil_mode: true}}",
            "kernel-exceeds-input",
            "kernel 3, but the padded input has only 1",
            id="a whole stride short in spite of ceil_mode",
        ),
        pytest.param(
            "[8, 1, 1]",
            "instance_norm",
            "size-out-of-range",
            "instance_norm takes its mean over the map, but 8x1x1 has one position: every input "
            "would give the same result",
            id="a map that is its own mean",
        ),
        pytest.param(
            "[8]",
            "{local_response_norm: 5}",
            "wrong-rank",
            "local_response_norm works on spatial axes, but its input 8 has none",
            id="local response norm of a vector",
        ),
        pytest.param(
            "[8]",
            "{channel_shuffle: 2}",
            "wrong-rank",
            "channel_shuffle works on spatial axes, but its input 8 has none",
            id="channel shuffle of a vector",
        ),
    ],
)
def test_what_pytorch_refuses_is_refused(shape: str, layer: str, slug: str, note: str) -> None:
    with pytest.raises(StackError) as caught:
        output_of(shape, layer)
    (problem,) = caught.value.problems
    assert (problem.slug, problem.note) == (slug, note)


@pytest.mark.parametrize(
    ("shape", "layer", "output"),
    [
        pytest.param("[1, 9, 9]", "{max_pool: {k: 3, s: 1, d: 2, p: same}}", (1, 9, 9), id="same"),
        # ONNX: ceil(9 / 2); spans 3 and 4, so 1 + 1 and 2 + 1 pixels.
        pytest.param(
            "[1, 9, 9]",
            "{max_pool: {k: 2, s: 2, d: [2, 3], p: same_lower}}",
            (1, 5, 5),
            id="same_lower",
        ),
    ],
)
def test_words_of_others_have_no_limit_of_pytorch(shape: str, layer: str, output: Shape) -> None:
    (row,) = plan(loads(f"{{convcalc: 1, input: {shape}, layers: [{layer}]}}")).rows
    assert row.output == output
    # PyTorch's pool would refuse the numbers, and so would ours.
    assert row.fields["padding"] == row.node.layer.padding_word()
    assert row.node.layer.torch((1, 9, 9)) is None
