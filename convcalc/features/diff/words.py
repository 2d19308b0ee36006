"""Comparisons of networks as an answer: the sums, then the layers that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcalc.core.text import in_words, visible
from convcalc.features.diff.change_limits import Verdict
from convcalc.features.diff.layer_lines import MARKS, LayerLine, entries
from convcalc.features.diff.phrases import (
    affected,
    expectation_words,
    expectations_counted,
    headline,
    signed,
    total_lines,
    verdict_words,
)
from convcalc.features.diff.values import STATUSES, Difference, ExpectationChange, Status
from convcalc.report.page import Notes, Page, Part, Prose, Title
from convcalc.report.style import BAD, CYAN, GREEN, RED, YELLOW
from convcalc.report.table import Cell, Column, Row, Table, Value, rows_of, text_column

Judged = tuple[Difference, Sequence[Verdict]]
# GitHub takes comments of up to 65,536 characters; a longer list is folded.
_ROOM = 60_000
_MOST_OPEN = 12
_HINT = "a wider terminal has room, and --format plain has all"
_MOST_EXPECTATIONS = 50
_COLORS = {"+": GREEN, "-": RED, "~": YELLOW, ">": CYAN, "": ""}
_DIFFERENT: tuple[Status, ...] = ("added", "removed", "moved", "changed", "renamed")
_SECTIONS: tuple[tuple[str, tuple[Status, ...]], ...] = (
    ("changed", ("changed", "renamed")),
    ("moved", ("moved",)),
    ("added", ("added",)),
    ("removed", ("removed",)),
)


def page(
    judged: Sequence[Judged], form: str, every_layer: bool = False, notes: Iterable[str] = ()
) -> Page:
    """All comparisons as the parts of an answer in the format `form`; `notes` come last.

    For Markdown, which is a comment on a pull request, layers stand in a section for each kind of
    change. `every_layer` also shows those that stay as they are.
    """
    parts: list[Part] = list(_summary(judged))
    for found, verdicts in judged:
        parts += (_comment if form == "markdown" else _text)(found, verdicts, every_layer)
    rows = [row for found, _ in judged for row in _machine_rows(found, every_layer)]
    return Page(
        (*parts, *(Prose((note,)) for note in notes)), Table(_MACHINE, tuple(rows)), room=_ROOM
    )


def _summary(judged: Sequence[Judged]) -> Iterator[Title]:
    """The first line of several comparisons; one needs none."""
    if len(judged) < 2:
        return
    same = sum(one.is_same for one, _ in judged)
    tripped = sum(any(verdict.is_tripped for verdict in verdicts) for _, verdicts in judged)
    words = [in_words(len(judged), "network")]
    words += [f"{same} without a difference"] * bool(same)
    words += [f"{tripped} over a limit"] * bool(tripped)
    yield Title(", ".join(words))


def _text(found: Difference, verdicts: Sequence[Verdict], every_layer: bool) -> Iterator[Part]:
    yield Title(headline(found))
    sides = zip(found.names, (found.before, found.after), strict=True)
    yield Prose((" → ".join(name for name, plan in sides if plan is not None),))
    if found.note:
        yield Prose((found.note,))
    if not found.has_same_network:
        yield _totals(found)
        if found.before is not None and found.after is not None:
            statuses = STATUSES if every_layer else _DIFFERENT
            listed = entries(found, statuses, fold=not every_layer)
            if listed:
                yield _layers(listed)
            rest = "" if every_layer else affected(found)
            if rest:
                yield Prose((f"{rest} (--all shows every layer)",))
    yield Notes(tuple(map(_expectation, found.expectations)), colors={"expect": YELLOW})
    yield _limits(verdicts)


def _comment(found: Difference, verdicts: Sequence[Verdict], every_layer: bool) -> Iterator[Part]:
    name = visible(found.names[0 if found.after is None else 1])
    yield Title(f"`{name}`: {headline(found)}")
    if found.note:
        yield Prose((found.note,))
    yield _limits(verdicts)
    if found.before is not None and found.after is not None:
        yield Prose((f"Compared with `{visible(found.names[0])}`.",))
    if found.expectations:
        shown = tuple(map(_expectation, found.expectations[:_MOST_EXPECTATIONS]))
        rest = len(found.expectations) - len(shown)
        more = (("expect", f"and {rest:,} more"),) if rest else ()
        yield Notes((*shown, *more), title=expectations_counted(found))
    if not found.has_same_network:
        yield _totals(found)
        if found.before is not None and found.after is not None:
            yield from _sections(found, every_layer)


def _sections(found: Difference, every_layer: bool) -> Iterator[Table]:
    for title, statuses in _SECTIONS:
        listed = entries(found, statuses, fold=not every_layer)
        if listed:
            number = sum(found.counted(status) for status in statuses)
            heading = f"{in_words(number, 'layer')} {title}"
            yield _section(listed, heading, len(listed) > _MOST_OPEN)
    rest = affected(found)
    if rest:
        yield _section(entries(found, ("affected",), fold=not every_layer), rest, is_folded=True)
    same = entries(found, ("same",), fold=False) if every_layer else []
    if same:
        yield _section(same, f"{in_words(len(same), 'layer')} as before", is_folded=True)


def _totals(found: Difference) -> Table:
    titles = ("", "before", "after", "change", "percent")
    columns = [text_column(title, title or "figure", right=bool(title)) for title in titles]
    lines = total_lines(found)
    rows: list[tuple[Value, ...]] = [tuple(line) for line in lines]
    if found.before is None or found.after is None:
        side = 1 if found.after is None else 2
        columns = [columns[0], columns[side]]
        rows = [(row[0], row[side]) for row in rows]
    return Table(tuple(columns), tuple(map(Row, rows)), yields=("percent",), hint=_HINT, indent=2)


def _expectation(change: ExpectationChange) -> tuple[str, str]:
    of, *sides, effect = expectation_words(change)
    before, after = (side if side == "none" else f"`{side}`" for side in sides)
    said = f"{of}: {before} → {after}"
    return "expect", f"{said}, {effect}" if effect else said


def _limits(verdicts: Sequence[Verdict]) -> Notes:
    entries = (
        (
            "limit tripped" if verdict.is_tripped else "limit held",
            _arrows(verdict_words(verdict)).replace(" trips: ", ": ").replace(" holds: ", ": "),
        )
        for verdict in verdicts
    )
    return Notes(tuple(entries), colors={"limit tripped": BAD})


def _arrows(text: str) -> str:
    return text.replace("->", "→")


def _name(one: LayerLine) -> str:
    return f"{one.name} and {one.more:,} more" if one.more else one.name


def _spanned(one: LayerLine) -> str:
    return f"`{visible(one.name)}`{_name(one).removeprefix(one.name)}"


def _change(amount: int | None) -> Cell:
    return Cell("?", "") if amount is None else Cell(signed(amount), amount)


_MARKED: Column[LayerLine] = Column(
    "name", "layer", lambda one: f"{MARKS[one.status] or ' '} {_name(one)}", folds=24
)
_IN_CODE: Column[LayerLine] = Column("name", "layer", _spanned)
_COLUMNS: tuple[Column[LayerLine], ...] = (
    Column("name", "layer", lambda one: one.name, is_name=True),
    Column("what", "what", lambda one: _arrows(one.what), folds=20),
    Column("output", "output", lambda one: _arrows(one.output), folds=12),
    Column("params", "params", lambda one: _change(one.params), right=True),
    Column("macs", "MACs", lambda one: _change(one.macs), right=True),
    Column("receptive_field", "RF", lambda one: _arrows(one.field), right=True, folds=12),
)
# For machines: of which network, and what became of the layer.
_MACHINE = (
    text_column("network", is_name=True),
    text_column("status"),
    text_column("copies", right=True),
    *_COLUMNS,
)


def _layers(listed: Sequence[LayerLine]) -> Table:
    columns = (_MARKED, *_COLUMNS[1:])
    rows = (
        Row(tuple(column.read(one) for column in columns), color=_COLORS[MARKS[one.status]])
        for one in listed
    )
    return Table(columns, tuple(rows), yields=("receptive_field",), hint=_HINT)


def _section(listed: Sequence[LayerLine], title: str, is_folded: bool) -> Table:
    columns = (_IN_CODE, *_COLUMNS[1:])
    return Table(columns, rows_of(columns, listed), title=title, is_folded=is_folded)


def _machine_rows(found: Difference, every_layer: bool) -> Iterator[Row]:
    if found.before is None or found.after is None:
        return
    for one in entries(found, STATUSES if every_layer else _DIFFERENT, fold=not every_layer):
        values = (column.read(one) for column in _COLUMNS)
        yield Row((found.names[1], one.status, one.more + 1, *values))
