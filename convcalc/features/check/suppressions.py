"""`# convcalc: ignore[CODE] reason`: findings that the file itself silences, layer by layer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import accumulate

from convcalc.core.errors import Edit, Fix, Problem
from convcalc.document import Document
from convcalc.features.check.catalog import Entry, catalog, entry_of
from convcalc.features.check.comments import (
    Comment,
    Layers,
    Lines,
    Span,
    has_comments,
    read_comments,
)
from convcalc.features.check.selection import ALL, fits, nearest_selector
from convcalc.network.template import Template

_NAME = re.compile(r"[^\s,]+")
# What begins another comment on the line; `#12` is a number in a reason.
_OTHER = re.compile(r"(?<=[ \t])#(?=[ \t])")
_LAYER, _FILE = "ignore", "ignore-file"
# Words of other programs, which would be taken for a comment that has no effect.
_SIMILAR = re.compile(r"(ig|dis|noqa|skip|allow|supp|silence)", re.IGNORECASE)
_SYNTAX = "write `# convcalc: ignore[CODE] reason`"
# So many comments or names that are wrong are told one by one.
MAX_WRONG = 100
_NO_NAMES: frozenset[str] = frozenset()
# The span of a comment that speaks of the whole file.
_WHOLE: Span = (0, 0)


@dataclass(slots=True)
class _Name:
    """One code or name in a comment, with its offsets."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class _Directive:
    """A comment that is in order: the names in it, and the lines that it speaks of."""

    comment: Comment
    spans: tuple[Span, ...]
    names: list[_Name] = field(default_factory=list)


class Suppressions:
    """The comments of a file: `silence` takes findings out, `problems` judges the comments."""

    def __init__(self, document: Document, template: Template) -> None:
        self._file = document.file
        self._directives: list[_Directive] = []
        self._problems: list[Problem] = []
        # How many comments and names are wrong beyond those that are told.
        self._more = 0
        # What is silenced where; and of that, what there was something to silence for.
        self._silent: dict[Span, set[str]] = {}
        self._used: set[tuple[Span, str]] = set()
        if has_comments(document.text):
            self._lines = Lines(document.text)
            self._layers = Layers(template, self._lines)
            for comment in read_comments(document, self._lines, self._layers):
                self._read(comment)

    def silence(self, problems: Iterable[Problem]) -> tuple[list[Problem], int]:
        """The findings that are left, and how many are silenced."""
        found = list(problems)
        if not self._silent:
            return found, 0
        left = [problem for problem in found if not self._is_silenced(problem)]
        return left, len(found) - len(left)

    def problems(self, wanted: Callable[[Entry], bool] | None) -> list[Problem]:
        """Findings on the comments: those that are wrong, and names that silenced nothing.

        The latter only where `wanted` tells which findings were looked for; None where the
        network could not be planned, so that too little was looked at.
        """
        found = list(self._problems)
        if self._more:
            found[-1] = found[-1].with_note(f"as wrong are {self._more:,} more in this file")
        if wanted is not None:
            for directive in self._directives:
                found += self._unused(directive, wanted)
        return found

    def _is_silenced(self, problem: Problem) -> bool:
        line = problem.place.line if problem.place else 0
        entry = entry_of(problem.code)
        silenced = False
        for span in (_WHOLE, (line, line), *self._layers.at(line)):
            for name in _selectors_of(entry) & self._silent.get(span, _NO_NAMES):
                self._used.add((span, name))
                silenced = True
        return silenced

    def _unused(self, directive: _Directive, wanted: Callable[[Entry], bool]) -> Iterator[Problem]:
        unused = []
        for number, name in enumerate(directive.names):
            key = name.text.lower()
            is_used = any((span, key) in self._used for span in directive.spans)
            # What was not looked for cannot be called unused.
            if not is_used and all(wanted(entry) for entry in _meant(name.text)):
                unused.append(number)
        for number in unused:
            name = directive.names[number]
            yield Problem(
                "unused-ignore",
                f"`{name.text}` silences nothing here",
                self._lines.place(name.start, name.end),
                help="remove it" if len(directive.names) > 1 else "remove the comment",
                file=self._file,
                level="warning",
                fix=self._removal(directive, number, all_of_it=len(unused) == len(directive.names)),
            )

    def _removal(self, directive: _Directive, number: int, *, all_of_it: bool) -> Fix:
        """The edit that takes out a name, or the whole comment where no name of it is used."""
        name = directive.names[number]
        if not all_of_it:
            is_last = number + 1 == len(directive.names)
            start = directive.names[number - 1].end if is_last else name.start
            end = name.end if is_last else directive.names[number + 1].start
            return Fix(f"remove `{name.text}` from the comment", (Edit(start, end, ""),))
        start, end = directive.comment.start, directive.comment.end
        if other := _OTHER.search(self._lines.text, name.end, end):
            return Fix("remove the comment", (Edit(start, other.start(), ""),))
        line_start = self._lines.start_of(start)
        before = self._lines.text[line_start:start].rstrip()
        if before:
            return Fix("remove the comment", (Edit(line_start + len(before), end, ""),))
        # A line of its own goes with its break.
        return Fix("remove the comment", (Edit(line_start, self._lines.after_break(end), ""),))

    def _read(self, comment: Comment) -> None:
        word_end = comment.word_start + len(comment.word)
        word = (comment.word_start, word_end)
        if comment.word not in (_LAYER, _FILE):
            if comment.closed or _SIMILAR.match(comment.word):
                self._wrong(f"there is no comment `{comment.word}`", *word, _SYNTAX)
            return
        if not comment.closed:
            self._wrong("the comment does not say in brackets what it ignores", *word, _SYNTAX)
            return
        is_file = comment.word == _FILE
        if is_file and not comment.above_all:
            help = "put it above everything else, or write `ignore` beside the layer"
            self._wrong("`ignore-file` stands below the first line of content", *word, help)
            return
        directive = _Directive(comment, (_WHOLE,) if is_file else comment.spans)
        names = [
            _Name(found[0], comment.names_start + found.start(), comment.names_start + found.end())
            for found in _NAME.finditer(comment.names)
        ]
        if not names:
            self._wrong("the comment ignores nothing", *word, _SYNTAX)
        directive.names = [name for name in names if self._is_possible(name)]
        if directive.names:
            self._directives.append(directive)
            for span in directive.spans:
                self._silent.setdefault(span, set()).update(n.text.lower() for n in directive.names)

    def _is_possible(self, name: _Name) -> bool:
        if not _meant(name.text):
            message = f"no finding is called `{name.text}`"
            # Comparing words with all that there are takes time.
            help = "" if self._is_full else nearest_selector(name.text)
            self._wrong(message, name.start, name.end, help)
            return False
        if any(entry.is_selectable for entry in _meant(name.text)):
            return True
        help = "repair what it finds: until then nothing else can be checked"
        self._wrong(f"`{name.text}` cannot be ignored", name.start, name.end, help)
        return False

    @property
    def _is_full(self) -> bool:
        return len(self._problems) >= MAX_WRONG

    def _wrong(self, message: str, start: int, end: int, help: str) -> None:
        if self._is_full:
            self._more += 1
            return
        place = self._lines.place(start, end)
        self._problems.append(
            Problem("unknown-ignore", message, place, "", help, file=self._file, level="warning")
        )


@cache
def _selectors_of(entry: Entry) -> frozenset[str]:
    """Every name that stands for an entry, in small letters: of the 6 or so there are."""
    return frozenset([ALL.lower(), entry.slug, *accumulate(entry.code.lower())])


@lru_cache(maxsize=1024)
def _meant(name: str) -> tuple[Entry, ...]:
    """Everything that the code, beginning or name stands for; nothing where it is unknown."""
    return tuple(entry for entry in catalog() if fits(name, entry))
