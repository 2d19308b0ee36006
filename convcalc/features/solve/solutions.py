"""Layers of one depth and width: the first solutions, their figures, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from convcalc.core.records import Count, Hidden, Key, Record, SizedAnswer, Sizes
from convcalc.features.solve.candidates import Bounds, Layers
from convcalc.features.solve.conditions import Conditions, Question, Span, question_of
from convcalc.features.solve.constraints import KINDS, Costs, chain_costs
from convcalc.features.solve.figures import (
    LayerFields,
    SearchBounds,
    SolutionFigures,
    bounds_of,
    fields_of,
    layer_text,
)
from convcalc.features.solve.search import MAX_WORK, Search, Solution
from convcalc.network.arguments import whole_number
from convcalc.shorthand.given_sizes import GivenSize

# Bounds that are tried for a hint where the given ones hold nothing.
_WIDER = range(1, 129)


class BetweenSizes(Record):
    """What was found of a question about two sizes."""

    __slots__ = ()

    if TYPE_CHECKING:
        question: Hidden[Question]

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
    def bounds(self) -> SearchBounds:
        """What was looked at."""
        return bounds_of(self.question.bounds)


@dataclass(frozen=True, slots=True)
class Solved(BetweenSizes):
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
    conditions = Conditions(
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
    return solutions(input, output, conditions, per_axis=per_axis, limit=limit, max_work=max_work)


def solutions(
    input: GivenSize,
    output: GivenSize,
    conditions: Conditions,
    *,
    per_axis: bool,
    limit: int,
    max_work: int,
) -> Solutions:
    """`solve`, its conditions as one value."""
    question = question_of(input, output, conditions)
    apart = _per_axis(question) if per_axis else [question]
    most, work = whole_number(limit, "limit", 1), whole_number(max_work, "max_work", 1)
    return Solutions(tuple(solved(one, most, work) for one in apart), question.reading)


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
        replace(question, start=(size,), target=(wanted,), reading="")
        for size, wanted in zip(question.start, question.target, strict=True)
    ]
