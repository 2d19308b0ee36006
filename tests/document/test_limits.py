"""The limits of the front door, at their edges, and the time that hostile files take."""

from __future__ import annotations

import pytest

from convcalc.core.errors import Place, StackError
from convcalc.document import to_plain
from convcalc.document.builder import MAX_DEPTH, MAX_NODES
from convcalc.document.characters import MAX_BYTES
from convcalc.document.events import EventSource, libyaml_events
from convcalc.document.reader import read_document
from tests.ending import ending
from tests.scaling.growing import calls


def _slugs(data: bytes, events: EventSource | None = None) -> list[str]:
    try:
        read_document(data, events=events)
    except StackError as error:
        return [problem.slug for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        pytest.param(b"[", b"]", id="lists in brackets"),
        pytest.param(b"{a: ", b"}", id="mappings in braces"),
        pytest.param(b"- ", b"", id="lists on one line"),
    ],
)
def test_depth(opening: bytes, closing: bytes, events: EventSource) -> None:
    assert _slugs(opening * MAX_DEPTH + b"1" + closing * MAX_DEPTH, events) == []
    deeper = MAX_DEPTH + 1
    assert _slugs(opening * deeper + b"1" + closing * deeper, events) == ["nesting-too-deep"]


def test_reading_stops_at_the_depth_limit(events: EventSource) -> None:
    def read(brackets: int) -> int:
        with pytest.raises(StackError) as caught:
            read_document(b"[" * brackets, "f", events=events)
        told.append(str(caught.value))
        return 0

    told: list[str] = []
    read(100)
    _, few = calls(lambda: read(100))
    _, many = calls(lambda: read(30_000))
    assert told[-1] == (
        "f:1:65: error CC910 nesting-too-deep: lists and mappings are nested more than 64 deep\n"
        "  reading stopped here\n"
        "  help: no network needs more than about ten levels; look for brackets that never close"
    )
    # A call for each bracket, of whoever shows the line.
    assert many < few + 2 * 30_000


@pytest.mark.parametrize(
    ("line", "column"),
    [
        pytest.param("layers: " + "[" * 1_001, 72, id="brackets behind a key"),
        pytest.param("layers: " + "[1, " * 3 + "{" * 2_000, 81, id="braces inside of lists"),
        pytest.param("layers: " + '["[", ' * 1_001, 387, id="brackets in quotes do not count"),
        pytest.param("layers: " + "[[], " * 3 + "[" * 1_001, 84, id="closed lists do not count"),
    ],
)
def test_depth_is_counted_where_the_parser_gives_up(
    line: str, column: int, events: EventSource
) -> None:
    with pytest.raises(StackError) as caught:
        read_document(f"convcalc: 1\n{line}".encode(), "f", events=events)
    problem = caught.value.problems[-1]
    assert (problem.code, problem.slug) == ("CC910", "nesting-too-deep")
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (2, column)


@pytest.mark.thorough
def test_nodes() -> None:
    # The list is a node too.
    assert _slugs(b"- a\n" * (MAX_NODES - 1)) == []
    with pytest.raises(StackError) as caught:
        read_document(b"- a\n" * (MAX_NODES + 10), "f")
    assert str(caught.value) == (
        "f:200000:3: error CC911 too-many-nodes: the file has more than 200,000 nodes\n"
        "  every key, value, list and mapping is a node; reading stopped here\n"
        "  help: write repeated layers with `repeat`, `each` and `blocks`"
    )


@pytest.mark.parametrize(
    ("text", "is_too_large"),
    [
        pytest.param(b"- a\n- *b\n- a\n", False, id="as many as may be"),
        pytest.param(b"- a\n- *b\n- a\n- a\n", True, id="one more"),
        pytest.param(b"- a\n- a\n- a\n- *b\n", True, id="the alias one more"),
        pytest.param(b"- a\n- a\n- *b\n- *b\n- a\n", True, id="several"),
    ],
)
def test_an_alias_is_a_node(
    text: bytes, is_too_large: bool, monkeypatch: pytest.MonkeyPatch, events: EventSource
) -> None:
    monkeypatch.setattr("convcalc.document.builder.MAX_NODES", 4)
    assert ("too-many-nodes" in _slugs(text, events)) == is_too_large


@pytest.mark.thorough
def test_keys_are_nodes() -> None:
    pairs = (MAX_NODES - 1) // 2
    assert _slugs(b"".join(b"k%d: 1\n" % i for i in range(pairs))) == []
    assert _slugs(b"".join(b"k%d: 1\n" % i for i in range(pairs + 1))) == ["too-many-nodes"]


def test_bytes() -> None:
    comment = b"a: 1 #" + b"x" * (MAX_BYTES - 6)
    assert to_plain(read_document(comment).root) == {"a": 1}
    # Larger, and not UTF-8 either: the size is looked at first.
    with pytest.raises(StackError) as caught:
        read_document(comment + b"\xff", "f")
    assert str(caught.value) == (
        "f: error CC903 file-too-large: the file has more than 4,000,000 bytes\n"
        "  no more than that is read\n"
        "  help: split the network, or write repeated layers with `repeat`, `each` and `blocks`"
    )


def test_far_places_are_right() -> None:
    with pytest.raises(StackError) as caught:
        read_document(b"- ab\r\n" * 50_000 + b"- 010\r\n- \xc3\xa9 \x07", "f")
    assert [problem.place for problem in caught.value.problems] == [
        Place(50_001, 3, 3),
        Place(50_002, 5, 1),
    ]


def _report(data: bytes) -> str:
    try:
        read_document(data)
    except StackError as error:
        return str(error)
    return ""


HALF = MAX_BYTES // 2
HOSTILE = [
    pytest.param(b"[" * MAX_BYTES, id="brackets"),
    pytest.param(b"- " * HALF, id="dashes"),
    pytest.param(b"? " * HALF, id="question marks"),
    pytest.param(b"[" + b"a," * (HALF - 1), id="flow sequence"),
    pytest.param(b"-\n" * HALF, id="empty items"),
    pytest.param(b"a: " + b"x\n  " * (MAX_BYTES // 4 - 1), id="word over a million lines"),
    pytest.param(b'"' + b"\\n" * (HALF - 1) + b'"', id="escapes"),
    pytest.param(b'"' + b"\\e" * (HALF - 1) + b'"', id="forbidden escapes"),
    pytest.param(b"#\n" * HALF, id="comments"),
    pytest.param(b"a\n...\n" + b"#\n" * (HALF - 3), id="comments behind the end"),
    pytest.param(b"\r" * MAX_BYTES, id="line breaks"),
    pytest.param(b"".join(b"%%TAG !%d! x\n" % i for i in range(230_000)), id="tag directives"),
    pytest.param(b"- *a\n" * (MAX_BYTES // 5), id="aliases"),
    pytest.param(b"a: 1\n" * (MAX_BYTES // 5), id="duplicate keys"),
    pytest.param(b"1" * MAX_BYTES, id="digits"),
    pytest.param(b"0x" + b"1" * (MAX_BYTES - 2), id="hexadecimal digits"),
    pytest.param(b"1_" * HALF, id="underscores"),
    pytest.param(b"a: \0" * (MAX_BYTES // 4), id="NUL"),
    pytest.param("é\0".encode() * (MAX_BYTES // 3), id="NUL among other letters"),
    pytest.param(b"a\n" * (HALF - 1) + b"\xff", id="undecodable at the very end"),
    pytest.param(b"[" + b"=((((((((((((," * (MAX_BYTES // 14), id="open expressions"),
    pytest.param(b"{a: " + b" " * (MAX_BYTES - 5) + b"}", id="blanks in place of a value"),
]


@pytest.mark.thorough
@pytest.mark.skipif(libyaml_events is None, reason="PyYAML without libyaml")
@pytest.mark.parametrize("data", HOSTILE)
def test_hostile_files_come_to_an_end(data: bytes) -> None:
    assert len(data) <= MAX_BYTES
    # A step of quadratic cost would take minutes.
    with ending():
        report = _report(data)
    assert len(report) < 100_000
