"""The graph: what is read by whom, how long it is needed, and layers that read nothing."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.core.shapes import Shape
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind, SourceKind
from convcalc.network import layers
from convcalc.network.graph import Graph

# 0 x, 1 y, 2 a (x), 3 b (a), 4 view (b), 5 sum (view, y), 6 twice (b, b), 7 idle (a)
NET = """
convcalc: 1
input: {x: [2, 4], y: [8]}
layers:
  - {relu: {}, from: x, name: a}
  - {relu: {}, name: b}
  - {flatten: {}, name: view}
  - {add: [view, y], name: sum}
  - {add: [b, b], name: twice}
  - {tanh: {}, from: a, name: idle}
outputs: [sum, twice]
"""


@pytest.fixture
def graph() -> Graph:
    return convcalc.loads(NET).graph()


def test_inputs_are_the_first_nodes(graph: Graph) -> None:
    names = ["x", "y", "a", "b", "view", "sum", "twice", "idle"]
    assert [node.name for node in graph.nodes] == names
    assert [node.at for node in graph.nodes] == list(range(8))
    assert graph.inputs == {"x": (2, 4), "y": (8,)}
    assert [node.layer.kind for node in graph.nodes[:2]] == ["input", "input"]
    assert [node.template.node.place.line for node in graph.nodes[:2]] == [3, 3]
    assert graph.layers == graph.nodes[2:]
    assert graph.shapes_of(graph.nodes[5]) == ((8,), (8,))


def test_readers_and_last_uses(graph: Graph) -> None:
    assert graph.readers == ((2,), (5,), (3, 7), (4, 6), (5,), (), (), ())
    # What nobody reads is used last by itself.
    assert graph.last_use == (2, 5, 7, 6, 5, 5, 6, 7)


def test_memory_is_needed_as_long_as_its_views(graph: Graph) -> None:
    # Outputs (5, 6) outlive the run of 8 nodes; `view` holds the memory of `b` until `sum`.
    assert graph.alive_until() == [2, 5, 7, 6, 5, 8, 8, 7]
    # Kept, the view keeps what it looks at.
    assert graph.alive_until(keep=[4]) == [2, 5, 7, 8, 8, 8, 8, 7]


def test_ancestors(graph: Graph) -> None:
    assert graph.ancestors(5) == {0, 1, 2, 3, 4, 5}
    assert graph.ancestors(*graph.outputs) == set(range(7))
    assert graph.ancestors(1) == {1}


def test_rows_are_found_by_the_index_of_their_layer() -> None:
    text = "convcalc: 1\ninput: {x: [2], y: [2]}\nblocks: {two: {layers: [relu, tanh]}}\n"
    text += "layers: [{two: {}, from: y, name: in_between}, {add: [prev, x]}]\n"
    plan = convcalc.plan(convcalc.loads(text))
    assert [row.node.at for row in plan] == [2, 3, 4]
    assert plan.row_at(3) is plan.rows[1]
    (scope,) = plan.graph.scopes
    assert (scope.first, scope.end, scope.result, scope.source) == (2, 4, 3, 1)
    assert plan.rows_of(scope) == plan.rows[:2]
    # In JSON a block's rows are counted from the first row.
    assert plan.to_dict()["blocks"][0]["rows"] == [0, 2]


class Learnt(SourceKind):
    """A learnt vector.

    ```yaml
    learnt: 8
    ```
    """

    main = "size"
    size: int

    def shape_of(self) -> Shape:
        return (self.size,)

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        return {"weight": (self.size,)}


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> type[Kind] | None:
        return Learnt if name == "learnt" else find_kind(name)

    monkeypatch.setattr(layers, "find_kind", find)


HEAD = "convcalc: 1\nvars: {n: 4}\n"


@pytest.mark.usefixtures("learnt")
@pytest.mark.parametrize(
    ("text", "params"),
    [
        pytest.param(
            "input: [4]\nlayers: [{learnt: =cin, name: l}, {mul: [input, l]}]", 4, id="first"
        ),
        pytest.param(
            "input: {x: [4], y: [4]}\n"
            "layers: [{learnt: =n, name: l}, {relu: {}}, {add: [prev, x, y]}]",
            4,
            id="of several inputs",
        ),
        pytest.param(
            "input: {x: [5], y: [5]}\nblocks: {unit: {args: [length], layers: [{learnt: =length, "
            "name: l}, {add: [in, l]}]}}\nlayers: [{unit: {length: 5}, from: x}, {add: [prev, y]}]",
            5,
            id="with an argument that is called as a size is",
        ),
        pytest.param(
            "input: [4]\nlayers: [relu, {learnt: 8, repeat: 3}, {linear: 2}]", 24 + 18, id="series"
        ),
    ],
)
def test_a_layer_that_reads_nothing(text: str, params: int) -> None:
    plan = convcalc.plan(convcalc.loads(HEAD + text))
    sources = [row for row in plan if row.kind == "learnt"]
    assert all(row.node.inputs == () and row.inputs == () and row.seen == () for row in sources)
    assert plan.totals.params == params
    assert all(row.to_dict()["receptive_field"] is None for row in sources)


@pytest.mark.usefixtures("learnt")
@pytest.mark.parametrize(
    ("layer", "message"),
    [
        pytest.param(
            "{learnt: 4, from: x}", "layer `learnt_1` reads no layer and takes no `from`", id="from"
        ),
        pytest.param(
            "learnt: =2*cin",
            "layer `learnt_1` is the first, so that `cin` is not known here",
            id="asks for what is not there",
        ),
        pytest.param(
            "learnt: =2*length",
            "layer `learnt_1` is the first, so that `length` is not known here",
            id="asks for a size of what is not there",
        ),
    ],
)
def test_what_a_layer_without_input_cannot_say(layer: str, message: str) -> None:
    text = f"{HEAD}input: {{x: [4], y: [4]}}\nlayers:\n  - {layer}\n  - add: [prev, x, y]\n"
    with pytest.raises(StackError) as caught:
        convcalc.loads(text).graph()
    assert [problem.message for problem in caught.value.problems] == [message]


def test_a_graph_is_kept_for_its_limit_of_layers() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [3, 8]\nlayers: [relu, relu, relu]\n")
    graph = network.graph()
    assert network.graph() is graph
    with pytest.raises(StackError, match="at least 3 layers; the limit is 2"):
        network.graph(max_layers=2)
    assert len(network.graph(max_layers=3).layers) == 3
    assert network.graph({"input": (3, 9)}) is not network.graph()
