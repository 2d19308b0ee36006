"""Fields, memory and refusals of recurrent layers, look-ups and layers without an input."""

from __future__ import annotations

import numpy as np
import pytest

import convcalc
from convcalc.planning import Plan
from tests.each import each
from tests.kinds.making import made


def plan(*layers: str, input: str = "[64, 100]") -> Plan:
    listed = "".join(f"  - {layer}\n" for layer in layers)
    return convcalc.plan(convcalc.loads(f"convcalc: 1\ninput: {input}\nlayers:\n{listed}"))


def problem(*layers: str, input: str = "[64, 100]") -> convcalc.Problem:
    with pytest.raises(convcalc.StackError) as caught:
        plan(*layers, input=input)
    (found,) = caught.value.problems
    return found


def test_a_step_sees_the_steps_before_it() -> None:
    (row,) = plan("lstm: 64").rows
    (field,) = row.receptive_fields
    # Unit t sees 0..t: 1 step at first, 100 at last, 50 for unit 49, the centre.
    assert (field.least, field.most, field.size, field.start) == ((1,), (100,), (50,), (0,))
    assert not field.is_global


def test_a_convolution_in_front_widens_the_past() -> None:
    field = plan("conv: {out: 8, k: 3, p: 1}", "gru: 4").rows[-1].receptive_fields[0]
    # From one pixel of padding before the first step to one behind its own.
    assert (field.least, field.most, field.start) == ((3,), (102,), (-1,))


@pytest.mark.parametrize(
    "layer",
    [
        pytest.param("lstm: {hidden: 8, bidirectional: true}", id="both directions"),
        pytest.param("rnn: {hidden: 8, returns: last}", id="last state"),
    ],
)
def test_everything_is_seen(layer: str) -> None:
    assert plan(layer).rows[-1].receptive_fields[0].is_global


def test_a_sequence_of_tokens_keeps_its_positions() -> None:
    layers = ("embedding: {num: 100, dim: 8}", "conv: {out: 4, k: 3}")
    field = plan(*layers, input="[1, 35]").rows[-1].receptive_fields[0]
    assert (field.size, field.is_global) == ((3,), False)


def test_what_is_learnt_without_an_input_sees_nothing() -> None:
    layers = ("{parameter: {shape: [64, 100]}, name: table}", "add: [input, table]")
    table, total = plan(*layers).rows
    assert table.receptive_fields == ()
    assert total.receptive_fields[0].size == (1,)
    assert table.params == 6400
    # Its memory is that of its parameters: two maps are alive in the sum.
    memory = plan(*layers).totals.memory
    assert (memory.params, memory.peak_activations) == (25600, 2 * 25600)


@each(
    ("layer", "input", "note", "help"),
    [
        pytest.param(
            "lstm: 64", "[64, 8, 9]",
            "lstm goes along one axis of positions, but its input 64x8x9 has 2 spatial axes",
            "put `reshape: [64, 72]` before it, or fold the rows into the channels",
            id="a map",
        ),
        pytest.param(
            "gru: 64", "[64]",
            "gru goes along one axis of positions, but its input 64 has no spatial axes",
            "put `reshape: [64, 1]` before it for a sequence of one step, or keep the positions "
            "of the layer before",
            id="a vector",
        ),
        pytest.param(
            "lstm: {hidden: 8, proj: 8}", "[64, 9]",
            "a projection to 8 of 8 hidden numbers is none",
            "use `proj_size: 4` or `0`",
            id="a projection to as many",
        ),
        pytest.param(
            "embedding: {num: 9, dim: 3}", "[2, 9]",
            "embedding wants indices, `[L]` or a map of one channel, but its input is 2x9",
            "give it `[1, 9]`, or write a 1x1 `conv` without bias for numbers of several channels",
            id="indices of two channels",
        ),
        pytest.param(
            "gru_with_state: {inputs: [input, input], hidden: 8}", "[8, 1]",
            "the state is 8x1, not 8",
            "put `flatten` behind what gives the state",
            id="a state that is a map",
        ),
        pytest.param(
            "rnn_with_state: {inputs: [input, input, input], hidden: 8}", "[8, 9]",
            "rnn_with_state reads a sequence and one state, got 3 inputs",
            "leave out what stands behind the state",
            id="a cell of a layer without cells",
        ),
        pytest.param(
            "lstm_with_state: {inputs: [input], hidden: 8}", "[8, 9]",
            "lstm_with_state reads a sequence, a state and a cell, got 1 input",
            "name them as in `inputs: [x, state, cell]`",
            id="no state",
        ),
        pytest.param(
            "gru_with_state: {inputs: [input, input], hidden: 8, layers: 2, bidirectional: true}",
            "[8, 9]",
            "the state is 8x9, not 32 (2 layers of 2 directions of 8 numbers)",
            "give it a state of [32]",
            id="a state of too many numbers",
        ),
        pytest.param(
            "gru_with_state: {inputs: [h, x], hidden: 8}", "{h: [8], x: [3, 9]}",
            "the sequence, which is named first, has no positions: 8",
            "name the sequence first, as in `inputs: [x, state]`",
            id="a state before its sequence",
        ),
        pytest.param(
            "gru_with_state: {inputs: [x, h], hidden: 8}", "{h: [8, 1], x: [3]}",
            "gru_with_state goes along one axis of positions, but its input 3 has no spatial axes",
            "put `reshape: [3, 1]` before it for a sequence of one step, or keep the positions of "
            "the layer before",
            id="one step, and a state that is a map",
        ),
        pytest.param(
            "lstm_with_state: {inputs: [input, input, input], hidden: 8, proj: 2}", "[2, 1]",
            "the state is 2x1, not 2; the cell is 2x1, not 8",
            "give it a cell of [8], and put `flatten` behind what gives the state",
            id="a state that is a map, and a cell of too few numbers",
        ),
        pytest.param(
            "lstm_with_state: {inputs: [input, input, input], hidden: 8, bidirectional: true}",
            "[8, 2]",
            "the state is 8x2, not 16 (2 directions of 8 numbers); "
            "the cell is 8x2, not 16 (2 directions of 8 numbers)",
            "put `flatten` behind what gives the state and the cell",
            id="a state and a cell that are maps",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(layer: str, input: str, note: str, help: str) -> None:
    found = problem(layer, input=input)
    assert (found.note, found.help) == (note, help)


@each(
    ("layer", "input"),
    [
        pytest.param("reshape: [64, 72], lstm: 8", "[64, 8, 9]", id="a map"),
        pytest.param("reshape: [64, 1], gru: 8", "[64]", id="a vector"),
        pytest.param("lstm: {hidden: 8, proj_size: 4}", "[64, 9]", id="a projection"),
        pytest.param("embedding: {num: 9, dim: 3}", "[1, 9]", id="indices"),
    ],
)
def test_the_repairs_work(layer: str, input: str) -> None:
    text = f"convcalc: 1\ninput: {input}\nlayers: [{layer}]\n"
    assert convcalc.plan(convcalc.loads(text)).rows


TOKENS = "convcalc: 1\ninput: [3]\nlayers:\n  - {embedding: {num: 4, dim: 2}, name: words}\n"


@pytest.mark.parametrize(
    ("tokens", "said"),
    [
        pytest.param([0, 3, 4], "reads 4 at [0, 2]", id="beyond the table"),
        pytest.param([0, -1, 2], "reads -1 at [0, 1]", id="negative"),
        pytest.param([0.5, 1, 2], "reads 0.5 at [0, 0]", id="broken"),
    ],
)
def test_what_is_no_index_is_refused(tokens: list[float], said: str) -> None:
    network = convcalc.loads(TOKENS, "net.net.yaml")
    with pytest.raises(convcalc.StackError) as caught:
        convcalc.run(network, tokens)
    (found,) = caught.value.problems
    assert found.slug == "not-an-index"
    assert found.message == f"layer `words` {said}, which is no index of it"
    assert found.note.startswith("whole numbers from 0 to 3 are; 1 of 3 are not")


def test_inputs_that_are_indices_are_drawn_as_such() -> None:
    network = convcalc.loads(TOKENS)
    found = convcalc.run(network, keep=["input"], batch=50)["input"]
    assert set(np.unique(found)) == {0, 1, 2, 3}


def test_a_parameter_is_the_same_for_every_sample_and_gathers_all_gradients() -> None:
    text = "convcalc: 1\ninput: [2]\nlayers:\n  - {parameter: {shape: [2]}, name: p}\n"
    network = convcalc.loads(text + "  - {mul: [input, p], name: y}\n")
    x, p = np.array([[1.0, 2.0], [3.0, 5.0]]), np.array([10.0, 100.0])
    y = convcalc.run(network, x, weights={"p.weight": p}, dtype="float64")["y"]
    assert y.tolist() == [[10, 200], [30, 500]]
    found = convcalc.gradients(network, x, weights={"p.weight": p}, dtype="float64")
    assert found.weights["p.weight"].tolist() == [4, 7]


def test_a_constant_is_given_with_the_weights_or_by_its_number() -> None:
    text = "convcalc: 1\ninput: [2]\nlayers:\n  - {constant: {shape: [2]%s}, name: c}\n"
    given = convcalc.loads(text % "" + "  - {add: [input, c], name: y}\n")
    filled = convcalc.loads(text % ", value: 3" + "  - {add: [input, c], name: y}\n")
    x = np.array([1.0, 2.0])
    assert convcalc.run(given, x, weights={"c.value": [5, 7]})["y"].tolist() == [[6, 9]]
    assert convcalc.run(filled, x)["y"].tolist() == [[4, 5]]
    assert convcalc.plan(given).totals.buffers == 2
    assert convcalc.plan(filled).totals.buffers == 0


def test_more_queries_than_keys_see_all_that_is_there() -> None:
    """A causal mask leaves query 1 two keys, and from the third on every one of three."""
    layer = made("scaled_dot_product_attention", {"inputs": ("q", "k", "v"), "causal": True})
    links = layer.facts(((4, 5), (4, 3), (4, 3))).links[1]
    assert links is not None
    assert links[0].taps == (range(1), range(2), range(3), range(3), range(3))
