"""Planned memory against what Python allocates, and by hand."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import convcalc
from convcalc.arrays.budget import (
    PROCESS_BYTES,
    WORKSPACE_BYTES,
    Peak,
    check_memory,
    format_bytes,
    last_uses,
    planned_gradients,
    planned_peak,
    weight_values,
)
from convcalc.core.errors import StackError
from convcalc.kinds import find_kind
from convcalc.network.graph import Graph
from tests.drawn_layers import running
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

FIXED = PROCESS_BYTES + WORKSPACE_BYTES


def graph(*layers: str, input: str = "[1, 10, 10]", outputs: str = "") -> Graph:
    listed = "".join(f"  - {layer}\n" for layer in layers)
    text = f"convcalc: 1\ninput: {input}\nlayers:\n{listed}{outputs}"
    return convcalc.loads(text).graph()


@each(
    ("layers", "options", "values", "layer"),
    [
        # Input and output, then the output and the copy that the caller gets.
        pytest.param(["{relu: {}, name: a}"], {}, 200, "a", id="one layer"),
        pytest.param(["{relu: {}, name: a}"], {"batch": 3}, 600, "a", id="samples"),
        # Of an output of 80 two copies are less than what stands while it is made.
        pytest.param(
            ["{relu: {}, name: a}", "{crop: {padding: [[1, 1], [0, 0]]}, name: b}"],
            {},
            200,
            "a",
            id="a smaller output",
        ),
        # 100 + 8 * 64 and the 80 numbers of the kernel.
        pytest.param(
            ["{conv: {out: 8, k: 3}, name: a}", "{global_avg_pool: {}, name: b}"],
            {},
            # The kernel of 3 rows is laid out for one row of the output: 3 * 3 * 8 numbers.
            100 + 512 + 80 + 72,
            "a",
            id="weights",
        ),
        pytest.param(
            ["{conv: {out: 8, k: 3}, name: a}", "{global_avg_pool: {}, name: b}"],
            {"batch": 2},
            2 * (100 + 512) + 80 + 2 * 72,
            "a",
            id="weights, and what two samples take beside them",
        ),
        pytest.param(
            ["{conv: {out: 8, k: 3}, name: a}", "{global_avg_pool: {}, name: b}"],
            {"given": True},
            100 + 512 + 240 + 72,
            "a",
            id="weights that are converted and laid out",
        ),
        pytest.param(
            ["{batch_norm: {}, name: a}"],
            {"given": True},
            # As many again as it works; scale and shift, mean and variance, each converted.
            2 * 100 + 2 * 100 + 2 * (2 + 2),
            "a",
            id="what is learnt and what is not",
        ),
        # Freed after its last use: the second layer does not see the input any more.
        pytest.param(
            ["{conv_transpose: {out: 1, k: 2, s: 2}, name: a}", "{crop: 1, name: b}"],
            {},
            # Output, uncut output and its terms; input; kernel and bias.
            3 * 400 + 100 + 5,
            "a",
            id="an input is freed",
        ),
        pytest.param(
            ["{relu: {}, name: a}", "{relu: {}, name: b}", "{global_avg_pool: {}, name: c}"],
            {"keep": (0, 1)},
            2 * 201,
            "c",
            id="what is kept, and its copies",
        ),
    ],
)
def test_by_hand(layers: list[str], options: dict[str, Any], values: int, layer: str) -> None:
    assert planned_peak(graph(*layers), **options) == Peak(4 * values + FIXED, layer)


def test_gradients_by_hand() -> None:
    # Three tensors of 100; on the way back the gradients of an output and an input, each twice.
    peak = planned_gradients(graph("{relu: {}, name: a}", "{tanh: {}, name: b}"))
    # Of two that need as much the first is named.
    assert peak == Peak(4 * (3 * 100 + 2 * 200) + FIXED, "a")


def test_constants_that_are_worked_out_of_large_ones_need_these() -> None:
    """The sum of a million numbers: 8 MB as they are made, and what is made of them."""
    nodes = [
        node("aten.full", "m", size=[1000, 1000], fill_value=0.5),
        node("aten.sum", "c", self="%m"),
        node("aten.mul", "y", self="%x", other="%c"),
    ]
    shapes = {"m": [1000, 1000], "c": [], "y": [1, 3]}
    network = convcalc.loads(archive(program(nodes, {"x": [1, 3]}, ["y"], shapes)), "net.pt2")
    x = np.ones((1, 3), np.float32)
    convcalc.run(network, x)
    tracemalloc.start()
    (y,) = convcalc.run(network, x).values()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert y.ravel().tolist() == [500_000] * 3
    planned = planned_peak(network.graph()).bytes - FIXED
    assert 8_000_000 < most < planned < 16_001_000
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.run(network, x, max_memory=FIXED + 8_000_000)
    assert [problem.slug for problem in caught.value.problems] == ["needs-memory"]


def test_last_uses() -> None:
    nets = graph("{relu: {}, name: a}", "{flatten: {}, name: b}", "{linear: 2, name: c}", "tanh")
    # `flatten` looks at what `a` made, so that stays as long.
    assert last_uses(nets) == [1, 3, 3, 4, 5]
    assert last_uses(nets, keep=(0,)) == [5, 3, 3, 4, 5]


def test_a_network_beyond_all_floats_is_still_planned_in_integers() -> None:
    peak = planned_peak(graph("relu", input="[1000000000, 1000000000]"), batch=10**300)
    assert peak.bytes == 8 * 10**318 + FIXED


# A layer of each kind, where its bare word is not enough.
LAYERS = {
    "adaptive_avg_pool": "adaptive_avg_pool: 30",
    "adaptive_max_pool": "adaptive_max_pool: 30",
    "add": "add: [input, input, input]",
    "attention": "attention: {heads: 4, window: 8}",
    "add_number": "add_number: 2",
    "avg_pool": "avg_pool: {k: 3, s: 1, p: 1, count_include_pad: false}",
    "bilinear": "bilinear: {inputs: [input, input], out: 32}",
    "broadcast": "broadcast: {pattern: c h w -> c (h p) w, sizes: {p: 2}}",
    "channel_shuffle": "channel_shuffle: 4",
    "concat": "concat: [input, input]",
    "conv": "conv: {out: 32, k: 3, p: 1}",
    "conv_transpose": "conv_transpose: {out: 16, k: 4, s: 2, p: 1}",
    "crop": "crop: 2",
    "cross_attention": "cross_attention: {inputs: [input, input], heads: 2}",
    "deform_conv": "deform_conv: {inputs: [input, input], out: 32, k: 4, s: 1, p: same}",
    "div": "div: [input, input]",
    "pow": "pow: [input, input, input]",
    "embedding": "embedding: {num: 64, dim: 32}",
    "fold": "fold: {output_size: [64, 64], k: 2, s: 2}",
    "gru": "gru: 128",
    "lstm": "lstm: {hidden: 128, layers: 2, bidirectional: true}",
    "rnn": "rnn: 128",
    "lstm_with_state": "lstm_with_state: {inputs: [x, s, s], hidden: 128, returns: cells}",
    "gru_with_state": "gru_with_state: {inputs: [x, s], hidden: 128}",
    "rnn_with_state": "rnn_with_state: {inputs: [x, s], hidden: 128}",
    "parameter": "parameter: {shape: [32, 64, 64]}",
    "constant": "constant: {shape: [32, 64, 64]}",
    "einsum": "einsum: {inputs: [input, input], equation: 'c h w, d h w -> c d'}",
    "group_norm": "group_norm: 8",
    "linear": "linear: 32",
    "local_response_norm": "local_response_norm: 5",
    "lp_pool": "lp_pool: {k: 3, s: 1}",
    "matmul": "matmul: {inputs: [input, input], transpose: second}",
    "max": "max: [input, input]",
    "max_pool": "max_pool: {k: 3, s: 1, p: 1}",
    "max_unpool": "max_unpool: {inputs: [input, input], k: 1}",
    "min": "min: [input, input]",
    **{
        kind: f"{kind}: 0"
        for kind in ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
    },
    **{kind: f"{kind}: [input, input]" for kind in ("logical_and", "logical_or", "logical_xor")},
    "where": "where: [input, input, input]",
    "mul": "mul: [input, input]",
    "mul_number": "mul_number: 2",
    "div_number": "div_number: 2",
    "pow_number": "pow_number: 1.5",
    "pad": "pad: {p: 3, mode: reflect}",
    "permute": "permute: [2, 0, 1]",
    "pixel_shuffle": "pixel_shuffle: 2",
    "pixel_unshuffle": "pixel_unshuffle: 2",
    "rearrange": "rearrange: c h w -> w (h c)",
    "reduce": "reduce: {pattern: c h w -> h, op: std}",
    "roll": "roll: 3",
    "flip": "flip: width",
    "take": "take: [input, input]",
    "split": "split: {parts: 2, part: 1}",
    "reshape": "reshape: {shape: [16, 128, 64]}",
    "scaled_dot_product_attention": "scaled_dot_product_attention: [input, input, input]",
    "slice": "slice: [0, 16]",
    "sub": "sub: [input, input]",
    "threshold": "threshold: {threshold: 0, value: 0}",
    "unflatten": "unflatten: {shape: [32, 64, 64]}",
    "unfold": "unfold: {k: 3, p: 1}",
    "upsample": "upsample: {scale_factor: 2, mode: bicubic}",
}

_DENSE = [32 * 64 * 64]

# Scores are the square of the positions.
_FEW = [32, 24, 24]

# Wide numbers and few steps: of many, the objects of Python are most of what is measured.
_SEQUENCE = [128, 48]

SHAPES: dict[str, list[int] | dict[str, list[int]]] = {
    "linear": _DENSE,
    "lstm": _SEQUENCE,
    "gru": _SEQUENCE,
    "rnn": _SEQUENCE,
    **{f"{kind}_with_state": {"x": _SEQUENCE, "s": [128]} for kind in ("lstm", "gru", "rnn")},
    # Four neighbours of every tap at every pixel.
    "deform_conv": [32, 32, 32],
    "embedding": [1, 4096],
    "unflatten": _DENSE,
    "attention": _FEW,
    "bilinear": _FEW,
    "fold": [128, 1024],
    "take": [131072],
    "cross_attention": _FEW,
    "scaled_dot_product_attention": _FEW,
    "attention of all positions to all": _FEW,
}

MORE = {
    "a grouped convolution": "conv: {out: 32, k: 3, p: 1, g: 4}",
    "a depthwise convolution": "conv: {out: 32, k: 3, p: 1, g: depthwise}",
    "a dilated convolution": "conv: {out: 32, k: 3, p: 8, d: 8}",
    "a convolution with a mirrored border": "conv: {out: 32, k: 3, p: 1, padding_mode: reflect}",
    "a strided convolution": "conv: {out: 32, k: 7, s: 2, p: 3}",
    "a norm of every element": "layer_norm",
    "attention of all positions to all": "attention: 2",
}


def measured(
    network: convcalc.Network, act: Callable[..., object] = convcalc.run, **options: Any
) -> int:
    """Bytes allocated at most while the network runs."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        act(network, **options)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before


def network_of(kind: str, layer: str) -> convcalc.Network:
    shape = SHAPES.get(kind, [32, 64, 64])
    return convcalc.loads(f"convcalc: 1\ninput: {shape}\nlayers:\n  - {layer}\n")


def positive(network: convcalc.Network) -> NDArray[np.float32] | None:
    """Inputs for a layer that makes no number of a negative one; None where any will do."""
    given, *_, layer = network.graph().nodes
    return np.ones((1, *given.facts.output), np.float32) if layer.layer.wants_positive else None


@pytest.mark.parametrize("kind", [*running(), *MORE])
def test_no_layer_takes_more_than_planned(kind: str) -> None:
    layer = LAYERS.get(kind, MORE.get(kind, kind))
    found = find_kind(kind)
    fields = found.model_fields.values() if found else ()
    assert kind in LAYERS or not any(one.is_required() for one in fields), "add it to LAYERS"
    network = network_of(kind, layer)
    planned = planned_peak(network.graph()).bytes - PROCESS_BYTES
    most = measured(network, inputs=positive(network))
    assert most <= planned
    # At this size a share is the workspace, whatever the layer.
    assert planned - WORKSPACE_BYTES < 3 * most


@pytest.mark.thorough
@pytest.mark.parametrize("kind", [*running(), *MORE])
def test_no_gradient_takes_more_than_planned(kind: str) -> None:
    layer = LAYERS.get(kind, MORE.get(kind, kind))
    network = network_of(kind, layer)
    planned = planned_gradients(network.graph()).bytes - PROCESS_BYTES
    most = measured(network, convcalc.gradients, inputs=positive(network))
    assert most <= planned


@pytest.mark.parametrize(
    ("name", "size", "batch", "most"),
    [
        pytest.param("vgg16", None, 1, 1.2, id="weights", marks=pytest.mark.thorough),
        pytest.param("resnet18", [3, 96, 96], 4, 1.6, id="residual", marks=pytest.mark.thorough),
        pytest.param("unet", [1, 252, 252], 1, 1.6, id="long skips", marks=pytest.mark.thorough),
        pytest.param("mobilenet_v2", [3, 64, 64], 4, 1.6, id="depthwise"),
    ],
)
def test_a_network_takes_what_is_planned_and_not_much_less(
    name: str, size: list[int] | None, batch: int, most: float
) -> None:
    network = convcalc.load(CONFIGS / f"{name}.net.yaml")
    planned = planned_peak(network.graph(size), batch).bytes - PROCESS_BYTES
    tracemalloc.start()
    try:
        convcalc.run(network, input=size, batch=batch)
        _, taken = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken <= planned <= most * taken + WORKSPACE_BYTES


def test_a_run_may_take_half_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    one = graph("relu")
    # The input and the output of 100 numbers, beside what every run takes.
    most = 4 * 200 + FIXED
    monkeypatch.setattr("convcalc.arrays.budget.free_memory", lambda: 2 * most)
    assert check_memory(one).bytes == most
    monkeypatch.setattr("convcalc.arrays.budget.free_memory", lambda: 2 * most - 1)
    with pytest.raises(StackError, match=r"half of the .* that are free"):
        check_memory(one)


@each(
    ("count", "text"),
    [
        (0, "0 B"),
        (1000, "1 kB"),
        (1049, "1 kB"),
        (1050, "1.1 kB"),
        (999_999, "1,000 kB"),
        (10**400, f"{10**391:,} GB"),
    ],
)
def test_bytes_in_words(count: int, text: str) -> None:
    assert format_bytes(count) == text


@each(("layer", "values"), [
    # A scale, a shift, a mean and a variance for each of 8 channels.
    ("batch_norm", 32),
    ("batch_norm: {affine: false}", 16),
    ("layer_norm: {over: channels}", 16),
    ("{conv: {out: 3, k: 1}}", 8 * 3 + 3),
    ("relu", 0),
])  # fmt: skip
def test_what_a_layer_holds(layer: str, values: int) -> None:
    assert weight_values(graph(layer, input="[8, 10, 10]").layers[0]) == values
