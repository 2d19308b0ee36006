"""A network prepared to run many times at one input shape: what can be done once is done once.

    session = prepare(load("resnet50.net.yaml"), weights="resnet50.npz")
    logits = session.run(image)["linear_1"]

Norms are folded into the weights before them, weights laid out as the algorithms read them, every
view and buffer made; sums and activations are finished while in cache. A layer that has no
prepared form runs as it does everywhere else, by its kind's `forward`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convcalc.arrays.budget import check_memory, check_runs
from convcalc.arrays.buffers import allocate, windows_of
from convcalc.arrays.choose import ALGORITHMS, FAST, prepared
from convcalc.arrays.draws import Draws
from convcalc.arrays.fusion import FusedStep, can_fuse, folded, steps_of
from convcalc.arrays.given import GivenInputs, GivenWeights, inputs_of, weights_of
from convcalc.arrays.im2col import im2col
from convcalc.arrays.jobs import Finish, Job, Prepared, Scratch
from convcalc.arrays.ops import Array, Ops, Weights, channels_first
from convcalc.arrays.run import drawer
from convcalc.arrays.slicing import kernel_of, transposed_kernel
from convcalc.arrays.transposed import TRANSPOSED
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.network import InputShapes, Network, VariableValues
from convcalc.network.graph import Graph, GraphNode

FLOAT = np.dtype(np.float32)


def prepare(
    network: Network,
    seed: int = 0,
    weights: GivenWeights | None = None,
    *,
    input: InputShapes | None = None,
    variables: VariableValues | None = None,
    batch: int = 1,
    fast: bool = False,
    max_memory: int | None = None,
) -> Session:
    """A session of the network. All but `fast` is as for `run`, and so are the outputs, rounded.

    Raises StackError as `run` does, before anything large is allocated.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [1, 2, 2]\\nlayers: [{conv: {out: 1, k: 2}, name: sum}]")
    >>> weights = {"sum.weight": np.ones((1, 1, 2, 2)), "sum.bias": [0.5]}
    >>> session = prepare(net, weights=weights)
    >>> session.run([[[1, 2], [3, 4]]])["sum"].item(), session.run(np.ones((1, 2, 2)))["sum"].item()
    (10.5, 4.5)
    """
    graph = network.graph(input, variables)
    check_runs(graph)
    given = weights is not None
    check_memory(graph, batch, limit=max_memory, given=given, holds_weights=True)
    if weights is not None:
        with weights_of(weights, graph, FLOAT) as found:
            return Session(graph, found.of, batch=batch, fast=fast)
    of = drawer(graph, Draws(seed))
    # Drawn in the order of `run`, which is not that in which a session asks.
    drawn = {node.at: of(node) for node in graph.layers}
    return Session(graph, lambda node: drawn.pop(node.at), batch=batch, fast=fast)


class Session:
    """A network at fixed input shapes, in float32.

    `weights` gives each layer's arrays, in PyTorch's layout. `fast` lets it use algorithms that are
    not exact, which multiply less and round more. `macs` counts what all runs made.
    """

    def __init__(
        self,
        graph: Graph,
        weights: Callable[[GraphNode], Weights],
        *,
        batch: int = 1,
        fast: bool = False,
    ) -> None:
        self._graph, self._batch = graph, batch
        self._table = FAST if fast else ALGORITHMS
        self._ops = Ops()
        self._ops.batch = batch
        self._scratch = Scratch()
        steps = steps_of(graph)
        self._buffers = allocate(graph, steps, batch)
        self._run = [self._prepared(step, weights) for step in steps]

    def __repr__(self) -> str:
        return f"<Session {self._graph.name}: batch {self._batch}>"

    @property
    def macs(self) -> int:
        """Multiply-accumulates made so far."""
        return self._ops.macs

    def run(self, inputs: GivenInputs) -> dict[str, Array]:
        """Every output by name for these inputs, both channels first `(N, C, *S)`.

        NaN and infinity are let through. Raises StackError for inputs that do not fit.
        """
        given = inputs_of(inputs, self._graph, FLOAT, batch=self._batch, finite=False)
        for index, x in enumerate(given):
            np.copyto(self._buffers[index].middle, x)
        # Where numbers get too large, they show it themselves.
        with np.errstate(all="ignore"):
            for step in self._run:
                step()
        return {
            self._graph.name_of(index): channels_first(self._buffers[index].middle).copy()
            for index in self._graph.outputs
        }

    def _prepared(self, step: FusedStep, weights: Callable[[GraphNode], Weights]) -> Prepared:
        own = weights(step.node)
        if not can_fuse(step.node):
            return self._as_everywhere(step, own)
        scale, bias = folded(self._ops, own, weights(step.norm) if step.norm else None, step.eps)
        residual = None if step.residual is None else self._buffers[step.residual].middle
        y = self._buffers[step.result].middle
        return self._product(step.node, own["weight"], scale, Finish(y, bias, residual, *step.clip))

    def _product(
        self, node: GraphNode, weight: Array, scale: Array | None, finish: Finish
    ) -> Prepared:
        """A convolution, transposed or not, or a dense layer: whatever is made of products."""
        layer, x = node.layer, self._buffers[node.inputs[0]]
        windows, groups = windows_of(node, self._graph), 1
        if isinstance(layer, Conv | ConvTranspose):
            groups = layer.group_count(self._graph.shape_of(node.inputs[0]))
        is_transposed = isinstance(layer, ConvTranspose)
        kernel = transposed_kernel(weight, groups) if is_transposed else kernel_of(weight)
        if scale is not None:
            kernel = (kernel * scale).astype(np.float32, copy=False)
        padded = x.middle if is_transposed else x.padded(windows)
        job = Job(self._ops, padded, kernel, windows, groups, finish, self._scratch)
        if is_transposed:
            return prepared(job, TRANSPOSED)
        return prepared(job, self._table) if windows else im2col(job)

    def _as_everywhere(self, step: FusedStep, weights: Weights) -> Prepared:
        inputs = tuple(self._buffers[index].middle for index in step.node.inputs)
        y = self._buffers[step.result].middle

        def run() -> None:
            np.copyto(y, step.node.layer.run(self._ops, inputs, weights))

        return run
