"""Arguments of calls that are tensors, or numbers that are worked out: by their names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from convcalc.importers.placing import NoRuleError

Known = TypeVar("Known")


# What comes of arguments of another type or number than a rule wants, whatever a file may hold.
UNFIT = (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError)
# Python's words for a call that does not fit a function.
_MISSING = re.compile(r"missing \d+ required (?:positional|keyword-only) arguments?: (.*)")
_UNKNOWN = re.compile(r"got an unexpected keyword argument '(.*)'")
_TOO_MANY = re.compile(
    r"takes (?:from \d+ to )?(\d+) positional arguments? but (\d+) (?:positional|was|were)"
)


def why_unfit(error: Exception, what: str) -> str:
    """Why a call cannot be read, in words about the file: `what` of it does not fit.

    >>> why_unfit(TypeError("f() missing 2 required positional arguments: 'a' and 'b'"), "fields")
    'it is called without `a` and `b`'
    >>> why_unfit(TypeError("f() got an unexpected keyword argument 'c'"), "fields")
    'it is called with `c`, which is not known here'
    >>> why_unfit(ValueError("no number"), "fields")
    'its fields do not fit: no number'
    """
    said = str(error)
    if isinstance(error, TypeError):
        if missing := _MISSING.search(said):
            return f"it is called without {missing[1].replace(chr(39), '`')}"
        if unknown := _UNKNOWN.search(said):
            return f"it is called with `{unknown[1]}`, which is not known here"
        if many := _TOO_MANY.search(said):
            # The rule itself stands before those of the file.
            return f"it is called with {int(many[2]) - 1} arguments, {int(many[1]) - 1} are known"
    return f"its {what} do not fit: {said}"


class Named(str):
    """An argument that stands for something else."""

    __slots__ = ()


class Tensor(Named):
    """An argument that is a tensor, by its name."""

    __slots__ = ()


class Number(Named):
    """An argument that is a number which the program works out, by its name."""

    __slots__ = ()


def filled_in(argument: Any, known: Callable[[Named], Any]) -> Any:
    """An argument with what is `known` in place of names, in tuples and mappings too.

    >>> filled_in((Tensor("x"), {"axis": 1}), {"x": 7}.__getitem__)
    (7, {'axis': 1})
    """
    if isinstance(argument, Named):
        return known(argument)
    if isinstance(argument, tuple):
        return tuple([filled_in(one, known) for one in argument])
    if isinstance(argument, dict):
        return {key: filled_in(one, known) for key, one in argument.items()}
    return argument


def looked_up(values: Mapping[str, Known], name: str) -> Known:
    """The value of that name. Raises NoRuleError where there is none."""
    value = values.get(name)
    if value is None:
        raise NoRuleError(f"it reads `{name}`, of which nothing is known")
    return value
