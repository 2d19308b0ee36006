"""TFLite files of drawn weights, whose shapes are those that the runtime finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from tests.importers.tflite_bytes import (
    RELU,
    RELU6,
    SAME,
    TANH,
    VALID,
    Operator,
    Scalar,
    Tensor,
    Vector,
    model,
    real,
    small,
    whole,
)

Array = np.ndarray[Any, Any]


class Net:
    """A file in the making: each method adds operators, and gives the names of what comes out."""

    def __init__(self, seed: int = 0, **inputs: Sequence[int]) -> None:
        self.draw = np.random.default_rng(seed)
        self.inputs = list(inputs)
        self.tensors = {name: Tensor(dims) for name, dims in inputs.items()}
        self.operators: list[Operator] = []

    def stored(self, array: Array) -> str:
        """A stored tensor of these elements."""
        name = f"stored{len(self.tensors)}"
        self.tensors[name] = Tensor(array.shape, array.tobytes(), str(array.dtype))
        return name

    def drawn(self, *dims: int) -> str:
        """A stored tensor of drawn reals, small enough that sums stay near 1."""
        fan = max(1, int(np.prod(dims)) // max(dims[0], 1))
        return self.stored((self.draw.standard_normal(dims) / fan**0.5).astype(np.float32))

    def sizes(self, *values: int, dims: Sequence[int] | None = None) -> str:
        """A stored tensor of int32."""
        array = np.array(values, np.int32)
        return self.stored(array.reshape(array.shape if dims is None else dims))

    def several(
        self,
        word: str,
        count: int,
        *inputs: str,
        options: Mapping[int, Scalar | Vector] = {},
        element: str = "float32",
    ) -> list[str]:
        """An operator of several outputs."""
        at = len(self.operators)
        names = [f"{word.lower()}{at}_{one}" for one in range(count)]
        self.tensors |= {name: Tensor([], None, element, has_rank=False) for name in names}
        self.operators.append(Operator(word, inputs, names, options))
        return names

    def add(self, word: str, *inputs: str, **slots: Scalar) -> str:
        """An operator of one output; `s2` is the option of slot 2."""
        options = {int(name[1:]): value for name, value in slots.items()}
        return self.several(word, 1, *inputs, options=options)[0]

    # Layers.

    def conv(
        self, x: str, reads: int, out: int, k: int = 3, s: int = 1, padding: int = SAME,
        fused: int = 0, d: int = 1,
    ) -> str:  # fmt: skip
        return self.add(
            "CONV_2D", x, self.drawn(out, k, k, reads), self.drawn(out), s0=small(padding),
            s1=whole(s), s2=whole(s), s3=small(fused), s4=whole(d), s5=whole(d),
        )  # fmt: skip

    def depthwise(
        self, x: str, channels: int, k: int = 3, s: int = 1, times: int = 1, fused: int = 0,
        padding: int = SAME, d: int = 1,
    ) -> str:  # fmt: skip
        return self.add(
            "DEPTHWISE_CONV_2D", x, self.drawn(1, k, k, channels * times),
            self.drawn(channels * times), s0=small(padding), s1=whole(s), s2=whole(s),
            s3=whole(times), s4=small(fused), s5=whole(d), s6=whole(d),
        )  # fmt: skip

    def dense(self, x: str, reads: int, out: int, fused: int = 0, keeps: int = 0) -> str:
        weights = self.drawn(out, reads), self.drawn(out)
        return self.add("FULLY_CONNECTED", x, *weights, s0=small(fused), s2=small(keeps))

    def pool(self, word: str, x: str, k: int, s: int, padding: int = VALID) -> str:
        return self.add(
            word, x, s0=small(padding), s1=whole(s), s2=whole(s), s3=whole(k), s4=whole(k)
        )

    def transposed(
        self, x: str, reads: int, out: int, size: Sequence[int], k: int, s: int, padding: int
    ) -> str:
        return self.add(
            "TRANSPOSE_CONV", self.sizes(1, *size, out), self.drawn(out, k, k, reads), x,
            s0=small(padding), s1=whole(s), s2=whole(s),
        )  # fmt: skip

    def lstm(self, x: str, reads: int, hidden: int, clip: float = 10.0) -> str:
        gates = [self.drawn(hidden, reads) for _ in range(4)]
        states = [self.drawn(hidden, hidden) for _ in range(4)]
        biases = [self.drawn(hidden) for _ in range(4)]
        first, cell = f"state{len(self.tensors)}", f"cell{len(self.tensors)}"
        for name in (first, cell):
            self.tensors[name] = Tensor([1, hidden], is_variable=True)
        inputs = (x, *gates, *states, "", "", "", *biases, "", "", first, cell, "", "", "", "")
        return self.add("UNIDIRECTIONAL_SEQUENCE_LSTM", *inputs, s0=small(TANH), s1=real(clip))

    def file(self, *outputs: str) -> bytes:
        """The file, with the shapes that the runtime finds."""
        names = list(outputs)
        data = model(self.operators, self.tensors, self.inputs, names)
        interpreter = Interpreter(
            model_content=data,
            experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
        )
        interpreter.allocate_tensors()
        found = {one["name"]: one["shape"] for one in interpreter.get_tensor_details()}
        stated = {
            # What it knows only while it runs is left open.
            name: one
            if one.has_rank or not found[name].size
            else replace(one, dims=found[name].tolist(), has_rank=True)
            for name, one in self.tensors.items()
        }
        return model(self.operators, stated, self.inputs, names)


# Small networks of the architectures that run on small machines.


def mobilenet_v1() -> bytes:
    net = Net(image=(1, 48, 48, 3))
    x, channels = net.conv("image", 3, 8, s=2, fused=RELU6), 8
    for out, stride in ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1)):
        x = net.depthwise(x, channels, s=stride, fused=RELU6)
        x, channels = net.conv(x, channels, out, k=1, fused=RELU6), out
    x = net.pool("AVERAGE_POOL_2D", x, 6, 1)
    x = net.add("RESHAPE", net.conv(x, channels, 10, k=1), net.sizes(1, 10))
    return net.file(net.add("SOFTMAX", x, s0=real(1)))


def mobilenet_v2() -> bytes:
    net = Net(image=(1, 32, 32, 3))
    x, channels = net.conv("image", 3, 8, s=2, fused=RELU6), 8
    for out, stride, times in ((8, 1, 1), (16, 2, 6), (16, 1, 6), (24, 2, 6), (24, 1, 6)):
        inner = net.conv(x, channels, channels * times, k=1, fused=RELU6) if times > 1 else x
        inner = net.depthwise(inner, channels * times, s=stride, fused=RELU6)
        inner = net.conv(inner, channels * times, out, k=1)
        x = net.add("ADD", inner, x) if stride == 1 and out == channels else inner
        channels = out
    x = net.add("MEAN", x, net.sizes(1, 2))
    return net.file(net.dense(x, channels, 10))


def mobilenet_v3_unit() -> bytes:
    """Squeeze and excite with hard-sigmoid by RELU6, and hard-swish."""
    net = Net(image=(1, 16, 16, 3))
    x = net.add("HARD_SWISH", net.conv("image", 3, 16))
    s = net.add("MEAN", x, net.sizes(1, 2), s0=small(1))
    s = net.conv(net.conv(s, 16, 4, k=1, fused=RELU), 4, 16, k=1)
    s = net.add("RELU6", net.add("ADD", s, net.stored(np.array([3.0], np.float32))))
    s = net.add("MUL", s, net.stored(np.array([1 / 6], np.float32)))
    return net.file(net.conv(net.add("MUL", x, s), 16, 24, k=1))


def ds_cnn() -> bytes:
    """Keyword spotting, as MLPerf Tiny has it."""
    net = Net(features=(1, 49, 10, 1))
    x = net.add(
        "CONV_2D", "features", net.drawn(16, 10, 4, 1), net.drawn(16), s0=small(SAME),
        s1=whole(2), s2=whole(2), s3=small(RELU),
    )  # fmt: skip
    for _ in range(3):
        x = net.conv(net.depthwise(x, 16, fused=RELU), 16, 16, k=1, fused=RELU)
    x = net.add(
        "AVERAGE_POOL_2D", x, s0=small(VALID), s1=whole(5), s2=whole(25), s3=whole(5), s4=whole(25)
    )
    x = net.add("RESHAPE", x, net.sizes(-1, 16))
    return net.file(net.add("SOFTMAX", net.dense(x, 16, 12), s0=real(1)))


def autoencoder() -> bytes:
    net = Net(spectrum=(1, 40))
    x, width = "spectrum", 40
    for out in (32, 32, 8, 32, 32):
        x, width = net.dense(x, width, out, fused=RELU), out
    return net.file(net.dense(x, width, 40))


def segmentation() -> bytes:
    """DeepLab's way: dilated convolutions, a pooled branch, resizing, joining."""
    net = Net(image=(1, 33, 33, 3))
    x = net.conv("image", 3, 8, s=2, fused=RELU6)
    x = net.depthwise(x, 8, d=2, fused=RELU6)
    rates = [net.conv(x, 8, 8, d=rate, fused=RELU) for rate in (1, 2, 4)]
    pooled = net.conv(net.pool("AVERAGE_POOL_2D", x, 17, 1), 8, 8, k=1, fused=RELU)
    pooled = net.add("RESIZE_BILINEAR", pooled, net.sizes(17, 17), s2=small(1))
    x = net.several("CONCATENATION", 1, *rates, pooled, options={0: whole(3)})[0]
    x = net.conv(x, 32, 5, k=1)
    return net.file(net.add("RESIZE_BILINEAR", x, net.sizes(33, 33), s2=small(1)))


def generator() -> bytes:
    """Transposed convolutions, of both paddings and odd sizes."""
    net = Net(noise=(1, 16))
    x = net.add("RESHAPE", net.dense("noise", 16, 4 * 4 * 8, fused=RELU), net.sizes(1, 4, 4, 8))
    x = net.add("LEAKY_RELU", net.transposed(x, 8, 6, (8, 8), 4, 2, SAME), s0=real(0.2))
    x = net.transposed(x, 6, 5, (15, 15), 3, 2, SAME)
    x = net.transposed(x, 5, 4, (31, 32), 3, 2, VALID)
    return net.file(net.add("TANH", x))


def unet() -> bytes:
    net = Net(image=(1, 16, 16, 3))
    fine = net.conv("image", 3, 8, fused=RELU)
    x = net.conv(net.pool("MAX_POOL_2D", fine, 2, 2), 8, 16, fused=RELU)
    x = net.add("RESIZE_NEAREST_NEIGHBOR", x, net.sizes(16, 16))
    x = net.several("CONCATENATION", 1, x, fine, options={0: whole(-1)})[0]
    return net.file(net.add("LOGISTIC", net.conv(x, 24, 1)))


def keyword_lstm() -> bytes:
    net = Net(features=(1, 12, 8))
    x = net.lstm(net.lstm("features", 8, 6), 6, 6, clip=0.0625)
    x = net.add("RESHAPE", x, net.sizes(1, 72))
    return net.file(net.dense(x, 72, 4))


def attention() -> bytes:
    """One layer of a transformer, its layer norm in pieces."""
    net = Net(tokens=(1, 9, 16))
    mean = net.add("MEAN", "tokens", net.sizes(2), s0=small(1))
    squares = net.add("SQUARED_DIFFERENCE", "tokens", mean)
    variance = net.add("MEAN", squares, net.sizes(2), s0=small(1))
    inverse = net.add("RSQRT", net.add("ADD", variance, net.stored(np.array([1e-3], np.float32))))
    x = net.add("MUL", net.add("SUB", "tokens", mean), inverse)
    heads = []
    for _ in range(3):
        y = net.dense(x, 16, 16, keeps=1)
        y = net.add("RESHAPE", y, net.sizes(1, 9, 4, 4))
        heads.append(net.add("TRANSPOSE", y, net.sizes(0, 2, 1, 3)))
    scores = net.add("BATCH_MATMUL", heads[0], heads[1], s1=small(1))
    scores = net.add("MUL", scores, net.stored(np.array(0.5, np.float32)))
    x = net.add("BATCH_MATMUL", net.add("SOFTMAX", scores, s0=real(1)), heads[2])
    x = net.add("TRANSPOSE", x, net.sizes(0, 2, 1, 3))
    x = net.add("RESHAPE", x, net.sizes(1, 9, 16))
    x = net.add("GELU", net.dense(x, 16, 16, keeps=1))
    return net.file(net.add("ADD", x, "tokens"))


def early_dilation() -> bytes:
    """A dilated convolution as early converters wrote it."""
    net = Net(image=(1, 14, 14, 4))
    sides = net.sizes(2, 2, 2, 2, dims=(2, 2))
    x = net.add("SPACE_TO_BATCH_ND", "image", net.sizes(2, 2), sides)
    x = net.conv(x, 4, 6, padding=VALID, fused=RELU6)
    none = net.sizes(0, 0, 0, 0, dims=(2, 2))
    x = net.add("BATCH_TO_SPACE_ND", x, net.sizes(2, 2), none)
    # Of 14 pixels, 3 by 3 and cropped: what is dealt out has one more.
    sides, crops = net.sizes(3, 4, 3, 4, dims=(2, 2)), net.sizes(0, 1, 0, 1, dims=(2, 2))
    x = net.add("SPACE_TO_BATCH_ND", x, net.sizes(3, 3), sides)
    x = net.depthwise(x, 6, padding=VALID)
    x = net.add("BATCH_TO_SPACE_ND", x, net.sizes(3, 3), crops)
    # Two that stand by themselves.
    x = net.add("SPACE_TO_BATCH_ND", x, net.sizes(2, 2), none)
    return net.file(net.add("BATCH_TO_SPACE_ND", net.add("ABS", x), net.sizes(2, 2), none))


NETWORKS = (
    mobilenet_v1, mobilenet_v2, mobilenet_v3_unit, ds_cnn, autoencoder, segmentation, generator,
    unet, keyword_lstm, attention, early_dilation,
)  # fmt: skip


# Integers that stand for reals: a scale for each output channel, zero points beside 0.


def quantised(word: str, element: str = "int8") -> bytes:
    """One layer of int8 (or uint8, with one scale for all) whose sums do not reach its ends."""
    net = Net(x=(1, 6, 7, 8))
    is_signed = element == "int8"
    channels = 8 if word == "DEPTHWISE_CONV_2D" else 5
    shape = {
        "CONV_2D": (channels, 3, 3, 8),
        "DEPTHWISE_CONV_2D": (1, 3, 3, channels),
        "FULLY_CONNECTED": (channels, 8),
    }[word]
    axis = 3 if word == "DEPTHWISE_CONV_2D" else 0
    many = channels if is_signed else 1
    scales = net.draw.uniform(0.002, 0.004, many).astype(np.float32)
    low = -127 if is_signed else 0
    weight = net.draw.integers(low, low + 255, shape).astype(element)
    net.tensors["x"] = Tensor((1, 6, 7, 8), None, element, [1 / 64], [-3 if is_signed else 120])
    net.tensors["w"] = Tensor(
        shape, weight.tobytes(), element, scales.tolist(), [0 if is_signed else 127] * many, axis
    )
    bias = net.draw.integers(-500, 500, channels).astype(np.int32)
    of_sums = (scales / np.float32(64)).tolist()
    net.tensors["b"] = Tensor([channels], bias.tobytes(), "int32", of_sums)
    slots: dict[str, Scalar] = {"s0": small(SAME), "s1": whole(1), "s2": whole(1)}
    if word == "FULLY_CONNECTED":
        slots = {"s2": small(1)}
    elif word == "DEPTHWISE_CONV_2D":
        slots["s3"] = whole(1)
    y = net.add(word, "x", "w", "b", **slots)
    net.tensors[y] = Tensor([], None, element, [0.25], [5 if is_signed else 130], has_rank=False)
    return net.file(y)


# Single operators: what comes in, and what is added.


def _unary(word: str, **slots: Scalar) -> bytes:
    net = Net(x=(1, 5, 6, 4))
    return net.file(net.add(word, "x", **slots))


def _positive(word: str) -> bytes:
    net = Net(x=(1, 5, 6, 4))
    return net.file(net.add(word, net.add("EXP", "x")))


def _pair(word: str, dims: Sequence[int], **slots: Scalar) -> bytes:
    net = Net(x=(1, 5, 6, 4), y=dims)
    return net.file(net.add(word, "x", "y", **slots))


def _with(word: str, *dims: int) -> bytes:
    net = Net(x=(1, 5, 6, 4))
    return net.file(net.add(word, "x", net.drawn(*dims)))


def _sized(word: str, dims: Sequence[int], *values: Sequence[int], **slots: Scalar) -> bytes:
    net = Net(x=dims)
    return net.file(net.add(word, "x", *(net.sizes(*one) for one in values), **slots))


def _padded(word: str, *values: int, number: float | None = None) -> bytes:
    net = Net(x=(1, 5, 6, 4))
    sides = net.sizes(*values, dims=(4, 2))
    more = [] if number is None else [net.stored(np.array(number, np.float32))]
    return net.file(net.add(word, "x", sides, *more))


def _cut(*values: Sequence[int], **slots: Scalar) -> bytes:
    net = Net(x=(1, 5, 6, 4))
    return net.file(net.add("STRIDED_SLICE", "x", *(net.sizes(*one) for one in values), **slots))


def _split() -> bytes:
    net = Net(x=(1, 5, 6, 4))
    first, second = net.several("SPLIT", 2, net.sizes(2, dims=()), "x", options={0: whole(2)})
    sizes = (net.sizes(1, -1), net.sizes(3, dims=()))
    a, b = net.several("SPLIT_V", 2, first, *sizes, options={0: whole(2)})
    return net.file(second, a, net.add("ABS", b))


def _packed() -> bytes:
    net = Net(x=(1, 5, 6), y=(1, 5, 6))
    x = net.add("PACK", "x", "y", s0=whole(2), s1=whole(3))
    parts = net.several("UNPACK", 5, x, options={0: whole(5), 1: whole(1)})
    return net.file(net.add("SUB", parts[0], parts[4]), net.add("ABS", x))


def _followed() -> bytes:
    """A shape that is worked out while the model runs."""
    net = Net(x=(1, 5, 6, 4))
    (sizes,) = net.several("SHAPE", 1, "x", options={0: small(2)}, element="int32")
    (batch,) = net.several(
        "STRIDED_SLICE", 1, sizes, net.sizes(0), net.sizes(1), net.sizes(1),
        options={4: whole(1)}, element="int32",
    )  # fmt: skip
    (shape,) = net.several(
        "PACK", 1, batch, net.sizes(-1, dims=()), net.sizes(8, dims=()),
        options={0: whole(3), 1: whole(0)}, element="int32",
    )  # fmt: skip
    return net.file(net.dense(net.add("RESHAPE", net.conv("x", 4, 4), shape), 8, 3, keeps=1))


def _halves() -> bytes:
    """Weights of float16, which an operator makes float32."""
    net = Net(x=(1, 5, 6, 4))
    halves = net.draw.standard_normal((3, 1, 1, 4)).astype(np.float16)
    weight = net.add("DEQUANTIZE", net.stored(halves))
    bias = net.drawn(3)
    return net.file(
        net.add("CONV_2D", "x", weight, bias, s0=small(VALID), s1=whole(1), s2=whole(1))
    )


def _grouped() -> bytes:
    net = Net(x=(1, 5, 6, 8))
    x = net.add(
        "CONV_2D", "x", net.drawn(6, 3, 3, 4), net.drawn(6), s0=small(SAME), s1=whole(1),
        s2=whole(1),
    )  # fmt: skip
    return net.file(net.depthwise(x, 6, times=2, k=2, padding=VALID))


def _volume() -> bytes:
    net = Net(x=(1, 5, 6, 7, 3))
    return net.file(
        net.add(
            "CONV_3D", "x", net.drawn(2, 3, 3, 3, 4), net.drawn(4), s0=small(SAME), s1=whole(1),
            s2=whole(2), s3=whole(1),
        )
    )  # fmt: skip


def _table() -> bytes:
    net = Net(x=(1, 5, 6, 4))
    return net.file(net.add("GATHER", "x", net.sizes(1, 2, 3), s0=whole(2)))


def _filters(rank: int) -> bytes:
    net = Net(x=(1, 4))
    weights = (net.drawn(6, 4), net.drawn(6, 5), net.drawn(6 // rank))
    net.tensors["state"] = Tensor([1, 30], is_variable=True)
    return net.file(net.add("SVDF", "x", *weights, "state", s0=whole(rank), s1=small(RELU)))


def operators() -> dict[str, bytes]:
    """A file for each operator, some with several options."""
    same = (1, 5, 6, 4)
    return {
        **{word: _unary(word) for word in (
            "RELU", "RELU6", "RELU_N1_TO_1", "TANH", "LOGISTIC", "HARD_SWISH", "ELU", "EXP", "ABS",
            "NEG", "SQUARE", "LOG_SOFTMAX", "L2_NORMALIZATION",
        )},
        **{word: _positive(word) for word in ("LOG", "SQRT", "RSQRT")},
        "LEAKY_RELU": _unary("LEAKY_RELU", s0=real(0.1)),
        "GELU by erf": _unary("GELU"),
        "GELU by tanh": _unary("GELU", s0=small(1)),
        "SOFTMAX of beta 2": _unary("SOFTMAX", s0=real(2)),
        "LOCAL_RESPONSE_NORMALIZATION": _unary(
            "LOCAL_RESPONSE_NORMALIZATION", s0=whole(2), s1=real(1.5), s2=real(0.3), s3=real(0.75)
        ),
        "DEPTH_TO_SPACE": _unary("DEPTH_TO_SPACE", s0=whole(2)),
        "SPACE_TO_DEPTH": _sized("SPACE_TO_DEPTH", (1, 4, 6, 3), s0=whole(2)),
        **{word: _pair(word, same) for word in ("ADD", "SUB", "MUL", "MAXIMUM", "MINIMUM",
                                               "SQUARED_DIFFERENCE")},
        "ADD with RELU": _pair("ADD", same, s0=small(RELU)),
        "MUL of a gate": _pair("MUL", (1, 1, 1, 4)),
        "SUB of a smaller": _pair("SUB", (1, 1, 6, 1)),
        "DIV by a vector": _with("DIV", 4),
        "MUL by a vector": _with("MUL", 4),
        "ADD of a map": _with("ADD", 5, 6, 4),
        "PRELU": _with("PRELU", 1, 1, 4),
        "PAD": _padded("PAD", 0, 0, 1, 2, 0, 3, 0, 0),
        "PAD of channels": _padded("PAD", 0, 0, 0, 0, 0, 0, 1, 2),
        "PADV2": _padded("PADV2", 0, 0, 1, 2, 0, 3, 0, 0, number=-2.5),
        "MIRROR_PAD": _padded("MIRROR_PAD", 0, 0, 1, 2, 2, 3, 0, 0),
        "MEAN of the map": _sized("MEAN", same, (1, 2)),
        "MEAN of channels": _sized("MEAN", same, (-1,), s0=small(1)),
        "SUM": _sized("SUM", same, (2,)),
        "REDUCE_MAX": _sized("REDUCE_MAX", same, (1, 2), s0=small(1)),
        "REDUCE_MIN": _sized("REDUCE_MIN", same, (3,)),
        "RESHAPE": _sized("RESHAPE", same, (1, 10, -1)),
        "SQUEEZE": _sized("SQUEEZE", (1, 1, 6, 4)),
        "EXPAND_DIMS": _sized("EXPAND_DIMS", (1, 6, 4), (2,)),
        "TRANSPOSE": _sized("TRANSPOSE", same, (0, 3, 1, 2)),
        "SLICE": _sized("SLICE", same, (0, 1, 2, 0), (1, 3, -1, 2)),
        "REVERSE_V2": _sized("REVERSE_V2", same, (2, 3)),
        "TILE": _sized("TILE", (1, 1, 6, 4), (1, 5, 1, 1)),
        "MAX_POOL_2D": _sized("MAX_POOL_2D", same, s0=small(SAME), s1=whole(2), s2=whole(2),
                              s3=whole(3), s4=whole(2)),
        "AVERAGE_POOL_2D": _sized("AVERAGE_POOL_2D", same, s0=small(SAME), s1=whole(2),
                                  s2=whole(2), s3=whole(3), s4=whole(3)),
        "RESIZE_BILINEAR, corners": _sized("RESIZE_BILINEAR", same, (9, 11), s2=small(1)),
        "RESIZE_BILINEAR, centres": _sized("RESIZE_BILINEAR", same, (10, 12), s3=small(1)),
        **{
            f"RESIZE_BILINEAR to {sizes[0]}x{sizes[1]}": _sized("RESIZE_BILINEAR", same, sizes)
            for sizes in ((10, 12), (7, 9), (3, 4), (5, 6))
        },
        **{
            f"RESIZE_NEAREST_NEIGHBOR, centres, to {size}": _sized(
                "RESIZE_NEAREST_NEIGHBOR", same, (size, 2 * size), s1=small(1)
            )
            for size in (3, 7, 10)
        },
        "L2_POOL_2D": _sized("L2_POOL_2D", same, s0=small(VALID), s1=whole(2), s2=whole(2),
                             s3=whole(3), s4=whole(2)),
        "SVDF": _filters(1),
        "SVDF of rank 2": _filters(2),
        "RESIZE_NEAREST_NEIGHBOR": _sized("RESIZE_NEAREST_NEIGHBOR", same, (10, 18)),
        "STRIDED_SLICE by masks": _cut((0, 1, 0, 0), (0, 4, 0, 3), (1, 1, 1, 1), s0=whole(1),
                                       s1=whole(5)),
        "STRIDED_SLICE of one": _cut((0, -2, 0, 0), (0, 0, 0, 0), (1, 1, 1, 1), s1=whole(13),
                                     s4=whole(2)),
        "STRIDED_SLICE by ellipsis": _cut((0, 1), (0, 3), (1, 1), s2=whole(1)),
        "STRIDED_SLICE of every second": _cut((0, 0, 1, 0), (1, 5, 6, 4), (1, 2, 2, 1)),
        "SPLIT and SPLIT_V": _split(),
        "PACK and UNPACK": _packed(),
        "GATHER": _table(),
        "a shape that is followed": _followed(),
        "weights of float16": _halves(),
        "groups and a multiplier": _grouped(),
        "CONV_3D": _volume(),
    }  # fmt: skip
