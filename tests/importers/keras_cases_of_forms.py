"""Layers of Keras on tensors of other forms: of one pixel, of steps as samples, with other axes."""

from __future__ import annotations

from typing import Any

from tests.importers.keras_calls import Sizes, of, operation
from tests.importers.keras_json import layer
from tests.importers.onnx_cases import Case, W, X

MAP, PLACE, STEPS = (4, 5, 2), (4, 3), (3, 4, 2)
NN, IM, CORE = (f"keras.src.ops.{name}" for name in ("nn", "image", "core"))


def at_each(
    kind: str, sizes: Sizes, *stored: W, inside: str = "", macs: int = 0, opaque: bool = False,
    **config: Any,
) -> Case:  # fmt: skip
    """A layer at each step of a sequence, all of whose steps are samples to it."""
    place = f"layer/{inside}" if inside else "layer"
    made = layer(kind, "inner", **config)
    return of("TimeDistributed", sizes, *stored, inside=place, macs=macs, opaque=opaque, layer=made)


def function(word: str) -> dict[str, Any]:
    """A function as Keras writes one that is no word of its own."""
    return {
        "module": "keras.activations",
        "class_name": "function",
        "config": word,
        "registered_name": word,
    }


FORMS: dict[str, Case] = {
    "conv of each step": at_each(
        "Conv1D", STEPS, W((2, 2, 3)), W((3,)), filters=3, kernel_size=2, macs=3 * 3 * 12
    ),
    "depthwise conv of each step": at_each(
        "DepthwiseConv1D", STEPS, W((2, 2, 1)), W((2,)), kernel_size=2, macs=3 * 3 * 4
    ),
    "conv of each step, of what was before": at_each(
        "Conv1D",
        STEPS,
        W((2, 2, 3)),
        W((3,)),
        filters=3,
        kernel_size=2,
        padding="causal",
        dilation_rate=2,
        macs=3 * 4 * 12,
    ),
    "transposed conv of each step": at_each(
        "Conv1DTranspose",
        STEPS,
        W((3, 3, 2)),
        W((3,)),
        filters=3,
        kernel_size=3,
        strides=2,
        padding="same",
        macs=3 * 4 * 18,
    ),
    "pixels of each step three times": at_each("UpSampling1D", STEPS, size=3),
    "lines between pixels of each step": at_each(
        "UpSampling2D", (2, 3, 4, 2), size=[2, 3], interpolation="bilinear"
    ),
    "transposed conv by single pixels": of(
        "Conv2DTranspose", MAP, W((2, 3, 3, 2)), W((3,)), filters=3, kernel_size=[2, 3],
        macs=20 * 2 * 18,
    ),
    "max pool of each step": at_each("MaxPooling1D", (3, 5, 2), pool_size=2),
    "mean pool of each step": at_each("AveragePooling1D", (3, 5, 2), pool_size=2, strides=1),
    "mean of each step": at_each("GlobalAveragePooling1D", STEPS),
    "mean of each step, kept": at_each("GlobalAveragePooling1D", STEPS, keepdims=True),
    "dense of each step": at_each("Dense", PLACE, W((3, 2)), W((2,)), units=2, macs=4 * 6),
    "flat at each step": at_each("Flatten", STEPS),
    "layer norm of each step": at_each("LayerNormalization", PLACE, W((3,)), W((3,))),
    "LSTM of each step": at_each(
        "LSTM",
        STEPS,
        W((2, 8)),
        W((2, 8)),
        W((8,)),
        inside="cell",
        units=2,
        macs=3 * 4 * 8 * 4,
        opaque=True,
    ),
    "LSTM from states that go in": of(
        "LSTM",
        (4, 3),
        W((3, 8)),
        W((2, 8)),
        W((8,)),
        inside="cell",
        units=2,
        macs=4 * 8 * 5,
        states=[(2,), (2,)],
    ),
    "LSTM over maps": of(
        "ConvLSTM2D",
        (2, 4, 5, 1),
        W((2, 3, 1, 8)),
        W((2, 3, 2, 8)),
        W((8,)),
        inside="cell",
        filters=2,
        kernel_size=[2, 3],
        opaque=True,
    ),
    "LSTM over maps, as large as before, of all steps": of(
        "ConvLSTM2D",
        (2, 5, 4, 1),
        W((2, 2, 1, 4)),
        W((2, 2, 1, 4)),
        inside="cell",
        filters=1,
        kernel_size=2,
        strides=2,
        padding="same",
        use_bias=False,
        return_sequences=True,
        opaque=True,
    ),
    "LSTM over rows": of(
        "ConvLSTM1D",
        (2, 5, 1),
        W((3, 1, 4)),
        W((3, 1, 4)),
        W((4,)),
        inside="cell",
        filters=1,
        kernel_size=3,
        strides=2,
        opaque=True,
    ),
    "layer norm by a root mean square": of(
        "LayerNormalization", PLACE, W((3,)), rms_scaling=True, opaque=True
    ),
    "layer norm without a factor": of("LayerNormalization", PLACE, W((3,)), scale=False),
    "layer norm without either": of("LayerNormalization", PLACE, scale=False, center=False),
    "group norm, channels first": of(
        "GroupNormalization", (4, 3, 2), W((4,)), W((4,)), groups=2, axis=1
    ),
    "group norm without numbers": of(
        "GroupNormalization", (2, 2, 4), groups=2, scale=False, center=False
    ),
    "a mean and a variance of the first axis": of(
        "Normalization", PLACE, axis=1, mean=[0.5, 1.0, -1.0, 0.0], variance=[4.0, 1.0, 2.0, 0.25]
    ),
    "flat, channels first": of("Flatten", (2, 3, 4), data_format="channels_first"),
    "zeros around, channels first": of(
        "ZeroPadding2D", (2, 3, 4), padding=[[1, 0], [2, 3]], data_format="channels_first"
    ),
    "cut, channels first": of(
        "Cropping2D", (2, 4, 5), cropping=[[1, 0], [2, 1]], data_format="channels_first"
    ),
    "conv, channels first": of(
        "Conv2D",
        (2, 4, 5),
        W((3, 2, 2, 3)),
        W((3,)),
        filters=3,
        kernel_size=[3, 2],
        padding="same",
        data_format="channels_first",
        macs=36 * 20,
    ),
    "conv of volumes, as large as before": of(
        "Conv3D",
        (3, 4, 5, 1),
        W((2, 3, 1, 1, 1)),
        filters=1,
        kernel_size=[2, 3, 1],
        padding="same",
        use_bias=False,
        macs=6 * 60,
    ),
    "most of a pixel": of("GlobalMaxPooling2D", (1, 1, 3)),
    "mean of a pixel, kept": of("GlobalAveragePooling2D", (1, 1, 3), keepdims=True),
    "a function nobody has": of("Activation", PLACE, activation="sparsemax", opaque=True),
    "a function by its name": of("Activation", PLACE, activation=function("relu")),
    "dense with a function nobody has": of(
        "Dense", (3,), W((3, 4)), W((4,)), units=4, activation="sparsemax", macs=12, opaque=True
    ),
    "rows of a table both ways": of(
        "ReversibleEmbedding",
        PLACE,
        W((5, 3)),
        input_dim=5,
        output_dim=3,
        called_with={"reverse": True},
        macs=4 * 15,
    ),
    "to a size by cubic curves": of(
        "Resizing", MAP, height=3, width=7, interpolation="bicubic", opaque=True
    ),
    "to a size, smoothed": of("Resizing", MAP, height=3, width=4, antialias=True, opaque=True),
    "to the size that it has": of("Resizing", MAP, height=4, width=5),
    "the middle of more than there is": of("CenterCrop", (4, 6, 1), height=6, width=5),
    "the middle, even on one side": of("CenterCrop", (6, 7, 1), height=2, width=4),
    "cubic curves, channels first": of(
        "UpSampling2D",
        (2, 3, 4),
        size=[2, 3],
        interpolation="bicubic",
        data_format="channels_first",
        opaque=True,
    ),
    "which there are": of("CategoryEncoding", X((3,), 4), num_tokens=5, opaque=True),
    "how often there is each": of(
        "CategoryEncoding", X((3,), 4), num_tokens=5, output_mode="count", opaque=True
    ),
    "one of four for each": of(
        "CategoryEncoding", X((3,), 4), num_tokens=4, output_mode="one_hot", opaque=True
    ),
    "contrast": of("AutoContrast", (4, 5, 3), value_range=[0, 255], opaque=True),
    "a function of numbers, as whole ones": operation(
        "Cast", PLACE, module=CORE, dtype="int32"
    ),
    "as other reals": operation("Cast", PLACE, module=CORE, dtype="float64"),
    "attention of heads": operation(
        "DotProductAttention", [(3, 2, 4), (5, 2, 4), (5, 2, 4)], module=NN, macs=2 * 2 * 15 * 4
    ),
    "attention by a scale to what was before": operation(
        "DotProductAttention",
        [(3, 2, 4), (3, 2, 4), (3, 2, 4)],
        None,
        None,
        0.25,
        module=NN,
        is_causal=True,
        macs=2 * 2 * 9 * 4,
    ),
    "the first of two parts": operation("Split", (4, 6), indices_or_sections=2, axis=-1),
    "the first of unequal parts": operation("Split", (4, 6), indices_or_sections=[1, 3], axis=-1),
    "a number in another place": operation("GetItem", MAP, [
        {"class_name": "__ellipsis__", "config": {}}, -1, 1,
    ]),
    "stack of steps": operation("Stack", [PLACE, PLACE], are_joined=True, axis=-1),
    "Repeat of steps": operation("Repeat", PLACE, repeats=3, axis=1),
    "Tile of two axes": operation("Tile", PLACE, repeats=[1, 2, 3]),
    "Pad of a number": operation(
        "Pad", MAP, pad_width=[[0, 0], [1, 0], [0, 2], [0, 1]], mode="constant"
    ),
    "Minimum of a number in front": operation("Minimum", PLACE, first=0.5),
    "Dot of heads": of("Dot", [(3, 2, 4), (5, 4)], axes=[3, 2], macs=3 * 2 * 5 * 4),
    "Add of three shapes": of("Add", [(4, 3, 2), (3, 2), (2,)]),
    "Average of unequal shapes": of("Average", [(4, 3), (1, 3)]),
    "Softmax of the axes behind": of("Softmax", (4, 3, 2), axis=[1, 3]),
    "PReLU of channels of a map": of("PReLU", MAP, W((1, 1, 2)), shared_axes=[1, 2]),
    "sums of products, dots": of(
        "EinsumDense",
        (4, 3),
        W((3, 5)),
        W((5,)),
        equation="...c,cd->...d",
        output_shape=5,
        bias_axes="d",
        activation="relu",
        macs=4 * 15,
    ),
    "sums of products over two axes": of(
        "EinsumDense",
        (4, 2, 3),
        W((2, 3, 5)),
        W((5,)),
        equation="abcd,cde->abe",
        output_shape=[None, 5],
        bias_axes="e",
        macs=4 * 30,
    ),
    "the middle, a row more than there is": of("CenterCrop", (3, 7, 1), height=4, width=5),
    "to a wider size, cut to its ratio": of(
        "Resizing", (5, 6, 1), height=2, width=5, crop_to_aspect_ratio=True
    ),
    "to a high size, cut to one column": of(
        "Resizing", (2, 3, 1), height=5, width=2, crop_to_aspect_ratio=True
    ),
    "to a wide size, cut to one row": of(
        "Resizing", (3, 2, 1), height=2, width=5, crop_to_aspect_ratio=True
    ),
    "to a higher size, filled to its ratio": of(
        "Resizing", (2, 5, 1), height=7, width=3, pad_to_aspect_ratio=True, fill_value=0.25
    ),
    "group norm of as many groups as usual": of(
        "GroupNormalization", (1, 2, 64), W((64,)), W((64,))
    ),
    "sums of products along the first, a number for each of the last": of(
        "EinsumDense",
        (2, 3),
        W((2, 4)),
        W((3,)),
        equation="abc,bd->adc",
        output_shape=[4, 3],
        bias_axes="c",
        macs=24,
    ),
    "sums of products along the middle, numbers for two axes": of(
        "EinsumDense",
        (2, 3, 4),
        W((3, 5)),
        W((5, 1, 2)),
        equation="abcd,ce->aedb",
        output_shape=[5, 4, 2],
        bias_axes="eb",
        macs=3 * 5 * 8,
    ),
    "sums of products, dots before two axes": of(
        "EinsumDense",
        (4, 2, 3),
        W((3, 5, 2)),
        W((5, 2)),
        equation="...c,cde->...de",
        output_shape=[5, 2],
        bias_axes="de",
        macs=8 * 30,
    ),
    "Dot of maps and rows": of("Dot", [(4, 3, 2), (5, 4)], axes=[1, 2], macs=4 * 3 * 2 * 5),
    "Dot of rows of length 1": of(
        "Dot", [(4, 3), (2, 4)], axes=[1, 2], normalize=True, macs=4 * 3 * 2
    ),
    "an axis more before a number in another place": operation("GetItem", MAP, [
        {"class_name": "__ellipsis__", "config": {}}, None, -2,
    ]),
    "leaky relu as usual": operation("LeakyRelu", PLACE, module=NN),
    "the first five of six": operation("Split", (6, 4), indices_or_sections=[5], axis=1),
    "Softmax of the first and the last": of("Softmax", (4, 3, 2), axis=[-1, 1]),
    "conv of one channel": of(
        "Conv2D", (3, 4, 1), W((2, 3, 1, 2)), filters=2, kernel_size=[2, 3], use_bias=False,
        macs=4 * 2 * 6,
    ),
    "depthwise conv of one channel": of(
        "DepthwiseConv2D", (3, 4, 1), W((2, 3, 1, 3)), kernel_size=[2, 3], depth_multiplier=3,
        use_bias=False, macs=4 * 3 * 6,
    ),
    "conv of a channel to each": of(
        "Conv2D", (3, 4, 2), W((2, 3, 1, 4)), filters=4, kernel_size=[2, 3], groups=2,
        use_bias=False, macs=4 * 4 * 6,
    ),
    "means of a map's bins, channels first": of(
        "AdaptiveAveragePooling2D", (2, 4, 5), output_size=[2, 1], data_format="channels_first"
    ),
}  # fmt: skip

# Figures over axes from the front and from the end, which stay or go.
FORMS |= {
    f"{kind} over {axis}, {'kept' if keepdims else 'gone'}": operation(
        kind, MAP, axis=axis, keepdims=keepdims
    )
    for kind in ("Mean", "Sum", "Max", "Min")
    for axis in (1, -1, [1, 2], [-2, -1], [1, -1])
    for keepdims in (False, True)
}
# Windows of unequal sides by steps, filled up or not, with the channels last or first. Means of
# filled up ones are TensorFlow's, of real pixels alone; Keras on PyTorch repeats the border.
FORMS |= {
    f"{kind} by {strides}, {padding}, {data_format}": of(
        kind,
        (2, 5, 6) if data_format == "channels_first" else (5, 6, 2),
        pool_size=[2, 3],
        strides=strides,
        padding=padding,
        data_format=data_format,
    )
    for kind in ("MaxPooling2D", "AveragePooling2D")
    for strides in (1, [2, 1], None)
    for padding in (("valid", "same") if kind == "MaxPooling2D" else ("valid",))
    for data_format in ("channels_last", "channels_first")
}
