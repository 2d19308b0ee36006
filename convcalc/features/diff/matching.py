"""Which layer of one network is which of another: by name and structure, never by number.

An alignment keeps the order of both and pairs layers so that the sum of `Sides.likeness` is
largest (Needleman & Wunsch 1970, without a penalty for gaps). Names that the reader made up
(`conv_3`) say nothing of a layer, as one more before it renumbers them: they only break ties.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from convcalc.kinds.base import LayerKind, MergeKind
from convcalc.network.graph import Graph, Scope
from convcalc.planning.plan_rows import Row
from convcalc.planning.result import Plan

Pair = tuple[int | None, int | None]

# Cells of one table of the alignment, about a second; longer stretches are cut at layers that
# occur once on either side.
MOST_CELLS = 1_000_000

_SAME_FIELDS, _SAME_KIND, _SAME_FAMILY = 24, 10, 2
_SAME_NAME, _OTHER_NAME = 12, -4
_SAME_OUTPUT, _SAME_SIZES, _SAME_PLACE, _SAME_NUMBER = 3, 2, 3, 1
_LIKE_FIELDS = 8


class Identity(NamedTuple):
    """What a layer is told apart by.

    `given` is the name that the file gives it ("" for one made up), `place` the path of names of
    the blocks around it, made-up ones by their block's name alone.
    """

    given: str
    place: tuple[str, ...]


def identities(graph: Graph) -> list[Identity]:
    """The identity of each layer of a graph, in order."""
    found: list[Identity] = []
    for node, scopes in zip(graph.layers, blocks_around(graph), strict=True):
        place = [
            (scope.template.name or f"({scope.block})")
            + _number(scope.name, scope.template.is_series)
            for scope in scopes
        ]
        template = node.template
        given = template.name + _number(node.name, template.is_series) if template.name else ""
        found.append(Identity(given, tuple(place)))
    return found


def blocks_around(graph: Graph) -> list[tuple[Scope, ...]]:
    """The uses of blocks around each layer, outer ones first."""
    found: list[tuple[Scope, ...]] = [()] * len(graph.nodes)
    for scope in graph.scopes:
        for at in range(scope.first, scope.end):
            found[at] += (scope,)
    return found[graph.input_count :]


def _number(name: str, is_series: bool) -> str:
    return f".{name.rpartition('.')[2]}" if is_series else ""


class _Layer(NamedTuple):
    row: Row
    identity: Identity
    declared: dict[str, object]
    token: Hashable


def _layers(plan: Plan, tokens: dict[Hashable, int]) -> list[_Layer]:
    """The layers of a plan; equal tokens stand for equal kinds with equal fields."""
    found = []
    for row, identity in zip(plan.rows, identities(plan.graph), strict=True):
        layer = row.node.layer
        names = type(layer).model_fields
        declared = {name: getattr(layer, name) for name in names if name != "inputs"}
        key = (row.kind, repr(declared))
        found.append(_Layer(row, identity, declared, tokens.setdefault(key, len(tokens))))
    return found


class Sides:
    """The layers of both plans, and how alike two of them are."""

    def __init__(self, before: Plan, after: Plan) -> None:
        tokens: dict[Hashable, int] = {}
        self.before = _layers(before, tokens)
        self.after = _layers(after, tokens)
        self._shared: dict[tuple[Hashable, Hashable], int] = {}

    def likeness(self, one: _Layer, other: _Layer) -> int:
        """How much speaks for one layer having become the other; 0 where they cannot have."""
        mine, theirs = one.identity, other.identity
        is_named = bool(mine.given) and mine.given == theirs.given
        if one.token == other.token:
            score = _SAME_FIELDS + _SAME_KIND
        elif one.row.kind == other.row.kind:
            score = _SAME_KIND + self._alike(one, other)
        elif is_named or _family(one) == _family(other):
            score = _SAME_FAMILY
        else:
            return 0
        if is_named:
            score += _SAME_NAME
        elif mine.given and theirs.given:
            score += _OTHER_NAME
        if mine.place == theirs.place:
            score += _SAME_PLACE
        if one.row.output == other.row.output:
            score += _SAME_OUTPUT
        if one.row.output[1:] == other.row.output[1:]:
            score += _SAME_SIZES
        if one.row.name == other.row.name:
            score += _SAME_NUMBER
        return max(score, 1)

    def _alike(self, one: _Layer, other: _Layer) -> int:
        key = (one.token, other.token)
        if key not in self._shared:
            equal = sum(other.declared.get(name) == value for name, value in one.declared.items())
            self._shared[key] = _LIKE_FIELDS * equal // len(one.declared)
        return self._shared[key]


_ALL = (LayerKind, MergeKind)


def _family(layer: _Layer) -> str:
    # A family of kinds, such as the activations, shares the class above them all.
    *_, highest = takewhile(lambda base: base not in _ALL, type(layer.row.node.layer).__mro__)
    return highest.__name__


def matched(before: Plan, after: Plan) -> list[Pair]:
    """Every layer of both plans once, as pairs of places, in the order of both."""
    sides = Sides(before, after)
    return list(_aligned(sides, 0, len(sides.before), 0, len(sides.after)))


def _aligned(sides: Sides, low: int, high: int, first: int, end: int) -> Iterator[Pair]:
    """The pairs of `before[low:high]` and `after[first:end]`."""
    old, new = sides.before[low:high], sides.after[first:end]
    equal = takewhile(lambda pair: _is_equal(*pair, by_number=True), zip(old, new, strict=False))
    ahead = len(list(equal))
    yield from _in_parallel(low, first, ahead)
    low, first = low + ahead, first + ahead
    left = zip(reversed(old[ahead:]), reversed(new[ahead:]), strict=False)
    behind = len(list(takewhile(lambda pair: _is_equal(*pair, by_number=False), left)))
    yield from _differing(sides, low, high - behind, first, end - behind)
    yield from _in_parallel(high - behind, end - behind, behind)


def _in_parallel(low: int, first: int, many: int) -> Iterator[tuple[int, int]]:
    """So many pairs, from `low` before and `first` after on."""
    return zip(range(low, low + many), range(first, first + many), strict=True)


def _is_equal(one: _Layer, other: _Layer, by_number: bool) -> bool:
    if one.token != other.token or one.identity != other.identity:
        return False
    return not by_number or one.row.name == other.row.name


def _differing(sides: Sides, low: int, high: int, first: int, end: int) -> Iterator[Pair]:
    if (high - low) * (end - first) <= MOST_CELLS:
        yield from _by_table(sides, low, high, first, end)
    else:
        yield from _by_anchors(sides, low, high, first, end)


# Pairs from one on: the first of them, and all others.
_Chain = tuple[tuple[int, int], "_Chain"] | None
_Best = tuple[int, _Chain]
_NOTHING: _Best = (0, None)


def _by_table(sides: Sides, low: int, high: int, first: int, end: int) -> Iterator[Pair]:
    new = sides.after[first:end]
    # Best sums from each place to the end, with the pairs that make them.
    below: list[_Best] = [_NOTHING] * (len(new) + 1)
    for at in reversed(range(low, high)):
        one = sides.before[at]
        row = [_NOTHING]
        for place in reversed(range(len(new))):
            best = below[place] if below[place][0] >= row[-1][0] else row[-1]
            if score := sides.likeness(one, new[place]):
                rest, chain = below[place + 1]
                # Of equal sums the one with this pair.
                if score + rest >= best[0]:
                    best = score + rest, ((at, first + place), chain)
            row.append(best)
        below = row[::-1]
    _, chain = below[0]
    while chain is not None:
        (at, to), chain = chain
        yield from _apart(low, at, first, to)
        yield at, to
        low, first = at + 1, to + 1
    yield from _apart(low, high, first, end)


def _apart(low: int, high: int, first: int, end: int) -> Iterator[Pair]:
    """Layers that went, then those that came."""
    yield from ((at, None) for at in range(low, high))
    yield from ((None, at) for at in range(first, end))


def _by_anchors(sides: Sides, low: int, high: int, first: int, end: int) -> Iterator[Pair]:
    """Cut at layers that occur once on both sides, and align what lies between."""
    keys: tuple[Callable[[_Layer], Hashable], ...] = (
        lambda layer: (layer.identity, layer.token),
        lambda layer: (layer.row.name, layer.token),
    )
    anchors = next(filter(None, (_anchors(sides, low, high, first, end, key) for key in keys)), [])
    if not anchors:
        # Nothing to hold on to in a very long stretch: in step, as far as kinds agree.
        yield from _in_step(sides, low, high, first, end)
        return
    for at, to in anchors:
        yield from _aligned(sides, low, at, first, to)
        yield at, to
        low, first = at + 1, to + 1
    yield from _aligned(sides, low, high, first, end)


def _anchors(
    sides: Sides,
    low: int,
    high: int,
    first: int,
    end: int,
    key: Callable[[_Layer], Hashable],
) -> list[tuple[int, int]]:
    """The longest chain of layers that are unique on both sides, in the order of both."""
    old = _once(map(key, sides.before[low:high]), low)
    new = _once(map(key, sides.after[first:end]), first)
    return _increasing([(at, new[name]) for name, at in old.items() if name in new])


def _once(names: Iterable[Hashable], low: int) -> dict[Hashable, int]:
    """The place of every name that is there once, counted from `low`."""
    places: dict[Hashable, list[int]] = {}
    for at, name in enumerate(names, low):
        places.setdefault(name, []).append(at)
    return {name: at for name, (at, *more) in places.items() if not more}


def _increasing(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence whose second numbers increase (patience sorting).

    >>> _increasing([(0, 4), (1, 0), (2, 2), (3, 1), (4, 3), (5, 0)])
    [(1, 0), (3, 1), (4, 3)]
    """
    from bisect import bisect_left

    tops: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for index, (_, to) in enumerate(pairs):
        pile = bisect_left(tops, to)
        before.append(ends[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(to)
            ends.append(index)
        else:
            tops[pile], ends[pile] = to, index
    chain = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _in_step(sides: Sides, low: int, high: int, first: int, end: int) -> Iterator[Pair]:
    both = min(high - low, end - first)
    for at, to in _in_parallel(low, first, both):
        if sides.before[at].row.kind == sides.after[to].row.kind:
            yield at, to
        else:
            yield from _apart(at, at + 1, to, to + 1)
    yield from _apart(low + both, high, first + both, end)
