"""`convcalc convert`: dense layers as the convolutions that they are, and the other way round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Shape
from convcalc.features.convert.editing import Rewriter, apply_edits
from convcalc.features.convert.regions import Refusal, Regions
from convcalc.network import loads
from convcalc.planning import plan

if TYPE_CHECKING:
    from convcalc.network import Network
    from convcalc.planning import Plan


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A layer and what it has become, in words such as `conv, kernel 7`."""

    layer: str
    line: int
    was: str
    becomes: str
    params: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """A file rewritten: its text, and both plans at the declared input.

    `larger` is the plan of the new file at another input, where one was asked for. `refusals`
    are layers that stand in the way of dense layers elsewhere; `failures` the expectations that
    hold before and not after.
    """

    text: str
    before: Plan
    after: Plan
    larger: Plan | None
    changes: tuple[Rewritten, ...]
    refusals: tuple[Refusal, ...]
    failures: tuple[Problem, ...]


class ConvertError(Exception):
    """Nothing that could be converted; `refusals` say why."""

    def __init__(self, message: str, refusals: tuple[Refusal, ...] = ()) -> None:
        self.refusals = refusals
        super().__init__(message)


def dense_to_conv(network: Network, input: Mapping[str, Shape] | Shape | None = None) -> Conversion:
    """The file with every dense layer behind a map as the convolution that computes the same.

    The new file is read and planned again: parameters and MACs are those of the old one, or
    ConvertError is raised, as it is where nothing can be converted.

    >>> from convcalc import loads
    >>> net = loads("convcalc: 1\\ninput: [3, 4, 4]\\nlayers:\\n  - flatten\\n  - linear: 10\\n")
    >>> print(dense_to_conv(net).text.splitlines()[-1])
      - conv: {out: 10, k: 4}
    """
    graph = network.graph()
    regions = Regions(graph)
    refusals = tuple(regions.refusals)
    if not any(change.act == "conv" for change in regions.changes.values()):
        has_any = any(node.layer.kind == "linear" for node in graph.nodes)
        message = (
            "no dense layer that could become a convolution"
            if has_any
            else "the network has no dense layer"
        )
        raise ConvertError(message, refusals)
    edits = Rewriter(graph, network.document, regions.changes).edits()
    text = apply_edits(network.document.text, edits)
    before = plan(network)
    after = _planned(text, network.document.file)
    if (before.totals.params, before.totals.macs) != (after.totals.params, after.totals.macs):
        raise ConvertError(
            f"the result would not compute the same: {before.totals.params:,} params and "
            f"{before.totals.macs:,} MACs before, {after.totals.params:,} and "
            f"{after.totals.macs:,} after; does a layer ask for `cin` or `rank`?"
        )
    larger = None
    if input is not None:
        given = dict(input) if isinstance(input, Mapping) else input
        larger = plan(loads(text, network.document.file), input=given)
    known = {problem.slug for problem in before.failures or ()}
    failures = tuple(problem for problem in after.failures or () if problem.slug not in known)
    changes = tuple(
        Rewritten(
            node.name,
            node.template.node.place.line,
            node.layer.kind,
            _becomes(change.act, change.kernel, node.layer.kind),
            node.facts.params,
        )
        for index, change in regions.changes.items()
        for node in [graph.nodes[index]]
    )
    return Conversion(text, before, after, larger, changes, refusals, failures)


def _planned(text: str, file: str) -> Plan:
    try:
        return plan(loads(text, file))
    except StackError as error:
        first = error.problems[0]
        raise ConvertError(f"the result would not stand: {first.message}: {first.note}") from error


def _becomes(act: str, kernel: Shape, kind: str) -> str:
    from convcalc.features.convert.editing import kernel_text
    from convcalc.features.convert.regions import replacement_of

    size = "x".join(map(str, kernel))
    if act == "conv":
        return f"conv {size}"
    if act == "drop":
        return "gone"
    if act == "keepdim":
        return f"{kind}, axes kept"
    if act == "pool" and set(kernel) == {1}:
        return "identity"
    return f"{replacement_of(kind)} {kernel_text(kernel)}, stride {'1' if act == 'slide' else size}"
