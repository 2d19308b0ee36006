"""The tree: values, places, spans and texts, the same from both parsers."""

from __future__ import annotations

import gc

import pytest

from convcalc.core.errors import Place, StackError
from convcalc.document import Document, Mapping, Node, Scalar, Sequence, to_plain
from convcalc.document.events import EventSource
from convcalc.document.reader import read_document
from tests.each import each


def _at(document: Document, *path: str | int) -> Node:
    node = document.root
    for step in path:
        if isinstance(step, str):
            assert isinstance(node, Mapping)
            node = node.entries[step]
        else:
            assert isinstance(node, Sequence)
            node = node.items[step]
    return node


PLAIN = [
    pytest.param("a: 1\nb: [x, 'y', ~]\n", {"a": 1, "b": ["x", "y", None]}, id="mapping"),
    pytest.param("- a\n-\n- - b\n", ["a", None, ["b"]], id="nested lists"),
    pytest.param("{conv: {out: 64}}", {"conv": {"out": 64}}, id="flow mappings"),
    pytest.param("[a: 1, {b}]", [{"a": 1}, {"b": None}], id="pairs in a list"),
    pytest.param("yes: no\non: off\n", {"yes": "no", "on": "off"}, id="no YAML 1.1 booleans"),
    pytest.param("'1': \"2\"\n", {"1": "2"}, id="quotes make words"),
    pytest.param("'true': 'null'\n", {"true": "null"}, id="quoted boolean and null"),
    pytest.param("'<<': x\n", {"<<": "x"}, id="quoted merge key"),
    pytest.param("a:\n  b c\n  d\n", {"a": "b c d"}, id="word over two lines"),
    pytest.param("a: |\n  b\n  c\n\nd: e\n", {"a": "b\nc\n", "d": "e"}, id="block text"),
    pytest.param("a: >-\n  b\n  c\n", {"a": "b c"}, id="folded text"),
    pytest.param("? a\n: b\n", {"a": "b"}, id="explicit key"),
    pytest.param("---\na: 1\n...\n# end\n", {"a": 1}, id="document markers"),
    pytest.param("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}, id="Windows line breaks"),
    pytest.param("a: 1\rb: 2", {"a": 1, "b": 2}, id="old Macintosh line breaks"),
    pytest.param("a:\t1\t# c\n", {"a": 1}, id="tabs that do not indent"),
    pytest.param("a: b\tc\n", {"a": "b\tc"}, id="tab within a word"),
    pytest.param("a: b\n  \tc\n", {"a": "b c"}, id="a tab behind blanks on a second line"),
    pytest.param('a: "b\\n\\tc\\u00e9"\n', {"a": "b\n\tcé"}, id="harmless escapes"),
    pytest.param("if: =s>1 or cin!=c\n", {"if": "=s>1 or cin!=c"}, id="expression"),
    pytest.param("a: =max(b, 1)\n", {"a": "=max(b, 1)"}, id="expression outside of brackets"),
    pytest.param("a: [=(b), =c]\n", {"a": ["=(b)", "=c"]}, id="expressions within brackets"),
    pytest.param("a: x:y\n", {"a": "x:y"}, id="colon within a word"),
    pytest.param("relu\n", "relu", id="one word"),
    pytest.param("~\n", None, id="null written out"),
    pytest.param("''\n", "", id="empty quotes"),
    pytest.param("[]", [], id="empty list"),
    pytest.param("a: |\n  x\n  \ty\n", {"a": "x\n\ty\n"}, id="a tab behind the indentation"),
    pytest.param('a: b\n  "c" !d\n  \'e\n', {"a": 'b "c" !d \'e'}, id="signs on later lines"),
    pytest.param("é: [𝄞, ü]\n", {"é": ["𝄞", "ü"]}, id="letters beyond ASCII"),
]


@each(("text", "plain"), PLAIN)
def test_plain_data(text: str, plain: object, events: EventSource) -> None:
    root = read_document(text.encode(), events=events).root
    assert to_plain(root) == plain
    assert repr(to_plain(root)) == repr(plain)


SOURCE = """\
name: "é𝄞"
layers:
  - conv: {out: 64, k: 3}

  - add: [a,
      b]
  - relu
empty:
"""
PLACES = [
    pytest.param((), Place(1, 1, 1), SOURCE.rstrip("\n"), id="the whole, over several lines"),
    pytest.param(("name",), Place(1, 7, 4), '"é𝄞"', id="quoted word, in characters"),
    pytest.param(
        ("layers",),
        Place(3, 3, 1),
        SOURCE[SOURCE.index("- conv") : SOURCE.index("\nempty")],
        id="list over several lines",
    ),
    pytest.param(("layers", 0), Place(3, 5, 21), "conv: {out: 64, k: 3}", id="mapping on one line"),
    pytest.param(("layers", 0, "conv"), Place(3, 11, 15), "{out: 64, k: 3}", id="braces"),
    pytest.param(("layers", 0, "conv", "k"), Place(3, 24, 1), "3", id="number"),
    pytest.param(("layers", 1, "add"), Place(5, 10, 1), "[a,\n      b]", id="brackets over lines"),
    pytest.param(("layers", 1, "add", 1), Place(6, 7, 1), "b", id="item on the second line"),
    pytest.param(("layers", 2), Place(7, 5, 4), "relu", id="bare word"),
    pytest.param(("empty",), Place(8, 7, 1), "", id="missing value, behind its colon"),
]


@each("mark", [pytest.param("", id="plain"), pytest.param("\ufeff", id="marked")])
@each(("path", "place", "text"), PLACES)
def test_places(
    path: tuple[str | int, ...], place: Place, text: str, mark: str, events: EventSource
) -> None:
    document = read_document((mark + SOURCE).encode(), "n.yaml", events=events)
    node = _at(document, *path)
    assert document.file == "n.yaml"
    assert document.text == SOURCE
    assert node.place == place
    assert document.text[node.start : node.end] == text
    if isinstance(node, Scalar):
        assert node.text == text


def test_keys_have_places(events: EventSource) -> None:
    document = read_document(b"a: 1\n'b': {c: 2}\n", events=events)
    root = document.root
    assert isinstance(root, Mapping)
    assert root.keys["b"].place == Place(2, 1, 3)
    assert root.keys["b"].quoted
    assert list(root.keys) == list(root.entries) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "raw", "place"),
    [
        pytest.param("a: |\n  b\n\n\nc: 1\n", "|\n  b", Place(1, 4, 1), id="block text"),
        pytest.param("a: b\n  c\n", "b\n  c", Place(1, 4, 1), id="word over two lines"),
        pytest.param("a: 'b\r\n  c'\n", "'b\r\n  c'", Place(1, 4, 2), id="quotes over two lines"),
        pytest.param("a:   # c\n", "", Place(1, 3, 1), id="comment in place of a value"),
        pytest.param("a:", "", Place(1, 3, 1), id="no value at the end of the file"),
        pytest.param("{a:  }", "", Place(1, 4, 1), id="no value in braces"),
    ],
)
def test_texts_over_lines(text: str, raw: str, place: Place, events: EventSource) -> None:
    node = _at(read_document(text.encode(), events=events), "a")
    assert isinstance(node, Scalar)
    assert (node.text, node.place) == (raw, place)


@pytest.mark.parametrize("enabled", [pytest.param(True, id="on"), pytest.param(False, id="off")])
@pytest.mark.parametrize(
    "data", [pytest.param(b"a: 1", id="read"), pytest.param(b"[", id="refused")]
)
def test_garbage_collection_stays_as_it_was(data: bytes, enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        if data == b"[":
            with pytest.raises(StackError):
                read_document(data)
        else:
            read_document(data)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
