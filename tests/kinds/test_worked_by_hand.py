"""Layers with every number worked by hand, from the papers and PyTorch's documentation.

Each row: a layer as a file writes it, its input, and what comes of it. The sums stand beside.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import convcalc
from convcalc.planning import Row
from tests.each import each

Shape = tuple[int, ...]


class Layer(NamedTuple):
    """A layer in one line, and its input."""

    text: str
    x: Shape


def row(layer: Layer) -> Row:
    text = f"convcalc: 1\ninput: {list(layer.x)}\nlayers:\n  - {layer.text}\n"
    return convcalc.plan(convcalc.loads(text)).rows[-1]


SHAPES = [
    # PyTorch, Conv2d: floor((i + 2p - d(k - 1) - 1) / s + 1).
    (Layer("conv: {out: 33, k: 3, s: 2}", (16, 50, 100)), (33, 24, 49)),
    (Layer("conv: {out: 33, k: [3, 5], s: [2, 1], p: [4, 2]}", (16, 50, 100)), (33, 28, 100)),
    (
        # 50 + 8 - 3*2 - 1 = 51, 51 / 2 + 1 = 26; 100 + 4 - 4 - 1 = 99, 99 + 1 = 100.
        Layer("conv: {out: 33, k: [3, 5], s: [2, 1], p: [4, 2], d: [3, 1]}", (16, 50, 100)),
        (33, 26, 100),
    ),
    (Layer("conv: {out: 33, k: 3, s: 2}", (16, 50)), (33, 24)),
    (
        Layer("conv: {out: 33, k: [3, 5, 2], s: [2, 1, 1], p: [4, 2, 0]}", (16, 10, 50, 100)),
        (33, 8, 50, 99),
    ),
    # Padding words: K = d(k - 1) + 1 = 5.
    (Layer("conv: {out: 1, k: 3, d: 2, p: valid}", (1, 9, 9)), (1, 5, 5)),
    (Layer("conv: {out: 1, k: 3, d: 2, p: half}", (1, 9, 9)), (1, 9, 9)),
    (Layer("conv: {out: 1, k: 3, d: 2, p: full}", (1, 9, 9)), (1, 13, 13)),
    (Layer("conv: {out: 1, k: 4, p: same}", (1, 9, 8)), (1, 9, 8)),
    (Layer("conv: {out: 1, k: 4, s: 3, p: same_upper}", (1, 10, 9)), (1, 4, 3)),
    (Layer("conv: {out: 1, k: 4, s: 3, p: same_lower}", (1, 10, 9)), (1, 4, 3)),
    (Layer("conv: {out: 1, k: 3, d: 2, p: causal}", (1, 9)), (1, 9)),
    # PyTorch, ConvTranspose2d: (i - 1)s - 2p + d(k - 1) + a + 1.
    (Layer("conv_transpose: {out: 33, k: 3, s: 2}", (16, 50, 100)), (33, 101, 201)),
    (
        # 49*2 - 8 + 2 + 1 = 93; 99 - 4 + 4 + 1 = 100.
        Layer("conv_transpose: {out: 33, k: [3, 5], s: [2, 1], p: [4, 2]}", (16, 50, 100)),
        (33, 93, 100),
    ),
    (Layer("conv_transpose: {out: 16, k: 3, s: 2, p: 1, a: 1}", (16, 6, 6)), (16, 12, 12)),
    (Layer("conv_transpose: {out: 1, k: 3, s: 2, p: 1, output_size: 11}", (1, 6, 6)), (1, 11, 11)),
    (
        Layer("conv_transpose: {out: 1, k: 3, s: 2, p: 1, output_size: [11, 12]}", (1, 6, 6)),
        (1, 11, 12),
    ),
    (Layer("conv_transpose: {out: 1, k: 3, s: 1, d: 2, a: 1}", (1, 4)), (1, 9)),
    # Pools: the stride is the kernel; ceil_mode keeps what is left.
    (Layer("max_pool: 3", (2, 10, 11)), (2, 3, 3)),
    (Layer("max_pool: {k: 3, ceil_mode: true}", (2, 10, 11)), (2, 4, 4)),
    (Layer("max_pool: {k: 3, s: 2, p: 1}", (64, 112, 112)), (64, 56, 56)),
    (Layer("max_pool: {k: 3, s: 1, d: 2}", (2, 9)), (2, 5)),
    (Layer("avg_pool: {k: [2, 3], s: 1}", (2, 5, 5)), (2, 4, 3)),
    # The last window would start in the padding: 4 positions by rounding up, 3 by the rule.
    (Layer("avg_pool: {k: 4, s: 4, p: 2, ceil_mode: true}", (2, 9)), (2, 3)),
    (Layer("lp_pool: {k: 2, s: 1}", (2, 5)), (2, 4)),
    (Layer("adaptive_avg_pool: [5, 7]", (64, 8, 9)), (64, 5, 7)),
    (Layer("adaptive_max_pool: [~, 7]", (64, 10, 9)), (64, 10, 7)),
    (Layer("adaptive_avg_pool: 3", (64, 10, 9)), (64, 3, 3)),
    (Layer("global_avg_pool", (64, 10, 9)), (64,)),
    (Layer("global_max_pool: {keepdim: true}", (64, 10, 9, 8)), (64, 1, 1, 1)),
    (Layer("linear: 10", (84,)), (10,)),
    (Layer("glu", (6, 5)), (3, 5)),
    (Layer("swiglu: width", (6, 5, 8)), (6, 5, 4)),
    (Layer("fold: {output_size: [16, 16], k: 2, s: 2}", (48, 64)), (12, 16, 16)),
    (Layer("fold: {output_size: [5], k: 3, p: 1}", (6, 5)), (2, 5)),
    (Layer("global_mean_std_pool", (1500, 200)), (3000,)),
    (Layer("lp_pool: {k: 2, s: 1, p: 1, d: 3}", (2, 5)), (2, 4)),
    (Layer("upsample: {scale_factor: 0.5, mode: area}", (2, 9, 7)), (2, 4, 3)),
    (Layer("pixel_shuffle: {factor: 2, order: dcr}", (8, 3, 3)), (2, 6, 6)),
    (Layer("lstm: {hidden: 64, layers: 2, bidirectional: true}", (64, 100)), (128, 100)),
    (Layer("lstm: {hidden: 64, returns: last}", (64, 100)), (64,)),
    (Layer("lstm: {hidden: 8, proj: 3, bidirectional: true}", (4, 10)), (6, 10)),
    (Layer("lstm: {hidden: 8, proj: 3, bidirectional: true, returns: cells}", (4, 10)), (22, 10)),
    (Layer("embedding: {num: 30522, dim: 768}", (128,)), (768, 128)),
    (Layer("embedding: {num: 10, dim: 3}", (1, 8, 9)), (3, 8, 9)),
    (Layer("parameter: {shape: [768, 1]}", (3, 8)), (768, 1)),
    (Layer("linear: {out: 3072, over: channels}", (768, 197)), (3072, 197)),
    (Layer("attention: {heads: 3, window: 7, out: 64}", (96, 56, 28)), (64, 56, 28)),
    (Layer("cross_attention: {inputs: [input, input], heads: 8}", (256, 100)), (256, 100)),
    # einops' own examples, less the batch: space to depth, patches as tokens, heads apart.
    (
        Layer(
            'rearrange: {pattern: "c (h p) (w q) -> (c p q) h w", sizes: {p: 2, q: 2}}', (64, 8, 8)
        ),
        (256, 4, 4),
    ),
    (Layer('rearrange: "c h w -> c (h w)"', (768, 14, 14)), (768, 196)),
    (Layer('rearrange: {pattern: "(h d) t -> h d t", sizes: {h: 12}}', (768, 64)), (12, 64, 64)),
    # einops' examples of `repeat`, less the batch: a grey map as colours, pixels as blocks.
    (Layer('broadcast: {pattern: "h w -> c h w", sizes: {c: 3}}', (30, 40)), (3, 30, 40)),
    (
        Layer('broadcast: {pattern: "c h w -> c (h p) (w q)", sizes: {p: 2, q: 2}}', (3, 30, 40)),
        (3, 60, 80),
    ),
    (Layer('broadcast: {pattern: "c 1 w -> c h w", sizes: {h: 5}}', (3, 1, 4)), (3, 5, 4)),
    (Layer('reduce: "c h w -> c"', (64, 8, 8)), (64,)),
    (Layer('reduce: "c h w -> c 1 1"', (64, 8, 8)), (64, 1, 1)),
    (Layer("permute: [2, 0, 1]", (3, 224, 192)), (192, 3, 224)),
    (Layer("roll: [-3, 3]", (96, 56, 56)), (96, 56, 56)),
    (Layer("flip: width", (3, 5, 7)), (3, 5, 7)),
    (Layer("split: {parts: 3, part: 2}", (192, 64)), (64, 64)),
    (Layer("concat: {inputs: [input, input, input], axis: positions}", (4, 100)), (4, 300)),
    (Layer("slice: {span: [0, 1], axis: positions}", (768, 197)), (768, 1)),
    (Layer("flatten: positions", (256, 25, 34)), (256, 850)),
    (Layer("cumsum: width", (2, 5, 7)), (2, 5, 7)),
    (Layer("flatten", (16, 5, 5)), (400,)),
    (Layer("unflatten: [16, 5, 5]", (400,)), (16, 5, 5)),
    (Layer("reshape: [8, -1, 10]", (16, 5, 5)), (8, 5, 10)),
    (Layer("pad: [[1, 2], [0, 3]]", (2, 5, 5)), (2, 8, 8)),
    (Layer("crop: [[1, 2], [0, 3]]", (2, 5, 5)), (2, 2, 2)),
    (Layer("upsample: 2", (2, 5, 7)), (2, 10, 14)),
    (Layer("upsample: {scale_factor: [2, 1.5]}", (2, 5, 7)), (2, 10, 10)),
    (Layer("upsample: {output_size: [3, 9], mode: bilinear}", (2, 5, 7)), (2, 3, 9)),
    (Layer("pixel_shuffle: 3", (9, 4, 4)), (1, 12, 12)),
    (Layer("pixel_unshuffle: 3", (1, 12, 12)), (9, 4, 4)),
    (Layer("pixel_shuffle: 2", (8, 2, 2, 2)), (1, 4, 4, 4)),
    (Layer("slice: [1, 3]", (4, 5)), (2, 5)),
    # PyTorch, Unfold: [C * prod(k), L]; 5 * 6 values at 2 * 2 positions.
    (Layer("unfold: [2, 3]", (5, 3, 4)), (30, 4)),
]  # fmt: skip


@each(("layer", "output"), SHAPES, ids=lambda value: getattr(value, "text", value))
def test_output(layer: Layer, output: Shape) -> None:
    assert row(layer).output == output


_PRODUCT = "scaled_dot_product_attention"
COUNTS = [
    # params, buffers, macs
    # 11*11*3*64 + 64; times 55*55 positions.
    (Layer("conv: {out: 64, k: 11, s: 4, p: 2}", (3, 224, 224)), 23296, 0, 23232 * 3025),
    # Depthwise: 1*3*3*32; each output position once.
    (Layer("conv: {out: 32, k: 3, p: 1, g: depthwise, bias: false}", (32, 9, 9)), 288, 0, 288 * 81),
    # Two filters a channel: 9*64 + 64.
    (Layer("conv: {out: 64, k: 3, g: 32}", (32, 5, 5)), 18 * 32 + 64, 0, 576 * 9),
    # AlexNet's grouped second layer (Krizhevsky et al.): 5*5*48*256.
    (Layer("conv: {out: 256, k: 5, p: 2, g: 2}", (96, 27, 27)), 307200 + 256, 0, 307200 * 729),
    (Layer("conv: {out: 4, k: [1, 3, 3]}", (2, 4, 5, 5)), 2 * 9 * 4 + 4, 0, 72 * 4 * 3 * 3),
    # DCGAN: 100*512*4*4, applied at the single input position, not at the 16 outputs.
    (Layer("conv_transpose: {out: 512, k: 4, bias: false}", (100, 1, 1)), 819200, 0, 819200),
    (Layer("conv_transpose: {out: 4, k: 3, s: 2, g: 2}", (6, 5)), 6 * 2 * 3 + 4, 0, 36 * 5),
    (Layer("linear: 4096", (25088,)), 102764544, 0, 102760448),
    (Layer("linear: {out: 10, bias: false}", (84,)), 840, 0, 840),
    # At each of 197 positions the same 768 * 3072 weights.
    (
        Layer("linear: {out: 3072, over: channels}", (768, 197)),
        768 * 3072 + 3072, 0, 197 * 768 * 3072,
    ),
    # 4 E^2 + 4 E = 2,362,368; 4 N E^2 + 2 N^2 E = 524,391,936.
    (Layer("attention: 12", (768, 197)), 2362368, 0, 524391936),
    # The heads share the channels: neither count knows of them.
    (Layer("attention: 4", (100, 1000)), 40400, 0, 240000000),
    (Layer("attention: 10", (100, 1000)), 40400, 0, 240000000),
    # Swin's window: 4 * 96^2 + 4 * 96 + 13^2 * 3; 4 N E^2 + 2 N 49 E with N = 3136.
    (
        Layer(
            "attention: {heads: 3, window: 7, shift: 3, relative_positions: table}", (96, 56, 56)
        ),
        37755, 0, 4 * 3136 * 96**2 + 2 * 3136 * 49 * 96,
    ),
    # Two heads of keys for eight: q and out 64 * 64, k and v 64 * 16 each.
    (
        Layer("attention: {heads: 8, kv_heads: 2, bias: false, out_bias: false}", (64, 10)),
        2 * 64 * 64 + 2 * 64 * 16, 0, 10 * (2 * 64 * 64 + 2 * 64 * 16) + 2 * 100 * 64,
    ),
    # PyTorch: 4 heads of 3 on 5 channels, to 7: 5*36 + 36 in, 12*7 + 7 out.
    (
        Layer("attention: {heads: 4, head_size: 3, out: 7}", (5, 2)),
        216 + 91, 0, 2 * (180 + 84) + 96,
    ),
    (Layer(f"{_PRODUCT}: {{inputs: [input, input, input], heads: 12}}", (768, 64)), 0, 0, 6291456),
    # The mask hides half, and is no discount.
    (
        Layer(f"{_PRODUCT}: {{inputs: [input, input, input], causal: true}}", (768, 64)),
        0, 0, 6291456,
    ),
    # m = n = 9 and k = 4; the sizes of all names.
    (Layer("matmul: {inputs: [input, input], transpose: first}", (4, 9)), 0, 0, 9 * 4 * 9),
    # A leading axis of 1 on both sides is one product.
    (Layer("matmul: {inputs: [input, input], transpose: first}", (1, 4, 9)), 0, 0, 9 * 4 * 9),
    (
        Layer('einsum: {inputs: [input, input], equation: "c h w, c h k -> c w k"}', (2, 32, 40)),
        0, 0, 2 * 32 * 40 * 40,
    ),
    (Layer('reduce: "c h w -> c"', (64, 8, 8)), 0, 0, 0),
    (Layer("batch_norm", (64, 7, 7)), 128, 128, 0),
    (Layer("batch_norm: {affine: false}", (64, 7, 7)), 0, 128, 0),
    (Layer("instance_norm", (64, 7, 7)), 0, 0, 0),
    (Layer("instance_norm: {affine: true}", (64, 7, 7)), 128, 0, 0),
    (Layer("group_norm: 8", (64, 7, 7)), 128, 0, 0),
    (Layer("layer_norm: channels", (64, 7, 7)), 128, 0, 0),
    (Layer("layer_norm", (64, 7, 7)), 2 * 64 * 49, 0, 0),
    (Layer("rms_norm", (64, 7, 7)), 64, 0, 0),
    (Layer("rms_norm: {over: all}", (64, 7, 7)), 64 * 49, 0, 0),
    (Layer("global_response_norm", (384, 7, 7)), 768, 0, 0),
    (Layer("l2_normalize", (64, 7, 7)), 0, 0, 0),
    (Layer("prelu", (64, 7, 7)), 1, 0, 0),
    (Layer("prelu: channels", (64, 7, 7)), 64, 0, 0),
    (Layer("scale", (96, 7, 7)), 96, 0, 0),
    # 4 * 64 * (64 + 64 + 2), and 4 * 64 * 128 at each of 100 steps.
    (Layer("lstm: 64", (64, 100)), 33280, 0, 3276800),
    (Layer("lstm: {hidden: 64, returns: last}", (64, 100)), 33280, 0, 3276800),
    # Both directions, and the second layer reads 128: 2 * 33280 + 2 * 4 * 64 * (128 + 64 + 2).
    (Layer("lstm: {hidden: 64, layers: 2, bidirectional: true}", (64, 100)), 165888, 0, 16384000),
    # 4 * 8 * (4 + 3 + 2) and 3 * 8 for the projection; 10 * (4 * 8 * 7 + 24).
    (Layer("lstm: {hidden: 8, proj: 3}", (4, 10)), 312, 0, 2480),
    (Layer("gru: 64", (64, 100)), 24960, 0, 2457600),
    # 3 gates of 64 (64 + 64 + 2), and 2 of them see 64 cells.
    (Layer("lstm: {hidden: 64, coupled: true, peepholes: true}", (64, 100)), 25088, 0, 2457600),
    (Layer("rnn: 64", (64, 100)), 8320, 0, 819200),
    (Layer("rnn: {hidden: 64, bias: false}", (64, 100)), 8192, 0, 819200),
    (Layer("embedding: {num: 30522, dim: 768}", (128,)), 23440896, 0, 0),
    (Layer("parameter: {shape: [768, 1]}", (768, 196)), 768, 0, 0),
    (Layer("constant: {shape: [768, 196]}", (768, 196)), 0, 768 * 196, 0),
    (Layer("constant: {shape: [768, 196], value: 0}", (768, 196)), 0, 0, 0),
    (Layer("scale: {bias: true}", (96, 7, 7)), 192, 0, 0),
    (Layer("bias", (768, 197)), 768, 0, 0),
    (Layer("bias: all", (768, 197)), 768 * 197, 0, 0),
    (Layer("relu", (64, 7, 7)), 0, 0, 0),
]  # fmt: skip


@each(
    ("layer", "params", "buffers", "macs"), COUNTS, ids=lambda value: getattr(value, "text", value)
)
def test_counts(layer: Layer, params: int, buffers: int, macs: int) -> None:
    found = row(layer)
    assert (found.params, found.buffers, found.macs) == (params, buffers, macs)
    assert found.flops == 2 * macs


WORK: list[tuple[Layer, dict[str, int]]] = [
    (Layer("conv: {out: 4, k: 3}", (2, 5, 5)), {"bias": 4 * 9}),
    (Layer("conv: {out: 4, k: 3, bias: false}", (2, 5, 5)), {}),
    (Layer("conv_transpose: {out: 4, k: 2, s: 2}", (2, 3)), {"bias": 4 * 6}),
    (Layer("linear: 7", (3,)), {"bias": 7}),
    # 2 heads of 3 x 3 scores: 5 operations each, 1 for the mask; a bias for q, k, v and the output.
    (
        Layer("attention: {heads: 2, causal: true}", (4, 3)),
        {"bias": 4 * 4 * 3, "activation": 5 * 18, "merge": 18},
    ),
    (Layer("batch_norm", (2, 5, 5)), {"norm": 100}),
    (Layer("local_response_norm: 5", (2, 5, 5)), {"norm": 7 * 50}),
    (Layer("rms_norm", (2, 5, 5)), {"norm": 100}),
    (Layer("l2_normalize", (2, 5, 5)), {"norm": 50}),
    (Layer("global_response_norm", (2, 5, 5)), {"norm": 100}),
    (Layer("scale", (2, 5, 5)), {"norm": 50}),
    (Layer("relu", (2, 5, 5)), {"activation": 50}),
    (Layer("leaky_relu: 0.2", (2, 5, 5)), {"activation": 50}),
    (Layer("softmax", (10,)), {"activation": 50}),
    (Layer("glu", (4, 5)), {"activation": 20}),
    # 3 steps of 2 numbers: 5 functions, 8 sums and products, 2 biases for 4 gates.
    (Layer("lstm: 2", (4, 3)), {"activation": 30, "merge": 48, "bias": 48}),
    (Layer("gru: {hidden: 2, bias: false}", (4, 3)), {"activation": 18, "merge": 48}),
    (
        Layer("rnn: {hidden: 2, bidirectional: true}", (4, 3)),
        {"activation": 12, "merge": 12, "bias": 24},
    ),
    (Layer("swiglu", (4, 5)), {"activation": 20}),
    (Layer("scale: {bias: true}", (2, 5)), {"norm": 10, "bias": 10}),
    (Layer("bias: all", (2, 5)), {"bias": 10}),
    (Layer("mul_number: 0.125", (2, 5)), {"merge": 10}),
    (Layer("div_number: 41", (2, 5)), {"merge": 10}),
    (Layer("gelu: tanh", (2, 5)), {"activation": 10}),
    (Layer("max_pool: {k: 3, s: 2}", (2, 7)), {"pool": 2 * 3 * 3}),
    (Layer("global_avg_pool", (2, 5, 5)), {"pool": 50}),
    # Bins of 5 pixels in 3: 2 + 3 + 2 = 7, on both axes.
    (Layer("adaptive_avg_pool: 3", (2, 5, 5)), {"pool": 2 * 49}),
    (Layer("upsample: 2", (2, 3, 3)), {"upsample": 72}),
    (Layer("upsample: {scale_factor: 2, mode: bilinear}", (2, 3, 3)), {"upsample": 4 * 72}),
    (Layer("upsample: {scale_factor: 2, mode: bicubic}", (2, 3, 3)), {"upsample": 16 * 72}),
    (Layer("add: [input, input, input]", (2, 3)), {"merge": 12}),
    (Layer("concat: [input, input]", (2, 3)), {}),
    (Layer("dropout", (2, 3)), {}),
]


@each(("layer", "work"), WORK, ids=lambda value: getattr(value, "text", value))
def test_elementwise_work(layer: Layer, work: dict[str, int]) -> None:
    assert {name: count for name, count in row(layer).elementwise.items() if count} == work


RESOLVED: list[tuple[Layer, dict[str, Any]]] = [
    (
        Layer("conv: {out: 8, k: 3, s: 2, p: same_upper}", (4, 8, 9)),
        # P = (ceil(i / 2) - 1) 2 + 3 - i: 1 for 8 and 2 for 9.
        {
            "out_channels": 8, "kernel_size": [3, 3], "stride": [2, 2],
            "padding": [[0, 1], [1, 1]], "dilation": [1, 1], "groups": 1, "bias": True,
            "padding_mode": "zeros",
        },
    ),
    (
        Layer("max_pool: [2, 3]", (4, 8, 9)),
        {
            "kernel_size": [2, 3], "stride": [2, 3], "padding": [[0, 0], [0, 0]],
            "dilation": [1, 1], "ceil_mode": False,
        },
    ),
    (Layer("adaptive_avg_pool: [~, 2]", (4, 8, 9)), {"output_size": [8, 2]}),
    (Layer("crop: 1", (4, 8, 9)), {"padding": [[1, 1], [1, 1]]}),
    (Layer("batch_norm", (4,)), {"affine": True, "eps": 1e-5}),
    (Layer("layer_norm: {eps: 1e-6}", (4,)), {"over": "all", "affine": True, "eps": 1e-6}),
    (Layer("dropout: 0.2", (4,)), {"p": 0.2}),
    (Layer("leaky_relu", (4,)), {"negative_slope": 0.01}),
    (Layer("leaky_relu: 0.2", (4,)), {"negative_slope": 0.2}),
    (Layer("leaky_relu: {negative_slope: =2-1}", (4,)), {"negative_slope": 1}),
]  # fmt: skip


@each(("layer", "fields"), RESOLVED, ids=lambda value: getattr(value, "text", value))
def test_resolved_fields(layer: Layer, fields: dict[str, Any]) -> None:
    assert row(layer).fields == fields


def test_depthwise_resolves_to_the_number_of_channels() -> None:
    assert row(Layer("conv: {out: 8, k: 1, g: depthwise}", (4, 8))).fields["groups"] == 4
