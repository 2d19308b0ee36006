"""The lines of an answer of `compare`, word for word; figures are worked by hand."""
# ruff: noqa: E501 - lines stand whole, as they are printed

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.compare.words import change, decimal
from tests.conftest import Run
from tests.each import each


@each(
    ("words", "lines"),
    [
        (
            "3x3*2 5x5 --no-padding --cin 3 --cout 8 --size 9x7",
            [
                # 792 of 600 weights; 216·7·5 + 576·5·3 = 16,200 MACs of 600·5·3 = 9,000.
                "3x3*2 against 5x5: 32.0 % more weights, 80.0 % more MACs, the same field of 5, 1 nonlinearity more",
                "3 to 8 channels · map 9x7 · no padding · one sample, float32",
                "output                8x5x3     8x5x3",
                "params                  808       608      +32.9 %",
                "MACs                 16,200     9,000      +80.0 %",
                # 3·63 + 8·35 and 8·35 + 8·15 floats; 3·63 + 8·15.
                "activations, peak  2.19 KiB  1.21 KiB      +81.2 %",
                "MACs on a map of i by i",
                "  3x3*2  216·(i − 2)² + 576·(i − 4)²",
                "  5x5    600·(i − 4)²",
                "  against 5x5  more MACs at every size from 5 on; it never turns",
                "3x3*2 by channels, with mid = cout",
                "  against 5x5  fewer weights where cin/cout > 9/16 = 0.5625",
                "               fewer MACs where cin/cout > 9/4 = 2.2500",
            ],
        ),
        (
            "1x3*2 1x5 --no-padding",
            [
                "1x3*2 against 1x5: 20.0 % more weights, 22.3 % more MACs, the same field of 1x5, 1 nonlinearity more",
                "  1x3*2  12,288·[i·(i − 2) + i·(i − 4)]",
                "  1x5    20,480·i·(i − 4)",
            ],
        ),
        (
            "3*2 5 --no-padding --size 11 -c 2",
            [
                "  3*2  12·[(i − 2) + (i − 4)]",
                "  5    20·(i − 4)",
                "MACs on a map of i",
                # 4·(11 + 9)·2 bytes, and 4·2·(11 + 7).
                "activations, peak  160 B  144 B      +11.1 %",
                "  kept to train    216 B  144 B      +50.0 %",
            ],
        ),
        (
            "3x3x3*2 5x5x5 --no-padding -c 2 --size 8",
            [
                "MACs on a map of i by i by i",
                "  3x3x3*2  108·[(i − 2)³ + (i − 4)³]",
                "  5x5x5    500·(i − 4)³",
                # 108·(5³ + 3³) = 16,416 above 500·3³ = 13,500; 30,240 below 32,000 at 8.
                "  against 5x5x5  loss for 5 to 7, gain from 8 on, for good",
            ],
        ),
        (
            "7x7 3x3*3 --no-padding -c 4",
            [
                "7x7 against 3x3*3: 81.5 % more weights, 67.6 % more MACs, the same field of 7, 2 nonlinearities fewer",
                "  3x3*3  144·[(i − 2)² + (i − 4)² + (i − 6)²]",
                "  against 3x3*3  gain for 7 to 12, loss from 13 on, for good",
            ],
        ),
        (
            "1x1 3x3 5x5 -c 2 --no-padding",
            [
                "1x1 against 3x3: 88.9 % fewer weights, 88.1 % fewer MACs, a field of 1 against 3",
                "1x1 against 5x5: 96.0 % fewer weights, 95.4 % fewer MACs, a field of 1 against 5",
                "output               2x56x56    2x54x54                 2x52x52",
                "params                     6         38      -84.2 %        102      -94.1 %",
                "  1x1  4·i²",
                "  against 3x3  fewer MACs at every size from 5 on; it never turns",
                # 4·5² = 100·1².
                "  against 5x5  tie at 5, gain from 6 on, for good",
            ],
        ),
        (
            "3x3 3x3 --cin 3 --cout 6 --size 8",
            [
                "3x3 against 3x3: as many weights, as many MACs, the same field of 3",
                "  without bias          162       162         same",
                "3x3 by map size",
                "  against 3x3  as many MACs at every size; it never turns",
                "  against 3x3  as many weights at every ratio of cin to cout",
                "               as many MACs at every ratio of cin to cout",
            ],
        ),
        (
            "3x3g4 5x5 7x7 --cin 4 --cout 8 --size 8",
            [
                "4 to 8 channels · map 8x8 · padded to keep the map · one sample, float32",
                "params                   80       808      -90.1 %     1,576      -94.9 %",
                "  against 5x5  fewer weights at every ratio of cin to cout",
                "               fewer MACs at every ratio of cin to cout",
                "  against 7x7  fewer weights at every ratio of cin to cout",
            ],
        ),
        (
            "3x3*2 5x5 --cin 3 --mid 16 --cout 64 --size 9x7",
            [
                "3 to 16 to 64 channels · map 9x7 · padded to keep the map · one sample, float32",
                "3x3*2 by channels, with mid = 16",
                # 144·cin + 144·cout < 25·cin·cout, with cout = 64.
                "  against 5x5  fewer weights where cin/cout > 9/91 = 0.0989",
            ],
        ),
        (
            # ⌈i/2⌉ positions against ⌈i/3⌉ + ⌈i/9⌉: 5 against 3 + 1 at 9.
            "1s2 1s3*2 --no-padding -c 2 --size 9",
            ["1s2 against 1s3*2: 50.0 % fewer weights, 25.0 % more MACs, the same field of 1, 1 nonlinearity fewer",
 "  against 1s3*2  gain for 1 to 2, tie at 3, gain at 4, tie for 5 to 8, loss at 9, gain at 10, tie for 11 to 14, loss at 15, tie at 16, loss for 17 to 18, tie for 19 to 20, loss at 21, tie at 22, loss for 23 to 27, tie at 28, loss from 29 on, for good"],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_an_answer(words: str, lines: list[str], run: Run) -> None:
    out = run("compare", *words.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []


def test_files_of_one_name_keep_their_folders(run: Run, tmp_path: Path) -> None:
    paths = [tmp_path / folder / "net.net.yaml" for folder in "ab"]
    for path, out in zip(paths, (2, 3), strict=True):
        path.parent.mkdir()
        path.write_text(f"convcalc: 1\ninput: [4]\nlayers: [linear: {{out: {out}}}]\n")
    said = run("compare", *map(str, paths)).out
    # 8 of 12 weights.
    assert said.startswith(f"{paths[0]} against {paths[1]}: 33.3 % fewer weights, 33.3 % fewer MACs\n\none sample, float32\n")  # fmt: skip


def test_a_layer_that_tells_nothing_leaves_its_figures_open(run: Run, tmp_path: Path) -> None:
    known, open_ = tmp_path / "known.net.yaml", tmp_path / "open.net.yaml"
    known.write_text("convcalc: 1\ninput: [3, 8, 8]\nlayers: [conv: {out: 4, k: 1}]\n")
    open_.write_text("convcalc: 1\ninput: [3, 8, 8]\nlayers: [opaque: [4, 8, 8]]\n")
    lines = [" ".join(line.split()) for line in run("compare", str(known), str(open_)).out.splitlines()]  # fmt: skip
    assert lines[0].startswith("known against open: weights not known, MACs not known")
    assert "params 16 ≥0 ?" in lines
    assert "MACs 768 ≥0 ?" in lines


@each("name", ["size", "cin", "cout", "mid"])
def test_what_is_of_stacks_is_refused_of_networks_alone(name: str) -> None:
    """A size that nobody used was announced: "read as one axis (a map: 8x8)"."""
    network = convcalc.loads("convcalc: 1\ninput: [3, 8, 8]\nlayers: [conv: {out: 4, k: 1}]\n")
    with pytest.raises(StackError) as caught:
        convcalc.compare(network, network, **{name: 8})  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (
        f"{name} is of stacks, and these are networks",
        "give their map as input",
    )


def test_what_it_has_more_than_the_other() -> None:
    assert [change(value, base) for value, base in ((3, 2), (1, 2), (2, 2), (0, 2))] == [
        "+50.0 %",
        "-50.0 %",
        "same",
        "-100.0 %",
    ]
    assert [decimal(Fraction(n, 20000)) for n in (1, 3, 20001)] == ["0.0001", "0.0002", "1.0001"]


@each(
    ("stacks", "size", "message", "help"),
    [
        (["3x3"], None, "give two stacks or more", "as in '3x3*3' 7x7"),
        (["3x3x3", "5x5"], None, "`5x5` has kernels for 2 axes, `3x3x3` for 3", "compare stacks for equally many axes"),
        (["3x3", "5x5"], "@9x9x9", "`3x3` has kernels for 2 axes, the map has 3", "give --size one number an axis"),
        (["3", "5x5"], "@9x9x9", "`5x5` has kernels for 2 axes, the map has 3", "give --size one number an axis"),
        (["3", "5x5"], None, None, ""),
    ],
)  # fmt: skip
def test_stacks_have_equally_many_axes(
    stacks: list[str], size: str | None, message: str | None, help: str
) -> None:
    if message is None:
        assert convcalc.compare(*stacks, size=size).rank == 2
        return
    with pytest.raises(StackError) as caught:
        convcalc.compare(*stacks, size=size)
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)


def test_figures_as_a_table_of_numbers(run: Run) -> None:
    # 2·9·64² + 2·64, 25·64² + 64 and 49·64² + 64; (73,856 - 102,464) / 102,464, and so on.
    assert run("compare", "3x3*2", "5x5", "7x7", "--format", "csv").out.splitlines() == [
        "figure,stack_1,stack_2,change_2,stack_3,change_3",
        "field,5,5,,7,",
        "outputs,64x56x56,64x56x56,,64x56x56,",
        "params,73856,102464,-0.2792,200768,-0.632133",
        "weights,73728,102400,-0.28,200704,-0.632653",
        "macs,231211008,321126400,-0.28,629407744,-0.632653",
        "flops,462422016,642252800,-0.28,1258815488,-0.632653",
        "nonlinearities,2,1,,1,",
        "peak,1605632,1605632,0,1605632,0",
        "kept,2408448,1605632,0.5,1605632,0.5",
    ]


def test_ratios_of_channels_as_records() -> None:
    answer = convcalc.compare("3x3*2", "5x5", "7x7", padded=False, size=(9, 7), cin=3, cout=8)
    # 9·cin·8 + 9·8·8 of 25·cin·8 and 49·cin·8; MACs on 7x5 and 5x3 of those on 5x3 and 3x1.
    assert [(one.against, one.figure, one.cin_over_cout) for one in answer.by_channels] == [
        ("5x5", "weights", "9/16"),
        ("5x5", "MACs", "9/4"),
        ("7x7", "weights", "9/40"),
        ("7x7", "MACs", None),
    ]
    assert {one.stack for one in answer.by_channels} == {"3x3*2"}


@each(
    ("text", "column"),
    [("3x3,5x5,x", 8), ("3x3, 5x5, x", 10), ("x", 0), ("3x3*2,,5x5", 6)],
)
def test_the_part_of_a_stack_that_is_wrong_has_its_place(text: str, column: int) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.compare(text, "3x3")
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert problem.place.column == column + 1
