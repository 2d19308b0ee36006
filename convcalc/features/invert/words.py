"""The answer of `convcalc invert` : what undoes a layer, and the sums of both dialects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcalc.core.arithmetic import ceil_div
from convcalc.core.links import transposed_link
from convcalc.core.shapes import Shape, Window, format_shape
from convcalc.core.text import in_words
from convcalc.features.invert.answer import Inversion, LayerMatrices
from convcalc.features.invert.decoder import Mirrored
from convcalc.features.invert.inverse_axis import AxisInverse
from convcalc.features.invert.layer import Inverse
from convcalc.report.page import Drawing, Notes, Page, Part, Title, read_as
from convcalc.report.table import Column, Row, Table, rows_of, text_column
from convcalc.shorthand.axis import AXIS_TITLES, LABEL_WIDTH, SAME_WORDS, Axis
from convcalc.shorthand.entries import in_shorthand
from convcalc.shorthand.regimes import regime_in_words

Lines = list[tuple[str, str]]
_MAX_PATTERN = 16


def page(found: Inversion) -> Page:
    """One layer's inverse; for machines a row as of a network's layer."""
    row = Undone(found.kind, found.inverse, found.has_channels)
    return Page(tuple(_parts(found)), Table(_COLUMNS, rows_of(_COLUMNS, [row])))


def _parts(found: Inversion) -> Iterator[Part]:
    inverse, has_channels = found.inverse, found.has_channels
    if not inverse.entries:
        yield Title(f"no layer undoes {inverse.layer.kind}: {inverse.reason}")
        yield from read_as(found.reading)
        return
    sizes = (inverse.x, inverse.output, inverse.restored or inverse.x)
    yield Title(" → ".join(_size(shape, has_channels) for shape in sizes))
    yield from read_as(found.reading)
    entries = (in_shorthand(*entry, with_channels=has_channels) for entry in inverse.entries)
    undone = " , ".join(entries)
    if inverse.is_kept:
        yield _notes([("kept", f"{undone} keeps the shape; it stays as it is")])
    else:
        yield _notes([("undone by", undone)])
    yield from _axes(inverse.axes)
    yield _notes(_closing(inverse, has_channels))


def _size(shape: Shape, has_channels: bool) -> str:
    return format_shape(shape if has_channels or len(shape) == 1 else shape[1:])


def _notes(lines: Lines, title: str = "") -> Notes:
    return Notes(tuple(lines), 2, title, LABEL_WIDTH)


def _axes(axes: tuple[AxisInverse, ...]) -> Iterator[Notes]:
    groups: dict[tuple[object, ...], list[int]] = {}
    for index, axis in enumerate(axes):
        groups.setdefault(axis.forward.key, []).append(index)
    for members in groups.values():
        titles = [AXIS_TITLES[len(axes)][index] for index in members]
        title = f"{' and '.join(titles)}:" if len(groups) > 1 else ""
        yield _notes(axis_lines(axes[members[0]]), title)


def axis_lines(axis: AxisInverse) -> Lines:
    """Both dialects of one axis, and what goes with them.

    >>> from convcalc.shorthand.axis import Axis
    >>> from convcalc.features.invert.inverse_axis import axis_inverse
    >>> axis_lines(axis_inverse(Axis("window", 32, 3, 2, 1, 1)))[1]
    ('framework', "k'=3 s'=2 p'=1 a=1: (16 − 1)·2 − 2·1 + 3 + 1 = 32")
    """
    lines: Lines = [("layer", axis.forward.formula)]
    if axis.forward.family == "transposed":
        lines.append(("inverse", f"convolution: {axis.inverse.formula}"))
        if axis.inverse.size != axis.forward.output:
            surplus = axis.forward.output - axis.inverse.size
            lines.append(("", f"after a crop of {surplus} at the end: a is a stride or more"))
    else:
        lines += _framework(axis)
    lines += _guide(axis)
    lines += _siblings(axis)
    lines.append(("overlap", axis.transposed.overlap_line()))
    lines += _pattern(axis.transposed)
    number = axis.transposed.regime
    if number is not None:
        lines.append(("regime", regime_in_words(number)))
    return lines


def _framework(axis: AxisInverse) -> Lines:
    it = axis.inverse
    dilation = f" d'={it.dilation}" if it.dilation > 1 else ""
    if not axis.needs_crop:
        padding, extra, _ = axis.symmetric
        own = f"k'={it.kernel} s'={it.stride} p'={padding}{dilation} a={extra}"
        if it.before == it.after:
            return [("framework", f"{own}: {it.formula}")]
        return [("framework", own), ("", f"(cut {it.before} before, {it.after} after, a in it)")]
    padding, extra, (before, after) = axis.symmetric
    sides = [f"{n} {side}" for n, side in ((before, "before"), (after, "after")) if n]
    if it.before == it.after:
        why = f"no layer takes a = −{-axis.extra}: rounding up let the last window stick out"
    else:
        why = f"no PyTorch or Keras layer cuts {it.before} before and {it.after} after"
    own = f"k'={it.kernel} s'={it.stride} p'={padding}{dilation} a={extra}"
    return [("framework", why), ("", f"use {own}, then crop {' and '.join(sides)}")]


def _guide(axis: AxisInverse) -> Lines:
    it = axis.transposed
    before, after = axis.guide_padding
    added = f" + {axis.extra}" if axis.extra > 0 else f" − {-axis.extra}" if axis.extra else ""
    pads = f"{_signed(before)} {_signed(after)}"
    if before == after:
        pads = f"{'−' if before < 0 else '+'} 2·{abs(before)}"
    sides = f"p'={before}" if before == after else f"p'={before} before and {after} after"
    taps = f" d'={it.dilation}" if it.dilation > 1 else ""
    zeros = f"{axis.zeros} zero{'' if axis.zeros == 1 else 's'} between inputs ({it.size} → "
    lines = [
        (
            "guide",
            f"k'={it.kernel} s'=1 {sides.replace('-', '−')}{taps} (K − 1 − p), kernel flipped",
        ),
        ("", f"{zeros}{axis.stretched}){f', {axis.extra} more after' if axis.extra > 0 else ''}"),
        ("", f"{axis.stretched} {pads}{added} − {it.span} + 1 = {it.output}".replace("  ", " ")),
    ]
    if min(before, after) < 0:
        lines.append(("", "p' below 0 crops the stretched input"))
    return lines


def _signed(number: int) -> str:
    return f"− {-number}" if number < 0 else f"+ {number}"


def _pattern(axis: Axis) -> Lines:
    """Inputs that meet in one output after the other, and a kernel that would be even."""
    least, most = axis.overlap
    if least == most or axis.stride > _MAX_PATTERN:
        return []
    window = Window(axis.kernel, axis.stride, axis.before, axis.after, axis.dilation)
    counts = " ".join(str(len(taps)) for taps in transposed_link(window).taps)
    even = ceil_div(axis.kernel, axis.stride) * axis.stride
    repair = f"; a kernel of {even} overlaps evenly" if axis.dilation == 1 else ""
    return [("", f"pattern {counts}, then again{repair}")]


def _siblings(axis: AxisInverse) -> Lines:
    if axis.forward.family == "transposed":
        return []
    low, high = axis.forward.siblings
    if axis.forward.word in SAME_WORDS:
        many = f"inputs {low} to {high}" if low < high else f"input {low}"
        return [("same for", f"{many}, each with its own padding ({axis.forward.word})")]
    if low == high:
        return [("same for", f"input {low} alone")]
    sizes, base = range(low, high + 1), low - axis.smallest_extra
    few = sizes if len(sizes) <= 6 else (*sizes[:3], high)
    shown = [f"{size} (a={size - base})".replace("-", "−") for size in few]
    if len(few) < len(sizes):
        shown.insert(3, "...")
    return [("same for", f"inputs {', '.join(shown)}")]


def _closing(inverse: Inverse, has_channels: bool) -> Lines:
    lines: Lines = []
    if inverse.axes and has_channels and inverse.layer.role == "product":
        lines.append(
            ("channels", f"swapped: {inverse.output[0]} in, {inverse.x[0]} out, the same weights")
        )
    for note in inverse.notes:
        label, _, text = note.partition(": ")
        lines.append((label, text))
    if inverse.is_exact:
        lines.append(("values", "come back too"))
    elif inverse.axes and not inverse.notes:
        lines.append(("values", "do not come back: only size and connectivity do"))
    return lines


class Undone(NamedTuple):
    """A layer, and what undoes it."""

    name: str
    inverse: Inverse
    has_channels: bool = True

    @property
    def maps(self) -> str:
        """What went in and came out."""
        sizes = (self.inverse.x, self.inverse.output)
        return " → ".join(_size(shape, self.has_channels) for shape in sizes)

    @property
    def by(self) -> str:
        """The layers that undo it, in shorthand."""
        if not self.inverse.entries:
            return f"none: {self.inverse.reason}"
        if self.inverse.is_kept:
            return "itself"
        entries = self.inverse.entries
        return " , ".join(in_shorthand(*e, with_channels=self.has_channels) for e in entries)


_COLUMNS: tuple[Column[Undone], ...] = (
    Column("layer", "layer", lambda one: one.name, is_name=True, folds=24),
    Column("maps", "maps", lambda one: one.maps, folds=14),
    Column("undone_by", "undone by", lambda one: one.by, folds=24),
    Column("same_for", "same for", lambda one: _inputs(one.inverse)),
)


def page_of_network(name: str, found: Sequence[Mirrored]) -> Page:
    """Every layer of a network with its inverse, a row each."""
    rows = [Undone(mirrored.row.name, mirrored.inverse) for mirrored in found]
    count = sum(bool(one.inverse.entries) for one in rows)
    have = "has" if 1 in (count, len(found)) else "have"
    title = Title(f"{name}: {count} of {in_words(len(found), 'layer')} {have} an inverse")
    return Page((title, Table(_COLUMNS, rows_of(_COLUMNS, rows))))


def _inputs(inverse: Inverse) -> str:
    """The input sizes that share the output, per axis; empty where only the own does."""
    ranges = []
    for axis in inverse.axes:
        low, high = axis.forward.siblings
        ranges.append(f"{low}..{high}" if low < high else str(low))
    if not any(".." in one for one in ranges):
        return ""
    return ranges[0] if len(set(ranges)) == 1 else " x ".join(ranges)


def page_of_matrices(found: LayerMatrices) -> Page:
    """Matrices in aligned columns, each under its title; for machines a row for each of theirs."""
    matrices = found.matrices
    drawings = []
    for one in matrices:
        width = max(len(entry) for row in one.entries for entry in row)
        lines = (" ".join(f"{entry:>{width}}" for entry in row) for row in one.entries)
        drawings.append(Drawing(tuple(lines), f"{one.title}: {one.rows}x{one.columns}"))
    most = max(one.columns for one in matrices)
    columns = map(text_column, ("matrix", "row", *map(str, range(most))))
    rows = (
        # A matrix of fewer columns ends in empty cells.
        Row((one.name, at, *row, *[""] * (most - one.columns)))
        for one in matrices
        for at, row in enumerate(one.entries)
    )
    return Page((*read_as(found.reading), *drawings), Table(tuple(columns), tuple(rows)))
