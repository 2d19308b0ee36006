"""Figures over axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain
from math import inf, prod, sqrt
from typing import Any

from convcalc.core.arrangement import Parts
from convcalc.core.text import in_words
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.call import Call, side
from convcalc.importers.pytorch.rules.joins import joined, raised, times
from convcalc.importers.pytorch.rules.pointwise import squared
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View
from convcalc.kinds import find_kind
from convcalc.kinds.adaptive_family import GlobalAvgPool, GlobalMaxPool
from convcalc.kinds.arithmetic_family import Max, Min
from convcalc.kinds.axes_family import Cumsum
from convcalc.kinds.base import Kind
from convcalc.kinds.base.kind import word_of
from convcalc.kinds.reduce import Reduce

# Figures over all of a map, of each channel.
_POOLS: dict[str, type[Kind]] = {"mean": GlobalAvgPool, "max": GlobalMaxPool}


def _named(dim: Sequence[int] | int | None, rank: int) -> Sequence[int]:
    """The axes that are named, which are all where none is."""
    if dim is None or dim == ():
        return range(rank)
    return (dim,) if isinstance(dim, int) else dim


def figure(op: str) -> Callable[..., Value]:
    """A figure over axes, or over everything."""

    def rule(
        call: Call,
        x: Value,
        dim: Sequence[int] | int | None = None,
        keepdim: bool = False,
        **_: object,
    ) -> Value:
        found = call.view(x)
        rank = len(found.axes)
        axes = sorted({axis % rank for axis in _named(dim, rank)})
        return reduced(call, found, op, axes, keepdim)

    return rule


def deviation(
    call: Call,
    x: Value,
    dim: Sequence[int] | int | None = None,
    correction: float | None = 1,
    keepdim: bool = False,
    unbiased: bool = True,
) -> View:
    """The deviation over axes, of a sample or by another correction."""
    ratio = _over_that_of_a_sample(x, dim, correction if unbiased else 0)
    return times(call, call.view(figure("std")(call, x, dim, keepdim)), sqrt(ratio))


def variance(
    call: Call,
    x: Value,
    dim: Sequence[int] | int | None = None,
    correction: float | None = 1,
    keepdim: bool = False,
    unbiased: bool = True,
) -> View:
    """The square of the deviation; of all that there is, where nothing is corrected."""
    ratio = _over_that_of_a_sample(x, dim, correction if unbiased else 0)
    return times(call, squared(call, call.view(figure("std")(call, x, dim, keepdim))), ratio)


def _over_that_of_a_sample(
    x: Value, dim: Sequence[int] | int | None, correction: float | None
) -> float:
    """A variance over that of a sample, by what is taken from the count in place of 1."""
    taken = 1 if correction is None else correction
    count = prod(x.dims[axis] for axis in _named(dim, len(x.dims)))
    if count - taken <= 0 or count < 2:
        raise NoRuleError(f"it is of {in_words(count, 'number')}, less {taken}")
    return (count - 1) / (count - taken)


def beside_mean(rule: Callable[..., View]) -> Callable[..., list[Value]]:
    """A figure of the spread, and the mean of the same."""

    def both(
        call: Call,
        x: Value,
        dim: Sequence[int] | int | None = None,
        correction: float | None = 1,
        keepdim: bool = False,
        unbiased: bool = True,
    ) -> list[Value]:
        spread = rule(call, x, dim, correction, keepdim, unbiased)
        return [spread, figure("mean")(call, x, dim, keepdim)]

    return both


def reduced(call: Call, view: View, op: str, axes: Sequence[int], keepdim: bool) -> View:
    """The figure `op` over axes of the tensor, in one layer."""
    lost = set(chain.from_iterable(view.axes[axis] for axis in axes))
    dims = tuple(1 if n in axes else size for n, size in enumerate(view.dims))
    shape = dims if keepdim else tuple(s for n, s in enumerate(dims) if n not in axes)
    if not lost:
        if op == "std":
            raise NoRuleError("of one number there is no deviation")
        # The length of one number is its size; all else of one is that one.
        found = _absolute(call, view) if op == "l2" else view
        return found.reshaped(shape) or found
    own = [axis for axis in view.own if axis]
    space = set(chain.from_iterable(view.own[1:]))
    if op in _POOLS and lost == space and view.own[0]:
        at = call.layer(_POOLS[op], {"keepdim": True} if keepdim else {}, view)
        kept: list[Parts] = [view.own[0], *[()] * (len(view.own) - 1 if keepdim else 0)]
    else:
        names = [f"x{part}" for part in range(len(view.sizes))]
        left = [tuple(p for p in axis if p not in lost) for axis in own]
        kept = [axis for axis in left if axis] or [()]
        if keepdim and len(own) > 1 and kept[0] and not left[0]:
            # Of the channels one is left, and positions stay positions.
            kept = [(), *kept]
        pattern = f"{side(view.own, names)} -> {side(kept, names)}"
        sizes = {names[p]: view.sizes[p] for axis in own if len(axis) > 1 for p in axis[1:]}
        at = call.layer(Reduce, {"pattern": pattern, "op": op, "sizes": sizes}, view)
    number = {part: n for n, part in enumerate(chain.from_iterable(kept))}
    new_sizes = tuple(view.sizes[part] for part in chain.from_iterable(kept))
    own_now = tuple(tuple(number[p] for p in axis) for axis in kept)
    axes_now = tuple(
        tuple(number[p] for p in axis if p in number)
        for n, axis in enumerate(view.axes)
        if keepdim or n not in axes
    )
    return View(at, new_sizes, own_now, axes_now, view.by)


def extreme(op: str) -> Callable[..., list[Value | None]]:
    """The largest or the smallest of two tensors, of everything, or of an axis by its value."""
    of_two = {"max": Max, "min": Min}[op]

    def rule(
        call: Call,
        x: Value,
        dim: int | None = None,
        keepdim: bool = False,
        other: Value | None = None,
        **_: object,
    ) -> list[Value | None]:
        if other is not None:
            return [joined(call, of_two, x, other)]
        if not call.is_read(1):
            return [figure(op)(call, x, dim, keepdim), None]
        # Of one that nobody reads there is no layer.
        value = figure(op)(call, x, dim, keepdim) if call.is_read(0) else None
        return [value, place(f"arg{op}")(call, x, dim, keepdim)]

    return rule


def cumsum(call: Call, x: Value, dim: int, **_: object) -> View:
    """Sums along an axis."""
    found, axis = call.alone(call.view(x), dim)
    return call.same(Cumsum, {"axis": axis}, found)


def place(op: str) -> Callable[..., View]:
    """The place of the first largest, or smallest, along an axis."""

    def rule(call: Call, x: Value, dim: int | None = None, keepdim: bool = False) -> View:
        if dim is None:
            raise NoRuleError("it counts through all axes")
        view = call.view(x)
        if not view.axes[dim]:
            raise NoRuleError("an axis of 1 has no other place")
        view, _ = call.alone(view, dim)
        return reduced(call, view, op, [dim % len(view.axes)], keepdim)

    return rule


# Lengths by the exponent of the norm, as figures of what the elements are without their signs.
_LENGTHS = {1: "sum", inf: "max", -inf: "min"}


def norm(
    call: Call, x: Value, p: float | None = 2, dim: Any = None, keepdim: bool = False, **_: object
) -> Value:
    """The length of vectors."""
    if p in (None, 2):
        return figure("l2")(call, x, dim, keepdim)
    sizes = _absolute(call, call.view(x))
    if p in _LENGTHS:
        return figure(_LENGTHS[p])(call, sizes, dim, keepdim)
    if p == 0:
        raise NoRuleError("it counts what is not 0")
    total = figure("sum")(call, raised(call, sizes, p), dim, keepdim)
    return raised(call, call.view(total), 1 / p)


def _absolute(call: Call, view: View) -> View:
    kind = find_kind(word_of("Abs"))
    assert kind is not None
    return call.same(kind, {}, view)


RULES: dict[str, Callable[..., object]] = {
    "aten.mean": figure("mean"),
    "aten.sum": figure("sum"),
    "aten.amax": figure("max"),
    "aten.amin": figure("min"),
    **dict.fromkeys(("aten.norm", "aten.linalg_vector_norm"), norm),
    "aten.max": extreme("max"),
    "aten.min": extreme("min"),
    "aten.cumsum": cumsum,
    "aten.argmax": place("argmax"),
    "aten.argmin": place("argmin"),
    "aten.prod": figure("prod"),
    "aten.logsumexp": figure("logsumexp"),
    "aten.std": deviation,
    "aten.var": variance,
    "aten.std_mean": beside_mean(deviation),
    "aten.var_mean": beside_mean(variance),
}
