"""What a mask of constants lets each query see, told without writing it out and by numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from convcalc.arrays.held_arrays import read
from convcalc.importers.pytorch.seen_keys import added, seen
from convcalc.network.held import Element, Held, Made, Nth
from tests.each import each

SIZE = 5


def of(
    op: str, dims: Sequence[int], *parts: Held, element: Element = "bool", **arguments: Any
) -> Held:
    """What an operator makes of arrays: those not among the arguments are `x` and `other`."""
    given = {"x": Nth(0), "other": Nth(1)} if len(parts) > 1 else {"x": Nth(0)} if parts else {}
    if any(isinstance(one, Nth) and one == 1 for one in arguments.values()):
        given.pop("other", None)
    fields = {"op": f"aten.{op}", "arguments": given | arguments, "element": element}
    return Held(op, tuple(dims), element, Made("calculated", parts, fields))


def filled(by: float, *dims: int) -> Held:
    return Held("filled", dims, "float64", Made("filled", (), {"by": by}))


def numbers(*dims: int, start: int = 0, step: int = 1) -> Held:
    made = of("arange", (SIZE,), element="int64", end=start + SIZE * step, start=start, step=step)
    return made.made("reshaped", dims)


def packed(*dims: int) -> Held:
    """The number of each position's sample: a new one begins where positions do not go on."""
    positions = numbers(SIZE)
    first = Held(
        "first", (1,), "int64", Made("sliced", (positions,), {"axis": 0, "start": 0, "step": 1})
    )
    before = of("sub", (1,), first, filled(1, 1), element="int64")
    given = {"n": 1, "dim": -1, "prepend": Nth(1)}
    steps = of("diff", (SIZE,), positions, before, element="int64", **given)
    begins = of("ne", (SIZE,), steps, filled(1, SIZE))
    return of("cumsum", (SIZE,), begins, element="int64", dim=-1).made("reshaped", dims)


ROWS, COLUMNS = numbers(1, 1, SIZE, 1), numbers(1, 1, 1, SIZE)
SQUARE = (1, 1, SIZE, SIZE)
ONES = filled(1, SIZE, SIZE)
BEFORE = of("le", SQUARE, COLUMNS, ROWS)
LONG = 4000

CASES = {
    "keys up to the query": (BEFORE, "before"),
    "queries from the key on": (of("ge", SQUARE, ROWS, COLUMNS), "before"),
    "keys before the next one": (of("lt", SQUARE, COLUMNS, numbers(SIZE, 1, start=1)), "before"),
    "keys behind the query": (of("gt", SQUARE, COLUMNS, ROWS), "after"),
    "by steps of two": (
        of("le", SQUARE, numbers(1, SIZE, step=2), numbers(SIZE, 1, step=2)),
        "before",
    ),
    "all above, as numbers are": (of("ge", SQUARE, ROWS, filled(0, 1, SIZE)), "all"),
    "no key is the largest": (of("gt", SQUARE, COLUMNS, numbers(SIZE, 1, start=9)), "none"),
    "not the query itself": (of("lt", SQUARE, COLUMNS, ROWS), None),
    "the query alone": (of("eq", SQUARE, COLUMNS, ROWS), None),
    "keys that fall": (of("le", SQUARE, numbers(1, SIZE, start=4, step=-1), ROWS), None),
    "one number against itself": (of("eq", SQUARE, filled(3, SIZE, 1), filled(3, 1, SIZE)), "all"),
    "both": (
        of("bitwise_and", SQUARE, BEFORE, of("eq", SQUARE, filled(2, SIZE, 1), filled(2, SIZE))),
        "before",
    ),
    "both, of which one is not known": (
        of("logical_and", SQUARE, BEFORE, of("eq", SQUARE, ROWS, COLUMNS)),
        None,
    ),
    "what excludes each other": (
        of("logical_and", SQUARE, BEFORE, of("gt", SQUARE, COLUMNS, ROWS)),
        "none",
    ),
    "not behind": (of("logical_not", SQUARE, of("gt", SQUARE, COLUMNS, ROWS)), "before"),
    "a triangle": (of("tril", (SIZE, SIZE), ONES), "before"),
    "a triangle above": (of("triu", (SIZE, SIZE), ONES, diagonal=1), "after"),
    "a triangle with the diagonal": (of("triu", (SIZE, SIZE), ONES), None),
    "of many queries": (
        of("tril", (LONG, LONG), filled(1, LONG, LONG)).made("reshaped", (1, LONG, LONG)),
        "before",
    ),
    "turned": (BEFORE.made("arranged", SQUARE, sizes=SQUARE, axes=(0, 1, 3, 2)), None),
    "samples packed into one, which is one": (
        of("eq", SQUARE, packed(SIZE, 1), packed(1, SIZE)),
        "all",
    ),
}


@pytest.mark.parametrize(("mask", "where"), CASES.values(), ids=CASES)
def test_a_mask_of_truths(mask: Held, where: str | None) -> None:
    assert seen(mask) == where
    if mask.count > SIZE**2:
        return
    truths = read(mask).astype(bool).reshape(mask.dims[-2:])
    keys = np.tril(np.ones((SIZE, SIZE), bool))
    known = {"all": keys | True, "none": keys & False, "before": keys, "after": ~keys}
    same = [word for word, one in known.items() if np.array_equal(one, truths)]
    assert same == ([where] if where else [])


def chosen(low: float, high: float, where: Held = BEFORE) -> Held:
    return of("where", SQUARE, where, element="float32", condition=Nth(0), x=low, other=high)


def laid(mask: Held, *axes: int) -> Held:
    return mask.made("arranged", (SIZE, SIZE), sizes=(SIZE, SIZE), axes=axes)


@each(
    ("mask", "where"),
    [
        (chosen(0.0, float("-inf")), "before"),
        (chosen(-1e9, 0.0), "after"),
        (chosen(0.0, -1.0), None),
        (chosen(0.0, 1e9), None),
        (chosen(2.0, -1e9), None),
        (chosen(0.0, -1e9, ONES), "all"),
        (of("masked_fill", SQUARE, filled(0, *SQUARE), BEFORE, element="float32", mask=Nth(1),
            value=-1e9), "after"),
        (laid(chosen(0.0, -1e9), 0, 1), "before"),
        (laid(chosen(0.0, -1e9), 1, 0), None),
        (ONES, None),
    ],
)  # fmt: skip
def test_a_mask_of_numbers_that_are_added(mask: Held, where: str | None) -> None:
    assert added(mask) == where
