"""Which arrays are one and the same, whose layers use others', and what counts of which array."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from convcalc.importers.same_arrays import Counted, _Identities, _shares, counts_of, owners_of
from convcalc.network.held import Element, Held, Made, Written
from tests.each import each

Dims = tuple[int, ...]


def stored(name: str, *dims: int, origin: str = "", element: Element = "float32") -> Held:
    return Held(name, dims, element, Written(()), origin)


def turned(held: Held) -> Held:
    rows, columns = held.dims
    return held.made("arranged", (columns, rows), sizes=held.dims, axes=(1, 0))


def alike(*arrays: Held) -> list[int]:
    """For each array the place of the first that is one and the same."""
    of = _Identities().of
    numbers = [of(held) for held in arrays]
    return [numbers.index(one) for one in numbers]


def test_an_exporter_turns_what_it_made_of_a_square_parameter() -> None:
    """What is called otherwise than the parameter is turned already: no shape tells."""
    itself, early, late = (stored(name, 4, 4, origin="m.w") for name in ("m.w", "a", "z"))
    assert alike(itself, turned(early), turned(late)) == [0, 0, 0]
    assert alike(itself, early, late, turned(itself)) == [0, 1, 1, 1]
    other = stored("n.w", 4, 4, origin="n.w")
    assert alike(itself, early, other, turned(other)) == [0, 1, 2, 3]


def test_shapes_tell_whether_other_matrices_were_turned() -> None:
    itself, early, late = (stored(name, 4, 5, origin="m.w") for name in ("m.w", "a", "z"))
    back = stored("a", 5, 4, origin="m.w")
    assert alike(itself, early, late, turned(back), back, turned(itself)) == [0, 0, 0, 0, 4, 4]
    assert alike(stored("v", 4, origin="m.w"), stored("m.w", 4, origin="m.w")) == [0, 0]


def test_what_is_made_of_one_array_in_one_way_is_one_array() -> None:
    one, other = stored("w", 4, 6), stored("w", 4, 6)

    def rows(held: Held, start: int) -> Held:
        return held.made("sliced", (2, 6), axis=0, start=start, step=1)

    assert alike(one, other, rows(one, 1), rows(one, 2), rows(other, 1), rows(one, 1)) == [
        0, 1, 2, 3, 4, 2,
    ]  # fmt: skip


def layer(**held: Held) -> Any:
    return SimpleNamespace(held=held)


def test_a_layer_uses_the_arrays_of_the_first_that_has_them_all_in_the_same_roles() -> None:
    w, v, b, nameless = stored("w", 2), stored("v", 2), stored("b", 2), stored("", 2)
    placed = [
        layer(), layer(weight=w, bias=b), layer(weight=w, bias=b), layer(weight=nameless),
        layer(weight=w), layer(weight=b, bias=w), layer(weight=v), layer(),
        layer(weight=v), layer(weight=nameless), layer(weight=b, bias=w), layer(weight=v, bias=b),
    ]  # fmt: skip
    assert owners_of(placed) == {2: 1, 4: 1, 8: 6, 10: 5}


A, B, M = stored("a", 2, 3), stored("b", 4, 3), stored("m", 2, 3)
TABLE, PLACES = stored("t", 5, 3), stored("i", 7, element="int64")
FILLED = Held("f", (2, 3), "float32", Made("filled", (), {"by": 1.0}))


@each(("held", "alone", "unlearnt", "shares"), [
    (A, (), (), {"a": 6}), (turned(A), (), (), {"a": 6}), (FILLED, (), (), {"f": 6}),
    (A.made("joined", (6, 3), B, axis=0), (), (), {"a": 6, "b": 12}),
    # A direction over its length counts as the direction; of two of a size, the one that no layer
    # has for itself, and no mask.
    (A.made("over", (2, 3), stored("g", 2, 1)), (), (), {"a": 6}),
    (A.made("times", (2, 3), M), {"a"}, (), {"m": 6}),
    (A.made("times", (2, 3), M), {"m"}, (), {"a": 6}),
    (A.made("times", (2, 3), M), {"a"}, {"m"}, {"a": 6}),
    (M.made("times", (2, 3), A), {"a"}, {"m"}, {"a": 6}),
    (M.made("times", (2, 3), A), (), {"a"}, {"m": 6}),
    # Rows that are looked up more than once count each time; fewer of them are the table.
    (TABLE.made("taken", (7, 3), PLACES), (), (), {"t": 21}),
    (TABLE.made("calculated", (7, 3), PLACES), (), (), {"t": 21}),
    (TABLE.made("taken", (2, 3), PLACES), (), (), {"t": 15}),
    (TABLE.made("spread", (7, 5, 3)), (), (), {"t": 15}),
])  # fmt: skip
def test_what_counts_of_the_arrays_that_one_is_made_of(
    held: Held, alone: set[str], unlearnt: set[str], shares: dict[str, int]
) -> None:
    assert {one.name: count for one, count in _shares(held, alone, unlearnt)} == shares


@each(("names", "dims", "told"), [
    # The largest of what an exporter made of a parameter, or the parameter itself.
    (("z", "a"), ((4, 3), (2, 3)), (12, 18)), (("a", "z"), ((4, 3), (2, 3)), (12, 18)),
    (("a", "z"), ((2, 3), (4, 3)), (12, 18)), (("z", "m.w"), ((4, 3), (2, 3)), (6, 18)),
    (("a", "m.w"), ((4, 3), (2, 3)), (6, 18)), (("m.w",), ((2, 3),), (6, 6)),
])  # fmt: skip
def test_what_counts_of_a_parameter_and_how_much_it_has(
    names: tuple[str, ...], dims: tuple[Dims, ...], told: tuple[int, int]
) -> None:
    arrays = [stored(name, *one, origin="m.w") for name, one in zip(names, dims, strict=True)]
    assert counts_of([], arrays) == {"m.w": Counted("m.w", *told)}


def test_arrays_of_one_name_are_counted_for_themselves_and_generated_ones_are_told() -> None:
    assert counts_of([], [A, B, A]) == {"a": Counted("a", 6, 12), "b": Counted("b", 12, 12)}
    assert counts_of([], [FILLED]) == {"f": Counted("f", 6, 6, True)}
    assert counts_of([], [stored("", 4)]) == {}
