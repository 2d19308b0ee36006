"""One of two graphs, by a number that is known: If."""

from __future__ import annotations

from collections.abc import Sequence

from convcalc.importers.onnx.reader import Subgraph
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError


@rule("If")
def branch(use: Use) -> Sequence[Tensor]:
    """The branch that is taken, where sizes alone say which; exporters ask for the rank so."""
    condition = use.values(0)
    if condition is None or len(condition.values) != 1:
        raise NoRuleError("which branch it takes is known only when it runs")
    taken = use.operation.attributes.get("then_branch" if condition.values[0] else "else_branch")
    if not isinstance(taken, Subgraph) or taken.graph is None:
        raise NoRuleError("it stands too deep in branches")
    return use.walk.branch(taken.graph, use.operation)
