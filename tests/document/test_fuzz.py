"""Whatever the bytes: a Document or a StackError, the same from both parsers."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.core.errors import Problem, StackError
from convcalc.document import Mapping, Node, Scalar, Sequence, to_plain
from convcalc.document.events import EventSource, libyaml_events, pure_events
from convcalc.document.reader import read_document

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(libyaml_events is None, reason="PyYAML without libyaml"),
]

NETWORK = b"""\
convcalc: 1
name: ResNet-18
input: [3, 224, 224]
blocks:
  basic:
    args: {c: ~, s: 1}
    layers:
      - conv: {out: =c, k: 3, s: =s, p: 1}
      - relu
      - {conv: {out: =c, k: 1}, from: in, if: =s>1 or cin!=c}
note: |
  two
  lines
"quoted \\u00e9": 'it''s' # comment
"""
# fmt: off
PIECES = st.sampled_from([
    "\n", "\n  ", "\n\t", " ", "\t", ":", ": ", "- ", "? ", "[", "]", "{", "}", ",", "'", '"', "\\",
    "|", ">", "&a", "*a", "!", "%", "#", " #", "---", "...", "a", "010", "\r", "\r\n", "é", "𝄞",
    "@", "~", "=", "=f(", "<<", "\0", "\ufeff", "\x85", "\u2028", "\x1b", "\\ud800", "\\x1b",
    '"\\e": ',
]).map(str.encode) | st.just(b"\xff")
# fmt: on
EDITS = st.lists(st.tuples(st.integers(0, len(NETWORK)), st.integers(0, 5), PIECES), max_size=4)


def _outcome(data: bytes, events: EventSource) -> Node | tuple[Problem, ...]:
    try:
        return read_document(data, "f", events=events).root
    except StackError as error:
        return error.problems


def _spans(node: Node) -> object:
    span = (node.place, node.start, node.end)
    if isinstance(node, Scalar):
        return (*span, node.value, node.text, node.quoted)
    if isinstance(node, Sequence):
        return (*span, [_spans(item) for item in node.items])
    return (*span, [(_spans(node.keys[key]), _spans(node.entries[key])) for key in node.entries])


def _check(data: bytes) -> None:
    assert libyaml_events is not None
    first, second = _outcome(data, libyaml_events), _outcome(data, pure_events)
    for outcome in (first, second):
        if isinstance(outcome, tuple):
            assert outcome
            assert all(problem.message and problem.help for problem in outcome)
            said = "".join(problem.message + problem.note + problem.help for problem in outcome)
            assert "Cc" not in map(unicodedata.category, said)
    if isinstance(first, tuple) or isinstance(second, tuple):
        # Beyond the first fault in the syntax, the parsers' words for it may differ.
        assert isinstance(first, tuple)
        assert isinstance(second, tuple)
    else:
        assert _spans(first) == _spans(second)
        _check_spans(first, data.decode().removeprefix("\ufeff"))


def _check_spans(root: Node, text: str) -> None:
    pending = [root]
    while pending:
        node = pending.pop()
        assert 0 <= node.start <= node.end <= len(text)
        if isinstance(node, Scalar):
            assert node.text == text[node.start : node.end]
        elif isinstance(node, Mapping):
            assert list(node.keys) == list(node.entries)
            pending += [*node.keys.values(), *node.entries.values()]
        else:
            pending += node.items
    to_plain(root)


@settings(max_examples=300)
@given(st.binary(max_size=60))
def test_arbitrary_bytes(data: bytes) -> None:
    _check(data)


@settings(max_examples=300)
@given(st.text(max_size=40))
def test_arbitrary_text(text: str) -> None:
    _check(text.encode("utf-8", "surrogatepass"))


@settings(max_examples=600)
@given(st.lists(PIECES, max_size=14).map(b"".join))
def test_pieces_of_yaml(data: bytes) -> None:
    _check(data)


@settings(max_examples=300)
@given(EDITS)
def test_edited_network(edits: list[tuple[int, int, bytes]]) -> None:
    data = NETWORK
    for start, deleted, inserted in edits:
        data = data[:start] + inserted + data[start + deleted :]
    _check(data)
