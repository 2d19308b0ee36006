"""Hangs YAML events into a tree without recursion, refusing what a network file may not use."""

from __future__ import annotations

from convcalc.document import refusals
from convcalc.document.characters import has_control, refuse_escapes
from convcalc.document.events import NodeEvent, ScalarEvent, SpanEvent, openings
from convcalc.document.findings import Findings
from convcalc.document.scalars import ScalarError, resolve
from convcalc.document.tree import Mapping, Node, Scalar, ScalarValue, Sequence

MAX_DEPTH = 64
MAX_NODES = 200_000

# A key that was refused: its value is read for its own problems, then dropped.
_DROPPED = Scalar("", "", True, 1, 1, 0, 0)
# No word of a file can be this very object.
_UNKNOWN: ScalarValue = str(b"unknown", "ascii")


# More than how far a parser looks ahead for the colon of a key.
_AHEAD = 2_000
# How far a missing value is looked for, so that a file of blanks takes no time.
_MAX_BLANKS = 200


class UnreadableError(Exception):
    """Nothing after this point can be read; the problem is recorded."""


class Builder:
    """The tree under construction; `top` is the innermost open collection.

    `key` is the key that awaits its value in `top`; `outer` holds both for the collections around.
    """

    def __init__(self, text: str, findings: Findings) -> None:
        self.text = text
        self.findings = findings
        self.root: Node | None = None
        self.top: Sequence | Mapping | None = None
        self.key: Scalar | None = None
        self.outer: list[tuple[Sequence | Mapping | None, Scalar | None]] = []
        # Where the node before ended: libyaml ends a block collection only at the next token.
        self.last_end = 0
        self.room = MAX_NODES
        # A few words make up most of a file, so each is looked at once: as a value, as a key.
        self.meanings: dict[str, ScalarValue] = {}
        self.words: set[str] = set()
        self.has_returns = "\r" in text

    def scalar(self, event: ScalarEvent) -> None:
        """Hang in a scalar, as a key or a value. Raises UnreadableError past the node limit."""
        mark = event.start_mark
        start = mark.index
        end = event.end_mark.index
        text = self.text[start:end]
        style = event.style
        value: ScalarValue = event.value
        is_key = self.key is None and type(self.top) is Mapping
        self._admit(event)
        if style:
            if style == '"':
                if "\\" in text and has_control(event.value):
                    refuse_escapes(text, start, self.findings)
            elif style in "|>":
                # The parsers disagree about the blank lines behind a block text.
                text = text.rstrip(" \t\r\n")
                end = start + len(text)
        elif not is_key:
            value = self.meanings.get(event.value, _UNKNOWN)
            if value is _UNKNOWN:
                value = self._meaning(event.value, start, end)
        line, column = mark.line + 1, mark.column + 1
        if not text:
            start, line, column = self._behind_blanks(start, line, column)
            end = start
        node = Scalar(value, text, bool(style), line, column, start, end)
        self.last_end = end
        if is_key:
            self._take_key(node)
        else:
            self._hang(node)

    def open(self, event: NodeEvent, make: type[Sequence] | type[Mapping]) -> None:
        """Begin a collection. Raises UnreadableError past the depth limit or the node limit."""
        self._admit(event)
        mark = event.start_mark
        if len(self.outer) >= MAX_DEPTH:
            refusals.refuse_depth(mark.index, MAX_DEPTH, self.findings)
            raise UnreadableError
        node = make(mark.line + 1, mark.column + 1, mark.index)
        if self.key is None and isinstance(self.top, Mapping):
            refusals.refuse_collection_key(node, self.findings)
            self.outer.append((self.top, _DROPPED))
        else:
            self._hang(node)
            self.outer.append((self.top, None))
        self.top = node
        self.key = None

    def close(self, event: SpanEvent) -> None:
        """End the innermost collection."""
        node = self.top
        assert node is not None
        if self.text[node.start] in "[{":
            self.last_end = event.end_mark.index
        self.top, self.key = self.outer.pop()
        node.end = self.last_end
        node.one_line = self.text.find("\n", node.start, node.end) < 0 and not (
            self.has_returns and self.text.find("\r", node.start, node.end) >= 0
        )

    def alias(self, event: SpanEvent) -> None:
        """Refuse an alias, and hang in null to go on with."""
        start = event.start_mark.index
        self._take_room(start)
        self.last_end = end = event.end_mark.index
        word = self.text[start:end]
        refusals.refuse_alias(start, word, self.findings)
        if self.key is None and isinstance(self.top, Mapping):
            self.key = _DROPPED
        else:
            # The file is refused: nobody asks for the place of what stands here.
            self._hang(Scalar(None, word, False, 1, 1, start, end))

    def open_bracket(self) -> int | None:
        """The offset of the innermost `[` or `{` that is open; None outside of brackets."""
        around = self.outer[-1][0] if self.outer else None
        # `[a: 1]` has a mapping without braces of its own.
        for node in (self.top, around):
            if node is not None and self.text[node.start] in "[{":
                return node.start
        return None

    def refuse_openings(self, at: int) -> bool:
        """Refuse the openings that a parser read before it gave up at `at`, if they are too many.

        A parser looks up to 1,024 characters ahead of its events for the colon of a key, and may
        give up there: libyaml 0.2.6 stops at 1,000 levels by itself.
        """
        start = self.last_end
        if self.top is not None:
            start = max(start, self.top.start + (self.text[self.top.start] in "[{"))
        for depth, opening in enumerate(openings(self.text[start : min(at, start + _AHEAD)])):
            if len(self.outer) + depth >= MAX_DEPTH:
                refusals.refuse_depth(start + opening, MAX_DEPTH, self.findings)
                return True
        return False

    def _admit(self, event: NodeEvent) -> None:
        if event.anchor is not None or event.tag is not None:
            refusals.refuse_properties(event, self.text, self.findings)
        self._take_room(event.start_mark.index)

    def _take_room(self, start: int) -> None:
        """Count the node at `start`. Raises UnreadableError where it is one too many."""
        if not self.room:
            refusals.refuse_count(start, MAX_NODES, self.findings)
            raise UnreadableError
        self.room -= 1

    def _behind_blanks(self, start: int, line: int, column: int) -> tuple[int, int, int]:
        """Where a missing value belongs: behind its colon or dash, whatever the parser says."""
        at = start
        while at > max(0, start - _MAX_BLANKS) and self.text[at - 1] in " \t\r\n":
            at -= 1
        if at == start < len(self.text):
            return start, line, column
        # At the end of a file, libyaml counts a line break that is not there.
        place = self.findings.place(at)
        return at, place.line, place.column

    def _hang(self, node: Node) -> None:
        top = self.top
        if top is None:
            self.root = node
        elif type(top) is Sequence:
            top.items.append(node)
        elif type(top) is Mapping:
            key = self.key
            self.key = None
            if key is not None and key is not _DROPPED:
                top.entries[str(key.value)] = node
                if ":" in key.text and not key.quoted and type(node) is Scalar and not node.text:
                    refusals.refuse_tight_pair(key, self.findings)

    def _take_key(self, node: Scalar) -> None:
        top = self.top
        assert type(top) is Mapping
        name = str(node.value)
        first = top.keys.get(name)
        self.key = _DROPPED
        if not node.quoted and name not in self.words and not self._is_word(name):
            refusals.refuse_key(node, self.findings)
        elif "\n" in name or "\t" in name:
            refusals.refuse_broken_key(node, self.findings)
        elif first is not None:
            around = self.outer[-1][0] if self.outer else None
            is_layer = isinstance(around, Mapping) and around.entries.get("layers") is top
            refusals.refuse_duplicate(node, first, self.findings, is_layer)
        else:
            top.keys[name] = node
            self.key = node

    def _is_word(self, name: str) -> bool:
        if name == "<<" or not refusals.is_word(name):
            return False
        self.words.add(name)
        return True

    def _meaning(self, word: str, start: int, end: int) -> ScalarValue:
        value: ScalarValue = word
        if word[:1] == "=":
            if word.count("(") > word.count(")") and self.open_bracket() is not None:
                refusals.refuse_cut_expression(start, end, self.findings)
                return word
        else:
            try:
                value = resolve(word)
            except ScalarError as error:
                refusals.refuse_scalar(error, start, word, self.findings)
                return word
        self.meanings[word] = value
        return value
