"""Which axes the layers of a model name, where its samples stand, and what works along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.along_samples import UNKNOWN, Act, MixedSamplesError, Standing, handed_on
from convcalc.importers.equations import axis_names
from convcalc.importers.model import Declared, Operation
from convcalc.importers.named_axes import counted, listed
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View

# What names an axis, and works along none: it moves, joins or takes places as they are.
_MOVES = frozenset((
    "Concatenate", "ops.Concatenate", "ops.ExpandDims", "ops.GetItem", "ops.Moveaxis",
    "ops.Repeat", "ops.Split", "ops.Squeeze", "ops.Stack", "ops.Swapaxes", "ops.Transpose",
))  # fmt: skip
# What puts a new axis there.
_NEW = ("ops.ExpandDims", "ops.Stack")
_SHAPES = ("Flatten", "Reshape", "ops.ExpandDims", "ops.Ravel", "ops.Reshape", "ops.Squeeze")
_ACTS = (
    dict.fromkeys(_SHAPES, Act.SHAPES)
    | dict.fromkeys(("Concatenate", "ops.Concatenate"), Act.JOINS)
    | {"ops.Split": Act.CUTS}
)
# What works along all axes where it names none; figures, which may keep their axes, do as well.
_ALONG_ALL = ("ops.Cumsum", "ops.Cumprod", "ops.Flip", "ops.Roll")


class SampleAxes(Standing):
    """The axis along which samples stand, for each tensor of a model of several."""

    def __init__(self, inputs: Mapping[str, Declared]) -> None:
        super().__init__()
        self.axes = {name: 0 for name, declared in inputs.items() if declared[0] != 1}

    def check(self, operation: Operation, values: Mapping[str, Value]) -> None:
        """Raises NoAxisError for an axis that is not there, NoRuleError for one of samples."""
        known = [values.get(name) for name in operation.inputs]
        ranks = [len(value.dims) for value in known if value is not None]
        if not ranks or len(ranks) < len(known):
            return
        along = self._named(operation, ranks)
        first = self.axes.get(operation.inputs[0])
        is_along = first is not None and operation.op not in _MOVES and first in along
        if is_along or self._meets_others(operation, ranks):
            raise MixedSamplesError

    def keep(self, operation: Operation, made: Sequence[Any], values: Mapping[str, Value]) -> None:
        """Notes where samples stand in the outputs."""
        read = [one for one in operation.inputs if one in self.axes]
        for name, value in zip(operation.outputs, made, strict=False):
            if not read or not isinstance(value, View):
                continue
            dims = values[read[0]].dims
            axis = _moved(operation, self.axes[read[0]], len(dims), value.dims)
            if axis is None:
                axis = handed_on(self.axes[read[0]], dims, value.dims)
            if axis != UNKNOWN:
                act = self._act(operation, axis, len(dims))
                rounds = self.through(
                    act, operation.inputs, lambda one: values[one].dims, axis, value.dims
                )
                self.note(name, axis, rounds)

    def _act(self, operation: Operation, axis: int, rank: int) -> Act:
        """What an operation does with places along an axis of its tensors."""
        act = _ACTS.get(operation.op, Act.KEEPS)
        names_one = act in (Act.JOINS, Act.CUTS)
        is_elsewhere = names_one and self._named(operation, [rank]) != [axis]
        return Act.KEEPS if is_elsewhere else act

    def _named(self, operation: Operation, ranks: Sequence[int]) -> list[int]:
        """The axes of the first tensor that are named. Raises NoAxisError."""
        given, op, rank = _given(operation), operation.op, ranks[0]
        if op == "Dot":
            # An axis of each tensor.
            axes = given.get("axes")
            pair = axes if isinstance(axes, list | tuple) and len(axes) == 2 else [axes, axes]
            found = [counted([one], own) for one, own in zip(pair, ranks, strict=False)]
            return found[0] if found else []
        words = ("axis", "concat_axis", "axis1", "axis2", "source", "destination", "shared_axes")
        named = [one for word in words for one in listed(given.get(word))]
        if op == "ops.Transpose":
            named += listed(given.get("axes"))
        if op == "ops.Tile":
            copies = listed(given.get("repeats"))[-rank:]
            return [n + rank - len(copies) for n, many in enumerate(copies) if many != 1]
        is_figure = op.startswith("ops.") and "keepdims" in given
        if not named and (op in _ALONG_ALL or is_figure):
            return [*range(rank)]
        return counted(named, rank + (op in _NEW))

    def _meets_others(self, operation: Operation, ranks: Sequence[int]) -> bool:
        """True where samples of one tensor meet those of another, each all."""
        places = [
            self.axes[name] - rank if name in self.axes else None
            for name, rank in zip(operation.inputs, ranks, strict=True)
        ]
        if operation.op == "ops.Matmul" and len(places) == 2:
            mine, its = places
            return mine == -1 or its == -2 or len({mine, its} - {None}) > 1
        equation = _given(operation).get("subscripts")
        if operation.op != "ops.Einsum" or not isinstance(equation, str):
            return False
        sides, right = axis_names(equation, ranks)
        read = zip(sides, places, strict=True)
        letters = {side[place] for side, place in read if place is not None}
        return len(letters) > 1 or not letters <= {*right}


def _moved(operation: Operation, axis: int, rank: int, found: Shape) -> int | None:
    """Where samples stand that stood along `axis` of so many, as the operation says; else None."""
    op, given = operation.op, _given(operation)
    order = [*range(rank)]
    if op == "ops.Transpose":
        order = counted(given.get("axes") or order[::-1], rank)
    elif op == "ops.Swapaxes":
        one, other = counted([given.get("axis1"), given.get("axis2")], rank)
        order[one], order[other] = order[other], order[one]
    elif op == "ops.Moveaxis":
        source = counted(listed(given.get("source")), rank)
        there = counted(listed(given.get("destination")), rank)
        order = [one for one in order if one not in source]
        for place, one in sorted(zip(there, source, strict=True)):
            order.insert(place, one)
    elif op in _NEW:
        new = counted(listed(given.get("axis")), len(found))
        return [one for one in range(len(found)) if one not in new][axis]
    else:
        return None
    return order.index(axis)


def _given(operation: Operation) -> dict[str, Any]:
    """The fields of a layer and the named arguments of its call."""
    attributes: Mapping[str, Any] = operation.attributes
    return {**attributes["config"], **attributes["kwargs"]}
