"""Functions of `keras.ops`, and layers with their rarer fields."""

from __future__ import annotations

from tests.importers.keras_calls import of, operation
from tests.importers.onnx_cases import Case, W, X

MAP, PLACE = (4, 5, 2), (4, 3)
NN, IM, CORE, MATH, LINALG = (
    f"keras.src.ops.{name}" for name in ("nn", "image", "core", "math", "linalg")
)

RARE: dict[str, Case] = {
    "max pool as usual": of("MaxPooling2D", MAP),
    "to a size, channels first": of(
        "Resizing", (2, 3, 4), height=6, width=5, data_format="channels_first"
    ),
    "the middle, channels first": of(
        "CenterCrop", (1, 5, 6), height=2, width=3, data_format="channels_first"
    ),
    "max pool, channels first": of("MaxPooling2D", (2, 4, 6), data_format="channels_first"),
    "each pixel twice, channels first": of("UpSampling2D", (2, 3, 4), data_format="channels_first"),
    "Add of vectors and a map": of("Add", [(2,), (4, 3, 2)]),
    "split in one part": operation("Split", PLACE, indices_or_sections=1, axis=1),
    "roll": operation("Roll", MAP, shift=1, axis=1),
    "roll back and forth": operation("Roll", MAP, shift=[1, -2], axis=[1, 2]),
    "roll of the last axis": operation("Roll", PLACE, shift=-1, axis=-1),
    "take": operation("Take", PLACE, [2, 0, 1], axis=1),
    "take one": operation("Take", PLACE, 1, axis=1),
    "take from the end": operation("Take", PLACE, [-1, 0], axis=-1),
    "take in two rows": operation("Take", PLACE, [[0, 2], [1, 1]], axis=2),
    "max pool, called": operation("MaxPool", MAP, module=NN, pool_size=2, strides=None),
    "max pool as large, called": operation(
        "MaxPool", MAP, module=NN, pool_size=3, strides=2, padding="same"
    ),
    "average pool of rows, called": operation(
        "AveragePool", PLACE, module=NN, pool_size=2, strides=1, padding="same"
    ),
    "max pool, channels first, called": operation(
        "MaxPool", (2, 4, 6), module=NN, pool_size=2, data_format="channels_first"
    ),
    "patches": operation("ExtractPatches", (5, 7, 2), module=IM, size=[2, 3], padding="valid"),
    "patches by their steps": operation(
        "ExtractPatches", (4, 4, 1), module=IM, size=2, strides=2, padding="valid"
    ),
    "gated half": operation("Glu", (3, 4), module=NN, axis=-1),
    "gated half of steps": operation("Glu", (4, 3), module=NN, axis=1),
    "lengths": operation("Norm", PLACE, module=LINALG, axis=-1),
    "lengths, kept": operation("Norm", PLACE, module=LINALG, axis=1, keepdims=True),
    "lengths by sums": operation("Norm", PLACE, module=LINALG, ord=1, axis=-1),
    "average": operation("Average", PLACE, axis=1),
    "place of the largest": operation("Argmax", PLACE, axis=-1),
    "place of the smallest, kept": operation("Argmin", PLACE, axis=1, keepdims=True),
    "one over the root": operation("Rsqrt", X(PLACE, is_positive=True), module=MATH),
    "rounded quotient": operation("FloorDivide", PLACE, 1.5),
    "turn rows round": operation("Flip", MAP, axis=1),
    "turn rows and columns round": operation("Flip", MAP, axis=[1, 2]),
    "spread": operation("BroadcastTo", (1, 3), shape=[1, 4, 3]),
    "lines to a size": operation(
        "Resize", (3, 4, 2), module=IM, size=[6, 7], interpolation="bilinear"
    ),
    "pixels to a multiple": operation(
        "Resize", (3, 4, 2), module=IM, size=[6, 8], interpolation="nearest"
    ),
    "pixels to a size": operation(
        "Resize", (3, 4, 2), module=IM, size=[5, 7], interpolation="nearest"
    ),
    "depth to space": operation("DepthToSpace", (2, 3, 8), module=NN, block_size=2),
    "space to depth": operation("SpaceToDepth", (4, 6, 2), module=NN, block_size=2),
    "stop of gradients": operation("StopGradient", PLACE, module=CORE),
    "shares": operation("Softmax", PLACE, module=NN, axis=-1),
    "shares of steps": operation("Softmax", PLACE, module=NN, axis=1),
    "logarithms of shares": operation("LogSoftmax", PLACE, module=NN, axis=-1),
    "gelu by tanh": operation("Gelu", PLACE, module=NN),
    "gelu": operation("Gelu", PLACE, module=NN, approximate=False),
    "leaky relu of 0.1": operation("LeakyRelu", PLACE, module=NN, negative_slope=0.1),
    "vectors to length 1": operation("Normalize", PLACE, module=NN, axis=-1),
    "relu": operation("Relu", PLACE, module=NN),
    "silu": operation("Silu", PLACE, module=NN),
    "hardtanh": operation("HardTanh", PLACE, module=NN),
    "relu6": operation("Relu6", PLACE, module=NN),
    "log": operation("Log", X(PLACE, is_positive=True)),
    "sin": operation("Sin", PLACE),
    "square": operation("Square", PLACE),
    "cube": operation("Power", PLACE, 3.0),
    "to the fourth": operation("Power", PLACE, 4.0),
    "to a power that goes in": operation("Power", [X(PLACE, is_positive=True), PLACE]),
    "root by a power": operation("Power", X(PLACE, is_positive=True), 0.5),
    "no less than a number, which stands in front": operation("Maximum", PLACE, first=0.5),
    "no less than a number": operation("Maximum", PLACE, 0.5),
    "no more than a number": operation("Minimum", PLACE, 0.5),
    "mean of channels": operation("Mean", MAP, axis=-1),
    "ReLU to 2 with a slope": of("ReLU", PLACE, max_value=2.0, negative_slope=0.25, opaque=True),
    "ReLU from a threshold on": of("ReLU", PLACE, threshold=0.5),
    "ReLU with a slope below a threshold": of(
        "ReLU", PLACE, threshold=0.5, negative_slope=0.25, opaque=True
    ),
    "ReLU from a threshold on, to 2": of("ReLU", PLACE, threshold=0.5, max_value=2.0, opaque=True),
    "Softmax of rows and columns": of("Softmax", (4, 3, 2), axis=[1, 2]),
    "Softmax of columns and channels": of("Softmax", (4, 3, 2), axis=[2, 3]),
    "Softmax of columns": of("Softmax", (4, 3, 2), axis=-2),
    "PReLU of one slope": of("PReLU", PLACE, W((1, 1)), shared_axes=[1, 2]),
    "PReLU of steps": of("PReLU", PLACE, W((4, 1)), shared_axes=[2]),
    "Rescaling of channels": of("Rescaling", PLACE, scale=[0.5, 1.0, 2.0], offset=[0.0, 1.0, -1.0]),
    "Rescaling of equal channels": of("Rescaling", PLACE, scale=[0.5, 0.5, 0.5], offset=0.0),
    "dense with a function that has a field": of(
        "Dense",
        (3,),
        W((3, 4)),
        W((4,)),
        units=4,
        activation={
            "module": "keras.layers",
            "class_name": "LeakyReLU",
            "config": {"negative_slope": 0.1},
            "registered_name": None,
        },
        macs=12,
    ),
    "function glu": of("Activation", (4, 6), activation="glu"),
    "Identity": of("Identity", PLACE),
    "GaussianNoise": of("GaussianNoise", PLACE, stddev=0.1),
    "SpatialDropout1D": of("SpatialDropout1D", PLACE, rate=0.2),
    "a mean and a variance of all": of("Normalization", PLACE, mean=0.5, variance=4.0, axis=None),
    "LSTM backwards, all steps": of(
        "LSTM",
        (4, 3),
        W((3, 8)),
        W((2, 8)),
        W((8,)),
        units=2,
        inside="cell",
        return_sequences=True,
        unroll=False,
        go_backwards=True,
        macs=4 * 4 * 2 * 5,
    ),
    "LSTM of relu": of(
        "LSTM",
        (4, 3),
        W((3, 8)),
        W((2, 8)),
        W((8,)),
        units=2,
        inside="cell",
        activation="relu",
        macs=4 * 4 * 2 * 5,
        opaque=True,
    ),
    "GRU of hard gates": of(
        "GRU",
        (4, 3),
        W((3, 6)),
        W((2, 6)),
        W((2, 6)),
        units=2,
        inside="cell",
        recurrent_activation="hard_sigmoid",
        macs=4 * 3 * 2 * 5,
        opaque=True,
    ),
    "GRU of gates below 0, too": of(
        "GRU",
        (4, 3),
        W((3, 6)),
        W((2, 6)),
        W((2, 6)),
        units=2,
        inside="cell",
        recurrent_activation="tanh",
        macs=4 * 3 * 2 * 5,
        opaque=True,
    ),
    "RNN of sigmoid": of(
        "SimpleRNN",
        (4, 3),
        W((3, 2)),
        W((2, 2)),
        W((2,)),
        units=2,
        inside="cell",
        activation="sigmoid",
        macs=4 * 2 * 5,
        opaque=True,
    ),
    "LSTM without numbers added": of(
        "LSTM",
        (4, 3),
        W((3, 8)),
        W((2, 8)),
        units=2,
        inside="cell",
        use_bias=False,
        macs=4 * 4 * 2 * 5,
    ),
    "GRU of all steps": of(
        "GRU",
        (4, 3),
        W((3, 6)),
        W((2, 6)),
        W((2, 6)),
        units=2,
        inside="cell",
        return_sequences=True,
        macs=4 * 3 * 2 * 5,
    ),
    "means of six parts": of("AdaptiveAveragePooling2D", (4, 5, 2), output_size=[2, 3]),
    "most of three parts": of("AdaptiveMaxPooling1D", (6, 2), output_size=3),
    "product of heads": operation("Matmul", [(2, 4, 3), (2, 3, 2)], macs=48),
    "sum of columns, kept": operation("Sum", PLACE, axis=-1, keepdims=True),
    "products of columns": operation("Prod", PLACE, axis=-1),
    "logarithm of a sum of exponentials": operation(
        "Logsumexp", PLACE, module="keras.src.ops.math", axis=[1], keepdims=True
    ),
    "deviation of rows": operation("Std", PLACE, axis=1),
    "variance of all but the samples": operation("Var", PLACE, axis=[1, 2], keepdims=True),
    "transpose of vectors": operation("Transpose", (4,)),
    "reshape of samples": operation("Reshape", (4, 6), newshape=[-1, 4, 3, 2]),
    "expand two": operation("ExpandDims", PLACE, axis=[1, 3]),
    "cubic curves between pixels": of(
        "UpSampling2D", (2, 3, 2), size=2, interpolation="bicubic", opaque=True
    ),
    "one of four": of(
        "CategoryEncoding", X((1,), 4), num_tokens=4, output_mode="one_hot", opaque=True
    ),
    "bins": of("Discretization", PLACE, bin_boundaries=[0.0, 1.0], opaque=True),
    "sums of products to heads": of(
        "EinsumDense",
        (4, 3),
        W((3, 2, 5)),
        W((2, 5)),
        equation="abc,cde->abde",
        output_shape=[None, 2, 5],
        bias_axes="de",
        macs=4 * 30,
    ),
    "sums of products of steps": of(
        "EinsumDense",
        (4, 3),
        W((3, 5)),
        equation="abc,cd->abd",
        output_shape=[None, 5],
        macs=4 * 15,
    ),
    "Average of a row, kept": of("GlobalAveragePooling1D", (4, 3), keepdims=True),
}
