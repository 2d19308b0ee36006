"""What can be said of names before anything is built: unknown, later, doubled, circular."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from convcalc.document import Node, Sequence
from convcalc.network.count import passes
from convcalc.network.expressions import SIZES
from convcalc.network.findings import Findings
from convcalc.network.members import NoSuchPartError, Path, check_key, check_number, path_of
from convcalc.network.proposals import nearest
from convcalc.network.template import (
    BLOCK_INPUT,
    NETWORK_INPUT,
    PREV,
    Block,
    Field,
    LayerTemplate,
    Template,
)
from convcalc.network.written_values import OF_INPUT, layers_in, names_in

# Deeper nesting of blocks than any network has; it bounds the recursion that expands them.
MAX_BLOCK_DEPTH = 64
# A circle of more blocks is shown by its ends.
_SHOWN = 6


def check_recursion(template: Template, findings: Findings) -> None:
    """A finding for every block that uses itself, directly or through others."""
    depths: dict[str, int] = {}
    for start in template.blocks:
        # An explicit stack, innermost last: thousands of blocks may form one chain.
        path: dict[str, list[LayerTemplate]] = {}
        if start not in depths:
            path[start] = _uses(template, start)
        while path:
            name = next(reversed(path))
            if not path[name]:
                del path[name]
                inner = (depths.get(layer.block or "", 0) for layer in _uses(template, name))
                depths[name] = 1 + max(inner, default=0)
                continue
            layer = path[name].pop()
            used = layer.block
            assert used is not None
            if used in path:
                names = list(path)
                circle = [*names[names.index(used) :], used]
                if len(circle) > _SHOWN:
                    circle[_SHOWN // 2 : -_SHOWN // 2 + 1] = ["..."]
                findings.add(
                    "recursive-block",
                    f"block `{used}` uses itself: {' -> '.join(circle)}",
                    layer.node,
                    help="a block may use only blocks that do not use it; `repeat` makes many",
                )
            elif used not in depths:
                path[used] = _uses(template, used)
    for name, depth in depths.items():
        if depth > MAX_BLOCK_DEPTH:
            findings.add(
                "nesting-too-deep",
                f"block `{name}` holds blocks {depth} deep; the limit is {MAX_BLOCK_DEPTH}",
                template.blocks[name].node.place._replace(width=1),
                help="put the layers of inner blocks into outer ones, or use `repeat`",
            )
            break


def _uses(template: Template, name: str) -> list[LayerTemplate]:
    # A block that could not be read is not there.
    layers = template.blocks[name].layers
    return [layer for layer in layers if layer.block and layer.block in template.blocks]


def check_references(template: Template, findings: Findings) -> None:
    """Findings for names that no earlier layer of the same list bears, and for doubled names."""
    single = list(template.inputs) == [NETWORK_INPUT]
    inputs = dict.fromkeys(template.inputs)
    variables = template.variables.keys()
    own = _ListOfLayers(template.layers, template.blocks, inputs, findings, False, variables)
    own.check()
    for block in template.blocks.values():
        known = {NETWORK_INPUT: None} if single else {}
        declared = variables | block.args.keys()
        inside = _ListOfLayers(block.layers, template.blocks, known, findings, True, declared)
        inside.check()
        for key, field in block.gives.items():
            inside.check_given(block, key, field)
    for name, node in template.outputs:
        # Without layers nothing is known of their names.
        if template.layers:
            own.check_output(name, node)


class _ListOfLayers:
    """One list of layers; `known` grows by the names of the layers passed.

    `declared` are the names that expressions know: variables, and arguments of the block.
    """

    def __init__(
        self,
        layers: tuple[LayerTemplate, ...],
        blocks: Mapping[str, Block],
        inputs: dict[str, None],
        findings: Findings,
        in_block: bool,
        declared: AbstractSet[str],
    ) -> None:
        self.layers = layers
        self.blocks = blocks
        self.inputs = inputs
        self.findings = findings
        self.in_block = in_block
        self.declared = declared
        self.known: dict[str, LayerTemplate | None] = dict.fromkeys(inputs)

    def check(self) -> None:
        """Findings for every name in the list that does not fit."""
        known = self.known
        if self.in_block:
            known[BLOCK_INPUT] = None
        has_prev = self.in_block or len(self.inputs) == 1
        for layer in self.layers:
            if self.findings.full:
                break
            if has_prev:
                known[PREV] = None
            asked = [pair for field in _references(layer) for pair in _names(field)]
            for name, node in [*asked, *self._measured(layer)]:
                help = self._lacks(name)
                if help is not None:
                    message = f"there is no layer `{name}` before layer `{layer.label}`"
                    self.findings.add("unknown-reference", message, node, help=help)
            if layer.kind and layer.kind.is_source and not has_prev:
                self._check_nothing_asked(layer)
            elif not has_prev and layer.is_readable and _reads_prev(layer):
                self.findings.add(
                    "unknown-reference",
                    f"layer `{layer.label}` is the first, and the network has several inputs",
                    layer.node,
                    help=f"say which it reads: `from: {next(iter(self.inputs))}`",
                )
            has_prev = True
            if layer.name:
                self._check_doubled(layer, layer.name)
                known[layer.name] = layer

    def check_output(self, name: str, node: Node) -> None:
        """A finding where no layer bears the name of an output."""
        path = path_of(name)
        base = path.name if path else name
        if base in self.inputs:
            help: str | None = "an input is no layer; `identity` makes one of it"
        elif base == PREV:
            help = "name the layer itself"
        else:
            help = self._lacks(name, [one for one, layer in self.known.items() if layer])
        if help is not None:
            message = f"there is no layer `{name}` to be an output"
            self.findings.add("unknown-reference", message, node, help=help)

    def check_given(self, block: Block, key: str, field: Field) -> None:
        """A finding where no layer of a block bears the name of what it gives."""
        name = str(field.value)
        path = path_of(name)
        help = self._lacks(name) if self.layers else None
        if path is not None and path.is_several and help is None:
            help = f"a result is one layer: join them, as in `concat: [{name}]`"
        if help is not None:
            message = f"there is no layer `{name}` in block `{block.name}` to be its `{key}`"
            self.findings.add("unknown-reference", message, field.node, help=help)

    def _lacks(self, name: str, proposed: Iterable[str] | None = None) -> str | None:
        """The repair where nothing is called `name` so far; None where something is.

        `proposed` are the names that may be meant; all that are known unless given.
        """
        path = path_of(name)
        if path is None or path.name not in self.known:
            if name in self.known:
                return None
            return self.help_for(path.name if path else name, proposed or self.known)
        layer = self.known[path.name]
        if layer is None:
            return f"`{path.name}` is one map; write the name alone"
        try:
            self._check_part(path, layer)
        except NoSuchPartError as error:
            return error.help
        return None

    def _check_part(self, path: Path, layer: LayerTemplate) -> None:
        """Raises NoSuchPartError where a layer has no such part; what is open is asked later."""
        if path.member is not None and not layer.is_series and layer.is_readable:
            raise NoSuchPartError(f"`{path.name}` is no series: leave `.{path.member}` out")
        count = passes(layer)
        if isinstance(path.member, int) and count is not None:
            check_number(path.name, path.member, count)
        if not path.key or not layer.is_readable:
            return
        if layer.block is None:
            raise NoSuchPartError(f"`{path.name}` is no block, and has no other result")
        check_key(path, self.blocks[layer.block].gives)

    def _measured(self, layer: LayerTemplate) -> list[tuple[str, Node]]:
        """The layers whose sizes its expressions ask for; arguments of the block may be some."""
        return [
            (name, field.node)
            for field in layer.values
            if field.dynamic
            for name in sorted(layers_in(field.value) - self.declared)
        ]

    def _check_nothing_asked(self, layer: LayerTemplate) -> None:
        """A finding where a layer that stands behind nothing asks what is before it."""
        asked = OF_INPUT | set(SIZES) - self.declared
        for field in layer.values:
            for name in sorted(names_in(field.value) & asked):
                message = f"layer `{layer.label}` is the first, so that `{name}` is not known here"
                help = "write the number, or a variable of `vars`"
                self.findings.add("unknown-reference", message, field.node, help=help)

    def help_for(self, name: str, known: Iterable[str | None]) -> str:
        """The repair for a name that is not known: why it is not, or what is near."""
        named = next((layer for layer in self.layers if layer.name == name), None)
        if named:
            line = named.node.place.line
            return f"`{name}` comes later, in line {line}; only earlier layers can be used"
        for layer in self.layers:
            if layer.name is None and layer.is_readable and layer.label == name:
                line = layer.node.place.line
                return f"only the plan calls it so: give the layer in line {line} a `name`"
        if name == BLOCK_INPUT:
            return f"`in` is the input of a block; outside of blocks write `{NETWORK_INPUT}`"
        if name == PREV:
            return "nothing stands before the first layer; name an input"
        if name == NETWORK_INPUT and self.inputs:
            return f"the inputs are called {' and '.join(f'`{one}`' for one in self.inputs)}"
        if name == NETWORK_INPUT:
            return "the network's inputs have names: hand one over as an argument of the block"
        return nearest(name, [one for one in known if one])

    def _check_doubled(self, layer: LayerTemplate, name: str) -> None:
        if name not in self.known:
            return
        earlier = self.known[name]
        where = f"in line {earlier.node.place.line}" if earlier else "by an input"
        self.findings.add(
            "duplicate-name",
            f"the name `{name}` is already taken {where}",
            layer.node,
            help="give each layer its own name; `repeat` and `each` number them by themselves",
        )


def _reads_prev(layer: LayerTemplate) -> bool:
    return layer.source is None and not layer.names_inputs


def _references(layer: LayerTemplate) -> list[Field]:
    fields = [field for field in (layer.source, layer.weights) if field]
    if layer.names_inputs:
        fields += [field for name, field in layer.fields.items() if name == "inputs"]
        fields += [field for name, field in layer.each if name == "inputs"]
    return fields


def _names(field: Field) -> list[tuple[str, Node]]:
    """The names that a field writes out, with their nodes; expressions are looked at later."""
    found: list[tuple[str, Node]] = []
    pending = [(field.value, field.node)]
    while pending:
        value, node = pending.pop()
        if isinstance(value, str):
            found.append((value, node))
        elif isinstance(value, list):
            nodes = node.items if isinstance(node, Sequence) else [node] * len(value)
            pending += reversed(list(zip(value, nodes, strict=False)))
    return found
