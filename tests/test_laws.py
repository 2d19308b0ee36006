"""Every law over every kind of the registry, so that a new kind is tested the day it appears."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base import Kind
from tests.drawn_layers import DRAWS, ENOUGH, running
from tests.each import each
from tests.laws import LAWS, explains_and_repairs_what_it_refuses
from tests.laws_of_declarations import broken
from tests.laws_of_running import RUNNING_LAWS
from tests.laws_of_traits import TRAIT_LAWS


@pytest.mark.parametrize("name", kind_names())
@each("law", LAWS)
def test_law(name: str, law: Callable[[type[Kind], str], None]) -> None:
    kind = find_kind(name)
    assert kind is not None
    law(kind, name)


@pytest.mark.parametrize("name", running())
@each("law", RUNNING_LAWS + TRAIT_LAWS)
def test_law_of_what_runs(name: str, law: Callable[[type[Kind], str], None]) -> None:
    kind = find_kind(name)
    assert kind is not None
    law(kind, name)


@pytest.mark.thorough
@pytest.mark.parametrize("name", running())
@each("law", RUNNING_LAWS + TRAIT_LAWS)
def test_law_over_many_layers(name: str, law: Callable[..., None]) -> None:
    kind = find_kind(name)
    assert kind is not None
    law(kind, name, ENOUGH)


@pytest.mark.thorough
@each("name", kind_names())
def test_repairs_of_many_layers(name: str) -> None:
    kind = find_kind(name)
    assert kind is not None
    explains_and_repairs_what_it_refuses(kind, name, 600)


def test_nothing_is_drawn_for_kinds_that_are_gone() -> None:
    assert set(DRAWS) <= set(kind_names())


def test_declarations_say_no_default() -> None:
    assert broken("kinds", "planning", "arrays") == []
