"""Bytes to text: the size limit, UTF-8, and the characters that a file may not hold."""

from __future__ import annotations

import re

from convcalc.core.errors import Place
from convcalc.document.findings import Findings

MAX_BYTES = 4_000_000
BYTE_ORDER_MARK = "\ufeff"

# C0 without tab and line breaks, DEL, C1 with U+0085, the separators that libyaml takes for line
# breaks and editors do not, bidirectional overrides and isolates, surrogates, and noncharacters
# that one parser accepts and the other does not.
_REFUSED = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff"
_REFUSED += "\ud800-\udfff\ufffe\uffff"
_CONTROL = re.compile(f"[{_REFUSED}]")
# What an escape such as "\r" may produce beyond the raw characters: not even a carriage return.
_ESCAPED_CONTROL = re.compile(f"[{_REFUSED}\r]")
_ASCII_CONTROLS = bytes([*range(9), 11, 12, *range(14, 32), 127])

_NAMES = {
    0x00: "NUL", 0x08: "backspace", 0x0B: "vertical tab", 0x0C: "form feed",
    0x0D: "carriage return", 0x1B: "escape", 0x7F: "delete", 0x85: "next line",
    0x2028: "line separator", 0x2029: "paragraph separator", 0xFEFF: "byte order mark",
}  # fmt: skip

_LIKE_A_BREAK = "YAML takes it for a line break, editors do not"
# The first that fits a refused character.
_SORTS = (
    ("[\u202a-\u202e\u2066-\u2069]", "bidirectional control", "",
     "it shows text in another order than the file holds it"),
    ("[\ud800-\udfff]", "surrogate", ", half of a character",
     "no text can be written with it"),
    ("[\ufffe\uffff]", "noncharacter", "", "it is no character, and YAML forbids it"),
    ("\ufeff", "character", "", "a byte order mark may only stand at the very start"),
    ("[\u2028\u2029]", "character", "", _LIKE_A_BREAK),
    ("\x85", "control character", "", _LIKE_A_BREAK),
    ("(?s).", "control character", "",
     "control characters can hide text and drive terminals"),
)  # fmt: skip

ESCAPE = re.compile(r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)
_SINGLE_ESCAPES = {"0": 0, "a": 7, "b": 8, "v": 11, "f": 12, "r": 13, "e": 27, "N": 0x85,
                   "L": 0x2028, "P": 0x2029}  # fmt: skip


def decode(data: bytes, findings: Findings) -> str | None:
    """The text of `data` without its byte order mark; None after recording why there is none."""
    if len(data) > MAX_BYTES:
        findings.add(
            "file-too-large",
            f"the file has more than {MAX_BYTES:,} bytes",
            None,
            note="no more than that is read",
            help="split the network, or write repeated layers with `repeat`, `each` and `blocks`",
        )
        return None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        _refuse_encoding(data, error.start, findings, cut="end of data" in error.reason)
        return None
    # ASCII in UTF-16 without a byte order mark is valid UTF-8: every other character is NUL.
    if data.count(0) * 3 > len(data) > 3:
        _refuse_encoding(data, data.index(0), findings)
        return None
    return text.removeprefix(BYTE_ORDER_MARK)


def _refuse_encoding(data: bytes, at: int, findings: Findings, *, cut: bool = False) -> None:
    before = data[:at]
    line_start = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
    line = 1 + len(re.findall(rb"\r\n?|\n", before))
    column = 1 + len(before[line_start:].decode("utf-8", "replace").removeprefix(BYTE_ORDER_MARK))
    byte = data[at]
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or data.count(0) * 4 > len(data)
    help = "save the file with the encoding UTF-8"
    if wide:
        note = "it looks like UTF-16 or UTF-32"
    elif 0 in data:
        note = "it is no text: it holds bytes 0, as archives and model files do"
        help = "give a network's file, or a model file; if it is one, fetch it anew: it is damaged"
    elif cut:
        note = "the file ends in the middle of a character"
    elif chr(byte).isprintable() and not 0x80 <= (data[at + 1] if at + 1 < len(data) else 0) < 0xC0:
        note = f"in Latin-1 this byte is `{chr(byte)}`"
    else:
        note = "files are read as UTF-8 and nothing else"
    findings.add(
        "not-utf8",
        f"the file is not UTF-8 text: byte 0x{byte:02X} at offset {at:,}",
        Place(line, column),
        note=note,
        help=help,
    )


def refuse_controls(data: bytes, text: str, findings: Findings) -> str:
    """`text` fit for a parser: each refused character recorded, and replaced by U+FFFD.

    `findings` then quotes from, and points into, that same text: it is fit for a terminal too.
    """
    findings.begin(text)
    if text.isascii():
        # Three times faster than a regular expression, and nearly every file is ASCII.
        if len(data.translate(None, _ASCII_CONTROLS)) == len(data):
            return text
    elif not _CONTROL.search(text):
        return text
    clean = _CONTROL.sub("\ufffd", text)
    findings.begin(clean)
    for match in _CONTROL.finditer(text):
        code = ord(match[0])
        findings.add(
            "control-character",
            f"the file holds {describe(code)}",
            findings.place(match.start()),
            note=_sort_of(code)[-1],
            help="put a plain line break in its place" if _is_break(code) else "delete it",
        )
    return clean


def refuse_escapes(raw: str, start: int, findings: Findings) -> None:
    """Record each escape of the double-quoted `raw` at offset `start` that makes a control."""
    for match in ESCAPE.finditer(raw):
        name = match[0][1]
        code = int(match[0][2:], 16) if len(match[0]) > 2 else _SINGLE_ESCAPES.get(name, 65)
        if code <= 0x10FFFF and _ESCAPED_CONTROL.match(chr(code)):
            at = start + match.start()
            findings.add(
                "control-character",
                f"the escape `{match[0]}` makes {describe(code)}",
                findings.place(at, at + len(match[0])),
                note=_sort_of(code)[-1],
                help="delete the escape",
            )


def has_control(value: str) -> bool:
    """Whether the value of a double-quoted scalar holds a refused character.

    >>> has_control("two\\nlines"), has_control("\\x1b[31m")
    (False, True)
    """
    return _ESCAPED_CONTROL.search(value) is not None


def describe(code: int) -> str:
    """The character `code` in words.

    >>> describe(0x1B), describe(0x202E)
    ('the control character U+001B (escape)', 'the bidirectional control U+202E')
    """
    name = f" ({_NAMES[code]})" if code in _NAMES else ""
    what, after, _ = _sort_of(code)
    return f"the {what} U+{code:04X}{name}{after}"


def _sort_of(code: int) -> tuple[str, str, str]:
    """(what it is, what is said of that, why it is refused) of a refused character."""
    return next(
        (what, after, why) for pattern, what, after, why in _SORTS if re.match(pattern, chr(code))
    )


def _is_break(code: int) -> bool:
    return code in (0x0B, 0x0C, 0x85, 0x2028, 0x2029)
