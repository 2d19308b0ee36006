"""The parts of what `convcalc show` answers: arrays, windows, matrices, sums, gradients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Count, Key, Record, Sizes
from convcalc.features.show.values import Mark

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
