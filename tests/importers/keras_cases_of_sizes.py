"""Layers of Keras whose sizes are all unequal: by axes, by steps, by directions."""

from __future__ import annotations

from typing import Any

from tests.importers.keras_calls import of
from tests.importers.keras_cases_of_forms import at_each
from tests.importers.keras_json import layer
from tests.importers.onnx_cases import Case, W

MAP, STEPS = (5, 7, 3), (5, 2)


def of_cell(kind: str, units: int, features: int = 2, biases: int = 1) -> list[W]:
    """The arrays of a cell: of what it reads, of its states, and what is added."""
    wide = {"LSTM": 4, "GRU": 3}.get(kind.removesuffix("Cell"), 1) * units
    added = [W((wide,))] if biases == 1 else [W((2, wide))] if biases else []
    return [W((features, wide)), W((units, wide)), *added]


def both(kind: str, units: int, biases: int = 1, merge: str = "concat", **fields: Any) -> Case:
    """A layer in both directions over 5 steps of 2 numbers."""
    inner = layer(kind, "inner", units=units, **fields)
    gates = {"LSTM": 4, "GRU": 3}.get(kind, 1)
    arrays = of_cell(kind, units, 2, biases)
    return of(
        "Bidirectional",
        STEPS,
        parts={f"{way}_layer/cell": arrays for way in ("forward", "backward")},
        layer=inner,
        merge_mode=merge,
        macs=2 * 5 * gates * units * (2 + units),
    )


def cell(kind: str, units: int, **fields: Any) -> dict[str, Any]:
    return layer(kind, kind.lower(), units=units, **fields)


RECURRENT: dict[str, Case] = {
    "LSTM both ways": both("LSTM", 3),
    "LSTM both ways, all steps": both("LSTM", 3, return_sequences=True),
    "GRU both ways, summed": both("GRU", 3, 2, "sum", return_sequences=True),
    "GRU both ways that resets first": both("GRU", 4, 1, reset_after=False),
    "RNN both ways, multiplied": both("SimpleRNN", 4, merge="mul", activation="relu"),
    "RNN both ways, the mean, nothing added": both(
        "SimpleRNN", 3, 0, "ave", use_bias=False, return_sequences=True
    ),
    "a layer of a cell": of(
        "RNN",
        STEPS,
        parts={"cell": of_cell("LSTMCell", 3)},
        cell=cell("LSTMCell", 3),
        return_sequences=True,
        macs=5 * 12 * 5,
    ),
    "a layer of three cells": of(
        "RNN",
        STEPS,
        parts={
            "cell/cells/lstm_cell": of_cell("LSTMCell", 3),
            "cell/cells/gru_cell": of_cell("GRUCell", 4, 3, 2),
            "cell/cells/lstm_cell_1": of_cell("LSTMCell", 2, 4),
        },
        cell=layer(
            "StackedRNNCells",
            "cells",
            cells=[cell("LSTMCell", 3), cell("GRUCell", 4), cell("LSTMCell", 2)],
        ),
        macs=5 * (12 * 5 + 12 * 7 + 8 * 6),
    ),
    "GRU from a state that goes in": of(
        "GRU", STEPS, *of_cell("GRU", 3, 2, 2), inside="cell", units=3, states=[(3,)],
        macs=5 * 9 * 5,
    ),
    "LSTM of three units, backwards": of(
        "LSTM", STEPS, *of_cell("LSTM", 3), inside="cell", units=3, go_backwards=True,
        return_sequences=True, macs=5 * 12 * 5,
    ),
}  # fmt: skip

UNEVEN: dict[str, Case] = {
    "transposed conv of unequal dilation": of(
        "Conv2DTranspose", MAP, W((2, 3, 4, 3)), W((4,)), filters=4, kernel_size=[2, 3],
        dilation_rate=[2, 1], macs=35 * 6 * 12,
    ),
    "transposed conv as large as its steps, and more rows than columns": of(
        "Conv2DTranspose", (2, 3, 2), W((4, 3, 1, 2)), W((1,)), filters=1, kernel_size=[4, 3],
        strides=[3, 2], padding="same", output_padding=[2, 1], macs=6 * 12 * 2,
    ),
    "transposed conv, one row more": of(
        "Conv2DTranspose", (2, 3, 2), W((4, 3, 1, 2)), filters=1, kernel_size=[4, 3],
        strides=[3, 2], output_padding=[1, 0], use_bias=False, macs=6 * 12 * 2,
    ),
    "transposed conv of steps wider than its kernel": of(
        "Conv2DTranspose", (2, 3, 2), W((1, 2, 3, 2)), filters=3, kernel_size=[1, 2],
        strides=[3, 4], use_bias=False, macs=6 * 2 * 6,
    ),
    "transposed conv, channels first": of(
        "Conv2DTranspose", (2, 3, 4), W((3, 2, 5, 2)), W((5,)), filters=5, kernel_size=[3, 2],
        strides=[1, 2], data_format="channels_first", activation="relu", macs=12 * 6 * 10,
    ),
    "transposed conv of volumes": of(
        "Conv3DTranspose", (2, 3, 4, 2), W((2, 1, 3, 3, 2)), W((3,)), filters=3,
        kernel_size=[2, 1, 3], strides=[1, 2, 3], macs=24 * 6 * 6,
    ),
    "separable conv as large as its steps": of(
        "SeparableConv2D", MAP, W((3, 2, 3, 2)), W((1, 1, 6, 4)), W((4,)), filters=4,
        kernel_size=[3, 2], strides=2, padding="same", depth_multiplier=2, activation="relu",
        macs=12 * (6 * 6 + 6 * 4),
    ),
    "separable conv, dilated": of(
        "SeparableConv2D", MAP, W((2, 3, 3, 1)), W((1, 1, 3, 2)), filters=2, kernel_size=[2, 3],
        dilation_rate=2, use_bias=False, macs=9 * (3 * 6 + 3 * 2),
    ),
    "depthwise conv as large as before, dilated": of(
        "DepthwiseConv2D", MAP, W((3, 2, 3, 2)), W((6,)), kernel_size=[3, 2], depth_multiplier=2,
        dilation_rate=[1, 2], padding="same", macs=35 * 6 * 6,
    ),
    "conv of two groups by unequal steps, channels first": of(
        "Conv2D", (4, 5, 7), W((2, 3, 2, 6)), W((6,)), filters=6, kernel_size=[2, 3], groups=2,
        strides=[2, 1], data_format="channels_first", macs=2 * 5 * 6 * 12,
    ),
    "conv of what was before, by steps": of(
        "Conv1D", (7, 3), W((3, 3, 2)), W((2,)), filters=2, kernel_size=3, strides=2,
        padding="causal", macs=4 * 18,
    ),
    "the most of a volume, kept": of("GlobalMaxPooling3D", (2, 3, 4, 5), keepdims=True),
    "the mean of a map, channels first": of(
        "GlobalAveragePooling2D", (2, 3, 5), data_format="channels_first"
    ),
    "the mean of a map, channels first, kept": of(
        "GlobalAveragePooling2D", (2, 3, 5), data_format="channels_first", keepdims=True
    ),
    "the most of unequal bins": of("AdaptiveMaxPooling2D", (6, 8, 3), output_size=[3, 2]),
    "the most of windows of a volume by steps": of(
        "MaxPooling3D", (4, 5, 6, 2), pool_size=[2, 1, 3], strides=[1, 2, 2], padding="same"
    ),
    "pixels of a volume, so many times": of("UpSampling3D", (2, 1, 3, 2), size=[1, 3, 2]),
    "cut of a volume": of("Cropping3D", (4, 5, 6, 2), cropping=[[1, 0], [0, 2], [1, 3]]),
    "zeros around steps": of("ZeroPadding1D", STEPS, padding=2),
    "zeros around a volume by axes": of("ZeroPadding3D", (3, 2, 4, 2), padding=[2, 0, 1]),
    "another shape of four axes, of which none is cut from the others": of(
        "Reshape", (9, 16), target_shape=[4, 3, 4, 3]
    ),
    "to a size, filled to its ratio by zeros": of(
        "Resizing", (4, 6, 2), height=5, width=3, pad_to_aspect_ratio=True
    ),
    "root mean square, as usual": of("RMSNormalization", MAP, W((3,))),
    "ELU, as usual": of("ELU", STEPS),
    "a vector at one step": of("RepeatVector", (3,), n=1),
    "maps of each step to a size": at_each("Resizing", (3, 2, 5, 2), height=4, width=7),
    "maps of each step to a size by the nearest": at_each(
        "Resizing", (3, 2, 5, 2), height=5, width=3, interpolation="nearest"
    ),
    "axes of a volume in another order": of("Permute", (2, 3, 4, 5), dims=[3, 1, 4, 2]),
    "vectors of columns of a map to length 1": of("UnitNormalization", MAP, axis=2),
    "group norm of two of six": of(
        "GroupNormalization", (2, 3, 6), W((6,)), W((6,)), groups=3, epsilon=0.25
    ),
    "Dot of the steps of one and the numbers of the other": of(
        "Dot", [(4, 3), (5, 4)], axes=[1, 2], macs=3 * 5 * 4
    ),
    "Dot of the first axes": of("Dot", [(4, 3), (4, 5)], axes=1, macs=3 * 5 * 4),
}  # fmt: skip
