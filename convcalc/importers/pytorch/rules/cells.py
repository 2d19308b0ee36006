"""One step of a recurrence, as a program has it that loops over its steps: `nn.LSTMCell`.

A cell is the layers that it is made of; those of all steps share the weights of the first one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.joins import add, mul, sub
from convcalc.importers.pytorch.rules.parts import part
from convcalc.importers.pytorch.rules.pointwise import activation
from convcalc.importers.pytorch.rules.products import linear
from convcalc.importers.pytorch.values import Value

_SIGMOID, _TANH = "aten.sigmoid", "aten.tanh"


def _function(call: Call, op: str, x: Value) -> Value:
    rule = activation(op.removeprefix("aten."))
    assert rule is not None
    return rule(call.inside(op), x)


def _sum(call: Call, x: Value, other: Value) -> Value:
    return add(call.inside("aten.add"), x, other)


def _product(call: Call, x: Value, other: Value) -> Value:
    return mul(call.inside("aten.mul"), x, other)


def _gates(call: Call, x: Value, count: int) -> list[Value]:
    """So many gates, which stand one behind the other along the features."""
    own, axis = call.inside("aten.chunk"), len(x.dims) - 1
    size = x.dims[axis] // count
    return [part(own, x, axis, n * size, (n + 1) * size) for n in range(count)]


def _products(
    call: Call, values: Sequence[Value], weights: Sequence[Value], biases: Sequence[Value | None]
) -> list[Value]:
    """What goes in, and what was, each through its dense layer."""
    own = call.inside("aten.linear")
    return [
        linear(own, one, weight, bias)
        for one, weight, bias in zip(values, weights, biases, strict=True)
    ]


def lstm_cell(
    call: Call,
    x: Value,
    hx: Sequence[Value],
    w_ih: Value,
    w_hh: Value,
    b_ih: Value | None = None,
    b_hh: Value | None = None,
) -> list[Value | None]:
    """The state and the cell after a step: gates `i`, `f`, `g` and `o`, in this order.

    c' = f c + i g and h' = o tanh(c'), `g` through a tanh and the others through a sigmoid.
    """
    state, cell = hx
    read, kept = _products(call, (x, state), (w_ih, w_hh), (b_ih, b_hh))
    parts = _gates(call, _sum(call, read, kept), 4)
    ops = (_SIGMOID, _SIGMOID, _TANH, _SIGMOID)
    enter, stay, new, leave = (_function(call, op, one) for op, one in zip(ops, parts, strict=True))
    held = _sum(call, _product(call, stay, cell), _product(call, enter, new))
    return [_product(call, leave, _function(call, _TANH, held)), held]


def gru_cell(
    call: Call,
    x: Value,
    hx: Value,
    w_ih: Value,
    w_hh: Value,
    b_ih: Value | None = None,
    b_hh: Value | None = None,
) -> Value:
    """The state after a step: h' = n + z (h - n), with n = tanh(its input + r its state)."""
    read, kept = _products(call, (x, hx), (w_ih, w_hh), (b_ih, b_hh))
    resets, updates, new = _gates(call, read, 3)
    kept_resets, kept_updates, kept_new = _gates(call, kept, 3)
    reset = _function(call, _SIGMOID, _sum(call, resets, kept_resets))
    update = _function(call, _SIGMOID, _sum(call, updates, kept_updates))
    made = _function(call, _TANH, _sum(call, new, _product(call, reset, kept_new)))
    change = sub(call.inside("aten.sub"), hx, made)
    return _sum(call, made, _product(call, update, change))


def _plain_cell(op: str) -> Callable[..., Value]:
    """A plain recurrence by this function."""

    def rule(
        call: Call,
        x: Value,
        hx: Value,
        w_ih: Value,
        w_hh: Value,
        b_ih: Value | None = None,
        b_hh: Value | None = None,
    ) -> Value:
        read, kept = _products(call, (x, hx), (w_ih, w_hh), (b_ih, b_hh))
        return _function(call, op, _sum(call, read, kept))

    return rule


RULES: dict[str, Callable[..., object]] = {
    "aten.lstm_cell": lstm_cell,
    "aten.gru_cell": gru_cell,
    "aten.rnn_tanh_cell": _plain_cell(_TANH),
    "aten.rnn_relu_cell": _plain_cell("aten.relu"),
}
