"""Words from files in Markdown that GitHub and GitLab render: nothing of them is markup.

Words in backticks become spans of code, in which nothing is interpreted. Everything else is
escaped; mentions, references to issues and bare links, which are found in the rendered text, are
broken by a zero-width space or an entity.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from convcalc.core.text import printable, visible

# What stands for the empty text: a span of code cannot.
_NOTHING = "(empty)"
_ZERO_WIDTH = "&#8203;"
# Parentheses mean nothing without brackets before them.
_SIGNS = re.compile(r"[\\`*_\[\]{}|~$!<>&@#]|:(?=[:/])|(?<=\b[wW]{3})\.")
_ENTITIES = {
    "<": "&lt;",
    ">": "&gt;",
    "&": "&amp;",
    "@": f"@{_ZERO_WIDTH}",
    "#": f"\\#{_ZERO_WIDTH}",
    ":": "&#58;",
    ".": "&#46;",
}
# What begins a list, underlines a heading or rules a line off, where it begins the line.
_BLOCK = re.compile(r"\s*(?:[0-9]{1,9}(?=[.)](?:\s|$))|(?=[-+](?:\s|$)|-+\s*$|=+\s*$))")
_SPAN = re.compile(r"`([^`]+)`")
_BARS = re.compile(r"(\\*)\|")


def prose(text: str) -> str:
    """A sentence as Markdown: words in backticks as code, the rest as it is.

    >>> prose("layer `a_b` *is* [x](http://y), ask @me in #12")
    'layer `a_b` \\\\*is\\\\* \\\\[x\\\\](http&#58;//y), ask @&#8203;me in \\\\#&#8203;12'
    >>> prose("1. a"), prose("- b"), prose("-"), prose("-3"), prose("3.5 GB")
    ('1\\\\. a', '\\\\- b', '\\\\-', '-3', '3.5 GB')
    """
    parts = _SPAN.split(printable(text))
    shown = "".join(_escaped(part) if at % 2 == 0 else code(part) for at, part in enumerate(parts))
    block = _BLOCK.match(shown)
    return f"{shown[: block.end()]}\\{shown[block.end() :]}" if block else shown


def _escaped(text: str) -> str:
    return _SIGNS.sub(lambda sign: _ENTITIES.get(sign[0], f"\\{sign[0]}"), text)


def code(text: str) -> str:
    """`text` as a span of code, whatever it holds.

    >>> code("stem"), code("a`b"), code("`"), code("")
    ('`stem`', '``a`b``', '`` ` ``', '(empty)')
    """
    text = visible(text)
    if not text.strip():
        return _NOTHING
    longest = max(map(len, re.findall(r"`+", text)), default=0)
    fence = "`" * (longest + 1)
    space = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{space}{text}{space}{fence}"


def table_code(text: str) -> str:
    """`code` inside of a table's cell, which an unescaped bar would end, also within code.

    >>> table_code("a|b")
    '`a\\\\|b`'
    """
    # An even number of backslashes, then the one that is the bar's.
    return _BARS.sub(r"\1\1\|", code(text))


def table_row(cells: Iterable[str]) -> str:
    """A line of a table; the cells are Markdown already.

    >>> table_row(["`stem`", "9,408"])
    '| `stem` | 9,408 |'
    """
    return f"| {' | '.join(cells)} |"
