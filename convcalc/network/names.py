"""What layers, blocks, inputs, variables and arguments may be called."""

from __future__ import annotations

import re
import unicodedata

from convcalc.document import Node
from convcalc.kinds.base.field_values import show
from convcalc.network.expressions import RESERVED as WORDS
from convcalc.network.findings import Findings
from convcalc.network.template import RESERVED
from convcalc.network.written_values import OF_INPUT

# No wider than names are: what every regular expression can say of letters of any script, for
# editors. `check_name` is the judge.
NAME_PATTERN = r"[^\s!-,./0-9:-@\[-^`{-~_-][^\s!-,./:-@\[-^`{-~]*"
_ASCII_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# Names that expressions give a meaning of their own.
TAKEN_VARIABLES = WORDS | OF_INPUT
NAME_RULE = "letters, digits, `_` and `-`, beginning with a letter"
# Scripts whose letters look alike: a name in two of them can pass for another one.
_ALIKE = ("LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "CHEROKEE")
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
    help = _name_help(name)
    if not help:
        return True
    _refuse(name, help, node, what, findings)
    return False


def is_name(name: str) -> bool:
    """True for what a layer, a block or an input may be called.

    >>> is_name("conv_1"), is_name("a.b"), is_name("prev")
    (True, False, False)
    """
    return name not in RESERVED and not _name_help(name)


def usable(word: str) -> str:
    """`word` as a name: what no name may have becomes `_`; "" where nothing is left of it.

    >>> usable("layer1/conv:0"), usable("0"), usable("prev")
    ('layer1_conv_0', '', 'prev_')
    """
    plain = unicodedata.normalize("NFKC", word)[:90]
    plain = "".join(one if one.isalnum() or one in "_-" else "_" for one in plain)
    plain = plain.lstrip("0123456789_-").rstrip("_-")
    if plain and not is_name(plain):
        plain += "_"
    return plain if is_name(plain) else ""


def _name_help(name: str) -> str:
    """What to write in place of `name`; "" where letters of any script make a name of it.

    >>> _name_help("卷积一"), _name_help("a.b"), _name_help("ｃｏｎｖ")
    ('', 'use letters, digits, `_` and `-`, beginning with a letter', 'write `conv`')
    """
    if len(name) > _LONGEST:
        return f"use at most {_LONGEST}"
    if name.isascii() and _ASCII_NAME.fullmatch(name):
        return ""
    # One spelling of what looks the same: no letter beside its accent, no full-width ones.
    plain = unicodedata.normalize("NFKC", name)
    word = plain.replace("-", "_")
    if not plain[:1].isalpha() or not word.isidentifier():
        return f"use {NAME_RULE}"
    if plain != name:
        return f"write `{plain}`"
    scripts = {unicodedata.name(letter, "").split(" ")[0] for letter in name if letter.isalpha()}
    alike = [script.capitalize() for script in _ALIKE if script in scripts]
    return f"use letters of one script: {' and '.join(alike)} look alike" if alike[1:] else ""


def check_variable(name: str, node: Node, what: str, findings: Findings) -> bool:
    """True for a usable name of a variable or of a block's argument; otherwise a finding."""
    if name in TAKEN_VARIABLES:
        message = f"`{name}` has a meaning in expressions and can be no {what}"
        findings.add("bad-name", message, node, help="choose another name")
        return False
    if len(name) <= _LONGEST and VARIABLE.fullmatch(name):
        return True
    _refuse(name, f"use {VARIABLE_RULE}", node, what, findings)
    return False


def _refuse(name: str, help: str, node: Node, what: str, findings: Findings) -> None:
    if len(name) > _LONGEST:
        message = f"the name {show(name)} has {len(name):,} characters"
        help = f"use at most {_LONGEST}"
    else:
        article = "an" if what[0] in "aeiou" else "a"
        message = f"{show(name)} is no name for {article} {what}"
    findings.add("bad-name", message, node, help=help)
