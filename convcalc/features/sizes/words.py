"""The answer of `convcalc sizes`: the good sizes first, then why, and who is to blame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import in_words, listed
from convcalc.features.sizes.answer import (
    CRITERIA,
    MOST_EXPLAINED,
    AxisSizes,
    Blame,
    Near,
    SizesAnswer,
)
from convcalc.features.sizes.pattern import Pattern, find_pattern
from convcalc.planning.untold import named
from convcalc.report.page import Notes, Page, Part, Prose, Title, read_as
from convcalc.report.table import Cell, Column, Row, Table, Value, rows_of, table_of, text_column
from convcalc.report.view import inputs_in_words

_MOST_RANGES = 6


def page(answer: SizesAnswer) -> Page:
    """The good sizes of each axis, the criteria, the nearest sizes and the layers to blame."""
    several = len(answer.base) > 1
    groups = _groups(answer.axes)
    parts: list[Part] = [
        Title(f"{_axis_names(group, several)}: {words(group[0].good, group[0])}")
        for group in groups
    ]
    parts += [Prose(tuple(_about(answer))), *read_as(answer.reading)]
    parts += [_criteria(answer, group, several) for group in groups]
    if answer.near is not None:
        parts.append(_near(answer.near))
    for group in groups:
        parts += _blames(group, several)
    notes = tuple(("note", text) for text in _notes(answer))
    main = _table(list(_sets(answer, answer.axes, several)), machine=True)
    return Page((*parts, Notes(notes)), main)


def words(bits: int | None, axis: AxisSizes) -> str:
    """A set of sizes in words.

    >>> from convcalc.features.sizes.answer import AxisSizes
    >>> axis = AxisSizes(("input",), 0, 2, 64, 1, 256, {}, 0, ())
    >>> words(sum(1 << n - 1 for n in range(32, 257, 32)), axis)
    '0 mod 32'
    >>> words(0, axis), words((1 << 256) - 1, axis), words((1 << 256) - (1 << 187), axis)
    ('none', 'every size', '188 and more')
    """
    if bits is None:
        return "not checked (--require expect)"
    return pattern_words(find_pattern(bits, axis.low, axis.high))


def pattern_words(pattern: Pattern) -> str:
    """A pattern in words, as in `12 mod 16, from 188`."""
    if pattern.smallest is None:
        return "none"
    before = [_range(*pair) for pair in pattern.before]
    if len(before) > _MOST_RANGES:
        more = len(before) - _MOST_RANGES
        before = [*before[:_MOST_RANGES], f"and {more} more groups"]
    ranges = ", ".join(before)
    if not pattern.residues:
        return ranges
    first = next(
        size
        for size in range(pattern.start, pattern.start + pattern.period)
        if size % pattern.period in pattern.residues
    )
    if pattern.period == 1:
        text = "every size" if first == pattern.low else f"{first:,} and more"
    else:
        text = f"{_residues(pattern)} mod {pattern.period:,}"
        # The first of the residues, and nothing that the pattern would have before it.
        earlier = [n for n in range(pattern.low, first) if n % pattern.period in pattern.residues]
        if earlier:
            text += f", from {first:,}"
    return f"{text}, also {ranges}" if ranges else text


def _residues(pattern: Pattern) -> str:
    groups: list[list[int]] = []
    for residue in pattern.residues:
        if groups and residue == groups[-1][1] + 1:
            groups[-1][1] = residue
        else:
            groups.append([residue, residue])
    shown = [_range(*group) for group in groups[:_MOST_RANGES]]
    if len(groups) > _MOST_RANGES:
        shown.append(f"and {len(groups) - _MOST_RANGES} more groups")
    return ", ".join(shown)


def _range(first: int, last: int) -> str:
    return f"{first:,}" if first == last else f"{first:,} to {last:,}"


def _groups(axes: Sequence[AxisSizes]) -> list[list[AxisSizes]]:
    """Axes of which the same is to be said, together."""
    groups: dict[object, list[AxisSizes]] = {}
    for axis in axes:
        groups.setdefault((axis.inputs, frozenset(axis.sets.items())), []).append(axis)
    return list(groups.values())


def _axis_names(group: Sequence[AxisSizes], several: bool) -> str:
    text = listed((axis.name for axis in group), "and")
    return f"{text} of {', '.join(group[0].inputs)}" if several else text


def _about(answer: SizesAnswer) -> Iterator[str]:
    axis = answer.axes[0]
    yield answer.name
    yield inputs_in_words(answer.base)
    how = " by its layers" if answer.tried else ""
    yield f"each size from {axis.low:,} to {axis.high:,} checked{how}"
    if answer.smallest is not None:
        yield f"smallest legal {format_shape(answer.smallest)}"


class _Set(NamedTuple):
    """The sizes of an axis that meet a criterion, or all that are asked for."""

    axis: str
    name: str
    is_required: bool
    bits: int | None
    words: str
    meaning: str

    @property
    def number(self) -> Value:
        return "?" if self.bits is None else self.bits.bit_count()


def _sets(answer: SizesAnswer, axes: Sequence[AxisSizes], several: bool) -> Iterator[_Set]:
    for axis in axes:
        title = _axis_names([axis], several)
        for name, meaning in CRITERIA.items():
            if name in axis.sets:
                bits = axis.sets[name]
                required = name in answer.required
                yield _Set(title, name, required, bits, words(bits, axis), meaning)
        yield _Set(title, "good", True, axis.good, words(axis.good, axis), "all with *")


def _criteria(answer: SizesAnswer, group: Sequence[AxisSizes], several: bool) -> Table:
    return _table(list(_sets(answer, group[:1], several)), _axis_names(group, several))


def _table(sets: Sequence[_Set], title: str = "size", machine: bool = False) -> Table:
    def name(one: _Set) -> Cell:
        mark = "=" if one.name == "good" else "*" if one.is_required else " "
        return Cell(f"{mark} {one.name}", one.name)

    columns: tuple[Column[_Set], ...] = (
        Column("criterion", "", name),
        Column("sizes", "sizes", lambda one: one.number, right=True),
        Column("pattern", title, lambda one: one.words, folds=24),
        # What the criteria mean is said where there is room.
        Column("meaning", "meaning", lambda one: one.meaning, folds=30),
    )
    if machine:
        required: Column[_Set] = Column(
            "required", "required", lambda one: "yes" if one.is_required else "no"
        )
        columns = (Column("axis", "axis", lambda one: one.axis), columns[0], required, *columns[1:])
    return Table(columns, rows_of(columns, sets), yields=("meaning",), indent=2)


def _near(near: Near) -> Table:
    told = "good" if near.is_good else _reason(near)
    if near.is_good and near.closest is not None and near.closest.sizes != near.asked:
        told = "good, and outside of the range"
    rows: list[tuple[Value, Value]] = [(format_shape(near.asked), told)]
    offers = [("larger", near.larger), ("closest", near.closest), ("smaller", near.smaller)]
    seen = {near.asked}
    for label, candidate in offers:
        if candidate is None or candidate.sizes in seen:
            continue
        seen.add(candidate.sizes)
        text = f"{label}: {_pads(near.asked, candidate.sizes)}"
        if not candidate.is_good:
            text += "; good on each axis, but not on all at once"
        rows.append((format_shape(candidate.sizes), text))
    if not near.is_good and len(rows) == 1:
        rows.append(("", "no good size in the range"))
    return table_of(("near", "how"), rows, indent=2)


def _reason(near: Near) -> str:
    culprit = near.culprit
    where = f" in `{culprit.layer}` (line {culprit.line})" if culprit else ""
    return {
        "stands": f"does not fit{where}",
        "pixels": f"drops pixels{where}",
        "exact": "a floor drops padding or pixels",
        "strides": "a stride does not divide its map",
        "weights": "learnt arrays would have other shapes",
        "expect": "an expectation of the file does not hold",
    }[near.why]


def _pads(asked: Shape, sizes: Shape) -> str:
    """What to do to get there, axis by axis.

    >>> _pads((670, 460), (672, 480)), _pads((670, 460), (656, 464)), _pads((9,), (8,))
    ('pad 2 and 20', 'crop 14 and pad 4', 'crop 1')
    """
    moves = [size - want for want, size in zip(asked, sizes, strict=True)]
    if min(moves) >= 0:
        return f"pad {' and '.join(map(str, moves))}"
    if max(moves) <= 0:
        return f"crop {' and '.join(str(-move) for move in moves)}"
    return " and ".join(f"pad {move}" if move >= 0 else f"crop {-move}" for move in moves)


def _blames(group: Sequence[AxisSizes], several: bool) -> Iterator[Table]:
    axis = group[0]
    for why, head in (("stands", "does not fit"), ("drops", "drops pixels first")):
        blames = [blame for blame in axis.blames if blame.why == why]
        if not blames:
            continue
        rows = [_blame(blame, axis) for blame in blames[:MOST_EXPLAINED]]
        rest = blames[MOST_EXPLAINED:]
        if rest:
            number = sum(blame.bits.bit_count() for blame in rest)
            rows.append(Row((f"and {len(rest)} more layers", "", number, "")))
        columns = (
            text_column("layer", folds=24),
            text_column("line", right=True),
            text_column("sizes", right=True),
            text_column("which", folds=24),
        )
        title = f"{head}{f', {_axis_names(group, several)}' if several else ''}"
        yield Table(columns, tuple(rows), title=title, indent=2)


def _blame(blame: Blame, axis: AxisSizes) -> Row:
    layer, line = blame.culprit.layer, blame.culprit.line
    size, note = blame.example
    said = (f"{size}: {note}",) if note else ()
    which = words(blame.bits, axis)
    return Row((f"`{layer}`", line, blame.bits.bit_count(), which), below=said)


def _notes(answer: SizesAnswer) -> Iterator[str]:
    if answer.believed:
        yield (
            f"what {named(answer.believed)} computes is not known: it is believed to take every "
            "size, and to give what the file declares"
        )
    if answer.declared:
        first = answer.declared[0]
        base = ", ".join(map(format_shape, answer.base.values()))
        yield (
            f"the input of the file does not fit ({first.message}: "
            f"{first.note}); other axes stand as in {base}"
        )
    if any(axis.declared is None for axis in answer.axes):
        base = ", ".join(map(format_shape, answer.base.values()))
        yield f"the file leaves sizes open: it was taken at {base}, and --input takes another"
    if answer.tied:
        names = ", ".join(f"`{culprit.layer}`" for culprit in answer.tied[:3])
        base = ", ".join(map(format_shape, answer.base.values()))
        tie = "ties" if len(answer.tied) == 1 else "tie"
        rest = f"so each is given with the others as in {base}"
        yield f"{names} {tie} the axes together, {rest}"
    elif len(answer.axes) > 1 and not answer.by_planning:
        yield "axes do not depend on each other; any good sizes go together"
    if answer.by_planning:
        base = ", ".join(map(format_shape, answer.base.values()))
        yield (
            f"{answer.why_planned}, so each size was planned anew, with the other axes as in {base}"
        )
    if answer.tried:
        yield (
            f"the file itself was gone through at {in_words(answer.tried, 'size')}, and agrees; "
            "what is said of the others is said by its layers"
        )
