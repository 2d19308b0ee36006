"""Entries added to mappings, in every way that a mapping can be written."""

from __future__ import annotations

import pytest

from convcalc.document import Mapping, to_plain
from convcalc.document.reader import read_document
from convcalc.features.check.adding import add_entries
from convcalc.features.check.patching import applied_edits
from tests.each import each

CASES = [
    pytest.param("a: 1\n", "a: 1\nb: 2\nc: 3\n", id="block"),
    pytest.param("a: 1", "a: 1\nb: 2\nc: 3", id="no line break at the end"),
    pytest.param("a: 1  # one\n", "a: 1  # one\nb: 2\nc: 3\n", id="a comment on the last line"),
    pytest.param("a: 1\n# end\n", "a: 1\nb: 2\nc: 3\n# end\n", id="a comment below"),
    pytest.param("a: 1\n\n\n", "a: 1\nb: 2\nc: 3\n\n\n", id="blank lines below"),
    pytest.param("a:\n  x: [1,\n  2]\n", "a:\n  x: [1,\n  2]\nb: 2\nc: 3\n", id="a long value"),
    pytest.param("a:\n", "a:\nb: 2\nc: 3\n", id="no value"),
    pytest.param("a: |\n  text\n\n", "a: |\n  text\nb: 2\nc: 3\n\n", id="a block of text"),
    pytest.param("{a: 1}\n", "{a: 1, b: 2, c: 3}\n", id="braces"),
    pytest.param("{}\n", "{b: 2, c: 3}\n", id="empty braces"),
    pytest.param("{a: 1,}\n", "{a: 1, b: 2, c: 3,}\n", id="a comma at the end"),
    pytest.param("{a: 1 }\n", "{a: 1, b: 2, c: 3 }\n", id="space before the brace"),
    pytest.param("{a: {x: 1}}\n", "{a: {x: 1}, b: 2, c: 3}\n", id="braces in braces"),
    pytest.param("{\n  a: 1\n}\n", "{\n  a: 1,\n  b: 2,\n  c: 3\n}\n", id="a line each"),
    pytest.param("{\n  a: 1,\n}\n", "{\n  a: 1,\n  b: 2,\n  c: 3,\n}\n", id="and a comma"),
    pytest.param(
        "{\n  a: 1  # one\n}\n", "{\n  a: 1,  # one\n  b: 2,\n  c: 3\n}\n", id="and a comment"
    ),
    pytest.param(
        "{\n  a: 1,  # one\n}\n",
        "{\n  a: 1,  # one\n  b: 2,\n  c: 3,\n}\n",
        id="and both",
    ),
    pytest.param("{\n  a: 1}\n", "{\n  a: 1, b: 2, c: 3}\n", id="the brace on the last line"),
    pytest.param(
        "{\n  a: 1}  # one\n", "{\n  a: 1, b: 2, c: 3}  # one\n", id="and a comment behind it"
    ),
    pytest.param("{x: 0,\n a: 1}\n", "{x: 0,\n a: 1, b: 2, c: 3}\n", id="on two lines"),
    pytest.param("{x: 0, a: 1\n}\n", "{x: 0, a: 1, b: 2, c: 3\n}\n", id="the brace by itself"),
    pytest.param("a: 'it''s'\n", "a: 'it''s'\nb: 2\nc: 3\n", id="quotes"),
]


@each("newline", ["\n", "\r\n", "\r"])
@each(("before", "after"), CASES)
def test_entries_are_added(before: str, after: str, newline: str) -> None:
    if "\n" in before:
        before, after = before.replace("\n", newline), after.replace("\n", newline)
    root = read_document(before.encode()).root
    assert isinstance(root, Mapping)
    new = applied_edits(before, add_entries(root, before, ["b: 2", "c: 3"]))
    assert new == after
    known, now = to_plain(root), to_plain(read_document(new.encode()).root)
    assert isinstance(known, dict)
    assert now == known | {"b": 2, "c": 3}


def test_lines_of_an_entry_count_from_the_mapping() -> None:
    text = "- k: 1\n  m: 2\n- x\n"
    root = read_document(text.encode()).root
    assert not isinstance(root, Mapping)
    item = root.items[0]  # type: ignore[union-attr]
    assert isinstance(item, Mapping)
    new = applied_edits(text, add_entries(item, text, ["expect:\n  a: 1\n  b: 2"]))
    assert new == "- k: 1\n  m: 2\n  expect:\n    a: 1\n    b: 2\n- x\n"


def test_nothing_to_add() -> None:
    root = read_document(b"a: 1").root
    assert isinstance(root, Mapping)
    assert add_entries(root, "a: 1", []) == []
