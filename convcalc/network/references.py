"""What can be said of names before anything is built: unknown, later, doubled, circular."""

from __future__ import annotations

from collections.abc import Mapping

from convcalc.document import Node, Sequence
from convcalc.network.findings import Findings, nearest
from convcalc.network.template import (
    BLOCK_INPUT,
    NETWORK_INPUT,
    PREV,
    Block,
    Field,
    LayerTemplate,
    Template,
)

# Deeper nesting of blocks than any network has; it bounds the recursion that expands them.
MAX_BLOCK_DEPTH = 64


def check_recursion(template: Template, findings: Findings) -> None:
    """A finding for every block that uses itself, directly or through others."""
    depths: dict[str, int] = {}
    for start in template.blocks:
        # An explicit stack: thousands of blocks may form one chain.
        path: list[tuple[str, list[LayerTemplate]]] = []
        on_path: dict[str, None] = {}

        def enter(name: str) -> None:
            uses = [layer for layer in template.blocks[name].layers if layer.block]
            path.append((name, uses))  # noqa: B023 - used within this turn only
            on_path[name] = None  # noqa: B023

        if start not in depths:
            enter(start)
        while path:
            name, uses = path[-1]
            if not uses:
                path.pop()
                del on_path[name]
                inner = [
                    depths.get(layer.block, 0)
                    for layer in template.blocks[name].layers
                    if layer.block
                ]
                depths[name] = 1 + max(inner, default=0)
                continue
            layer = uses.pop()
            used = layer.block
            if used is None or used not in template.blocks or used in depths:
                continue
            if used in on_path:
                names = list(on_path)
                circle = " -> ".join([*names[names.index(used) :], used])
                findings.add(
                    "recursive-block",
                    f"block `{used}` uses itself: {circle}",
                    layer.node,
                    help="a block may use only blocks that do not use it; `repeat` makes many",
                )
            else:
                enter(used)
    for name, depth in depths.items():
        if depth > MAX_BLOCK_DEPTH:
            findings.add(
                "nesting-too-deep",
                f"block `{name}` holds blocks {depth} deep; the limit is {MAX_BLOCK_DEPTH}",
                template.blocks[name].node.place._replace(width=1),
            )
            break


def check_references(template: Template, findings: Findings) -> None:
    """Findings for names that no earlier layer of the same list bears, and for doubled names."""
    inputs = dict.fromkeys(template.inputs)
    _check_list(template.layers, inputs, len(template.inputs) == 1, False, findings)
    for block in template.blocks.values():
        _check_block(block, template, findings)
    known = {layer.name for layer in template.layers if layer.name}
    for name, node in template.outputs:
        if name not in known:
            _unknown(name, node, known, template.layers, findings, "an output")


def _check_block(block: Block, template: Template, findings: Findings) -> None:
    single = list(template.inputs) == [NETWORK_INPUT]
    inputs: dict[str, None] = {NETWORK_INPUT: None} if single else {}
    _check_list(block.layers, inputs, True, True, findings)


def _check_list(
    layers: tuple[LayerTemplate, ...],
    inputs: Mapping[str, None],
    has_prev: bool,
    in_block: bool,
    findings: Findings,
) -> None:
    known: dict[str, LayerTemplate | None] = dict.fromkeys(inputs)
    if in_block:
        known[BLOCK_INPUT] = None
    for position, layer in enumerate(layers):
        if position > 0 or has_prev:
            known[PREV] = None
        for field in _references(layer):
            for name, node in _names(field):
                if name not in known:
                    _unknown(name, node, known, layers, findings, "a layer", in_block)
        needs_prev = layer.source is None and not (layer.kind and layer.kind.is_merge)
        if needs_prev and PREV not in known:
            findings.add(
                "unknown-reference",
                "the first layer of a network with several inputs has no layer before it",
                layer.node,
                help=f"write `from: {next(iter(inputs), 'NAME')}`",
            )
        if layer.name:
            if layer.name in known:
                _doubled(layer, known[layer.name], findings)
            known[layer.name] = layer


def _references(layer: LayerTemplate) -> list[Field]:
    fields = [layer.source] if layer.source else []
    if layer.kind and layer.kind.is_merge and "inputs" in layer.fields:
        fields.append(layer.fields["inputs"])
    return fields


def _names(field: Field) -> list[tuple[str, Node]]:
    """The names that a field writes out, with their nodes; expressions are looked at later."""
    if isinstance(field.value, str):
        return [(field.value, field.node)]
    if not isinstance(field.value, list):
        return []
    nodes = (
        field.node.items if isinstance(field.node, Sequence) else [field.node] * len(field.value)
    )
    pairs = zip(field.value, nodes, strict=False)
    return [(value, node) for value, node in pairs if isinstance(value, str)]


def _unknown(
    name: str,
    node: Node,
    known: object,
    layers: tuple[LayerTemplate, ...],
    findings: Findings,
    what: str,
    in_block: bool = False,
) -> None:
    names = [str(item) for item in known] if isinstance(known, (dict, set)) else []
    help = nearest(name, names)
    later = [layer for layer in layers if layer.name == name]
    made_up = [layer for layer in layers if layer.name is None and layer.label == name]
    if later:
        line = later[0].node.place.line
        help = f"`{name}` comes later, in line {line}; only earlier layers can be used"
    elif made_up:
        line = made_up[0].node.place.line
        help = f"that is only what the plan calls it; give the layer in line {line} `name: {name}_`"
        help = help[:-2] + "`" if name not in names else help
    elif name == BLOCK_INPUT and not in_block:
        help = f"`in` is the input of a block; outside of blocks write `{NETWORK_INPUT}`"
    findings.add(
        "unknown-reference",
        f"there is no layer `{name}` to be {what}'s input"
        if what == "a layer"
        else f"there is no layer `{name}` to be {what}",
        node,
        help=help,
    )


def _doubled(layer: LayerTemplate, earlier: LayerTemplate | None, findings: Findings) -> None:
    line = f" (line {earlier.node.place.line})" if earlier else ""
    place = layer.node
    findings.add(
        "duplicate-name",
        f"the name `{layer.name}` is already taken{line}",
        place,
        help="give each layer its own name; `repeat` and `each` number them by themselves",
    )
