"""`docs/rules.md`: the manual page of every rule, with what it says of its failing stack."""

from __future__ import annotations

import re

import convcalc
from convcalc.core.errors import Problem
from convcalc.features.check.rules import all_rules
from convcalc.features.check.rules.base import Rule, Subject

_HEAD = (
    "# Rules\n\n"
    "What `convcalc check` looks for in a network that can be planned. Each rule has a stable code "
    "and a stable name; both can be selected and ignored. `convcalc explain CC401` prints one of "
    "these sections, `convcalc rules` the list. What keeps a network from being planned at all is "
    "under [findings](findings.md).\n\n"
    "An `error` surely breaks something, a `warning` is a likely mistake, an `info` is advice. "
    "Rules that are off by default have to be selected. A *safe* fix leaves shapes, receptive "
    "fields and MACs as they are; an *unsafe* one changes them.\n"
)
_GROUPS = {"CC2": "graph", "CC3": "portability", "CC4": "smells"}
_PART = re.compile(r"^(Why|Bad|Good|Source):", re.M)


def rules() -> str:
    """The page."""
    parts = [_HEAD, "| code | name | level | default | fix |\n|---|---|---|---|---|"]
    parts[-1] += "".join(f"\n{_row(rule)}" for rule in all_rules()) + "\n"
    for group, title in _GROUPS.items():
        parts.append(f"## {group} {title}\n")
        parts += [_section(rule) for rule in all_rules() if rule.code.startswith(group)]
    return "\n".join(parts)


def _row(rule: type[Rule]) -> str:
    anchor = f"{rule.code}-{rule.slug}".lower()
    fix = "" if rule.fix == "none" else rule.fix
    default = "yes" if rule.is_default else "no"
    return f"| [{rule.code}](#{anchor}) | `{rule.slug}` | {rule.level} | {default} | {fix} |"


def _section(rule: type[Rule]) -> str:
    page = rule.page()
    said = "\n".join(str(problem) for problem in _problems(rule, page))
    body = _PART.sub(r"**\1:**", page)
    # What is said stands right behind the failing stack.
    before, _, after = body.partition("**Bad:**")
    stack, fence, rest = after.partition("\n```\n")
    shown = f"{before}**Bad:**{stack}{fence}\n```text\n{said}\n```\n{rest}\n"
    return f"### {rule.code} {rule.slug}\n\n{shown}"


def _problems(rule: type[Rule], page: str) -> list[Problem]:
    stack = page.partition("Bad:\n\n```yaml\n")[2].partition("```")[0]
    network = convcalc.loads(stack, "net.net.yaml")
    found = rule.find(Subject(network, convcalc.plan(network)))
    # Findings of one rule at one place are one.
    by_place = {problem.place: problem for problem in reversed(list(found))}
    return [problem.at(problem.place, "net.net.yaml") for problem in by_place.values()]
