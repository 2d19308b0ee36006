"""What a drawing of a plan shows: nodes that stand for layers, edges with shapes, open blocks.

A norm or an activation stands in the node of the layer that it follows, blocks and layers that
repeat in a chain stand once with their number, and blocks deeper than asked are one node. Every
layer of the plan belongs to one node, so that costs add up to the totals.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import Shape
from convcalc.report.diagram.gathering import Gathering
from convcalc.report.lines import plan_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from convcalc.planning import Plan, Row
    from convcalc.report.diagram.gathering import Part


@dataclass(frozen=True, slots=True)
class Node:
    """A box of the drawing: an input, a layer with those that go with it, or a folded block.

    `parts` are its layers in order, `head` the one that it is called after; none for an input.
    `times` is how often it stands in a row, `rows` all layers of the plan that it stands for.
    `frame` is the innermost open block around it.
    """

    at: int
    name: str
    parts: tuple[Part, ...]
    head: int
    times: int
    output: Shape
    rows: tuple[Row, ...]
    frame: int | None
    is_output: bool

    @property
    def is_input(self) -> bool:
        """True for an input of the network."""
        return not self.parts

    @property
    def params(self) -> int:
        """Learnt numbers of all its layers."""
        return sum(row.params for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of all its layers, for the whole batch."""
        return sum(row.macs for row in self.rows)


class Edge(NamedTuple):
    """`target` reads what `source` gives, which has this shape."""

    source: int
    target: int
    shape: Shape


class Frame(NamedTuple):
    """An open block around its nodes; `parent` is the one around it."""

    name: str
    block: str
    times: int
    parent: int | None


@dataclass(frozen=True)
class Outline:
    """All that a drawing shows."""

    plan: Plan
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    frames: tuple[Frame, ...]

    @cached_property
    def heaviest(self) -> int:
        """The MACs of the heaviest node."""
        return max((node.macs for node in self.nodes), default=0)

    def weight(self, node: Node) -> float:
        """How thick to draw a node: from 1 to 4 by its MACs."""
        return 1 + 3 * node.macs / self.heaviest if self.heaviest else 1.0


class Item(NamedTuple):
    """A line of nested text: a node, or where an open block begins (`opens`) or ends."""

    depth: int
    node: Node | None = None
    frame: int | None = None
    opens: bool = False


def nested(outline: Outline) -> Iterator[Item]:
    """The nodes, each between the begin and the end of the blocks around it."""
    nodes: dict[int | None, list[Node]] = {}
    frames: dict[int | None, list[int]] = {}
    for node in outline.nodes:
        nodes.setdefault(node.frame, []).append(node)
    for at, frame in enumerate(outline.frames):
        frames.setdefault(frame.parent, []).append(at)
    left = [Item(0, frame=None, opens=True)]
    while left:
        item = left.pop()
        if item.node is not None or item.frame is not None:
            yield item
        if item.opens:
            if item.frame is not None:
                left.append(item._replace(opens=False))
            inside = [
                Item(item.depth + 1, frame=at, opens=True) for at in frames.get(item.frame, ())
            ]
            left += reversed(inside)
            left += (Item(item.depth + 1, node) for node in reversed(nodes.get(item.frame, [])))


def outline(plan: Plan, depth: int | None = None) -> Outline:
    """The outline of `plan`, in which blocks nested deeper than `depth` are one node.

    >>> import convcalc
    >>> text = '''
    ... convcalc: 1
    ... input: [4, 8, 8]
    ... blocks: {same: {layers: [conv: {out: 4, k: 3, p: 1}, batch_norm, add: [in, prev], relu]}}
    ... layers: [{same: {}, repeat: 3}, global_avg_pool]
    ... '''
    >>> shown = outline(convcalc.plan(convcalc.loads(text)))
    >>> for node in shown.nodes:
    ...     print(node.at, [part.kind for part in node.parts], node.frame, len(node.rows))
    0 [] None 0
    1 ['conv', 'batch_norm'] 0 6
    2 ['add', 'relu'] 0 6
    3 ['global_avg_pool'] None 1
    >>> [(edge.source, edge.target) for edge in shown.edges], shown.frames[0].times
    ([(0, 1), (0, 2), (1, 2), (2, 3)], 3)
    """
    found = Gathering(plan, plan_lines(plan, depth))
    frames = found.frames()
    numbers = {name: number for number, (name, *_) in enumerate(frames)}
    shift = len(plan.inputs)
    outputs = found.outputs
    nodes = [
        Node(at, name, (), 0, 1, shape, (), None, False)
        for at, (name, shape) in enumerate(plan.inputs.items())
    ]
    for at, cluster in enumerate(found.clusters):
        frame = next((numbers[name] for name in reversed(cluster.path) if name in numbers), None)
        nodes.append(
            Node(
                at + shift,
                cluster.name,
                cluster.parts,
                cluster.head,
                cluster.times,
                cluster.output,
                cluster.rows,
                frame,
                at in outputs,
            )
        )
    edges = tuple(
        Edge(source, target, nodes[source].output)
        for target, sources in enumerate(found.sources(), start=shift)
        for source in sources
    )
    framed = tuple(
        Frame(name, block, times, None if parent is None else numbers[parent])
        for name, block, times, parent in frames
    )
    return Outline(plan, tuple(nodes), edges, framed)
