"""The lines of a plan as a tree: a heading for each block, the names inside it indented."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from convcalc.network.template import BLOCK_INPUT

if TYPE_CHECKING:
    from convcalc.planning import Plan, Row
    from convcalc.planning.result import Group
    from convcalc.report.lines import Line


class Branch(NamedTuple):
    """A line of the tree: a layer or folded block with its `line`, or the heading of a block.

    `name` is the name inside the block around it, `sources` where its input comes from when that
    is not the line above, in the words of that block: `in` is the block's input, a name alone is
    inside the block, and `/` leads from the network. `rows` are its layers.
    """

    plan: Plan
    depth: int
    name: str
    kind: str
    sources: tuple[str, ...]
    line: Line | None
    rows: Sequence[Row]


def branches(plan: Plan, lines: tuple[Line, ...]) -> Iterator[Branch]:
    """The tree of these lines, in their order.

    >>> import convcalc
    >>> from convcalc.report.lines import plan_lines
    >>> text = '''
    ... convcalc: 1
    ... input: [4, 8, 8]
    ... blocks: {same: {args: [], layers: [{relu: {}, name: main}, tanh, add: [main, prev, in]]}}
    ... layers: [sigmoid, same]
    ... '''
    >>> planned = convcalc.plan(convcalc.loads(text))
    >>> for branch in branches(planned, plan_lines(planned)):
    ...     print("  " * branch.depth + branch.name, branch.sources)
    sigmoid_1 ()
    same_1 ()
      main ()
      tanh_1 ()
      add_1 ('main', 'tanh_1', 'in')
    """
    naming = _Naming(plan, lines)
    above: tuple[Group, ...] = ()
    for line in lines:
        path = line.path
        for depth, group in enumerate(path):
            if above[: depth + 1] != path[: depth + 1]:
                name, rows = _local(group.name, path[:depth]), plan.rows[group.first : group.end]
                yield Branch(plan, depth, name, group.block, (), None, rows)
        above = path
        sources = () if line.follows else tuple(naming.source(name, path) for name in line.inputs)
        name = _local(line.name, path)
        yield Branch(plan, len(path), name, line.kind, sources, line, line.rows)


def flat(plan: Plan, lines: tuple[Line, ...]) -> Iterator[Branch]:
    """These lines as a list, each under its full name."""
    for line in lines:
        sources = () if line.follows else line.inputs
        yield Branch(plan, 0, line.name, line.kind, sources, line, line.rows)


def _local(name: str, path: tuple[Group, ...]) -> str:
    """The name inside the innermost block of `path`."""
    return name.removeprefix(f"{path[-1].name}.") if path else name


class _Naming:
    """What a line is called from inside a block, as the file itself would say it."""

    def __init__(self, plan: Plan, lines: tuple[Line, ...]) -> None:
        graph = plan.graph
        called = {row.name: line.name for line in lines if line.is_block for row in line.rows}
        self._block_input = {
            scope.name: called.get(name, name)
            for scope in graph.scopes
            for name in [graph.name_of(scope.source)]
        }
        self._paths = {line.name: line.path for line in lines}

    def source(self, name: str, path: tuple[Group, ...]) -> str:
        """The line `name`, seen from inside the blocks of `path`."""
        if path and name == self._block_input[path[-1].name]:
            return BLOCK_INPUT
        # The inside of another block is not visible: its result bears the block's name.
        around = self._paths.get(name, ())
        shared = sum(1 for mine, its in zip(path, around, strict=False) if mine == its)
        if len(around) > shared:
            name = around[shared].result_called(name)
        if not path or shared == len(path):
            return _local(name, path)
        return f"/{name}"
