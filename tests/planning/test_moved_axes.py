"""Fields behind layers that move axes: followed where axes divide, upper bounds elsewhere.

Each row: layers, the input's shape, and the field of the last one, worked by hand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, product
from random import Random

import pytest

import convcalc
from convcalc.features.rf import find, look, unit_fields
from convcalc.planning.receptive import ReceptiveField
from tests.each import each
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


def reached(text: str, unit: Shape) -> set[Shape]:
    """The pixels whose NaN reaches the unit of the one output, in any channel."""
    pixels, outputs = reaching(text)
    (own,) = outputs.values()
    return {pixel for n, pixel in enumerate(pixels) if own[(n, *unit)]}


def units(shape: Shape) -> Iterator[Shape]:
    return product(*map(range, shape[1:]))


@each(("shape", "layers", "least", "most"), EXACT)
def test_the_pixels_of_a_unit_are_those_that_reach_it(
    shape: Shape, layers: list[str], least: Shape, most: Shape
) -> None:
    if shape[-1] > 20:
        shape = (*shape[:-1], 6)
        layers = [layer.replace("100", "6") for layer in layers]
    text = file(shape, *layers)
    lens = look(convcalc.loads(text).graph())
    index = find(lens.graph, lens.graph.name_of(lens.graph.outputs[0]))
    every = list(units(lens.graph.shape_of(index)))
    for unit in {every[0], every[len(every) // 2], every[-1]}:
        (own,) = unit_fields(lens, index, unit)
        pixels = reached(text, unit)
        ends = [(min(axis), max(axis)) for axis in zip(*pixels, strict=True)]
        if own.at_most:
            # The walk back keeps no account of single channels: no pixel is missing.
            assert own.used is not None
            assert own.used >= len(pixels), unit
            continue
        assert own.used == len(pixels), unit
        assert own.real == tuple(ends), unit


@each(
    ("span", "at_most"),
    # 7 neighbours of the 3, 1 and 5 channels have one of each branch, 6 may miss the first.
    [([0, 7], False), ([2, 9], False), ([0, 6], True)],
)
def test_so_many_channels_see_every_branch(span: list[int], at_most: bool) -> None:
    found = field(
        (1, 9),
        "{conv: {out: 3, k: 1}, name: a}",
        "{conv: {out: 1, k: 3, p: 1}, name: b, from: input}",
        "{conv: {out: 5, k: 5, p: 2}, name: c, from: input}",
        "concat: [a, b, c]",
        f"slice: {span}",
    )
    assert (found.size, found.at_most) == ((5,), at_most)


def test_dealt_channels_have_one_of_each_branch_among_so_many() -> None:
    found = field(
        (1, 9),
        "{conv: {out: 2, k: 1}, name: a}",
        "{conv: {out: 2, k: 3, p: 1}, name: b, from: input}",
        "concat: [a, b]",
        "channel_shuffle: 2",
        "slice: [0, 2]",
    )
    # Channels a0, b0, a1, b1: any two neighbours have one of each.
    assert (found.size, found.at_most) == ((3,), False)


def test_neighbouring_channels_that_may_miss_a_branch() -> None:
    """Every window of so many channels is looked through, behind joined and dealt ones."""
    met = Counter[bool]()
    for seed in range(50):
        random = Random(seed)
        own = [random.randint(1, 4) for _ in range(random.randint(2, 4))]
        channels = sum(own)
        branches = [
            f"{{conv: {{out: {many}, k: {2 * at + 1}, p: {at}}}, name: b{at}, from: input}}"
            for at, many in enumerate(own)
        ]
        joined = f"concat: [{', '.join(f'b{at}' for at in range(len(own)))}]"
        seen = [at for at, many in enumerate(own) for _ in range(many)]
        groups = random.choice([n for n in range(1, channels + 1) if channels % n == 0])
        more: list[str] = []
        if seed % 2:
            more = [f"channel_shuffle: {groups}"]
            each = channels // groups
            # A channel of each group in turn.
            seen = [seen[group * each + at] for at in range(each) for group in range(groups)]
        # About where windows begin to have one of each.
        edge = groups if more else channels - min(own[0], own[-1]) + 1
        left = min(max(1, edge - random.randint(0, 1)), channels - 1)
        windows = [set(seen[at : at + left]) for at in range(channels - left + 1)]
        misses = any(len(window) < len(own) for window in windows)
        found = field((1, 9), *branches, joined, *more, f"slice: [0, {left}]")
        assert found.size == (2 * len(own) - 1,)
        ends = accumulate(own)
        if not more:
            assert found.at_most == misses, seed
        elif all(end % (channels // groups) == 0 for end in ends):
            # Whole groups of each branch: as many neighbours as groups have one of each.
            assert found.at_most == (left < groups), seed
            assert found.at_most >= misses, seed
        else:
            assert found.at_most, seed
        met[found.at_most] += 1
    assert min(met.values()) > 5, met
