"""The types of layer fields: what a YAML value may be, and how it spreads over the axes.

Validators are strict: no `True` for 1, no `'3'` for 3. One wrong value gives one finding, so
there are no unions here; each type is one function that says what it wanted.
"""

from __future__ import annotations

from fractions import Fraction
from math import isfinite
from typing import Annotated, Any, TypeVar

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from convcalc.core.errors import LayerError, Repair

MAX_COUNT = 10**9
# What a file may declare of parameters and multiply-accumulates.
MAX_AMOUNT = 10**18
MAX_SLOPE = 100
MAX_FACTOR = 10**6
PADDING_WORDS = ("valid", "half", "full", "same", "same_upper", "same_lower", "causal")

# The arithmetic's own symbols: every field with one of these names has this short form.
SHORT_NAMES = {
    "out_channels": "out",
    "out_features": "out",
    "kernel_size": "k",
    "stride": "s",
    "padding": "p",
    "dilation": "d",
    "groups": "g",
    "output_padding": "a",
    "hidden_size": "hidden",
    "num_layers": "layers",
    "proj_size": "proj",
    "num_embeddings": "num",
    "embedding_dim": "dim",
}

PerAxisValue = int | tuple[int, ...]
Pair = tuple[int, int]
NumericPaddingValue = int | tuple[int, ...] | tuple[Pair, ...]
PaddingValue = NumericPaddingValue | str

T = TypeVar("T")


def wrong(slug: str, message: str, help: str = "") -> PydanticCustomError:
    """A validation error that the network layer turns into a finding of that slug."""
    # Braces would be read as placeholders.
    context = {"message": message, "help": help}
    return PydanticCustomError(slug, "{message}", context)


# What makes an integer of an exact fraction, for whoever wants one.
ROUNDINGS = "round it by `floor(…)`, `ceil(…)`, `round(…)` or `round_to(…, 8)`"


def is_integer(value: object) -> bool:
    """True for integers, not for booleans."""
    return isinstance(value, int) and not isinstance(value, bool)


def show(value: object) -> str:
    """A received value as YAML would write it, cut to a readable length."""
    if value is None:
        text = "~"
    elif isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str):
        text = f"'{escaped(value[:100])}'"
    else:
        text = str(value)
    return text if len(text) <= 40 else text[:37] + "..."


def escaped(text: str) -> str:
    """Text from a file on one line, with what no terminal should see spelt out.

    >>> print(escaped("two\\nlines"))
    two\\nlines
    """
    return "".join(
        one if one.isprintable() else one.encode("unicode_escape").decode() for one in text
    )


def _integer(value: object, least: int, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise wrong("wrong-type", f"wants {what}, got {show(value)}", _repair(value, least))
    if value < least:
        raise wrong("wrong-value", f"wants {what}, got {value}", f"write {least} or more")
    if value > MAX_COUNT:
        message = f"is beyond the limit of {MAX_COUNT:,}, got {show(value)}"
        raise wrong("number-too-large", message, "use a smaller number")
    return value


def _repair(value: object, least: int) -> str:
    if isinstance(value, Fraction):
        return ROUNDINGS
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdigit():
        return f"write {int(value)} without quotes"
    if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_COUNT:
        return f"write {int(value)}"
    return f"write an integer, {least} or more"


def _per_axis(value: object, least: int) -> PerAxisValue:
    if isinstance(value, (list, tuple)):
        if not value:
            raise wrong("wrong-value", "is an empty list", "write one value per spatial axis")
        return tuple(_integer(item, least, _AT_LEAST[least]) for item in value)
    return _integer(value, least, f"{_AT_LEAST[least]} or a list of them")


_AT_LEAST = {1: "a positive integer", 0: "an integer of 0 or more"}
_COUNT_SCHEMA = {"type": "integer", "minimum": 1}
_EXPRESSION = {"type": "string", "pattern": "^=", "description": "an expression"}


def with_expression(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema that also takes an `=` expression."""
    return {"anyOf": [schema, _EXPRESSION]}


def _axes_schema(item: dict[str, Any]) -> dict[str, Any]:
    items = with_expression(item)
    listed = {"type": "array", "items": items, "minItems": 1, "maxItems": 3}
    return {"anyOf": [item, _EXPRESSION, listed]}


def _count(value: object) -> int:
    return _integer(value, 1, "a positive integer")


def _groups(value: object) -> int | str:
    if value == "depthwise":
        return "depthwise"
    return _integer(value, 1, "a positive integer or `depthwise`")


def _padding(value: object, words: bool) -> PaddingValue:
    if isinstance(value, str):
        return _padding_word(value, words)
    if isinstance(value, (list, tuple)):
        if value and all(isinstance(item, (list, tuple)) for item in value):
            return tuple(_pair(item) for item in value)
        if any(isinstance(item, (list, tuple)) for item in value):
            raise wrong(
                "wrong-type",
                "mixes numbers and before/after pairs",
                "write a pair for every axis, as in [[1, 1], [0, 2]]",
            )
    if is_integer(value) and value < 0:  # type: ignore[operator]
        raise wrong("wrong-value", f"is negative ({value})", "use a `crop` layer to cut pixels")
    return _per_axis(value, 0)


def _padding_word(value: str, words: bool) -> str:
    if not words:
        raise wrong(
            "wrong-type",
            f"takes numbers, got {show(value)}",
            "write 0, [1, 2] (per axis) or [[0, 1], [2, 2]] (before, after)",
        )
    if value not in PADDING_WORDS:
        raise wrong(
            "wrong-value",
            f"is no padding: {show(value)}",
            f"write a number or one of {', '.join(PADDING_WORDS)}",
        )
    return value


def _pair(value: Any) -> Pair:
    if len(value) != 2:
        raise wrong(
            "wrong-value", f"wants pairs (before, after), got {show(list(value))}", "write [0, 1]"
        )
    before, after = (_integer(item, 0, "an integer of 0 or more") for item in value)
    return before, after


_NUMBER = {"type": "integer", "minimum": 0}
_PAIRS = {
    "type": "array",
    "minItems": 1,
    "maxItems": 3,
    "items": {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": with_expression(_NUMBER),
    },
}
_NUMERIC_PADDING: dict[str, Any] = {"anyOf": [*_axes_schema(_NUMBER)["anyOf"], _PAIRS]}
_ANY_PADDING: dict[str, Any] = {
    "anyOf": [{"enum": list(PADDING_WORDS)}, *_NUMERIC_PADDING["anyOf"]]
}


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        repair = "write true or false"
        if isinstance(value, str) and value.lower() in ("yes", "on", "y"):
            repair = "YAML 1.2 knows only true and false: write true"
        if isinstance(value, str) and value.lower() in ("no", "off", "n"):
            repair = "YAML 1.2 knows only true and false: write false"
        raise wrong("wrong-type", f"wants true or false, got {show(value)}", repair)
    return value


def _number(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise wrong("wrong-type", f"wants a number, got {show(value)}", "write a number")
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def _number_up_to(value: object, most: int, repair: str) -> Fraction:
    # Infinity and NaN are no fractions.
    if not (isinstance(value, float) and not isfinite(value)):
        number = _number(value)
        if 0 <= number <= most:
            return number
    raise wrong("wrong-value", f"wants a number from 0 to {most}, got {show(value)}", repair)


def _share(value: object) -> Fraction:
    return _number_up_to(value, 1, "write 0.5")


def _epsilon(value: object) -> Fraction:
    return _number_up_to(value, 1, "write 0.001")


def _positive(value: object) -> Fraction:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        raise wrong("wrong-type", f"wants a number, got {show(value)}", "write a number")
    if not 0 < value <= MAX_FACTOR:
        what = f"a number above 0, up to {MAX_FACTOR:,}"
        raise wrong("wrong-value", f"wants {what}, got {show(value)}", "write 1")
    return _number(value)


def _slope(value: object) -> Fraction:
    return _number_up_to(value, MAX_SLOPE, "write 0.2")


def _scale(value: object) -> tuple[Fraction, ...]:
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    scales = tuple(_number(item) for item in items)
    if not scales or any(not Fraction(1, 10**6) <= scale <= 10**6 for scale in scales):
        raise wrong("wrong-value", f"wants a positive factor, got {show(value)}", "write 2")
    return scales


def _sizes(value: object) -> tuple[int | None, ...]:
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    what = "a positive integer, or ~ to keep an axis"
    if not items:
        raise wrong("wrong-value", "is an empty list", "write one value per spatial axis")
    return tuple(None if item is None else _integer(item, 1, what) for item in items)


def _shape(value: object, free: bool) -> tuple[int, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise wrong("wrong-type", f"wants a list of sizes, got {show(value)}", "write [64, 7, 7]")
    least = -1 if free else 1
    sizes = tuple(_integer(item, least, "positive integers") for item in value)
    if 0 in sizes or sizes.count(-1) > 1:
        raise wrong("wrong-value", f"wants positive sizes, at most one -1, got {show(value)}", "")
    if len(sizes) > 4:
        raise wrong("wrong-value", f"has {len(sizes)} axes; 4 (C, D, H, W) are the most", "")
    return sizes


def _kept_sizes(value: object) -> tuple[int | None, ...]:
    if not isinstance(value, (list, tuple)) or not value:
        raise wrong("wrong-type", f"wants a list of sizes, got {show(value)}", "write [64, 7, 7]")
    sizes = _sizes(value)
    if len(sizes) > 4:
        message = f"has {len(sizes)} axes; 4 (C, D, H, W) are the most"
        raise wrong("wrong-value", message, "join some, as by `rearrange`")
    return sizes


def _amount(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and MAX_COUNT < value <= MAX_AMOUNT:
        return value
    return _integer(value, 0, "an integer of 0 or more, or ~ where it is not known")


def _words(value: object) -> str:
    if isinstance(value, str):
        return value
    raise wrong("wrong-type", f"wants words, got {show(value)}", "write them in quotes")


def _span(value: object) -> Pair:
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise wrong("wrong-type", f"wants [start, stop], got {show(value)}", "write [0, 32]")
    start, stop = (_integer(item, 0, "an integer of 0 or more") for item in value)
    if start >= stop:
        raise wrong("wrong-value", f"takes no channel: [{start}, {stop}]", "stop is exclusive")
    return start, stop


def _names(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)) or not value:
        repair = "name layers, as in [main, shortcut]"
        raise wrong("wrong-type", f"wants a list of layer names, got {show(value)}", repair)
    for item in value:
        if not isinstance(item, str):
            repair = "give the layer a `name` and write that; there are no numbers for layers"
            raise wrong("wrong-type", f"wants layer names, got {show(item)}", repair)
    return tuple(value)


def _schema(schema: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema(schema)


_LIST_OF_SIZES = {"type": "array", "minItems": 1, "maxItems": 4, "items": {}}

Count = Annotated[int, PlainValidator(_count), _schema(with_expression(_COUNT_SCHEMA))]
Whole = Annotated[
    int,
    PlainValidator(lambda value: _integer(value, 0, _AT_LEAST[0])),
    _schema(with_expression(_NUMBER)),
]
Kernel = Annotated[
    PerAxisValue,
    PlainValidator(lambda value: _per_axis(value, 1)),
    _schema(_axes_schema(_COUNT_SCHEMA)),
]
PerAxis = Kernel
PerAxisOrNone = Annotated[
    PerAxisValue | None,
    PlainValidator(lambda value: None if value is None else _per_axis(value, 0)),
    _schema(_axes_schema({"type": ["integer", "null"], "minimum": 0})),
]
PerAxisOrZero = Annotated[
    PerAxisValue,
    PlainValidator(lambda value: _per_axis(value, 0)),
    _schema(_axes_schema(_NUMBER)),
]
Padding = Annotated[
    PaddingValue, PlainValidator(lambda value: _padding(value, True)), _schema(_ANY_PADDING)
]
NumericPadding = Annotated[
    NumericPaddingValue,
    PlainValidator(lambda value: _padding(value, False)),
    _schema(_NUMERIC_PADDING),
]
Groups = Annotated[
    int | str,
    PlainValidator(_groups),
    _schema({"anyOf": [_COUNT_SCHEMA, {"const": "depthwise"}, _EXPRESSION]}),
]
Flag = Annotated[
    bool, PlainValidator(_flag), _schema({"anyOf": [{"type": "boolean"}, _EXPRESSION]})
]
Number = Annotated[Fraction, PlainValidator(_number), _schema(with_expression({"type": "number"}))]
Share = Annotated[
    Fraction,
    PlainValidator(_share),
    _schema(with_expression({"type": "number", "minimum": 0, "maximum": 1})),
]
Epsilon = Annotated[
    Fraction,
    PlainValidator(_epsilon),
    _schema(with_expression({"type": "number", "minimum": 0, "maximum": 1})),
]
Positive = Annotated[
    Fraction,
    PlainValidator(_positive),
    _schema(with_expression({"type": "number", "exclusiveMinimum": 0, "maximum": MAX_FACTOR})),
]
Slope = Annotated[
    Fraction,
    PlainValidator(_slope),
    _schema(with_expression({"type": "number", "minimum": 0, "maximum": MAX_SLOPE})),
]
Scales = Annotated[
    tuple[Fraction, ...],
    PlainValidator(_scale),
    _schema(_axes_schema({"type": "number", "exclusiveMinimum": 0})),
]
Sizes = Annotated[
    tuple[int | None, ...],
    PlainValidator(_sizes),
    _schema(_axes_schema({"type": ["integer", "null"], "minimum": 1})),
]
KeptSizes = Annotated[
    tuple[int | None, ...],
    PlainValidator(_kept_sizes),
    _schema(
        _LIST_OF_SIZES | {"items": with_expression({"type": ["integer", "null"], "minimum": 1})}
    ),
]
AmountOrNone = Annotated[
    int | None,
    PlainValidator(_amount),
    _schema(with_expression({"type": ["integer", "null"], "minimum": 0, "maximum": MAX_AMOUNT})),
]
Words = Annotated[str, PlainValidator(_words), _schema({"type": "string"})]
FullShape = Annotated[
    tuple[int, ...],
    PlainValidator(lambda value: _shape(value, False)),
    _schema(_LIST_OF_SIZES | {"items": with_expression(_COUNT_SCHEMA)}),
]
FreeShape = Annotated[
    tuple[int, ...],
    PlainValidator(lambda value: _shape(value, True)),
    _schema(_LIST_OF_SIZES | {"items": with_expression({"type": "integer", "minimum": -1})}),
]
Index = Annotated[
    int,
    PlainValidator(lambda value: _integer(value, 0, _AT_LEAST[0])),
    _schema(with_expression(_NUMBER)),
]
Channels = Annotated[
    Pair,
    PlainValidator(_span),
    _schema({"type": "array", "minItems": 2, "maxItems": 2, "items": with_expression(_NUMBER)}),
]
Names = Annotated[
    tuple[str, ...],
    PlainValidator(_names),
    _schema(
        {
            "anyOf": [
                {"type": "array", "minItems": 1, "items": {"type": "string"}},
                {"type": "string"},
            ]
        }
    ),
]


def described(text: str, default: Any = ...) -> Any:
    """A pydantic field with its documentation."""
    return Field(default, description=text)


def per_axis(value: T | tuple[T, ...], rank: int, field: str) -> tuple[T, ...]:
    """The value of each spatial axis: a scalar holds for all.

    Raises LayerError when a list has not exactly one value an axis.

    >>> per_axis(3, 2, "kernel_size"), per_axis((1, 7), 2, "kernel_size")
    ((3, 3), (1, 7))
    """
    if not isinstance(value, tuple):
        return (value,) * rank
    if len(value) != rank:
        raise LayerError(
            "wrong-rank",
            f"{field} has {len(value)} values, but the input has {axes_in_words(rank)}",
            "one value for all axes",
            field=field,
            repairs=fewer_or_more(field, value, rank),
        )
    return value


def fewer_or_more(field: str, values: tuple[object, ...], rank: int) -> list[Repair]:
    """The field with a value for each of `rank` axes: the first ones, the last of them repeated."""
    return [{field: (*values, *values[-1:] * rank)[:rank]}] if rank else []


def axes_in_words(rank: int) -> str:
    """`2 spatial axes`, with its singular."""
    return f"{rank or 'no'} spatial ax{'i' if rank == 1 else 'e'}s"
