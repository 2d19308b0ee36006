"""At which sizes every expectation of the file holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from convcalc.core.errors import StackError
from convcalc.core.shapes import Shape
from convcalc.features.sizes.pattern import members, to_bits
from convcalc.features.sizes.walk import Sample, WalkedSamples
from convcalc.kinds.base import LayerKind

if TYPE_CHECKING:
    from convcalc.network import Network, VariableValues
    from convcalc.network.graph import Graph

# Layers times sizes that are planned for a criterion that nobody has asked for.
MAX_UNASKED = 20_000
Wanted = tuple[int | None, ...]


class ExpectCheck:
    """The expectations of a network, asked at other sizes."""

    def __init__(self, network: Network, variables: VariableValues, graph: Graph) -> None:
        self.network, self.variables, self.graph = network, variables, graph

    @cached_property
    def is_stated(self) -> bool:
        """True where the file expects anything."""
        graph = self.graph
        stated = [graph.expect, *(node.template.expect for node in graph.layers)]
        return any([*stated, *(scope.template.expect for scope in graph.scopes)])

    @cached_property
    def is_symmetric(self) -> bool:
        """True where no expected output tells one axis from another."""
        return all(len(set(wanted[1:])) <= 1 for _, wanted in self._outputs)

    @cached_property
    def _outputs(self) -> list[tuple[int, Wanted]]:
        """(index of the layer, its expected output), for each that is stated."""
        graph = self.graph
        stated = [(node.at, node.template.expect) for node in graph.layers]
        stated += [(scope.result, scope.template.expect) for scope in graph.scopes]
        stated.append((graph.outputs[0], graph.expect))
        return [
            (index, expected.model.output)
            for index, expected in stated
            if expected is not None and expected.model.output is not None
        ]

    def holding(
        self, samples: Sequence[Sample], walk: WalkedSamples, candidates: int, is_required: bool
    ) -> int | None:
        """The candidates that meet all expectations; None where that would take too long unasked.

        Shapes and MACs are compared first, which rules out most sizes; each that is left is
        planned, and its expectations are checked as `convcalc plan` does.
        """
        left = [at for at in members(candidates, 0) if self._fits(walk, at)]
        if len(left) * len(self.graph.layers) > MAX_UNASKED and not is_required:
            return None
        limits = self.graph.expect.model.macs if self.graph.expect is not None else None
        # Sizes that were planned one by one have no columns of their layers.
        if limits is not None and len(walk.columns) == len(self.graph.nodes):
            left = [at for at in left if limits.hold(self._macs(walk, at))]
        held = {at for at in left if self.holds(samples[at])}
        return to_bits(at in held for at in range(walk.count))

    def _fits(self, walk: WalkedSamples, at: int) -> bool:
        for index, wanted in self._outputs:
            shape = walk.columns[index][at] if index < len(walk.columns) else None
            if shape is not None and not _matches(shape, wanted):
                return False
        return True

    def _macs(self, walk: WalkedSamples, at: int) -> int:
        return sum(self._layer_macs(walk, at))

    def _layer_macs(self, walk: WalkedSamples, at: int) -> Iterator[int]:
        for node in self.graph.layers:
            if node.facts.macs and isinstance(node.layer, LayerKind):
                x, output = walk.columns[node.inputs[0]][at], walk.columns[node.at][at]
                if x is not None and output is not None:
                    yield node.layer.macs(x, output)

    def holds(self, sample: Sample) -> bool:
        """True where the network can be planned for `sample` and meets all expectations."""
        from convcalc.planning import plan
        from convcalc.planning.expectations import check_expectations

        shapes = dict(zip(self.graph.inputs, sample, strict=True))
        try:
            planned = plan(self.network, input=shapes, variables=dict(self.variables))
        except StackError:
            return False
        return not check_expectations(planned.graph, planned.rows)


def _matches(shape: Shape, wanted: Wanted) -> bool:
    return len(shape) == len(wanted) and all(
        want in (None, got) for want, got in zip(wanted, shape, strict=True)
    )
