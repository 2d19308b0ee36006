"""What the tests of the rules share: manual pages taken apart, and rules run on a stack."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import convcalc
from convcalc.core.errors import Problem, StackError
from convcalc.features.check.rules import all_rules
from convcalc.features.check.rules.base import Rule, Subject

HERE = Path(__file__).parent
RULES = {rule.slug: rule for rule in all_rules()}
_FENCE = re.compile(r"^(Bad|Good):\n\n```yaml\n(.*?)^```", re.M | re.S)


def page(rule: type[Rule]) -> str:
    """The rule's manual page."""
    return rule.page() + "\n"


def stack(rule: type[Rule], which: str) -> str:
    """The failing (`Bad`) or the passing (`Good`) stack of the rule's page."""
    (found,) = (text for name, text in _FENCE.findall(page(rule)) if name == which)
    return str(found)


def subject_of(text: str) -> Subject:
    """The stack as rules are given it; without a plan where it cannot be planned."""
    network = convcalc.loads(text, "net.net.yaml")
    try:
        return Subject(network, convcalc.plan(network))
    except StackError:
        return Subject(network, None)


def found(rules: Sequence[type[Rule]], text: str) -> list[Problem]:
    """The findings of these rules, those of one rule at one place joined, in file order."""
    subject = subject_of(text)
    problems = [problem for rule in rules for problem in rule.find(subject)]
    places = {(problem.rule, problem.place): problem for problem in reversed(problems)}
    return sorted(places.values(), key=lambda problem: (problem.place or (0, 0), problem.rule))


def cases(file: str) -> list[tuple[str, str, str]]:
    """(slug, what the case is about, body) of each `## slug: about` section of a table."""
    sections = re.split(r"^## ", (HERE / file).read_text(encoding="utf-8"), flags=re.M)[1:]
    table = []
    for section in sections:
        head, _, body = section.partition("\n")
        slug, _, about = head.partition(": ")
        table.append((slug, about, body))
    return table
