"""Numbers for drawn layers, what convcalc makes of them, and how far two answers may differ."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from convcalc.arrays.draws import with_indices
from convcalc.arrays.ops import Ops, channels_first, channels_last
from convcalc.core.errors import LayerError
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind
from tests.crosscheck.draws import Case
from tests.crosscheck.draws_more import ASKED, COMPARISONS, LOGIC

Array = NDArray[Any]
BATCH = 2

# Sums of products with a bound: the error is at most a few roundings of each term.
DIRECT = frozenset(
    {"conv", "conv_transpose", "linear", "avg_pool", "adaptive_avg_pool", "bilinear"}
)
# Small integers in, the same integers (or halves of them) out, bit for bit.
EXACT = DIRECT | {
    "max_pool", "adaptive_max_pool", "global_max_pool", "relu", "relu6", "abs", "square", "dropout",
    "identity", "prelu", "scale", "flatten", "unflatten", "reshape", "pad", "crop",
    "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "unfold", "slice", "add", "sub", "mul",
    "bias", "max", "min", "embedding", "broadcast", "concat", "rearrange", "permute", "roll",
    "split", "cumsum", "flip", "einsum", "matmul", "fold", "max_unpool",
    "take", "where", *COMPARISONS, *LOGIC, *ASKED,
}  # fmt: skip


class Numbers(NamedTuple):
    """Arrays for one layer: inputs channels first `(N, C, *S)`, weights and buffers by name."""

    inputs: tuple[Array, ...]
    weights: dict[str, Array]
    are_integers: bool


def layer(case: Case) -> Kind | None:
    """The layer of the case; None where it is illegal."""
    kind = find_kind(case.kind)
    assert kind is not None, case.kind
    try:
        made = kind.model_validate(case.fields)
        made.facts(case.inputs)
    except (ValidationError, LayerError):
        return None
    return made


def numbers(case: Case, made: Kind, rng: Random, dtype: str, integers: bool) -> Numbers:
    """Normal numbers or small integers for the layer."""
    draw = np.random.default_rng(rng.getrandbits(64))
    # Scores of whole numbers lie so far apart that the last digit of one decides.
    integers = integers and not case.kind.endswith("attention")

    def array(shape: tuple[int, ...]) -> Array:
        if integers:
            return draw.integers(-4, 4, shape, endpoint=True).astype(dtype)
        return draw.standard_normal(shape).astype(dtype)

    shapes = made.weights_of(case.inputs) | made.buffers_of(case.inputs)
    weights = {name: array(shape) for name, shape in shapes.items()}
    if "running_var" in weights:
        weights["running_var"] = np.abs(weights["running_var"]) + weights["running_var"].dtype.type(
            0.5
        )
    inputs = tuple(array((BATCH, *shape)) for shape in case.inputs)
    inputs = with_indices(inputs, made.index_limits(case.inputs))
    return Numbers(inputs, weights, integers)


def forward(made: Kind, given: Numbers, batch_statistics: bool = False) -> Array:
    """convcalc's output, channels first."""
    ops = Ops(batch_statistics=batch_statistics)
    inputs = tuple(map(channels_last, given.inputs))
    # A root of a negative number and a quotient by 0 are no numbers; so says torch.
    with np.errstate(all="ignore"):
        return channels_first(made.run(ops, inputs, given.weights))


def gradients(
    made: Kind, given: Numbers, grad: Array, batch_statistics: bool = False
) -> tuple[tuple[Array, ...], Mapping[str, Array]]:
    """convcalc's gradients with respect to the inputs (channels first) and the learnt arrays."""
    ops = Ops(batch_statistics=batch_statistics)
    inputs = tuple(map(channels_last, given.inputs))
    with np.errstate(all="ignore"):
        output = made.run(ops, inputs, given.weights)
        found, learnt = made.gradients(ops, channels_last(grad), inputs, output, given.weights)
    return tuple(map(channels_first, found)), learnt


UNIT = {"float32": 2.0**-24, "float64": 2.0**-53}
RELATIVE = {"float32": 1e-5, "float64": 1e-11}


def allowed(
    case: Case, given: Numbers, theirs: Array, terms: Array | None, dtype: str
) -> Array | float:
    """How far an element may be from theirs.

    32 u sum|terms| where the terms are known (Higham's bound has n u sum|terms|; blocked sums
    stay below 32), else a relative error: functions of several steps round at each of them.
    """
    if terms is not None:
        bound: Array = 32 * UNIT[dtype] * terms
        return bound
    if case.kind == "upsample":
        # torch finds positions in the input's type: off by u times the position, and as much
        # again of the difference of two pixels.
        largest = max(np.abs(x).max() for x in given.inputs)
        return float(8 * UNIT[dtype] * max(case.inputs[0][1:]) * 2 * largest)
    return RELATIVE[dtype] * _scale(case, given) * _largest(theirs)


def gradient_bound(case: Case, given: Numbers, theirs: Array, grad: Array, dtype: str) -> float:
    """How far an element of a gradient may be from theirs: relative to the largest."""
    return 2 * RELATIVE[dtype] * _scale(case, given) * max(_largest(theirs), _largest(grad))


def _scale(case: Case, given: Numbers) -> float:
    if case.kind in ("group_norm", "instance_norm", "layer_norm"):
        # Of equal numbers torch takes x / sqrt(eps) and the mean times the same: with 1e-5, 316
        # times the roundings are left. Integers are often equal, a lone number is its mean, and
        # the gradients of two numbers all but cancel.
        worst = float(case.fields.get("eps", 1e-5)) ** -0.5
        return worst if given.are_integers or _are_few(case) else 1.0
    if case.kind.removesuffix("_with_state") in ("lstm", "gru", "rnn"):
        # Each step multiplies the roundings of the steps before it.
        return 30.0
    if case.kind in ("hardsigmoid", "celu"):
        # torch's sixth, and one over alpha on the way back, have single precision always.
        return 1e4
    return 1.0


def _are_few(case: Case) -> bool:
    """Whether a mean is taken over one number or two."""
    channels, *sizes = case.inputs[0]
    groups = {"group_norm": case.fields.get("groups", 1), "instance_norm": channels}
    return bool(channels // groups.get(case.kind, 1) * np.prod(sizes) <= 2)


def _largest(array: Array) -> float:
    return float(np.abs(array[np.isfinite(array)]).max(initial=1.0))


def differ(ours: Array, theirs: Array, bound: Any) -> str:
    """What is wrong with our numbers, or nothing; NaN equals NaN."""
    if ours.shape != theirs.shape:
        return f"shape {ours.shape}, theirs {theirs.shape}"
    if ours.dtype != theirs.dtype:
        return f"{ours.dtype}, theirs {theirs.dtype}"
    if (np.isnan(ours) != np.isnan(theirs)).any():
        return "NaN elsewhere"
    with np.errstate(invalid="ignore"):
        apart = np.where((ours == theirs) | np.isnan(theirs), 0, np.abs(ours - theirs))
    excess = apart - bound
    if (excess > 0).any():
        at = np.unravel_index(np.argmax(excess), excess.shape)
        return f"{ours[at]!r}, theirs {theirs[at]!r} at {tuple(map(int, at))}"
    return ""
