"""Whether an argument from a file is what a rule's annotation says that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from inspect import Parameter, signature
from itertools import chain
from types import UnionType
from typing import Any, Union, get_args, get_origin


def check_fit(rule: Callable[..., object], args: Sequence[Any], kwargs: Mapping[str, Any]) -> None:
    """Raises TypeError for an argument of a type that the rule does not take.

    A rule that goes on with a tensor where sizes stand would make of it a shape that fails later,
    far from the operation.

    >>> def crop(x: str, sizes: Sequence[int] | int = 1) -> None: ...
    >>> check_fit(crop, ("a",), {"sizes": (1, 2)})
    >>> check_fit(crop, ("a",), {"sizes": (1, "b")})
    Traceback (most recent call last):
    TypeError: `sizes` is of another type
    """
    wanted = _types(rule)
    for name, value in chain(zip(wanted, args, strict=False), kwargs.items()):
        if name in wanted and not fits(value, wanted[name]):
            raise TypeError(f"`{name}` is of another type")


def fits(value: object, wanted: Any) -> bool:
    """True where the value is of that type, in all of its parts.

    >>> fits(1, float), fits(1.5, int), fits(None, int | None), fits("ab", Sequence[str])
    (True, False, True, False)
    """
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in parts)
    if origin is Sequence:
        # By their own types: tensors are tuples too, and texts are sequences of texts.
        if type(value) is not tuple and type(value) is not list:
            return False
        return all(fits(one, parts[0]) for one in value)
    if wanted is None:
        return value is None
    if wanted is float:
        return isinstance(value, int | float)
    return wanted is Any or not isinstance(wanted, type) or isinstance(value, wanted)


@lru_cache(maxsize=1024)
def _types(rule: Callable[..., object]) -> dict[str, Any]:
    """The annotations of a rule's own arguments, in their order."""
    return {
        name: one.annotation
        for name, one in signature(rule, eval_str=True).parameters.items()
        if one.kind is Parameter.POSITIONAL_OR_KEYWORD
    }
