"""The lines of an answer of `solve`, word for word; figures are worked by hand."""
# ruff: noqa: E501 - lines stand whole, as they are printed

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.solve.candidates import Found
from convcalc.features.solve.words import chain_text, padding_word
from tests.conftest import Run
from tests.each import each

MORE = "after {} looks: there may be more, also more usual ones; --max-work allows more, narrower bounds need less"


@each(
    ("words", "lines"),
    [
        (
            "224 112 --limit 1",
            [
                "224 to 112: convolutions, 32 in all, the first 1",
                "  layer     padding  dropped",
                "  k3 s2 p1  half           0",
                "bounds    kernel 1:32, stride 1:32, dilation 1, padding up to half",
            ],
        ),
        (
            "8 7 --kernel 2 --stride 1",
            [
                "8 to 7: convolutions, 1 in all",
                "  k2 s1 p0  none           0",
                "bounds    kernel 2, stride 1, dilation 1, padding up to half",
            ],
        ),
        (
            "9 2 --kernel 4 --stride 4 --padding 0:1 --dilation 1",
            [
                "9 to 2: convolutions, 2 in all",
                # 9 = 4 + 4 + 1; 1 + 9 = 4 + 4 + 2, and the pixel behind is no input.
                "  k4 s4 p0  none           1",
                "  k4 s4 p1                 2",
                "bounds    kernel 4, stride 4, dilation 1, padding 0:1",
            ],
        ),
        (
            "9 3 --pool --ceil --limit 2",
            [
                "9 to 3: pools, rounding up, 275 in all, the first 2",
                "  k3 s3 p0  none           0",
            ],
        ),
        (
            "4 9 --transposed --kernel 3 --stride 2 --padding 0:1",
            [
                "4 to 9: transposed convolutions, 1 in all",
                "  layer     padding  overlap",
                "  k3 s2 p0  none     uneven, 1 to 2",
                "bounds    kernel 3, stride 2, dilation 1, padding 0:1, any legal a",
            ],
        ),
        (
            "4 8 --transposed --kernel 2:3 --stride 2 --output-padding 0:1",
            [
                "  k2 s2 p0     none     even",
                "  k3 s2 p1 a1  half     uneven, 1 to 2",
                "bounds    kernel 2:3, stride 2, dilation 1, padding up to half, output padding 0:1",
            ],
        ),
        (
            "64 8 --layers 3 --limit 2",
            [
                "3 x (k3 s2 p1)",
                "64 to 8: chains of 3 convolutions, the first 2 of those found, and there are more",
                # 1 + 2·(1 + 2 + 4) and 1 + (1 + 2 + 4).
                "  3 x (k3 s2 p1)  64 32 16 8     15",
                "  3 x (k2 s2 p0)  64 32 16 8      8",
                "bounds  kernel 1:7, stride 1:4, dilation 1, padding up to half",
            ],
        ),
        (
            "3x32x32 64x8x8 --layers 2 -c 16 --max-macs 2M --limit 2",
            [
                "  layers          sizes    field  params     MACs",
                # 448 + 9,280 params; 432·16² + 9,216·8² MACs.
                "  2 x (k3 s2 p1)  32 16 8      7   9,728  700,416",
                "  2 x (k2 s2 p0)  32 16 8      4   4,368  311,296",
                "with    at most 2,000,000 MACs, channels 3 to 16 to 64",
            ],
        ),
        (
            "3x32x32 64x16x16 -c 8 --max-params 2000 --limit 1",
            [
                "  k3 s2 p1  half           0   1,792  442,368",
                "with      at most 2,000 params, channels 3 to 64",
            ],
        ),
        (
            "10 20",
            [
                "no answer within the bounds",
                "10 to 20: convolutions, none",
                "larger    --transposed asks for layers that enlarge",
            ],
        ),
        (
            "100 3 --kernel 1:3 --stride 1:2",
            [
                "complete  6 looks, nothing within the bounds is left out",
                "wider     k33 s33 p0 would do: --kernel 33 --stride 33",
            ],
        ),
        (
            "224 28 --layers 3 --max-work 50",
            [
                "no answer so far",
                "224 to 28: chains of 3 convolutions, none so far",
                "stopped  " + MORE.format(50),
            ],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_an_answer(words: str, lines: list[str], run: Run) -> None:
    out = run("solve", *words.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []


@each(
    ("words", "what"),
    [
        # An answer is there, or may be: wider bounds would only give others.
        ("224 112", "wider"),
        ("100 3 --kernel 2:32 --stride 1:3 --max-work 3", "wider"),
        # Transposed convolutions enlarge, and nothing is to be enlarged.
        ("32 32 --kernel 2 --padding 0", "larger"),
        ("32 64 --kernel 2 --padding 0 --transposed --stride 3", "larger"),
    ],
)
def test_what_would_not_help_is_not_offered(words: str, what: str, run: Run) -> None:
    assert f"\n{what} " not in run("solve", *words.split()).out


@each(
    ("words", "lines"),
    [
        (
            "32 8 --layers 2:3 -c 8:16:8",
            [
                "4 choices of 4 on the front",
                "32 to 8: 2:3 convolutions, 8:16 channels",
                # 2 · (8·8·3 + 8) params; 8·8·3 · (16 + 8) MACs.
                "      2         8  2 x (k3 s2 p1)                7     400   4,608  yes",
                "left out  the other chains of a depth and width, which may see more or cost less; one of each, as in --layers 3 -c 16, lists them",
            ],
        ),
        (
            "32 8 --layers 2:3 -c 8:16:8 --limit 1",
            ["32 to 8: 2:3 convolutions, 8:16 channels, the first 1"],
        ),
        (
            "32 8 --layers 2:3 -c 8:16:8 --max-work 100",
            [
                "no answer so far",
                "stopped   for 4 choices the work allowed was done before a chain was found; --max-work allows more, narrower bounds need less",
            ],
        ),
        (
            "10 20 --layers 2:3 -c 8",
            ["no answer within the bounds", "10 to 20: 2:3 convolutions, 8 channels"],
        ),
    ],
)  # fmt: skip
def test_the_lines_of_choices(words: str, lines: list[str], run: Run) -> None:
    out = run("solve", *words.split()).out.splitlines()
    assert [line for line in lines if line not in out] == []


def test_equal_neighbours_are_written_once() -> None:
    half, tile = Found(3, 1, 1, (1,), (0,)), Found(2, 2, 1, (0,), (0,))
    assert chain_text([half, tile, tile]) == "k3 s1 p1, 2 x (k2 s2 p0)"
    assert chain_text([half, tile, half]) == "k3 s1 p1, k2 s2 p0, k3 s1 p1"


@each(
    ("layer", "word"),
    [
        (Found(1, 1, 1, (0,), (0,)), "none"),
        (Found(3, 1, 1, (0,), (0,)), "none"),
        (Found(3, 1, 1, (1,), (0,)), "half"),
        (Found(3, 1, 1, (2,), (0,)), "full"),
        (Found(4, 1, 1, (2,), (0,)), ""),
        (Found(4, 1, 1, (3,), (0,)), "full"),
        # A dilated kernel of 3 spans 5.
        (Found(3, 1, 2, (2,), (0,)), "half"),
        (Found(3, 1, 2, (1,), (0,)), ""),
        (Found(3, 1, 1, (1, 1), (0, 0)), "half"),
        (Found(3, 1, 1, (1, 0), (0, 0)), ""),
    ],
)
def test_what_the_guide_calls_a_padding(layer: Found, word: str) -> None:
    assert padding_word(layer) == word


@each(
    ("asked", "message", "help"),
    [
        ({"layers": 0}, "layers wants an integer, 1 or more, got `0`", "layers=8"),
        ({"layers": 65}, "65 layers are too many", "up to 64 are possible"),
        ({"max_params": 5}, "costs depend on the channels", "give channels=64, or cin and cout"),
        ({"max_macs": 5}, "costs depend on the channels", "give channels=64, or cin and cout"),
        ({"pool": True, "cin": 3, "cout": 4}, "pools keep their channels, and 3 are not 4", "leave one out"),
        ({"pool": True, "transposed": True}, "give one of pool and transposed", ""),
        ({"ceil": True}, "ceil is for pools alone", "give pool=True too"),
    ],
)  # fmt: skip
def test_conditions_that_do_not_go_together(asked: dict[str, Any], message: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        convcalc.solve(32, 8, **asked)
    (problem,) = caught.value.problems
    assert (problem.message, problem.help) == (message, help)


def test_channels_of_a_pool_may_be_said_once_or_twice() -> None:
    one = {"limit": 1, "pool": True}
    for channels in ({"cin": 3}, {"cin": 3, "cout": 3}, {"channels": 3}):
        assert convcalc.solve(32, 8, **one, **channels).answers[0].solutions  # type: ignore[arg-type]
