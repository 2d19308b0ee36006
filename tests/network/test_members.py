"""Parts of layers: members of a series, all of them, and results that blocks give."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.report.lines import plan_lines
from convcalc.report.plan_tree import branches
from tests.each import each

C2F = """
convcalc: 1
name: C2f
input: [16, 8, 8]
blocks:
  bottleneck:
    args: [c]
    layers:
      - {conv: {out: =c, k: 3, p: 1}, name: one}
      - {conv: {out: =c, k: 3, p: 1}}
      - add: [prev, in]
    gives: {first: one}
  c2f:
    args: [c, n]
    layers:
      - {conv: {out: =2*c, k: 1}, name: both}
      - {slice: {channels: [0, =c]}, name: a}
      - {slice: {channels: [=c, =2*c]}, from: both, name: b}
      - {bottleneck: {c: =c}, repeat: =n, name: m}
      - {concat: [a, b, m.*], name: all}
      - conv: {out: =2*c, k: 1}
    gives: {half: a, inner: m.0.first, same: in}
layers:
  - {c2f: {c: 8, n: 2}, name: x}
  - {conv: {out: 8, k: 1}, from: x.inner, name: side}
  - {max_pool: 2, from: x, name: down, repeat: 2}
outputs: [side, down.*, x.half]
"""


def planned(layers: str, blocks: str = "", shape: str = "[4, 8, 8]", more: str = "") -> Any:
    text = f"convcalc: 1\ninput: {shape}\n{blocks}layers:\n{layers}\n{more}"
    return convcalc.plan(convcalc.loads(text))


def test_a_block_of_yolo_joins_all_members_and_gives_what_is_asked_for() -> None:
    plan = convcalc.plan(convcalc.loads(C2F))
    inputs = {row.name: row.inputs for row in plan}
    assert inputs["x.all"] == ("x.a", "x.b", "x.m.0.add_1", "x.m.1.add_1")
    assert inputs["side"] == ("x.m.0.one",)
    assert inputs["down.0"] == ("x.conv_2",)
    assert plan.outputs == ("side", "down.0", "down.1", "x.a")
    # 2 + 2 halves of 8 channels into 16, by 1x1 kernels with biases.
    assert plan["x.conv_2"].params == 32 * 16 + 16


def test_results_are_found_by_their_names() -> None:
    network = convcalc.loads(C2F)
    plan = convcalc.plan(network)
    assert plan["x.inner"].name == "x.m.0.one"
    assert plan["x.half"].name == "x.a"
    found = convcalc.run(network, keep=["x.inner", "x.m.0.one"])
    assert np.array_equal(found["x.inner"], found["x.m.0.one"])
    (block,) = (group for group in plan.to_dict()["blocks"] if group["name"] == "x")
    # The input of the block is no row inside of it.
    assert block["gives"] == {"half": "x.a", "inner": "x.m.0.one", "same": "input"}


def test_lines_of_folded_blocks_name_the_result_that_is_read() -> None:
    plan = convcalc.plan(convcalc.loads(C2F))
    assert {line.name: line.inputs for line in plan_lines(plan, 0)} == {
        "x": ("input",),
        "side": ("x.inner",),
        "down.0": ("x",),
        "down.1": ("down.0",),
    }
    tree = list(branches(plan, plan_lines(plan)))
    assert next(one.sources for one in tree if one.name == "side") == ("x.inner",)


def test_all_members_of_a_series_of_heads_are_outputs() -> None:
    plan = planned(
        "  - {max_pool: 2, repeat: 2, name: level}\n"
        "  - {head: {}, each: {of: [input, level.0, level.1]}, name: heads}",
        "blocks: {head: {args: [of], layers: [{conv: {out: 3, k: 1}, from: =of}]}}\n",
        more="outputs: heads.*",
    )
    shapes = [plan[name].output for name in plan.outputs]
    assert shapes == [(3, 8, 8), (3, 4, 4), (3, 2, 2)]


def test_all_members_are_given_to_a_block() -> None:
    plan = planned(
        "  - {conv: {out: 4, k: 1}, repeat: 3, name: m}\n  - {join: {maps: m.*, last: m.1}}",
        "blocks: {join: {args: [maps, last], layers: [{concat: =maps}, "
        "{concat: [in, =maps, =last]}]}}\n",
    )
    assert plan["join_1.concat_1"].inputs == ("m.0", "m.1", "m.2")
    assert plan["join_1.concat_2"].inputs == ("m.2", "m.0", "m.1", "m.2", "m.1")


def test_a_dense_block_joins_all_that_came_before() -> None:
    # DenseNet: each layer reads all before it, here 4 channels and 2 more of each.
    blocks = "blocks: {dense: {layers: [{conv: {out: 2, k: 3, p: 1}}, {concat: [in, prev]}]}}\n"
    plan = planned("  - {dense: {}, repeat: 3, name: d}\n  - concat: [input, d.*]", blocks)
    assert [plan[f"d.{n}"].output[0] for n in range(3)] == [6, 8, 10]
    assert plan["concat_1"].output[0] == 4 + 6 + 8 + 10


@each(
    ("count", "inputs"),
    [(0, ("input",)), (1, ("input", "m.0")), (3, ("input", "m.0", "m.1", "m.2"))],
)
def test_a_series_has_as_many_members_as_it_is_repeated(
    count: int, inputs: tuple[str, ...]
) -> None:
    text = "convcalc: 1\ninput: [4, 8, 8]\nvars: {n: 0}\nlayers:\n"
    text += "  - {relu: {}, repeat: =n, name: m}\n  - concat: [input, m.*]\n"
    plan = convcalc.plan(convcalc.loads(text), variables={"n": count})
    assert plan["concat_1"].inputs == inputs


@pytest.mark.parametrize("before", [1, 300])
def test_a_block_that_is_left_out_gives_nothing_wherever_it_stands(before: int) -> None:
    with pytest.raises(convcalc.StackError) as caught:
        planned(
            f"  - {{relu: {{}}, repeat: {before}}}\n"
            "  - {unit: {}, name: a, if: =1>2}\n  - {tanh: {}, from: a.skip}",
            "blocks: {unit: {layers: [{relu: {}, name: x}, tanh], gives: {skip: x}}}\n",
        )
    (problem,) = caught.value.problems
    assert problem.help == "`a` is left out here: its `if` is false"


def test_weights_are_those_of_a_member() -> None:
    plan = planned(
        "  - {conv: {out: 4, k: 1}, repeat: 3, name: m}\n"
        "  - {conv: {out: 4, k: 1}, weights: m.0, name: again}"
    )
    assert plan["again"].weights == "m.0"


def test_expressions_ask_for_sizes_of_parts() -> None:
    plan = planned(
        "  - {conv: {k: 1}, each: {out: [6, 10]}, name: m}\n"
        "  - {conv: {out: =channels(m.0)+channels(m.1), k: 1}}"
    )
    assert plan.rows[-1].output[0] == 16
