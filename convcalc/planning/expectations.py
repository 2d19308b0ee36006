"""Expectations against the plan: a finding for each figure that is not as the file says.

Each shows what was wanted, what there is, the difference in percent, and the layers that make it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.errors import Problem
from convcalc.core.shapes import Shape
from convcalc.core.text import listed, size
from convcalc.network.expectations import Bound, Expectation, Limits, NetworkExpect
from convcalc.network.graph import Graph, GraphNode
from convcalc.planning.contributors import (
    BYTES,
    Contributor,
    Span,
    contributors,
    measured,
    shares,
    whole,
)
from convcalc.planning.explaining import wrong_field, wrong_size, wrong_stride
from convcalc.planning.meant_changes import meant, meant_output
from convcalc.planning.memory import Memory, alive_at_peak, measure_memory
from convcalc.planning.result import row_at
from convcalc.planning.untold import named, untold, untold_figures

if TYPE_CHECKING:
    from convcalc.planning.plan_rows import Row

_FLOAT_BYTES = 4


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


def shortfall(limits: Limits, got: int | Fraction, unit: str = "", bound: Bound = "") -> str:
    """What is wrong with a figure, in words; "" where it is within its limits.

    With `bound` the figure is at least, or at most, what it is said to be. It is then wrong as
    well where it may or may not be within its limits.

    >>> shortfall(Limits(most=Fraction(100)), 194)
    'expected at most 100, got 194 (+94.0 %)'
    >>> shortfall(Limits(most=Fraction(100)), 80, bound="at least")
    'expected at most 100, got at least 80, which leaves it open'
    """
    if limits.settled(got, bound):
        return ""
    wanted, is_open = _missed(limits, got, bound)
    of = {limits.least: "at least ", limits.most: "at most "}
    words = "" if limits.exact is not None else of[wanted]
    limit, found = measured(wanted, unit), measured(got, unit)
    if limit == found and wanted != got:
        # The units of a plan hide the difference.
        limit, found = f"{limit} ({_show(wanted)}{unit})", f"{found} ({_show(got)}{unit})"
    got_words = f"{bound} {found}" if bound else found
    end = ", which leaves it open" if is_open else _percent_off(got, wanted, unit)
    return f"expected {words}{limit}, got {got_words}{end}"


def _missed(limits: Limits, got: int | Fraction, bound: Bound) -> tuple[Fraction, bool]:
    """The limit that `got` is on the wrong side of; or may be, which is then left open."""
    least, most = limits.least, limits.most
    if limits.exact is not None:
        least = most = limits.exact
    if least is not None and got < least:
        return least, bound == "at least"
    if most is not None and got > most:
        return most, bound == "at most"
    far = most if bound == "at least" else least
    assert far is not None
    return far, True


def _percent_off(got: int | Fraction, bound: Fraction, unit: str) -> str:
    percent = f" ({float((got - bound) / bound * 100):+,.1f} %)" if bound else ""
    if percent in (" (+0.0 %)", " (-0.0 %)"):
        more = unit if unit == BYTES else ""
        return f" ({'+' if got > bound else '-'}{_show(abs(got - bound))}{more})"
    return percent


def params_note(graph: Graph, span: Span) -> str:
    """The layers with most parameters."""
    return _most(graph, [node.facts.params for node in graph.nodes], span)


def macs_note(graph: Graph, span: Span) -> str:
    """The layers with most multiply-accumulates, of one sample."""
    return _most(graph, [node.facts.macs for node in graph.nodes], span)


def _most(graph: Graph, amounts: Sequence[int], span: Span) -> str:
    if span.end - span.first == 1:
        return ""
    total = sum(amounts[span.first : span.end])
    return shares(contributors(graph, amounts, span), total)


def activations_note(graph: Graph, peak: int) -> str:
    """The tensors that are alive at the peak."""
    return shares(_tensors(graph), peak, BYTES)


def memory_note(graph: Graph, memory: Memory) -> str:
    """What the peak at inference is made of: tensors that are alive, and learnt numbers."""
    stored = [(node.facts.params + node.facts.buffers) * _FLOAT_BYTES for node in graph.nodes]
    parts = [
        Contributor(f"parameters of `{name}`", amount)
        for name, amount in contributors(graph, stored, whole(graph))
    ]
    parts = sorted([*_tensors(graph), *parts], key=lambda part: -part.amount)
    return (
        f"parameters {size(memory.params + memory.buffers)}, and activations "
        f"{size(memory.peak_activations)} at `{memory.peak_at}`; "
        + shares(parts, memory.inference, BYTES)
    )


def _tensors(graph: Graph) -> list[Contributor]:
    alive = alive_at_peak(graph, 1, _FLOAT_BYTES)
    parts = [
        Contributor(name if index < graph.input_count else f"the output of `{name}`", size)
        for index, size in alive.items()
        for name in [graph.name_of(index)]
    ]
    return sorted(parts, key=lambda part: -part.amount)


class OnAxis(NamedTuple):
    """A figure of position on one axis."""

    figure: int | Fraction
    axis: int


def figures_of_position(graph: Graph, rows: Sequence[Row], index: int, key: str) -> list[OnAxis]:
    """All sizes of the receptive field, or all strides, of the layer at `index`, smallest first.

    Nothing where they are unknown.
    """
    if index < graph.input_count:
        # Where every layer is left out, each pixel sees itself.
        return [OnAxis(1, 0)]
    field = row_at(graph, rows, index).receptive_field
    if field is None:
        return []
    figures: list[Sequence[int | Fraction]] = [field.stride]
    if key != "stride":
        figures = [field.least, field.most]
    found = (OnAxis(figure, axis) for per_axis in figures for axis, figure in enumerate(per_axis))
    return sorted(found)


def bound_of_position(graph: Graph, rows: Sequence[Row], index: int, key: str) -> Bound:
    """Whether figures of position are upper bounds: fields are, where something is not followed."""
    if key == "stride" or index < graph.input_count:
        return ""
    field = row_at(graph, rows, index).receptive_field
    return "at most" if field is not None and field.at_most else ""


def lower_bound(nodes: Sequence[GraphNode], key: str, note: str) -> tuple[str, str]:
    """The note on a sum of these layers and its repair, where some do not tell their part."""
    lacking = untold(nodes, key)
    if not lacking:
        return note, ""
    figures = untold_figures(nodes, key)
    words = listed([f"`{figure}`" for figure in figures], "and")
    told = f"{named(lacking)} do{'' if lacking[1:] else 'es'} not tell {words}"
    return "; ".join(filter(None, (told, note))), f"declare {words} there"


def position_note(
    graph: Graph,
    rows: Sequence[Row],
    index: int,
    key: str,
    limits: Limits,
    figures: Sequence[OnAxis],
    bound: Bound = "",
) -> str:
    """How far the figures spread, and the layers on the way that make the first wrong one."""
    notes = []
    least, greatest = figures[0].figure, figures[-1].figure
    if least != greatest:
        notes.append(f"over the map it goes from {_show(least)} to {_show(greatest)}")
    most = limits.most if limits.exact is None else limits.exact
    axis = next(one.axis for one in figures if not limits.settled(one.figure, bound))
    if index >= graph.input_count:
        explain = wrong_stride if key == "stride" else wrong_field
        notes.append(explain(graph, rows, index, axis, most))
    if bound:
        notes.append("it is an upper bound: something on the way is not followed")
    return "; ".join(filter(None, notes))


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
            memory = measure_memory(graph, 1, _FLOAT_BYTES)
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


def _show(figure: int | Fraction) -> str:
    if isinstance(figure, Fraction) and figure.denominator != 1:
        return str(figure)
    return f"{int(figure):,}"
