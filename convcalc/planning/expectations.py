"""Expectations against the plan: a finding for each figure that is not as the file says.

Each shows what was wanted, what there is, the difference in percent, and the layers that make it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem
from convcalc.core.shapes import Shape
from convcalc.network.expectations import Bound, Expectation, Limits, NetworkExpect
from convcalc.network.graph import Graph, GraphNode
from convcalc.planning.contributors import BYTES, Span, whole
from convcalc.planning.explaining import wrong_size
from convcalc.planning.limited_figures import (
    FLOAT_BYTES,
    bound_of_position,
    figures_of_position,
    lower_bound,
    macs_note,
    memory_note,
    params_note,
    position_note,
    shortfall,
)
from convcalc.planning.meant_changes import meant, meant_output
from convcalc.planning.memory import measure_memory
from convcalc.planning.untold import untold

if TYPE_CHECKING:
    from convcalc.planning.plan_rows import Row


def check_expectations(graph: Graph, rows: Sequence[Row]) -> tuple[Problem, ...]:
    """One finding for each expectation that does not hold, in file order.

    Figures are those of one sample in float32, whatever batch the plan is for.
    """
    checks: list[_Check] = []
    for number, scope in enumerate(graph.scopes):
        expected = scope.template.expect
        if expected is not None:
            span = Span(scope.first, scope.end, number)
            checks.append(_Check(graph, rows, expected, scope.name))
            checks[-1].run(span, scope.result)
    for node in graph.layers:
        expected = node.template.expect
        if expected is not None:
            checks.append(_Check(graph, rows, expected, node.name))
            checks[-1].run(Span(node.at, node.at + 1), node.at)
    problems = _with_repairs(checks)
    if graph.expect is not None:
        problems += unmet(graph, rows, graph.expect)
    ordered = {(p.place, p.message): p for p in problems}
    return tuple(sorted(ordered.values(), key=lambda p: p.place or (0, 0)))


def unmet(graph: Graph, rows: Sequence[Row], expected: Expectation) -> list[Problem]:
    """A finding for each figure of the whole network that is not as `expected`."""
    check = _Check(graph, rows, expected, "")
    # Of several outputs, the figures of position belong to the first.
    check.run(whole(graph), graph.outputs[0])
    return _with_repairs([check])


def _with_repairs(checks: Sequence[_Check]) -> list[Problem]:
    """What failed, with what to write for it where the change is meant."""
    uses: dict[int, list[_Check]] = {}
    for check in checks:
        uses.setdefault(id(check.expected), []).append(check)
    return [
        replace(problem, help=_or_meant(problem.help, check.meant(key, uses[id(check.expected)])))
        for check in checks
        for key, problem in check.failed.items()
    ]


def _or_meant(help: str, entry: str) -> str:
    if not entry:
        return help
    if not help:
        return f"write `{entry}` if the change is meant"
    # One `write` is enough for both.
    verb = "" if help.startswith("write ") else "write "
    return f"{help}, or {verb}`{entry}` here if the change is meant"


class _Check:
    """One `expect:` of `layer`, or of the network where that is ""."""

    def __init__(
        self, graph: Graph, rows: Sequence[Row], expected: Expectation, layer: str
    ) -> None:
        self.graph, self.rows, self.expected, self.layer = graph, rows, expected, layer
        # By what is expected: the finding where it is not so, and what was found.
        self.failed: dict[str, Problem] = {}
        self.found: dict[str, tuple[Sequence[int | Fraction], Bound]] = {}
        self.shape: Shape = ()

    def meant(self, key: str, uses: Sequence[_Check]) -> str:
        """The entry that what was found fits, here and in all other `uses` of it."""
        if key == "output":
            wanted = self.expected.model.output or ()
            return meant_output(wanted, [use.shape for use in uses])
        found = [figure for use in uses for figure in use.found[key][0]]
        bound: Bound = next((use.found[key][1] for use in uses if use.found[key][1]), "")
        return meant(key, getattr(self.expected.model, key), found, bound) if found else ""

    def run(self, span: Span, result: int) -> None:
        """Look at the layers of `span`, whose result is the layer at index `result`."""
        graph, model = self.graph, self.expected.model
        nodes = graph.nodes[span.first : span.end]
        self._output(model.output, result)
        if model.params is not None:
            params = sum(node.facts.params for node in nodes)
            self._sum("params", model.params, params, nodes, lambda: params_note(graph, span))
        if model.macs is not None:
            macs = sum(node.facts.macs for node in nodes)
            self._sum("macs", model.macs, macs, nodes, lambda: macs_note(graph, span))
        if isinstance(model, NetworkExpect) and model.memory is not None:
            memory = measure_memory(graph, 1, FLOAT_BYTES)
            note = partial(memory_note, graph, memory)
            self._sum("memory", model.memory, memory.inference, nodes, note, BYTES)
        self._position("receptive_field", model.receptive_field, result)
        self._position("stride", model.stride, result)

    def _output(self, wanted: tuple[int | None, ...] | None, result: int) -> None:
        if wanted is None:
            return
        shape = self.shape = self.graph.shape_of(result)
        fits = len(wanted) == len(shape) and all(
            want in (None, got) for want, got in zip(wanted, shape, strict=True)
        )
        if not fits:
            expected = ", ".join("~" if want is None else str(want) for want in wanted)
            note, help = wrong_size(self.graph, result, wanted)
            self._fail("output", f"expected [{expected}], got {list(shape)}", note, help)

    def _position(self, key: str, limits: Limits | None, result: int) -> None:
        """A finding for the first of a layer's figures, over all axes and units, that is wrong."""
        if limits is None:
            return
        figures = figures_of_position(self.graph, self.rows, result, key)
        if not figures:
            self._fail(key, "expected a figure, got none", "its pattern is too long to follow")
        bound = bound_of_position(self.graph, self.rows, result, key)
        self.found[key] = [one.figure for one in figures], bound
        wrong = next((one for one in figures if not limits.settled(one.figure, bound)), None)
        if wrong is not None:
            note = position_note(self.graph, self.rows, result, key, limits, figures, bound)
            unit = "" if key == "stride" else " pixels"
            self._fail(key, shortfall(limits, wrong.figure, unit, bound), note)

    def _sum(
        self,
        key: str,
        limits: Limits,
        got: int,
        nodes: Sequence[GraphNode],
        note: Callable[[], str],
        unit: str = "",
    ) -> None:
        lacking = untold(nodes, key)
        bound: Bound = "at least" if lacking else ""
        self.found[key] = [got], bound
        wrong = shortfall(limits, got, unit, bound)
        if wrong:
            self._fail(key, wrong, *lower_bound(nodes, key, note()))

    def _fail(self, key: str, wrong: str, note: str, help: str = "") -> None:
        what = f"layer `{self.layer}`" if self.layer else "the network"
        node = self.expected.nodes.get(key)
        self.failed[key] = Problem(
            f"expected-{key.replace('_', '-')}",
            f"{key} of {what}: {wrong}",
            node.place if node is not None else None,
            note,
            help,
            self.layer,
            self.graph.file,
        )
