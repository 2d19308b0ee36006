"""Words from files in reports for machines: parsers read them, and no CI system acts on them.

`convcalc.core.text.visible` is the sanitizer of text for people; this is what JSON
and excerpts need.
"""

from __future__ import annotations

from convcalc.core.text import command_places


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
