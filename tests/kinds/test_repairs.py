"""What a refused layer is told, word for word; and that the repair, applied, works."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.core.errors import LayerError
from convcalc.kinds import find_kind
from convcalc.kinds.base.tried_repairs import help_for
from tests.crosscheck.draws import Shape
from tests.each import each
from tests.kinds.making import made
from tests.proposals import proposals


def refusal(name: str, fields: dict[str, Any], *inputs: Shape) -> tuple[LayerError, str]:
    """What its kind says of a layer, and what the layer is told."""
    layer = made(name, fields)
    with pytest.raises(LayerError) as caught:
        layer.facts(inputs)
    return caught.value, help_for(layer, inputs, caught.value)


MAP = (3, 32, 32)
# kind, fields, input; slug, field, note, help, and the fields that the help asks for.
REFUSED = [
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 64}, MAP,
        "kernel-exceeds-input", "kernel_size",
        "kernel 64, but the padded input has only 32 on the height",
        "use `padding: 16`, or `kernel_size: 32`, or a larger input",
        [{"padding": 16}, {"kernel_size": 32}], id="kernel",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 3, "dilation": 20, "padding": 1}, MAP,
        "kernel-exceeds-input", "kernel_size",
        "kernel 3 with dilation 20 spans 41, "
        "but the padded input has only 34 (32 + 1 + 1) on the height",
        "use `padding: 5`, or `kernel_size: 2`, or `dilation: 16`, or a larger input",
        [{"padding": 5}, {"kernel_size": 2}, {"dilation": 16}], id="dilated kernel",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 9}, (3, 4),
        "kernel-exceeds-input", "kernel_size", "kernel 9, but the padded input has only 4",
        "use `padding: 3`, or `kernel_size: 4`, or a larger input",
        [{"padding": 3}, {"kernel_size": 4}], id="kernel on one axis",
    ),
    pytest.param(
        "lp_pool", {"kernel_size": 9}, (3, 4),
        "kernel-exceeds-input", "kernel_size", "kernel 9, but the padded input has only 4",
        "use `padding: 3`, or `kernel_size: 4`, or a larger input",
        [{"padding": 3}, {"kernel_size": 4}], id="pool",
    ),
    pytest.param(
        "max_pool", {"kernel_size": 3, "dilation": 9}, (3, 12),
        "kernel-exceeds-input", "kernel_size",
        "kernel 3 with dilation 9 spans 19, but the padded input has only 12",
        # Half the kernel is the most: 4 pixels of padding would be refused.
        "use `kernel_size: 2`, or `dilation: 5`, or a larger input",
        [{"kernel_size": 2}, {"dilation": 5}], id="a dilated pool",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 1, "groups": 5}, (12, 8),
        "groups-indivisible", "groups",
        "5 does not divide 12 input channels (remainder 2), nor 8 output channels (remainder 3)",
        "use `groups: 4`", [{"groups": 4}], id="groups",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 1, "groups": 3}, (12, 8),
        "groups-indivisible", "groups", "3 does not divide 8 output channels (remainder 2)",
        "use `groups: 2` or `4`", [{"groups": 2}, {"groups": 4}], id="groups of the output",
    ),
    pytest.param(
        "conv", {"out_channels": 7, "kernel_size": 1, "groups": 2}, (3, 8),
        "groups-indivisible", "groups",
        "2 does not divide 3 input channels (remainder 1), nor 7 output channels (remainder 1)",
        "use `groups: 1`", [{"groups": 1}], id="groups of neither",
    ),
    pytest.param(
        "conv_transpose", {"out_channels": 9, "kernel_size": 1, "groups": 4}, (6, 8),
        "groups-indivisible", "groups",
        "4 does not divide 6 input channels (remainder 2), nor 9 output channels (remainder 1)",
        "use `groups: 3`", [{"groups": 3}], id="groups of neither, transposed",
    ),
    pytest.param(
        "conv", {"out_channels": 13, "kernel_size": 1, "groups": "depthwise"}, (12, 8),
        "groups-indivisible", "out_channels",
        "12 does not divide 13 output channels (remainder 1)",
        "use `out_channels: 12` or `24`, or another multiple of the input channels",
        [{"out_channels": 12}, {"out_channels": 24}], id="depthwise",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 4, "padding": "half"}, MAP,
        "padding-word-unfit", "padding",
        "`half` wants an odd span, but kernel 4 with dilation 1 spans 4",
        "use `padding: same` or `same_upper` or `same_lower`, or an odd kernel",
        [{"kernel_size": 5}, {"padding": "same"}, {"padding": "same_lower"}], id="half",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": "same"}, MAP,
        "padding-word-unfit", "padding", "`same` is for stride 1, but the stride is 2",
        "use `padding: same_upper` or `same_lower`, or numbers, as PyTorch does",
        [{"padding": "same_upper"}, {"padding": "same_lower"}], id="same",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 3, "padding": "causal"}, MAP,
        "padding-word-unfit", "padding",
        "`causal` is for one spatial axis, but the input has 2",
        "use `padding: [[2, 0], [1, 1]]`, or other pairs of before and after",
        [{"padding": [[2, 0], [1, 1]]}], id="causal",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": [3, 4], "dilation": [2, 1], "padding": "causal"},
        MAP, "padding-word-unfit", "padding",
        "`causal` is for one spatial axis, but the input has 2",
        "use `padding: [[4, 0], [1, 2]]`, or other pairs of before and after",
        [{"padding": [[4, 0], [1, 2]]}], id="causal beside an even kernel",
    ),
    pytest.param(
        "conv",
        {"out_channels": 8, "kernel_size": 3, "padding": 40, "padding_mode": "reflect"}, MAP,
        "size-out-of-range", "padding",
        "`reflect` can pad at most 31 of 32 pixels, not 40 on the height",
        "use `padding: 31`, or `padding_mode: zeros`", [{"padding": 31}, {"padding_mode": "zeros"}],
        id="reflect",
    ),
    # Every pixel may be used once more, not twice; mirrored, the one at the border is not used.
    pytest.param(
        "conv",
        {"out_channels": 8, "kernel_size": 3, "padding": 33, "padding_mode": "circular"}, MAP,
        "size-out-of-range", "padding",
        "`circular` can pad at most 32 of 32 pixels, not 33 on the height",
        "use `padding: 32`, or `padding_mode: zeros`", [{"padding": 32}, {"padding_mode": "zeros"}],
        id="circular",
    ),
    # Evenly, as it was not even: 4 more of 4 + 8 - 4.
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 8, "padding": [[0, 1]]}, (3, 3),
        "kernel-exceeds-input", "kernel_size",
        "kernel 8, but the padded input has only 4 (3 + 0 + 1)",
        "use `padding: [[2, 3]]`, or `kernel_size: 4`, or a larger input",
        [{"padding": [[2, 3]]}, {"kernel_size": 4}], id="kernel on one axis, padded on one side",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 7, "padding": [[0, 1]]}, (3, 3),
        "kernel-exceeds-input", "kernel_size",
        "kernel 7, but the padded input has only 4 (3 + 0 + 1)",
        "use `padding: 2`, or `kernel_size: 4`, or a larger input",
        [{"padding": 2}, {"kernel_size": 4}], id="kernel that wants an odd number more",
    ),
    # 3 more of 9 - 6: the odd one before, where it was wider before.
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": 9, "padding": [[2, 1]]}, (3, 3),
        "kernel-exceeds-input", "kernel_size",
        "kernel 9, but the padded input has only 6 (3 + 2 + 1)",
        "use `padding: [[4, 2]]`, or `kernel_size: 6`, or a larger input",
        [{"padding": [[4, 2]]}, {"kernel_size": 6}], id="kernel that wants more on either side",
    ),
    pytest.param(
        "rearrange", {"pattern": "a b (c d) -> a b c d", "sizes": {"c": 4}}, (8, 4, 6),
        "pattern-mismatch", "pattern",
        "`(c d)` is 6 in the input, not a multiple of c = 4 (remainder 2)",
        "use `sizes: {c: 3}` or `{c: 6}`, or a `pad` of the input to 8",
        [{"sizes": {"c": 3}}, {"sizes": {"c": 6}}], id="a size that does not divide",
    ),
    pytest.param(
        "rearrange", {"pattern": "a b (c d) -> a b c d", "sizes": {"c": 2, "d": 4}}, (8, 4, 6),
        "pattern-mismatch", "pattern", "`(c d)` is 6 in the input, and 8 elsewhere",
        "give the axes different names, or the inputs the same size", [],
        id="sizes of another product",
    ),
    # 4 and 6 divide 12 and are as near to 5.
    pytest.param(
        "attention", {"heads": 1, "window": 5}, (3, 12),
        "groups-indivisible", "window", "windows of 5 do not tile the length of 12 (remainder 2)",
        "use `window: 4`, or a `pad: [[0, 3]]` before it and a `crop` behind",
        [{"window": 4}], id="windows that do not tile",
    ),
    pytest.param(
        "attention", {"heads": 1, "window": [2, 2]}, (3, 12),
        "wrong-rank", "window", "window has 2 values, but the input has 1 spatial axis",
        "use `window: [2]`, or one value for all axes",
        [{"window": [2]}], id="windows of another rank",
    ),
    pytest.param(
        "attention", {"heads": 1, "window": 4, "shift": [5, 1]}, MAP,
        "wrong-value", "shift", "5 is no shift of windows of 4",
        "use `shift: [2, 1]`", [{"shift": [2, 1]}], id="a shift beyond the window",
    ),
    pytest.param(
        "opaque", {"output": [3, 32, 32], "reads": {"k": 33}}, MAP,
        "kernel-exceeds-input", "reads",
        "kernel 33, but the padded input has only 32 on the height",
        "use `reads: all`", [{"reads": "all"}], id="a window that is declared",
    ),
    pytest.param(
        "rearrange", {"pattern": "a b (c d) -> a b c d"}, (8, 4, 6),
        "pattern-mismatch", "pattern", "`(c d)` is 6 in the input, which may be split in many ways",
        "use `sizes: {d: 3}`, or other ones: all but one of its sizes have to be known",
        [{"sizes": {"d": 3}}], id="sizes of which one has to be known",
    ),
    pytest.param(
        "rearrange", {"pattern": "a (b c d) -> a b c d"}, (8, 15),
        "pattern-mismatch", "pattern",
        "`(b c d)` is 15 in the input, which may be split in many ways",
        "use `sizes: {c: 1, d: 3}`, or other ones: all but one of its sizes have to be known",
        [{"sizes": {"c": 1, "d": 3}}], id="sizes of which two have to be known",
    ),
    pytest.param(
        "conv", {"out_channels": 8, "kernel_size": [3, 3, 3]}, MAP,
        "wrong-rank", "kernel_size", "kernel_size has 3 values, but the input has 2 spatial axes",
        "use `kernel_size: [3, 3]`, or one value for all axes",
        [{"kernel_size": 3}, {"kernel_size": [3, 3]}], id="values",
    ),
    pytest.param(
        "max_pool", {"kernel_size": 2, "padding": 2}, MAP,
        "pool-padding-too-big", "padding", "padding 2 is more than half the kernel (2 // 2 = 1)",
        "use `padding: 1`, or a `pad` layer before", [{"padding": 1}], id="pool padding",
    ),
    pytest.param(
        "conv_transpose", {"out_channels": 3, "kernel_size": 3, "stride": 2, "output_padding": 2},
        MAP, "output-padding-range", "output_padding",
        "output_padding 2 is not below max(stride 2, dilation 1) = 2",
        "use `output_padding: 1`, or a `pad` layer after", [{"output_padding": 1}],
        id="output padding",
    ),
    pytest.param(
        "conv_transpose", {"out_channels": 3, "kernel_size": 3, "stride": 2, "output_size": 10},
        MAP, "output-padding-range", "output_size",
        "output_size 10 on the height is out of reach: these fields give 65 to 66",
        "use `output_size: 65` or `66`, or another kernel, stride or padding",
        [{"output_size": 65}, {"output_size": 66}], id="output size",
    ),
    pytest.param(
        "conv_transpose", {"out_channels": 3, "kernel_size": 2, "stride": 2, "output_size": 70},
        MAP, "output-padding-range", "output_size",
        "output_size 70 on the height is out of reach: these fields give 64 to 65",
        "use `output_size: 64` or `65`, or another kernel, stride or padding",
        [{"output_size": 64}, {"output_size": 65}], id="output size of an even least",
    ),
    pytest.param(
        "conv_transpose", {"out_channels": 3, "kernel_size": 3, "padding": 20}, MAP,
        "size-out-of-range", "padding",
        "padding 20 + 20 cuts all of the 34 pixels on the height: (32 - 1)*1 - 40 + 3 = -6",
        "use `padding: 16`, or less", [{"padding": 16}], id="transposed padding",
    ),
    pytest.param(
        "crop", {"padding": 16}, MAP, "size-out-of-range", "padding",
        "cutting 32 of 32 pixels on the height leaves none", "use `padding: 15`, or less",
        [{"padding": 15}], id="crop",
    ),
    pytest.param(
        "crop", {"padding": [[40, 3], [2, 2]]}, MAP, "size-out-of-range", "padding",
        "cutting 43 of 32 pixels on the height leaves none",
        "use `padding: [[31, 0], [2, 2]]`, or less", [{"padding": [[31, 0], [2, 2]]}],
        id="crop beyond one side",
    ),
    pytest.param(
        "crop", {"padding": [[2, 7]]}, (3, 6), "size-out-of-range", "padding",
        "cutting 9 of 6 pixels leaves none",
        "use `padding: [[2, 3]]`, or less", [{"padding": [[2, 3]]}],
        id="crop beyond the other side",
    ),
    pytest.param(
        "crop", {"padding": [[20, 13], [2, 2]]}, MAP, "size-out-of-range", "padding",
        "cutting 33 of 32 pixels on the height leaves none",
        "use `padding: [[20, 11], [2, 2]]`, or less", [{"padding": [[20, 11], [2, 2]]}],
        id="crop beyond both sides",
    ),
    pytest.param(
        "slice", {"channels": [2, 5]}, MAP, "size-out-of-range", "channels",
        "channels [2, 5] of an input that has 3", "use `channels: [2, 3]`",
        [{"channels": [2, 3]}], id="slice",
    ),
    pytest.param(
        "unflatten", {"shape": [3, 4]}, (24,), "element-count-mismatch", "shape",
        "3x4 has 12 elements, the input 24 has 24",
        "use `shape: [6, 4]`, or sizes whose product is equal", [{"shape": [6, 4]}], id="unflatten",
    ),
    pytest.param(
        "upsample", {"scale_factor": 2, "mode": "linear"}, MAP, "wrong-rank", "mode",
        "the mode `linear` is for 1 spatial axis, but the input has 2", "use `mode: bilinear`",
        [{"mode": "bilinear"}], id="upsampling mode",
    ),
    pytest.param(
        "permute", {"axes": [0, 2, 1, 3]}, MAP, "wrong-rank", "axes",
        "axes has 4 numbers, but the input 3x32x32 has 3",
        # PyTorch counts the batch; or the last one was a slip.
        "use `axes: [1, 0, 2]` or `[0, 2, 1]`, or another order",
        [{"axes": [1, 0, 2]}, {"axes": [0, 2, 1]}], id="order with the batch",
    ),
    pytest.param(
        "permute", {"axes": [1, 0, 2, 3]}, MAP, "wrong-rank", "axes",
        "axes has 4 numbers, but the input 3x32x32 has 3",
        # Nothing moves the batch: one axis is too many.
        "use `axes: [1, 0, 2]`, or another order", [{"axes": [1, 0, 2]}], id="order of too many",
    ),
    pytest.param(
        "permute", {"axes": [1, 0]}, MAP, "wrong-rank", "axes",
        "axes has 2 numbers, but the input 3x32x32 has 3",
        "use `axes: [1, 0, 2]`, or another order", [{"axes": [1, 0, 2]}], id="short order",
    ),
    pytest.param(
        "group_norm", {"groups": 5}, (12, 8), "groups-indivisible", "groups",
        "5 does not divide 12 channels (remainder 2)", "use `groups: 4` or `6`",
        [{"groups": 4}, {"groups": 6}], id="group norm",
    ),
]  # fmt: skip


@each(("name", "fields", "x", "slug", "field", "note", "help", "repairs"), REFUSED)
def test_refusal_and_repair(
    name: str,
    fields: dict[str, Any],
    x: Shape,
    slug: str,
    field: str,
    note: str,
    help: str,
    repairs: list[dict[str, Any]],
) -> None:
    error, told = refusal(name, fields, x)
    assert (error.slug, error.field) == (slug, field)
    assert (error.note, told) == (note, help)
    for repair in repairs:
        assert min(made(name, fields | repair).facts((x,)).output) > 0


# Only the axis at fault is changed, where the others could not be changed alike.
ON_AXES = [
    pytest.param(
        "max_pool", {"kernel_size": [1, 9]}, (1, 5, 7),
        "use `padding: [0, 1]`, or `kernel_size: [1, 7]`, or a larger input", id="pool",
    ),
    pytest.param(
        "conv", {"out_channels": 1, "kernel_size": [1, 9]}, (1, 5, 7),
        "use `padding: [0, 1]`, or `kernel_size: [1, 7]`, or a larger input", id="conv",
    ),
    pytest.param(
        "conv", {"out_channels": 1, "kernel_size": [1, 9], "padding": [2, 0]}, (1, 5, 7),
        "use `padding: [2, 1]`, or `kernel_size: [1, 7]`, or a larger input", id="padded",
    ),
    pytest.param(
        "conv_transpose",
        {"out_channels": 1, "kernel_size": 3, "stride": [4, 2], "output_padding": [6, 0]},
        (1, 5, 7),
        "use `output_padding: [3, 0]`, or a `pad` layer after", id="output padding",
    ),
    pytest.param(
        "pad", {"padding": [[0, 0], [6, 0]], "mode": "reflect"}, (1, 5, 5),
        "use `padding: [[0, 0], [4, 0]]`, or `mode: zeros`", id="before and after",
    ),
    pytest.param(
        "max_pool", {"kernel_size": [2, 4], "padding": [2, 1]}, (1, 8, 8),
        "use `padding: 1`, or a `pad` layer before", id="half of each kernel",
    ),
    pytest.param(
        "split", {"parts": 2, "part": 1}, (3, 4),
        "use `parts: 1` and `part: 0`, or `parts: 3`", id="two fields at once",
    ),
    pytest.param(
        "conv", {"out_channels": 6, "kernel_size": 9, "groups": 4}, (6, 7, 7),
        "use `padding: 1` and `groups: 3`, or `kernel_size: 7` and `groups: 3`, or a larger input",
        id="two faults",
    ),
]  # fmt: skip


@each(("name", "fields", "x", "help"), ON_AXES)
def test_repairs_of_one_axis(name: str, fields: dict[str, Any], x: Shape, help: str) -> None:
    _, told = refusal(name, fields, x)
    assert told == help
    ways = proposals(told, type(made(name, fields)).model_fields)
    assert ways
    for way in ways:
        assert min(made(name, fields | way).facts((x,)).output) > 0


RANKS = [
    pytest.param("conv", {"out_channels": 3, "kernel_size": 1}, id="conv"),
    pytest.param("max_pool", {"kernel_size": 1}, id="max_pool"),
    pytest.param("global_avg_pool", {}, id="global_avg_pool"),
    pytest.param("upsample", {"scale_factor": 2}, id="upsample"),
    pytest.param("pad", {"padding": 1}, id="pad"),
]


@each(("name", "fields"), RANKS)
def test_vectors_have_no_axes(name: str, fields: dict[str, Any]) -> None:
    error, _ = refusal(name, fields, (10,))
    assert error.slug == "wrong-rank"
    assert error.note == f"{name} works on spatial axes, but its input 10 has none"


def test_linear_wants_a_vector() -> None:
    error, told = refusal("linear", {"out_features": 10}, (512, 7, 7))
    assert error.note == "linear wants a vector, but its input is 512x7x7"
    assert told == (
        "put `flatten` before it (25088 features), or `global_avg_pool` (512 features); "
        "`over: channels` makes it a layer of each position"
    )
    assert error.recovered == (10,)


def test_heads_share_the_channels_of_queries_and_of_values() -> None:
    fields = {"inputs": ("q", "k", "v"), "heads": 4}
    error, told = refusal("scaled_dot_product_attention", fields, (6, 5), (6, 5), (9, 5))
    assert error.note == "4 does not divide 6 channels (remainder 2)"
    # What divides 6 and 9.
    assert told == "use `heads: 3`"


def test_the_map_that_joined_maps_would_have_is_the_largest() -> None:
    error, _ = refusal("concat", {"inputs": ("a", "b")}, (8, 4, 6), (2, 5, 9))
    assert error.note == "concat wants equal shapes, got 8x4x6 and 2x5x9"
    assert error.recovered == (10, 5, 9)


def test_offsets_are_two_for_each_tap() -> None:
    kind = find_kind("deform_conv")
    assert kind is not None
    fields = {"inputs": ("x", "o"), "out_channels": 2, "kernel_size": 3, "padding": 1}
    layer = kind.model_validate(fields)
    with pytest.raises(LayerError) as refused:
        layer.facts(((4, 5, 6), (16, 5, 6)))
    assert refused.value.help == "give the layer that finds them 18 channels"
    assert refused.value.note == (
        "offsets of 16 channels are no 2 x 9 for each of some groups of the 4 channels"
    )
    # 54 are three groups, which do not divide 4 channels.
    with pytest.raises(LayerError, match="offsets of 54 channels are no 2 x 9 for each"):
        layer.facts(((4, 5, 6), (54, 5, 6)))
    layer.facts(((4, 5, 6), (36, 5, 6)))
    with pytest.raises(LayerError) as unfit:
        layer.facts(((4, 5, 6), (36, 6, 5)))
    assert unfit.value.note == "the offsets 36x6x5 would have to be 36x5x6"
    assert unfit.value.help == "find the offsets with the same kernel, stride and padding"
    with pytest.raises(LayerError) as masked:
        layer.facts(((4, 5, 6), (36, 5, 6), (9, 5, 6)))
    assert masked.value.note == "the mask 9x5x6 would have to be 18x5x6"


TOGETHER = [
    pytest.param(
        "lp_pool",
        {"kernel_size": [4, 1], "stride": [1, 2], "padding": [[3, 3], [0, 0]], "dilation": [2, 2]},
        [(3, 2, 9)],
        # A kernel of 3 would take a padding of 1 at most.
        "use `padding: [2, 0]` and `dilation: [1, 2]`, or a `pad` layer before",
        id="padding that a smaller kernel would not take",
    ),
    pytest.param(
        "scaled_dot_product_attention",
        {"inputs": ["q", "k", "v"], "heads": 2, "kv_heads": 3},
        [(5, 5), (6, 4), (3, 4)],
        "use `heads: 1` and `kv_heads: 1`, or `heads: 5` and `kv_heads: 1`",
        id="neither of the heads fits",
    ),
    pytest.param(
        "scaled_dot_product_attention",
        {"inputs": ["q", "k", "v"], "heads": 3, "kv_heads": 3},
        [(3, 5), (3, 2), (10, 2)],
        "use `kv_heads: 1`", id="heads of values that divide those of queries",
    ),
]  # fmt: skip


@each(("name", "fields", "inputs", "help"), TOGETHER)
def test_faults_of_several_fields_are_repaired_together(
    name: str, fields: dict[str, Any], inputs: list[Shape], help: str
) -> None:
    assert refusal(name, fields, *inputs)[1] == help


def test_a_layer_behind_a_mode_that_does_not_fit_goes_on_with_a_pixel() -> None:
    fields = {"mode": "linear", "scale_factor": [1, 0.2]}
    assert refusal("upsample", fields, (3, 12, 2))[0].recovered == (3, 12, 1)


@each(("x", "axes"), [
    ((4,), "4 has no spatial axes"), ((4, 5), "4x5 has 1 spatial axis"),
    ((4, 5, 6, 7), "4x5x6x7 has 3 spatial axes"),
])  # fmt: skip
def test_offsets_have_two_axes(x: Shape, axes: str) -> None:
    kind = find_kind("deform_conv")
    assert kind is not None
    fields = {"inputs": ("x", "o"), "out_channels": 2, "kernel_size": 3}
    with pytest.raises(LayerError) as refused:
        kind.model_validate(fields).facts((x, x))
    assert refused.value.note == f"deform_conv works on two spatial axes, but {axes}"


TWO, THREE = {"inputs": ("a", "b")}, {"inputs": ("q", "k", "v")}
SDPA = "scaled_dot_product_attention"


@each(
    ("kind", "fields", "inputs", "recovered"),
    [
        ("conv", {"out_channels": 6, "kernel_size": 3, "groups": 4}, [(8, 9, 7)], (6, 7, 5)),
        (
            "conv_transpose", {"out_channels": 6, "kernel_size": 3, "groups": 4, "stride": 2},
            [(8, 9, 7)], (6, 19, 15),
        ),
        (
            "deform_conv", {**TWO, "out_channels": 3, "kernel_size": 3}, [(4, 7, 9), (17, 5, 7)],
            (3, 5, 7),
        ),
        (
            "deform_conv", {**TWO, "out_channels": 3, "kernel_size": 3}, [(4, 7, 9), (18, 5, 6)],
            (3, 5, 7),
        ),
        ("bilinear", {**TWO, "out_features": 3}, [(4, 7), (5, 6)], (3, 7)),
        # As many channels as values, at the positions of the queries.
        (SDPA, {**THREE, "heads": 3}, [(8, 6), (8, 7), (4, 7)], (4, 6)),
        (SDPA, {**THREE, "heads": 2}, [(8, 6), (8, 7), (4, 5)], (4, 6)),
        ("cross_attention", {**TWO, "heads": 3}, [(8, 6), (8, 2, 5)], (8, 6)),
        ("attention", {"heads": 3}, [(8, 6)], (8, 6)),
        ("group_norm", {"groups": 4}, [(6, 5, 7)], (6, 5, 7)),
        ("channel_shuffle", {"groups": 4}, [(6, 5, 7)], (6, 5, 7)),
        ("max_unpool", {**TWO, "kernel_size": 2}, [(3, 4, 2), (3, 7, 6)], (3, 7, 6)),
        ("global_mean_std_pool", {}, [(3, 1)], (6,)),
        # The largest size of each axis.
        ("concat", TWO, [(4, 3, 5), (6, 6, 2)], (10, 6, 5)),
        ("reduce", {"pattern": "c h -> h c", "op": "std"}, [(3, 4)], (4, 3)),
        ("unflatten", {"shape": (3, 4)}, [(13,)], (3, 4)),
        # Nothing is said where nothing is sure.
        ("split", {"parts": 4, "part": 0}, [(6, 5)], None),
        ("pixel_unshuffle", {"factor": 2}, [(3, 5, 8)], None),
        ("matmul", TWO, [(4, 3, 5), (4, 6, 2)], None),
    ],
)  # fmt: skip
def test_the_shape_that_a_network_goes_on_with(
    kind: str, fields: dict[str, Any], inputs: list[Shape], recovered: Shape | None
) -> None:
    with pytest.raises(LayerError) as caught:
        made(kind, fields).facts(tuple(inputs))
    assert caught.value.recovered == recovered
