"""What each layer of Keras becomes, by its class; rules of one sort stand in one file.

A rule takes the layer and the arguments of its call, and gives what stands for the output: a list
where there are several. Rules of PyTorch's operators are asked where a layer is one of them, once
its axes are named in their order.
"""

from __future__ import annotations

from collections.abc import Callable

from convcalc.importers.keras.rules import (
    attention,
    axes,
    features,
    joins,
    maps_over_time,
    norms,
    operations,
    pointwise,
    products,
    recurrent,
    resizing,
    windows,
)

_FILES = (
    operations,
    attention,
    recurrent,
    maps_over_time,
    windows,
    products,
    norms,
    pointwise,
    joins,
    axes,
    resizing,
    features,
)
AS_INTEGERS = products.AS_INTEGERS
RULES: dict[str, Callable[..., object]] = {
    word: rule for file in _FILES for word, rule in file.RULES.items()
}


def rule_of(kind: str) -> Callable[..., object] | None:
    """The rule of a class; None where there is none.

    >>> rule_of("Conv2D") is None, rule_of("mine>Conv2D"), rule_of("ops.Add") is None
    (False, None, False)
    """
    package, _, name = kind.rpartition(".")
    return operations.operation(name) if package == "ops" else RULES.get(kind)
