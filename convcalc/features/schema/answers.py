"""The JSON Schemas of what commands answer, from the classes of the answers.

Every record becomes a typed dictionary, of which pydantic writes the schema.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from importlib import import_module
from operator import or_
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NotRequired, Union, get_args, get_origin

from pydantic import ConfigDict, Field, TypeAdapter, WithJsonSchema
from pydantic.json_schema import GenerateJsonSchema
from typing_extensions import TypedDict

from convcalc.core.records import Record, first_paragraph, key_of, keys
from convcalc.features import command_of, folder_of

Schema = dict[str, Any]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_FEATURES = Path(__file__).parents[1]
_FRACTION = {
    "anyOf": [
        {"type": "integer"},
        {"type": "string", "pattern": "^-?[0-9]+/[0-9]+$"},
    ]
}


def commands() -> tuple[str, ...]:
    """The commands that answer in JSON, by name.

    >>> "shape" in commands(), "init" in commands()
    (True, False)
    """
    return tuple(sorted(command_of(path.parent.name) for path in _FEATURES.glob("*/answer.py")))


def answer_schema(command: str) -> Schema:
    """The schema of the JSON that `command` writes, one of `commands()`.

    It admits exactly the keys that this version writes. Later versions may add keys, and keep
    the meaning of these, so a program that reads answers should pass over what it does not know.

    >>> schema = answer_schema("verify")
    >>> schema["title"], schema["properties"]["batch"]["minimum"]
    ('convcalc verify, version 1', 1)
    """
    answer = import_module(f"convcalc.features.{folder_of(command)}.answer").ANSWER
    schema: Schema = TypeAdapter(_Types().of(answer)).json_schema(schema_generator=_Untitled)
    versions = {one.version.fget(None) for one in get_args(answer) or (answer,)}
    (version,) = versions
    return {"$schema": DRAFT, **schema, "title": f"convcalc {command}, version {version}"}


class _Untitled(GenerateJsonSchema):
    """Keys are their own titles."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


class _Types:
    """Types with dictionaries in place of their records, each record by the same one."""

    def __init__(self) -> None:
        self._known: dict[type[Record], Any] = {}

    def of(self, hint: Any) -> Any:
        """The type that pydantic is shown for `hint`."""
        if isinstance(hint, type) and issubclass(hint, Record):
            return self._dictionary(hint)
        if hint is Fraction:
            return Annotated[Any, WithJsonSchema(_FRACTION)]
        origin, arguments = get_origin(hint), get_args(hint)
        if origin is Annotated:
            inner, key = self.of(arguments[0]), key_of(hint)
            told = Field(description=key.text or None, json_schema_extra={**key.keywords} or None)
            return Annotated[inner | None if key.null else inner, told]
        if origin in (Union, UnionType):
            return reduce(or_, map(self.of, arguments))
        if origin is None or origin is Literal:
            return hint
        return origin[tuple(map(self.of, arguments))]

    def _dictionary(self, record: type[Record]) -> Any:
        if record not in self._known:
            items = {}
            for key in keys(record):
                hint = self.of(key.type)
                items[key.name] = NotRequired[hint] if key.key.optional else hint
            make: Any = TypedDict
            made = self._known[record] = make(record.__name__, items)
            made.__doc__ = first_paragraph(record)
            made.__pydantic_config__ = ConfigDict(extra="forbid")
        return self._known[record]
