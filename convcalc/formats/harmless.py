"""Words from files in reports for machines: every parser reads them, and no CI system acts on them.

`convcalc.text.visible` is the sanitizer of text for people; this is what JSON and excerpts need.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from convcalc.text import command_places


def inert_pieces(pieces: list[str]) -> list[str]:
    """The characters of a line, each as it is shown, without a command that stands inside of it.

    >>> "".join(inert_pieces(list("relu  # ##[error]x")))
    'relu  # #\\\\x23[error]x'
    """
    line = "".join(pieces)
    if "##" not in line:
        return pieces
    # A piece may be longer than its character, but never holds a `#` then.
    seconds = set(command_places(line))
    shown, at = [], 0
    for piece in pieces:
        shown.append(r"\x23" if at in seconds else piece)
        at += len(piece)
    return shown


def encodable(text: str) -> str:
    """`text` without lone surrogates (the bytes of a name that is no UTF-8), which end parsers.

    >>> encodable("stem"), encodable("caf\\udce9.net.yaml")
    ('stem', 'caf\\\\udce9.net.yaml')
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def inert_json(text: str) -> str:
    """JSON text that says the same and holds no command of a CI system.

    >>> inert_json('{"message": "##[error]x"}')
    '{"message": "#\\\\u0023[error]x"}'
    """
    # Outside of strings JSON has no such sign.
    return text.replace("##", "#\\u0023")


def json_list(items: Iterable[Any]) -> str:
    """A JSON list with one item a line, in ASCII; ten times as fast as indenting every value.

    >>> print(json_list([{"a": 1}, {"a": 2}]))
    [
    {"a": 1},
    {"a": 2}
    ]
    """
    lines = ",\n".join(json.dumps(item, allow_nan=False) for item in items)
    return inert_json(f"[\n{lines}\n]" if lines else "[]")
