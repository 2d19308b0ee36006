"""Recurrences over a sequence: UNIDIRECTIONAL_SEQUENCE_LSTM, UNIDIRECTIONAL_SEQUENCE_RNN."""

from __future__ import annotations

from convcalc.importers.tflite.lowering import Lowering, NoWordsError, rule
from convcalc.network.held import Held

# Where the weights of each gate stand: i f c o, and ONNX's order of them.
_READS, _HIDDEN, _BIASES = (1, 2, 3, 4), (5, 6, 7, 8), (12, 13, 14, 15)
_ONNX = (0, 3, 1, 2)


@rule("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(say: Lowering) -> list[str]:
    """An LSTM with all of its gates, and the sequence of its states."""
    if not all(map(say.has, (*_READS, *_HIDDEN, *_BIASES))):
        raise NoWordsError("its input gate is tied to its forget gate")
    if any(map(say.has, (9, 10, 11, 16, 17, 20, 21, 22, 23))):
        raise NoWordsError("it has peepholes, a projection or norms")
    if say.whole(0, "b") != 4:
        raise NoWordsError("its cells have another function than a tanh")
    gates = [_stacked([say.held(places[gate]) for gate in _ONNX]) for places in (_READS, _HIDDEN)]
    biases = [say.held(_BIASES[gate]) for gate in _ONNX]
    weights = (*gates, _stacked(biases))
    x = say.input() if say.flag(3) else say.turned(say.input(), 1, 0, 2)
    hidden = say.dims(5)[0]
    made = say.add("LSTM", x, *map(say.stored, weights), hidden_size=hidden)
    states = say.add("Squeeze", made, say.constant(1))
    return [states if say.flag(3) else say.turned(states, 1, 0, 2)]


@rule("UNIDIRECTIONAL_SEQUENCE_RNN")
def rnn(say: Lowering) -> list[str]:
    """A plain recurrence."""
    words = {1: "Relu", 4: "Tanh"}
    function = words.get(say.whole(1, "b"))
    if function is None:
        raise NoWordsError("its cell has another function than a tanh or a ReLU")
    weights = [_stacked([say.held(place)]) for place in (1, 2, 3)]
    x = say.input() if say.flag(0) else say.turned(say.input(), 1, 0, 2)
    made = say.add(
        "RNN", x, *map(say.stored, weights), hidden_size=say.dims(2)[0], activations=(function,)
    )
    states = say.add("Squeeze", made, say.constant(1))
    return [states if say.flag(0) else say.turned(states, 1, 0, 2)]


def _stacked(parts: list[Held]) -> Held:
    """Arrays one behind the other, of one direction."""
    first = parts[0]
    dims = (sum(one.dims[0] for one in parts), *first.dims[1:])
    joined = first.made("joined", dims, *parts[1:], axis=0) if len(parts) > 1 else first
    return joined.made("reshaped", (1, *dims))
