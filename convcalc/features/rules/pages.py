"""What a report says of a finding's kind: a title, a paragraph, and its manual page."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from convcalc.core.errors import Level
from convcalc.features.check.rules import all_rules
from convcalc.features.check.rules.base import Rule
from convcalc.features.explain.explanations import EXPLANATIONS


class RulePage(NamedTuple):
    """`title` in a few words, `summary` in a sentence or two, `manual` as Markdown."""

    title: str
    summary: str
    manual: str
    level: Level


def rule_page(code: str, slug: str, level: Level) -> RulePage:
    """The page of the finding `code`; `level` is taken where no rule states one.

    >>> page = rule_page("CC911", "too-many-nodes", "error")
    >>> page.title, page.summary
    ('Too many nodes', 'The file has more than 200,000 values.')
    """
    title = slug.replace("-", " ").capitalize()
    rule = _rules().get(code)
    if rule is not None:
        return RulePage(title, rule.summary(), rule.page(), rule.level)
    explanation = EXPLANATIONS[slug]
    manual = explanation.text
    if explanation.example:
        manual += f"\n\nBad:\n\n```yaml\n{explanation.example.rstrip()}\n```"
    return RulePage(title, explanation.summary, manual, level)


@cache
def _rules() -> dict[str, type[Rule]]:
    return {rule.code: rule for rule in all_rules()}
