"""Recurrent layers that stay whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.joins import cat
from convcalc.importers.pytorch.rules.parts import part
from convcalc.importers.pytorch.values import Filled, Value
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.base.recurrence import FromNothing
from convcalc.kinds.recurrent_family import Gru, Lstm, Rnn


def lstm(
    call: Call,
    x: Value,
    hx: Sequence[Value],
    params: Sequence[Value],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> list[Value | None]:
    """An LSTM: all states, and the last states and cells where they are read."""
    cell = 4
    hidden = call.stored(params[0]).dims[0] // cell
    fields: dict[str, Any] = {"hidden_size": hidden}
    arrays = 2 + 2 * has_biases
    if len(params) == num_layers * (1 + bidirectional) * (arrays + 1):
        fields["proj_size"] = call.stored(params[1]).dims[1]
    return _recurrent(
        call, Lstm, fields, x, hx, params, has_biases, num_layers, bidirectional, batch_first
    )


def gru(
    call: Call,
    x: Value,
    hx: Value,
    params: Sequence[Value],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> list[Value | None]:
    """A GRU: all states, and the last ones where they are read."""
    fields = {"hidden_size": call.stored(params[0]).dims[0] // 3}
    return _recurrent(
        call, Gru, fields, x, [hx], params, has_biases, num_layers, bidirectional, batch_first
    )


def rnn(
    call: Call,
    x: Value,
    hx: Value,
    params: Sequence[Value],
    has_biases: bool,
    num_layers: int,
    dropout: float,
    train: bool,
    bidirectional: bool,
    batch_first: bool,
) -> list[Value | None]:
    """A plain recurrence; its function stands in its name."""
    function = call.operation.op.rpartition("_")[2]
    fields = {"hidden_size": call.stored(params[0]).dims[0], "nonlinearity": function}
    return _recurrent(
        call, Rnn, fields, x, [hx], params, has_biases, num_layers, bidirectional, batch_first
    )


def _recurrent(
    call: Call,
    kind: type[FromNothing],
    fields: dict[str, Any],
    x: Value,
    begins: Sequence[Value],
    params: Sequence[Value],
    has_biases: bool,
    num_layers: int,
    bidirectional: bool,
    batch_first: bool,
) -> list[Value | None]:
    fields |= {"num_layers": num_layers, "bidirectional": bidirectional, "bias": has_biases}
    view = call.view(x)
    if len(view.axes) != 3:
        raise NoRuleError(f"its input has {len(view.axes)} axes")
    if view.axes[0 if batch_first else 1]:
        raise NoRuleError("its batch holds more than samples")
    words = ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * has_biases
    words += ["weight_hr"] * bool(fields.get("proj_size"))
    ways = num_layers * (1 + bidirectional)
    its = ways * len(words)
    if its != len(params):
        raise NoRuleError(f"its layers have {its:,} weights, and the file gives {len(params)}")
    gives_cells = kind is Lstm and call.is_read(2)
    if gives_cells:
        fields["returns"] = "cells"
    starts = _begins(call, begins)
    if other := next((one.dims[0] for one in starts if one.dims[0] != ways), None):
        raise NoRuleError(f"its states are of {other:,} layers and directions, it has {ways:,}")
    if any(one.dims[1] > 1 for one in starts):
        *batch_and_steps, features = x.dims
        _, facts = call.builder.of(
            kind, fields, ((features, prod(batch_and_steps)),), call.operation
        )
        raise NoRuleError("it begins with the states of several sequences", facts.macs)
    # The states below the last layer are those of layers by themselves.
    parts = num_layers if call.is_read(1) or gives_cells else 1
    rows = ways // parts
    states, ends, cells = view, [], []
    for number in range(parts):
        fields["num_layers"] = num_layers // parts
        own = params[number * its // parts : (number + 1) * its // parts]
        begin = [_begin(call, one, number * rows, rows) for one in starts]
        made = states = _placed(call, kind, fields, states, begin, own, words, batch_first)
        if gives_cells:
            wide = (1 + bidirectional) * (fields.get("proj_size") or fields["hidden_size"])
            of_cells = call.view(part(call, made, 2, wide, made.dims[2]))
            cells += _last(call, of_cells, bidirectional, batch_first)
            if number + 1 < parts or call.is_read(0) or call.is_read(1):
                states = call.view(part(call, made, 2, 0, wide))
        if call.is_read(1):
            ends += _last(call, states, bidirectional, batch_first)
    last, last_cells = (
        cat(call, one) if len(one) > 1 else next(iter(one), None) for one in (ends, cells)
    )
    every = states if call.is_read(0) else None
    return [every, last, last_cells] if kind is Lstm else [every, last]


def _begins(call: Call, given: Sequence[Value]) -> list[View]:
    """The states and cells to begin with, `(layers * directions, N, size)`; none if all are 0."""
    others = [
        n for n, one in enumerate(given, 1) if not (isinstance(one, Filled) and not one.number)
    ]
    return [call.view(one) for one in given[: max(others, default=0)]]


def _begin(call: Call, begin: View, first: int, rows: int) -> View:
    """The rows of some layers from the first one on, as one vector."""
    own = call.view(part(call, begin, 0, first, first + rows))
    return call.arranged(own, [own.axes[0] + own.axes[2]])


def _placed(
    call: Call,
    kind: type[FromNothing],
    fields: dict[str, Any],
    view: View,
    begins: Sequence[View],
    params: Sequence[Value],
    words: Sequence[str],
    batch_first: bool,
) -> View:
    """Layers of which each reads what the one before gives: all states of the last one."""
    steps = view.axes[1 if batch_first else 0]
    laid = call.arranged(view, [view.axes[2], steps])
    ends = [
        f"_l{layer}{way}"
        for layer in range(fields["num_layers"])
        for way in (("", "_reverse") if fields["bidirectional"] else ("",))
    ]
    names = [f"{word}{end}" for end in ends for word in words]
    held = {name: call.array(call.stored(one)) for name, one in zip(names, params, strict=True)}
    at = call.layer(kind.with_inputs if begins else kind, fields, laid, *begins, held=held)
    axes: list[tuple[int, ...]] = [(), (1,), (0,)] if batch_first else [(1,), (), (0,)]
    return whole(at, call.builder.shape(at), axes)


def _last(call: Call, states: View, bidirectional: bool, batch_first: bool) -> list[Value]:
    """The states `(1, N, size)` that each direction of a layer ends with."""
    directions = 1 + bidirectional
    size, along = states.dims[2] // directions, 1 if batch_first else 0
    ends: list[Value] = []
    for way in range(directions):
        own = part(call, states, 2, way * size, (way + 1) * size) if bidirectional else states
        # The direction that goes back ends with the first step.
        step = 0 if way else states.dims[along] - 1
        end = call.view(part(call, own, along, step, step + 1))
        ends.append(end.transposed([1, 0, 2]) if batch_first else end)
    return ends


RULES: dict[str, Callable[..., object]] = {
    "aten.lstm": lstm,
    "aten.gru": gru,
    **dict.fromkeys(("aten.rnn_tanh", "aten.rnn_relu"), rnn),
}
