"""Networks written as a person would: the same network, in few lines, said at the right places."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.features.import_ import answer
from convcalc.features.import_.words import summary
from convcalc.report.pages import table
from convcalc.report.style import Style
from tests.configs import CONFIGS, configs
from tests.each import each
from tests.import_.cases_of_blocks import BLOCKS
from tests.import_.cases_of_lines import LINES
from tests.importers.onnx_bytes import model, node
from tests.laws_of_declarations import broken

CASES = {**LINES, **BLOCKS}
EXAMPLES = configs("lenet5", "resnet18", "textcnn", "unet", "wavenet_stack")


def rows(plan: convcalc.Plan) -> list[dict[str, Any]]:
    """What a plan says of every layer, names and places aside, and the order of a sum of two."""
    at = {row.name: index for index, row in enumerate(plan.rows)}
    found = []
    for row, of in zip(plan.to_dict()["rows"], plan.rows, strict=True):
        data = {key: value for key, value in row.items() if key not in ("name", "place")}
        inputs = [at.get(name, name) for name in row["inputs"]]
        is_free = len(inputs) == 2 and of.node.layer.commutes()
        data |= {"inputs": sorted(inputs, key=str) if is_free else inputs}
        found.append(data | {"weights": at.get(row.get("weights"))})
    return found


def flat(network: convcalc.Network) -> str:
    """The network without a block: every layer with all its fields, called by its place alone."""
    graph = network.graph()
    names = [f"n{node.at}" for node in graph.nodes]
    names[: graph.input_count] = graph.inputs
    inputs: Any = graph.inputs if list(graph.inputs) != ["input"] else graph.inputs["input"]
    layers = []
    for placed in graph.layers:
        fields = {
            name: getattr(value, "text", dict(value) if name == "sizes" else value)
            for name in type(placed.layer).model_fields
            for value in [getattr(placed.layer, name)]
            if value != type(placed.layer).model_fields[name].default
        }
        reads = [names[index] for index in placed.inputs]
        entry: dict[str, Any] = {"name": names[placed.at]}
        if placed.layer.is_merge:
            fields["inputs"] = reads
        elif reads:
            entry["from"] = reads[0]
        if placed.shares is not None:
            entry["weights"] = names[placed.shares]
        layers.append({placed.layer.kind: fields, **entry})
    data = {"convcalc": 1, "name": network.name, "input": inputs, "layers": layers}
    data["outputs"] = [names[index] for index in graph.outputs]
    return json.dumps(data, default=lambda value: f"={value}")


@pytest.mark.parametrize("path", EXAMPLES)
def test_examples_come_back_in_no_more_lines_than_by_hand(path: Path) -> None:
    network = convcalc.load(path)
    found = convcalc.import_(network)
    again = convcalc.plan(convcalc.loads(found.text))
    assert rows(again) == rows(convcalc.plan(network))
    assert again.failures == ()
    assert found.text.count("\n") <= 1.8 * path.read_text().count("\n")
    assert max(map(len, found.text.splitlines())) <= 100


@pytest.mark.parametrize("path", EXAMPLES)
def test_what_is_written_is_written_so_again(path: Path) -> None:
    found = convcalc.import_(convcalc.load(path)).text
    assert convcalc.import_(convcalc.loads(found, str(path))).text == found
    assert convcalc.import_(convcalc.load(path)).text == found


@pytest.mark.parametrize("path", EXAMPLES)
def test_examples_without_any_block_are_the_same_network(path: Path) -> None:
    network = convcalc.load(path)
    source = convcalc.loads(flat(network), str(path))
    found = convcalc.import_(source)
    assert rows(convcalc.plan(convcalc.loads(found.text))) == rows(convcalc.plan(network))


# The most lines that a network takes as it is, and with no name and no block; and the blocks then.
SHORT = {
    "convnext_tiny": (37, 32, "residual stage"),
    "dcgan_generator": (21, 16, "conv_transpose_norm_relu"),
    "detr_transformer": (
        79, 71, "residual transformer_layer linear_relu residual_2 transformer_layer_2 stage",
    ),
    "efficientnet_b0": (45, 47, "branches residual"),
    "lenet5": (23, 18, ""),
    "mobilenet_v2": (42, 39, "inverted_bottleneck residual stage"),
    "mobilenet_v3_small": (
        62, 68, "conv_norm squeeze_excitation inverted_bottleneck residual",
    ),
    "pointnet": (44, 35, "conv_norm_relu stage"),
    "resnet18": (34, 39, "unit residual"),
    "siamese_omniglot": (33, 27, "conv_relu_max_pool stage"),
    "squeezenet1_0": (36, 31, "branches"),
    "swin_t": (43, 37, "residual"),
    "tcn_mnist": (29, 27, "conv_relu_dropout residual"),
    "textcnn": (23, 18, ""),
    "unet": (36, 30, "conv_relu residual"),
    "vgg16_bn": (33, 28, "conv_norm_relu stage"),
    "vit_b_16": (35, 29, "residual"),
    "whisper_tiny_encoder": (36, 30, "transformer_layer"),
    "deeplabv3_resnet50": (55, 57, "conv_norm_relu residual residual_2"),
    "densenet121": (37, 33, "norm_relu_conv branches stage"),
    "googlenet": (46, 41, "conv_norm_relu branches"),
    "shufflenet_v2_x1_0": (48, 44, "conv_norm_relu branches stage stage_2"),
    "ssd300_vgg16": (57, 51, "conv_relu stage conv_rearrange"),
    "stable_diffusion_vae": (66, 59, "norm_silu_conv residual residual_2 stage"),
    "unet3d": (34, 28, "conv_norm_relu residual"),
    "wavenet_stack": (22, 17, "residual"),
}  # fmt: skip


@pytest.mark.thorough
@each("name", SHORT)
def test_a_network_takes_few_lines_with_its_names_and_without(name: str) -> None:
    with_names, without, blocks = SHORT[name]
    network = convcalc.load(CONFIGS[name])
    assert convcalc.import_(network).text.count("\n") <= with_names
    bare = convcalc.import_(convcalc.loads(flat(network), name)).text
    assert bare.count("\n") <= without
    assert " ".join(re.findall(r"^  (\w+):$", bare.partition("\nlayers:")[0], re.M)) == blocks


def test_resnet50_is_as_short_as_a_person_would_write_it() -> None:
    resnet = convcalc.import_(convcalc.load(CONFIGS["resnet50"]))
    assert (resnet.layers, resnet.params, resnet.macs) == (174, 25557032, 4089184256)
    assert resnet.lines <= 60


@pytest.mark.parametrize(("source", "expected"), CASES.values(), ids=CASES)
def test_what_is_written(source: str, expected: str) -> None:
    head = "convcalc: 1\nname: net\n"
    found = convcalc.import_(convcalc.loads(head + source))
    assert found.text == f"# Rewritten by convcalc import\n{head}{expected}"


def test_a_block_has_arguments_for_what_differs() -> None:
    # A source whose names say what belongs together.
    blocks = "\n".join(
        f"  b{n}:\n    layers:\n      - conv: {{out: {c}, k: 3, s: {s}, p: 1}}\n"
        "      - batch_norm\n      - relu"
        for n, (c, s) in enumerate([(8, 1), (16, 2), (32, 2), (64, 1)])
    )
    uses = "\n".join(f"  - {{b{n}: {{}}, name: stage{n}}}" for n in range(4))
    text = f"convcalc: 1\nname: net\ninput: [3, 32, 32]\nblocks:\n{blocks}\nlayers:\n{uses}\n"
    found = convcalc.import_(convcalc.loads(text))
    assert found.text.splitlines()[4:] == [
        "blocks:",
        "  b0:",
        "    args: {c: ~, s: 1}",
        "    layers:",
        "      - conv: {out: =c, k: 3, s: =s, p: 1}",
        "      - batch_norm",
        "      - relu",
        "layers:",
        "  - {b0: {}, each: {c: [8, 16, 32, 64], s: [1, 2, 2, 1]}, name: stage}",
        "expect: {output: [64, 8, 8], params: 24768, macs: 1990656}",
    ]


CROSS = "cross_attention: {inputs: [prev, =s], heads: 2}"
CONV = "conv: {out: 8, k: 1}"


@each(("layers", "called"), [
    ([CONV, "relu", "add: [prev, =s]", CONV, "sigmoid"], "skip"),
    ([CONV, "relu", CROSS, CONV, "sigmoid"], "memory"),
    ([CROSS, "relu", CONV, "sigmoid", CONV], "memory"),
    ([CONV, "relu", "scaled_dot_product_attention: [prev, =s, =s]", CONV], "k"),
])  # fmt: skip
def test_what_is_handed_to_a_block_is_called_by_those_in_it(layers: list[str], called: str) -> None:
    """Layers before, between and behind the uses read it as their queries."""
    listed = ", ".join(f"{{{layer}}}" for layer in layers)
    text = f"""convcalc: 1
input: {{x: [8, 6], side: [8, 6]}}
blocks:
  turn: {{args: [s], layers: [{listed}]}}
layers:
  - {{relu: {{}}, from: side, name: other}}
  - cross_attention: {{inputs: [other, x], heads: 2}}
  - turn: {{s: other}}
  - cross_attention: {{inputs: [other, prev], heads: 2}}
  - {{turn: {{s: other}}, repeat: 2}}
  - cross_attention: {{inputs: [other, prev], heads: 2}}
"""
    assert f"    args: [{called}]" in convcalc.import_(convcalc.loads(text)).text.splitlines()


def test_sizes_in_a_block_follow_from_its_input_and_from_its_layers() -> None:
    """Windows of 4 in maps of 16 and 8, and a sequence that becomes a map again."""
    units = "".join(
        f"  - {{conv: {{out: {c}, k: 1}}, name: s{n}_to_a}}\n"
        f"  - {{flatten: {{axis: positions}}, name: s{n}_to_b}}\n"
        f"  - {{linear: {{out: {c}, over: channels}}, name: s{n}_to_c}}\n"
        f"  - {{reshape: [{c}, {size}, {size}], name: s{n}_to_d}}\n"
        f"  - {{add: [s{n}_to_d, s{n}_to_a], name: s{n}_to_e}}\n"
        f"  - {{constant: [{c}, {size // 4}, {size // 4}], name: s{n}_to_f}}\n"
        f"  - {{upsample: 4, name: s{n}_to_g}}\n"
        f"  - {{mul: [s{n}_to_e, s{n}_to_g], name: s{n}_to_h}}\n"
        f"  - {{max_pool: 2, name: p{n}}}\n"
        for n, (c, size) in enumerate([(8, 16), (16, 8), (32, 4)])
    )
    text = f"convcalc: 1\nname: net\ninput: [3, 16, 16]\nlayers:\n{units}"
    found = convcalc.import_(convcalc.loads(text))
    assert "      - reshape: [=c, =height(in), =width(in)]" in found.text.splitlines()
    assert "      - constant: [=c, =height(in)//4, =width(in)//4]" in found.text.splitlines()
    assert "    args: [c]" in found.text.splitlines()


def test_figures_that_no_layer_tells_are_expected_to_be_at_least_what_is_told() -> None:
    # 3 * 4 + 4 weights, used at one position, beside what the opaque layers leave open.
    layers = "[linear: 4, {opaque: {output: [5], params: 7}}, {opaque: {output: [6], macs: 30}}]"
    found = convcalc.import_(convcalc.loads(f"convcalc: 1\ninput: [3]\nlayers: {layers}\n"))
    expected = "expect: {output: [6], params: {min: 23}, macs: {min: 42}}"
    assert found.text.splitlines()[-1] == expected
    assert found.after.failures == ()
    assert {"params", "macs"} <= {*found.lower_bounds}
    notes = table.render(summary(found), Style())
    assert "params   at least 23 in both\n  MACs     at least 42 in both\n" in notes


SHARED = """\
convcalc: 1
name: Siamese
input: {left: [3, 16, 16], right: [3, 16, 16]}
blocks:
  tower:
    layers:
      - conv: {out: 4, k: 3}
      - batch_norm
      - relu
      - conv: {out: 8, k: 3}
      - batch_norm
      - relu
      - global_avg_pool
layers:
  - {tower: {}, from: left, name: a}
  - {tower: {}, from: right, name: b, weights: a}
  - {sub: [a, b], name: difference}
expect: {output: [8]}
"""


def test_weights_that_are_shared_stay_shared() -> None:
    network = convcalc.loads(SHARED)
    found = convcalc.import_(network)
    # 3*4*9 + 4 + 2*4 + 4*8*9 + 8 + 2*8: once.
    assert found.params == 432
    assert "weights: a" in found.text
    alone = convcalc.import_(convcalc.loads(SHARED.replace(", weights: a", "")))
    assert alone.params == 864
    assert "weights" not in alone.text


def test_two_kinds_of_layers_may_share_and_stay_so() -> None:
    # An autoencoder whose program reads one kernel both ways.
    text = """convcalc: 1
input: [3, 9, 9]
layers:
  - {conv: {out: 5, k: 3, s: 2, bias: false}, name: code}
  - relu
  - {conv_transpose: {out: 3, k: 3, s: 2, bias: false}, weights: code}
"""
    found = convcalc.import_(convcalc.loads(text))
    assert convcalc.plan(convcalc.loads(found.text)).totals.params == 5 * 3 * 9
    assert "weights: code}" in found.text


def test_rows_that_recur_are_a_block_where_no_name_says_so() -> None:
    path = CONFIGS["resnet18"]
    found = convcalc.import_(convcalc.loads(flat(convcalc.load(path)), str(path)))
    assert "blocks" in found.text
    # One by one it has 68 layers.
    assert found.lines <= 45


def test_a_residual_with_and_without_projection_is_one_block() -> None:
    found = convcalc.import_(convcalc.load(CONFIGS["resnet18"]))
    assert found.blocks == 1
    assert "- {conv: {out: =c, k: 1, s: 2}, from: in, if: =project}" in found.text


ODD = [
    "a b",
    "0",
    "prev",
    "x/../y:0",
    '"',
    "null",
    "\u202e\x1b[31m",
    "::error::",
    "卷积",
    "a" * 300,
]


@each(("names", "said"), [
    (["x", "x_3", "x!"], ["x", "x_3", "x_2"]), (["x", "x!", "x_2"], ["x", "x_2", "x_2_2"]),
    (["input_2", "2", "1"], ["input_2", "input_2_2", "input_3"]),
    (["left", "x y", "input"], ["left", "x_y", "input_"]),
])  # fmt: skip
def test_inputs_have_names_of_their_own(names: list[str], said: list[str]) -> None:
    """Their own where a file can say them, and no two the same."""
    sums = [node("Add", [names[0], names[1]], ["s"]), node("Sub", ["s", names[2]], ["y"])]
    data = model(sums, {name: [1, 3, 8, 6] for name in names}, ["y"])
    found = convcalc.import_(convcalc.loads(data, "net.onnx"))
    assert list(convcalc.loads(found.text).inputs) == said
    assert found.text.splitlines()[-3:-1] == [
        f"  - add: [{said[0]}, {said[1]}]", f"  - sub: [prev, {said[2]}]",
    ]  # fmt: skip


def test_names_that_no_file_could_say_do_no_harm(tmp_path: Path) -> None:
    relu = [
        node("Relu", [name or "x"], [after], name=after)
        for name, after in zip(["", *ODD], ODD, strict=False)
    ]
    path = tmp_path / "odd.onnx"
    path.write_bytes(model(relu, inputs={"x": [1, 3, 8, 8]}, outputs=[ODD[-1]]))
    found = convcalc.import_(convcalc.load(path))
    assert found.layers == len(ODD)
    assert found.text.startswith("# From odd.onnx: ONNX")
    assert {one for one in found.text if not one.isprintable()} == {"\n"}


def test_what_blocks_get_wrong_is_written_without_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was folded is planned again; where that differs, it is not what is answered."""
    network = convcalc.load(CONFIGS["resnet18"])
    asked = []

    def differs(before: object, after: object) -> str:
        asked.append(after)
        return "`stem` differs" if len(asked) == 1 else ""

    monkeypatch.setattr(answer, "difference", differs)
    found = answer.import_(network)
    assert len(asked) == 2
    assert found.blocks == 0
    assert convcalc.plan(convcalc.loads(found.text)).totals.params == 11_689_512


def bottleneck(layer: str, before: str, projects: bool) -> list[bytes]:
    """The nodes of a residual unit without norms, named as PyTorch's exporter names them."""
    path = f"/{layer.split('.')[0]}/{layer}"
    names = [f"{path}/{one}" for one in ("conv1/Conv", "relu/Relu", "conv2/Conv", "Add")]
    conv1, relu, conv2, add = names
    shortcut = f"{path}/downsample/downsample.0/Conv" if projects else before
    units = [
        node("Conv", [before, f"{path}.w1"], [conv1], name=conv1, kernel_shape=[1, 1]),
        node("Relu", [conv1], [relu], name=relu),
        node("Conv", [relu, f"{path}.w2"], [conv2], name=conv2, kernel_shape=[1, 1]),
    ]
    if projects:
        weight = f"{path}.w3"
        units.append(node("Conv", [before, weight], [shortcut], name=shortcut, kernel_shape=[1, 1]))
    return [*units, node("Add", [conv2, shortcut], [add], name=add)]


def test_modules_of_a_model_file_keep_their_names(tmp_path: Path) -> None:
    nodes, before = [], "x"
    for layer, projects in [("layer1.0", True), ("layer1.1", False), ("layer1.2", False)]:
        nodes += bottleneck(layer, before, projects)
        before = f"/layer1/{layer}/Add"
    path = tmp_path / "net.onnx"
    paths = [f"/layer1/layer1.{at}" for at in range(3)]
    weights = {f"{one}.w{number}": [8, 8, 1, 1] for one in paths for number in (1, 2, 3)}
    path.write_bytes(model(nodes, {"x": [1, 8, 4, 4]}, [before], weights))
    found = convcalc.import_(convcalc.load(path))
    assert found.blocks == 1
    names = [row.name for row in convcalc.plan(convcalc.loads(found.text)).rows]
    assert [name for name in names if name.endswith(("conv1", "conv2"))] == [
        f"layer1.{at}.{name}" for at in range(3) for name in ("conv1", "conv2")
    ]


def test_a_module_gives_its_name_to_what_comes_out_of_it() -> None:
    nodes = [
        node(op, [reads, *weights], [name], name=name)
        for op, reads, weights, name in (
            ("Conv", "x", ["w1"], "/unit/body/conv1/Conv"),
            ("Relu", "/unit/body/conv1/Conv", [], "/unit/body/relu/Relu"),
            ("Conv", "/unit/body/relu/Relu", ["w2"], "/unit/body/conv2/Conv"),
            ("Conv", "x", ["w3"], "/unit/down/down.0/Conv"),
            ("Add", "/unit/body/conv2/Conv", ["/unit/down/down.0/Conv"], "/unit/Add"),
        )
    ]
    weights = {f"w{number}": [8, 8, 1, 1] for number in (1, 2, 3)}
    data = model(nodes, {"x": [1, 8, 4, 4]}, ["/unit/Add"], weights)
    found = convcalc.import_(convcalc.loads(data, "net.onnx"))
    assert found.text.partition("layers:\n")[2].splitlines()[:5] == [
        "  - {conv: 8, name: conv1}",
        "  - relu",
        "  - {conv: 8, name: body}",
        "  - {conv: 8, from: input}",
        "  - add: [body, prev]",
    ]


def test_layers_that_share_arrays_within_a_row_that_recurs_are_written_one_by_one() -> None:
    """A block says of all its layers at once whose arrays they use, and not of one of them."""
    unit = (
        "  - {linear: {out: 8, over: channels}, name: aN}\n  - relu\n  - sigmoid\n  - tanh\n"
        "  - {linear: {out: 8, over: channels}, weights: aN}\n  - gelu\n"
    )
    layers = "".join(unit.replace("N", str(at)) for at in range(5))
    network = convcalc.loads(f"convcalc: 1\ninput: [8, 6]\nlayers:\n{layers}")
    found = answer.import_(network)
    # 5 matrices of 8 x 8 and their shifts, each used twice at 6 places.
    totals = convcalc.plan(convcalc.loads(found.text)).totals
    assert (totals.params, totals.macs) == (5 * 72, 5 * 2 * 64 * 6)


def test_a_number_beyond_18_digits_is_written_with_an_exponent() -> None:
    layer = "  - {hardtanh: {min_val: 0.5, max_val: 3.4028234663852886e+38}}\n"
    found = answer.import_(convcalc.loads(f"convcalc: 1\ninput: [8]\nlayers:\n{layer}"))
    assert "3.4028234663852886e+38" in found.text


def test_joins_that_grow_are_one_unit_many_times() -> None:
    # A dense block as code runs it: a list of all maps, joined anew in each layer.
    layers: list[Any] = []
    maps = ["input"]
    for at in range(1, 5):
        if len(maps) > 1:
            layers.append({"concat": maps[:], "name": f"join{at}"})
        layers.append("relu")
        layers.append({"conv": {"out": 4, "k": 3, "p": 1}, "name": f"conv{at}"})
        maps.append(f"conv{at}")
    layers.append({"concat": maps})
    source = json.dumps({"convcalc": 1, "input": [8, 6, 6], "layers": layers})
    network = convcalc.loads(source)
    found = convcalc.import_(network)
    assert found.text.splitlines()[3:] == [
        "input: [8, 6, 6]",
        "blocks:",
        "  branches:",
        "    layers:",
        "      - relu",
        "      - conv: {out: 4, k: 3, p: 1}",
        "      - concat: [in, prev]",
        "layers:",
        "  - {branches: {}, repeat: 4}",
        # 9 in 4 channels out: 36 times 8 + 12 + 16 + 20 channels in, and 4 times 4 biases.
        "expect: {output: [24, 6, 6], params: 2032, macs: 72576}",
    ]
    before, after = convcalc.plan(network), convcalc.plan(convcalc.loads(found.text))
    assert [row.output for row in after.rows] == [row.output for row in before.rows]
    assert [row.kind for row in after.rows] == [row.kind for row in before.rows]


def test_a_join_belongs_to_the_unit_before_it_though_the_next_one_does_it() -> None:
    layers: list[Any] = [{"conv": {"out": 8, "k": 3, "p": 1}, "name": "stem"}]
    before = "stem"
    for at in range(1, 6):
        unit, behind = f"block1_layer{at}", f"block1_layer{at + 1}" if at < 5 else "norm1"
        layers += [
            {"relu": {}, "from": before, "name": f"{unit}_relu"},
            {"conv": {"out": 4, "k": 3, "p": 1}, "name": f"{unit}_conv"},
            {"concat": [before, f"{unit}_conv"], "name": f"{behind}_join"},
        ]
        before = f"{behind}_join"
    source = json.dumps({"convcalc": 1, "input": [8, 6, 6], "layers": [*layers, "relu"]})
    assert convcalc.import_(convcalc.loads(source)).text.splitlines()[4:-1] == [
        "defaults: {conv: {k: 3, p: half}}",
        "blocks:",
        "  layer:",
        "    layers:",
        "      - relu",
        "      - conv: 4",
        "      - concat: [in, prev]",
        "layers:",
        "  - {conv: 8, name: stem}",
        "  - {layer: {}, repeat: 4, name: skip}",
        "  - relu",
        "  - conv: 4",
        "  - concat: [skip, prev]",
        "  - relu",
    ]


def test_numbers_within_lists_and_mappings_are_arguments() -> None:
    # Heads of 32 channels each, in two widths and two sizes of windows.
    layers: list[Any] = []
    for channels, windows in ((64, 4), (64, 2), (128, 2)):
        into = "(c1 c2) (h1 h2) w -> (h1 c1) (h2 w) c2"
        layers += [
            {"linear": {"out": channels, "over": "channels"}},
            {"rearrange": {"pattern": into, "sizes": {"c2": 32, "h2": 8 // windows}}},
            {"reshape": [channels, 8, 8]},
            "relu",
            {"layer_norm": "channels"},
        ]
    network = convcalc.loads(json.dumps({"convcalc": 1, "input": [64, 8, 8], "layers": layers}))
    found = convcalc.import_(network)
    assert "reshape: [=c, 8, 8]" in found.text
    assert "sizes: {c2: 32, h2: =h2}" in found.text
    assert rows(convcalc.plan(convcalc.loads(found.text))) == rows(convcalc.plan(network))


def test_declarations_say_no_default() -> None:
    assert broken("importers") == []
