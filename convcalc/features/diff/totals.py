"""The figures of a whole network that two sides are compared by, and limits are set on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.features.diff.values import Amount, Figure, Side
from convcalc.kinds.base import Kind
from convcalc.planning.receptive import ReceptiveField, receptive_field
from convcalc.planning.result import Plan
from convcalc.planning.untold import untold


class Metric(NamedTuple):
    """A figure: its title for people, how to read it, and whether it counts bytes."""

    title: str
    read: Callable[[Plan], Amount | None]
    is_bytes: bool = False


def local_field(plan: Plan) -> ReceptiveField | None:
    """What a unit of the last map on the way to the first output sees, layer by layer.

    A global pool, a dense layer or a squeeze-excite gate lets every unit see the whole input;
    they are passed over here, or nothing would be left to compare. None where it is not known.
    """
    graph = plan.graph
    index = graph.outputs[0]
    # Where every layer is left out, the output is the input itself.
    seen = plan.row_at(index).seen if index >= graph.input_count else ()
    if not seen or seen[0].axes is None:
        return None
    return receptive_field(seen[0]._replace(whole=False), *graph.input_at(seen[0].source))


def _receptive_field(plan: Plan) -> Amount | None:
    field = local_field(plan)
    # A class token sees nothing by itself.
    return (max(field.most, default=None) or None) if field is not None else None


def _stride(plan: Plan) -> Amount | None:
    field = local_field(plan)
    return max(field.stride, default=None) if field is not None else None


# In the order in which they are shown. The memory is that of inference, parameters included; the
# activations are the most that are alive at once; field and stride are those of `local_field`, on
# the axis where they are largest.
METRICS: dict[str, Metric] = {
    "params": Metric("params", lambda plan: plan.totals.params),
    "macs": Metric("MACs", lambda plan: plan.totals.macs),
    "flops": Metric("FLOPs", lambda plan: plan.totals.flops),
    "memory": Metric("memory", lambda plan: plan.totals.memory.inference, is_bytes=True),
    "activations": Metric(
        "activations, peak", lambda plan: plan.totals.memory.peak_activations, is_bytes=True
    ),
    "training": Metric("memory to train", lambda plan: plan.totals.memory.training, is_bytes=True),
    "receptive_field": Metric("local receptive field", _receptive_field),
    "stride": Metric("local stride", _stride),
    "layers": Metric("layers", len),
}


def totals(before: Plan | None, after: Plan | None) -> dict[str, Figure]:
    """Every metric on both sides; None where a side is missing or a figure is not known."""
    return {key: _figure(key, metric, before, after) for key, metric in METRICS.items()}


def _figure(key: str, metric: Metric, before: Plan | None, after: Plan | None) -> Figure:
    old = metric.read(before) if before is not None else None
    new = metric.read(after) if after is not None else None
    lacked, lacks = _lacking(before, key), _lacking(after, key)
    sides: dict[Side, bool] = {"before": bool(lacked), "after": bool(lacks)}
    bounds = tuple(side for side, is_bound in sides.items() if is_bound)
    # The same layers on the same shapes lack the same.
    return Figure(old, new, bounds, before is None or after is None or lacked == lacks)


def _lacking(plan: Plan | None, key: str) -> Counter[tuple[Kind, tuple[Shape, ...]]]:
    """The layers that do not tell their part of a total, with the shapes that they read."""
    if plan is None:
        return Counter()
    names = set(untold(plan.graph.layers, key))
    return Counter(
        (node.layer, plan.graph.shapes_of(node)) for node in plan.graph.layers if node.name in names
    )
