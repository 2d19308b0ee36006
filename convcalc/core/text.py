"""Words and numbers as they are shown: nothing from a file reaches a terminal unchecked."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
_PREFIXES = "MGTPE"
# The signs of the guide.
_ASCII = {
    ord("⌊"): "floor(",
    ord("⌋"): ")",
    ord("⌈"): "ceil(",
    ord("⌉"): ")",
    ord("·"): "*",
    ord("−"): "-",
    ord("→"): "->",
    ord("←"): "<-",
    ord("≥"): ">=",
    ord("≤"): "<=",
    ord("′"): "'",
    ord("…"): "...",
    ord("ᵀ"): "^T",
    ord("✓"): "ok",
    ord("✗"): "FAIL",
    ord("–"): "-",
}


def visible(text: str) -> str:
    """`text` as one line that does nothing to its reader: `printable`, and no command in a log.

    GitHub's runner takes a line that begins with `::` for a command, and `##[` anywhere in one;
    Azure Pipelines and TeamCity look for `##vso[` and `##teamcity[`. Source: actions/runner,
    src/Runner.Common/ActionCommand.cs.

    >>> visible("stem"), visible("::error::x"), visible("stem ##[add-mask]a")
    ('stem', '\\\\x3a:error::x', 'stem #\\\\x23[add-mask]a')
    """
    # Nearly every text: tables ask this of each cell.
    if text.isprintable() and "##" not in text and "::" not in text:
        return text
    text = inline(text)
    if text.lstrip(" ").startswith("::"):
        text = text.replace(":", "\\x3a", 1)
    return text


def inline(text: str) -> str:
    """`text` as `printable` shows it, and without commands that may stand anywhere in a line.

    >>> inline("::error::x"), inline("stem ##[add-mask]a")
    ('::error::x', 'stem #\\\\x23[add-mask]a')
    """
    text = printable(text)
    if "##" in text:
        for at in reversed(command_places(text)):
            text = f"{text[:at]}\\x23{text[at + 1 :]}"
    return text


def printable(text: str) -> str:
    """`text` with every character that is no plain letter, sign or space as an escape.

    Control characters, line breaks, bidirectional overrides, invisible and unassigned
    characters can hide text, forge lines and drive terminals.

    >>> printable("stem"), printable("a\\x1b[31mb\\n\\u202e")
    ('stem', 'a\\\\x1b[31mb\\\\n\\\\u202e')
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def command_places(text: str) -> list[int]:
    """Where the second `#` of a command such as `##[error]` stands.

    >>> command_places("a ##[error]x ## [b] ##vso[task"), command_places("## c")
    ([3, 21], [])
    """
    # Rare, and the quick answers start without it.
    import re

    return [match.end() - 1 for match in re.finditer("##(?=[A-Za-z]*\\[)", text)]


def ascii_only(text: str) -> str:
    """`text` without the guide's signs, for outputs that cannot show them.

    >>> ascii_only("⌊(224 + 2·3 − 7)/2⌋ + 1")
    'floor((224 + 2*3 - 7)/2) + 1'
    """
    return text if text.isascii() else text.translate(_ASCII)


def cells(text: str) -> int:
    """Cells that `text` takes on a terminal: wide characters two, combining ones none.

    >>> cells("conv"), cells("卷积"), cells("e\\u0301")
    (4, 4, 1)
    """
    if text.isascii():
        return len(text)
    # Rare, and the quick answers start without it.
    from unicodedata import combining, east_asian_width

    wide = sum(east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(map(bool, map(combining, text)))


def padded(text: str, width: int, is_right: bool = False) -> str:
    """`text` with spaces behind it, or before it, so that it takes `width` cells.

    >>> padded("卷积", 6) + "|", padded("9", 3, is_right=True)
    ('卷积  |', '  9')
    """
    if text.isascii():
        return text.rjust(width) if is_right else text.ljust(width)
    space = " " * (width - cells(text))
    return space + text if is_right else text + space


def count(number: int) -> str:
    """An exact count with thousands separated.

    >>> count(1814073344)
    '1,814,073,344'
    """
    return f"{number:,}"


def in_short(number: int) -> str:
    """An exact count, from a million on with its size beside it.

    >>> in_short(61_706), in_short(11_689_512), in_short(1_814_073_344)
    ('61,706', '11,689,512 (11.69 M)', '1,814,073,344 (1.81 G)')
    """
    return f"{number:,}" if number < 1_000_000 else f"{number:,} ({rounded(number)})"


def rounded(number: int) -> str:
    """A count with its size alone, from a million on.

    >>> rounded(61_706), rounded(11_689_512), rounded(1_814_073_344)
    ('61,706', '11.69 M', '1.81 G')
    """
    if number < 1_000_000:
        return f"{number:,}"
    power = min((len(str(number)) - 1) // 3, len(_PREFIXES) + 1)
    return f"{_scaled(number, 1000**power)} {_PREFIXES[power - 2]}"


def size(byte_count: int) -> str:
    """Bytes for reading, in binary units with two decimals; exact below 1 KiB.

    >>> size(512), size(53219008), size(3 * 2**60)
    ('512 B', '50.75 MiB', '3.00 EiB')
    """
    if byte_count < 1024:
        return f"{byte_count} B"
    power = min((byte_count.bit_length() - 1) // 10, len(_UNITS))
    return f"{_scaled(byte_count, 1 << (10 * power))} {_UNITS[power - 1]}"


def _scaled(number: int, unit: int) -> str:
    # In integers: a float would overflow where a plan does not.
    hundredths = (number * 100 + unit // 2) // unit
    return f"{hundredths // 100:,}.{hundredths % 100:02d}"


def in_words(number: int, noun: str) -> str:
    """A number with its noun, in singular or plural.

    >>> in_words(1, "layer"), in_words(62, "layer")
    ('1 layer', '62 layers')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def are(number: int) -> str:
    """The verb behind so many.

    >>> are(0), are(1), are(2)
    ('are', 'is', 'are')
    """
    return "is" if number == 1 else "are"


def listed(words: Iterable[str], last: str = "or") -> str:
    """Words as a part of a sentence.

    >>> listed(["table", "plain", "csv"]), listed(["text", "json"], "and")
    ('table, plain or csv', 'text and json')
    """
    *before, final = words
    return f"{', '.join(before)} {last} {final}" if before else final


def first_few(words: Sequence[str], between: str = " and ", most: int = 6) -> str:
    """Words in a row; of many the first ones, and how many more there are.

    >>> first_few(["1x8x8", "1x9x9"]), first_few(["a"] * 9, ", ", 2)
    ('1x8x8 and 1x9x9', 'a, a and 7 more')
    """
    shown, left = between.join(words[:most]), len(words) - most
    return f"{shown} and {left:,} more" if left > 0 else shown


# A longer word is nobody's typo, and comparing takes the square of its length.
_MOST_COMPARED = 100
# Of more words those that begin most alike: to compare with 80,000 takes a second each time.
_MOST_WORDS = 500
_MOST_LISTED = 12


def closest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """The known word that `name` is spelled most like; "" where none is near.

    `cutoff` is twice the letters that two words share, in order, over all their letters.

    >>> closest("stirde", ["stride", "padding"]), closest("x", ["stride"])
    ('stride', '')
    """
    # Needed for mistakes alone.
    from bisect import bisect
    from difflib import get_close_matches

    words = sorted(known)
    if len(words) > _MOST_WORDS:
        at = bisect(words, name)
        words = words[max(0, at - _MOST_WORDS // 2) : at + _MOST_WORDS // 2]
    found = get_close_matches(name[:_MOST_COMPARED], words, n=1, cutoff=cutoff)
    return found[0] if found else ""


def nearest(name: str, known: Iterable[str]) -> str:
    """A repair that proposes the closest known word, or lists some where none is near.

    >>> nearest("stirde", ["stride", "padding"]), nearest("x", ["stride", "padding"])
    ('did you mean `stride`?', 'known here: padding, stride')
    """
    names = sorted(known)
    if close := closest(name, names):
        return f"did you mean `{close}`?"
    more = ", ..." if len(names) > _MOST_LISTED else ""
    return f"known here: {', '.join(names[:_MOST_LISTED])}{more}" if names else ""


def encodable(text: str) -> str:
    """`text` without lone surrogates (the bytes of a name that is no UTF-8), which end parsers.

    >>> encodable("stem"), encodable("caf\\udce9.net.yaml")
    ('stem', 'caf\\\\udce9.net.yaml')
    """
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
