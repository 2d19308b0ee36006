"""Equations of sums of products: which axes each tensor has, by hand."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from convcalc.importers.equations import axis_names
from convcalc.importers.placing import NoRuleError
from tests.each import each


@each(("equation", "ranks", "names"), [
    ("bij,bjk->bik", (3, 3), (["bij", "bjk"], "bik")), ("ij", (2,), (["ij"], "ij")),
    ("b i j , b j k -> b i k", (3, 3), (["bij", "bjk"], "bik")),
    # Without an arrow what is named once comes out, by the alphabet; capital letters first.
    ("ba", (2,), (["ba"], "ab")), ("ij,jk", (2, 2), (["ij", "jk"], "ik")),
    ("cb,Ab", (2, 2), (["cb", "Ab"], "Ac")), ("ii", (2,), (["ii"], "")),
    ("ij,jk->", (2, 2), (["ij", "jk"], "")),
    # Dots are axes from the end, of which all tensors share the last ones.
    ("...ij,...jk->...ik", (4, 3), (["YZij", "Zjk"], "YZik")),
    ("...i,i->...", (3, 1), (["YZi", "i"], "YZ")), ("...", (2,), (["YZ"], "YZ")),
    ("i...->...i", (3,), (["iYZ"], "YZi")), ("...j,j...", (2, 3), (["Zj", "jYZ"], "YZ")),
    ("...i", (1,), (["i"], "i")), ("Z...,...Z->...", (2, 2), (["ZY", "YZ"], "Y")),
    ("b...a", (4,), (["bYZa"], "YZab")),
])  # fmt: skip
def test_axes_have_the_names_of_their_equation(
    equation: str, ranks: Sequence[int], names: tuple[list[str], str]
) -> None:
    assert axis_names(equation, ranks) == names


@each(("equation", "ranks", "why"), [
    ("ij,jk->ik", (2,), "it names the axes of 2 tensors: `ij,jk->ik`"),
    ("ij->ji", (2, 2), "it names the axes of 1 tensors: `ij->ji`"),
    *((equation, ranks, f"it names other axes than its inputs have: `{equation}`")
      for equation, ranks in (
          ("ij->ji", (3,)), ("ij->ji", (1,)), ("...ij->...", (1,)), ("...i...->i", (3,)),
          ("...i->...", (28,)),
      )),
])  # fmt: skip
def test_equations_of_other_tensors_are_refused(
    equation: str, ranks: Sequence[int], why: str
) -> None:
    with pytest.raises(NoRuleError, match=f"^{re.escape(why)}$"):
        axis_names(equation, ranks)


def test_as_many_axes_as_there_are_letters_have_no_name() -> None:
    found, after = axis_names("...i->...", (27,))
    assert (found, after) == (["ABCDEFGHIJKLMNOPQRSTUVWXYZi"], "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
