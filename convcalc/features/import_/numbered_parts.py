"""Which parts of a graph are alike: a number for all of one shape, and runs of neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from convcalc.features.import_.nested_parts import Outside, Part
from convcalc.features.import_.spelling import Spelling, Value, can_be_argument
from convcalc.features.import_.variants import Shape

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

Description = tuple[object, ...]


class Numbering:
    """Numbers for parts: the `key` that all of one shape share, and one for equal fields as well.

    A shape is what kinds follow each other and which reads which. Fields are no part of it, but
    that a convolution is depthwise: papers draw it as another layer.
    """

    def __init__(self, graph: Graph, spelling: Spelling, outside: Outside, is_plain: bool) -> None:
        self.graph, self.spelling, self.outside = graph, spelling, outside
        self.is_plain = is_plain
        # The shapes of groups, by their own key.
        self.shapes: dict[int, Shape] = {}
        # Of variants that are one block, the key that all of them bear.
        self.same: dict[int, int] = {}
        # The keys of runs whose parts are equal down to their fields.
        self.even: set[int] = set()
        self._keys: dict[Description, int] = {}
        self._values: dict[Description, int] = {}
        self._value_of: dict[Part, int] = {}
        self._layer_values: dict[int, int] = {}

    def numbered(self, parts: list[Part]) -> list[Part]:
        """The parts, each with its key, with equal neighbours joined to runs."""
        self._value_of.clear()
        return self._joined(parts)

    def key_of_group(self, part: Part) -> int | None:
        """The key that groups of the part's shape have; None for a shape that nobody has met."""
        return self._keys.get(("group", *self.shape(part)))

    def _joined(self, parts: list[Part]) -> list[Part]:
        flat = list(flattened(parts))
        for part in flat:
            if part.parts:
                part.parts = self._joined(part.parts)
                only = part.parts[0]
                if len(part.parts) == 1 and only.is_run:
                    # A group that is one run, as `layer1` with `layer1.0`, `layer1.1`, ...
                    for one in only.parts:
                        one.series = part.path if part.is_named else ()
            self._mark(part)
        return self._runs(flat)

    def _mark(self, part: Part) -> None:
        if not part.parts:
            if part.key < 0:
                part.key = self._layer_key(part.first)
            self._value_of[part] = self._layer_values[part.first]
            return
        if part.is_run:
            values = {self._value_of[one] for one in part.parts}
            is_even = len(values) == 1 and all(len(one.reads) == 1 for one in part.parts)
            length = 0 if is_even else len(part.parts)
            part.key = part.variant = self._key(("run", part.parts[0].key, length))
            if is_even:
                self.even.add(part.key)
        else:
            shape = self.shape(part)
            part.variant = self._key(("group", *shape))
            part.key = self.same.get(part.variant, part.variant)
            self.shapes[part.variant] = shape
        values_inside = (self._value_of[one] for one in part.parts)
        self._value_of[part] = self._value((part.variant, *values_inside))

    def _layer_key(self, at: int) -> int:
        node = self.graph.nodes[at]
        choices = self.spelling.choices(node)
        own = (_fixed(found) for found in choices.values() if not can_be_argument(found))
        is_depthwise = self.spelling.is_depthwise(node)
        key = self._key(("layer", type(node.layer), len(node.inputs), is_depthwise, *own))
        fields = tuple((name, repr(found[0])) for name, found in choices.items())
        self._layer_values[at] = self._value((key, *fields))
        return key

    def shape(self, part: Part) -> Shape:
        """What kinds of parts follow each other in a group, and which reads which."""
        at = {inner.result: index for index, inner in enumerate(part.parts)}
        at |= {read: -1 - index for index, read in enumerate(part.reads)}
        return tuple((one.key, *map(at.__getitem__, one.reads)) for one in part.parts)

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
        if not self._share_alike(before, part) or part.series != before.series:
            return False
        start = parts[first].first
        return all(read < start for read in part.reads[1:])

    def _share_alike(self, before: Part, part: Part) -> bool:
        """True where a series of both can say whose arrays it uses: those of a series, or none."""
        outside = self.outside
        if self.is_plain and any(map(outside.shares, (before, part))):
            return False
        mine, its = outside.owner(before.first, before.end), outside.owner(part.first, part.end)
        if mine is None or its is None:
            return mine is its
        return its[0] - mine[0] == part.first - before.first

    def _is_series(self, run: list[Part]) -> bool:
        if len(run) < 2:
            return False
        if run[0].parts:
            return True
        node = self.graph.nodes[run[0].first]
        if type(node.layer).is_merge or len(node.inputs) != 1:
            return False
        if len({self._value_of[part] for part in run}) == 1:
            return True
        fields = self.spelling.choices(node).values()
        return len(run) > 2 and all(map(can_be_argument, fields))

    def _run(self, run: list[Part]) -> Part:
        reads = (*run[0].reads, *(read for part in run[1:] for read in part.reads[1:]))
        # Some of many numbered modules have no name of their own; see `_joined` for all of them.
        series = run[0].series
        is_named = all(part.is_named and not part.path[-1].isdigit() for part in run)
        whole = Part(
            series or _common(run),
            run[0].first,
            run[-1].end,
            run,
            reads,
            is_run=True,
            is_named=is_named or bool(series),
        )
        self._mark(whole)
        return whole


def flattened(parts: list[Part]) -> Iterator[Part]:
    """The parts, runs as those that they are made of."""
    for part in parts:
        yield from part.parts if part.is_run else (part,)


def _fixed(choices: tuple[Value, ...]) -> str:
    """What of a field no argument can be: of a mapping its keys."""
    value = choices[0]
    return repr([*value] if isinstance(value, dict) else choices)


def _common(run: list[Part]) -> tuple[str, ...]:
    """The path of a run: that of its parts up to the number that tells them apart."""
    first = run[0].path
    if first and all(part.path[:-1] == first[:-1] for part in run):
        bases = {part.path[-1].rstrip("0123456789") for part in run}
        if bases == {""}:
            return first[:-1]
        if len(bases) == 1 and len({part.path[-1] for part in run}) == len(run):
            return (*first[:-1], bases.pop().rstrip("_-"))
    return first
