"""Stacks side by side: worked figures from papers and courses, turns against counting it out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import convcalc
from convcalc.core.errors import Place, StackError
from convcalc.features.compare.answer import Comparison, compared
from convcalc.features.compare.stacks import Channels, read_stack
from convcalc.features.compare.turning import cost_runs, forward_differences, sign_runs, value_at
from tests.each import each

Run = Callable[..., Any]
SAME = Channels(64, 64, 64)


def runs(found: Comparison, other: int = 0) -> list[tuple[int, int | None, int]]:
    return [(run.first, run.last, run.sign) for run in found.map_turns[other].runs]


@each(
    ("stack", "weights", "params", "field", "nonlinearities"),
    [
        # C = 64 in and out. Simonyan & Zisserman 2015, section 2.3: 3(3^2 C^2) = 27 C^2 against
        # 7^2 C^2 = 49 C^2, "81% more".
        pytest.param("3x3*3", 27 * 4096, 27 * 4096 + 192, (7, 7), 3, id="VGG: three 3x3"),
        pytest.param("7x7", 49 * 4096, 49 * 4096 + 64, (7, 7), 1, id="VGG: one 7x7"),
        # Szegedy et al. 2016 (Inception v2), section 3.1: two 3x3 for one 5x5, 28 % saved.
        pytest.param("3x3*2", 18 * 4096, 18 * 4096 + 128, (5, 5), 2, id="Inception: two 3x3"),
        pytest.param("5x5", 25 * 4096, 25 * 4096 + 64, (5, 5), 1, id="Inception: one 5x5"),
        # The same, section 3.2: 3x1 behind 1x3 is 33 % cheaper than 3x3.
        pytest.param("1x3,3x1", 6 * 4096, 6 * 4096 + 128, (3, 3), 2, id="factored into 1-D"),
        # Howard et al. 2017: 9 C + C^2.
        pytest.param("dw3x3,1x1", 9 * 64 + 4096, 9 * 64 + 4096 + 128, (3, 3), 2, id="separable"),
        pytest.param("3x3d2", 9 * 4096, 9 * 4096 + 64, (5, 5), 1, id="dilated spans 5"),
        pytest.param("3x3g4", 9 * 64 * 16, 9 * 64 * 16 + 64, (3, 3), 1, id="grouped"),
        # He et al. 2016: 1x1 to 16, 3x3, 1x1 back.
        pytest.param("16@1x1,16@3x3,1x1", 1024 + 2304 + 1024, 4352 + 96, (3, 3), 3, id="bottle"),
    ],
)
def test_worked_figures(
    stack: str, weights: int, params: int, field: tuple[int, int], nonlinearities: int
) -> None:
    found = compared([stack, "3x3"], SAME, (56,)).measures[0]
    assert (found.weights, found.params, found.field) == (weights, params, field)
    assert found.nonlinearities == nonlinearities
    # Padded to keep the map, every weight but a bias is used once a position.
    assert found.macs == weights * 56 * 56


def test_81_percent_more() -> None:
    first, other = compared(["3x3*3", "7x7"], SAME, (56,)).measures
    assert Fraction(other.weights, first.weights) == Fraction(49, 27)
    assert round((Fraction(49, 27) - 1) * 100) == 81


@each(
    ("words", "expected"),
    [
        # 9 C^2 [(i-2)^2 + (i-4)^2] against 25 C^2 (i-4)^2: at 10, 9(64+36) = 900 = 25 * 36.
        pytest.param(["3x3*2", "5x5"], [(5, 9, 1), (10, 10, 0), (11, None, -1)], id="5x5"),
        # At 12, 9(100+64+36) = 1800 > 49 * 36 = 1764; at 13, 9(121+81+49) = 2259 < 49 * 49 = 2401.
        pytest.param(["3x3*3", "7x7"], [(7, 12, 1), (13, None, -1)], id="7x7"),
        # 3(i-2)i + 3(i-2)^2 against 9(i-2)^2: 3i = 6(i-2) at 4.
        pytest.param(["1x3,3x1", "3x3"], [(3, 3, 1), (4, 4, 0), (5, None, -1)], id="1-D pair"),
        pytest.param(["3x3", "3x3"], [(3, None, 0)], id="the same"),
        # 25(i-4)^2 against 9(i-2)^2: 5(i-4) = 3(i-2) at 7.
        pytest.param(["5x5", "3x3"], [(5, 6, -1), (7, 7, 0), (8, None, 1)], id="small maps"),
        pytest.param(["3x3*2", "3x3"], [(5, None, 1)], id="never"),
    ],
)
def test_where_it_turns_without_padding(words: list[str], expected: list[Any]) -> None:
    assert runs(compared(words, SAME, (56,), padded=False)) == expected


@pytest.mark.parametrize("words", [["3x3*2", "5x5"], ["3x3s2,3x3", "5x5s2"], ["3x3s2", "1x1s3*2"],
                                   ["dw3x3,1x1", "3x3"], ["3x3d2,3x3", "5x5"]])  # fmt: skip
@pytest.mark.parametrize("channels", [SAME, Channels(3, 64, 64), Channels(64, 8, 16)])
@pytest.mark.parametrize("padded", [True, False])
def test_turns_are_those_of_counting_every_size(
    words: list[str], channels: Channels, padded: bool
) -> None:
    found = compared(words, channels, (56,), padded=padded)
    first, other = (read_stack(word) for word in words)
    for size in range(found.least, 140):
        on = (size, size)
        difference = first.macs(channels, on, padded) - other.macs(channels, on, padded)
        sign = (difference > 0) - (difference < 0)
        (run,) = [
            run
            for run in found.map_turns[0].runs
            if run.first <= size and (run.last is None or size <= run.last)
        ]
        assert run.sign == sign, size


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=4))
def test_sign_runs_are_those_of_the_polynomial(coefficients: list[int]) -> None:
    def value(n: int) -> int:
        return sum(c * n**power for power, c in enumerate(coefficients))

    differences = forward_differences([value(n) for n in range(len(coefficients))])
    found = sign_runs(differences)
    assert found[0].first == 0
    assert found[-1].last is None
    for before, after in pairwise(found):
        assert before.last == after.first - 1
        assert before.sign != after.sign
    # Beyond the sum of all coefficients the leading one decides: what is listed ends before.
    for n in range(210):
        assert value_at(differences, n) == value(n)
        (run,) = [r for r in found if r.first <= n and (r.last is None or n <= r.last)]
        assert run.sign == (value(n) > 0) - (value(n) < 0)


@each(
    ("coefficients", "runs"),
    [
        ([0], [(0, None, 0)]),
        ([-5], [(0, None, -1)]),
        ([0, 1], [(0, 0, 0), (1, None, 1)]),
        ([-1, -1], [(0, None, -1)]),
        # n - 3, 4 - n^2, (n - 2)(n - 3), (n - 1)(n - 3), (1 - n)(2 - n)(3 - n).
        ([-3, 1], [(0, 2, -1), (3, 3, 0), (4, None, 1)]),
        ([4, 0, -1], [(0, 1, 1), (2, 2, 0), (3, None, -1)]),
        ([6, -5, 1], [(0, 1, 1), (2, 3, 0), (4, None, 1)]),
        ([3, -4, 1], [(0, 0, 1), (1, 1, 0), (2, 2, -1), (3, 3, 0), (4, None, 1)]),
        ([6, -11, 6, -1], [(0, 0, 1), (1, 3, 0), (4, None, -1)]),
    ],
)
def test_signs_of_polynomials_by_hand(
    coefficients: list[int], runs: list[tuple[int, int | None, int]]
) -> None:
    values = [
        sum(c * n**power for power, c in enumerate(coefficients)) for n in range(len(coefficients))
    ]
    assert list(map(tuple, sign_runs(forward_differences(values)))) == runs


def test_a_turn_far_away_is_found_exactly() -> None:
    far = 10**15 + 7
    found = cost_runs(lambda i: (far - i) * (i + 1), 1, degree=2, period=1)
    assert [tuple(run) for run in found] == [
        (1, far - 1, 1), (far, far, 0), (far + 1, None, -1),
    ]  # fmt: skip


def test_a_balance_that_swings_for_good_is_not_said_to_settle() -> None:
    found = cost_runs(lambda i: 1 if i % 2 else -1, 1, degree=0, period=2)
    assert found[-1].last is not None


@each(
    ("difference", "period", "runs"),
    [
        # Both residues of i turn where i does, at 20.
        (lambda i: i - 20, 2, [(1, 19, -1), (20, 20, 0), (21, None, 1)]),
        # Odd sizes turn behind 9, even ones behind 4.
        (
            lambda i: 9 - i if i % 2 else 4 - i, 2,
            [(1, 3, 1), (4, 4, 0), (5, 5, 1), (6, 6, -1), (7, 7, 1), (8, 8, -1), (9, 9, 0),
             (10, None, -1)],
        ),
        (lambda i: 7, 3, [(1, None, 1)]),
    ],
    ids=lambda value: "",
)  # fmt: skip
def test_with_strides_the_turns_of_all_remainders_are_found(
    difference: Callable[[int], int], period: int, runs: list[tuple[int, int | None, int]]
) -> None:
    assert [tuple(run) for run in cost_runs(difference, 1, 1, period)] == runs


def test_turns_are_joined_size_by_size_up_to_a_bound() -> None:
    # Odd sizes turn at 1001: known, and further than what is joined.
    (run,) = cost_runs(lambda i: 1001 - i if i % 2 else 1, 1, 1, period=2, most=10)
    assert tuple(run) == (1, 12, 1)


@pytest.mark.parametrize(
    ("words", "ratio"),
    [
        # mid = cout: 9 cin C + 9 C^2 against 25 cin C.
        pytest.param(["3x3*2", "5x5"], Fraction(9, 16), id="5x5"),
        pytest.param(["3x3*3", "7x7"], Fraction(9, 20), id="7x7"),
    ],
)
@pytest.mark.parametrize("cout", [1, 64, 1000])
def test_the_ratio_of_channels_where_it_turns(words: list[str], ratio: Fraction, cout: int) -> None:
    found = compared(words, Channels(3, cout, cout), (56,), with_ratio=True)
    assert [(turn.metric, turn.ratio, turn.above) for turn in found.channel_turns] == [
        ("weights", ratio, -1),
        ("MACs", ratio, -1),
    ]


def test_3_to_64_costs_eight_times_the_weights() -> None:
    first, other = compared(["3x3*2", "5x5"], Channels(3, 64, 64), (56,)).measures
    assert (first.weights, other.weights) == (9 * 3 * 64 + 9 * 64 * 64, 25 * 3 * 64)
    assert first.weights // other.weights == 8


def test_sizes_may_be_huge() -> None:
    size = 10**9
    first, other = compared(["3x3*2", "5x5"], SAME, (size,), padded=False).measures
    c = 64 * 64
    assert first.macs == 9 * c * ((size - 2) ** 2 + (size - 4) ** 2)
    assert other.macs == 25 * c * (size - 4) ** 2


@each(
    ("text", "message", "help"),
    [
        pytest.param(
            "3x3,,1x1",
            "there is no layer beside this comma",
            "write layers such as 3x3, 1x3, dw3x3 or 3x3d2, with commas between and *3 to repeat",
            id="nothing between commas",
        ),
        pytest.param(
            "5q5",
            "`5q5`: there is no `q`",
            "d is the dilation, s the stride and g the groups, as in 3x3d2",
            id="unknown letter",
        ),
        pytest.param(
            "0x3",
            "`0x3`: every number is 1 or more, got 0",
            "write layers such as 3x3, 1x3, dw3x3 or 3x3d2, with commas between and *3 to repeat",
            id="kernel of zero",
        ),
        pytest.param(
            "3x3,5x5x5",
            "`3x3,5x5x5` has kernels for 2 and 3 axes",
            "give every kernel one number an axis, up to 3",
            id="unequal axes",
        ),
        pytest.param("3x3*9999", "`3x3*9999` has more than 1000 layers", "repeat less", id="many"),
        pytest.param(
            "dw3x3g2",
            "`dw3x3g2` gives its groups twice",
            "`dw` is one group a channel: leave out `g`",
            id="groups twice",
        ),
        pytest.param("3x3s2s2", "`3x3s2s2` gives `s` twice", "keep one", id="field twice"),
        pytest.param(
            "3x3g2x4", "`3x3g2x4`: `g` takes one number", "write g32", id="groups by axis"
        ),
        pytest.param(
            "3x12345678901",
            "`3x12345678901` has a number of too many digits",
            "use numbers below 1,000,000,000",
            id="too large",
        ),
    ],
)
def test_what_does_not_parse(text: str, message: str, help: str) -> None:
    with pytest.raises(StackError) as refused:
        read_stack(text)
    (problem,) = refused.value.problems
    assert (problem.message, problem.help) == (message, help)
    assert problem.place is not None


@each(
    ("text", "column", "width"),
    [
        ("", 1, 1),
        (",3x3", 1, 1),
        ("3x3,", 5, 1),
        ("3x3, ,5x5", 6, 1),
        ("3x3, foo", 6, 3),
        ("3x3,5x5x5", 1, 9),
        ("3x3,0x5", 5, 3),
    ],
)
def test_what_does_not_parse_is_pointed_at(text: str, column: int, width: int) -> None:
    with pytest.raises(StackError) as refused:
        read_stack(text)
    (problem,) = refused.value.problems
    assert problem.place == Place(1, column, width)


@each("name", ["channels", "cin", "cout", "mid"])
def test_channels_are_at_least_one(name: str) -> None:
    with pytest.raises(StackError, match=f"{name} wants an integer, 1 or more, got `0`"):
        convcalc.compare("3x3", "5x5", **{name: 0})  # type: ignore[arg-type]


def test_a_map_that_is_too_small_says_which_would_do() -> None:
    with pytest.raises(StackError) as refused:
        compared(["3x3*2", "5x5"], SAME, (4,), padded=False)
    (problem,) = refused.value.problems
    assert problem.message == "`3x3*2` does not fit a map of 4x4"
    assert problem.help == "give it a map of 5 or more: --size 5"
    assert problem.place == Place(1, 1, 5)


def test_the_answer_in_a_terminal(ask: Run) -> None:
    result = ask("compare 3x3*2 5x5 --no-padding")
    assert (result.code, result.err) == (0, "")
    assert result.out == (
        "3x3*2 against 5x5: 28.0 % fewer weights, 25.2 % fewer MACs, the same field of 5, "
        "1 nonlinearity more\n\n"
        "64 to 64 channels · map 56x56 · no padding · one sample, float32\n\n"
        "                         3x3*2          5x5  first vs it\n"
        "────────────────────────────────────────────────────────\n"
        "receptive field              5            5\n"
        "output                64x52x52     64x52x52\n"
        "params                  73,856      102,464      -27.9 %\n"
        "  without bias          73,728      102,400      -28.0 %\n"
        "MACs               207,175,680  276,889,600      -25.2 %\n"
        "FLOPs              414,351,360  553,779,200      -25.2 %\n"
        "nonlinearities               2            1\n"
        "activations, peak     1.48 MiB     1.43 MiB       +3.6 %\n"
        "  kept to train       2.14 MiB     1.43 MiB      +49.9 %\n\n"
        "MACs on a map of i by i\n"
        "  3x3*2  36,864·[(i − 2)² + (i − 4)²]\n"
        "  5x5    102,400·(i − 4)²\n\n"
        "3x3*2 by map size\n"
        "  against 5x5  loss for 5 to 9, tie at 10, gain from 11 on, for good\n"
    )


def test_no_line_is_wider_than_the_terminal(ask: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    result = ask("compare 3x3*3 7x7 5x5,3x3 1x7,7x1 --cin 32 --cout 64 --format table")
    assert result.code == 0
    assert max(map(len, result.out.splitlines())) <= 80


def test_json(ask: Run) -> None:
    data = json.loads(ask("compare 3x3*2 5x5 --no-padding --format json").out)
    assert data["version"] == 1
    assert data["stacks"][1]["ratio"]["params_without_bias"] == "18/25"
    assert data["stacks"][0]["ratio"]["macs"] == "1"
    assert data["stacks"][0]["outputs"] == [[64, 52, 52]]
    assert data["by_map_size"][0]["runs"][-1] == {"first": 11, "last": None, "macs": "gain"}


def test_the_picture_is_the_same_every_time(ask: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "a.svg", tmp_path / "b.svg"
    for file in (first, second):
        result = ask(f"compare 3x3*2 5x5 --no-padding --plot {file}")
        assert (result.code, result.err) == (0, f"wrote {file}\n")
    assert first.read_bytes() == second.read_bytes()
    text = first.read_text()
    assert "tie 10" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    again = ask(f"compare 3x3*2 5x5 --plot {first}")
    assert (again.code, again.err) == (2, f"error: {first} exists\nhelp: --force overwrites it\n")


def test_the_picture_answers_the_question_that_the_text_answers(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    assert "it never turns" in ask(f"compare 3x3*3 7x7 --plot {file}").out
    drawn = file.read_text()
    assert "Padded to keep the map" in drawn
    # 27 of 49: padded, the ratio is the limit at every size.
    assert "limit 0.551" in drawn
    assert ">gain " not in drawn


def test_the_picture_as_png(ask: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    assert ask(f"compare 3x3 5x5 --plot {file}").code == 0
    assert file.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


@each(
    ("line", "message"),
    [
        ("compare 3x3", "give two stacks or more; as in '3x3*3' 7x7"),
        ("compare 3x3 5x5 --size 0", "wants a size, 1 or more on each axis, got `0`"),
        ("compare 3x3 5x5 -c 0", "wants an integer, 1 or more, got `0`"),
        ("compare 3x3 5x5 --plot a.gif", "`a.gif` is no picture"),
    ],
)
def test_bad_usage(ask: Run, line: str, message: str) -> None:
    result = ask(line)
    assert result.code == 2
    assert message in result.err


def test_files_are_compared_by_their_plans(ask: Run) -> None:
    folder = Path(__file__).parents[2] / "examples" / "configs"
    result = ask(f"compare {folder}/resnet18.net.yaml {folder}/resnet50.net.yaml")
    assert result.code == 0
    assert "resnet18 against resnet50: 54.3 % fewer weights, 55.6 % fewer MACs" in result.out
    assert "11,689,512" in result.out
    assert "25,557,032" in result.out


def test_every_output_of_a_file_is_shown(ask: Run, tmp_path: Path) -> None:
    heads = "{conv: {out: 8, k: 1}, name: big}, {max_pool: 2, name: half}"
    text = f"convcalc: 1\ninput: [3, 8, 8]\nlayers: [{heads}]\noutputs: %s\n"
    one, two = tmp_path / "one.net.yaml", tmp_path / "two.net.yaml"
    one.write_text(text % "[half]")
    two.write_text(text % "[big, half]")
    lines = [" ".join(line.split()) for line in ask(f"compare {one} {two}").out.splitlines()]
    assert "output 8x4x4 8x8x8, 8x4x4" in lines
    stacks = json.loads(ask(f"compare {one} {two} --format json").out)["stacks"]
    assert [stack["outputs"] for stack in stacks] == [[[8, 4, 4]], [[8, 8, 8], [8, 4, 4]]]


@pytest.mark.parametrize("words", ["3x3*3 7x7", "7x7 3x3*3", "1x1 3x3 5x5"])
def test_headline_and_table_go_in_one_direction(ask: Run, words: str) -> None:
    lines = ask(f"compare {words}").out.splitlines()
    said = [re.search(r": (\S+) % (fewer|more) weights", line) for line in lines]
    headlines = [f"{'-+'[one[2] == 'more']}{one[1]} %" for one in said if one]
    (weights,) = (line for line in lines if "without bias" in line)
    assert re.findall(r"[-+]\S+ %", weights) == headlines
    assert len(headlines) == len(words.split()) - 1


def test_a_file_with_more_weights_has_more_in_the_table_too(ask: Run, tmp_path: Path) -> None:
    """57,700 weights against 10,000: `compare A B` said 477.0 % more above -82.6 %."""
    for name, out in (("A", 577), ("B", 100)):
        text = f"convcalc: 1\ninput: [100]\nlayers: [linear: {{out: {out}, bias: false}}]\n"
        (tmp_path / f"{name}.net.yaml").write_text(text)
    lines = ask(f"compare {tmp_path}/A.net.yaml {tmp_path}/B.net.yaml").out.splitlines()
    assert lines[0] == "A against B: 477.0 % more weights, 477.0 % more MACs"
    assert ["params", "57,700", "10,000", "+477.0", "%"] in [line.split() for line in lines]


def test_a_thousand_layers_and_no_more() -> None:
    assert len(read_stack("1*999,1*1").layers) == 1000
    with pytest.raises(StackError, match="has more than 1000 layers"):
        read_stack("1*999,1*3")


@each("words", [["net.onnx", "3x3"], ["3x3", "net.onnx"], ["net.pt2", "net.keras"]])
def test_a_name_with_an_ending_is_a_file(run: Run, words: list[str]) -> None:
    """It was said to be no layer, and how layers are written."""
    name = next(word for word in words if word != "3x3")
    result = run("compare", *words)
    assert result.code == 2
    assert result.err == f"{name}: error CC901 unreadable-file: no such file or directory\n"
