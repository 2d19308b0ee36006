"""What a stack or a network costs and sees, in the figures that stacks are compared by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.shapes import Shape, elements
from convcalc.features.compare.stacks import Axes, Channels, Stack
from convcalc.kinds.base import WORK_CLASSES

if TYPE_CHECKING:
    from convcalc.network import InputShapes, Network
    from convcalc.planning import Plan

_ACTIVATION = WORK_CLASSES.index("activation")
# Figures that are lower bounds where a total of the network is one.
_BOUNDED = {
    "params": "params",
    "weights": "params",
    "macs": "macs",
    "flops": "flops",
    "kept": "training",
}


class Measures(NamedTuple):
    """What a stack costs and sees, for one sample in float32.

    `weights` are the parameters without biases; `peak` and `kept` are bytes of activations: the
    most alive at once at inference, and what training keeps for the backward pass. `field` is
    that of the first output, None where it depends on the position too irregularly to follow.
    Of `lower_bounds` some layer does not tell its part; with `at_most` the field is an upper bound.
    """

    name: str
    field: Axes | None
    outputs: tuple[Shape, ...]
    params: int
    weights: int
    macs: int
    nonlinearities: int
    peak: int
    kept: int
    lower_bounds: tuple[str, ...] = ()
    at_most: bool = False

    @property
    def flops(self) -> int:
        """Floating-point operations: a multiply and an addition for each MAC."""
        return 2 * self.macs


def measure_stack(stack: Stack, channels: Channels, size: Axes, padded: bool) -> Measures:
    """The planner's figures for the stack, a nonlinearity behind every layer."""
    from convcalc.network import loads
    from convcalc.planning import plan

    # Asked first, as it says in a sentence what does not fit.
    stack.walk(channels, size, padded)
    # The input is given to the planner: a file could not name one of any size.
    lines = ["convcalc: 1", f"input: {[1] * (1 + len(size))}", "layers:"]
    for conv in stack.convs(channels, padded):
        fields = conv.model_dump(exclude_defaults=True)
        listed = ", ".join(
            f"{name}: {list(value) if isinstance(value, tuple) else value}"
            for name, value in fields.items()
        )
        lines += [f"  - conv: {{{listed}}}", "  - relu"]
    network = loads("\n".join(lines))
    return _measured(plan(network, input=(channels.cin, *size)), stack.text)


def measure_network(network: Network, name: str, input: InputShapes | None = None) -> Measures:
    """The planner's figures for a network, as it stands in its file, or at another input."""
    from convcalc.planning import plan

    return _measured(plan(network, input=input), name)


def _measured(plan: Plan, name: str) -> Measures:
    graph = plan.graph
    biases = 0
    for row in plan.rows:
        if getattr(row.node.layer, "bias", False) is True and row.node.shares is None:
            weights = getattr(row.node.layer, "weights", None)
            x = graph.shape_of(row.node.inputs[0])
            biases += elements(weights(x).get("bias", (0,))) if weights else 0
    totals = plan.totals
    row = plan[plan.outputs[0]]
    field = row.receptive_field
    return Measures(
        name,
        None if field is None or field.is_global else field.size,
        tuple(map(graph.shape_of, graph.outputs)),
        totals.params,
        totals.params - biases,
        totals.macs,
        sum(row.node.facts.work[_ACTIVATION] > 0 for row in plan.rows),
        totals.memory.peak_activations,
        totals.memory.kept,
        tuple(figure for figure, total in _BOUNDED.items() if total in totals.lower_bounds),
        field is not None and field.at_most,
    )
