"""Events to tree, without recursion, collecting every problem on the way."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from yaml.error import MarkedYAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from convcalc.document import outside, syntax
from convcalc.document.builder import Builder, UnreadableError
from convcalc.document.characters import decode, refuse_controls
from convcalc.document.events import EventSource, NextEvent, default_events
from convcalc.document.findings import Findings, TooManyProblemsError
from convcalc.document.tree import Document, Mapping, Node, Scalar, Sequence


def read_document(data: bytes, file: str = "", *, events: EventSource | None = None) -> Document:
    """The tree of the file `data`, called `file` in every problem.

    Whatever the bytes, the answer is a Document or a StackError with all problems of the file (the
    first 100) in file order. `events` replaces the YAML parser: libyaml, where it is installed.

    >>> document = read_document(b"conv: {out: 64, k: 3}")
    >>> document.root
    Mapping(['conv'], line=1, column=1)
    >>> read_document(b"k: 010", "a.yaml")
    Traceback (most recent call last):
    convcalc.core.errors.StackError: a.yaml:1:4: error CC913 ambiguous-scalar: `010` is a number \
with a leading zero
      YAML 1.1 reads it as octal, 8; YAML 1.2 reads it as 10
      help: write `10`, or `"010"` for the word
    """
    findings = Findings(file)
    try:
        text = decode(data, findings)
        if text is None:
            raise findings.error()
        clean = refuse_controls(data, text, findings)
        root = _read(clean, events or default_events, findings)
    except TooManyProblemsError:
        raise findings.error(more=True) from None
    if findings.problems or root is None:
        raise findings.error()
    return Document(text, root, file)


def _read(text: str, events: EventSource, findings: Findings) -> Node | None:
    if outside.refuse_beginning(text, findings):
        return None
    builder = Builder(text, findings)
    try:
        with _no_garbage_collection():
            end = _run(events(text), builder, len(text))
    except MarkedYAMLError as error:
        if builder.refuse_openings(syntax.offset(error, text)):
            return None
        # A control character can break the syntax by itself; naming it is enough.
        if "control-character" not in {found.slug for found in findings.problems}:
            syntax.refuse(error, text, builder.open_bracket(), findings)
        return None
    except UnreadableError:
        return None
    root = builder.root
    if root is None or (isinstance(root, Scalar) and not root.text):
        if not findings.problems:
            outside.refuse_empty(text, findings)
        return None
    outside.refuse_rest(text, end, findings)
    return root


def _run(next_event: NextEvent, builder: Builder, length: int) -> int:
    """Feed one document's events to `builder`; the offset where the document ends."""
    while (event := next_event()) is not None:
        kind = type(event)
        if kind is ScalarEvent:
            builder.scalar(event)
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            builder.close(event)
        elif kind is MappingStartEvent:
            builder.open(event, Mapping)
        elif kind is SequenceStartEvent:
            builder.open(event, Sequence)
        elif kind is AliasEvent:
            builder.alias(event)
        elif kind is DocumentEndEvent:
            # The parser is never asked for more: what follows is refused unread.
            return int(event.end_mark.index)
    return length


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Keep the collector from scanning the growing tree, which takes a third of the time.

    The tree has no cycles, so there is nothing to find.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
