"""Receptive fields as an answer: a row for each layer, and what to make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from convcalc.core.shapes import format_axes, format_shape
from convcalc.core.text import count, first_few, in_words
from convcalc.features.rf.equal_axes import by_axis
from convcalc.features.rf.phrases import percent
from convcalc.features.rf.report import FieldReport
from convcalc.features.rf.values import AxisField, LayerField
from convcalc.report.page import Notes, Page, Title, read_as
from convcalc.report.style import YELLOW
from convcalc.report.table import HINT, Cell, Column, Table, Value, rows_of


def _axes(field: LayerField, show: Callable[[AxisField], object]) -> str:
    return format_axes(by_axis(show, field.axes))


def _size(field: LayerField) -> Cell:
    """The size: `11`, `11x7`, `8..34` where it depends on the position; `all` in front of the
    local field where every unit sees the whole input, `≤` before an upper bound."""
    local = _axes(field, lambda a: f"{a.least}..{a.most}" if a.varies else str(a.size))
    text = local or "?"
    if field.is_global:
        text = f"all ({local})" if local else "all"
    return Cell(f"{'≤' if field.at_most else ''}{text}", format_axes(field.sizes))


def quiet(report: FieldReport, every: bool) -> str:
    """The bare sizes: of every layer of the report, or of the last one that has positions."""
    layers = report.layers
    if not every:
        last = next((field for field in reversed(layers) if field.axes), layers[-1])
        layers = tuple(field for field in layers if field.layer == last.layer)
    return "".join(f"{_size(field).text}\n" for field in layers)


def _used(field: LayerField) -> Cell:
    """`full`, or the share of pixels used, never rounded to all or nothing."""
    if field.used is None:
        return Cell("?" if field.axes else "", "")
    if field.used == 1:
        return Cell("full", "1")
    return Cell(percent(field.used), f"{float(field.used):.6g}")


def _effective(field: LayerField) -> Cell:
    sizes = field.effective or ()
    text, exact = (
        format_axes(tuple([f"{size:.{digits}f}" for size in sizes])) for digits in (0, 3)
    )
    return Cell(text, exact)


def _outside(field: LayerField) -> Cell:
    if not field.axes:
        return Cell("")
    share = field.padding_share
    return Cell(percent(share), f"{float(share):.6g}")


def _figure(key: str, show: Callable[[AxisField], object]) -> Column[LayerField]:
    return Column(key, key, lambda field: _axes(field, show), right=True)


def _yes(key: str, read: Callable[[LayerField], bool]) -> Column[LayerField]:
    return Column(key, key, lambda field: "yes" if read(field) else "no", right=True)


COLUMNS: dict[str, Column[LayerField]] = {
    column.key: column
    for column in (
        Column("name", "layer", lambda field: field.layer, is_name=True, folds=24),
        Column("kind", "kind", lambda field: field.kind, joins=("name", ": ")),
        Column("output", "output", lambda field: format_shape(field.output)),
        Column("source", "of", lambda field: field.source, is_name=True, folds=16),
        Column(
            "size",
            "field",
            _size,
            right=True,
            meaning="pixels from the first to the last that the centre unit sees, padding included",
        ),
        _figure("min", lambda axis: axis.least),
        _figure("max", lambda axis: axis.most),
        _figure("stride", lambda axis: axis.stride_text),
        _figure("start", lambda axis: axis.start),
        _figure("padding", lambda axis: axis.padding),
        Column(
            "used", "used", _used, right=True, meaning="share of the field that some path reads"
        ),
        Column(
            "effective",
            "effective",
            _effective,
            right=True,
            meaning="+-2 standard deviations for uniform kernels (Luo et al.)",
        ),
        Column(
            "outside",
            "outside",
            _outside,
            right=True,
            meaning="share of the field beyond the input",
        ),
        _yes("global", lambda field: field.is_global),
        _yes("aligned", lambda field: field.aligned),
        _yes("at_most", lambda field: field.at_most),
    )
}
USUAL = ("name", "kind", "output", "size", "stride", "start", "used", "effective", "outside")
_YIELDS = ("outside", "kind", "start", "effective", "used", "stride")
# What only an input of known size can say; a whole input is of no size then, either.
_PLACED = frozenset({"output", "outside"})


def spellings() -> dict[str, str]:
    """Every name that a column may be asked by, to its key.

    >>> spellings()["field"], spellings()["size"]
    ('size', 'size')
    """
    names = {column.key: column.key for column in COLUMNS.values()}
    return names | {column.title: column.key for column in COLUMNS.values()}


@dataclass(frozen=True)
class FieldView:
    """A report as it is to be shown.

    `asked` are the keys of the columns asked for, if any. `everything` shows also the layers
    that see just what their input sees.
    """

    report: FieldReport
    asked: tuple[str, ...] = ()
    everything: bool = False

    def page(self, form: str) -> Page:
        """The report as the parts of an answer in the format `form`."""
        columns = self._columns(form)
        # Machines get every layer.
        shown = self.report.layers if form == "csv" else self._shown
        table = Table(
            columns,
            rows_of(columns, shown),
            yields=_YIELDS,
            kept=frozenset(self.asked),
            hint=HINT,
            empty="no layer depends on it",
        )
        footer = Notes(tuple(self._footer()), colors={"warning": YELLOW})
        return Page((self._title(), *read_as(self.report.reading), table, footer))

    def _title(self) -> Title:
        """The network's name, and what the fields are measured back to."""
        report = self.report
        if not report.is_placed:
            return Title(report.name, ("input of any size",))
        back = "measured back to" if report.origin else "on"
        sources = [f"`{name}` {format_shape(shape)}" for name, shape in report.sources.items()]
        return Title(report.name, (f"receptive fields {back} {first_few(sources, ', ')}",))

    def _columns(self, form: str) -> tuple[Column[LayerField], ...]:
        keys = list(COLUMNS if form == "csv" else USUAL)
        if form != "csv" and len(self.report.sources) > 1:
            keys.insert(3, "source")
        if form != "csv" and not self.report.is_placed:
            keys = [key for key in keys if key not in _PLACED]
        return tuple(map(self._column, self.asked or keys))

    def _column(self, key: str) -> Column[LayerField]:
        """The column, empty where only an input of known size could say it."""
        column = COLUMNS[key]
        if self.report.is_placed:
            return column
        if key in _PLACED:
            return replace(column, read=lambda field: "", meaning="")
        return replace(column, read=_size_of_any) if key == "size" else column

    @property
    def _shown(self) -> Sequence[LayerField]:
        if self.everything:
            return self.report.layers
        new = [field for field in self.report.layers if field.is_new]
        # Layers of 1x1 see a pixel each, which is an answer, and none is not.
        return new or self.report.layers

    def _footer(self) -> Iterator[tuple[str, str]]:
        """Headings and sentences: what was found."""
        report = self.report
        hidden = len({f.index for f in report.layers} - {f.index for f in self._shown})
        if hidden:
            one = hidden == 1
            sees = "sees just what its input sees" if one else "see just what their input sees"
            them = "it" if one else "them"
            yield "hidden", f"{in_words(hidden, 'layer')} that {sees}; --all shows {them}"
        if report.lens.words:
            skipped = in_words(len(report.lens.skipped), "layer")
            yield "ignored", f"{', '.join(report.lens.words)}: {skipped}{self._skipped()}"
        for note in report.notes:
            yield "note", f"{_named(note.layers)}: {note.message}"
        for verdict in report.verdicts:
            yield verdict.level, verdict.message
            if verdict.help:
                yield "", verdict.help

    def _skipped(self) -> str:
        names = self.report.lens.skipped
        if not names:
            return ""
        shown = ", ".join(f"`{name}`" for name in names[:3])
        return f" ({shown}{f' and {count(len(names) - 3)} more' if len(names) > 3 else ''})"


def _size_of_any(field: LayerField) -> Value:
    cell = _size(field)
    return Cell(cell.text, "") if field.is_global else cell


def _named(names: Sequence[str]) -> str:
    first = f"`{names[0]}`"
    return first if len(names) == 1 else f"{first} and {count(len(names) - 1)} more"
