"""The JSON Schema of a layer stack, made for the YAML language server.

It completes and explains every kind and field, refuses wrong types and unknown fields of known
kinds, and never refuses a valid file. So a field is required nowhere (`defaults` or `each` may
give it), and a word that is no kind may be a block. What needs shapes is for `convcalc check`.

The keywords are those that mean the same in draft 7 and in 2020-12. A `$ref` stands alone,
because draft 7 ignores whatever stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcalc.core.shapes import MAX_RANK
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base import Kind
from convcalc.kinds.base.field_values import MAX_COUNT
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.network.declarations import FUNCTION_KEYS
from convcalc.network.expectations import LayerExpect, NetworkExpect
from convcalc.network.expressions import BUILTIN
from convcalc.network.layers import BESIDE
from convcalc.network.names import NAME_PATTERN, TAKEN_VARIABLES, VARIABLE
from convcalc.network.reader import VERSION
from convcalc.network.template import NETWORK_INPUT, RESERVED
from convcalc.network.written_values import FRACTION

Schema = dict[str, Any]

DRAFT = "http://json-schema.org/draft-07/schema#"


def input_schema() -> Schema:
    """The schema of a `.net.yaml` file, as JSON data.

    >>> schema = input_schema()
    >>> schema["required"], schema["properties"]["layers"]["items"]
    (['convcalc', 'input', 'layers'], {'$ref': '#/definitions/layer'})
    """
    kinds = _kinds()
    return {
        "$schema": DRAFT,
        "title": f"convcalc layer stack, version {VERSION}",
        "description": "A convolutional network, written as a list of layers.",
        "type": "object",
        "required": ["convcalc", "input", "layers"],
        "additionalProperties": False,
        "properties": _top_level(),
        "definitions": {
            "expression": {
                "description": "An expression over vars, block args and the layer's input: `=2*c`.",
                "type": "string",
                "pattern": "^=",
            },
            "value": {
                "description": "A number, a word, a list of them, or an expression.",
                "type": ["string", "number", "boolean", "null", "array"],
            },
            "shape": _shape(),
            "layer": {"anyOf": [_ref("word"), _ref("layer_map")]},
            "word": _word(kinds),
            "layer_map": _layer_map(kinds),
            "block": _block(),
            "arguments": {
                "description": "The arguments of a block, by name.",
                "type": ["object", "null"],
                "propertyNames": {"pattern": _whole(VARIABLE.pattern)},
                "additionalProperties": _ref("value"),
            },
            "layer_expect": _expectations(LayerExpect),
            "network_expect": _expectations(NetworkExpect),
            **{f"kind_{name}": _kind(name, kind) for name, kind in kinds.items()},
        },
    }


def _kinds() -> dict[str, type[Kind]]:
    found = ((name, find_kind(name)) for name in kind_names())
    return {name: kind for name, kind in found if kind is not None}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _whole(pattern: str) -> str:
    return f"^{pattern}$"


def _top_level() -> Schema:
    names = {"pattern": _whole(NAME_PATTERN)}
    return {
        "convcalc": {"description": "The format version.", "enum": [VERSION]},
        "name": {
            "description": "Shown in titles; by default the file's stem.",
            "type": ["string", "number", "boolean"],
        },
        "input": {
            "description": "One sample, channels first, no batch axis: [C, H, W], [C, L], "
            "[C, D, H, W] or [F]. Several inputs: a map from names to shapes.",
            "anyOf": [
                _ref("shape"),
                {
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": names | _none_of(RESERVED - {NETWORK_INPUT}),
                    "additionalProperties": _ref("shape"),
                },
            ],
        },
        "vars": {
            "description": "Numbers, or expressions over earlier vars, for use in expressions. "
            "`--set NAME=VALUE` overrides one.",
            "type": ["object", "null"],
            "propertyNames": {"pattern": _whole(VARIABLE.pattern)} | _none_of(TAKEN_VARIABLES),
            "additionalProperties": {
                "anyOf": [
                    {"type": "number"},
                    {
                        "description": "An exact fraction.",
                        "type": "string",
                        "pattern": _whole(FRACTION.pattern),
                    },
                    _ref("expression"),
                ]
            },
        },
        "functions": {
            "description": "Functions for use in expressions, each over its arguments, vars and "
            "earlier functions.",
            "type": ["object", "null"],
            "propertyNames": {"pattern": _whole(VARIABLE.pattern)}
            | _none_of(TAKEN_VARIABLES | BUILTIN.keys()),
            "additionalProperties": {
                "type": "object",
                "required": list(FUNCTION_KEYS),
                "additionalProperties": False,
                "properties": {
                    "args": {
                        "type": "array",
                        "minItems": 1,
                        "uniqueItems": True,
                        "items": {"type": "string", "pattern": _whole(VARIABLE.pattern)},
                    },
                    "value": _ref("expression"),
                },
            },
        },
        "defaults": {
            "description": "Per kind, fields that apply where a layer does not give them.",
            "type": ["object", "null"],
            "additionalProperties": False,
            "properties": {
                name: {"allOf": [_ref(f"kind_{name}"), {"type": "object"}]} for name in kind_names()
            },
        },
        "blocks": {
            "description": "Named layer lists with arguments, each usable as a layer.",
            "type": ["object", "null"],
            "propertyNames": names | _none_of([*kind_names(), *RESERVED]),
            "additionalProperties": _ref("block"),
        },
        "layers": _layers("The network: its layers in order."),
        "outputs": {
            "description": "Names of the output layers; by default the last layer.",
            "anyOf": [
                {"type": "string"},
                {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}},
            ],
        },
        "expect": _ref("network_expect"),
    }


def _none_of(words: Iterable[str]) -> Schema:
    return {"not": {"enum": sorted(words)}}


def _layers(text: str) -> Schema:
    return {"description": text, "type": "array", "minItems": 1, "items": _ref("layer")}


def _shape() -> Schema:
    return {
        "description": "[F], [C, L], [C, H, W] or [C, D, H, W]: channels first, no batch axis.",
        "type": "array",
        "minItems": 1,
        "maxItems": 1 + MAX_RANK,
        "items": {"type": "integer", "minimum": 1, "maximum": MAX_COUNT},
    }


def _word(kinds: dict[str, type[Kind]]) -> Schema:
    """A layer as a bare word; each kind by itself, so that an editor can explain it."""
    known = [{"const": name, "description": _summary(kind)} for name, kind in kinds.items()]
    block = {"description": "A block.", "type": "string", "pattern": _whole(NAME_PATTERN)}
    return {"type": "string", "anyOf": [*known, block]}


def _layer_map(kinds: dict[str, type[Kind]]) -> Schema:
    merges = [name for name, kind in kinds.items() if kind.is_merge and not kind.takes_from]
    kind_given = [{"required": [name]} for name in kinds]
    return {
        "description": "A layer: one kind (or block) beside `name`, `from`, `repeat`, `each`, "
        "`if`, `expect` and `note`.",
        "type": "object",
        "propertyNames": {"pattern": _whole(NAME_PATTERN)},
        "properties": {name: _ref(f"kind_{name}") for name in kinds} | _beside(),
        "additionalProperties": _ref("arguments"),
        "allOf": [
            {
                "if": {"anyOf": kind_given},
                "then": {"oneOf": kind_given, "propertyNames": {"enum": [*kinds, *sorted(BESIDE)]}},
                "else": {"not": {"propertyNames": {"enum": sorted(BESIDE)}}},
            },
            {
                "if": {"anyOf": [{"required": [name]} for name in merges]},
                "then": {"properties": {"from": False}},
            },
            {"if": {"required": ["repeat"]}, "then": {"properties": {"each": False}}},
        ],
    }


def _beside() -> Schema:
    expression = _ref("expression")
    return {
        "name": {
            "description": "The layer's name: letters, digits, `_` and `-`.",
            "type": "string",
            "maxLength": 100,
            "pattern": _whole(NAME_PATTERN),
            **_none_of(RESERVED),
        },
        "from": {
            "description": "The layer whose output is the input; by default the layer before. "
            "`in` is the input of the block, `input` that of the network.",
            "type": "string",
        },
        "repeat": {
            "description": "How many times in a row.",
            "anyOf": [{"type": "integer", "minimum": 0}, expression],
        },
        "each": {
            "description": "One layer per value: lists of equal length, by field or argument.",
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [{"type": "array"}, expression]},
        },
        "if": {
            "description": "Where this is false the layer is the identity of its input.",
            "anyOf": [{"type": "boolean"}, expression],
        },
        "weights": {
            "description": "The earlier layer, or block, whose learnt arrays it uses: they are "
            "counted once.",
            "type": "string",
        },
        "expect": _ref("layer_expect"),
        "note": {"description": "A remark for readers; it changes nothing."},
    }


def _block() -> Schema:
    names = {"pattern": _whole(VARIABLE.pattern)} | _none_of(TAKEN_VARIABLES)
    return {
        "description": "A list of layers with arguments; `in` is its input, its last layer "
        "its result.",
        "type": "object",
        "required": ["layers"],
        "additionalProperties": False,
        "properties": {
            "args": {
                "description": "Required names, or a map with defaults (`~` = required).",
                "anyOf": [
                    {
                        "type": "array",
                        "uniqueItems": True,
                        "items": {"type": "string"} | names,
                    },
                    {
                        "type": ["object", "null"],
                        "propertyNames": names,
                        "additionalProperties": _ref("value"),
                    },
                ],
            },
            "layers": _layers("The layers of the block, in order."),
            "gives": {
                "description": "Results beside the last layer's: a layer of the block by the name "
                "of the result, which is used as `NAME.RESULT`.",
                "type": ["object", "null"],
                "propertyNames": {"pattern": _whole(NAME_PATTERN)},
                "additionalProperties": {"type": "string"},
            },
        },
    }


def _expectations(model: type[LayerExpect]) -> Schema:
    properties = model.model_json_schema()["properties"]
    return {
        "description": _summary(model),
        "type": "object",
        "additionalProperties": False,
        "properties": {
            name: {"description": schema["description"], "anyOf": schema["anyOf"]}
            for name, schema in properties.items()
        },
    }


def _kind(name: str, kind: type[Kind]) -> Schema:
    """The value of a kind's key: its fields, or a value for the main field, or nothing."""
    model = kind.model_json_schema()
    properties: Schema = {}
    doubled = []
    for field, schema in model["properties"].items():
        properties[field] = _field(field, schema, kind)
        for short in (one for one, full in kind.spellings().items() if full == field != one):
            properties[short] = {"$ref": f"#/definitions/kind_{name}/properties/{field}"}
            doubled.append({"if": {"required": [short]}, "then": {"properties": {field: False}}})
    for field, text in kind.likes.items():
        properties[field] = {"description": text}
    schema = {
        "description": _summary(kind),
        "markdownDescription": _page(kind),
        "properties": properties,
        "additionalProperties": False,
    }
    if doubled:
        schema["allOf"] = doubled
    if not kind.main:
        return schema | {"type": ["object", "null"]}
    main = _opened(model["properties"][kind.main])["anyOf"]
    return schema | {"anyOf": [{"type": ["object", "null"]}, *main]}


def _field(field: str, schema: Schema, kind: type[Kind]) -> Schema:
    text = schema["description"]
    if field in SHORT_NAMES:
        text += f" Short: `{SHORT_NAMES[field]}`."
    if field == kind.main:
        text += " A single value in place of the fields fills this one."
    if field in kind.model_json_schema().get("required", ()):
        text += " Required, here or in `defaults` or `each`."
    described: Schema = {"description": text, **_opened(schema)}
    if schema.get("default") is not None:
        described["default"] = schema["default"]
    return described


def _opened(schema: Schema) -> Schema:
    """The bare schema, taking an expression in place of the value and of every item."""
    listed = [
        {key: value for key, value in choice.items() if key not in ("title", "description")}
        for choice in schema.get("anyOf", [schema])
        if choice.get("pattern") != "^="
    ]
    for choice in listed:
        choice.pop("default", None)
        if "items" in choice:
            choice["items"] = _opened(choice["items"])
    return {"anyOf": [*listed, _ref("expression")]}


def _page(model: type[Kind]) -> str:
    return str(model.model_json_schema()["description"])


def _summary(model: type[Kind] | type[LayerExpect]) -> str:
    """The first paragraph of the docstring, on one line."""
    return " ".join((model.__doc__ or "").strip().split("\n\n")[0].split())
