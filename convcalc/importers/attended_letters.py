"""Attention by equations of einsum: which letters are heads, positions and features."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.importers.tensor_views import View

# The features of what is gathered, whatever letter they have.
_FEATURES = "*"


class Letters(NamedTuple):
    """The axes of queries, keys, values and of what is gathered, and those of the scores."""

    query: str
    key: str
    value: str
    gathered: str
    scores: str

    def laid(self, query: View, key: View, value: View) -> tuple[View, View, View]:
        """All three as `(..., positions, features)`, with an axis of 1 for one that they lack."""
        lead, rows, columns = self.scores[:-2], self.scores[-2], self.scores[-1]
        summed = next(letter for letter in self.query if letter not in self.scores)
        return (
            _laid(query, self.query, f"{lead}{rows}{summed}"),
            _laid(key, self.key, f"{lead}{columns}{summed}"),
            _laid(value, self.value, f"{lead}{columns}{_FEATURES}"),
        )

    def given(self, gathered: View) -> View:
        """What is gathered, `(..., positions, features)`, with the axes of its equation."""
        return _laid(gathered, f"{self.scores[:-1]}{_FEATURES}", self.gathered)


def letters(first: str, second: str) -> Letters | None:
    """The letters of two equations that are the two products of attention; None where they are not.

    >>> letters("bhid,bhjd->bhij", "bhij,bhjd->bihd")
    Letters(query='bhid', key='bhjd', value='bhj*', gathered='bih*', scores='bhij')
    >>> letters("bgrqd,bgkd->bgrqk", "xyzuv,xyvf->xyzuf").value
    'bgk*'
    >>> letters("bhid,bhjd->bhji", "bhij,bhjd->bihd") is None
    True
    """
    scores, gathered = _parts(first), _parts(second)
    if scores is None or gathered is None or len(scores[2]) != len(gathered[0]):
        return None
    query, key, after = scores
    known = dict(zip(gathered[0], after, strict=True))
    value, given = (
        "".join(known.get(letter, _FEATURES) for letter in word) for word in gathered[1:]
    )
    lead, ends = after[:-2], after[-2:]
    summed = {*query} - {*after}
    is_product = (
        len(ends) == 2
        and len(summed) == 1
        and {*query} == {*lead, ends[0]} | summed
        and {ends[1]} | summed <= {*key} <= {*lead, ends[1]} | summed
        and {ends[1], _FEATURES} <= {*value} <= {*lead, ends[1], _FEATURES}
        and {*given} == {*lead, ends[0], _FEATURES}
        and all(len({*word}) == len(word) for word in (query, key, value, given, after))
    )
    return Letters(query, key, value, given, after) if is_product else None


def _parts(equation: str) -> tuple[str, str, str] | None:
    """The letters of two tensors and of what comes of them."""
    before, arrow, after = equation.replace(" ", "").partition("->")
    words = before.split(",")
    if len(words) != 2 or not arrow or "." in equation:
        return None
    return words[0], words[1], after


def _laid(view: View, own: str, wanted: str) -> View:
    axes = dict(zip(own, view.axes, strict=True))
    return view._replace(axes=tuple(axes.get(letter, ()) for letter in wanted))
