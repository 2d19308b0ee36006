"""What `convcalc why` says."""

from __future__ import annotations

from collections.abc import Iterator

from convcalc.core.text import visible
from convcalc.features.why.answer import Why
from convcalc.features.why.pasted import sentences
from convcalc.features.why.sentence import Said
from convcalc.features.why.suspects import Suspect
from convcalc.report.page import Notes, Page, Part, Prose, Title
from convcalc.report.table import Column, Table, rows_of

_ROOM = 10


def page(found: Why) -> Page:
    """The error in plain words, where it comes from, what to write, and what to ask."""
    parts: list[Part] = [
        Title(found.meaning.means),
        Notes(tuple(_entries(found)), 2, room=_ROOM),
    ]
    table = Table(_LAYERS, rows_of(_LAYERS, found.layers or ()), indent=2)
    if found.layers:
        parts.append(table)
    elif found.layers is not None:
        parts.append(Prose(("No layer of the network fits these numbers.",), indent=2))
    return Page(tuple(parts), table)


def _entries(found: Why) -> Iterator[tuple[str, str]]:
    meaning = found.meaning
    yield "said by", f"{found.program}: {visible(found.sentence)}"
    yield from _beside("numbers", meaning.numbers)
    yield from _beside("because", meaning.causes)
    yield from _beside("write", meaning.write)
    if meaning.ask:
        yield "see", meaning.ask


def _beside(label: str, texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for index, text in enumerate(texts):
        yield ("" if index else label), text


_LAYERS: tuple[Column[Suspect], ...] = (
    Column("layer", "layer", lambda one: one.layer, is_name=True, folds=24),
    Column("line", "line", lambda one: "-" if one.line is None else one.line, right=True),
    Column("why", "why", lambda one: one.why, folds=40),
)


def known() -> Page:
    """All sentences that are known."""
    rows = [(one.name, said) for one in sentences() for said in one.wordings]
    return Page((Table(_KNOWN, rows_of(_KNOWN, rows)),))


_KNOWN: tuple[Column[tuple[str, Said]], ...] = (
    Column("error", "error", lambda one: one[0], is_name=True),
    Column("program", "program", lambda one: one[1].program),
    Column("sentence", "sentence", lambda one: one[1].words, folds=40),
)
