"""Arguments of calls that are tensors, or numbers that are worked out: by their names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from convcalc.importers.building import NoRuleError

Known = TypeVar("Known")


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
