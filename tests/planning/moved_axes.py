"""Layers that move axes, whose fields are followed exactly: the shape, the layers, the field."""

from __future__ import annotations

import pytest

from convcalc.planning.receptive import ReceptiveField
from tests.planning.seen import Shape, field_of, file, reaching


def field(shape: Shape, *layers: str) -> ReceptiveField:
    return field_of(file(shape, *layers))


THREE = "conv: {out: 4, k: 3, p: 1}"
TO_TOKENS = "flatten: positions"
AT = "{constant: [3], name: at}"
BRANCHES = (
    "{conv: {out: 4, k: 1}, name: a}",
    "{conv: {out: 4, k: 3, p: 1}, name: b, from: input}",
    "concat: [a, b]",
)

# Windows of 2 x 3 pixels among the channels, and each one's pixels against each other.
WINDOWS = (
    '{rearrange: {pattern: "(d m) (h p) (w q) -> (h w d) (p q) m", sizes: {d: 2, p: 2, q: 3}}, '
    "name: heads}",
    "{matmul: {inputs: [heads, heads], transpose: second}, name: scores}",
)
SHARES = ("{softmax: 2, name: shares}", "{matmul: [shares, heads], name: gathered}")
BACK_ON_THE_MAP = (
    '{rearrange: {pattern: "(h w d) (p q) m -> (d m) (h p) (w q)", '
    "sizes: {h: 2, w: 2, d: 2, p: 2, q: 3}}, name: joined}"
)

EXACT = [
    # The rows of a map as channels: what reads all channels sees all rows, and 3 columns.
    pytest.param(
        (1, 4, 100),
        ["conv: {out: 2, k: [1, 3], p: [0, 1]}", "reshape: [8, 100]", "conv: {out: 8, k: 1}"],
        (4, 3), (4, 3), id="rows folded into channels",
    ),
    pytest.param(
        (1, 4, 100),
        ["conv: {out: 2, k: [1, 3], p: [0, 1]}", "reshape: [8, 100]", "conv: {out: 8, k: 3}"],
        (4, 5), (4, 5), id="and a window behind",
    ),
    # Patches of 2 x 2 as channels: each sees its own.
    pytest.param(
        (3, 8, 8),
        ['rearrange: {pattern: "c (h p) (w q) -> (c p q) h w", sizes: {p: 2, q: 2}}', "relu"],
        (2, 2), (2, 2), id="patches",
    ),
    # There and back: each pixel sees itself, and behind a window 3 x 3.
    pytest.param(
        (3, 8, 8), [THREE, "pixel_unshuffle: 2", "relu", "pixel_shuffle: 2"],
        (3, 3), (3, 3), id="pixels there and back",
    ),
    # Mixed in between, a pixel sees its whole block: from 2 x 2 pixels, 4 x 4.
    pytest.param(
        (3, 8, 8), [THREE, "pixel_unshuffle: 2", "conv: {out: 16, k: 1}", "pixel_shuffle: 2"],
        (4, 4), (4, 4), id="pixels mixed on the way",
    ),
    # Each channel has one of two pixels, and a pool two of it: together four.
    pytest.param(
        (1, 12), ["pixel_unshuffle: 2", "max_pool: {k: 2, s: 1}"], (4,), (4,), id="pixels pooled",
    ),
    pytest.param(
        (3, 8, 9), [THREE, "permute: [1, 2, 0]", "permute: [2, 0, 1]", THREE],
        (5, 5), (5, 5), id="channels last and back",
    ),
    # Height and width change places: a window of 1 x 3 is then one of 3 x 1 of the input.
    pytest.param(
        (3, 8, 9), ["permute: [0, 2, 1]", "conv: {out: 2, k: [1, 3]}"],
        (3, 1), (3, 1), id="transposed",
    ),
    pytest.param(
        (3, 4, 5), [THREE, TO_TOKENS, "linear: {out: 7, over: channels}"],
        (3, 3), (3, 3), id="tokens, one by one",
    ),
    pytest.param(
        (3, 4, 5),
        [THREE, TO_TOKENS, "linear: {out: 7, over: channels}", "reshape: [7, 4, 5]", THREE],
        (5, 5), (5, 5), id="tokens and back",
    ),
    # Three tokens in a row: mostly of one row, at its end of two rows and of all columns.
    pytest.param(
        (1, 4, 5), [TO_TOKENS, "conv: {out: 2, k: 3}"],
        (1, 3), (2, 5), id="tokens in a window",
    ),
    # All columns in one sum: the row alone.
    pytest.param(
        (3, 4, 5), [THREE, 'reduce: "c h w -> c h"'], (3, 7), (3, 7), id="columns summed",
    ),
    pytest.param(
        (2, 3, 4), ["softmax: width"], (1, 4), (1, 4), id="softmax along the width",
    ),
    pytest.param((4, 10), ["cumsum: positions"], (1,), (10,), id="the past"),
    pytest.param(
        (4, 10), ["attention: {heads: 1, causal: true}", "conv: {out: 1, k: 3, p: causal}"],
        (1,), (10,), id="the past through a window",
    ),
    pytest.param(
        (4, 6), ["concat: {inputs: [input, prev], axis: positions}", "relu"],
        (1,), (1,), id="joined along positions",
    ),
    pytest.param(
        (4, 8, 8), ["attention: {heads: 2, window: 4, shift: 2}"], (4, 4), (4, 4), id="windows",
    ),
    # The same in pieces, each window of each head a channel: behind a window of 3, 2 * 2 + 1.
    pytest.param(
        (4, 4, 6), [THREE, *WINDOWS, *SHARES, BACK_ON_THE_MAP], (4, 5), (4, 5), id="in pieces",
    ),
    pytest.param((4, 9), ["roll: 2", "conv: {out: 1, k: 3}"], (3,), (9,), id="rolled"),
    pytest.param(
        (4, 9), ["slice: {span: [3, 8], axis: positions}", "conv: {out: 1, k: 3}"],
        (3,), (3,), id="cut out",
    ),
]  # fmt: skip


def reached(text: str, unit: Shape) -> set[Shape]:
    """The pixels whose NaN reaches the unit of the one output, in any channel."""
    pixels, outputs = reaching(text)
    (own,) = outputs.values()
    return {pixel for n, pixel in enumerate(pixels) if own[(n, *unit)]}
