"""What a mask of constants lets each query see, told without writing it out and by numpy."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
import pytest

from convcalc.arrays.held_arrays import read
from convcalc.importers.onnx.folding import Small
from convcalc.importers.pytorch.seen_keys import _worked_out, added, counts_up, seen
from convcalc.network.held import Element, Held, Made, Nth, Written
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
TRIANGLE = of("tril", (SIZE, SIZE), ONES).made("reshaped", SQUARE)
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
    "keys that fall, each between two queries": (
        of("ge", SQUARE, numbers(SIZE, 1, start=8, step=-2), numbers(1, SIZE, start=9, step=-2)),
        "after",
    ),
    "keys that fall, the first one smaller": (
        of("le", SQUARE, numbers(SIZE, 1, start=8, step=-2), numbers(1, SIZE, start=9, step=-2)),
        "before",
    ),
    "some of a row": (Held("row", (1, 3), "bool", Written((0, 1, 0))), None),
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
    "laid out in a row": (BEFORE.made("reshaped", (1, SIZE**2)), None),
    "laid out in a column": (BEFORE.made("reshaped", (SIZE**2, 1)), None),
    "as truths again": (of("to", SQUARE, BEFORE), "before"),
    "as numbers": (of("to", SQUARE, BEFORE, element="float32"), "before"),
    "where a triangle is 0": (of("eq", SQUARE, TRIANGLE, other=0.0), "after"),
    "where a triangle is not 0": (of("ne", SQUARE, TRIANGLE, other=0), "before"),
    "a triangle of more keys": (of("tril", (2, SIZE), filled(1, 2, SIZE)), None),
    "a triangle of more queries": (of("tril", (SIZE, 2), filled(1, SIZE, 2)), None),
    "samples packed into one, which is one": (
        of("eq", SQUARE, packed(SIZE, 1), packed(1, SIZE)),
        "all",
    ),
}


FALLING = Held("w", (3, 3), "int64", Written(tuple(range(9, 0, -1))))


@each(("mask", "where"), [
    # Two queries and keys, for each of three heads.
    (of("tril", (2, 2), filled(1, 2, 2)), "before"),
    (of("tril", (1, 3, 2, 2), filled(1, 1, 3, 2, 2)), "before"),
    # Against other numbers than 0 nothing is told.
    (of("eq", SQUARE, TRIANGLE, other=1), None), (of("lt", SQUARE, TRIANGLE, other=0), None),
    # A row of keys before a column of queries, as it is laid out.
    (of("gt", (2, 2), Held("w", (2,), "int64", Written((0, 1))),
        Held("v", (2, 1), "int64", Written((0, 1)))), "after"),
    # Each number with itself: a matrix is no vector.
    (of("le", (3, 3), FALLING, FALLING), None),
])  # fmt: skip
def test_a_mask_of_few_keys(mask: Held, where: str | None) -> None:
    assert seen(mask) == where


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


def chosen(low: Any, high: float, where: Held = BEFORE, *more: Held) -> Held:
    given = {"condition": Nth(0), "x": low, "other": high}
    return of("where", SQUARE, where, *more, element="float32", **given)


def laid(mask: Held, *axes: int) -> Held:
    return mask.made("arranged", (SIZE, SIZE), sizes=(SIZE, SIZE), axes=axes)


@each(
    ("mask", "where"),
    [
        (chosen(0.0, float("-inf")), "before"),
        (chosen(-1e9, 0.0), "after"),
        (chosen(0.0, -1.0), None),
        (chosen(0.0, -1e4), "before"),
        (chosen(0.0, -9999.0), None),
        # By an array of one number, and of several that begin with it.
        (chosen(Nth(1), 0.0, BEFORE, Held("w", (1,), "float32", Written((-1e9,)))), "after"),
        (chosen(Nth(1), 0.0, BEFORE, Held("w", (2,), "float32", Written((-1e9, 0.0)))), None),
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


def written(*rows: Sequence[int]) -> Held:
    values = tuple(value for row in rows for value in row)
    return Held("w", (len(rows), len(rows[0])), "int64", Written(values))


def line(*values: int) -> Held:
    return Held("w", (len(values),), "int64", Written(values))


A = np.array([[4, -1, 2], [7, 0, 3]])
TABLE = written(*A.tolist())
HALVES = Held("h", (3,), "float32", Written((0.5, 2.25, 7.0)))
INT: dict[str, Any] = {"element": "int64"}
SMALL = {
    "sums down": (of("cumsum", (2, 3), TABLE, dim=0, **INT), A.cumsum(0)),
    "sums along": (of("cumsum", (2, 3), TABLE, dim=1, **INT), A.cumsum(1)),
    "sums along the last": (of("cumsum", (2, 3), TABLE, dim=-1, **INT), A.cumsum(1)),
    "steps": (of("diff", (2, 2), TABLE, **INT), np.diff(A)),
    "steps down": (of("diff", (1, 3), TABLE, n=1, dim=0, **INT), np.diff(A, axis=0)),
    "steps from what is before": (
        of("diff", (2, 5), TABLE, TABLE, dim=1, prepend=Nth(1), **INT), np.diff(A, prepend=A),
    ),
    "steps to what is behind": (
        of("diff", (3, 3), TABLE, TABLE, dim=0, append=Nth(1), **INT),
        np.diff(A, axis=0, append=A),
    ),
    "elements at places": (
        of("index", (3,), TABLE, line(1, -1, 0), line(0, 2, -3), indices=(Nth(1), Nth(2)), **INT),
        A[[1, -1, 0], [0, 2, -3]],
    ),
    "elements at rows and columns": (
        of("index", (2, 2), TABLE, written([1], [0]), written([2, 0]), indices=(Nth(1), Nth(2)),
           **INT),
        A[[[1], [0]], [[2, 0]]],
    ),
    "sums": (of("add", (2, 3), TABLE, line(1, 2, 3), **INT), A + np.array([1, 2, 3])),
    "differences": (of("sub", (2, 3), TABLE, written([1], [2]), **INT), A - [[1], [2]]),
    "products with a number": (of("mul", (2, 3), TABLE, other=3, **INT), A * 3),
    "numbers up": (of("arange", (4,), end=9, start=1, step=2, **INT), np.arange(1, 9, 2)),
    "numbers from 0": (of("arange", (3,), end=3, **INT), np.arange(3)),
    "every other column": (
        Held("s", (2, 2), "int64", Made("sliced", (TABLE,), {"axis": 1, "start": 0, "step": 2})),
        A[:, ::2],
    ),
    "the second row": (
        Held("s", (1, 3), "int64", Made("sliced", (TABLE,), {"axis": 0, "start": 1, "step": 1})),
        A[1:],
    ),
    "turned": (TABLE.made("arranged", (3, 2), sizes=(2, 3), axes=(1, 0)), A.T),
    "spread": (TABLE.made("spread", (2, 2, 3)), np.broadcast_to(A, (2, 2, 3))),
    "reshaped": (TABLE.made("reshaped", (3, 2)), A.reshape(3, 2)),
    "truths": (of("to", (2, 3), TABLE), A.astype(bool)),
    "whole numbers": (of("to", (2, 3), TABLE, **INT), A),
    "whole numbers of reals": (of("to", (3,), HALVES, **INT), np.array([0, 2, 7])),
    "reals": (of("to", (3,), HALVES, element="float32"), np.array([0.5, 2.25, 7.0])),
    "steps along the last axis of three": (
        of("diff", (1, 2, 2), TABLE.made("reshaped", (1, 2, 3)), **INT), np.diff(A[None])),
    # What is left out, or stands for nothing, and too few places for the axes.
    "ones": (of("ones", (2, 3), size=(2, 3), **INT), None),
    "numbers from nowhere": (of("arange", (3,), end=3, start=None, **INT), None),
    "elements at no places": (
        of("index", (2, 3), TABLE, line(1, 0), indices=(None, Nth(1)), **INT), None),
    "rows at places": (of("index", (2, 3), TABLE, line(1, 0), indices=(Nth(1),), **INT), None),
    "a filled one": (Held("f", (2, 2), "int64", Made("filled", (), {"by": 3})), np.full((2, 2), 3)),
    # Twice what is added, second steps: not worked out.
    "twice the other": (of("add", (2, 3), TABLE, line(1, 2, 3), alpha=2, **INT), None),
    "second steps": (of("diff", (2, 1), TABLE, n=2, **INT), None),
    "what masks are not made with": (of("exp", (2, 3), TABLE, **INT), None),
}  # fmt: skip


@pytest.mark.parametrize(("array", "wanted"), SMALL.values(), ids=SMALL)
def test_a_small_array_is_worked_out(array: Held, wanted: np.ndarray[Any, Any] | None) -> None:
    found = _worked_out(array)
    if wanted is None:
        assert found is None
    else:
        assert isinstance(found, Small)
        assert found.dims == wanted.shape == array.dims
        assert np.array_equal(np.reshape(found.values, found.dims), wanted)


COMPARING = {
    "le": np.less_equal, "lt": np.less, "ge": np.greater_equal, "gt": np.greater,
    "eq": np.equal, "ne": np.not_equal,
}  # fmt: skip


@each("op", COMPARING)
def test_compared_vectors_hide_what_they_hide_written_out(op: str) -> None:
    """Queries down and keys along, on either side; all is told of keys that rise."""
    draw = random.Random(op)
    told = Counter[str | None]()
    for _ in range(400):
        queries, keys = ([draw.randint(-1, 3) for _ in range(3)] for _ in range(2))
        if draw.random() < 0.6:
            start = draw.randint(-2, 2)
            keys = [start + at for at in range(3)]
            queries = [key + draw.choice([0, 0, 0, 1, -1, -5, 5]) for key in keys]
            if draw.random() < 0.6:
                queries = [key + queries[0] - keys[0] for key in keys]
        down, along = written(*([one] for one in queries)), written(keys)
        pair, arrays = (down, along), (np.array(queries)[:, None], np.array(keys)[None, :])
        if draw.random() < 0.5:
            pair, arrays = pair[::-1], arrays[::-1]
        truths = COMPARING[op](*arrays)
        before = np.tril(np.ones((3, 3), bool))
        known = {"all": before | True, "none": before & False, "before": before, "after": ~before}
        same = next((word for word, one in known.items() if np.array_equal(one, truths)), None)
        found = seen(of(op, (3, 3), *pair))
        assert found in (same, None), (op, queries, keys, pair)
        # Whether all numbers are one is all that equality is asked for.
        is_asked = len({*queries, *keys}) == 1 if op in ("eq", "ne") else keys == sorted({*keys})
        assert found == same or not is_asked, (op, queries, keys)
        told[found] += 1
    wanted = {"all", "none", "before", "after"} if op not in ("eq", "ne") else {None}
    assert wanted <= told.keys()


HELD = {
    "all": ONES, "none": filled(0, SIZE, SIZE), "before": BEFORE,
    "after": of("gt", SQUARE, COLUMNS, ROWS), "": of("eq", SQUARE, COLUMNS, ROWS),
}  # fmt: skip


def test_where_two_masks_are_true() -> None:
    keys = np.tril(np.ones((SIZE, SIZE), bool))
    known = {"all": keys | True, "none": keys & False, "before": keys, "after": ~keys}
    for one, other in product(HELD, repeat=2):
        found = seen(of("logical_and", SQUARE, HELD[one], HELD[other]))
        if not one or not other:
            # What is known of one alone tells nothing, unless the other takes nothing away.
            assert found is None or not (one or other), (one, other)
            continue
        both = known[one] & known[other]
        assert found is not None
        assert np.array_equal(known[found], both), (one, other, found)


@each("op", ["upsample_nearest1d", "index_select", "gather", "expand", "repeat"])
def test_picks_of_what_is_one_number_everywhere_are_that_number(op: str) -> None:
    for by, where in ((0, "none"), (1, "all"), (7, "all")):
        assert seen(of(op, (LONG, LONG), filled(by, 3, 3))) == where
        assert seen(of(op, (SIZE, SIZE), filled(by, 3, 3))) == where
    assert seen(of(op, (SIZE, SIZE), BEFORE)) is None
    assert seen(of(op, (3, 2), TABLE)) is None


@each(("places", "is_so"), [((0, 1, 2), True), ((0,), True), ((0, 1, 3), False), ((1, 2, 3), False),
                            ((0, 2, 1), False), ((0, 1, 1), False)])  # fmt: skip
def test_places_that_count_up_are_0_1_2_and_so_on(places: Sequence[int], is_so: bool) -> None:
    assert counts_up(line(*places)) is is_so
