"""Networks as they are read that have blocks, and the files that are written of them."""

from __future__ import annotations

BLOCKS = {
    "a depthwise convolution begins a unit, as papers draw it": (
        """\
input: [3, 64, 64]
layers:
  - conv: {out: 8, k: 3, s: 2, p: 1}
  - relu
  - conv: {out: 8, k: 3, p: 1, g: 8}
  - relu
  - conv: {out: 16, k: 1}
  - relu
  - conv: {out: 16, k: 3, s: 2, p: 1, g: 16}
  - relu
  - conv: {out: 32, k: 1}
  - relu
  - conv: {out: 32, k: 3, p: 1, g: 32}
  - relu
  - conv: {out: 32, k: 1}
  - relu
  - conv: {out: 32, k: 3, s: 2, p: 1, g: 32}
  - relu
  - conv: {out: 64, k: 1}
  - relu
""",
        """\
input: [3, 64, 64]
blocks:
  separable:
    args: {c: ~, s: 1}
    layers:
      - conv: {out: =cin, k: 3, s: =s, p: 1, g: depthwise}
      - relu
      - conv: {out: =c, k: 1}
      - relu
layers:
  - conv: {out: 8, k: 3, s: 2, p: 1}
  - relu
  - {separable: {}, each: {c: [16, 32, 32, 64], s: [1, 2, 1, 2]}}
expect: {output: [64, 8, 8], params: 4960, macs: 1079296}
""",
    ),
    "units with and without expansion and shortcut are one block": (
        """\
input: [3, 64, 64]
layers:
  - conv: {out: 16, k: 3, s: 2, p: 1}
  - {relu6: {}, name: u0_act}
  - {conv: {out: 16, k: 3, p: 1, g: 16}, name: u1_spatial}
  - {relu6: {}, name: u1_act}
  - {conv: {out: 24, k: 1}, name: u1_project}
  - {conv: {out: 144, k: 1}, name: u2_expand}
  - {relu6: {}, name: u2_relu}
  - {conv: {out: 144, k: 3, p: 1, g: 144}, name: u2_spatial}
  - {relu6: {}, name: u2_act}
  - {conv: {out: 24, k: 1}, name: u2_project}
  - {add: [u1_project, prev], name: u2_add}
  - {conv: {out: 144, k: 1}, name: u3_expand}
  - {relu6: {}, name: u3_relu}
  - {conv: {out: 144, k: 3, s: 2, p: 1, g: 144}, name: u3_spatial}
  - {relu6: {}, name: u3_act}
  - {conv: {out: 32, k: 1}, name: u3_project}
  - {conv: {out: 192, k: 1}, name: u4_expand}
  - {relu6: {}, name: u4_relu}
  - {conv: {out: 192, k: 3, p: 1, g: 192}, name: u4_spatial}
  - {relu6: {}, name: u4_act}
  - {conv: {out: 32, k: 1}, name: u4_project}
  - {add: [u3_project, prev], name: u4_add}
""",
        """\
input: [3, 64, 64]
blocks:
  u:
    args: {c: ~, expand: true, s: 1, residual: =cin==c}
    layers:
      - {conv: {out: =6*cin, k: 1}, if: =expand}
      - {relu6: {}, if: =expand}
      - {conv: {out: =cin, k: 3, s: =s, p: 1, g: depthwise}, name: spatial}
      - relu6
      - {conv: {out: =c, k: 1}, name: project}
      - {add: [prev, in], if: =residual}
layers:
  - conv: {out: 16, k: 3, s: 2, p: 1}
  - relu6
  - {u: {}, each: {c: [24, 24, 32, 32], expand: [false, true, true, true], s: [1, 1, 2, 1]}}
expect: {output: [32, 16, 16], params: 33648, macs: 18026496}
""",
    ),
    "queries and keys are turned by one block, which tables are handed to": (
        """\
input: [8, 6]
layers:
  - {constant: [8, 6], name: c}
  - {constant: [8, 6], name: s}
  - {linear: {out: 8, over: channels}, from: input, name: q}
  - {linear: {out: 8, over: channels}, from: input, name: k}
  - {mul: [q, c], name: q1}
  - {split: {parts: 2, part: 0}, from: q, name: q2}
  - {split: {parts: 2, part: 1}, from: q, name: q3}
  - {mul_number: -1, name: q4}
  - {concat: [q4, q2], name: q5}
  - {mul: [q5, s], name: q6}
  - {add: [q1, q6], name: q7}
  - {mul: [k, c], name: k1}
  - {split: {parts: 2, part: 0}, from: k, name: k2}
  - {split: {parts: 2, part: 1}, from: k, name: k3}
  - {mul_number: -1, name: k4}
  - {concat: [k4, k2], name: k5}
  - {mul: [k5, s], name: k6}
  - {add: [k1, k6], name: k7}
  - {linear: {out: 8, over: channels}, from: input, name: v}
  - scaled_dot_product_attention: [q7, k7, v]
""",
        """\
input: [8, 6]
defaults: {linear: {over: channels}}
blocks:
  rotary:
    args: [table, table2]
    layers:
      - {mul: [prev, =table], name: mul}
      - {split: {parts: 2, part: 0}, from: in, name: part}
      - {split: {parts: 2, part: 1}, from: in}
      - mul_number: -1
      - concat: [prev, part]
      - mul: [prev, =table2]
      - add: [mul, prev]
layers:
  - {constant: [8, 6], name: table}
  - {constant: [8, 6], name: table2}
  - {linear: 8, from: input, name: q}
  - {linear: 8, from: input, name: k}
  - {rotary: {table: table, table2: table2}, from: q, name: q_2}
  - {rotary: {table: table, table2: table2}, from: k, name: k_2}
  - {linear: 8, from: input, name: v}
  - scaled_dot_product_attention: [q_2, k_2, prev]
expect: {output: [8, 6], params: 216, macs: 1728}
""",
    ),
    "whatever is longer than a line goes on below where it began": (
        """\
input: {the_input_number_0: [8, 16, 16], the_input_number_1: [8, 16, 16],
  the_input_number_2: [8, 16, 16], the_input_number_3: [8, 16, 16],
  the_input_number_4: [8, 16, 16]}
blocks:
  quite_a_unit:
    layers:
      - {conv: {out: 8, kernel_size: [3, 5], padding: [[1, 1], [0, 4]], groups: 4,
         bias: false, padding_mode: reflect}, name: from_the_input}
      - {conv: {out: 8, kernel_size: [3, 5], padding: [[1, 1], [0, 4]], groups: 4,
         bias: false, padding_mode: reflect}}
      - {conv: {out: 8, k: 1}, from: in}
      - add: [prev, from_the_input]
layers:
  - {relu: {}, name: result_of_branch_0, from: the_input_number_0}
  - {relu: {}, name: result_of_branch_1, from: the_input_number_1}
  - {relu: {}, name: result_of_branch_2, from: the_input_number_2}
  - {relu: {}, name: result_of_branch_3, from: the_input_number_3}
  - {relu: {}, name: result_of_branch_4, from: the_input_number_4}
  - {concat: [result_of_branch_0, result_of_branch_1, result_of_branch_2, result_of_branch_3,
     result_of_branch_4], name: joined_from_all_of_the_branches}
  - {linear: {out: 8, over: channels}}
  - {quite_a_unit: {}, repeat: 3, name: units}
outputs: [result_of_branch_0, result_of_branch_1, result_of_branch_2, result_of_branch_3,
  result_of_branch_4, units.2]
""",
        """\
input: {the_input_number_0: [8, 16, 16], the_input_number_1: [8, 16, 16],
        the_input_number_2: [8, 16, 16], the_input_number_3: [8, 16, 16],
        the_input_number_4: [8, 16, 16]}
blocks:
  quite_a_unit:
    layers:
      - {conv: {out: 8, k: [3, 5], p: [[1, 1], [0, 4]], g: 4, bias: false, padding_mode: reflect},
         name: from_the_input}
      - conv: {out: 8, k: [3, 5], p: [[1, 1], [0, 4]], g: 4, bias: false, padding_mode: reflect}
      - {conv: {out: 8, k: 1}, from: in}
      - add: [prev, from_the_input]
layers:
  - {relu: {}, from: the_input_number_0, name: result_of_branch_0}
  - {relu: {}, from: the_input_number_1, name: result_of_branch_1}
  - {relu: {}, from: the_input_number_2, name: result_of_branch_2}
  - {relu: {}, from: the_input_number_3, name: result_of_branch_3}
  - {relu: {}, from: the_input_number_4, name: result_of_branch_4}
  - concat: [result_of_branch_0, result_of_branch_1, result_of_branch_2, result_of_branch_3, prev]
  - linear: {out: 8, over: channels}
  - {quite_a_unit: {}, repeat: 3, name: units}
outputs: [result_of_branch_0, result_of_branch_1, result_of_branch_2, result_of_branch_3,
          result_of_branch_4, units]
expect: {output: [8, 16, 16], params: 1984, macs: 499712}
""",
    ),
    "two units of a run read a layer each": (
        """\
input: {x: [8, 6], a: [8, 6], b: [8, 6]}
blocks:
  turn:
    args: [s, c]
    layers: [{conv: {out: =c, k: 1}}, relu, {concat: [prev, =s]}, {conv: {out: 8, k: 1}}, sigmoid]
layers:
  - {turn: {s: a, c: 8}, from: x, name: d0}
  - {turn: {s: b, c: 16}, name: d1}
""",
        """\
input: {x: [8, 6], a: [8, 6], b: [8, 6]}
blocks:
  turn:
    args: [skip, c]
    layers:
      - conv: {out: =c, k: 1}
      - relu
      - concat: [prev, =skip]
      - conv: {out: 8, k: 1}
      - sigmoid
layers:
  - {turn: {}, from: x, each: {c: [8, 16], skip: [a, b]}, name: d}
expect: {output: [8, 6], params: 552, macs: 3072}
""",
    ),
    "a cell that reads its own state": (
        """\
input: {x: [2, 4], h: [6]}
blocks:
  grucell:
    args: [s]
    layers:
      - {linear: 6, name: read}
      - {linear: 6, from: =s, name: kept}
      - add: [read, kept]
      - {sigmoid: {}, name: gate}
      - mul: [gate, kept]
      - add: [read, prev]
      - {tanh: {}, name: new}
      - sub: [=s, prev]
      - mul: [gate, prev]
      - add: [prev, new]
layers:
  - {split: {parts: 2, part: 0}, from: x}
  - flatten
  - {grucell: {s: h}, name: a}
  - {split: {parts: 2, part: 1}, from: x}
  - flatten
  - {grucell: {s: a}, name: b, weights: a}
""",
        """\
input: {x: [2, 4], h: [6]}
blocks:
  grucell:
    args: [state]
    layers:
      - {linear: 6, name: read}
      - {linear: 6, from: =state, name: kept}
      - add: [read, prev]
      - {sigmoid: {}, name: gate}
      - mul: [prev, kept]
      - add: [prev, read]
      - {tanh: {}, name: new}
      - sub: [=state, prev]
      - mul: [prev, gate]
      - add: [prev, new]
layers:
  - {split: {parts: 2, part: 0}, from: x}
  - flatten
  - {grucell: {state: h}, name: a}
  - {split: {parts: 2, part: 1}, from: x}
  - flatten
  - {grucell: {state: a}, name: b, weights: a}
expect: {output: [6], params: 72, macs: 120}
""",
    ),
    "a cell that reads an input, and what comes of its state": (
        """\
input: {x: [2, 4], h: [6]}
blocks:
  grucell:
    args: [s]
    layers:
      - {linear: 6, name: read}
      - {linear: 6, from: =s, name: kept}
      - add: [read, kept]
      - {sigmoid: {}, name: gate}
      - mul: [gate, kept]
      - add: [read, prev]
      - {tanh: {}, name: new}
      - sub: [=s, prev]
      - mul: [gate, prev]
      - add: [prev, new]
layers:
  - {split: {parts: 2, part: 0}, from: x}
  - flatten
  - {grucell: {s: h}, name: a}
  - {split: {parts: 2, part: 1}, from: x}
  - flatten
  - {relu: {}, name: read}
  - {relu: {}, from: a, name: s}
  - {grucell: {s: s}, from: read, name: b, weights: a}
""",
        """\
input: {x: [2, 4], h: [6]}
blocks:
  grucell:
    args: [h]
    layers:
      - {linear: 6, name: read}
      - {linear: 6, from: =h, name: kept}
      - add: [read, prev]
      - {sigmoid: {}, name: gate}
      - mul: [prev, kept]
      - add: [prev, read]
      - {tanh: {}, name: new}
      - sub: [=h, prev]
      - mul: [prev, gate]
      - add: [prev, new]
layers:
  - {split: {parts: 2, part: 0}, from: x}
  - flatten
  - {grucell: {h: h}, name: a}
  - {split: {parts: 2, part: 1}, from: x}
  - flatten
  - {relu: {}, name: read}
  - {relu: {}, from: a, name: s}
  - {grucell: {h: s}, from: read, name: b, weights: a}
expect: {output: [6], params: 72, macs: 120}
""",
    ),
}
