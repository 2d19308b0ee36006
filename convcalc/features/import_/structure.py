"""Which parts of a network that are alike are worth a block."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from convcalc.features.import_.nested_parts import Outside, Part, grouped
from convcalc.features.import_.numbered_parts import Numbering, flattened
from convcalc.features.import_.recurring import ALL_STEPS, HEADER, Listed, recurring
from convcalc.features.import_.spelling import Spelling
from convcalc.features.import_.variants import Template, merged, pruned

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

# Each pass looks at every part: so many passes, and fewer over very many layers.
_PASSES = 60
_LEAST_PASSES = 4
_PARTS_OF_ALL_PASSES = 400_000
# The share of layers in blocks from which on the names of the source have said enough.
_NAMED_WELL = 0.4
# Lines that a block has to save of which the names of the source say nothing.
_LEAST_SAVED = 3
# Of one sort of parts, so many shapes are held against each other.
_MOST_SHAPES = 12


def _passes(nodes: int) -> int:
    """How often the parts of so many nodes are looked at.

    >>> _passes(300), _passes(10_000), _passes(10_001), _passes(1_000_000)
    (60, 40, 39, 4)
    """
    return min(_PASSES, max(_LEAST_PASSES, _PARTS_OF_ALL_PASSES // nodes))


class Structure:
    """The parts of a graph: layers, groups of them that are to be blocks, runs of neighbours."""

    def __init__(
        self, graph: Graph, parts: list[Part], spelling: Spelling, is_plain: bool = False
    ) -> None:
        self.graph, self.parts, self.spelling = graph, parts, spelling
        # Without blocks, and without series of layers that share arrays: what can always be said.
        self.is_plain = is_plain
        self.outside = Outside(graph)
        self._numbering = Numbering(graph, spelling, self.outside, is_plain)
        self._templates: dict[int, Template] = {}
        # Shapes that were no block worth having.
        self._refused: set[int] = set()
        self._steps = ALL_STEPS

    def settle(self) -> None:
        """Join runs and variants, and leave of the groups only those that are worth a block.

        Where the names of the source say nothing of most layers, rows that recur are groups too.
        """
        is_named = True
        for _ in range(_passes(len(self.graph.nodes))):
            self.number()
            if self._merge() or self._dissolve():
                continue
            is_named = is_named and self._in_blocks() > _NAMED_WELL
            least = _LEAST_SAVED if is_named else 0
            if self.is_plain or not self._group_recurring(least):
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
        self.parts = self._numbering.numbered(self.parts)
        live: defaultdict[int, dict[int, None]] = defaultdict(dict)
        for part in self.groups():
            live[part.key][part.variant] = None
        self._templates = {
            key: pruned(template, live[key])
            for key, template in self._templates.items()
            if key in live
        }

    def is_even(self, run: Part) -> bool:
        """True for a run whose parts are equal down to their fields."""
        return run.key in self._numbering.even

    def groups(self) -> Iterator[Part]:
        """Every group that is no run, inner ones first."""
        for top in self.parts:
            for part in top.walk():
                if part.parts and not part.is_run:
                    yield part

    def template(self, key: int) -> Template:
        """The parts of all groups of this key, and what each reads."""
        return self._templates.get(key) or Template.of(key, self._numbering.shapes[key])

    def cells(self, part: Part) -> list[Part | None]:
        """The parts of a group at their places in its template; None where it has none."""
        template = self.template(part.key)
        found: list[Part | None] = [None] * len(template.shape)
        for place, inner in zip(template.positions[part.variant], part.parts, strict=True):
            found[place] = inner
        return found

    def _merge(self) -> bool:
        """Make one block of groups that differ by what is left out; True where some did."""
        sorts: defaultdict[object, Counter[int]] = defaultdict(Counter)
        samples: dict[int, Part] = {}
        within = self._within()
        for part in self.groups():
            for sort in part.sorts or [self._numbering.shapes[part.variant][-1][0]]:
                sorts[sort][part.key] += 1
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
                            self._numbering.same[variant] = key
                        self._templates[key] = template
                        self._templates.pop(other, None)
                        return True
        return False

    def _within(self) -> dict[int, set[int]]:
        """For each key those of the groups that are somewhere within one of its groups."""
        found: defaultdict[int, set[int]] = defaultdict(set)
        for group in self.groups():
            for part in flattened(group.parts):
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

        return merged(one, two, self._numbering.shapes, likeness)

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

    def _group_recurring(self, least: float) -> bool:
        """Make groups of what comes again in rows; True where that saves so many lines."""
        if self._steps < 0:
            return False
        top = Listed(self.parts, [(None, at) for at in range(len(self.parts))])
        by_variant: dict[int, Listed] = {}
        for group in self.groups():
            if group.variant not in by_variant:
                places = self.template(group.key).positions[group.variant]
                listed = Listed(group.parts, [(group.key, place) for place in places])
                by_variant[group.variant] = listed
            by_variant[group.variant].owners.append(group)
        windows, steps = recurring(
            self.spelling, self.outside, [top, *by_variant.values()], self._is_refused, least
        )
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
        return self._numbering.key_of_group(made[0]) in self._refused

    def _dissolve(self) -> bool:
        """Put the layers of groups that are not worth a block where the groups stand.

        Inner ones go first: without them those around may be variants of others.
        """
        uses: defaultdict[int, dict[tuple[int | None, int], int]] = defaultdict(dict)
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

    def _lists(self) -> Iterable[tuple[int | None, Iterable[int], list[Part]]]:
        """Every list of parts: the key of its group, None for the network's, and their places."""
        yield None, range(len(self.parts)), self.parts
        for group in self.groups():
            yield group.key, self.template(group.key).positions[group.variant], group.parts


def _without(parts: list[Part], poor: set[int]) -> Iterator[Part]:
    """The parts with the insides of groups of these keys in their place; runs are taken apart."""
    for part in flattened(parts):
        if part.parts:
            part.parts = list(_without(part.parts, poor))
        if part.parts and part.key in poor:
            if part.ends or part.is_named:
                part.parts[-1].ends = part.ends or part.path
            yield from part.parts
        else:
            yield part
