"""Syntax errors within one word or quoted text, explained."""

from __future__ import annotations

import re

from convcalc.document.characters import ESCAPE
from convcalc.document.faults import Explanation, Fault
from convcalc.document.scalars import shorten

_SURROGATE = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}")
_BAD_ESCAPE = re.compile(r"\\(?:x\w{0,2}|u\w{0,4}|U\w{0,8}|.?)")


def tab_indentation(fault: Fault) -> Explanation:
    """A tab where spaces indent."""
    return Explanation(
        "a tab is used for indentation",
        "YAML indents with spaces only: a tab has no fixed width",
        "put spaces in place of the tab",
        fault.at,
    )


def tag(fault: Fault) -> Explanation:
    """A tag that the parser itself refuses."""
    start = fault.text.rfind("!", 0, fault.at + 1)
    start = fault.at if start < 0 else start
    word = re.split(r"[\s,\[\]{}]", fault.text[start : start + 200], maxsplit=1)[0]
    return Explanation(
        f"`{shorten(word)}` is a tag",
        "tags are not used: every value's type follows from how it is written",
        "delete the tag, or put the text in quotes",
        start,
        len(word),
        "tag",
    )


def strange_start(fault: Fault) -> Explanation:
    """A word that begins with a reserved character."""
    rest = re.split(r"[\s,\[\]{}]", fault.line(fault.at + 1), maxsplit=1)[0]
    # The colon of a key stays outside of its quotes.
    word = fault.character + rest.removesuffix(":")
    sign = "a backtick" if fault.character == "`" else f"`{fault.character}`"
    return Explanation(
        f"a word cannot begin with {sign}",
        "YAML reserves this character",
        f'put it in quotes: "{shorten(word)}"',
        fault.at,
        len(word),
    )


def nameless_anchor(fault: Fault) -> Explanation:
    """An anchor or an alias without a name."""
    sign = fault.text[fault.since : fault.since + 1]
    kind = "an alias" if "alias" in fault.context else "an anchor"
    return Explanation(
        f"`{sign}` begins {kind} without a name",
        "anchors and aliases are not used",
        "put the text in quotes",
        fault.since,
        slug="anchor-or-alias",
    )


def open_quote(fault: Fault) -> Explanation:
    """A quote without its partner."""
    line = fault.line(fault.since)
    return Explanation(
        f"the quote `{line[:1]}` is never closed",
        "a quoted text runs to the next quote of its kind, over line breaks too",
        f"write `{line[:1]}` at the end of the text",
        fault.since,
        len(line),
    )


def bad_escape(fault: Fault) -> Explanation:
    """An escape that no character belongs to."""
    for found in ESCAPE.finditer(fault.text, fault.since, fault.at + 10):
        if _SURROGATE.fullmatch(found[0]):
            return Explanation(
                f"the escape `{found[0]}` makes half of a character",
                "surrogates are no characters, not even in pairs",
                "write the character itself",
                found.start(),
                len(found[0]),
                "control-character",
            )
    start = max(fault.text.rfind("\\", fault.since, fault.at + 1), fault.since)
    raw = _BAD_ESCAPE.match(fault.text, start)
    escape = raw[0] if raw else fault.character
    return Explanation(
        f"the escape `{escape}` means nothing",
        "within double quotes a backslash begins an escape such as `\\n` or `\\u00e9`",
        "write `\\\\` for a backslash, or use single quotes",
        start,
        len(escape),
    )


def block_text(fault: Fault) -> Explanation:
    """A `|` or `>` with something else behind it."""
    sign = fault.text[fault.since : fault.since + 1]
    return Explanation(
        f"`{sign}` begins a text of several lines, but more stands behind it",
        f"behind `{sign}` come `+`, `-`, an indentation from 1 to 9, and the end of the line",
        f"begin the text on the next line, or put a text that begins with `{sign}` in quotes",
        fault.since,
        len(fault.line(fault.since)),
    )
