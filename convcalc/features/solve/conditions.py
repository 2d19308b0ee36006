"""What is asked of layers: the sizes that they map, and the conditions that they hold."""

from __future__ import annotations

from dataclasses import dataclass

from convcalc.core.shapes import format_axes
from convcalc.features.compare.stacks import Channels
from convcalc.features.solve.candidates import Axes, Bounds, Family
from convcalc.features.solve.constraints import Limits
from convcalc.network.arguments import refused, span, whole_number
from convcalc.shorthand.given_sizes import GivenSize, Size, given_size, with_channels
from convcalc.shorthand.sizes import SizeRead, reading_of

MAX_LAYERS = 64
# A number, or the first and the last of several.
Span = int | tuple[int, int] | range


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What `solve` is told beside two sizes; None leaves bounds as they are usual, or unbounded."""

    pool: bool = False
    transposed: bool = False
    ceil: bool = False
    layers: int = 1
    kernel: Span | None = None
    stride: Span | None = None
    padding: Span | None = None
    dilation: Span = 1
    output_padding: Span | None = None
    receptive_field: Span | None = None
    channels: int | None = None
    cin: int | None = None
    cout: int | None = None
    max_params: int | None = None
    max_macs: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: sizes, family and number of layers, bounds, constraints."""

    start: Axes
    target: Axes
    family: Family
    rounds_up: bool
    count: int
    bounds: Bounds
    limits: Limits
    has_channels: bool
    reading: str = ""


def question_of(input: GivenSize, output: GivenSize, asked: Conditions) -> Question:
    """The layers from `input` to `output` that are asked for.

    Raises StackError for sizes and conditions that mean nothing, or do not go together.
    """
    family = _family(asked)
    if whole_number(asked.layers, "layers", 1) > MAX_LAYERS:
        raise refused(f"{asked.layers} layers are too many", f"up to {MAX_LAYERS} are possible")
    has_channels = (asked.channels, asked.cin, asked.cout) != (None, None, None)
    start, target = _both(given_size(input, "input"), given_size(output, "output"), has_channels)
    cin = with_channels(start, asked.cin, "cin", f"{input}")
    cout = with_channels(target, asked.cout, "cout", f"{output}")
    has_channels |= (cin, cout) != (None, None)
    if (asked.max_params, asked.max_macs) != (None, None) and not has_channels:
        raise refused("costs depend on the channels", "give channels=64, or cin and cout")
    mid = 1 if asked.channels is None else whole_number(asked.channels, "channels", 1)
    first, last = (
        mid if value is None else whole_number(value, name, 1)
        for value, name in ((cin, "cin"), (cout, "cout"))
    )
    bounds = _bounds(asked)
    field = asked.receptive_field
    limits = Limits(
        family,
        Channels(first, mid, last),
        asked.ceil,
        None if field is None else span(field, "receptive_field", 1),
        asked.max_params,
        asked.max_macs,
    )
    if asked.pool and None not in (cin, cout) and first != last:
        raise refused(f"pools keep their channels, and {first} are not {last}", "leave one out")
    reading = reading_of((start, target))
    axes = (start.axes, target.axes)
    return Question(*axes, family, asked.ceil, asked.layers, bounds, limits, has_channels, reading)


def _family(asked: Conditions) -> Family:
    if asked.pool and asked.transposed:
        raise refused("give one of pool and transposed")
    if asked.ceil and not asked.pool:
        raise refused("ceil is for pools alone", "give pool=True too")
    return "pool" if asked.pool else "transposed" if asked.transposed else "window"


def _bounds(asked: Conditions) -> Bounds:
    usual = Bounds() if asked.layers == 1 else Bounds.for_chain()
    padding, added = asked.padding, asked.output_padding
    return Bounds(
        usual.kernel if asked.kernel is None else span(asked.kernel, "kernel", 1),
        usual.stride if asked.stride is None else span(asked.stride, "stride", 1),
        span(asked.dilation, "dilation", 1),
        None if padding is None else span(padding, "padding", 0),
        None if added is None else span(added, "output_padding", 0),
    )


def _both(input: Size, output: Size, has_channels: bool) -> tuple[SizeRead, SizeRead]:
    """Both sizes on equally many axes: a number that is no list holds for all of them."""
    rank = input.rank or output.rank
    # A size that says itself how many axes it has is read as if it stood alone.
    known = [0 if one.rank else rank for one in (input, output)]
    listed = max(len(one.read(of).axes) for one, of in zip((input, output), known, strict=True))
    start, target = (
        one.read(listed if one.spreads and listed > 1 else of, counts_weights=has_channels)
        for one, of in zip((input, output), known, strict=True)
    )
    if len(start.axes) != len(target.axes):
        shown = [format_axes(read.axes) for read in (start, target)]
        had = "1 axis" if len(start.axes) == 1 else f"{len(start.axes)} axes"
        message = f"{shown[0]} has {had}, {shown[1]} has {len(target.axes)}"
        raise refused(message, "give equally many, or one number for all")
    return start, target
