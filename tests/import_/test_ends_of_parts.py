"""What the source calls parts that are no block of their own: their last one keeps it."""

from __future__ import annotations

import convcalc
from convcalc.features.import_.nested_parts import Outside, Part, grouped, layer_parts
from convcalc.features.import_.structure import _without
from tests.each import each

PATH, ENDS = ("net", "unit"), ("older",)


def group(*, key: int, is_named: bool = True, ends: tuple[str, ...] = ()) -> Part:
    layers = [Part((f"l{at}",), at, at + 1, key=at) for at in (1, 2, 3)]
    return Part(PATH, 1, 4, layers, is_named=is_named, ends=ends, key=key)


@each(("is_named", "ends", "kept"), [
    (True, (), PATH), (False, (), ()), (True, ENDS, ENDS), (False, ENDS, ENDS),
])  # fmt: skip
def test_a_group_that_is_taken_apart_leaves_its_name_to_its_last_layer(
    is_named: bool, ends: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    found = [*_without([group(key=7, is_named=is_named, ends=ends)], {7, 2})]
    assert [part.first for part in found] == [1, 2, 3]
    assert [part.ends for part in found] == [(), (), kept]


def test_what_is_worth_a_block_stays_with_its_own_parts_taken_apart() -> None:
    inner = group(key=7)
    outer = Part(("net",), 0, 5, [Part(("a",), 0, 1, key=0), inner, Part(("b",), 4, 5, key=4)],
                 key=8)  # fmt: skip
    run = Part(("net",), 0, 5, [outer], is_run=True, key=9)
    # Runs are those that they are made of.
    assert [*_without([run], {7, 9})] == [outer]
    assert [part.first for part in outer.parts] == [0, 1, 2, 3, 4]
    assert [part.ends for part in outer.parts] == [(), (), (), PATH, ()]


@each(("path", "is_named", "ends"), [
    (("net", "unit"), True, ("net", "unit")), (("net", "unit"), False, ()), ((), True, ()),
])  # fmt: skip
def test_a_row_that_can_be_no_block_leaves_its_name_to_its_last_layer(
    path: tuple[str, ...], is_named: bool, ends: tuple[str, ...]
) -> None:
    """The first of three is read from outside as well."""
    layers = "[{relu: {}, name: a}, relu, relu, {add: [prev, a]}]"
    graph = convcalc.loads(f"convcalc: 1\ninput: [3, 8]\nlayers: {layers}").graph()
    parts = layer_parts(graph)[:3]
    for part in parts:
        part.is_named = is_named
    found = grouped(parts, path, Outside(graph))
    assert found == parts
    assert [part.ends for part in found] == [(), (), ends]
