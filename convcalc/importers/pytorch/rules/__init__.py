"""What each operator of PyTorch becomes, by its name; rules of one sort stand in one file.

A rule takes the call and the arguments under their names in PyTorch's schema (the first tensor is
`x`), and gives what stands for the output: a list where there are several, None for one that
nobody reads.
"""

from __future__ import annotations

from collections.abc import Callable

from convcalc.importers.pytorch.rules import (
    attending,
    axes,
    cells,
    choices,
    distances,
    einsums,
    filled,
    joins,
    norms,
    parts,
    pointwise,
    products,
    putting,
    recurrent,
    reductions,
    resizing,
    tables,
    windows,
)

_FILES = (
    windows,
    products,
    einsums,
    attending,
    recurrent,
    cells,
    tables,
    norms,
    pointwise,
    joins,
    choices,
    axes,
    parts,
    putting,
    reductions,
    distances,
    resizing,
    filled,
)
RULES: dict[str, Callable[..., object]] = {
    word: rule for file in _FILES for word, rule in file.RULES.items()
}


# Operators that leave a stored tensor one: they look at it otherwise, or at a part of it.
_LOOKS = {*axes.RULES, *parts.RULES, *putting.RULES, *filled.RULES}


def looks_on(op: str) -> bool:
    """True where a stored tensor stays one, seen otherwise.

    >>> looks_on("aten.view"), looks_on("aten.add_")
    (True, False)
    """
    word = op.removesuffix("_")
    return word in _LOOKS or RULES.get(word) is pointwise.as_it_is


def rule_of(op: str) -> Callable[..., object] | None:
    """The rule of an operator, also of one that works in place; None where there is none.

    >>> rule_of("aten.relu_") is None, rule_of("aten.nonzero")
    (False, None)
    """
    word = op.removesuffix("_")
    package, _, name = word.partition(".")
    return (
        RULES.get(op)
        or RULES.get(word)
        or (pointwise.activation(name) if package == "aten" else None)
    )
