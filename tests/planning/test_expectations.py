"""`expect:` on layers, blocks and the network: every form, and every finding word for word."""

from __future__ import annotations

import pytest

import convcalc
from tests.each import each

# conv: 3*3*3*8 + 8 = 224 parameters, 216 * 30 * 30 = 194,400 multiplies.
NET = """convcalc: 1
input: [3, 32, 32]
layers:
  - {{conv: {{out: 8, k: 3}}, name: stem{layer}}}
  - max_pool: 2
expect: {network}
"""


def failures(network: str = "{}", layer: str = "") -> list[convcalc.Problem]:
    layer = f", expect: {layer}" if layer else ""
    text = NET.format(network=network, layer=layer)
    if network == "{}":
        text = text.replace("expect: {}\n", "")
    found = convcalc.plan(convcalc.loads(text, "a.yaml")).failures
    assert found is not None
    return list(found)


HOLD = [
    "{output: [8, 15, 15]}",
    "{output: [8, ~, ~]}",
    "{output: [~, 15, ~]}",
    "{params: 224}",
    "{params: {min: 224, max: 224}}",
    "{params: {min: 1}}",
    "{params: {max: 0.3K}}",
    "{params: 0.224K}",
    "{params: 0.000224M}",
    "{params: 224.0}",
    "{macs: 194400}",
    "{macs: 194.4K}",
    "{macs: 194.4 K}",
    "{macs: {max: 1.9G, min: 0}}",
    "{macs: {max: 1T}}",
    # (224 + 3*32*32 + 8*30*30) * 4: parameters, and the convolution's input and output at once.
    "{memory: 41984B}",
    "{memory: 41 KiB}",
    "{memory: 41.984kB}",
    "{memory: {max: 64MiB}}",
    "{memory: {min: 0.01MB, max: 1GB}}",
    "{memory: {max: 1GiB}}",
    "{receptive_field: 4}",
    "{receptive_field: {min: 3, max: 5}}",
    "{stride: 2}",
    "{stride: {max: 2}}",
    "{stride: '2/1'}",
    "{output: [8, 15, 15], params: 224, macs: 194400, stride: 2}",
]


@each("expected", HOLD)
def test_what_holds_says_nothing(expected: str) -> None:
    assert failures(expected) == []


FAIL = [
    pytest.param(
        "{output: [8, ~, 16]}", "expected-output", 18,
        "output of the network: expected [8, ~, 16], got [8, 15, 15]",
        # The strides alone make 32 / 2 = 16.
        "`stem` (line 4) makes 30 of 32 pixels; width: 32, 30 at `stem`, 15 at `max_pool_1`",
        id="output",
    ),
    pytest.param(
        "{output: [8]}", "expected-output", 18,
        "output of the network: expected [8], got [8, 15, 15]", "it has 2 spatial axes",
        id="output of another rank",
    ),
    pytest.param(
        "{params: 225}", "expected-params", 18,
        "params of the network: expected 225, got 224 (-0.4 %)",
        "all in `stem`", id="params",
    ),
    pytest.param(
        "{macs: {max: 100K}}", "expected-macs", 16,
        "macs of the network: expected at most 100,000, got 194,400 (+94.4 %)",
        "all in `stem`", id="macs, at most",
    ),
    pytest.param(
        "{macs: {min: 1M, max: 2M}}", "expected-macs", 16,
        "macs of the network: expected at least 1,000,000, got 194,400 (-80.6 %)",
        "all in `stem`", id="macs, at least",
    ),
    pytest.param(
        "{macs: 0}", "expected-macs", 16,
        "macs of the network: expected 0, got 194,400", "all in `stem`",
        id="nothing expected",
    ),
    pytest.param(
        "{memory: {max: 41kB}}", "expected-memory", 18,
        "memory of the network: expected at most 40.04 KiB, got 41.00 KiB (+2.4 %)",
        "parameters 896 B, and activations 40.13 KiB at `stem`; most in the output of `stem` "
        "28.13 KiB (68.6 %), `input` 12.00 KiB (29.3 %), parameters of `stem` 896 B (2.1 %)",
        id="memory",
    ),
    pytest.param(
        "{memory: {max: 41983B}}", "expected-memory", 18,
        "memory of the network: expected at most 41.00 KiB (41,983 B), got 41.00 KiB (41,984 B) "
        "(+1 B)",
        "parameters 896 B, and activations 40.13 KiB at `stem`; most in the output of `stem` "
        "28.13 KiB (68.6 %), `input` 12.00 KiB (29.3 %), parameters of `stem` 896 B (2.1 %)",
        id="memory, by a byte",
    ),
    pytest.param(
        "{receptive_field: {min: 5}}", "expected-receptive-field", 27,
        "receptive_field of the network: expected at least 5 pixels, got 4 pixels (-20.0 %)",
        "it grows most in `stem` 2 pixels (66.7 %), `max_pool_1` 1 pixel (33.3 %)",
        id="receptive field",
    ),
    pytest.param(
        "{stride: 4}", "expected-stride", 18,
        "stride of the network: expected 4, got 2 (-50.0 %)", "2 at `max_pool_1`", id="stride",
    ),
]  # fmt: skip


@each(("expected", "slug", "column", "message", "note"), FAIL)
def test_what_fails(expected: str, slug: str, column: int, message: str, note: str) -> None:
    (problem,) = failures(expected)
    assert (problem.slug, problem.message, problem.note) == (slug, message, note)
    assert problem.place is not None
    assert problem.place[:2] == (6, column)
    assert problem.file == "a.yaml"


def test_on_a_layer() -> None:
    assert failures(layer="{output: [8, 30, 30], params: 224, receptive_field: 3, stride: 1}") == []
    (problem,) = failures(layer="{params: {max: 200}}")
    assert problem.message == "params of layer `stem`: expected at most 200, got 224 (+12.0 %)"
    assert (problem.layer, problem.note) == ("stem", "")


def test_all_that_fail_are_found_in_file_order() -> None:
    found = failures("{stride: 4, params: 1, output: [1]}", "{macs: 1, params: 1}")
    assert [(problem.layer, problem.slug) for problem in found] == [
        ("stem", "expected-macs"),
        ("stem", "expected-params"),
        ("", "expected-stride"),
        ("", "expected-params"),
        ("", "expected-output"),
    ]


BLOCK = """convcalc: 1
input: [3, 32, 32]
blocks:
  unit:
    args: [c]
    layers:
      - conv: {{out: =c, k: 3, p: 1}}
      - {{relu: {{}}, name: act{inside}}}
layers:
  - {{unit: {{}}, each: {{c: [4, 8]}}, name: body, expect: {outside}}}
"""


def of_block(outside: str, inside: str = "") -> list[tuple[str, str]]:
    inside = f", expect: {inside}" if inside else ""
    text = BLOCK.format(outside=outside, inside=inside)
    found = convcalc.plan(convcalc.loads(text)).failures
    assert found is not None
    return [(problem.layer, problem.message) for problem in found]


def test_on_a_block_it_speaks_of_all_its_layers_and_of_each_use() -> None:
    # 3*9*4 + 4 = 112, and 4*9*8 + 8 = 296.
    assert of_block("{params: {min: 112, max: 296}, output: [~, 32, 32]}") == []
    assert of_block("{params: 112}") == [
        ("body.1", "params of layer `body.1`: expected 112, got 296 (+164.3 %)")
    ]


def test_inside_of_a_block_it_holds_for_every_use() -> None:
    assert of_block("{}", "{receptive_field: {max: 5}, stride: 1}") == []
    assert of_block("{}", "{receptive_field: {max: 4}}") == [
        (
            "body.1.act",
            "receptive_field of layer `body.1.act`: "
            "expected at most 4 pixels, got 5 pixels (+25.0 %)",
        )
    ]


def test_a_field_that_depends_on_the_position_must_hold_everywhere() -> None:
    text = """convcalc: 1
input: [1, 32]
layers:
  - {conv_transpose: {out: 1, k: 3, s: 2}, name: up, expect: {receptive_field: 1, stride: 1/2}}
"""
    (problem,) = convcalc.plan(convcalc.loads(text)).failures or ()
    assert problem.message == (
        "receptive_field of layer `up`: expected 1 pixel, got 2 pixels (+100.0 %)"
    )
    assert problem.note == "over the map it goes from 1 to 2; `up` (line 4) takes it from 1 to 2"


def test_axes_may_differ() -> None:
    text = """convcalc: 1
input: [1, 32, 32]
layers:
  - conv: {out: 1, k: [3, 5], s: [1, 2]}
    expect: {receptive_field: {min: 3, max: 4}, stride: 1}
"""
    found = convcalc.plan(convcalc.loads(text)).failures or ()
    assert [(problem.message.split(": ")[1], problem.note) for problem in found] == [
        (
            "expected at most 4 pixels, got 5 pixels (+25.0 %)",
            "over the map it goes from 3 to 5; `conv_1` (line 4) takes it from 1 to 5",
        ),
        (
            "expected 1, got 2 (+100.0 %)",
            "over the map it goes from 1 to 2; `conv_1` is the first beyond 1: 2 at `conv_1`",
        ),
    ]


def test_what_is_not_followed_cannot_be_expected() -> None:
    text = """convcalc: 1
input: [1, 5003]
layers: [{adaptive_avg_pool: 5000, expect: {receptive_field: {min: 2}, stride: {min: 1}}}]
"""
    found = convcalc.plan(convcalc.loads(text)).failures or ()
    assert [(problem.slug, problem.note) for problem in found] == [
        ("expected-receptive-field", "its pattern is too long to follow"),
        ("expected-stride", "its pattern is too long to follow"),
    ]


def test_a_block_without_layers_is_its_input() -> None:
    text = """convcalc: 1
input: [1, 32]
blocks: {unit: {layers: [{relu: {}, if: =cin>1}]}}
layers:
  - {unit: {}, expect: {receptive_field: 1, stride: 1, params: 0, output: [1, 32]}}
  - relu
"""
    assert convcalc.plan(convcalc.loads(text)).failures == ()


def test_of_several_outputs_the_first_is_meant() -> None:
    text = """convcalc: 1
input: [1, 32]
layers: [{conv: {out: 1, k: 3}, name: a}, {conv: {out: 1, k: 3}, name: b}]
outputs: [a, b]
expect: {output: [1, 30], receptive_field: 3}
"""
    assert convcalc.plan(convcalc.loads(text)).failures == ()
