"""The lines of a plan: its layers, with the blocks deeper than asked folded to one line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from convcalc.core.shapes import Shape

if TYPE_CHECKING:
    from convcalc.planning import Plan, Row
    from convcalc.planning.receptive import ReceptiveField
    from convcalc.planning.result import Group


@dataclass(frozen=True)
class Line:
    """One line: a layer, or a folded block with the sums over its layers.

    `inputs` are the names of lines (or of the network's inputs); `follows` is True where the
    input is just the line above. `result` is the layer whose output this is, None where a block
    gives back what it got. `path` holds the groups around the line, outermost first.
    """

    name: str
    kind: str
    inputs: tuple[str, ...]
    output: Shape
    follows: bool
    rows: Sequence[Row]
    result: Row | None
    path: tuple[Group, ...] = ()
    is_block: bool = False

    @property
    def sources(self) -> str:
        """Where the input comes from; empty where that is the line above."""
        return "" if self.follows else ", ".join(self.inputs)

    @cached_property
    def receptive_fields(self) -> tuple[ReceptiveField, ...]:
        """What the line's result sees of each input; worked out once for all columns."""
        return self.result.receptive_fields if self.result is not None else ()


def plan_lines(plan: Plan, depth: int | None = None) -> tuple[Line, ...]:
    """The lines of `plan`; blocks nested deeper than `depth` are folded (0: every block).

    >>> from convcalc import loads, plan
    >>> network = loads('''
    ... convcalc: 1
    ... input: [3, 8, 8]
    ... blocks: {twice: {args: [c], layers: [conv: {out: =c, k: 3}, relu]}}
    ... layers: [twice: {c: 4}, flatten]
    ... ''')
    >>> [line.name for line in plan_lines(plan(network))]
    ['twice_1.conv_1', 'twice_1.relu_1', 'flatten_1']
    >>> [(line.name, line.kind, line.inputs) for line in plan_lines(plan(network), depth=0)]
    [('twice_1', 'twice', ('input',)), ('flatten_1', 'flatten', ('twice_1',))]
    """
    return tuple(_Folding(plan, depth).lines())


class _Folding:
    """One pass over the rows, with the groups that are open at each."""

    def __init__(self, plan: Plan, depth: int | None) -> None:
        self.plan = plan
        self.by_name = {row.name: row for row in plan.rows}
        self.groups = [group for group in plan.groups if group.first < group.end]
        self.folded = {
            group.first: group
            for group in reversed(self.groups)
            if depth is not None and group.depth == depth + 1
        }
        # What a row inside a folded block is called from outside.
        self.called: dict[str, str] = {}

    def lines(self) -> Iterator[Line]:
        rows = self.plan.rows
        inputs = self.plan.inputs
        above = next(iter(inputs)) if len(inputs) == 1 else ""
        open_groups: tuple[Group, ...] = ()
        waiting = iter(self.groups)
        group = next(waiting, None)
        step = 0
        while step < len(rows):
            while open_groups and open_groups[-1].end <= step:
                open_groups = open_groups[:-1]
            folded = self.folded.get(step)
            while group is not None and group.first <= step:
                if folded is None or group.depth < folded.depth:
                    open_groups = (*open_groups, group)
                group = next(waiting, None)
            if folded is None:
                line = self._of_row(rows[step], above, open_groups)
                step += 1
            else:
                line = self._of_group(folded, above, open_groups)
                step = folded.end
                # The groups inside a folded block are passed over with it.
                while group is not None and group.first < step:
                    group = next(waiting, None)
            above = line.name
            yield line

    def _of_row(self, row: Row, above: str, path: tuple[Group, ...]) -> Line:
        inputs = row.inputs
        if self.called:
            inputs = tuple(self.called.get(name, name) for name in inputs)
        return Line(row.name, row.kind, inputs, row.output, inputs == (above,), (row,), row, path)

    def _of_group(self, group: Group, above: str, path: tuple[Group, ...]) -> Line:
        rows = self.plan.rows[group.first : group.end]
        inside = {row.name for row in rows}
        self.called.update((name, group.result_called(name)) for name in inside)
        outside = dict.fromkeys(
            self.called.get(name, name) for row in rows for name in row.inputs if name not in inside
        )
        inputs = tuple(outside)
        return Line(
            group.name,
            group.block,
            inputs,
            group.output,
            inputs == (above,),
            rows,
            self.by_name.get(group.result),
            path,
            is_block=True,
        )
