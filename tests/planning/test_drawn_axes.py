"""Fields of networks that move axes, against what reaches each unit when they run."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest

import convcalc
from tests.each import each
from tests.planning.drawn_axes import Drawn
from tests.planning.seen import Shape, field_of, file, measured, wrong


def named(shape: Shape, *layers: str) -> str:
    """Every layer has a name, n0, n1 and on, and is an output."""
    listed = (f"{{{layer}, name: n{at}}}" for at, layer in enumerate(layers))
    names = ", ".join(f"n{at}" for at in range(len(layers)))
    return file(shape, *listed, more=f"outputs: [{names}]\n")


TO_CHANNELS = "permute: [1, 0]"
ROWS_TWICE = "broadcast: {pattern: 'c h w -> c (h p) w', sizes: {p: 2}}"

# What was told wrong of the last layer: its shape, its layers, and whether it is a bound now.
CASES = [
    # Positions of two inputs: each unit sees one of them.
    pytest.param(
        (6, 10),
        ["attention: 2", "concat: {inputs: [n0, input], axis: positions}"],
        True,
        id="all beside one pixel",
    ),
    pytest.param(
        (1, 8),
        [
            TO_CHANNELS,
            "linear: {out: 8, over: channels}",
            TO_CHANNELS,
            "concat: {inputs: [input, n2], axis: positions}",
        ],
        True,
        id="pixels beside all as channels",
    ),
    pytest.param(
        (2, 8, 4),
        ["layer_norm: {over: height}", "concat: {inputs: [n0, input], axis: width}"],
        True,
        id="columns beside pixels",
    ),
    pytest.param(
        (3, 4, 6),
        [
            "parameter: {shape: [3, 2, 6]}",
            "matmul: {inputs: [input, n0], transpose: second}",
            "concat: {inputs: [input, n1], axis: width}",
        ],
        True,
        id="pixels beside rows",
    ),
    pytest.param(
        (2, 3, 6),
        ["parameter: {shape: [2, 3, 6]}", "concat: {inputs: [input, n0], axis: height}"],
        False,
        id="nothing beside pixels",
    ),
    pytest.param(
        (2, 3, 4),
        [
            "flip: height",
            "reshape: [2, 3, 4, 1], from: input",
            "reshape: [2, 3, 4, 1], from: n0",
            "concat: {inputs: [n1, n2], axis: width}",
        ],
        True,
        id="a map and its mirror on a new axis",
    ),
    pytest.param(
        (2, 3, 4),
        ["reshape: [2, 3, 4, 1]", "concat: {inputs: [n0, n0], axis: width}"],
        False,
        id="a map twice on a new axis",
    ),
    pytest.param(
        (2, 5, 6),
        [
            "parameter: {shape: [2, 5, 6]}",
            "concat: {inputs: [n0, input], axis: width}",
            "flatten: positions",
            "conv: {out: 1, k: 2}",
        ],
        True,
        id="a window over rows that see nothing",
    ),
    # Of queries that are summed over their keys each sees all, in every channel.
    pytest.param(
        (2, 4, 3),
        [
            "matmul: {inputs: [input, input], transpose: second}",
            "reduce: a b c -> a b",
            "reshape: [1, 2, 4]",
        ],
        False,
        id="channels of what was gathered beside each other",
    ),
    # A number of the map for each channel stays one of all of it beside a learnt one.
    pytest.param(
        (8, 3, 3),
        ["global_avg_pool: {}", "parameter: {shape: [8]}", "mul: [n0, n1]", "reshape: [2, 4]"],
        False,
        id="means and factors beside each other",
    ),
    # Units that read nothing, of what sees everything.
    pytest.param(
        (4, 6), ["group_norm: {groups: 2}", "conv_transpose: {out: 1, k: 1, s: 3}"], True,
        id="between the taps",
    ),
    pytest.param(
        (4, 6), ["attention: 2", "conv: {out: 1, k: 1, p: 1}"], True, id="padding alone"
    ),
    pytest.param((4, 6), ["attention: 2", "unfold: {k: 1, s: 2, p: 1}"], True, id="empty columns"),
    # What a crop or a stride left out, padding behind does not bring back.
    pytest.param(
        (1, 9, 8), ["max_pool: {k: 3, s: 3}", "conv: {out: 1, k: 3, p: 1}", "global_avg_pool"],
        True, id="a rest behind padding",
    ),
    pytest.param(
        (2, 9),
        ["slice: {span: [2, 8], axis: positions}", "conv: {out: 1, k: 5, p: 2}", "attention: 1"],
        True,
        id="a crop behind padding",
    ),
    pytest.param(
        (2, 8, 3),
        [
            "permute: [2, 1, 0]",
            "flatten: positions",
            "unfold: {k: 1, s: 3, p: 1}",
            "reduce: a b -> b",
        ],
        True,
        id="tokens stepped over from padding on",
    ),
    # Places -1 and 1, 0 and 2: every second one is read, and pixel 0 is not.
    pytest.param(
        (2, 12),
        ["conv: {out: 2, k: 2, d: 2, p: 1}", "conv: {out: 2, k: 1, s: 2}", "global_avg_pool"],
        True,
        id="holes behind holes",
    ),
    pytest.param(
        (2, 12),
        ["conv: {out: 2, k: 3, d: 2, p: 2}", "conv: {out: 2, k: 3, d: 4, p: 4}", "global_avg_pool"],
        False,
        id="holes that holes fill",
    ),
    # Columns 0, 2 and 4 of 6, of which the last two are padding.
    pytest.param(
        (2, 3, 4),
        ["pad: [[0, 1], [0, 2]]", "conv: {out: 2, k: 1, s: 2}", "global_avg_pool"],
        True,
        id="a step over the end into padding",
    ),
    pytest.param(
        (1, 9),
        ["pad: [[3, 3]]", "conv: {out: 1, k: 3, s: 2}", "conv: {out: 1, k: 1, d: 2}",
         "global_avg_pool"],
        False,
        id="windows side by side over padding",
    ),
    pytest.param(
        (4, 9),
        [
            "slice: {span: [0, 3], axis: positions}",
            "slice: {span: [3, 9], axis: positions}, from: input",
            "concat: {inputs: [n0, n1], axis: positions}",
            "attention: 2",
        ],
        False,
        id="parts side by side again",
    ),
    pytest.param(
        (4, 3, 5), ["reduce: c h w -> c", "slice: [1, 2]"], False, id="one mean of a map"
    ),
    # A mask may hide any key.
    pytest.param(
        (4, 6),
        [
            "parameter: {shape: [1, 6, 6]}",
            "scaled_dot_product_attention: {inputs: [input, input, input, n0], heads: 2}",
        ],
        True,
        id="masked",
    ),
    # Single channels that see less than all of them together.
    pytest.param((2, 8), ["unfold: 3", "slice: [1, 2]"], True, id="one tap"),
    pytest.param((2, 8), ["unfold: 3", TO_CHANNELS], True, id="taps that become positions"),
    pytest.param((2, 9), ["unfold: {k: 3, s: 3}", "fold: {output_size: [9], k: 3, s: 3}"], True,
                 id="there and back"),
    pytest.param(
        (2, 12),
        ["parameter: {shape: [2, 12]}", "concat: [n0, input]", TO_CHANNELS],
        True,
        id="channels that see nothing",
    ),
    pytest.param(
        (2, 6), ["gru: {hidden_size: 1, bidirectional: true}", "slice: [0, 1]"], True,
        id="one direction",
    ),
    pytest.param((6, 9), [TO_CHANNELS, "slice: [2, 3]", "global_avg_pool"], True, id="one pixel"),
    # Each channel of either has seen all, though by other ways.
    pytest.param(
        (2, 5),
        ["attention: 1", "conv: {out: 2, k: 3, p: 1}", "attention: 1", "concat: [n0, n2]",
         "slice: [0, 1]"],
        False,
        id="one of two that see all",
    ),
    pytest.param(
        (2, 5),
        ["attention: 1", "conv: {out: 2, k: 3, p: 1}", "attention: 1", "concat: [n0, n2]",
         "concat: [n3, n0]", "slice: [0, 1]"],
        False,
        id="one of those that see all, joined twice",
    ),
    pytest.param(
        (2, 5),
        ["attention: 1", "conv: {out: 2, k: 3, p: 1}", "attention: 1", "concat: [n0, n2]",
         "parameter: {shape: [4, 5]}", "add: [n3, n4]", "slice: [0, 1]"],
        False,
        id="one of two that see all, with a number for each added",
    ),
    pytest.param(
        (6, 8),
        ["max_pool: 2", "flatten", "slice: [3, 9]", "linear: 2"],
        True,
        id="some numbers of a vector",
    ),
    # Each number of a dense layer sees all, and any of them is as good.
    pytest.param(
        (6, 8), ["max_pool: 2", "flatten", "linear: 4", "slice: [1, 2]"], False,
        id="some numbers of a dense layer",
    ),
    pytest.param(
        (6, 8), ["max_pool: 2", "flatten", "gelu", "slice: [1, 2]"], True,
        id="some numbers of a vector, bent",
    ),
    pytest.param(
        (1, 8, 4),
        [
            "rearrange: {pattern: 'c (a b) w -> (a c) b w', sizes: {b: 2}}",
            "channel_shuffle: 2",
            "rearrange: {pattern: '(c a) b w -> c (a b) w', sizes: {c: 2}}",
        ],
        False,
        id="channels that are rows, dealt out",
    ),
    pytest.param(
        (2, 4, 3),
        [
            "matmul: {inputs: [input, input], transpose: first}",
            "roll: 1",
            "matmul: [n1, n0]",
            'rearrange: "a b c -> (a b) c"',
            "rnn: {hidden_size: 1}",
        ],
        False,
        id="rows of a product of products, one after the other",
    ),
]  # fmt: skip


@each(("shape", "layers", "at_most"), CASES)
def test_what_reaches_each_unit(shape: Shape, layers: list[str], at_most: bool) -> None:
    text = named(shape, *layers)
    assert wrong(text, padded="p: " in text or "pad" in text) == ""
    assert field_of(text).at_most == at_most


def test_the_field_of_what_sees_nothing_on_one_axis_is_nothing() -> None:
    text = named(
        (2, 3, 6), "parameter: {shape: [2, 3, 6]}", "concat: {inputs: [input, n0], axis: height}"
    )
    seen = measured(text)["n1"]
    assert (seen[2, 0], seen[3, 0]) == (([2, 0], [2, 0], 1), None)
    field = field_of(text)
    assert (field.least, field.most) == ((0, 0), (1, 1))


def test_what_ends_with_its_map_does_so_on_each_axis() -> None:
    """A flip has no row beyond its fourth: of 3 rows that a window asks the last unit has 1."""
    layers = ["flip: height", "flip: width", "conv: {out: 1, k: 3, p: [[0, 2], [0, 0]]}"]
    text = named((1, 4, 4), *layers)
    assert wrong(text) == ""
    field = field_of(text)
    assert (field.least, field.most) == ((1, 3), (3, 3))


STRIDES = [
    # Rows r and r are the units 2r and 2r + 1: one every other unit; two units see one row more.
    pytest.param((2, 3, 4), [ROWS_TWICE], (1, 1), (Fraction(1, 2), 1), id="rows twice"),
    pytest.param(
        (2, 3, 4), [ROWS_TWICE, "conv: {out: 2, k: 3}"], (2, 3), (Fraction(1, 2), 1),
        id="windows of rows twice",
    ),
    # Unit u sees u and u + 4: its neighbour stands beside it.
    pytest.param(
        (2, 8), ["rearrange: {pattern: 'c (a b) -> (a c) b', sizes: {b: 4}}"], (5,), (1,),
        id="halves among the channels",
    ),
    # No axis tells the columns apart.
    pytest.param((3, 6, 8), ["permute: [2, 1, 0]"], (1, 8), (1, 0), id="columns as channels"),
    pytest.param((3, 6, 8), ["reduce: c h w -> c h"], (1, 8), (1, 0), id="columns summed"),
    pytest.param(
        (6, 24), [TO_CHANNELS, "linear: {out: 3, over: channels}"], (24,), (0,), id="all mixed"
    ),
    # Of an axis that stays, though of one unit, the next one would stand 3 further on.
    pytest.param((2, 3, 9, 9), ["pixel_unshuffle: 3"], (3, 3, 3), (3, 3, 3), id="one of depth"),
]  # fmt: skip


@each(("shape", "layers", "size", "stride"), STRIDES)
def test_strides_of_axes_that_moved(
    shape: Shape, layers: list[str], size: Shape, stride: Shape
) -> None:
    text = named(shape, *layers)
    assert wrong(text) == ""
    field = field_of(text)
    assert (field.size, field.at_most) == (size, False)
    assert list(field.stride) == list(stride)


def _drawn(seeds: range) -> Counter[str]:
    met: Counter[str] = Counter()
    for seed in seeds:
        text = Drawn(seed).text
        assert wrong(text) == "", f"Drawn({seed}):\n{text}"
        for row in convcalc.plan(convcalc.loads(text)):
            field = row.receptive_field
            if field is not None:
                sort = "all" if field.is_global else "local"
                met[f"at most {sort}" if field.at_most else sort] += 1
    return met


def test_drawn_networks_are_told_as_they_run() -> None:
    met = _drawn(range(16))
    assert min(met["all"], met["local"], met["at most all"]) >= 10, met


@pytest.mark.thorough
def test_many_drawn_networks_are_told_as_they_run() -> None:
    met = _drawn(range(16, 1000))
    assert min(met["all"], met["local"], met["at most all"], met["at most local"]) >= 50, met
