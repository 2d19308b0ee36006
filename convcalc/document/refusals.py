"""The sentences for what YAML allows and a network file does not: one function a refusal."""

from __future__ import annotations

import re

from convcalc.document.events import NodeEvent
from convcalc.document.findings import Findings
from convcalc.document.scalars import ScalarError, resolve, shorten
from convcalc.document.tree import Mapping, Scalar, Sequence

_BLOCKS_HELP = "write the layers once under `blocks` and use the block by its name"
_PROPERTY = re.compile(r"[^\s,\[\]{}]*")


def refuse_properties(event: NodeEvent, text: str, findings: Findings) -> None:
    """Record the anchor and the tag of a node."""
    start, end = event.start_mark.index, event.end_mark.index
    if event.anchor is not None:
        at, word = _property(text, "&", start, end)
        findings.add(
            "anchor-or-alias",
            f"`{shorten(word)}` is an anchor",
            findings.place(at, at + len(word)),
            note="anchors and aliases are not used; `&` begins an anchor",
            help=f"{_BLOCKS_HELP}, or put the text in quotes",
        )
    if event.tag is not None:
        at, word = _property(text, "!", start, end)
        findings.add(
            "tag",
            f"`{shorten(word)}` is a tag",
            findings.place(at, at + len(word)),
            note="tags are not used: every value's type follows from how it is written",
            help="delete the tag, or put the text in quotes",
        )


def _property(text: str, sign: str, start: int, end: int) -> tuple[int, str]:
    at = text.find(sign, start, end)
    at = start if at < 0 else at
    found = _PROPERTY.match(text, at)
    return at, found.group() if found else sign


def refuse_alias(start: int, word: str, findings: Findings) -> None:
    """Record the use of an alias."""
    findings.add(
        "anchor-or-alias",
        f"`{shorten(word)}` is an alias",
        findings.place(start, start + len(word)),
        note="anchors and aliases are not used; `*` begins an alias",
        help=f"{_BLOCKS_HELP}, or put the text in quotes",
    )


def refuse_count(start: int, limit: int, findings: Findings) -> None:
    """Record that the file has more nodes than `limit`; reading stops at offset `start`."""
    findings.add(
        "too-many-nodes",
        f"the file has more than {limit:,} nodes",
        findings.place(start),
        note="every key, value, list and mapping is a node; reading stopped here",
        help="write repeated layers with `repeat`, `each` and `blocks`",
    )


def refuse_depth(start: int, limit: int, findings: Findings) -> None:
    """Record that collections are nested deeper than `limit`; reading stops at offset `start`."""
    findings.add(
        "nesting-too-deep",
        f"lists and mappings are nested more than {limit} deep",
        findings.place(start),
        note="reading stopped here",
        help="no network needs more than about ten levels; look for brackets that never close",
    )


def refuse_scalar(error: ScalarError, start: int, word: str, findings: Findings) -> None:
    """Record a plain scalar without one safe meaning."""
    place = findings.place(start, start + len(word))
    findings.add(error.slug, error.message, place, note=error.note, help=error.help)


def refuse_cut_expression(start: int, end: int, findings: Findings) -> None:
    """Record an expression within brackets that a comma of its own has cut off."""
    text = findings.text
    depth = 0
    stop = end
    for at in range(start, min(len(text), start + 500)):
        depth += {"(": 1, ")": -1}.get(text[at], 0)
        if text[at] in "\r\n" or (text[at] == ")" and depth <= 0):
            stop = at + (text[at] == ")")
            break
    whole = " ".join(text[start:stop].split())
    findings.add(
        "bad-expression",
        f"`{shorten(text[start:end])}` ends before its parenthesis closes",
        findings.place(start, end),
        note="within `[` and `{` a comma ends the value, even inside parentheses",
        help=f'put the expression in quotes: `"{shorten(whole, 80)}"`',
    )


def refuse_tight_pair(key: Scalar, findings: Findings) -> None:
    """Record `{k:3}`, which YAML reads as one word without a value."""
    before, _, after = key.text.partition(":")
    findings.add(
        "yaml-syntax",
        f"`{shorten(key.text)}` is one word, not a key and its value",
        key.place,
        note="a colon separates only when a space follows it",
        help=f'write "{shorten(f"{before}: {after}".strip())}" with a space',
    )


def is_word(word: str) -> bool:
    """Whether the plain scalar `word` is a string, and so fit for a key.

    >>> is_word("conv"), is_word("3"), is_word("null")
    (True, False, False)
    """
    try:
        return isinstance(resolve(word), str)
    except ScalarError:
        return False


def refuse_key(key: Scalar, findings: Findings) -> None:
    """Record a plain key that is a merge key, is missing, or is no word."""
    word = shorten(key.text)
    if key.text == "<<":
        findings.add(
            "merge-key",
            "`<<` is a merge key",
            key.place,
            note="merge keys are not used: they hide where a value comes from",
            help="write the shared fields under `defaults`, or the shared layers under `blocks`",
        )
    elif not key.text:
        findings.add(
            "wrong-type",
            "a key is missing before this colon",
            key.place,
            note="every value of a mapping has a key",
            help="write the key before the `:`",
        )
    else:
        findings.add(
            "wrong-type",
            f"the key `{word}` is {_kind(str(key.value))}, not a word",
            key.place,
            note="keys are names; an unquoted number, boolean or null is none",
            help=f'put the key in quotes: `"{word}"`',
        )


def _kind(word: str) -> str:
    try:
        value = resolve(word)
    except ScalarError:
        return "a number"
    return "null" if value is None else "a boolean" if isinstance(value, bool) else "a number"


def refuse_collection_key(node: Sequence | Mapping, findings: Findings) -> None:
    """Record a list or mapping in the place of a key."""
    kind = "list" if isinstance(node, Sequence) else "mapping"
    findings.add(
        "wrong-type",
        f"a {kind} stands in the place of a key",
        findings.place(node.start),
        note="keys are names",
        help="write a word as the key, or put the text with its brackets in quotes",
    )


def refuse_broken_key(key: Scalar, findings: Findings) -> None:
    """Record a key whose text holds a line break or a tab."""
    findings.add(
        "control-character",
        "a key holds a line break or a tab",
        key.place,
        note="keys are names on one line",
        help="write the key as one plain word",
    )


def refuse_duplicate(
    key: Scalar, first: Scalar, findings: Findings, is_layer: bool = False
) -> None:
    """Record a key that its mapping has already; `is_layer` where a list of layers belongs."""
    name = str(key.value)
    word = shorten(name if name.isprintable() else key.text)
    findings.add(
        "duplicate-key",
        f"the key `{word}` is given twice, on lines {first.line} and {key.line}"
        if first.line != key.line
        else f"the key `{word}` is given twice on line {key.line}",
        key.place,
        note=f"first at column {first.column} of line {first.line}; many readers keep the last",
        help=f"layers are a list: begin each with a dash, `- {word}`"
        if is_layer
        else "keep one of the two",
    )
