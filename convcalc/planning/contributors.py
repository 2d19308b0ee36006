"""Which layers a sum is made of: the largest parts with their shares, blocks folded to one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple

from convcalc.core.text import size
from convcalc.network.graph import Graph

TOP = 3
# The unit of amounts that are shown in binary units.
BYTES = " B"
# A series is not told apart into parts that each have less than a twentieth of everything.
LEAST = 20


class Contributor(NamedTuple):
    """A layer, a block (`stage_2`) or a series of them (`stage_2.*`), and what it adds."""

    name: str
    amount: int


class _Unit(NamedTuple):
    """The nodes [first, end) as one part; `members` are what a series is made of."""

    name: str
    first: int
    end: int
    scope: int | None
    members: tuple[_Unit, ...] = ()


class Span(NamedTuple):
    """The layers that are asked about: nodes [first, end), within the scope of that number."""

    first: int
    end: int
    scope: int | None = None


def whole(graph: Graph) -> Span:
    """All layers of the network."""
    return Span(graph.input_count, len(graph.nodes))


def contributors(graph: Graph, amounts: Sequence[int], span: Span) -> list[Contributor]:
    """The parts of a sum over the layers of `span`, largest first; parts of nothing are left out.

    `amounts` has one entry for each node of the graph. Blocks and series count as one part,
    unless one of them has more than half of everything: then its own parts are told apart, where
    the largest of them is worth naming.
    """

    def amount_of(unit: _Unit | Span) -> int:
        return sum(amounts[unit.first : unit.end])

    total = amount_of(span)
    parts = _units(graph, span)
    while True:
        parts.sort(key=lambda unit: (-amount_of(unit), unit.first))
        inside = _inside(graph, parts[0]) if parts and 2 * amount_of(parts[0]) > total else []
        if not inside or max(map(amount_of, inside)) * LEAST < total:
            break
        parts[:1] = inside
    return [Contributor(unit.name, amount_of(unit)) for unit in parts if amount_of(unit)]


def shares(parts: Sequence[Contributor], total: int, unit: str = "", what: str = "most in") -> str:
    """The largest parts in words; "" where there is only nothing.

    >>> shares([Contributor("stem", 60), Contributor("body.*", 30), Contributor("head", 10)], 100)
    'most in `stem` 60 (60.0 %), `body.*` 30 (30.0 %), `head` 10 (10.0 %)'
    """
    if len(parts) == 1 and parts[0].amount == total:
        return f"{what.replace('most', 'all')} {_quoted(parts[0].name)}"
    listed = ", ".join(
        f"{_quoted(name)} {measured(amount, unit)} ({_percent(amount, total)})"
        for name, amount in parts[:TOP]
    )
    return f"{what} {listed}" if listed else ""


def measured(amount: int | Fraction, unit: str = "") -> str:
    """An amount with its unit, bytes as a plan has them.

    >>> measured(1, " pixels"), measured(2, " pixels"), measured(41984, BYTES)
    ('1 pixel', '2 pixels', '41.00 KiB')
    """
    if unit == BYTES:
        return size(int(amount))
    number = f"{int(amount):,}" if amount.denominator == 1 else str(amount)
    return f"{number}{unit.removesuffix('s') if amount == 1 else unit}"


def _quoted(name: str) -> str:
    # `parameters of X` is quoted where it is made.
    return name if "`" in name else f"`{name}`"


def _percent(amount: int, total: int) -> str:
    """A share with one decimal, in integers: a float would overflow where a plan does not."""
    tenths = (amount * 2000 + total) // (2 * total)
    return f"{tenths // 10}.{tenths % 10} %"


def _inside(graph: Graph, unit: _Unit) -> list[_Unit]:
    """What a unit is made of; nothing where it is a layer."""
    if unit.members:
        return list(unit.members)
    if unit.scope is None:
        return []
    return _units(graph, Span(unit.first, unit.end, unit.scope))


def _units(graph: Graph, span: Span) -> list[_Unit]:
    """The blocks and layers right within `span`, in order; series as one."""
    units: list[_Unit] = []
    at = span.first
    start = 0 if span.scope is None else span.scope + 1
    # Scopes stand in order, outer ones before inner ones: the first that fits is the outermost.
    for number in range(start, len(graph.scopes)):
        scope = graph.scopes[number]
        if scope.first >= span.end:
            break
        if at <= scope.first < scope.end <= span.end:
            units += _layers(graph, at, scope.first)
            units.append(_Unit(scope.name, scope.first, scope.end, number))
            at = scope.end
    units += _layers(graph, at, span.end)
    return [_folded(list(series)) for _, series in groupby(units, _series_of)]


def _layers(graph: Graph, first: int, end: int) -> list[_Unit]:
    return [_Unit(graph.nodes[at].name, at, at + 1, None) for at in range(first, end)]


def _series_of(unit: _Unit) -> tuple[str, str]:
    stem, _, number = unit.name.rpartition(".")
    return (stem, "*") if number.isdigit() else (unit.name, "")


def _folded(series: list[_Unit]) -> _Unit:
    first, *others = series
    if not others:
        return first
    stem, _, _ = first.name.rpartition(".")
    return _Unit(f"{stem}.*", first.first, others[-1].end, None, tuple(series))
