"""Which parts of a network are alike, and which of them are worth a block."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from convcalc.features.import_.nested_parts import Outside, Part, grouped
from convcalc.features.import_.recurring import ALL_STEPS, HEADER, Listed, recurring
from convcalc.features.import_.spelling import Spelling, Value, can_be_argument
from convcalc.features.import_.variants import Shape, Template, merged, pruned

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

Description = tuple[object, ...]
# Each pass looks at every part: so many passes, and fewer over very many layers.
_PASSES = 60
_LEAST_PASSES = 4
_PARTS_OF_ALL_PASSES = 400_000
# The share of layers in blocks from which on the names of the source have said enough.
_NAMED_WELL = 0.4
# Of one sort of parts, so many shapes are held against each other.
_MOST_SHAPES = 12


class Structure:
    """The parts of a graph, each with the `key` that all parts of its shape share.

    A shape is what kinds follow each other and which reads which; fields are no part of it.
    """

    def __init__(
        self, graph: Graph, parts: list[Part], spelling: Spelling, is_plain: bool = False
    ) -> None:
        self.graph, self.parts, self.spelling = graph, parts, spelling
        # Without blocks, and without series of layers that share arrays: what can always be said.
        self.is_plain = is_plain
        self.outside = Outside(graph)
        self._keys: dict[Description, int] = {}
        self._values: dict[Description, int] = {}
        self._value_of: dict[Part, int] = {}
        self._layer_values: dict[int, int] = {}
        self._shapes: dict[int, Shape] = {}
        # Of variants that are one block, the key that all of them bear.
        self._merged: dict[int, int] = {}
        self._templates: dict[int, Template] = {}
        # The keys of runs whose parts are equal down to their fields.
        self.even: set[int] = set()
        # Shapes that were no block worth having.
        self._refused: set[int] = set()
        self._steps = ALL_STEPS

    def settle(self) -> None:
        """Join runs and variants, and leave of the groups only those that are worth a block.

        Where the names of the source say nothing of most layers, rows that recur are groups too.
        """
        is_named = True
        passes = min(_PASSES, max(_LEAST_PASSES, _PARTS_OF_ALL_PASSES // len(self.graph.nodes)))
        for _ in range(passes):
            self.number()
            if self._merge() or self._dissolve():
                continue
            is_named = is_named and self._in_blocks() > _NAMED_WELL
            if self.is_plain or is_named or not self._group_recurring():
                return
        self.number()

    def _in_blocks(self) -> float:
        """The share of layers that stand in some block."""
        layers = len(self.graph.nodes) - self.graph.input_count
        blocks = (
            part for part in self.parts if part.parts and (not part.is_run or part.parts[0].parts)
        )
        inside = sum(part.end - part.first for part in blocks)
        return inside / layers

    def number(self) -> None:
        """Give each part its key, and join equal neighbours to runs."""
        self._value_of.clear()
        self.parts = self._numbered(self.parts)
        live: defaultdict[int, dict[int, None]] = defaultdict(dict)
        for part in self.groups():
            live[part.key][part.variant] = None
        self._templates = {
            key: pruned(template, live[key])
            for key, template in self._templates.items()
            if key in live
        }

    def groups(self) -> Iterator[Part]:
        """Every group that is no run, inner ones first."""
        for top in self.parts:
            for part in top.walk():
                if part.parts and not part.is_run:
                    yield part

    def template(self, key: int) -> Template:
        """The parts of all groups of this key, and what each reads."""
        return self._templates.get(key) or Template.of(key, self._shapes[key])

    def cells(self, part: Part) -> list[Part | None]:
        """The parts of a group at their places in its template; None where it has none."""
        template = self.template(part.key)
        found: list[Part | None] = [None] * len(template.shape)
        for place, inner in zip(template.positions[part.variant], part.parts, strict=True):
            found[place] = inner
        return found

    def _numbered(self, parts: list[Part]) -> list[Part]:
        flat = list(_flattened(parts))
        for part in flat:
            if part.parts:
                part.parts = self._numbered(part.parts)
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
            shape = self._shape(part)
            part.variant = self._key(("group", *shape))
            part.key = self._merged.get(part.variant, part.variant)
            self._shapes[part.variant] = shape
        values_inside = (self._value_of[one] for one in part.parts)
        self._value_of[part] = self._value((part.variant, *values_inside))

    def _layer_key(self, at: int) -> int:
        node = self.graph.nodes[at]
        choices = self.spelling.choices(node)
        own = (_fixed(found) for found in choices.values() if not can_be_argument(found))
        key = self._key(("layer", type(node.layer), len(node.inputs), *own))
        fields = tuple((name, repr(found[0])) for name, found in choices.items())
        self._layer_values[at] = self._value((key, *fields))
        return key

    def _shape(self, part: Part) -> Shape:
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
        # Some of many numbered modules have no name of their own; see `_numbered` for all of them.
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

    def _merge(self) -> bool:
        """Make one block of groups that differ by what is left out; True where some did."""
        sorts: defaultdict[object, Counter[int]] = defaultdict(Counter)
        samples: dict[int, Part] = {}
        within = self._within()
        for part in self.groups():
            sorts[part.word or self._shapes[part.variant][-1][0]][part.key] += 1
            if part.key not in samples or len(part.parts) > len(samples[part.key].parts):
                samples[part.key] = part
        for counted in sorts.values():
            keys = [key for key, _ in counted.most_common(_MOST_SHAPES)]
            for index, key in enumerate(keys):
                for other in keys[index + 1 :]:
                    if other in within[key] or key in within[other]:
                        continue
                    template = self._together(key, other, samples)
                    if template is not None:
                        for variant in template.positions:
                            self._merged[variant] = key
                        self._templates[key] = template
                        self._templates.pop(other, None)
                        return True
        return False

    def _within(self) -> dict[int, set[int]]:
        """For each key those of the groups that are somewhere within one of its groups."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for group in self.groups():
            for part in _flattened(group.parts):
                if part.parts:
                    found[group.key] |= {part.key, *found[part.key]}
        return found

    def _together(self, key: int, other: int, samples: dict[int, Part]) -> Template | None:
        one, two = self.template(key), self.template(other)
        if len(samples[key].reads) != len(samples[other].reads):
            return None
        cells = self.cells(samples[key]), self.cells(samples[other])

        def likeness(i: int, j: int) -> float | None:
            if one.shape[i][0] != two.shape[j][0] or len(one.shape[i]) != len(two.shape[j]):
                return None
            left, right = cells[0][i], cells[1][j]
            return self._likeness(left, right) if left and right else 0.0

        return merged(one, two, self._shapes, likeness)

    def _likeness(self, one: Part, other: Part) -> float:
        """The share of fields that two parts of one shape have in common."""
        equal = count = 0
        nodes = self.graph.nodes
        for left, right in zip(
            nodes[one.first : one.end], nodes[other.first : other.end], strict=False
        ):
            fields = self.spelling.choices(right)
            for name, choices in self.spelling.choices(left).items():
                count += 1
                equal += repr(choices) == repr(fields.get(name))
        return equal / count if count else 1.0

    def _group_recurring(self) -> bool:
        """Make groups of what comes again in rows; True where something does."""
        if self._steps < 0:
            return False
        top = Listed(self.parts, [(-1, at) for at in range(len(self.parts))])
        by_variant: dict[int, Listed] = {}
        for group in self.groups():
            if group.variant not in by_variant:
                places = self.template(group.key).positions[group.variant]
                listed = Listed(group.parts, [(group.key, place) for place in places])
                by_variant[group.variant] = listed
            by_variant[group.variant].owners.append(group)
        windows, steps = recurring(self, [top, *by_variant.values()], self._is_refused)
        self._steps -= steps
        for window in reversed(windows):
            start, end = window.start, window.start + window.size
            if window.listed is top:
                self.parts[start:end] = grouped(self.parts[start:end], (), self.outside)
            for owner in window.listed.owners:
                owner.parts[start:end] = grouped(owner.parts[start:end], (), self.outside)
        return bool(windows)

    def _is_refused(self, parts: Sequence[Part]) -> bool:
        """True where a group of these parts is no block, or was tried and not worth one."""
        made = grouped(list(parts), (), self.outside)
        if len(made) > 1:
            return True
        shape = self._shape(made[0])
        return self._keys.get(("group", *shape)) in self._refused

    def _dissolve(self) -> bool:
        """Put the layers of groups that are not worth a block where the groups stand.

        Inner ones go first: without them those around may be variants of others.
        """
        uses: defaultdict[int, dict[tuple[int, int], int]] = defaultdict(dict)
        sizes: dict[int, int] = {}
        for key, places, parts in self._lists():
            for index, part in zip(places, parts, strict=True):
                member = part.parts[0] if part.is_run else part
                if member.parts:
                    own = len(member.parts) * (len(part.parts) if part.is_run else 1)
                    place = (key, index)
                    uses[member.key][place] = max(own, uses[member.key].get(place, 0))
                    sizes[member.key] = len(self.template(member.key).shape)
        poor = {
            key
            for key, written in uses.items()
            if sum(written.values()) <= HEADER + sizes[key] + len(written)
        }
        within = self._within() if poor else {}
        poor = {key for key in poor if poor.isdisjoint(within.get(key, ()))}
        if poor:
            self._refused |= {part.variant for part in self.groups() if part.key in poor}
            self.parts = list(_without(self.parts, poor))
        return bool(poor)

    def _lists(self) -> Iterable[tuple[int, Iterable[int], list[Part]]]:
        """Every list of parts: the key of its group, -1 for the network's, and their places."""
        yield -1, range(len(self.parts)), self.parts
        for group in self.groups():
            yield group.key, self.template(group.key).positions[group.variant], group.parts


def _fixed(choices: tuple[Value, ...]) -> str:
    """What of a field no argument can be: of a mapping its keys."""
    value = choices[0]
    return repr([*value] if isinstance(value, dict) else choices)


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
    if first and all(part.path[:-1] == first[:-1] for part in run):
        bases = {part.path[-1].rstrip("0123456789") for part in run}
        if bases == {""}:
            return first[:-1]
        if len(bases) == 1 and len({part.path[-1] for part in run}) == len(run):
            return (*first[:-1], bases.pop().rstrip("_-"))
    return first
