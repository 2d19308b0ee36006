"""The whole file: what stands at its top, its blocks, its layers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from convcalc.features.import_.block_arguments import Expression
from convcalc.features.import_.blocks import Blocks
from convcalc.features.import_.layer_lists import Body, Line, Ref
from convcalc.features.import_.stack_lines import WIDTH, flow, folded
from convcalc.kinds.base.fields import SHORT_NAMES
from convcalc.network.template import BLOCK_INPUT, NETWORK_INPUT, PREV


def stack_text(
    blocks: Blocks, name: str, comments: Iterable[str], expect: Mapping[str, Any]
) -> str:
    """The network as a file."""
    graph = blocks.graph
    lines = [f"# {comment}" for comment in comments]
    inputs: Any = dict(zip(blocks.input_names, graph.inputs.values(), strict=True))
    if list(inputs) == [NETWORK_INPUT]:
        inputs = inputs[NETWORK_INPUT]
    lines += ["convcalc: 1", f"name: {_title(name)}", folded(f"input: {flow(inputs)}", 8)]
    lines += _defaults(blocks)
    if blocks.by_key:
        lines.append("blocks:")
        for block in blocks.by_key.values():
            lines.append(f"  {block.name}:")
            lines += _arguments(block.body)
            lines.append("    layers:")
            lines += _items(block.body, 6)
    lines.append("layers:")
    lines += _items(blocks.body, 2)
    if graph.outputs != (len(graph.nodes) - 1,):
        by_item = {line.item: line.name for line in blocks.body.lines}
        at = {part.result: item for item, part in enumerate(blocks.body.uses[0]) if part}
        names = [by_item[at[node]] for node in graph.outputs]
        lines.append(folded(f"outputs: {flow(names)}", 10))
    if expect:
        lines.append(folded(f"expect: {flow(expect)}", 9))
    return "\n".join(lines) + "\n"


def _title(name: str) -> str:
    plain = name.replace(" ", "").replace("-", "").replace(".", "").replace("_", "")
    return name if plain.isascii() and plain.isalnum() and name[:1].isalpha() else flow(name)


def _defaults(blocks: Blocks) -> Iterator[str]:
    found: dict[str, dict[str, Any]] = {}
    for (kind, name), value in blocks.defaults.items():
        found.setdefault(kind, {})[SHORT_NAMES.get(name, name)] = value
    whole = f"defaults: {flow(found)}"
    if not found:
        return
    if len(whole) <= WIDTH:
        yield whole
        return
    yield "defaults:"
    for kind, fields in found.items():
        yield folded(f"  {kind}: {flow(fields)}", len(kind) + 5)


def _arguments(body: Body) -> Iterator[str]:
    found = body.arguments.found
    if not found:
        return
    if all(one.default is ... for one in found):
        yield folded(f"    args: {flow([one.name for one in found])}", 11)
        return
    yield folded(f"    args: {flow({one.name: _default(one.default) for one in found})}", 11)


def _default(value: Any) -> Any:
    return None if value is ... else value


def _items(body: Body, indent: int) -> list[str]:
    names = {line.item: line.name for line in body.lines}
    return [_item(line, names, indent) for line in body.lines]


def _item(line: Line, names: Mapping[int, str], indent: int) -> str:

    def said(value: Any) -> Any:
        if isinstance(value, Expression):
            return value.said(names)
        if isinstance(value, tuple):
            return tuple(map(said, value))
        if isinstance(value, Mapping):
            return {key: said(one) for key, one in value.items()}
        if not isinstance(value, Ref):
            return value
        if value.item >= 0:
            return names[value.item]
        return Expression(value.word[1:]) if value.word.startswith("=") else value.word

    def read(ref: Ref, in_merge: bool = True) -> Any:
        return PREV if in_merge and _is_before(ref, line) else said(ref)

    fields = {name: said(value) for name, value in line.fields.items()}
    if line.inputs is not None:
        inputs = {"inputs": [read(ref) for ref in line.inputs]}
        fields = inputs | fields if line.main == "inputs" else fields | inputs
    word = line.block.name if line.block else line.word
    given = None
    if list(fields) == [line.main] and not isinstance(fields[line.main], Mapping):
        given = flow(fields[line.main])
    elif fields:
        given = flow(fields)
    beside: dict[str, Any] = {}
    if line.source is not None and not _is_before(line.source, line):
        beside["from"] = said(line.source)
    if line.repeat is not None:
        beside["repeat"] = said(line.repeat)
    if line.each:
        beside["each"] = {name: [said(one) for one in values] for name, values in line.each.items()}
    if line.name:
        beside["name"] = line.name
    if line.weights is not None:
        beside["weights"] = said(line.weights)
    if line.condition is not None:
        beside["if"] = line.condition
    start = " " * indent + "- "
    if not beside:
        return folded(f"{start}{word}: {given}" if given else f"{start}{word}", indent + 3)
    more = ", ".join(f"{key}: {flow(value)}" for key, value in beside.items())
    return folded(f"{start}{{{word}: {given or '{}'}, {more}}}", indent + 3)


def _is_before(ref: Ref, line: Line) -> bool:
    """True for what the line reads where it says nothing."""
    if ref.word == PREV:
        return True
    if line.item:
        return ref.item == line.item - 1
    return ref.word in (BLOCK_INPUT, NETWORK_INPUT)
