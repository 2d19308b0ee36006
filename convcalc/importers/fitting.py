"""Whether an argument from a file is what a rule's annotation says that it takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from inspect import Parameter, signature
from itertools import chain
from types import UnionType
from typing import Any, NamedTuple, Union, get_args, get_origin


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
    types = _types(rule)
    for name, value in chain(zip(types, args, strict=False), kwargs.items()):
        one = types.get(name)
        if one is not None and not one.fits(value):
            raise TypeError(f"`{name}` is of another type")


class Wanted(NamedTuple):
    """What an annotation takes: these types, or sequences of what another one takes."""

    types: tuple[type, ...]
    items: Wanted | None = None

    def fits(self, value: object) -> bool:
        """True where the value is that, in all of its parts.

        >>> wanted(float).fits(1), wanted(int).fits(1.5), wanted(int | None).fits(None)
        (True, False, True)
        >>> wanted(Sequence[str]).fits("ab"), wanted(Sequence[str]).fits(("a", "b"))
        (False, True)
        """
        # By their own types: tensors are tuples too, and texts are sequences of texts.
        if self.items is not None and (type(value) is tuple or type(value) is list):
            return all(map(self.items.fits, value))
        return isinstance(value, self.types)


def wanted(annotation: Any) -> Wanted:
    """What an annotation takes; everything, where it says no types."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):
        either = [wanted(one) for one in parts]
        types = tuple([one for each in either for one in each.types])
        return Wanted(types, next((one.items for one in either if one.items), None))
    if origin is Sequence:
        return Wanted((), wanted(parts[0]))
    if annotation is float:
        return Wanted((int, float))
    is_type = isinstance(annotation, type) and annotation is not Any
    return Wanted((annotation if is_type else object,))


@lru_cache(maxsize=1024)
def _types(rule: Callable[..., object]) -> dict[str, Wanted]:
    """What a rule's own arguments take, in their order."""
    return {
        name: wanted(one.annotation)
        for name, one in signature(rule, eval_str=True).parameters.items()
        if one.kind is Parameter.POSITIONAL_OR_KEYWORD
    }
