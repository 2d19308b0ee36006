"""Expectations against the plan: a finding for each figure that is not as the file says."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from convcalc.errors import Problem
from convcalc.network.expectations import Expectation, Limits, NetworkExpect
from convcalc.network.graph import Graph
from convcalc.planning.memory import measure_memory
from convcalc.shapes import Shape

if TYPE_CHECKING:
    from convcalc.planning.result import Row

_TOP = 3


def check_expectations(graph: Graph, rows: Sequence[Row]) -> tuple[Problem, ...]:
    """One finding for each expectation that does not hold, in file order.

    Figures are those of one sample in float32, whatever batch the plan is for.
    """
    problems: list[Problem] = []
    for scope in graph.scopes:
        expected = scope.template.expect
        if expected is not None:
            inside = rows[scope.first : scope.end]
            result = _row_of(graph, rows, scope.result)
            shape = graph.shape_of(scope.result)
            problems += _Check(graph, expected, f"layer `{scope.name}`", scope.name).run(
                inside, result, shape
            )
    for row in rows:
        expected = row.node.template.expect
        if expected is not None:
            problems += _Check(graph, expected, f"layer `{row.name}`", row.name).run(
                [row], row, row.output
            )
    if graph.expect is not None:
        # Of several outputs, the figures of position belong to the first.
        index = graph.outputs[0]
        check = _Check(graph, graph.expect, "the network", "")
        problems += check.run(rows, _row_of(graph, rows, index), graph.shape_of(index))
    ordered = {(p.place, p.message): p for p in problems}
    return tuple(sorted(ordered.values(), key=lambda p: p.place or (0, 0)))


def _row_of(graph: Graph, rows: Sequence[Row], index: int) -> Row | None:
    step = index - len(graph.inputs)
    return rows[step] if step >= 0 else None


class _Check:
    """One `expect:` against the rows that it speaks of."""

    def __init__(self, graph: Graph, expected: Expectation, what: str, layer: str) -> None:
        self.graph, self.expected, self.what, self.layer = graph, expected, what, layer
        self.problems: list[Problem] = []

    def run(self, rows: Sequence[Row], result: Row | None, shape: Shape) -> list[Problem]:
        """The findings for `rows`, whose result is the row `result` of the given shape."""
        model = self.expected.model
        self._output(model.output, shape)
        if model.params is not None:
            self._count("params", model.params, [(row.params, row.name) for row in rows])
        if model.macs is not None:
            macs = [(row.node.facts.macs, row.name) for row in rows]
            self._count("macs", model.macs, macs)
        if isinstance(model, NetworkExpect) and model.memory is not None:
            memory = measure_memory(self.graph, 1, 4)
            note = (
                f"parameters {memory.params + memory.buffers:,} B, and activations "
                f"{memory.peak_activations:,} B at `{memory.peak_at}`"
            )
            self._figure("memory", model.memory, memory.inference, note, " B")
        self._field(result)
        return self.problems

    def _output(self, wanted: tuple[int | None, ...] | None, shape: Shape) -> None:
        if wanted is None:
            return
        fits = len(wanted) == len(shape) and all(
            want in (None, got) for want, got in zip(wanted, shape, strict=True)
        )
        if not fits:
            expected = ", ".join("~" if want is None else str(want) for want in wanted)
            self._fail("output", f"[{expected}]", str(list(shape)), "")

    def _count(self, key: str, limits: Limits, parts: list[tuple[int, str]]) -> None:
        top = sorted(parts, reverse=True)[:_TOP]
        note = ""
        if len(parts) > 1:
            note = "most in " + ", ".join(f"`{name}` {count:,}" for count, name in top)
        self._figure(key, limits, sum(count for count, _ in parts), note, "")

    def _field(self, result: Row | None) -> None:
        model = self.expected.model
        if model.receptive_field is None and model.stride is None:
            return
        # Where every layer is left out, each pixel sees itself.
        sizes, strides = {1}, {Fraction(1)}
        if result is not None:
            field = result.receptive_field
            sizes = set(field.least + field.most) if field else set()
            strides = set(field.stride) if field else set()
            unknown = [] if field else [("receptive_field", model.receptive_field)]
            unknown += [] if field and field.stride else [("stride", model.stride)]
            for key, limits in unknown:
                if limits is not None:
                    self._fail(key, "a figure", "none", "its pattern is too long to follow")
        self._over_the_map("receptive_field", model.receptive_field, sizes, " pixels")
        self._over_the_map("stride", model.stride, strides, "")

    def _over_the_map(
        self, key: str, limits: Limits | None, figures: Collection[int | Fraction], unit: str
    ) -> None:
        """A finding for the first of a layer's figures, over all axes and units, that is wrong."""
        wrong = [got for got in sorted(figures) if limits is not None and not limits.hold(got)]
        if limits is not None and wrong:
            note = ""
            if len(figures) > 1:
                note = f"over the map it goes from {_show(min(figures))} to {_show(max(figures))}"
            self._figure(key, limits, wrong[0], note, unit)

    def _figure(self, key: str, limits: Limits, got: int | Fraction, note: str, unit: str) -> None:
        if limits.hold(got):
            return
        bound = limits.exact
        wanted = ""
        if bound is None and limits.least is not None and got < limits.least:
            bound, wanted = limits.least, "at least "
        elif bound is None:
            bound, wanted = limits.most, "at most "
        assert bound is not None
        percent = f" ({float((got - bound) / bound * 100):+.1f} %)" if bound else ""
        if percent in (" (+0.0 %)", " (-0.0 %)"):
            percent = f" ({'+' if got > bound else '-'}{_show(abs(got - bound))})"
        self._fail(key, f"{wanted}{_show(bound)}{unit}", f"{_show(got)}{unit}{percent}", note)

    def _fail(self, key: str, wanted: str, got: str, note: str) -> None:
        node = self.expected.nodes[key]
        self.problems.append(
            Problem(
                f"expected-{key.replace('_', '-')}",
                f"{key} of {self.what}: expected {wanted}, got {got}",
                node.place,
                note,
                "",
                self.layer,
                self.graph.file,
            )
        )


def _show(figure: int | Fraction) -> str:
    if isinstance(figure, Fraction) and figure.denominator != 1:
        return str(figure)
    return f"{int(figure):,}"
