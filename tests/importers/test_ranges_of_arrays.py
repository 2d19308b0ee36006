"""Ranges and layouts of stored arrays: which places of which array they are, by hand."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.importers.building import Builder
from convcalc.importers.keras.layer import laid, own_shape
from convcalc.importers.placing import NoRuleError
from convcalc.importers.same_arrays import Counted, _parts_in, _span
from convcalc.importers.stored_layers import StoredLayers, held_view, laid_out
from convcalc.importers.tensor_views import whole
from convcalc.network.held import Held, Written
from tests.each import each

Dims = tuple[int, ...]


def stored(*dims: int, name: str = "w") -> Held:
    return Held(name, dims, "float32", Written(()))


def cut(of: Held, axis: int, start: int, end: int, step: int = 1) -> Held:
    dims = (*of.dims[:axis], (end - start) // step, *of.dims[axis + 1 :])
    return of.made("sliced", dims, axis=axis, start=start, step=step)


ROWS = cut(stored(4, 6), 0, 1, 3)


@each(("held", "span"), [
    (stored(4, 6), range(24)), (ROWS, range(6, 18)), (cut(ROWS, 0, 1, 2), range(12, 18)),
    (cut(stored(1, 6, 5), 1, 2, 4), range(10, 20)), (ROWS.made("reshaped", (3, 4)), range(6, 18)),
    (cut(ROWS.made("reshaped", (12,)), 0, 5, 9), range(11, 15)),
    # Places that lie apart, or in another order.
    (cut(stored(4, 6), 1, 1, 3), None), (cut(stored(4, 6), 0, 0, 4, 2), None),
    (ROWS.made("arranged", (6, 2), sizes=(2, 6), axes=(1, 0)), None),
])  # fmt: skip
def test_a_range_of_an_array_is_so_many_numbers_from_one_on(held: Held, span: range | None) -> None:
    assert _span(held) == span


A, B, C = stored(2, 3, name="a"), stored(4, 3, name="b"), stored(1, 3, name="c")
JOINED = A.made("joined", (7, 3), B, C, axis=0)


@each(("held", "parts"), [
    (JOINED, [("a", 6, 0), ("b", 12, 0), ("c", 3, 0)]),
    (cut(JOINED, 0, 1, 4), [("a", 3, 3), ("b", 6, 0)]),
    (cut(JOINED, 0, 3, 6), [("b", 9, 3)]), (cut(JOINED, 0, 2, 6), [("b", 12, 0)]),
    (cut(JOINED, 0, 5, 7), [("b", 3, 9), ("c", 3, 0)]),
    (A.made("joined", (2, 6), stored(2, 3), axis=1), []), (ROWS, []),
    (cut(JOINED, 1, 0, 2), []), (A.made("over", (2, 3), C), []),
])  # fmt: skip
def test_a_range_of_joined_arrays_is_of_those_that_it_lies_in(
    held: Held, parts: list[tuple[str, int, int]]
) -> None:
    found = []
    for one in _parts_in(held):
        fields: Any = one.source.fields  # type: ignore[union-attr]
        assert (fields["axis"], fields["step"], one.dims) == (0, 1, (one.count,))
        found.append((one.whole.name, one.count, fields["start"]))
    assert found == parts


def test_an_array_counts_too_often_where_it_is_stored_and_counts_more() -> None:
    counted = [Counted("w", 6, 7), Counted("w", 6, 6), Counted("w", 6, 7, is_generated=True)]
    assert [one.is_too_often for one in counted] == [True, False, False]


@each(("dims", "axes"), [
    ((2, 3, 4, 5, 6, 7), [(0, 1, 2), (3,), (4,), (5,)]),
    ((2, 3, 4, 5, 6), [(0, 1), (2,), (3,), (4,)]),
    ((2, 3, 4, 5), [(0,), (1,), (2,), (3,)]), ((2, 1, 3), [(0,), (1,)]), ((1,), [()]), ((), [()]),
])  # fmt: skip
def test_more_axes_than_a_map_has_are_joined_from_the_front(dims: Dims, axes: list[Dims]) -> None:
    layers: Any = SimpleNamespace(source=lambda held, view, wanted, learnt, at: wanted)
    made: Any = StoredLayers.layer_of(layers, stored(*dims), True, None)  # type: ignore[arg-type]
    builder: Any = SimpleNamespace(arranged=lambda view, wanted, operation: wanted)
    view = whole(0, dims or (1,), [(axis,) for axis in range(len(dims))])
    plain: Any = Builder.plain(builder, view, None)  # type: ignore[arg-type]
    assert made == plain == axes


def test_an_array_is_laid_out_where_its_axes_are_asked_for_in_another_order() -> None:
    held = stored(2, 3, 5)
    view = held_view(held)
    assert laid_out(held, view, [(0,), (1,), (2,)]) is held
    turned = laid_out(held, view.transposed((2, 0, 1)), [(2,), (0, 1)])
    assert (turned.dims, turned.source.fields) == (  # type: ignore[union-attr]
        (5, 6), {"sizes": (2, 3, 5), "axes": (2, 0, 1)},
    )  # fmt: skip
    joined = laid_out(held, view, [(0, 1), (2,)])
    assert (joined.dims, joined.source.fields["axes"]) == ((6, 5), (0, 1, 2))  # type: ignore[union-attr]


@each(("dims", "is_first", "shape"), [
    ((1, 28, 32, 3), False, (3, 28, 32)), ((1, 28, 32, 3), True, (28, 32, 3)),
    ((5, 7, 3), False, (3, 5, 7)), ((5, 3, 7), True, (3, 5, 7)), ((2, 3), False, (3, 2)),
    ((1, 3, 4, 5, 6), False, (6, 3, 4, 5)), ((1,), False, (1,)),
    ((4,), False, (4,)), ((), False, (1,)),
])  # fmt: skip
def test_a_tensor_of_keras_has_its_channels_first_here_and_its_samples_behind_them(
    dims: Dims, is_first: bool, shape: Dims
) -> None:
    assert own_shape(dims, is_first) == shape
    view = laid(7, shape, dims, is_first)
    assert (view.at, view.shape, view.dims) == (7, shape, dims)


def test_a_tensor_of_more_axes_than_a_map_and_its_samples_is_refused() -> None:
    with pytest.raises(NoRuleError, match="its shape has too many axes"):
        own_shape((2, 3, 4, 5, 6), False)
