"""The axes of a network's inputs whose sizes can be chosen, and how many shapes that makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.core.text import in_words
from convcalc.features.sizes.walk import Sample

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

# Shapes of inputs that are made, a size of an axis each.
MAX_SHAPES = 8_000_000


@dataclass(frozen=True, slots=True)
class AxisGroup:
    """Inputs whose axis changes together: those of one rank that have the same size there."""

    inputs: tuple[int, ...]
    axis: int

    def resized(self, sample: Sample, size: int) -> Sample:
        """The inputs with `size` on this axis."""
        changed = list(sample)
        for at in self.inputs:
            shape = sample[at]
            changed[at] = (*shape[: 1 + self.axis], size, *shape[2 + self.axis :])
        return tuple(changed)


def axis_groups(graph: Graph) -> list[AxisGroup]:
    """The axes of all inputs, in order; none where they are vectors, which have channels only."""
    found: dict[tuple[int, int, int], list[int]] = {}
    for at, shape in enumerate(graph.inputs.values()):
        for axis, size in enumerate(shape[1:]):
            found.setdefault((len(shape), axis, size), []).append(at)
    return [AxisGroup(tuple(inputs), axis) for (_, axis, _), inputs in found.items()]


def refuse_too_many(groups: Sequence[AxisGroup], graph: Graph, tried: int) -> None:
    """Raise StackError where axes that are chosen apart, of many inputs, are too many.

    `tried`: how many sizes of each axis are to be tried.
    """
    axes, inputs = len(groups), len(graph.inputs)
    if axes * inputs * tried <= MAX_SHAPES:
        return
    message = (
        f"{axes:,} axes of {in_words(inputs, 'input')}, each at {tried:,} sizes, are "
        f"{axes * inputs * tried:,} shapes; {MAX_SHAPES:,} are tried"
    )
    most = MAX_SHAPES // (axes * inputs)
    help = f"ask for fewer sizes, as in --range 1:{most}" if most else "leave inputs out"
    raise StackError([Problem("too-much-work", message, help=help, file=graph.file)])
