"""Syntax errors of either YAML parser as one plain sentence, a reason and a repair."""

from __future__ import annotations

import re
from collections.abc import Callable

from yaml.error import MarkedYAMLError

from convcalc.document import word_faults
from convcalc.document.faults import Explanation, Fault, closes_nothing, directive, record
from convcalc.document.findings import Findings
from convcalc.document.scalars import shorten

# What the structure around a fault explains: sentences of libyaml and of PyYAML's own parser.
_BY_STRUCTURE = re.compile(
    r"expected (?:the )?'?(?:<document start>|node content|'-' indicator|key|',' or|<block end>)"
)
_WORD_COLON = re.compile(r"([^\s:#]+):(\S.*)")
_WORD_END = re.compile(r"[^\s,\[\]{}]+[ \t]*\Z")
# What closes what a bracket opens.
_CLOSING = {"[": "]", "{": "}"}


def refuse(error: MarkedYAMLError, text: str, bracket: int | None, findings: Findings) -> None:
    """Record the syntax error `error`; `bracket` is the offset of the innermost open bracket."""
    at = offset(error, text)
    since = int(error.context_mark.index) if error.context_mark else at
    fault = Fault(text, error.problem or "", error.context or "", at, min(since, at), bracket)
    record(explain(fault), findings)


def offset(error: MarkedYAMLError, text: str) -> int:
    """Where in `text` the parser stopped."""
    mark = error.problem_mark or error.context_mark
    return min(int(mark.index), len(text)) if mark else len(text)


def explain(fault: Fault) -> Explanation:
    """The explanation of `fault`: the first that fits, from particular to general."""
    if "directive" in fault.context:
        start = fault.at - len(fault.before(fault.at))
        return directive(fault.line(start), start)
    if "tag" in fault.context or "tag handle" in fault.problem:
        return word_faults.tag(fault)
    if fault.character == "\t":
        return word_faults.tab_indentation(fault)
    for needle, explanation in _BY_PROBLEM:
        if needle in fault.problem:
            return explanation(fault)
    if not _BY_STRUCTURE.search(fault.problem):
        return _quoted(fault)
    if fault.character == ":" and not _WORD_END.search(fault.before(fault.at)):
        return _no_key(fault)
    if fault.character == "," and "node content" in fault.problem and fault.bracket is None:
        return word_faults.strange_start(fault)
    if fault.at_end and fault.bracket is None:
        return _file_ends(fault)
    if fault.bracket is not None:
        return _brackets(fault, fault.bracket)
    if fault.character and fault.character in "]}":
        return closes_nothing(fault.character, fault.at)
    if fault.before(fault.at).strip():
        return _trailing(fault)
    return _indentation(fault)


def _quoted(fault: Fault) -> Explanation:
    """What a parser says that is not known here, in its own words: a guess could be wrong."""
    said = ": ".join(part for part in (fault.context, fault.problem) if part)
    return Explanation(
        f"the YAML parser stops here: {shorten(said, 200)}",
        "what stands above this point was read without a fault",
        "compare this line with the examples of `convcalc init`",
        fault.at,
    )


def _no_colon(fault: Fault) -> Explanation:
    line = fault.line(fault.since)
    if line[:1] in ("[", "{"):
        is_closed = _is_closed(fault.text[fault.since : fault.at])
        is_value = fault.text[: fault.since].rstrip().endswith(":")
        if is_value and (is_closed or not fault.at_end):
            return _at_the_margin(fault, line)
        if not is_closed:
            return _brackets(fault, fault.since)
    pair = _WORD_COLON.match(line)
    if pair:
        return _tight_pair(fault, pair[1], pair[2], fault.since + pair.end())
    # A line that is not shown whole cannot be copied.
    is_whole = shorten(line, 30) == line
    ending = f"write `{line}: VALUE`" if is_whole else "put `: VALUE` at its end"
    return Explanation(
        f"`{shorten(line)}` is not `key: value`",
        "it stands among lines of that form; a key has at most 1,024 characters",
        f"{ending}, or begin the line with `- ` for a list item",
        fault.since,
        len(line),
    )


def _is_closed(text: str) -> bool:
    """True where the bracket that `text` begins with is closed in it."""
    return sum(text.count(sign) for sign in "[{") <= sum(text.count(sign) for sign in "]}")


def _at_the_margin(fault: Fault, line: str) -> Explanation:
    return Explanation(
        f"`{shorten(line)}` is not indented below its key",
        "what belongs to a key stands behind it, or below it and further to the right",
        "put two spaces before it, or write it behind its key",
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
    closing = _CLOSING[opening]
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
    start = fault.at
    if character == ":" and (word := _WORD_END.search(fault.before(fault.at))):
        start -= len(word[0])
    found = re.split(r"[,\]}]", fault.line(start), maxsplit=1)[0] or character
    return Explanation(
        f"`,` or `{closing}` is missing before `{shorten(found)}`",
        f"the {where} is still open",
        f"write `{closing}` where the {where} ends, or `,` between two items",
        start,
        len(found),
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
    item = re.fullmatch(r"\s*- ([\w-]+: .*)", fault.before(fault.at))
    help = "delete it, or put the whole value in one pair of quotes"
    if item and line.startswith(","):
        # `- conv: {...}, name: a`: one key outside of the braces, and no braces around both.
        help = f"put braces around the whole item, as in `- {{{item[1]}{line}}}`"
    return Explanation(
        f"`{shorten(line)}` stands behind a value that is complete",
        "a value ends with its closing quote or bracket",
        help,
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
    ("cannot start any token", word_faults.strange_start),
    ("could not find expected ':'", _no_colon),
    ("mapping values are not allowed", _second_colon),
    ("sequence entries are not allowed", _list_item),
    ("mapping keys are not allowed", _complex_key),
    ("alphabetic or numeric", word_faults.nameless_anchor),
    ("end of stream", word_faults.open_quote),
    ("document indicator", word_faults.open_quote),
    ("document separator", word_faults.open_quote),
    ("escape", word_faults.bad_escape),
    ("hexadecimal numbers", word_faults.bad_escape),
    ("hexdecimal number", word_faults.bad_escape),
    ("indentation indicator", word_faults.block_text),
    ("comment or line break", word_faults.block_text),
    ("a comment or a line break", word_faults.block_text),
    ("unexpected ':'", _tight_colon),
)
