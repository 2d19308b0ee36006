"""Which layers of a model file use one and the same arrays, however they were made."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from math import prod
from typing import NamedTuple

from convcalc.importers.placing import Placed
from convcalc.network.held import Held, Made

# Ways to make an array that may have a number of another one more than once.
_LOOKED_UP = ("calculated", "taken")


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
            return held.origin, held.dims, _is_symmetric(held) and held.name != held.origin
        if isinstance(source, Made) and source.how == "arranged" and (of := source.of[0]).origin:
            # Turned as the exporter of the other one turned it already: shapes tell, and of a
            # square, that what an exporter made of a parameter is turned, and itself is not.
            return of.origin, held.dims, _is_symmetric(held) and of.name == of.origin
        if isinstance(source, Made):
            made_of = tuple(self._known[id(one)] for one in source.of)
            return held.dims, source.how, repr(dict(source.fields)), made_of
        return held.name, held.dims, id(source)


def _is_symmetric(held: Held) -> bool:
    """True for a matrix whose shape does not tell whether it was turned."""
    return len(held.dims) == 2 and held.dims[0] == held.dims[1]


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


class Counted(NamedTuple):
    """A stored array: the numbers that it has, and those that layers count of it.

    One that is `generated` is made of nothing that is stored, as `torch.ones` is.
    """

    name: str
    stored: int
    counted: int
    is_generated: bool = False

    @property
    def is_too_often(self) -> bool:
        """True where layers count more numbers than there are."""
        return self.counted > self.stored and not self.is_generated


def counts_of(
    placed: Sequence[Placed], others: Iterable[Held] = (), unlearnt: Container[str] = ()
) -> dict[str, Counted]:
    """What layers count of each stored array that is learnt, by the name of the parameter.

    `others` are arrays that layers count without holding them; a layer counts none that the source
    calls `unlearnt`, such as a mask, where a learnt one is as large.
    """
    owned = owners_of(placed)
    found: dict[tuple[str, int], Counted] = {}
    arrays = [
        array
        for at, one in enumerate(placed)
        if one.facts.params and at not in owned
        for array in _weights(one, placed)
    ]
    counting = [*arrays, *others]
    alone = {ranges[0][0].parameter for one in counting if len(ranges := _ranges(one)) == 1}
    for array in counting:
        for part, count in _shares(array, alone, unlearnt):
            name = part.parameter
            key = name, 0 if part.origin else id(part.source)
            before = found.get(key, Counted(name, 0, 0))
            stored = part.count if part.name == name else max(before.stored, part.count)
            is_generated = isinstance(part.source, Made)
            found[key] = Counted(name, stored, before.counted + count, is_generated)
    return {one.name: one for one in found.values() if one.name}


def _weights(one: Placed, placed: Sequence[Placed]) -> list[Held]:
    """The arrays of a layer that training changes."""
    shapes = tuple([placed[index].facts.output for index in one.inputs])
    roles = one.layer.weights_of(shapes)
    return [held for role, held in one.held.items() if role in roles]


def _shares(held: Held, alone: Container[str], unlearnt: Container[str]) -> list[tuple[Held, int]]:
    """The stored arrays that one is made of, and how many numbers of each count for it.

    What is joined has all numbers of each. A direction times a length counts as the direction,
    which of two of a size is the one that no layer has `alone`; a weight times a mask as the
    weight.
    """
    if all(isinstance(one.source, Made) for one in held.in_order()):
        return [(held.whole, held.count)]
    ranges = _ranges(held)
    more = held.count - sum(count for _, count in ranges)
    if more:
        fitting = [one for one in ranges if one[1] == held.count]
        fitting.sort(key=lambda one: (one[0].parameter in unlearnt, one[0].parameter in alone))
        ranges = fitting[:1] or ranges
    source = held.whole.source
    if more > 0 and len(ranges) == 1 and isinstance(source, Made) and source.how in _LOOKED_UP:
        # Rows of a table, looked up more than once: the layer counts all of them.
        return [(ranges[0][0], held.count)]
    return ranges


def _ranges(held: Held) -> list[tuple[Held, int]]:
    """The stored arrays that one is made of, each range of them for itself, with its length.

    An exporter keeps the two biases of a recurrence in one array, of which gates are cut.
    """
    found, seen, pending = [], set(), [held]
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        stored = one.whole
        if isinstance(stored.source, Made) and stored.source.how == "dequantised":
            # A range of the reals is one of as many integers; their scales are no numbers of it.
            integers = _ranges(stored.source.of[0])
            found += [(leaf, min(one.count, count)) for leaf, count in integers]
        elif isinstance(stored.source, Made):
            # What is looked up is found by places, and chosen by truths: no numbers of a layer.
            of = _parts_in(one) or stored.source.of
            pending += [one for one in of if one.element not in ("int64", "bool")]
        else:
            found.append((stored, one.count))
    return found


def _parts_in(held: Held) -> list[Held]:
    """The parts of a joined array that a range of its numbers is of; none where that is not seen.

    One behind the other lie the biases of a recurrence, of which gates are cut.
    """
    whole = held.whole
    source = whole.source
    span = _span(held)
    axis = source.fields.get("axis") if isinstance(source, Made) else None
    if span is None or not isinstance(source, Made) or source.how != "joined":
        return []
    if not isinstance(axis, int) or prod(whole.dims[:axis]) != 1:
        return []
    found, begin = [], 0
    for part in source.of:
        first, last = max(span.start - begin, 0), min(span.stop - begin, part.count)
        begin += part.count
        if first < last:
            flat = part.made("reshaped", (part.count,))
            found.append(flat.made("sliced", (last - first,), axis=0, start=first, step=1))
    return found


def _span(held: Held) -> range | None:
    """The places of its numbers in the array that it is a range of; None where they lie apart."""
    first, one = 0, held
    while (of := one.laid_out_of) is not None:
        fields = one.source.fields if isinstance(one.source, Made) else {}
        if isinstance(one.source, Made) and one.source.how == "sliced":
            axis, start = fields.get("axis"), fields.get("start")
            if not isinstance(axis, int) or not isinstance(start, int) or fields.get("step") != 1:
                return None
            if prod(of.dims[:axis]) != 1:
                return None
            first += start * prod(of.dims[axis + 1 :])
        elif isinstance(one.source, Made) and one.source.how != "reshaped":
            return None
        one = of
    return range(first, first + held.count)
