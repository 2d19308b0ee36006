"""The sums of a comparison of two networks in words, for a terminal and for Markdown alike."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from convcalc.core.shapes import format_shape
from convcalc.core.text import count, in_words, size
from convcalc.features.diff.change_limits import Verdict
from convcalc.features.diff.totals import METRICS
from convcalc.features.diff.values import Amount, Difference, ExpectationChange, Figure, Status
from convcalc.planning.result import Plan
from convcalc.report import percent as shares

_HEADLINE = ("params", "macs", "memory")
_TITLES = {
    "output": "output", "params": "params", "macs": "MACs", "activation_bytes": "bytes",
    "receptive_field": "receptive field", "stride": "stride",
}  # fmt: skip


def shown(amount: Amount | None, is_bytes: bool = False) -> str:
    """An amount for reading; "-" where there is none.

    >>> from fractions import Fraction
    >>> shown(1814073344), shown(2048, is_bytes=True), shown(Fraction(1, 2)), shown(None)
    ('1,814,073,344', '2.00 KiB', '1/2', '-')
    """
    if amount is None:
        return "-"
    if amount.denominator != 1:
        return str(amount)
    return size(int(amount)) if is_bytes else count(int(amount))


def signed(amount: Amount | None, is_bytes: bool = False) -> str:
    """A change with its sign; "" where there is none.

    >>> signed(3000), signed(-2048, is_bytes=True), signed(0), signed(None)
    ('+3,000', '-2.00 KiB', '', '')
    """
    if not amount:
        return ""
    return f"{'-' if amount < 0 else '+'}{shown(-amount if amount < 0 else amount, is_bytes)}"


def percent(figure: Figure) -> str:
    """The change in percent with its sign; "" where nothing changes or there was nothing.

    >>> percent(Figure(200, 203)), percent(Figure(10**6, 999_999)), percent(Figure(0, 3))
    ('+1.5 %', '-<0.1 %', '')
    """
    share = figure.percent
    if not share:
        return ""
    said = shares.percent(share.numerator, 100 * share.denominator)
    return said if said[0] == "-" else f"{'-' if share < 0 else '+'}{said}"


def headline(found: Difference) -> str:
    """What matters, in one sentence."""
    if found.before is None or found.after is None:
        plan = found.after or found.before
        assert plan is not None
        return f"{'new' if found.before is None else 'gone'}: {_figures(plan)}"
    expected = expectations_counted(found)
    if found.has_same_network:
        same = f"{expected}; no other difference" if expected else "no difference"
        return f"{same}: {_figures(found.after)}"
    parts = [f"{METRICS[key].title} {_in_short(found.totals[key], key)}" for key in _HEADLINE]
    if all(found.totals[key].is_same for key in _HEADLINE):
        parts = ["params, MACs and memory as before"]
    layers = counted(found)
    # Where layers came or went, others give the output as a rule.
    maps = "" if layers else _other_maps(found)
    return "; ".join(filter(None, (", ".join(parts), layers, maps, expected)))


def _other_maps(found: Difference) -> str:
    pairs = (("inputs", found.inputs), ("outputs", found.outputs))
    named = " and ".join(name for name, maps in pairs if maps is not None)
    return f"other {named}" if named else ""


def _in_short(figure: Figure, key: str) -> str:
    """A change in percent, or in its own unit where that says nothing."""
    if not figure.is_comparable:
        return "not known"
    share = percent(figure)
    if share and "<" not in share:
        return share
    return signed(figure.delta, METRICS[key].is_bytes) or "as before"


def _figures(plan: Plan) -> str:
    totals = plan.totals
    params, macs = (
        f"{'at least ' if key in totals.lower_bounds else ''}{count(getattr(totals, key))}"
        for key in ("params", "macs")
    )
    return f"{in_words(len(plan), 'layer')}, {params} params, {macs} MACs"


def counted(found: Difference) -> str:
    """How many layers there are of each kind of change: `1 layer added, 3 changed`."""
    parts: list[str] = []
    statuses: tuple[Status, ...] = ("added", "removed", "moved", "changed", "renamed")
    for status in statuses:
        number = found.counted(status)
        if number:
            parts.append(
                f"{number:,} {status}" if parts else f"{in_words(number, 'layer')} {status}"
            )
    return ", ".join(parts)


def expectations_counted(found: Difference) -> str:
    """How many expectations changed: `3 expectations changed (1 looser)`; "" if none."""
    number = len(found.expectations)
    if not number:
        return ""
    looser = sum(change.effect == "looser" for change in found.expectations)
    which = ("looser" if number == 1 else f"{looser:,} looser") if looser else ""
    return f"{in_words(number, 'expectation')} changed{which and f' ({which})'}"


def expectation_words(change: ExpectationChange) -> tuple[str, str, str, str]:
    """What is expected otherwise: of what, both sides as the files write them, and the effect.

    >>> expectation_words(ExpectationChange("a.0", 2, "output", [8, None], None, "looser"))
    ('output of `a.0` and 2 more', '[8, ~]', 'none', 'looser')
    """
    of = f"{change.figure} of `{change.layer}`" if change.layer else change.figure
    of += f" and {change.more:,} more" if change.more else ""
    sides = ("none" if one is None else _plain(one) for one in (change.before, change.after))
    before, after = sides
    return of, before, after, "" if change.effect == "other" else change.effect


def _plain(value: Any) -> str:
    """A value of an expectation as YAML writes it in one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_plain, value))}]"
    return "~" if value is None else str(value)


def affected(found: Difference) -> str:
    """A sentence on the layers that are written as before and come out otherwise; "" if none."""
    layers = [change for change in found.changes if change.status == "affected"]
    if not layers:
        return ""
    moved = Counter(key for change in layers for key in change.moved)
    named = ", ".join(f"{_TITLES[key]} of {number:,}" for key, number in moved.items())
    says = "is written as before; its" if len(layers) == 1 else "are written as before; their"
    return f"{in_words(len(layers), 'more layer')} {says} figures differ: {named}"


class Total(NamedTuple):
    """A line of the table of sums."""

    title: str
    before: str
    after: str
    change: str
    percent: str


def total_lines(found: Difference) -> list[Total]:
    """The sums on both sides; the shapes too, where they differ."""
    lines = [
        Total(
            metric.title,
            *_sides(found.totals[key], metric.is_bytes),
            _change(found.totals[key], metric.is_bytes),
            percent(found.totals[key]),
        )
        for key, metric in METRICS.items()
        if found.totals[key] != Figure(None, None)
    ]
    shapes = (("input", found.inputs, _inputs), ("output", found.outputs, _outputs))
    for title, maps, read in shapes:
        sides = [read(plan) if plan is not None else "-" for plan in (found.before, found.after)]
        if maps is not None and sides[0] == sides[1]:
            # The shapes do not tell them apart, their names do.
            sides = [", ".join(one.name for one in side) for side in (maps.before, maps.after)]
        if sides[0] != sides[1]:
            lines.append(Total(title, sides[0], sides[1], "", ""))
    return lines


def _sides(figure: Figure, is_bytes: bool) -> tuple[str, str]:
    """Both amounts for reading; `≥` before what is at least so much."""
    before, after = (
        f"{'≥' if side in figure.lower_bounds else ''}{shown(amount, is_bytes)}"
        for side, amount in (("before", figure.before), ("after", figure.after))
    )
    return before, after


def _change(figure: Figure, is_bytes: bool) -> str:
    return signed(figure.delta, is_bytes) or ("" if figure.delta is None else "=")


def _inputs(plan: Plan) -> str:
    return ", ".join(map(format_shape, plan.inputs.values()))


def _outputs(plan: Plan) -> str:
    graph = plan.graph
    return ", ".join(format_shape(graph.shape_of(index)) for index in graph.outputs)


def verdict_words(verdict: Verdict) -> str:
    """What a limit says of the change, with the numbers.

    >>> from convcalc.features.diff.change_limits import parse_limit
    >>> verdict_words(Verdict(parse_limit("params>+5%"), Figure(100, 110)))
    '`params>+5%` trips: 100 -> 110 is +10, +10.0 %'
    >>> verdict_words(Verdict(parse_limit("params>+5%"), Figure(10_000, 10_501)))
    '`params>+5%` trips: 10,000 -> 10,501 is +501, +5.01 %'
    """
    limit, figure = verdict.limit, verdict.figure
    if figure.delta is None:
        return f"`{limit.text}` trips: {METRICS[limit.metric].title} is not known on both sides"
    is_bytes = METRICS[limit.metric].is_bytes
    change = ", ".join(filter(None, (signed(figure.delta, is_bytes), _percent_of(verdict))))
    sides = " -> ".join(_sides(figure, is_bytes))
    judged = "trips" if verdict.is_tripped else "holds"
    return f"`{limit.text}` {judged}: {sides} is {change or 'no change'}"


def _percent_of(verdict: Verdict) -> str:
    """The change in percent, with digits enough to tell it from the limit's percentage."""
    share, limit = verdict.figure.percent, verdict.limit
    if share is None or not limit.is_percent or limit.bound in (share, 0):
        return percent(verdict.figure)
    if round(share, 1) != limit.bound:
        return percent(verdict.figure)
    for digits in range(2, 7):
        if round(share, digits) != limit.bound:
            return f"{float(share):+.{digits}f} %"
    return f"{'more' if share > limit.bound else 'less'} than {float(limit.bound):+g} %"
