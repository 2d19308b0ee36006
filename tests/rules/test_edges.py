"""Where each rule begins and ends: near misses, other ranks, blocks, defaults; exact words."""

from __future__ import annotations

from collections import Counter

import pytest

from convcalc.core.errors import Problem
from convcalc.features.check.rules import misaligned_merge
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


@each(("most", "says"), [(0, False), (1, True)])
def test_past_so_many_paths_nothing_is_said_of_a_merge(most: int, says: bool) -> None:
    """Of either input there is one path."""
    text = (
        "convcalc: 1\ninput: [8, 32, 32]\nlayers:\n  - {max_pool: {k: 4, s: 2, p: 1}, name: a}\n"
        "  - {max_pool: {k: 1, s: 2}, from: input, name: b}\n  - add: [a, b]\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(misaligned_merge, "_MOST_PATHS", most)
        assert bool(found([RULES["misaligned-merge"]], text)) == says


def test_every_rule_has_three_edges_and_one_on_either_side() -> None:
    edges = Counter(slug for slug, _, _ in CASES)
    silent = {slug for slug, _, body in CASES if "\n=> " not in body}
    loud = {slug for slug, _, body in CASES if "\n=> " in body}
    assert {slug for slug in RULES if edges[slug] < 3} == set()
    assert silent == loud | {"transposed-same-differs"} == set(RULES)
