"""What a finding's help says, done to the file as a reader would do it.

A help that names a value in backticks is followed word for word at the finding's place; one that
only advises ("give them one length") is left to its reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from convcalc.core.errors import Problem
from convcalc.kinds import find_kind
from tests.proposals import proposals

# Pure Python reads as well, ten times slower.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_MEANT = re.compile(r"^did you mean `([^`]+)`\?|^YAML 1.2 knows only true and false: write (\w+)$")
# `write 3`, `write [0, 1]`, `write {p: 2}`, ``write `=c` for the value of `c` ``.
_WRITE = re.compile(
    r"^write (?:`(=[^`]+)`.*|(\d[\d.]*)(?: without quotes)?|(\[[\d, ]+\])(?::.*)?"
    r"|(\{p: 2[^}]*\})|(\".*\"))$"
)
_PAIR = re.compile(r"^(?:write|add) `(\w+: [^`]+)`(?:$|,| \()")
_WORD = re.compile(r"^write `(\w+)`$")
# ``write `10`, or `"010"` for the word``.
_TOKEN = re.compile(r"^write `([^`]+)`, or `([^`]+)` for the word$")
_BEFORE = re.compile(r"^put (`\w+` [^`;]*(?:, or `\w+` [^`;]*)*)(?:$|;)")
_CHANGED = re.compile(r"(?:^|, or )(?:write )?`(\w+: [^`]+)`(?: here)? if the change is meant$")
_FIRST_LINE = re.compile(r"^write `(convcalc: 1)` as the first line$")
_NUMBERS = re.compile(r"^use (\d+)(?: or (\d+))?$")
_OUT = re.compile(r"^delete the (?:tag|escape)(?:$|, or .*)")


def repaired(text: str, problem: Problem) -> Iterator[str]:
    """The text after each way of repair that the help spells out."""
    try:
        root = yaml.compose(text, _LOADER)
    except yaml.YAMLError:
        return
    if root is None or problem.place is None:
        return
    lines = text.splitlines(keepends=True)[: problem.place.line - 1]
    start = sum(map(len, lines)) + problem.place.column - 1
    end = start + problem.place.width
    path = _path(root, start)
    layer = next((node for node in reversed(path) if _kind_of(node)), None)
    help = problem.help
    if layer is not None and help.startswith("use "):
        kind = find_kind(_kind_of(layer))
        assert kind is not None
        for fields in proposals(help, kind.model_fields):
            yield _with_fields(text, layer, fields)
    elif found := _CHANGED.search(help):
        yield from _paired(text, path, start, found[1])
    elif found := _FIRST_LINE.match(help):
        yield f"{found[1]}\n{text}"
    elif found := _TOKEN.match(help):
        yield from (text[:start] + token + text[end:] for token in found.groups())
    elif found := _NUMBERS.match(help):
        for number in filter(None, found.groups()):
            yield text[:start] + number + text[end:]
    elif found := _BEFORE.match(help):
        for word in re.findall(r"`(\w+)`", found[1]) if found[1].count(" before it") else ():
            yield from _put_before(text, path, word)
    elif _OUT.match(help):
        yield text[:start] + text[end:].lstrip(" ")
    elif found := _MEANT.match(help):
        yield text[:start] + (found[1] or found[2]) + text[end:]
    elif found := _WRITE.match(help):
        whole = path[-1] if path[-1].start_mark.index == start else None
        end = _end(whole) if whole is not None else end
        yield text[:start] + next(filter(None, found.groups())) + text[end:]
    elif found := _PAIR.match(help):
        yield from _paired(text, path, start, found[1])
    elif found := _WORD.match(help):
        if _is_key(path):
            yield text[:start] + found[1] + text[end:]
        else:
            node = _layer_of(path, found[1])
            yield text[: node.start_mark.index] + found[1] + text[_end(node) :]


def _end(node: Node) -> int:
    """Where a node's own text ends: block collections reach on over blank lines."""
    if isinstance(node, MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    return int(node.end_mark.index)


def _behind(node: Node) -> int:
    # An empty value stands at one place.
    return max(_end(node), int(node.start_mark.index) + 1)


def _path(root: Node, at: int) -> list[Node]:
    """The nodes around a character, from the root inwards."""
    path = [root]
    while True:
        node = path[-1]
        inside = node.value if isinstance(node, SequenceNode) else []
        if isinstance(node, MappingNode):
            inside = [part for pair in node.value for part in pair]
        inner = [one for one in inside if one.start_mark.index <= at < _behind(one)]
        if not inner:
            return path
        path.append(inner[-1])


def _kind_of(node: Node) -> str:
    """The kind of a node that is a layer as written; empty for others."""
    if isinstance(node, ScalarNode):
        return node.value if find_kind(node.value) else ""
    if isinstance(node, MappingNode):
        return next((key.value for key, _ in node.value if find_kind(str(key.value))), "")
    return ""


def _with_fields(text: str, layer: Node, fields: dict[str, Any]) -> str:
    """The text with fields of a layer set."""
    kind = find_kind(_kind_of(layer))
    assert kind is not None
    if isinstance(layer, ScalarNode):
        written = f"{kind.kind}: {_flow(fields)}"
        return text[: layer.start_mark.index] + written + text[_end(layer) :]
    assert isinstance(layer, MappingNode)
    ((_, value),) = (pair for pair in layer.value if pair[0].value == kind.kind)
    given: dict[str, Any] = {}
    if isinstance(value, MappingNode):
        spellings = kind.spellings()
        for key, inner in value.value:
            given[spellings.get(key.value, key.value)] = text[inner.start_mark.index : _end(inner)]
    elif value.value:
        given[kind.main] = text[value.start_mark.index : _end(value)]
    written = _flow({**given, **{name: _said(said) for name, said in fields.items()}})
    start, end = value.start_mark.index, _end(value)
    return text[:start] + (" " if text[start - 1] == ":" else "") + written + text[end:]


def _said(value: Any) -> str:
    said = str(yaml.safe_dump(value, default_flow_style=True, width=10**6))
    return said.removesuffix("\n...\n").strip()


def _flow(fields: dict[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {said}" for name, said in fields.items()) + "}"


def _is_key(path: list[Node]) -> bool:
    around = path[-2] if len(path) > 1 else None
    return isinstance(around, MappingNode) and any(key is path[-1] for key, _ in around.value)


def _layer_of(path: list[Node], word: str) -> Node:
    """The layer of a kind, or of a block, that the path leads into."""
    for node in reversed(path):
        if isinstance(node, MappingNode) and any(key.value == word for key, _ in node.value):
            return node
    return path[-1]


def _paired(text: str, path: list[Node], start: int, pair: str) -> Iterator[str]:
    """A pair in place of the one of that key; or in place of the layer of that kind."""
    key, _, value = pair.partition(": ")
    # `gives: {skip: LAYER}` is for the reader to fill in.
    if re.search(r"\.\.\.|[A-Z]{4}", value):
        return
    for node in reversed(path):
        if isinstance(node, MappingNode):
            for own, old in node.value:
                if own.value == key and (own in path or old in path):
                    begin = old.start_mark.index
                    space = " " if text[begin - 1] == ":" else ""
                    yield text[:begin] + space + value + text[_end(old) :]
                    return
    node = path[-1]
    if isinstance(node, ScalarNode) and node.value == key and node.start_mark.index == start:
        yield text[:start] + pair + text[_end(node) :]


def _put_before(text: str, path: list[Node], word: str) -> Iterator[str]:
    """A layer more in the list, before the one of the path."""
    at = _item(path)
    if at is None:
        return
    around, item = at
    begin = item.start_mark.index
    if around.flow_style:
        yield f"{text[:begin]}{word}, {text[begin:]}"
    else:
        dash = text.rindex("-", 0, begin)
        indent = " " * (dash - text.rfind("\n", 0, dash) - 1)
        yield f"{text[:dash]}- {word}\n{indent}{text[dash:]}"


def _item(path: list[Node]) -> tuple[SequenceNode, Node] | None:
    """The innermost list of layers of the path, and its item there."""
    for around, item in zip(path[-2::-1], path[:0:-1], strict=False):
        if isinstance(around, SequenceNode) and _layer_word(item):
            return around, item
    return None


def _layer_word(node: Node) -> str:
    if isinstance(node, ScalarNode):
        return str(node.value)
    if isinstance(node, MappingNode):
        return next((str(key.value) for key, _ in node.value), "")
    return ""
