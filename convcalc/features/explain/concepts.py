"""The pages of concepts: half a page each, a file of Markdown in the folder `concepts`.

A file says what the concept is, its formula, a command that shows it on numbers, and what is often
wrong about it. Its name is what one asks for; `Also: ...` are other words for it.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent / "concepts"
_ALSO = re.compile(r"^Also: (.+)\.$", re.MULTILINE)


def concept_names() -> tuple[str, ...]:
    """The concepts that have a page, sorted.

    >>> "receptive-field" in concept_names()
    True
    """
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.md")))


def find_concept(subject: str) -> str | None:
    """The page of a concept by its name, or by another word for it; None where there is none.

    Case, spaces and underscores do not matter.

    >>> find_concept("Receptive Field") == find_concept("field of view")
    True
    """
    name = _plain(subject)
    return _text(_names().get(name, name))


def concept_with(word: str) -> str | None:
    """The page of the only concept that has this word in one of its names; else None.

    >>> concept_with("atrous") == find_concept("dilation"), concept_with("convolution")
    (True, None)
    """
    found = {page for words, page in _names().items() if _plain(word) in words.split("-")}
    return _text(found.pop()) if len(found) == 1 else None


def title_of(name: str) -> str:
    """The title of a concept's page.

    >>> title_of("macs")
    'Multiply-accumulates'
    """
    return (_text(name) or "").partition("\n")[0].removeprefix("# ")


@cache
def _names() -> dict[str, str]:
    """Concepts by all their words."""
    found: dict[str, str] = {}
    for name in concept_names():
        text = _text(name) or ""
        also = _ALSO.search(text)
        words = also[1].split(", ") if also else []
        found |= {_plain(word): name for word in (title_of(name), *words)}
    return found | {name: name for name in concept_names()}


@cache
def _text(name: str) -> str | None:
    if name not in concept_names():
        return None
    return (_FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _plain(word: str) -> str:
    return re.sub(r"[\s_-]+", "-", word.strip().lower())
