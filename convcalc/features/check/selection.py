"""Which findings are wanted: codes, their prefixes and names; the longest one that fits wins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from convcalc.features.check.catalog import Entry, catalog, find_entry

ALL = "ALL"
_CODE_LENGTH = len("CC101")
# Letters that are taken for digits.
_LIKE_DIGITS = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Selection:
    """What one source, the command line or a configuration, selects and ignores.

    `select` is None where it says nothing about what else is wanted.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def verdict(self, entry: Entry) -> bool | None:
        """True where `entry` is selected, False where not, None where nothing is said of it.

        Of equally long selectors, the one that ignores wins.
        """
        wanted = longest((*(self.select or ()), *self.extend_select), entry)
        unwanted = longest(self.ignore, entry)
        if max(wanted, unwanted) >= 0:
            return wanted > unwanted
        return None if self.select is None else False


def longest(selectors: Iterable[str], entry: Entry) -> int:
    """The length of the longest selector that fits, a name being as long as a whole code.

    -1 where none fits.
    """
    return max((_fit(selector, entry) for selector in selectors), default=-1)


def _fit(selector: str, entry: Entry) -> int:
    if selector.upper() == ALL:
        return 0
    if selector.lower() == entry.slug:
        return len(entry.code)
    return len(selector) if entry.code.startswith(selector.upper()) else -1


def fits(selector: str, entry: Entry) -> bool:
    """True where `selector` is a prefix of the entry's code, its name, or `ALL`."""
    return _fit(selector, entry) >= 0


def is_selected(selections: Iterable[Selection], entry: Entry) -> bool:
    """The first selection that says something of `entry` decides; else its own default."""
    for selection in selections:
        answer = selection.verdict(entry)
        if answer is not None:
            return answer
    return entry.is_default


def is_known(selector: str) -> bool:
    """True where a selector fits anything at all.

    >>> is_known("CC4"), is_known("bias-before-norm"), is_known("CC4O5"), is_known("cc")
    (True, True, False, True)
    """
    if selector.upper() == ALL or find_entry(selector) is not None:
        return True
    return bool(selector) and any(code.startswith(selector.upper()) for code in _codes())


@cache
def _codes() -> tuple[str, ...]:
    return tuple(entry.code for entry in catalog())


def nearest_selector(selector: str) -> str:
    """A repair that proposes the nearest code or name."""
    from difflib import get_close_matches

    entries = catalog()
    mended = selector.upper().translate(_LIKE_DIGITS)
    if mended != selector and is_known(mended):
        return f"did you mean `{mended}`?"
    if selector.upper().startswith("CC") and len(selector) < _CODE_LENGTH:
        groups = dict.fromkeys(entry.code[:3] for entry in entries)
        return f"groups are {', '.join(groups)}"
    if selector.upper().startswith("CC") and selector[2:3].isdigit():
        close = get_close_matches(selector.upper(), [entry.code for entry in entries], n=1)
    else:
        close = get_close_matches(selector.lower(), [entry.slug for entry in entries], n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    return "`convcalc rules` lists codes and names"
