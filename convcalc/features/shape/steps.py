"""The layers of a shape answer as its JSON has them, every size with its sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Count, Key, Record, Sizes
from convcalc.planning.receptive import ReceptiveField
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.regimes import RELATIONSHIPS


@dataclass(frozen=True, slots=True)
class AxisSum(Record):
    """How one size comes about."""

    input: Annotated[Count, Key("Pixels of the input.")]
    output: Annotated[Count, Key("Positions of the output.")]
    formula: Annotated[str, Key("The sum with the numbers in place.")]
    kernel: Annotated[int, Key("Taps of the kernel.", minimum=1)]
    span: Annotated[int, Key("Pixels from the first tap to the last: d(k - 1) + 1.", minimum=1)]
    stride: Annotated[int, Key("Pixels from one window to the next.", minimum=1)]
    dilation: Annotated[int, Key("Pixels from one tap to the next.", minimum=1)]
    padding: Annotated[
        tuple[int, int], Key("Pixels added before and after; cut off by a transposed layer.")
    ]
    output_padding: Annotated[int, Key("Positions that a transposed layer adds at the end.")]
    unread_padded_pixels: Annotated[
        Count, Key("Padded pixels behind the last window, which no window reads.")
    ]
    dropped_pixels: Annotated[Count, Key("Pixels of the input itself that no window reads.")]
    inputs_with_this_output: Annotated[
        tuple[int, int], Key("The smallest and the largest input with the same output.")
    ]
    relationship: Annotated[
        int | None, Key("Number of the relationship of Dumoulin & Visin that holds.")
    ]
    regime: Annotated[str | None, Key("That relationship in words.")]


@dataclass(frozen=True, slots=True)
class LayerSizes(Record):
    """One layer of the question. Shapes have no channels, and costs are null, without them."""

    layer: Annotated[str, Key("The words that write it.")]
    kind: Annotated[str, Key("Its kind.")]
    input: Annotated[Sizes, Key("Shape of its input.")]
    output: Annotated[Sizes, Key("Shape of its output.")]
    params: Annotated[Count | None, Key("Learnt numbers.")]
    macs: Annotated[Count | None, Key("Multiply-accumulates for one sample.")]
    receptive_field: Annotated[
        ReceptiveField | None, Key("What it sees of the input; null where it is not followed.")
    ]
    rules: Annotated[tuple[str, ...], Key("What the dialect asked for makes of the words.")]
    elsewhere: Annotated[
        Mapping[str, str], Key("What other dialects answer to them, where it differs.")
    ]
    axes: Annotated[
        tuple[AxisSum, ...], Key("The sum of each axis, for a layer that slides a window.")
    ]


def axis_sum(axis: Axis) -> AxisSum:
    """The sum of one axis.

    >>> found = axis_sum(Axis("conv", 224, 7, 2, 3, 3))
    >>> found.output, found.inputs_with_this_output, found.relationship
    (112, (223, 224), 6)
    """
    number = axis.regime
    return AxisSum(
        axis.size,
        axis.output,
        axis.formula,
        axis.kernel,
        axis.span,
        axis.stride,
        axis.dilation,
        (axis.before, axis.after),
        axis.extra,
        axis.unread_padding,
        axis.dropped,
        axis.siblings,
        number,
        RELATIONSHIPS[number][0] if number else None,
    )
