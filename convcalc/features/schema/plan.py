"""The JSON Schema of a plan as data: what `Plan.to_dict()` and `--format json` write."""

from __future__ import annotations

from typing import Any

from convcalc.core.shapes import MAX_RANK
from convcalc.features.schema.net import DRAFT
from convcalc.kinds import find_kind, kind_names
from convcalc.kinds.base import WORK_CLASSES
from convcalc.planning.convention import DTYPE_BYTES
from convcalc.planning.result import PLAN_VERSION

Schema = dict[str, Any]

_WORK = {
    "bias": "Additions of a bias: 1 an output element.",
    "norm": "Scales and shifts: 2 an element.",
    "activation": "Functions of an element: 1 an element, 5 for a softmax.",
    "pool": "Elements of pooling windows.",
    "merge": "Additions, products or comparisons of merges: n - 1 an element.",
    "upsample": "Neighbours that interpolation reads.",
}
_CONVENTIONS = {
    "params": "What `params` counts.",
    "macs": "What `macs` counts.",
    "flops": "How `flops` follows from `macs`.",
    "elementwise": "What `elementwise` counts.",
    "receptive_field": "What `receptive_field` measures.",
    "inference_memory": "What `memory.inference` assumes.",
    "training_memory": "What `memory.training` assumes.",
}
_MEMORY = {
    "params": "Bytes of all learnt numbers.",
    "buffers": "Bytes of all buffers.",
    "activations": "Bytes of all layers' outputs together; views have none of their own.",
    "peak_activations": "Bytes of the activations alive at once at the peak, inputs included.",
    "inference": "Bytes at the peak of inference: params + buffers + peak_activations.",
    "kept": "Bytes that layers keep for the backward pass.",
    "gradients": "Bytes of one gradient a parameter.",
    "optimizer": "Bytes of the optimizer's state: two moments a parameter (Adam).",
    "training": "Bytes in training: params + buffers + kept + gradients + optimizer.",
}


def plan_schema() -> Schema:
    """The schema of a plan as JSON data.

    It admits exactly the keys that this version writes. Later versions may add keys, and keep
    the meaning of these, so a program that reads plans should pass over what it does not know.

    >>> sorted(plan_schema()["properties"])[:4]
    ['blocks', 'convention', 'expectations', 'inputs']
    """
    return {
        "$schema": DRAFT,
        "title": f"convcalc plan, version {PLAN_VERSION}",
        "description": "Shapes, costs and receptive fields of a network, layer by layer. "
        "All counts are exact integers of any size. Later versions may add keys and keep the "
        "meaning of these.",
        **_record(
            {
                "version": _described("Version of this data.", {"const": PLAN_VERSION}),
                "name": _text("The network's name."),
                "inputs": _described(
                    "Shapes of the network's inputs by name: one sample, channels first.",
                    {"type": "object", "minProperties": 1, "additionalProperties": _ref("shape")},
                ),
                "outputs": _names("Names of the output layers."),
                "convention": _ref("convention"),
                "rows": _described(
                    "Every layer, in the order of execution, blocks unrolled.",
                    {"type": "array", "minItems": 1, "items": _ref("row")},
                ),
                "blocks": _described(
                    "Every use of a block, outer ones before inner ones.",
                    {"type": "array", "items": _ref("block")},
                ),
                "totals": _ref("totals"),
                "expectations": _described(
                    "A finding in words for each expectation that does not hold; null where "
                    "they were not checked because an input or a variable was overridden.",
                    {"type": ["array", "null"], "items": {"type": "string"}},
                ),
            }
        ),
        "definitions": _definitions(),
    }


def _definitions() -> Schema:
    return {
        "shape": {
            "description": "Channels, then depth, height, width as far as there are any; or "
            "the length of a vector.",
            "type": "array",
            "minItems": 1,
            "maxItems": 1 + MAX_RANK,
            "items": {"type": "integer", "minimum": 1},
        },
        "convention": _convention(),
        "row": _row(),
        "receptive_field": _receptive_field(),
        "elementwise": {
            "description": "Operations by class, for the whole batch; no part of the MACs.",
            **_record({name: _count(_WORK[name]) for name in WORK_CLASSES}),
        },
        "block": _block(),
        "totals": _totals(),
    }


def _convention() -> Schema:
    texts = {name: _text(text) for name, text in _CONVENTIONS.items()}
    return {
        "description": "What the numbers mean.",
        **_record(
            {
                **texts,
                "batch": _described(
                    "Samples that macs, flops, elementwise work and activations are for.",
                    {"type": "integer", "minimum": 1},
                ),
                "dtype": _described("Type of all numbers, for bytes.", {"enum": [*DTYPE_BYTES]}),
            }
        ),
    }


def _row() -> Schema:
    fields = {name for kind in map(find_kind, kind_names()) if kind for name in kind.model_fields}
    several = _described(
        "The receptive field on each input of the network, where there are several.",
        {"type": "object", "additionalProperties": _ref("receptive_field")},
    )
    place = {"line": _count("1-based.", 1), "column": _count("1-based, in characters.", 1)}
    record = _record(
        {
            "name": _text("The layer's name, a path inside blocks; layers without one: KIND_N."),
            "kind": _described("The layer's kind.", {"enum": [*kind_names()]}),
            "inputs": _names("Names of the layers, or network inputs, that it reads."),
            "output": _ref("shape"),
            "fields": _described(
                "The kind's fields as they apply here: full names, one value an axis.",
                {"type": "object", "propertyNames": {"enum": sorted(fields)}},
            ),
            **_costs("the layer"),
            "elementwise": _ref("elementwise"),
            "activation_bytes": _count("Bytes of the output for the whole batch; 0 for a view."),
            "receptive_field": _described(
                "On the first input of the network; null where its pattern is too long.",
                {"anyOf": [_ref("receptive_field"), {"type": "null"}]},
            ),
            "receptive_fields": several,
            "notes": _names("What a reader should be told of the layer."),
            "place": _described("Where the file writes the layer.", _record(place)),
        },
        optional=("receptive_fields", "notes"),
    )
    return {"description": "One layer.", **record}


def _receptive_field() -> Schema:
    return {
        "description": "What the layer sees of an input: per spatial axis, in input pixels.",
        **_record(
            {
                "size": _axes("Size for the centre unit, padding included.", 0),
                "min": _axes("Smallest size over the map.", 0),
                "max": _axes("Largest size over the map.", 0),
                "stride": _described(
                    "Pixels from one unit's field to the next: an integer, or a fraction "
                    'such as "1/2"; empty where it is not known.',
                    {
                        "type": "array",
                        "maxItems": MAX_RANK,
                        "items": {
                            "anyOf": [
                                {"type": "integer", "minimum": 0},
                                {"type": "string", "pattern": "^[0-9]+/[0-9]+$"},
                            ]
                        },
                    },
                ),
                "start": _axes("First pixel that unit 0 sees: minus the effective padding."),
                "global": _flag("Every unit sees the whole input, which then is the size."),
                "aligned": _flag("False where paths of unequal stride meet."),
            }
        ),
    }


def _block() -> Schema:
    return {
        "description": "One use of a block.",
        **_record(
            {
                "name": _text("The name of the layer that uses the block, a path inside blocks."),
                "block": _text("The block's name."),
                "depth": _count("1 for a block used by the network, 2 for one within it, ...", 1),
                "rows": _described(
                    "Its rows: index of the first, and of the one behind the last, from 0.",
                    {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "items": {"type": "integer", "minimum": 0},
                    },
                ),
                "result": _text("The name of the row, or input, whose output is the block's."),
                "output": _ref("shape"),
            }
        ),
    }


def _totals() -> Schema:
    memory = {name: _count(text) for name, text in _MEMORY.items()}
    memory["peak_at"] = _text("The layer during which activations peak.")
    return {
        "description": "Sums over all rows, and memory.",
        **_record(
            {
                **_costs("all layers"),
                "elementwise": _ref("elementwise"),
                "memory": _described("Bytes, for the whole batch.", _record(memory)),
            }
        ),
    }


def _costs(of: str) -> Schema:
    return {
        "params": _count(f"Learnt numbers of {of}."),
        "buffers": _count(f"Stored numbers of {of} that are not learnt."),
        "macs": _count(f"Multiply-accumulates of {of}, for the whole batch."),
        "flops": _count("Floating-point operations: 2 * macs."),
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _record(properties: Schema, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
        "properties": properties,
    }


def _described(text: str, schema: Schema) -> Schema:
    return {"description": text, **schema}


def _text(text: str) -> Schema:
    return {"description": text, "type": "string"}


def _flag(text: str) -> Schema:
    return {"description": text, "type": "boolean"}


def _count(text: str, least: int = 0) -> Schema:
    return {"description": text, "type": "integer", "minimum": least}


def _names(text: str) -> Schema:
    return {"description": text, "type": "array", "minItems": 1, "items": {"type": "string"}}


def _axes(text: str, least: int | None = None) -> Schema:
    item: Schema = {"type": "integer"}
    if least is not None:
        item["minimum"] = least
    return {"description": text, "type": "array", "maxItems": MAX_RANK, "items": item}
