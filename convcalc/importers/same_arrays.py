"""Which layers of a model file use one and the same arrays, however they were made."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.importers.building import Placed
from convcalc.network.held import Held, Made


class _Identities:
    """A number for each held array, the same for those that are one and the same."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._known: dict[int, int] = {}

    def of(self, held: Held) -> int:
        """The number of an array."""
        for one in held.in_order(self._known):
            self._known[id(one)] = self._numbers.setdefault(self._said(one), len(self._numbers))
        return self._known[id(held)]

    def _said(self, held: Held) -> tuple[object, ...]:
        source = held.source
        if held.origin:
            return held.origin, held.dims
        if isinstance(source, Made) and source.how == "arranged" and source.of[0].origin:
            # Turned as the exporter of the other one turned it already.
            return source.of[0].origin, held.dims
        if isinstance(source, Made):
            made_of = tuple(self._known[id(one)] for one in source.of)
            return held.name, held.dims, source.how, repr(dict(source.fields)), made_of
        return held.name, held.dims, id(source)


def owners_of(placed: Sequence[Placed]) -> dict[int, int]:
    """For each layer all whose arrays an earlier one has in the same roles, that one."""
    identities = _Identities()
    first: dict[tuple[str, int], list[int]] = {}
    arrays: dict[int, frozenset[tuple[str, int]]] = {}
    found = {}
    for at, one in enumerate(placed):
        if not one.held or not all(held.name for held in one.held.values()):
            continue
        own = frozenset((role, identities.of(held)) for role, held in one.held.items())
        known = first.get(next(iter(own)), [])
        owner = next((other for other in known if own <= arrays[other]), None)
        if owner is not None:
            found[at] = owner
            continue
        arrays[at] = own
        for array in own:
            first.setdefault(array, []).append(at)
    return found


def counted_twice(placed: Sequence[Placed]) -> set[str]:
    """Names of learnt arrays of which layers count more numbers than there are.

    They hold it in several layouts, or parts of it beside the whole or each other.
    """
    owned = owners_of(placed)
    counted: dict[tuple[str, int], int] = {}
    found = set()
    for at, one in enumerate(placed):
        if one.facts.params and at not in owned:
            for held in one.held.values():
                whole = held.whole
                if whole.name and whole.count > 1:
                    key = whole.name, id(whole.source)
                    counted[key] = counted.get(key, 0) + held.count
                    if counted[key] > whole.count:
                        found.add(whole.name)
    return found
