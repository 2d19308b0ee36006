"""Comments of a file that speak to the check: found where YAML has comments, with their lines."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from convcalc.core.errors import Place
from convcalc.document import Document, Mapping, Node, Scalar, Sequence
from convcalc.network.template import Template

# A comment of ours: its word, and what stands in brackets behind it.
_DIRECTIVE = re.compile(
    r"#[ \t]*convcalc:[ \t]*(?P<word>[A-Za-z][\w-]*)[ \t]*"
    r"(?P<list>\[(?P<names>[^\]\r\n]*)\]?)?",
)
_LINE_BREAK = re.compile(r"\r\n?|\n")

# First and last line, both included.
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Comment:
    """`# convcalc: WORD[NAMES] reason`, from `start` to the end of its line.

    `names` and `names_start` are what stands in the brackets and its offset; `closed` is False
    where there are none. `spans` are the lines that it speaks of, `above_all` is True before
    the file's first content.
    """

    word: str
    word_start: int
    names: str
    names_start: int
    closed: bool
    start: int
    end: int
    spans: tuple[Span, ...]
    above_all: bool


class Lines:
    """Where the lines of a text begin; offsets become places by bisection."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = [0, *(match.end() for match in _LINE_BREAK.finditer(text))]

    def number(self, at: int) -> int:
        """The line of the character at `at`, from 1."""
        return bisect_right(self.starts, at)

    def place(self, start: int, end: int) -> Place:
        """The place of the characters from `start` to `end` of one line."""
        line = self.number(start)
        return Place(line, start - self.starts[line - 1] + 1, max(1, end - start))

    def start_of(self, at: int) -> int:
        """Where the line of the character at `at` begins."""
        return self.starts[self.number(at) - 1]

    def end_of(self, at: int) -> int:
        """Where that line ends, before its break."""
        match = _LINE_BREAK.search(self.text, at)
        return match.start() if match else len(self.text)

    def after_break(self, end: int) -> int:
        """The start of the line after one that ends at `end`."""
        match = _LINE_BREAK.match(self.text, end)
        return match.end() if match else end

    def content(self) -> list[bool]:
        """For each line, whether it holds more than a comment."""
        bounds = [*self.starts, len(self.text)]
        lines = (self.text[a:b].strip() for a, b in pairwise(bounds))
        return [bool(line) and not line.startswith("#") for line in lines]


class Layers:
    """Lines that the layers of a file take; layers never overlap except on shared lines."""

    def __init__(self, template: Template, lines: Lines) -> None:
        lists = [template.layers, *(block.layers for block in template.blocks.values())]
        spans = {_span(layer.node, lines) for layers in lists for layer in layers}
        self._spans = sorted(spans)
        self._firsts = [first for first, _ in self._spans]
        self._lasts = [last for _, last in self._spans]

    def at(self, line: int) -> list[Span]:
        """The spans of all layers on this line."""
        first = bisect_left(self._lasts, line)
        end = bisect_right(self._firsts, line)
        return self._spans[first:end]

    def beginning_at(self, line: int) -> list[Span]:
        """The spans of all layers that begin on this line."""
        return self._spans[bisect_left(self._firsts, line) : bisect_right(self._firsts, line)]


def has_comments(text: str) -> bool:
    """True where `text` may hold comments for us; quick, for all the files that hold none."""
    return "convcalc:" in text and _DIRECTIVE.search(text) is not None


def read_comments(document: Document, lines: Lines, layers: Layers) -> Iterator[Comment]:
    """Every comment that begins with `convcalc:`, in file order."""
    text = document.text
    strings = _Strings(document.root)
    content = lines.content()
    following = _following_content(content)
    first_content = content.index(True) if True in content else len(content)
    for match in _DIRECTIVE.finditer(text):
        start = match.start()
        before = text[start - 1 : start]
        if before not in ("", " ", "\t", "\n", "\r") or strings.hold(start):
            continue
        line = lines.number(start)
        spans = layers.at(line)
        if not spans:
            # Beside other content it speaks of its line; alone, of what follows.
            target = following[line - 1]
            spans = layers.beginning_at(target) or [(target, target)]
        names = match["names"] or ""
        yield Comment(
            match["word"],
            match.start("word"),
            names,
            match.start("names") if match["list"] else match.end("word"),
            bool(match["list"]) and match["list"].endswith("]"),
            start,
            lines.end_of(start),
            tuple(spans),
            line - 1 < first_content,
        )


def _following_content(content: list[bool]) -> list[int]:
    """For each line, the next one with content, itself included, counted from 1."""
    following = []
    nearest = len(content)
    for number, has_content in reversed([*enumerate(content, 1)]):
        if has_content:
            nearest = number
        following.append(nearest)
    return following[::-1]


class _Strings:
    """Offsets that scalars take: a `#` inside of one is no comment."""

    def __init__(self, root: Node) -> None:
        spans = sorted((s.start, s.end) for s in _scalars(root) if "#" in s.text)
        self._starts = [start for start, _ in spans]
        self._ends = [end for _, end in spans]

    def hold(self, at: int) -> bool:
        number = bisect_right(self._starts, at) - 1
        return number >= 0 and at < self._ends[number]


def _scalars(root: Node) -> Iterator[Scalar]:
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Scalar):
            yield node
        elif isinstance(node, Sequence):
            pending += node.items
        else:
            yield from node.keys.values()
            pending += node.entries.values()


def _span(node: Node, lines: Lines) -> Span:
    """The lines of a layer, up to the one of its last word or bracket."""
    end = node.end
    if isinstance(node, Mapping) and not lines.text.startswith("{", node.start):
        # The parser ends such a mapping where the next word begins, behind comments between.
        end = max(_content_end(lines.text, child) for child in _leaves(node))
    first = node.line
    return first, max(first, lines.number(max(node.start, end - 1)))


def _leaves(node: Node) -> Iterator[Node]:
    """Scalars and bracketed values inside of a node, not those inside of brackets."""
    pending: list[Node] = [node]
    while pending:
        inner = pending.pop()
        if isinstance(inner, Mapping):
            yield from inner.keys.values()
            pending += inner.entries.values()
        elif isinstance(inner, Sequence):
            pending += inner.items
        if isinstance(inner, Scalar) or inner is not node:
            yield inner


def _content_end(text: str, node: Node) -> int:
    """Where a node ends that ends with a word or bracket of its own; else where it starts."""
    if isinstance(node, Scalar) or text.startswith(("{", "["), node.start):
        return node.start + len(text[node.start : node.end].rstrip())
    return node.start
