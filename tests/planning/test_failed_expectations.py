"""What is said of an expectation that fails: where it went wrong, and what to write."""

from __future__ import annotations

import re

import pytest

import convcalc
from tests.each import each
from tests.network.applying import repaired

# Parameters: stem 3*9*8 + 8 = 224; a.0 and a.1 each 8*9*8 + 8 = 584, twice: 1,168 and 2,336 for
# both; head 8*10 + 10 = 90. 2,650 in all.
PARTS = """convcalc: 1
input: [3, 16, 16]
blocks: {{unit: {{layers: [{{conv: {{out: 8, k: 3, p: 1}}, repeat: 2}}]}}}}
layers:
  - {{conv: {{out: 8, k: 3, p: 1}}, name: stem}}
  - {{unit: {{}}, repeat: {repeat}, name: a}}
  - {{max_pool: 2, repeat: 2}}
  - global_avg_pool
  - {{linear: 10, name: head}}
expect: {expect}
"""


def note(expect: str, repeat: int = 2) -> str:
    text = PARTS.format(repeat=repeat, expect=expect)
    (problem,) = convcalc.plan(convcalc.loads(text)).failures or ()
    return problem.note


def test_a_part_that_is_more_than_half_is_told_apart() -> None:
    # `a.*` has 88.2 %; neither `a.0` nor `a.1` has more than half.
    assert note("{params: 0}") == (
        "most in `a.0` 1,168 (44.1 %), `a.1` 1,168 (44.1 %), `stem` 224 (8.5 %)"
    )


def test_a_single_block_is_looked_into() -> None:
    # 1,168 of 1,482 in `a.0`, or 78.8 %; its convolutions are a series of more than half.
    assert note("{params: 0}", repeat=1) == (
        "most in `a.0.conv_1.0` 584 (39.4 %), `a.0.conv_1.1` 584 (39.4 %), `stem` 224 (15.1 %)"
    )


def test_series_count_as_one_part() -> None:
    text = """convcalc: 1
input: [4, 8, 8]
layers:
  - {conv: {out: 4, k: 1}, repeat: 3, name: a}
  - {conv: {out: 4, k: 1}, repeat: 4, name: b}
  - {conv: {out: 4, k: 1}, repeat: 5, name: c}
expect: {params: {max: 10}}
"""
    (problem,) = convcalc.plan(convcalc.loads(text)).failures or ()
    # 4*4 + 4 = 20 each.
    assert problem.note == "most in `c.*` 100 (41.7 %), `b.*` 80 (33.3 %), `a.*` 60 (25.0 %)"


def test_the_field_names_the_layer_that_takes_it_too_far() -> None:
    assert note("{receptive_field: {max: 14}}") == (
        "`global_avg_pool_1` (line 8) takes it from 14 to 16, the whole map"
    )
    assert note("{receptive_field: {max: 8}}") == "`a.1.conv_1.0` (line 3) takes it from 7 to 9"


def test_the_field_names_the_layers_that_widen_it() -> None:
    # 3, then 4 times 2 more, then 1 and 2 by the pools: 14; the global pool sees all 16.
    assert note("{receptive_field: {min: 20}}") == (
        "it grows most in `a.0` 4 pixels (26.7 %), `a.1` 4 pixels (26.7 %), "
        "`max_pool_1.*` 3 pixels (20.0 %)"
    )


def test_a_stride_is_a_fraction_in_what_is_enlarged() -> None:
    text = """convcalc: 1
input: [3, 8, 8]
layers:
  - {max_pool: 2, name: p}
  - {conv_transpose: {out: 3, k: 6, s: 6}, name: u}
  - {max_pool: 2, name: q}
expect: {stride: %s}
"""
    told = []
    for stride in ("8", "{max: 0.5}"):
        (problem,) = convcalc.plan(convcalc.loads(text % stride)).failures or ()
        told.append(problem.note)
    assert told == [
        "2 at `p`, 1/3 at `u`, 2/3 at `q`",
        "`p` is the first beyond 1/2: 2 at `p`, 1/3 at `u`, 2/3 at `q`",
    ]


def test_the_stride_is_followed() -> None:
    assert note("{stride: {max: 2}}") == (
        "`max_pool_1.1` is the first beyond 2: 2 at `max_pool_1.0`, 4 at `max_pool_1.1`"
    )
    assert note("{stride: {min: 8}}") == "2 at `max_pool_1.0`, 4 at `max_pool_1.1`"


def first(layers: str, expect: str) -> tuple[str, str]:
    text = f"convcalc: 1\ninput: [3, 32, 32]\nlayers:\n{layers}\nexpect: {expect}\n"
    (problem,) = convcalc.plan(convcalc.loads(text)).failures or ()
    # What to write where the change is meant has tests of its own.
    meant = re.search(r"(?:^|, or )(?:write )?`output: [^`]+`(?: here)? if", problem.help)
    assert meant
    return problem.note, problem.help[: meant.start()]


OUTPUTS = [
    pytest.param(
        "- flatten\n- {linear: 10, name: head}\n- relu",
        "{output: [12]}",
        ("`head` (line 5) makes 10 features", "write `out: 12` there"),
        id="features",
    ),
    pytest.param(
        "- flatten\n- {linear: 1, name: head}",
        "{output: [12]}",
        ("`head` (line 5) makes 1 feature", "write `out: 12` there"),
        id="one feature",
    ),
    pytest.param(
        "- {conv: {out: 8, k: 3, p: 1}, name: a}\n- batch_norm\n- relu",
        "{output: [16, 32, 32]}",
        ("`a` (line 4) makes 8 channels", "write `out: 16` there"),
        id="channels",
    ),
    pytest.param(
        "- {conv: {out: =3*2, k: 3, p: 1}, name: a}",
        "{output: [16, 32, 32]}",
        ("`a` (line 4) makes 6 channels", ""),
        id="channels by an expression",
    ),
    pytest.param("- concat: [input, input]", "{output: [3, 32, 32]}", ("", ""), id="a merge"),
    pytest.param(
        "- {conv: {out: 8, k: 3, p: 1}, name: a}",
        "{output: [8]}",
        ("it has 2 spatial axes", "end in `flatten` or `global_avg_pool`"),
        id="axes too many",
    ),
    pytest.param(
        "- flatten", "{output: [3, 32, 32]}", ("it has no spatial axes, not 2", ""), id="too few"
    ),
    pytest.param(
        "- max_pool: 2\n- max_pool: 2",
        "{output: [3, 16, 16]}",
        ("height: 32, 16 at `max_pool_1`, 8 at `max_pool_2`", ""),
        id="strides",
    ),
    pytest.param(
        "- {conv: {out: 8, k: 4, s: 2}, name: a}\n- max_pool: 2",
        "{output: [8, 8, 8]}",
        ("`a` (line 4) makes 15 of 32 pixels; height: 32, 15 at `a`, 7 at `max_pool_1`", ""),
        id="a border",
    ),
    # (16 - 3) / 2 + 1 = 7 where the strides make 8; the pool before it is exact.
    pytest.param(
        "- {max_pool: 2, name: p}\n- {conv: {out: 8, k: 3, s: 2}, name: a}",
        "{output: [8, 8, 8]}",
        ("`a` (line 5) makes 7 of 16 pixels; height: 32, 16 at `p`, 7 at `a`", ""),
        id="a border behind an exact stride",
    ),
    pytest.param(
        "- {conv: {out: 8, k: 4, s: 2}, name: a}",
        "{output: [8, 20, 20]}",
        ("height: 32, 15 at `a`", ""),
        id="a border that is not to blame",
    ),
    # The stride alone makes 16: still more than are wanted.
    pytest.param(
        "- {conv: {out: 8, k: 3}, name: a}\n- {max_pool: 2, name: p}",
        "{output: [8, 10, 10]}",
        ("height: 32, 30 at `a`, 15 at `p`", ""),
        id="a border without which there are too many",
    ),
    pytest.param(
        "- flatten\n- unflatten: [3, 32, 32]\n- {max_pool: 2, name: p}",
        "{output: [3, 16, 20]}",
        ("width: 32, 16 at `p`", ""),
        id="a map of what was a vector",
    ),
    pytest.param(
        "- {conv: {out: 8, k: 3}, repeat: 9, name: a}",
        "{output: [8, 32, 32]}",
        (
            "`a.0` (line 4) makes 30 of 32 pixels; height: 32, 30 at `a.0`, 28 at `a.1`, "
            "26 at `a.2`, 3 more, 18 at `a.6`, 16 at `a.7`, 14 at `a.8`",
            "",
        ),
        id="many",
    ),
    pytest.param(
        "- {conv: {out: 8, k: 3}, repeat: 7, name: a}",
        "{output: [8, 32, 32]}",
        (
            "`a.0` (line 4) makes 30 of 32 pixels; height: 32, 30 at `a.0`, 28 at `a.1`, "
            "26 at `a.2`, 24 at `a.3`, 22 at `a.4`, 20 at `a.5`, 18 at `a.6`",
            "",
        ),
        id="seven are told",
    ),
    pytest.param(
        "- {conv: {out: 8, k: 3}, repeat: 8, name: a}",
        "{output: [8, 32, 32]}",
        (
            "`a.0` (line 4) makes 30 of 32 pixels; height: 32, 30 at `a.0`, 28 at `a.1`, "
            "26 at `a.2`, 2 more, 20 at `a.5`, 18 at `a.6`, 16 at `a.7`",
            "",
        ),
        id="of eight six are told",
    ),
    pytest.param(
        "- flatten\n- {unflatten: [12, 16, 16], name: u}\n- {max_pool: 2, name: p}\n- relu",
        "{output: [12, 4, 8]}",
        ("height: 16, 8 at `p`", ""),
        id="behind what has no axes",
    ),
    pytest.param(
        "- {max_pool: [1, 2], name: p}",
        "{output: [3, 32, 8]}",
        ("width: 32, 16 at `p`", ""),
        id="the second axis",
    ),
    pytest.param(
        "- {conv: {out: 8, k: 3}, name: a}",
        "{output: [16, 32, 32]}",
        ("`a` (line 4) makes 8 channels", "write `out: 16` there"),
        id="channels before sizes",
    ),
    pytest.param(
        "- {max_pool: [2, 4], name: p}",
        "{output: [3, 8, 16]}",
        ("height: 32, 16 at `p`", ""),
        id="the first of two axes",
    ),
    # 32 / 2 would be 16: the padding is to blame.
    pytest.param(
        "- {conv: {out: 3, k: 3, s: 2}, name: a}",
        "{output: [~, 16, 17]}",
        ("`a` (line 4) makes 15 of 32 pixels; height: 32, 15 at `a`", ""),
        id="the first of two axes, with who is to blame",
    ),
    # The first map on the way has 2 axes; the one behind `flatten` is made anew.
    pytest.param(
        "- {max_pool: 2, name: p}\n- flatten\n- {unflatten: [12, 8, 8], name: u}\n"
        "- {conv: {out: 12, k: 1, s: 4}, name: q}",
        "{output: [12, 4, 4]}",
        ("height: 8, 2 at `q`", ""),
        id="only behind what has no axes",
    ),
]


@each(("layers", "expect", "told"), OUTPUTS)
def test_where_the_output_goes_wrong(layers: str, expect: str, told: tuple[str, str]) -> None:
    assert first(layers, expect) == told


# A convolution of 3 * 3 * 3 * 8 + 8 = 224 and 3 * 3 * 3 * 16 + 16 = 448 parameters.
TWICE = """convcalc: 1
input: [3, 8, 8]
blocks:
  unit:
    args: {c: 8}
    layers:
      - {conv: {out: =c, k: 3, p: 1}, from: in, expect: EXPECT}
layers:
  - {unit: {c: 8}, name: a}
  - {unit: {c: 16}, name: b, from: input}
  - concat: [a, b]
"""
ONCE = """convcalc: 1
input: [3, 8, 8]
layers:
  - {conv: {out: 8, k: 3, s: 2, p: 1}}
  - {upsample: 4}
  - {pad: 1}
expect: EXPECT
"""


@each(
    ("text", "expect", "help"),
    [
        pytest.param(ONCE, "{params: 120}", "write `params: 224` if", id="exact"),
        pytest.param(ONCE, "{params: {max: 100}}", "write `params: {max: 224}` if", id="most"),
        pytest.param(
            ONCE,
            "{params: {min: 1K, max: 2K}}",
            "write `params: {min: 224, max: 2000}` if",
            id="one of two limits",
        ),
        # 224 * 4 bytes, and the input (192 numbers) beside the first output (128).
        pytest.param(ONCE, "{memory: 1KiB}", None, id="bytes"),
        pytest.param(ONCE, "{stride: 2}", "write `stride: 1/2` if", id="a fraction"),
        pytest.param(ONCE, "{stride: {min: 1}}", "", id="a fraction is no bound"),
        # Every second unit reads one position, the others two.
        pytest.param(
            "convcalc: 1\ninput: [1, 9]\nlayers: [{conv_transpose: {out: 1, k: 3, s: 2}}]\n"
            "expect: EXPECT\n",
            "{receptive_field: 9}",
            "write `receptive_field: {min: 1, max: 2}` if",
            id="a field that depends on where",
        ),
        pytest.param(
            ONCE, "{output: [8, ~, 16]}", "write `output: [8, ~, 18]` if", id="what is open stays"
        ),
        pytest.param(
            TWICE, "{params: 224}", "write `params: {min: 224, max: 448}` if", id="two uses"
        ),
        pytest.param(TWICE, "{output: [8, 8, 8]}", "write `output: [~, 8, 8]` if", id="two shapes"),
        pytest.param(TWICE, "{macs: {max: 9}}", "write `macs: {max: 27648}` if", id="the larger"),
    ],
)
def test_what_to_write_where_the_change_is_meant(text: str, expect: str, help: str | None) -> None:
    text = text.replace("EXPECT", expect)
    (problem, *more) = convcalc.plan(convcalc.loads(text)).failures or ()
    assert {one.help for one in more} <= {problem.help}
    if help is not None:
        assert problem.help == (f"{help} the change is meant" if help else "")
    for mended in repaired(text, problem):
        assert not convcalc.plan(convcalc.loads(mended)).failures
