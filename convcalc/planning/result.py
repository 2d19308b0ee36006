"""The plan as a value: rows, totals, and how they become data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated

from convcalc.core.dtypes import DType
from convcalc.core.errors import Place, Problem
from convcalc.core.records import Answer, Count, Hidden, Key, Record, Sizes
from convcalc.kinds.base import WORK_CLASSES
from convcalc.network.graph import Graph, Scope
from convcalc.planning.convention import Convention
from convcalc.planning.memory import Memory
from convcalc.planning.plan_rows import Elementwise, PlanContext, Row
from convcalc.planning.untold import lower_bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


@dataclass(frozen=True, slots=True)
class Group(Record):
    """One use of a block as a layer."""

    name: Annotated[str, Key("The name of the layer that uses the block, a path inside blocks.")]
    block: Annotated[str, Key("The block's name.")]
    depth: Annotated[
        int, Key("1 for a block used by the network, 2 for one within it, ...", minimum=1)
    ]
    first: Hidden[int]
    end: Hidden[int]
    result: Annotated[str, Key("The name of the row, or input, whose output is the block's.")]
    output: Annotated[Sizes, Key("Shape of that output.", minItems=1)]
    place: Hidden[Place]
    gives: Annotated[
        Mapping[str, str],
        Key("Further results by name, and the rows whose outputs they are.", optional=True),
    ] = field(default_factory=dict, hash=False)

    def result_called(self, row: str) -> str:
        """What the output of a row inside is called outside: the block's name, or a result's."""
        given = (f"{self.name}.{key}" for key, name in self.gives.items() if name == row)
        return self.name if row == self.result else next(given, self.name)

    @property
    @Key()
    def rows(self) -> tuple[Count, Count]:
        """Its rows: index of the first, and of the one behind the last, from 0."""
        return self.first, self.end


@dataclass(frozen=True, slots=True)
class Totals(Record):
    """Sums over all rows, and the memory of the whole network."""

    params: Annotated[Count, Key("Learnt numbers of all layers.")]
    buffers: Annotated[Count, Key("Stored numbers of all layers that are not learnt.")]
    macs: Annotated[Count, Key("Multiply-accumulates of all layers, for the whole batch.")]
    elementwise: Elementwise
    memory: Memory
    lower_bounds: Annotated[
        tuple[str, ...],
        Key(
            "Figures that some layer does not tell: they are at least what is said here.",
            optional=True,
        ),
    ] = ()
    declared: Annotated[
        Mapping[str, Count],
        Key("Parts of the sums that are as the file declares them.", optional=True),
    ] = field(default_factory=dict)

    @property
    @Key()
    def complete(self) -> bool:
        """False where some layer does not tell a figure, as `lower_bounds` says."""
        return not self.lower_bounds

    @property
    @Key()
    def flops(self) -> Count:
        """Floating-point operations: 2 * macs."""
        return 2 * self.macs


def row_at(graph: Graph, rows: Sequence[Row], index: int) -> Row:
    """The row of the layer at `index`; inputs of the network have none."""
    return rows[index - graph.input_count]


@dataclass(frozen=True)
class Plan(Answer):
    """A planned network: its rows in the order in which they run.

    `plan["stem"]` is the row of that name (of the last one for a repeated name). `failures`
    holds a finding for each expectation that does not hold; it is None where expectations were
    not checked because an input or a variable was overridden.
    """

    context: Hidden[PlanContext]
    rows: Annotated[
        tuple[Row, ...],
        Key("Every layer, in the order of execution, blocks unrolled.", minItems=1),
    ]
    failures: Hidden[tuple[Problem, ...] | None]

    @property
    def graph(self) -> Graph:
        """The network's inputs and layers, placed; `row.node` is the node of a row."""
        return self.context.graph

    def row_at(self, index: int) -> Row:
        """The row of the layer at `index` of the graph."""
        return row_at(self.graph, self.rows, index)

    def rows_of(self, scope: Scope) -> tuple[Row, ...]:
        """The rows inside of a block."""
        return tuple(map(self.row_at, range(scope.first, scope.end)))

    def __repr__(self) -> str:
        return f"<Plan {self.name}: {len(self.rows)} rows>"

    @property
    @Key()
    def name(self) -> str:
        """The network's name."""
        return self.graph.name

    @property
    @Key(minProperties=1)
    def inputs(self) -> dict[str, Sizes]:
        """Shapes of the network's inputs by name: one sample, channels first."""
        return dict(self.graph.inputs)

    @property
    @Key(minItems=1)
    def outputs(self) -> tuple[str, ...]:
        """Names of the output layers."""
        graph = self.graph
        return tuple(map(graph.name_of, graph.outputs))

    @property
    def batch(self) -> int:
        """Samples that MACs, elementwise work and activations are counted for."""
        return self.context.batch

    @property
    def dtype(self) -> DType:
        """Type of all numbers, for bytes."""
        return self.context.dtype

    @property
    @Key()
    def convention(self) -> Convention:
        """What the numbers mean."""
        return Convention(self.batch, self.dtype)

    @property
    @Key()
    def expectations(self) -> tuple[str, ...] | None:
        """A finding in words for each expectation that does not hold; null where they were not
        checked because an input or a variable was overridden."""
        return None if self.failures is None else tuple(map(str, self.failures))

    @property
    @Key(optional=True)
    def notes(self) -> tuple[str, ...]:
        """What a reader of the figures should know of a model file: that batch norms went into its
        convolutions."""
        return self.graph.notes

    @cached_property
    @Key()
    def totals(self) -> Totals:
        """Sums over the rows, and memory."""
        from convcalc.planning.memory import measure_memory

        graph, batch = self.graph, self.context.batch
        work = [node.facts.work for node in graph.layers]
        sums = [sum(column) * batch for column in zip(*work, strict=True)]
        told = [row for row in self.rows if row.declared]
        return Totals(
            sum(row.params for row in self.rows),
            sum(row.buffers for row in self.rows),
            sum(row.macs for row in self.rows),
            dict(zip(WORK_CLASSES, sums, strict=True)),
            measure_memory(graph, batch, self.context.item_bytes),
            lower_bounds(graph.nodes),
            {
                figure: sum(getattr(row, figure) for row in told if figure in row.declared)
                for figure in ("params", "buffers", "macs")
                if any(figure in row.declared for row in told)
            },
        )

    @cached_property
    def unfollowed(self) -> str:
        """The first layer whose receptive field is not followed, as those of all behind it; "".

        Fields of many inputs in many layers take more room than a plan has.
        """
        sees = [True] * self.graph.input_count
        for row in self.rows:
            sees.append(any(sees[index] for index in row.node.inputs))
            if sees[-1] and not row.seen:
                return row.name
        return ""

    @cached_property
    @Key(name="blocks")
    def groups(self) -> tuple[Group, ...]:
        """Every use of a block, outer ones before inner ones."""
        graph = self.graph
        return tuple(
            Group(
                scope.name,
                scope.block,
                scope.depth,
                scope.first - graph.input_count,
                scope.end - graph.input_count,
                graph.name_of(scope.result),
                graph.shape_of(scope.result),
                scope.template.node.place,
                {key: graph.name_of(at) for key, at in scope.gives.items()},
            )
            for scope in graph.scopes
        )

    @cached_property
    def _by_name(self) -> dict[str, Row]:
        rows = {row.name: row for row in self.rows}
        # A block is its result; one without rows is nothing.
        used = [group for group in self.groups if group.first < group.end]
        blocks = {group.name: rows[group.result] for group in used if group.result in rows}
        given = {
            f"{group.name}.{key}": rows[row]
            for group in used
            for key, row in group.gives.items()
            if row in rows
        }
        named = {**given, **blocks, **rows}
        for name, row in [*blocks.items(), *rows.items()]:
            # `stage.1` is also `stage` for whoever asks for the last of a series.
            stem, _, number = name.rpartition(".")
            if stem and number.isdigit():
                named[stem] = row
        return named

    def __getitem__(self, name: str | int) -> Row:
        """The row of that name, or at that place. Raises KeyError naming the nearest name."""
        if isinstance(name, int):
            return self.rows[name]
        try:
            return self._by_name[name]
        except KeyError:
            from convcalc.core.text import nearest

            hint = nearest(name, self._by_name)
            raise KeyError(f"no layer `{name}`; {hint}") from None

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)
