"""The answer of `convcalc sizes` as text: the good sizes first, then why, and who is to blame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from textwrap import wrap

from convcalc.core.shapes import Shape, format_shape
from convcalc.core.text import count, visible
from convcalc.features.sizes.answer import (
    CRITERIA,
    MOST_EXPLAINED,
    AxisSizes,
    Blame,
    Near,
    SizesAnswer,
)
from convcalc.features.sizes.pattern import Pattern, find_pattern
from convcalc.report.grid import grid
from convcalc.report.style import Style
from convcalc.report.view import inputs_in_words

_MOST_RANGES = 6
_WIDTH = 96


def render(answer: SizesAnswer, style: Style) -> str:
    """The good sizes of each axis, the criteria, the nearest sizes and the layers to blame."""
    several = len(answer.base) > 1
    groups = _groups(answer.axes)
    parts = [
        "\n".join(
            f"{_axis_names(group, several)}: {words(group[0].good, group[0])}" for group in groups
        )
    ]
    parts.append("\n".join(_wrapped(_title(answer, style), style)))
    parts += ["\n".join(_criteria(answer, group, several, style)) for group in groups]
    if answer.near is not None:
        parts.append("\n".join(_near(answer.near)))
    for group in groups:
        lines = list(_blames(group, several, style))
        if lines:
            parts.append("\n".join(lines))
    notes = list(_notes(answer))
    if notes:
        parts.append("\n".join(line for note in notes for line in _wrapped(note, style)))
    return "\n\n".join(parts) + "\n"


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
    listed = ", ".join(before)
    if not pattern.residues:
        return listed
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
    return f"{text}, also {listed}" if listed else text


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
    groups: list[list[AxisSizes]] = []
    for axis in axes:
        for group in groups:
            if group[0].sets == axis.sets and group[0].inputs == axis.inputs:
                group.append(axis)
                break
        else:
            groups.append([axis])
    return groups


def _axis_names(group: Sequence[AxisSizes], several: bool) -> str:
    names = [axis.name for axis in group]
    text = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{text} of {', '.join(map(visible, group[0].inputs))}" if several else text


def _title(answer: SizesAnswer, style: Style) -> str:
    axis = answer.axes[0]
    checked = f"each size from {axis.low:,} to {axis.high:,} checked"
    parts = [visible(answer.name), inputs_in_words(answer.base), checked]
    if answer.smallest is not None:
        parts.append(f"smallest legal {format_shape(answer.smallest)}")
    return f" {style.dot} ".join(parts)


def _criteria(
    answer: SizesAnswer, group: Sequence[AxisSizes], several: bool, style: Style
) -> Iterator[str]:
    axis = group[0]
    rows = [["", "sizes", _axis_names(group, several), "meaning"]]
    for name, meaning in CRITERIA.items():
        if name not in axis.sets:
            continue
        bits = axis.sets[name]
        mark = "*" if name in answer.required else " "
        number = "?" if bits is None else count(bits.bit_count())
        rows.append([f"{mark} {name}", number, words(bits, axis), meaning])
    rows.append(["= good", count(axis.good.bit_count()), words(axis.good, axis), "all with *"])
    # `sizes` is a number among words, and what the criteria mean is said where there is room.
    widest = max(map(len, grid(rows, left=4)))
    shown = rows if style.width is None or widest <= style.width else [row[:3] for row in rows]
    numbers = max(len(row[1]) for row in rows)
    for row in shown:
        row[1] = row[1].rjust(numbers)
    yield from grid(shown, left=4)


def _near(near: Near) -> Iterator[str]:
    rows = [[format_shape(near.asked), "good" if near.is_good else _reason(near)]]
    offers = [("larger", near.larger), ("closest", near.closest), ("smaller", near.smaller)]
    seen = {near.asked}
    for label, candidate in offers:
        if candidate is None or candidate.sizes in seen:
            continue
        seen.add(candidate.sizes)
        text = f"{label}: {_pads(near.asked, candidate.sizes)}"
        if not candidate.is_good:
            text += "; good on each axis, but not on all at once"
        rows.append([format_shape(candidate.sizes), text])
    if not near.is_good and len(rows) == 1:
        rows.append(["", "no good size in the range"])
    yield "  near"
    yield from grid(rows, left=2, indent="    ")


def _reason(near: Near) -> str:
    culprit = near.culprit
    where = f" in `{visible(culprit.layer)}` (line {culprit.line})" if culprit else ""
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


def _blames(group: Sequence[AxisSizes], several: bool, style: Style) -> Iterator[str]:
    axis = group[0]
    for why, head in (("stands", "does not fit"), ("drops", "drops pixels first")):
        blames = [blame for blame in axis.blames if blame.why == why]
        if not blames:
            continue
        yield f"  {head}{f', {_axis_names(group, several)}' if several else ''}"
        shown = blames[:MOST_EXPLAINED]
        rows = [_blame(blame, axis) for blame in shown]
        if len(blames) > len(shown):
            rest = sum(blame.bits.bit_count() for blame in blames[len(shown) :])
            rows.append([f"and {len(blames) - len(shown)} more layers", "", count(rest), "sizes"])
        numbers = max(len(row[2]) for row in rows)
        lines = grid([[*row[:2], f"{row[2].rjust(numbers)} {row[3]}"] for row in rows], 3, "    ")
        for line, blame in zip_longest(lines, shown):
            yield line
            if blame is not None and blame.example[1]:
                size, note = blame.example
                room = max(40, (style.width or _WIDTH) - 6)
                yield from (f"      {part}" for part in wrap(f"{size}: {visible(note)}", room))


def _blame(blame: Blame, axis: AxisSizes) -> list[str]:
    size = blame.bits.bit_count()
    noun = "size" if size == 1 else "sizes"
    return [
        f"`{visible(blame.culprit.layer)}`",
        f"line {blame.culprit.line}",
        count(size),
        f"{noun}: {words(blame.bits, axis)}",
    ]


def _wrapped(text: str, style: Style) -> list[str]:
    room = max(30, (style.width or _WIDTH) - 2)
    return [f"  {line}" for line in wrap(text, room)]


def _notes(answer: SizesAnswer) -> Iterator[str]:
    if answer.declared:
        first = answer.declared[0]
        base = ", ".join(map(format_shape, answer.base.values()))
        yield (
            f"note: the input of the file does not fit ({visible(first.message)}: "
            f"{visible(first.note)}); other axes stand as in {base}"
        )
    if answer.tied:
        names = ", ".join(f"`{visible(culprit.layer)}`" for culprit in answer.tied[:3])
        base = ", ".join(map(format_shape, answer.base.values()))
        tie = "ties" if len(answer.tied) == 1 else "tie"
        rest = f"so each is given with the others as in {base}"
        yield f"note: {names} {tie} the axes together, {rest}"
    elif len(answer.axes) > 1 and not answer.by_planning:
        yield "note: axes do not depend on each other; any good sizes go together"
    if answer.by_planning:
        base = ", ".join(map(format_shape, answer.base.values()))
        yield (
            "note: `cin` stands behind sizes made channels, so each size was planned anew, with "
            f"the other axes as in {base}"
        )
