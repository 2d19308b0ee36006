"""What layers, blocks, inputs, variables and arguments may be called."""

from __future__ import annotations

import re

from convcalc.document import Node
from convcalc.kinds.base.fields import show
from convcalc.network.expressions import RESERVED as WORDS
from convcalc.network.findings import Findings
from convcalc.network.values import OF_INPUT

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names that expressions give a meaning of their own.
TAKEN_VARIABLES = WORDS | OF_INPUT
NAME_RULE = "letters, digits, `_` and `-`, beginning with a letter"
VARIABLE_RULE = "letters, digits and `_`, beginning with a letter"
_LONGEST = 100


def check_name(
    name: str, node: Node, what: str, refused: frozenset[str], findings: Findings
) -> bool:
    """True for a usable name of a layer, block or input; otherwise a finding."""
    if name in refused:
        message = f"`{name}` is reserved and can be no {what}'s name"
        findings.add("bad-name", message, node, help="choose another name")
        return False
    return _fits(name, NAME, NAME_RULE, node, what, findings)


def check_variable(name: str, node: Node, what: str, findings: Findings) -> bool:
    """True for a usable name of a variable or of a block's argument; otherwise a finding."""
    if name in TAKEN_VARIABLES:
        message = f"`{name}` has a meaning in expressions and can be no {what}"
        findings.add("bad-name", message, node, help="choose another name")
        return False
    return _fits(name, VARIABLE, VARIABLE_RULE, node, what, findings)


def _fits(
    name: str, pattern: re.Pattern[str], rule: str, node: Node, what: str, findings: Findings
) -> bool:
    if len(name) > _LONGEST:
        message = f"the name {show(name)} has {len(name):,} characters"
        help = f"use at most {_LONGEST}"
    elif not pattern.fullmatch(name):
        article = "an" if what[0] in "aeiou" else "a"
        message = f"{show(name)} is no name for {article} {what}"
        help = f"use {rule}"
    else:
        return True
    findings.add("bad-name", message, node, help=help)
    return False
