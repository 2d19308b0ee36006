"""Chains of several depths and widths: the most usual one of each that holds the conditions, and
which of them nothing beats.

Depth and width are what a designer turns first. A choice is beaten where another sees as much with
as many channels, for no more parameters and MACs, and is better in one of the four.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Annotated, Any

from convcalc.core.records import Count, Hidden, Key, Record, SizedAnswer, Sizes
from convcalc.features.solve.conditions import Conditions, Question, question_of
from convcalc.features.solve.constraints import chain_costs
from convcalc.features.solve.search import MAX_WORK
from convcalc.features.solve.solutions import BetweenSizes, Solved, solved
from convcalc.network.arguments import refused
from convcalc.shorthand.given_sizes import GivenSize

# Depths times widths.
MOST_CHOICES = 1000


@dataclass(frozen=True, slots=True)
class Choice(Record):
    """The most usual chain of one depth and width that holds the conditions."""

    layers: Annotated[int, Key("Layers in a row.", minimum=1)]
    channels: Annotated[int, Key("Channels between its layers.", minimum=1)]
    answer: Hidden[Solved]
    is_best: Annotated[
        bool, Key("True where no other choice beats it: it is on the Pareto front.", name="best")
    ] = False

    @property
    @Key()
    def shorthand(self) -> str:
        """The layers in the words of `convcalc shape`."""
        return self.answer.figures[0].shorthand

    @property
    @Key()
    def sizes(self) -> tuple[Sizes, ...]:
        """The sizes before, between and behind them."""
        return self.answer.solutions[0].sizes

    @property
    @Key(null=True)
    def receptive_field(self) -> Sizes | None:
        """The largest field of an output, one an axis; null where it is not followed."""
        return self.answer.costs[0].field

    @property
    @Key()
    def params(self) -> Count:
        """Learnt numbers."""
        return self.answer.costs[0].params

    @property
    @Key()
    def macs(self) -> Count:
        """Multiply-accumulates for one sample."""
        return self.answer.costs[0].macs

    def beats(self, other: Choice) -> bool:
        """True where it is as good in all four figures, and better in one."""
        own, their = self._merits(), other._merits()
        return own != their and all(a >= b for a, b in zip(own, their, strict=True))

    def _merits(self) -> tuple[int, ...]:
        return min(self.receptive_field or (0,)), self.channels, -self.params, -self.macs


@dataclass(frozen=True, slots=True)
class Choices(BetweenSizes, SizedAnswer):
    """What depths and widths come to, the cheapest first."""

    question: Hidden[Question]
    depths: Annotated[tuple[int, ...], Key("Numbers of layers that were looked at.", minItems=1)]
    widths: Annotated[tuple[int, ...], Key("Channels that were looked at.", minItems=1)]
    choices: Annotated[tuple[Choice, ...], Key("One of each depth and width that has one.")]
    stopped: Annotated[
        Count, Key("Depths and widths for which the work allowed was done before one was found.")
    ]

    @property
    def reading(self) -> str:
        """How the sizes were read."""
        return self.question.reading

    @property
    def best(self) -> tuple[Choice, ...]:
        """The Pareto front."""
        return tuple(one for one in self.choices if one.is_best)


def choices(
    input: GivenSize,
    output: GivenSize,
    *,
    layers: Sequence[int],
    channels: Sequence[int],
    max_work: int = MAX_WORK,
    **more: Any,
) -> Choices:
    """For each number of `layers` and of `channels` the most usual chain from `input` to `output`,
    and which of these nothing beats.

    The further arguments are those of `solve`: bounds and conditions. `max_work` is for each
    depth, and shared by its widths where the first chain does not hold. Raises StackError for
    arguments that mean nothing.

    >>> found = choices(32, 8, layers=range(2, 4), channels=range(16, 49, 16), cin=3)
    >>> [(one.layers, one.channels, one.shorthand) for one in found.best[:2]]
    [(2, 16, 'k3 s2 p1 , k3 s2 p1'), (3, 16, 'k3 s1 p1 , k3 s2 p1 , k3 s2 p1')]
    """
    return choices_of(input, output, layers, channels, Conditions(**more), max_work)


def choices_of(
    input: GivenSize,
    output: GivenSize,
    layers: Sequence[int],
    channels: Sequence[int],
    conditions: Conditions,
    max_work: int,
) -> Choices:
    """`choices`, its conditions as one value."""
    cells = list(product(layers, channels))
    if not cells or len(cells) > MOST_CHOICES:
        message = f"{len(layers):,} depths and {len(channels):,} widths are {len(cells):,} choices"
        raise refused(
            message, f"1 to {MOST_CHOICES:,} are possible: a larger step, as in 16:128:16"
        )
    made = []
    stopped = 0
    at_any_cost = replace(conditions, channels=None, max_params=None, max_macs=None)
    share = max(1, max_work // len(channels))
    for depth in layers:
        # Its order does not depend on the width: where it holds, no chain comes before it.
        alone = question_of(input, output, replace(at_any_cost, layers=depth))
        usual = solved(alone, 1, max_work)
        for width in channels:
            asked = replace(conditions, layers=depth, channels=width)
            question = question_of(input, output, asked)
            answer = _at_width(usual, question)
            if answer is None:
                answer = solved(question, 1, share)
            if answer.solutions:
                made.append(Choice(depth, width, answer))
            else:
                stopped += answer.is_stopped
    made.sort(key=lambda one: (one.macs, one.params))
    marked = (
        Choice(one.layers, one.channels, one.answer, not any(other.beats(one) for other in made))
        for one in made
    )
    return Choices(question, tuple(layers), tuple(channels), tuple(marked), stopped)


def _at_width(usual: Solved, question: Question) -> Solved | None:
    """The most usual chain with other channels; None where it does not hold the conditions, or
    may not be the first one."""
    if not usual.solutions or not question.limits.allow(usual.solutions[0], True):
        return None
    channels = question.limits.channels
    found = chain_costs(question.family, usual.solutions[0], channels, question.rounds_up)
    return replace(usual, question=question, costs=(found,))
