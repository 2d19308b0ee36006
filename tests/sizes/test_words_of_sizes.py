"""What is said of good sizes, word for word; every figure is worked by hand."""
# ruff: noqa: E501 - lines stand whole, as they are printed

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import convcalc
from convcalc.features.sizes import expect
from convcalc.features.sizes.pattern import find_pattern, to_bits
from convcalc.features.sizes.place import may_tell_axes_apart
from convcalc.features.sizes.words import pattern_words, words
from tests.conftest import Run
from tests.each import each


@each(
    ("is_meant", "words"),
    [
        (lambda n: True, "every size"),
        (lambda n: False, "none"),
        (lambda n: n >= 9, "9 and more"),
        (lambda n: n == 17, "17"),
        (lambda n: 17 <= n <= 19, "17 to 19"),
        (lambda n: n in (3, 9, 10, 27), "3, 9 to 10, 27"),
        (lambda n: n % 2 == 0, "0 mod 2"),
        (lambda n: n % 4 == 2, "2 mod 4"),
        (lambda n: n % 4 == 2 and n > 3, "2 mod 4, from 6"),
        (lambda n: n % 4 == 2 and n > 20, "2 mod 4, from 22"),
        (lambda n: n % 8 in (1, 2, 3, 5, 7), "1 to 3, 5, 7 mod 8"),
        # 14 = 2·7: the first that has a remainder of 0 or 5 behind the groups.
        (lambda n: n in (3, 4) or (n % 7 in (0, 5) and n > 12), "0, 5 mod 7, from 14, also 3 to 4"),
        (lambda n: n in (3, 5) or n > 20, "21 and more, also 3, 5"),
        (lambda n: n in (2, 4, 6, 8, 11, 13, 15) or n > 20, "21 and more, also 2, 4, 6, 8, 11, 13, and 1 more groups"),
        (lambda n: n % 16 in (0, 2, 4, 6, 9, 11, 13, 15), "0, 2, 4, 6, 9, 11, and 2 more groups mod 16"),
        (lambda n: (n % 2 == 0 and n < 28) or n > 40, "41 and more, also 2, 4, 6, 8, 10, 12, and 7 more groups"),
        (lambda n: n % 8 in (0, 2, 3, 4), "0, 2 to 4 mod 8"),
        (lambda n: n in (1001, 1003), "1,001, 1,003"),
    ],
)  # fmt: skip
def test_sizes_in_the_fewest_words(is_meant: Callable[[int], bool], words: str) -> None:
    high = 1200 if words[:2] == "1," else 60
    pattern = find_pattern(to_bits(map(is_meant, range(1, high + 1))), 1, high)
    assert pattern_words(pattern) == words
    assert all(pattern.holds(n) == is_meant(n) for n in range(1, high + 1))


# A kernel of 3 in steps of 2 reads all of odd sizes n and gives (n - 1) / 2, which a pool by 2
# reads all of where it is even: n = 1 mod 4, from 5.
HALVES = """convcalc: 1
input: [3, 33, 17]
layers:
  - {conv: {out: 4, k: 3, s: 2}, name: a}
  - {max_pool: 2, name: b}
"""
# Every third pixel and a padded one behind: (n - 1) // 3 + 1 on each axis, 10 for 28 to 30 and 7
# for 19 to 21, which the dense layers hold fast.
THIRDS = """convcalc: 1
input: [3, 30, 20]
layers:
  - {conv: {out: 4, k: 2, s: 3, p: [[0, 1], [0, 1]]}, name: a}
  - {flatten: , name: f}
  - {linear: 5, name: one}
"""
TWO_HEADS = f"""{THIRDS.rstrip()}
  - {{flatten: , from: a, name: g}}
  - {{linear: 6, name: two}}
outputs: [one, two]
"""


@each(
    ("network", "options", "lines"),
    [
        (
            "convcalc: 1\ninput: [3, 33]\nlayers: [conv: {out: 4, k: 3, s: 2}]\n",
            "--range 1:64",
            [
                "length: 1 mod 2, from 3",
                "net · input 3x33 · each size from 1 to 64 checked · smallest legal 3",
            ],
        ),
        (
            HALVES,
            "--range 1:64",
            [
                "height and width: 1 mod 4, from 5",
                "net · input 3x33x17 · each size from 1 to 64 checked · smallest legal 5x5",
                "  * legal       60  5 and more        every layer stands and every merge fits",
                "  * pixels      15  1 mod 4, from 5   no pixel is dropped by a floor",
                "    strides      0  none              every stride divides its map",
                "  = good        15  1 mod 4, from 5   all with *",
                "  `a`       4      2  1 to 2",
                "    2: kernel 3, but the padded input has only 2 on the height",
                "  `b`       5      2  3 to 4",
                "    4: kernel 2, but the padded input has only 1 on the height",
                # Even sizes from 6, and 3 mod 4 from 7.
                "  `a`       4     30  0 mod 2, from 6",
                "  `b`       5     15  3 mod 4, from 7",
                "note  axes do not depend on each other; any good sizes go together",
            ],
        ),
        (
            HALVES,
            "--range 1:64 --near 30x20",
            [
                "  30x20  drops pixels in `a` (line 4)",
                "  33x21  larger: pad 3 and 1",
                "  29x21  closest: crop 1 and pad 1",
                "  29x17  smaller: crop 1 and 3",
            ],
        ),
        (HALVES, "--range 1:64 --near 31", ["  31x31  drops pixels in `b` (line 5)"]),
        (HALVES, "--range 1:64 --near 4x9", ["  4x9   does not fit in `b` (line 5)", "  5x9   larger: pad 1 and 0"]),
        (HALVES, "--range 1:64 --near 5", ["  5x5   good"]),
        (
            HALVES,
            "--range 1:64 --near 6x8 --require strides",
            [
                "height and width: none",
                "  6x8   a stride does not divide its map",
                "        no good size in the range",
            ],
        ),
        (
            THIRDS,
            "--range 1:64 --near 60",
            [
                "height: 28 to 30",
                "width: 19 to 21",
                "    exact       22  1 mod 3     no floor drops anything, not even padding",
                "    strides     21  0 mod 3     every stride divides its map",
                "  * weights      3  28 to 30    all learnt arrays keep their shapes",
                "  * weights      3  19 to 21    all learnt arrays keep their shapes",
                "  60x60  learnt arrays would have other shapes",
                "  30x21  closest: crop 30 and 39",
                "note  `f` ties the axes together, so each is given with the others as in 3x30x20",
            ],
        ),
        (
            THIRDS,
            "--range 1:64 --near 30x20 --require exact",
            ["  30x20  a floor drops padding or pixels", "  31x19  closest: pad 1 and crop 1"],
        ),
        (
            TWO_HEADS,
            "--range 1:64",
            ["note  `f`, `g` tie the axes together, so each is given with the others as in 3x30x20"],
        ),
        (
            # (33 - 1) / 4 = 8 and (17 - 1) / 4 = 4; 35 and 36 come to 8, too, with pixels dropped.
            HALVES.replace("name: b", "name: b, expect: {output: [4, 8, 4]}"),
            "--range 1:64 --near 37x17 --require pixels,expect",
            [
                "height: 33",
                "  37x17  an expectation of the file does not hold",
                "  33x17  closest: crop 4 and 0",
            ],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_an_answer(
    network: str, options: str, lines: list[str], run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "net.net.yaml"
    path.write_text(network)
    out = run("sizes", str(path), *options.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []
    none = "        no good size in the range"
    assert (none in out) == (none in lines)


@each(
    ("kernel", "apart"),
    [("[3, 5]", True), ("[3, 3]", False), ("3", False), ('"=height"', True), ('"=3 * 2"', False)],
)
def test_lists_of_unequal_numbers_tell_axes_apart(kernel: str, apart: bool) -> None:
    text = f"convcalc: 1\ninput: [4, 8, 8]\nlayers:\n  - conv: {{out: 3, k: {kernel}}}\n"
    assert may_tell_axes_apart(convcalc.loads(text).template) is apart


def test_each_axis_has_its_own_declared_size(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.net.yaml"
    path.write_text(THIRDS)
    data = json.loads(run("sizes", str(path), "--range", "1:64", "--format", "json").out)
    assert [(axis["axis"], axis["declared"]) for axis in data["axes"]] == [(0, 30), (1, 20)]


def test_an_expected_output_tells_the_axes_apart() -> None:
    # Of 16x16 the pool makes 8x8: no height gives the width of 4, and 8 or 9 columns do.
    network = convcalc.loads(
        "convcalc: 1\ninput: [4, 16, 16]\nlayers:\n"
        "  - {max_pool: 2, name: p, expect: {output: [4, 8, 4]}}\n"
    )
    answer = convcalc.sizes(network, range=(1, 20), require=("legal", "expect"))
    assert [axis.members() for axis in answer.axes] == [[], [8, 9]]


def test_so_many_plans_are_made_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: [4, 16]\nlayers: [max_pool: 2]\nexpect: {params: 0}\n"
    )
    # Sizes 2 to 20 of one layer; what is asked for is worked out, however many there are.
    for most, required, checked in ((19, False, True), (18, False, False), (18, True, True)):
        monkeypatch.setattr(expect, "MAX_UNASKED", most)
        answer = convcalc.sizes(
            network, range=(1, 20), require=("legal", "expect") if required else ("legal",)
        )
        (axis,) = answer.axes
        assert (axis.sets["expect"] is not None) == checked
        assert axis.members() == [*range(2, 21)]


def test_the_first_layers_to_blame_are_explained() -> None:
    pools = "".join(f"  - {{max_pool: 2, name: p{at}}}\n" for at in range(8))
    network = convcalc.loads(f"convcalc: 1\ninput: [1, 512]\nlayers:\n{pools}")
    (axis,) = convcalc.sizes(network, range=(1, 255), require=("legal",)).axes
    # 2^k to 2^(k+1) - 1 pixels are one where the pool k comes: the last ones end most sizes.
    short = [one for one in axis.to_blame if one.why == "does not fit"]
    assert [one.sizes.count for one in short] == [2**at for at in range(7, -1, -1)]
    note = "kernel 2, but the padded input has only 1"
    assert [one.note for one in short] == [note] * 6 + [""] * 2


def test_layers_to_blame_as_records() -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: [3, 40, 40]\nlayers:\n  - {conv: {out: 4, k: 3, s: 2}, name: a}\n"
        "  - {conv: {out: 4, k: 5}, name: b}\n"
    )
    # `a` makes (i - 3) // 2 + 1 rows, of which 5 are wanted from 11 on; at 12 one is dropped.
    (both,) = convcalc.sizes(network, range=(1, 12)).axes[:1]
    assert [(one.layer, one.line, one.why, one.sizes.count, one.note) for one in both.to_blame] == [
        ("b", 5, "does not fit", 8, "kernel 5, but the padded input has only 4 on the height"),
        ("a", 4, "does not fit", 2, "kernel 3, but the padded input has only 2 on the height"),
        ("a", 4, "drops pixels", 1, ""),
    ]


def test_no_more_layers_are_listed_than_are_explained(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("convcalc.features.sizes.words.MOST_EXPLAINED", 1)
    path = tmp_path / "net.net.yaml"
    path.write_text(HALVES)
    out = [
        " ".join(line.split())
        for line in run("sizes", str(path), "--range", "1:64").out.splitlines()
    ]
    # 3 and 4 do not fit into `b`, and 3 mod 4 from 7 to 63 leaves it a pixel.
    assert [line for line in out if line.startswith("and ")] == [
        "and 1 more layers 2",
        "and 1 more layers 15",
    ]


def test_what_was_not_checked() -> None:
    axis = convcalc.sizes(convcalc.loads(HALVES), range=(1, 8)).axes[0]
    assert words(None, axis) == "not checked (--require expect)"
