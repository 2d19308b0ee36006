"""Layers of one depth and width: the first solutions, their figures, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.core.records import Count, Hidden, Key, Record, SizedAnswer, Sizes
from convcalc.core.shapes import format_axes
from convcalc.features.compare.stacks import Channels
from convcalc.features.solve.candidates import Axes, Bounds, Family, Layers
from convcalc.features.solve.constraints import KINDS, Costs, Limits, chain_costs
from convcalc.features.solve.figures import (
    LayerFields,
    SearchBounds,
    SolutionFigures,
    bounds_of,
    fields_of,
    layer_text,
)
from convcalc.features.solve.search import MAX_WORK, Search, Solution
from convcalc.network.arguments import refused, span, whole_number
from convcalc.shorthand.given_sizes import GivenSize, Size, given_size, with_channels
from convcalc.shorthand.sizes import SizeRead, reading_of

# Bounds that are tried for a hint where the given ones hold nothing.
_WIDER = range(1, 129)
MAX_LAYERS = 64
# A number, or the first and the last of several.
Span = int | tuple[int, int] | range


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


@dataclass(frozen=True, slots=True)
class Solved(Record):
    """The first solutions in the order of the rule, on all axes at once or on one of them.

    `is_stopped` says that the work allowed was done before everything was looked at. `wider` is
    a layer beyond the bounds, where these hold none.
    """

    question: Hidden[Question]
    solutions: Hidden[tuple[Solution, ...]]
    costs: Hidden[tuple[Costs, ...]]
    total: Annotated[Count | None, Key("How many there are; null where not all were counted.")]
    work: Annotated[Count, Key("Layers that were looked at.")]
    is_stopped: Annotated[
        bool, Key("True where the work allowed was done before everything was.", name="stopped")
    ]
    wider: Hidden[Solution | None]

    @property
    @Key()
    def input(self) -> Sizes:
        """The size in front, one number an axis."""
        return self.question.start

    @property
    @Key()
    def output(self) -> Sizes:
        """The size behind."""
        return self.question.target

    @property
    @Key()
    def kind(self) -> str:
        """The layers' kind."""
        return KINDS[self.question.family].kind

    @property
    @Key()
    def ceil_mode(self) -> bool:
        """Whether pools round up."""
        return self.question.rounds_up

    @property
    @Key(minimum=1)
    def layers(self) -> int:
        """Layers in a row."""
        return self.question.count

    @property
    @Key()
    def bounds(self) -> SearchBounds:
        """What was looked at."""
        return bounds_of(self.question.bounds)

    @property
    @Key(name="solutions")
    def figures(self) -> tuple[SolutionFigures, ...]:
        """The first solutions, the most usual first."""
        counted = self.question.has_channels and self.question.family != "pool"
        return tuple(
            SolutionFigures(
                self.in_shorthand(one),
                tuple(map(fields_of, one.layers)),
                one.sizes,
                costs.field,
                costs.params if counted else None,
                costs.macs if counted else None,
            )
            for one, costs in zip(self.solutions, self.costs, strict=True)
        )

    @property
    @Key(name="wider")
    def wider_layer(self) -> LayerFields | None:
        """A layer beyond the bounds, where these hold none."""
        return None if self.wider is None else fields_of(self.wider.layers[0])

    def in_shorthand(self, solution: Solution) -> str:
        """The layers in the words of `convcalc shape`."""
        kind = "" if self.question.family == "window" else f"{self.kind} "
        ceil = " ceil" if self.question.rounds_up else ""
        return " , ".join(f"{kind}{layer_text(layer)}{ceil}" for layer in solution.layers)


@dataclass(frozen=True, slots=True)
class Solutions(SizedAnswer):
    """The layers that map one size to another."""

    answers: Annotated[
        tuple[Solved, ...], Key("One answer, or one an axis where axes were solved apart.")
    ]
    reading: Hidden[str] = ""


def solve(
    input: GivenSize,
    output: GivenSize,
    *,
    pool: bool = False,
    transposed: bool = False,
    ceil: bool = False,
    layers: int = 1,
    kernel: Span | None = None,
    stride: Span | None = None,
    padding: Span | None = None,
    dilation: Span = 1,
    output_padding: Span | None = None,
    per_axis: bool = False,
    receptive_field: Span | None = None,
    channels: int | None = None,
    cin: int | None = None,
    cout: int | None = None,
    max_params: int | None = None,
    max_macs: int | None = None,
    limit: int = 10,
    max_work: int = MAX_WORK,
) -> Solutions:
    """The layers, or chains of `layers`, that map the size `input` to the size `output`.

    A size is a number for every axis, one for each, or the channels before these. The layers are
    convolutions, unless `pool` or `transposed` asks for others; `ceil` lets pools round up. Ranges
    are a number, or the first and the last of several. `limit` bounds what is shown, `max_work`
    the layers that are looked at. Raises StackError for arguments that mean nothing.

    >>> found = solve(224, 112).answers[0]
    >>> found.total, found.figures[0].shorthand
    (32, 'k3 s2 p1')
    """
    question = solve_question(
        input,
        output,
        pool=pool,
        transposed=transposed,
        ceil=ceil,
        layers=layers,
        kernel=kernel,
        stride=stride,
        padding=padding,
        dilation=dilation,
        output_padding=output_padding,
        receptive_field=receptive_field,
        channels=channels,
        cin=cin,
        cout=cout,
        max_params=max_params,
        max_macs=max_macs,
    )
    apart = _per_axis(question) if per_axis else [question]
    most, work = whole_number(limit, "limit", 1), whole_number(max_work, "max_work", 1)
    return Solutions(tuple(solved(one, most, work) for one in apart), question.reading)


def solve_question(
    input: GivenSize,
    output: GivenSize,
    *,
    pool: bool = False,
    transposed: bool = False,
    ceil: bool = False,
    layers: int = 1,
    kernel: Span | None = None,
    stride: Span | None = None,
    padding: Span | None = None,
    dilation: Span = 1,
    output_padding: Span | None = None,
    receptive_field: Span | None = None,
    channels: int | None = None,
    cin: int | None = None,
    cout: int | None = None,
    max_params: int | None = None,
    max_macs: int | None = None,
) -> Question:
    """The arguments of `solve` as a question. Raises StackError for those that mean nothing."""
    if pool and transposed:
        raise refused("give one of pool and transposed")
    if ceil and not pool:
        raise refused("ceil is for pools alone", "give pool=True too")
    family: Family = "pool" if pool else "transposed" if transposed else "window"
    if whole_number(layers, "layers", 1) > MAX_LAYERS:
        raise refused(f"{layers} layers are too many", f"up to {MAX_LAYERS} are possible")
    has_channels = (channels, cin, cout) != (None, None, None)
    start, target = _both(given_size(input, "input"), given_size(output, "output"), has_channels)
    cin = with_channels(start, cin, "cin", f"{input}")
    cout = with_channels(target, cout, "cout", f"{output}")
    has_channels |= (cin, cout) != (None, None)
    if (max_params, max_macs) != (None, None) and not has_channels:
        raise refused("costs depend on the channels", "give channels=64, or cin and cout")
    mid = 1 if channels is None else whole_number(channels, "channels", 1)
    first, last = (
        mid if value is None else whole_number(value, name, 1)
        for value, name in ((cin, "cin"), (cout, "cout"))
    )
    usual = Bounds() if layers == 1 else Bounds.for_chain()
    bounds = Bounds(
        usual.kernel if kernel is None else span(kernel, "kernel", 1),
        usual.stride if stride is None else span(stride, "stride", 1),
        span(dilation, "dilation", 1),
        None if padding is None else span(padding, "padding", 0),
        None if output_padding is None else span(output_padding, "output_padding", 0),
    )
    field = None if receptive_field is None else span(receptive_field, "receptive_field", 1)
    limits = Limits(family, Channels(first, mid, last), ceil, field, max_params, max_macs)
    if pool and None not in (cin, cout) and first != last:
        raise refused(f"pools keep their channels, and {first} are not {last}", "leave one out")
    reading = reading_of((start, target))
    axes = (start.axes, target.axes)
    return Question(*axes, family, ceil, layers, bounds, limits, has_channels, reading)


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


def solved(question: Question, limit: int, max_work: int = MAX_WORK) -> Solved:
    """The first `limit` solutions; of a single layer, all are counted."""
    search = _search(question, question.bounds, max_work)
    found: list[Solution] = []
    total = 0
    has_more = False
    for solution in search.solutions():
        total += 1
        if total <= limit:
            found.append(solution)
        elif question.count > 1:
            has_more = True
            break
    costs = tuple(
        chain_costs(question.family, one, question.limits.channels, question.rounds_up)
        for one in found
    )
    is_counted = not has_more and not search.is_stopped
    wider = None if total or search.is_stopped else _wider(question, max_work)
    return Solved(
        question,
        tuple(found),
        costs,
        total if is_counted else None,
        search.work,
        search.is_stopped,
        wider,
    )


def _search(question: Question, bounds: Bounds, max_work: int) -> Search:
    layers = Layers(question.family, question.rounds_up, bounds)
    allows = question.limits.allow if question.limits.any else None
    return Search(layers, question.start, question.target, question.count, allows, max_work)


def _wider(question: Question, max_work: int) -> Solution | None:
    """A single layer that wider bounds hold, without padding; with it there are too many."""
    if question.count > 1:
        return None
    bounds = Bounds(_WIDER, _WIDER, question.bounds.dilation, range(1))
    return next(_search(question, bounds, max_work).solutions(), None)


def _per_axis(question: Question) -> list[Question]:
    """One question for each axis, where axes are to be solved apart."""
    return [
        Question(
            (size,),
            (wanted,),
            question.family,
            question.rounds_up,
            question.count,
            question.bounds,
            question.limits,
            question.has_channels,
        )
        for size, wanted in zip(question.start, question.target, strict=True)
    ]
