"""Axes in front of positions and features: which are heads, and how masks lie beside them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.importers.attended_heads import (
    Attended,
    Mask,
    _dealt,
    _of_scores,
    _refined,
    _scale,
    _shared,
)
from convcalc.importers.attended_letters import Letters, letters
from convcalc.importers.placing import NoRuleError
from convcalc.importers.spread_heads import Spread
from convcalc.importers.tensor_views import View, whole
from tests.each import each

Dims = tuple[int, ...]


def plain(*dims: int) -> View:
    return whole(0, dims, [(axis,) for axis in range(len(dims))])


def mask(lead: Dims, *dims: int) -> Mask:
    """A mask of these sizes, beside scores with `lead` in front."""
    return Mask(plain(*dims), lead)


@each(("made", "lead", "dims"), [
    (mask((6,), 6, 5, 7), (2, 3), (2, 3, 5, 7)),
    (mask((6,), 1, 5, 7), (2, 3), (1, 1, 5, 7)),
    (mask((6,), 5, 7), (2, 3), (1, 1, 5, 7)),
    (mask((2, 3), 3, 1, 7), (2, 3), (1, 3, 1, 7)),
    (mask((6, 4), 6, 1, 5, 1), (2, 3, 4), (2, 3, 1, 5, 1)),
    (mask((6, 4), 1, 4, 5, 7), (2, 3, 4), (1, 1, 4, 5, 7)),
    (mask((), 5, 7), (), (5, 7)),
])  # fmt: skip
def test_a_mask_has_an_axis_for_each_of_the_scores(made: Mask, lead: Dims, dims: Dims) -> None:
    """The scores are of 5 queries and 7 keys."""
    found = _refined(made, lead, (5, 7))
    assert (found.view.dims, found.lead) == (dims, lead)


@each(("lead", "masks", "heads", "apart"), [
    ((2, 3), [], [0, 1], []),
    ((2, 3), [(2, 3, 5, 7)], [0, 1], []),
    ((2, 3), [(1, 1, 5, 7), (2, 3, 5, 7)], [0, 1], []),
    ((2, 3), [(1, 3, 5, 7)], [1], [0]),
    ((4, 2, 3), [(2, 1, 1, 5, 7), (4, 2, 3, 5, 7)], [2], [0, 1]),
    ((2, 3, 4), [(2, 3, 1, 5, 7)], [2], [0, 1]),
    ((2, 3, 4), [(1, 1, 4, 5, 7)], [2], [0, 1]),
])  # fmt: skip
def test_axes_are_heads_as_long_as_masks_have_all_or_none(
    lead: Dims, masks: list[Dims], heads: list[int], apart: list[int]
) -> None:
    assert _dealt(lead, [mask(lead, *dims) for dims in masks]) == (heads, apart)


def test_heads_that_share_their_keys_are_counted() -> None:
    assert _shared((2, 6), (2, 6), (2, 6), [0, 1]) == {}
    assert _shared((2, 6), (2, 3), (2, 3), [0, 1]) == {"kv_heads": 6}
    assert _shared((2, 6), (2, 2), (2, 2), [1]) == {"kv_heads": 2}


def test_a_scale_that_is_the_usual_one_needs_no_word() -> None:
    assert (_scale(1 / 4, 16), _scale(0.5, 4), _scale(2.0, 1)) == ({}, {}, {"scale": 2.0})
    for off in (1.00003, 0.99997):
        assert _scale(off / 4, 16) == {"scale": off / 4}
        assert _scale(1 + (off - 1) / 10, 1) == {}


@each(("told", "why"), [
    (lambda: _refined(mask((6,), 4, 5, 7), (6,), (5, 7)), "its mask has other axes"),
    (lambda: _refined(mask((6,), 6, 5, 5), (6,), (5, 7)), "its mask has other axes"),
    (lambda: _refined(mask((6,), 6, 5, 7), (4, 2), (5, 7)),
     "its scores are cut in ways that do not divide"),
    (lambda: _refined(mask((6,), 6, 5, 7), (2, 3, 4), (5, 7)),
     "its mask is cut in ways that do not divide"),
    (lambda: _dealt((2, 3, 4, 5), [mask((2, 3, 4, 5), 1, 3, 4, 5, 6, 7)]),
     "its masks are spread over too many axes"),
    (lambda: _shared((2, 6), (2, 3), (2, 2), [0, 1]), "keys and values have different heads"),
    (lambda: _shared((2, 6), (1, 3), (1, 3), [0, 1]), "its heads are spread"),
    (lambda: _shared((2, 6), (3, 3), (3, 3), [0, 1]), "its heads are spread"),
    (lambda: _shared((2, 6), (2, 4), (2, 4), [0, 1]), "its heads are spread"),
    (lambda: _shared((), (2,), (2,), []), "its heads are spread"),
    (lambda: Attended(plain(6, 5, 8), plain(6, 7, 8), plain(8))._split(),
     "it multiplies by a vector"),
    (lambda: Attended(plain(6, 5, 8), plain(6, 7, 8), plain(6, 7, 8),
                      [mask((2, 2), 2, 2, 5, 7)])._split(), "its heads are spread"),
    # Of 2 x 6 heads no 3 x 2 x 2 are made without moving them.
    (lambda: Attended(plain(2, 6, 5, 8), plain(2, 6, 7, 8), plain(2, 6, 7, 8),
                      [mask((3, 2, 2), 3, 2, 2, 5, 7)])._split(), "its heads are spread"),
])  # fmt: skip
def test_what_is_no_attention_of_ours_says_why(told: Callable[[], object], why: str) -> None:
    with pytest.raises(NoRuleError, match=f"^{why}$"):
        told()


def test_queries_keys_and_values_have_the_finest_axes_of_their_scores() -> None:
    q, k, v = plain(6, 5, 8), plain(6, 7, 8), plain(6, 7, 9)
    apart = Attended(q, k, v, [mask((2, 3), 2, 3, 5, 7)])._split()
    assert [one.dims for one in apart] == [(2, 3, 5, 8), (2, 3, 7, 8), (2, 3, 7, 9)]
    # Keys that heads share; an axis of 1 is none.
    shared = Attended(plain(1, 6, 5, 8), plain(1, 2, 7, 8), plain(2, 7, 9))._split()
    assert [one.dims for one in shared] == [(6, 5, 8), (2, 7, 8), (2, 7, 9)]


@each(("leads", "v", "is_shared"), [
    ([], (2, 7, 9), True), ([(6,)], (2, 7, 9), True), ([(1, 6)], (2, 7, 9), True),
    # Masks of other axes, values that were not spread, or otherwise.
    ([(7,)], (2, 7, 9), False), ([(6,), (2, 3)], (2, 7, 9), False), ([], None, False),
    ([], (3, 7, 9), False), ([], (1, 7, 9), False),
])  # fmt: skip
def test_keys_that_heads_share_are_read_as_they_were(
    leads: list[Dims], v: Dims | None, is_shared: bool
) -> None:
    before = {8: plain(2, 7, 8), 9: None if v is None else plain(*v)}
    builder: Any = SimpleNamespace(heads_shared=lambda view: before[view.dims[-1]])
    masks = [mask(lead, *lead, 5, 7) for lead in leads]
    given = Attended(plain(6, 5, 8), plain(6, 7, 8), plain(6, 7, 9), masks)
    found = given._with_own_heads(builder)
    heads = 2 if is_shared else 6
    assert (found.k.dims, found.v.dims) == ((heads, 7, 8), (heads, 7, 9))


def test_a_mask_of_five_axes_is_more_than_a_layer_reads() -> None:
    made: Any = mask((2, 3, 4), 2, 3, 4, 5, 7)
    with pytest.raises(NoRuleError, match="its mask has too many axes"):
        _of_scores(None, None, made, [2], [0, 1])  # type: ignore[arg-type]


# (2, 5, 8) spread to (2, 3, 5, 8): each of 2 heads three times, one behind the other.
BEFORE = View(0, (2, 5, 8), ((0, 2), (1,)), ((0,), (), (1,), (2,)))
AFTER = View(1, (2, 5, 8, 3), ((0, 2), (1,), (3,)), ((0,), (3,), (1,), (2,)))
SPREAD = Spread(BEFORE, AFTER, {0: 0, 1: 1, 2: 2})


def test_heads_that_became_several_in_a_row_are_what_they_were() -> None:
    heads = AFTER.reshaped((6, 5, 8))
    assert heads is not None
    found = SPREAD.undone(heads)
    assert found is not None
    assert (found.at, found.sizes, found.own) == (0, (2, 5, 8), ((0, 2), (1,)))
    assert found.axes == ((0,), (1,), (2,))
    # Features that were cut in two since.
    cut = AFTER.reshaped((2, 3, 5, 4, 2))
    assert cut is not None
    again = SPREAD.undone(cut._replace(axes=((0, 1), (2,), (3, 4))))
    assert again is not None
    assert (again.sizes, again.own) == ((2, 5, 4, 2), ((0, 2, 3), (1,)))
    assert again.axes == ((0,), (1,), (2, 3))


@each("view", [
    # Nothing is spread any more, the heads stand behind the copies, or parts are joined.
    AFTER.transposed((1, 0, 2, 3)), AFTER.transposed((2, 3, 0, 1)),
    View(1, (2, 5, 24), ((0, 2), (1,)), ((0,), (1,), (2,))),
    View(1, (4, 5, 12), ((0,), (1,), (2,)), ((0,), (1,), (2,))),
])  # fmt: skip
def test_heads_that_were_spread_otherwise_stay_so(view: View) -> None:
    assert SPREAD.undone(view) is None


@each(("first", "second", "found"), [
    ("abhid, bhjd -> abhij", "abhij,bhjd->abhid",
     Letters("abhid", "bhjd", "bhj*", "abhi*", "abhij")),
    ("bid,jd->bij", "xyz,zf->xyf", Letters("bid", "jd", "j*", "bi*", "bij")),
    ("id,jd->ij", "ij,jd->id", Letters("id", "jd", "j*", "i*", "ij")),
])  # fmt: skip
def test_two_equations_are_the_products_of_attention(
    first: str, second: str, found: Letters
) -> None:
    assert letters(first, second) == found


@each(("first", "second"), [
    ("bid,bjd->bij", "bij,bjd"), ("bid,bjd,b->bij", "bij,bjd->bid"), ("bid->bi", "bij,bjd->bid"),
    ("...id,jd->...ij", "...ij,jd->...id"), ("bid,bjd->bij", "ij,jd->id"),
    # Two letters are summed, or none; keys without their position, or with another letter.
    ("bide,bjde->bij", "bij,bjd->bid"), ("bi,bj->bij", "bij,bjd->bid"),
    ("bid,bd->bij", "bij,bjd->bid"), ("bid,bjdk->bij", "bij,bjd->bid"),
    ("bid,bjd->bij", "bij,bd->bid"), ("bid,bjd->bij", "bij,bjdk->bid"),
    ("bid,bjd->bij", "bij,bjd->bd"), ("bid,bjd->bij", "bij,bjd->bjd"),
    ("biid,bjd->bij", "bij,bjd->bid"), ("id,jd->i", "i,jd->id"),
])  # fmt: skip
def test_other_equations_are_not(first: str, second: str) -> None:
    assert letters(first, second) is None


def test_letters_lay_queries_keys_and_values_for_each_other() -> None:
    """Two batches, three heads of keys alone for all, 5 queries, 7 keys, 8 and 9 features."""
    found = letters("bihd,bjd->bhij", "bhij,bjf->bifh")
    assert found is not None
    q, k, v = found.laid(plain(2, 5, 3, 8), plain(2, 7, 8), plain(2, 7, 9))
    assert [one.dims for one in (q, k, v)] == [(2, 3, 5, 8), (2, 1, 7, 8), (2, 1, 7, 9)]
    assert found.given(plain(2, 3, 5, 9)).dims == (2, 5, 9, 3)


@each(("first", "second", "dims", "laid", "gathered"), [
    ("bid,bjd->bij", "bij,bjf->bif", [(2, 5, 8), (2, 7, 8), (2, 7, 9)],
     [(2, 5, 8), (2, 7, 8), (2, 7, 9)], (2, 5, 9)),
    ("id,jd->ij", "ij,jf->fi", [(5, 8), (7, 8), (7, 9)], [(5, 8), (7, 8), (7, 9)], (9, 5)),
    ("abcid,djcba->abcij", "abcij,bfacj->fabci",
     [(2, 3, 4, 5, 8), (8, 7, 4, 3, 2), (3, 9, 2, 4, 7)],
     [(2, 3, 4, 5, 8), (2, 3, 4, 7, 8), (2, 3, 4, 7, 9)], (9, 2, 3, 4, 5)),
])  # fmt: skip
def test_letters_lay_as_many_axes_as_there_are(
    first: str, second: str, dims: list[Dims], laid: list[Dims], gathered: Dims
) -> None:
    found = letters(first, second)
    assert found is not None
    assert [one.dims for one in found.laid(*(plain(*one) for one in dims))] == laid
    q, _, v = laid
    assert found.given(plain(*q[:-1], v[-1])).dims == gathered
