"""Figures against their limits, in words, with the layers that make them what they are."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from convcalc.core.dtypes import DTYPE_BYTES
from convcalc.core.text import listed, size
from convcalc.network.expectations import Bound, Limits
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
from convcalc.planning.explaining import wrong_field, wrong_stride
from convcalc.planning.memory import Memory, alive_at_peak
from convcalc.planning.result import row_at
from convcalc.planning.untold import named, untold, untold_figures

if TYPE_CHECKING:
    from convcalc.planning.plan_rows import Row

FLOAT_BYTES = DTYPE_BYTES["float32"]


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
        limit, found = f"{limit} ({measured(wanted)}{unit})", f"{found} ({measured(got)}{unit})"
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
        return f" ({'+' if got > bound else '-'}{measured(abs(got - bound))}{more})"
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
    stored = [(node.facts.params + node.facts.buffers) * FLOAT_BYTES for node in graph.nodes]
    parts = [
        Contributor(f"parameters of `{name}`", amount)
        for name, amount in contributors(graph, stored, whole(graph))
    ]
    parts = sorted([*_tensors(graph), *parts], key=lambda part: part.amount, reverse=True)
    return (
        f"parameters {size(memory.params + memory.buffers)}, and activations "
        f"{size(memory.peak_activations)} at `{memory.peak_at}`; "
        + shares(parts, memory.inference, BYTES)
    )


def _tensors(graph: Graph) -> list[Contributor]:
    alive = alive_at_peak(graph, 1, FLOAT_BYTES)
    parts = [
        Contributor(name if index < graph.input_count else f"the output of `{name}`", size)
        for index, size in alive.items()
        for name in [graph.name_of(index)]
    ]
    return sorted(parts, key=lambda part: part.amount, reverse=True)


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
        notes.append(f"over the map it goes from {measured(least)} to {measured(greatest)}")
    most = limits.most if limits.exact is None else limits.exact
    axis = next(one.axis for one in figures if not limits.settled(one.figure, bound))
    if index >= graph.input_count:
        explain = wrong_stride if key == "stride" else wrong_field
        notes.append(explain(graph, rows, index, axis, most))
    if bound:
        notes.append("it is an upper bound: something on the way is not followed")
    return "; ".join(filter(None, notes))
