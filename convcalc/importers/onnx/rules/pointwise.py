"""Functions of each element: one without constants has no rule, its word is the kind's."""

from __future__ import annotations

from typing import Any

from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.kinds import find_kind
from convcalc.kinds.activation_family import Activation
from convcalc.kinds.base import Kind

# Klambauer et al. 2017.
_ALPHA, _GAMMA = 1.6732632423543772, 1.0507009873554805


def spelt(op: str) -> type[Kind] | None:
    """The function of each element that bears the operation's word, where it has no constants.

    >>> spelt("HardSwish").kind, spelt("Conv") is None
    ('hardswish', True)
    """
    kind = find_kind(op.lower()) if op.isidentifier() else None
    is_function = kind is not None and issubclass(kind, Activation)
    return kind if is_function and kind is not None and not kind.model_fields else None


def worded(op: str) -> type[Kind]:
    """The function that bears this word."""
    kind = spelt(op)
    assert kind is not None, op
    return kind


def function(use: Use) -> list[Tensor]:
    """A function without constants. Raises NoRuleError where no kind bears its word."""
    kind = spelt(use.operation.op)
    if kind is None:
        raise NoRuleError("no kind does what it does")
    return [*use.pointwise(kind)]


@rule("Selu")
def selu(use: Use) -> list[Tensor]:
    """By the two constants that its authors found, which files round."""
    alpha, gamma = use.number("alpha", _ALPHA), use.number("gamma", _GAMMA)
    if abs(alpha - _ALPHA) > 1e-4 or abs(gamma - _GAMMA) > 1e-4:
        raise NoRuleError("its constants are other ones")
    return [*use.pointwise(worded("Selu"))]


@rule("Swish")
def swish(use: Use) -> list[Tensor]:
    """x sigmoid(alpha x)."""
    if use.number("alpha", 1.0) != 1:
        raise NoRuleError("its slope is another one")
    return [*use.pointwise(worded("Silu"))]


def unless(usual: float, **field: Any) -> dict[str, Any]:
    """The field, where it is not as usual."""
    return {name: value for name, value in field.items() if value != usual}
