"""What a layer says of itself: its sums, its numbers, what it leaves out."""
# ruff: noqa: E501 - a case is a line

from __future__ import annotations

from typing import Any

import pytest

from convcalc.core.errors import LayerError
from convcalc.core.links import TOO_LONG
from tests.each import each
from tests.kinds.making import made

Shape = tuple[int, ...]


@each(
    ("kind", "fields", "x", "lines"),
    [
        ("adaptive_avg_pool", {"output_size": (2, 3)}, (3, 8, 6), ["8 → 2: bins of 4 pixels", "6 → 3: bins of 2 pixels"]),
        ("adaptive_avg_pool", {"output_size": 2}, (3, 8, 8), ["8 → 2: bins of 4 pixels"]),
        # Bins of 7 / 3: from 0, 2 and 4 to 3, 5 and 7; of 8 / 5 they are 2 or 3 wide.
        ("adaptive_avg_pool", {"output_size": 3}, (3, 7), ["7 → 3: bins of 3 pixels that overlap (3 does not divide 7)"]),
        ("adaptive_max_pool", {"output_size": 5}, (3, 8), ["8 → 5: bins of 2 to 3 pixels that overlap (5 does not divide 8)"]),
        ("linear", {"out_features": 4}, (60,), ["4 sums over all 60 inputs"]),
        ("upsample", {"output_size": (6, 9)}, (3, 4, 5), ["4x5 → 6x9, as asked"]),
        ("fold", {"output_size": (7, 6), "kernel_size": (2, 3), "padding": (1, 0), "stride": (1, 3)}, (12, 16), ["2·2·3 = 12 values of each of 16 windows"]),
        ("unfold", {"kernel_size": (2, 3)}, (3, 8, 7), ["3·2·3 = 18 values in each of 35 columns"]),
        ("global_mean_std_pool", {}, (3, 8, 7), ["2·3 = 6: a mean and a deviation a channel"]),
        ("global_max_pool", {}, (3, 8, 7), ["one number a channel, over all 8x7 pixels"]),
        ("pixel_shuffle", {"factor": 2}, (12, 4, 5), ["channels 12/2^2 = 3; 4·2 = 8; 5·2 = 10"]),
        ("pixel_unshuffle", {"factor": 2}, (3, 4, 6), ["channels 3·2^2 = 12; 4/2 = 2; 6/2 = 3"]),
        ("flatten", {}, (3, 4, 6), ["3·4·6 = 72"]),
        ("flatten", {"axis": "positions"}, (3, 4, 6), ["4·6 = 24"]),
        ("pad", {"padding": ((1, 2), (3, 3))}, (3, 8, 7), ["8 + 1 + 2 = 11", "7 + 3 + 3 = 13"]),
        ("crop", {"padding": ((1, 2), (3, 3))}, (3, 8, 7), ["8 − 1 − 2 = 5", "7 − 3 − 3 = 1"]),
        ("glu", {"axis": "width"}, (3, 8, 6), ["6/2 = 3"]),
        # What is left of a pixel is dropped.
        ("upsample", {"scale_factor": (1.5, 2)}, (3, 5, 4), ["⌊5·1.5⌋ = 7", "4·2 = 8"]),
        ("upsample", {"scale_factor": (1.5, 2)}, (3, 6, 4), ["6·1.5 = 9", "4·2 = 8"]),
    ],
)  # fmt: skip
def test_what_a_layer_says_of_its_sum(
    kind: str, fields: dict[str, Any], x: Shape, lines: list[str]
) -> None:
    layer = made(kind, fields)
    assert layer.sums(x, layer.facts((x,)).output) == lines


@each(
    ("fields", "x", "may"),
    [
        # A dilated window can lie in the padding of one side alone.
        ({"kernel_size": 3, "padding": 1, "dilation": 2}, (1, 9), True),
        ({"kernel_size": 3, "padding": ((1, 0),), "dilation": 2}, (1, 9), True),
        ({"kernel_size": 3, "padding": ((0, 1),), "dilation": 2}, (1, 9), True),
        ({"kernel_size": 3, "padding": 1}, (1, 9), False),
        ({"kernel_size": 3, "dilation": 2}, (1, 9), False),
    ],
)
def test_which_windows_of_a_pool_may_have_no_pixel(
    fields: dict[str, Any], x: Shape, may: bool
) -> None:
    assert made("max_pool", fields).may_be_infinite(x) is may


@each(
    ("kind", "fields", "x", "note", "help"),
    [
        ("conv", {"out_channels": 6, "kernel_size": 3, "groups": 4}, (8, 9, 7), "4 does not divide 6 output channels (remainder 2)", None),
        ("conv", {"out_channels": 8, "kernel_size": 3, "groups": 4}, (6, 9, 7), "4 does not divide 6 input channels (remainder 2)", None),
        ("conv", {"out_channels": 9, "kernel_size": 3, "groups": "depthwise"}, (4, 9, 7), "4 does not divide 9 output channels (remainder 1)", None),
        ("fold", {"output_size": (6, 4, 3, 2), "kernel_size": 2}, (12, 9), "output_size has 4 values, but maps have 3 axes", "leave out the channels"),
        ("fold", {"output_size": (6, 4), "kernel_size": (2, 1), "stride": (2, 1)}, (6, 11), "11 columns, but 3 x 4 = 12 windows stand over ", None),
        ("fold", {"output_size": (6, 4), "kernel_size": 2, "stride": 2}, (7, 6), "4 does not divide 7 channels, of which 4 are one window (remainder 3)", "give the layer before 4 channels"),
        ("fold", {"output_size": (6, 4), "kernel_size": 2, "stride": 2}, (8, 3, 2), "fold takes columns [C * prod(k), L], got 8x3x2", "put `flatten: positions` before it"),
        ("fold", {"output_size": (6, 4), "kernel_size": 2, "stride": 2}, (8,), "fold takes columns [C * prod(k), L], got 8", "give it a map of columns"),
        ("reshape", {"shape": (5, -1)}, (16,), "16 elements (16) do not divide by 5", "sizes that divide it"),
        ("opaque", {"output": (3, 4), "reads": "position"}, (3, 4, 5), "`reads` goes from position to position, but the input 3x4x5 has 2 axes of positions and the output 3x4 1", None),
        ("opaque", {"output": (3, 10, 7, 4), "reads": {"k": 3}}, (3, 12, 9, 7), "`reads` makes 10x7x5 of 12x9x7, but the output is declared as 10x7x4, on the width", None),
        ("pixel_unshuffle", {"factor": 2}, (3, 5, 4), "2 does not divide 5 (height)", "a `pad` to 6"),
        ("unflatten", {"shape": (3, 4)}, (3, 4), "unflatten wants a vector, but its input is 3x4", "use `reshape`, or put `flatten` before it"),
    ],
)  # fmt: skip
def test_what_is_refused_with_its_numbers(
    kind: str, fields: dict[str, Any], x: Shape, note: str, help: str | None
) -> None:
    with pytest.raises(LayerError) as caught:
        made(kind, fields).facts((x,))
    assert caught.value.note.startswith(note)
    assert help is None or caught.value.help == help


@each(
    ("kind", "fields", "x", "values"),
    [
        ("batch_norm", {}, (4, 8, 6), None),
        ("instance_norm", {}, (4, 8, 6), 48),
        ("instance_norm", {}, (3, 5), 5),
        ("group_norm", {"groups": 2}, (4, 8, 6), 2 * 48),
        ("layer_norm", {}, (4, 8, 6), 4 * 48),
        ("layer_norm", {"over": "channels"}, (4, 8, 6), 4),
    ],
)
def test_values_that_share_a_mean(
    kind: str, fields: dict[str, Any], x: Shape, values: int | None
) -> None:
    assert made(kind, fields).values_per_mean(x) == values  # type: ignore[attr-defined]


def test_the_products_that_a_causal_mask_hides_are_told() -> None:
    """Two heads of 4 features, 5 x 5 scores each, in the products of keys and of values."""
    facts = made("attention", {"heads": 2, "causal": True}).facts(((8, 5),))
    assert facts.notes == (
        f"of the {2 * 2 * 25 * 4} MACs of its products the causal mask hides about half; all are "
        "counted",
    )


def test_facts_without_what_has_to_be_followed() -> None:
    long = made("upsample", {"scale_factor": 1.5, "mode": "linear"}).facts(((3, 8),))
    assert long.entries == 3
    assert long.without_patterns().links == ((TOO_LONG,),)
    plain = made("conv", {"out_channels": 2, "kernel_size": 3}).facts(((3, 8),))
    assert plain.without_patterns().links == plain.links
    whole = made("global_avg_pool", {}).facts(((3, 8),))
    assert whole.without_patterns().links == (None,)


@each(
    ("kind", "fields", "asked", "says"),
    [
        ("bilinear", {"inputs": ("a", "b"), "out_features": 3}, "adds_bias", True),
        ("bilinear", {"inputs": ("a", "b"), "out_features": 3, "bias": False}, "adds_bias", False),
        ("deform_conv", {"inputs": ("a", "b"), "out_channels": 3, "kernel_size": 3}, "adds_bias", True),
        ("deform_conv", {"inputs": ("a", "b"), "out_channels": 3, "kernel_size": 3, "bias": False}, "adds_bias", False),
        ("linear", {"out_features": 3}, "works_per_position", False),
        ("linear", {"out_features": 3, "over": "channels"}, "works_per_position", True),
        ("linear", {"out_features": 3}, "reads_by_size", True),
        ("linear", {"out_features": 3, "over": "channels"}, "reads_by_size", False),
        ("not_equal", {"inputs": ("a", "b")}, "commutes", True),
        ("less", {"inputs": ("a", "b")}, "commutes", False),
        ("max_unpool", {"inputs": ("a", "b"), "kernel_size": 2}, "reads_by_size", True),
    ],
)  # fmt: skip
def test_what_a_layer_says_of_itself(
    kind: str, fields: dict[str, Any], asked: str, says: bool
) -> None:
    assert getattr(made(kind, fields), asked)() is says


@each(
    ("kind", "fields", "inputs", "resolved"),
    [
        (
            "fold", {"output_size": (7, 6), "kernel_size": (2, 3), "padding": (1, 0), "stride": (1, 3)}, [(12, 16)],
            {"output_size": [7, 6], "kernel_size": [2, 3], "stride": [1, 3], "padding": [[1, 1], [0, 0]], "dilation": [1, 1]},
        ),
        (
            "deform_conv", {"inputs": ("a", "b"), "out_channels": 2, "kernel_size": (1, 3), "padding": ((0, 0), (2, 1)), "dilation": (1, 2)}, [(4, 5, 9), (6, 5, 8)],
            {"kernel_size": [1, 3], "stride": [1, 1], "padding": [[0, 0], [2, 1]], "dilation": [1, 2]},
        ),
        (
            "max_unpool", {"inputs": ("a", "b"), "kernel_size": (2, 3)}, [(4, 2, 3), (4, 5, 9)],
            {"kernel_size": [2, 3], "stride": [2, 3], "padding": [[0, 0], [0, 0]]},
        ),
        (
            "opaque", {"inputs": ("a", "b"), "output": (2, None, 7), "reads": {"k": (1, 3), "p": ((0, 0), (1, 0))}}, [(4, 5, 8), (3, 5, 8)],
            {"output": [2, 5, 7], "reads": {"kernel_size": [1, 3], "stride": [1, 1], "padding": [[0, 0], [1, 0]], "dilation": [1, 1]}},
        ),
        ("reduce", {"pattern": "c (h p) w -> c h", "sizes": {"p": 2}}, [(3, 4, 5)], {"pattern": "c (h p) w -> c h", "op": "mean", "sizes": {"p": 2}}),
    ],
)  # fmt: skip
def test_fields_with_all_that_is_meant(
    kind: str, fields: dict[str, Any], inputs: list[Shape], resolved: dict[str, Any]
) -> None:
    found = made(kind, fields).resolved(tuple(inputs))
    assert {name: found[name] for name in resolved} == resolved
