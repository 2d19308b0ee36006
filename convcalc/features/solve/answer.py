"""The answer of `convcalc solve`: the first solutions, their figures, and what was looked at."""

from __future__ import annotations

from dataclasses import dataclass

from convcalc.features.solve.layers import Axes, Bounds, Family, Layers
from convcalc.features.solve.limits import Costs, Limits, chain_costs
from convcalc.features.solve.search import MAX_WORK, Search, Solution

# Bounds that are tried for a hint where the given ones hold nothing.
_WIDER = range(1, 129)


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


@dataclass(frozen=True, slots=True)
class Answer:
    """The first solutions in the order of the rule.

    `total` counts all of them, None where only the first were asked for and there are more.
    `is_stopped` says that the work allowed was done before everything was looked at. `wider` is
    a layer beyond the bounds, where these hold none.
    """

    question: Question
    solutions: tuple[Solution, ...]
    costs: tuple[Costs, ...]
    total: int | None
    work: int
    is_stopped: bool
    wider: Solution | None


def solve(question: Question, limit: int, max_work: int = MAX_WORK) -> Answer:
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
    return Answer(
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


def per_axis(question: Question) -> list[Question]:
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
