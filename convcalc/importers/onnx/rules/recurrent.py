"""Recurrences over a sequence: LSTM, GRU, RNN."""

from __future__ import annotations

from typing import Any

from convcalc.importers.mapped import own_bytes
from convcalc.importers.onnx.rules.concats import joined
from convcalc.importers.onnx.rules.cuts import flipped
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.base.recurrence import FromNothing
from convcalc.kinds.recurrent_family import Gru, Lstm, Rnn
from convcalc.network.held import Held, InFile

# The kind, and PyTorch's order of the gates by ONNX's: i o f c, z r h; and of those that see the
# cell: i o f. TFLite's LSTM without an input gate has the others.
_GATES: dict[str, tuple[type[FromNothing], tuple[int, ...]]] = {
    "LSTM": (Lstm, (0, 2, 3, 1)),
    "CoupledLSTM": (Lstm, (1, 2, 0)),
    "GRU": (Gru, (1, 0, 2)),
    "RNN": (Rnn, (0,)),
}
_SEEING = {"LSTM": (0, 2, 1), "CoupledLSTM": (1, 0)}
# The inputs that are the states and the cells to begin with, and how gates see the cell.
_STATES, _CELLS = (5, 6), 7
# A state of more bytes is not looked at.
_MOST_BYTES = 1 << 20
_OF_LSTM = ("Sigmoid", "Tanh", "Tanh")
_USUAL = {"LSTM": _OF_LSTM, "CoupledLSTM": _OF_LSTM, "GRU": ("Sigmoid", "Tanh"), "RNN": ("Tanh",)}


@rule("LSTM", "CoupledLSTM", "GRU", "RNN")
def recurrent(use: Use) -> list[Tensor]:
    """A layer of steps, and its state and its cell after the last one."""
    op = use.operation.op
    kind, order = _GATES[op]
    x = use.view()
    is_batch_first = bool(use.whole("layout", 0))
    if is_batch_first:
        x = use.builder.transposed(x, (1, 0, 2), use.operation)
    directions, _, features = use.dims(1)
    hidden = use.dims(2)[-1]
    _check_states(use, hidden)
    _check(use, directions)
    if x.axes[1]:
        raise NoRuleError("it goes through several sequences at once")
    # What goes backwards goes along the steps turned round.
    is_reverse = use.word("direction", "forward") == "reverse"
    x = use.arranged(x, [x.axes[2], x.axes[0]])
    x = flipped(use, x, 0) if is_reverse else x
    held: dict[str, Held] = {}
    # TFLite adds one number to each gate, ONNX two.
    has_two = use.has(3) and use.dims(3)[-1] != len(order) * hidden
    for place in range(directions):
        end = "_reverse" if place else ""
        held[f"weight_ih_l0{end}"] = _ordered(use.held(1), place, order, (hidden, features))
        held[f"weight_hh_l0{end}"] = _ordered(use.held(2), place, order, (hidden, hidden))
        if use.has(_CELLS):
            seen = _ordered(use.held(_CELLS), place, _SEEING[op], (hidden,))
            dims = (len(_SEEING[op]), hidden)
            held[f"weight_ch_l0{end}"] = seen.made("reshaped", dims)
        if use.has(3):
            both = use.held(3)
            gates = len(order)
            held[f"bias_ih_l0{end}"] = _ordered(both, place, order, (hidden,))
            later = tuple(gates + gate for gate in order)
            if has_two:
                held[f"bias_hh_l0{end}"] = _ordered(both, place, later, (hidden,))
    fields: dict[str, Any] = {"hidden_size": hidden}
    if use.has(_CELLS):
        fields["peepholes"] = True
    if op == "CoupledLSTM":
        fields["coupled"] = True
    if bound := use.operation.attributes.get("cell_clip"):
        fields["cell_clip"] = bound
    if directions == 2:
        fields["bidirectional"] = True
    if not use.has(3):
        fields["bias"] = False
    elif not has_two:
        fields["biases"] = 1
    if op == "GRU" and not use.whole("linear_before_reset", 0):
        fields["reset"] = "before"
    words = use.operation.attributes.get("activations")
    if op == "RNN" and isinstance(words, tuple) and words[0] == "Relu":
        fields["nonlinearity"] = words[0].lower()
    begins = _begins(use, is_batch_first)
    names = [*use.operation.outputs, "", ""]
    gives_cells = bool(names[2]) and use.walk.is_read(names[2])
    if gives_cells:
        fields["returns"] = "cells"
    at = use.layer(kind.with_inputs if begins else kind, fields, x, *begins, held=held)
    made = whole(at, use.builder.shape(at), [(1,), (0,)])
    wide = directions * hidden
    states = _by_direction(use.cut(made, 1, 0, wide), directions)
    found = [flipped(use, states, 0) if is_reverse else states]
    if gives_cells or (names[1] and use.walk.is_read(names[1])):
        found.append(_last(use, states))
    if gives_cells:
        found.append(_last(use, _by_direction(use.cut(made, 1, wide, 2 * wide), directions)))
    if not is_batch_first:
        return [*found]
    orders = ((2, 0, 1, 3), (1, 0, 2), (1, 0, 2))
    turned = zip(found, orders, strict=False)
    return [use.builder.transposed(one, order, use.operation) for one, order in turned]


def _by_direction(states: View, directions: int) -> View:
    """Numbers at every step as `(L, directions, N, hidden)`, of which one sample has no N."""
    steps, numbers = states.dims
    made = states.reshaped((steps, directions, numbers // directions))
    assert made is not None
    return made._replace(axes=(made.axes[0], made.axes[1], (), made.axes[2]))


def _begins(use: Use, is_batch_first: bool) -> list[View]:
    """The states and the cells to begin with, each `[directions * hidden]`; none if all are 0.

    Raises NoRuleError.
    """
    given = [place for place in _STATES if use.has(place) and not _is_zero(use, place)]
    places = _STATES[: _STATES.index(given[-1]) + 1] if given else ()
    return [_begin(use, place, 0 if is_batch_first else 1) for place in places]


def _begin(use: Use, place: int, batch: int) -> View:
    if not use.has(place):
        raise NoRuleError("it begins with cells, and without a state")
    state = use.tensor(place)
    if len(state.dims) != 3:
        raise NoRuleError(f"it begins with a tensor of rank {len(state.dims)}")
    if isinstance(state, Held):
        state = use.walk.as_view(state, use.operation.inputs[place], use.operation)
    if state.axes[batch] and state.dims[batch] > 1:
        raise NoRuleError("it begins with the states of several sequences")
    others = [axis for number, axis in enumerate(state.axes) if number != batch]
    return use.arranged(state, [tuple(part for axis in others for part in axis)])


def _last(use: Use, states: View) -> View:
    """The state after the last step: of the direction that goes back, the first one."""
    steps, directions, _, hidden = states.dims
    ends = []
    for place in range(directions):
        step = 0 if place else steps - 1
        own = use.cut(states, 1, place, place + 1)
        ends.append(use.cut(own, 0, step, step + 1))
    last = joined(use, ("",) * directions, ends, 1) if directions > 1 else ends[0]
    return use.builder.reshaped(last, (directions, 1, hidden), use.operation)


def _check_states(use: Use, hidden: int) -> None:
    """Raises StackError for a stored state that no runtime begins with.

    PyTorch's dynamo exporter leaves the projections of an LSTM out, and its cells as they were.
    """
    for place in _STATES:
        if not use.has(place) or not isinstance(use.tensor(place), Held):
            continue
        dims = use.dims(place)
        if dims and dims[-1] not in (1, hidden):
            message = f"{use.operation.title} begins with a state that does not fit"
            note = f"{list(dims)} in the file, {[*dims[:-1], hidden]} for the layer"
            help = "an exporter that leaves out projections writes this: export it without them"
            raise use.builder.refuse("array-mismatch", message, use.operation, note=note, help=help)


def _check(use: Use, directions: int) -> None:
    """Raises NoRuleError for what PyTorch's layers do otherwise."""
    op = use.operation.op
    words = use.operation.attributes.get("activations")
    usual = (*_USUAL[op],) * directions
    is_relu = op == "RNN" and isinstance(words, tuple) and set(words) == {"Relu"}
    if isinstance(words, tuple) and words != usual and not is_relu:
        raise NoRuleError("its gates have other functions")
    if use.whole("input_forget", 0) or use.operation.attributes.get("clip"):
        raise NoRuleError("its gates are coupled, or its numbers are cut off")
    if use.has(4) and use.single(4) != use.dims()[1 if use.whole("layout", 0) else 0]:
        raise NoRuleError("it goes through a part of the sequence")


def _is_zero(use: Use, place: int) -> bool:
    """True for a state of zeros, which is none; what training changes may be 0 for now."""
    if use.single(place) == 0:
        return not use.walk.is_told(use.operation.inputs[place])
    return not use.is_learnt(place) and _is_zero_beside(use.tensor(place))


def _is_zero_beside(state: Tensor) -> bool:
    """True for zeros that a file beside the model holds: dynamo writes the start of an LSTM there.

    Where that file is not at hand, there is no state that a run could begin with.
    """
    source = state.source if isinstance(state, Held) else None
    if not isinstance(source, InFile) or not isinstance(source.file, str):
        return False
    return source.length <= _MOST_BYTES and not any(own_bytes(source))


def _ordered(held: Held, place: int, order: tuple[int, ...], dims: tuple[int, ...]) -> Held:
    """The gates of one direction in PyTorch's order: (gates * hidden, ...)."""
    hidden, rest = dims[0], dims[1:]
    one = held.made("sliced", (1, *held.dims[1:]), axis=0, start=place, step=1)
    parts = [
        one.made("sliced", (1, hidden, *rest), axis=1, start=gate * hidden, step=1)
        for gate in order
    ]
    joined = (1, len(order) * hidden, *rest)
    whole_ = parts[0].made("joined", joined, *parts[1:], axis=1)
    return whole_.made("reshaped", joined[1:])
