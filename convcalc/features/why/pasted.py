"""Finding the sentence in what was pasted: a line, a traceback, or a megabyte of log."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

from convcalc.features.why.sentence import Found, Said, Sentence

# The end of a log is read, where the exception stands.
MOST_KEPT = 4_000_000
# Parts of that size that are read to get there: a stream may have no end.
MOST_PARTS = 64
_COLORS = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]|\[0m|\[1m")
_QUOTES = str.maketrans("\u2018\u2019\u201c\u201d\u00a0", "''\"\" ")


def tail(stream: BinaryIO) -> str:
    """The end of a stream as text."""
    kept = b""
    for part in islice(iter(lambda: stream.read(MOST_KEPT), b""), MOST_PARTS):
        kept = (kept + part)[-MOST_KEPT:]
    return kept.decode("utf-8", "replace")


@cache
def sentences() -> tuple[Sentence, ...]:
    """All sentences that are known, found by their files."""
    folder = Path(__file__).parent / "sentences"
    names = sorted(path.stem for path in folder.glob("[!_]*.py"))
    modules = (import_module(f"convcalc.features.why.sentences.{name}") for name in names)
    return tuple(sentence for module in modules for sentence in module.SENTENCES)


class Pasted(NamedTuple):
    """A sentence that was found, how it is written there, its numbers, and those like it."""

    sentence: Sentence
    said: Said
    text: str
    values: Found
    # Sentences of one list, as PyTorch's of arrays that do not fit; this is the first of them.
    listed: int


def find(text: str) -> Pasted | None:
    """The sentence that stands last in `text`, and in a list of its like the first of them.

    The last one, because what is raised first is often raised again as something plainer; of
    those at one place the longest.

    >>> found = find("RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x10 and 20x5)")
    >>> found.sentence.name, found.values
    ('product', {'a': (32, 10), 'b': (20, 5)})
    """
    plain = _COLORS.sub("", text).translate(_QUOTES)
    best = max(_matches(plain), key=lambda one: (one[2].end(), len(one[2][0])), default=None)
    if best is None:
        return None
    sentence, said, match = best
    listed = 1
    for before in reversed(list(said.pattern.finditer(plain, 0, match.start()))):
        if plain[before.end() : match.start()].strip(" \t\r\n.,;"):
            break
        match, listed = before, listed + 1
    return Pasted(sentence, said, " ".join(match[0].split()), said.values(match), listed)


def _matches(text: str) -> Iterator[tuple[Sentence, Said, re.Match[str]]]:
    for sentence in sentences():
        for said in sentence.wordings:
            if said.anchor in text:
                for match in said.pattern.finditer(text):
                    yield sentence, said, match
