"""Models of Keras: those of `keras.applications`, and hand-written ones of every other sort."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

keras = pytest.importorskip("keras")
L, ops = keras.layers, keras.ops

Build = Callable[[], Any]

# NASNet does not build with PyTorch as the backend.
APPLICATIONS = [
    "VGG16",
    "ResNet50",
    "ResNet50V2",
    "MobileNet",
    "MobileNetV2",
    "MobileNetV3Small",
    "MobileNetV3Large",
    "EfficientNetB0",
    "EfficientNetV2B0",
    "DenseNet121",
    "Xception",
    "InceptionV3",
    "ConvNeXtTiny",
]


def digits() -> Any:
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            L.Rescaling(1 / 255),
            L.Conv2D(8, 3, activation="relu"),
            L.MaxPooling2D(),
            L.Conv2D(16, 3, activation="relu", padding="same", strides=2),
            L.AveragePooling2D(3, strides=2, padding="same"),
            L.Flatten(),
            L.Dropout(0.5),
            L.Dense(10, activation="softmax"),
        ]
    )


def siamese() -> Any:
    """Two models in one another, each called twice."""
    stem = keras.Sequential([keras.Input((16, 16, 3)), L.Conv2D(4, 3), L.ReLU(max_value=6)])
    x = keras.Input((16, 16, 3))
    tower = keras.Model(x, L.Dense(5)(L.GlobalAveragePooling2D()(stem(x))))
    left, right = keras.Input((16, 16, 3)), keras.Input((16, 16, 3))
    a, b = tower(left), tower(right)
    return keras.Model([left, right], [L.Dot(axes=1)([a, b]), L.Subtract()([a, b])])


def unet() -> Any:
    x = keras.Input((32, 48, 3))
    a = L.Conv2D(4, 3, padding="same", activation="elu")(x)
    b = L.SeparableConv2D(8, 3, strides=2, padding="same", depth_multiplier=2)(a)
    c = L.DepthwiseConv2D(3, padding="same", dilation_rate=2)(b)
    c = L.LeakyReLU(0.2)(L.GroupNormalization(4)(c))
    d = L.Conv2DTranspose(4, 3, strides=2, padding="same")(c)
    e = L.UpSampling2D(interpolation="bilinear")(c)
    f = L.Concatenate()([a, d, e])
    g = L.PReLU(shared_axes=[1, 2])(L.Conv2D(2, 1)(f))
    h = L.ZeroPadding2D(((1, 0), (2, 3)))(L.Cropping2D(((0, 1), (2, 0)))(g))
    return keras.Model(x, L.Softmax()(h))


def transposed() -> Any:
    x = keras.Input((7, 2))
    found = [
        L.Conv1DTranspose(3, k, strides=s, padding=p, output_padding=o)(x)
        for k, s, p, o in (
            (2, 3, "valid", None), (4, 2, "same", None), (3, 2, "same", 1), (5, 3, "same", None),
            (3, 2, "valid", 1), (1, 2, "same", None),
        )
    ]  # fmt: skip
    return keras.Model(x, found)


def orders() -> Any:
    """Axes moved, joined and cut."""
    x = keras.Input((6, 4, 8))
    a = L.Permute((3, 1, 2))(x)
    b = L.Reshape((8, -1))(a)
    c = L.Dense(5, activation="tanh")(b)
    d = L.Flatten()(L.Conv2D(3, 1)(x))
    e = L.RepeatVector(3)(L.Dense(4)(d))
    return keras.Model(x, [c, L.Dense(2)(d), L.BatchNormalization()(d), e])


def merges() -> Any:
    x = keras.Input((5, 6, 4))
    y = keras.Input((5, 6, 4))
    z = L.Conv2D(4, 1)(x)
    found = [
        merge([x, y, z]) for merge in (L.Add(), L.Average(), L.Multiply(), L.Maximum(), L.Minimum())
    ]
    gate = L.Multiply()([x, L.Dense(4, activation="sigmoid")(L.GlobalAveragePooling2D()(y))])
    return keras.Model([x, y], [*found, gate, L.Concatenate(axis=1)([x, y])])


def norms() -> Any:
    x = keras.Input((5, 6, 8))
    a = L.BatchNormalization(scale=False)(x)
    b = L.BatchNormalization(center=False)(a)
    c = L.LayerNormalization()(b)
    d = L.LayerNormalization(axis=[1, 2, 3])(c)
    e = L.GroupNormalization(groups=-1)(d)
    f = L.UnitNormalization()(L.RMSNormalization()(e))
    return keras.Model(x, L.Normalization(mean=[0.5] * 8, variance=[0.25] * 8)(f))


def sentences() -> Any:
    x = keras.Input((12,), dtype="int32")
    a = L.Embedding(50, 16)(x)
    b = L.Bidirectional(L.LSTM(6, return_sequences=True))(a)
    c = L.Bidirectional(L.GRU(6, return_sequences=True), merge_mode="ave")(b)
    c = L.Bidirectional(L.GRU(5, reset_after=False, return_sequences=True))(c)
    d = L.SimpleRNN(5, activation="relu", return_sequences=True)(c)
    d = L.LSTM(7, return_sequences=True, use_bias=False, go_backwards=True)(d)
    e = L.GRU(4, go_backwards=True)(d)
    return keras.Model(x, [L.Dense(3)(e), L.TimeDistributed(L.Dense(2))(c)])


def attention() -> Any:
    x = keras.Input((9, 16))
    y = keras.Input((7, 16))
    a = L.MultiHeadAttention(4, 3, value_dim=5)(x, y)
    b = L.LayerNormalization()(a + x)
    c = L.Dense(16)(L.Dense(32, activation="gelu")(b))
    d = L.MultiHeadAttention(2, 8)(c, c, use_causal_mask=True)
    seen = keras.Input((9, 7), dtype="bool")
    e = L.MultiHeadAttention(2, 8)(d, y, attention_mask=seen)
    return keras.Model([x, y, seen], [e, L.Attention()([c, y])])


def video() -> Any:
    x = keras.Input((4, 10, 12, 3))
    a = L.TimeDistributed(L.Conv2D(4, 3, strides=2, padding="same", activation="relu"))(x)
    b = L.TimeDistributed(L.BatchNormalization())(a)
    c = L.TimeDistributed(L.MaxPooling2D())(b)
    d = L.TimeDistributed(L.Flatten())(c)
    e = L.Conv3D(2, (2, 3, 3))(x)
    return keras.Model(x, [L.Dense(3)(d), L.GlobalMaxPooling3D()(e)])


def audio() -> Any:
    x = keras.Input((40, 2))
    a = L.Conv1D(4, 3, dilation_rate=2, padding="causal", activation="relu")(x)
    b = L.SeparableConv1D(6, 3)(L.MaxPooling1D(3, padding="same")(a))
    return keras.Model(x, L.GlobalAveragePooling1D(keepdims=True)(L.UpSampling1D(2)(b)))


def operations() -> Any:
    x = keras.Input((6, 8, 4))
    a = ops.relu(2.0 * x - 1.0) / 3.0
    b = ops.concatenate([a[:, 1:, ::2, :], -a[:, :-1, 1::2, :]], axis=-1)
    c = ops.transpose(ops.reshape(b, (-1, 20, 8)), (0, 2, 1))
    d = ops.matmul(c, ops.swapaxes(c, 1, 2))
    e = ops.mean(d, axis=-1, keepdims=True)
    f = ops.softmax(ops.squeeze(ops.flip(e, axis=1), axis=-1))
    g = ops.einsum("bhwc,bhwd->bcd", x, a)
    return keras.Model(x, [f, ops.expand_dims(ops.max(g, axis=1), 1), ops.sqrt(ops.square(x))])


def cells() -> Any:
    """Recurrences of cells, each way of a pair, heads that share keys, and sums over steps."""
    x = keras.Input((6, 4))
    a = L.RNN([L.LSTMCell(3), L.GRUCell(5)], return_sequences=True)(x)
    b, c = L.Bidirectional(L.RNN(L.LSTMCell(3), return_sequences=True), merge_mode=None)(a)
    d = L.GroupQueryAttention(3, 4, 2)(b, c, use_causal_mask=True)
    e = L.EinsumDense("abc,bd->adc", output_shape=(7, 3), bias_axes="d")(d)
    return keras.Model(x, [L.SpectralNormalization(L.Dense(2))(e), L.Dot((1, 1), True)([b, c])])


def pictures() -> Any:
    """Maps cut and filled to a ratio, and pixels under the centres of new ones."""
    x = keras.Input((8, 10, 3))
    a = L.Resizing(4, 4, crop_to_aspect_ratio=True)(x)
    b = L.Resizing(6, 6, pad_to_aspect_ratio=True, fill_value=0.5)(x)
    c = L.Resizing(16, 15, interpolation="nearest")(x)
    return keras.Model(x, [a, b, c, L.CenterCrop(12, 5)(x), L.Softmax((1, 2))(a)])


def constants() -> Any:
    """Arrays that stand in the calls, and a picture that is turned first of all."""
    x = keras.Input((4, 5, 6))
    rows, columns = np.array([[1.0], [2.0], [-3.0], [0.5], [4.0]]), np.array([[[0.5]]] * 4)
    a = L.Permute((2, 1, 3))(x) * np.array([1.0, -2.0, 0.25, 3.0, 0.5, 2.0])
    b = ops.maximum(x / rows, columns)
    c = ops.matmul(b, np.array([[1.0, 2.0]] * 6))
    return keras.Model(x, [L.Conv2D(2, (1, 3))(a), c])


def maps_attending() -> Any:
    """Attention over whole maps, along their rows, and along two axes of three."""
    x, y = keras.Input((5, 6, 8)), keras.Input((5, 7, 8))
    a = L.MultiHeadAttention(2, 4)(x, y)
    b = L.MultiHeadAttention(2, 4, value_dim=3, attention_axes=2, output_shape=5)(x, y)
    z = keras.Input((3, 4, 5, 8))
    return keras.Model([x, y, z], [a, b, L.MultiHeadAttention(2, 4, attention_axes=(1, 3))(z, z)])


def moved() -> Any:
    """Elements that change their places, by the operations of Keras."""
    x = keras.Input((6, 8, 4))
    a = ops.pad(x, [[0, 0], [1, 2], [0, 3], [0, 0]], constant_values=0.5)
    b, c, d = ops.split(x, [2, 5], axis=1)
    e, f = ops.split(x, 2, axis=2)
    g = ops.stack([e, f], axis=1)
    h = ops.repeat(x[..., 1:3], 2, axis=2)
    i = ops.tile(x[:, 2], (1, 1, 3))
    j = ops.moveaxis(x[:, None, ::2], 1, 3)
    k = ops.pad(x, [[0, 0], [2, 1], [1, 0], [0, 0]], mode="reflect")
    return keras.Model(x, [a, ops.concatenate([d, c, b], axis=1), g, h, i, j, k])


def bent() -> Any:
    """Functions with constants of their own, and those of layers."""
    inputs = keras.Input((5, 6, 4))
    x = L.Conv2D(4, 1)(inputs)
    layers = (
        L.ReLU(negative_slope=0.3), L.ReLU(threshold=0.5), L.ReLU(max_value=2.0), L.ELU(alpha=0.5),
        L.PReLU(shared_axes=[1, 2, 3]), L.Activation("log_softmax"),
        L.Rescaling([0.5, 1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0]),
        L.Dense(3, activation=L.LeakyReLU(0.1)),
    )  # fmt: skip
    found = [layer(x) for layer in layers]
    tokens = ops.reshape(x, (-1, 30, 4))
    heads = ops.reshape(x, (-1, 15, 2, 4))
    functions = [
        ops.leaky_relu(x, 0.4), ops.gelu(x), ops.gelu(x, approximate=False), ops.power(x, 3),
        ops.normalize(x, axis=1), ops.matmul(tokens, ops.transpose(tokens, (0, 2, 1))),
        ops.einsum("btc,bsc->bts", tokens, tokens), ops.sum(x, axis=(1, 2), keepdims=True),
        ops.dot_product_attention(heads, heads, heads, scale=0.3), ops.min(x, axis=2),
    ]  # fmt: skip
    return keras.Model(inputs, [*found, *functions])


def steep() -> Any:
    """What our kinds do not compute, and whose figures are known all the same."""
    x = keras.Input((6, 8))
    y = keras.Input((4, 6, 6, 2))
    a = L.GRU(5, return_sequences=True)(x)
    b, h, c = L.LSTM(4, return_state=True, recurrent_activation="hard_sigmoid")(x)
    d = L.LSTM(4)(a, initial_state=[h, c])
    return keras.Model([x, y], [b, d, L.ConvLSTM2D(3, 3, padding="same")(y)])


def continued() -> Any:
    """Recurrences that begin where others have ended, in one direction and in both."""
    x, h = keras.Input((6, 5)), keras.Input((2,))
    a, *states = L.Bidirectional(L.LSTM(3, return_state=True))(x)
    b = L.Bidirectional(L.LSTM(3, return_sequences=True), merge_mode="sum")(x, initial_state=states)
    c, *last = L.LSTM(3, return_sequences=True, return_state=True)(b, initial_state=states[2:])
    d, e = L.GRU(2, return_state=True, go_backwards=True)(c, initial_state=[h])
    f = L.Bidirectional(L.SimpleRNN(2), merge_mode=None)(c, initial_state=[h, e])
    g, *ends = L.Bidirectional(L.LSTM(4, return_sequences=True, return_state=True))(c)
    i = L.Bidirectional(L.GRU(3), merge_mode="mul")(x)
    j = L.RNN([L.GRUCell(2), L.LSTMCell(3), L.GRUCell(4)])(b)
    return keras.Model([x, h], [a, c, *last, d, e, *f, g, *ends, i, j])


WRITTEN: tuple[Build, ...] = (
    digits, siamese, unet, transposed, orders, merges, norms, sentences, attention, video, audio,
    operations, cells, pictures, constants, maps_attending, moved, bent, steep, continued,
)  # fmt: skip
