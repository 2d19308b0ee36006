"""From the tree of a file to its template: keys, blocks and layers, before any shape is known.

Everything that can be said without shapes is said here, all at once: unknown keys and kinds,
misspelt fields, wrong types, references to nowhere, blocks that use themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from convcalc.document import Document, Mapping, Node, Scalar, Sequence
from convcalc.errors import StackError
from convcalc.kinds import kind_names
from convcalc.kinds.fields import MAX_COUNT, is_integer, show
from convcalc.network.expectations import NetworkExpect, read_expectation
from convcalc.network.findings import Findings, nearest
from convcalc.network.layers import LayerReader
from convcalc.network.references import check_recursion, check_references
from convcalc.network.template import NETWORK_INPUT, RESERVED, Block, Field, Template
from convcalc.network.values import compile_value, names_in
from convcalc.shapes import MAX_RANK, Shape

VERSION = 1
KEYS = (
    "convcalc",
    "name",
    "input",
    "vars",
    "defaults",
    "blocks",
    "layers",
    "outputs",
    "expect",
)
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names that expressions give a meaning of their own.
TAKEN_VARIABLES = frozenset(
    {"cin", "rank", "and", "or", "not", "true", "false", "min", "max", "ceil_div", "round_to"}
)
NAME_RULE = "letters, digits, `_` and `-`, beginning with a letter"
VARIABLE_RULE = "letters, digits and `_`, beginning with a letter"


def read_template(document: Document, stem: str) -> Template:
    """The file's template. Raises StackError with every problem that needs no shapes."""
    findings = Findings(document.file, document.text)
    template = _FileReader(findings).read(document.root, stem)
    findings.raise_if_any()
    return template


class _FileReader:
    """Reads one file; keeps what later parts need of earlier ones."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def read(self, root: Node, stem: str) -> Template:
        findings = self.findings
        if not isinstance(root, Mapping):
            findings.add(
                "wrong-type",
                "the file is no mapping of keys",
                root,
                help="begin with `convcalc: 1`, then `input:` and `layers:`",
            )
            raise StackError(findings.problems(), findings.source)
        entries = root.entries
        for key in entries:
            if key not in KEYS:
                help = nearest(key, KEYS)
                findings.add("unknown-key", f"there is no key `{key}`", root.keys[key], help=help)
        self._check_version(root)
        template = Template(self._name(entries.get("name"), stem), self._inputs(root))
        template.variables = self._variables(entries.get("vars"))
        headers = self._block_headers(entries.get("blocks"))
        layers = LayerReader(findings, headers, template.variables)
        layers.read_defaults(entries.get("defaults"))
        for name, block in headers.items():
            listed = block.node.entries.get("layers") if isinstance(block.node, Mapping) else None
            read = layers.read_list(listed, block.args, f"block `{name}`", block.node)
            template.blocks[name] = Block(name, block.node, block.args, read)
        template.layers = layers.read_list(entries.get("layers"), {}, "the network", root)
        template.outputs = self._outputs(entries.get("outputs"))
        if "expect" in entries:
            template.expect = read_expectation(
                entries["expect"], findings, "the network", NetworkExpect
            )
        check_recursion(template, findings)
        check_references(template, findings)
        return template

    def _check_version(self, root: Mapping) -> None:
        node = root.entries.get("convcalc")
        help = f"write `convcalc: {VERSION}` as the first line"
        if node is None:
            message = "the format version is missing"
            self.findings.add("wrong-version", message, root.place._replace(width=1), help=help)
        elif not (isinstance(node, Scalar) and is_integer(node.value) and node.value == VERSION):
            got = show(node.value) if isinstance(node, Scalar) else "a collection"
            message = f"format version {got} is not known; this program reads version {VERSION}"
            self.findings.add("wrong-version", message, node, help=help)

    def _name(self, node: Node | None, stem: str) -> str:
        if node is None:
            return stem
        if isinstance(node, Scalar) and isinstance(node.value, (str, int, float)):
            return str(node.value)
        self.findings.add("wrong-type", "`name` is no word", node, help="write `name: ResNet-18`")
        return stem

    def _inputs(self, root: Mapping) -> dict[str, Shape]:
        node = root.entries.get("input")
        if node is None:
            place = root.place._replace(width=1)
            help = "add `input: [3, 224, 224]` (channels first, no batch)"
            self.findings.add("missing-field", "the file has no `input`", place, help=help)
            return {}
        if not isinstance(node, Mapping):
            shape = self._shape(node, "`input`")
            return {NETWORK_INPUT: shape} if shape else {}
        shapes: dict[str, Shape] = {}
        for name, entry in node.entries.items():
            self._check_name(name, node.keys[name], "input", RESERVED - {NETWORK_INPUT})
            shape = self._shape(entry, f"input `{name}`")
            if shape:
                shapes[name] = shape
        if not node.entries:
            help = "write `input: [3, 224, 224]`"
            self.findings.add("missing-field", "`input` names no input", node, help=help)
        return shapes

    def _shape(self, node: Node, what: str) -> Shape | None:
        help = "write [F], [C, L], [C, H, W] or [C, D, H, W]: one sample, channels first"
        if not isinstance(node, Sequence) or not 1 <= len(node.items) <= 1 + MAX_RANK:
            got = f"{len(node.items)} sizes" if isinstance(node, Sequence) else "no list of sizes"
            self.findings.add("wrong-type", f"{what} has {got}", node, help=help)
            return None
        sizes: list[int] = []
        for item in node.items:
            value = item.value if isinstance(item, Scalar) else None
            if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MAX_COUNT:
                sizes.append(value)
                continue
            if isinstance(value, int) and not isinstance(value, bool) and value > MAX_COUNT:
                message = f"{what}: {value} is beyond the limit of {MAX_COUNT}"
                self.findings.add("number-too-large", message, item)
                continue
            got = show(value) if isinstance(item, Scalar) else "a collection"
            message = f"{what} wants positive integers, got {got}"
            self.findings.add("wrong-type", message, item, help=help)
        return tuple(sizes) if len(sizes) == len(node.items) else None

    def _variables(self, node: Node | None) -> dict[str, Field]:
        variables: dict[str, Field] = {}
        for name, key, entry in self._entries(node, "vars", "vars: {width: 64}"):
            if not self._check_variable(name, key, "variable"):
                continue
            value, dynamic = compile_value(entry, self.findings, f"variable `{name}`")
            if not dynamic and not is_integer(value):
                message = f"variable `{name}` wants an integer or an expression, got {show(value)}"
                self.findings.add("wrong-type", message, entry, help=f"write `{name}: 64`")
                value = 1
            for used in sorted(names_in(value) - set(variables)):
                message = f"variable `{name}` uses `{used}`, which is no earlier variable"
                self.findings.add(
                    "bad-expression",
                    message,
                    entry,
                    help=nearest(used, variables) or "reorder them",
                )
                value = 1
            variables[name] = Field(value, entry, name, dynamic)
        return variables

    def _block_headers(self, node: Node | None) -> dict[str, Block]:
        headers: dict[str, Block] = {}
        for name, key, entry in self._entries(node, "blocks", "blocks: {unit: {layers: [relu]}}"):
            if name in kind_names():
                help = "rename it: a block may not bear a kind's name"
                self.findings.add("bad-name", f"`{name}` is a layer kind", key, help=help)
                continue
            self._check_name(name, key, "block", RESERVED)
            if not isinstance(entry, Mapping):
                help = f"write `{name}: {{args: [c], layers: [...]}}`"
                self.findings.add("wrong-type", f"block `{name}` is no mapping", entry, help=help)
                continue
            for inner in entry.entries:
                if inner not in ("args", "layers"):
                    self.findings.add(
                        "unknown-key",
                        f"block `{name}` has no `{inner}`",
                        entry.keys[inner],
                        help=nearest(inner, ("args", "layers")),
                    )
            headers[name] = Block(name, entry, self._arguments(entry.entries.get("args"), name))
        return headers

    def _arguments(self, node: Node | None, block: str) -> dict[str, Field | None]:
        args: dict[str, Field | None] = {}
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return args
        if isinstance(node, Sequence):
            for item in node.items:
                name = item.value if isinstance(item, Scalar) else None
                if not isinstance(name, str):
                    help = "write `args: [c, s]` or `args: {c: ~, s: 1}`"
                    message = f"an argument of block `{block}` is no name"
                    self.findings.add("wrong-type", message, item, help=help)
                elif self._check_variable(name, item, "argument"):
                    if name in args:
                        message = f"argument `{name}` of block `{block}` is listed twice"
                        self.findings.add("duplicate-name", message, item, help="remove one")
                    args[name] = None
            return args
        for name, key, entry in self._entries(
            node, f"args of block `{block}`", "args: {c: ~, s: 1}"
        ):
            if not self._check_variable(name, key, "argument"):
                continue
            if isinstance(entry, Scalar) and entry.value is None:
                args[name] = None
                continue
            value, dynamic = compile_value(entry, self.findings, f"argument `{name}`")
            args[name] = Field(value, entry, name, dynamic)
        return args

    def _outputs(self, node: Node | None) -> tuple[tuple[str, Node], ...]:
        if node is None:
            return ()
        items = node.items if isinstance(node, Sequence) else [node]
        outputs: dict[str, Node] = {}
        for item in items:
            name = item.value if isinstance(item, Scalar) else None
            if not isinstance(name, str):
                help = "write `outputs: [main_head, aux_head]`"
                self.findings.add("wrong-type", "an output is no layer name", item, help=help)
            elif name in outputs:
                message = f"output `{name}` is listed twice"
                self.findings.add("duplicate-name", message, item, help="remove one")
            else:
                outputs[name] = item
        if not items:
            help = "remove it (the last layer is the output), or name layers"
            self.findings.add("wrong-value", "`outputs` is empty", node, help=help)
        return tuple(outputs.items())

    def _entries(
        self, node: Node | None, what: str, example: str
    ) -> Iterable[tuple[str, Scalar, Node]]:
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return ()
        if not isinstance(node, Mapping):
            message = f"`{what}` is no mapping" if " " not in what else f"{what} are no mapping"
            self.findings.add("wrong-type", message, node, help=f"write `{example}`")
            return ()
        return [(name, node.keys[name], entry) for name, entry in node.entries.items()]

    def _check_name(self, name: str, node: Node, what: str, refused: frozenset[str]) -> None:
        check_name(name, node, what, refused, self.findings)

    def _check_variable(self, name: str, node: Node, what: str) -> bool:
        if name in TAKEN_VARIABLES:
            message = f"`{name}` has a meaning in expressions and can be no {what}"
            self.findings.add("bad-name", message, node, help="choose another name")
            return False
        if not VARIABLE.fullmatch(name) or len(name) > 64:
            message = f"{show(name)} is no name for a {what}"
            self.findings.add("bad-name", message, node, help=f"use {VARIABLE_RULE}")
            return False
        return True


def check_name(
    name: str, node: Node, what: str, refused: frozenset[str], findings: Findings
) -> bool:
    """True for a usable name; otherwise a finding."""
    if name in refused:
        message = f"`{name}` is reserved and can be no {what}'s name"
        findings.add("bad-name", message, node, help="choose another name")
        return False
    if not NAME.fullmatch(name) or len(name) > 100:
        findings.add(
            "bad-name", f"{show(name)} is no name for a {what}", node, help=f"use {NAME_RULE}"
        )
        return False
    return True
