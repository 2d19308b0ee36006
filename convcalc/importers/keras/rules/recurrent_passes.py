"""One direction of a recurrent layer: which kind it is, and its arrays in our order."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from convcalc.core.shapes import Shape
from convcalc.importers.keras.layer import Layer
from convcalc.kinds.base.kind import word_of
from convcalc.kinds.recurrent_family import Gru, Lstm, Rnn
from convcalc.network.held import Held


@dataclass(frozen=True, slots=True)
class Cell:
    """What a step does: our kind, and where each of its gates stands in Keras' arrays.

    `states` are those that a step hands on. Source: `keras.src.layers.rnn`, Keras 3.15.
    """

    kind: type[Lstm] | type[Gru] | type[Rnn]
    order: tuple[int, ...]
    states: int


# i f c o as i f g o, and z r h as r z n.
CELLS = {
    "LSTM": Cell(Lstm, (0, 1, 2, 3), 2),
    "GRU": Cell(Gru, (1, 0, 2), 1),
    "SimpleRNN": Cell(Rnn, (0,), 1),
    "CuDNNLSTM": Cell(Lstm, (0, 1, 2, 3), 2),
    "CuDNNGRU": Cell(Gru, (1, 0, 2), 1),
}


# The functions that our cells have.
_GATE, _BENT = word_of("Sigmoid"), word_of("Relu")


def _biases(layer: Layer, name: str) -> int:
    """Numbers that are added to each gate: of the input's sum, or of both."""
    if not layer.flag("use_bias", default=True):
        return 0
    has_two = name.startswith("CuDNN") or (name == "GRU" and _resets_after(layer))
    return 2 if has_two else 1


def _resets_after(layer: Layer) -> bool:
    """True where a GRU resets the product, as all do that say nothing in Keras 3."""
    return layer.flag("reset_after", default=layer.version == 3)


class Pass:
    """One direction of a layer: its fields, and the arrays that it has."""

    def __init__(self, layer: Layer, name: str, inside: str = "cell") -> None:
        self.layer, self.name, self.inside = layer, name, inside
        self.cell = CELLS[name]
        self.units = layer.whole("units", "output_dim")
        self.biases = _biases(layer, name)

    @property
    def gates(self) -> int:
        """How many numbers a unit works out at each step."""
        return len(self.cell.order)

    def unusual(self) -> str:
        """Why our kind does something else; "" where it does the same."""
        layer, name = self.layer, self.name
        if name.startswith("CuDNN"):
            return ""
        function = layer.word("activation", default="tanh")
        is_plain = self.cell.kind is Rnn and function == _BENT
        if function != "tanh" and not is_plain:
            return f"its function is `{function}`"
        gate = layer.word("recurrent_activation", default=_GATE)
        if gate != _GATE:
            return f"its gates have the function `{gate}`"
        return ""

    @property
    def resets_before(self) -> bool:
        """True for a GRU that resets the state before it multiplies."""
        return self.name == "GRU" and not _resets_after(self.layer)

    def params(self, features: int) -> int:
        """gates units (features + units + biases)."""
        return self.gates * self.units * (features + self.units + self.biases)

    def macs(self, steps: int, features: int) -> int:
        """gates units (features + units), at each step."""
        return steps * self.gates * self.units * (features + self.units)

    def held(self, features: int, end: str) -> dict[str, Held]:
        """Its arrays by our names, which end so."""
        wide = self.gates * self.units
        found = {}
        for role, name, rows in (
            ("weight_ih", "kernel", features),
            ("weight_hh", "recurrent_kernel", self.units),
        ):
            array = self.layer.array(name, (rows, wide), inside=self.inside)
            turned = self.layer.call.array(array._replace(view=array.view.transposed((1, 0))))
            found[f"{role}_l0{end}"] = self._ordered(turned, 0)
        for number in range(self.biases):
            dims: Shape = (wide,) if self.biases == 1 else (2, wide)
            array = self.layer.array("bias", dims, inside=self.inside)
            flat = self.layer.call.array(array, (prod(dims),))
            role = "bias_hh" if number else "bias_ih"
            found[f"{role}_l0{end}"] = self._ordered(flat, number * wide)
        return found

    def _ordered(self, array: Held, first: int) -> Held:
        """The gates in our order, of those that begin at row `first`."""
        units, rest = self.units, array.dims[1:]
        if self.cell.order == tuple(range(self.gates)) and array.dims[0] == self.gates * units:
            return array
        parts = [
            array.made("sliced", (units, *rest), axis=0, start=first + gate * units, step=1)
            for gate in self.cell.order
        ]
        if len(parts) == 1:
            return parts[0]
        return parts[0].made("joined", (self.gates * units, *rest), *parts[1:], axis=0)
