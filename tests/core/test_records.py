"""Records: what becomes a key, under which name, and what becomes of values that are empty."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import pytest

from convcalc.core.records import Answer, Count, Hidden, Key, Record, keys, plain
from tests.each import each
from tests.laws_of_declarations import broken


class _Pair(NamedTuple):
    first: Annotated[Count, Key("The first.")]
    secret: Hidden[object]


class Pair(_Pair, Record):
    """A named tuple that is a record."""

    __slots__ = ()


@dataclass(frozen=True)
class Whole(Answer):
    """One of every sort of key."""

    pairs: Annotated[tuple[Pair, ...], Key("Records stand last.")]
    is_global: Annotated[bool, Key("A word of Python's.", name="global")]
    graph: Hidden[object]
    reason: Annotated[str, Key("Nothing is null.", null=True)] = ""
    zero: Annotated[int | None, Key("Zero is something.", optional=True)] = 0
    notes: Annotated[tuple[str, ...], Key("Left out.", optional=True)] = ()

    @property
    @Key()
    def total(self) -> Fraction:
        """The sum of the pairs.

        Not in the description.
        """
        return sum((Fraction(pair.first, 2) for pair in self.pairs), Fraction(0))

    @cached_property
    @Key(name="cached")
    def remembered(self) -> str:
        """A property that is kept."""
        return "\udce9"

    @property
    def other(self) -> int:
        """No key."""
        return 1


def test_the_keys_of_a_class() -> None:
    found = {one.name: one.key.text for one in keys(Whole)}
    assert list(found) == [
        "version", "global", "reason", "zero", "notes", "total", "cached", "pairs",
    ]  # fmt: skip
    assert found["total"] == "The sum of the pairs."
    assert next(one for one in keys(Pair)).key.keywords == {"minimum": 0}


def test_the_data_of_a_value() -> None:
    whole = Whole((Pair(1, object()), Pair(2, object())), True, object())
    assert whole.to_dict() == {
        "version": 1,
        "global": True,
        "reason": None,
        "zero": 0,
        "total": "3/2",
        "cached": "\\udce9",
        "pairs": [{"first": 1}, {"first": 2}],
    }


@each("value", [object(), {1, 2}, b"bytes", {"inner": [object()]}])
def test_what_has_no_place_in_json(value: Any) -> None:
    with pytest.raises(TypeError, match="has no place in JSON"):
        plain(value)


def test_a_type_that_only_a_checker_knows_is_told() -> None:
    @dataclass(frozen=True)
    class Broken(Record):
        field: Nowhere  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(NameError):
        keys(Broken)


def test_declarations_say_no_default() -> None:
    assert broken("core", "features") == []
