"""Patterns of paths as Git reads them, from `.gitignore` files and from the configuration.

Paths and patterns are compared byte by byte, as Git does it: each byte is one character of the
strings here (`path_key`). No pattern takes more than polynomial time, whoever wrote it; that is
why no library does this: pathspec 1.1 takes 0.6 s for six `a*` and a `b` against eighty `a`, and
a minute for eight.

Source: gitignore(5), and `wildmatch.c` and `dir.c` of Git 2.47.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

# Files of patterns have their limits; what is beyond them is a finding of its own.
MAX_PATTERN_BYTES = 1 << 20
MAX_PATTERNS = 10_000
_SPECIAL = re.compile(r"[*?\[\\]")
_TO_BRACKET = re.compile(r":([^\]]*)\]")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": "!-/:-@\\[-`{-~",
    "space": " \\t\\n\\r\\f\\v",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}


class GlobPattern(NamedTuple):
    """One line of a `.gitignore`.

    `regex` matches paths below the folder of the file, or only their last part where the pattern
    has no slash. It is None for the pattern `literal`, in which no character is special.
    """

    regex: re.Pattern[str] | None
    is_negated: bool = False
    folders_only: bool = False
    whole_path: bool = False
    literal: str = ""

    def matches(self, path: str, name: str) -> bool:
        """True for the path, whose last part is `name`."""
        subject = path if self.whole_path else name
        if self.regex is None:
            return subject == self.literal
        return self.regex.fullmatch(subject) is not None


def path_key(path: str) -> str:
    """A path as its bytes, one character each, with `/` between its parts.

    >>> path_key("é") == "\\xc3\\xa9"
    True
    """
    if path.isascii():
        return path.replace(os.sep, "/")
    return os.fsencode(path).decode("latin-1")


def read_patterns(data: bytes) -> tuple[GlobPattern, ...]:
    """The patterns of a `.gitignore` file, in its order; one more than the limit at most.

    >>> patterns = read_patterns(b"*.yaml\\n!keep.yaml\\n")
    >>> verdict(patterns, "nets/a.yaml", False), verdict(patterns, "keep.yaml", False)
    (True, False)
    """
    text = data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    found = (_line(line) for line in text.split("\n"))
    patterns = (pattern for pattern in found if pattern is not None)
    return tuple(islice(patterns, MAX_PATTERNS + 1))


def parse_pattern(text: str) -> GlobPattern | None:
    """One pattern of the configuration; None where it is empty."""
    return _parse(path_key(text))


def verdict(patterns: Iterable[GlobPattern], path: str, is_folder: bool) -> bool | None:
    """True where the last pattern that matches excludes `path`, False where it includes it.

    None where none matches. `path` is a key (see `path_key`) below the patterns' folder.
    """
    name = path.rpartition("/")[2]
    answer = None
    for pattern in patterns:
        if pattern.folders_only and not is_folder:
            continue
        if pattern.matches(path, name):
            answer = not pattern.is_negated
    return answer


def patterns_of(globs: Sequence[str]) -> tuple[GlobPattern, ...]:
    """Patterns of the configuration; they are written as in a `.gitignore`."""
    found = (parse_pattern(glob) for glob in globs)
    return tuple(pattern for pattern in found if pattern is not None)


def matches(patterns: tuple[GlobPattern, ...], key: str, is_folder: bool = False) -> bool:
    """True where the patterns name the file (or folder), or a folder that it is in."""
    parts = key.split("/")
    folders = ("/".join(parts[:count]) for count in range(1, len(parts)))
    if any(verdict(patterns, folder, is_folder=True) for folder in folders):
        return True
    return bool(verdict(patterns, key, is_folder))


def _line(line: str) -> GlobPattern | None:
    line = line.removesuffix("\r")
    if line.startswith("#"):
        return None
    end = len(line)
    while end and line[end - 1] == " " and not _is_escaped(line, end - 1):
        end -= 1
    return _parse(line[:end])


def _is_escaped(line: str, at: int) -> bool:
    slashes = at - len(line[:at].rstrip("\\"))
    return slashes % 2 == 1


@lru_cache(maxsize=4096)
def _parse(text: str) -> GlobPattern | None:
    is_negated = text.startswith("!")
    text = text.removeprefix("!")
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    if not text:
        return None
    whole_path = "/" in text
    text = text.removeprefix("/")
    if not _SPECIAL.search(text):
        return GlobPattern(None, is_negated, folders_only, whole_path, text)
    segments = _segments(text)
    # What cannot be read matches nothing.
    source = _path_regex(segments, whole_path) if segments is not None else r"(?!)"
    return GlobPattern(re.compile(source, re.DOTALL), is_negated, folders_only, whole_path)


# A piece of a segment: the regular expression of one character, or None for `*`.
_Segment = list[str | None]


def _segments(text: str) -> list[_Segment] | None:
    """The pattern between its slashes; None where it cannot match anything."""
    segments: list[_Segment] = [[]]
    at = 0
    while at < len(text):
        char = text[at]
        at += 1
        if char == "/":
            segments.append([])
        elif char == "*":
            segments[-1].append(None)
        elif char == "?":
            segments[-1].append("[^/]")
        elif char == "[":
            found = _bracket(text, at)
            if found is None:
                return None
            piece, at = found
            segments[-1].append(piece)
        elif char == "\\":
            if at == len(text):
                return None
            segments[-1].append(re.escape(text[at]))
            # An escaped slash is a slash.
            if text[at] == "/":
                segments[-1].pop()
                segments.append([])
            at += 1
        else:
            segments[-1].append(re.escape(char))
    return segments


def _bracket(text: str, at: int) -> tuple[str, int] | None:
    """The class of characters that begins before `at`, and where it ends; None without an end."""
    is_negated = text.startswith(("!", "^"), at)
    at += is_negated
    members: list[str] = []
    low: str | None = None
    first = True
    while True:
        char = text[at : at + 1]
        if not char:
            return None
        at += 1
        if char == "]" and not first:
            break
        first = False
        if char == "[" and text.startswith(":", at):
            found = _TO_BRACKET.match(text, at)
            if found is None:
                return None
            if found[1].endswith(":"):
                name = found[1].removesuffix(":")
                if name not in _CLASSES:
                    return None
                members.append(_CLASSES[name])
                at, low = found.end(), None
                continue
        elif char == "-" and low is not None and text[at : at + 1] not in ("", "]"):
            high = text[at]
            at += 1
            if high == "\\":
                if at == len(text):
                    return None
                high = text[at]
                at += 1
            if low <= high:
                members.append(f"{re.escape(low)}-{re.escape(high)}")
            low = None
            continue
        elif char == "\\":
            if at == len(text):
                return None
            char = text[at]
            at += 1
        members.append(re.escape(char))
        low = char
    inside = "".join(members)
    if is_negated:
        return (f"[^/{inside}]", at)
    return (f"(?!/)[{inside}]", at) if inside else ("(?!)", at)


def _path_regex(segments: list[_Segment], whole_path: bool) -> str:
    """The whole pattern; `**` between slashes stands for any number of folders.

    Before another `**`, the earliest match is as good as any, so it is kept (an atomic group).
    """
    source, part = "", ""
    any_folders = False
    last = len(segments) - 1
    for number, segment in enumerate(segments):
        # Git takes three stars and more for two.
        if whole_path and len(segment) > 1 and not any(segment):
            if number == last:
                # `a/**` is everything inside of `a`.
                part += ".+"
            elif not any_folders or part:
                source += f"(?>(?:[^/]+/)*?{part})" if any_folders else part
                part, any_folders = "", True
        else:
            part += _segment_regex(segment) + ("/" if number < last else "")
    return source + (f"(?:[^/]+/)*?{part}" if any_folders else part)


def _segment_regex(segment: _Segment) -> str:
    """One part of a path. Before another `*`, the earliest match is as good as any."""
    pieces: list[str] = [""]
    for piece in segment:
        if piece is None:
            pieces.append("")
        else:
            pieces[-1] += piece
    head, *rest = pieces
    if not rest:
        return head
    *middle, tail = rest
    inside = "".join(f"(?>[^/]*?{piece})" for piece in middle if piece)
    return f"{head}{inside}[^/]*{tail}"
