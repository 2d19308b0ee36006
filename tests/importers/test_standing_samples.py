"""Where samples stand in tensors of a file, and how often: sizes by hand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from convcalc.importers.along_samples import (
    UNKNOWN,
    Act,
    Samples,
    Standing,
    axis_of_samples,
    handed_on,
)
from convcalc.importers.placing import NoRuleError
from tests.each import each

Dims = tuple[int, ...]


@each(("dims", "stated", "samples", "axis"), [
    ((3, 7, 4), (3, 35, 4), 5, 1), ((3, 7, 4), (3, 7, 4), 5, None),
    ((3, 7, 4), (15, 35, 4), 5, None), ((3, 7, 4), (3, 35), 5, UNKNOWN),
    ((3, 7, 4), None, 5, UNKNOWN), ((3, 7, 4), (3, 36, 4), 5, None),
    # Each axis is as long as for one sample.
    ((1, 7), (1, 7), 1, None), ((3, 7), (3, 7), 1, None),
    ((3, 7, 4), (3, "7*n", 4), "n", 1), ((3, 7, 4), ("n", 7, "4*n"), "n", None),
    ((3, 7, 4), (3, "nn", 4), "n", UNKNOWN), ((3, 7), (3, 7), "n", None),
    ((3, 7), (3, 7), "2*n", UNKNOWN), ((6, 7), ("2*n", 7), "2*n", 0),
    ((3, 7), (3, "m"), 5, UNKNOWN),
])  # fmt: skip
def test_samples_stand_along_the_axis_that_is_so_many_times_as_long(
    dims: Dims, stated: Sequence[int | str] | None, samples: Samples, axis: int | None
) -> None:
    assert axis_of_samples(dims, stated, samples) == axis


@each(("axis", "dims", "found", "wanted"), [
    (1, (7, 2, 4), (7, 2, 9), 1), (2, (7, 2, 4), (7, 2, 9), UNKNOWN), (0, (2, 3, 4), (24,), 0),
    (1, (7, 2, 4), (7, 8), UNKNOWN), (0, (2, 3), (), UNKNOWN), (0, (2, 3), (4, 3), 0),
    (2, (7, 2, 4), (9, 8, 4), 2),
])  # fmt: skip
def test_samples_stay_where_the_size_stays_or_come_first(
    axis: int, dims: Dims, found: Dims, wanted: int
) -> None:
    assert handed_on(axis, dims, found) == wanted


# Samples along axis 1 of `a` and `b`: twice one behind the other in `a`, three times in `b`.
DIMS: dict[str, Dims] = {"a": (5, 4, 7), "b": (5, 6, 7), "c": (5, 4, 7)}


def standing() -> Standing:
    found = Standing()
    found.note("a", 1, 2)
    found.note("b", 1, 3)
    return found


@each(("act", "names", "axis", "found", "start", "rounds"), [
    # 5 * 2 rounds stand before all of the second sample: 2 of them along (5, 4, ...).
    (Act.SHAPES, "a", 1, (5, 4, 7), 0, 2), (Act.SHAPES, "a", 0, (10, 14), 0, 10),
    (Act.SHAPES, "a", 0, (20, 7), 0, 10), (Act.SHAPES, "b", 2, (5, 3, 2, 7), 0, 1),
    (Act.SHAPES, "a", 1, (10, 14), 0, 1),
    (Act.JOINS, "ab", 1, (5, 10, 7), 0, 5),
    (Act.CUTS, "a", 1, (5, 2, 7), 2, 1), (Act.CUTS, "b", 1, (5, 4, 7), 2, 2),
    (Act.KEEPS, "ac", 1, (5, 4, 7), 0, 2), (Act.KEEPS, "cb", 1, (5, 4, 7), 0, 3),
])  # fmt: skip
def test_rounds_of_samples_go_through_operations(
    act: Act, names: str, axis: int, found: Dims, start: int, rounds: int
) -> None:
    through = standing().through(act, names, DIMS.__getitem__, axis, found, start)
    assert (through, type(through)) == (rounds, int)


@each(("act", "names", "axis", "found", "start", "why"), [
    (Act.SHAPES, "b", 1, (5, 2, 21), 0, "works along samples"),
    (Act.SHAPES, "a", 1, (4, 35), 0, "works along samples"),
    (Act.SHAPES, "a", 1, (20, 7), 0, "works along samples"),
    (Act.JOINS, "ac", 1, (5, 8, 7), 0, "joins samples with something else"),
    (Act.CUTS, "a", 1, (5, 2, 7), 1, "works along samples"),
    (Act.CUTS, "a", 1, (5, 3, 7), 0, "works along samples"),
    (Act.CUTS, "a", 1, (5, 0, 7), 2, "works along samples"),
    (Act.KEEPS, "ab", 1, (5, 4, 7), 0, "works along samples"),
])  # fmt: skip
def test_what_mixes_samples_says_so(
    act: Act, names: str, axis: int, found: Dims, start: int, why: str
) -> None:
    with pytest.raises(NoRuleError, match=why):
        standing().through(act, names, DIMS.__getitem__, axis, found, start)


def test_tensors_of_unequal_rounds_are_not_joined() -> None:
    found = standing()
    found.note("c", 1, 4)
    with pytest.raises(NoRuleError, match="joins samples with something else"):
        found.through(Act.JOINS, "ac", DIMS.__getitem__, 1, (5, 8, 7))
    assert (found.rounds("c"), found.rounds("none")) == (4, 1)
    assert found.ahead("b", (5, 6, 7)) == 15
