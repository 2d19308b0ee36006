"""Everything that a check can find, rules and front door alike, in one list by code."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from convcalc.core.errors import CODES, Level
from convcalc.features.check.rules import all_rules
from convcalc.features.check.rules.base import FixKind, Rule

# Findings that tell of the check itself, and not of a network: they warn.
WARNINGS = frozenset({"unknown-ignore", "unused-ignore"})
# What the front door and the comments offer repairs for.
_FIXES: dict[str, FixKind] = {"unused-ignore": "safe"}
# The rest of the front door's findings leave nothing to check, so that they are always reported:
# a file that was refused may not look like one that passed.
_SELECTABLE = WARNINGS


class Entry(NamedTuple):
    """A finding: a rule, or (`rule` is None) what the front door or the planner finds."""

    code: str
    slug: str
    level: Level
    is_default: bool = True
    is_selectable: bool = True
    fix: FixKind = "none"
    rule: type[Rule] | None = None


@cache
def catalog() -> tuple[Entry, ...]:
    """Everything that can be found, sorted by code.

    >>> [entry.slug for entry in catalog() if entry.code in ("CC101", "CC405")]
    ['kernel-exceeds-input', 'bias-before-norm']
    """
    rules = [
        Entry(rule.code, rule.slug, rule.level, rule.is_default, True, rule.fix, rule)
        for rule in all_rules()
    ]
    front_door = [
        Entry(
            code,
            slug,
            "warning" if slug in WARNINGS else "error",
            is_selectable=slug in _SELECTABLE or code.startswith("CC5"),
            fix=_FIXES.get(slug, "none"),
        )
        for slug, code in CODES.items()
    ]
    return tuple(sorted([*rules, *front_door], key=lambda entry: entry.code))


@cache
def _by_word() -> dict[str, Entry]:
    entries = catalog()
    return {entry.code: entry for entry in entries} | {entry.slug: entry for entry in entries}


def find_entry(word: str) -> Entry | None:
    """The entry of that code or name, in large or small letters; None where there is none."""
    known = _by_word()
    return known.get(word.upper()) or known.get(word.lower())


def entry_of(code: str) -> Entry:
    """The entry of a finding's code."""
    return _by_word()[code]
