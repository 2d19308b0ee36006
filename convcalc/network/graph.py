"""The network as a graph of placed layers: every name resolved, every shape known."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import Shape
from convcalc.document import Document
from convcalc.document import Mapping as YamlMapping
from convcalc.kinds.base import SourceKind
from convcalc.network.template import NETWORK_INPUT, LayerTemplate

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts, Kind
    from convcalc.network.expectations import Expectation
    from convcalc.network.held import Held


class GraphNode(NamedTuple):
    """An input of the network, or a layer in its place.

    `at` is its index in `Graph.nodes`, and `inputs` are the indices that it reads: none for an
    input of the network or another source. `shares` is the layer whose learnt arrays it uses, and
    where they are counted; None where they are its own.
    """

    name: str
    layer: Kind
    inputs: tuple[int, ...]
    facts: Facts
    template: LayerTemplate
    at: int
    shares: int | None = None


class Input(SourceKind):
    """An input of the network, as the layer of its node; no file can write it as a layer."""

    shape: Shape

    def shape_of(self) -> Shape:
        """The shape that it has in this plan."""
        return self.shape


def input_nodes(inputs: Mapping[str, Shape], document: Document) -> list[GraphNode]:
    """The nodes of the network's inputs, which stand where the file declares them."""
    nodes = []
    root = document.root
    declared = root.entries[NETWORK_INPUT] if isinstance(root, YamlMapping) else root
    places = declared.entries if isinstance(declared, YamlMapping) else {}
    for index, (name, shape) in enumerate(inputs.items()):
        made = Input.model_construct(shape=shape)
        place = places.get(name, declared)
        template = LayerTemplate(NETWORK_INPUT, name, place, None, None, {}, name=name)
        nodes.append(GraphNode(name, made, (), made.facts(()), template, index))
    return nodes


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A block used as a layer: the nodes [first, end) are its inside, `result` is its output.

    `source` is the index of what the block reads, `gives` has its results beside the last layer's.
    """

    name: str
    block: str
    template: LayerTemplate
    depth: int
    first: int
    end: int
    result: int
    source: int
    gives: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Graph:
    """The inputs of the network, then all layers in the order in which they run.

    Everything is named by its index in `nodes`; whatever a node reads stands before it, and the
    first `input_count` nodes are the inputs. Scopes stand in order of their first node, outer
    ones before inner ones.
    """

    name: str
    input_count: int
    nodes: tuple[GraphNode, ...]
    scopes: tuple[Scope, ...]
    outputs: tuple[int, ...]
    expect: Expectation | None
    file: str
    source: str
    # The arrays that a model file holds for a layer, by its index and their names.
    held: Mapping[int, Mapping[str, Held]] = field(default_factory=dict)
    # What a reader of the figures should know of the file.
    notes: tuple[str, ...] = ()

    @cached_property
    def inputs(self) -> dict[str, Shape]:
        """The shapes of the network's inputs, by name."""
        return {node.name: node.facts.output for node in self.nodes[: self.input_count]}

    def input_at(self, index: int) -> tuple[str, Shape]:
        """The name and the shape of the input at `index`."""
        node = self.nodes[index]
        return node.name, node.facts.output

    @cached_property
    def layers(self) -> tuple[GraphNode, ...]:
        """The nodes that are layers, as a plan has a row for each."""
        return self.nodes[self.input_count :]

    @property
    def has_expectations(self) -> bool:
        """True where the file says of the network, a block or a layer what it expects."""
        templates = chain(
            (scope.template for scope in self.scopes), (node.template for node in self.nodes)
        )
        return self.expect is not None or any(one.expect is not None for one in templates)

    @cached_property
    def readers(self) -> tuple[tuple[int, ...], ...]:
        """For each node those that read it, each once, in order."""
        readers: list[list[int]] = [[] for _ in self.nodes]
        for node in self.nodes:
            for index in dict.fromkeys(node.inputs):
                readers[index].append(node.at)
        return tuple(map(tuple, readers))

    @cached_property
    def last_use(self) -> tuple[int, ...]:
        """For each node the last one that reads it; itself where none does."""
        last = list(range(len(self.nodes)))
        for node in self.nodes:
            for index in node.inputs:
                last[index] = node.at
        return tuple(last)

    def alive_until(self, keep: Collection[int] = ()) -> list[int]:
        """For each node the last one that needs its memory, which its views share.

        `len(nodes)` for the outputs of the network and for `keep`, which outlive the run.
        """
        until = list(self.last_use)
        for index in (*self.outputs, *keep):
            until[index] = len(self.nodes)
        for node in reversed(self.nodes):
            if node.layer.is_view:
                source = node.inputs[0]
                until[source] = max(until[source], until[node.at])
        return until

    def owner_of(self, node: GraphNode) -> GraphNode:
        """The layer whose arrays a layer uses; itself where they are its own."""
        return node if node.shares is None else self.nodes[node.shares]

    @cached_property
    def shared(self) -> frozenset[int]:
        """The layers whose arrays others use too."""
        return frozenset(node.shares for node in self.nodes if node.shares is not None)

    def facts_alone(self, node: GraphNode) -> Facts:
        """The facts of a layer, its arrays counted also where they are another one's."""
        if node.shares is None:
            return node.facts
        counted = node.layer.facts(tuple(map(self.shape_of, node.inputs)))
        return node.facts._replace(params=counted.params, buffers=counted.buffers)

    def ancestors(self, *indices: int) -> set[int]:
        """These nodes and all that they depend on."""
        return ancestors(self.nodes, *indices)

    def name_of(self, index: int) -> str:
        """The name of the layer or input at `index`."""
        return self.nodes[index].name

    def shape_of(self, index: int) -> Shape:
        """The output shape of the layer or input at `index`."""
        return self.nodes[index].facts.output

    def shapes_of(self, node: GraphNode) -> tuple[Shape, ...]:
        """The shapes that a node reads."""
        return tuple([self.nodes[index].facts.output for index in node.inputs])


def ancestors(nodes: Sequence[GraphNode], *indices: int) -> set[int]:
    """The nodes at `indices` and all that they depend on."""
    found: set[int] = set()
    pending = list(indices)
    while pending:
        index = pending.pop()
        if index not in found:
            found.add(index)
            pending += nodes[index].inputs
    return found
