"""Which layers run as one: a convolution, the norm, sum and activation that follow it.

A norm at inference is a scale and a shift, and disappears into the weights; the sum with another
branch and the activation are done to a tile of sums while it is in cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from convcalc.arrays.ops import Ops, Weights
from convcalc.arrays.products import Array
from convcalc.kinds.arithmetic_family import Add
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear
from convcalc.kinds.norm_family import BatchNorm
from convcalc.network.graph import Graph, GraphNode


@dataclass(slots=True)
class FusedStep:
    """A layer with what is fused into it, by indices of the graph.

    `result` is the output of the last of them; `residual` what is added.
    """

    node: GraphNode
    result: int
    norm: GraphNode | None = None
    eps: float = 0.0
    residual: int | None = None
    clip: tuple[float, float] = (-inf, inf)

    @property
    def reads(self) -> tuple[int, ...]:
        """Every index that must be there when it runs."""
        return self.node.inputs if self.residual is None else (*self.node.inputs, self.residual)


def can_fuse(node: GraphNode) -> bool:
    """True for layers that the session prepares itself, and so can finish its own way."""
    if isinstance(node.layer, Conv):
        return node.layer.padding_mode == "zeros"
    # A dense layer at each position of a map has no prepared form.
    is_dense = isinstance(node.layer, Linear) and len(node.facts.output) == 1
    return is_dense or isinstance(node.layer, ConvTranspose)


def steps_of(graph: Graph) -> list[FusedStep]:
    """The graph's layers in an order in which they can run, fused where they can be."""
    taken: set[int] = set()
    steps = []
    for node in graph.layers:
        if node.at in taken:
            continue
        step = FusedStep(node, node.at)
        while can_fuse(node) and step.result not in graph.outputs:
            after = graph.readers[step.result]
            if len(after) != 1 or after[0] in taken:
                break
            if not _join(step, graph.nodes[after[0]], graph):
                break
            step.result = after[0]
            taken.add(after[0])
        steps.append(step)
    # A step runs where the last of its layers stood: by then all that it reads is there.
    return sorted(steps, key=lambda step: step.result)


def _join(step: FusedStep, node: GraphNode, graph: Graph) -> bool:
    """Fuses `node` into `step` if it can follow what is there already."""
    if step.clip != (-inf, inf):
        return False
    clip = node.layer.clips_to()
    if clip is not None:
        step.clip = clip
        return True
    if step.residual is not None:
        return False
    if isinstance(node.layer, BatchNorm):
        if step.norm is not None:
            return False
        step.norm, step.eps = node, float(node.layer.eps)
        return True
    if isinstance(node.layer, Add) and len(node.inputs) == 2:
        first, second = node.inputs
        other = second if first == step.result else first
        # The sum with itself waits for nothing else, and needs its own product first.
        if other != step.result and graph.shape_of(other) == graph.shape_of(step.result):
            step.residual = other
            return True
    return False


def folded(
    ops: Ops, weights: Weights, norm: Weights | None, eps: float
) -> tuple[Array | None, Array | None]:
    """(scale, bias) of each output channel: the layer's bias and the norm after it, as one.

    scale * (sums + bias) + shift = scale * sums + (scale * bias + shift).
    """
    bias = weights.get("bias")
    if norm is None:
        return None, bias
    scale = ops.inverse_deviation(norm["running_var"], eps) * norm.get("weight", 1)
    shift = norm.get("bias", 0) - norm["running_mean"] * scale
    return scale, shift if bias is None else scale * bias + shift
