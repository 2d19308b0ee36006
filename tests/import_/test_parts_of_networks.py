"""Ranges of layers: which may be a block, whose arrays they use, and what a run is called."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import convcalc
from convcalc.features.import_.nested_parts import (
    Outside,
    Part,
    _below,
    _called,
    _is_numbered,
    by_paths,
    grouped,
    layer_parts,
)
from convcalc.features.import_.numbered_parts import Numbering, _common
from convcalc.features.import_.spelling import Spelling
from convcalc.features.import_.structure import Structure
from convcalc.network.graph import Graph
from tests.each import each


def graph_of(*layers: str, more: str = "") -> Graph:
    listed = "".join(f"  - {{{layer}}}\n" for layer in layers)
    return convcalc.loads(f"convcalc: 1\ninput: [4, 9]\nlayers:\n{listed}{more}").graph()


CONV, RELU = "conv: {out: 4, k: 1}", "relu: {}"
# Nodes: the input, two layers that own arrays, and one; twice two that use both; one alone; and
# one whose neighbour uses its arrays.
SHARING = graph_of(
    f"{CONV}, name: p", f"{CONV}, name: q", RELU, f"{CONV}, weights: p", f"{CONV}, weights: q",
    RELU, f"{CONV}, weights: p", f"{CONV}, weights: q", CONV, f"{CONV}, name: r",
    f"{CONV}, weights: r", RELU,
)  # fmt: skip


@each(("first", "end", "keeps", "owner"), [
    (1, 3, True, None), (1, 2, True, None), (2, 3, True, None), (1, 4, True, None),
    (1, 5, False, (-2, 2)),
    # All that have arrays use those of layers as far away.
    (4, 6, True, (1, 3)), (7, 9, True, (1, 3)), (4, 5, True, (1, 2)), (4, 7, True, (1, 4)),
    (3, 6, True, (0, 3)), (8, 9, True, (2, 3)),
    # Some own theirs, or they are of unequal distance.
    (2, 5, False, (-1, 2)), (1, 6, False, (-2, 3)), (4, 9, False, (1, 6)), (5, 8, False, (2, 5)),
    (3, 4, True, None), (9, 10, True, None),
    # A use overlaps what it uses.
    (11, 12, True, (10, 11)), (11, 13, False, (10, 12)), (10, 11, True, None),
    (9, 11, False, None), (10, 12, False, (9, 11)),
])  # fmt: skip
def test_whose_arrays_a_range_uses(
    first: int, end: int, keeps: bool, owner: tuple[int, int] | None
) -> None:
    outside = Outside(SHARING)
    assert outside.keeps_weights(first, end) == keeps
    assert outside.owner(first, end) == owner
    nodes = range(first, end)
    assert outside.shares(Part((), first, end)) == any(at not in (3, 6, 9, 12) for at in nodes)


# Nodes: the input, a, b of it, c of a and b, d, and e of d and a; c goes out.
READ = graph_of(
    f"{RELU}, name: a", f"{RELU}, name: b", "add: [b, a], name: c", f"{RELU}, name: d",
    "add: [d, b], name: e", more="outputs: [c, e]\n",
)  # fmt: skip


@each(("first", "end", "is_closed"), [
    (1, 2, True), (1, 3, False), (1, 4, False), (1, 5, False), (2, 4, False), (3, 5, False),
    (4, 6, True), (3, 4, True), (2, 3, True), (5, 6, True), (3, 6, False),
])  # fmt: skip
def test_nothing_but_the_last_of_a_block_is_read_from_outside(
    first: int, end: int, is_closed: bool
) -> None:
    assert Outside(READ).is_closed(first, end) == is_closed


def run(*paths: str) -> list[Part]:
    return [Part(tuple(path.split(".")) if path else (), at, at + 1)
            for at, path in enumerate(paths)]  # fmt: skip


@each(("paths", "name"), [
    (("layer1.0", "layer1.1"), "layer1"), (("net.layer1.0", "net.layer1.1"), "net.layer1"),
    (("0", "1"), ""), (("block1", "block2"), "block"), (("net.block1", "net.block2"), "net.block"),
    (("net.unit_1", "net.unit_2", "net.unit_10"), "net.unit"), (("a-1", "a-2"), "a"),
    # Without a number that tells them apart, or with another word, they are called as the first.
    (("net.unit", "net.unit"), "net.unit"), (("net.a1", "net.b2"), "net.a1"),
    (("net.a1", "new.a2"), "net.a1"), (("net.a1", "net.a1"), "net.a1"), (("", ""), ""),
    (("net.a", "net.a1"), "net.a"),
])  # fmt: skip
def test_what_a_run_is_called(paths: tuple[str, ...], name: str) -> None:
    assert ".".join(_common(run(*paths))) == name


@each(("path", "word"), [
    ("layer1.0", "layer"), ("layer1.0.conv2", "conv"), ("conv", "conv"), ("0", ""), ("", ""),
    ("unit_12", "unit"), ("a1_b2", "a1_b"), ("net.3.4", "net"),
])  # fmt: skip
def test_what_a_part_is_called_without_its_number(path: str, word: str) -> None:
    assert _called(tuple(path.split(".")) if path else ()) == word


@each(("name", "word", "is_numbered"), [
    ("unit_2", "unit", True), ("unit_12", "unit", True), ("unit_a", "unit", False),
    ("unit2", "unit", False), ("unit_", "unit", False), ("units_2", "unit", False),
    ("unit_2", "unit_2", False), ("unit", "unit", False),
])  # fmt: skip
def test_names_that_a_plan_makes_of_a_block(name: str, word: str, is_numbered: bool) -> None:
    assert _is_numbered(name, word) == is_numbered


@each(("path", "other", "depth", "is_below"), [
    ("a.b", "a.c", 0, True), ("a.b.c", "a.c", 0, True), ("a", "a.c", 0, False),
    ("b.c", "a.c", 0, False), ("a.b.c", "a.b.d", 1, True), ("a.b", "a.b.d", 1, False),
    ("a.c.e", "a.b.d", 1, False), ("a.b.c.d.e", "a.b.d", 1, True),
])  # fmt: skip
def test_parts_below_one_path(path: str, other: str, depth: int, is_below: bool) -> None:
    assert _below(tuple(path.split(".")), tuple(other.split(".")), depth) == is_below


def names(parts: list[Part]) -> list[Any]:
    """Groups as lists behind their name, layers by their place."""
    return [
        [".".join(part.path), *names(part.parts)] if part.parts else part.first for part in parts
    ]


def test_layers_in_groups_by_their_names() -> None:
    layers = [
        f"{RELU}, name: {name}"
        for name in ("stem1_relu", "b1_x1_aa", "b1_x1_bb", "b1_x2_aa", "b1_x2_bb", "head")
    ]
    graph = graph_of(*layers)
    # `stem1_relu` is one layer alone, which is no group.
    assert names(by_paths(graph, Outside(graph))) == [
        1, ["b1", ["b1.x1", 2, 3], ["b1.x2", 4, 5]], 6,
    ]  # fmt: skip


def test_a_group_and_the_sum_behind_it_are_one_unit() -> None:
    """Of what the group reads and gives; of nothing else, and of one that has a name of its own."""
    graph = graph_of(f"{RELU}, name: a", f"{CONV}, name: b", RELU, "add: [prev, a]", RELU)
    outside = Outside(graph)
    parts = layer_parts(graph)

    def unit(first: int, word: str = "") -> list[Any]:
        inner = grouped(parts[first:3], ("g",), outside)
        inner[0].word = word
        return names(grouped([*inner, parts[3]], ("u",), outside))

    assert unit(1) == [["u", 2, 3, 4]]
    assert unit(1, "mlp") == [["u", ["g", 2, 3], 4]]
    # The sum reads from within.
    assert unit(0) == [["u", 1, 2, 3, 4]]


def test_the_share_of_layers_that_stand_in_blocks() -> None:
    """Two groups in a run, and one alone; of layers that repeat, none."""
    names = ("stem1_relu", "b1_aa", "b1_bb", "b1_cc", "b2_aa", "b2_bb", "b2_cc", "c1_aa", "c1_bb")
    words = (RELU, CONV, "batch_norm: {}", RELU, CONV, "batch_norm: {}", RELU, CONV, "tanh: {}")
    named = [f"{word}, name: {name}" for word, name in zip(words, names, strict=True)]
    graph = graph_of(*named, CONV, CONV, CONV)
    structure = Structure(graph, by_paths(graph, Outside(graph)), Spelling(graph))
    structure.number()
    assert [part.is_run for part in structure.parts] == [False, True, False, True]
    assert structure._in_blocks() == 8 / 12


def test_how_much_two_parts_are_alike() -> None:
    """The share of their fields that are equal; one without a field is like any other."""
    graph = graph_of(
        "conv: {out: 4, k: 3, p: 1}", RELU, "conv: {out: 8, k: 3, p: 1}", "tanh: {}",
        "conv: {out: 6, k: 5, p: 2}", RELU,
    )  # fmt: skip
    structure = Structure(graph, layer_parts(graph), Spelling(graph))
    fields = len(Spelling(graph).choices(graph.nodes[1]))
    one, relu, two, tanh, other, last = structure.parts
    assert structure._likeness(one, two) == (fields - 1) / fields
    # `half` is how paddings of 1 and 2 are both said, but the kernels differ.
    assert structure._likeness(one, other) == (fields - 3) / fields
    assert structure._likeness(relu, last) == structure._likeness(relu, tanh) == 1
    whole = Part((), 1, 3), Part((), 3, 5)
    assert structure._likeness(*whole) == (fields - 1) / fields


@each(("third", "fourth", "is_alike"), [
    # The arrays of the first and of the third node, which stand as far apart as their users.
    ("p", "r", True),
    # Both those of one; of one the other has its own; and both have their own.
    ("p", "p", False), ("", "r", False), ("p", "", False), ("", "", True),
])  # fmt: skip
def test_neighbours_use_the_arrays_of_neighbours_or_none(
    third: str, fourth: str, is_alike: bool
) -> None:
    """Nodes 2 and 5, whose arrays may be those of nodes 1 and 4."""
    users = [f"{CONV}, weights: {name}" if name else CONV for name in (third, fourth)]
    graph = graph_of(f"{CONV}, name: p", users[0], RELU, f"{CONV}, name: r", users[1])
    pair = Part((), 2, 3), Part((), 5, 6)
    spelling, outside = Spelling(graph), Outside(graph)
    assert Numbering(graph, spelling, outside, False)._share_alike(*pair) == is_alike
    # Where no block may share arrays, neither does a series.
    has_none = not third and not fourth
    assert Numbering(graph, spelling, outside, True)._share_alike(*pair) == has_none


def scoped(parts: list[Part], block: str, name: str | None = "u") -> list[Part]:
    """These parts as a group of a module of a class, called `u` by somebody or by the plan."""
    scope = SimpleNamespace(block=block, template=SimpleNamespace(name=name))
    outside: Any = SimpleNamespace(
        scopes={"u": scope}, reads=lambda first, end: (0,), is_closed=lambda first, end: True,
        keeps_weights=lambda first, end: True,
        nodes=[SimpleNamespace(layer=SimpleNamespace(is_linear=lambda: False))] * 5,
    )  # fmt: skip
    return grouped(parts, ("u",), outside)


def test_the_only_part_of_a_module_is_called_as_the_module_is() -> None:
    def group(word: str = "") -> Part:
        return Part(("g",), 1, 3, [Part((), 1, 2), Part((), 2, 3)], word=word)

    assert [one.word for one in scoped([group()], "Unit")] == ["unit"]
    assert [one.word for one in scoped([group("mlp")], "Unit")] == ["mlp"]
    assert [one.word for one in scoped([group()], "Sequential")] == [""]
    # A layer has its own word.
    assert [one.word for one in scoped([Part(("a",), 1, 2)], "Unit")] == [""]
    assert scoped([group()], "Unit")[0].ends == ("u",)


def test_modules_that_only_hold_others_are_no_units_of_one_with_a_name() -> None:
    def pair() -> list[Part]:
        held = Part(("h",), 1, 3, [Part((), 1, 2), Part((), 2, 3)], only_holds=True)
        return [held, Part(("a",), 3, 4)]

    (unit,) = scoped(pair(), "Unit")
    assert ([one.first for one in unit.parts], unit.word, unit.only_holds) == (
        [1, 2, 3],
        "unit",
        False,
    )
    (holder,) = scoped(pair(), "Sequential")
    assert ([one.first for one in holder.parts], holder.only_holds) == ([1, 3], True)


@each(("name", "block", "is_named"), [
    ("u", "Unit", True), (None, "Unit", True), ("u", "u", True),
])  # fmt: skip
def test_a_group_has_the_name_that_somebody_gave_it(
    name: str | None, block: str, is_named: bool
) -> None:
    (found,) = scoped([Part(("a",), 1, 2), Part(("b",), 2, 3)], block, name)
    assert found.is_named == is_named


def numbered(graph: Graph) -> list[Part]:
    outside = Outside(graph)
    return Numbering(graph, Spelling(graph), outside, False).numbered(layer_parts(graph))


def test_what_reads_nothing_is_no_series() -> None:
    """Two tables, and an activation twice behind them, which is one."""
    table = "parameter: {shape: [4, 9]}"
    graph = graph_of(table, table, RELU, RELU, "tanh: {}")
    assert [part.is_run for part in numbered(graph)] == [False, False, True, False]
    # Three convolutions that differ in a number are one, and two are not.
    wide = "conv: {out: 8, k: 1}"
    assert [part.is_run for part in numbered(graph_of(CONV, wide))] == [False, False]
    assert [part.is_run for part in numbered(graph_of(CONV, wide, CONV))] == [True]
    assert [part.is_run for part in numbered(graph_of(CONV, CONV))] == [True]


@each(("first", "second", "follows"), [
    ((), (), True), (("a",), ("a",), True), (("a",), (), False), ((), ("a",), False),
    (("a",), ("b",), False), (("b",), ("a",), False),
])  # fmt: skip
def test_parts_of_one_series_follow_each_other(
    first: tuple[str, ...], second: tuple[str, ...], follows: bool
) -> None:
    graph = graph_of(RELU, RELU)
    parts = layer_parts(graph)
    numbering = Numbering(graph, Spelling(graph), Outside(graph), False)
    for part, series in zip(parts, (first, second), strict=True):
        part.key, part.series = 3, series
    assert numbering._follows(parts, 0, 1) is follows
