"""What the numbers of a size mean, sizes as arguments, and layers as they are written back."""
# ruff: noqa: E501 - messages stand whole, as they are printed

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from convcalc.core.errors import StackError
from convcalc.kinds import kind_names
from convcalc.kinds.base.patterns import Pattern, read_pattern
from convcalc.shorthand.entries import in_shorthand, in_yaml
from convcalc.shorthand.given_sizes import given_size, with_channels
from convcalc.shorthand.making import spoken
from convcalc.shorthand.parser import parse
from convcalc.shorthand.sizes import read_size, reading_of
from convcalc.shorthand.values import ShorthandError, Token, any_value, axes
from tests.each import each


def pattern(text: str) -> Pattern:
    return read_pattern(text, 1, "the layer", "c -> c")


@each(
    ("numbers", "given", "channels", "axes", "said"),
    [
        ((9, 9), {}, None, (9, 9), ""),
        ((7,), {"rank": 3}, None, (7, 7, 7), ""),
        ((3, 224), {"rank": 1}, 3, (224,), ""),
        ((3, 7), {"marked": True, "rank": 2}, 3, (7, 7), ""),
        ((7,), {"marked": False, "rank": 2}, None, (7, 7), ""),
        ((7,), {"is_vector": True}, 7, (), ""),
        ((7,), {"is_vector": True, "rank": 1}, None, (7,), ""),
        ((8,), {"needs_channels": True}, 1, (8,), "1 channel of 8"),
        ((5, 5, 5), {"rank": 3, "needs_channels": True}, 1, (5, 5, 5), "1 channel of 5x5x5"),
        ((5, 5, 5), {"needs_channels": True}, 5, (5, 5), ""),
        ((1, 6, 6), {}, 1, (6, 6), "1 channel of 6x6"),
        ((2, 6, 6), {}, 2, (6, 6), "2 channels of 6x6"),
        ((224, 224, 3), {"rank": 2}, 224, (224, 3), "224 channels of 224x3"),
        ((9, 9), {"counts_weights": True}, None, (9, 9), "a map of 9x9"),
        ((9,), {"counts_weights": True}, None, (9,), "one axis"),
    ],
)
def test_what_the_numbers_are(
    numbers: tuple[int, ...],
    given: dict[str, Any],
    channels: int | None,
    axes: tuple[int, ...],
    said: str,
) -> None:
    read = read_size(numbers, **given)
    assert (read.channels, read.axes, read.said) == (channels, axes, said)


def test_sizes_beside_one_with_its_channels_last() -> None:
    reads = [read_size((224, 192, 3)), read_size((112, 96, 64))]
    assert reading_of(reads) == (
        "read as 224 channels of 192x3 and 112 channels of 96x64; "
        "a picture with its channels last is written 3x224x192 64x112x96"
    )


@each(
    ("value", "message", "help"),
    [
        ("0", "size: `0`: a size is 1 or more, got 0", "write 224, 224x192, 3x224x224, or 3@224x224 to mark the channels"),
        (0, "size wants an integer, 1 or more, got `0`", "size=8"),
        ([3, 0, 9], "size wants an integer, 1 or more, got `0`", "size=8"),
        ([], "size wants a size, 1 or more on each axis, got `[]`", "size=224"),
        ([1, 2, 3, 4, 5], "size wants a size, 1 or more on each axis, got `[1, 2, 3, 4, 5]`", "size=224"),
        ([2.5], "size wants a size, 1 or more on each axis, got `[2.5]`", "size=224"),
        ([True], "size wants a size, 1 or more on each axis, got `[True]`", "size=224"),
        (2.5, "size wants a size, 1 or more on each axis, got `2.5`", "size=224"),
    ],
)  # fmt: skip
def test_what_is_no_size(value: Any, message: str, help: str) -> None:
    with pytest.raises(StackError) as caught:
        given_size(value, "size")
    (problem,) = caught.value.problems
    assert (problem.slug, problem.message, problem.help) == ("wrong-value", message, help)


def test_a_size_holds_up_to_channels_and_three_axes() -> None:
    assert given_size([3, 4, 5, 6], "size").rank == 3
    assert given_size([1], "size") == ((1,), None, False)
    # Channels in front of `@` are no axis.
    assert [given_size(size, "size").rank for size in ("3@9", "3@9x8", "@9x8")] == [1, 2, 2]
    # A list of one is one axis; a number holds for every axis.
    assert [given_size(size, "size").read(2).axes for size in ([7], 7, "7")] == [(7,), (7, 7), (7, 7)]  # fmt: skip
    assert given_size("9x9", "size").read(counts_weights=True).said == ""
    assert given_size(9, "size").read(counts_weights=True).said == "one axis"


def test_channels_given_twice_agree() -> None:
    read = given_size("3x9x9", "size").read()
    assert [with_channels(read, given, "cin", "size") for given in (None, 3)] == [3, 3]
    assert with_channels(given_size(9, "size").read(), 5, "cin", "size") == 5
    for size, help in (
        ("3x9x9", "leave cin out, or write @3x9x9"),
        ("224x224x3", "leave cin out, or write 3x224x224"),
        ("3@9x9", "leave cin out"),
    ):
        with pytest.raises(StackError) as caught:
            with_channels(given_size(size, "size").read(), 5, "cin", size)
        (problem,) = caught.value.problems
        assert problem.message == f"{size} has {size[: -4 if '@' in size else size.index('x')]} channels, and cin says 5"  # fmt: skip
        assert problem.help == help


@each(
    ("kind", "fields", "short", "yaml"),
    [
        ("relu", {}, "relu", "relu"),
        ("max_pool", {"kernel_size": (2, 2), "stride": (2, 2)}, "max_pool 2 s2", "max_pool: {k: 2, s: 2}"),
        ("max_pool", {"kernel_size": (2, 2), "stride": (1, 1)}, "max_pool 2 s1", "max_pool: {k: 2, s: 1}"),
        ("max_pool", {"kernel_size": 2, "ceil_mode": True}, "max_pool 2 ceil_mode=true", "max_pool: {k: 2, ceil_mode: true}"),
        ("max_pool", {"kernel_size": 2, "ceil_mode": False}, "max_pool 2 ceil_mode=false", "max_pool: {k: 2, ceil_mode: false}"),
        ("conv", {"out_channels": 8, "kernel_size": (3, 5), "bias": False}, "conv 8 k3x5 nobias", "conv: {out: 8, k: [3, 5], bias: false}"),
        ("conv", {"out_channels": 8, "kernel_size": 3, "groups": "depthwise"}, "conv 8 k3 dw", "conv: {out: 8, k: 3, g: depthwise}"),
        ("conv", {"out_channels": 8, "kernel_size": 3, "groups": 2, "bias": True}, "conv 8 k3 g2", "conv: {out: 8, k: 3, g: 2}"),
        ("conv", {"out_channels": 8, "kernel_size": 3, "padding": ((0, 1), (0, 1))}, "conv 8 k3 p0:1", "conv: {out: 8, k: 3, p: [[0, 1], [0, 1]]}"),
        ("conv", {"out_channels": 8, "kernel_size": 3, "padding": ((0, 1), (2, 2))}, "conv 8 k3 p0:1x2:2", "conv: {out: 8, k: 3, p: [[0, 1], [2, 2]]}"),
        ("conv", {"out_channels": 8, "kernel_size": 3, "padding": ((1, 1), (2, 2))}, "conv 8 k3 p1x2", "conv: {out: 8, k: 3, p: [1, 2]}"),
        ("conv", {"out_channels": 8, "kernel_size": 3, "bias": True, "padding_mode": "reflect"}, "conv 8 k3 padding_mode=reflect", "conv: {out: 8, k: 3, padding_mode: reflect}"),
        # What is left out stands before what is not.
        ("conv", {"stride": (1, 1), "padding": 0, "out_channels": 8, "kernel_size": 3}, "conv 8 k3", "conv: {out: 8, k: 3}"),
        ("conv", {"bias": True, "out_channels": 8, "kernel_size": 3}, "conv 8 k3", "conv: {out: 8, k: 3}"),
        ("conv", {"out_channels": 8, "kernel_size": 3, "padding": ((1, 0),)}, "conv 8 k3 p1:0", "conv: {out: 8, k: 3, p: [[1, 0]]}"),
        ("upsample", {"scale_factor": (Fraction(3, 2), Fraction(3, 2))}, "upsample 1.5", "upsample: 1.5"),
        ("upsample", {"scale_factor": Fraction(2)}, "upsample 2", "upsample: 2"),
        ("adaptive_avg_pool", {"output_size": (None, 7)}, "adaptive_avg_pool ~x7", "adaptive_avg_pool: [~, 7]"),
        ("reduce", {"pattern": pattern("c l -> c"), "op": "max"}, 'reduce "c l -> c" op=max', 'reduce: {pattern: "c l -> c", op: max}'),
        ("rearrange", {"pattern": pattern("c h w -> 1 (c h w)")}, 'rearrange "c h w -> 1 (c h w)"', 'rearrange: "c h w -> 1 (c h w)"'),
        ("broadcast", {"pattern": pattern("1 l -> h l"), "sizes": (("h", 8),)}, 'broadcast "1 l -> h l" sizes=h:8', 'broadcast: {pattern: "1 l -> h l", sizes: {h: 8}}'),
    ],
)  # fmt: skip
def test_a_layer_is_written_back(kind: str, fields: dict[str, Any], short: str, yaml: str) -> None:
    assert in_shorthand(kind, fields) == short
    assert in_yaml(kind, fields) == yaml


def test_filters_can_be_left_out() -> None:
    fields = {"out_channels": 8, "kernel_size": 3}
    assert in_shorthand("conv", fields, with_channels=False) == "conv k3"


def test_a_repair_in_words_that_the_shorthand_knows() -> None:
    assert spoken("use `stride: 2`", ("kernel_size",)) == "use `stride: 2`"
    assert spoken("use `mode: reflect`", ("mode",)) == "use `mode=reflect`"
    assert spoken("use `kernel_size: [3, 5]` or `7`") == "use `k3x5` or `k7`"


@each(("words", "does"), [
    ("3@9 conv 4 k3", True), ("3@9 conv out=4 k3", True), ("3@9 conv out_channels=4 k3", True),
    ("3@9 conv k3", False), ("3@9 max_pool 4", False),
])  # fmt: skip
def test_which_layers_say_how_many_filters_they_have(words: str, does: bool) -> None:
    (layer,) = parse(words.split(), kind_names()).layers
    assert layer.names_filters is does


@each(("text", "message"), [
    ("a" * 40, f"the kernel wants a whole number, got `{'a' * 40}`"),
    ("a" * 41, f"the kernel wants a whole number, got `{'a' * 40}`"),
    ("9" * 19, "the kernel is at most"), ("-" + "9" * 19, "the kernel is 1 or more, got -9"),
    ("0", "the kernel is 1 or more, got 0"), ("0" * 19, "the kernel is 1 or more, got 0"),
])  # fmt: skip
def test_what_is_no_number(text: str, message: str) -> None:
    with pytest.raises(ShorthandError, match=f": {message}"):
        axes(text, "the kernel", 1, Token("k", 0), "k3")


def test_a_decimal_has_no_more_digits_than_a_number() -> None:
    token = Token("0.5", 0)
    assert any_value("0." + "5" * 16, token) == pytest.approx(5 / 9)
    assert any_value("0.5", token) == 0.5
    for text in ("0." + "5" * 17, "0.5.5", "1.x" + "y" * 50):
        with pytest.raises(ShorthandError) as caught:
            any_value(text, token)
        assert caught.value.message == f"`0.5`: a value wants a number, got `{text[:40]}`"
