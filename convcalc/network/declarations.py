"""What a file declares before its layers: variables, and blocks with their arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.kinds import kind_names
from convcalc.kinds.base.fields import is_integer
from convcalc.network.findings import Findings
from convcalc.network.names import check_name, check_variable
from convcalc.network.proposals import propose
from convcalc.network.template import RESERVED, Block, Field
from convcalc.network.values import OF_INPUT, Names, compile_value, got

BLOCK_KEYS = ("args", "layers")


@dataclass(slots=True)
class Blocks:
    """The blocks of a file before their layers are read.

    `refused` are names of blocks that could not be read, `unclear` those whose arguments are in
    doubt: what uses either is not a further mistake.
    """

    headers: dict[str, Block] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    any_unclear: bool = False


@dataclass(slots=True)
class Variables:
    """The variables of a file; `unclear` where a name may stand for one that is not here."""

    fields: dict[str, Field] = field(default_factory=dict)
    unclear: bool = False


def read_variables(node: Node | None, findings: Findings) -> Variables:
    """The `vars` of a file: integers, or expressions over earlier ones."""
    variables = Variables(unclear=_is_no_mapping(node))
    for name, key, entry in _entries(node, "`vars`", "vars: {width: 64}", findings):
        if not check_variable(name, key, "variable", findings):
            variables.unclear = True
            continue
        what = f"variable `{name}`"
        names = None if variables.unclear else variables.fields.keys()
        value, dynamic = compile_value(entry, findings, what, names)
        if not dynamic and not is_integer(value):
            message = f"{what} wants an integer or an expression, got {got(entry)}"
            help = f"write `{name}: 64`"
            if isinstance(value, float):
                help = "variables are integers: write the number where it is used, or use `//`"
            if isinstance(value, str) and value in variables.fields:
                help = f"write `{name}: ={value}`"
            findings.add("wrong-type", message, entry, help=help)
        variables.fields[name] = Field(value, entry, name, dynamic)
    return variables


def read_blocks(node: Node | None, variables: Names, findings: Findings) -> Blocks:
    """The headers of a file's `blocks`; their layers are read when all of them are known."""
    blocks = Blocks(any_unclear=_is_no_mapping(node))
    for name, key, entry in _entries(
        node, "`blocks`", "blocks: {unit: {layers: [relu]}}", findings
    ):
        if name in kind_names():
            help = "rename it: a block may not bear a kind's name"
            findings.add("bad-name", f"`{name}` is a layer kind", key, help=help)
            blocks.refused.add(name)
        elif not check_name(name, key, "block", RESERVED, findings):
            blocks.refused.add(name)
        elif not isinstance(entry, Mapping):
            help = f"write `{name}: {{layers: [...]}}`"
            message = f"block `{name}` is no mapping, but {got(entry)}"
            findings.add("wrong-type", message, entry, help=help)
            blocks.refused.add(name)
        else:
            before = len(findings)
            args = _arguments(entry.entries.get("args"), name, variables, findings)
            for inner in entry.entries:
                if inner not in BLOCK_KEYS:
                    help, _ = propose(inner, BLOCK_KEYS)
                    message = f"block `{name}` has no `{inner}`"
                    findings.add("unknown-key", message, entry.keys[inner], help=help)
            if len(findings) > before:
                blocks.unclear.add(name)
            blocks.headers[name] = Block(name, entry, args)
    return blocks


def _arguments(
    node: Node | None, block: str, variables: Names, findings: Findings
) -> dict[str, Field | None]:
    args: dict[str, Field | None] = {}
    if isinstance(node, Sequence):
        for item in node.items:
            name = item.value if isinstance(item, Scalar) else None
            if not isinstance(name, str):
                help = "write `args: [c, s]`, or `args: {c: ~, s: 1}` with defaults"
                message = f"an argument of block `{block}` is no name, but {got(item)}"
                findings.add("wrong-type", message, item, help=help)
            elif check_variable(name, item, "argument", findings):
                if name in args:
                    message = f"argument `{name}` of block `{block}` is listed twice"
                    findings.add("duplicate-name", message, item, help="remove one")
                args[name] = None
        return args
    what = f"`args` of block `{block}`"
    for name, key, entry in _entries(node, what, "args: {c: ~, s: 1}", findings):
        if not check_variable(name, key, "argument", findings):
            continue
        if isinstance(entry, Scalar) and entry.value is None:
            args[name] = None
            continue
        names = None if variables is None else variables | args.keys() | OF_INPUT
        value, dynamic = compile_value(entry, findings, f"argument `{name}`", names)
        args[name] = Field(value, entry, name, dynamic)
    return args


def _is_no_mapping(node: Node | None) -> bool:
    return not isinstance(node, Mapping) and not _is_nothing(node)


def _is_nothing(node: Node | None) -> bool:
    return node is None or (isinstance(node, Scalar) and node.value is None)


def _entries(
    node: Node | None, what: str, example: str, findings: Findings
) -> Iterable[tuple[str, Scalar, Node]]:
    if isinstance(node, Mapping):
        return [(name, node.keys[name], entry) for name, entry in node.entries.items()]
    if node is not None and not _is_nothing(node):
        message = f"{what} wants a mapping, got {got(node)}"
        findings.add("wrong-type", message, node, help=f"write `{example}`")
    return ()
