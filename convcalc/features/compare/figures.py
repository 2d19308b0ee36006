"""A comparison as its JSON has it: figures and ratios of every stack, and where costs turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from convcalc.core.records import Count, Key, Record, Sizes

Outcome = Literal["loss", "tie", "gain"]
OUTCOMES: dict[int, Outcome] = {1: "loss", 0: "tie", -1: "gain"}
Ratio = Annotated[str | None, Key(pattern="^[0-9]+(/[0-9]+)?$")]


@dataclass(frozen=True, slots=True)
class Ratios(Record):
    """Figures of the first stack divided by this one's, as exact fractions; null for none."""

    params: Annotated[Ratio, Key("Of the parameters.")]
    params_without_bias: Annotated[Ratio, Key("Of the parameters without biases.")]
    macs: Annotated[Ratio, Key("Of the multiply-accumulates.")]
    peak_activation_bytes: Annotated[Ratio, Key("Of the activations at the peak.")]
    kept_bytes: Annotated[Ratio, Key("Of what training keeps.")]


@dataclass(frozen=True, slots=True)
class StackFigures(Record):
    """What a stack costs and sees, for one sample in float32."""

    name: Annotated[str, Key("The stack as it was written, or the file.")]
    is_file: Annotated[bool, Key("True for a whole network.")]
    receptive_field: Annotated[
        tuple[Count, ...] | None,
        Key("Pixels that the first output sees on each axis; null where not followed."),
    ]
    outputs: Annotated[tuple[Sizes, ...], Key("Shapes of the outputs, in their order.")]
    params: Annotated[Count, Key("Learnt numbers.")]
    params_without_bias: Annotated[Count, Key("Learnt numbers, biases left out.")]
    macs: Annotated[Count, Key("Multiply-accumulates.")]
    nonlinearities: Annotated[Count, Key("Layers that apply a function to each element.")]
    peak_activation_bytes: Annotated[Count, Key("Bytes of activations alive at once at the peak.")]
    kept_bytes: Annotated[Count, Key("Bytes that training keeps for the backward pass.")]
    lower_bounds: Annotated[
        tuple[str, ...],
        Key("Figures of which some layer does not tell its part: they are at least so much."),
    ]
    at_most: Annotated[bool, Key("The receptive field is an upper bound.")]
    ratio: Ratios


@dataclass(frozen=True, slots=True)
class SizeRun(Record):
    """Square maps on which the first stack fares alike against another."""

    first: Annotated[Count, Key("The smallest of these maps.")]
    last: Annotated[int | None, Key("The largest of them; null where they go on for good.")]
    macs: Annotated[Outcome, Key("A loss where the first stack costs more MACs.")]


@dataclass(frozen=True, slots=True)
class MapRuns(Record):
    """How the first stack fares against another on every square map."""

    stack: Annotated[str, Key("The first stack.")]
    against: Annotated[str, Key("The other one.")]
    runs: Annotated[tuple[SizeRun, ...], Key("All sizes, smallest first.")]


@dataclass(frozen=True, slots=True)
class ChannelRatio(Record):
    """The ratio of channels at which the costs of the first stack and of another turn."""

    stack: Annotated[str, Key("The first stack.")]
    against: Annotated[str, Key("The other one.")]
    figure: Annotated[str, Key("What is compared: weights or MACs.")]
    cin_over_cout: Annotated[
        Ratio, Key("Channels in front over those behind, exact; null where costs never turn.")
    ]
    above: Annotated[Outcome, Key("How the first stack fares above the ratio, or everywhere.")]
