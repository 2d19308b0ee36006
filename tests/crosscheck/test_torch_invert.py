"""Inversion against PyTorch: `output_size`, autograd, and the code that `--torch` writes."""

from __future__ import annotations

import random
from itertools import product
from pathlib import Path

import pytest

import convcalc
from convcalc.features.invert.code import code
from convcalc.features.invert.decoder import decoder
from convcalc.features.invert.inverse_axis import axis_inverse
from convcalc.features.invert.layer import invert_layer
from convcalc.features.shape.answer import shape
from convcalc.shorthand.axis import Axis

torch = pytest.importorskip("torch", reason="the inverse is compared with PyTorch's own")

from torch import nn  # noqa: E402 - only where torch is installed

pytestmark = pytest.mark.crosscheck

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"


def _layers(text: str) -> nn.Sequential:
    return nn.Sequential(*(eval(line, {"nn": nn}) for line in text.split("\n")))


def test_output_size_allows_exactly_the_siblings() -> None:
    for i, k, s, p, d in product(range(1, 14), range(1, 5), range(1, 5), range(3), (1, 2)):
        if i + 2 * p < d * (k - 1) + 1:
            continue
        found = axis_inverse(Axis("window", i, k, s, p, p, d))
        layer = nn.ConvTranspose1d(1, 1, k, s, p, dilation=d)
        x = torch.zeros(1, 1, found.forward.output)
        for size, _ in found.siblings:
            assert layer(x, output_size=[size]).shape[-1] == size
        sizes = [size for size, _ in found.siblings]
        for size in (sizes[-1] - s, sizes[0] + s):
            if size > 0:
                with pytest.raises(ValueError, match="requested an output size"):
                    layer(x, output_size=[size])


def test_the_transposed_layer_is_the_gradient() -> None:
    generator = random.Random(7)
    for _ in range(300):
        k, s, p, d = (generator.randint(*bounds) for bounds in ((1, 5), (1, 4), (0, 4), (1, 3)))
        i = generator.randint(max(1, d * (k - 1) + 1 - 2 * p), 24)
        found = axis_inverse(Axis("window", i, k, s, p, p, d))
        conv = nn.Conv1d(2, 3, k, s, p, d, bias=False).double()
        back = nn.ConvTranspose1d(3, 2, k, s, p, found.extra, bias=False, dilation=d).double()
        back.weight = conv.weight
        x = torch.randn(1, 2, i, dtype=torch.double, requires_grad=True)
        y = conv(x)
        g = torch.randn_like(y)
        (gradient,) = torch.autograd.grad(y, x, g)
        torch.testing.assert_close(back(g), gradient)


QUESTIONS = [
    "3x32x32 conv 64 k3 s2 p1",
    "3x32x32 conv 64 k3 s2 p0:1",
    "3x31x32 conv 8 k5x3 s3x2 same_upper",
    "3x31x32 conv 8 k5x3 s3x2 same_lower",
    "4@33 conv 8 k3 d2 causal g2",
    "2x9x8x7 conv 4 k3x2x1 s2x1x3 nobias",
    "8x16x16 conv 16 k3 s2 p1 dw",
    "8x16x16 conv 4 k1 s3 p2",
    "8x16x16 conv_transpose 4 k3 s2 p1 a1",
    "8@5 conv_transpose 4 k2 s1 d3 a2",
    "3@29x28 max_pool 2",
    "3@28x28 avg_pool k3 s2 p1",
    "3@8x8 max_pool k3 s2 ceil",
    "3@16x16 upsample 2",
    "3@16x16 upsample 1.5",
    "16x8x8 pixel_shuffle 2",
    "16x5x5 flatten",
    "400 linear 120 nobias",
    "3@8x8 pad 1:2",
    "3@8x8 crop 1:2x0:1",
    "64x7x7 global_avg_pool",
    "3@12x14 adaptive_avg_pool 7",
    "12@8 channel_shuffle 3",
    "8x4x4 batch_norm",
    "8x4x4 group_norm 2",
    "8x4x4 prelu parameters=channels",
]


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_code_runs_and_restores_the_shape(question: str) -> None:
    (step,) = shape(question.split()).steps
    inverse = invert_layer(step.layer, (step.x,), step.output, step.axes or None)
    layers = _layers(code(list(inverse.entries), step.output, "torch"))
    out = layers(torch.zeros(2, *step.output))
    assert tuple(out.shape[1:]) == step.x


def test_unequal_padding_repaired_by_a_crop_is_the_gradient() -> None:
    for question in ("3@31 conv 8 k4 s3 p0:2", "3@30 conv 8 k5 s2 p3:1", "3@32 conv 8 k3 s2 p0:1"):
        (step,) = shape([*question.split(), "nobias"]).steps
        (axis,) = step.axes
        inverse = invert_layer(step.layer, (step.x,), step.output, step.axes)
        layers = _layers(code(list(inverse.entries), step.output, "torch")).double()
        conv = nn.Conv1d(3, 8, axis.kernel, axis.stride, bias=False).double()
        layers[0].weight = conv.weight
        x = torch.randn(1, *step.x, dtype=torch.double, requires_grad=True)
        y = conv(nn.functional.pad(x, (axis.before, axis.after)))
        g = torch.randn_like(y)
        (gradient,) = torch.autograd.grad(y, x, g)
        torch.testing.assert_close(layers(g), gradient)


@pytest.mark.parametrize("name", ["lenet5", "dcgan_generator", "id_cnn"])
def test_a_whole_decoder_runs(name: str) -> None:
    plan = convcalc.plan(convcalc.load(CONFIGS / f"{name}.net.yaml"))
    mirror = decoder(plan)
    layers = _layers(code([entry for entry, _ in mirror.layers], mirror.input, "torch"))
    out = layers(torch.zeros(2, *mirror.input))
    assert tuple(out.shape[1:]) == mirror.output
