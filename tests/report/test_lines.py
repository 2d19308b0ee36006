"""Folding blocks to lines: sums, names, and where inputs come from."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import convcalc
from convcalc import Plan
from convcalc.report.columns import COLUMNS, TOTALS, sum_value, total_cell
from convcalc.report.layout import INDENT
from convcalc.report.lines import plan_lines
from convcalc.report.plan_tree import branches, flat
from convcalc.report.table import Cell, number

Example = Callable[[str], Plan]


@pytest.mark.parametrize(
    ("depth", "names"),
    [
        pytest.param(0, ["stem", "body.0", "body.1", "skip", "concat_1"], id="every block"),
        pytest.param(
            1,
            [
                "stem",
                "body.0.first",
                "body.0.pair_2.0",
                "body.0.pair_2.1",
                "body.0.add_1",
                "body.1.first",
                "body.1.pair_2.0",
                "body.1.pair_2.1",
                "body.1.add_1",
                "skip",
                "concat_1",
            ],
            id="blocks in blocks",
        ),
    ],
)
def test_depth_folds_what_is_deeper(nested: Plan, depth: int, names: list[str]) -> None:
    assert [line.name for line in plan_lines(nested, depth)] == names


@pytest.mark.parametrize("depth", [None, 2, 99])
def test_deep_enough_is_as_without_folding(nested: Plan, depth: int | None) -> None:
    assert [line.name for line in plan_lines(nested, depth)] == [row.name for row in nested]


def test_a_folded_block_sums_its_layers(nested: Plan) -> None:
    body = plan_lines(nested, 0)[1]
    # Three convolutions from 8 to 8 channels on 8x8 positions: 8 8 9 + 8 each.
    (branch,) = flat(nested, (body,))
    assert COLUMNS["params"].read(branch) == 3 * (8 * 8 * 9 + 8)
    assert COLUMNS["macs"].read(branch) == 3 * 8 * 8 * 9 * 8 * 8
    assert COLUMNS["bias"].read(branch) == 3 * 8 * 8 * 8
    assert (body.kind, body.output, body.is_block) == ("stage", (8, 8, 8), True)


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet", "deeplabv3_resnet50"])
@pytest.mark.parametrize("depth", [None, 0, 1])
def test_every_number_column_adds_up_to_its_total(
    example: Example, name: str, depth: int | None
) -> None:
    plan = example(name)
    lines = tuple(flat(plan, plan_lines(plan, depth)))
    assert len(TOTALS) == 11
    for key, total in TOTALS.items():
        assert sum(number(COLUMNS[key].read(line)) for line in lines) == total(plan)


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "unet", "deeplabv3_resnet50"])
def test_the_head_of_a_block_has_the_sum_of_what_is_in_it(example: Example, name: str) -> None:
    plan = example(name)
    tree = list(branches(plan, plan_lines(plan)))
    for at, head in enumerate(tree):
        if head.line is None:
            after = [place for place in range(at + 1, len(tree)) if tree[place].depth <= head.depth]
            layers = [one for one in tree[at + 1 : (*after, len(tree))[0]] if one.line is not None]
            assert layers
            for key in TOTALS:
                read = COLUMNS[key].read
                assert number(read(head)) == sum(number(read(one)) for one in layers)
    heads = sum(number(COLUMNS["macs"].read(one)) for one in tree if not one.depth)
    assert heads == plan.totals.macs


def test_inputs_are_named_after_folded_blocks(nested: Plan) -> None:
    lines = {line.name: line for line in plan_lines(nested, 0)}
    assert lines["body.1"].inputs == ("body.0",)
    assert lines["skip"].sources == "stem"
    assert lines["concat_1"].sources == "skip, body.1"
    # The line above needs no word.
    assert (lines["body.0"].sources, lines["stem"].sources) == ("", "")


def test_the_tree_names_layers_inside_their_block(nested: Plan) -> None:
    tree = branches(nested, plan_lines(nested))
    shown = [(INDENT * one.depth + one.name, ", ".join(one.sources)) for one in tree]
    assert shown[:12] == [
        ("stem", ""),
        ("body.0", ""),
        ("  first", ""),
        ("    conv_1", ""),
        ("    relu_1", ""),
        ("  pair_2.0", ""),
        ("    conv_1", ""),
        ("    relu_1", ""),
        ("  pair_2.1", ""),
        ("    conv_1", ""),
        ("    relu_1", ""),
        ("  add_1", "first, pair_2.1, in"),
    ]
    assert shown[-2:] == [("skip", "stem"), ("concat_1", "skip, body.1")]

    folded = branches(nested, plan_lines(nested, 1))
    assert {one.name: one.sources for one in folded}["add_1"] == ("first", "pair_2.1", "in")


def test_what_is_outside_a_block_is_named_from_the_network() -> None:
    text = """\
convcalc: 1
input: [4, 8]
blocks: {up: {args: [skip], layers: [{relu: {}, name: same}, add: [=skip, prev, same]]}}
layers: [{tanh: {}, name: same}, sigmoid, {up: {skip: same}}]
"""
    plan = convcalc.plan(convcalc.loads(text))
    tree = {one.name: one.sources for one in branches(plan, plan_lines(plan))}
    assert tree["add_1"] == ("/same", "same", "same")


def test_a_sum_says_what_is_known_of_it() -> None:
    """3 9 2 5 6 multiplies and 3 (18 + 1) numbers of one layer; and two more."""
    plan = convcalc.plan(
        convcalc.loads(
            "convcalc: 1\ninput: [2, 5, 6]\nlayers:\n  - conv: {out: 3, k: 3, p: 1}\n"
            "  - opaque: {output: [3, 5, 6]}\n"
            "  - opaque: {output: [3, 5, 6], macs: 100, params: 7}\n"
        )
    )
    first, second, third = plan.rows
    found = {
        rows: (
            sum_value(rows, "macs", sum(row.macs for row in rows)),
            sum_value(rows, "params", sum(row.params for row in rows)),
        )
        for rows in (
            (first,), (second,), (third,), (first, second), (second, third), (first, third),
        )
    }  # fmt: skip
    assert found == {
        (first,): (1620, 57),
        (second,): (Cell("?", ""), Cell("?", "")),
        (third,): (Cell("100*", 100), Cell("7*", 7)),
        (first, second): (Cell("≥1,620", 1620), Cell("≥57", 57)),
        (second, third): (Cell("≥100*", 100), Cell("≥7*", 7)),
        (first, third): (Cell("1,720*", 1720), Cell("64*", 64)),
    }
    assert total_cell(plan, "macs") == Cell("≥1,720", 1720)
