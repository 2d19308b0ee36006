"""Series of layers that differ, names that say nothing, and marks of rows, by hand."""

from __future__ import annotations

from typing import Any

import convcalc
from convcalc.features.import_.given_names import _is_made_up
from convcalc.features.import_.layer_lists import Line
from convcalc.features.import_.nested_parts import Outside, by_paths, layer_parts
from convcalc.features.import_.recurring import _closed
from convcalc.kinds.conv import Conv
from convcalc.network.graph import Graph
from tests.each import each


def graph_of(layers: list[str]) -> Graph:
    listed = "".join(f"  - {{{layer}}}\n" for layer in layers)
    return convcalc.loads(f"convcalc: 1\ninput: [4, 9]\nlayers:\n{listed}").graph()


@each(("widths", "lines"), [
    ((6, 10), ["  - conv: {out: 6, k: 3}", "  - conv: {out: 10, k: 3}"]),
    ((6, 10, 14), ["  - {conv: {k: 3}, each: {out: [6, 10, 14]}}"]),
    ((6, 6), ["  - {conv: {out: 6, k: 3}, repeat: 2}"]),
])  # fmt: skip
def test_three_layers_that_differ_are_a_series_and_two_that_are_equal(
    widths: tuple[int, ...], lines: list[str]
) -> None:
    layers = "".join(f"  - conv: {{out: {width}, k: 3}}\n" for width in widths)
    network = convcalc.loads(f"convcalc: 1\ninput: [5, 20, 20]\nlayers:\n{layers}")
    text = convcalc.import_(network).text
    assert text.partition("layers:\n")[2].splitlines()[:-1] == lines


@each(("name", "is_made_up"), [
    ("conv_3", True), ("conv", True), ("relu", True), ("relu_12", True), ("", True),
    ("node_conv2d_4", True), ("node_head", True), ("head", False), ("conv1", False),
    ("node", False), ("head_2", False), ("a_node_", False),
])  # fmt: skip
def test_names_that_a_plan_or_an_exporter_made_up(name: str, is_made_up: bool) -> None:
    assert _is_made_up(Line("conv", kind=Conv), name) == is_made_up


def marks(*layers: str) -> dict[int, int]:
    """For each size the mark of the rows that begin with the first of these layers."""
    graph = graph_of(["tanh: {}, name: before", *layers])
    parts = layer_parts(graph)
    for part in parts:
        part.key = hash(type(graph.nodes[part.first].layer))
    found = _closed(Outside(graph).last_use, parts[1:], 0, 9)
    return {size: mark for mark, size in found}


def test_rows_that_read_other_layers_have_other_marks() -> None:
    relu, gate = "relu: {}, name: a", "sigmoid: {}, name: b"
    sums = ["add: [before, b]", "add: [b, before]", "add: [a, b]", "add: [b, a]", "add: [b, input]"]
    rows: list[Any] = [marks(relu, gate, one).get(3) for one in sums]
    assert None not in rows
    assert len(set(rows)) == len(sums)
    assert marks(relu, "add: [before, a]")[2] != marks(relu, "add: [a, before]")[2]
    assert marks(relu, "sub: [a, before]") == marks(relu, "sub: [a, before]")


def test_parts_are_nested_24_deep_at_most() -> None:
    """Modules within modules, each with a layer of its own besides."""
    paths = ["_".join(f"a{at % 10}" for at in range(depth + 1)) for depth in range(28)]
    layers = [f"relu: {{}}, name: {path}_{word}" for path in paths for word in ("xx", "yy")]
    graph = graph_of(layers)

    def depth(parts: list[Any]) -> int:
        return max((1 + depth(part.parts) if part.parts else 0 for part in parts), default=0)

    assert depth(by_paths(graph, Outside(graph))) == 24
    shallow = graph_of(layers[: 2 * 20])
    assert depth(by_paths(shallow, Outside(shallow))) == 20
