"""What a drawing shows: which layers stand in which node, worked by hand from the file."""

from __future__ import annotations

from pathlib import Path

import pytest

import convcalc
from convcalc.report.diagram import Outline, fitting_outline, outline
from convcalc.report.diagram.lettering import box_lines, frame_lettering
from tests.each import each

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"

RESIDUAL = """
blocks:
  residual:
    args: {c: ~, s: 1}
    layers:
      - conv: {out: =c, k: 3, s: =s, p: 1}
      - batch_norm
      - relu
      - conv: {out: =c, k: 3, p: 1}
      - {batch_norm: {}, name: main}
      - {conv: {out: =c, k: 1, s: =s}, from: in, if: =s>1, name: shortcut}
      - add: [main, shortcut]
      - relu
"""


def of(layers: str, depth: int | None = None, shape: str = "[4, 16, 16]") -> Outline:
    text = f"convcalc: 1\nname: net\ninput: {shape}\n{layers}"
    return outline(convcalc.plan(convcalc.loads(text)), depth)


def example(name: str) -> convcalc.Plan:
    return convcalc.plan(convcalc.load(str(CONFIGS / f"{name}.net.yaml")))


def kinds(found: Outline) -> list[str]:
    return [" ".join(part.kind for part in node.parts) or "in" for node in found.nodes]


def edges(found: Outline) -> list[tuple[int, int]]:
    return [(edge.source, edge.target) for edge in found.edges]


@each(
    ("layers", "nodes"),
    [
        pytest.param(
            "layers: [conv: {out: 8, k: 3}, batch_norm, relu, max_pool: 2]",
            ["in", "conv batch_norm relu", "max_pool"],
            id="a norm and an activation stand with the convolution before them",
        ),
        pytest.param(
            "layers: [batch_norm, relu, conv: {out: 8, k: 3}, conv: {out: 4, k: 1}]",
            ["in", "batch_norm relu conv", "conv"],
            id="or with the one behind them, where nothing is before",
        ),
        pytest.param(
            "layers: [max_pool: 2, relu, conv: {out: 8, k: 1}]",
            ["in", "max_pool relu", "conv"],
            id="but with one only",
        ),
        pytest.param(
            "layers: [{conv: {out: 4, k: 1}, name: a}, relu, add: [a, prev]]",
            ["in", "conv", "relu", "add"],
            id="what others read as well stands alone",
        ),
        pytest.param(
            "layers: [{conv: {out: 8, k: 1}, name: a}, {relu: {}, name: b}]\noutputs: [a, b]",
            ["in", "conv", "relu"],
            id="as does an output of the network",
        ),
        pytest.param(
            "layers: [conv: {out: 8, k: 1}, dropout, flatten, linear: 3]",
            ["in", "conv dropout", "flatten", "linear"],
            id="dropout follows, a change of shape does not",
        ),
        pytest.param(
            "layers: [{relu: {}, name: a}, {tanh: {}, from: input, name: b}, add: [a, b]]",
            ["in", "relu", "tanh", "add"],
            id="nothing stands with an input",
        ),
    ],
)
def test_layers_that_go_together_are_one_node(layers: str, nodes: list[str]) -> None:
    assert kinds(of(layers)) == nodes


def test_a_layer_that_joins_several_is_a_merge_and_a_block_that_reads_them_is_none() -> None:
    layers = (
        "blocks: {two: {args: [other], layers: [add: [in, =other]]}}\n"
        "layers: [{conv: {out: 4, k: 1}, name: a}, {two: {other: input}, name: b}, tanh]"
    )
    found = [
        [(part.kind, part.is_block, part.is_merge) for node in of(layers, depth).nodes
         for part in node.parts]
        for depth in (9, 0)
    ]  # fmt: skip
    assert found == [
        [("conv", False, False), ("add", False, True), ("tanh", False, False)],
        [("conv", False, False), ("two", True, False), ("tanh", False, False)],
    ]


def test_members_of_a_series_that_widen_the_map_are_one_box() -> None:
    found = of(
        "blocks: {dense: {layers: [{conv: {out: 4, k: 1}, name: c}, concat: [in, c]]}}\n"
        "layers: [{dense: {}, name: d, repeat: 3}]",
        0,
    )
    assert [node.times for node in found.nodes] == [1, 3]


@each("names", ["ab", "ba"])
def test_blocks_of_other_names_that_widen_the_map_are_two_boxes(names: str) -> None:
    listed = ", ".join(f"{{dense: {{}}, name: {name}}}" for name in names)
    found = of(
        "blocks: {dense: {layers: [{conv: {out: 4, k: 1}, name: c}, concat: [in, c]]}}\n"
        f"layers: [{listed}]",
        0,
    )
    assert [node.times for node in found.nodes] == [1, 1, 1]


@each(
    ("layers", "times"),
    [
        pytest.param("layers: [{conv: {out: 4, k: 3, p: 1}, repeat: 3}]", [1, 3], id="equal"),
        pytest.param(
            "layers: [conv: {out: 8, k: 3, p: 1}, {conv: {out: 8, k: 3, p: 1}, repeat: 2}]",
            [1, 3],
            id="of other channels before it",
        ),
        pytest.param(
            "layers: [conv: {out: 4, k: 3, p: 1}, conv: {out: 4, k: 1}]", [1, 1, 1], id="kernels"
        ),
        pytest.param(
            "layers: [conv: {out: 4, k: 1}, {conv: {out: 4, k: 1}, name: a},"
            " conv: {out: 4, k: 1}, add: [a, prev]]",
            [1, 2, 1, 1],
            id="one that is read twice ends the row",
        ),
        pytest.param(
            "blocks: {twin: {layers: [conv: {out: 4, k: 1}, conv: {out: 4, k: 1}]}}\n"
            "layers: [{twin: {}, repeat: 2}]",
            [1, 4],
            id="a block with a single node is that node",
        ),
    ],
)
def test_nodes_that_repeat_stand_once_with_their_number(layers: str, times: list[int]) -> None:
    assert [node.times for node in of(layers).nodes] == times


def test_an_open_block_that_repeats_is_drawn_once() -> None:
    # Three blocks keep 4 channels, one of stride 2 has a shortcut, one more follows it.
    found = of(
        RESIDUAL + "layers: [{residual: {c: 4}, repeat: 3}, residual: {c: 8, s: 2},"
        " residual: {c: 8}]"
    )
    assert [(frame.block, frame.times) for frame in found.frames] == [
        ("residual", 3),
        ("residual", 1),
        ("residual", 1),
    ]
    assert kinds(found)[1:4] == ["conv batch_norm relu", "conv batch_norm", "add relu"]
    assert edges(found)[:5] == [(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)]
    # 3 (3 3 4 4) (+ 4 of bias) of each of its convolutions.
    assert [node.params for node in found.nodes[1:3]] == [3 * (144 + 4 + 8)] * 2
    assert [len(node.rows) for node in found.nodes[1:4]] == [9, 6, 6]


def test_a_block_that_is_read_from_further_away_too_is_drawn_by_itself() -> None:
    found = of(
        "blocks: {unit: {layers: [conv: {out: 4, k: 3, p: 1}, conv: {out: 4, k: 1}]}}\n"
        "layers: [{unit: {}, name: a}, {unit: {}, name: b}, {unit: {}, name: c}, add: [a, prev]]"
    )
    assert [(frame.block, frame.times) for frame in found.frames] == [("unit", 1), ("unit", 2)]


def test_a_row_within_a_row_loses_no_layer() -> None:
    found = of(
        "blocks:\n"
        "  inner: {layers: [conv: {out: 4, k: 3, p: 1}, relu]}\n"
        "  outer: {layers: [{inner: {}, repeat: 3}, avg_pool: {k: 3, s: 1, p: 1}]}\n"
        "layers: [{outer: {}, repeat: 2}]"
    )
    assert [(node.times, len(node.rows)) for node in found.nodes] == [(1, 0), (3, 12), (1, 2)]
    assert found.frames[0].times == 2


def test_blocks_that_differ_inside_are_drawn_each() -> None:
    found = of(RESIDUAL + "layers: [{residual: {c: 4}, repeat: 2}, residual: {c: 4, s: 2}]")
    assert [frame.times for frame in found.frames] == [2, 1]


@pytest.mark.parametrize(
    ("depth", "nodes"),
    [
        pytest.param(0, ["in", "residual", "residual"], id="0"),
        pytest.param(
            1,
            [
                "in",
                "conv batch_norm relu",
                "conv batch_norm",
                "add relu",
                "conv batch_norm relu",
                "conv batch_norm",
                "conv",
                "add relu",
            ],
            id="1",
        ),
    ],
)
def test_blocks_deeper_than_asked_are_one_node(depth: int, nodes: list[str]) -> None:
    found = of(RESIDUAL + "layers: [{residual: {c: 4}, repeat: 3}, residual: {c: 8, s: 2}]", depth)
    assert kinds(found) == nodes
    assert found.nodes[1].times == (3 if depth == 0 else 1)


def test_boxes_say_what_the_file_says() -> None:
    found = of(
        "blocks: {stage: {layers: [batch_norm, relu, conv: {out: 8, k: 3}, max_pool: 2]}}\n"
        "layers: [{stage: {}, name: first}, {conv: {out: 2, k: 1}, name: head}]"
    )
    # 9 4 8 of 14x14 units, 8 2 of 7x7: 56,448 and 784 MACs.
    assert [box_lines(found, node) for node in found.nodes] == [
        ["input"],
        ["conv k3", "after batch_norm, relu", "98.6 % of MACs"],
        ["max_pool k2"],
        ["head: conv k1", "1.4 % of MACs", "2x7x7, output"],
    ]
    assert frame_lettering(found, 0) == "first: stage"
    # Only a name that is the kind's with a number could have been made up.
    names = of("layers: [conv: {out: 2, k: 1}, {conv: {out: 2, k: 3}, name: stem_2},"
               " {conv: {out: 2, k: 1}, name: a_1}]")  # fmt: skip
    assert [box_lines(names, node)[0] for node in names.nodes[1:]] == [
        "conv k1", "stem_2: conv k3", "a_1: conv k1"
    ]  # fmt: skip


@pytest.mark.parametrize("depth", [None, 0, 1])
@pytest.mark.parametrize(
    "name",
    [
        "googlenet",
        "id_cnn",
        "pointnet",
        pytest.param("densenet121", marks=pytest.mark.thorough),
        pytest.param("resnet152", marks=pytest.mark.thorough),
        pytest.param("deeplabv3_resnet50", marks=pytest.mark.thorough),
    ],
)
def test_every_layer_stands_in_one_node(name: str, depth: int | None) -> None:
    plan = example(name)
    found = outline(plan, depth)
    standing = [row.name for node in found.nodes for row in node.rows]
    assert sorted(standing) == sorted(row.name for row in plan.rows)
    assert sum(node.macs for node in found.nodes) == plan.totals.macs


def test_the_stages_of_resnet_152() -> None:
    # He et al. 2016, table 1: 3, 8, 36 and 3 bottlenecks; the first of a stage has a projection.
    frames = outline(example("resnet152")).frames
    times = [frame.times for frame in frames if frame.block == "bottleneck"]
    assert times == [1, 2, 1, 7, 1, 35, 1, 2]


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        pytest.param("resnet50", None, id="what fits is open"),
        pytest.param("densenet121", 0, id="hundreds of boxes are folded"),
        pytest.param("unet", 0, id="what is tall and cannot be wrapped, too"),
    ],
)
def test_without_a_depth_blocks_are_open_as_far_as_that_is_readable(
    name: str, depth: int | None
) -> None:
    plan = example(name)
    assert kinds(fitting_outline(plan)) == kinds(outline(plan, depth))


def test_what_a_layer_does_not_tell_is_no_share() -> None:
    opaque = "{opaque: {output: [4, 16, 16], params: 7}, name: own}"
    found = of(f"layers: [{opaque}, conv: {{out: 2, k: 1}}]")
    assert [box_lines(found, node)[-1] for node in found.nodes[1:2]] == ["MACs ?"]
    assert box_lines(found, found.nodes[2])[1] == "≤100.0 % of MACs"
    block = f"blocks: {{part: {{layers: [{opaque}, conv: {{out: 2, k: 1}}]}}}}\nlayers: [part]"
    folded = of(block, 0)
    assert box_lines(folded, folded.nodes[1])[1] == "MACs ?"
