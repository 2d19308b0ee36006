"""What `rf` says of one unit and below its table, word for word; pixels are counted by hand."""
# ruff: noqa: E501 - lines stand whole, as they are printed

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.rf import field_report
from convcalc.features.rf.phrases import listed, percent, several
from convcalc.features.rf.unit import check_unit
from tests.conftest import Run
from tests.each import each

# `d` sees 1 + 2 + 2 = 5 of `a`, `e` 5 of `b`, both in steps of 2; `z` sees 5 + 2·2 = 9.
TWO_INPUTS = """convcalc: 1
input: {a: [3, 20, 12], b: [3, 20, 12]}
layers:
  - {conv: {out: 3, k: 3, p: 1}, from: a, name: c}
  - {conv: {out: 3, k: 3, p: 1, s: 2}, name: d}
  - {conv: {out: 3, k: 5, p: 2, s: 2}, from: b, name: e}
  - {add: [d, e], name: m}
  - {instance_norm: , name: i1}
  - {instance_norm: , name: i2}
  - {instance_norm: , name: i3}
  - {instance_norm: , name: i4}
  - {conv: {out: 3, k: 3}, name: z}
"""
# Row r of `c` reads rows r - 4 to r - 2; row r of `d` reads rows r - 1, r + 1 and r + 3 of `c`.
SHIFTED = """convcalc: 1
input: [3, 9, 7]
layers:
  - {conv: {out: 3, k: 3, p: [[4, 0], [1, 1]]}, name: c}
  - {conv: {out: 3, k: 3, p: 1, d: 2}, name: d}
"""
ALL = "every unit depends on the whole input, as behind attention, a recurrent layer, a gate or a norm over space; the local field stands behind it, and `--ignore global` shows it alone"


@each(
    ("network", "options", "lines"),
    [
        (
            TWO_INPUTS,
            "--ignore norm --at 0,0 --layer z",
            [
                "net: unit 0,0 of `z` (a 8x4 map)",
                "ignored  norm",
                "`a` 3x20x12",
                "`b` 3x20x12",
                "  window   height -2..6, width -2..6: 9x9 pixels",
                "  outside  2 before and 0 after, 2 before and 0 after",
                "  real     height 0..6, width 0..6: 7x7 pixels",
                "  used     49 real pixels, no holes",
            ],
        ),
        (
            TWO_INPUTS,
            "--at 3,2 --layer z",
            [
                "  sees    the whole input, through a layer that sees its whole map",
                "  window  height 4..12, width 2..10: 9x9 pixels",
                "  real    height 0..19, width 0..11: 20x12 pixels",
                "  used    240 real pixels, no holes",
            ],
        ),
        (
            TWO_INPUTS,
            "--from c --at 2,2 --layer e",
            ["net: unit 2,2 of `e` (a 10x6 map)", "it depends on none of the inputs asked for"],
        ),
        (
            SHIFTED,
            "--at 0,0 --layer c",
            [
                "net: unit 0,0 of `c` (a 11x7 map)",
                "  window   height -4..-2, width -1..1: 3x3 pixels",
                "  outside  4 before and 0 after, 1 before and 0 after",
                "  pixels   none: it sees padding alone",
            ],
        ),
        (
            SHIFTED,
            "--at 6,3",
            [
                "  window   height 1..7, width 1..7: 7x7 pixels",
                "  outside  0 before and 0 after, 0 before and 1 after",
                "  real     height 1..7, width 1..6: 7x6 pixels",
                "  used     42 real pixels, no holes",
            ],
        ),
        (SHIFTED, "--at 0,0 --layer d", ["  real     height 0..1, width 0..4: 2x5 pixels", "  used     10 real pixels, no holes"]),
        (
            "convcalc: 1\ninput: [1, 1]\nlayers:\n  - upsample: {output_size: 4}\n  - conv: {out: 1, k: 3}\n",
            "--at 1",
            ["  window  0..0: 1 pixel", "  real    0..0: 1 pixel", "  used    1 real pixel, no holes"],
        ),
        # A layer that reads every second pixel leaves out what lies between.
        (
            "convcalc: 1\ninput: [1, 9, 8]\nlayers:\n  - conv: {out: 1, k: [3, 1], d: [2, 1]}\n",
            "--at 1,3",
            ["  window  height 1..5, width 3..3: 5x1 pixels", "  used    3 real pixels, 2 pixels left out"],
        ),
        (
            TWO_INPUTS,
            "--ignore norm",
            [
                "hidden     4 layers that see just what their input sees; --all shows them",
                "ignored    norm: 4 layers (`i1`, `i2`, `i3` and 1 more)",
            ],
        ),
        (TWO_INPUTS.replace("  - {instance_norm: , name: i4}\n", ""), "--ignore norm", ["ignored    norm: 3 layers (`i1`, `i2`, `i3`)"]),
        (SHIFTED + "  - {relu: , name: r}\n", "", ["hidden     1 layer that sees just what its input sees; --all shows it"]),
        (SHIFTED, "--ignore norm", ["ignored    norm: 0 layers"]),
        (TWO_INPUTS, "", [f"note       `i1` and 4 more: {ALL}"]),
        (TWO_INPUTS, "--layer z,m", [f"note       `z`: {ALL}"]),
        (TWO_INPUTS, "--object 6 --layer m", ["warning    `m` sees 5, so no unit has all of an object of 6 pixels in view", "           1 pixel is missing: add layers, strides or dilation"]),
        (TWO_INPUTS, "--object 7 --layer m", ["           2 pixels are missing: add layers, strides or dilation"]),
        (TWO_INPUTS, "--object 5 --layer m", ["good       `m` sees 5, which covers an object of 5 pixels"]),
        # Measured back to `d`, `z` sees 3 of its pixels, one by one.
        (TWO_INPUTS, "--from d --ignore norm", ["net · receptive fields measured back to `d` 3x10x6", "z      conv  3x8x4       3       1      0  full          3      0 %"]),
        (
            "convcalc: 1\ninput: [3, 9]\nlayers:\n  - opaque: {output: [3, 9], reads: {k: 3, p: 1}, params: 1}\n  - {conv: {out: 2, k: 3}, name: z}\n",
            "",
            ["note       `opaque_1`: what it reads is as the file declares it; the fields behind rest on that"],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_a_file(
    network: str, options: str, lines: list[str], run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "net.net.yaml"
    path.write_text(network)
    out = run("rf", str(path), *options.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []


@each(
    ("words", "lines"),
    [
        ("20 k3 d2 , k3 --at 2", ["20 k3 d2 , k3: unit 2 of `conv_2` (a 14 map)", "  window  2..8: 7 pixels", "  used    7 real pixels, no holes"]),
        ("20x12 k3 s2 , k3 --at 1,2", ["  window  height 2..8, width 4..10: 7x7 pixels", "  used    49 real pixels, no holes"]),
        ("9x8x7 k3x1x2 --at 0,1,2", ["  window  depth 0..2, height 1..1, width 2..3: 3x1x2 pixels", "  used    6 real pixels, no holes"]),
        ("2d k3 s2 , k3 --at 4,4", ["2d k3 s2 , k3: unit 4,4 of `conv_2` (input of any size)", "  window  height 8..14, width 8..14: 7x7 pixels", "  pixels  not counted: the maps on the way are too large"]),
        ("2d k3 d2 , k3 d2", ["warning    `conv_2` uses 31 % of its window of 9; the first layer with holes is `conv_1`"]),
    ],
)  # fmt: skip
def test_the_lines_of_a_chain(words: str, lines: list[str], run: Run) -> None:
    out = run("rf", *words.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []


def test_names_shares_and_lists_in_words() -> None:
    assert [several("abcde"[:count]) for count in (1, 4, 5)] == [
        "`a`",
        "`a`, `b`, `c`, `d`",
        "`a`, `b`, `c`, `d` and 1 more",
    ]
    shares = [Fraction(0), Fraction(1, 2), Fraction(1), Fraction(999, 1000)]
    assert [percent(share) for share in shares] == ["0 %", "50 %", "100 %", "99.9 %"]
    assert listed([3, 5]) == "[3, 5]"


@each(
    ("at", "message", "help"),
    [
        ((10, 0), "`c` has no unit 10,0: its map is 10x6", "positions go from 0 to 9,5"),
        ((0, 6), "`c` has no unit 0,6: its map is 10x6", "positions go from 0 to 9,5"),
        ((-1, 0), "`c` has no unit -1,0: its map is 10x6", "positions go from 0 to 9,5"),
        ((3,), "`c` has the output 3x10x6: a unit has 2 positions, not 1", "its centre is 4, 2"),
        ((1, 2, 3), "`c` has the output 3x10x6: a unit has 2 positions, not 3", "its centre is 4, 2"),
    ],
)  # fmt: skip
def test_units_that_are_not_there(at: tuple[int, ...], message: str, help: str) -> None:
    text = "convcalc: 1\ninput: [3, 20, 12]\nlayers:\n  - {conv: {out: 3, k: 3, p: 1, s: 2}, name: c}\n"
    lens = field_report(convcalc.loads(text).graph()).lens
    (conv,) = lens.layers
    for there in ((0, 0), (9, 5)):
        check_unit(lens, conv, there)
    with pytest.raises(StackError) as caught:
        check_unit(lens, conv, at)
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)


def test_units_of_one_axis_and_of_none() -> None:
    for layer, message, help in (
        (
            "- {conv: {out: 3, k: 3}, name: c}",
            "`c` has the output 3x18: a unit has 1 position, not 2",
            "its centre is 8",
        ),
        (
            "- {flatten: , name: c}",
            "`c` has the output 60: a unit has 0 positions, not 2",
            "ask for a layer with spatial axes",
        ),
    ):
        lens = field_report(
            convcalc.loads(f"convcalc: 1\ninput: [3, 20]\nlayers:\n  {layer}\n").graph()
        ).lens
        with pytest.raises(StackError) as caught:
            check_unit(lens, 1, (0, 0))
        (problem,) = caught.value.problems
        assert (problem.message, problem.help) == (message, help)
