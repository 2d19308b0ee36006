"""Layers as a line of PyTorch and of Keras, by the signatures in their manuals; and undone.

`tests/crosscheck` runs the lines of PyTorch; here are those that its draws may pass by.
"""
# ruff: noqa: E501 - lines stand whole, as they are written

from __future__ import annotations

from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from tests.each import each

Shape = tuple[int, ...]


def layer(text: str, x: Shape) -> Any:
    network = f"convcalc: 1\ninput: {list(x)}\nlayers:\n  - {text}\n"
    return convcalc.plan(convcalc.loads(network)).rows[-1].node.layer


@each(
    ("text", "x", "torch", "keras"),
    [
        ("linear: 4", (8,), "nn.Linear(8, 4)", "layers.Dense(4)"),
        (
            "linear: {out: 4, bias: false, over: channels}",
            (8, 5, 6),
            "nn.Conv2d(8, 4, kernel_size=1, bias=False)",
            "layers.Dense(4, use_bias=False)",
        ),
        ("avg_pool: 2", (3, 8, 8), "nn.AvgPool2d(2)", "layers.AveragePooling2D(2)"),
        ("avg_pool: 2", (3, 8), "nn.AvgPool1d(2)", "layers.AveragePooling1D(2)"),
        (
            "avg_pool: {k: 2, divisor_override: 3}",
            (3, 8, 8),
            "nn.AvgPool2d(2, divisor_override=3)",
            None,
        ),
        ("avg_pool: {k: 2, divisor_override: 3}", (3, 8), None, None),
        ("avg_pool: {k: 2, d: 2}", (3, 8, 8), None, None),
        ("flatten", (3, 8, 8), "nn.Flatten()", None),
        ("flatten: {axis: positions}", (3, 8, 8), "nn.Flatten(2)", "layers.Reshape((64, 3))"),
    ],
)
def test_lines(text: str, x: Shape, torch: str | None, keras: str | None) -> None:
    found = layer(text, x)
    assert found.torch(x) == (torch and [torch])
    if keras or torch is None:
        assert found.keras(x) == (keras and [keras])


# By the signatures of torch.nn and keras.layers; channels come first in PyTorch and last in Keras.
LINES: list[tuple[str, Shape, list[str] | None, list[str] | None]] = [
    ("relu", (3, 8, 8), ["nn.ReLU()"], ['layers.Activation("relu")']),
    ("leaky_relu", (3, 8), ["nn.LeakyReLU(0.01)"], ["layers.LeakyReLU(negative_slope=0.01)"]),
    ("leaky_relu: 0.2", (3, 8), ["nn.LeakyReLU(0.2)"], ["layers.LeakyReLU(negative_slope=0.2)"]),
    ("elu: {alpha: 0.5}", (3, 8), ["nn.ELU(alpha=0.5)"], None),
    ("elu", (3, 8), ["nn.ELU()"], ['layers.Activation("elu")']),
    ("celu: 2", (3, 8), ["nn.CELU(alpha=2.0)"], None),
    ("softplus: {beta: 2}", (3, 8), ["nn.Softplus(beta=2.0)"], None),
    ("gelu", (3, 8), ["nn.GELU()"], ['layers.Activation("gelu")']),
    ("gelu: {approximate: tanh}", (3, 8), ["nn.GELU(approximate='tanh')"], None),
    ("threshold: {threshold: 1, value: 2}", (3, 8), ["nn.Threshold(threshold=1.0, value=2.0)"], None),
    ("selu", (3, 8), ["nn.SELU()"], ['layers.Activation("selu")']),
    ("tanh", (3, 8), ["nn.Tanh()"], ['layers.Activation("tanh")']),
    ("silu", (3, 8), ["nn.SiLU()"], ['layers.Activation("silu")']),
    ("mish", (3, 8), ["nn.Mish()"], ['layers.Activation("mish")']),
    ("adaptive_avg_pool: 2", (3, 8, 8), ["nn.AdaptiveAvgPool2d((2, 2))"], None),
    ("adaptive_avg_pool: [2, 3]", (3, 8, 8), ["nn.AdaptiveAvgPool2d((2, 3))"], None),
    ("adaptive_max_pool: 2", (3, 8), ["nn.AdaptiveMaxPool1d((2,))"], None),
    ("adaptive_max_pool: [~, 3]", (3, 8, 9), ["nn.AdaptiveMaxPool2d((8, 3))"], None),
    ("adaptive_avg_pool: 2", (3, 8, 8, 8), ["nn.AdaptiveAvgPool3d((2, 2, 2))"], None),
    ("global_avg_pool", (3, 8, 8), ["nn.AdaptiveAvgPool2d(1)", "nn.Flatten()"], None),
    ("global_avg_pool: {keepdim: true}", (3, 8), ["nn.AdaptiveAvgPool1d(1)"], None),
    ("global_max_pool", (3, 8, 8, 8), ["nn.AdaptiveMaxPool3d(1)", "nn.Flatten()"], None),
    ("conv: {out: 4, k: 3}", (3, 8, 8), ["nn.Conv2d(3, 4, kernel_size=3)"], ["layers.Conv2D(4, 3)"]),
    ("conv: {out: 4, k: 3, s: 2, p: 1, d: 2, bias: false}", (3, 9, 9), ["nn.Conv2d(3, 4, kernel_size=3, stride=2, padding=1, dilation=2, bias=False)"], ["layers.ZeroPadding2D(1)", "layers.Conv2D(4, 3, strides=2, dilation_rate=2, use_bias=False)"]),
    ("conv: {out: 6, k: [3, 5], s: [1, 2], p: [1, 2], g: 3}", (3, 9, 9), ["nn.Conv2d(3, 6, kernel_size=(3, 5), stride=(1, 2), padding=(1, 2), groups=3)"], ["layers.ZeroPadding2D(((1, 1), (2, 2)))", "layers.Conv2D(6, (3, 5), strides=(1, 2), groups=3)"]),
    ("conv: {out: 4, k: 3, p: [[0, 1], [2, 2]]}", (3, 8, 8), ["nn.ZeroPad2d((2, 2, 0, 1))", "nn.Conv2d(3, 4, kernel_size=3)"], ["layers.ZeroPadding2D(((0, 1), (2, 2)))", "layers.Conv2D(4, 3)"]),
    ("conv: {out: 4, k: 3, p: 1, padding_mode: reflect}", (3, 8, 8), ["nn.Conv2d(3, 4, kernel_size=3, padding=1, padding_mode='reflect')"], None),
    ("conv: {out: 4, k: 3, p: same}", (3, 8), ["nn.Conv1d(3, 4, kernel_size=3, padding=1)"], ["layers.ZeroPadding1D(1)", "layers.Conv1D(4, 3)"]),
    ("conv: {out: 4, k: 3, p: same_upper, s: 2}", (3, 8), ["nn.ZeroPad1d((0, 1))", "nn.Conv1d(3, 4, kernel_size=3, stride=2)"], ["layers.ZeroPadding1D((0, 1))", "layers.Conv1D(4, 3, strides=2)"]),
    ("conv: {out: 4, k: 3, p: causal}", (3, 8), ["nn.ZeroPad1d((2, 0))", "nn.Conv1d(3, 4, kernel_size=3)"], ["layers.ZeroPadding1D((2, 0))", "layers.Conv1D(4, 3)"]),
    ("conv_transpose: {out: 4, k: 3}", (3, 8, 8), ["nn.ConvTranspose2d(3, 4, kernel_size=3)"], ["layers.Conv2DTranspose(4, 3)"]),
    ("conv_transpose: {out: 4, k: 3, s: 2, p: 1, a: 1}", (3, 8, 8), ["nn.ConvTranspose2d(3, 4, kernel_size=3, stride=2, padding=1, output_padding=1)"], ["layers.Conv2DTranspose(4, 3, strides=2, output_padding=1)", "layers.Cropping2D(1)"]),
    ("conv_transpose: {out: 4, k: 3, s: 2, p: [[0, 1], [1, 1]]}", (3, 8, 8), ["nn.ConvTranspose2d(3, 4, kernel_size=3, stride=2, padding=(0, 1))", "nn.ZeroPad2d((0, 0, 0, -1))"], ["layers.Conv2DTranspose(4, 3, strides=2, output_padding=0)", "layers.Cropping2D(((0, 1), (1, 1)))"]),
    ("conv_transpose: {out: 6, k: 3, g: 3}", (3, 8, 8), ["nn.ConvTranspose2d(3, 6, kernel_size=3, groups=3)"], ["# Keras has no grouped transposed layer: split the channels, or write PyTorch"]),
    ("conv_transpose: {out: 6, k: 3, s: 2, d: 2}", (3, 8, 8), ["nn.ConvTranspose2d(3, 6, kernel_size=3, stride=2, dilation=2)"], ["# Keras takes no stride together with dilation in a transposed layer"]),
    ("conv_transpose: {out: 6, k: 3, d: 2}", (3, 8, 8), ["nn.ConvTranspose2d(3, 6, kernel_size=3, dilation=2)"], ["layers.Conv2DTranspose(6, 3, dilation_rate=2)"]),
    ("conv_transpose: {out: 6, k: 3, p: 2}", (3, 8), ["nn.ConvTranspose1d(3, 6, kernel_size=3, padding=2)"], ["layers.Conv1DTranspose(6, 3)", "layers.Cropping1D(2)"]),
    ("pad: 1", (3, 8, 8), ["nn.ZeroPad2d((1, 1, 1, 1))"], ["layers.ZeroPadding2D(1)"]),
    ("pad: {padding: [1, 2], value: 3, mode: constant}", (3, 8, 8), ["nn.ConstantPad2d((2, 2, 1, 1), 3.0)"], None),
    ("pad: {padding: [[1, 0]], mode: reflect}", (3, 8), ["nn.ReflectionPad1d((1, 0))"], None),
    ("pad: {padding: 1, mode: circular}", (3, 8, 8), ["nn.CircularPad2d((1, 1, 1, 1))"], None),
    ("pad: {padding: 1, mode: replicate}", (3, 8, 8, 8), ["nn.ReplicationPad3d((1, 1, 1, 1, 1, 1))"], None),
    ("crop: 1", (3, 8, 8), ["nn.ZeroPad2d((-1, -1, -1, -1))"], ["layers.Cropping2D(1)"]),
    ("crop: [[1, 2]]", (3, 8), ["nn.ZeroPad1d((-1, -2))"], ["layers.Cropping1D((1, 2))"]),
    ("channel_shuffle: 3", (6, 8, 8), ["nn.ChannelShuffle(3)"], None),
    ("fold: {output_size: [6, 6], k: 2, s: 2}", (12, 9), ["nn.Fold((6, 6), 2, stride=2)"], None),
    ("fold: {output_size: [7, 6], k: [2, 3], p: [1, 0], s: [1, 3]}", (12, 16), ["nn.Fold((7, 6), (2, 3), padding=(1, 0), stride=(1, 3))"], None),
    ("identity", (3, 8), ["nn.Identity()"], ["layers.Identity()"]),
    ("dropout: 0.3", (3, 8), ["nn.Dropout(0.3)"], ["layers.Dropout(0.3)"]),
    ("local_response_norm: 5", (8, 8, 8), ["nn.LocalResponseNorm(5, 0.0001, 0.75, 1.0)"], None),
    ("batch_norm", (3, 8, 8), ["nn.BatchNorm2d(3)"], ["layers.BatchNormalization(epsilon=1e-05)"]),
    ("batch_norm", (3,), ["nn.BatchNorm1d(3)"], ["layers.BatchNormalization(epsilon=1e-05)"]),
    ("batch_norm: {affine: false, eps: 0.001}", (3, 8), ["nn.BatchNorm1d(3, eps=0.001, affine=False)"], ["layers.BatchNormalization(epsilon=0.001, center=False, scale=False)"]),
    ("instance_norm", (3, 8, 8), ["nn.InstanceNorm2d(3)"], None),
    ("instance_norm: {affine: true}", (3, 8), ["nn.InstanceNorm1d(3, affine=True)"], None),
    ("group_norm: 3", (6, 8, 8), ["nn.GroupNorm(3, 6)"], None),
    ("group_norm: {groups: 2, affine: false, eps: 0.01}", (6, 8), ["nn.GroupNorm(2, 6, eps=0.01, affine=False)"], None),
    ("pixel_shuffle: 2", (12, 4, 4), ["nn.PixelShuffle(2)"], None),
    ("pixel_unshuffle: 2", (3, 8, 8), ["nn.PixelUnshuffle(2)"], None),
    ("prelu", (3, 8), ["nn.PReLU(1)"], None),
    ("unflatten: [3, 4, 5]", (60,), ["nn.Unflatten(1, (3, 4, 5))"], ["layers.Reshape((3, 4, 5))", "layers.Permute((2, 3, 1))"]),
    ("flatten", (3, 4), ["nn.Flatten()"], ["layers.Permute((2, 1))", "layers.Flatten()"]),
    ("flatten", (3, 4, 5), ["nn.Flatten()"], ["layers.Permute((3, 1, 2))", "layers.Flatten()"]),
    ("flatten", (3, 4, 5, 6), ["nn.Flatten()"], ["layers.Permute((4, 1, 2, 3))", "layers.Flatten()"]),
    ("flatten", (60,), ["nn.Flatten()"], ["layers.Flatten()"]),
    ("softmax", (3, 8, 8), ["nn.Softmax(dim=1)"], ["layers.Softmax()"]),
    ("softmax: {axis: width}", (3, 8, 8), ["nn.Softmax(dim=3)"], ["layers.Softmax(axis=2)"]),
    ("log_softmax", (3,), ["nn.LogSoftmax(dim=1)"], ['layers.Activation("log_softmax")']),
    ("softmin", (3, 8), ["nn.Softmin(dim=1)"], None),
    ("upsample: 2", (3, 8, 8), ["nn.Upsample(scale_factor=2)"], ["layers.UpSampling2D(2)"]),
    ("upsample: {output_size: [5, 7]}", (3, 8, 8), ["nn.Upsample(size=(5, 7))"], ["layers.Resizing(5, 7, interpolation='nearest')"]),
    ("upsample: {output_size: 5}", (3, 8), ["nn.Upsample(size=(5,))"], ["# Keras has no layer that resizes one axis to (5,)"]),
    ("max_pool: {k: 3, s: 2, p: 1}", (3, 8, 8), ["nn.MaxPool2d(3, stride=2, padding=1)"], None),
    ("max_pool: {k: 3, s: 2, ceil_mode: true}", (3, 8), ["nn.MaxPool1d(3, stride=2, ceil_mode=True)"], None),
    ("avg_pool: {k: 3, p: 1, count_include_pad: false}", (3, 9, 9), ["nn.AvgPool2d(3, padding=1, count_include_pad=False)"], None),
    ("conv: {out: 4, k: 3, p: [[0, 1], [2, 2]], padding_mode: reflect}", (3, 8, 8), None, None),
    ("sin", (3, 8), None, None),
    ("pixel_shuffle: 2", (8, 4), None, None),
    ("lp_pool: 2", (3, 8, 8), None, None),
    ("hardtanh: {min_val: 0, max_val: ~}", (3, 8), None, None),
    ("hardtanh: {min_val: ~, max_val: 6}", (3, 8), None, None),
    ("fold: {output_size: [4, 6], k: [2, 3], s: [2, 3]}", (12, 4), ["nn.Fold((4, 6), (2, 3), stride=(2, 3))"], None),
    ("fold: {output_size: [8], k: 2, s: 2}", (12, 4), None, None),
    ("hardsigmoid", (3, 8), ["nn.Hardsigmoid()"], ['layers.Activation("hard_sigmoid")']),
    ("hardsigmoid: {alpha: 0.2}", (3, 8), None, None),
    ("prelu: channels", (3, 8), ["nn.PReLU(3)"], None),
    ("upsample: {scale_factor: [2, 3]}", (3, 8, 8), ["nn.Upsample(scale_factor=(2, 3))"], ["layers.UpSampling2D((2, 3))"]),
    ("upsample: {scale_factor: 1.5}", (3, 8, 8), ["nn.Upsample(scale_factor=1.5)"], None),
    ("upsample: {output_size: 5}", (3, 8, 8, 8), ["nn.Upsample(size=(5, 5, 5))"], ["# Keras has no layer that resizes three axes to (5, 5, 5)"]),
    # One, two and three axes, on which everything differs.
    ("linear: {out: 4, over: channels}", (8, 5), ["nn.Conv1d(8, 4, kernel_size=1)"], ["layers.Dense(4)"]),
    ("linear: {out: 4, over: channels}", (8, 5, 6, 7), ["nn.Conv3d(8, 4, kernel_size=1)"], ["layers.Dense(4)"]),
    ("conv: {out: 6, k: [1, 3, 5], s: [1, 2, 3], p: [0, 1, 2]}", (2, 7, 8, 9), ["nn.Conv3d(2, 6, kernel_size=(1, 3, 5), stride=(1, 2, 3), padding=(0, 1, 2))"], ["layers.ZeroPadding3D(((0, 0), (1, 1), (2, 2)))", "layers.Conv3D(6, (1, 3, 5), strides=(1, 2, 3))"]),
    ("conv: {out: 4, k: 3, p: [[1, 2], [3, 4]]}", (3, 8, 8), ["nn.ZeroPad2d((3, 4, 1, 2))", "nn.Conv2d(3, 4, kernel_size=3)"], ["layers.ZeroPadding2D(((1, 2), (3, 4)))", "layers.Conv2D(4, 3)"]),
    ("conv_transpose: {out: 6, k: [3, 2], s: [2, 1], p: [1, 0], a: [1, 0]}", (3, 8, 8), ["nn.ConvTranspose2d(3, 6, kernel_size=(3, 2), stride=(2, 1), padding=(1, 0), output_padding=(1, 0))"], ["layers.Conv2DTranspose(6, (3, 2), strides=(2, 1), output_padding=(1, 0))", "layers.Cropping2D(((1, 1), (0, 0)))"]),
    ("pad: [[1, 2], [3, 4], [5, 6]]", (3, 8, 8, 8), ["nn.ZeroPad3d((5, 6, 3, 4, 1, 2))"], ["layers.ZeroPadding3D(((1, 2), (3, 4), (5, 6)))"]),
    ("crop: [[1, 2], [3, 0]]", (3, 8, 8), ["nn.ZeroPad2d((-3, 0, -1, -2))"], ["layers.Cropping2D(((1, 2), (3, 0)))"]),
    ("softmax: {axis: height}", (3, 8, 8), ["nn.Softmax(dim=2)"], ["layers.Softmax(axis=1)"]),
    ("log_softmax: {axis: depth}", (3, 2, 8, 8), ["nn.LogSoftmax(dim=2)"], None),
    ("softmin: {axis: width}", (3, 8, 8), ["nn.Softmin(dim=3)"], None),
    ("adaptive_max_pool: [2, 3, 4]", (3, 8, 8, 8), ["nn.AdaptiveMaxPool3d((2, 3, 4))"], None),
    ("global_max_pool: {keepdim: true}", (3, 8, 8), ["nn.AdaptiveMaxPool2d(1)"], None),
    ("batch_norm", (3, 8, 8, 8), ["nn.BatchNorm3d(3)"], ["layers.BatchNormalization(epsilon=1e-05)"]),
    ("instance_norm", (3, 8, 8, 8), ["nn.InstanceNorm3d(3)"], None),
    ("unflatten: [3, 4]", (12,), ["nn.Unflatten(1, (3, 4))"], ["layers.Reshape((3, 4))", "layers.Permute((2, 1))"]),
    ("flatten: {axis: positions}", (3, 4, 5, 6), ["nn.Flatten(2)"], ["layers.Reshape((120, 3))"]),
    ("max_pool: {k: [2, 3], s: [1, 2]}", (3, 8, 8), ["nn.MaxPool2d((2, 3), stride=(1, 2))"], None),
    ("max_pool: {k: 2, d: 3}", (3, 8, 8), ["nn.MaxPool2d(2, dilation=3)"], None),
    ("upsample: {output_size: [5, 7], mode: bilinear}", (3, 8, 8), ["nn.Upsample(size=(5, 7), mode='bilinear')"], None),
    ("upsample: {scale_factor: [2, 3, 4]}", (3, 8, 8, 8), ["nn.Upsample(scale_factor=(2, 3, 4))"], ["layers.UpSampling3D((2, 3, 4))"]),
    ("upsample: {scale_factor: 2, mode: bilinear, align_corners: true}", (3, 8, 8), ["nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)"], None),
]  # fmt: skip


@each(("text", "x", "torch", "keras"), LINES)
def test_lines_of_frameworks(
    text: str, x: Shape, torch: list[str] | None, keras: list[str] | None
) -> None:
    found = layer(text, x)
    assert found.torch(x) == torch
    assert found.keras(x) == keras


@each(
    ("text", "x", "is_exact"),
    [
        # Columns that lie side by side hold every pixel once.
        ("unfold: {k: 2, s: 2}", (3, 8, 8), True),
        ("unfold: {k: 2, s: 2}", (3, 9, 8), False),
        ("unfold: {k: 2, s: 2, p: 1}", (3, 8, 8), False),
        ("unfold: {k: 2, s: 2, d: 2}", (3, 8, 8), False),
        ("unfold: 2", (3, 8, 8), False),
        ("flatten", (3, 8, 8), True),
        ("reshape: [16, 12]", (3, 8, 8), True),
        # Each pixel stands there as often as it goes into the mean; between neighbours it moves.
        ("upsample: [2, 3]", (3, 4, 5), True),
        ("upsample: {output_size: [8, 15]}", (3, 4, 5), True),
        ("upsample: {output_size: [8, 14]}", (3, 4, 5), False),
        ("upsample: {scale_factor: 2, mode: bilinear}", (3, 4, 5), False),
        ("pixel_unshuffle: 2", (3, 8, 6), True),
        ("pixel_shuffle: 2", (8, 4, 3), True),
    ],
)
def test_what_undoes_a_layer_says_whether_it_does(text: str, x: Shape, is_exact: bool) -> None:
    found = layer(text, x)
    undone = found.undone(x, found.output(x))
    assert undone is not None
    assert undone.is_exact is is_exact


def test_a_layer_that_changes_nothing_is_not_undone() -> None:
    found = layer("flatten", (3,))
    assert found.undone((3,), (3,)) is None


def test_offsets_that_do_not_fit_are_told_how_many_there_should_be() -> None:
    """A kernel of 9 taps has a shift along both axes for each: 18."""
    network = convcalc.loads(
        "convcalc: 1\ninput: [4, 8, 8]\nlayers:\n"
        "  - {conv: {out: 7, k: 3, p: 1}, name: offsets}\n"
        "  - deform_conv: {out: 4, k: 3, p: 1, inputs: [input, offsets]}\n"
    )
    with pytest.raises(StackError) as caught:
        convcalc.plan(network)
    (problem,) = caught.value.problems
    assert problem.slug == "groups-indivisible"
    assert problem.help == "give the layer that finds them 18 channels"
