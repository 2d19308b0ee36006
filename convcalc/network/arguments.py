"""Arguments of functions: what means nothing is refused in the words of the command line."""

from __future__ import annotations

from collections.abc import Iterable

from convcalc.core.errors import Problem, StackError
from convcalc.core.text import nearest
from convcalc.kinds.base.fields import is_integer


def one_of(value: str, known: Iterable[str], name: str) -> str:
    """`value`, if it is one of the `known` words. Raises StackError with the nearest one.

    >>> one_of("torch", ["torch", "tf"], "dialect")
    'torch'
    """
    words = tuple(known)
    if value in words:
        return value
    raise refused(f"{name}: there is no `{value}`", nearest(str(value), words))


def whole_number(value: object, name: str, least: int) -> int:
    """`value`, if it is an integer from `least` on. Raises StackError.

    >>> whole_number(32, "batch", 1)
    32
    """
    if isinstance(value, int) and is_integer(value) and value >= least:
        return value
    raise refused(f"{name} wants an integer, {least} or more, got `{value!r:.40}`", f"{name}=8")


def refused(message: str, help: str = "") -> StackError:
    """The error for an argument that means nothing."""
    return StackError([Problem("wrong-value", message, help=help)])
