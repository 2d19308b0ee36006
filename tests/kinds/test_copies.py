"""How few channels, and how short a map, stand for all of them; by hand."""
# ruff: noqa: E501 - a case is a line

from __future__ import annotations

from typing import Any

from convcalc.kinds.base.copies import Turn
from tests.each import each
from tests.kinds.making import made

Shape = tuple[int, ...]
QKV = [(8, 5), (8, 7), (8, 7)]


@each(
    ("kind", "fields", "inputs", "few", "changed"),
    [
        ("relu", {}, [(64, 9)], [(3, 9)], {}),
        ("relu", {}, [(2, 9)], [(2, 9)], {}),
        ("add", {"inputs": ("a", "b")}, [(64, 9)] * 2, [(3, 9)] * 2, {}),
        ("conv", {"out_channels": 64, "kernel_size": 3}, [(48, 9, 7)], [(2, 9, 7)], {"out_channels": 2, "groups": 1}),
        ("conv", {"out_channels": 64, "kernel_size": 3, "groups": 16}, [(48, 9, 7)], [(6, 9, 7)], {"out_channels": 6, "groups": 3}),
        ("conv", {"out_channels": 16, "kernel_size": 3, "groups": 16}, [(16, 9, 7)], [(3, 9, 7)], {"out_channels": 3, "groups": 3}),
        ("conv", {"out_channels": 96, "kernel_size": 3, "groups": "depthwise"}, [(48, 9, 7)], [(3, 9, 7)], {"out_channels": 6, "groups": "depthwise"}),
        ("conv_transpose", {"out_channels": 64, "kernel_size": 3, "groups": 2}, [(48, 9, 7)], [(4, 9, 7)], {"out_channels": 4, "groups": 2}),
        ("linear", {"out_features": 64}, [(48,)], [(12,)], {"out_features": 5}),
        ("linear", {"out_features": 4}, [(8,)], [(8,)], {"out_features": 4}),
        ("bilinear", {"inputs": ("a", "b"), "out_features": 64}, [(48, 9), (32, 9)], [(3, 9), (3, 9)], {"out_features": 3}),
        # Unequal numbers, so that their order shows.
        ("concat", {"inputs": ("a", "b", "c")}, [(48, 9), (32, 9), (1, 9)], [(2, 9), (3, 9), (1, 9)], {}),
        ("concat", {"inputs": ("a", "b"), "axis": "height"}, [(48, 9, 7), (48, 5, 7)], [(48, 9, 7), (48, 5, 7)], {}),
        # Whole blocks of 2x2 and of 2x2x2 channels, two of them where there are as many.
        ("pixel_shuffle", {"factor": 2}, [(48, 9, 7)], [(8, 9, 7)], {}),
        ("pixel_shuffle", {"factor": 2}, [(4, 9, 7)], [(4, 9, 7)], {}),
        ("pixel_shuffle", {"factor": 3}, [(54, 4)], [(6, 4)], {}),
        ("pixel_unshuffle", {"factor": 2}, [(48, 8, 6)], [(3, 8, 6)], {}),
        ("fold", {"output_size": (6, 4), "kernel_size": (2, 1), "stride": (2, 1)}, [(48, 12)], [(6, 12)], {}),
        ("fold", {"output_size": (6, 4), "kernel_size": (2, 1), "stride": (2, 1)}, [(4, 12)], [(4, 12)], {}),
        ("channel_shuffle", {"groups": 8}, [(48, 9)], [(9, 9)], {"groups": 3}),
        ("channel_shuffle", {"groups": 2}, [(4, 9)], [(4, 9)], {"groups": 2}),
        ("channel_shuffle", {"groups": 8}, [(16, 9)], [(6, 9)], {"groups": 3}),
        ("group_norm", {"groups": 8}, [(16, 9)], [(6, 9)], {"groups": 3}),
        ("local_response_norm", {"size": 5}, [(48, 9, 7)], [(7, 9, 7)], {}),
        ("glu", {}, [(48, 9)], [(4, 9)], {}),
        ("attention", {"heads": 8}, [(64, 9)], [(4, 9)], {"heads": 2, "head_size": 2, "kv_heads": None, "out_features": None}),
        ("attention", {"heads": 8, "kv_heads": 4, "out_features": 16}, [(64, 9)], [(4, 9)], {"heads": 2, "head_size": 2, "kv_heads": 1, "out_features": 3}),
        ("attention", {"heads": 8, "kv_heads": 8}, [(64, 9)], [(4, 9)], {"heads": 2, "kv_heads": 2}),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 8}, [(64, 9), (48, 7)], [(4, 9), (3, 7)], {"heads": 2, "head_size": 2}),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 8}, [(64, 9), (64, 7)], [(4, 9), (4, 7)], {"heads": 2}),
        # Queries and keys of two features a head, values of one; of shared keys one head is left.
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 8}, [(64, 9), (64, 7), (32, 7)], [(4, 9), (4, 7), (2, 7)], {"heads": 2, "kv_heads": None}),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 8, "kv_heads": 4}, [(64, 9), (32, 7), (32, 7)], [(4, 9), (2, 7), (1, 7)], {"heads": 2, "kv_heads": 1}),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 8, "kv_heads": 8}, [(64, 9), (64, 7), (32, 7)], [(4, 9), (4, 7), (2, 7)], {"heads": 2, "kv_heads": 2}),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 1}, [(8, 9), (8, 7), (4, 7)], [(2, 9), (2, 7), (1, 7)], {"heads": 1}),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 8}, [(64, 2), (48, 1)], [(4, 2), (3, 1)], {"heads": 2}),
        ("attention", {"heads": 1}, [(3, 9)], [(3, 9)], {"heads": 1, "head_size": 2}),
        # Of 3 channels and 5 no fewer would be told apart.
        ("cross_attention", {"inputs": ("q", "m"), "heads": 1}, [(3, 9), (5, 7)], [(3, 9), (5, 7)], {"heads": 1, "head_size": 2}),
    ],
)  # fmt: skip
def test_few_channels_stand_for_all(
    kind: str,
    fields: dict[str, Any],
    inputs: list[Shape],
    few: list[Shape],
    changed: dict[str, Any],
) -> None:
    copy = made(kind, fields).thinned(tuple(inputs))
    assert copy.inputs == tuple(few)
    assert {name: getattr(copy.layer, name) for name in changed} == changed
    # It is a layer as its kind has it, with the map of the whole one.
    assert copy.layer.facts(copy.inputs).output[1:] == made(kind, fields).facts(tuple(inputs)).output[1:]  # fmt: skip


@each(
    ("kind", "fields", "inputs", "turns"),
    [
        # A window and its wider border, in its steps: (size, least, step, period).
        ("conv", {"out_channels": 6, "kernel_size": (3, 5), "stride": (2, 3), "padding": ((3, 1), (0, 6))}, [(4, 30, 40)], [(30, 4, 2, 2), (40, 7, 3, 3)]),
        ("conv", {"out_channels": 6, "kernel_size": (3, 2), "dilation": (2, 3)}, [(4, 30, 40)], [(30, 5, 1, 1), (40, 4, 1, 1)]),
        ("max_pool", {"kernel_size": (2, 3)}, [(3, 8, 6)], [(8, 2, 2, 2), (6, 3, 3, 3)]),
        # A pixel, as many as write one of the output, 3 / 2, and what the padding cuts: 5 - 3.
        ("conv_transpose", {"out_channels": 6, "kernel_size": 3, "stride": 2, "padding": 1}, [(4, 5, 7)], [(5, 3, 1, 1), (7, 3, 1, 1)]),
        ("conv_transpose", {"out_channels": 6, "kernel_size": 3, "padding": ((3, 2),)}, [(4, 9)], [(9, 1 + 3 + 2, 1, 1)]),
        # Bins of 12 / 4 = 3 pixels; of 12 / 8 = 3 / 2; a single one takes any number.
        ("adaptive_avg_pool", {"output_size": (4, 1)}, [(3, 12, 6)], [(12, 1, 3, 3), (6, 2, 1, 1)]),
        ("adaptive_avg_pool", {"output_size": 8}, [(3, 12, 6)], [(12, 1, 3, 3), (6, 1, 3, 3)]),
        # 1.5 = 3 / 2 and 0.4 = 2 / 5: units lie as before after 2 and 5 pixels.
        ("upsample", {"scale_factor": 2}, [(3, 4, 5)], [(4, 4, 1, 1), (5, 4, 1, 1)]),
        ("upsample", {"scale_factor": 1.5, "mode": "bilinear"}, [(3, 8, 12)], [(8, 4, 1, 2), (12, 4, 1, 2)]),
        ("upsample", {"scale_factor": 0.4, "mode": "bicubic"}, [(3, 10, 20)], [(10, 6, 1, 5), (20, 6, 1, 5)]),
        # 4 to 6 and 6 to 9: after 2 pixels; with aligned corners 4 gaps to 9, and 4 to 6.
        ("upsample", {"output_size": (6, 9)}, [(3, 4, 6)], [(4, 3, 2, 2), (6, 3, 2, 2)]),
        ("upsample", {"scale_factor": 2, "mode": "bilinear", "align_corners": True}, [(3, 5, 1)], [(5, 4, 4, 4), (1, 2, 1, 0)]),
        ("upsample", {"output_size": (7, 1), "mode": "bilinear", "align_corners": True}, [(3, 5, 9)], [(5, 3, 2, 2), (9, 2, 1, 1)]),
        ("upsample", {"output_size": (4, 1), "mode": "area"}, [(3, 12, 6)], [(12, 1, 3, 3), (6, 2, 1, 1)]),
        ("attention", {"heads": 2, "window": (3, 2)}, [(8, 6, 8)], [(6, 3, 3, 3), (8, 2, 2, 2)]),
        ("attention", {"heads": 2}, [(8, 6, 5)], [(6, 2, 1, 1), (5, 2, 1, 1)]),
        ("pad", {"padding": ((2, 1), (0, 3)), "mode": "reflect"}, [(4, 8, 9)], [(8, 3, 1, 1), (9, 4, 1, 1)]),
        # What is cut, and a pixel.
        ("crop", {"padding": ((2, 1), (0, 3))}, [(4, 8, 9)], [(8, 4, 1, 1), (9, 4, 1, 1)]),
        ("pixel_unshuffle", {"factor": 2}, [(4, 8, 6)], [(8, 2, 2, 2), (6, 2, 2, 2)]),
        ("add", {"inputs": ("a", "b")}, [(3, 1, 1), (3, 4, 6)], [(4, 2, 1, 1), (6, 2, 1, 1)]),
        # What sums along an axis or joins maps there stands for itself.
        ("concat", {"inputs": ("a", "b"), "axis": "height"}, [(3, 4, 6), (3, 5, 6)], [(9, 2, 1, 0), (6, 2, 1, 0)]),
        ("concat", {"inputs": ("a", "b")}, [(3, 4, 6), (2, 4, 6)], [(4, 2, 1, 1), (6, 2, 1, 1)]),
        ("softmax", {"axis": "width"}, [(4, 8, 9)], [(8, 2, 1, 0), (9, 2, 1, 0)]),
        ("lstm", {"hidden_size": 3}, [(4, 9)], [(9, 2, 1, 0)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2}, QKV, [(5, 2, 1, 1)]),
        ("cross_attention", {"inputs": ("q", "m"), "heads": 2}, [(8, 6), (8, 3, 5)], [(6, 2, 1, 1)]),
        # The axes of the map that was pooled; by a word its size says where windows stand.
        ("max_unpool", {"inputs": ("a", "b"), "kernel_size": (2, 3)}, [(3, 4, 2), (3, 8, 6)], [(8, 2, 2, 2), (6, 3, 3, 3)]),
        ("max_unpool", {"inputs": ("a", "b"), "kernel_size": 2, "padding": "same_upper"}, [(3, 4, 3), (3, 7, 6)], [(7, 2, 1, 0), (6, 2, 1, 0)]),
    ],
)  # fmt: skip
def test_how_short_a_map_may_be_cut(
    kind: str, fields: dict[str, Any], inputs: list[Shape], turns: list[tuple[int, ...]]
) -> None:
    assert list(made(kind, fields).turns(tuple(inputs))) == turns


@each(
    ("kind", "fields", "inputs", "sizes", "cut"),
    [
        ("relu", {}, [(3, 8, 6)], (4, 2), [(3, 4, 2)]),
        # A gate stays one number for the whole map, whichever comes first.
        ("mul", {"inputs": ("a", "b")}, [(3, 1, 1), (3, 8, 6)], (4, 2), [(3, 1, 1), (3, 4, 2)]),
        ("mul", {"inputs": ("a", "b")}, [(3, 8, 6), (3, 8, 6)], (4, 2), [(3, 4, 2), (3, 4, 2)]),
        ("mul", {"inputs": ("a", "b")}, [(3, 8, 6), (3, 8, 1)], (4, 2), [(3, 4, 2), (3, 8, 1)]),
        # Three positions of those that are asked are enough; a mask follows both.
        ("cross_attention", {"inputs": ("q", "m"), "heads": 2}, [(8, 6), (8, 2, 5)], (4,), [(8, 4), (8, 2, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v", "m"), "heads": 2}, [(8, 6), (8, 7), (4, 7), (2, 6, 7)], (5,), [(8, 5), (8, 3), (4, 3), (2, 5, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v", "m"), "heads": 2}, [(8, 6), (8, 7), (4, 7), (6, 7)], (5,), [(8, 5), (8, 3), (4, 3), (5, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v", "m"), "heads": 2}, [(8, 6), (8, 7), (4, 7), (1, 7)], (5,), [(8, 5), (8, 3), (4, 3), (1, 3)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2, "causal": True}, [(8, 6), (8, 6), (4, 6)], (5,), [(8, 5), (8, 5), (4, 5)]),
        ("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "heads": 2, "batch_axes": 1}, [(8, 5, 6), (8, 5, 7), (4, 5, 7)], (4, 2), [(8, 4, 2), (8, 4, 3), (4, 4, 3)]),
        # What the larger map loses by the crop it loses still: 2 rows and 1 column.
        (
            "concat",
            {"inputs": ("a", "b"), "align": "crop"},
            [(3, 8, 6), (2, 10, 7)],
            (4, 2),
            [(3, 4, 2), (2, 6, 3)],
        ),
    ],
)  # fmt: skip
def test_a_shorter_map(
    kind: str, fields: dict[str, Any], inputs: list[Shape], sizes: Shape, cut: list[Shape]
) -> None:
    assert list(made(kind, fields).on_map(tuple(inputs), sizes).inputs) == cut


def test_a_wanted_size_of_a_smaller_map_is_as_many_strides_less() -> None:
    """(i - 1) s + k is least, and one more is wanted of the width: so it is of each size."""
    fields = {"out_channels": 1, "kernel_size": 3, "stride": 2, "output_size": (33, 66)}
    layer = made("conv_transpose", fields)
    assert layer.facts(((3, 16, 32),)).output == (1, 33, 66)
    other = layer.on_map(((3, 16, 32),), (4, 8))
    assert other.inputs == ((3, 4, 8),)
    assert other.layer.facts(other.inputs).output == (1, 9, 18)
    bare = made("conv_transpose", {"out_channels": 1, "kernel_size": 3})
    assert bare.on_map(((3, 16, 32),), (4, 8)).layer is bare


def test_sizes_that_stand_for_a_long_map() -> None:
    """So many pixels and as many steps as fit the period; of 58 and 3 the remainder by 2 is 1."""
    short = Turn(57, least=3, step=2, period=2)
    assert (short.short(), short.short(3), short.long) == (5, 9, 15)
    assert (Turn(9).short(), Turn(9).short(0), Turn(9, least=3).long) == (3, 2, 10)
    assert (Turn(9, period=0).short(), Turn(9, period=0).long) == (9, 9)


@each(
    ("kind", "fields", "x", "sizes", "changed"),
    [
        # As many bins in proportion; one stays one, but that of a single pixel.
        ("adaptive_avg_pool", {"output_size": (4, 1)}, (3, 12, 6), (6, 3), {"output_size": (2, 1)}),
        ("adaptive_avg_pool", {"output_size": (4, 1)}, (3, 12, 1), (6, 5), {"output_size": (2, 5)}),
        ("adaptive_avg_pool", {"output_size": 1}, (3, 12, 1), (6, 5), {"output_size": (1, 1)}),
        ("upsample", {"output_size": (6, 9)}, (3, 4, 6), (2, 4), {"output_size": (3, 6)}),
        # 8 gaps of 4 become 4 of 2.
        ("upsample", {"output_size": (9, 1), "mode": "bilinear", "align_corners": True}, (3, 5, 9), (3, 5), {"output_size": (5, 1)}),
        # The mode `area` has bins as that pool has.
        ("upsample", {"output_size": (4, 1), "mode": "area"}, (3, 12, 6), (6, 3), {"output_size": (2, 1)}),
        # A window that is the whole height is moved against no other.
        ("attention", {"heads": 2, "window": (4, 2), "shift": (2, 1)}, (8, 4, 6), (8, 4), {"shift": (0, 1)}),
    ],
)  # fmt: skip
def test_what_fits_a_shorter_map(
    kind: str, fields: dict[str, Any], x: Shape, sizes: Shape, changed: dict[str, Any]
) -> None:
    copy = made(kind, fields).on_map((x,), sizes)
    assert copy.inputs == ((x[0], *sizes),)
    assert {name: getattr(copy.layer, name) for name in changed} == changed


@each(("sizes", "pooled"), [((8, 6), (4, 2)), ((7, 8), (3, 2)), ((2, 3), (1, 1))])
def test_a_copy_of_unpooling_is_of_whole_windows(sizes: Shape, pooled: Shape) -> None:
    """Windows of 2 and 3 that do not fill the map leave its end out."""
    layer = made("max_unpool", {"inputs": ("a", "b"), "kernel_size": (2, 3)})
    copy = layer.on_map(((3, 4, 2), (3, 8, 6)), sizes)
    assert copy.inputs == ((3, *pooled), (3, *sizes))
    assert copy.layer.facts(copy.inputs).output == (3, *sizes)
