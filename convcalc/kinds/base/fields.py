"""The types of layer fields: what a YAML value may be, and how it spreads over the axes.

There are no unions here: each type is one function of `field_values`, which says what it wanted.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, TypeVar

from pydantic import Field, PlainValidator, WithJsonSchema

from convcalc.core.errors import LayerError, Repair
from convcalc.kinds.base.field_values import (
    AT_LEAST,
    INFINITE,
    MAX_AMOUNT,
    MAX_FACTOR,
    MAX_SLOPE,
    PADDING_WORDS,
    NumericPaddingValue,
    PaddingValue,
    Pair,
    PerAxisValue,
    read_amount,
    read_count,
    read_divisor,
    read_epsilon,
    read_flag,
    read_groups,
    read_integer,
    read_kept_sizes,
    read_names,
    read_number,
    read_number_or_infinity,
    read_padding,
    read_per_axis,
    read_positive,
    read_scale,
    read_shape,
    read_share,
    read_sizes,
    read_slope,
    read_span,
    read_words,
)

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

# A value for each field that a kind may require, to show how it is written.
EXAMPLES = {
    "out_channels": "64",
    "out_features": "10",
    "kernel_size": "3",
    "padding": "1",
    "groups": "2",
    "size": "5",
    "factor": "2",
    "output_size": "1",
    "shape": "[64, 7, 7]",
    "channels": "[0, 32]",
    "inputs": "[prev, input]",
    "heads": "8",
    "output": "[64, 7, 7]",
    "hidden_size": "128",
    "num_embeddings": "30522",
    "embedding_dim": "128",
    "value": "0.5",
    "threshold": "0.5",
    "axis": "1",
    "axes": "[0, 2, 1]",
    "shifts": "1",
    "parts": "2",
    "part": "0",
}

T = TypeVar("T")

_COUNT_SCHEMA = {"type": "integer", "minimum": 1}
_EXPRESSION = {"type": "string", "pattern": "^=", "description": "an expression"}


def with_expression(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON schema that also takes an `=` expression."""
    return {"anyOf": [schema, _EXPRESSION]}


def _axes_schema(item: dict[str, Any]) -> dict[str, Any]:
    items = with_expression(item)
    listed = {"type": "array", "items": items, "minItems": 1, "maxItems": 3}
    return {"anyOf": [item, _EXPRESSION, listed]}


_POSITIVE = {"type": "number", "exclusiveMinimum": 0, "maximum": MAX_FACTOR}
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


def _schema(schema: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema(schema)


_LIST_OF_SIZES = {"type": "array", "minItems": 1, "maxItems": 4, "items": {}}

Count = Annotated[int, PlainValidator(read_count), _schema(with_expression(_COUNT_SCHEMA))]
Whole = Annotated[
    int,
    PlainValidator(lambda value: read_integer(value, 0, AT_LEAST[0])),
    _schema(with_expression(_NUMBER)),
]
Kernel = Annotated[
    PerAxisValue,
    PlainValidator(lambda value: read_per_axis(value, 1)),
    _schema(_axes_schema(_COUNT_SCHEMA)),
]
PerAxis = Kernel
PerAxisOrNone = Annotated[
    PerAxisValue | None,
    PlainValidator(lambda value: None if value is None else read_per_axis(value, 0)),
    _schema(_axes_schema({"type": ["integer", "null"], "minimum": 0})),
]
PerAxisOrZero = Annotated[
    PerAxisValue,
    PlainValidator(lambda value: read_per_axis(value, 0)),
    _schema(_axes_schema(_NUMBER)),
]
Padding = Annotated[
    PaddingValue,
    PlainValidator(lambda value: read_padding(value, True)),
    _schema(_ANY_PADDING),
]
NumericPadding = Annotated[
    NumericPaddingValue,
    PlainValidator(lambda value: read_padding(value, False)),
    _schema(_NUMERIC_PADDING),
]
Groups = Annotated[
    int | str,
    PlainValidator(read_groups),
    _schema({"anyOf": [_COUNT_SCHEMA, {"const": "depthwise"}, _EXPRESSION]}),
]
Flag = Annotated[
    bool,
    PlainValidator(read_flag),
    _schema({"anyOf": [{"type": "boolean"}, _EXPRESSION]}),
]
Number = Annotated[
    Fraction, PlainValidator(read_number), _schema(with_expression({"type": "number"}))
]
NonZero = Annotated[
    Fraction,
    PlainValidator(read_divisor),
    _schema(with_expression({"type": "number", "not": {"const": 0}})),
]
NumberOrInfinity = Annotated[
    Fraction | str | None,
    PlainValidator(read_number_or_infinity),
    _schema({"anyOf": [{"type": "number"}, {"enum": [*INFINITE]}, {"type": "null"}, _EXPRESSION]}),
]
Share = Annotated[
    Fraction,
    PlainValidator(read_share),
    _schema(with_expression({"type": "number", "minimum": 0, "maximum": 1})),
]
Epsilon = Annotated[
    Fraction,
    PlainValidator(read_epsilon),
    _schema(with_expression({"type": "number", "minimum": 0, "maximum": 1})),
]
Positive = Annotated[
    Fraction,
    PlainValidator(read_positive),
    _schema(with_expression(_POSITIVE)),
]
PositiveOrNone = Annotated[
    Fraction | None,
    PlainValidator(lambda value: None if value is None else read_positive(value)),
    _schema({"anyOf": [_POSITIVE, {"type": "null"}, _EXPRESSION]}),
]
Slope = Annotated[
    Fraction,
    PlainValidator(read_slope),
    _schema(with_expression({"type": "number", "minimum": 0, "maximum": MAX_SLOPE})),
]
Scales = Annotated[
    tuple[Fraction, ...],
    PlainValidator(read_scale),
    _schema(_axes_schema({"type": "number", "exclusiveMinimum": 0})),
]
Sizes = Annotated[
    tuple[int | None, ...],
    PlainValidator(read_sizes),
    _schema(_axes_schema({"type": ["integer", "null"], "minimum": 1})),
]
KeptSizes = Annotated[
    tuple[int | None, ...],
    PlainValidator(read_kept_sizes),
    _schema(
        _LIST_OF_SIZES | {"items": with_expression({"type": ["integer", "null"], "minimum": 1})}
    ),
]
AmountOrNone = Annotated[
    int | None,
    PlainValidator(read_amount),
    _schema(with_expression({"type": ["integer", "null"], "minimum": 0, "maximum": MAX_AMOUNT})),
]
Words = Annotated[str, PlainValidator(read_words), _schema({"type": "string"})]
FullShape = Annotated[
    tuple[int, ...],
    PlainValidator(lambda value: read_shape(value, False)),
    _schema(_LIST_OF_SIZES | {"items": with_expression(_COUNT_SCHEMA)}),
]
FreeShape = Annotated[
    tuple[int, ...],
    PlainValidator(lambda value: read_shape(value, True)),
    _schema(_LIST_OF_SIZES | {"items": with_expression({"type": "integer", "minimum": -1})}),
]
Index = Annotated[
    int,
    PlainValidator(lambda value: read_integer(value, 0, AT_LEAST[0])),
    _schema(with_expression(_NUMBER)),
]
Channels = Annotated[
    Pair,
    PlainValidator(read_span),
    _schema({"type": "array", "minItems": 2, "maxItems": 2, "items": with_expression(_NUMBER)}),
]
Names = Annotated[
    tuple[str, ...],
    PlainValidator(read_names),
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
