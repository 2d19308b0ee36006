"""The lines of a plan gathered into the nodes of a drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import Shape, spatial
from convcalc.report.diagram.repeats import Wiring, fold_repeats
from convcalc.report.short_fields import key_fields

if TYPE_CHECKING:
    from convcalc.kinds.base.traits import Role
    from convcalc.planning import Plan, Row
    from convcalc.report.lines import Line


class Part(NamedTuple):
    """A layer in a node, or a folded block: its kind, its fields, and what it is for."""

    name: str
    kind: str
    fields: str
    role: Role
    is_block: bool
    is_merge: bool


class Cluster(NamedTuple):
    """What becomes a node: `first` is the line that reads others, `last` what others read."""

    name: str
    parts: tuple[Part, ...]
    head: int
    times: int
    output: Shape
    rows: tuple[Row, ...]
    path: tuple[str, ...]
    first: int
    last: int


class Gathering:
    """One plan's lines on their way to nodes."""

    def __init__(self, plan: Plan, lines: tuple[Line, ...]) -> None:
        self.plan, self.lines = plan, lines
        self.inputs = {name: at for at, name in enumerate(plan.inputs)}
        self.wiring = self._wired()
        self.folded = fold_repeats(self.wiring)
        self.shown = [at for at in range(len(lines)) if self.folded.shown[at] == at]
        self.results = self._results()

    def _wired(self) -> Wiring:
        lines = self.lines
        at = {line.name: index for index, line in enumerate(lines)}
        sources = tuple(tuple(at.get(name) for name in line.inputs) for line in lines)
        readers: list[list[int]] = [[] for _ in lines]
        for index, read in enumerate(sources):
            for source in dict.fromkeys(read):
                if source is not None:
                    readers[source].append(index)
        looks = tuple((line.kind, key_fields(line), line.output) for line in lines)
        return Wiring(lines, sources, tuple(map(tuple, readers)), looks)

    def _results(self) -> set[int]:
        """The lines whose output the network gives."""
        graph = self.plan.graph
        names = {graph.name_of(index) for index in graph.outputs}
        results = {line.result.name: at for at, line in enumerate(self.lines) if line.result}
        return {self.folded.shown[results[name]] for name in names if name in results}

    @cached_property
    def _readers(self) -> dict[int, set[int]]:
        """For each line that is shown, those that are shown and read it."""
        found: dict[int, set[int]] = {at: set() for at in self.shown}
        for at in self.shown:
            for source in self._sources(at):
                if source is not None:
                    found[source].add(at)
        return found

    def _sources(self, at: int) -> tuple[int | None, ...]:
        shown = self.folded.shown
        return tuple(None if one is None else shown[one] for one in self.wiring.sources[at])

    def _only_source(self, at: int) -> int | None:
        """The line that this one reads alone, and that nothing else reads; else None."""
        sources = self.wiring.sources[at]
        source = self._sources(at)[0] if len(sources) == 1 else None
        if source is None or source in self.results or self._readers[source] != {at}:
            return None
        return source if self.lines[source].path == self.lines[at].path else None

    @cached_property
    def clusters(self) -> tuple[Cluster, ...]:
        """The nodes, in the order in which they run."""
        return tuple(self._runs(self._chains()))

    def _chains(self) -> list[list[int]]:
        """Lines that stand in one node: a layer, and the norms and activations around it."""
        chains: list[list[int]] = []
        chain_of: dict[int, list[int]] = {}
        for at in self.shown:
            source = self._only_source(at)
            chain = chain_of.get(source) if source is not None else None
            if chain is None or not self._joins(chain, at):
                chain = []
                chains.append(chain)
            chain.append(at)
            chain_of[at] = chain
        return chains

    def _joins(self, chain: Sequence[int], at: int) -> bool:
        """True where a line goes with the chain before it."""
        if self.lines[chain[0]].is_block or self.lines[at].is_block:
            return False
        if self._follows(at):
            return True
        return _role(self.lines[at]) == "product" and all(map(self._follows, chain))

    def _follows(self, at: int) -> bool:
        """True for a layer that only treats values: norms, activations, dropout."""
        row = self.lines[at].result
        assert row is not None
        role = row.node.layer.role
        if role in ("norm", "activation"):
            return True
        before = self.plan.graph.shapes_of(row.node)
        return not role and not row.macs and not row.params and before == (row.output,)

    def _runs(self, chains: Sequence[Sequence[int]]) -> Iterator[Cluster]:
        """Chains as clusters; equal ones that follow each other are one."""
        rows = self._rows_by_line()
        times = Counter(path for chain in chains for path in self._path(chain[0]))
        run: list[Sequence[int]] = []
        for chain in chains:
            if run and not self._continues(run[-1], chain):
                yield self._cluster(run, rows, times)
                run = []
            run.append(chain)
        if run:
            yield self._cluster(run, rows, times)

    def _path(self, at: int) -> tuple[str, ...]:
        return tuple(group.name for group in self.lines[at].path)

    def _rows_by_line(self) -> dict[int, list[Row]]:
        """For each shown line its rows, and those of its likes in blocks that repeat it."""
        rows: dict[int, list[Row]] = {}
        for at, line in enumerate(self.lines):
            rows.setdefault(self.folded.shown[at], []).extend(line.rows)
        return rows

    def _continues(self, before: Sequence[int], chain: Sequence[int]) -> bool:
        """True where a chain repeats the one before it, which it reads alone."""
        if self._only_source(chain[0]) != before[-1]:
            return False
        one, other = self.lines[before[0]], self.lines[chain[0]]
        if one.is_block and other.is_block:
            same = one.output == other.output or _series(one.name) == _series(other.name)
            return one.kind == other.kind and same and spatial(one.output) == spatial(other.output)
        looks = self.wiring.looks
        return [looks[at] for at in before] == [looks[at] for at in chain]

    def _cluster(
        self, run: Sequence[Sequence[int]], rows: dict[int, list[Row]], times: Counter[str]
    ) -> Cluster:
        chain, last = run[0], run[-1][-1]
        parts = tuple(map(self._part, chain))
        head = next((at for at, line in enumerate(chain) if not self._follows(line)), 0)
        path = self._path(chain[0])
        # A block with one node needs no frame: its node stands for it.
        repeats = len(run)
        while path and times[path[-1]] == len(run):
            repeats *= self.folded.times[path[-1]]
            path = path[:-1]
        name, output = self.lines[chain[head]].name, self.lines[last].output
        mine = tuple(row for chain in run for at in chain for row in rows[at])
        return Cluster(name, parts, head, repeats, output, mine, path, chain[0], last)

    def _part(self, at: int) -> Part:
        line = self.lines[at]
        merges = not line.is_block and len(line.inputs) > 1
        return Part(line.name, line.kind, key_fields(line), _role(line), line.is_block, merges)

    @cached_property
    def _cluster_of(self) -> dict[int, int]:
        return {cluster.last: at for at, cluster in enumerate(self.clusters)}

    @cached_property
    def outputs(self) -> set[int]:
        """The clusters whose output the network gives."""
        return {self._cluster_of[at] for at in self.results}

    def sources(self) -> Iterator[tuple[int, ...]]:
        """For each cluster the nodes that it reads; inputs of the network stand first."""
        shift = len(self.inputs)
        for cluster in self.clusters:
            at = cluster.first
            found = (
                self.inputs[name] if source is None else self._cluster_of[source] + shift
                for name, source in zip(self.lines[at].inputs, self._sources(at), strict=True)
            )
            yield tuple(dict.fromkeys(found))

    def frames(self) -> list[tuple[str, str, int, str | None]]:
        """The open blocks with two nodes or more: name, block, how often, and the one around."""
        shown = dict.fromkeys(name for one in self.clusters for name in one.path)
        groups = {group.name: group for at in self.shown for group in self.lines[at].path}
        parents = {
            name: parent
            for one in self.clusters
            for parent, name in zip((None, *one.path), one.path, strict=False)
        }
        return [
            (name, groups[name].block, self.folded.times[name], parents[name]) for name in shown
        ]


def _role(line: Line) -> Role:
    if line.is_block or line.result is None:
        return ""
    return line.result.node.layer.role


def _series(name: str) -> str:
    """What the layers of a series have in common.

    >>> _series("stage1.bottleneck_2.0"), _series("conv_1")
    ('stage1.bottleneck_2', 'conv_1')
    """
    stem, _, number = name.rpartition(".")
    return stem if stem and number.isdigit() else name
