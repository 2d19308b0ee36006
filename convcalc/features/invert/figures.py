"""The parts of what `convcalc invert` answers: one axis undone, in both dialects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from convcalc.core.records import Count, Key, Record


@dataclass(frozen=True, slots=True)
class UndoingLayer(Record):
    """A layer to apply."""

    kind: Annotated[str, Key("Its kind.")]
    fields: Annotated[Mapping[str, Any], Key("Its fields, under the names of the YAML format.")]
    shorthand: Annotated[str, Key("The words that write it.")]


@dataclass(frozen=True, slots=True)
class EqualPadding(Record):
    """The same with the padding of a framework's layer, which cuts both sides equally."""

    padding: Annotated[int, Key("Its padding.")]
    output_padding: Annotated[Count, Key("Its output padding.")]
    crop: Annotated[tuple[Count, Count], Key("What is to be cropped besides, before and after.")]


@dataclass(frozen=True, slots=True)
class FrameworkDialect(Record):
    """The transposed layer in the parameters of frameworks."""

    kernel: Annotated[int, Key("Taps of the kernel.", minimum=1)]
    stride: Annotated[int, Key("Its stride.", minimum=1)]
    dilation: Annotated[int, Key("Its dilation.", minimum=1)]
    cut: Annotated[tuple[int, int], Key("Pixels cut before and after.")]
    output_padding: Annotated[
        int, Key("Positions added at the end; negative where pixels must be cut.")
    ]
    equal: EqualPadding


@dataclass(frozen=True, slots=True)
class GuideDialect(Record):
    """The same as a convolution of the stretched input, as Dumoulin & Visin have it."""

    kernel: Annotated[int, Key("Taps of the kernel.", minimum=1)]
    stride: Annotated[Literal[1], Key("Its stride.")]
    dilation: Annotated[int, Key("Its dilation.", minimum=1)]
    padding: Annotated[tuple[int, int], Key("Pixels added before and after; negative crops.")]
    zeros_between: Annotated[Count, Key("Zeros between each two inputs.")]
    stretched: Annotated[Count, Key("The input with those zeros.")]
    zeros_after: Annotated[int, Key("Zeros added at the end.")]
    flipped: Annotated[Literal[True], Key("The kernel is turned by 180 degrees.")]


@dataclass(frozen=True, slots=True)
class InputSize(Record):
    """An input that gives the same output, and the output padding that leads back to it."""

    size: Annotated[Count, Key("The input.")]
    output_padding: Annotated[int, Key("The output padding.")]


@dataclass(frozen=True, slots=True)
class AxisUndone(Record):
    """How one axis of a layer with a window is undone."""

    input: Annotated[Count, Key("Pixels of the layer's input.")]
    output: Annotated[Count, Key("Positions of its output.")]
    restored: Annotated[Count, Key("What the inverse makes of these.")]
    formula: Annotated[str, Key("The layer's sum with the numbers in place.")]
    inverse_formula: Annotated[str, Key("That of its inverse.")]
    framework: FrameworkDialect
    guide: GuideDialect
    inputs: Annotated[
        tuple[InputSize, ...], Key("Inputs with the same output, the smallest 64 of them at most.")
    ]
    inputs_with_this_output: Annotated[
        tuple[Count, Count], Key("The smallest and the largest input with the same output.")
    ]
    overlap: Annotated[
        tuple[Count, Count], Key("Fewest and most inputs that meet in one output on the way back.")
    ]
    relationship: Annotated[
        int | None, Key("Number of the relationship of Dumoulin & Visin that holds.")
    ]
