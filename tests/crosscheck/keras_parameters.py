"""Small models of Keras that share, freeze, nest and repeat layers, after what they have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

keras = pytest.importorskip("keras")
L, ops = keras.layers, keras.ops

MAP, ROWS, VECTOR = (6, 8, 3), (5, 6), (6,)


def model(forward: Callable[..., Any], *shapes: tuple[int, ...], words: bool = False) -> Any:
    """The functional model of a function of its inputs."""
    inputs = [keras.Input(shape, dtype="int32" if words else None) for shape in shapes]
    return keras.Model(inputs, forward(*inputs))


def twice(layer: Any, x: Any) -> Any:
    """A layer, called on what it gave."""
    return layer(layer(x))


def stack(*layers: Any, shape: tuple[int, ...] = VECTOR) -> Any:
    """Layers in a row."""
    return keras.Sequential([keras.Input(shape), *layers])


def frozen(layer: Any) -> Any:
    """A layer that training leaves as it is."""
    layer.trainable = False
    return layer


def half_frozen() -> Any:
    inner = stack(L.Dense(4), L.Dense(3))
    inner.layers[0].trainable = False
    return model(lambda x: L.Dense(2)(inner(x)), VECTOR)


def tower_of_two() -> Any:
    tower = stack(L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU(), shape=MAP)
    return model(lambda x, y: tower(x) - tower(y), MAP, MAP)


def nested() -> Any:
    deep = stack(L.Dense(5), stack(L.Dense(4), L.Dense(6), shape=(5,)))
    return model(lambda x: deep(deep(x)) + x, VECTOR)


def in_a_model_and_beside_it() -> Any:
    shared = L.Dense(6)
    inner = stack(shared, L.Dense(6))
    return model(lambda x: inner(x) + shared(x), VECTOR)


def siblings() -> Any:
    shared = L.Dense(6)
    first, second = stack(shared), stack(shared, L.Dense(6))
    return model(lambda x: first(x) + second(x), VECTOR)


def attention(x: Any, **options: Any) -> Any:
    return L.MultiHeadAttention(2, 3, **options)(x, x)


def attention_twice(x: Any) -> Any:
    layer = L.MultiHeadAttention(2, 3)
    return layer(layer(x, x), x)


def encoder(x: Any) -> Any:
    y = L.LayerNormalization()(x + attention(x))
    return L.LayerNormalization()(y + L.Dense(6)(L.Dense(9, activation="gelu")(y)))


def residual_twice(x: Any) -> Any:
    conv, norm = L.Conv2D(3, 3, padding="same"), L.BatchNormalization()
    for _ in range(3):
        x = x + norm(conv(x))
    return x


MODELS: dict[str, Callable[[], Any]] = {
    "a dense layer": lambda: stack(L.Dense(4)),
    "a dense layer without a bias": lambda: stack(L.Dense(4, use_bias=False)),
    "a dense layer twice": lambda: model(lambda x: twice(L.Dense(6), x), VECTOR),
    "a convolution twice": lambda: model(lambda x: twice(L.Conv2D(3, 3), x), MAP),
    "a norm twice": lambda: model(lambda x: twice(L.BatchNormalization(), x), MAP),
    "a frozen layer": lambda: stack(frozen(L.Dense(4)), L.Dense(3)),
    "a frozen norm": lambda: stack(L.Dense(4), frozen(L.BatchNormalization())),
    "a frozen convolution twice": lambda: model(lambda x: twice(frozen(L.Conv2D(3, 3)), x), MAP),
    "a model half frozen": half_frozen,
    "a frozen model": lambda: stack(frozen(stack(L.Dense(6), L.Dense(6))), L.Dense(2)),
    "a tower on two inputs": tower_of_two,
    "models in models, twice": nested,
    "a layer in a model and beside it": in_a_model_and_beside_it,
    "a layer in two models": siblings,
    "a residual block three times": lambda: model(residual_twice, MAP),
    "attention": lambda: model(attention, ROWS),
    "attention of other widths": lambda: model(
        lambda x: attention(x, value_dim=4, output_shape=5), ROWS
    ),
    "attention without biases": lambda: model(lambda x: attention(x, use_bias=False), ROWS),
    "attention twice": lambda: model(attention_twice, ROWS),
    "attention of grouped queries": lambda: model(
        lambda x: L.GroupQueryAttention(3, 4, 2)(x, x), ROWS
    ),
    "an encoder": lambda: model(encoder, ROWS),
    "a separable convolution": lambda: stack(L.SeparableConv2D(5, 3), shape=MAP),
    "a separable convolution of several": lambda: stack(
        L.SeparableConv2D(5, 3, depth_multiplier=2, use_bias=False), shape=MAP
    ),
    "a separable convolution twice": lambda: model(
        lambda x: twice(L.SeparableConv2D(3, 3), x), MAP
    ),
    "a separable convolution of sequences": lambda: stack(L.SeparableConv1D(5, 3), shape=ROWS),
    "a depthwise convolution": lambda: stack(L.DepthwiseConv2D(3, depth_multiplier=2), shape=MAP),
    "a transposed convolution": lambda: stack(L.Conv2DTranspose(5, 3, strides=2), shape=MAP),
    "a transposed convolution twice": lambda: model(
        lambda x: twice(L.Conv2DTranspose(3, 3), x), MAP
    ),
    "both ways": lambda: stack(L.Bidirectional(L.LSTM(4)), shape=ROWS),
    "both ways, summed": lambda: stack(
        L.Bidirectional(L.GRU(4, return_sequences=True), merge_mode="sum"), shape=ROWS
    ),
    "both ways, twice": lambda: model(
        lambda x: twice(L.Bidirectional(L.LSTM(3, return_sequences=True)), x), ROWS
    ),
    "two ways of their own": lambda: stack(
        L.Bidirectional(L.LSTM(3), backward_layer=L.LSTM(4, go_backwards=True)), shape=ROWS
    ),
    "a recurrence twice": lambda: model(
        lambda x: twice(L.SimpleRNN(6, return_sequences=True), x), ROWS
    ),
    "a recurrence reset before": lambda: stack(L.GRU(4, reset_after=False), shape=ROWS),
    "cells in a row": lambda: stack(L.RNN([L.LSTMCell(4), L.LSTMCell(3)]), shape=ROWS),
    "a convolutional recurrence": lambda: stack(L.ConvLSTM1D(4, 3), shape=(4, 7, 3)),
    "over time": lambda: stack(L.TimeDistributed(L.Dense(4)), shape=ROWS),
    "over time, a convolution": lambda: stack(L.TimeDistributed(L.Conv2D(4, 3)), shape=(2, *MAP)),
    "over time, a model": lambda: stack(
        L.TimeDistributed(stack(L.Dense(5), L.Dense(4))), shape=ROWS
    ),
    "over time, twice": lambda: model(lambda x: twice(L.TimeDistributed(L.Dense(6)), x), ROWS),
    "words": lambda: model(lambda x: L.Embedding(9, 4)(x), (5,), words=True),
    "words twice": lambda: model(
        lambda x, y: (lambda e: e(x) + e(y))(L.Embedding(9, 4)), (5,), (5,), words=True
    ),
    "words, tied to scores": lambda: model(
        lambda x: (lambda e: e(e(x), reverse=True))(L.ReversibleEmbedding(9, 4)), (5,), words=True
    ),
    "slopes": lambda: stack(L.PReLU(), shape=MAP),
    "slopes of channels": lambda: stack(L.PReLU(shared_axes=[1, 2]), shape=MAP),
    "a norm of groups": lambda: stack(L.GroupNormalization(3), shape=MAP),
    "a norm without a shift": lambda: stack(L.LayerNormalization(center=False), shape=ROWS),
    "a norm without a factor": lambda: stack(L.BatchNormalization(scale=False), shape=MAP),
    "a norm of roots": lambda: stack(L.RMSNormalization(), shape=ROWS),
    "a unit norm": lambda: stack(L.Dense(5), L.UnitNormalization()),
    "a spectral norm": lambda: stack(L.SpectralNormalization(L.Dense(5))),
    "an einsum": lambda: stack(
        L.EinsumDense("abc,cde->abde", output_shape=(None, 3, 2), bias_axes="e"), shape=ROWS
    ),
    "an einsum twice": lambda: model(
        lambda x: twice(L.EinsumDense("abc,cd->abd", output_shape=(None, 6)), x), ROWS
    ),
    "low rank added": lambda: _low_rank(),
    "integers of a dense layer": lambda: _quantised(),
    "numbers of a call": lambda: model(lambda x: x * 2 + 1, VECTOR),
    "additive attention": lambda: model(lambda x: L.AdditiveAttention()([x, x]), ROWS),
    "scaled attention": lambda: model(lambda x: L.Attention(use_scale=True)([x, x]), ROWS),
}


def _low_rank() -> Any:
    made = stack(L.Dense(5), L.Dense(4))
    made.layers[0].enable_lora(2)
    return made


def _quantised() -> Any:
    made = stack(L.Dense(5), L.Dense(4))
    made.layers[0].quantize("int8")
    return made
