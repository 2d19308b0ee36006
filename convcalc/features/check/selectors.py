"""Codes and names of findings on the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from convcalc.cli.usage import bad, separated


def selector_words() -> Iterable[str]:
    """Codes, the beginnings of codes, and names: what completion proposes.

    >>> list(selector_words())[:2], "bias-before-norm" in selector_words()
    (['ALL', 'CC1'], True)
    """
    from convcalc.features.check.catalog import catalog

    entries = catalog()
    groups = dict.fromkeys(entry.code[:3] for entry in entries)
    return ("ALL", *groups, *(one.code for one in entries), *(one.slug for one in entries))


def read_selectors(words: Sequence[str], option: str) -> tuple[str, ...]:
    """The selectors that `words` are, with commas between. Raises UsageError for unknown ones.

    >>> read_selectors(["CC4,bias-before-norm"], "--select")
    ('CC4', 'bias-before-norm')
    """
    from convcalc.features.check.selection import is_known, nearest_selector

    found = separated(words)
    for word in found:
        if not is_known(word):
            raise bad(f"no finding is called `{word}`", nearest_selector(word), option)
    if not found:
        raise bad("names nothing", f"write {option} CC3,CC405", option)
    return found
