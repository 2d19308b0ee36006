"""Recurrent layers that stay whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from convcalc.importers.building import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.values import Filled, Value
from convcalc.importers.tensor_views import View, whole
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
) -> list[View | None]:
    """An LSTM that begins with zeros: all states; the last ones are not read here."""
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
) -> list[View | None]:
    """A GRU that begins with zeros."""
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
) -> list[View | None]:
    """A plain recurrence that begins with zeros; its function stands in its name."""
    function = call.operation.op.rpartition("_")[2]
    fields = {"hidden_size": call.stored(params[0]).dims[0], "nonlinearity": function}
    return _recurrent(
        call, Rnn, fields, x, [hx], params, has_biases, num_layers, bidirectional, batch_first
    )


def _recurrent(
    call: Call,
    kind: type[Lstm] | type[Gru] | type[Rnn],
    fields: dict[str, Any],
    x: Value,
    begins: Sequence[Value],
    params: Sequence[Value],
    has_biases: bool,
    num_layers: int,
    bidirectional: bool,
    batch_first: bool,
) -> list[View | None]:
    fields |= {"num_layers": num_layers, "bidirectional": bidirectional, "bias": has_biases}
    if not all(isinstance(one, Filled) and not one.number for one in begins):
        layer = kind.model_validate(fields)
        *batch_and_steps, features = x.dims
        one_sample = (features, prod(batch_and_steps))
        macs = layer.macs(one_sample, layer.output(one_sample))
        raise NoRuleError("it begins with a state that is not 0", macs)
    view = call.view(x)
    if len(view.axes) != 3:
        raise NoRuleError(f"its input has {len(view.axes)} axes")
    batch, steps = (view.axes[0], view.axes[1]) if batch_first else (view.axes[1], view.axes[0])
    if batch:
        raise NoRuleError("its batch holds more than samples")
    laid = call.arranged(view, [view.axes[2], steps])
    words = ["weight_ih", "weight_hh"] + ["bias_ih", "bias_hh"] * has_biases
    words += ["weight_hr"] * bool(fields.get("proj_size"))
    ends = [
        f"_l{layer}{way}"
        for layer in range(num_layers)
        for way in (("", "_reverse") if bidirectional else ("",))
    ]
    names = [f"{word}{end}" for end in ends for word in words]
    held = {name: call.array(call.stored(one)) for name, one in zip(names, params, strict=True)}
    at = call.layer(kind, fields, laid, held=held)
    shape = call.builder.shape(at)
    axes: list[tuple[int, ...]] = [(), (1,), (0,)] if batch_first else [(1,), (), (0,)]
    return [whole(at, shape, axes), None, None]


RULES: dict[str, Callable[..., object]] = {
    "aten.lstm": lstm,
    "aten.gru": gru,
    **dict.fromkeys(("aten.rnn_tanh", "aten.rnn_relu"), rnn),
}
