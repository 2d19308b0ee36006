"""Figures over axes, norms without parameters, and what picks places."""

from __future__ import annotations

from convcalc.importers.tflite.lowering import Lowering, rule

_FIGURES = {
    "MEAN": "ReduceMean", "SUM": "ReduceSum", "REDUCE_MAX": "ReduceMax", "REDUCE_MIN": "ReduceMin",
    "REDUCE_PROD": "ReduceProd", "REDUCE_ANY": "ReduceMax", "REDUCE_ALL": "ReduceMin",
}  # fmt: skip


@rule(*_FIGURES)
def reduce(say: Lowering) -> list[str]:
    """A figure over some axes of a tensor."""
    axes = say.constant(*say.wholes(1))
    op = _FIGURES[say.operator.word]
    return [say.add(op, say.input(), axes, keepdims=int(say.flag(0)))]


@rule("ARG_MAX", "ARG_MIN")
def arg(say: Lowering) -> list[str]:
    """The place of the largest number along an axis."""
    (axis,) = say.wholes(1)
    op = "ArgMax" if say.operator.word == "ARG_MAX" else "ArgMin"
    return [say.add(op, say.input(), axis=axis, keepdims=0)]


@rule("GATHER_ND")
def gather_nd(say: Lowering) -> list[str]:
    """Elements by their places, which are calculated."""
    # No place is counted from the end of an axis.
    return [say.add("GatherND", say.input(), say.input(1), from_front=1)]


@rule("TOPK_V2")
def top_k(say: Lowering) -> list[str]:
    """The largest numbers along the last axis, and their places."""
    count = say.constant(*say.wholes(1))
    return say.several("TopK", len(say.operator.outputs), say.input(), count, axis=-1)


@rule("CUMSUM")
def cumsum(say: Lowering) -> list[str]:
    """Sums of all numbers up to each, along an axis."""
    flags = {"exclusive": int(say.flag(0)), "reverse": int(say.flag(1))}
    return [say.add("CumSum", say.input(), say.constant(*say.wholes(1)), **flags)]


@rule("L2_NORMALIZATION")
def l2_normalization(say: Lowering) -> list[str]:
    """The last axis as vectors of length 1."""
    return say.activated(say.add("LpNormalization", say.input(), axis=-1), 0)


@rule("LOCAL_RESPONSE_NORMALIZATION")
def local_response_norm(say: Lowering) -> list[str]:
    """A norm by the energy of neighbouring channels; ONNX divides its alpha by their number."""
    size = 2 * say.whole(0) + 1
    made = say.add(
        "LRN",
        say.maps(0, 4),
        size=size,
        bias=say.real(1),
        alpha=say.real(2) * size,
        beta=say.real(3),
    )
    return [say.channels_last(made, 4)]
