"""What both sides expect of the network and its layers, and which of them asks for more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from typing import Any, NamedTuple

from convcalc.document import to_plain
from convcalc.features.diff.matching import Pair, blocks_around
from convcalc.features.diff.values import Effect, ExpectationChange
from convcalc.network.expectations import Expectation, Limits, NetworkExpect
from convcalc.network.graph import Graph
from convcalc.network.template import LayerTemplate
from convcalc.planning.result import Plan


class _Holder(NamedTuple):
    """A layer or block as written: the name of its first copy, and how many more there are."""

    name: str
    more: int
    template: LayerTemplate


def expectation_changes(
    before: Plan, after: Plan, pairs: list[Pair]
) -> tuple[ExpectationChange, ...]:
    """The expectations that mean something else, the network's first; `pairs` match the layers.

    Each is told once, however often its layer is repeated; of a layer that came or went too.

    >>> import convcalc
    >>> def planned(most):
    ...     text = "convcalc: 1\\ninput: [3, 8, 8]\\nlayers: [relu]\\nexpect: {params: {max: %s}}"
    ...     return convcalc.plan(convcalc.loads(text % most))
    >>> expectation_changes(planned("12M"), planned("12000K"), [(0, 0)])
    ()
    >>> [change] = expectation_changes(planned("12M"), planned("13M"), [(0, 0)])
    >>> change.figure, change.before, change.after, change.effect
    ('params', {'max': '12M'}, {'max': '13M'}, 'looser')
    """
    old_graph, new_graph = before.graph, after.graph
    found = list(_changes(None, old_graph.expect, new_graph.expect))
    old, new = _holders(old_graph), _holders(new_graph)
    if not any(one.template.expect for one in (*old.values(), *new.values())):
        return tuple(found)
    partners = _partners(old_graph, new_graph, pairs, old, new)
    for key, holder in new.items():
        was = old.get(partners.get(key, 0))
        expected = was.template.expect if was is not None else None
        found += _changes(holder, expected, holder.template.expect)
    kept = set(partners.values())
    for key, holder in old.items():
        if key not in kept:
            found += _changes(holder, holder.template.expect, None)
    return tuple(found)


def _changes(
    holder: _Holder | None, before: Expectation | None, after: Expectation | None
) -> Iterator[ExpectationChange]:
    name, more = (holder.name, holder.more) if holder is not None else ("", 0)
    for figure in NetworkExpect.model_fields:
        sides = [getattr(one.model, figure, None) if one else None for one in (before, after)]
        if sides[0] != sides[1]:
            written = [
                to_plain(one.nodes[figure]) if one and figure in one.nodes else None
                for one in (before, after)
            ]
            effect = _effect(*sides)
            yield ExpectationChange(name, more, figure, written[0], written[1], effect)


def _effect(before: Any, after: Any) -> Effect:
    """Whether everything that was allowed still is, and more; or only a part of it.

    >>> _effect(Limits(most=Fraction(5)), Limits(most=Fraction(4)))
    'tighter'
    >>> _effect(Limits(exact=Fraction(5)), Limits(least=Fraction(4))), _effect((3, 8), (3, None))
    ('looser', 'looser')
    >>> _effect((10,), (12,)), _effect(None, (12,))
    ('other', 'tighter')
    """
    if _allows(after, before):
        return "looser"
    return "tighter" if _allows(before, after) else "other"


def _allows(one: Any, other: Any) -> bool:
    """True where `one` holds for every figure that `other` holds for."""
    if one is None or other is None:
        return one is None
    if isinstance(one, Limits):
        (low, high), (least, most) = _bounds(one), _bounds(other)
        is_low = low is None or (least is not None and least >= low)
        return is_low and (high is None or (most is not None and most <= high))
    sizes = zip(one, other, strict=False)
    return len(one) == len(other) and all(want in (None, got) for want, got in sizes)


def _bounds(limits: Limits) -> tuple[Fraction | None, Fraction | None]:
    if limits.exact is not None:
        return limits.exact, limits.exact
    return limits.least, limits.most


def _holders(graph: Graph) -> dict[int, _Holder]:
    """Every layer and block that the graph was made of, by its identity as an object."""
    found: dict[int, _Holder] = {}
    named = [(scope.name, scope.template) for scope in graph.scopes]
    named += [(node.name, node.template) for node in graph.layers]
    for name, template in named:
        known = found.get(id(template))
        found[id(template)] = (
            known._replace(more=known.more + 1) if known else _Holder(name, 0, template)
        )
    return found


def _partners(
    before: Graph,
    after: Graph,
    pairs: list[Pair],
    old: dict[int, _Holder],
    new: dict[int, _Holder],
) -> dict[int, int]:
    """What each layer or block of the new side was: that of which most layers became its own."""
    around = blocks_around(before), blocks_around(after)
    votes: Counter[tuple[int, int]] = Counter()
    for at, to in pairs:
        if at is not None and to is not None:
            votes[id(after.layers[to].template), id(before.layers[at].template)] += 1
            for outer, was in zip(around[1][to], around[0][at], strict=False):
                votes[id(outer.template), id(was.template)] += 1
    partners: dict[int, int] = {}
    taken: set[int] = set()
    # Layers that moved are no pair; their names tell.
    names = {holder.name: key for key, holder in old.items()}
    named = [(key, names[holder.name]) for key, holder in new.items() if holder.name in names]
    for key, partner in [*(pair for pair, _ in votes.most_common()), *named]:
        if key not in partners and partner not in taken:
            partners[key] = partner
            taken.add(partner)
    return partners
