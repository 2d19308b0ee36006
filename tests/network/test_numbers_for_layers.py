"""Numbers where layers are named, and layers where a number stands: what to write instead."""

from __future__ import annotations

import convcalc
from convcalc import StackError
from tests.each import each

HEAD = "convcalc: 1\ninput: {a: [3], b: [3], mask: [3], condition: [3], x: [3]}\nlayers:\n  - "


@each(
    ("written", "help"),
    [
        ("where: [a, b, -inf]", "write `where: {inputs: [a, b], other: -inf}`"),
        ("where: [a, 1, 0]", "write `where: {inputs: [a], value: 1, other: 0}`"),
        ("where: [a, 1.5, b]", "write `where: {inputs: [a, b], value: 1.5}`"),
        ("where: 3", "write `where: {inputs: [condition, x], value: 3}`"),
        ("where: {inputs: [a, 3]}", "write `where: {inputs: [condition, x], value: 3}`"),
        ("less: [a, b]", "name layers in `inputs: [a, b]`"),
        ("masked_fill: 3", "write `where` with `inputs: [mask, x], value: 0`"),
    ],
)
def test_the_repair_can_be_written_as_it_stands(written: str, help: str) -> None:
    assert help in {one.help for one in problems(written)}
    fields = help.removesuffix("`").split("inputs: ")[1].rstrip("}")
    kind = "less" if written.startswith("less") else "where"
    assert problems(f"{kind}: {{inputs: {fields}}}") == []


@each(
    ("written", "help"),
    [
        ("less: [a, b, x]", "name layers in `inputs`"),
        ("less: []", "write a number"),
        ("less: [1, 2]", "write a number"),
        # A flag is no number.
        ("where: [a, true, b]", "give the layer a `name` and write that; there are no numbers for layers"),  # noqa: E501
    ],
)  # fmt: skip
def test_what_cannot_be_told_in_full_is_told_in_short(written: str, help: str) -> None:
    assert help in {one.help for one in problems(written)}


def problems(layer: str) -> list[convcalc.Problem]:
    try:
        convcalc.plan(convcalc.loads(f"{HEAD}{layer}\n"))
    except StackError as error:
        return list(error.problems)
    return []
