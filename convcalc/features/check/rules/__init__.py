"""The rules of `convcalc check`, found by file name: one rule a file, which is its own manual.

`rules/NAME.py` defines one subclass of `Rule` as `RULE`; its name for users is the file's, with
hyphens. Files without `RULE` are helpers of the others. There is no list to keep in step.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.features.check.rules.base import Rule


@cache
def all_rules() -> tuple[type[Rule], ...]:
    """Every rule, sorted by code.

    >>> [rule.slug for rule in all_rules() if rule.code == "CC405"]
    ['bias-before-norm']
    """
    rules: list[type[Rule]] = []
    for stem in sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py")):
        rule: type[Rule] | None = getattr(import_module(f"{__name__}.{stem}"), "RULE", None)
        if rule is not None:
            rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.code))
