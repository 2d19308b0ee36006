"""The network as a graph of placed layers: every name resolved, every shape known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import Shape
from convcalc.network.template import LayerTemplate

if TYPE_CHECKING:
    from convcalc.kinds.base import Facts, Kind
    from convcalc.network.expectations import Expectation


class GraphNode(NamedTuple):
    """A layer in its place. `inputs` are indices into `Graph.nodes`; inputs come first there."""

    name: str
    layer: Kind
    inputs: tuple[int, ...]
    facts: Facts
    template: LayerTemplate


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A block used as a layer: the nodes [first, end) are its inside, `result` is its output."""

    name: str
    block: str
    template: LayerTemplate
    depth: int
    first: int
    end: int
    result: int
    source: int


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """All layers in the order in which they run.

    Index i below `len(inputs)` is an input of the network; the layer `nodes[j]` has the index
    `len(inputs) + j`. `outputs` are such indices too. Scopes stand in order of their first node,
    outer ones before inner ones.
    """

    name: str
    inputs: dict[str, Shape]
    nodes: tuple[GraphNode, ...]
    scopes: tuple[Scope, ...]
    outputs: tuple[int, ...]
    expect: Expectation | None
    file: str
    source: str

    def name_of(self, index: int) -> str:
        """The name of the layer or input at `index`."""
        shift = len(self.inputs)
        return self.nodes[index - shift].name if index >= shift else list(self.inputs)[index]

    def shape_of(self, index: int) -> Shape:
        """The output shape of the layer or input at `index`."""
        shift = len(self.inputs)
        if index >= shift:
            return self.nodes[index - shift].facts.output
        return list(self.inputs.values())[index]
