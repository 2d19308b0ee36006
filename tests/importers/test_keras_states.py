"""Layers of Keras that give more than one tensor: last states, and shares; all by hand."""

from __future__ import annotations

from typing import Any

import convcalc
from convcalc.importers.network import ForeignNetwork
from tests.each import each
from tests.importers.keras_json import called, graph, layer, source, tensor, written

Shape = tuple[int, ...]
# Two units that read three features in four steps.
STEPS: dict[str, Shape] = {"x": (4, 3)}
PAIR: dict[str, Shape] = {"q": (3, 4), "v": (5, 4)}


def of(
    found: dict[str, Any],
    inputs: dict[str, Shape],
    *outputs: int,
    apart: bool = False,
    **kwargs: Any,
) -> bytes:
    """A model of one layer, of whose tensors those are put out; it reads several as one, or not."""
    reads = list(inputs)
    made = called(found, reads, **kwargs)
    if apart:
        (made["inbound_nodes"][0]["args"],) = made["inbound_nodes"][0]["args"]
    sources = [source(name, *sizes) for name, sizes in inputs.items()]
    model = graph([*sources, made], reads, [], "net")
    model["config"]["output_layers"] = [[found["name"], 0, one] for one in outputs]
    return written(model)


def bidirectional(**more: Any) -> dict[str, Any]:
    return layer("Bidirectional", "both", layer=layer("LSTM", "own", units=2, **more))


@each(("data", "shapes", "params", "macs"), [
    # Four gates of 3 + 2 numbers and a bias for each unit.
    (of(layer("LSTM", "y", units=2, return_state=True), STEPS, 0, 1, 2),
     [(2,), (2,), (2,)], 4 * 2 * 6, 4 * 4 * 2 * 5),
    (of(layer("LSTM", "y", units=2, return_state=True), STEPS, 2),
     [(2,)], 4 * 2 * 6, 4 * 4 * 2 * 5),
    (of(layer("LSTM", "y", units=2, return_state=True, return_sequences=True), STEPS, 0, 2),
     [(4, 2), (2,)], 4 * 2 * 6, 4 * 4 * 2 * 5),
    # Three gates, each with two biases.
    (of(layer("GRU", "y", units=2, return_state=True, return_sequences=True), STEPS, 0, 1),
     [(4, 2), (2,)], 3 * 2 * 7, 4 * 3 * 2 * 5),
    (of(layer("SimpleRNN", "y", units=2, return_state=True), STEPS, 1, 0),
     [(2,), (2,)], 2 * 6, 4 * 2 * 5),
    # A function that ours has not: the states cost nothing more.
    (of(layer("LSTM", "y", units=3, activation="relu", return_state=True), {"x": (5, 4)}, 0, 1, 2),
     [(3,), (3,), (3,)], 4 * 3 * 8, 5 * 4 * 3 * 7),
    (of(layer("GRU", "y", units=3, activation="relu", return_state=True, return_sequences=True),
        {"x": (5, 4)}, 1, 0),
     [(3,), (5, 3)], 3 * 3 * 9, 5 * 3 * 3 * 7),
    (of(bidirectional(return_state=True, activation="relu"), {"x": (5, 4)}, 0, 4, 1),
     [(4,), (2,), (2,)], 2 * 4 * 2 * 7, 2 * 5 * 4 * 2 * 6),
    (of(bidirectional(return_state=True), STEPS, 0, 1, 2, 3, 4),
     [(4,), (2,), (2,), (2,), (2,)], 2 * 48, 2 * 160),
    (of(bidirectional(return_state=True, return_sequences=True), STEPS, 0, 4),
     [(4, 4), (2,)], 2 * 48, 2 * 160),
    # Two heads of four features: each of 5 rows into 8 features and back; 25 scores of a head.
    (of(layer("MultiHeadAttention", "y", num_heads=2, key_dim=4), {"a": (5, 8), "b": (5, 8)},
        0, 1, apart=True, return_attention_scores=True),
     [(5, 8), (2, 5, 5)], 4 * 72, 4 * 5 * 64 + 2 * 25 * 8),
    # Six heads of three, which share two of keys: 35 scores and shares of 18 features.
    (of(layer("GroupQueryAttention", "y", head_dim=3, num_query_heads=6, num_key_value_heads=2),
        {"a": (5, 4), "b": (7, 4)}, 0, 1, apart=True, return_attention_scores=True),
     [(5, 4), (6, 5, 7)], 18 * 5 + 2 * 6 * 5 + 4 * 19, 2 * 5 * 72 + 2 * 7 * 24 + 2 * 35 * 18),
    # Fifteen scores of four features, and as many shares of values.
    (of(layer("Attention", "y"), PAIR, 0, 1, return_attention_scores=True),
     [(3, 4), (3, 5)], 0, 15 * 8),
    (of(layer("Attention", "y", use_scale=True), PAIR, 0), [(3, 4)], 1, 15 * 8),
    # A sum is no product.
    (of(layer("Attention", "y", score_mode="concat"), PAIR, 0), [(3, 4)], 1, 15 * 4),
    (of(layer("Attention", "y", score_mode="concat", use_scale=True), PAIR, 0),
     [(3, 4)], 2, 15 * 4),
    (of(layer("AdditiveAttention", "y"), PAIR, 0, 1, return_attention_scores=True),
     [(3, 4), (3, 5)], 4, 15 * 8),
    (of(layer("AdditiveAttention", "y", use_scale=False), PAIR, 0), [(3, 4)], 0, 15 * 4),
])  # fmt: skip
def test_each_tensor_has_its_shape(
    data: bytes, shapes: list[Shape], params: int, macs: int
) -> None:
    network = convcalc.loads(data, "net.json")
    assert isinstance(network, ForeignNetwork)
    totals = convcalc.plan(network).totals
    assert [view.dims for view in network.output_views.values()] == [(1, *one) for one in shapes]
    assert (totals.params, totals.macs) == (params, macs)


BEGINNING: dict[str, Shape] = {"h": (2,), "c": (2,)}
MAPS: dict[str, Shape] = {"h": (6, 6, 2), "c": (6, 6, 2)}


@each(("found", "steps", "states", "kind"), [
    (layer("LSTM", "y", units=2), (4, 3), BEGINNING, "lstm_with_state"),
    (layer("LSTM", "y", units=2, return_state=True), (4, 3), BEGINNING, "lstm_with_state"),
    (layer("GRU", "y", units=2), (4, 3), {"h": (2,)}, "gru_with_state"),
    (bidirectional(), (4, 3), dict.fromkeys(("h", "c", "back_h", "back_c"), (2,)),
     "lstm_with_state"),
    # An LSTM has a cell as well.
    (layer("LSTM", "y", units=2), (4, 3), {"h": (2,)}, "opaque"),
    (layer("ConvLSTM2D", "y", filters=2, kernel_size=3, padding="same"), (4, 6, 6, 3), MAPS,
     "opaque"),
])  # fmt: skip
def test_states_that_are_given_are_read(
    found: dict[str, Any], steps: Shape, states: dict[str, Shape], kind: str
) -> None:
    """The encoder of a pair was not read: an input that is used was said to be unused."""
    name, inputs = found["name"], {"x": steps, **states}
    begins = [tensor((one, 0, 0), sizes) for one, sizes in states.items()]
    made = called(found, ["x"], initial_state=begins)
    sources = [source(one, *sizes) for one, sizes in inputs.items()]
    network = convcalc.loads(written(graph([*sources, made], [*inputs], [name], "net")), "net.json")
    plan = convcalc.plan(network)
    assert {one for row in plan for one in row.inputs} >= inputs.keys()
    # States are read by the recurrence, or joined for both directions.
    assert [row.kind for row in plan if row.kind != "concat"] == [kind]


@each(("found", "states", "why"), [
    (layer("GRU", "y", units=2), [(2,), (2,)], "it begins with 2 states, and has 1"),
    (layer("LSTM", "y", units=2), [(2,)] * 3, "it begins with 3 states, and has 2"),
    (layer("Bidirectional", "y", layer=layer("GRU", "own", units=2)), [(2,)] * 3,
     "it begins with 3 states, and has 2"),
    (layer("Bidirectional", "y", layer=layer("LSTM", "own", units=2)), [(2,)] * 3,
     "it begins with 3 states, and has 4"),
    (layer("LSTM", "y", units=2), [(2,), (3, 2)], "it begins with the states of several sequences"),
])  # fmt: skip
def test_states_that_no_recurrence_has_are_told(
    found: dict[str, Any], states: list[Shape], why: str
) -> None:
    """Its figures stay: gates of two units that read three features and two states."""
    names = [f"h{number}" for number in range(len(states))]
    begins = [tensor((one, 0, 0), sizes) for one, sizes in zip(names, states, strict=True)]
    given = zip(names, states, strict=True)
    sources = [source("x", 4, 3), *(source(one, *sizes) for one, sizes in given)]
    made = called(found, ["x"], initial_state=begins)
    data = written(graph([*sources, made], ["x", *names], ["y"], "net"))
    (row,) = convcalc.plan(convcalc.loads(data, "net.json"))
    ways, gates = 2 if "layer" in found["config"] else 1, 4 if "LSTM" in str(found) else 3
    assert row.macs == ways * 4 * gates * 2 * 5
    assert [note.partition(": ")[2] for note in row.notes] == [why]
    assert row.inputs == ("x", *names)
