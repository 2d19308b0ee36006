"""Recurrences: over a sequence, or a step of one whose states are kept between runs."""

from __future__ import annotations

from math import prod

from convcalc.importers.tflite.lowering import Lowering, NoWordsError, rule
from convcalc.importers.tflite.values import Tensor
from convcalc.network.held import Held

# Where the weights of each gate stand: i f c o, and ONNX's order of them.
_READS, _HIDDEN, _BIASES = (1, 2, 3, 4), (5, 6, 7, 8), (12, 13, 14, 15)
_ONNX = (0, 3, 1, 2)
# How the gates i, f and o see the cell.
_CELLS = {0: 9, 1: 10, 3: 11}


@rule("UNIDIRECTIONAL_SEQUENCE_LSTM")
def lstm(say: Lowering) -> list[str]:
    """An LSTM, with an input gate or without, and the sequence of its states."""
    is_coupled = not say.has(_READS[0])
    order = tuple(gate for gate in _ONNX if gate or not is_coupled)
    if any(map(say.has, (16, 17, 20, 21, 22, 23))):
        raise _told(say, "it has a projection or norms")
    if say.whole(0, "b") != 4:
        raise _told(say, "its cells have another function than a tanh")
    groups = (_READS, _HIDDEN, _BIASES)
    weights = [say.stored(_stacked([say.held(group[gate]) for gate in order])) for group in groups]
    looking = [_CELLS[gate] for gate in order if gate in _CELLS]
    if any(map(say.has, looking)):
        seen = _stacked([say.held(place) for place in looking])
        weights += ["", "", "", say.stored(seen)]
    x = say.input() if say.flag(3) else say.turned(say.input(), 1, 0, 2)
    hidden = say.dims(_HIDDEN[1])[0]
    op = "CoupledLSTM" if is_coupled else "LSTM"
    made = say.add(op, x, *weights, hidden_size=hidden, cell_clip=say.real(1))
    states = say.add("Squeeze", made, say.constant(1))
    return [states if say.flag(3) else say.turned(states, 1, 0, 2)]


@rule("UNIDIRECTIONAL_SEQUENCE_RNN")
def rnn(say: Lowering) -> list[str]:
    """A plain recurrence."""
    words = {1: "Relu", 4: "Tanh"}
    function = words.get(say.whole(1, "b"))
    if function is None:
        raise _told(say, "its cell has another function than a tanh or a ReLU")
    weights = [_stacked([say.held(place)]) for place in (1, 2, 3)]
    x = say.input() if say.flag(0) else say.turned(say.input(), 1, 0, 2)
    made = say.add(
        "RNN", x, *map(say.stored, weights), hidden_size=say.dims(2)[0], activations=(function,)
    )
    states = say.add("Squeeze", made, say.constant(1))
    return [states if say.flag(0) else say.turned(states, 1, 0, 2)]


@rule("LSTM", "RNN", "BIDIRECTIONAL_SEQUENCE_LSTM", "BIDIRECTIONAL_SEQUENCE_RNN")
def told(say: Lowering) -> list[str]:
    """Recurrences whose figures are known."""
    raise _told(say, "it goes both ways, or a step at a time")


def _told(say: Lowering, why: str) -> NoWordsError:
    """Why an operator has no words; each matrix of it is multiplied by once at every step."""
    steps = prod(say.dims()[:-1]) // say.file.samples
    return NoWordsError(why, steps * sum(prod(one.dims) for one in _matrices(say)))


def _matrices(say: Lowering) -> list[Tensor]:
    places = [place for place in range(1, say.count) if say.has(place)]
    tensors = [say.tensor(place) for place in places]
    return [one for one in tensors if one.held is not None and len(one.dims) == 2]


@rule("SVDF")
def svdf(say: Lowering) -> list[str]:
    """Filters of features, each with one over time; `rank` of them are summed for a unit.

    Of steps before the first one there are zeros. Source: Nakkiran et al. 2015, "Compressing deep
    neural networks using a rank-constrained topology".
    """
    filters, memory = say.dims(2)
    rank = say.whole(0)
    if rank < 1 or filters % rank:
        raise NoWordsError(f"{filters} filters are no units of {rank}")
    found = say.add("MatMul", say.input(), say.turned(say.input(1), 1, 0))
    over_time = say.stored(say.held(2).made("reshaped", (filters, 1, memory)))
    steps = say.reshaped(found, -1, filters, 1)
    made = say.add("Conv", steps, over_time, group=filters, pads=(memory - 1, 0))
    made = say.reshaped(made, -1, filters // rank, rank)
    made = say.add("ReduceSum", made, say.constant(2), keepdims=0)
    if say.has(3):
        made = say.add("Add", made, say.input(3))
    return say.activated(made, 1)


def _stacked(parts: list[Held]) -> Held:
    """Arrays one behind the other, of one direction."""
    first = parts[0]
    dims = (sum(one.dims[0] for one in parts), *first.dims[1:])
    joined = first.made("joined", dims, *parts[1:], axis=0) if len(parts) > 1 else first
    return joined.made("reshaped", (1, *dims))
