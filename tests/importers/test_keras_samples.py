"""Where samples stand in what Keras' operations make, by their axes: places counted by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.importers.along_samples import Act, MixedSamplesError
from convcalc.importers.keras.mixed_samples import SampleAxes, _moved
from convcalc.importers.model import Operation
from tests.each import each


def made(op: str, inputs: str = "a", **config: Any) -> Operation:
    return Operation(op, "y", tuple(inputs), ("y",), {"config": config, "kwargs": {}, "args": ()})


@each(("operation", "ranks", "axes"), [
    (made("Softmax", axis=-1), [3], [2]), (made("Softmax", axis=[1, -1]), [4], [1, 3]),
    (made("Softmax"), [3], []), (made("PReLU", shared_axes=[1, 2]), [4], [1, 2]),
    # Of two tensors an axis of each is named.
    (made("Dot", "ab", axes=[1, -1]), [3, 4], [1]), (made("Dot", "ab", axes=-1), [4, 3], [3]),
    (made("Dot", "ab"), [3, 3], []),
    (made("ops.Swapaxes", axis1=1, axis2=-1), [4], [1, 3]),
    (made("ops.Moveaxis", source=[0, -1], destination=1), [4], [0, 3, 1]),
    (made("ops.Transpose", axes=[0, 2, 1]), [3], [0, 2, 1]),
    (made("ops.Tile", repeats=[1, 2, 3]), [3], [1, 2]),
    # Fewer copies are of the last axes, and more of axes that there are not yet.
    (made("ops.Tile", repeats=[2, 1]), [4], [2]),
    (made("ops.Tile", repeats=[5, 1, 2, 1]), [3], [1]),
    (made("ops.Flip"), [3], [0, 1, 2]), (made("ops.Flip", axis=1), [3], [1]),
    (made("ops.Mean", axis=None, keepdims=False), [3], [0, 1, 2]),
    (made("ops.Mean", axis=2, keepdims=False), [3], [2]),
    # One axis more than there were.
    (made("ops.ExpandDims", axis=3), [3], [3]), (made("ops.ExpandDims", axis=-1), [3], [3]),
    (made("ops.Stack", axis=-2), [3], [2]),
])  # fmt: skip
def test_axes_are_counted_from_the_front(
    operation: Operation, ranks: list[int], axes: list[int]
) -> None:
    assert SampleAxes({})._named(operation, ranks) == axes


@each(("operation", "ranks", "axes", "meet"), [
    # A product sums over the last axis of one and the last but one of the other.
    (made("ops.Matmul", "ab"), (3, 3), {"a": 2}, True),
    (made("ops.Matmul", "ab"), (3, 3), {"b": 1}, True),
    (made("ops.Matmul", "ab"), (3, 3), {"a": 1}, False),
    (made("ops.Matmul", "ab"), (3, 3), {"b": 2}, False),
    (made("ops.Matmul", "ab"), (3, 3), {"a": 0, "b": 0}, False),
    (made("ops.Matmul", "ab"), (4, 3), {"a": 1, "b": 0}, False),
    (made("ops.Matmul", "ab"), (4, 3), {"a": 0, "b": 0}, True),
    (made("ops.Einsum", "ab", subscripts="bij,bjk->bik"), (3, 3), {"a": 0, "b": 0}, False),
    (made("ops.Einsum", "ab", subscripts="bij,bjk->bik"), (3, 3), {"a": 1, "b": 0}, True),
    (made("ops.Einsum", "ab", subscripts="bij,bjk->bik"), (3, 3), {"a": 1}, False),
    (made("ops.Einsum", "ab", subscripts="bij,bjk->bik"), (3, 3), {"b": 1}, True),
    (made("ops.Einsum", "ab", subscripts="...j,jk->...k"), (3, 2), {"a": 0}, False),
    (made("ops.Einsum", "ab"), (3, 3), {"a": 1, "b": 0}, False),
    (made("ops.Add", "ab"), (3, 3), {"a": 1, "b": 0}, False),
])  # fmt: skip
def test_samples_of_two_tensors_meet(
    operation: Operation, ranks: Sequence[int], axes: Mapping[str, int], meet: bool
) -> None:
    mixed: Any = SimpleNamespace(axes=axes)
    assert SampleAxes._meets_others(mixed, operation, ranks) is meet


@each(("operation", "found", "places"), [
    (made("ops.Transpose", axes=[1, 2, 0]), (2, 3, 4), [2, 0, 1]),
    (made("ops.Transpose"), (2, 3, 4), [2, 1, 0]),
    (made("ops.Swapaxes", axis1=0, axis2=-1), (2, 3, 4), [2, 1, 0]),
    # As numpy.moveaxis does.
    (made("ops.Moveaxis", source=[0, 2], destination=[1, 0]), (2, 3, 4), [1, 2, 0]),
    (made("ops.Moveaxis", source=0, destination=-1), (2, 3, 4), [2, 0, 1]),
    (made("ops.ExpandDims", axis=[0, 2]), (1, 2, 1, 3, 4), [1, 3, 4]),
    (made("ops.Stack", axis=-1), (2, 3, 4, 5), [0, 1, 2]),
    (made("ops.Flip", axis=1), (2, 3, 4), [None, None, None]),
])  # fmt: skip
def test_an_axis_of_three_goes_where_the_operation_moves_it(
    operation: Operation, found: tuple[int, ...], places: list[int | None]
) -> None:
    assert [_moved(operation, axis, 3, found) for axis in range(3)] == places


@each(("operation", "acts"), [
    (made("Concatenate", "ab", axis=1), [Act.KEEPS, Act.JOINS, Act.KEEPS]),
    (made("ops.Concatenate", "ab", axis=-1), [Act.KEEPS, Act.KEEPS, Act.JOINS]),
    (made("ops.Split", axis=0), [Act.CUTS, Act.KEEPS, Act.KEEPS]),
    (made("ops.Reshape"), [Act.SHAPES] * 3), (made("Flatten"), [Act.SHAPES] * 3),
    (made("Softmax", axis=1), [Act.KEEPS] * 3),
])  # fmt: skip
def test_what_an_operation_does_with_places_along_each_axis(
    operation: Operation, acts: list[Act]
) -> None:
    mixed = SampleAxes({})
    assert [mixed._act(operation, axis, 3) for axis in range(3)] == acts


@each(("operation", "axes", "is_mixed"), [
    (made("Softmax", axis=1), {"a": 1}, True), (made("Softmax", axis=1), {"a": 0}, False),
    (made("Softmax", axis=1), {}, False),
    # The axis of the first tensor is named, whatever stands along it in the second.
    (made("Dot", "ab", axes=[1, 2]), {"a": 1}, True),
    (made("Dot", "ab", axes=[1, 2]), {"b": 1}, False),
    (made("Dot", "ab", axes=[1, 2]), {"a": 2, "b": 1}, False),
    (made("PReLU", shared_axes=[1, 2]), {"a": 2}, True),
    # What joins, moves or cuts works along none.
    (made("Concatenate", "ab", axis=1), {"a": 1, "b": 1}, False),
    (made("ops.Transpose", axes=[2, 1, 0]), {"a": 1}, False),
    (made("ops.Mean", keepdims=False), {"a": 0}, True), (made("ops.Flip", axis=2), {"a": 1}, False),
])  # fmt: skip
def test_what_works_along_samples_is_told(
    operation: Operation, axes: dict[str, int], is_mixed: bool
) -> None:
    mixed = SampleAxes({})
    mixed.axes = axes
    values: Any = {name: SimpleNamespace(dims=(2, 3, 4)) for name in "ab"}
    if is_mixed:
        with pytest.raises(MixedSamplesError):
            mixed.check(operation, values)
    else:
        mixed.check(operation, values)


def test_what_reads_a_tensor_of_which_nothing_is_known_is_not_looked_at() -> None:
    mixed = SampleAxes({})
    mixed.axes = {"a": 1}
    known: Any = {"a": SimpleNamespace(dims=(2, 3, 4))}
    mixed.check(made("Softmax", "ab", axis=1), known)
    mixed.check(made("Softmax", "b", axis=9), known)
    with pytest.raises(MixedSamplesError):
        mixed.check(made("Softmax", "a", axis=1), known)
