"""One step of a recurrent layer, forward and back: the cells of `rnn`, `gru` and `lstm`.

A cell gets two sums for each of its gates, from the input and from the state before, and makes
the next state of them. Gates stand side by side, in PyTorch's order; the last ones may be `late`,
whose second sum is of what the cell makes of the state.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

# What a step keeps for the way back.
Tape = tuple["Array", ...]
Later = Callable[["Array"], "Array"]


class State(NamedTuple):
    """What a cell hands to its next step: `hidden` is its output; only an LSTM has a `cell`."""

    hidden: Array
    cell: Array


class ToSums(NamedTuple):
    """Gradients of one step: of both sums, and of the state before by any other way.

    `read` is what the sums of late gates were made of, `own` the gradient of the cell's own array.
    """

    from_input: Array
    from_state: Array
    before: State
    read: Array | None = None
    own: Array | None = None


class Cell(ABC):
    """A cell; `ops` has the functions, arrays are `(N, gates * hidden)` and `(N, hidden)`."""

    gates: int
    # Functions of an element, and sums and products of two, for each hidden number and step.
    functions: int
    joins: int
    has_cell: ClassVar[bool] = False
    # How many of its gates, the last ones, read something else than the state.
    late: ClassVar[int] = 0

    @abstractmethod
    def step(
        self, ops: Ops, from_input: Array, from_state: Array, before: State, later: Later
    ) -> tuple[State, Tape]:
        """The next state, and what the way back needs.

        `from_state` has the sums of the gates that are not late; `later` gives those that are.
        """

    @abstractmethod
    def back(self, ops: Ops, grad: State, tape: Tape, later: Later) -> ToSums:
        """Gradients of a step, from that of the state it made.

        `later` gives the gradient of what late gates read, from that of their sums.
        """


class Lstm(Cell):
    """i, f, g, o: cell = f cell + i g, hidden = o tanh(cell). Source: PyTorch's LSTM.

    `coupled`: i is 1 - f, and no gate (Greff et al. 2015). `seen` are factors of the cell that are
    added to the sums of i, f and o, `(3, hidden)`, or of f and o where i is no gate (Gers &
    Schmidhuber 2000); o sees the new cell. `clip` bounds every cell; a cell that it holds back
    hands no gradient on.
    """

    has_cell = True

    def __init__(
        self, coupled: bool, sees_cell: bool, seen: Array | None, clip: float | None
    ) -> None:
        self.coupled, self.seen, self.clip = coupled, seen, clip
        self.gates = 4 - coupled
        self.functions = 5 - coupled + (clip is not None)
        # Two sums for each gate as one, and two products and a sum for the cell, one for the
        # output; or 1 - f for a gate. For each that sees the cell, a product and a sum.
        self.joins = 8 + 2 * sees_cell * (3 - coupled)

    def step(
        self, ops: Ops, from_input: Array, from_state: Array, before: State, later: Later
    ) -> tuple[State, Tape]:
        *first, f, g, o = ops.np.split(from_input + from_state, self.gates, axis=-1)
        if self.seen is not None:
            first = [one + self.seen[0] * before.cell for one in first]
            f = f + self.seen[-2] * before.cell
        f, g = ops.sigmoid(f), ops.np.tanh(g)
        i = 1 - f if self.coupled else ops.sigmoid(first[0])
        made = f * before.cell + i * g
        cell = made if self.clip is None else ops.np.clip(made, -self.clip, self.clip)
        o = ops.sigmoid(o if self.seen is None else o + self.seen[-1] * cell)
        bent = ops.np.tanh(cell)
        return State(o * bent, cell), (i, f, g, o, bent, made, cell, before.cell)

    def back(self, ops: Ops, grad: State, tape: Tape, later: Later) -> ToSums:
        i, f, g, o, bent, made, cell, before = tape
        to_o = grad.hidden * bent * o * (1 - o)
        to_cell = grad.cell + grad.hidden * o * (1 - bent * bent)
        if self.seen is not None:
            to_cell = to_cell + to_o * self.seen[-1]
        if self.clip is not None:
            to_cell = to_cell * (ops.np.abs(made) <= self.clip)
        to_i = to_cell * g * i * (1 - i)
        to_f = to_cell * before * f * (1 - f)
        gates = [to_f - to_i] if self.coupled else [to_i, to_f]
        sums = ops.np.concatenate([*gates, to_cell * i * (1 - g * g), to_o], axis=-1)
        to_before, own = to_cell * f, None
        if self.seen is not None:
            for one, factor in zip(gates, self.seen, strict=False):
                to_before = to_before + one * factor
            reads = [one * before for one in gates]
            own = ops.np.stack([one.sum(axis=0) for one in (*reads, to_o * cell)])
        return ToSums(sums, sums, State(ops.np.zeros_like(grad.hidden), to_before), own=own)


class Gru(Cell):
    """r, z, n = tanh(from input + r from state): hidden = (1 - z) n + z hidden.

    Source: PyTorch's GRU, in which r multiplies the sum with its bias.
    """

    gates = 3
    functions = 3
    # A sum for each gate; r times one of them; 1 - z, two products and a sum.
    joins = 8

    def step(
        self, ops: Ops, from_input: Array, from_state: Array, before: State, later: Later
    ) -> tuple[State, Tape]:
        ri, zi, ni = ops.np.split(from_input, 3, axis=-1)
        rh, zh, nh = ops.np.split(from_state, 3, axis=-1)
        r, z = ops.sigmoid(ri + rh), ops.sigmoid(zi + zh)
        n = ops.np.tanh(ni + r * nh)
        hidden = (1 - z) * n + z * before.hidden
        return State(hidden, before.cell), (r, z, n, nh, before.hidden)

    def back(self, ops: Ops, grad: State, tape: Tape, later: Later) -> ToSums:
        r, z, n, nh, before = tape
        to_n = grad.hidden * (1 - z) * (1 - n * n)
        to_r = to_n * nh * r * (1 - r)
        to_z = grad.hidden * (before - n) * z * (1 - z)
        return ToSums(
            ops.np.concatenate([to_r, to_z, to_n], axis=-1),
            ops.np.concatenate([to_r, to_z, to_n * r], axis=-1),
            State(grad.hidden * z, grad.cell),
        )


class GruBefore(Gru):
    """r, z, n = tanh(from input + the sum from r hidden): hidden = (1 - z) n + z hidden.

    Source: Cho et al. 2014; ONNX's GRU unless it is told otherwise, Keras' with reset_after=False.
    """

    late = 1

    def step(
        self, ops: Ops, from_input: Array, from_state: Array, before: State, later: Later
    ) -> tuple[State, Tape]:
        ri, zi, ni = ops.np.split(from_input, 3, axis=-1)
        rh, zh = ops.np.split(from_state, 2, axis=-1)
        r, z = ops.sigmoid(ri + rh), ops.sigmoid(zi + zh)
        n = ops.np.tanh(ni + later(r * before.hidden))
        hidden = (1 - z) * n + z * before.hidden
        return State(hidden, before.cell), (r, z, n, before.hidden)

    def back(self, ops: Ops, grad: State, tape: Tape, later: Later) -> ToSums:
        r, z, n, before = tape
        to_n = grad.hidden * (1 - z) * (1 - n * n)
        to_read = later(to_n)
        to_r = to_read * before * r * (1 - r)
        to_z = grad.hidden * (before - n) * z * (1 - z)
        sums = ops.np.concatenate([to_r, to_z, to_n], axis=-1)
        to_before = grad.hidden * z + to_read * r
        return ToSums(sums, sums, State(to_before, grad.cell), r * before)


class Elman(Cell):
    """hidden = tanh(sum), or the sum where it is positive. Source: Elman 1990; PyTorch's RNN."""

    gates = 1
    functions = 1
    joins = 1

    def __init__(self, is_relu: bool) -> None:
        self.is_relu = is_relu

    def step(
        self, ops: Ops, from_input: Array, from_state: Array, before: State, later: Later
    ) -> tuple[State, Tape]:
        total = from_input + from_state
        hidden = ops.np.maximum(total, 0) if self.is_relu else ops.np.tanh(total)
        return State(hidden, before.cell), (hidden,)

    def back(self, ops: Ops, grad: State, tape: Tape, later: Later) -> ToSums:
        (hidden,) = tape
        slope = (hidden > 0) * hidden.dtype.type(1) if self.is_relu else 1 - hidden * hidden
        sums = grad.hidden * slope
        return ToSums(sums, sums, State(ops.np.zeros_like(sums), grad.cell))
