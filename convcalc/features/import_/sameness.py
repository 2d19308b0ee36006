"""Whether two graphs are one network, layer by layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from convcalc.core.shapes import format_shape

if TYPE_CHECKING:
    from convcalc.network.graph import Graph


def difference(one: Graph, other: Graph) -> str:
    """Where two graphs differ, in words; "" where all but names is the same.

    Compared are the inputs, the number and the order of layers, and for each its kind, its fields
    as they apply, what it reads, and every fact that a plan is made of.
    """
    before, after = list(one.inputs.values()), list(other.inputs.values())
    if before != after:
        shapes = [" and ".join(map(format_shape, inputs)) for inputs in (after, before)]
        return f"its inputs are {shapes[0]}, not {shapes[1]}"
    if len(one.nodes) != len(other.nodes):
        return f"it has {len(other.layers):,} layers, not {len(one.layers):,}"
    for mine, its in zip(one.layers, other.layers, strict=True):
        for what, left, right in (
            ("kind", mine.layer.kind, its.layer.kind),
            ("inputs", mine.inputs, its.inputs),
            ("weights", mine.shares, its.shares),
            ("facts", mine.facts, its.facts),
        ):
            if left != right:
                return f"`{its.name}` has other {what} than `{mine.name}`: {right}, not {left}"
        if mine.layer is not its.layer:
            fields = mine.layer.resolved(one.shapes_of(mine))
            if its.layer.resolved(other.shapes_of(its)) != fields:
                return f"`{its.name}` has other fields than `{mine.name}`"
    if one.outputs != other.outputs:
        return "its outputs are other layers"
    return ""
