"""Codes, prefixes and names: which finding is wanted."""

from __future__ import annotations

import pytest

from convcalc.features.check.catalog import Entry, catalog, entry_of, find_entry
from convcalc.features.check.inspecting import wanted_for
from convcalc.features.check.selection import (
    Selection,
    is_known,
    is_selected,
    longest,
    nearest_selector,
)
from convcalc.features.check.settings import Settings
from tests.each import each

RULE = Entry("CC405", "bias-before-norm", "warning")
QUIET = Entry("CC421", "quiet-rule", "info", is_default=False)


@each(
    ("selectors", "length"),
    [
        pytest.param(["ALL"], 0, id="all"),
        pytest.param(["CC", "all"], 2, id="the longest counts"),
        pytest.param(["CC40", "CC4"], 4, id="prefix"),
        pytest.param(["cc405"], 5, id="small letters"),
        pytest.param(["Bias-Before-Norm"], 5, id="a name is a whole code"),
        pytest.param(["CC41", "bias"], -1, id="neither, as names have no beginnings"),
    ],
)
def test_the_longest_selector_that_fits(selectors: list[str], length: int) -> None:
    assert longest(selectors, RULE) == length


@each(
    ("layers", "rule", "quiet"),
    [
        pytest.param([Selection()], True, False, id="nothing is said"),
        pytest.param([Selection(("CC4",))], True, True, id="a group selects its quiet rules"),
        pytest.param([Selection(("CC3",))], False, False, id="another group"),
        pytest.param([Selection(None, ("CC421",))], True, True, id="one more"),
        pytest.param([Selection(None, (), ("CC40",))], False, False, id="ignored"),
        pytest.param([Selection(("CC405",), (), ("CC4",))], True, False, id="longer select"),
        pytest.param([Selection(("CC4",), (), ("CC4",))], False, False, id="a tie"),
        pytest.param(
            [Selection(), Selection(None, (), ("CC4",))], False, False, id="by the configuration"
        ),
        pytest.param(
            [Selection(("CC4",)), Selection(None, (), ("CC405",))],
            True,
            True,
            id="the command line comes first",
        ),
        pytest.param(
            [Selection(None, ("CC421",)), Selection(("CC3",))],
            False,
            True,
            id="more than the configuration selects",
        ),
    ],
)
def test_selection(layers: list[Selection], rule: bool, quiet: bool) -> None:
    assert (is_selected(layers, RULE), is_selected(layers, QUIET)) == (rule, quiet)


def test_every_code_and_name_is_its_own() -> None:
    entries = catalog()
    assert len({entry.code for entry in entries}) == len(entries)
    assert len({entry.slug for entry in entries}) == len(entries)
    for entry in entries:
        assert find_entry(entry.code.lower()) is entry
        assert find_entry(entry.slug.upper()) is entry
        assert is_known(entry.slug)


@each(
    ("word", "help"),
    [
        pytest.param("CC4O5", "did you mean `CC405`?", id="a letter for a digit"),
        pytest.param("CC7", "groups are CC1, CC2, CC3, CC4, CC5, CC9", id="no such group"),
        pytest.param("bias-befor-norm", "did you mean `bias-before-norm`?", id="a name"),
        pytest.param("E501", "`convcalc rules` lists codes and names", id="another program's"),
    ],
)
def test_what_is_meant_by_unknown_words(word: str, help: str) -> None:
    assert not is_known(word)
    assert nearest_selector(word) == help


def test_what_one_file_ignores_is_wanted_of_the_file_before_and_behind() -> None:
    settings = Settings(per_file_ignores=(("b.*", ("CC405",)),))
    entry = entry_of("CC405")
    wanted = [wanted_for(settings, f"{name}.net.yaml")(entry) for name in "abca"]
    assert wanted == [True, False, True, True]
