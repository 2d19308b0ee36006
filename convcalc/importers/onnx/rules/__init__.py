"""What each operation of ONNX becomes: one file for each family, loaded when it is asked for.

A rule names the class of a kind and gives its fields from the operation's attributes. It raises
NoRuleError for what the kind cannot say.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from convcalc.importers.onnx.use import RULES, Rule

# Kinds that no operation of a file becomes are not loaded: that takes longer than a plan.
_RULE = re.compile(r"^@rule\(([^)]*)\)", re.MULTILINE)


@cache
def families() -> dict[str, str]:
    """The file that has the rule of an operation, by its word, as the files themselves say it.

    >>> families()["Conv"], families()["Softmax"], "Relu" in families()
    ('convolutions', 'shares', False)
    """
    return {
        op: path.stem
        for path in sorted(Path(__file__).parent.glob("*.py"))
        for words in _RULE.findall(path.read_text(encoding="utf-8"))
        for op in re.findall(r'"([^"]+)"', words)
    }


def rule_of(op: str) -> Rule:
    """The rule of an operation; where it has none of its own, that of functions by their word."""
    family = families().get(op)
    if family is None:
        from convcalc.importers.onnx.rules.pointwise import function

        return function
    if op not in RULES:
        import_module(f"{__name__}.{family}")
    return RULES[op]
