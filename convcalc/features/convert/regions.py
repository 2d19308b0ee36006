"""Which dense layers are convolutions in disguise, and what each layer around them has to become.

A region is a set of vectors that were made from maps: behind a `flatten` or a global pool, up to
the outputs or to merges with maps. Written as maps of size 1 the same numbers come out, if every
layer of the region treats them alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from convcalc.core.records import Key, Record
from convcalc.core.shapes import Shape
from convcalc.kinds.adaptive_family import AdaptivePool, GlobalPool
from convcalc.kinds.base import Kind, MergeKind
from convcalc.kinds.conv import Conv
from convcalc.kinds.identity_family import Identity
from convcalc.kinds.linear import Linear
from convcalc.kinds.reshape_family import Flatten

if TYPE_CHECKING:
    from convcalc.network.graph import Graph, GraphNode

# What becomes of a layer: of a `dense` one a convolution with a kernel, `drop` (a flatten), `slide`
# (a global pool as a window of the map's size), `pool` (adaptive to a fixed window), `keepdim` (a
# gate's global pool).
Act = Literal["dense", "drop", "slide", "keepdim", "pool"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a layer becomes: one of another kind with `kernel`, and its new output shape."""

    act: Act
    kind: type[Kind]
    kernel: Shape
    output: Shape


@dataclass(frozen=True, slots=True)
class Refusal(Record):
    """A layer that keeps a region from being converted, and why."""

    layer: Annotated[str, Key("The layer.")]
    line: Annotated[int, Key("Line where it is written, 1-based.")]
    why: Annotated[str, Key("Why it stays as it is.")]


class Regions:
    """The changes of a graph, by node, and the layers that stand in the way."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.changes: dict[int, Change] = {}
        self.refusals: list[Refusal] = []
        # The map rolled up in each vector, by index: (1, 1) once a dense layer has read it.
        self._rolled: dict[int, Shape] = {}
        # The region of each vector, as a forest of indices; regions that merge become one.
        self._parent: dict[int, int] = {}
        self._gated: set[int] = set()
        self._find()
        self._drop_idle_regions()
        self._gates()
        self._adaptive()
        self._agree()

    def _find(self) -> None:
        refused: set[int] = set()
        for node in self.graph.layers:
            why = self._look(node)
            if why:
                refused |= {source for source in node.inputs if source in self._parent}
                self._refuse(node, why)
        for index in self.graph.outputs:
            if set(self._rolled.get(index, (1,))) != {1}:
                refused.add(index)
                why = "it is an output that no dense layer has read"
                self._refuse(self.graph.nodes[index], why)
        roots = set(map(self._root, refused))
        for index in list(self.changes):
            if self._root(index) in roots:
                del self.changes[index]

    def _refuse(self, node: GraphNode, why: str) -> None:
        self.refusals.append(Refusal(node.name, node.template.node.place.line, why))

    def _root(self, index: int) -> int:
        while self._parent[index] != index:
            index = self._parent[index]
        return index

    def _look(self, node: GraphNode) -> str:
        """Notes what becomes of a layer; the reason where it stands in the way."""
        index = node.at
        sources = [source for source in node.inputs if source in self._rolled]
        if not sources:
            if node.inputs:
                self._look_at_border(node)
            return ""
        for source in sources:
            self._parent.setdefault(index, index)
            self._parent[self._root(source)] = self._root(index)
        rolled = self._rolled[sources[0]]
        is_flat = all(set(self._rolled[source]) == {1} for source in sources)
        layer = node.layer
        if isinstance(layer, Linear) and layer.over == "all":
            ones = (1,) * len(rolled)
            self.changes[index] = Change("dense", Conv, rolled, (*node.facts.output, *ones))
            self._rolled[index] = ones
            return ""
        if isinstance(layer, Flatten) and is_flat:
            # Of a vector it makes nothing else, of a map of one pixel it would.
            self._rolled[index] = rolled
            ones = (1,) * len(rolled)
            self.changes[index] = Change("drop", Identity, (), (*node.facts.output, *ones))
            return ""
        if isinstance(layer, MergeKind):
            return self._look_at_merge(index, node, sources, is_flat)
        if is_elementwise(layer) or (layer.works_per_position() and is_flat):
            self._rolled[index] = rolled
            return ""
        if layer.works_per_position():
            return f"`{layer.kind}` tells the map's positions apart while they are rolled up"
        return f"`{layer.kind}` needs a vector"

    def _look_at_border(self, node: GraphNode) -> None:
        x, output = self.graph.shape_of(node.inputs[0]), node.facts.output
        layer, ones = node.layer, (1,) * (len(x) - 1)
        if len(x) == 1 or len(output) > 1 or not isinstance(layer, Flatten | GlobalPool):
            return
        index = node.at
        self._parent[index] = index
        if isinstance(layer, Flatten):
            self._rolled[index] = x[1:]
            self.changes[index] = Change("drop", Identity, (), x)
        else:
            self._rolled[index] = ones
            self.changes[index] = Change("slide", layer.slides_as, x[1:], (x[0], *ones))

    def _look_at_merge(self, index: int, node: GraphNode, sources: list[int], is_flat: bool) -> str:
        if not is_flat:
            return f"`{node.layer.kind}` joins a map that no dense layer has read"
        others = [source for source in node.inputs if source not in self._rolled]
        if not others:
            self._rolled[index] = self._rolled[sources[0]]
            return ""
        if any(len(self.graph.shape_of(source)) == 1 for source in others):
            return f"`{node.layer.kind}` joins a vector that comes from no map"
        # A gate over a map: what comes out is a map again.
        self._gated.add(sources[0])
        return ""

    def _drop_idle_regions(self) -> None:
        """Regions without a dense layer are left as they are."""
        busy = {
            self._root(index) for index, change in self.changes.items() if change.act == "dense"
        }
        for index in list(self.changes):
            if self._root(index) not in busy:
                del self.changes[index]

    def _gates(self) -> None:
        """Global pools that cannot slide: those of gates, and those of maps of several sizes.

        A gate is for the whole map, whatever its size; and windows of several sizes would give
        maps of several sizes. They keep reading all of the map, and its axes stay, of size 1.
        """
        kernels: dict[int, set[Shape]] = {}
        for index, change in self.changes.items():
            if change.act == "slide":
                kernels.setdefault(self._root(index), set()).add(change.kernel)
        still = {root for root, sizes in kernels.items() if len(sizes) > 1}
        still |= set(map(self._root, self._gated))
        for index, change in list(self.changes.items()):
            if change.act == "slide" and self._root(index) in still:
                kind = type(self.graph.nodes[index].layer)
                self.changes[index] = Change("keepdim", kind, (), change.output)

    def _adaptive(self) -> None:
        """Adaptive pools in front of a flatten become windows where their bins are equal."""
        for index, change in list(self.changes.items()):
            if change.act != "drop":
                continue
            for before in self._pools_before(index):
                node = self.graph.nodes[before]
                x, output = self.graph.shape_of(node.inputs[0]), node.facts.output
                if any(size % bins for size, bins in zip(x[1:], output[1:], strict=True)):
                    why = "its bins overlap, so it stays: the output is one position at every size"
                    self._refuse(node, why)
                    continue
                kernel = tuple(size // bins for size, bins in zip(x[1:], output[1:], strict=True))
                assert isinstance(node.layer, AdaptivePool)
                # Windows of one pixel do nothing.
                kind = node.layer.slides_as if max(kernel) > 1 else Identity
                self.changes[before] = Change("pool", kind, kernel, output)

    def _pools_before(self, index: int) -> Iterator[int]:
        """Adaptive pools from which nothing but elementwise layers lead to the node `index`."""
        node = self.graph.nodes[index]
        while node.inputs:
            node = self.graph.nodes[node.inputs[0]]
            if isinstance(node.layer, AdaptivePool):
                yield node.at
                return
            if not is_elementwise(node.layer):
                return

    def _agree(self) -> None:
        """Layers written once must become the same wherever they are used."""
        while True:
            changed = self._disagreeing()
            if changed is None:
                return
            template = self.graph.nodes[changed].template
            why = "it is written once, but its uses would need different kernels"
            self._refuse(self.graph.nodes[changed], why)
            uses = {node.at for node in self.graph.layers if node.template is template}
            roots = {self._root(index) for index in uses if index in self._parent}
            for index in list(self.changes):
                known = index in self._parent
                if index in uses or (known and self._root(index) in roots):
                    del self.changes[index]

    def _disagreeing(self) -> int | None:
        seen: dict[int, tuple[Act, Shape] | None] = {}
        for node in self.graph.layers:
            change = self.changes.get(node.at)
            says = (change.act, change.kernel) if change else None
            if seen.setdefault(id(node.template), says) != says:
                return node.at
        return None


def is_elementwise(layer: Kind) -> bool:
    """True where every element is treated alike, whatever its channel and its position."""
    return layer.works_per_position() and layer.is_spatial
