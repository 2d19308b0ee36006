"""Values and gradients of random layers against torch and its autograd.

Direct sums of products may differ by 32 u sum|terms|, other functions by a relative error; small
integers through exact kinds must agree bit for bit. Every case can be drawn again by its number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, NamedTuple

import numpy as np
import pytest

from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind
from tests.crosscheck import draws, draws_axes, draws_more, draws_products, draws_sequences
from tests.crosscheck.draws import Case
from tests.crosscheck.layer_values import (
    DIRECT,
    EXACT,
    Array,
    Numbers,
    allowed,
    differ,
    forward,
    gradient_bound,
    gradients,
    layer,
    numbers,
)
from tests.drawn_layers import running

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from tests.crosscheck import torch_windows  # noqa: E402 - only where torch is installed
from tests.crosscheck.torch_layers import layer_of  # noqa: E402
from tests.crosscheck.torch_windows import Layer  # noqa: E402

pytestmark = [pytest.mark.crosscheck, pytest.mark.filterwarnings("ignore::UserWarning")]


class Drawn(NamedTuple):
    """How many cases of a family are drawn, and the least whose values are compared."""

    draw: Callable[[Random], Case]
    cases: int
    values: int


DRAWN: dict[str, Drawn] = {
    "conv": Drawn(draws.conv, 1200, 590),
    "conv_transpose": Drawn(draws.conv_transpose, 1200, 360),
    "max_pool": Drawn(draws.max_pool, 700, 330),
    "avg_pool": Drawn(draws.avg_pool, 700, 330),
    "lp_pool": Drawn(draws.lp_pool, 300, 170),
    "adaptive_avg_pool": Drawn(draws.adaptive_avg_pool, 200, 110),
    "adaptive_max_pool": Drawn(draws.adaptive_max_pool, 200, 110),
    "global_pool": Drawn(draws_more.global_pool, 60, 60),
    "linear": Drawn(draws.linear, 150, 60),
    "attention": Drawn(draws_products.attention, 500, 200),
    "cross_attention": Drawn(draws_products.cross_attention, 200, 90),
    "scaled_dot_product_attention": Drawn(draws_products.scaled_dot_product_attention, 150, 70),
    "batch_norm": Drawn(draws.batch_norm, 80, 80),
    "instance_norm": Drawn(draws.instance_norm, 150, 40),
    "group_norm": Drawn(draws.group_norm, 200, 60),
    "layer_norm": Drawn(draws.layer_norm, 200, 170),
    "rms_norm": Drawn(draws.rms_norm, 120, 100),
    "l2_normalize": Drawn(draws.l2_normalize, 120, 100),
    "global_response_norm": Drawn(draws.global_response_norm, 80, 50),
    "local_response_norm": Drawn(draws.local_response_norm, 120, 60),
    "activation": Drawn(draws_more.activation, 400, 380),
    "constants": Drawn(draws_more.with_constants, 300, 240),
    "scale": Drawn(draws_more.scale, 40, 40),
    "bias": Drawn(draws_more.bias, 40, 40),
    "recurrent": Drawn(draws_sequences.any_recurrent, 400, 280),
    "recurrent with state": Drawn(draws_sequences.any_with_state, 300, 150),
    "cells": Drawn(draws_sequences.with_cells, 200, 100),
    "embedding": Drawn(draws_sequences.embedding, 150, 90),
    "prelu": Drawn(draws_more.prelu, 40, 40),
    "glu": Drawn(draws_axes.glu, 200, 100),
    "unflatten": Drawn(draws_more.unflatten, 100, 40),
    "reshape": Drawn(draws_more.reshape, 150, 90),
    "pad": Drawn(draws_more.pad, 400, 260),
    "crop": Drawn(draws_more.crop, 120, 80),
    "upsample": Drawn(draws_more.upsample, 700, 380),
    "pixel_shuffle": Drawn(draws_more.pixel_shuffle, 120, 70),
    "pixel_unshuffle": Drawn(draws_more.pixel_unshuffle, 120, 70),
    "channel_shuffle": Drawn(draws_more.channel_shuffle, 100, 30),
    "fold": Drawn(draws_more.fold, 250, 120),
    "max_unpool": Drawn(draws_more.max_unpool, 300, 120),
    "deform_conv": Drawn(draws_more.deform_conv, 250, 90),
    "bilinear": Drawn(draws_more.bilinear, 150, 100),
    "mean_std_pool": Drawn(draws_more.mean_std_pool, 100, 40),
    "unfold": Drawn(draws_more.unfold, 250, 150),
    "broadcast": Drawn(draws_axes.broadcast, 150, 75),
    "rearrange": Drawn(draws_axes.rearrange, 150, 90),
    "reduce": Drawn(draws_axes.reduce, 150, 75),
    "einsum": Drawn(draws_axes.einsum, 150, 100),
    "matmul": Drawn(draws_axes.matmul, 150, 90),
    "permute": Drawn(draws_axes.permute, 50, 35),
    "roll": Drawn(draws_axes.roll, 60, 40),
    "split": Drawn(draws_axes.split, 100, 45),
    "flip": Drawn(draws_axes.flip, 50, 35),
    "take": Drawn(draws_axes.take, 60, 35),
    "decision": Drawn(draws_more.decision, 300, 150),
    "cumsum": Drawn(draws_axes.cumsum, 50, 35),
    "softmax": Drawn(draws_axes.softmax, 75, 50),
    "log_softmax": Drawn(draws_axes.log_softmax, 30, 20),
    "softmin": Drawn(draws_axes.softmin, 30, 20),
    "flatten": Drawn(draws_axes.flatten, 40, 30),
    "slice": Drawn(draws_axes.slice, 75, 20),
    "concat": Drawn(draws_axes.concat, 100, 60),
    "merge": Drawn(draws_more.merge, 400, 200),
}

REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, ZeroDivisionError)


def torch_layer(case: Case, weights: dict[str, Array], batch_statistics: bool) -> Layer:
    """The layer in torch with these numbers in it."""
    if case.kind == "dropout":
        return Layer(lambda x: torch.nn.functional.dropout(x, training=False))
    if case.kind == "global_max_pool":
        return _single_bin(case)
    built = layer_of(case)
    if _counts_real_pixels(case):
        # Sums of the map and of ones, each over the same number of pixels.
        return Layer(lambda x: built.forward(x) / built.forward(torch.ones_like(x)))
    if built.module is not None:
        dtype = getattr(torch, str(next(iter(weights.values())).dtype)) if weights else None
        built.module.to(dtype=dtype)
        built.module.train(batch_statistics)
        state = {name: torch.from_numpy(array.copy()) for name, array in weights.items()}
        built.module.load_state_dict(state, strict=False)
    return built


def _single_bin(case: Case) -> Layer:
    """The pool with one winner; `amax` would share the gradient among equal pixels."""
    functions = torch.nn.functional
    pools = (
        functions.adaptive_max_pool1d,
        functions.adaptive_max_pool2d,
        functions.adaptive_max_pool3d,
    )
    pool = pools[len(case.inputs[0]) - 2]
    return Layer(lambda x: pool(x, 1) if case.fields["keepdim"] else pool(x, 1).flatten(1))


def _counts_real_pixels(case: Case) -> bool:
    """A mean of real pixels, padded unevenly: a `pad` before torch's pool would be counted."""
    fields = case.fields
    if case.kind != "avg_pool" or fields.get("count_include_pad", True):
        return False
    if torch_windows.is_dilated(fields, len(case.inputs[0]) - 1):
        return False
    before, _ = torch_windows.split_padding(fields, case.inputs[0])
    return before is not None and not fields.get("divisor_override")


def terms_of(case: Case, given: Numbers) -> Array | None:
    """The sum of the sizes of all terms of each output, where the layer is such a sum."""
    if case.kind not in DIRECT:
        return None
    sizes = {name: np.abs(array).astype(np.float64) for name, array in given.weights.items()}
    built = torch_layer(case, sizes, False)
    inputs = [torch.from_numpy(np.abs(x).astype(np.float64)) for x in given.inputs]
    with torch.no_grad():
        found: Array = built.forward(*inputs).numpy()
    return found


class Compared(NamedTuple):
    """How many layers were compared and how, and what disagreed."""

    tally: Counter[str]
    failures: list[str]


def cases(family: str) -> list[tuple[int, Case, Kind, Random]]:
    draw, count, _ = DRAWN[family]
    found = []
    for number in range(count):
        rng = Random(f"values of {family} {number}")
        case = draw(rng)
        made = layer(case)
        if made is not None:
            found.append((number, case, made, rng))
    return found


@cache
def compared(family: str) -> Compared:
    """Values and, for every second layer, gradients."""
    tally: Counter[str] = Counter()
    failures = []
    for number, case, made, rng in cases(family):
        dtype = ("float32", "float64")[number % 2]
        given = numbers(case, made, rng, dtype, integers=number % 3 == 0)
        by_batch = case.kind == "batch_norm" and number % 5 < 2
        try:
            wrong = _compared(case, made, given, dtype, by_batch, tally)
        except REFUSALS as error:
            if not _is_torchs(error):
                raise
            # Limits that the planner's own cross-check names; the values have no counterpart.
            tally["torch refuses"] += 1
            continue
        failures += [f"Random('values of {family} {number}'): {case}\n  {w}" for w in wrong]
    return Compared(tally, failures)


def _is_torchs(error: BaseException) -> bool:
    """Whether it was torch that refused."""
    trace = error.__traceback__
    names = []
    while trace:
        names.append(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
    return not any(name.startswith("convcalc.") for name in names)


def _compared(
    case: Case, made: Kind, given: Numbers, dtype: str, by_batch: bool, tally: Counter[str]
) -> list[str]:
    if _rounds_positions(case):
        tally["positions rounded by torch"] += 1
        return []
    inputs = [torch.from_numpy(x.copy()) for x in given.inputs]
    with torch.no_grad():
        theirs: Array = torch_layer(case, given.weights, by_batch).forward(*inputs).numpy()
    # Two divisions stand for one where torch has no form of its own.
    exact = given.are_integers and case.kind in EXACT and not _counts_real_pixels(case)
    bound = 0 if exact else allowed(case, given, theirs, terms_of(case, given), dtype)
    found = differ(forward(made, given, by_batch), theirs, bound)
    tally["values"] += 1
    tally["exact"] += exact
    wrong = [f"values: {found}"] if found else []
    # A max pool's window on padding alone has no winner: torch then writes the gradient outside
    # of its memory.
    if np.isfinite(theirs).all():
        wrong += _gradients_compared(case, made, given, theirs.shape, dtype, by_batch)
        tally["gradients"] += 1
    return wrong


def _gradients_compared(
    case: Case, made: Kind, given: Numbers, shape: tuple[int, ...], dtype: str, by_batch: bool
) -> list[str]:
    grad = np.random.default_rng(7).standard_normal(shape).astype(dtype)
    # In double precision: torch's float32 gradient of some transposed 3-d kernels is no number.
    # What `rms_norm` adds to a square by default is the type's.
    wide = dtype if case.kind == "rms_norm" else "float64"
    inputs = [torch.from_numpy(x.astype(wide)).requires_grad_() for x in given.inputs]
    weights = {name: array.astype(wide) for name, array in given.weights.items()}
    built = torch_layer(case, weights, by_batch)
    output = built.forward(*inputs)
    if output.requires_grad:
        output.backward(torch.from_numpy(grad.astype(wide)))
    wanted = {f"input {place}": tensor for place, tensor in enumerate(inputs)}
    wanted |= dict(built.module.named_parameters()) if built.module else {}
    found, learnt = gradients(made, given, grad, by_batch)
    ours = {f"input {place}": array for place, array in enumerate(found)} | dict(learnt)
    if set(ours) != set(wanted):
        return [f"gradients of {set(ours)}, theirs {set(wanted)}"]
    wrong = []
    for name, array in ours.items():
        # An index has no gradient.
        found_here = wanted[name].grad
        expected = np.zeros(array.shape) if found_here is None else found_here.numpy()
        bound = gradient_bound(case, given, expected, grad, dtype)
        if said := differ(array, expected.astype(dtype), bound):
            wrong.append(f"gradient of {name}: {said}")
    return wrong


def _rounds_positions(case: Case) -> bool:
    """Whether torch's resampling leaves its own formula, (u + 1/2) / factor - 1/2.

    Where the output happens to have the input's size (for nearest, or the double of it), some of
    its loops copy pixels without a look at the factor, some do not; which, depends on rank and
    memory layout. Nearest also multiplies in single precision, before it rounds down.
    """
    if case.kind != "upsample":
        return False
    nearest = case.fields["mode"] == "nearest"
    sizes = case.inputs[0][1:]
    made = layer(case)
    assert made is not None
    facts = made.facts(case.inputs)
    factors = draws.spread(case.fields.get("scale_factor"), len(sizes))
    for size, units, factor in zip(sizes, facts.output[1:], factors, strict=True):
        exact = 1 / Fraction(str(factor)) if factor else Fraction(size, units)
        straight = (size, 2 * size) if nearest else (size,)
        if units in straight and exact != Fraction(size, units):
            return True
        single = np.float32(1 / factor if factor else np.float32(size) / np.float32(units))
        rounded = any(int(u * exact) != int(np.float32(u) * single) for u in range(units))
        if nearest and rounded:
            return True
    return False


@pytest.mark.parametrize("family", DRAWN)
def test_values_and_gradients_agree_with_torch(family: str) -> None:
    tally, failures = compared(family)
    print(f"{family}: {dict(tally)}")
    assert not failures, f"{len(failures)} disagree\n" + "\n".join(failures[:10])
    assert tally["values"] >= DRAWN[family].values


def test_enough_is_compared() -> None:
    total: Counter[str] = Counter()
    for family in DRAWN:
        total += compared(family).tally
    print(dict(total))
    assert total["values"] >= 3000
    assert total["gradients"] >= 3000
    assert total["exact"] >= 1000


def test_every_kind_is_compared() -> None:
    seen = {case.kind for family in DRAWN for _, case, _, _ in cases(family)}
    # These read nothing.
    assert set(running()) - seen == {"parameter", "constant"}


def no_bias(self: Any, ops: Any, x: Array, w: Any) -> Array:
    y: Array = x @ w["weight"].T
    return y


def channels_last(self: Any, ops: Any, x: Array, w: Any) -> Array:
    """The elements of each position together, not those of each channel."""
    return x.reshape(len(x), -1)


def no_slope(self: Any, ops: Any, grad: Array, x: Array, y: Array, w: Any) -> Any:
    return grad, {"weight": ops.channel_sum(grad) if len(w["weight"]) > 1 else w["weight"]}


@pytest.mark.parametrize(
    ("family", "method", "broken"),
    [
        pytest.param("linear", "forward", no_bias, id="bias forgotten"),
        pytest.param("flatten", "forward", channels_last, id="another order"),
        pytest.param("prelu", "backward", no_slope, id="slope forgotten"),
    ],
)
def test_a_wrong_number_is_noticed(
    family: str, method: str, broken: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(find_kind(family), method, broken)
    assert compared.__wrapped__(family).failures
