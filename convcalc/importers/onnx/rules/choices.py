"""What looks at numbers and decides: comparisons, logic, Where."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from math import prod

from convcalc.importers.onnx.folding import spread
from convcalc.importers.onnx.rules.joins import covering, fitted, of_two
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import number_word
from convcalc.importers.tensor_views import View, expanded
from convcalc.kinds.base import MergeKind
from convcalc.kinds.comparison_family import Equal, Greater, GreaterEqual, Less, LessEqual
from convcalc.kinds.logic_family import Isnan, LogicalAnd, LogicalNot, LogicalOr, LogicalXor
from convcalc.kinds.where import Where

_COMPARISONS: dict[str, type[MergeKind]] = {
    "Equal": Equal, "Greater": Greater, "GreaterOrEqual": GreaterEqual, "Less": Less,
    "LessOrEqual": LessEqual,
}  # fmt: skip
# With the truth that changes nothing beside another one.
_LOGIC: dict[str, tuple[type[MergeKind], bool]] = {
    "And": (LogicalAnd, True), "Or": (LogicalOr, False), "Xor": (LogicalXor, False),
}  # fmt: skip


@rule("Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual")
def comparison(use: Use) -> list[Tensor]:
    """Two tensors, or a tensor and a number."""
    return [of_two(use, _COMPARISONS[use.operation.op], use.tensor(0), use.tensor(1))]


@rule("And", "Or", "Xor")
def logic(use: Use) -> list[Tensor]:
    """Two tensors of truths; one that changes nothing is left out."""
    kind, nothing = _LOGIC[use.operation.op]
    for place in (0, 1):
        known, other = use.single(place), use.tensor(1 - place)
        is_whole = spread([use.dims(0), use.dims(1)]) == other.dims
        if known is not None and bool(known) == nothing and is_whole:
            return [other]
    return [of_two(use, kind, use.tensor(0), use.tensor(1))]


@rule("Not")
def negation(use: Use) -> list[Tensor]:
    """The other truth."""
    return [*use.pointwise(LogicalNot)]


@rule("IsNaN")
def is_nan(use: Use) -> list[Tensor]:
    """What is no number."""
    return [*use.pointwise(Isnan)]


@rule("Where")
def where(use: Use) -> list[Tensor]:
    """One of two for each element; either may be a number."""
    dims = [use.dims(place) for place in range(3)]
    whole = spread(dims)
    known = use.single(0)
    if known is not None and use.dims(1 if known else 2) == whole:
        return [use.tensor(1 if known else 2)]
    numbers = {
        name: number_word(number)
        for name, place in (("value", 1), ("other", 2))
        if (number := use.single(place)) is not None and prod(dims[place]) == 1
    }
    places = [0, *(place for name, place in (("value", 1), ("other", 2)) if name not in numbers)]
    views = together(use, Where, [use.view(place) for place in places])
    return [expanded(views[0].on(use.layer(Where, numbers, *views)), len(whole))]


def together(use: Use, kind: type[MergeKind], views: Sequence[View]) -> list[View]:
    """Tensors spread over each other, and laid out alike."""

    def over(whole: View, other: View) -> View:
        return covering(use, *use.builder.aligned(whole, other, use.operation))

    whole = reduce(over, views)
    found = []
    for view in views:
        whole, view = use.builder.aligned(whole, view, use.operation)
        found.append(fitted(use, kind, view, whole))
    return found
