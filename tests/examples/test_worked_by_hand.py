"""Figures that nobody publishes, worked out layer by layer on plain numbers.

Each row is `times` equal layers: weights, other learnt numbers (biases, scales and shifts of a
norm), and the positions at which the weights are applied. Parameters are weights + others,
multiplies are weights x positions; a transposed convolution applies its weights at its input.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

from tests.each import each


class Layers(NamedTuple):
    weights: int
    others: int
    positions: int
    times: int = 1


def pair(cin: int, c: int, size: int) -> list[Layers]:
    """Two unpadded 3x3 convolutions of a U-Net, on a map of `size` pixels."""
    first = Layers(9 * cin * c, c, (size - 2) ** 2)
    return [first, Layers(9 * c * c, c, (size - 4) ** 2)]


def lstm(reads: int, hidden: int, steps: int) -> Layers:
    """Four gates of W x + U hidden, each with two biases."""
    return Layers(4 * hidden * (reads + hidden), 8 * hidden, steps)


def shared(cin: int, c: int) -> Layers:
    """A dense layer at each of 1,024 points, with its norm."""
    return Layers(cin * c, 3 * c, 1024)


def dense(cin: int, c: int) -> Layers:
    return Layers(cin * c, 3 * c, 1)


def t_net(k: int) -> list[Layers]:
    """A matrix of k x k for k features of the points; the product with it learns nothing."""
    return [
        *(shared(k, 64), shared(64, 128), shared(128, 1024)),
        *(dense(1024, 512), dense(512, 256)),
        Layers(256 * k * k, k * k, 1),
        Layers(k * k, -k * k, 1024),
    ]


def products(c: int, queries: int, keys: int) -> Layers:
    """Scores and values of all heads, which learn nothing."""
    return Layers(2 * c * keys, -2 * c * keys, queries)


def whisper(c: int, tokens: int) -> list[Layers]:
    """Norm, projections of which one has no bias, norm, two dense layers."""
    return [
        Layers(4 * c * c, 3 * c + 2 * c, tokens),
        products(c, tokens, tokens),
        Layers(8 * c * c, 5 * c + 2 * c, tokens),
    ]


def conformer(c: int, tokens: int) -> list[Layers]:
    """Half steps of two dense layers, attention by content and distance, a depthwise layer."""
    half = Layers(8 * c * c, 5 * c + 2 * c, tokens)
    return [
        half,
        # Norm, four projections, two shifts of the queries; the table of distances has 2 T - 1.
        Layers(4 * c * c, 4 * c + 2 * c + 2 * c, tokens),
        Layers(c * c, 0, 2 * tokens - 1),
        products(c, tokens, tokens),
        Layers(c * (2 * tokens - 1), -c * (2 * tokens - 1), tokens),
        Layers(3 * c * c + 31 * c, 3 * c + c + 2 * c + 2 * c, tokens),
        half,
        Layers(0, 2 * c, 1),
    ]


def convnext_v2(c: int, size: int) -> list[Layers]:
    """Depthwise, norm, dense, response norm, dense."""
    return [
        Layers(49 * c, 3 * c, size**2),
        Layers(4 * c * c, 12 * c, size**2),
        Layers(4 * c * c, c, size**2),
    ]


WORKED = {
    "convnext_v2_tiny": [
        Layers(48 * 96, 96 + 2 * 96, 56**2),
        *(3 * convnext_v2(96, 56)),
        Layers(4 * 96 * 192, 192 + 2 * 96, 28**2),
        *(3 * convnext_v2(192, 28)),
        Layers(4 * 192 * 384, 384 + 2 * 192, 14**2),
        *(9 * convnext_v2(384, 14)),
        Layers(4 * 384 * 768, 768 + 2 * 384, 7**2),
        *(3 * convnext_v2(768, 7)),
        Layers(768 * 1000, 1000 + 2 * 768, 1),
    ],
    "crnn": [
        Layers(9 * 64, 64, 32 * 100),
        Layers(9 * 64 * 128, 128, 16 * 50),
        Layers(9 * 128 * 256, 3 * 256, 8 * 25),
        Layers(9 * 256 * 256, 256, 8 * 25),
        Layers(9 * 256 * 512, 3 * 512, 4 * 26),
        Layers(9 * 512 * 512, 512, 4 * 26),
        Layers(4 * 512 * 512, 3 * 512, 26),
        *(2 * [lstm(512, 256, 26)]),
        Layers(512 * 256, 256, 26),
        *(2 * [lstm(256, 256, 26)]),
        Layers(512 * 37, 37, 26),
    ],
    "lstm_language_model": [
        Layers(0, 10000 * 650, 35),
        *(2 * [lstm(650, 650, 35)]),
        Layers(650 * 10000, 10000, 35),
    ],
    "pointnet": [
        *t_net(3),
        *(shared(3, 64), shared(64, 64)),
        *t_net(64),
        *(shared(64, 64), shared(64, 128), shared(128, 1024)),
        *(dense(1024, 512), dense(512, 256)),
        Layers(256 * 40, 40, 1),
    ],
    "whisper_tiny_encoder": [
        Layers(3 * 80 * 384, 384, 3000),
        Layers(3 * 384 * 384, 384, 1500),
        *(4 * whisper(384, 1500)),
        Layers(0, 2 * 384, 1),
    ],
    "siamese_omniglot": [
        # Weights and biases are those of one letter, applied to both.
        Layers(100 * 64, 64, 2 * 96**2),
        Layers(49 * 64 * 128, 128, 2 * 42**2),
        Layers(16 * 128 * 128, 128, 2 * 18**2),
        Layers(16 * 128 * 256, 256, 2 * 6**2),
        Layers(256 * 6**2 * 4096, 4096, 2),
        Layers(4096, 1, 1),
    ],
    "conformer_s_encoder": [
        Layers(9 * 144, 144, 39 * 499),
        Layers(9 * 144 * 144, 144, 19 * 249),
        Layers(144 * 19 * 144, 144, 249),
        *(16 * conformer(144, 249)),
    ],
    "lenet5": [
        Layers(25 * 1 * 6, 6, 28**2),
        Layers(25 * 6 * 16, 16, 10**2),
        Layers(16 * 5**2 * 120, 120, 1),
        Layers(120 * 84, 84, 1),
        Layers(84 * 10, 10, 1),
    ],
    "unet": [
        *pair(1, 64, 572),
        *pair(64, 128, 284),
        *pair(128, 256, 140),
        *pair(256, 512, 68),
        *pair(512, 1024, 32),
        Layers(4 * 1024 * 512, 512, 28**2),
        *pair(1024, 512, 56),
        Layers(4 * 512 * 256, 256, 52**2),
        *pair(512, 256, 104),
        Layers(4 * 256 * 128, 128, 100**2),
        *pair(256, 128, 200),
        Layers(4 * 128 * 64, 64, 196**2),
        *pair(128, 64, 392),
        Layers(64 * 2, 2, 388**2),
    ],
    "unet3d": [
        Layers(27 * 3 * 32, 32, 130 * 130 * 114),
        Layers(27 * 32 * 64, 64, 128 * 128 * 112),
        Layers(27 * 64 * 64, 64, 62 * 62 * 54),
        Layers(27 * 64 * 128, 128, 60 * 60 * 52),
        Layers(27 * 128 * 128, 128, 28 * 28 * 24),
        Layers(27 * 128 * 256, 256, 26 * 26 * 22),
        Layers(27 * 256 * 256, 256, 11 * 11 * 9),
        Layers(27 * 256 * 512, 512, 9 * 9 * 7),
        Layers(8 * 512 * 512, 0, 9 * 9 * 7),
        Layers(27 * (256 + 512) * 256, 256, 16 * 16 * 12),
        Layers(27 * 256 * 256, 256, 14 * 14 * 10),
        Layers(8 * 256 * 256, 0, 14 * 14 * 10),
        Layers(27 * (128 + 256) * 128, 128, 26 * 26 * 18),
        Layers(27 * 128 * 128, 128, 24 * 24 * 16),
        Layers(8 * 128 * 128, 0, 24 * 24 * 16),
        Layers(27 * (64 + 128) * 64, 64, 46 * 46 * 30),
        Layers(27 * 64 * 64, 64, 44 * 44 * 28),
        Layers(64 * 3, 3, 44 * 44 * 28),
    ],
    "dcgan_generator": [
        Layers(16 * 100 * 512, 2 * 512, 1**2),
        Layers(16 * 512 * 256, 2 * 256, 4**2),
        Layers(16 * 256 * 128, 2 * 128, 8**2),
        Layers(16 * 128 * 64, 2 * 64, 16**2),
        Layers(16 * 64 * 3, 0, 32**2),
    ],
    "patchgan70": [
        Layers(16 * 6 * 64, 64, 128**2),
        Layers(16 * 64 * 128, 2 * 128, 64**2),
        Layers(16 * 128 * 256, 2 * 256, 32**2),
        Layers(16 * 256 * 512, 2 * 512, 31**2),
        Layers(16 * 512 * 1, 1, 30**2),
    ],
    "wavenet_stack": [
        Layers(1 * 32, 32, 16000),
        Layers(2 * 32 * 64, 64, 16000, times=10),
        Layers(32 * 32, 32, 16000, times=10),
        Layers(32 * 256, 256, 16000),
    ],
    "tcn_mnist": [
        Layers(7 * 1 * 25, 25, 784),
        Layers(7 * 25 * 25, 25, 784, times=15),
        Layers(1 * 25, 25, 784),
        Layers(25 * 10, 10, 1),
    ],
    "id_cnn": [
        Layers(3 * 105 * 300, 300, 50),
        Layers(3 * 300 * 300, 300, 50, times=4 * 3),
        Layers(300 * 9, 9, 50),
    ],
    "textcnn": [
        Layers(3 * 300 * 100, 100, 64 - 2),
        Layers(4 * 300 * 100, 100, 64 - 3),
        Layers(5 * 300 * 100, 100, 64 - 4),
        Layers(300 * 2, 2, 1),
    ],
    "c3d": [
        Layers(27 * 3 * 64, 64, 16 * 112 * 112),
        Layers(27 * 64 * 128, 128, 16 * 56 * 56),
        Layers(27 * 128 * 256, 256, 8 * 28 * 28),
        Layers(27 * 256 * 256, 256, 8 * 28 * 28),
        Layers(27 * 256 * 512, 512, 4 * 14 * 14),
        Layers(27 * 512 * 512, 512, 4 * 14 * 14),
        Layers(27 * 512 * 512, 512, 2 * 7 * 7, times=2),
        Layers(512 * 4 * 4 * 4096, 4096, 1),
        Layers(4096 * 4096, 4096, 1),
        Layers(4096 * 487, 487, 1),
    ],
}


def figures() -> dict[str, dict[str, str]]:
    with Path(__file__).with_name("figures.csv").open(newline="", encoding="utf-8") as file:
        return {row["network"]: row for row in csv.DictReader(file)}


@each("name", sorted(WORKED))
def test_figures_are_the_sums(name: str) -> None:
    layers = WORKED[name]
    params = sum((layer.weights + layer.others) * layer.times for layer in layers)
    macs = sum(layer.weights * layer.positions * layer.times for layer in layers)
    row = figures()[name]
    assert (params, macs) == (int(row["params"]), int(row["macs"]))


def test_everything_without_a_publisher_is_worked_out() -> None:
    by_hand = {name for name, row in figures().items() if "by hand" in row["source"]}
    assert by_hand == set(WORKED)
