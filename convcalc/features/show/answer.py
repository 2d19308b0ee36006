"""What `convcalc show` answers: a small layer, or a short chain, with every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Hidden, Key, Record, SizedAnswer
from convcalc.features.show.chosen import Data, of_row, of_words, refuse_missing
from convcalc.features.show.figures import (
    LayerGradient,
    LayerMatrix,
    NumberArray,
    OutputSum,
    ShiftedInput,
    StretchedInput,
    TurnedKernel,
    WindowMatrix,
    WindowReads,
)
from convcalc.features.show.gradient import gradient_of
from convcalc.features.show.turned_and_moved import share_that_changes, shift_of, turned
from convcalc.features.show.values import VIEWS, Cell, Numbers, Read, Shown, View
from convcalc.network import InputShapes, Network
from convcalc.network.arguments import one_of, refused, whole_number
from convcalc.planning import plan
from convcalc.shorthand.making import read_question


@dataclass(frozen=True, slots=True)
class ShownLayer(Record):
    """A layer worked out. A view that it has not, or that was not asked for, is left out."""

    shown: Hidden[Shown]
    chosen: Hidden[tuple[View, ...]]

    @property
    @Key()
    def layer(self) -> str:
        """The words that write it."""
        return self.shown.text

    @property
    @Key()
    def kind(self) -> str:
        """Its kind."""
        return self.shown.kind

    @property
    @Key()
    def has_channels(self) -> bool:
        """Whether the question names channels; there is one otherwise."""
        return self.shown.has_channels

    @property
    @Key()
    def input(self) -> NumberArray:
        """What goes in."""
        return _array(self.shown.input)

    @property
    @Key()
    def arrays(self) -> Mapping[str, NumberArray]:
        """Its learnt arrays, by name."""
        return {name: _array(numbers) for name, numbers in self.shown.arrays.items()}

    @property
    @Key()
    def output(self) -> NumberArray:
        """What comes out."""
        return _array(self.shown.output)

    @property
    @Key()
    def agreeing(self) -> tuple[str, ...]:
        """The ways in which that was found, which all gave the same numbers."""
        return ("run", *self.shown.agreeing)

    @property
    @Key(optional=True)
    def windows(self) -> tuple[WindowReads, ...]:
        """The places that each output reads."""
        return tuple(
            WindowReads(cell.place, tuple(read.place for read in cell.reads))
            for cell in self._cells("windows")
        )

    @property
    @Key(optional=True)
    def im2col(self) -> WindowMatrix | None:
        """The windows as the rows of a matrix."""
        cells = self._cells("im2col")
        if not cells:
            return None
        rows = tuple(tuple(map(self._read, cell.reads)) for cell in cells)
        return WindowMatrix(rows, tuple(cell.place for cell in cells))

    @property
    @Key(optional=True)
    def matrix(self) -> LayerMatrix | None:
        """The layer as a matrix."""
        found = self.shown.matrix
        if found is None or not self._has("matrix"):
            return None
        rows = tuple(tuple(map(_number, row)) for row in found.rows)
        return LayerMatrix(rows, tuple(map(_number, found.offset)), found.winners)

    @property
    @Key(optional=True)
    def stretched(self) -> StretchedInput | None:
        """A transposed layer as a convolution of its stretched input."""
        form = self.shown.stretched
        if form is None or not self._has("stretched"):
            return None
        return StretchedInput(
            _array(form.input),
            form.marks,
            _array(form.weight),
            form.border,
            form.inserted,
            form.dilation,
        )

    @property
    @Key(optional=True)
    def sums(self) -> tuple[OutputSum, ...]:
        """How each output comes about."""
        return tuple(map(self._sum, self._cells("sums")))

    @property
    @Key(optional=True)
    def gradient(self) -> LayerGradient | None:
        """What comes back from the gradient of the output."""
        if not self._has("gradient"):
            return None
        found = gradient_of(self.shown)
        arrays = {name: _array(numbers) for name, numbers in found.arrays.items()}
        return LayerGradient(_array(found.output), _array(found.input), arrays)

    @property
    @Key(optional=True)
    def flip(self) -> TurnedKernel | None:
        """The convolution beside the cross-correlation that layers compute."""
        if not self._has("flip"):
            return None
        other = turned(self.shown)
        return TurnedKernel(_array(other.arrays["weight"]), _array(other.output))

    @property
    @Key(optional=True)
    def shift(self) -> ShiftedInput | None:
        """How far the output moves with the input."""
        if not self._has("shift"):
            return None
        found = shift_of(self.shown)
        share = share_that_changes(self.shown)
        changed = None if share is None else round(share, 3)
        count = len(found.places)
        return ShiftedInput(found.by, _array(found.moved.output), count, found.equal, changed)

    def _has(self, view: View) -> bool:
        return view in self.shown.views and (view in self.chosen or not self.chosen)

    def _cells(self, view: View) -> tuple[Cell, ...]:
        return self.shown.cells if self._has(view) else ()

    def _read(self, read: Read) -> float | None:
        if read.place is not None:
            return _number(self.shown.input[read.place])
        return None if self.shown.form == "max" else 0

    def _sum(self, cell: Cell) -> OutputSum:
        shown = self.shown
        inputs = tuple(_number(shown.input[read.place or ()]) for read in cell.inside)
        weights = bias = None
        if shown.form == "sum":
            weight = shown.arrays["weight"]
            weights = tuple(_number(weight[read.weight or ()]) for read in cell.inside)
            bias = _number(shown.bias.values[cell.place[0]]) if shown.bias else 0
        divisor = cell.divisor if shown.form == "mean" else None
        return OutputSum(cell.place, _number(cell.value), inputs, weights, bias, divisor)


@dataclass(frozen=True, slots=True)
class ShowAnswer(SizedAnswer):
    """Layers worked out, each on the output of the one before."""

    layers: Annotated[tuple[ShownLayer, ...], Key("The layers in order.", minItems=1)]
    reading: Hidden[str] = ""


ANSWER = ShowAnswer


def _array(numbers: Numbers) -> NumberArray:
    return NumberArray(numbers.shape, tuple(map(_number, numbers.values)))


def _number(value: float) -> float:
    """A whole number as an integer."""
    return int(value) if value == int(value) else value


def show(
    source: Network | str | Sequence[str],
    *,
    layer: str | None = None,
    shape: InputShapes | None = None,
    input: str | None = None,
    kernels: Sequence[str] = (),
    biases: Sequence[str] = (),
    gradient: str | None = None,
    seed: int = 0,
    views: Sequence[View] = (),
) -> ShowAnswer:
    """Every number of a small layer, or of a short chain in the words of `convcalc shape`.

    Of a network one `layer` is shown, the only one unless it is named, where the network's input
    has its own or another `shape`. Numbers are written row by
    row, as in `1 2 3; 4 5 6`: `input`, and `kernels` and `biases` in the order of the layers that
    have them; what is not given is drawn from `seed`. `gradient` is that of the last output, 1, 2,
    3, ... without it. `views` are those wanted of windows, im2col, matrix, stretched, sums,
    gradient, flip and shift. Raises StackError for what is too large or does not fit.

    >>> (shown,) = show("4 k3", input="1 2 3 4", kernels=["1 0 -1"]).layers
    >>> shown.output.values, shown.matrix.rows
    ((-2, -2), ((1, 0, -1, 0), (0, 1, 0, -1)))
    """
    data = Data(input, tuple(kernels), tuple(biases), whole_number(seed, "seed", 0), gradient)
    asked = {one_of(view, VIEWS, "views") for view in views}
    chosen = tuple(view for view in VIEWS if view in asked)
    text = reading = ""
    if isinstance(source, Network):
        layers = _of_network(source, layer, shape, data)
    else:
        if shape is not None:
            raise refused("shape is that of a network's input", "write it before the layer")
        words = source.split() if isinstance(source, str) else list(source)
        text = " ".join(words)
        layers, reading = of_words(words, data), read_question(words).reading
    refuse_missing(layers, chosen, text)
    return answer_of(layers, chosen, reading)


def _of_network(
    network: Network, layer: str | None, shape: InputShapes | None, data: Data
) -> tuple[Shown, ...]:
    planned = plan(network, input=shape)
    first = planned.rows[0].name
    if layer is None and len(planned.rows) > 1:
        raise refused("a layer of the network is needed", f'layer="{first}"')
    try:
        row = planned[layer or first]
    except KeyError as error:
        raise refused(str(error.args[0])) from None
    return of_row(row, network.document.file, network.document.text, data)


def answer_of(layers: Sequence[Shown], chosen: tuple[View, ...], reading: str = "") -> ShowAnswer:
    """The layers with the views that are wanted, or all that they have."""
    return ShowAnswer(tuple(ShownLayer(one, chosen) for one in layers), reading)
