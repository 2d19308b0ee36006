"""Tensors that a program calculates of constants alone: written down, and worked out in a run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.building import Builder
from convcalc.importers.pytorch.values import Filled, Stored
from convcalc.importers.stored_layers import held_view, laid_out
from convcalc.network.held import Element, Held, Made, Nth


def held_of(builder: Builder, value: Stored | Filled) -> Held:
    """The array of a stored tensor, in the shape that the tensor has."""
    if isinstance(value, Filled):
        return Held("filled", value.dims, "float64", Made("filled", (), {"by": value.number}))
    held = laid_out(value.held, value.view, value.view.axes)
    if held.dims == value.dims:
        return held
    return held.made("reshaped", value.dims)


def stored(builder: Builder, held: Held, is_learnt: bool = False) -> Stored:
    """An array as a tensor of its shape, which may be a single number."""
    view = held_view(held)
    return Stored(held, view if held.dims else view._replace(axes=()), is_learnt)


def spread(builder: Builder, value: Stored, dims: Shape) -> Stored:
    """A constant with axes of 1 spread."""
    held = held_of(builder, value)
    made = Made("spread", (held,), {})
    return stored(builder, Held(f"{held.name} {list(dims)}", dims, held.element, made))


def calculated(
    builder: Builder,
    op: str,
    name: str,
    dims: Shape,
    element: Element,
    arguments: Mapping[str, Any],
) -> Stored:
    """The tensor `name` that the operator `op` makes of its arguments, constants all of them."""
    of: list[Held] = []

    def marked(value: object) -> object:
        if isinstance(value, Stored | Filled):
            of.append(held_of(builder, value))
            return Nth(len(of) - 1)
        return tuple(map(marked, value)) if isinstance(value, tuple | list) else value

    given = {key: marked(value) for key, value in arguments.items()}
    fields = {"op": op.removesuffix("_"), "arguments": given, "element": element}
    return stored(builder, Held(name, dims, element, Made("calculated", tuple(of), fields)))
