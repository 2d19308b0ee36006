"""What a file declares before its layers: variables, and blocks with their arguments."""

from __future__ import annotations

import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from convcalc.document import Mapping, Node, Scalar, Sequence
from convcalc.kinds import kind_names
from convcalc.network.expressions import BUILTIN, Expression, Function, Functions
from convcalc.network.findings import Findings
from convcalc.network.names import check_name, check_variable
from convcalc.network.proposals import propose
from convcalc.network.template import RESERVED, Block, Field
from convcalc.network.written_values import (
    NO_FUNCTIONS,
    Names,
    compile_value,
    exact,
    got,
    is_expression,
    layers_in,
)

BLOCK_KEYS = ("args", "layers", "gives")


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
    """The `vars` of a file: numbers, or expressions over earlier ones."""
    variables = Variables(unclear=_is_no_mapping(node))
    for name, key, entry in _entries(node, "`vars`", "vars: {width: 64}", findings):
        if not check_variable(name, key, "variable", findings):
            variables.unclear = True
            continue
        what = f"variable `{name}`"
        names = Names(None if variables.unclear else (variables.fields.keys(),), NO_FUNCTIONS)
        value, dynamic = compile_value(entry, findings, what, names)
        if not dynamic:
            value = exact(entry)
            if value is None:
                _refuse_variable(name, what, entry, variables, findings)
        if layers_in(value):
            message = f"{what} asks for a layer, and stands before all of them"
            help = "write the expression where the layer is known"
            findings.add("unknown-reference", message, entry, help=help)
        variables.fields[name] = Field(value, entry, name, dynamic)
    return variables


def _refuse_variable(
    name: str, what: str, entry: Node, variables: Variables, findings: Findings
) -> None:
    value = entry.value if isinstance(entry, Scalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        message = f"{what} is beyond what numbers may be, got {got(entry)}"
        help = "write up to 18 digits before the point and behind it"
        findings.add("number-too-large", message, entry, help=help)
        return
    message = f"{what} wants a number or an expression, got {got(entry)}"
    help = f"write `{name}: 64`, `{name}: 0.25` or `{name}: 1/3`"
    if isinstance(value, str) and value in variables.fields:
        help = f"write `{name}: ={value}`"
    findings.add("wrong-type", message, entry, help=help)


FUNCTION_KEYS = ("args", "value")
MAX_FUNCTIONS = 1000


def read_functions(
    node: Node | None, variables: AbstractSet[str] | None, findings: Findings
) -> tuple[Functions, bool]:
    """The `functions` of a file, and whether some of them are in doubt.

    Each knows its arguments, the variables, and the functions before it, so that none calls
    itself.
    """
    functions = Functions()
    before = len(findings)
    unclear = _is_no_mapping(node)
    for name, key, entry in _entries(node, "`functions`", f"functions: {_FUNCTION}", findings):
        if len(functions) == MAX_FUNCTIONS:
            message = f"the file has more than {MAX_FUNCTIONS:,} functions"
            findings.add("too-much-work", message, key, help="write fewer")
            break
        if not check_variable(name, key, "function", findings):
            continue
        if name in BUILTIN or (variables is not None and name in variables):
            what = "a function of the language" if name in BUILTIN else "a variable"
            message = f"`{name}` is {what} already"
            findings.add("bad-name", message, key, help="choose another name")
            continue
        later = node.entries.keys() - functions.keys() if isinstance(node, Mapping) else set()
        known = Names(None if variables is None else (variables,), functions)
        function = _function(name, key, entry, known, later, findings)
        if function is not None:
            functions[name] = function
    return functions, unclear or len(findings) > before


_CALLED = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
_FUNCTION = '{half: {args: [c], value: "=c/2"}}'


def _function(
    name: str, key: Node, entry: Node, known: Names, later: AbstractSet[str], findings: Findings
) -> Function | None:
    what = f"function `{name}`"
    entries = entry.entries if isinstance(entry, Mapping) else {}
    value = entries.get("value")
    if value is None or not is_expression(value):
        message = f"{what} wants `args` and a `value` that begins with `=`"
        help = f'write `{name}: {{args: [c], value: "=c/2"}}`'
        findings.add("wrong-type", message, entry if value is None else value, help=help)
        return None
    assert isinstance(entry, Mapping)
    for inner in entries:
        if inner not in FUNCTION_KEYS:
            help, _ = propose(inner, FUNCTION_KEYS)
            findings.add("unknown-key", f"{what} has no `{inner}`", entry.keys[inner], help=help)
    args = _function_arguments(entries.get("args"), what, key, findings)
    if args is None:
        return None
    called = _CALLED.findall(value.text) if isinstance(value, Scalar) else []
    early = next((one for one in called if one in later), None)
    if early is not None:
        message = f"{what} calls itself" if early == name else f"{what} calls `{early}`"
        message += "" if early == name else ", which is not declared before it"
        help = "a function calls those before it, and so never itself"
        findings.add("unknown-reference", message, value, help=help)
        return None
    compiled, _ = compile_value(value, findings, f"`value` of {what}", known | frozenset(args))
    if not isinstance(compiled, Expression):
        return None
    if compiled.layers:
        message = f"{what} asks for a layer; it knows its arguments and `vars` alone"
        help = "make the size an argument of it"
        findings.add("unknown-reference", message, value, help=help)
        return None
    return Function(args, compiled)


def _function_arguments(
    node: Node | None, what: str, key: Node, findings: Findings
) -> tuple[str, ...] | None:
    items = node.items if isinstance(node, Sequence) else []
    names = [item.value if isinstance(item, Scalar) else None for item in items]
    if not names or len(set(names)) < len(names):
        message = f"`args` of {what} are no list of different names"
        findings.add("wrong-type", message, node or key, help="write `args: [c]`")
        return None
    for item, name in zip(items, names, strict=True):
        if not isinstance(name, str):
            message = f"an argument of {what} is no name, but {got(item)}"
            findings.add("wrong-type", message, item, help="write names, as in `args: [c, s]`")
            return None
        if not check_variable(name, item, "argument", findings):
            return None
    return tuple(map(str, names))


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
            gives = _given(entry.entries.get("gives"), name, findings)
            for inner in entry.entries:
                if inner not in BLOCK_KEYS:
                    help, _ = propose(inner, BLOCK_KEYS)
                    message = f"block `{name}` has no `{inner}`"
                    findings.add("unknown-key", message, entry.keys[inner], help=help)
            if len(findings) > before:
                blocks.unclear.add(name)
            blocks.headers[name] = Block(name, entry, args, gives=gives)
    return blocks


def _arguments(
    node: Node | None, block: str, variables: Names, findings: Findings
) -> dict[str, Field | None]:
    args: dict[str, Field | None] = {}
    if isinstance(node, Sequence):
        for item in node.items:
            name = item.value if isinstance(item, Scalar) else None
            if not isinstance(name, str):
                help = "write names, as in `args: [c, s]`, or `args: {c: ~, s: 1}` with defaults"
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
        names = (variables | args.keys()).of_layer()
        value, dynamic = compile_value(entry, findings, f"argument `{name}`", names)
        args[name] = Field(value, entry, name, dynamic)
    return args


def _given(node: Node | None, block: str, findings: Findings) -> dict[str, Field]:
    """The results of a block beside its last layer: the layer of each, by the result's name."""
    gives: dict[str, Field] = {}
    what = f"`gives` of block `{block}`"
    for name, key, entry in _entries(node, what, "gives: {skip: LAYER}", findings):
        if not check_name(name, key, "result", frozenset(), findings):
            continue
        value = entry.value if isinstance(entry, Scalar) else None
        if not isinstance(value, str) or is_expression(entry):
            message = f"`{name}` in {what} wants the name of a layer, got {got(entry)}"
            help = f"write `gives: {{{name}: LAYER}}`, with a layer of the block"
            findings.add("wrong-type", message, entry, help=help)
            continue
        gives[name] = Field(value, entry, name, False)
    return gives


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
