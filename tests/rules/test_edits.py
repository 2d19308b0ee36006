"""Edits of the text: what a file says after each, by hand."""

from __future__ import annotations

from typing import Any

import convcalc
from convcalc.core.errors import Edit
from convcalc.document import Mapping, Node, Sequence
from convcalc.document.reader import read_document
from convcalc.features.check.rules.edits import (
    add_entry,
    delete_declaration,
    delete_entry,
    delete_item,
    replace,
    set_field,
)
from tests.each import each


def inner(text: str) -> Node:
    """The value of the key `x`, or else the file's own, or the first of its list."""
    root = read_document(text.encode()).root
    if isinstance(root, Mapping) and "x" in root.entries:
        return root.entries["x"]
    if isinstance(root, Sequence) and text.startswith("- "):
        return root.items[0]
    assert root is not None
    return root


def edited(text: str, edit: Edit | None) -> str | None:
    return None if edit is None else text[: edit.start] + edit.text + text[edit.end :]


@each(("key", "text", "after"), [
    # A line goes whole.
    ("a", "a: 1\nb: 2\nc: 3\n", "b: 2\nc: 3\n"),
    ("b", "a: 1\nb: 2\nc: 3\n", "a: 1\nc: 3\n"),
    ("c", "a: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\n"),
    ("c", "a: 1\nb: 2\nc: 3", "a: 1\nb: 2\n"),
    ("a", "a: 1\n", ""),
    ("a", "a: 1\r\nb: 2\r\n", "b: 2\r\n"),
    ("a", "a:\nb: 2\n", "b: 2\n"),
    ("b", "a: 1\nb:", "a: 1\n"),
    ("a", "a:\n  - 1\n  - 2\nb: 2\n", "b: 2\n"),
    ("a", "a: {c: [1,\n  2]}\nb: 2\n", "b: 2\n"),
    # With its own comment, not with those around it.
    ("a", "# one\na: 1 # two\n# three\nb: 2\n", "# one\n# three\nb: 2\n"),
    ("b", "x:\n  a: 1\n  b: 2\n", "x:\n  a: 1\n"),
    ("a", "x:\n  a: 1\n  b: 2\n", "x:\n  b: 2\n"),
    # Beside the dash of a list the next key moves up.
    ("a", "- a: 1\n  b: 2\n  c: 3\n", "- b: 2\n  c: 3\n"),
    ("b", "- a: 1\n  b: 2\n  c: 3\n", "- a: 1\n  c: 3\n"),
    ("a", "-   a: 1 # one\n    b: 2\n", "-   b: 2\n"),
    ("a", "- a: 1\n- b\n", None),
    # In braces.
    ("a", "{a: 1, b: 2, c: 3, d: 4}\n", "{b: 2, c: 3, d: 4}\n"),
    ("b", "{a: 1, b: 2, c: 3, d: 4}\n", "{a: 1, c: 3, d: 4}\n"),
    ("c", "{a: 1, b: 2, c: 3, d: 4}\n", "{a: 1, b: 2, d: 4}\n"),
    ("d", "{a: 1, b: 2, c: 3, d: 4}\n", "{a: 1, b: 2, c: 3}\n"),
    ("b", "{a: 1, b: 2}\n", "{a: 1}\n"),
    ("a", "{a: 1}\n", "{}\n"),
    ("a", "{ a: [1, 2] }\n", "{  }\n"),
    ("b", "{a: [1, 2], b: {c: 3}}\n", "{a: [1, 2]}\n"),
    ("a", "{a: 1,\n b: 2}\n", "{b: 2}\n"),
    ("b", "{a: 1, # one\n b: 2}\n", "{a: 1, # one\n }\n"),
    ("b", "{a: 1 # one\n , b: 2}\n", "{a: 1 # one\n , }\n"),
    ("b", "{a: 1,\n b: 2}\n", "{a: 1}\n"),
    ("b", "{a: 1, b: }\n", None),
    ("a", "{a: }\n", None),
    ("a", "{a: , b: 1}\n", "{b: 1}\n"),
    # A key that stands behind the brace in the order of characters.
    ("b", "é: 1\nb: 2\n", "é: 1\n"),
    ("b", '{"a": 1, "b": "c"}\n', '{"a": 1}\n'),
    ("b", "x: {a: 1, b: 2} # one\n", "x: {a: 1} # one\n"),
])  # fmt: skip
def test_an_entry_goes(key: str, text: str, after: str | None) -> None:
    node = inner(text)
    assert isinstance(node, Mapping)
    assert edited(text, delete_entry(node, text, key)) == after


@each(("at", "text", "after"), [
    (0, "[1, 2, 3]\n", "[2, 3]\n"),
    (1, "[1, 2, 3]\n", "[1, 3]\n"),
    (2, "[1, 2, 3]\n", "[1, 2]\n"),
    (3, "[1, 2, 3, [4, 5], 6]\n", "[1, 2, 3, 6]\n"),
    (1, "[1, # one\n 2]\n", "[1, # one\n ]\n"),
    (0, "x:\n  - 1\n  - 2 # two\n  - 3\n", "x:\n  - 2 # two\n  - 3\n"),
    (1, "x:\n  - 1\n  - 2 # two\n  - 3\n", "x:\n  - 1\n  - 3\n"),
    (2, "x:\n- 1\n-   2\n- 3", "x:\n- 1\n-   2\n"),
    (1, "x:\n- 1\n-   2\n- 3", "x:\n- 1\n- 3"),
    (1, "x:\n- 1\n- a: 2\n  b: 3\n- 3\n", "x:\n- 1\n- 3\n"),
    # The only one, and one that shares its line with the list around it.
    (0, "x:\n- 1\n", None),
    (0, "[1]\n", None),
    (0, "- - 1\n  - 2\n", None),
    (1, "- - 1\n  - 2\n", "- - 1\n"),
    # The dash stands on a line of its own.
    (0, "x:\n-\n  1\n- 2\n", None),
])  # fmt: skip
def test_an_item_goes(at: int, text: str, after: str | None) -> None:
    node = inner(text)
    assert isinstance(node, Sequence)
    assert edited(text, delete_item(node, text, at)) == after


class Looked(list[Any]):
    """Items that say how many of them were asked for."""

    looks = 0

    def __getitem__(self, at: Any) -> Any:
        Looked.looks += len(range(len(self))[at]) if isinstance(at, slice) else 1
        return super().__getitem__(at)


@each(("before", "item", "after"), [("", "- a\n", ""), ("[", "a, ", "a]\n")])
def test_an_item_of_many_goes_without_a_look_at_the_others(
    before: str, item: str, after: str
) -> None:
    """Each of 100,000 layers without effect copied the list: `check` took 54 s of CPU."""
    text = before + item * 1000 + after
    node = read_document(text.encode()).root
    assert isinstance(node, Sequence)
    node.items = Looked(node.items)
    for at in (0, 500, len(node.items) - 1):
        Looked.looks = 0
        assert delete_item(node, text, at) is not None
        assert Looked.looks < 10


@each(("text", "after"), [
    ("x: {}\n", "x: {n: 0}\n"),
    ("x: {a: 1}\n", "x: {a: 1, n: 0}\n"),
    ("x: { a: 1 }\n", "x: { a: 1, n: 0 }\n"),
    ("x: {a: 1, b: [2]} # one\n", "x: {a: 1, b: [2], n: 0} # one\n"),
    # Nothing tells an entry without a value from its key.
    ("x: {a: 1, b: }\n", None),
    ("a: 1\n", "a: 1\nn: 0\n"),
    ("a: 1", "a: 1\nn: 0"),
    ("a: 1 # one\nb: 2 # two\n\n# three\n", "a: 1 # one\nb: 2 # two\nn: 0\n\n# three\n"),
    ("é: 1\n", "é: 1\nn: 0\n"),
    ("a: 1\r\nb: 2\r\n", "a: 1\r\nb: 2\nn: 0\r\n"),
    ("x:\n   a: 1\n   b: 2\nc: 3\n", "x:\n   a: 1\n   b: 2\n   n: 0\nc: 3\n"),
    ("- a: 1\n- b\n", "- a: 1\n  n: 0\n- b\n"),
    # Behind a value of several lines, or none, it could be a part of it: it comes first.
    ("a: 1\nb:\n  - 2\n", "a: 1\nb:\n  - 2\nn: 0\n"),
    ("a: 1\nb:\n  - 2\n  - 3\n", "n: 0\na: 1\nb:\n  - 2\n  - 3\n"),
    ("x:\n  a: 1\n  b:\nc: 3\n", "x:\n  n: 0\n  a: 1\n  b:\nc: 3\n"),
])  # fmt: skip
def test_an_entry_comes(text: str, after: str | None) -> None:
    node = inner(text)
    assert isinstance(node, Mapping)
    assert edited(text, add_entry(node, text, "n: 0")) == after


@each(("text", "after"), [
    ("x: 1\n", "x: half\n"),
    ("x: '1' # one\n", "x: half # one\n"),
    ("x: [1, [2]]\n", "x: half\n"),
    ("x: {a: 1}\n", "x: half\n"),
    ('{"x": [1, 2]}\n', '{"x": "half"}\n'),
    # What stands on several lines, or nowhere, is let be.
    ("x: [1,\n 2]\n", None),
    ("x:\n  a: 1\n  b: 2\n", None),
    ("x: 'one\n  two'\n", None),
    ("x:\n", None),
])  # fmt: skip
def test_a_value_for_another(text: str, after: str | None) -> None:
    assert edited(text, replace(inner(text), "half", text)) == after


@each(("layer", "name", "value", "after"), [
    ("relu", "bias", "false", "relu: {bias: false}"),
    ("leaky_relu:", "negative_slope", "0.2", "leaky_relu: {negative_slope: 0.2}"),
    ("leaky_relu: ~", "negative_slope", "0.2", "leaky_relu: {negative_slope: 0.2}"),
    ("leaky_relu: {}", "negative_slope", "0.2", "leaky_relu: {negative_slope: 0.2}"),
    ("leaky_relu: 0.1", "negative_slope", "0.2", "leaky_relu: 0.2"),
    ("max_pool: 2", "kernel_size", "3", "max_pool: 3"),
    ("max_pool: 2", "ceil_mode", "true", "max_pool: {k: 2, ceil_mode: true}"),
    ("max_pool: [2, 3]", "stride", "1", "max_pool: {k: [2, 3], s: 1}"),
    ("linear: =2+3", "bias", "false", "linear: {out: =2+3, bias: false}"),
    ("linear: '=max(2, 3)'", "bias", "false", "linear: {out: '=max(2, 3)', bias: false}"),
    # Plain, a comma in braces would end it.
    ("linear: =max(2, 3)", "bias", "false", 'linear: {out: "=max(2, 3)", bias: false}'),
    ("conv: {out: 4, k: 3}", "bias", "false", "conv: {out: 4, k: 3, bias: false}"),
    ("conv: {out: 4, k: 3, p: 1}", "padding", "half", "conv: {out: 4, k: 3, p: half}"),
    ("conv: {out: 4, k: 3, padding: 1}", "padding", "half", "conv: {out: 4, k: 3, padding: half}"),
    ("max_pool:\n      - 2\n      - 3", "stride", "1", None),
    ("max_pool:\n      - 2", "stride", "1", None),
    ("max_pool: [2,\n      3]", "stride", "1", None),
])  # fmt: skip
def test_a_field_is_given(layer: str, name: str, value: str, after: str | None) -> None:
    text = f"convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - {layer}\n"
    template = convcalc.loads(text).template.layers[0]
    found = edited(text, set_field(template, text, name, value))
    assert found == (None if after is None else text.replace(layer, after))


def test_a_field_is_given_in_json() -> None:
    text = '{"convcalc": 1, "input": [3, 8, 8], "layers": ["relu", {"max_pool": [2, 3]}]}'
    relu, pool = convcalc.loads(text).template.layers
    bare = edited(text, set_field(relu, text, "alpha", "half"))
    assert bare == text.replace('"relu"', '{"relu": {"alpha": "half"}}')
    other = edited(text, set_field(relu, text, "name", "é"))
    assert other == text.replace('"relu"', '{"relu": {"name": "é"}}')
    listed = edited(text, set_field(pool, text, "stride", "1"))
    assert listed == text.replace("[2, 3]", '{"k": [2, 3], "s": 1}')


def test_only_what_the_section_had_left_goes_with_it() -> None:
    text = "convcalc: 1\nvars: {a: 1, b: 2}\nlayers: []\n"
    root = read_document(text.encode()).root
    assert root is not None
    (edit,) = delete_declaration(root, text, "vars", "b") or ()
    assert edited(text, edit) == "convcalc: 1\nvars: {a: 1}\nlayers: []\n"
    text = "convcalc: 1\nvars: {a: 1}\nlayers: []\n"
    root = read_document(text.encode()).root
    assert root is not None
    (edit,) = delete_declaration(root, text, "vars", "a") or ()
    assert edited(text, edit) == "convcalc: 1\nlayers: []\n"
