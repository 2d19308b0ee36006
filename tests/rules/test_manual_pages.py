"""Every rule is its own manual: its parts, its stacks, and what is said of the failing one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from convcalc.core.errors import CODES, Level
from convcalc.features.check import rules
from convcalc.features.check.rules import all_rules
from convcalc.features.check.rules.base import FixKind
from tests.each import each
from tests.rules.stacks import HERE, RULES, found, page, stack

PARTS = ["Why:", "Bad:", "Good:", "Source:"]
MESSAGES = dict(
    line.split(": ", 1) for line in (HERE / "messages.txt").read_text(encoding="utf-8").splitlines()
)
EACH = each("slug", RULES)
HELPERS = {"__init__", "base", "edits", "places"}


def test_there_are_rules_enough_and_one_a_file() -> None:
    files = {path.stem for path in Path(rules.__file__).parent.glob("*.py")} - HELPERS
    assert {slug.replace("-", "_") for slug in RULES} == files
    assert len(RULES) >= 34


def test_codes_are_unique_and_none_of_the_front_doors() -> None:
    codes = [rule.code for rule in all_rules()]
    assert len(set(codes)) == len(codes)
    assert not set(codes) & set(CODES.values())
    assert not set(RULES) & set(CODES)


@EACH
def test_code_level_and_fix_are_known_words(slug: str) -> None:
    rule = RULES[slug]
    assert re.fullmatch(r"CC[234]\d\d", rule.code)
    assert rule.level in get_args(Level)
    assert rule.fix in get_args(FixKind)


@EACH
def test_page_has_every_part_in_order(slug: str) -> None:
    text = page(RULES[slug])
    at = [text.find(f"\n\n{part}") for part in PARTS]
    assert -1 not in at
    assert at == sorted(at)
    summary = text[: at[0]]
    assert summary.endswith(".")
    assert "\n\n" not in summary
    for part, after in zip(PARTS, [*at[1:], len(text)], strict=True):
        body = text[text.find(part) + len(part) : after].strip()
        assert len(body) > 15, part


@EACH
def test_failing_stack_has_this_one_finding(slug: str) -> None:
    (problem,) = found([RULES[slug]], stack(RULES[slug], "Bad"))
    assert problem.message == MESSAGES[slug]
    assert (problem.slug, problem.rule, problem.level) == (
        slug,
        RULES[slug].code,
        RULES[slug].level,
    )
    assert problem.place is not None
    assert problem.help


@EACH
def test_passing_stack_has_none(slug: str) -> None:
    assert found([RULES[slug]], stack(RULES[slug], "Good")) == []


@EACH
def test_passing_stack_is_no_example_of_another_mistake(slug: str) -> None:
    others = [rule for rule in all_rules() if rule.is_default and rule.level != "info"]
    assert [problem.slug for problem in found(others, stack(RULES[slug], "Good"))] == []


def test_messages_are_of_rules_that_exist() -> None:
    assert set(MESSAGES) == set(RULES)


@EACH
def test_page_says_whether_the_rule_has_to_be_selected(slug: str) -> None:
    words = " ".join(page(RULES[slug]).split())
    assert ("has to be selected" in words) is not RULES[slug].is_default
