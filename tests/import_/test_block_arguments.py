"""Which uses of a block have a layer, what it is called, and joins as a person nests them."""

from __future__ import annotations

import convcalc
from convcalc.features.import_.block_arguments import Argument, _conditions, common
from convcalc.features.import_.given_names import _common_name
from convcalc.features.import_.nested_joins import nested, with_shortcuts_last
from convcalc.features.import_.nested_parts import Part
from tests.each import each

ENTERING = [64, 64, 64]


def flag(widths: list[int | None], is_around: bool) -> Argument:
    found = Argument("project", [False, True, True])
    found.widths, found.is_around = widths, is_around
    return found


def test_conditions_that_a_person_would_set() -> None:
    """Of three uses the second has a stride, the third changes its channels."""
    arguments = [
        Argument("c", [64, 64, 128]), Argument("s", [1, 2, 1]), Argument("k", [3, 5, 3]),
        Argument("x", [64, 64, 999]),
    ]  # fmt: skip
    no, yes = False, True
    changed = [("cin!=c", [no, no, yes]), ("cin==c", [yes, yes, no])]
    assert list(_conditions(flag([64, 64, 128], False), arguments, ENTERING)) == changed
    assert list(_conditions(flag([64, None, 128], True), arguments, ENTERING)) == [
        *changed,
        ("s>1", [no, yes, no]),
        ("s==1", [yes, no, yes]),
        ("s>1 or cin!=c", [no, yes, yes]),
        ("s==1 and cin==c", [yes, no, no]),
    ]
    # Of a layer of four times the width; of one that no width tells of, strides alone.
    assert list(_conditions(flag([256, 256, 512], False), arguments, ENTERING)) == [
        ("cin!=4*c", [yes, yes, yes]), ("cin==4*c", [no, no, no]),
    ]  # fmt: skip
    assert list(_conditions(flag([65, 65, 65], True), arguments, ENTERING)) == [
        ("s>1", [no, yes, no]), ("s==1", [yes, no, yes]),
    ]  # fmt: skip


@each(("column", "preferred", "value"), [
    ([(1,), (1, 2)], 2, 1), ([(1, 2), (2, 1)], 2, 2), ([(1, 2), (2, 1)], 5, 1),
    ([(1,), (2,)], 1, ...),
    ([None, (3,)], 1, 3), ([None, None], 1, ...), ([(True,), (1,)], 1, ...),
])  # fmt: skip
def test_a_value_that_fits_all_uses(column: list[tuple[int, ...] | None], preferred: int,
                                    value: object) -> None:  # fmt: skip
    assert common(column, preferred) == value


def inputs(*layers: str) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """What nodes read where joins are nested, and where shortcuts come last."""
    listed = ", ".join(f"{{{layer}}}" for layer in layers)
    graph = convcalc.loads(f"convcalc: 1\ninput: [3, 8, 8]\nlayers: [{listed}]").graph()
    return (
        [node.inputs for node in nested(graph).nodes],
        [node.inputs for node in with_shortcuts_last(graph).nodes],
    )


def test_a_join_reads_the_longest_join_before_it() -> None:
    found, _ = inputs(
        "relu: {}, name: a", "sigmoid: {}, name: b", "concat: [input, a], name: c",
        "concat: [input, a, b], name: d", "relu: {}, name: e",
        # All of d and one more; of this order c alone; of another axis none; what begins otherwise.
        "concat: [input, a, b, e]", "concat: [input, a, e, b]",
        "concat: {inputs: [input, a, b], axis: width}", "concat: [a, input, b]", "add: [input, a]",
        # Once more what d joins.
        "concat: [input, a, b]",
    )  # fmt: skip
    assert found[3:] == [
        (0, 1), (3, 2), (4,), (4, 5), (3, 5, 2), (0, 1, 2), (1, 0, 2), (0, 1), (3, 2),
    ]  # fmt: skip


def test_a_shortcut_is_read_last_where_order_is_all_the_same() -> None:
    _, found = inputs(
        "relu: {}, name: a", "sigmoid: {}, name: b", "add: [a, b], name: c",
        # What the other one does not lead to, what does not commute, and three.
        "relu: {}, from: input, name: d", "add: [c, d], name: e", "relu: {}, name: f",
        "sub: [e, f], name: g", "relu: {}, name: h", "add: [f, g, h]",
        "relu: {}, name: i", "mul: [h, i]", "add: [h, i]",
    )  # fmt: skip
    assert found[3:] == [
        (2, 1), (0,), (3, 4), (5,), (5, 6), (7,), (6, 7, 8), (9,), (10, 8), (8, 10),
    ]  # fmt: skip


UNIT = ("layer1", "0")


@each(("paths", "around", "name"), [
    ([("layer1", "0", "conv1"), ("layer1", "1", "conv1")], (), "conv1"),
    ([("a", "conv"), ("b", "c", "conv")], (), "conv"),
    ([("a", "conv"), ("a", "norm")], (), ""),
    ([(), ("a", "conv")], (), "conv"),
    ([("conv",), ("a", "conv")], (), "conv"),
    # Behind the path of the use all of it counts, from the last word on.
    ([(*UNIT, "down", "0")], UNIT, "down_0"),
    ([(*UNIT, "down", "conv", "1")], UNIT, "conv_1"),
    ([("layer2", "0", "down", "conv")], UNIT, "conv"),
    ([("layer1", "conv")], UNIT, "conv"),
    # A part of another unit is called by its last segment alone, and a number is no name.
    ([("layer2", "0", "down", "0")], UNIT, ""),
    ([UNIT], UNIT, ""),
    ([("conv",)], UNIT, "conv"),
    ([()], UNIT, ""),
])  # fmt: skip
def test_a_name_that_all_uses_have(
    paths: list[tuple[str, ...]], around: tuple[str, ...], name: str
) -> None:
    uses = [Part(around, 0, 1)] * len(paths) if around else ()
    assert _common_name(paths, uses) == name
