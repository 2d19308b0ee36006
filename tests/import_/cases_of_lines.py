"""Networks as they are read, and the lines that are written of them; no blocks."""

from __future__ import annotations

LINES = {
    "a constant is made of nothing before it": (
        """\
input: [24, 10]
layers:
  - {slice: [0, 8], name: first}
  - {constant: [10, 10], name: m}
  - {conv: {out: 8, k: 1}, name: c, from: first}
  - {scaled_dot_product_attention: [c, c, c, m]}
""",
        """\
input: [24, 10]
layers:
  - {slice: [0, 8], name: first}
  - {constant: [10, 10], name: mask}
  - {conv: {out: 8, k: 1}, from: first, name: c}
  - scaled_dot_product_attention: [prev, prev, prev, mask]
expect: {output: [8, 10], params: 72, macs: 2240}
""",
    ),
    "fields in more than a line": (
        """\
input: [8, 32, 32]
layers:
  - conv: {out: 8, kernel_size: [3, 5], stride: [2, 1], padding: [[1, 2], [3, 0]], groups: 4,
     bias: false, padding_mode: reflect}
""",
        """\
input: [8, 32, 32]
layers:
  - conv: {out: 8, k: [3, 5], s: [2, 1], p: [[1, 2], [3, 0]], g: 4, bias: false,
     padding_mode: reflect}
expect: {output: [8, 17, 31], params: 240, macs: 126480}
""",
    ),
    "fields in short": (
        """\
input: [3, 32, 32]
layers:
  - conv: {out_channels: 8, kernel_size: [3, 3], stride: [2, 2], padding: [[1, 1], [1, 1]]}
  - conv: {out_channels: 8, kernel_size: [1, 7], padding: [0, 3], groups: 8, bias: true}
  - max_pool: {kernel_size: [2, 2], stride: [2, 2]}
  - flatten
  - linear: {out_features: 10}
""",
        """\
input: [3, 32, 32]
layers:
  - conv: {out: 8, k: 3, s: 2, p: 1}
  - conv: {out: 8, k: [1, 7], p: half, g: depthwise}
  - max_pool: 2
  - flatten
  - linear: 10
expect: {output: [10], params: 5418, macs: 74752}
""",
    ),
    "runs": (
        """\
input: [8, 16, 16]
layers:
  - {conv: {out: 8, k: 3, p: 1}, repeat: 3}
  - {conv: {out: 16, k: 3, p: 1}}
  - {conv: {out: 32, k: 3, p: 1}}
""",
        """\
input: [8, 16, 16]
layers:
  - {conv: {out: 8, k: 3, p: 1}, repeat: 3}
  - conv: {out: 16, k: 3, p: 1}
  - conv: {out: 32, k: 3, p: 1}
expect: {output: [32, 16, 16], params: 7560, macs: 1916928}
""",
    ),
    "several inputs and outputs": (
        """\
input: {left: [3, 8, 8], "true": [3, 8, 8]}
layers:
  - {conv: {out: 4, k: 3}, from: left, name: a}
  - {conv: {out: 4, k: 3}, from: "true", name: "null"}
  - {sub: [a, "null"], name: difference}
  - relu
outputs: [a, difference]
""",
        """\
input: {left: [3, 8, 8], "true": [3, 8, 8]}
layers:
  - {conv: {out: 4, k: 3}, from: left, name: a}
  - {conv: {out: 4, k: 3}, from: "true", name: "null"}
  - {sub: [a, prev], name: difference}
  - relu
outputs: [a, difference]
expect: {output: [4, 6, 6], params: 224, macs: 7776}
""",
    ),
    "what attention reads is called by what it is to it": (
        """\
input: [8, 6]
layers:
  - {linear: {out: 24, over: channels}, name: linear_9}
  - {split: {parts: 3, part: 0}, name: select}
  - {split: {parts: 3, part: 1}, from: linear_9, name: select_2}
  - {split: {parts: 3, part: 2}, from: linear_9, name: select_3}
  - {parameter: [6, 6], name: branch}
  - scaled_dot_product_attention: [select, select_2, select_3, branch]
""",
        """\
input: [8, 6]
defaults: {split: {parts: 3}}
layers:
  - {linear: {out: 24, over: channels}, name: qkv}
  - {split: {part: 0}, name: q}
  - {split: {part: 1}, from: qkv, name: k}
  - {split: {part: 2}, from: qkv, name: v}
  - parameter: [6, 6]
  - scaled_dot_product_attention: [q, k, v, prev]
expect: {output: [8, 6], params: 252, macs: 1728}
""",
    ),
    "also where it is moved into windows first": (
        """\
input: [8, 4, 4]
layers:
  - {linear: {out: 24, over: channels}, name: linear_9}
  - {split: {parts: 3, part: 0}, name: a}
  - {split: {parts: 3, part: 1}, from: linear_9, name: b}
  - {split: {parts: 3, part: 2}, from: linear_9, name: c}
  - {flatten: {axis: positions}, from: a, name: d}
  - {flatten: {axis: positions}, from: b, name: e}
  - {flatten: {axis: positions}, from: c, name: f}
  - scaled_dot_product_attention: [d, e, f]
""",
        """\
input: [8, 4, 4]
defaults: {flatten: {axis: positions}, split: {parts: 3}}
layers:
  - {linear: {out: 24, over: channels}, name: qkv}
  - {split: {part: 0}, name: q}
  - {split: {part: 1}, from: qkv, name: k}
  - {split: {part: 2}, from: qkv, name: v}
  - {flatten: {}, from: q, name: q_2}
  - {flatten: {}, from: k, name: k_2}
  - {flatten: {}, from: v}
  - scaled_dot_product_attention: [q_2, k_2, prev]
expect: {output: [8, 16], params: 216, macs: 7168}
""",
    ),
    "shortcuts and branches are called so, and nothing else is": (
        """\
input: [16, 8, 8]
layers:
  - {relu: {}, name: relu_7}
  - {global_avg_pool: {keepdim: true}}
  - {conv: {out: 16, k: 1}}
  - {sigmoid: {}}
  - {mul: [prev, relu_7], name: mul_1}
  - {conv: {out: 16, k: 3, p: 1}}
  - {relu: {}, name: relu_8}
  - {conv: {out: 16, k: 3, p: 1}, name: conv_3}
  - {conv: {out: 16, k: 1}, from: mul_1, name: conv_4}
  - {add: [conv_3, conv_4], name: add_1}
  - {slice: [0, 8], name: slice_3}
  - {slice: [8, 16], from: add_1, name: slice_4}
  - {sub: [slice_3, slice_4], name: sub_1}
  - {concat: [slice_4, sub_1, slice_3], name: concat_3}
""",
        """\
input: [16, 8, 8]
layers:
  - {relu: {}, name: main}
  - global_avg_pool: {keepdim: true}
  - conv: {out: 16, k: 1}
  - sigmoid
  - {mul: [prev, main], name: mul}
  - conv: {out: 16, k: 3, p: 1}
  - relu
  - {conv: {out: 16, k: 3, p: 1}, name: main_2}
  - {conv: {out: 16, k: 1}, from: mul}
  - {add: [main_2, prev], name: add}
  - {slice: [0, 8], name: part}
  - {slice: [8, 16], from: add, name: part_2}
  - sub: [part, prev]
  - concat: [part_2, prev, part]
expect: {output: [24, 8, 8], params: 5184, macs: 311552}
""",
    ),
    "branches are numbered as they are joined": (
        """\
input: [16, 8, 8]
layers:
  - {relu: {}, name: relu_7}
  - {conv: {out: 8, k: 1}, name: conv_1}
  - {conv: {out: 4, k: 1}, from: relu_7, name: conv_2}
  - {conv: {out: 8, k: 3, p: 1}, name: conv_3}
  - {max_pool: {k: 3, s: 1, p: 1}, from: relu_7, name: pool_1}
  - {conv: {out: 4, k: 1}, name: conv_4}
  - {concat: [conv_1, conv_3, conv_4], name: concat_1}
  - {conv: {out: 4, k: 1}, name: conv_5}
  - concat: [concat_1, conv_5]
""",
        """\
input: [16, 8, 8]
layers:
  - {relu: {}, name: relu}
  - {conv: {out: 8, k: 1}, name: branch1}
  - {conv: {out: 4, k: 1}, from: relu}
  - {conv: {out: 8, k: 3, p: 1}, name: branch2}
  - {max_pool: {k: 3, s: 1, p: 1}, from: relu}
  - conv: {out: 4, k: 1}
  - {concat: [branch1, branch2, prev], name: skip}
  - conv: {out: 4, k: 1}
  - concat: [skip, prev]
expect: {output: [24, 8, 8], params: 652, macs: 39936}
""",
    ),
    "opaque layers read the layer before, or those that they name": (
        """\
input: [8, 16, 16]
layers:
  - {conv: {out: 8, kernel_size: [3, 5], padding: [[1, 1], [0, 4]], groups: 4,
     bias: false, padding_mode: reflect}}
  - {leaky_relu: 0.25}
  - {conv: {out: 16, kernel_size: [3, 5], padding: [[1, 1], [0, 4]], groups: 4,
     bias: false, padding_mode: reflect}}
  - {leaky_relu: 0.25}
  - {max_pool: 2}
  - {conv: {out: 24, kernel_size: [3, 5], padding: [[1, 1], [0, 4]], groups: 4,
     bias: false, padding_mode: reflect}}
  - {batch_norm: {eps: 0.001, affine: false}}
  - {conv: {out: 32, kernel_size: [3, 5], padding: [[1, 1], [0, 4]], groups: 4,
     bias: false, padding_mode: reflect}}
  - {opaque: {output: [4, 8, 8], params: 10}, name: first}
  - {batch_norm: {eps: 0.001, affine: false}}
  - {opaque: {inputs: [prev, first], output: [5, 8, 8], reads: {k: 3, p: 1}, note: "two of them"}}
""",
        """\
input: [8, 16, 16]
defaults: {conv: {k: [3, 5], p: [[1, 1], [0, 4]], g: 4, bias: false, padding_mode: reflect}}
layers:
  - conv: 8
  - leaky_relu: 0.25
  - conv: 16
  - leaky_relu: 0.25
  - max_pool: 2
  - conv: 24
  - batch_norm: {affine: false, eps: 0.001}
  - conv: 32
  - {opaque: {output: [4, 8, 8], params: 10}, name: first}
  - batch_norm: {affine: false, eps: 0.001}
  - opaque: {output: [5, 8, 8], reads: {k: 3, p: 1}, note: "two of them", inputs: [prev, first]}
expect: {output: [5, 8, 8], params: {min: 5050}, macs: {min: 460800}}
""",
    ),
    "defaults of several kinds in more than a line": (
        """\
input: [8, 16, 16]
layers:
  - {conv: {out: 8, k: [3, 5], p: [[1, 1], [0, 4]], g: 4,
     bias: false, padding_mode: reflect}}
  - relu
  - {conv: {out: 16, k: [3, 5], p: [[1, 1], [0, 4]], g: 4,
     bias: false, padding_mode: reflect}}
  - max_pool: 2
  - {conv: {out: 24, k: [3, 5], p: [[1, 1], [0, 4]], g: 4,
     bias: false, padding_mode: reflect}}
  - sigmoid
  - {conv: {out: 32, k: [3, 5], p: [[1, 1], [0, 4]], g: 4,
     bias: false, padding_mode: reflect}}
  - {conv_transpose: {out: 6, k: [2, 3], s: [1, 2], p: [1, 2], bias: false, g: 2}}
  - tanh
  - {conv_transpose: {out: 4, k: [2, 3], s: [1, 2], p: [1, 2], bias: false, g: 2}}
  - gelu
  - {conv_transpose: {out: 2, k: [2, 3], s: [1, 2], p: [1, 2], bias: false, g: 2}}
  - relu
""",
        """\
input: [8, 16, 16]
defaults:
  conv_transpose: {k: [2, 3], s: [1, 2], p: [1, 2], g: 2, bias: false}
  conv: {k: [3, 5], p: [[1, 1], [0, 4]], g: 4, bias: false, padding_mode: reflect}
layers:
  - conv: 8
  - relu
  - conv: 16
  - max_pool: 2
  - conv: 24
  - sigmoid
  - conv: 32
  - conv_transpose: 6
  - tanh
  - conv_transpose: 4
  - gelu
  - conv_transpose: 2
  - relu
expect: {output: [2, 5, 43], params: 5712, macs: 507528}
""",
    ),
    "numbers and patterns": (
        """\
input: [64, 8, 8]
layers:
  - rearrange: {pattern: "c (h p) (w q) -> (c p q) h w", sizes: {p: 2, q: 2}}
  - batch_norm: {eps: 0.001}
  - leaky_relu: =1/3
  - mul_number: 2.5
  - dropout: 0.1
""",
        """\
input: [64, 8, 8]
layers:
  - rearrange: {pattern: "c (h p) (w q) -> (c p q) h w", sizes: {p: 2, q: 2}}
  - batch_norm: {eps: 0.001}
  - leaky_relu: =1/3
  - mul_number: 2.5
  - dropout: 0.1
expect: {output: [256, 4, 4], params: 512, macs: 0}
""",
    ),
}
