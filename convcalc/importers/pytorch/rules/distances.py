"""How alike vectors are, and how far apart."""

from __future__ import annotations

from collections.abc import Callable

from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call
from convcalc.importers.pytorch.rules.joins import add, mul, sub
from convcalc.importers.pytorch.rules.norms import l2_normalize
from convcalc.importers.pytorch.rules.reductions import figure, norm
from convcalc.importers.pytorch.values import Value


def cosine_similarity(call: Call, x1: Value, x2: Value, dim: int = 1, eps: float = 1e-8) -> Value:
    """The sum over an axis of two vectors of length 1 multiplied, number by number."""
    axis = dim % len(x1.dims)
    if len(x1.dims) != len(x2.dims) or x1.dims[axis] != x2.dims[axis]:
        raise NoRuleError("its vectors are spread over each other")
    first, second = (l2_normalize(call.inside("aten.normalize"), x, axis, eps) for x in (x1, x2))
    product = mul(call.inside("aten.mul"), first, second)
    return figure("sum")(call.inside("aten.sum"), product, axis)


def pairwise_distance(
    call: Call, x1: Value, x2: Value, p: float = 2, eps: float = 1e-6, keepdim: bool = False
) -> Value:
    """The length, along the last axis, of x1 - x2 + eps."""
    apart = add(call.inside("aten.add"), sub(call.inside("aten.sub"), x1, x2), eps)
    return norm(call.inside("aten.norm"), apart, p, -1, keepdim)


RULES: dict[str, Callable[..., object]] = {
    "aten.cosine_similarity": cosine_similarity,
    "aten.pairwise_distance": pairwise_distance,
}
