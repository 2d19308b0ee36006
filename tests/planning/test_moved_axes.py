"""Fields behind layers that move axes: followed where axes divide, upper bounds elsewhere.

Each row: layers, the input's shape, and the field of the last one, worked by hand.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

import convcalc
from tests.each import each
from tests.planning.moved_axes import (
    AT,
    BACK_ON_THE_MAP,
    BRANCHES,
    EXACT,
    SHARES,
    THREE,
    TO_TOKENS,
    WINDOWS,
    field,
    reached,
)
from tests.planning.seen import Shape, field_of, file


@each(("shape", "layers", "least", "most"), EXACT)
def test_what_moved_is_followed(shape: Shape, layers: list[str], least: Shape, most: Shape) -> None:
    found = field(shape, *layers)
    assert (found.least, found.most, found.at_most) == (least, most, False)


@pytest.mark.parametrize("side", [12, 16])
def test_tokens_beside_others_have_no_stride(side: int) -> None:
    # Patches of 4 pixels and a token that sees none: rows of patches are no steps of one size,
    # also where, as of 16 patches over 16 pixels, there is one pixel for each.
    net = convcalc.loads(
        f"""
convcalc: 1
input: [3, {side}, {side}]
layers:
  - {{conv: {{out: 8, k: 4, s: 4}}, name: patch}}
  - {{flatten: positions, name: patches}}
  - {{parameter: {{shape: [8, 1]}}, name: token}}
  - {{concat: {{inputs: [token, patches], axis: positions}}, name: tokens}}
"""
    )
    found = {row.name: row.receptive_field for row in convcalc.plan(net)}
    patches, tokens = found["patches"], found["tokens"]
    assert patches is not None and tokens is not None  # noqa: PT018
    assert [int(one) for one in patches.stride] == [4, 4]
    assert (tokens.least, tokens.most, tokens.stride) == ((0, 0), (4, 4), ())


BOUNDS = [
    pytest.param((4, 6), ["reshape: [6, 4]"], True, id="sizes that do not divide"),
    pytest.param((1, 4, 4), ["unfold: 2"], True, id="windows as columns"),
    # Pixels that groups of channels read, which may be of some of the branches.
    pytest.param(
        (3, 8, 8),
        ["pixel_unshuffle: 2", "conv: {out: 12, k: 1, groups: 6}", "pixel_shuffle: 2"],
        False,
        id="pixels mixed in groups",
    ),
    # One of the four pixels of a patch alone.
    pytest.param((1, 4, 4), ["pixel_unshuffle: 2", "slice: [0, 1]"], False, id="a part of a patch"),
    # The first places of several are read as by a window of one, and are not all.
    pytest.param((4, 9), ["slice: {span: [0, 3], axis: positions}", "flatten"], True, id="a few"),
    pytest.param(
        (4, 9), ["slice: {span: [0, 3], axis: positions}", "global_avg_pool"], True, id="few pooled"
    ),
    # Channels that were columns: each has read all of them, and rows up to its own.
    pytest.param(
        (3, 5, 4),
        [
            'rearrange: "c h w -> (c w) h"',
            "scaled_dot_product_attention: {inputs: [prev, prev, prev], heads: 3, causal: true}",
            'rearrange: {pattern: "(c w) h -> c h w", sizes: {w: 4}}',
        ],
        False,
        id="columns read as channels",
    ),
    # Channels of the branch without a window see one pixel, and become positions of their own.
    pytest.param(
        (4, 8), [*BRANCHES, 'rearrange: "c l -> 1 (c l)"'], False, id="channels of two branches"
    ),
    # Attention along each row: once the rows are positions again, each has seen itself.
    pytest.param(
        (8, 4, 6),
        [
            'rearrange: "c h w -> (h c) w"',
            "scaled_dot_product_attention: {inputs: [prev, prev, prev], heads: 4}",
            'rearrange: {pattern: "(h c) w -> c h w", sizes: {h: 4}}',
            THREE,
        ],
        True,
        id="rows by themselves",
    ),
    pytest.param(
        (2, 4, 6),
        [
            'rearrange: "c h w -> (h c) w"',
            "global_avg_pool",
            'rearrange: {pattern: "(h c) -> c h", sizes: {h: 4}}',
        ],
        True,
        id="means of rows",
    ),
    # What one query has met: itself and each key, two of 24 places.
    pytest.param(
        (4, 24),
        [
            '{rearrange: "c l -> 1 l c", name: h}',
            "{matmul: {inputs: [h, h], transpose: second}}",
            "permute: [2, 0, 1]",
            "slice: [22, 23]",
        ],
        True,
        id="one row of scores",
    ),
    pytest.param(
        (4, 24),
        [
            '{rearrange: "c l -> 1 l c", name: h}',
            "{matmul: {inputs: [h, h], transpose: second}}",
            "{reshape: [24, 24], name: scores}",
            "concat: [scores, scores]",
            "slice: [45, 48]",
            "slice: [1, 2]",
        ],
        True,
        id="one row of scores side by side",
    ),
    # Each column's queries see all 9 rows, and a stride of 3 leaves rows 0 to 6.
    pytest.param(
        (2, 9, 3),
        [
            "{permute: [1, 2, 0], name: h}",
            "{matmul: {inputs: [h, h], transpose: second}, name: scores}",
            "matmul: [scores, h]",
            "permute: [1, 0, 2]",
            "linear: {out: 3, over: channels}",
            '{rearrange: {pattern: "c (a b) w -> a b (w c)", sizes: {a: 3}}}',
            "conv: {out: 3, k: 1, s: [3, 2]}",
            TO_TOKENS,
            "scaled_dot_product_attention: {inputs: [prev, prev, prev], heads: 3}",
        ],
        True,
        id="rows left out by a stride",
    ),
    # Places -1, 1, 3 and on: no window reads the first.
    pytest.param(
        (2, 12), ["conv: {out: 4, k: 3, s: 2, p: 1, d: 2}", "global_avg_pool"], True, id="holes"
    ),
    # Places 0 to 10, and padding beyond the last: 12 places, 8, 10 and 12.
    pytest.param(
        (2, 12), ["conv: {out: 4, k: 3, s: 2, p: 2, d: 2}", "attention: 2"], True, id="last holes"
    ),
    # The last row stands in no patch.
    pytest.param((2, 5, 4), ["unfold: {k: 2, s: 2}", "flatten", "linear: 3"], True, id="patches"),
    # The last column is never read.
    pytest.param((1, 9, 8), ["max_pool: {k: 3, s: 3}", "global_avg_pool"], True, id="a rest"),
    pytest.param(
        (1, 9, 8), ["max_pool: {k: 3, s: 3}", "flatten", "linear: 2"], True, id="a rest of a vector"
    ),
    pytest.param((1, 9, 8), ["max_pool: {k: 3, s: 3}", "flatten"], True, id="the vector itself"),
    # Three numbers of the first channel: pixels 0 to 2.
    pytest.param((4, 6), ["flatten", "slice: [0, 3]", "linear: 2"], True, id="numbers left out"),
    # Any three of the numbers, positions or rows: which ones is known when it runs.
    pytest.param(
        (4, 6),
        ["{flatten: {}, name: x}", AT, "take: [x, at]", "linear: 2"],
        True,
        id="any numbers",
    ),
    pytest.param(
        (2, 8),
        [f"{{{THREE}, name: x}}", AT, "take: {inputs: [x, at], axis: positions}"],
        True,
        id="any positions",
    ),
    pytest.param(
        (1, 6, 4),
        ['{rearrange: "c h w -> (c h) w", name: x}', AT, "take: [x, at]", "conv: {out: 3, k: 1}"],
        False,
        id="any rows",
    ),
    # Of 12 positions each third channel and its mirror: 8.
    pytest.param(
        (1, 12),
        [
            "{permute: [1, 0], name: x}",
            "{flip: channels, name: y}",
            "{max: [x, y]}",
            "fold: {output_size: [3], k: 3}",
        ],
        True,
        id="every third of mirrored positions",
    ),
    # The first channel sees its own place, and the second one all.
    pytest.param(
        (1, 4),
        [
            "{permute: [1, 0], name: x}",
            "{linear: {out: 4, over: channels}, name: y}",
            "{reshape: [1, 4, 1], name: a, from: x}",
            "{reshape: [1, 4, 1], name: b, from: y}",
            "concat: [a, b]",
            "reshape: [1, 2, 4, 1]",
        ],
        True,
        id="channels that are places again",
    ),
    # Places behind the last one are 0.
    pytest.param(
        (4, 5),
        ["global_max_pool", '{broadcast: {pattern: "a -> a z", sizes: {z: 2}}}', "pad: [[0, 2]]"],
        True,
        id="zeros behind what sees all",
    ),
    # Means of rows, with a place of zeros and a row of them: what it gathers sees one place.
    pytest.param(
        (1, 3, 3),
        [
            "{adaptive_avg_pool: {output_size: [2, 1]}}",
            "{permute: [2, 0, 1]}",
            "{pad: {padding: [[0, 1], [1, 0]]}, name: x}",
            "{permute: [0, 2, 1], name: turned, from: input}",
            "{matmul: {inputs: [turned, x], transpose: both}}",
        ],
        True,
        id="a row of zeros",
    ),
    # Of two taps the first one stands in the border.
    pytest.param(
        (2, 6),
        [
            "{matmul: {inputs: [input, input], transpose: second}}",
            "unfold: {k: 2, s: 3, p: 1}",
            '{rearrange: {pattern: "(c k) w -> w k c", sizes: {k: 2}}}',
        ],
        True,
        id="taps of a border as places",
    ),
    # The first two rows of four, of numbers that were dealt anew.
    pytest.param(
        (1, 4, 4),
        [
            '{rearrange: "a b c -> (c b a)"}',
            '{rearrange: {pattern: "(a b) -> a b", sizes: {b: 4}}}',
            "{reshape: [1, 4, 4]}",
            "split: {parts: 2, part: 0, axis: height}",
            "global_max_pool",
        ],
        True,
        id="the first of what was lost",
    ),
]


@each(("shape", "layers", "is_global"), BOUNDS)
def test_what_is_not_followed_is_an_upper_bound(
    shape: Shape, layers: list[str], is_global: bool
) -> None:
    found = field(shape, *layers)
    assert (found.is_global, found.at_most) == (is_global, True)


def test_channels_that_stay_together_see_what_they_saw() -> None:
    layers = [*BRANCHES, 'rearrange: {pattern: "(c r) l -> c (l r)", sizes: {r: 1}}']
    found = field((4, 8), *layers)
    assert (found.size, found.at_most) == ((3,), False)


# 2 x 2 patches of 2 x 2 pixels as tokens, and each one's query against each one's key.
TOKENS = (
    "{conv: {out: 4, k: 2, s: 2}, name: patch}",
    "{flatten: positions, name: tokens}",
    '{rearrange: {pattern: "(h d) l -> h l d", sizes: {h: 2}}, name: heads}',
    "{matmul: {inputs: [heads, heads], transpose: second}, name: scores}",
)
BACK = ('{rearrange: "h l d -> (h d) l", name: joined}',)
MASK = ("{constant: {shape: [2, 4, 4], value: 1}, name: mask}",)

PIECES = [
    # A query and a key: the hull of two patches, of which no stride is to be told.
    pytest.param([*TOKENS], True, (), id="scores"),
    pytest.param([*TOKENS, "softmax: 2"], False, (2, 2), id="shares"),
    pytest.param([*TOKENS, *SHARES], False, (2, 2), id="gathered"),
    pytest.param([*TOKENS, *SHARES, *BACK, "add: [tokens, prev]"], False, (2, 2), id="a skip"),
    pytest.param(
        [*TOKENS, *MASK, "mul: [scores, mask]", *SHARES], False, (2, 2), id="a temperature"
    ),
    pytest.param([*TOKENS, *MASK, "add: [scores, mask]", *SHARES], True, (2, 2), id="a mask"),
    # Back on a map, a window of 2 moves by 4 pixels.
    pytest.param(
        [*TOKENS, *SHARES, *BACK, "reshape: [4, 2, 2]", "conv: {out: 1, k: 2, s: 2}"],
        False, (4, 4), id="a window over what sees everything",
    ),
    # Keys times values first, as linear attention does.
    pytest.param(
        [
            *TOKENS[:3],
            "{matmul: {inputs: [heads, heads], transpose: first}, name: held}",
            "matmul: [heads, held]",
        ],
        False, (2, 2), id="keys and values first",
    ),
    pytest.param(
        [*TOKENS, *SHARES, *BACK, "attention: 2", "global_avg_pool"], False, (2, 2), id="two blocks"
    ),
]  # fmt: skip


def test_windows_in_pieces_are_those_of_the_one_layer() -> None:
    pieces = field((4, 4, 6), THREE, *WINDOWS, *SHARES, BACK_ON_THE_MAP)
    whole = field((4, 4, 6), THREE, "attention: {heads: 2, window: [2, 3]}")
    assert pieces == whole


@each(("layers", "at_most", "stride"), PIECES)
def test_attention_in_pieces_sees_all_from_where_it_stands(
    layers: list[str], at_most: bool, stride: tuple[Fraction, ...]
) -> None:
    found = field((3, 4, 4), *layers)
    assert (found.is_global, found.at_most, found.stride) == (True, at_most, stride)
    if not at_most:
        text = file((3, 4, 4), *layers)
        graph = convcalc.loads(text).graph()
        last = tuple(size - 1 for size in graph.shape_of(graph.outputs[0])[1:])
        assert len(reached(text, last)) == 16


@pytest.mark.parametrize(
    "layers",
    [
        # Rows of 4 numbers: the first of each alone, pixels 0, 2 and 4 of 6.
        pytest.param(["reshape: [6, 4]", "conv: {out: 4, k: 1, s: 4}"], id="positions left out"),
        pytest.param(["reshape: [6, 4]", "slice: [0, 1]"], id="channels left out"),
    ],
)
def test_what_was_left_out_of_unknown_positions_is_not_seen(layers: list[str]) -> None:
    found = field((4, 6), *layers, "flatten", "linear: 3")
    assert (found.is_global, found.at_most, found.stride) == (True, True, ())


def test_a_class_token_sees_nothing_by_itself() -> None:
    token = ["{parameter: {shape: [4, 1]}, name: token}"]
    joined = "concat: {inputs: [token, input], axis: positions}"
    first = "slice: {span: [0, 1], axis: positions}"
    alone = file((4, 9), *token, joined, first)
    found = field_of(alone)
    assert (found.size, found.most, found.is_global) == ((0,), (0,), False)
    (*_, last) = convcalc.receptive_field(convcalc.loads(alone)).layers
    assert last.padding_share == 0
    # Neither before attention nor behind it is there a field to compare.
    for layers in ([*token, joined, first], [*token, joined, "attention: 2", first]):
        net = convcalc.loads(file((4, 9), *layers))
        figure = convcalc.diff(net, net).totals["receptive_field"]
        assert (figure.before, figure.after) == (None, None)


ALL = [
    pytest.param((3, 8, 8), [THREE, "global_avg_pool"], id="a global pool"),
    pytest.param((3, 8, 8), [THREE, "flatten", "linear: 3"], id="a dense layer"),
    pytest.param((3, 8, 8), [THREE, TO_TOKENS, "attention: 2"], id="attention"),
    pytest.param((4, 6), ["reshape: [6, 4]", "flatten", "linear: 3"], id="all of what was lost"),
    pytest.param((1, 4, 4), ["unfold: 2", "flatten", "linear: 2"], id="all columns"),
    pytest.param(
        (2, 12),
        ["conv: {out: 4, k: 3, p: 2, d: 2}", "global_avg_pool"],
        id="holes that others fill",
    ),
]


@each(("shape", "layers"), ALL)
def test_what_reads_everything_sees_everything(shape: Shape, layers: list[str]) -> None:
    found = field(shape, *layers)
    assert (found.is_global, found.at_most) == (True, False)
