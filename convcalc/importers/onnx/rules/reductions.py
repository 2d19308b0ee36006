"""Figures over axes: ReduceMean, ReduceSum, GlobalMaxPool, ReduceLogSumExp, CumSum, ..."""

from __future__ import annotations

from typing import NamedTuple

from convcalc.importers.onnx.rules.cuts import flipped
from convcalc.importers.onnx.rules.pointwise import worded
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.placing import NoRuleError
from convcalc.importers.tensor_views import View
from convcalc.kinds.adaptive_family import GlobalAvgPool, GlobalMaxPool
from convcalc.kinds.axes_family import Cumsum
from convcalc.kinds.base import Kind
from convcalc.kinds.reduce import Reduce


class _Figure(NamedTuple):
    """A figure as `Reduce` calls it, the pool that gives it over a whole map, and what it is of
    one number, where that is another."""

    word: str
    pool: type[Kind] | None
    of_one: str = ""


_FIGURES: dict[str, _Figure] = {
    "ReduceMean": _Figure("mean", GlobalAvgPool),
    "ReduceMax": _Figure("max", GlobalMaxPool),
    "ReduceSum": _Figure("sum", None),
    "ReduceMin": _Figure("min", None),
    "ReduceProd": _Figure("prod", None),
    "ReduceLogSumExp": _Figure("logsumexp", None),
    "ReduceL2": _Figure("l2", None, "Abs"),
}


# Sums of a function of each element, and the function of the sum.
_SUMS = {
    "ReduceL1": ("Abs", ""),
    "ReduceSumSquare": ("Square", ""),
    "ReduceLogSum": ("", "Log"),
}


@rule("ReduceL1", "ReduceSumSquare", "ReduceLogSum")
def sums(use: Use) -> list[Tensor]:
    """A sum, of a function and with one behind it."""
    before, after = _SUMS[use.operation.op]
    x, operation = use.view(), use.operation
    found = use.builder.pointwise(worded(before), {}, x, operation) if before else x
    made = _figure(use, found, _FIGURES["ReduceSum"])
    return [use.builder.pointwise(worded(after), {}, made, operation) if after else made]


@rule("CumSum")
def cumulative(use: Use) -> list[Tensor]:
    """What stands at each place, and before."""
    axis = use.single(1)
    if axis is None or use.whole("exclusive", 0):
        raise NoRuleError("it leaves out the place itself")
    x = use.view()
    along = use.axes((int(axis),), len(x.axes))[0]
    x, place = use.isolated(x, along)
    is_from_behind = use.whole("reverse", 0)
    x = flipped(use, x, along) if is_from_behind else x
    found = x.on(use.layer(Cumsum, {"axis": place} if place else {}, x))
    return [flipped(use, found, along) if is_from_behind else found]


@rule(
    "ReduceMean", "ReduceMax", "ReduceSum", "ReduceMin", "ReduceProd", "ReduceLogSumExp", "ReduceL2"
)  # fmt: skip
def reduce(use: Use) -> list[Tensor]:
    """A figure over some axes of a tensor."""
    return [_figure(use, use.view(), _FIGURES[use.operation.op])]


@rule("GlobalAveragePool", "GlobalMaxPool")
def global_pool(use: Use) -> list[Tensor]:
    """One figure of each channel's map."""
    x = use.view()
    word = use.operation.op.removeprefix("Global").removesuffix("Pool").replace("Average", "Mean")
    return [_over(use, x, _FIGURES[f"Reduce{word}"], tuple(range(2, len(x.axes))), keeps=True)]


@rule("ArgMax", "ArgMin")
def place(use: Use) -> list[Tensor]:
    """The place of the first largest, or smallest, along an axis."""
    if use.whole("select_last_index", 0):
        raise NoRuleError("it takes the last of equal ones")
    view = use.view()
    axis = use.axis(len(view.axes))
    view, _ = use.isolated(view, axis)
    gone, keeps = set(view.axes[axis]), bool(use.whole("keepdims", 1))
    if not gone:
        raise NoRuleError("it has one place to choose from")
    word = use.operation.op.lower()
    return [_reduced(use, _Figure(word, None), view, gone, (axis,), keeps)]


def _figure(use: Use, x: View, figure: _Figure) -> View:
    rank = len(x.axes)
    given = use.sizes(1) if use.has(1) else use.list("axes")
    if not given and use.whole("noop_with_empty_axes", 0):
        return x
    axes = use.axes(given, rank) if given else tuple(range(rank))
    return _over(use, x, figure, axes, bool(use.whole("keepdims", 1)))


def total(use: Use, x: View, axes: tuple[int, ...]) -> View:
    """The sum over axes, which are left out."""
    return _over(use, x, _FIGURES["ReduceSum"], axes, keeps=False)


def _over(use: Use, x: View, figure: _Figure, axes: tuple[int, ...], keeps: bool) -> View:
    gone = {part for axis in axes for part in x.axes[axis]}
    if any(set(own) & gone and set(own) - gone for own in x.own):
        # Axes that are kept, then those that are not, each for itself.
        kept = [parts for at, parts in enumerate(x.axes) if at not in axes and parts]
        x = use.arranged(x, [*kept, *(x.axes[axis] for axis in axes if x.axes[axis])])
    if not gone:
        x = (
            use.builder.pointwise(worded(figure.of_one), {}, x, use.operation)
            if figure.of_one
            else x
        )
        return x if keeps else _dropped(use, x, axes)
    return _reduced(use, figure, x, gone, axes, keeps)


def _dropped(use: Use, x: View, axes: tuple[int, ...]) -> View:
    dims = tuple(size for axis, size in enumerate(x.dims) if axis not in axes)
    return use.builder.reshaped(x, dims, use.operation)


def _reduced(
    use: Use,
    figure: _Figure,
    x: View,
    gone: set[int],
    axes: tuple[int, ...],
    keeps: bool,
) -> View:
    pool = figure.pool
    is_gone = [bool(own) and set(own) <= gone for own in x.own]
    if pool is not None and len(x.own) > 1 and not is_gone[0] and all(is_gone[1:]):
        at = use.layer(pool, {"keepdim": True} if keeps else {}, x)
        left = [*x.own[:1], *([()] * (len(x.own) - 1) if keeps else [])]
    else:
        names = "chwd"[: len(x.own)]
        left = [own for own, lost in zip(x.own, is_gone, strict=True) if not lost] or [()]
        words = [name for name, lost in zip(names, is_gone, strict=True) if not lost] or ["1"]
        if keeps and len(x.own) > 1 and is_gone[0] and left[0]:
            # Of the channels one is left, and positions stay positions.
            left, words = [(), *left], ["1", *words]
        pattern = f"{' '.join(names)} -> {' '.join(words)}"
        at = use.layer(Reduce, {"pattern": pattern, "op": figure.word}, x)
    kept = [part for part in range(len(x.sizes)) if part not in gone]
    number = {part: place for place, part in enumerate(kept)}
    own_axes = tuple(tuple(number[part] for part in own) for own in left)
    source = tuple(
        () if axis in axes else tuple(number[part] for part in parts)
        for axis, parts in enumerate(x.axes)
        if keeps or axis not in axes
    )
    return View(at, tuple(x.sizes[part] for part in kept), own_axes, source, x.by)
