"""A convolution as the dense layer that it is: how large its matrix, how sparse, how shared."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Annotated

from convcalc.core.arithmetic import pooled_elements
from convcalc.core.errors import Problem, StackError
from convcalc.core.records import Answer, Count, Key, Sizes
from convcalc.core.shapes import elements
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear

if TYPE_CHECKING:
    from convcalc.network import Network
    from convcalc.network.graph import GraphNode

KINDS = (Conv, ConvTranspose, Linear)


@dataclass(frozen=True, slots=True)
class DenseMatrix(Answer):
    """The matrix that a layer multiplies its flattened input with, without bias."""

    layer: Annotated[str, Key("The layer.")]
    line: Annotated[int, Key("Line where it is written, 1-based.", minimum=1)]
    kind: Annotated[str, Key("Its kind.")]
    x: Annotated[Sizes, Key("Shape of its input.", name="input")]
    output: Annotated[Sizes, Key("Shape of its output.")]
    weights: Annotated[Count, Key("Distinct learnt numbers.")]
    nonzero: Annotated[Count, Key("Entries that one of them stands in.")]
    taps: Annotated[
        Count,
        Key(
            "Products for each output, k, where nothing hangs over the border.",
            name="products_per_output",
        ),
    ]

    @property
    @Key(name="inputs")
    def columns(self) -> Count:
        """Inputs, m."""
        return elements(self.x)

    @property
    @Key(name="outputs")
    def rows(self) -> Count:
        """Outputs, n."""
        return elements(self.output)

    @property
    @Key()
    def dense(self) -> Count:
        """Entries of the matrix, m * n."""
        return self.columns * self.rows

    @property
    @Key()
    def zero(self) -> Count:
        """Entries that no weight stands in."""
        return self.dense - self.nonzero


def dense_matrix(network: Network, name: str) -> DenseMatrix:
    """The matrix of the layer `name`. Raises StackError where it has none.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [1, 5, 5]\\nlayers: [conv: {out: 1, k: 3}]")
    >>> found = dense_matrix(net, "conv_1")
    >>> found.rows, found.columns, found.nonzero, found.weights
    (9, 25, 81, 9)
    """
    graph = network.graph()
    node = _find(network, name)
    x = graph.shape_of(node.inputs[0]) if node.inputs else node.facts.output
    layer, output = node.layer, node.facts.output
    line = node.template.node.place.line
    if isinstance(layer, Linear):
        weights = elements(layer.weights(x)["weight"])
        # At each position of a map the same weights stand again.
        nonzero = weights * (elements(x) // x[0])
        return DenseMatrix(node.name, line, layer.kind, x, output, weights, nonzero, x[0])
    if not isinstance(layer, Conv | ConvTranspose):
        message = f"layer `{node.name}` is a `{layer.kind}`: it multiplies by no learnt matrix"
        help = f"name a layer of the kinds {', '.join(kind.kind for kind in KINDS)}"
        raise _refusal(network, message, help, node)
    if isinstance(layer, Conv) and layer.padding_mode != "zeros":
        message = f"layer `{node.name}` pads by `{layer.padding_mode}`, so that weights add up"
        raise _refusal(
            network, message, "only padding with zeros leaves each entry one weight", node
        )
    weights = elements(layer.weights(x)["weight"])
    inside, outside = (x, output) if isinstance(layer, Conv) else (output, x)
    # A transposed layer has the matrix of its convolution, transposed: the same entries.
    hits = prod(
        pooled_elements(size, w.span, w.stride, w.before, w.after, count, w.dilation)
        for size, count, w in zip(inside[1:], outside[1:], layer.windows(x), strict=True)
    )
    kernel = prod(w.kernel for w in layer.windows(x))
    pairs = weights // kernel
    taps = pairs * kernel // output[0]
    return DenseMatrix(node.name, line, layer.kind, x, output, weights, pairs * hits, taps)


def _find(network: Network, name: str) -> GraphNode:
    from convcalc.core.text import nearest

    nodes = {node.name: node for node in network.graph().nodes}
    if name not in nodes:
        help = nearest(name, nodes)
        problem = Problem(
            "unknown-reference", f"there is no layer `{name}`", help=help,
            file=network.document.file,
        )  # fmt: skip
        raise StackError([problem], network.document.text)
    return nodes[name]


def _refusal(network: Network, message: str, help: str, node: GraphNode) -> StackError:
    place = node.template.node.place
    problem = Problem("wrong-value", message, place, help=help, file=network.document.file)
    return StackError([problem], network.document.text)
