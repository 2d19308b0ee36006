"""What `convcalc show` answers: a small layer, or a short chain, with every number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Count, Hidden, Key, Record, SizedAnswer, Sizes
from convcalc.features.show.chosen import Data, of_row, of_words, refuse_missing
from convcalc.features.show.gradient import gradient_of
from convcalc.features.show.turned_and_moved import share_that_changes, shift_of, turned
from convcalc.features.show.values import VIEWS, Cell, Mark, Numbers, Read, Shown, View
from convcalc.network import Network
from convcalc.network.arguments import one_of, refused, whole_number
from convcalc.planning import plan
from convcalc.shorthand.making import read_question

Place = Annotated[tuple[int, ...], Key("Place in the array, channels first, from 0.")]


@dataclass(frozen=True, slots=True)
class NumberArray(Record):
    """An array: its shape, channels first, and its numbers in row-major order."""

    shape: Annotated[Sizes, Key("Its shape.")]
    values: Annotated[tuple[float, ...], Key("Its numbers.")]


@dataclass(frozen=True, slots=True)
class WindowReads(Record):
    """The places that an output reads."""

    output: Annotated[Place, Key("The output.")]
    reads: Annotated[
        tuple[tuple[int, ...] | None, ...],
        Key("Places of the input in the order of the taps; null in the padding, and for zeros "
            "between two inputs."),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class WindowMatrix(Record):
    """im2col: a row for each output, a column for each tap."""

    rows: Annotated[
        tuple[tuple[float | None, ...], ...],
        Key("What is read; 0 in the padding, null there for a max pool, where none wins."),
    ]
    outputs: Annotated[tuple[Place, ...], Key("The output of each row.")]


@dataclass(frozen=True, slots=True)
class LayerMatrix(Record):
    """y = C x + b: a row for each output, a column for each input."""

    rows: Annotated[tuple[tuple[float, ...], ...], Key("The matrix C.")]
    offset: Annotated[tuple[float, ...], Key("The vector b.")]
    holds_for_this_input_alone: Annotated[bool, Key("True for a max pool: C picks its winners.")]


@dataclass(frozen=True, slots=True)
class StretchedInput(Record):
    """A transposed layer as a convolution of stride 1."""

    input: NumberArray
    marks: Annotated[tuple[Mark, ...], Key("What each number of `input` is.")]
    weight: NumberArray
    border: Annotated[
        tuple[tuple[int, int], ...], Key("Zeros before and after each axis; negative crops.")
    ]
    inserted: Annotated[tuple[int, ...], Key("Zeros between two inputs, one number an axis.")]
    dilation: Annotated[tuple[int, ...], Key("Dilation of the kernel, one number an axis.")]


@dataclass(frozen=True, slots=True)
class OutputSum(Record):
    """How one output comes about."""

    output: Annotated[Place, Key("The output.")]
    value: Annotated[float, Key("Its value.")]
    inputs: Annotated[tuple[float, ...], Key("What it reads, padding left out.")]
    weights: Annotated[
        tuple[float, ...] | None, Key("What these are multiplied with.", optional=True)
    ]
    bias: Annotated[float | None, Key("What is added, 0 without a bias.", optional=True)]
    divisor: Annotated[int | None, Key("What a mean divides by.", optional=True)]


@dataclass(frozen=True, slots=True)
class LayerGradient(Record):
    """The gradient of a loss before and behind the layer."""

    output: Annotated[NumberArray, Key("As it comes to the output.")]
    input: Annotated[NumberArray, Key("As it leaves for the input.")]
    arrays: Annotated[Mapping[str, NumberArray], Key("Of each learnt array, by name.")]


@dataclass(frozen=True, slots=True)
class TurnedKernel(Record):
    """The convolution of the definition, whose kernel is that of the layer turned."""

    weight: Annotated[NumberArray, Key("The kernel turned.")]
    output: Annotated[NumberArray, Key("What comes out with it.")]


@dataclass(frozen=True, slots=True)
class ShiftedInput(Record):
    """The layer on its input moved along the last axis by the stride, zeros coming in."""

    by: Annotated[int, Key("Pixels that the input moved.", minimum=1)]
    output: Annotated[NumberArray, Key("What comes out.")]
    compared: Annotated[Count, Key("Outputs that have one before them.")]
    equal: Annotated[Count, Key("Those of them that are the one before, of the input unmoved.")]
    changed_by_one: Annotated[
        float | None,
        Key("Of a pool: how much a shift by one pixel changes the output, as a share of how much "
            "another input does, over many windows."),
    ]  # fmt: skip


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
    input: str | None = None,
    kernels: Sequence[str] = (),
    biases: Sequence[str] = (),
    gradient: str | None = None,
    seed: int = 0,
    views: Sequence[View] = (),
) -> ShowAnswer:
    """Every number of a small layer, or of a short chain in the words of `convcalc shape`.

    Of a network one `layer` is shown, the only one unless it is named. Numbers are written row by
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
        layers = _of_network(source, layer, data)
    else:
        words = source.split() if isinstance(source, str) else list(source)
        text = " ".join(words)
        layers, reading = of_words(words, data), read_question(words).reading
    refuse_missing(layers, chosen, text)
    return answer_of(layers, chosen, reading)


def _of_network(network: Network, layer: str | None, data: Data) -> tuple[Shown, ...]:
    planned = plan(network)
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
