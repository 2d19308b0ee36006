"""Texts with edits made, as bytes, and as differences; what no edit spans stays as it is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import unified_diff

from convcalc.core.errors import Edit
from convcalc.core.text import visible

_BYTE_ORDER_MARK = "\ufeff"
_BREAK = re.compile(r"\r\n?|\n")


def applied_edits(text: str, edits: Iterable[Edit]) -> str:
    """`text` with the edits made; line breaks in them become those of the text.

    >>> applied_edits("k: 3\\r\\n", [Edit(3, 4, "5"), Edit(4, 4, "\\np: 2")])
    'k: 5\\r\\np: 2\\r\\n'
    """
    newline = newline_of(text)
    parts: list[str] = []
    done = 0
    for edit in sorted(edits):
        parts += [text[done : edit.start], _BREAK.sub(newline, edit.text)]
        done = edit.end
    parts.append(text[done:])
    return "".join(parts)


def newline_of(text: str) -> str:
    """The line break that `text` uses, by its first line.

    >>> newline_of("a\\r\\nb\\n"), newline_of("a")
    ('\\r\\n', '\\n')
    """
    found = _BREAK.search(text)
    return found[0] if found else "\n"


def encoded(text: str, before: bytes) -> bytes:
    """The bytes of a fixed text, with a byte order mark where the file has one."""
    has_mark = before.startswith(_BYTE_ORDER_MARK.encode())
    return ((_BYTE_ORDER_MARK if has_mark else "") + text).encode("utf-8")


def is_text_of(text: str, data: bytes) -> bool:
    """Whether `text` is what the file `data` holds, no character replaced for showing it.

    >>> is_text_of("a", b"\\xef\\xbb\\xbfa"), is_text_of("\\ufffd", b"\\x1b")
    (True, False)
    """
    return encoded(text, data) == data


def diff(file: str, before: str, after: str) -> str:
    """The unified diff from `before` to `after`; "" where they are equal. `patch -p0` takes it.

    >>> print(diff("a.net.yaml", "k: 3\\np: 1\\n", "k: 3\\np: half\\n"), end="")
    --- a.net.yaml
    +++ a.net.yaml
    @@ -1,2 +1,2 @@
     k: 3
    -p: 1
    +p: half
    """
    name = visible(file)
    lines = unified_diff(_lines(before), _lines(after), name, name)
    return "".join(map(_shown, lines))


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    last = lines.pop()
    return [f"{line}\n" for line in lines] + ([last] if last else [])


def _shown(line: str) -> str:
    if not line.endswith("\n"):
        return f"{_without_returns(line)}\n\\ No newline at end of file\n"
    body, end = (line[:-2], "\r\n") if line.endswith("\r\n") else (line[:-1], "\n")
    return _without_returns(body) + end


def _without_returns(line: str) -> str:
    # A return in the middle of a line would let a terminal write over the line's beginning.
    return line.replace("\r", "\\r")
