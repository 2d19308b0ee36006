"""Memory of a prepared network: one array a tensor, with a border of zeros, used again.

A convolution reads zeros around its input. Where the tensor is stored with them, whoever makes
it writes the middle, and no padded copy is needed; borders stay zero when the array is reused
by a tensor of the same size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from convcalc.arrays.fusion import FusedStep, can_fuse
from convcalc.arrays.products import Array
from convcalc.arrays.slicing import Index
from convcalc.core.shapes import Window
from convcalc.kinds.base import LayerKind
from convcalc.kinds.conv import Conv
from convcalc.network.graph import Graph, GraphNode

Border = tuple[tuple[int, int], ...]


class Buffer(NamedTuple):
    """A tensor `(N, *S, C)` in the middle of `whole`, its border of zeros on each axis."""

    whole: Array
    border: Border

    @property
    def middle(self) -> Array:
        """The tensor itself."""
        return self.padded([Window(1)] * len(self.border))

    def padded(self, windows: Sequence[Window]) -> Array:
        """The tensor with the padding of `windows`, which the border must hold."""
        sizes = self.whole.shape[1:-1]
        cut: Index = (
            slice(None),
            *(
                slice(b - w.before, size - a + w.after)
                for (b, a), w, size in zip(self.border, windows, sizes, strict=True)
            ),
        )
        return self.whole[cut]


def allocate(graph: Graph, steps: list[FusedStep], batch: int) -> dict[int, Buffer]:
    """A buffer for every input and every step's result, those of dead tensors used again."""
    borders = _borders(graph, steps)
    last_use = {index: number for number, step in enumerate(steps) for index in step.reads}
    last_use |= dict.fromkeys(graph.outputs, len(steps))
    free: dict[tuple[tuple[int, ...], Border], list[Array]] = {}
    buffers: dict[int, Buffer] = {}

    def take(index: int) -> None:
        channels, *sizes = graph.shape_of(index)
        border = borders.get(index, ((0, 0),) * len(sizes))
        whole = (size + b + a for size, (b, a) in zip(sizes, border, strict=True))
        shape = (batch, *whole, channels)
        unused = free.get((shape, border))
        buffers[index] = Buffer(unused.pop() if unused else np.zeros(shape, np.float32), border)

    for index in range(graph.input_count):
        take(index)
    for number, step in enumerate(steps):
        take(step.result)
        for index in {*step.reads, step.result}:
            if last_use.get(index, number) == number:
                whole, border = buffers[index]
                free.setdefault((whole.shape, border), []).append(whole)
    return buffers


def windows_of(node: GraphNode, graph: Graph) -> tuple[Window, ...]:
    """The windows of a layer at the shape of its input; none for a dense layer."""
    assert isinstance(node.layer, LayerKind)
    return node.layer.windows(graph.shape_of(node.inputs[0]))


def _borders(graph: Graph, steps: list[FusedStep]) -> dict[int, Border]:
    """The padding that convolutions want around each tensor, on each side the most."""
    borders: dict[int, Border] = {}
    for step in steps:
        if isinstance(step.node.layer, Conv) and can_fuse(step.node):
            (index,) = step.node.inputs
            windows = windows_of(step.node, graph)
            held = borders.get(index, ((0, 0),) * len(windows))
            borders[index] = tuple(
                (max(b, w.before), max(a, w.after)) for (b, a), w in zip(held, windows, strict=True)
            )
    return borders
