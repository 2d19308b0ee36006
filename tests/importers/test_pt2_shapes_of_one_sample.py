"""Shapes that programs ask for all samples, as those of one: worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules.axes import of_one_sample
from tests.each import each
from tests.importers.pt2_bytes import archive, node, program

# What it is of one sample and with all, what is asked of all, and what that is of one.
STANDING = [
    # Three samples behind 300 rows: that axis is theirs in the new shape as well.
    ((300, 1, 10), (300, 3, 10), (300, 3, 2, 5), (300, 1, 2, 5)),
    ((300, 1, 10), (300, 3, 10), (30, 10, 3, 10), (30, 10, 1, 10)),
    # An axis before them divides by three as well, or ends where they begin.
    ((12, 1, 10), (12, 3, 10), (3, 4, 3, 10), (3, 4, 1, 10)),
    ((12, 1, 10), (12, 3, 10), (4, 3, 3, 10), (4, 3, 1, 10)),
    ((12, 1, 10), (12, 3, 10), (12, 3, 1, 10), (12, 1, 1, 10)),
    # Joined to what stands before or behind them.
    ((12, 1, 10), (12, 3, 10), (36, 10), (12, 10)),
    ((12, 1, 10), (12, 3, 10), (12, 30), (12, 10)),
    # In front, where as many rows stand behind.
    ((1, 3, 10), (3, 3, 10), (3, 3, 2, 5), (1, 3, 2, 5)),
    # It is not three times as much along the one axis, or along two, or has other axes.
    ((6, 1, 10), (6, 7, 10), (6, 3, 10), (6, 1, 10)),
    ((6, 1, 10), (6, 7, 10), (3, 6, 10), (1, 6, 10)),
    ((6, 1, 10), (6, 2, 10), (3, 6, 10), (1, 6, 10)),
    ((4, 1, 10), (8, 3, 5), (3, 40), (1, 40)),
    ((4, 30), (4, 90, 1), (3, 3, 40), (1, 3, 40)),
    ((4, 30, 1), (4, 90), (3, 3, 40), (1, 3, 40)),
    # Nothing is known: the first axis that is not as it was, if it divides.
    ((4, 4, 6), None, (4, 4, 12), (4, 4, 6)),
    ((2, 6), None, (2, 6, 2), (2, 6, 1)),
    ((6, 5), None, (3, 20), (3, 10)),
    ((1, 1), None, (3, 1), (1, 1)),
    ((5, 1), None, (5, 7), (5, 1)),
]  # fmt: skip


@each(("dims", "given", "asked", "wanted"), STANDING)
def test_a_shape_for_one_of_several_samples(
    dims: tuple[int, ...], given: tuple[int, ...] | None, asked: tuple[int, ...],
    wanted: tuple[int, ...],
) -> None:  # fmt: skip
    assert of_one_sample(dims, asked, given) == wanted


@each(("dims", "asked", "ahead", "wanted"), [
    # So many elements before the samples, whatever else divides.
    ((6, 4), (4, 3, 4), 2, (2, 3, 4)),
    ((6, 4), (3, 4, 4), 2, (3, 2, 4)),
    ((6, 4), (2, 2, 12), 2, (2, 1, 12)),
    ((6, 4), (6, 4, 2), 6, (6, 2, 2)),
])  # fmt: skip
def test_a_shape_for_one_sample_with_so_many_elements_ahead(
    dims: tuple[int, ...], asked: tuple[int, ...], ahead: int, wanted: tuple[int, ...]
) -> None:
    assert of_one_sample(dims, asked, None, ahead) == wanted


@each(("dims", "asked", "ahead"), [
    ((4, 3), (4, 4), 0), ((4, 3), (4, 4), 4), ((4,), (6,), 0), ((4, 6), (2, 3), 0),
    ((4, 6), (0, 6), 0), ((0, 3), (2, 3), 0), ((5, 7), (5, 7, 0), 0),
])  # fmt: skip
def test_a_shape_that_no_samples_make_fit(
    dims: tuple[int, ...], asked: tuple[int, ...], ahead: int
) -> None:
    with pytest.raises(NoRuleError, match="its shape does not fit its input"):
        of_one_sample(dims, asked, None, ahead)


# Of 3 samples of 4 rows of 9; then of 3 of n rows of 8: a written first size counts them all.
@each(("size", "n", "wanted"), [
    ([-1, 6], 4, (6, 6)), ([-1, 6], 3, (4, 6)), ([-1, 6], 5, None),
    ([6, -1], 4, (2, 18)), ([6, -1], 3, (2, 12)), ([6, -1], 5, (2, 20)),
    ([3, 2, -1], 5, (2, 20)), ([6, 3, -1], 3, (2, 3, 4)), ([6, 3, -1], 5, None),
    ([9, -1], 3, (3, 8)), ([9, -1], 5, None), ([-1, 2, 3], 9, (12, 2, 3)),
])  # fmt: skip
def test_a_view_at_another_size_than_the_example(
    size: list[int], n: int, wanted: tuple[int, ...] | None
) -> None:
    whole = np.zeros((3, 4, 9)).reshape(size)
    nodes = [
        node("aten.mul", "a", self="%x", other=2.0),
        node("aten.view", "y", self="%a", size=size),
    ]
    found = program(nodes, {"x": [3, 4, 9]}, ["y"], {"a": [3, 4, 9], "y": [*whole.shape]})
    network = convcalc.loads(archive(found), "net.pt2")
    # Channels last in the program are channels first here.
    sizes = (9, 4) if n == 4 else (8, n)
    if wanted is None:
        with pytest.raises(StackError):
            convcalc.plan(network, input=sizes)
    else:
        assert convcalc.plan(network, input=sizes).rows[-1].output == wanted
