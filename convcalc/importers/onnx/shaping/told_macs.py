"""Multiply-accumulates of operations that no kind does, where their shapes say them."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

from convcalc.core.shapes import Shape
from convcalc.importers.onnx.use import Use

_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def told_macs(use: Use, output: Shape) -> int | None:
    """Those of the operation whose first output has this shape; None where nobody says them."""
    count = _COUNTS.get(use.operation.op)
    try:
        return None if count is None else count(use, output)
    except (IndexError, ValueError):
        return None


def _recurrent(use: Use, output: Shape) -> int | None:
    """At every step each gate reads the input and the state before; peepholes are no sums.

    Of sequences of unequal lengths, or of lengths that are worked out, nobody says how many steps.
    """
    *lengths, features = use.dims()
    batch, steps = lengths if use.whole("layout", 0) else reversed(lengths)
    if use.has(4):
        told = use.single(4)
        if told is None:
            return None
        steps = int(told)
    hidden = use.dims(2)[-1]
    directions = use.dims(1)[0]
    gates = _GATES[use.operation.op]
    return steps * batch * directions * gates * hidden * (features + hidden)


def _convolution(use: Use, output: Shape) -> int:
    """Each unit of the output sums its window of the channels of its group."""
    return prod(output) * prod(use.dims(1)[1:])


def _transposed(use: Use, output: Shape) -> int:
    """Each unit of the input goes to a window of the channels of its group."""
    return prod(use.dims()) * prod(use.dims(1)[1:])


def _product(use: Use, output: Shape) -> int:
    return prod(output) * use.dims()[-1]


_COUNTS: dict[str, Callable[[Use, Shape], int | None]] = {
    **dict.fromkeys(_GATES, _recurrent),
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "MatMul": _product,
}
