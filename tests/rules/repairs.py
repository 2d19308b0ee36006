"""The law that every repair repairs, over all that is said of a file: by the front door, by the
planner, and by every rule of `check`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import convcalc
from convcalc.core.errors import Problem
from convcalc.features.check.patching import applied_edits
from convcalc.features.check.rules import all_rules
from convcalc.features.check.rules.base import Subject
from tests.network.applying import repaired

MAX_LAYERS = 2000
# What was hidden behind what was there: a block that only an unused block uses. And what is asked
# of every size, whoever chose it: of other programs, and by people's own limits.
_MAY_FOLLOW = ("CC203", "CC204", "CC210", "CC212", "CC3", "CC5")


def problems_of(text: str) -> tuple[Problem, ...]:
    """All findings of a file, whether its rules are on or off by default."""
    try:
        network = convcalc.loads(text, "net.net.yaml")
        plan = convcalc.plan(network, max_layers=MAX_LAYERS)
    except convcalc.StackError as error:
        return error.problems
    subject = Subject(network, plan)
    told = [problem for rule in all_rules() for problem in rule.find(subject)]
    return (*(plan.failures or ()), *told)


def ways_of(text: str, problem: Problem) -> Iterator[tuple[str, str]]:
    """The text as it is after each repair of a finding: of its help, and of its `--fix`."""
    yield from (("help", mended) for mended in repaired(text, problem))
    if problem.fix is not None:
        yield "fix", applied_edits(text, problem.fix.edits)


def mended(text: str) -> Counter[tuple[str, str]]:
    """Makes every repair of every finding by itself; how many, by code and by who proposes it.

    Raises AssertionError where a finding stays, or a fix makes another.
    """
    before = problems_of(text)
    known = Counter(map(_told, before))
    done: dict[tuple[str, str, str], None] = {}
    for problem in before:
        for proposed, after in ways_of(text, problem):
            key = (problem.code, proposed, after)
            if key in done:
                continue
            done[key] = None
            left = problems_of(after)
            shown = f"{problem.message}\n{problem.help}\n{after}"
            assert Counter(map(_told, left))[_told(problem)] < known[_told(problem)], shown
            if proposed == "fix":
                # Figures in a finding's words may move with the repair of another.
                new = Counter(one.code for one in left) - Counter(one.code for one in before)
                assert all(code.startswith(_MAY_FOLLOW) for code in new), (new, shown)
    return Counter((code, proposed) for code, proposed, _ in done)


def _told(problem: Problem) -> tuple[str, str, str]:
    return problem.slug, problem.message, problem.note
