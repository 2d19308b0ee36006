"""The whole format, feature by feature, against shapes worked by hand.

`rows` gives the names and output shapes of a file's layers, as a table would show them.
"""

from __future__ import annotations

import pytest

import convcalc
from tests.each import each

Row = tuple[str, str]

HEAD = "convcalc: 1\ninput: [3, 32, 32]\n"


def rows(text: str, **overrides: object) -> list[Row]:
    plan = convcalc.plan(convcalc.loads(text), **overrides)  # type: ignore[arg-type]
    return [(row.name, "x".join(map(str, row.output))) for row in plan.rows]


def layers(text: str, head: str = HEAD) -> str:
    return head + "layers:\n" + text


NAMES = [
    pytest.param(
        "  - relu\n  - relu\n  - conv: {out: 8, k: 1}\n  - relu\n",
        ["relu_1", "relu_2", "conv_1", "relu_3"],
        id="unnamed layers are counted by kind",
    ),
    pytest.param(
        "  - {relu: {}, name: first}\n  - relu\n",
        ["first", "relu_2"],
        id="a named layer counts too",
    ),
    pytest.param(
        "  - {relu: {}, name: relu_2}\n  - relu\n  - relu\n",
        ["relu_2", "relu_3", "relu_4"],
        id="made-up names step aside for written ones",
    ),
    pytest.param(
        "  - {relu: {}, repeat: 3}\n  - relu\n",
        ["relu_1.0", "relu_1.1", "relu_1.2", "relu_2"],
        id="a series is numbered from 0",
    ),
    pytest.param(
        "  - {relu: {}, repeat: 1, name: act}\n",
        ["act.0"],
        id="a series of one is numbered as well",
    ),
    pytest.param(
        "  - {relu: {}, repeat: 0, name: none}\n  - {tanh: {}, from: none}\n",
        ["tanh_1"],
        id="a series of none is its input",
    ),
    pytest.param(
        "  - {relu: {}, name: A-b_3}\n",
        ["A-b_3"],
        id="letters, digits, underscore and hyphen",
    ),
    pytest.param(
        "  - {relu: ~, note: any words}\n  - {relu: {}, note: [1, {two: 3}]}\n",
        ["relu_1", "relu_2"],
        id="notes are free",
    ),
]


@each(("text", "names"), NAMES)
def test_names(text: str, names: list[str]) -> None:
    assert [name for name, _ in rows(layers(text))] == names


FIELDS = [
    pytest.param("conv: {out: 8, k: 3}", "8x30x30", id="short names"),
    pytest.param(
        "conv: {out_channels: 8, kernel_size: 3, stride: 2, padding: 1, dilation: 1, groups: 1}",
        "8x16x16",
        id="PyTorch's names",
    ),
    pytest.param("conv: {out: 8, k: [1, 5], s: [2, 1]}", "8x16x28", id="one value an axis"),
    # (32 + 0 + 1 - 3) // 1 + 1 = 31, (32 + 2 + 2 - 3) // 1 + 1 = 34.
    pytest.param("conv: {out: 8, k: 3, p: [[0, 1], [2, 2]]}", "8x31x34", id="pairs of padding"),
    pytest.param("conv: {out: 8, k: 3, p: [0, 1]}", "8x30x32", id="padding an axis"),
    # d(k - 1) + 1 = 5: 32 - 5 + 1.
    pytest.param("conv: {out: 8, k: 3, d: 2}", "8x28x28", id="dilation"),
    pytest.param("conv: {out: 6, k: 1, g: depthwise}", "6x32x32", id="depthwise"),
    pytest.param("max_pool: 2", "3x16x16", id="a scalar fills the main field"),
    pytest.param("max_pool: [2, 4]", "3x16x8", id="a list fills the main field"),
    pytest.param("linear: {out: 10}", "10", id="linear after a vector"),
]


@each(("layer", "shape"), FIELDS)
def test_fields(layer: str, shape: str) -> None:
    text = layers(f"  - {layer}\n")
    if layer.startswith("linear"):
        text = text.replace("[3, 32, 32]", "[7]")
    assert rows(text)[-1][1] == shape


def test_a_scalar_main_field_with_the_rest_from_defaults() -> None:
    text = "convcalc: 1\ninput: [3, 8, 8]\ndefaults: {conv: {k: 3, p: half}}\n"
    assert rows(layers("  - conv: 5\n", text)) == [("conv_1", "5x8x8")]


def test_defaults_give_way_to_what_a_layer_says() -> None:
    head = HEAD + "vars: {w: 4}\ndefaults: {conv: {out: =w*2, k: 3, p: 1}, max_pool: {k: 2}}\n"
    text = layers("  - conv\n  - conv: {out: 5}\n  - max_pool\n  - max_pool: 4\n", head)
    assert [shape for _, shape in rows(text)] == ["8x32x32", "5x32x32", "5x16x16", "5x4x4"]


def test_a_default_in_the_other_spelling_gives_way_too() -> None:
    head = HEAD + "defaults: {conv: {kernel_size: 3}}\n"
    assert rows(layers("  - conv: {out: 5, k: 1}\n", head)) == [("conv_1", "5x32x32")]


REFERENCES = [
    pytest.param(
        "  - {conv: {out: 8, k: 3}, name: a}\n  - {conv: {out: 9, k: 1}, from: input}\n",
        ["input", "input"],
        id="from the network's input",
    ),
    pytest.param(
        "  - {relu: {}, name: a}\n  - relu\n  - {tanh: {}, from: a}\n  - relu\n",
        ["input", "a", "a", "tanh_1"],
        id="from a name, and on from there",
    ),
    pytest.param("  - relu\n  - {relu: {}, from: prev}\n", ["input", "relu_1"], id="from prev"),
    pytest.param(
        "  - {relu: {}, repeat: 2, name: s}\n  - relu\n  - {tanh: {}, from: s}\n",
        ["input", "s.0", "s.1", "s.1"],
        id="a series' name is its last layer",
    ),
    pytest.param(
        "  - {relu: {}, name: a}\n  - tanh\n  - {sigmoid: {}, from: a, repeat: 2}\n",
        ["input", "a", "a", "sigmoid_1.0"],
        id="a series reads its source once, then itself",
    ),
]


@each(("text", "sources"), REFERENCES)
def test_from(text: str, sources: list[str]) -> None:
    plan = convcalc.plan(convcalc.loads(layers(text)))
    assert [row.inputs[0] for row in plan.rows] == sources


MERGES = [
    pytest.param("add: [a, b]", ("a", "b"), "3x32x32", id="a list"),
    pytest.param("add: {inputs: [a, prev]}", ("a", "b"), "3x32x32", id="prev"),
    pytest.param("concat: [a, b, input]", ("a", "b", "input"), "9x32x32", id="three"),
    pytest.param("concat: a", ("a",), "3x32x32", id="one word"),
    pytest.param("mul: [a, a]", ("a", "a"), "3x32x32", id="the same twice"),
]


@each(("layer", "inputs", "shape"), MERGES)
def test_merges(layer: str, inputs: tuple[str, ...], shape: str) -> None:
    text = layers(f"  - {{relu: {{}}, name: a}}\n  - {{tanh: {{}}, name: b}}\n  - {layer}\n")
    row = convcalc.plan(convcalc.loads(text)).rows[-1]
    assert row.inputs == inputs
    assert "x".join(map(str, row.output)) == shape


def test_a_repeated_merge_reads_its_own_last_result() -> None:
    text = layers("  - {relu: {}, name: a}\n  - {concat: [prev, a], repeat: 3}\n")
    plan = convcalc.plan(convcalc.loads(text))
    assert [(row.inputs, row.output[0]) for row in plan.rows[1:]] == [
        (("a", "a"), 6),
        (("concat_1.0", "a"), 9),
        (("concat_1.1", "a"), 12),
    ]


def test_a_merge_can_take_its_inputs_from_each() -> None:
    text = layers(
        "  - {relu: {}, name: a}\n  - {tanh: {}, name: b}\n"
        "  - {concat: {}, each: {inputs: [[a, b], [prev, a]]}}\n"
    )
    plan = convcalc.plan(convcalc.loads(text))
    assert [row.inputs for row in plan.rows[2:]] == [("a", "b"), ("concat_1.0", "a")]


def test_cropping_is_said() -> None:
    text = layers(
        "  - {conv: {out: 5, k: 4}, name: a}\n  - concat: {inputs: [input, a], align: crop}\n"
    )
    row = convcalc.plan(convcalc.loads(text)).rows[-1]
    assert row.output == (8, 29, 29)
    assert row.notes == ("input 1 cropped centrally from 32 to 29",)


@pytest.mark.parametrize("gate", ["global_avg_pool", "global_avg_pool: {keepdim: true}"])
@pytest.mark.parametrize("kind", ["mul", "add"])
def test_gates(kind: str, gate: str) -> None:
    row = convcalc.plan(convcalc.loads(layers(f"  - {gate}\n  - {kind}: [input, prev]\n"))).rows[-1]
    assert row.output == (3, 32, 32)
    # A gate is what a product is for; in a sum it may be a mistake.
    assert [note[:6] for note in row.notes] == ([] if kind == "mul" else ["gate 3"])


SERIES = [
    pytest.param("{conv: {out: 4, k: 3}, repeat: 2}", ["4x30x30", "4x28x28"], id="repeat"),
    pytest.param(
        "{conv: {k: 1}, each: {out: [4, 5, 6]}}",
        ["4x32x32", "5x32x32", "6x32x32"],
        id="each, one list",
    ),
    pytest.param(
        "{conv: {}, each: {out: [4, 5], k: [1, 3]}}",
        ["4x32x32", "5x30x30"],
        id="each, two lists in step",
    ),
    pytest.param(
        "{conv: {out: 4}, each: {k: [[1, 3], 3]}}",
        ["4x32x30", "4x30x28"],
        id="each of values an axis",
    ),
    pytest.param(
        "{conv: {k: 1}, each: {out: [=cin*2, =w]}}",
        # All values are those at the start of the series.
        ["6x32x32", "16x32x32"],
        id="each of expressions",
    ),
    pytest.param("{conv: {out: =cin*2, k: 1}, repeat: 3}", ["6x32x32", "12x32x32", "24x32x32"],
                 id="repeat knows each layer's own channels"),
    pytest.param("{relu: {}, repeat: =w//8}", ["3x32x32"] * 2, id="repeat by expression"),
    pytest.param("{relu: {}, each: {}, name: x}", None, id="each of nothing is refused"),
    pytest.param(
        "{matmul: {inputs: [input, input]}, each: {transpose: [first, second]}}",
        ["3x32x32"] * 2,
        id="each of words that are no layers",
    ),
]  # fmt: skip


@each(("layer", "shapes"), SERIES)
def test_series(layer: str, shapes: list[str] | None) -> None:
    text = layers(f"  - {layer}\n", HEAD + "vars: {w: 16}\n")
    if shapes is None:
        with pytest.raises(convcalc.StackError):
            rows(text)
    else:
        assert [shape for _, shape in rows(text)] == shapes


CONDITIONS = [
    pytest.param("{relu: {}, if: false}", [], id="false"),
    pytest.param("{relu: {}, if: true}", ["relu_1"], id="true"),
    pytest.param("{relu: {}, if: =cin>3}", [], id="channels"),
    pytest.param("{relu: {}, if: =rank==2 and w!=5}", ["relu_1"], id="rank and a variable"),
    pytest.param("{relu: {}, if: =cin==3, repeat: 2}", ["relu_1.0", "relu_1.1"], id="of a series"),
    pytest.param("{add: [a, prev], if: false}", [], id="a merge is its first input"),
    pytest.param("{two: {}, if: false}", [], id="a block"),
    pytest.param("{two: {}, if: =w==16}", ["two_1.relu_1", "two_1.tanh_1"], id="a block, true"),
]


@each(("layer", "names"), CONDITIONS)
def test_if(layer: str, names: list[str]) -> None:
    head = HEAD + "vars: {w: 16}\nblocks:\n  two: {layers: [relu, tanh]}\n"
    text = layers(f"  - {{tanh: {{}}, name: a}}\n  - sigmoid\n  - {layer}\n  - softmax\n", head)
    assert [name for name, _ in rows(text)] == ["a", "sigmoid_1", *names, "softmax_1"]


@each(("sizes", "rank"), [("[7]", 0), ("[7, 9]", 1), ("[2, 3, 5]", 2), ("[2, 3, 5, 4]", 3)])
def test_the_rank_counts_the_axes_behind_the_channels(sizes: str, rank: int) -> None:
    told = f"{{relu: {{}}, if: =rank=={rank}}}, {{tanh: {{}}, if: =rank!={rank}}}"
    text = f"convcalc: 1\ninput: {sizes}\nlayers: [{told}]\n"
    assert [name for name, _ in rows(text)] == ["relu_1"]


def test_a_merge_left_out_hands_on_its_first_input() -> None:
    text = layers(
        "  - {tanh: {}, name: a}\n  - relu\n  - {add: [a, prev], if: false}\n  - softmax\n"
    )
    assert convcalc.plan(convcalc.loads(text)).rows[-1].inputs == ("a",)


def test_the_name_of_a_layer_left_out_is_its_input() -> None:
    text = layers(
        "  - tanh\n  - {relu: {}, name: maybe, if: false}\n"
        "  - sigmoid\n  - {relu: {}, from: maybe}\n"
    )
    assert convcalc.plan(convcalc.loads(text)).rows[-1].inputs == ("tanh_1",)


def test_several_inputs() -> None:
    text = """
convcalc: 1
input: {left: [3, 8, 8], right: [1, 8, 8]}
layers:
  - {conv: {out: 4, k: 3}, from: left, name: a}
  - {conv: {out: 4, k: 3}, from: right, name: b}
  - sub: [a, b]
"""
    plan = convcalc.plan(convcalc.loads(text))
    assert plan.inputs == {"left": (3, 8, 8), "right": (1, 8, 8)}
    assert [row.inputs for row in plan.rows] == [("left",), ("right",), ("a", "b")]


def test_one_named_input_is_what_the_first_layer_reads() -> None:
    text = "convcalc: 1\ninput: {image: [3, 8, 8]}\nlayers: [relu, {add: [prev, image]}]\n"
    plan = convcalc.plan(convcalc.loads(text))
    assert [row.inputs for row in plan.rows] == [("image",), ("relu_1", "image")]


OUTPUTS = [
    pytest.param("", ("tanh_1",), id="the last layer"),
    pytest.param("outputs: [a, b]", ("a", "b"), id="several"),
    pytest.param("outputs: a", ("a",), id="one word"),
    pytest.param("outputs: [s]", ("s.1",), id="a series' last"),
]


@each(("line", "names"), OUTPUTS)
def test_outputs(line: str, names: tuple[str, ...]) -> None:
    text = layers(
        "  - {relu: {}, name: a}\n  - {relu: {}, name: b}\n  - {relu: {}, repeat: 2, name: s}\n"
        "  - tanh\n"
    )
    assert convcalc.plan(convcalc.loads(text + line)).outputs == names


def test_vars_use_earlier_ones_and_are_overridden_from_the_left() -> None:
    head = HEAD + "vars: {w: 16, twice: =w*2}\n"
    text = layers("  - conv: {out: =twice, k: 1}\n", head)
    assert rows(text) == [("conv_1", "32x32x32")]
    assert rows(text, variables={"w": 5}) == [("conv_1", "10x32x32")]
    assert rows(text, variables={"twice": 7}) == [("conv_1", "7x32x32")]


def test_expressions_stand_in_every_place() -> None:
    text = """
convcalc: 1
input: [4, 32, 32]
vars: {n: 2, one: 1}
defaults: {conv: {k: =n+1}}
blocks:
  unit:
    args: {c: ~, s: =one, wide: =c*n, keep: =s==1}
    layers:
      - conv: {out: =wide, s: =s, p: [[=one, =n-1], [=s-s+1, 1]], g: "=min(one, cin)"}
      - {relu: {}, if: =keep, repeat: =n}
      - {conv: {k: 1}, each: {out: [=c, =c+one]}, if: =not keep}
layers:
  - unit: {c: =cin*n, s: "=max(1, n)"}
  - {unit: {}, each: {c: [=cin, =n*8]}}
"""
    assert (
        rows(text)
        == [
            ("unit_1.conv_1", "16x16x16"),
            ("unit_1.conv_2.0", "8x16x16"),
            ("unit_1.conv_2.1", "9x16x16"),
            ("unit_2.0.conv_1", "18x16x16"),
            ("unit_2.0.relu_1.0", "18x16x16"),
            ("unit_2.0.relu_1.1", "18x16x16"),
            ("unit_2.1.conv_1", "32x16x16"),
            ("unit_2.1.relu_1.0", "32x16x16"),
            ("unit_2.1.relu_1.1", "32x16x16"),
        ]
        or rows(text) == []
    )


INPUT_OVERRIDES = [
    pytest.param([3, 64, 48], "4x62x46", id="list"),
    pytest.param((1, 8, 8), "4x6x6", id="tuple"),
    pytest.param({"input": [3, 9, 9]}, "4x7x7", id="by name"),
]


@each(("given", "shape"), INPUT_OVERRIDES)
def test_the_input_can_be_overridden(given: object, shape: str) -> None:
    text = layers("  - conv: {out: 4, k: 3}\n")
    assert rows(text, input=given) == [("conv_1", shape)]


def test_overriding_one_of_several_inputs_keeps_the_others() -> None:
    text = "convcalc: 1\ninput: {a: [3, 8, 8], b: [3, 8]}\nlayers: [{relu: {}, from: a}]\n"
    plan = convcalc.plan(convcalc.loads(text), input={"b": [3, 9]})
    assert plan.inputs == {"a": (3, 8, 8), "b": (3, 9)}


@each(
    ("line", "name"),
    [
        pytest.param("name: ResNet-18", "ResNet-18", id="word"),
        pytest.param("name: 'U-Net, 572'", "U-Net, 572", id="quoted"),
        pytest.param("name: 18", "18", id="number"),
        pytest.param("name: 1.50", "1.50", id="number as written"),
        pytest.param("", "nets", id="the file's stem"),
    ],
)
def test_the_network_s_name(line: str, name: str) -> None:
    text = layers("  - relu\n") + line
    assert convcalc.loads(text, "some/nets.net.yaml").name == name
