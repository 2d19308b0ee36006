"""Syntax errors of either YAML parser as one plain sentence, a reason and a repair."""

from __future__ import annotations

import re
from collections.abc import Callable

from yaml.error import MarkedYAMLError

from convcalc.document.characters import ESCAPE
from convcalc.document.faults import Explanation, Fault, closes_nothing, directive, record
from convcalc.document.findings import Findings
from convcalc.document.scalars import shorten

_WORD_COLON = re.compile(r"([^\s:#]+):(\S.*)")


_SURROGATE = re.compile(r"\\(?:u|U0000)[dD][89a-fA-F][0-9a-fA-F]{2}")
_BAD_ESCAPE = re.compile(r"\\(?:x\w{0,2}|u\w{0,4}|U\w{0,8}|.?)")


def refuse(error: MarkedYAMLError, text: str, bracket: int | None, findings: Findings) -> None:
    """Record the syntax error `error`; `bracket` is the offset of the innermost open bracket."""
    mark = error.problem_mark or error.context_mark
    at = min(int(mark.index), len(text)) if mark else len(text)
    since = int(error.context_mark.index) if error.context_mark else at
    fault = Fault(text, error.problem or "", error.context or "", at, min(since, at), bracket)
    record(explain(fault), findings)


def explain(fault: Fault) -> Explanation:
    """The explanation of `fault`: the first that fits, from particular to general."""
    if "directive" in fault.context:
        start = fault.at - len(fault.before(fault.at))
        return directive(fault.line(start), start)
    if "tag" in fault.context or "tag handle" in fault.problem:
        return _tag(fault)
    if fault.character == "\t" or "tab character" in fault.problem:
        return _tab(fault)
    for needle, explanation in _BY_PROBLEM:
        if needle in fault.problem:
            return explanation(fault)
    if fault.character == ":":
        return _no_key(fault)
    if fault.at_end and fault.bracket is None:
        return _file_ends(fault)
    if fault.bracket is not None:
        return _brackets(fault, fault.bracket)
    if fault.character and fault.character in "]}":
        return closes_nothing(fault.character, fault.at)
    if fault.before(fault.at).strip():
        return _trailing(fault)
    return _indentation(fault)


def _tab(fault: Fault) -> Explanation:
    tab = fault.text.find("\t", fault.at - len(fault.before(fault.at)))
    return Explanation(
        "a tab is used for indentation",
        "YAML indents with spaces only: a tab has no fixed width",
        "put spaces in place of the tab",
        fault.at if tab < 0 else tab,
    )


def _tag(fault: Fault) -> Explanation:
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


def _strange_start(fault: Fault) -> Explanation:
    word = re.split(r"[\s,\[\]{}]", fault.line(fault.at), maxsplit=1)[0]
    sign = "a backtick" if fault.character == "`" else f"`{fault.character}`"
    return Explanation(
        f"a word cannot begin with {sign}",
        "YAML reserves this character",
        f'put it in quotes: "{shorten(word)}"',
        fault.at,
        len(word),
    )


def _no_colon(fault: Fault) -> Explanation:
    line = fault.line(fault.since)
    if line[:1] in ("[", "{") and fault.at_end:
        return _brackets(fault, fault.since)
    pair = _WORD_COLON.match(line)
    if pair:
        return _tight_pair(fault, pair[1], pair[2], fault.since + pair.end())
    return Explanation(
        f"`{shorten(line)}` is not `key: value`",
        "it stands among lines of that form; a key has at most 1,024 characters",
        f"write `{shorten(line, 30)}: VALUE`, or begin the line with `- ` for a list item",
        fault.since,
        len(line),
    )


def _second_colon(fault: Fault) -> Explanation:
    before = fault.before(fault.at)
    if re.search(r":\s", before):
        return Explanation(
            "a second `: ` stands on this line",
            "one line holds one key; what follows its colon is the value",
            "put the value in quotes, or write a mapping in braces: `{key: value}`",
            fault.at,
        )
    start = fault.at - len(before.lstrip())
    above = fault.text[: fault.at - len(before)].rstrip()
    pair = _WORD_COLON.match(fault.before(len(above)).lstrip("- "))
    if pair:
        return _tight_pair(fault, pair[1], pair[2], len(above))
    return Explanation(
        f"`{shorten(before.lstrip())}:` cannot be a key here",
        "the line above already has a value, or this line is indented differently from its keys",
        "indent it exactly like the keys it belongs to",
        start,
        fault.at + 1 - start,
    )


def _tight_pair(fault: Fault, key: str, value: str, end: int) -> Explanation:
    start = end - len(key) - len(value) - 1
    return Explanation(
        f"`{shorten(fault.text[start:end])}` is one word, not a key and its value",
        "a colon separates only when a space follows it",
        f'write "{shorten(f"{key}: {value}")}" with a space',
        start,
        end - start,
    )


def _list_item(fault: Fault) -> Explanation:
    return Explanation(
        "a list item `- ` cannot begin here",
        "the items of a list stand on lines of their own, below the key",
        "begin a new line before the `-`, or write the list in brackets: `[a, b]`",
        fault.at,
    )


def _complex_key(fault: Fault) -> Explanation:
    return Explanation(
        "a key `? ` cannot begin here",
        "keys are plain words on lines of their own",
        "write `key: value`",
        fault.at,
    )


def _anchor(fault: Fault) -> Explanation:
    sign = fault.text[fault.since : fault.since + 1]
    kind = "an alias" if "alias" in fault.context else "an anchor"
    return Explanation(
        f"`{sign}` begins {kind} without a name",
        "anchors and aliases are not used",
        "put the text in quotes",
        fault.since,
        slug="anchor-or-alias",
    )


def _open_quote(fault: Fault) -> Explanation:
    line = fault.line(fault.since)
    return Explanation(
        f"the quote `{line[:1]}` is never closed",
        "a quoted text runs to the next quote of its kind, over line breaks too",
        f"write `{line[:1]}` at the end of the text",
        fault.since,
        len(line),
    )


def _escape(fault: Fault) -> Explanation:
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


def _block_text(fault: Fault) -> Explanation:
    sign = fault.text[fault.since : fault.since + 1]
    return Explanation(
        f"`{sign}` begins a text of several lines, but more stands behind it",
        f"behind `{sign}` come `+`, `-`, an indentation from 1 to 9, and the end of the line",
        f"begin the text on the next line, or put a text that begins with `{sign}` in quotes",
        fault.since,
        len(fault.line(fault.since)),
    )


def _tight_colon(fault: Fault) -> Explanation:
    start = fault.since
    word = fault.text[start : fault.at + 1]
    return Explanation(
        f"`{shorten(word)}` needs a space after its colon",
        "a key ends with a colon and a space",
        f"write `{shorten(word)} ` with a space",
        start,
        len(word),
    )


def _brackets(fault: Fault, bracket: int) -> Explanation:
    opening = fault.text[bracket]
    closing = "]" if opening == "[" else "}"
    where = f"`{opening}` of line {fault.line_number(bracket)}"
    if fault.at_end:
        return Explanation(
            f"`{opening}` is never closed",
            f"the file ends before its `{closing}`",
            f"write `{closing}` where the {'list' if opening == '[' else 'mapping'} ends",
            bracket,
        )
    character = fault.character
    if character in "]}" and character != closing:
        return Explanation(
            f"`{character}` closes the {where}",
            f"what `{opening}` opens, `{closing}` closes",
            f"write `{closing}`",
            fault.at,
        )
    if character == ",":
        return Explanation(
            "nothing stands before this comma",
            f"in the {where} each comma follows an item",
            "delete the comma, or write the item",
            fault.at,
        )
    found = shorten(fault.line(fault.at), 20)
    return Explanation(
        f"`,` or `{closing}` is missing before `{found}`",
        f"the {where} is still open",
        f"write `{closing}` where the {where} ends, or `,` between two items",
        fault.at,
    )


def _no_key(fault: Fault) -> Explanation:
    return Explanation(
        "a key is missing before this colon",
        "every value of a mapping has a key",
        "write the key before the `:`",
        fault.at,
    )


def _file_ends(fault: Fault) -> Explanation:
    end = len(fault.text.rstrip())
    return Explanation(
        "the file ends where a value is expected",
        "what stands last needs something behind it",
        "write the value, or delete the last line",
        max(0, end - 1),
    )


def _trailing(fault: Fault) -> Explanation:
    line = fault.line(fault.at)
    return Explanation(
        f"`{shorten(line)}` stands behind a value that is complete",
        "a value ends with its closing quote or bracket",
        "delete it, or put the whole value in one pair of quotes",
        fault.at,
        len(line),
    )


def _indentation(fault: Fault) -> Explanation:
    line = fault.line(fault.at)
    kind = "list" if "'-'" in fault.problem or "collection" in fault.context else "mapping"
    return Explanation(
        f"`{shorten(line)}` does not fit the {kind} of line {fault.line_number(fault.since)}",
        "lines that belong together are indented by the same number of spaces",
        "indent it exactly like the lines it belongs to; list items begin with `- `",
        fault.at,
        len(line),
    )


_BY_PROBLEM: tuple[tuple[str, Callable[[Fault], Explanation]], ...] = (
    ("cannot start any token", _strange_start),
    ("could not find expected ':'", _no_colon),
    ("mapping values are not allowed", _second_colon),
    ("sequence entries are not allowed", _list_item),
    ("mapping keys are not allowed", _complex_key),
    ("alphabetic or numeric", _anchor),
    ("end of stream", _open_quote),
    ("document indicator", _open_quote),
    ("document separator", _open_quote),
    ("escape", _escape),
    ("hexadecimal numbers", _escape),
    ("hexdecimal number", _escape),
    ("indentation indicator", _block_text),
    ("comment or line break", _block_text),
    ("a comment or a line break", _block_text),
    ("unexpected ':'", _tight_colon),
)
