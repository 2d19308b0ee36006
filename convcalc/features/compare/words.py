"""The answer of `convcalc compare` : who wins by how much, then the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import count, size
from convcalc.features.compare.answer import Comparison
from convcalc.features.compare.balance import ChannelTurn
from convcalc.features.compare.measures import Measures
from convcalc.features.compare.stacks import Stack
from convcalc.features.compare.turning import OneSign
from convcalc.network import stem
from convcalc.report.page import Notes, Page, Prose, Title, read_as
from convcalc.report.percent import percent
from convcalc.report.table import Cell, Column, Table, Value, rows_of

_FIGURES = (
    ("receptive field", "field"),
    ("output", "outputs"),
    ("params", "params"),
    ("  without bias", "weights"),
    ("MACs", "macs"),
    ("FLOPs", "flops"),
    ("nonlinearities", "nonlinearities"),
    ("activations, peak", "peak"),
    ("  kept to train", "kept"),
)
_BYTES = frozenset({"peak", "kept"})


def page(found: Comparison) -> Page:
    """A sentence for each stack against the first, the figures, and where the balance turns."""
    first, *others = _named_shortly(found)
    verdicts = (Title(_verdict(first, other)) for other in others)
    about = Prose(tuple(_title(found)))
    turns = (*_turns(found), *_ratios(found))
    return Page((*verdicts, about, *read_as(found.reading), _table([first, *others]), *turns))


def _named_shortly(found: Comparison) -> list[Measures]:
    """The figures, files under their names without folders and endings where these differ."""
    names = [
        stem(one.name) if stack is None else one.name
        for one, stack in zip(found.measures, found.stacks, strict=True)
    ]
    if len(set(names)) < len(names):
        return list(found.measures)
    return [one._replace(name=name) for one, name in zip(found.measures, names, strict=True)]


def _verdict(first: Measures, other: Measures) -> str:
    parts = [
        _less(first, other, "weights", "weights"),
        _less(first, other, "macs", "MACs"),
        _field(first, other),
    ]
    more = first.nonlinearities - other.nonlinearities
    if more:
        noun = "nonlinearity" if abs(more) == 1 else "nonlinearities"
        parts.append(f"{abs(more)} {noun} {'more' if more > 0 else 'fewer'}")
    said = ", ".join(part for part in parts if part)
    return f"{first.name} against {other.name}: {said}"


def _less(first: Measures, other: Measures, figure: str, what: str) -> str:
    if _is_open(first, other, figure):
        return f"{what} not known"
    own, base = getattr(first, figure), getattr(other, figure)
    if own == base:
        return f"as many {what}"
    return f"{percent(abs(base - own), base)} {'fewer' if own < base else 'more'} {what}"


def _is_open(first: Measures, other: Measures, figure: str) -> bool:
    """True where some layer of either does not tell its part of the figure."""
    return figure in (*first.lower_bounds, *other.lower_bounds)


def _field(first: Measures, other: Measures) -> str:
    if first.field is None or other.field is None:
        return ""
    if first.field == other.field:
        return f"the same field of {format_axes(first.field)}"
    return f"a field of {format_axes(first.field)} against {format_axes(other.field)}"


def _title(found: Comparison) -> Iterator[str]:
    channels = found.channels
    if any(found.stacks):
        path = [channels.cin, channels.cout]
        if channels.mid != channels.cout:
            path.insert(1, channels.mid)
        yield f"{' to '.join(map(str, path))} channels"
        yield f"map {format_shape(found.size)}"
        yield "padded to keep the map" if found.padded else "no padding"
    yield "one sample, float32"


def _table(measures: Sequence[Measures]) -> Table:
    """The figures, a column for each stack, and beside it what the first has more than it."""
    first, *others = measures
    columns = [Column("figure", "", _label, folds=24), _stack(first, 1)]
    for at, other in enumerate(others, 2):
        columns += [_stack(other, at), _change(first, other, at)]
    figures = [key for _, key in _FIGURES]
    changes = (column.key for column in reversed(columns) if column.key.startswith("change"))
    return Table(tuple(columns), rows_of(columns, figures), yields=tuple(changes))


def _label(key: str) -> Cell:
    return Cell(next(label for label, figure in _FIGURES if figure == key), key)


def _stack(one: Measures, at: int) -> Column[str]:
    def read(key: str) -> Value:
        value = getattr(one, key)
        if key == "field":
            text = format_axes(value) if value is not None else "all"
            return f"{'≤' if one.at_most else ''}{text}"
        if key == "outputs":
            return ", ".join(map(format_shape, value))
        text = size(value) if key in _BYTES else count(value)
        return Cell(f"{'≥' if key in one.lower_bounds else ''}{text}", value)

    return Column(f"stack_{at}", one.name, read, right=True)


def _change(first: Measures, other: Measures, at: int) -> Column[str]:
    def read(key: str) -> Value:
        if key in ("field", "outputs", "nonlinearities"):
            return ""
        if _is_open(first, other, key):
            return Cell("?", "")
        value, base = getattr(first, key), getattr(other, key)
        return Cell(change(value, base), f"{(value - base) / base:.6g}" if base else "")

    return Column(f"change_{at}", "first vs it", read, right=True)


def change(value: int, base: int) -> str:
    """What `value` has more than `base`, in percent of it; negative where it saves.

    >>> change(49, 27), change(18, 25), change(7, 7)
    ('+81.5 %', '-28.0 %', 'same')
    """
    if value == base:
        return "same"
    text = percent(value - base, base)
    return f"+{text}" if value > base and base else text


def _turns(found: Comparison) -> Iterator[Notes]:
    """Where MACs turn over the map's size, with the sums that say why."""
    names = [one.name for one in found.measures]
    if not found.map_turns:
        return
    sums = [
        (names[at], text)
        for at, stack in enumerate(found.stacks)
        if stack is not None and (text := _sum(found, stack))
    ]
    if sums and not found.padded:
        yield Notes(tuple(sums), 2, f"MACs on a map of {' by '.join('i' * found.rank)}")
    turns = (
        (f"against {names[turn.other]}", _runs_in_words(turn.runs, found.least))
        for turn in found.map_turns
    )
    yield Notes(tuple(turns), 2, f"{names[0]} by map size")


def _runs_in_words(runs: Sequence[OneSign], least: int) -> str:
    """Loss, tie and gain of the first stack, and that nothing follows."""
    words = {1: "loss", 0: "tie", -1: "gain"}
    if runs[0].last is None:
        always = {1: "more MACs", 0: "as many MACs", -1: "fewer MACs"}[runs[0].sign]
        since = f" from {least} on" if least > 1 else ""
        return f"{always} at every size{since}; it never turns"
    shown = []
    for first, last, sign in runs:
        if last is None:
            shown.append(f"{words[sign]} from {first:,} on, for good")
        elif first == last:
            shown.append(f"{words[sign]} at {first:,}")
        else:
            shown.append(f"{words[sign]} for {first:,} to {last:,}")
    if runs[-1].last is not None:
        shown.append("and so on without end")
    return ", ".join(shown)


def _sum(found: Comparison, stack: Stack) -> str:
    """The MACs of a stack without strides as a sum of powers of (i - t), from its layers' facts."""
    if stack.period != 1:
        return ""
    rank, base = found.rank, found.least
    terms: list[tuple[int, str]] = []
    for facts in stack.walk(found.channels, (base,) * rank, found.padded):
        lost = [base - left for left in facts.output[1:]]
        positions = 1
        for left in facts.output[1:]:
            positions *= left
        powers = _powers(lost)
        terms.append((facts.macs // positions, powers))
    coefficients = {coefficient for coefficient, _ in terms}
    if len(coefficients) == 1 and len(terms) > 1:
        inner = " + ".join(_folded([power for _, power in terms]))
        return f"{count(terms[0][0])}·[{inner}]"
    return " + ".join(f"{count(coefficient)}·{power}" for coefficient, power in terms)


def _powers(lost: Sequence[int]) -> str:
    exponents = {2: "²", 3: "³"}
    if len(set(lost)) == 1:
        inner = f"(i − {lost[0]})" if lost[0] else "i"
        return inner + exponents.get(len(lost), "")
    return "·".join(f"(i − {t})" if t else "i" for t in lost)


def _folded(powers: Sequence[str]) -> list[str]:
    """Equal terms once, with how often."""
    unique = dict.fromkeys(powers)
    return [
        f"{powers.count(power)}·{power}" if powers.count(power) > 1 else power for power in unique
    ]


def _ratios(found: Comparison) -> Iterator[Notes]:
    names = [one.name for one in found.measures]
    if not found.channel_turns:
        return
    mid = "cout" if found.channels.mid == found.channels.cout else str(found.channels.mid)
    rows = []
    said = ""
    for turn in found.channel_turns:
        label = f"against {names[turn.other]}"
        rows.append(("" if label == said else label, _ratio(turn)))
        said = label
    yield Notes(tuple(rows), 2, f"{names[0]} by channels, with mid = {mid}")


def _ratio(turn: ChannelTurn) -> str:
    above = {1: "more", 0: "as many", -1: "fewer"}[turn.above]
    if turn.ratio is None:
        return f"{above} {turn.metric} at every ratio of cin to cout"
    return f"{above} {turn.metric} where cin/cout > {turn.ratio} = {decimal(turn.ratio)}"


def decimal(ratio: Fraction) -> str:
    """A fraction with four decimals, for reading.

    >>> from fractions import Fraction
    >>> decimal(Fraction(9, 16)), decimal(Fraction(1, 3))
    ('0.5625', '0.3333')
    """
    whole, rest = divmod(
        (ratio.numerator * 20000 + ratio.denominator) // (2 * ratio.denominator), 10000
    )
    return f"{whole:,}.{rest:04d}"
