"""Where the balance between the first stack and each of the others turns: maps, and channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple

from convcalc.core.errors import StackError
from convcalc.core.shapes import Shape, elements
from convcalc.features.compare.stacks import Axes, Channels, Stack
from convcalc.features.compare.turning import OneSign, cost_runs, linear_root

MAX_PERIOD = 512


class MapTurn(NamedTuple):
    """Signs of MACs(first) - MACs(other) over all square maps; empty where not looked for."""

    other: int
    runs: tuple[OneSign, ...]


class ChannelTurn(NamedTuple):
    """cin / cout at which the first stack and another cost the same; None where they never do.

    `above` is the sign of first - other above the ratio (or everywhere): -1 where the first is
    cheaper.
    """

    other: int
    metric: str
    ratio: Fraction | None
    above: int


def map_turns(
    stacks: Sequence[Stack | None], channels: Channels, rank: int, padded: bool, least: int
) -> tuple[MapTurn, ...]:
    """Of each other stack the square maps, from `least` on, on which the first costs less.

    Nothing of files, nor where the strides of both come round too seldom to be looked at.
    """
    first, *others = stacks
    turns = []
    for number, other in enumerate(others, 1):
        if first is None or other is None or first.period * other.period > MAX_PERIOD:
            continue
        turns.append(MapTurn(number, _runs(first, other, channels, rank, padded, least)))
    return tuple(turns)


def _runs(
    first: Stack, other: Stack, channels: Channels, rank: int, padded: bool, least: int
) -> tuple[OneSign, ...]:
    def difference(size: int) -> int:
        on = (size,) * rank
        return first.macs(channels, on, padded) - other.macs(channels, on, padded)

    return cost_runs(difference, least, degree=rank, period=first.period * other.period)


def channel_turns(
    stacks: Sequence[Stack | None], channels: Channels, size: Axes, padded: bool
) -> tuple[ChannelTurn, ...]:
    """Weights and MACs are linear in cin: only layers before the first mixing one know it."""
    first, *others = stacks
    turns = []
    for number, other in enumerate(others, 1):
        if first is None or other is None:
            continue
        for metric, cost in (("weights", _weights), ("MACs", Stack.macs)):
            turn = _channel_turn(first, other, channels, size, padded, cost)
            if turn is not None:
                turns.append(ChannelTurn(number, metric, *turn))
    return tuple(turns)


_Cost = Callable[[Stack, Channels, Axes, bool], int]


def _channel_turn(
    first: Stack, other: Stack, channels: Channels, size: Axes, padded: bool, cost: _Cost
) -> tuple[Fraction | None, int] | None:
    unit = first.group_unit * other.group_unit

    def difference(cin: int) -> int:
        given = Channels(cin, channels.mid, channels.cout)
        return cost(first, given, size, padded) - cost(other, given, size, padded)

    try:
        at_one, at_two = difference(unit), difference(2 * unit)
    except StackError:
        # Channels that only one of the stacks can take, such as a depthwise multiple.
        return None
    found = linear_root(at_one, at_two, unit)
    if found is not None:
        root, above = found
        return root / channels.cout, above
    return None, (at_two > 0) - (at_two < 0)


def _weights(stack: Stack, channels: Channels, size: Axes, padded: bool) -> int:
    x: Shape = (channels.cin, *size)
    total = 0
    for conv in stack.convs(channels, padded):
        total += elements(conv.weights(x)["weight"])
        x = conv.output(x)
    return total
