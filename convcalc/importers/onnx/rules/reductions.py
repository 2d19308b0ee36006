"""Figures over axes: ReduceMean, ReduceSum, ReduceMax, ReduceMin, ReduceL2."""

from __future__ import annotations

from convcalc.importers.building import NoRuleError
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.tensor_views import View
from convcalc.kinds.adaptive_family import GlobalAvgPool, GlobalMaxPool
from convcalc.kinds.reduce import Reduce

# Each figure as `Reduce` calls it, and the pool that gives it over a whole map.
_FIGURES = {
    "ReduceMean": ("mean", GlobalAvgPool),
    "ReduceMax": ("max", GlobalMaxPool),
    "ReduceSum": ("sum", None),
    "ReduceMin": ("min", None),
    "ReduceL2": ("l2", None),
}


@rule(*_FIGURES)
def reduce(use: Use) -> list[Tensor]:
    """A figure over some axes of a tensor."""
    x = use.view()
    rank = len(x.axes)
    given = use.sizes(1) if use.has(1) else use.list("axes")
    if not given and use.whole("noop_with_empty_axes", 0):
        return [x]
    axes = use.axes(given, rank) if given else tuple(range(rank))
    keeps = bool(use.whole("keepdims", 1))
    gone = {part for axis in axes for part in x.axes[axis]}
    if any(set(own) & gone and set(own) - gone for own in x.own):
        # Axes that are kept, then those that are not, each for itself.
        kept = [parts for at, parts in enumerate(x.axes) if at not in axes and parts]
        x = use.arranged(x, [*kept, *(x.axes[axis] for axis in axes if x.axes[axis])])
    if not gone:
        return [x if keeps else _dropped(use, x, axes)]
    return [_reduced(use, x, gone, axes, keeps)]


def _dropped(use: Use, x: View, axes: tuple[int, ...]) -> View:
    dims = tuple(size for axis, size in enumerate(x.dims) if axis not in axes)
    return use.builder.reshaped(x, dims, use.operation)


def _reduced(use: Use, x: View, gone: set[int], axes: tuple[int, ...], keeps: bool) -> View:
    figure, pool = _FIGURES[use.operation.op]
    is_gone = [bool(own) and set(own) <= gone for own in x.own]
    if pool is not None and len(x.own) > 1 and not is_gone[0] and all(is_gone[1:]):
        at = use.layer(pool, {"keepdim": True} if keeps else {}, x)
        left = [*x.own[:1], *([()] * (len(x.own) - 1) if keeps else [])]
    else:
        names = "chwd"[: len(x.own)]
        after = " ".join(n for n, lost in zip(names, is_gone, strict=True) if not lost) or "1"
        at = use.layer(Reduce, {"pattern": f"{' '.join(names)} -> {after}", "op": figure}, x)
        left = [own for own, lost in zip(x.own, is_gone, strict=True) if not lost] or [()]
    kept = [part for part in range(len(x.sizes)) if part not in gone]
    number = {part: place for place, part in enumerate(kept)}
    own_axes = tuple(tuple(number[part] for part in own) for own in left)
    source = tuple(
        () if axis in axes else tuple(number[part] for part in parts)
        for axis, parts in enumerate(x.axes)
        if keeps or axis not in axes
    )
    if not kept and len(x.axes) > 16:
        raise NoRuleError("it has too many axes")
    return View(at, tuple(x.sizes[part] for part in kept), own_axes, source, x.by)
