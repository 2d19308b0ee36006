"""What a report says of a rule itself: a title, a paragraph, and its manual page."""

from __future__ import annotations

from functools import cache
from inspect import cleandoc
from typing import NamedTuple

from convcalc.errors import Level
from convcalc.rules import all_rules
from convcalc.rules.base import Rule

# What the groups of codes have in common, where the finding is no rule's.
_GROUPS = {
    "CC1": "A layer cannot stand where it stands: its shape does not fit.",
    "CC2": "The graph of layers is not one: a name or a block is used as it cannot be.",
    "CC5": "An expectation that the file states of itself does not hold.",
    "CC9": "The file cannot be used as it is written.",
}
_OTHER = "A finding of convcalc."


class RulePage(NamedTuple):
    """`title` in a few words, `summary` in a sentence or two, `manual` as Markdown."""

    title: str
    summary: str
    manual: str
    level: Level


def rule_page(code: str, slug: str, level: Level) -> RulePage:
    """The page of the finding `code`; `level` is taken where no rule states one.

    >>> page = rule_page("CC101", "kernel-exceeds-input", "error")
    >>> page.title, page.manual
    ('Kernel exceeds input', 'Run `convcalc explain CC101` for its manual page with an example.')
    """
    title = slug.replace("-", " ").capitalize()
    rule = _rules().get(code)
    if rule is None:
        summary = _GROUPS.get(code[:3], _OTHER)
        manual = f"Run `convcalc explain {code}` for its manual page with an example."
        return RulePage(title, summary, manual, level)
    manual = cleandoc(rule.__doc__ or "")
    summary = " ".join(manual.split("\n\n")[0].split())
    return RulePage(title, summary, manual, rule.level)


@cache
def _rules() -> dict[str, type[Rule]]:
    return {rule.code: rule for rule in all_rules()}
