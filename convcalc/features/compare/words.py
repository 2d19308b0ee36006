"""The answer of `convcalc compare` as text: who wins by how much, then the figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from textwrap import wrap

from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import ascii_only, count, size, visible
from convcalc.features.compare.answer import ChannelTurn, Comparison, Measures
from convcalc.features.compare.stacks import Stack
from convcalc.features.compare.turning import Run
from convcalc.network import stem
from convcalc.report.grid import GAP, column_widths, grid
from convcalc.report.percent import percent
from convcalc.report.style import Style

_FIGURES = (
    ("receptive field", "field"),
    ("output", "output"),
    ("params", "params"),
    ("  without bias", "weights"),
    ("MACs", "macs"),
    ("nonlinearities", "nonlinearities"),
    ("activations, peak", "peak"),
    ("  kept to train", "kept"),
)
_COUNTS = frozenset({"params", "weights", "macs", "nonlinearities"})


def render(found: Comparison, style: Style) -> str:
    """A sentence for each stack against the first, the figures, and where the balance turns."""
    first, *others = _named_shortly(found)
    parts = ["\n".join(_wrapped(_verdict(first, other), style) for other in others)]
    parts.append(f"  {f' {style.dot} '.join(_title(found))}")
    parts += _tables([first, *others], style)
    turns = [*_turn_lines(found), *_ratio_lines(found)]
    if turns:
        parts.append("\n".join(turns))
    text = "\n\n".join(parts) + "\n"
    return text if style.unicode else ascii_only(text)


def _named_shortly(found: Comparison) -> list[Measures]:
    """The figures, files under their names without folders and endings where these differ."""
    names = [
        stem(one.name) if stack is None else one.name
        for one, stack in zip(found.measures, found.stacks, strict=True)
    ]
    if len(set(names)) < len(names):
        return list(found.measures)
    return [one._replace(name=name) for one, name in zip(found.measures, names, strict=True)]


def _wrapped(sentence: str, style: Style) -> str:
    if style.width is None:
        return sentence
    return "\n".join(wrap(sentence, max(20, style.width), subsequent_indent="  "))


def _verdict(first: Measures, other: Measures) -> str:
    parts = [
        _less(first.weights, other.weights, "weights"),
        _less(first.macs, other.macs, "MACs"),
        _field(first, other),
    ]
    more = first.nonlinearities - other.nonlinearities
    if more:
        noun = "nonlinearity" if abs(more) == 1 else "nonlinearities"
        parts.append(f"{abs(more)} {noun} {'more' if more > 0 else 'fewer'}")
    said = ", ".join(part for part in parts if part)
    return f"{visible(first.name)} against {visible(other.name)}: {said}"


def _less(first: int, other: int, what: str) -> str:
    if first == other:
        return f"as many {what}"
    return f"{percent(abs(other - first), other)} {'fewer' if first < other else 'more'} {what}"


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


def _tables(measures: Sequence[Measures], style: Style) -> Iterator[str]:
    """The figures, a column for each stack; as many tables as the width asks for."""
    first = measures[0]
    labels = ["", *(label for label, _ in _FIGURES)]
    columns = [_column(first, None)]
    columns += [_column(other, first) for other in measures[1:]]
    fixed = max(map(len, labels)) + len(GAP)
    shown: list[list[list[list[str]]]] = []
    used = 0
    for column in columns:
        width = sum(column_widths(column)) + 2 * len(GAP)
        if not shown or (style.width is not None and used + width > style.width):
            shown.append([])
            used = fixed
        shown[-1].append(column)
        used += width
    for group in shown:
        rows = [
            [label, *(cell for column in group for cell in column[at])]
            for at, label in enumerate(labels)
        ]
        yield "\n".join(grid(rows))


def _column(one: Measures, first: Measures | None) -> list[list[str]]:
    """The cells of a stack: its figures, and beside each what it has more than the first."""
    cells = [[visible(one.name)]]
    for _, key in _FIGURES:
        value = getattr(one, key)
        if key == "field":
            cells.append([format_axes(value) if value is not None else "all"])
        elif key == "output":
            cells.append([format_shape(value)])
        else:
            cells.append([count(value) if key in _COUNTS else size(value)])
    if first is None:
        return cells
    changes = ["vs first"]
    for _, key in _FIGURES:
        value, base = getattr(one, key), getattr(first, key)
        is_number = key not in ("field", "output", "nonlinearities")
        changes.append(change(value, base) if is_number else "")
    return [[*cell, extra] for cell, extra in zip(cells, changes, strict=True)]


def change(value: int, base: int) -> str:
    """What `value` has more than `base`, in percent of it; negative where it saves.

    >>> change(49, 27), change(18, 25), change(7, 7)
    ('+81.5 %', '-28.0 %', 'same')
    """
    if value == base:
        return "same"
    text = percent(value - base, base)
    return f"+{text}" if value > base and base else text


def _turn_lines(found: Comparison) -> Iterator[str]:
    """Where MACs turn over the map's size, with the sums that say why."""
    names = [visible(one.name) for one in found.measures]
    if not found.map_turns:
        return
    sums = [
        (names[at], text)
        for at, stack in enumerate(found.stacks)
        if stack is not None and (text := _sum(found, stack))
    ]
    if sums and not found.padded:
        yield f"  MACs on a map of {' by '.join('i' * found.rank)}"
        yield from grid(sums, left=2, indent="    ")
        yield ""
    yield f"  {names[0]} by map size"
    yield from grid(
        [
            (f"against {names[turn.other]}", _runs_in_words(turn.runs, found.least))
            for turn in found.map_turns
        ],
        left=2,
        indent="    ",
    )


def _runs_in_words(runs: Sequence[Run], least: int) -> str:
    """Loss, tie and gain of the first stack, and that nothing follows."""
    words = {1: "loss", 0: "tie", -1: "gain"}
    if len(runs) == 1 and runs[0].last is None:
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


def _ratio_lines(found: Comparison) -> Iterator[str]:
    names = [visible(one.name) for one in found.measures]
    if not found.channel_turns:
        return
    if found.map_turns:
        yield ""
    mid = "cout" if found.channels.mid == found.channels.cout else str(found.channels.mid)
    yield f"  {names[0]} by channels, with mid = {mid}"
    rows = []
    said = ""
    for turn in found.channel_turns:
        label = f"against {names[turn.other]}"
        rows.append(("" if label == said else label, _ratio(turn)))
        said = label
    yield from grid(rows, left=2, indent="    ")


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
