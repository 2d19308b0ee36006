"""Sizes that follow from maps, joins as people write them, and where two networks differ."""

from __future__ import annotations

from typing import Any

import convcalc
from convcalc.features.import_.following_sizes import Maps, followed
from convcalc.features.import_.nested_joins import nested, with_shortcuts_last
from convcalc.features.import_.sameness import difference
from convcalc.network.graph import Graph
from tests.each import each

# At two uses: a map that the block reads, and what a layer of it gives.
MAP = Maps(-1, [(96, 56, 28), (192, 28, 14)])
OWN = Maps(3, [(8, 7, 9), (8, 3, 5)])


@each(("values", "is_last", "found"), [
    ([56, 28], False, ("height(in)", -1)), ([56, 28], True, ("height(in)", -1)),
    ([28, 14], False, ("width(in)", -1)), ([28, 14], True, ("width(in)", -1)),
    ([1568, 392], False, ("positions(in)", -1)), ([8, 4], False, ("height(in)//7", -1)),
    ([4, 2], False, ("height(in)//14", -1)), ([4, 2], True, ("width(in)//7", -1)),
    ([784, 196], True, ("positions(in)//2", -1)),
    # The size itself goes before a part of another one.
    ([7, 3], False, ("height({})", 3)), ([9, 5], True, ("width({})", 3)),
    ([63, 15], False, ("positions({})", 3)), ([21, 5], False, ("positions({})//3", 3)),
    # One number says nothing, nor what is none, nor twice a size.
    ([7, 7], False, ("", -1)), ([7, ...], False, ("", -1)), ([True, 3], False, ("", -1)),
    (["a", 3], False, ("", -1)), ([112, 56], False, ("", -1)), ([0, 4], False, ("", -1)),
    ([8, 7], False, ("", -1)),
])  # fmt: skip
def test_sizes_follow_from_a_map(values: list[Any], is_last: bool, found: tuple[str, int]) -> None:
    assert followed(values, [MAP, OWN], is_last) == found


@each(("shapes", "values", "text"), [
    ([(5, 448, 3), (5, 384, 3)], [7, 6], "height(in)//64"),
    ([(5, 455, 3), (5, 390, 3)], [7, 6], ""),
    # Sequences have no height, and vectors no positions.
    ([(96, 10), (96, 20)], [10, 20], "positions(in)"), ([(10,), (20,)], [10, 20], ""),
    ([(96, 10), (96, 4, 5)], [10, 20], "positions(in)"),
    ([(96, 10), (20,)], [10, 20], ""), ([(96, 4, 5), (96, 2, 3, 5)], [20, 30], "positions(in)"),
])  # fmt: skip
def test_what_follows_depends_on_the_axes_of_the_maps(
    shapes: list[tuple[int, ...]], values: list[int], text: str
) -> None:
    assert followed(values, [Maps(-1, shapes)], False)[0] == text


def graph_of(*layers: str, head: str = "input: [4, 9]", more: str = "") -> Graph:
    listed = "".join(f"  - {{{layer}, name: n{at}}}\n" for at, layer in enumerate(layers, 1))
    return convcalc.loads(f"convcalc: 1\n{head}\nlayers:\n{listed}{more}").graph()


RELU, TANH = "relu: {}", "tanh: {}"


@each(("layers", "reads"), [
    ((RELU, TANH, "add: [n1, n2]"), (2, 1)), ((RELU, TANH, "mul: [n1, n2]"), (2, 1)),
    ((RELU, TANH, TANH, "add: [n1, n3]"), (3, 1)), ((RELU, "add: [input, n1]"), (1, 0)),
    # It is read last already, its order tells, or it does not lead there.
    ((RELU, TANH, "add: [n2, n1]"), (2, 1)), ((RELU, TANH, "sub: [n1, n2]"), (1, 2)),
    ((RELU, "tanh: {}, from: input", "add: [n1, n2]"), (1, 2)),
    ((RELU, TANH, "tanh: {}, from: input", "add: [n1, n2]"), (1, 2)),
    ((RELU, TANH, "add: [n1, n2, input]"), (1, 2, 0)), ((RELU, "add: [n1, n1]"), (1, 1)),
    ((RELU, TANH, "tanh: {}, from: input", "add: [n2, n3]", "add: [n1, n4]"), (4, 1)),
])  # fmt: skip
def test_a_shortcut_is_read_last(layers: tuple[str, ...], reads: tuple[int, ...]) -> None:
    assert with_shortcuts_last(graph_of(*layers)).nodes[-1].inputs == reads


@each(("joins", "reads"), [
    (("concat: [n1, n2]", "concat: [n1, n2, n3]"), (4, 3)),
    (("concat: [n1, n2]", "concat: [n1, n2, n3, input]"), (4, 3, 0)),
    # The longest one that is there.
    (("concat: [n1, n2]", "concat: [n1, n2, n3]", "concat: [n1, n2, n3, input]"), (5, 0)),
    (("concat: [n1, n2]", "concat: [n2, n1, n3]"), (2, 1, 3)),
    (("concat: [n1, n2, n3]", "concat: [n1, n2]"), (1, 2)),
    (("concat: [n1, n2]", "concat: [n1, n2]"), (1, 2)),
    (("concat: {inputs: [n1, n2], axis: 1}", "concat: [n1, n2, n3]"), (1, 2, 3)),
    (("add: [n1, n2]", "add: [n1, n2, n3]"), (1, 2, 3)),
])  # fmt: skip
def test_joins_that_grow_are_the_one_before_and_more(
    joins: tuple[str, ...], reads: tuple[int, ...]
) -> None:
    graph = nested(graph_of(RELU, TANH, "sigmoid: {}", *joins))
    assert graph.nodes[-1].inputs == reads
    assert graph.shape_of(graph.nodes[-1].at) == graph_of(
        RELU, TANH, "sigmoid: {}", *joins
    ).shape_of(graph.nodes[-1].at)


CONV = "conv: {out: 4, k: 1}"
ONE = graph_of(CONV, CONV, "add: [n1, n2]")


@each(("other", "words"), [
    (ONE, ""), (graph_of(CONV, CONV, "add: [n1, n2]"), ""),
    (graph_of(CONV, CONV, "add: [n1, n2]", head="input: [4, 8]"), "its inputs are 4x8, not 4x9"),
    (graph_of(CONV, CONV), "it has 2 layers, not 3"),
    (graph_of(CONV, CONV, "add: [n1, n2]", RELU), "it has 4 layers, not 3"),
    (graph_of(CONV, RELU, "add: [n1, n2]"), "`n2` has other kind than `n2`: relu, not conv"),
    (graph_of(CONV, CONV, "add: [n2, n1]"),
     "`n3` has other inputs than `n3`: (2, 1), not (1, 2)"),
    (graph_of(CONV, "conv: {out: 4, k: 1}, weights: n1", "add: [n1, n2]"),
     "`n2` has other weights than `n2`: 1, not None"),
    (graph_of(CONV, CONV, "add: [n1, n2]", more="outputs: [n2, n3]\n"),
     "its outputs are other layers"),
])  # fmt: skip
def test_where_two_networks_differ(other: Graph, words: str) -> None:
    assert difference(ONE, other) == words


def test_two_networks_differ_in_facts_or_in_fields() -> None:
    found = difference(ONE, graph_of("conv: {out: 4, k: 3, p: 1}", CONV, "add: [n1, n2]"))
    assert found.startswith("`n1` has other facts than `n1`: ")
    leaky, more = (graph_of(f"leaky_relu: {{negative_slope: {one}}}") for one in (0.1, 0.2))
    assert difference(leaky, more) == "`n1` has other fields than `n1`"
