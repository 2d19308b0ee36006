"""Small models of Keras: each layer, and each way in which its arguments come.

What Keras makes of them is recorded in `keras_operations.json`. Weights are in the order that
Keras has them in.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.importers.keras_calls import Given, of, operation
from tests.importers.keras_cases_of_arguments import RARE
from tests.importers.keras_cases_of_attention import ATTENTION
from tests.importers.keras_cases_of_forms import FORMS
from tests.importers.keras_cases_of_sizes import RECURRENT, UNEVEN
from tests.importers.onnx_cases import Case, W, X
from tests.importers.pt2_calls import Buffer

RECORDED = Path(__file__).parent / "keras_operations.json"

MAP, ROWS, VOLUME = (4, 5, 2), (5, 2), (3, 4, 5, 1)
WINDOWS = {
    "conv": of(
        "Conv2D", MAP, W((3, 2, 2, 3)), W((3,)), filters=3, kernel_size=[3, 2], macs=36 * 2 * 4
    ),
    "conv, one number for its kernel": of(
        "Conv2D", MAP, W((2, 2, 2, 1)), filters=1, kernel_size=2, use_bias=False, macs=8 * 12
    ),
    "conv, as large as before": of(
        "Conv2D",
        MAP,
        W((2, 3, 2, 1)),
        W((1,)),
        filters=1,
        kernel_size=[2, 3],
        padding="same",
        macs=12 * 20,
    ),
    "conv of steps, as large as before": of(
        "Conv2D",
        MAP,
        W((3, 2, 2, 1)),
        W((1,)),
        filters=1,
        kernel_size=[3, 2],
        padding="same",
        strides=[2, 3],
        macs=12 * 4,
    ),
    "conv, dilated": of(
        "Conv2D",
        MAP,
        W((2, 2, 2, 1)),
        W((1,)),
        filters=1,
        kernel_size=2,
        dilation_rate=[3, 2],
        macs=8 * 3,
    ),
    "conv of groups with a function": of(
        "Conv2D",
        (3, 3, 4),
        W((2, 2, 2, 6)),
        W((6,)),
        filters=6,
        kernel_size=2,
        groups=2,
        activation="relu",
        macs=48 * 4,
    ),
    "conv of rows": of(
        "Conv1D", ROWS, W((3, 2, 2)), W((2,)), filters=2, kernel_size=3, macs=12 * 3
    ),
    "conv of what was before": of(
        "Conv1D",
        ROWS,
        W((2, 2, 1)),
        W((1,)),
        filters=1,
        kernel_size=2,
        padding="causal",
        dilation_rate=2,
        macs=4 * 5,
    ),
    "conv of volumes": of(
        "Conv3D",
        VOLUME,
        W((2, 1, 3, 1, 2)),
        W((2,)),
        filters=2,
        kernel_size=[2, 1, 3],
        strides=[1, 2, 1],
        macs=12 * 2 * 2 * 3,
    ),
    "depthwise conv": of(
        "DepthwiseConv2D",
        MAP,
        W((2, 2, 2, 2)),
        W((4,)),
        kernel_size=2,
        depth_multiplier=2,
        macs=16 * 12,
    ),
    "depthwise conv of rows": of(
        "DepthwiseConv1D", ROWS, W((3, 2, 1)), W((2,)), kernel_size=3, strides=2, macs=6 * 2
    ),
    "separable conv": of(
        "SeparableConv2D",
        MAP,
        W((2, 3, 2, 1)),
        W((1, 1, 2, 3)),
        W((3,)),
        filters=3,
        kernel_size=[2, 3],
        macs=12 * 9 + 6 * 9,
    ),
    "separable conv of rows": of(
        "SeparableConv1D",
        ROWS,
        W((2, 2, 2)),
        W((1, 4, 1)),
        filters=1,
        kernel_size=2,
        depth_multiplier=2,
        use_bias=False,
        macs=8 * 4 + 4 * 4,
    ),
    "transposed conv": of(
        "Conv2DTranspose",
        (2, 3, 2),
        W((3, 2, 1, 2)),
        W((1,)),
        filters=1,
        kernel_size=[3, 2],
        strides=[2, 3],
        macs=12 * 6,
    ),
    "transposed conv, as large as its steps": of(
        "Conv2DTranspose",
        (2, 3, 1),
        W((3, 4, 2, 1)),
        W((2,)),
        filters=2,
        kernel_size=[3, 4],
        strides=2,
        padding="same",
        macs=24 * 6,
    ),
    "transposed conv and more": of(
        "Conv2DTranspose",
        (2, 3, 1),
        W((3, 3, 1, 1)),
        W((1,)),
        filters=1,
        kernel_size=3,
        strides=2,
        padding="same",
        output_padding=[1, 0],
        macs=9 * 6,
    ),
    "transposed conv of rows": of(
        "Conv1DTranspose",
        (3, 2),
        W((2, 1, 2)),
        filters=1,
        kernel_size=2,
        strides=3,
        use_bias=False,
        macs=4 * 3,
    ),
    **{
        f"{word} pool {said}": of(f"{word}Pooling2D", MAP, **config)
        for word in ("Max", "Average")
        for said, config in (
            ("of 2", {"pool_size": 2}),
            ("of sizes", {"pool_size": [3, 2], "strides": [1, 2]}),
            ("as large as before", {"pool_size": [2, 3], "strides": [2, 1], "padding": "same"}),
        )
    },
    "max pool of rows": of("MaxPooling1D", (7, 2), pool_size=3),
    "mean pool of rows": of("AveragePooling1D", (7, 2), pool_size=3, strides=1),
    "max pool of volumes": of("MaxPooling3D", VOLUME, pool_size=[1, 2, 3]),
    **{f"{word} of a map": of(f"Global{word}Pooling2D", MAP) for word in ("Max", "Average")},
    **{
        f"{word} of a map, kept": of(f"Global{word}Pooling2D", MAP, keepdims=True)
        for word in ("Max", "Average")
    },
    "Average of a row": of("GlobalAveragePooling1D", ROWS),
    "Max of a volume": of("GlobalMaxPooling3D", VOLUME),
    "zeros around": of("ZeroPadding2D", MAP, padding=1),
    "zeros around, rows and columns": of("ZeroPadding2D", MAP, padding=[2, 1]),
    "zeros around, each side": of("ZeroPadding2D", MAP, padding=[[1, 0], [2, 3]]),
    "zeros before and behind": of("ZeroPadding1D", ROWS, padding=[1, 3]),
    "zeros around a volume": of("ZeroPadding3D", VOLUME, padding=[[1, 0], [0, 2], [1, 1]]),
    "cut": of("Cropping2D", MAP, cropping=[[1, 0], [2, 1]]),
    "cut of a row": of("Cropping1D", ROWS, cropping=[1, 2]),
    "each pixel twice": of("UpSampling2D", MAP),
    "each pixel, rows and columns": of("UpSampling2D", MAP, size=[3, 2]),
    "lines between pixels": of("UpSampling2D", MAP, size=[2, 3], interpolation="bilinear"),
    "each step thrice": of("UpSampling1D", ROWS, size=3),
    "to a size": of("Resizing", MAP, height=6, width=7),
    "to a size by the nearest": of("Resizing", MAP, height=8, width=10, interpolation="nearest"),
    "to a size, cut to its ratio": of(
        "Resizing", (4, 6, 2), height=3, width=3, crop_to_aspect_ratio=True
    ),
    "to a size, filled to its ratio": of(
        "Resizing", (4, 6, 1), height=6, width=6, pad_to_aspect_ratio=True, fill_value=0.5
    ),
    "the middle": of("CenterCrop", (5, 6, 1), height=2, width=3),
}

AXES = {
    "another shape": of("Reshape", (4, 3, 2), target_shape=[6, -1]),
    "flat": of("Flatten", MAP),
    "axes in another order": of("Permute", (4, 3, 2), dims=[3, 1, 2]),
    "a vector at steps": of("RepeatVector", (3,), n=4),
    **{
        word: of(word, [(3, 2), (3, 2)])
        for word in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    },
    **{
        f"{word} of three": of(word, [(3, 2), (3, 2), (3, 2)])
        for word in ("Add", "Multiply", "Average", "Maximum", "Minimum")
    },
    "Add of another shape": of("Add", [(4, 3, 2), (1, 1, 2)]),
    "Multiply of three shapes": of("Multiply", [(4, 3, 2), (1, 1, 2), (4, 1, 1)]),
    "Multiply of fewer axes": of("Multiply", [(4, 3, 2), (2,)]),
    "one behind the other": of("Concatenate", [(3, 2), (3, 4)]),
    "one behind the other, three": of("Concatenate", [(3, 2), (1, 2), (2, 2)], axis=1),
    "dot": of("Dot", [(4,), (4,)], axes=1, macs=4),
    "dot of vectors of length 1": of("Dot", [(4,), (4,)], axes=1, normalize=True, macs=4),
    "dot of sequences": of("Dot", [(3, 4), (5, 4)], axes=[2, 2], macs=60),
    "dot of unequal axes": of("Dot", [(3, 4), (4, 5)], axes=[2, 1], macs=60),
}

PLACE = (4, 3)
FUNCTIONS = {
    **{
        f"function {word}": of("Activation", PLACE, activation=word)
        for word in (
            "relu",
            "relu6",
            "sigmoid",
            "tanh",
            "silu",
            "elu",
            "selu",
            "gelu",
            "softplus",
            "softsign",
            "mish",
            "hard_sigmoid",
            "hard_silu",
            "exponential",
            "leaky_relu",
            "softmax",
            "log_softmax",
            "linear",
        )
    },
    "ReLU": of("ReLU", PLACE),
    "ReLU to 2": of("ReLU", PLACE, max_value=2.0),
    "ReLU to 6": of("ReLU", PLACE, max_value=6.0),
    "ReLU with a slope": of("ReLU", PLACE, negative_slope=0.25),
    "LeakyReLU": of("LeakyReLU", PLACE),
    "LeakyReLU of 0.1": of("LeakyReLU", PLACE, negative_slope=0.1),
    "ELU of 0.5": of("ELU", PLACE, alpha=0.5),
    "PReLU": of("PReLU", PLACE, W((4, 3)), opaque=True),
    "PReLU of channels": of("PReLU", PLACE, W((1, 3)), shared_axes=[1]),
    "Softmax": of("Softmax", PLACE),
    "Softmax of steps": of("Softmax", PLACE, axis=1),
    "Dropout": of("Dropout", PLACE, rate=0.3),
    "Rescaling": of("Rescaling", PLACE, scale=0.5, offset=-1.0),
    "batch norm": of(
        "BatchNormalization", PLACE, W((3,)), W((3,)), Buffer((3,)), Buffer((3,), True)
    ),
    "batch norm, another epsilon": of(
        "BatchNormalization",
        MAP,
        W((2,)),
        W((2,)),
        Buffer((2,)),
        Buffer((2,), True),
        epsilon=0.5,
    ),
    "batch norm without a factor": of(
        "BatchNormalization", PLACE, W((3,)), Buffer((3,)), Buffer((3,), True), scale=False
    ),
    "batch norm without a shift": of(
        "BatchNormalization", PLACE, W((3,)), Buffer((3,)), Buffer((3,), True), center=False
    ),
    "batch norm without either": of(
        "BatchNormalization", PLACE, Buffer((3,)), Buffer((3,), True), center=False, scale=False
    ),
    "batch norm of the first axis": of(
        "BatchNormalization", PLACE, W((4,)), W((4,)), Buffer((4,)), Buffer((4,), True), axis=1
    ),
    "layer norm": of("LayerNormalization", PLACE, W((3,)), W((3,))),
    "layer norm of two axes": of(
        "LayerNormalization", PLACE, W((4, 3)), W((4, 3)), axis=[1, 2], epsilon=0.5
    ),
    "layer norm without a shift": of("LayerNormalization", PLACE, W((3,)), center=False),
    "group norm": of("GroupNormalization", (2, 2, 4), W((4,)), W((4,)), groups=2, epsilon=0.5),
    "group norm of each": of("GroupNormalization", (2, 2, 4), W((4,)), W((4,)), groups=-1),
    "root mean square": of("RMSNormalization", PLACE, W((3,)), epsilon=0.5),
    "vectors of length 1": of("UnitNormalization", PLACE),
    "vectors of steps of length 1": of("UnitNormalization", PLACE, axis=1),
    "a mean and a variance": of("Normalization", PLACE, mean=[0.5, 1.0, -1.0], variance=[4.0] * 3),
}

SHARED: dict[str, Any] = {"return_sequences": True}
PRODUCTS = {
    "dense": of("Dense", (3,), W((3, 4)), W((4,)), units=4, macs=12),
    "dense without numbers added": of("Dense", (3,), W((3, 4)), units=4, use_bias=False, macs=12),
    "dense of a map": of(
        "Dense", (2, 2, 3), W((3, 4)), W((4,)), units=4, activation="relu", macs=48
    ),
    "rows of a table": of("Embedding", X((4,), 5), W((5, 3)), input_dim=5, output_dim=3),
    "sums of products, dense": of(
        "EinsumDense",
        (2, 3),
        W((3, 4)),
        W((4,)),
        equation="abc,cd->abd",
        output_shape=[2, 4],
        bias_axes="d",
        macs=24,
    ),
    "sums of products along the first": of(
        "EinsumDense",
        (2, 3),
        W((2, 4)),
        W((4, 1)),
        equation="abc,bd->adc",
        output_shape=[4, 3],
        bias_axes="d",
        macs=24,
    ),
    # Gates read three features and two states in four steps.
    "LSTM": of(
        "LSTM", (4, 3), W((3, 8)), W((2, 8)), W((8,)), inside="cell", units=2, macs=4 * 8 * 5
    ),
    "LSTM of all steps": of(
        "LSTM",
        (4, 3),
        W((3, 8)),
        W((2, 8)),
        inside="cell",
        units=2,
        use_bias=False,
        macs=4 * 8 * 5,
        **SHARED,
    ),
    "LSTM backwards": of(
        "LSTM",
        (4, 3),
        W((3, 8)),
        W((2, 8)),
        W((8,)),
        inside="cell",
        units=2,
        go_backwards=True,
        macs=4 * 8 * 5,
    ),
    "GRU": of(
        "GRU", (4, 3), W((3, 6)), W((2, 6)), W((2, 6)), inside="cell", units=2, macs=4 * 6 * 5
    ),
    "GRU that resets first": of(
        "GRU",
        (4, 3),
        W((3, 6)),
        W((2, 6)),
        W((6,)),
        inside="cell",
        units=2,
        reset_after=False,
        macs=4 * 6 * 5,
        **SHARED,
    ),
    "RNN": of(
        "SimpleRNN",
        (4, 3),
        W((3, 2)),
        W((2, 2)),
        W((2,)),
        inside="cell",
        units=2,
        macs=4 * 2 * 5,
    ),
    "RNN of relu": of(
        "SimpleRNN",
        (4, 3),
        W((3, 2)),
        W((2, 2)),
        W((2,)),
        inside="cell",
        units=2,
        activation="relu",
        macs=4 * 2 * 5,
        **SHARED,
    ),
    "attention": of("Attention", [(3, 4), (5, 4)], macs=2 * 15 * 4),
    "attention of keys": of("Attention", [(3, 4), (5, 2), (5, 4)], macs=15 * 4 + 15 * 2),
}


COMPARISONS = ("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual")


def span(start: int | None = None, stop: int | None = None, step: int | None = None) -> Any:
    return {"class_name": "__slice__", "config": {"start": start, "stop": stop, "step": step}}


ELLIPSIS = {"class_name": "__ellipsis__", "config": {}}
TWO: list[Given] = [PLACE, X(PLACE, is_positive=True)]
OPERATIONS = {
    "item of the last axis": operation("GetItem", MAP, [ELLIPSIS, 1]),
    "item of the first": operation("GetItem", MAP, [span(), 1, ELLIPSIS]),
    "spans and the rest": operation("GetItem", MAP, [span(), span(1, 3), ELLIPSIS]),
    "spans behind the rest": operation("GetItem", MAP, [ELLIPSIS, span(1, None), span()]),
    "every second, from the end": operation("GetItem", MAP, [span(), span(-3, None, 2)]),
    "an axis more": operation("GetItem", PLACE, [span(), None, span()]),
    "an axis more at the end": operation("GetItem", PLACE, [ELLIPSIS, None]),
    "reshape": operation("Reshape", PLACE, newshape=[-1, 3, 4]),
    "transpose": operation("Transpose", MAP, axes=[0, 3, 1, 2]),
    "squeeze": operation("Squeeze", (1, 4, 3), axis=1),
    "expand": operation("ExpandDims", PLACE, axis=-1),
    "swap": operation("Swapaxes", MAP, axis1=1, axis2=-1),
    "move": operation("Moveaxis", MAP, source=1, destination=3),
    "join": operation("Concatenate", [PLACE, PLACE], are_joined=True, axis=-1),
    "stack": operation("Stack", [PLACE, PLACE], are_joined=True, axis=1),
    "pad": operation("Pad", MAP, pad_width=[[0, 0], [1, 2], [0, 3], [0, 0]], mode="constant"),
    "mirror": operation("Pad", MAP, pad_width=[[0, 0], [1, 2], [0, 3], [0, 0]], mode="reflect"),
    "repeat": operation("Repeat", PLACE, repeats=2, axis=-1),
    "tile": operation("Tile", PLACE, repeats=[1, 2, 1]),
    **{
        f"{word} {said}": operation(word, MAP, axis=axis, keepdims=keeps)
        for word in ("Mean", "Sum", "Max", "Min")
        for said, axis, keeps in (
            ("of channels", -1, True),
            ("of a map", [1, 2], False),
            ("of rows", 1, False),
        )
    },
    "product": operation("Matmul", [(4, 3), (3, 2)], macs=24),
    "sums by names": operation("Einsum", [(2, 3), (4, 3)], subscripts="bij,bkj->bik", macs=24),
    "clip": operation("Clip", PLACE, x_min=-1.0, x_max=1.5),
    "square": operation("Power", PLACE, 2.0),
    **{
        f"{word} of two": operation(word, TWO)
        for word in (
            "Add",
            "Subtract",
            "Multiply",
            "TrueDivide",
            "Maximum",
            "Minimum",
            *COMPARISONS,
            "LogicalAnd",
            "LogicalOr",
            "LogicalXor",
        )
    },
    **{f"{word} of a number": operation(word, PLACE, 0.25) for word in COMPARISONS},
    "a number less than": operation("Less", PLACE, first=0.25),
    "not": operation("LogicalNot", PLACE),
    "no number": operation("Isnan", PLACE),
    "what is true": operation("Cast", PLACE, module="keras.src.ops.core", dtype="bool"),
    "one of two": operation("Where", [PLACE, PLACE, PLACE]),
    "one or a number": operation("Where", TWO, -1.5),
    "sums so far": operation("Cumsum", PLACE, axis=1),
    **{
        f"{word} of a number": operation(word, PLACE, 1.5)
        for word in ("Add", "Subtract", "Multiply", "TrueDivide")
    },
    "a number less": operation("Subtract", PLACE, first=1.5),
    "a number over": operation("TrueDivide", X(PLACE, is_positive=True), first=1.5),
    "negative": operation("Negative", PLACE),
    "absolute": operation("Absolute", PLACE),
}

ALL: dict[str, Case] = {
    **WINDOWS,
    **AXES,
    **FUNCTIONS,
    **PRODUCTS,
    **OPERATIONS,
    **RARE,
    **FORMS,
    **ATTENTION,
    **RECURRENT,
    **UNEVEN,
}
