"""Exact numbers in `vars`, functions of a file, and sizes of layers in expressions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import convcalc
from convcalc.features.sizes.search import sizes
from tests.each import each

HEAD = "convcalc: 1\n"
SCALED = "\nlayers: [{conv: {out: '=round_to(64*width, 8)', k: 1}, repeat: =ceil(3*depth)}]\n"


def channels(text: str, **options: Any) -> list[int]:
    """The channels behind each layer."""
    return [row.output[0] for row in convcalc.plan(convcalc.loads(HEAD + text), **options)]


@each(
    ("text", "options", "expected"),
    [
        # YOLOv8's widths and depths: 64 channels at 0.25 and 1.25, 3 units at 1/3 and 1.
        pytest.param("input: [3, 8, 8]\nvars: {width: 0.25, depth: 1/3}", {}, [16], id="n"),
        pytest.param("input: [3, 8, 8]\nvars: {width: 1.25, depth: 1}", {}, [80] * 3, id="x"),
        pytest.param(
            "input: [3, 8, 8]\nvars: {width: 1, depth: 1}",
            {"variables": {"width": 0.25, "depth": Fraction(1, 3)}},
            [16],
            id="overridden",
        ),
        pytest.param("input: [3, 8, 8]\nvars: {width: -1/-1, depth: 1}", {}, None, id="two signs"),
    ],
)
def test_scaled(text: str, options: dict[str, Any], expected: list[int] | None) -> None:
    if expected is None:
        with pytest.raises(convcalc.StackError):
            channels(text + SCALED, **options)
    else:
        assert channels(text + SCALED, **options) == expected


def test_a_share_reaches_a_field_that_takes_fractions() -> None:
    text = "input: [4, 8]\nvars: {slope: 1/8}\nlayers: [{leaky_relu: =slope/2}]\n"
    (row,) = convcalc.plan(convcalc.loads(HEAD + text))
    assert row.fields == {"negative_slope": 0.0625}


FUNCTIONS = """
vars: {width: 0.35, most: 512}
functions:
  ch: {args: [c], value: "=round_to(min(c, most)*width, 8)"}
  twice: {args: [c], value: "=2*ch(c)"}
input: [3, 8, 8]
blocks:
  # An argument that hides a variable hides it from no function.
  unit: {args: {c: ~, width: 1}, layers: [{conv: {out: =ch(c), k: 1}}]}
layers:
  - conv: {out: =ch(32), k: 1}
  - unit: {c: 64}
  - conv: {out: =twice(1024), k: 1}
"""


def test_functions() -> None:
    # 11.2 -> 8 is too far below, so 16; 22.4 -> 24; 179.2 -> 176, twice.
    assert channels(FUNCTIONS) == [16, 24, 352]
    assert channels(FUNCTIONS, variables={"width": 1}) == [32, 64, 1024]


SIZES = """
input: [3, 12, 20]
layers:
  - {conv: {out: 8, k: 3, s: 2, p: 1}, name: c4}
  - {max_pool: 2}
  - {conv: {out: =height+10*width, k: 1}}
  - {conv: {out: "=channels(c4)+height(c4)+width(c4)", k: 1}}
  - {upsample: {output_size: ["=height(c4)", "=width(c4)"]}}
  - {conv: {out: "=positions(input)/positions", k: 1}}
"""


def test_sizes() -> None:
    # c4 is 8x6x10, the pool behind it 3x5: 3 + 50, 8 + 6 + 10, and 240 / 60.
    assert channels(SIZES) == [8, 8, 53, 24, 24, 4]


@each(
    ("shape", "size", "value"),
    [
        pytest.param("[4, 9]", "length", 9, id="of a sequence"),
        pytest.param("[4, 2, 3, 5]", "depth*100+height*10+width", 235, id="of a volume"),
        pytest.param("[4, 2, 3, 5]", "positions", 30, id="of all axes"),
        pytest.param("[4]", "positions", 1, id="of a vector"),
    ],
)
def test_sizes_of_the_input(shape: str, size: str, value: int) -> None:
    kind = "linear: {out: " if shape == "[4]" else "conv: {k: 1, out: "
    assert channels(f"input: {shape}\nlayers: [{{{kind}={size}}}}}]") == [value]


def test_a_variable_goes_before_a_size() -> None:
    text = "input: [3, 8, 8]\nvars: {width: 5}\nlayers: [{conv: {out: =width, k: 1}}]"
    assert channels(text) == [5]


def test_sizes_of_a_layer_that_a_block_is_given() -> None:
    text = """
input: [3, 16, 16]
blocks:
  up: {args: [skip], layers: [{upsample: {output_size: "=height(skip)"}}, {add: [prev, =skip]}]}
layers:
  - {conv: {out: 4, k: 1}, name: high}
  - max_pool: 4
  - up: {skip: high}
"""
    assert convcalc.plan(convcalc.loads(HEAD + text)).rows[-1].output == (4, 16, 16)


def test_sizes_that_fit_where_an_expression_asks_for_a_size() -> None:
    # A layer of length(p) - 2 channels stands from a pooled length of 3, a size of 6 on.
    text = "input: [1, 8]\nlayers: [{max_pool: 2, name: p}, {conv: {out: =length(p)-2, k: 1}}]"
    answer = sizes(convcalc.loads(HEAD + text), range=(1, 12), require=["legal"])
    assert answer.axes[0].members() == list(range(6, 13))


def test_a_number_is_read_up_to_so_many_characters() -> None:
    text = "input: [3, 8, 8]\nvars: {{w: {}}}\nlayers: [conv: {{out: =8*w, k: 1}}]\n"
    assert channels(text.format("0.5".ljust(45, "0"))) == [4]
    with pytest.raises(convcalc.StackError):
        channels(text.format("0.5".ljust(46, "0")))
    # 10**18 is the largest denominator, and the largest number.
    assert channels(text.format(f"{10**18 - 1}/{10**18}").replace("8*w", "ceil(8*w)")) == [8]
    with pytest.raises(convcalc.StackError):
        channels(text.format(f"1/{10**18 + 1}").replace("8*w", "ceil(8*w)"))
