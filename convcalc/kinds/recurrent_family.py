"""Layers that go through a sequence step by step: `lstm`, `gru` and `rnn`.

Each has a brother whose states begin as further inputs, `lstm_with_state` and so on, with the same
fields.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape
from convcalc.kinds.base import Kind, cells
from convcalc.kinds.base.fields import Flag, Names, PositiveOrNone, Whole, described
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range, hull
from convcalc.kinds.base.recurrence import FromNothing, FromStates, Recurrent
from convcalc.kinds.base.stepping import Returns

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array


_STATES = "The state at every step, or the last one of each direction: `[C]`"
_RETURNS = f"{_STATES}."
_CELLS = f"{_STATES}; or `cells`, the state and behind it the cell at every step."
_INPUTS = "Names of the sequence and of the state that it begins with, as in `[x, state]`."
_WITH_CELLS = (
    "Names of the sequence, of the state that it begins with, and of the cell, which is 0 where it "
    "is left out, as in `[x, state, cell]`."
)


class _Lstm(Recurrent):
    """What both have: fields of their own, and the cell."""

    coupled: Flag = described("Let the input gate be what the forget gate leaves.", False)
    peepholes: Flag = described("Let the gates see the cell.", False)
    cell_clip: PositiveOrNone = described(
        "The largest absolute value of a cell; ~ for no bound.", None
    )
    proj_size: Whole = described("Numbers that the state is projected to; 0 for none.", 0)
    returns: Literal["sequence", "last", "cells"] = described(_CELLS, "sequence")

    def cell(self, own: Array | None = None) -> cells.Cell:
        clip = None if self.cell_clip is None else float(self.cell_clip)
        return cells.Lstm(self.coupled, self.peepholes, own, clip)

    def own_rows(self) -> int:
        return 3 - self.coupled if self.peepholes else 0

    def projection(self) -> int:
        return self.proj_size

    def output(self, x: Shape) -> Shape:
        output = super().output(x)
        if self.proj_size >= self.hidden_size:
            raise LayerError(
                "size-out-of-range",
                f"a projection to {self.proj_size} of {self.hidden_size} hidden numbers is none",
                field="proj_size",
                recovered=output,
                repairs=[{"proj_size": self.hidden_size // 2}, {"proj_size": 0}],
            )
        return output

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        is_bent = not self.proj_size and self.returns != "cells"
        return (-1.0, 1.0) if is_bent else EVERYTHING


class LstmWithState(_Lstm, FromStates):
    """An `lstm` that begins with a state, and with a cell, which other layers or inputs give.

    The state has `hidden` numbers (`proj` where there is a projection), the cell `hidden`, each so
    many for every layer and direction: `[layers * directions * hidden]`, those of the first layer
    first, of each layer those that go forward first. Without a cell these begin at 0. All else,
    weights, MACs and work, is that of an `lstm`. With `returns: cells` come out `[hidden, L]` and
    behind these channels the cells, of which a `slice` takes either.
    Source: PyTorch's LSTM, whose h_0 and c_0 are these; Sutskever et al. 2014, whose decoder begins
    with the state of the encoder.

    ```yaml
    convcalc: 1
    input: {tokens: [32, 9], heard: [64, 50]}
    layers:
      - {lstm: {hidden: 20, returns: last}, from: heard, name: said}
      - lstm_with_state: {inputs: [tokens, said], hidden: 20, returns: cells}
    ```
    """

    inputs: Names = described(_WITH_CELLS)


class Lstm(_Lstm, FromNothing):
    """Long short-term memory: goes through a sequence `[C, L]` and gives `[hidden, L]`.

    Gates i, f, g, o of W x + U hidden + two biases: cell = f cell + i g, hidden = o tanh(cell).
    Weights by layer and direction: 4 hidden (reads + hidden + 2). MACs: 4 L hidden (reads +
    hidden); with `proj` the state is projected to so many numbers, and read as such.
    Work for each hidden number and step: 5 functions, 8 sums and products, 8 biases. At step t it
    sees steps 0 to t, and with `bidirectional` all. Training keeps all gates, cells and states.
    With `biases: 1` one number is added to each gate, as Keras does. With `coupled`, i is 1 - f and
    no gate: 3 for 4 above. With `peepholes` i, f and o see the cell, each hidden number times a
    factor, which is learnt: 3 hidden more, and 6 sums and products. With `cell_clip` every cell is
    clipped to [-cell_clip, cell_clip] before it is read, one function more.
    With `returns: cells` come out `[hidden, L]` and behind these channels the cells, as many: a
    `slice` takes either. What begins with a state is an `lstm_with_state`.
    Source: Hochreiter & Schmidhuber 1997; PyTorch's LSTM; Sak et al. 2014 for `proj`; Greff et al.
    2015 for `coupled`; Gers & Schmidhuber 2000 for `peepholes`; TensorFlow Lite's LSTM for
    `cell_clip`, which its converter sets to 10.

    ```yaml
    convcalc: 1
    input: [64, 100]
    layers:
      - lstm: {hidden: 64, layers: 2, bidirectional: true}
      - lstm: {hidden: 128, proj: 32}
      - lstm: {hidden: 64, coupled: true, peepholes: true}
      - lstm: {hidden: 20, biases: 1, cell_clip: 10}
      - lstm: {hidden: 64, returns: last}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("lstmcell",)
    with_inputs: ClassVar[type[FromStates]] = LstmWithState


class _Gru(Recurrent):
    """What both have: fields of their own, and the cell."""

    reset: Literal["after", "before"] = described(
        "Whether r multiplies the product with the state, as in PyTorch, or the state before it.",
        "after",
    )
    returns: Returns = described(_RETURNS, "sequence")

    def cell(self, own: Array | None = None) -> cells.Cell:
        return cells.Gru() if self.reset == "after" else cells.GruBefore()

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return (-1.0, 1.0)


class GruWithState(_Gru, FromStates):
    """A `gru` that begins with a state, which another layer or an input gives.

    The state has `hidden` numbers for every layer and direction: `[layers * directions * hidden]`,
    those of the first layer first, of each layer those that go forward first. All else, weights,
    MACs and work, is that of a `gru`. Source: PyTorch's GRU, whose h_0 it is; Cho et al. 2014.

    ```yaml
    convcalc: 1
    input: {tokens: [32, 9], state: [20]}
    layers:
      - gru_with_state: {inputs: [tokens, state], hidden: 20}
    ```
    """

    inputs: Names = described(_INPUTS)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        # Between what it works out and the state before.
        return hull(super().value_range(inputs), *inputs[1:])


class Gru(_Gru, FromNothing):
    """Gated recurrent unit: goes through a sequence `[C, L]` and gives `[hidden, L]`.

    Gates r and z, n = tanh(W x + r (U hidden)), hidden = (1 - z) n + z hidden; with
    `reset: before`, n = tanh(W x + U (r hidden)).
    Weights by layer and direction: 3 hidden (reads + hidden + 2). MACs: 3 L hidden (reads +
    hidden). Work for each hidden number and step: 3 functions, 8 sums and products, 6 biases. At
    step t it sees steps 0 to t, and with `bidirectional` all. With `biases: 1` one number is added
    to each gate.
    Source: Cho et al. 2014, who reset before; PyTorch's GRU, where r multiplies the product and its
    bias.

    ```yaml
    convcalc: 1
    input: [64, 100]
    layers:
      - gru: 64
      - gru: {hidden: 64, reset: before, biases: 1}
      - gru: {hidden: 64, bidirectional: true, returns: last}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("grucell",)
    with_inputs: ClassVar[type[FromStates]] = GruWithState


class _Rnn(Recurrent):
    """What both have: fields of their own, and the cell."""

    nonlinearity: Literal["tanh", "relu"] = described("The function of the sum.", "tanh")
    returns: Returns = described(_RETURNS, "sequence")

    def cell(self, own: Array | None = None) -> cells.Cell:
        return cells.Elman(self.nonlinearity == "relu")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return NEVER_NEGATIVE if self.nonlinearity == "relu" else (-1.0, 1.0)


class RnnWithState(_Rnn, FromStates):
    """An `rnn` that begins with a state, which another layer or an input gives.

    The state has `hidden` numbers for every layer and direction: `[layers * directions * hidden]`,
    those of the first layer first, of each layer those that go forward first. All else, weights,
    MACs and work, is that of an `rnn`. Source: Elman 1990; PyTorch's RNN, whose h_0 it is.

    ```yaml
    convcalc: 1
    input: {tokens: [32, 9], state: [20]}
    layers:
      - rnn_with_state: {inputs: [tokens, state], hidden: 20, nonlinearity: relu}
    ```
    """

    inputs: Names = described(_INPUTS)


class Rnn(_Rnn, FromNothing):
    """Plain recurrence: goes through a sequence `[C, L]` and gives `[hidden, L]`.

    hidden = tanh(W x + U hidden + two biases), or its positive part.
    Weights by layer and direction: hidden (reads + hidden + 2). MACs: L hidden (reads + hidden).
    Work for each hidden number and step: 1 function, 1 sum, 2 biases. At step t it sees steps 0
    to t, and with `bidirectional` all. With `biases: 1` one number is added, as Keras does.
    Source: Elman 1990; PyTorch's RNN.

    ```yaml
    convcalc: 1
    input: [64, 100]
    layers:
      - rnn: 64
      - rnn: {hidden: 64, nonlinearity: relu}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("rnncell", "simplernn", "vanillarnn")
    with_inputs: ClassVar[type[FromStates]] = RnnWithState


MEMBERS: tuple[type[Kind], ...] = (Lstm, LstmWithState, Gru, GruWithState, Rnn, RnnWithState)
