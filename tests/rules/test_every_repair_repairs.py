"""Every repair repairs, of rules as of everything else: on their own stacks, and on drawn files."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from convcalc.features.check.rules import all_rules
from tests.each import each
from tests.fuzz import inputs
from tests.network.test_bad_files import FILES, text_of
from tests.rules.repairs import mended
from tests.rules.stacks import RULES, stack


def slipped(rng: Random) -> str:
    """A small network with slips."""
    return inputs.mutated(inputs.SMALL, rng)


def drawn(number: int) -> str:
    """An example or a small network with slips, or the format's keys with any values."""
    return (inputs.example, inputs.text, slipped)[number % 3](Random(f"repair {number}"))


@each("slug", [rule.slug for rule in all_rules()])
def test_repairs_of_the_failing_stack(slug: str) -> None:
    done = mended(stack(RULES[slug], "Bad"))
    assert done[RULES[slug].code, "fix"] >= (RULES[slug].fix != "none")


def test_repairs_of_drawn_files() -> None:
    assert sum((mended(drawn(number)) for number in range(9)), Counter()).total() > 0


@pytest.mark.thorough
def test_repairs_of_many_files() -> None:
    """Bad files of tests and drawn ones; most codes that a repair is told of are among them."""
    done = sum(map(mended, map(text_of, FILES)), Counter())
    done += sum((mended(drawn(number)) for number in range(9, 2000)), Counter())
    assert done.total() >= 500
    assert len({code for code, _ in done}) >= 25
