"""How many layers a file unrolls to, counted before any of them is built.

Blocks multiply as aliases do: a file of a kilobyte can describe more layers than there are atoms.
"""

from __future__ import annotations

from collections.abc import Iterable

from convcalc.document import Node
from convcalc.network.template import LayerTemplate, Template

# Beyond this the exact number tells nobody more.
_MANY = 10**15


class LayerCount:
    """Lower bounds: a layer whose `if`, or whose series, is an expression counts as none."""

    def __init__(self, template: Template) -> None:
        self.template = template
        self._of_block: dict[str, int] = {}

    def of_list(self, layers: Iterable[LayerTemplate]) -> int:
        """The layers that a list unrolls to, at least."""
        return sum(map(self.of_layer, layers))

    def of_layer(self, layer: LayerTemplate) -> int:
        """The layers that one entry of a list unrolls to, at least."""
        if layer.condition is not None and layer.condition.value is not True:
            return 0
        return (passes(layer) or 0) * self._of_one(layer)

    def _of_one(self, layer: LayerTemplate) -> int:
        if layer.block is None:
            return 1
        count = self._of_block.get(layer.block)
        if count is None:
            # Blocks nest no deeper than MAX_BLOCK_DEPTH, so this recursion is bounded.
            count = self.of_list(self.template.blocks[layer.block].layers)
            self._of_block[layer.block] = count
        return count

    def culprit(self, limit: int) -> tuple[int, Node] | None:
        """(layers of the whole network, where they come from), if they exceed the limit."""
        total = self.of_list(self.template.layers)
        if total <= limit:
            return None
        layers = self.template.layers
        while True:
            layer = max(layers, key=self.of_layer)
            if layer.repeat is not None:
                return total, layer.repeat.node
            inside = self.template.blocks[layer.block].layers if layer.block else ()
            if layer.is_series or not inside:
                return total, layer.node
            layers = inside


def passes(layer: LayerTemplate) -> int | None:
    """How often a layer is repeated, where the file writes it as a number; else None."""
    if layer.repeat is not None:
        count = layer.repeat.value
        return count if isinstance(count, int) else None
    lengths = [len(field.value) for _, field in layer.each if isinstance(field.value, list)]
    if layer.each and not lengths:
        return None
    return min(lengths, default=1)


def at_least(count: int) -> str:
    """A number of layers for a message.

    >>> at_least(100_001), at_least(100**10)
    ('at least 100,001', 'more than 10**15')
    """
    return f"at least {count:,}" if count <= _MANY else "more than 10**15"
