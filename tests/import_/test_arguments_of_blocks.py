"""How the values of one field at all uses of a block are written: by hand, in three uses."""

from __future__ import annotations

from typing import Any

import pytest

from convcalc.features.import_.block_arguments import Arguments, Expression
from convcalc.features.import_.following_sizes import Maps
from tests.each import each

# Channels into the block and out of it, and its layers that have names.
ENTERING, LEAVING = [16, 24, 40], [32, 48, 80]
MAPS = [
    Maps(-1, [(16, 56, 28), (24, 28, 14), (40, 14, 7)]),
    Maps(0, [(80, 9, 10), (88, 9, 10), (104, 9, 10)]),
    Maps(3, [(88, 9, 10), (80, 9, 10), (104, 9, 10)]),
]


def arguments(entering: list[int] = ENTERING, leaving: list[int] = LEAVING) -> Arguments:
    return Arguments(entering, leaving, MAPS if entering == ENTERING else [])


def said(value: Any) -> Any:
    """A written value, with an expression as its text, and the place of the layer in it."""
    if isinstance(value, Expression):
        return value.text if value.item < 0 else (value.text, value.item)
    if isinstance(value, dict):
        return {key: said(one) for key, one in value.items()}
    return tuple(map(said, value)) if isinstance(value, tuple) else value


@each(("values", "text"), [
    ([16, 24, 40], "channels(in)"), ([32, 48, 80], "2*channels(in)"),
    ([48, 72, 120], "3*channels(in)"), ([64, 96, 160], "4*channels(in)"),
    ([96, 144, 240], "6*channels(in)"), ([128, 192, 320], "8*channels(in)"),
    # No paper has five times as many, and sixteen times are heads the other way round.
    ([80, 120, 200], "k"), ([256, 384, 640], "k"), ([16, 24, 48], "k"),
    ([8, 12, 20], "channels(in)//2"), ([2, 3, 5], "channels(in)//8"),
    ([4, 6, 10], "channels(in)//4"),
    # Two numbers that are small are parts of others by chance.
    ([2, 3, 3], "k"), ([7, 7, 8], "k"),
    # As MobileNet rounds 8, 12 and 20 to eights; 2, 3 and 5 would all be 8.
    ([8, 16, 24], "round_to(channels(in)//2, 8)"),
    ([80, 88, 104], ("channels({})", 0)), ([88, 80, 104], ("channels({})", 3)),
    # A use that has no such layer takes any value.
    ([16, ..., 40], "channels(in)"), ([..., 48, 80], "2*channels(in)"), ([5, ..., 5], 5),
    ([3, 5, 3], "k"), ([3, 3, 3], 3), ([True, 1, 1], "k"),
])  # fmt: skip
def test_numbers_are_said_by_the_channels_of_the_block(values: list[Any], text: Any) -> None:
    column = [None if value is ... else (value,) for value in values]
    found = arguments()
    assert said(found.written("k", column)) == text
    assert [(one.name, one.values) for one in found.found] == ([("k", values)] * (text == "k"))


@each(("values", "text"), [
    ([4, 8, 16], "channels(in)//32"), ([8, 16, 32], "channels(in)//16"),
    ([2, 4, 8], "channels(in)//64"), ([1, 2, 4], "channels(in)//128"), ([1, 2, 3], "heads"),
])  # fmt: skip
def test_heads_have_so_many_channels_each(values: list[int], text: str) -> None:
    found = arguments([128, 256, 512], [128, 256, 512])
    assert said(found.written("heads", [(value,) for value in values])) == text


def test_channels_that_a_layer_reads_go_before_those_of_the_block() -> None:
    found = arguments()
    column = [(16,), (24,), (40,)]
    assert said(found.written("k", column, cin=[16, 24, 40])) == "cin"
    assert said(found.written("k", column, cin=[32, 48, 80])) == "channels(in)"
    assert said(found.written("k", [(9,), (15,), (18,)], cin=[27, 45, 54])) == "cin//3"
    assert said(found.written("k", column, preferred=16, cin=[8, 12, 20])) == "channels(in)"
    assert said(found.written("k", [(64,), (128,), (64,)], cin=[32, 64, 32])) == "2*cin"
    assert found.found == []


def test_an_argument_that_has_the_values_already_is_read_again() -> None:
    found = arguments()
    stride, wide = [(1,), (2,), (1, 2)], [(72,), (200,), (56,)]
    assert said(found.written("s", stride)) == "s"
    assert said(found.written("c", wide)) == "mid"
    assert said(found.written("d", [(1, 3), (2,), None])) == "s"
    assert said(found.written("k", [(3,), (7,), (5,)])) == "k"
    # Another one of the name has the next number; twice and half the width are no new ones.
    assert said(found.written("k", [(5,), (7,), (3,)])) == "k2"
    assert said(found.written("k", [(5,), (3,), (7,)])) == "k3"
    assert said(found.written("g", [(144,), (400,), (112,)])) == "2*mid"
    assert said(found.written("g", [(36,), (100,), (28,)])) == "mid//2"
    # As MobileNet rounds 24, 66 and 18: 16 is less than nine tenths of 18.
    assert said(found.written("g", [(24,), (64,), (24,)])) == "round_to(mid//3, 8)"
    assert {one.name: one.values for one in found.found} == {
        "s": [1, 2, 1], "mid": [72, 200, 56], "k": [3, 7, 5], "k2": [5, 7, 3], "k3": [5, 3, 7],
    }  # fmt: skip


@each(("leaving", "widths", "name"), [
    ([72, 200, 56], [72, 200, 56], "c"), ([144, 400, 112], [72, 200, 56], "c"),
    ([432, 1200, 336], [72, 200, 56], "c"), ([360, 1000, 280], [72, 200, 56], "mid"),
    ([72, 200, 112], [72, 200, 56], "mid"), ([36, 100, 28], [72, 200, 56], "mid"),
    # Where all uses give as many channels, nothing tells them apart.
    ([50, 50, 50], [72, 200, 56], "c"),
])  # fmt: skip
def test_channels_that_do_not_leave_the_block_are_within_it(
    leaving: list[int], widths: list[int], name: str
) -> None:
    found = arguments(leaving=leaving)
    assert said(found.written("c", [(width,) for width in widths])) == name
    assert said(found.written("k", [(1,), (5,), (1,)])) == "k"


@each(("name", "values", "text", "given"), [
    ("k", [(3, 5), (3, 7), (3, 5)], (3, "k"), {"k": [5, 7, 5]}),
    ("k", [(5, 3), (7, 3), (5, 3)], ("k", 3), {"k": [5, 7, 5]}),
    # Two numbers are better given together, as are lists of other lengths.
    ("k", [(3, 5), (1, 7), (3, 9)], "k", {"k": [(3, 5), (1, 7), (3, 9)]}),
    ("k", [(3, 5, 7), (3, 5), (3, 5)], "k", {"k": [(3, 5, 7), (3, 5), (3, 5)]}),
    ("k", [(3, 5), (3, 5, 7), (3, 5)], "k", {"k": [(3, 5), (3, 5, 7), (3, 5)]}),
    ("k", [(3, 5), 3, 3], "k", {"k": [(3, 5), 3, 3]}),
    ("shape", [(3, 5), (3, 7), (3, 5)], (3, "n"), {"n": [5, 7, 5]}),
    ("amount", [(3, 5), (3, 7), (3, 5)], (3, "amount"), {"amount": [5, 7, 5]}),
    ("value", [(3, 5), (3, 7), (3, 5)], (3, "value"), {"value": [5, 7, 5]}),
    # The last number of a list is a width; those of a square that are equal are a height.
    ("shape", [(16, 28), (24, 14), (40, 7)], ("channels(in)", "width(in)"), {}),
    ("shape", [(16, 56), (24, 28), (40, 14)], ("channels(in)", "height(in)"), {}),
    ("shape", [(1568, 4), (392, 4), (98, 4)], ("positions(in)", 4), {}),
    # Of a mapping each number has its own name, if it says anything.
    ("sizes", [{"p": 2, "q": 3}, {"p": 1, "q": 5}, {"p": 2, "q": 3}], {"p": "p", "q": "q"},
     {"p": [2, 1, 2], "q": [3, 5, 3]}),
    ("sizes", [{"x1": 2, "xa": 3}, {"x1": 1, "xa": 3}, {"x1": 2, "xa": 3}], {"x1": "n", "xa": 3},
     {"n": [2, 1, 2]}),
    ("sizes", [{"p": 7, "q": 28}, {"p": 7, "q": 14}, {"p": 7, "q": 7}],
     {"p": 7, "q": "width(in)"}, {}),
    ("sizes", [{"q": 14, "p": 7}, {"q": 7, "p": 7}, ...], {"q": "width(in)//2", "p": 7}, {}),
])  # fmt: skip
def test_numbers_within_a_list_or_a_mapping(
    name: str, values: list[Any], text: Any, given: dict[str, list[Any]]
) -> None:
    found = arguments()
    column = [None if value is ... else (value,) for value in values]
    assert said(found.written(name, column)) == text
    assert {one.name: one.values for one in found.found} == given


def test_of_several_ways_to_write_a_value_the_one_of_most_uses_is_taken() -> None:
    found = arguments()
    found.written("p", [("half", 1), (2,), (3, "half")])
    found.written("g", [(None, 4), (5,), (None,)])
    found.written("q", [(1, 2), (7,), (2,)])
    assert [one.values for one in found.found] == [["half", 2, "half"], [4, 5, None], [2, 7, 2]]


@each(("values", "default", "filled"), [
    ([1, 2, 1, 1], 1, None), ([1, 2, 2, 3, 4, 5], 2, None), ([3, 1, 3, 1, 1], 1, None),
    # Less than a third, or of each one, or none of them, or widths.
    ([1, 2, 2, 3, 4, 5, 6], ..., None), ([1, 2], ..., None), ([5], ..., None),
    ([None, None, 3], ..., None), ([8, 8, 16], ..., None), ([7, 8, 8], 8, None),
    ([True, True, False], True, None), ([1, True, True], True, None),
    # What a use without the layer gives is all the same, and counts for nothing.
    ([..., 3, 5, 3, ...], 3, [3, 3, 5, 3, 3]), ([..., 4, 6], ..., [4, 4, 6]),
    ([..., ..., 1, 2, 2, 3, 4, 5], 2, [2, 2, 1, 2, 2, 3, 4, 5]),
])  # fmt: skip
def test_what_a_use_need_not_give(values: list[Any], default: Any, filled: list[Any]) -> None:
    found = Arguments([4] * len(values))
    argument = found._new("s", list(values))
    found.settle()
    assert (argument.default, argument.values) == (default, filled or values)
    assert (type(argument.default), argument.is_given) == (type(default), True)


def test_what_has_to_be_given_goes_first_and_what_follows_from_others_last() -> None:
    found = arguments([64, 64, 64], [64, 64, 128])
    assert said(found.flag("project", [False, True, True], [64, 64, 128], True)) == "project"
    found.written("s", [(1,), (2,), (1,)])
    assert said(found.layer([5, 9, 13], "skip")) == "skip"
    found._new("c", [64, 64, 128])
    found.settle()
    assert [(one.name, said(one.default)) for one in found.found] == [
        ("skip", ...), ("c", ...), ("s", 1), ("project", "s>1 or cin!=c"),
    ]  # fmt: skip
    # Nothing is given to what follows, and layers are handed over beside.
    assert [found.given(use) for use in range(3)] == [
        {"c": 64, "s": 1}, {"c": 64, "s": 2}, {"c": 128, "s": 1},
    ]  # fmt: skip


def test_layers_and_flags_that_are_alike_are_one_argument() -> None:
    found = arguments()
    assert said(found.layer([5, 9, 13], "skip")) == "skip"
    assert said(found.layer([5, 9, 14], "skip")) == "skip2"
    assert said(found.layer([5, 9, 13], "table")) == "skip"
    found.written("k", [(1,), (0,), (1,)])
    yes_no_yes = [True, False, True]
    assert said(found.flag("act", yes_no_yes, [9, None, 9], False)) == "act"
    assert said(found.flag("expand", yes_no_yes, [8, None, 8], True)) == "act"
    assert said(found.flag("act", [True, True, False], [7, 7, None], True)) == "act2"
    flags = [(one.widths, one.is_around) for one in found.found if one.widths]
    assert flags == [([9, None, 9], False), ([7, 7, None], True)]


@pytest.mark.parametrize("item", [0, 2])
def test_an_expression_has_the_name_of_its_layer(item: int) -> None:
    assert Expression("channels({})//2", item).said({item: "stem"}).text == "channels(stem)//2"
    assert Expression("{}").said({-1: "nothing"}).text == "{}"


def test_layers_that_are_handed_to_a_block_have_no_default() -> None:
    """What stands behind them has one, where most uses give it."""
    found = arguments()
    found.layer([3, 4, 5], "skip")
    found.written("s", [(1,), (1,), (2,)])
    found.settle()
    assert [(one.name, one.default) for one in found.found] == [("skip", ...), ("s", 1)]
