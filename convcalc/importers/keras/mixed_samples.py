"""Which axes the layers of a model name, where its samples stand, and what works along them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcalc.importers.along_samples import UNKNOWN, WORKS_ALONG, handed_on
from convcalc.importers.model import Declared, Operation
from convcalc.importers.named_axes import counted, listed
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View

# What names an axis, and works along none: it moves, joins or takes places as they are.
_MOVES = frozenset((
    "Concatenate", "ops.Concatenate", "ops.ExpandDims", "ops.GetItem", "ops.Moveaxis",
    "ops.Repeat", "ops.Split", "ops.Squeeze", "ops.Stack", "ops.Swapaxes", "ops.Transpose",
))  # fmt: skip
# What puts a new axis there.
_NEW = ("ops.ExpandDims", "ops.Stack")
# What works along all axes where it names none; figures, which may keep their axes, do as well.
_ALONG_ALL = ("ops.Cumsum", "ops.Cumprod", "ops.Flip", "ops.Roll")


class SampleAxes:
    """The axis along which samples stand, for each tensor of a model of several."""

    def __init__(self, inputs: Mapping[str, Declared]) -> None:
        self._axes = {name: 0 for name, declared in inputs.items() if declared[0] != 1}

    def check(self, operation: Operation, values: Mapping[str, Value]) -> None:
        """Raises NoAxisError for an axis that is not there, NoRuleError for one of samples."""
        known = [values.get(name) for name in operation.inputs]
        ranks = [len(value.dims) for value in known if value is not None]
        if not ranks or len(ranks) < len(known):
            return
        along = self._named(operation, ranks)
        first = self._axes.get(operation.inputs[0])
        is_along = first is not None and operation.op not in _MOVES and first in along
        if is_along or self._meets_others(operation, ranks):
            raise NoRuleError(WORKS_ALONG)

    def keep(self, operation: Operation, made: Sequence[Any], values: Mapping[str, Value]) -> None:
        """Notes where samples stand in the outputs."""
        read = next((one for one in operation.inputs if one in self._axes), None)
        for name, value in zip(operation.outputs, made, strict=False):
            if read is None or not isinstance(value, View):
                continue
            axis = self._axes[read]
            if operation.op == "ops.Transpose":
                order = _given(operation).get("axes") or range(len(value.dims))[::-1]
                axis = counted(order, len(value.dims)).index(axis)
            else:
                axis = handed_on(axis, values[read].dims, value.dims)
            if axis != UNKNOWN:
                self._axes[name] = axis

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
            self._axes[name] - rank if name in self._axes else None
            for name, rank in zip(operation.inputs, ranks, strict=True)
        ]
        if operation.op == "ops.Matmul" and len(places) == 2:
            return places[0] == -1 or places[1] == -2 or len({*places} - {None}) > 1
        equation = _given(operation).get("subscripts")
        if operation.op != "ops.Einsum" or not isinstance(equation, str) or "." in equation:
            return False
        left, _, right = equation.replace(" ", "").partition("->")
        sides = zip(left.split(","), places, strict=False)
        letters = {side[place] for side, place in sides if place is not None and side}
        return len(letters) > 1 or not letters <= {*right}


def _given(operation: Operation) -> dict[str, Any]:
    """The fields of a layer and the named arguments of its call."""
    attributes: Mapping[str, Any] = operation.attributes
    return {**attributes["config"], **attributes["kwargs"]}
