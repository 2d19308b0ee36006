"""Which parts of a network are alike, and which of them are worth a block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from convcalc.features.import_.nested_parts import Outside, Part
from convcalc.features.import_.spelling import Spelling

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

Description = tuple[object, ...]
# Lines that a block takes beside its layers: its name, `args:` and `layers:`.
HEADER = 3
_PASSES = 12


class Structure:
    """The parts of a graph, each with the `key` that all parts of its shape share.

    A shape is what kinds follow each other and which reads which; fields are no part of it.
    """

    def __init__(self, graph: Graph, parts: list[Part], spelling: Spelling) -> None:
        self.graph, self.parts, self.spelling = graph, parts, spelling
        self.outside = Outside(graph)
        self._keys: dict[Description, int] = {}
        self._values: dict[Description, int] = {}
        self._value_of: dict[Part, int] = {}
        # The keys of runs whose parts are equal down to their fields.
        self.even: set[int] = set()

    def settle(self) -> None:
        """Join runs, and leave of the groups only those that are worth a block."""
        for _ in range(_PASSES):
            self.number()
            if not self._dissolve():
                break

    def number(self) -> None:
        """Give each part its key, and join equal neighbours to runs."""
        self._value_of.clear()
        self.parts = self._numbered(self.parts)

    def groups(self) -> Iterator[Part]:
        """Every group that is no run, inner ones first."""
        for top in self.parts:
            for part in top.walk():
                if part.parts and not part.is_run:
                    yield part

    def _numbered(self, parts: list[Part]) -> list[Part]:
        flat = list(_flattened(parts))
        for part in flat:
            if part.parts:
                part.parts = self._numbered(part.parts)
                only = part.parts[0]
                if len(part.parts) == 1 and only.is_run:
                    # A group that is one run, as `layer1` with `layer1.0`, `layer1.1`, ...
                    only.path, only.is_named = part.path, part.is_named
            self._mark(part)
        return self._runs(flat)

    def _mark(self, part: Part) -> None:
        if not part.parts:
            node = self.graph.nodes[part.first]
            part.key = self._key(("layer", type(node.layer), len(node.inputs)))
            choices = self.spelling.choices(node)
            fields = tuple((name, repr(found[0])) for name, found in choices.items())
            self._value_of[part] = self._value((part.key, *fields))
            return
        if part.is_run:
            values = {self._value_of[one] for one in part.parts}
            is_even = len(values) == 1 and all(len(one.reads) == 1 for one in part.parts)
            length = 0 if is_even else len(part.parts)
            part.key = self._key(("run", part.parts[0].key, length))
            if is_even:
                self.even.add(part.key)
        else:
            at = {inner.result: index for index, inner in enumerate(part.parts)}
            at |= {read: -1 - index for index, read in enumerate(part.reads)}
            shape = tuple((one.key, *map(at.__getitem__, one.reads)) for one in part.parts)
            part.key = self._key(("group", *shape))
        values_inside = (self._value_of[one] for one in part.parts)
        self._value_of[part] = self._value((part.key, *values_inside))

    def _key(self, shape: Description) -> int:
        return self._keys.setdefault(shape, len(self._keys))

    def _value(self, value: Description) -> int:
        return self._values.setdefault(value, len(self._values))

    def _runs(self, parts: list[Part]) -> list[Part]:
        found: list[Part] = []
        at = 0
        while at < len(parts):
            end = at + 1
            while end < len(parts) and self._follows(parts, at, end):
                end += 1
            run = parts[at:end]
            found += [self._run(run)] if self._is_series(run) else run
            at = end
        return found

    def _follows(self, parts: list[Part], first: int, at: int) -> bool:
        """True where the part at `at` goes on with the run that begins at `first`."""
        before, part = parts[at - 1], parts[at]
        if part.key != before.key or not part.reads or part.reads[0] != before.result:
            return False
        if self.outside.last_use[before.result] >= part.end or before.result in part.reads[1:]:
            return False
        start = parts[first].first
        return all(read < start for read in part.reads[1:])

    def _is_series(self, run: list[Part]) -> bool:
        if len(run) < 2:
            return False
        if run[0].parts:
            return True
        node = self.graph.nodes[run[0].first]
        if type(node.layer).is_merge or len(node.inputs) != 1:
            return False
        return len({self._value_of[part] for part in run}) == 1 or len(run) > 2

    def _run(self, run: list[Part]) -> Part:
        reads = (*run[0].reads, *(read for part in run[1:] for read in part.reads[1:]))
        is_named = all(part.is_named for part in run)
        whole = Part(
            _common(run), run[0].first, run[-1].end, run, reads, is_run=True, is_named=is_named
        )
        self._mark(whole)
        return whole

    def _dissolve(self) -> bool:
        """Put the layers of groups that are not worth a block where the groups stand."""
        uses: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        inline: defaultdict[tuple[int, tuple[int, int]], int] = defaultdict(int)
        sizes: dict[int, int] = {}
        for key, parts in self._lists():
            for index, part in enumerate(parts):
                members = part.parts if part.is_run else [part]
                if members[0].parts:
                    place = (key, index)
                    uses[members[0].key].add(place)
                    sizes[members[0].key] = len(members[0].parts)
                    taken = inline[(members[0].key, place)]
                    inline[(members[0].key, place)] = max(taken, len(members))
        poor = set()
        for key, places in uses.items():
            written_out = sizes[key] * sum(inline[(key, place)] for place in places)
            if written_out <= HEADER + sizes[key] + len(places):
                poor.add(key)
        if poor:
            self.parts = list(_without(self.parts, poor))
        return bool(poor)

    def _lists(self) -> Iterable[tuple[int, list[Part]]]:
        """Every list of parts with the key of its group, -1 for the network's."""
        yield -1, self.parts
        for group in self.groups():
            yield group.key, group.parts


def _flattened(parts: list[Part]) -> Iterator[Part]:
    for part in parts:
        yield from part.parts if part.is_run else (part,)


def _without(parts: list[Part], poor: set[int]) -> Iterator[Part]:
    """The parts with the insides of groups of these keys in their place; runs are taken apart."""
    for part in _flattened(parts):
        if part.parts:
            part.parts = list(_without(part.parts, poor))
        if part.parts and part.key in poor:
            yield from part.parts
        else:
            yield part


def _common(run: list[Part]) -> tuple[str, ...]:
    """The path of a run: that of its parts up to the number that tells them apart."""
    first = run[0].path
    if all(part.path[:-1] == first[:-1] for part in run):
        bases = {part.path[-1].rstrip("0123456789") for part in run}
        if bases == {""}:
            return first[:-1]
        if len(bases) == 1 and len({part.path[-1] for part in run}) == len(run):
            return (*first[:-1], bases.pop().rstrip("_-"))
    return first
