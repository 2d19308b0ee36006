"""From the tree of a file to its template: keys, blocks and layers, before any shape is known.

Everything that can be said without shapes is said here, all at once: unknown keys and kinds,
misspelt fields, wrong types, references to nowhere, blocks that use themselves.
"""

from __future__ import annotations

from convcalc.core.errors import StackError
from convcalc.core.shapes import MAX_RANK, Shape
from convcalc.document import Document, Mapping, Node, Scalar, Sequence
from convcalc.kinds.base.field_values import MAX_COUNT, is_integer
from convcalc.network.declarations import Blocks, read_blocks, read_functions, read_variables
from convcalc.network.expectations import NetworkExpect, read_expectation
from convcalc.network.findings import Findings
from convcalc.network.layers import LayerReader
from convcalc.network.names import check_name
from convcalc.network.proposals import propose
from convcalc.network.references import check_recursion, check_references
from convcalc.network.template import NETWORK_INPUT, RESERVED, Block, LayerTemplate, Template
from convcalc.network.written_values import Names, got

VERSION = 1
KEYS = (
    "convcalc",
    "name",
    "input",
    "vars",
    "functions",
    "defaults",
    "blocks",
    "layers",
    "outputs",
    "expect",
)
# Stands in for an input whose shape is a mistake, so that references to it are none.
_UNKNOWN_SHAPE: Shape = (1,)


def read_template(document: Document, stem: str) -> Template:
    """The file's template. Raises StackError with every problem that needs no shapes."""
    findings = Findings(document.file, document.text)
    template = _FileReader(findings).read(document.root, stem)
    findings.raise_if_any()
    return template


class _FileReader:
    """Reads one file; `meant` has misspelt keys by those that they stand for: none is missing."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.meant: dict[str, str] = {}

    def read(self, root: Node, stem: str) -> Template:
        findings = self.findings
        if not isinstance(root, Mapping):
            findings.add(
                "wrong-type",
                f"the file is no mapping of keys, but {got(root)}",
                root.place._replace(width=1),
                help="begin with `convcalc: 1`, then `input:` and `layers:`",
            )
            raise StackError(findings.problems(), findings.source)
        entries = root.entries
        self._check_keys(root)
        self._check_version(root)
        template = Template(self._name(entries.get("name"), stem), self._inputs(root))
        variables = read_variables(entries.get("vars"), findings)
        template.variables = variables.fields
        names = template.variables.keys()
        in_doubt = variables.unclear or "vars" in self.meant
        own = None if in_doubt else frozenset(names)
        functions, unclear = read_functions(entries.get("functions"), own, findings)
        template.functions = functions
        known = Names(
            None if own is None else (own,),
            None if unclear or "functions" in self.meant else functions,
        )
        blocks = read_blocks(entries.get("blocks"), known, findings)
        refused = None if blocks.any_unclear or "blocks" in self.meant else blocks.refused
        layers = LayerReader(findings, blocks.headers, refused, blocks.unclear, known)
        layers.read_defaults(entries.get("defaults"))
        for name, block in blocks.headers.items():
            template.blocks[name] = self._block(block, blocks, layers)
        if "layers" in entries or "layers" not in self.meant:
            listed = entries.get("layers")
            template.layers = layers.read_list(listed, frozenset(), "the network", root)
        template.outputs = self._outputs(entries.get("outputs"))
        if "expect" in entries:
            template.expect = read_expectation(
                entries["expect"], findings, "the network", NetworkExpect
            )
        check_recursion(template, findings)
        check_references(template, findings)
        return template

    def _check_keys(self, root: Mapping) -> None:
        for key in root.entries:
            if key not in KEYS:
                help, meant = propose(key, KEYS)
                self.findings.add(
                    "unknown-key", f"there is no key `{key}`", root.keys[key], help=help
                )
                self.meant[meant] = key

    def _check_version(self, root: Mapping) -> None:
        node = root.entries.get("convcalc")
        if node is None:
            if "convcalc" not in self.meant:
                message = "the format version is missing"
                help = f"write `convcalc: {VERSION}` as the first line"
                self.findings.add("wrong-version", message, root.place._replace(width=1), help=help)
        elif not (isinstance(node, Scalar) and is_integer(node.value) and node.value == VERSION):
            message = f"format version {got(node)} is not known; this program reads {VERSION}"
            self.findings.add("wrong-version", message, node, help=f"write {VERSION}")

    def _name(self, node: Node | None, stem: str) -> str:
        if node is None:
            return stem
        if isinstance(node, Scalar) and node.value is not None and str(node.value).strip():
            return str(node.value) if isinstance(node.value, str) else node.text
        help = "write `name: ResNet-18`"
        self.findings.add("wrong-type", f"`name` wants a word, got {got(node)}", node, help=help)
        return stem

    def _inputs(self, root: Mapping) -> dict[str, Shape]:
        node = root.entries.get("input")
        if node is None:
            if "input" not in self.meant:
                place = root.place._replace(width=1)
                help = "add `input: [3, 224, 224]` (channels first, no batch)"
                self.findings.add("missing-field", "the file has no `input`", place, help=help)
            # What layers read under a misspelt key is no second mistake.
            named = root.entries.get(self.meant.get("input", ""))
            names = named.entries if isinstance(named, Mapping) else ()
            return dict.fromkeys(names or [NETWORK_INPUT], _UNKNOWN_SHAPE)
        if not isinstance(node, Mapping):
            return {NETWORK_INPUT: self._shape(node, "`input`")}
        shapes: dict[str, Shape] = {}
        for name, entry in node.entries.items():
            check_name(name, node.keys[name], "input", RESERVED - {NETWORK_INPUT}, self.findings)
            shapes[name] = self._shape(entry, f"input `{name}`")
        if not node.entries:
            help = "write `input: [3, 224, 224]`"
            self.findings.add("missing-field", "`input` names no input", node, help=help)
        return shapes or {NETWORK_INPUT: _UNKNOWN_SHAPE}

    def _shape(self, node: Node, what: str) -> Shape:
        help = "write [F], [C, L], [C, H, W] or [C, D, H, W]: one sample, channels first"
        if not isinstance(node, Sequence):
            message = f"{what} wants a list of sizes, got {got(node)}"
            self.findings.add("wrong-type", message, node, help=help)
            return _UNKNOWN_SHAPE
        if not 1 <= len(node.items) <= 1 + MAX_RANK:
            note = "the batch is no part of it" if len(node.items) == 2 + MAX_RANK else ""
            message = f"{what} has {len(node.items)} sizes; 1 to {1 + MAX_RANK} are possible"
            self.findings.add("wrong-type", message, node, note=note, help=help)
            return _UNKNOWN_SHAPE
        return tuple(self._size(item, what) for item in node.items)

    def _size(self, item: Node, what: str) -> int:
        value = item.value if isinstance(item, Scalar) else None
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            if value <= MAX_COUNT:
                return value
            message = f"{what}: {value:,} is beyond the limit of {MAX_COUNT:,}"
            self.findings.add("number-too-large", message, item, help="use a smaller size")
            return 1
        help = "shapes are plain numbers; `--input` overrides them"
        if not (isinstance(value, str) and value.startswith("=")):
            help = "write whole numbers, as in [3, 224, 224]"
        message = f"{what} wants positive integers, got {got(item)}"
        self.findings.add("wrong-type", message, item, help=help)
        return 1

    def _block(self, block: Block, blocks: Blocks, layers: LayerReader) -> Block:
        assert isinstance(block.node, Mapping)
        listed = block.node.entries.get("layers")
        unclear = block.name in blocks.unclear
        read: tuple[LayerTemplate, ...] = ()
        if listed is not None or not unclear:
            args = None if unclear else block.args.keys()
            read = layers.read_list(listed, args, f"block `{block.name}`", block.node)
        return Block(block.name, block.node, block.args, read, block.gives)

    def _outputs(self, node: Node | None) -> tuple[tuple[str, Node], ...]:
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        outputs: dict[str, Node] = {}
        for item in items:
            name = item.value if isinstance(item, Scalar) else None
            if not isinstance(name, str):
                help = "write names, as in `outputs: [main_head, aux_head]`"
                message = f"an output is a layer's name, got {got(item)}"
                self.findings.add("wrong-type", message, item, help=help)
            elif name in outputs:
                message = f"output `{name}` is listed twice"
                self.findings.add("duplicate-name", message, item, help="remove one")
            else:
                outputs[name] = item
        if not items:
            help = "remove it (the last layer is the output), or name layers"
            self.findings.add("wrong-value", "`outputs` is empty", node, help=help)
        return tuple(outputs.items())
