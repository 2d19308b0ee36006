"""Small networks as files, and what each of their units sees, by running them.

A NaN in one pixel of the input reaches exactly the units that depend on it. Nothing that plans
fields is used for that: `wrong` holds what the plan says against it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

import convcalc
from convcalc.arrays.draws import Draws
from convcalc.arrays.ops import Ops
from convcalc.arrays.run import drawer, drawn_inputs, through
from convcalc.features.rf import find, look, unit_fields
from convcalc.features.rf.lens import Lens
from convcalc.planning.receptive import ReceptiveField

Shape = tuple[int, ...]


def file(shape: Shape, *layers: str, more: str = "") -> str:
    """A file of these layers, one a line."""
    listed = "".join(f"  - {layer}\n" for layer in layers)
    return f"convcalc: 1\ninput: {list(shape)}\nlayers:\n{listed}{more}"


def field_of(text: str) -> ReceptiveField:
    """The field of the last layer of a file."""
    found = convcalc.plan(convcalc.loads(text)).rows[-1].receptive_field
    assert found is not None
    return found


def reaching(text: str) -> tuple[list[Shape], dict[str, NDArray[np.bool_]]]:
    """All pixels of the one input, and of each output which of them reach which unit.

    Of an output there is a row a pixel, in which each unit stands at its place.
    """
    graph = convcalc.loads(text).graph()
    (shape,) = graph.inputs.values()
    pixels = list(product(*map(range, shape[1:])))
    (x,) = drawn_inputs(graph, len(pixels), Draws(0, "normal", "float64"))
    x = x.copy()
    for sample, pixel in enumerate(pixels):
        x[(sample, *pixel)] = np.nan
    with np.errstate(all="ignore"):
        arrays = through(graph, [x], drawer(graph, Draws(1)), Ops(), finite=False)
    return pixels, {
        graph.name_of(at): np.asarray(np.isnan(arrays[at]).any(axis=-1)) for at in graph.outputs
    }


# First and last pixel on each axis, and how many of them a unit sees.
Seen = tuple[Sequence[int], Sequence[int], int]


def measured(text: str) -> dict[str, dict[Shape, Seen | None]]:
    """What each unit of each output sees of the one input, all its channels together."""
    pixels, reached = reaching(text)
    places = np.array(pixels)
    return {
        name: {unit: _seen(places[own[(slice(None), *unit)]]) for unit in np.ndindex(own.shape[1:])}
        for name, own in reached.items()
    }


def _seen(pixels: NDArray[np.int64]) -> Seen | None:
    if not len(pixels):
        return None
    return pixels.min(0).tolist(), pixels.max(0).tolist(), len(pixels)


def wrong(text: str, units: int = 6, padded: bool = False) -> str:
    """What the plan or single units say otherwise than the run; empty where nothing.

    Where windows run into padding (`padded`) fields may be larger than what is seen.
    """
    plan = convcalc.plan(convcalc.loads(text))
    lens = look(plan.graph)
    (shape,) = plan.graph.inputs.values()
    return next(
        (f"{name}: {said}" for name, said in _said(plan, lens, shape, text, units, padded)), ""
    )


def _said(
    plan: convcalc.Plan, lens: Lens, shape: Shape, text: str, units: int, padded: bool
) -> Iterator[tuple[str, str]]:
    fields = {row.name: row.receptive_field for row in plan}
    for name, seen in measured(text).items():
        field = fields[name]
        if field is None:
            # Its pattern is too long, or it depends on no input.
            continue
        sizes = [_sizes(one, len(shape) - 1) for one in seen.values()]
        least, most = tuple(map(min, *sizes, *sizes)), tuple(map(max, *sizes, *sizes))
        if any(size > top for size, top in zip(most, field.most, strict=True)):
            yield name, f"a unit sees {most}, told were {field.most}"
        if not field.at_most and field.is_global and least != shape[1:]:
            yield name, f"a unit sees {least} of all {shape[1:]}"
        is_exact = not (field.at_most or field.is_global or padded)
        if is_exact and (least, most) != (field.least, field.most):
            yield name, f"units see {least} to {most}, told were {field.least} to {field.most}"
        index = find(plan.graph, name)
        for unit in [*seen][:: max(len(seen) // units, 1)]:
            said = _unit_said(lens, index, unit, seen[unit], padded)
            if said:
                yield name, f"unit {unit}: {said}"


def _sizes(seen: Seen | None, rank: int) -> Shape:
    if seen is None:
        return (0,) * rank
    return tuple(last - first + 1 for first, last in zip(*seen[:2], strict=True))


def _unit_said(lens: Lens, index: int, unit: Shape, seen: Seen | None, padded: bool) -> str:
    (own,) = unit_fields(lens, index, unit)
    first, last, count = seen or ((), (), 0)
    if own.used is not None and (own.used < count or (own.used > count and not own.at_most)):
        return f"{own.used} pixels are told, {count} are seen"
    if seen is None or own.window is None or own.is_global:
        return ""
    ends = tuple(zip(first, last, strict=True))
    inside = all(w[0] <= a and b <= w[1] for w, (a, b) in zip(own.window, ends, strict=True))
    if not inside or not (own.at_most or padded or own.window == ends):
        return f"told is {own.window}, seen are {ends}"
    return ""
