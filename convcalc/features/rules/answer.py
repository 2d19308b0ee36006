"""What `convcalc rules` answers: everything that a check can find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.core.errors import Level
from convcalc.core.records import Answer, Key, Record
from convcalc.features.check.catalog import Entry, catalog
from convcalc.features.check.rules.base import FixKind
from convcalc.features.check.selection import fits, is_known, nearest_selector
from convcalc.features.explain.manual import page_of_entry, summary_of
from convcalc.network.arguments import refused


@dataclass(frozen=True, slots=True)
class RuleEntry(Record):
    """Something that a check can find."""

    code: Annotated[str, Key("Its stable code.", pattern="^CC[0-9]{3}$")]
    name: Annotated[str, Key("Its stable name.")]
    level: Annotated[Level, Key("How grave it is, unless a configuration says otherwise.")]
    rule: Annotated[bool, Key("True for a rule, False for what reading and planning find.")]
    default: Annotated[bool, Key("Whether it is looked for unless it is selected.")]
    selectable: Annotated[bool, Key("Whether `select` and `ignore` can name it.")]
    fix: Annotated[FixKind, Key("Whether there is a repair, and whether it is safe.")]
    summary: Annotated[str, Key("What it finds, in a sentence.")]
    page: Annotated[str, Key("Its manual page.")]


@dataclass(frozen=True, slots=True)
class RuleList(Answer):
    """Everything that a check can find."""

    rules: Annotated[tuple[RuleEntry, ...], Key("The findings, by code.")]


ANSWER = RuleList


def rules(*selectors: str) -> RuleList:
    """What a check can find: all of it, or what codes, their beginnings or names select.

    Raises StackError for a selector that fits nothing.

    >>> [(one.code, one.name) for one in rules("CC405").rules]
    [('CC405', 'bias-before-norm')]
    """
    for word in selectors:
        if not is_known(word):
            raise refused(f"no finding is called `{word}`", nearest_selector(word))
    return listed(tuple(entries(*selectors)))


def entries(*selectors: str) -> list[Entry]:
    """The entries of the catalog that any of the selectors fits; all without one."""
    return [
        entry for entry in catalog() if any(fits(word, entry) for word in selectors or ("ALL",))
    ]


def listed(found: tuple[Entry, ...]) -> RuleList:
    """The entries with their pages."""
    return RuleList(
        tuple(
            RuleEntry(
                entry.code,
                entry.slug,
                entry.level,
                entry.rule is not None,
                entry.is_default,
                entry.is_selectable,
                entry.fix,
                summary_of(entry),
                page_of_entry(entry),
            )
            for entry in found
        )
    )
