"""Prepared networks: the same outputs as layer by layer, fused, in buffers that are used again."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import numpy as np
import pytest

import convcalc
from convcalc.arrays.buffers import Buffer, allocate
from convcalc.arrays.draws import Draws
from convcalc.arrays.fusion import steps_of
from convcalc.arrays.ops import Array, Ops, Weights, channels_first, channels_last
from convcalc.arrays.run import drawn_weights, through
from convcalc.arrays.session import Session, prepare
from convcalc.core.shapes import Window
from convcalc.network.graph import Graph, GraphNode
from tests.each import each

RESIDUAL = [
    "{conv: {out: 6, k: 3, p: 1}, name: stem}",
    "batch_norm",
    "{relu6: {}, name: clipped}",
    "{conv: {out: 6, k: 3, p: 1, bias: false}, name: main}",
    "{batch_norm: {affine: false}, name: normed}",
    "add: [normed, clipped]",
    "{relu: {}, name: out}",
]
PROJECTED = [
    "{conv: {out: 6, k: 3, s: 2, p: 1}, name: main}",
    "{conv: {out: 6, k: 1, s: 2, bias: false}, from: input, name: shortcut}",
    "add: [main, shortcut]",
    "{relu: {}, name: out}",
]
CONV = "{conv: {out: 4, k: 1}, name: a}"
SAME = "{conv: {out: 4, k: 3, p: 1}}"


def graph_of(*layers: str, shape: tuple[int, ...] = (4, 9, 8), more: str = "") -> Graph:
    listed = "".join(f"  - {layer}\n" for layer in layers)
    return convcalc.loads(f"convcalc: 1\ninput: {list(shape)}\nlayers:\n{listed}{more}").graph()


def weights_of(graph: Graph) -> Callable[[GraphNode], Weights]:
    draws = Draws(1)
    drawn = {node.name: drawn_weights(node, graph, draws) for node in graph.layers}
    return lambda node: drawn[node.name]


def inputs_of(graph: Graph, batch: int = 1, seed: int = 0) -> dict[str, Array]:
    rng = np.random.default_rng(seed)
    return {
        name: rng.standard_normal((batch, *shape), np.float32)
        for name, shape in graph.inputs.items()
    }


def fused(graph: Graph) -> list[str]:
    """The layers of each step, as `first..last`."""
    return [f"{step.node.name}..{graph.name_of(step.result)}" for step in steps_of(graph)]


@each(
    ("layers", "steps"),
    [
        pytest.param(RESIDUAL, ["stem..clipped", "main..out"], id="residual"),
        pytest.param(PROJECTED, ["shortcut..shortcut", "main..out"], id="two branches"),
        pytest.param([CONV, "relu", "relu6"], ["a..relu_1", "relu6_1..relu6_1"], id="one clip"),
        pytest.param(
            [CONV, "batch_norm", "batch_norm"],
            ["a..batch_norm_1", "batch_norm_2..batch_norm_2"],
            id="one norm",
        ),
        pytest.param([CONV, "sigmoid"], ["a..a", "sigmoid_1..sigmoid_1"], id="no curve"),
        pytest.param(
            [CONV, "relu", "batch_norm"],
            ["a..relu_1", "batch_norm_1..batch_norm_1"],
            id="no norm after a clip",
        ),
        pytest.param([CONV, "add: [a, a]"], ["a..a", "add_1..add_1"], id="no doubling"),
        pytest.param(
            [CONV, "add: [a, input, input]"], ["a..a", "add_1..add_1"], id="no sum of three"
        ),
        pytest.param(
            [
                "{global_avg_pool: {}, name: g}",
                "{conv: {out: 4, k: 1}, from: input}",
                "add: [prev, g]",
            ],
            ["g..g", "conv_1..conv_1", "add_1..add_1"],
            id="no gate",
        ),
        pytest.param(
            [CONV, "relu", "{conv: {out: 4, k: 1}, from: a}"],
            ["a..a", "relu_1..relu_1", "conv_2..conv_2"],
            id="nothing that is read twice",
        ),
        pytest.param(
            ["{conv: {out: 3, k: 3, p: 1, padding_mode: reflect}}", "relu"],
            ["conv_1..conv_1", "relu_1..relu_1"],
            id="no mirrored padding",
        ),
        pytest.param(
            ["flatten", "linear: 5", "batch_norm", "relu"],
            ["flatten_1..flatten_1", "linear_1..relu_1"],
            id="dense",
        ),
    ],
)
def test_what_follows_a_convolution_is_fused(layers: list[str], steps: list[str]) -> None:
    graph = graph_of(*layers)
    assert fused(graph) == steps
    assert_as_layer_by_layer(graph)


def test_an_output_is_not_fused_away() -> None:
    graph = graph_of(CONV, "{relu: {}, name: b}", more="outputs: [a, b]\n")
    assert fused(graph) == ["a..a", "b..b"]
    assert_as_layer_by_layer(graph)


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize(
    "layers",
    [
        pytest.param(
            ["{conv: {out: 6, k: 3, p: 1, g: 2}}", "{conv: {out: 6, k: 3, s: 2, g: depthwise}}"],
            id="groups",
        ),
        pytest.param(
            ["{conv_transpose: {out: 6, k: 4, s: 2, p: 1}}", "batch_norm", "relu", SAME],
            id="transposed",
        ),
        pytest.param(
            ["{conv_transpose: {out: 4, k: 3, p: 1, g: 2}, name: a}", "add: [a, input]", "relu"],
            id="transposed in groups, with a residual",
        ),
        pytest.param(
            ["flatten", "{unflatten: [288, 1, 1]}", "{conv_transpose: {out: 3, k: 8}}"],
            id="transposed from one pixel",
        ),
        pytest.param(
            ["{conv: {out: 3, k: 5, p: [[0, 4], [3, 1]]}}", "{conv: {out: 3, k: 3, p: 1, s: 2}}"],
            id="borders of several sizes",
        ),
        pytest.param(
            ["{conv: {out: 4, k: 3, p: [[0, 2], [2, 0]]}}", "{conv: {out: 4, k: 3, p: 1}}"]
            + ["{conv: {out: 4, k: 3, p: [[2, 0], [0, 2]]}}"] * 3,
            id="borders of one size in several places",
        ),
        pytest.param(["identity", "dropout", CONV], id="layers that pass their input on"),
        pytest.param(["{conv: {out: 70, k: 3, p: 1}, repeat: 3}"], id="bands of rows"),
        pytest.param(
            [SAME.replace("}}", "}, name: a}"), *[SAME] * 3, "sigmoid", "add: [prev, a]"],
            id="a tensor that is read late",
        ),
    ],
)
def test_outputs_are_those_of_the_layers(layers: list[str], batch: int) -> None:
    assert_as_layer_by_layer(graph_of(*layers), batch)


@pytest.mark.parametrize("shape", [(5, 40), (2, 7, 6, 5)])
def test_sequences_and_volumes(shape: tuple[int, ...]) -> None:
    graph = graph_of(
        *("{conv: {out: 6, k: 3, p: 1}}", "batch_norm", "{relu: {}, name: a}"),
        *("{conv: {out: 6, k: 3, p: 2, d: 2}, name: b}", "add: [a, b]"),
        "{conv: {out: 6, k: 2, s: 2, g: depthwise}}",
        shape=shape,
    )
    assert_as_layer_by_layer(graph)


# Layers that keep 4 channels of 9x8, so that any of them may follow and be added to any other.
KEEPING = [
    *("{conv: {out: 4, k: 3, p: 1}", "{conv: {out: 4, k: 1, bias: false}"),
    *("{conv: {out: 4, k: 3, p: 2, d: 2, g: 2}", "{conv: {out: 4, k: 5, p: 2, g: depthwise}"),
    *("{conv_transpose: {out: 4, k: 3, p: 1}", "{max_pool: {k: 3, s: 1, p: 1}"),
    *("{batch_norm: {}", "{batch_norm: {affine: false}", "{relu: {}", "{relu6: {}"),
    *("{sigmoid: {}", *["{add: [FIRST, SECOND]"] * 4),
]


def random_graph(rng: Random) -> Graph:
    """A dozen such layers: each reads mostly the one before, and some are outputs as well."""
    names = ["input"]
    layers = []
    for number in range(12):
        before = names[-1] if rng.random() < 0.9 else rng.choice(names)
        kind = rng.choice(KEEPING).replace("FIRST", before).replace("SECOND", rng.choice(names))
        source = "" if "add" in kind else f", from: {before}"
        names.append(f"at_{number}")
        layers.append(f"{kind}{source}, name: {names[-1]}}}")
    outputs = sorted({rng.choice(names[1:]), rng.choice(names[1:]), names[-1]})
    return graph_of(*layers, more=f"outputs: [{', '.join(outputs)}]\n")


@each("seed", range(60))
def test_random_networks(seed: int) -> None:
    rng = Random(seed)
    assert_as_layer_by_layer(random_graph(rng), batch=rng.choice([1, 2]))


def test_random_networks_fuse_in_every_way() -> None:
    steps = [step for seed in range(60) for step in steps_of(random_graph(Random(seed)))]
    assert any(step.norm and step.residual is not None for step in steps)
    assert any(step.residual is not None and step.clip[0] == 0 for step in steps)
    assert any(step.norm and step.clip[0] == 0 for step in steps)


def test_multiplies_are_counted_run_by_run() -> None:
    graph = graph_of(*RESIDUAL)
    session = Session(graph, weights_of(graph))
    planned = sum(node.facts.macs for node in graph.nodes)
    session.run(inputs_of(graph))
    assert session.macs == planned > 0
    session.run(inputs_of(graph))
    assert session.macs == 2 * planned


def test_fast_multiplies_less_and_is_off_unless_asked_for() -> None:
    graph = graph_of(*["{conv: {out: 32, k: 3, p: 1}}"] * 3, shape=(32, 24, 24))
    weights, inputs = weights_of(graph), inputs_of(graph)
    exact, fast = Session(graph, weights), Session(graph, weights, fast=True)
    wanted = exact.run(inputs)["conv_3"]
    found = fast.run(inputs)["conv_3"]
    assert fast.macs < exact.macs
    assert 0 < np.abs(found - wanted).max() <= 1e-4 * np.abs(wanted).max()


def test_prepared_outputs_are_those_of_run() -> None:
    lines = "".join(f"  - {layer}\n" for layer in RESIDUAL)
    network = convcalc.loads(f"convcalc: 1\ninput: [4, 9, 8]\nlayers:\n{lines}")
    x = inputs_of(network.graph(), batch=2)["input"]
    wanted = convcalc.run(network, x, seed=7)["out"]
    found = prepare(network, 7, batch=2).run(x)["out"]
    assert np.abs(found - wanted).max() <= 1e-5 * np.abs(wanted).max()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"image": np.zeros((1, 4, 9, 8))}, "image", id="name"),
        pytest.param(np.zeros((1, 4, 8, 9)), "8x9", id="shape"),
        pytest.param(np.zeros((3, 4, 9, 8)), "3", id="batch"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(given: object, said: str) -> None:
    graph = graph_of(*RESIDUAL)
    with pytest.raises(convcalc.StackError, match=said):
        Session(graph, weights_of(graph)).run(given)  # type: ignore[arg-type]


def test_a_session_that_is_too_large_is_refused_before_weights_are_drawn() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [25088]\nlayers: [linear: 4096]\n")
    with pytest.raises(convcalc.StackError) as caught:
        prepare(network, max_memory=10**8)
    (problem,) = caught.value.problems
    assert problem.slug == "needs-memory"


def test_nothing_of_a_run_is_left_for_the_next() -> None:
    graph = graph_of(*RESIDUAL)
    session = Session(graph, weights_of(graph))
    expected = session.run(inputs_of(graph))["out"]
    (poison,) = inputs_of(graph, seed=3).values()
    poison[:] = np.nan
    assert np.isnan(session.run({"input": poison})["out"]).all()
    assert np.array_equal(session.run(inputs_of(graph))["out"], expected)


def test_buffers_of_dead_tensors_are_used_again() -> None:
    graph = graph_of(*[SAME] * 6)
    buffers = allocate(graph, steps_of(graph), 1)
    # The input and five convolutions keep a border of one pixel; the last has none.
    whole = {buffer.whole.shape for buffer in buffers.values()}
    assert whole == {(1, 11, 10, 4), (1, 9, 8, 4)}
    assert len({id(buffer.whole) for buffer in buffers.values()}) == 3
    for step in steps_of(graph):
        (read,) = step.reads
        assert not np.shares_memory(buffers[read].whole, buffers[step.result].whole)


def assert_as_layer_by_layer(graph: Graph, batch: int = 1) -> None:
    weights = weights_of(graph)
    inputs = inputs_of(graph, batch)
    arrays = through(graph, [channels_last(x) for x in inputs.values()], weights, Ops())
    found = Session(graph, weights, batch=batch).run(inputs)
    assert list(found) == [graph.name_of(index) for index in graph.outputs]
    for index, y in zip(graph.outputs, found.values(), strict=True):
        wanted = channels_first(arrays[index])
        assert y.shape == wanted.shape
        # Norms are folded into weights: one rounding more for each.
        assert np.abs(y - wanted).max() <= 1e-5 * np.abs(wanted).max()


def test_a_buffer_is_cut_to_the_padding_of_its_reader() -> None:
    """Of a border of 3 and 2 around three pixels, as much as a window is padded by."""
    buffer = Buffer(np.arange(8).reshape(1, 8, 1), ((3, 2),))
    for before, after, numbers in ((0, 0, [3, 4, 5]), (1, 0, [2, 3, 4, 5]), (1, 2, [*range(2, 8)])):
        found = buffer.padded([Window(3, before=before, after=after)])
        assert found.ravel().tolist() == numbers
    assert buffer.middle.ravel().tolist() == [3, 4, 5]
