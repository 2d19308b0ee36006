"""Words of the command line that cannot be used, and what to write instead."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence

from convcalc.core.text import nearest


class UsageError(Exception):
    """A command line that cannot be used: one sentence, with what to write instead."""


def bad(message: str, help: str, option: str) -> UsageError:
    """The error for a value that `option` cannot take.

    >>> str(bad("wants an integer, got `x`", "write --batch 8", "--batch"))
    'Invalid value for --batch: wants an integer, got `x`; write --batch 8'
    """
    return unfit(f"Invalid value for {option}: {message}", help)


def unfit(message: str, help: str = "") -> UsageError:
    """The error for words that do not go together, or not with what was given.

    >>> str(unfit("--layer is needed for a file", "write --layer stem"))
    '--layer is needed for a file; write --layer stem'
    """
    return UsageError(f"{message}; {help}" if help else message)


def need_texts(what: str) -> None:
    """Raises UsageError where Python runs without docstrings, which `what` is made of.

    >>> need_texts("pages")
    """
    if sys.flags.optimize >= 2:
        raise unfit(
            f"{what} are made of docstrings, which Python leaves out with -OO",
            "run it without -OO and PYTHONOPTIMIZE=2",
        )


def one_of(value: str, known: Iterable[str], option: str) -> str:
    """`value`, if it is one of the `known` words. Raises UsageError with the nearest one.

    >>> one_of("plain", ["plain", "csv"], "--format")
    'plain'
    """
    names = tuple(known)
    if value in names:
        return value
    raise bad(f"there is no `{value}`", nearest(value, names), option)


def known_words(words: Sequence[str], option: str, known: Sequence[str]) -> tuple[str, ...]:
    """Words with commas between, in the order known.

    >>> known_words(["norm,bias"], "--count", ("bias", "norm", "all"))
    ('bias', 'norm')
    """
    asked = {one_of(word, known, option) for word in separated(words)}
    return tuple(word for word in known if word in asked)


def separated(words: Sequence[str]) -> tuple[str, ...]:
    """The words of a repeatable option that also takes several with commas between.

    >>> separated(["name,params", "macs"])
    ('name', 'params', 'macs')
    """
    return tuple(word.strip() for value in words for word in value.split(",") if word.strip())
