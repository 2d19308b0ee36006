"""What a layer that cannot stand is told: values of its fields, each of which was tried.

A kind says which values it would take. They are put in place and the layer is asked again, with
the same arithmetic that refused it, so that no repair is told that does not repair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from pydantic import ValidationError

from convcalc.core.errors import LayerError, OnAxes, Repair
from convcalc.core.shapes import Shape
from convcalc.kinds.base.kind import Kind, plain

# Faults of one layer that are mended together; behind each, others are looked for.
MAX_FAULTS = 4


class _Tried(NamedTuple):
    """A layer with some fields changed, and what it says now; None where it stands."""

    layer: Kind
    fields: Repair
    error: LayerError | None


def help_for(layer: Kind, inputs: tuple[Shape, ...], error: LayerError) -> str:
    """What makes `layer` stand on `inputs`, where it raised `error`, in words.

    Repairs that the kind proposes are tried; those that fail are left out. Where another fault
    stands behind this one, its repair is told with it. What the kind says in words comes last.
    """
    if not error.repairs:
        return error.help
    found: list[Repair] = []
    for repair in error.repairs:
        fields = _working(layer, inputs, repair, error)
        if fields is not None and fields not in found:
            found.append(fields)
    words = [*_in_words(found), *filter(None, [error.help])]
    return f"use {', or '.join(words)}" if words else ""


def _working(
    layer: Kind, inputs: tuple[Shape, ...], repair: Repair, *faults: LayerError
) -> Repair | None:
    """The fields to write, those of further faults with them; None where nothing helps.

    `faults` are those met so far, the one that `repair` is for last.
    """
    now = faults[-1]
    failed: list[tuple[_Tried, LayerError]] = []
    for tried in _tries(layer, inputs, repair):
        if tried.error is None:
            return tried.fields
        if (tried.error.slug, tried.error.note) != (now.slug, now.note):
            failed.append((tried, tried.error))
    for tried, error in failed:
        for more in error.repairs if len(faults) < MAX_FAULTS else ():
            # What one repair wrote another must not take back.
            if not more.keys() & tried.fields.keys():
                both = {**tried.fields, **more}
                beside = _working(tried.layer, inputs, both, *faults, error)
                if beside is not None:
                    return beside
    for tried, error in failed:
        # A fault of something else, which is in the way whatever is written here.
        if error.field not in tried.fields and all(error.slug != told.slug for told in faults):
            return tried.fields
    return None


def _tries(layer: Kind, inputs: tuple[Shape, ...], repair: Repair) -> Iterator[_Tried]:
    for spelled in _spelled(layer, repair):
        fields = {name: plain(value) for name, value in spelled.items()}
        given = {name: getattr(layer, name) for name in layer.model_fields_set}
        try:
            made = type(layer).model_validate({**given, **fields})
        except ValidationError:
            continue
        try:
            made.facts(inputs)
        except LayerError as error:
            yield _Tried(made, fields, error)
        else:
            yield _Tried(made, fields, None)


def _spelled(layer: Kind, repair: Repair) -> Iterator[Repair]:
    """The ways to write a repair: where the layer tells axes apart, by axis, else numbers first."""
    spellings: list[Repair] = [{}]
    is_by_axis = any(isinstance(getattr(layer, name), tuple) for name in layer.model_fields_set)
    for name, value in repair.items():
        if name not in type(layer).model_fields:
            # A pool without padding has the windows of one that has some.
            return
        ways: list[object] = [value]
        if isinstance(value, Mapping):
            ways = [{**dict(getattr(layer, name)), **value}]
        if isinstance(value, OnAxes):
            ways = _on_axes(value, is_by_axis)
        spellings = [{**fields, name: way} for fields in spellings for way in ways]
    yield from spellings


def _on_axes(wanted: OnAxes, is_by_axis: bool) -> list[object]:
    """Values for a field that is to be as `wanted` on each axis.

    >>> _on_axes(OnAxes((1, 3)), is_by_axis=False), _on_axes(OnAxes((1, 3)), is_by_axis=True)
    ([1, 3, (1, 3)], [(1, 3)])
    >>> _on_axes(OnAxes(((1, 1), (0, 1))), is_by_axis=False)
    [1, ((1, 1), (0, 1))]
    """
    axes = [_folded(value) for value in wanted]
    single = list(dict.fromkeys(value for value in axes if not isinstance(value, tuple)))
    if len(set(axes)) == 1 and single:
        return single
    # Pairs stand on all axes or on none.
    has_pairs = any(isinstance(value, tuple) for value in axes)
    every = tuple(axes) if not has_pairs else tuple(_pair(value) for value in axes)
    return [every] if is_by_axis else [*single, every]


def _folded(value: object) -> object:
    """Before and after as one number where they are equal."""
    if isinstance(value, tuple) and value[0] == value[1]:
        return value[0]
    return value


def _pair(value: object) -> object:
    return value if isinstance(value, tuple) else (value, value)


def _in_words(repairs: Sequence[Repair]) -> Iterator[str]:
    """Each repair as it is written; values for the same field stand together.

    >>> list(_in_words([{"groups": 2}, {"groups": 4}, {"stride": 1, "padding": [0, 1]}]))
    ['`groups: 2` or `4`', '`stride: 1` and `padding: [0, 1]`']
    """
    for fields, alike in groupby(repairs, key=tuple):
        several = list(alike)
        if len(fields) == 1:
            values = "` or `".join(_text(repair[fields[0]]) for repair in several)
            yield f"`{fields[0]}: {values}`"
        else:
            for repair in several:
                yield " and ".join(f"`{name}: {_text(value)}`" for name, value in repair.items())


def _text(value: object) -> str:
    """A value as YAML has it on one line.

    >>> _text([[0, 1], [1, 1]]), _text("same"), _text({"p": 2}), _text(False)
    ('[[0, 1], [1, 1]]', 'same', '{p: 2}', 'false')
    """
    value = plain(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_text(item)}" for name, item in value.items()) + "}"
    return value if isinstance(value, str) else json.dumps(value)
