"""Answers that declare their JSON: frozen values whose fields and properties are its keys.

The declaration is the class. A field is a key unless its type is `Hidden[...]`; a property is one
where `Key` marks it. Their types are those of the JSON, so that `to_dict` follows from the class
as well as the JSON Schema, which `convcalc schema --for COMMAND` prints.

    @dataclass(frozen=True, slots=True)
    class Cost(Record):
        layer: Hidden[Conv]
        macs: Annotated[int, Key("Multiply-accumulates.", minimum=0)]

        @property
        @Key()
        def flops(self) -> int:
            \"\"\"Floating-point operations: 2 * macs.\"\"\"
            return 2 * self.macs
"""

from __future__ import annotations

import sys
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, get_args, get_origin

from convcalc.core.text import encodable

T = TypeVar("T")
# A field that the JSON leaves out: what the answer was made of.
Hidden = Annotated[T, "hidden"]
_MARK = "__key__"
# Zero is something.
_NOTHING: tuple[Any, ...] = (None, "", (), {})
_PLAIN = frozenset({int, float, bool, type(None)})


class Key:
    """A key of the JSON: what it says, and how it is called where Python cannot call it so.

    On a property the docstring is what it says, and the return type is its type. An `optional`
    key is left out where it has nothing to say, one with `null` is null there. `keywords` are of
    JSON Schema: `minimum=0`.
    """

    def __init__(
        self,
        text: str = "",
        *,
        name: str = "",
        optional: bool = False,
        null: bool = False,
        **keywords: Any,
    ) -> None:
        self.text, self.name, self.keywords = text, name, keywords
        self.optional, self.null = optional, null

    def __or__(self, more: Key) -> Key:
        """Both together; what the second says comes first."""
        return Key(
            more.text or self.text,
            name=more.name or self.name,
            optional=more.optional or self.optional,
            null=more.null or self.null,
            **self.keywords | more.keywords,
        )

    def __call__(self, get: Callable[[Any], T]) -> Callable[[Any], T]:
        """Mark what a property gets."""
        setattr(get, _MARK, self)
        return get


Count = Annotated[int, Key(minimum=0)]
# The size of each axis: channels first where there are any.
Sizes = Annotated[tuple[Annotated[int, Key(minimum=1)], ...], Key(maxItems=4)]


class KeyOf(NamedTuple):
    """A key of a class: its name in the JSON, the attribute that holds it, and its type."""

    name: str
    attribute: str
    type: Any
    key: Key


class Record:
    """A frozen value that is an object in JSON. Dataclasses and named tuples derive from it."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """The value as JSON data: numbers, strings, lists and dictionaries only."""
        data = {}
        for name, attribute, if_empty in _written(type(self)):
            value = getattr(self, attribute)
            if if_empty == "written" or value not in _NOTHING:
                data[name] = plain(value)
            elif if_empty == "null":
                data[name] = None
        return data


class Answer(Record):
    """What a command answers: its JSON begins with the version of its keys."""

    __slots__ = ()

    @property
    @Key()
    def version(self) -> Literal[1]:
        """Version of these keys. Later ones may add keys, and keep the meaning of these."""
        return 1


class SizedAnswer(Answer):
    """An answer about a size that somebody wrote."""

    __slots__ = ()

    @property
    @abstractmethod
    def reading(self) -> str:
        """How the size was read, in words; empty where there was no choice."""

    @property
    @Key(null=True)
    def read_as(self) -> str:
        """How the size was read, where it could be read otherwise; null where it could not."""
        return self.reading


def plain(value: Any) -> Any:
    """A value as JSON data: lists for tuples, "1/2" for a fraction that is no integer.

    >>> plain({"size": (3, Fraction(4), Fraction(1, 2)), "name": "stem"})
    {'size': [3, 4, '1/2'], 'name': 'stem'}
    """
    if type(value) in _PLAIN:
        return value
    if isinstance(value, str):
        return encodable(value)
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, Mapping):
        return {encodable(name): plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else str(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")


def _written(kind: type[Record]) -> tuple[tuple[str, str, str], ...]:
    """Of every key its name, its attribute, and what becomes of a value that is empty."""
    known = _KNOWN.get(kind)
    if known is None:
        known = _KNOWN[kind] = tuple(
            (
                one.name,
                one.attribute,
                "left out" if one.key.optional else "null" if one.key.null else "written",
            )
            for one in keys(kind)
        )
    return known


_KNOWN: dict[type[Record], tuple[tuple[str, str, str], ...]] = {}


def keys(kind: type[Record]) -> list[KeyOf]:
    """The keys of a class: those of its bases first, fields before properties, lists at the end.

    >>> [key.name for key in keys(Answer)]
    ['version']
    """
    found = [key for base in reversed(kind.__mro__) for key in _own(base)]
    return sorted(found, key=lambda one: _is_list_of_records(one.type))


def _own(base: type) -> Iterator[KeyOf]:
    """The keys that a class itself declares."""
    for attribute, annotation in vars(base).get("__annotations__", {}).items():
        text = getattr(annotation, "__forward_arg__", annotation)
        if not text.startswith(("Hidden[", "ClassVar")):
            yield _key(attribute, _evaluated(text, base))
    for attribute, value in vars(base).items():
        get = _getter(value)
        key = getattr(get, _MARK, None)
        if get is not None and key is not None:
            hint = _evaluated(get.__annotations__["return"], base)
            yield _key(attribute, Annotated[hint, Key(first_paragraph(get)) | key])


def _is_list_of_records(hint: Any) -> bool:
    listed = get_args(hint)[0]
    items = get_args(listed) if get_origin(listed) is tuple else ()
    return any(isinstance(item, type) and issubclass(item, Record) for item in items)


def first_paragraph(told: object) -> str:
    """The first paragraph of a docstring, on one line."""
    return " ".join((told.__doc__ or "").split("\n\n")[0].split())


def _getter(value: object) -> Callable[..., Any] | None:
    if isinstance(value, property):
        return value.fget
    return value.func if isinstance(value, cached_property) else None


def _evaluated(text: str, base: type) -> Any:
    """The type that an annotation of `base` writes; NameError where only a type checker knows."""
    return eval(text, vars(sys.modules[base.__module__]))


def _key(attribute: str, hint: Any) -> KeyOf:
    hint = Annotated[hint, Key()]
    key = key_of(hint)
    return KeyOf(key.name or attribute, attribute, hint, key)


def key_of(hint: Any) -> Key:
    """What all keys of an annotated type say together."""
    key = Key()
    for more in (meta for meta in get_args(hint) if isinstance(meta, Key)):
        key = key | more
    return key
