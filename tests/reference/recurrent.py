"""Recurrent layers and look-ups, one step and one number after the other.

Sources: Hochreiter & Schmidhuber 1997, Cho et al. 2014, Elman 1990, as PyTorch's pages of LSTM,
GRU and RNN write them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import exp, inf, prod, tanh

from tests.crosscheck.draws import Shape
from tests.reference.definition import (
    Definition,
    Grid,
    Index,
    Layer,
    Reads,
    Weights,
    gathered,
    shifted,
)

# (sums from the input, sums from a state, hidden, cell) -> (hidden, cell)
Numbers = list[float]
Sums = Callable[[Numbers], Numbers]
Step = Callable[[Layer, Numbers, Sums, Numbers, Numbers, Weights], tuple[Numbers, Numbers]]


def _sigmoid(x: float) -> float:
    return 1 / (1 + exp(-x)) if x > -700 else 0.0


def _lstm(
    layer: Layer, given: Numbers, back: Sums, hidden: Numbers, cell: Numbers, own: Weights
) -> tuple[Numbers, Numbers]:
    size = layer.hidden_size
    total = [a + b for a, b in zip(given, back(hidden), strict=True)]
    order = "fgo" if layer.coupled else "ifgo"
    looking = order.replace("g", "")

    def gate(name: str, n: int, seen: float) -> float:
        looks = own["own"][looking.index(name), n] * seen if layer.peepholes else 0.0
        return _sigmoid(total[order.index(name) * size + n] + looks)

    cells, states = [], []
    for n in range(size):
        f = gate("f", n, cell[n])
        i = 1 - f if layer.coupled else gate("i", n, cell[n])
        new = f * cell[n] + i * tanh(total[order.index("g") * size + n])
        bound = layer.cell_clip or inf
        cells.append(max(-bound, min(new, bound)))
        states.append(gate("o", n, cells[-1]) * tanh(cells[-1]))
    return states, cells


def _gru(
    layer: Layer, given: Numbers, back: Sums, hidden: Numbers, cell: Numbers, own: Weights
) -> tuple[Numbers, Numbers]:
    size = layer.hidden_size
    of_state = back(hidden)
    r, z = (
        [_sigmoid(given[gate * size + n] + of_state[gate * size + n]) for n in range(size)]
        for gate in (0, 1)
    )
    if layer.reset == "before":
        new = back([a * b for a, b in zip(r, hidden, strict=True)])[2 * size :]
    else:
        new = [a * b for a, b in zip(r, of_state[2 * size :], strict=True)]
    states = [
        (1 - z[n]) * tanh(given[2 * size + n] + new[n]) + z[n] * hidden[n] for n in range(size)
    ]
    return states, cell


def _rnn(
    layer: Layer, given: Numbers, back: Sums, hidden: Numbers, cell: Numbers, own: Weights
) -> tuple[Numbers, Numbers]:
    total = [a + b for a, b in zip(given, back(hidden), strict=True)]
    if layer.nonlinearity == "relu":
        return [max(value, 0.0) for value in total], cell
    return list(map(tanh, total)), cell


class Recurrent(Definition):
    """`gates` sums a hidden number; `functions` and `joins` are their work, by the manual."""

    def __init__(self, step: Step, gates: int, functions: int, joins: int) -> None:
        self.step, self.gates, self.functions, self.joins = step, gates, functions, joins
        self.defaults = {
            "num_layers": 1,
            "bidirectional": False,
            "bias": True,
            "biases": 2,
            "proj_size": 0,
            "nonlinearity": "tanh",
            "reset": "after",
            "coupled": False,
            "peepholes": False,
            "cell_clip": None,
            "returns": "sequence",
        }

    def ways(self, layer: Layer) -> list[str]:
        return ["", "_reverse"] if layer.bidirectional else [""]

    def wide(self, layer: Layer) -> int:
        return int(layer.proj_size or layer.hidden_size)

    def output(self, layer: Layer) -> Shape:
        channels = self.wide(layer) * len(self.ways(layer))
        if layer.returns == "cells":
            channels += layer.hidden_size * len(self.ways(layer))
        return (channels,) if layer.returns == "last" else (channels, layer.x[1])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        length = layer.x[1]
        begins: list[list[Reads] | None] = [None] * (len(layer.inputs) - 1)
        if layer.returns == "last":
            return [None, *begins]
        if layer.bidirectional:
            # Both together read everything; the position is kept.
            return [[shifted(0)], *begins]
        return [[lambda u: list(range(min(u + 1, length))) if 0 <= u < length else []], *begins]

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        found: dict[str, Shape] = {}
        rows, wide = (self.gates - layer.coupled) * layer.hidden_size, self.wide(layer)
        for number in range(layer.num_layers):
            reads = layer.x[0] if number == 0 else wide * len(self.ways(layer))
            for way in self.ways(layer):
                end = f"_l{number}{way}"
                found |= {f"weight_ih{end}": (rows, reads), f"weight_hh{end}": (rows, wide)}
                if layer.peepholes:
                    found[f"weight_ch{end}"] = (3 - layer.coupled, layer.hidden_size)
                if layer.bias:
                    found[f"bias_ih{end}"] = (rows,)
                if layer.bias and layer.biases == 2:
                    found[f"bias_hh{end}"] = (rows,)
                if layer.proj_size:
                    found[f"weight_hr{end}"] = (layer.proj_size, layer.hidden_size)
        return found

    def macs(self, layer: Layer) -> int:
        # Every weight of a matrix once at each step.
        arrays = self.arrays(layer)
        return layer.x[1] * sum(
            prod(s) for name, s in arrays.items() if "weight" in name and "_ch" not in name
        )

    def work(self, layer: Layer) -> dict[str, int]:
        turns = layer.x[1] * layer.num_layers * len(self.ways(layer)) * layer.hidden_size
        return {
            "activation": (self.functions - layer.coupled + bool(layer.cell_clip)) * turns,
            "merge": (self.joins + 2 * layer.peepholes * (3 - layer.coupled)) * turns,
            "bias": layer.biases * (self.gates - layer.coupled) * turns * layer.bias,
        }

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        x, *begins = inputs
        length = layer.x[1]
        rows = [[x[c, t] for c in range(x.channels)] for t in range(length)]
        turn = 0
        for number in range(layer.num_layers):
            ways = []
            for way in self.ways(layer):
                begin = self._begin(layer, begins, turn)
                ways.append(self._through(layer, rows, w, f"_l{number}{way}", *begin))
                turn += 1
            ends = [states[-1] if n == 0 else states[0] for n, (states, _) in enumerate(ways)]
            rows = [[value for states, _ in ways for value in states[t]] for t in range(length)]
        if layer.returns == "last":
            joined = [value for state in ends for value in state]
            return gathered({(c,): value for c, value in enumerate(joined)})
        if layer.returns == "cells":
            rows = [
                [*row, *(value for _, cells in ways for value in cells[t])]
                for t, row in enumerate(rows)
            ]
        found: dict[Index, float] = {}
        for t, row in enumerate(rows):
            found |= {(c, t): value for c, value in enumerate(row)}
        return gathered(found)

    def _begin(self, layer: Layer, begins: Sequence[Grid], turn: int) -> tuple[Numbers, Numbers]:
        """The state and the cell before the first step, of each direction in turn."""
        sizes = self.wide(layer), layer.hidden_size
        state, cell = (
            [begins[n][(turn * size + one,)] for one in range(size)]
            if n < len(begins)
            else [0.0] * size
            for n, size in enumerate(sizes)
        )
        return state, cell

    def _through(
        self,
        layer: Layer,
        rows: list[Numbers],
        w: Weights,
        end: str,
        wide: Numbers,
        cell: Numbers,
    ) -> tuple[list[Numbers], list[Numbers]]:
        count = (self.gates - layer.coupled) * layer.hidden_size
        own = {"own": w[f"weight_ch{end}"]} if layer.peepholes else {}
        found = [wide for _ in rows]
        cells = [cell for _ in rows]
        order = range(len(rows))

        def back(state: Numbers) -> Numbers:
            sums = _product(w[f"weight_hh{end}"], state, count)
            if layer.bias and layer.biases == 2:
                sums = [v + w[f"bias_hh{end}"][(n,)] for n, v in enumerate(sums)]
            return sums

        for t in reversed(order) if end.endswith("reverse") else order:
            given = _product(w[f"weight_ih{end}"], rows[t], count)
            if layer.bias:
                given = [v + w[f"bias_ih{end}"][(n,)] for n, v in enumerate(given)]
            hidden, cell = self.step(layer, given, back, wide, cell, own)
            wide = hidden
            if layer.proj_size:
                wide = _product(w[f"weight_hr{end}"], hidden, layer.proj_size)
            found[t], cells[t] = wide, cell
        return found, cells


def _product(weight: Grid, values: Numbers, rows: int) -> Numbers:
    return [sum(weight[row, c] * v for c, v in enumerate(values)) for row in range(rows)]


class Embedding(Definition):
    is_exact = True

    def output(self, layer: Layer) -> Shape:
        return (layer.embedding_dim, *(layer.x if layer.rank == 0 else layer.x[1:]))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[shifted(0)] * layer.rank] if layer.rank else [None]

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"weight": (layer.num_embeddings, layer.embedding_dim)}

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        found: dict[Index, float] = {}
        for index, value in x.values.items():
            at = index if layer.rank == 0 else index[1:]
            for n in range(layer.embedding_dim):
                found[n, *at] = w["weight"][round(value), n]
        return gathered(found)


DEFINITIONS: dict[str, Definition] = {
    "lstm": Recurrent(_lstm, 4, 5, 8),
    "gru": Recurrent(_gru, 3, 3, 8),
    "rnn": Recurrent(_rnn, 1, 1, 1),
    "lstm_with_state": Recurrent(_lstm, 4, 5, 8),
    "gru_with_state": Recurrent(_gru, 3, 3, 8),
    "rnn_with_state": Recurrent(_rnn, 1, 1, 1),
    "embedding": Embedding(),
}
