"""Where each rule begins and ends: near misses, other ranks, blocks, defaults; exact words."""

from __future__ import annotations

from collections import Counter

import pytest

from convcalc.core.errors import Problem
from tests.each import each
from tests.rules.stacks import RULES, cases, found

CASES = cases("edges.txt")


@each(("slug", "body"), [pytest.param(s, b, id=f"{s}: {about}") for s, about, b in CASES])
def test_edge(slug: str, body: str) -> None:
    stack, *wanted = body.strip().split("\n=> ")
    problems = found([RULES[slug]], f"convcalc: 1\n{stack}\n")
    assert [said(problem) for problem in problems] == wanted


def said(problem: Problem) -> str:
    more = {"note": problem.note, "help": problem.help}
    return "\n".join([problem.message, *(f"{word}: {text}" for word, text in more.items() if text)])


def test_every_rule_has_three_edges_and_one_on_either_side() -> None:
    edges = Counter(slug for slug, _, _ in CASES)
    silent = {slug for slug, _, body in CASES if "\n=> " not in body}
    loud = {slug for slug, _, body in CASES if "\n=> " in body}
    assert {slug for slug in RULES if edges[slug] < 3} == set()
    assert silent == loud | {"transposed-same-differs"} == set(RULES)
