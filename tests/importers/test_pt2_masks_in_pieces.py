"""Attention that a program has as its pieces, under each mask that is put into its scores."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

import numpy as np

from convcalc.arrays.ops import Array
from tests.each import each
from tests.importers.numpy_calls import Same, check
from tests.importers.pt2_calls import TRUTH

# Three queries and five keys of four features, whose values are of two; and as many of each.
QUERIES, KEYS, FEATURES, WIDTH = 3, 5, 4, 2


def counted(*sizes: int) -> Array:
    found: Array = 2 * np.cos(np.arange(float(np.prod(sizes)))).reshape(sizes)
    return found


def attended(lead: tuple[int, ...], keys: int, mask: str, of: tuple[int, ...] = ()) -> Same:
    """Values by the softmax of masked scores; a mask is for all of `lead`, unless it is `of` them.

    Hidden scores are -inf, or a number that is as good.
    """
    q, k = counted(*lead, QUERIES, FEATURES), counted(*lead, keys, FEATURES) / 3
    v = counted(*lead, keys, WIDTH)
    key = Same("transpose", {"self": k, "dim0": -2, "dim1": -1}, k.swapaxes(-1, -2))
    scores = Same("matmul", {"self": q, "other": key}, q @ key.wanted)
    scores = Same("mul", {"self": scores, "other": 0.5}, scores.wanted / 2)
    scores = MASKED[mask](scores, np.sin(counted(*(of or (1,) * len(lead)), QUERIES, keys)))
    powers = np.exp(scores.wanted)
    shares = powers / powers.sum(-1, keepdims=True)
    softmax = Same("softmax", {"self": scores, "dim": -1}, shares)
    return Same("matmul", {"self": softmax, "other": v}, shares @ v)


def added(x: Same, mask: Array) -> Same:
    return Same("add", {"self": x, "other": mask}, x.wanted + mask)


def truths(mask: Array) -> Same:
    """Where a mask is above 0, and at the first key."""
    first = np.arange(mask.shape[-1]) == 0
    shifted = mask + 9 * first
    return Same("gt", {"self": shifted, "other": 0.0}, shifted > 0)


def kept(x: Same, mask: Array, number: float = -inf) -> Same:
    where = truths(mask)
    by = Same("full", {"size": [1], "fill_value": number}, np.full(1, number))
    wanted = np.where(where.wanted, x.wanted, number)
    return Same("where", {"condition": where, "self": x, "other": by}, wanted)


def hidden(x: Same, mask: Array, number: float = -inf) -> Same:
    where = truths(mask)
    here = Same("logical_not", {"self": where}, ~where.wanted)
    return Same("masked_fill", {"self": x, "mask": here, "value": number},
                np.where(here.wanted, number, x.wanted))  # fmt: skip


def triangle(x: Same, op: str, diagonal: int) -> Same:
    """Ones of which a triangle is left, or where it is 0."""
    size = x.wanted.shape[-2:]
    ones = Same("ones", {"size": [*size]}, np.ones(size))
    made = getattr(np, op)(np.ones(size), diagonal)
    cut = Same(op, {"self": ones, "diagonal": diagonal}, made)
    if not diagonal:
        return Same("eq", {"self": cut, "other": 0.0}, made == 0)
    return Same("to", {"self": cut, "dtype": TRUTH}, made != 0)


def hidden_behind(x: Same, _: Array) -> Same:
    where = triangle(x, "triu", 1)
    return Same("masked_fill", {"self": x, "mask": where, "value": -1e9},
                np.where(where.wanted, -1e9, x.wanted))  # fmt: skip


def hidden_where_0(x: Same, _: Array) -> Same:
    where = triangle(x, "tril", 0)
    return Same("masked_fill", {"self": x, "mask": where, "value": -inf},
                np.where(where.wanted, -inf, x.wanted))  # fmt: skip


def kept_all(x: Same, _: Array) -> Same:
    """Keys 0, 1 and 2 are all no more than queries 5, 6 and 7."""
    rows, keys = np.arange(5, 8), np.arange(3)
    behind = Same("arange", {"start": 5, "end": 8}, rows)
    queries = Same("unsqueeze", {"self": behind, "dim": 1}, rows[:, None])
    first = Same("arange", {"end": 3}, keys)
    where = Same("ge", {"self": queries, "other": first}, rows[:, None] >= keys)
    return Same("where", {"condition": where, "self": x, "other": -1e9}, x.wanted)


def twice(x: Same, mask: Array) -> Same:
    return added(hidden_behind(x, mask), mask)


def added_by_truths(x: Same, mask: Array) -> Same:
    """0 where truths are, and elsewhere -inf."""
    where = truths(mask)
    by = Same("where", {"condition": where, "self": 0.0, "other": -inf},
              np.where(where.wanted, 0.0, -inf))  # fmt: skip
    return Same("add", {"self": x, "other": by}, x.wanted + by.wanted)


MASKED: dict[str, Callable[[Same, Array], Same]] = {
    "none": lambda x, _: x, "added": added, "kept": kept, "hidden": hidden,
    "hidden behind": hidden_behind, "hidden where 0": hidden_where_0, "kept all": kept_all,
    "twice": twice, "added by truths": added_by_truths,
    "added by truths, and numbers": lambda x, mask: added(added_by_truths(x, mask), mask),
}  # fmt: skip


@each(("lead", "of", "keys", "mask", "causal", "inputs"), [
    ((1,), (), KEYS, "none", False, 3), ((1, 6), (), KEYS, "none", False, 3),
    ((1,), (), KEYS, "added", False, 4), ((1, 6), (), KEYS, "added", False, 4),
    ((1, 6), (1, 6), KEYS, "added", False, 4), ((1, 7, 6), (1, 1, 6), KEYS, "added", False, 4),
    ((1, 7, 6), (1, 7, 1), KEYS, "added", False, 4), ((1, 6), (), 3, "hidden behind", True, 3),
    ((1,), (), 3, "hidden behind", True, 3), ((1, 6), (), 3, "hidden where 0", True, 3),
    ((1, 6), (), 3, "kept all", False, 3), ((1, 6), (), 3, "twice", True, 4),
    ((1, 6), (), KEYS, "added by truths", False, 4),
    ((1,), (), KEYS, "added by truths", False, 4),
])  # fmt: skip
def test_attention_in_pieces_is_one_layer(
    lead: tuple[int, ...], of: tuple[int, ...], keys: int, mask: str, causal: bool, inputs: int
) -> None:
    plan = check([attended(lead, keys, mask, of)])
    (row,) = (row for row in plan if "attention" in row.kind)
    assert row.node.layer.model_dump()["causal"] == causal
    assert len(row.node.inputs) == inputs
    pairs = int(np.prod(lead)) * QUERIES * keys
    assert row.macs == pairs * (FEATURES + WIDTH)
    assert row.node.layer.model_dump()["masks"] == ("boolean" if "truths" in mask else "added")


@each(("mask", "keys"), [("added by truths, and numbers", KEYS), ("kept", KEYS), ("hidden", KEYS)])
def test_attention_that_is_no_layer_stays_in_its_pieces(mask: str, keys: int) -> None:
    """Masks of truths and of numbers, and numbers in the place of scores by what goes in."""
    plan = check([attended((1, 6), keys, mask)])
    assert {"matmul", "softmax"} <= {row.kind for row in plan}
    assert not [row for row in plan if "attention" in row.kind]
