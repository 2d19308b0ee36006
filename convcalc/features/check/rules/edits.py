"""Edits of the text that keep the rest of it: fields set, entries deleted, values replaced.

An edit is found from the spans of the tree alone. Where the way a thing is written leaves doubt,
there is none, and the finding stays without a fix.
"""

from __future__ import annotations

import re
from functools import lru_cache

from convcalc.core.errors import Edit
from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.features.check.json_style import in_style_of, is_json, value_in_style_of
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.network.template import LayerTemplate

# Plain words that would end, or mean something else, inside of braces.
_UNFIT_IN_FLOW = re.compile(r"[,\[\]{}\n\"\\]")
_REST_OF_LINE = re.compile(r"[^\r\n]*")
_WHOLE_LINE = re.compile(r"[^\n]*\n?")
Nodes = tuple[Node, ...] | list[Node]


def set_field(layer: LayerTemplate, text: str, name: str, value: str) -> Edit | None:
    """The edit that gives the layer the field `name`, however it is written.

    `text` is the file; `name` a full name, written short where that is the custom. None where
    the layer's words cannot be taken apart safely.
    """
    kind = layer.kind
    if kind is None:
        return None
    written = SHORT_NAMES.get(name, name)
    node = layer.node
    pair = in_style_of(text, f"{written}: {value}")
    if isinstance(node, Scalar):
        if is_json(text):
            return Edit(node.start, node.end, f"{{{text[node.start : node.end]}: {{{pair}}}}}")
        return Edit(node.end, node.end, f": {{{pair}}}")
    assert isinstance(node, Mapping)
    given = node.entries[layer.word]
    if isinstance(given, Mapping):
        for key, entry in given.entries.items():
            if kind.spellings()[key] == name:
                return replace(entry, value, text)
        return add_entry(given, text, pair)
    if isinstance(given, Scalar) and given.value is None:
        if given.text:
            return Edit(given.start, given.end, f"{{{pair}}}")
        at = node.keys[layer.word].end + 1
        return Edit(at, at, f" {{{pair}}}")
    main = _as_flow(given, text)
    if main is None or not kind.main:
        return None
    if kind.main == name:
        return replace(given, value, text)
    first = SHORT_NAMES.get(kind.main, kind.main)
    return Edit(given.start, given.end, f"{{{in_style_of(text, f'{first}: {main}')}, {pair}}}")


def _as_flow(node: Node, text: str) -> str | None:
    """The value's source as it may stand inside of braces."""
    source = text[node.start : node.end]
    if isinstance(node, Sequence):
        return source if source.startswith("[") and node.one_line else None
    if not isinstance(node, Scalar) or "\n" in source:
        return None
    if node.quoted or not _UNFIT_IN_FLOW.search(source):
        return source
    return None if '"' in source or "\\" in source else f'"{source}"'


def replace(node: Node, value: str, text: str) -> Edit | None:
    """The edit that puts `value` in the place of a value that stands on one line of `text`."""
    value = value_in_style_of(text, value)
    if isinstance(node, Scalar):
        if node.start == node.end or "\n" in node.text:
            return None
        return Edit(node.start, node.end, value)
    return Edit(node.start, node.end, value) if node.one_line else None


def add_entry(mapping: Mapping, text: str, entry: str) -> Edit | None:
    """The edit that adds `entry` as the last one of a mapping, in the mapping's own style."""
    if not mapping.entries:
        return Edit(mapping.start, mapping.end, f"{{{entry}}}")
    last = mapping.entries[next(reversed(mapping.entries))]
    if text.startswith("{", mapping.start):
        # An entry without a value ends at nothing that could be told from its key.
        if last.start == last.end:
            return None
        return Edit(last.end, last.end, f", {entry}")
    first = mapping.keys[next(iter(mapping.keys))]
    indent = " " * (first.column - 1)
    if "\n" in text[last.start : last.end] or last.start == last.end:
        return Edit(first.start, first.start, f"{entry}\n{indent}")
    # Behind the whole line, so that a comment stays with what it is about.
    end = _behind(_REST_OF_LINE, text, last)
    return Edit(end, end, f"\n{indent}{entry}")


def _behind(pattern: re.Pattern[str], text: str, node: Node) -> int:
    """Where the pattern, which matches everywhere, ends that begins behind the node."""
    found = pattern.match(text, node.end)
    assert found is not None
    return found.end()


@lru_cache(maxsize=4)
def _order(mapping: Mapping) -> tuple[dict[str, int], tuple[Scalar, ...], tuple[Node, ...]]:
    # Kept for a moment: a file may have thousands of entries to take out.
    places = {key: at for at, key in enumerate(mapping.entries)}
    return places, tuple(mapping.keys.values()), tuple(mapping.entries.values())


def delete_entry(mapping: Mapping, text: str, key: str) -> Edit | None:
    """The edit that takes the entry `key` out of a mapping, with the comment on its line.

    Comments on lines of their own stay.
    """
    places, keys, values = _order(mapping)
    at = places[key]
    if text.startswith("{", mapping.start):
        return _from_flow(text, keys, values, at)
    line, node = _line_of(keys[at]), keys[at]
    if not text[line : node.start].strip(" "):
        return Edit(line, _behind(_WHOLE_LINE, text, values[at]), "")
    # It shares its line with the dash of a list: the next key moves up.
    if node is keys[-1]:
        return None
    return Edit(node.start, keys[at + 1].start, "")


def delete_item(sequence: Sequence, text: str, at: int) -> Edit | None:
    """The edit that takes an item out of a list of several, with the comment on its line."""
    items = sequence.items
    if len(items) == 1:
        return None
    if text.startswith("[", sequence.start):
        return _from_flow(text, items, items, at)
    line = _line_of(items[at])
    if text[line : items[at].start].strip(" ") != "-":
        return None
    return Edit(line, _behind(_WHOLE_LINE, text, items[at]), "")


def _line_of(node: Node) -> int:
    """Where the line begins that the node begins on."""
    return node.start - (node.column - 1)


def _from_flow(text: str, firsts: Nodes, lasts: Nodes, at: int) -> Edit | None:
    """The edit that takes out what begins with `firsts[at]` and ends with `lasts[at]`."""
    first, last = firsts[at], lasts[at]
    if first is not firsts[-1]:
        return Edit(first.start, firsts[at + 1].start, "")
    # An entry without a value ends at nothing that could be told from its key.
    if not text[last.start : last.end]:
        return None
    for before in lasts[-2:-1]:
        # A comment between them stays, and the comma before it.
        if "#" not in text[before.end : first.start]:
            return Edit(before.end, last.end, "")
    return Edit(first.start, last.end, "")


def delete_declaration(root: Node, text: str, section: str, key: str) -> tuple[Edit, ...] | None:
    """The edit that takes `key` out of a section of the file; the section too where it is empty."""
    assert isinstance(root, Mapping)
    mapping = root.entries[section]
    assert isinstance(mapping, Mapping)
    if len(mapping.entries) == 1:
        edit = delete_entry(root, text, section)
    else:
        edit = delete_entry(mapping, text, key)
    return (edit,) if edit is not None else None
