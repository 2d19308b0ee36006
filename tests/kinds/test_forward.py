"""Values worked by hand, kind by kind, from the definitions in PyTorch's documentation."""

from __future__ import annotations

from math import inf, log, nan, sqrt, tanh
from typing import Any

import numpy as np
import pytest

from tests.each import each
from tests.kinds.running import layer, run

AVERAGES: list[tuple[str, dict[str, Any], list[float]]] = [
    ("padding counts", {}, [3, 5]),
    ("padding does not count", {"count_include_pad": False}, [4.5, 7.5]),
    ("another divisor", {"divisor_override": 1}, [9, 15]),
]
BY_HAND: list[Any] = [
    # kind, fields, inputs, weights, output: one sample, channels first
    pytest.param(
        "conv", {"out_channels": 1, "kernel_size": 3}, [[[1, 2, 3, 5]]],
        {"weight": [[[1, 0, -1]]], "bias": [0.5]}, [[-1.5, -2.5]],
        id="conv: cross-correlation, the kernel is not flipped",
    ),
    pytest.param(
        "conv", {"out_channels": 1, "kernel_size": 2, "dilation": 2, "stride": 2, "bias": False},
        [[[1, 2, 3, 4, 5]]], {"weight": [[[1, 10]]]}, [[31, 53]], id="conv: dilation and stride",
    ),
    pytest.param(
        "conv", {"out_channels": 2, "kernel_size": 1, "groups": 2, "bias": False},
        [[[1, 2], [3, 4]]], {"weight": [[[10]], [[100]]]}, [[10, 20], [300, 400]],
        id="conv: groups do not mix",
    ),
    pytest.param(
        "conv", {"out_channels": 2, "kernel_size": 1, "bias": False}, [[[1, 2], [3, 4]]],
        {"weight": [[[1], [10]], [[0], [1]]]}, [[31, 42], [3, 4]], id="conv: all channels mix",
    ),
    pytest.param(
        "conv", {"out_channels": 1, "kernel_size": [1, 2], "bias": False},
        [[[[1, 2, 3], [4, 5, 6]]]], {"weight": [[[[1, 10]]]]}, [[[21, 32], [54, 65]]],
        id="conv: rows before columns",
    ),
    *(
        pytest.param(
            "conv",
            {"out_channels": 1, "kernel_size": 3, "padding": 1, "padding_mode": mode}
            | {"bias": False},
            [[[1, 2, 4]]], {"weight": [[[1, 1, 1]]]}, [output], id=f"conv: {mode} in the padding",
        )
        for mode, output in {
            "zeros": [3, 7, 6], "reflect": [5, 7, 8], "replicate": [4, 7, 10],
            "circular": [7, 7, 7],
        }.items()
    ),
    *(
        pytest.param(
            "conv",
            {"out_channels": 1, "kernel_size": 3, "stride": 2, "padding": word, "bias": False},
            [[[1, 2, 3, 4]]], {"weight": [[[1, 1, 1]]]}, [output], id=f"conv: {word}",
        )
        for word, output in {"same_upper": [6, 7], "same_lower": [3, 9]}.items()
    ),
    pytest.param(
        "conv_transpose", {"out_channels": 1, "kernel_size": 3, "stride": 2, "bias": False},
        [[[1, 2]]], {"weight": [[[1, 2, 3]]]}, [[1, 2, 5, 4, 6]],
        id="conv_transpose: each input scatters the kernel",
    ),
    pytest.param(
        "conv_transpose",
        {"out_channels": 1, "kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1},
        [[[1, 2]]], {"weight": [[[1, 2, 3]]], "bias": [100]}, [[102, 105, 104, 106]],
        id="conv_transpose: padding cuts, output padding uncovers",
    ),
    pytest.param(
        "linear", {"out_features": 2}, [[1, 2]], {"weight": [[3, 4], [5, 6]], "bias": [0, 1]},
        [11, 18], id="linear",
    ),
    pytest.param(
        "max_pool", {"kernel_size": 3, "stride": 2, "ceil_mode": True}, [[[1, 2, 3, 4, 5, 6]]], {},
        [[3, 5, 6]], id="max_pool: ceil_mode keeps a partial window",
    ),
    pytest.param(
        "max_pool", {"kernel_size": 3, "stride": 1, "padding": 1}, [[[-3, -1]]], {}, [[-1, -1]],
        id="max_pool: padding never wins",
    ),
    pytest.param(
        "max_pool", {"kernel_size": 2, "stride": 1, "dilation": 2}, [[[5, 9, 1, 2]]], {}, [[5, 9]],
        id="max_pool: dilation",
    ),
    *(
        pytest.param(
            "avg_pool", {"kernel_size": 3, "stride": 2, "padding": 1} | fields, [[[3, 6, 9]]], {},
            [output], id=f"avg_pool: {name}",
        )
        for name, fields, output in AVERAGES
    ),
    pytest.param(
        "avg_pool", {"kernel_size": 3, "stride": 2, "ceil_mode": True}, [[[2, 4, 6, 8, 10, 12]]],
        {}, [[4, 8, 11]], id="avg_pool: what hangs over the end does not count",
    ),
    pytest.param("lp_pool", {"kernel_size": 2}, [[[3, 4]]], {}, [[5]], id="lp_pool: Pythagoras"),
    pytest.param(
        "lp_pool", {"kernel_size": 2, "norm_type": 1}, [[[3, -4]]], {}, [[-1]],
        id="lp_pool: a sum, as PyTorch has it",
    ),
    pytest.param(
        "lp_pool", {"kernel_size": 2, "ceil_mode": True}, [[[3, 4, 6]]], {}, [[5, sqrt(72)]],
        id="lp_pool: a partial window counts as full of its mean",
    ),
    pytest.param(
        "adaptive_avg_pool", {"output_size": 3}, [[[1, 2, 3, 4]]], {}, [[1.5, 2.5, 3.5]],
        id="adaptive_avg_pool: bins overlap",
    ),
    pytest.param(
        "adaptive_max_pool", {"output_size": [None, 1]}, [[[[1, 5], [3, 2]]]], {}, [[[5], [3]]],
        id="adaptive_max_pool: an axis kept",
    ),
    pytest.param(
        "global_avg_pool", {}, [[[[1, 2], [3, 4]], [[0, 0], [0, 8]]]], {}, [2.5, 2],
        id="global_avg_pool",
    ),
    pytest.param(
        "global_max_pool", {"keepdim": True}, [[[[1, 2], [3, 4]]]], {}, [[[4]]],
        id="global_max_pool",
    ),
    pytest.param(
        "batch_norm", {}, [[[3]]],
        {"weight": [10], "bias": [1], "running_mean": [1], "running_var": [4]},
        [[1 + 20 / sqrt(4 + 1e-5)]], id="batch_norm: running statistics",
    ),
    pytest.param(
        "batch_norm", {"eps": 1}, [[[3]]],
        {"weight": [10], "bias": [1], "running_mean": [1], "running_var": [3]},
        [[1 + 20 / 2]], id="batch_norm: another eps",
    ),
    pytest.param(
        "instance_norm", {}, [[[1, 3], [10, 10]]], {},
        [[-1 / sqrt(1 + 1e-5), 1 / sqrt(1 + 1e-5)], [0, 0]], id="instance_norm",
    ),
    pytest.param(
        "group_norm", {"groups": 1, "affine": True}, [[1, 3]], {"weight": [1, 2], "bias": [0, 5]},
        [-1 / sqrt(1 + 1e-5), 5 + 2 / sqrt(1 + 1e-5)], id="group_norm",
    ),
    pytest.param(
        "layer_norm", {"over": "channels", "affine": False}, [[[1, 5], [3, 5]]], {},
        [[-1 / sqrt(1 + 1e-5), 0], [1 / sqrt(1 + 1e-5), 0]], id="layer_norm over the channels",
    ),
    pytest.param(
        "layer_norm", {}, [[[1, 1], [3, 3]]],
        {"weight": [[1, 2], [3, 4]], "bias": [[0, 0], [0, 9]]},
        [[-1 / sqrt(1 + 1e-5), -2 / sqrt(1 + 1e-5)], [3 / sqrt(1 + 1e-5), 9 + 4 / sqrt(1 + 1e-5)]],
        id="layer_norm over all: a factor for each element",
    ),
    pytest.param(
        "layer_norm", {"over": "channels", "affine": False, "eps": 0.5}, [[3, 0]], {},
        # Mean 1.5, variance 2.25.
        [1.5 / sqrt(2.75), -1.5 / sqrt(2.75)], id="layer_norm: another eps",
    ),
    pytest.param(
        # Mean squares (1 + 49) / 2 and 0, 1 added.
        "rms_norm", {"eps": 1}, [[[1, 0], [7, 0]]], {"weight": [2, 3]},
        [[2 / sqrt(26), 0], [21 / sqrt(26), 0]], id="rms_norm over the channels",
    ),
    pytest.param(
        "rms_norm", {"over": "all", "eps": 0, "affine": False}, [[[2, 4], [4, 8]]], {},
        [[0.4, 0.8], [0.8, 1.6]], id="rms_norm over all: the root of 100 / 4",
    ),
    pytest.param(
        "l2_normalize", {}, [[[3, 0], [4, 0]]], {}, [[0.6, 0], [0.8, 0]],
        id="l2_normalize: a vector of zeros stays",
    ),
    pytest.param(
        "l2_normalize", {"over": "all", "eps": 1}, [[[0.6], [0.0]]], {}, [[0.6], [0]],
        id="l2_normalize: a length below the least",
    ),
    pytest.param(
        # Norms 5 and 15, their mean 10: responses 0.5 and 1.5.
        "global_response_norm", {"eps": 0}, [[[3, 4], [9, 12]]],
        {"weight": [2, 2], "bias": [0, 100]}, [[6, 8], [136, 148]],
        id="global_response_norm: the louder channel gains",
    ),
    pytest.param(
        # (k + alpha m)^beta, m = (2^2 + 4^2) / 2.
        "local_response_norm", {"size": 2, "alpha": 0.5, "beta": 2, "k": 3}, [[[2], [4]]], {},
        [[2 / 4**2], [4 / 8**2]], id="local_response_norm: AlexNet's own numbers may be given",
    ),
    pytest.param(
        "local_response_norm", {"size": 2}, [[[10], [20], [0]]], {},
        [[10 / (1 + 5e-5 * 100) ** 0.75], [20 / (1 + 5e-5 * 500) ** 0.75], [0]],
        id="local_response_norm: the even neighbour stands before",
    ),
    pytest.param(
        "prelu", {"parameters": "channels"}, [[[-2, 2], [-2, 2]]], {"weight": [0.5, -1]},
        [[-1, 2], [2, 2]], id="prelu: one slope a channel",
    ),
    pytest.param(
        "glu", {"axis": "length"}, [[[6, 8, 0, 0], [2, 4, 0, 0]]], {}, [[3, 4], [1, 2]],
        id="glu: halves of the positions",
    ),
    pytest.param(
        "avg_pool", {"kernel_size": 2, "stride": 1, "dilation": 2}, [[[2, 4, 8, 16]]], {},
        [[5, 10]], id="avg_pool: every other pixel",
    ),
    pytest.param(
        "avg_pool",
        {"kernel_size": 2, "stride": 1, "padding": 1, "dilation": 2, "count_include_pad": False},
        [[[2, 4, 8]]], {}, [[4, 5, 4]], id="avg_pool: of dilated windows, real pixels",
    ),
    pytest.param(
        "avg_pool",
        {"kernel_size": 2, "stride": 1, "padding": 1, "dilation": 4, "count_include_pad": False},
        [[[2, 4, 8]]], {}, [[0]], id="avg_pool: of a window on padding alone",
    ),
    pytest.param(
        "lp_pool", {"kernel_size": 2, "stride": 2, "padding": 1, "dilation": 2},
        [[[3, 1, 4, 2]]], {}, [[1, sqrt(5)]], id="lp_pool: zeros in the padding",
    ),
    pytest.param(
        "layer_norm", {"over": "length"}, [[[1, 3], [10, 30]]],
        {"weight": [1, 2], "bias": [0, 5]},
        [[-1 / sqrt(1 + 1e-5), 5 + 2 / sqrt(1 + 1e-5)],
         [-10 / sqrt(100 + 1e-5), 5 + 20 / sqrt(100 + 1e-5)]],
        id="layer_norm: over the last axis, learnt for each of its places",
    ),
    pytest.param(
        "l2_normalize", {"over": "positions"}, [[[[3], [4]]]], {}, [[[0.6], [0.8]]],
        id="l2_normalize: a channel's map as one vector",
    ),
    pytest.param(
        # Two channels of 2 x 1: places first, both channels of the left pixel, then of the right.
        "pixel_shuffle", {"factor": 2, "order": "dcr"}, [[[1], [2], [3], [4]]], {},
        [[1, 3], [2, 4]], id="pixel_shuffle: channels of one place together",
    ),
    pytest.param(
        "pixel_unshuffle", {"factor": 2, "order": "dcr"}, [[[1, 3], [2, 4]]], {},
        [[1], [2], [3], [4]], id="pixel_unshuffle: channels of one place together",
    ),
    pytest.param(
        "fold", {"output_size": [4], "kernel_size": 2}, [[[1, 2, 3], [10, 20, 30]]], {},
        [[1, 12, 23, 30]], id="fold: overlapping windows add up",
    ),
    pytest.param(
        "fold", {"output_size": [2, 2], "kernel_size": [1, 2], "stride": [1, 2]},
        [[[1, 3], [2, 4]]], {}, [[[1, 2], [3, 4]]], id="fold: windows row by row",
    ),
    pytest.param(
        "bilinear", {"out_features": 1}, [[2, 3], [5, 7]],
        {"weight": [[[1, 0], [10, 100]]], "bias": [4]}, [4 + 10 + 150 + 2100],
        id="bilinear: all pairs",
    ),
    pytest.param(
        "global_mean_std_pool", {}, [[[1, 3], [2, 2]]], {}, [2, 2, sqrt(2), 0],
        id="global_mean_std_pool: means, then deviations",
    ),
    pytest.param(
        # Half a row down lies 2; a row and a half to the right of the last column, half of nothing.
        "deform_conv", {"out_channels": 1, "kernel_size": 1, "bias": False},
        [[[[1, 5], [3, 7]]], [[[0.5, 0], [0, 0]], [[0, 0.5], [0, 1]]]], {"weight": [[[[10]]]]},
        [[[20, 25], [30, 0]]], id="deform_conv: between pixels, and beside the map",
    ),
    pytest.param("glu", {}, [[[6, 8], [0, 0]]], {}, [[3, 4]], id="glu: the second half gates"),
    pytest.param(
        "swiglu", {}, [[[0, log(3)], [6, 8]]], {}, [[0, 0.75 * log(3) * 8]],
        id="swiglu: the first half gates",
    ),
    pytest.param(
        "scale", {"bias": True}, [[[2, 3], [4, 5]]], {"weight": [10, 1], "bias": [1, -1]},
        [[21, 31], [3, 4]], id="scale with a bias",
    ),
    pytest.param(
        "scale", {"single": True}, [[[2, 3], [4, 5]]], {"weight": [10]}, [[20, 30], [40, 50]],
        id="one factor for all",
    ),
    pytest.param(
        "bias", {}, [[[2, 3], [4, 5]]], {"bias": [1, -1]}, [[3, 4], [3, 4]],
        id="bias: one for each channel",
    ),
    pytest.param(
        "bias", {"over": "all"}, [[[2, 3], [4, 5]]], {"bias": [[1, 2], [3, 4]]}, [[3, 5], [7, 9]],
        id="bias: one for each element",
    ),
    pytest.param(
        "embedding", {"num_embeddings": 3, "embedding_dim": 2}, [[2, 0]],
        {"weight": [[1, 2], [3, 4], [5, 6]]}, [[5, 1], [6, 2]], id="embedding: rows by index",
    ),
    pytest.param(
        "embedding", {"num_embeddings": 3, "embedding_dim": 2}, [[np.nan, 2]],
        {"weight": [[1, 2], [3, 4], [5, 6]]}, [[np.nan, 5], [np.nan, 6]],
        id="embedding: no number, no row, and the next one has its own",
    ),
    pytest.param(
        # tanh(0.5), then tanh(0.5 + tanh(0.5)): each state is added to the next.
        "rnn", {"hidden_size": 1, "bias": False}, [[[0.5, 0.5]]],
        {"weight_ih_l0": [[1]], "weight_hh_l0": [[1]]},
        [[tanh(0.5), tanh(0.5 + tanh(0.5))]], id="rnn: two steps",
    ),
    pytest.param(
        "rnn", {"hidden_size": 1, "bias": False, "nonlinearity": "relu", "bidirectional": True},
        [[[1, -5, 2]]],
        {"weight_ih_l0": [[1]], "weight_hh_l0": [[1]],
         "weight_ih_l0_reverse": [[1]], "weight_hh_l0_reverse": [[1]]},
        [[1, 0, 2], [1, 0, 2]], id="rnn: both directions",
    ),
    pytest.param(
        "rnn", {"hidden_size": 1, "bias": False, "nonlinearity": "relu", "bidirectional": True,
                "returns": "last"},
        [[[1, 2, 4]]],
        {"weight_ih_l0": [[1]], "weight_hh_l0": [[1]],
         "weight_ih_l0_reverse": [[10]], "weight_hh_l0_reverse": [[1]]},
        [7, 70], id="rnn: the last state of each direction",
    ),
    pytest.param(
        # All gates 1/2, the candidate tanh(1): cell tanh(1) / 2.
        "lstm", {"hidden_size": 1, "bias": False}, [[[1]]],
        {"weight_ih_l0": [[0], [0], [1], [0]], "weight_hh_l0": [[0]] * 4},
        [[tanh(tanh(1) / 2) / 2]], id="lstm: one step from nothing",
    ),
    pytest.param(
        # What the forget gate leaves is 1/2; the output gate sees the new cell and is 3/4.
        "lstm", {"hidden_size": 1, "bias": False, "coupled": True, "peepholes": True}, [[[1]]],
        {"weight_ih_l0": [[0], [1], [0]], "weight_hh_l0": [[0]] * 3,
         "weight_ch_l0": [[5], [2 * log(3) / tanh(1)]]},
        [[3 / 4 * tanh(tanh(1) / 2)]], id="lstm: three gates that see the cell",
    ),
    pytest.param(
        # Cells tanh(1) / 2 = 0.38, then 0.19 + 0.38 = 0.57 of which 0.5 are left.
        "lstm", {"hidden_size": 1, "bias": False, "cell_clip": 0.5}, [[[1, 1]]],
        {"weight_ih_l0": [[0], [0], [1], [0]], "weight_hh_l0": [[0]] * 4},
        [[tanh(tanh(1) / 2) / 2, tanh(0.5) / 2]], id="lstm: cells are clipped",
    ),
    pytest.param(
        # r and z are 1/2: n = tanh(1 + 1/2 * 4) with the bias of the state inside, half of it.
        "gru", {"hidden_size": 1}, [[[1]]],
        {"weight_ih_l0": [[0], [0], [1]], "weight_hh_l0": [[0]] * 3,
         "bias_ih_l0": [0, 0, 0], "bias_hh_l0": [0, 0, 4]},
        [[tanh(3) / 2]], id="gru: the gate multiplies the bias too",
    ),
    pytest.param(
        "gru", {"hidden_size": 1, "reset": "before"}, [[[1]]],
        {"weight_ih_l0": [[0], [0], [1]], "weight_hh_l0": [[0]] * 3,
         "bias_ih_l0": [0, 0, 0], "bias_hh_l0": [0, 0, 4]},
        [[tanh(5) / 2]], id="gru: a gate before the product leaves its bias",
    ),
    pytest.param(
        # The states are 0 and tanh(1) / 2; the first new one reads the second by its own r, 3/4.
        "gru", {"hidden_size": 2, "reset": "before", "bias": False, "returns": "last"},
        [[[1, 0], [0, 1]]],
        {"weight_ih_l0": [[0, 0], [0, log(3)], [0, 0], [0, 0], [0, 0], [1, 0]],
         "weight_hh_l0": [[0, 0]] * 4 + [[0, 1], [0, 0]]},
        [tanh(3 / 8 * tanh(1)) / 2, tanh(1) / 4], id="gru: each state by its own gate",
    ),
    pytest.param(
        # tanh(1) / 2 is the cell; its state is the half of a tanh of it.
        "lstm", {"hidden_size": 1, "bias": False, "returns": "cells"}, [[[1]]],
        {"weight_ih_l0": [[0], [0], [1], [0]], "weight_hh_l0": [[0]] * 4},
        [[tanh(tanh(1) / 2) / 2], [tanh(1) / 2]], id="lstm: states, and cells behind them",
    ),
    pytest.param(
        # Half of a cell of 6 is left, and nothing is added to it: 3, then 3/2.
        "lstm_with_state", {"inputs": ("x", "h", "c"), "hidden_size": 1, "bias": False},
        [[[0, 0]], [7], [6]],
        {"weight_ih_l0": [[0]] * 4, "weight_hh_l0": [[0]] * 4},
        [[tanh(3) / 2, tanh(1.5) / 2]], id="lstm_with_state: a cell is halved at each step",
    ),
    pytest.param(
        # z is 1/2: half of what was, and half of tanh(0).
        "gru_with_state", {"inputs": ("x", "h"), "hidden_size": 1, "bias": False},
        [[[0, 0, 0]], [8]],
        {"weight_ih_l0": [[0]] * 3, "weight_hh_l0": [[0]] * 3},
        [[4, 2, 1]], id="gru_with_state: a state is halved at each step",
    ),
    pytest.param(
        # The first layer hands 1 + 10, 2 + 11 and 4 + 13 forward, and 4 + 20, 2 + 24 and 1 + 26
        # backward; the second adds up those that go forward from 100 on, the others from 200 on.
        "rnn_with_state",
        {"inputs": ("x", "h"), "hidden_size": 1, "num_layers": 2, "bidirectional": True,
         "bias": False, "nonlinearity": "relu", "returns": "last"},
        [[[1, 2, 4]], [10, 20, 100, 200]],
        {"weight_ih_l0": [[1]], "weight_hh_l0": [[1]],
         "weight_ih_l0_reverse": [[1]], "weight_hh_l0_reverse": [[1]],
         "weight_ih_l1": [[1, 0]], "weight_hh_l1": [[1]],
         "weight_ih_l1_reverse": [[0, 1]], "weight_hh_l1_reverse": [[1]]},
        [100 + 11 + 13 + 17, 200 + 24 + 26 + 27],
        id="rnn_with_state: a number for each layer and direction",
    ),
    pytest.param("flip", {"axis": 1}, [[[1, 2], [4, 5]]], {}, [[2, 1], [5, 4]], id="flip"),
    pytest.param("flip", {"axis": 0}, [[[1, 2], [4, 5]]], {}, [[4, 5], [1, 2]], id="flip: c"),
    pytest.param("min", {}, [[1, 5], [2, 4]], {}, [1, 4], id="min"),
    pytest.param(
        "take", {"axis": 1}, [[[1, 2, 3], [4, 5, 6]], [2, 0, -1]], {}, [[3, 1, 3], [6, 4, 6]],
        id="take: a place twice, once from the end",
    ),
    pytest.param("div", {}, [[1, 6], [2, 4]], {}, [0.5, 1.5], id="div"),
    pytest.param("less", {}, [[1, 6, 2], [2, 4, 2]], {}, [1, 0, 0], id="less: not where equal"),
    pytest.param(
        "logical_xor", {}, [[0, 3, 0, 2], [0, 0, 5, 1]], {}, [0, 1, 1, 0], id="logical_xor",
    ),
    pytest.param(
        "where", {}, [[1, 0, -2], [3, 4, 5], [6, 7, 8]], {}, [3, 7, 5],
        id="where: what is not 0 is true",
    ),
    pytest.param(
        "where", {"other": "-inf"}, [[1, 0], [3, nan]], {}, [3, -inf],
        id="where: what is not chosen leaves no trace",
    ),
    pytest.param(
        "softmin", {}, [[0, log(3)]], {}, [0.75, 0.25], id="softmin: the smallest gets most",
    ),
    pytest.param(
        "softmax", {}, [[[0, 1000], [log(3), 1000]]], {}, [[0.25, 0.5], [0.75, 0.5]],
        id="softmax: over the channels, without overflow",
    ),
    pytest.param(
        "log_softmax", {}, [[0, log(3)]], {}, [log(0.25), log(0.75)], id="log_softmax",
    ),
    pytest.param(
        "flatten", {}, [[[[1, 2]], [[3, 4]]]], {}, [1, 2, 3, 4], id="flatten: channel by channel"
    ),
    pytest.param(
        "unflatten", {"shape": [2, 1, 2]}, [[1, 2, 3, 4]], {}, [[[1, 2]], [[3, 4]]], id="unflatten"
    ),
    pytest.param(
        "reshape", {"shape": [1, -1]}, [[[1, 2], [3, 4]]], {}, [[1, 2, 3, 4]], id="reshape"
    ),
    *(
        pytest.param(
            "pad", {"padding": [[2, 1]], "mode": mode, "value": 7}, [[[1, 2, 3]]], {}, [output],
            id=f"pad: {mode}",
        )
        for mode, output in {
            "zeros": [0, 0, 1, 2, 3, 0], "constant": [7, 7, 1, 2, 3, 7],
            "reflect": [3, 2, 1, 2, 3, 2], "replicate": [1, 1, 1, 2, 3, 3],
            "circular": [2, 3, 1, 2, 3, 1],
        }.items()
    ),
    pytest.param(
        "crop", {"padding": [[0, 1], [1, 0]]}, [[[[1, 2], [3, 4]]]], {}, [[[2]]], id="crop"
    ),
    pytest.param(
        # Under the centres 0.83, 2.5 and 4.17.
        "upsample", {"output_size": [3], "mode": "nearest-exact"}, [[[1, 2, 3, 4, 5]]], {},
        [[1, 3, 5]], id="upsample: nearest-exact",
    ),
    pytest.param(
        # Bins of the pixels 0 to 2 and 2 to 4.
        "upsample", {"scale_factor": [0.5], "mode": "area"}, [[[1, 2, 3, 4, 8]]], {},
        [[2, 5]], id="upsample: area",
    ),
    pytest.param(
        "upsample", {"scale_factor": [2]}, [[[1, 2]]], {}, [[1, 1, 2, 2]], id="upsample: nearest"
    ),
    pytest.param(
        "upsample", {"output_size": [2]}, [[[1, 2, 3, 4, 5]]], {}, [[1, 3]],
        id="upsample: nearest takes the pixel before",
    ),
    pytest.param(
        "upsample", {"scale_factor": [2], "mode": "linear"}, [[[0, 4]]], {}, [[0, 1, 3, 4]],
        id="upsample: linear",
    ),
    pytest.param(
        "upsample", {"output_size": [3], "mode": "linear", "align_corners": True}, [[[0, 4]]], {},
        [[0, 2, 4]], id="upsample: linear with aligned corners",
    ),
    pytest.param(
        "upsample", {"scale_factor": [1, 2], "mode": "bicubic"}, [[[[0, 1]]]], {},
        # At 1/4 the weights are -0.10546875, 0.87890625, 0.26171875, -0.03515625.
        [[[-0.03515625 - 0.10546875 + 0.03515625, 0.2265625, 0.7734375, 1.10546875]]],
        id="upsample: cubic with a = -3/4 overshoots",
    ),
    pytest.param(
        "pixel_shuffle", {"factor": 2}, [[[[1]], [[2]], [[3]], [[4]]]], {}, [[[1, 2], [3, 4]]],
        id="pixel_shuffle",
    ),
    pytest.param(
        "pixel_unshuffle", {"factor": 2}, [[[[1, 2], [3, 4]]]], {}, [[[1]], [[2]], [[3]], [[4]]],
        id="pixel_unshuffle",
    ),
    pytest.param(
        "channel_shuffle", {"groups": 2}, [[[0], [1], [2], [3], [4], [5]]], {},
        [[0], [3], [1], [4], [2], [5]], id="channel_shuffle",
    ),
    pytest.param("slice", {"channels": [1, 3]}, [[[5], [6], [7]]], {}, [[6], [7]], id="slice"),
    pytest.param(
        "unfold", {"kernel_size": 2}, [[[[1, 2, 3], [4, 5, 6]]]], {},
        [[1, 2], [2, 3], [4, 5], [5, 6]], id="unfold: a column for each window",
    ),
    pytest.param("scale", {}, [[[1, 2], [3, 4]]], {"weight": [10, 100]}, [[10, 20], [300, 400]],
                 id="scale"),
    pytest.param(
        "add", {}, [[[1, 2], [3, 4]], [10, 20]], {}, [[11, 12], [23, 24]],
        id="add: a gate is spread over the map",
    ),
    pytest.param("sub", {}, [[[5]], [[3]]], {}, [[2]], id="sub"),
    pytest.param(
        "mul", {}, [[[[2]], [[3]]], [[[1, 2]], [[3, 4]]]], {}, [[[2, 4]], [[9, 12]]],
        id="mul: a gate of ones comes first",
    ),
    pytest.param("max", {}, [[[1, 8]], [[4, 2]]], {}, [[4, 8]], id="max"),
    pytest.param(
        "concat", {"align": "crop"}, [[[1, 2, 3, 4]], [[9]]], {}, [[2], [9]],
        id="concat: the odd pixel is cut after",
    ),
    pytest.param("dropout", {}, [[1, -2]], {}, [1, -2], id="dropout: nothing at inference"),
    pytest.param("identity", {}, [[1, -2]], {}, [1, -2], id="identity"),
]  # fmt: skip


@each(("kind", "fields", "inputs", "weights", "output"), BY_HAND)
def test_values_by_hand(kind: str, fields: Any, inputs: Any, weights: Any, output: Any) -> None:
    found = run(layer(kind, **fields), *inputs, **weights)
    assert found.shape == np.shape(output)
    np.testing.assert_allclose(found, output, rtol=1e-14, atol=1e-15)


@each(
    ("kind", "fields", "weights"),
    [
        ("conv", {"out_channels": 1, "kernel_size": 2}, {"weight": [[[3, 4]]], "bias": [1]}),
        (
            "conv_transpose", {"out_channels": 1, "kernel_size": 2},
            {"weight": [[[3, 4]]], "bias": [1]},
        ),
        ("max_pool", {"kernel_size": 2, "padding": 1}, {}),
        ("adaptive_max_pool", {"output_size": 2}, {}),
        ("relu", {}, {}),
        ("pad", {"padding": 1, "mode": "reflect"}, {}),
        ("flatten", {}, {}),
        ("unfold", {"kernel_size": 2}, {}),
        ("upsample", {"scale_factor": 2}, {}),
        ("scale", {}, {"weight": [2]}),
    ],
)  # fmt: skip
def test_integers_stay_integers(kind: str, fields: Any, weights: Any) -> None:
    found = run(layer(kind, **fields), [[2**60, -5, 7]], dtype="int64", **weights)
    assert found.dtype == np.int64


@each(
    ("numbers", "expected"),
    [
        ([log(3), 0], log(4)),
        # exp(1000) is no number of any type.
        ([1000, 1000], 1000 + log(2)),
        ([-1000, -1000], log(2) - 1000),
        ([-inf, 3], 3),
        ([-inf, -inf], -inf),
        ([inf, 2], inf),
    ],
)
def test_the_logarithm_of_a_sum_of_exponentials(numbers: list[float], expected: float) -> None:
    made = layer("reduce", pattern="c t -> c", op="logsumexp")
    assert run(made, [numbers], dtype="float32").tolist() == pytest.approx([expected])


def test_large_integers_are_exact() -> None:
    made = layer("conv", out_channels=1, kernel_size=2, bias=False)
    found = run(made, [[2**55 + 1, 2**55 + 3]], dtype="int64", weight=[[[1, 1]]])
    assert found.tolist() == [[2**56 + 4]]


def test_a_neighbour_of_weight_zero_is_not_read() -> None:
    # With aligned corners units 0, 2 and 4 stand on pixels 0, 1 and 2.
    made = layer("upsample", output_size=[5], mode="linear", align_corners=True)
    assert np.isnan(run(made, [[1, np.nan, 3]]))[0].tolist() == [False, True, True, True, False]


def test_batch_norm_takes_the_statistics_of_the_batch_on_request() -> None:
    from convcalc.arrays.ops import Ops

    x = np.array([[1.0], [3.0]])
    learnt = {name: np.ones(1) for name in ("weight", "bias", "running_mean", "running_var")}
    y = layer("batch_norm").run(Ops(batch_statistics=True), (x,), learnt)
    np.testing.assert_allclose(y[:, 0], [1 - 1 / sqrt(1 + 1e-5), 1 + 1 / sqrt(1 + 1e-5)])
