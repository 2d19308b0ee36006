"""What is shown of a report: which layers, which columns, and what stands below them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from convcalc.core.shapes import format_shape
from convcalc.core.text import count, in_words, visible
from convcalc.features.rf.tables.columns import COLUMNS, USUAL, Column

if TYPE_CHECKING:
    from convcalc.features.rf import FieldReport, LayerField


@dataclass(frozen=True)
class FieldView:
    """A report as it is to be shown.

    `asked` are the keys of the columns asked for, if any. `everything` shows also the layers
    that see just what their input sees.
    """

    report: FieldReport
    asked: tuple[str, ...] = ()
    everything: bool = False

    @property
    def title(self) -> list[str]:
        """The network's name, and what the fields are measured back to."""
        report = self.report
        if not report.is_placed:
            return [visible(report.name), "input of any size"]
        back = "measured back to" if report.origin else "on"
        sources = ", ".join(
            f"`{visible(name)}` {format_shape(shape)}" for name, shape in report.sources.items()
        )
        return [visible(report.name), f"receptive fields {back} {sources}"]

    def columns(self) -> tuple[Column, ...]:
        """The columns to show."""
        if self.asked:
            return tuple(COLUMNS[key] for key in self.asked)
        keys = list(USUAL)
        if len(self.report.sources) > 1:
            keys.insert(3, "source")
        columns = [COLUMNS[key] for key in keys]
        return tuple(one for one in columns if self.report.is_placed or not one.is_placed)

    @property
    def lines(self) -> Sequence[LayerField]:
        """The layers to show."""
        if self.everything:
            return self.report.layers
        new = [field for field in self.report.layers if field.is_new]
        # Layers of 1x1 see a pixel each, which is an answer, and none is not.
        return new or self.report.layers

    def text(self, column: Column, field: LayerField) -> str:
        """A cell of the table."""
        return visible(column.text(field, self.report.is_placed))

    def footer(self, columns: Sequence[Column]) -> list[tuple[str, str]]:
        """Headings and sentences below a table of `columns`: what was found, what they mean."""
        report = self.report
        entries = []
        hidden = len({f.index for f in report.layers} - {f.index for f in self.lines})
        if hidden:
            entries.append(
                (
                    "hidden",
                    f"{in_words(hidden, 'layer')} that see just what their input sees; "
                    "--all shows them",
                )
            )
        if report.lens.words:
            skipped = len(report.lens.skipped)
            words = ", ".join(report.lens.words)
            entries.append(("ignored", f"{words}: {in_words(skipped, 'layer')}{self._skipped()}"))
        for note in report.notes:
            entries.append(("note", f"{_named(note.layers)}: {note.message}"))
        for verdict in report.verdicts:
            entries.append((verdict.level, verdict.message))
            if verdict.help:
                entries.append(("", verdict.help))
        entries += [
            (column.title, column.meaning)
            for column in columns
            if column.meaning and (report.is_placed or not column.is_placed)
        ]
        return [(heading, visible(text)) for heading, text in entries]

    def _skipped(self) -> str:
        names = self.report.lens.skipped
        if not names:
            return ""
        shown = ", ".join(f"`{name}`" for name in names[:3])
        return f" ({shown}{f' and {count(len(names) - 3)} more' if len(names) > 3 else ''})"


def _named(names: Sequence[str]) -> str:
    first = f"`{names[0]}`"
    return first if len(names) == 1 else f"{first} and {count(len(names) - 1)} more"
