"""Fixes: what they write, in every style of the file, and that the finding is gone then."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.features.check.fixing import fixed_in_rounds
from convcalc.features.check.rules import all_rules
from tests.rules.stacks import RULES, cases, found, stack

CASES = cases("fixes.txt")
FIXING = [rule for rule in all_rules() if rule.fix != "none"]


def fixed(slug: str, text: str, unsafe: bool = True) -> str:
    return fixed_in_rounds(text, lambda now: found([RULES[slug]], now), unsafe=unsafe).text


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lines", "carriage returns"])
@pytest.mark.parametrize(
    ("slug", "body"), [pytest.param(s, b, id=f"{s}: {about}") for s, about, b in CASES]
)
def test_fix_writes_this_text(slug: str, body: str, ending: str) -> None:
    before, after = (f"convcalc: 1\n{part.strip()}\n" for part in body.split("\n---\n"))
    before, after = (part.replace("\n", ending) for part in (before, after))
    problems = found([RULES[slug]], before)
    assert problems
    assert fixed(slug, before) == after
    has_fix = any(problem.fix for problem in problems)
    assert has_fix == (before != after)
    if has_fix:
        assert found([RULES[slug]], after) == []


@pytest.mark.parametrize("slug", [rule.slug for rule in FIXING])
def test_fix_of_the_failing_stack(slug: str) -> None:
    rule = RULES[slug]
    before = stack(rule, "Bad")
    after = fixed(slug, before, unsafe=rule.fix == "unsafe")
    assert after != before
    assert found([rule], after) == []
    convcalc.plan(convcalc.loads(after))


@pytest.mark.parametrize("slug", [rule.slug for rule in all_rules()])
def test_fixes_are_as_safe_as_the_rule_says(slug: str) -> None:
    rule = RULES[slug]
    kinds = {
        "none" if problem.fix is None else "safe" if problem.fix.safe else "unsafe"
        for problem in found([rule], stack(rule, "Bad"))
    }
    assert kinds == {rule.fix}


def test_bias_without_effect_is_all_that_goes() -> None:
    before = stack(RULES["bias-before-norm"], "Bad")
    plans = [
        convcalc.plan(convcalc.loads(text)) for text in (before, fixed("bias-before-norm", before))
    ]
    assert [plan.totals.params for plan in plans] == [3 * 16 * 9 + 16 + 32, 3 * 16 * 9 + 32]
    assert plans[0].totals.macs == plans[1].totals.macs
    assert [row.output for row in plans[0]] == [row.output for row in plans[1]]
