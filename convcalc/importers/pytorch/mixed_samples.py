"""Which axes the operations of a program name, where its samples stand, what works along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.along_samples import UNKNOWN, WORKS_ALONG, axis_of_samples, handed_on
from convcalc.importers.model import Operation
from convcalc.importers.named_axes import counted, listed
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.program import Program
from convcalc.importers.tensor_views import View

# What names an axis, and works along none: it moves, joins or takes places as they are.
_WORDS = (
    "cat chunk concat concatenate diagonal expand_as flatten movedim narrow permute select "
    "select_scatter size slice slice_scatter split split_with_sizes squeeze stack sym_size "
    "tensor_split transpose unbind unflatten unsafe_chunk unsafe_split unsqueeze"
)
_MOVES = frozenset(f"aten.{word}" for word in _WORDS.split())
# Arguments that name axes.
_AXES = ("dim", "dims", "axis", "dim0", "dim1", "start_dim", "end_dim", "source", "destination")
# What puts a new axis there.
_NEW = ("aten.stack", "aten.unsqueeze")
_ORDERS = ("aten.permute", "aten.transpose")
# What keeps the order of the elements.
_SHAPED = frozenset(
    ("aten._unsafe_view", "aten.flatten", "aten.reshape", "aten.unflatten", "aten.view")
)


class SampleAxes:
    """The axis along which samples stand, for each tensor of an example of several."""

    def __init__(self, program: Program, is_changed: bool) -> None:
        self._program = program
        self._stated = {} if is_changed else program.example
        self._axes: dict[str, int] = {}
        # Elements before the samples, of tensors where they stand within an axis.
        self.within: dict[str, int] = {}
        if program.samples > 1:
            shapes = ((name, program.example[name]) for name in program.inputs)
            self._axes = {
                name: program.batch for name, shape in shapes if len(shape) > max(1, program.batch)
            }

    def check(self, operation: Operation, values: Mapping[str, Any]) -> None:
        """Raises NoAxisError for an axis that is not there, NoRuleError for one of samples."""
        value = values.get(operation.inputs[0]) if operation.inputs else None
        if value is None:
            return
        along = _named(operation, len(value.dims))
        if operation.op not in _MOVES and self._axes.get(operation.inputs[0]) in along:
            raise NoRuleError(WORKS_ALONG)

    def keep(self, operation: Operation, made: Sequence[Any], values: Mapping[str, Any]) -> None:
        """Notes where samples stand in the outputs. Raises NoRuleError where they were mixed."""
        read = [one for one in operation.inputs if one in self._axes]
        for name, value in zip(operation.outputs, made, strict=False):
            if not read or not isinstance(value, View):
                continue
            axis = axis_of_samples(value.dims, self._stated.get(name), self._program.samples)
            if axis is None:
                raise NoRuleError(WORKS_ALONG)
            if axis == UNKNOWN and operation.op not in _ORDERS:
                axis = handed_on(self._axes[read[0]], values[read[0]].dims, value.dims)
            self._keep_within(operation, read[0], name)
            if axis != UNKNOWN:
                self._axes[name] = axis

    def _keep_within(self, operation: Operation, read: str, name: str) -> None:
        """Notes where samples stand within an axis that was joined of several."""
        before, after = self._stated.get(read, ()), self._stated.get(name, ())
        known = self.within.get(read, 0)
        if operation.op in _SHAPED:
            ahead = known or prod(before[: self._axes[read]])
            axis = _axis_at(after, ahead)
            if axis is not None and prod(after[:axis]) != ahead:
                self.within[name] = ahead
        elif known:
            axis = _axis_at(before, known)
            if axis is not None and before[: axis + 1] == after[: axis + 1]:
                self.within[name] = known


def _axis_at(shape: Shape, ahead: int) -> int | None:
    """The axis in which so many elements lie ahead of what comes next.

    >>> _axis_at((48, 2, 4), 48), _axis_at((96, 4), 48), _axis_at((), 1)
    (1, 0, None)
    """
    outer = 1
    for axis, size in enumerate(shape):
        if outer <= ahead < outer * size:
            return axis
        outer *= size
    return None


def _named(operation: Operation, rank: int) -> list[int]:
    """The axes that an operation names, of a tensor of so many. Raises NoAxisError."""
    given = operation.attributes
    normed = given.get("normalized_shape")
    if isinstance(normed, tuple | list):
        return counted(range(-len(normed), 0), rank)
    named = [axis for word in _AXES for axis in listed(given.get(word))]
    if operation.op == "aten.roll" and not named:
        return [*range(rank)]
    return counted(named, rank + (operation.op in _NEW))
