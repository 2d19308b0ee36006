"""Parts of tensors: Slice, Split; and parts that change places."""

from __future__ import annotations

from convcalc.importers.onnx.asked_sizes import slices, split_sizes
from convcalc.importers.onnx.use import Tensor, Use, rule
from convcalc.importers.phased_maps import phased
from convcalc.importers.placing import NoRuleError
from convcalc.importers.rolled_axes import rolled
from convcalc.importers.tensor_views import View
from convcalc.kinds.flip import Flip
from convcalc.kinds.glu_family import Glu
from convcalc.kinds.pool_family import MaxPool
from convcalc.network.held import Held, Written


@rule("Slice")
def slice_(use: Use) -> list[Tensor]:
    """Ranges of axes; every n-th position is a window of one pixel."""
    x = use.tensor()
    given = [use.sizes(place) for place in range(1, use.count) if use.has(place)]
    ranges = slices(use, x.dims, given)
    if use.is_learnt() and any(indices.step != 1 for _, indices in ranges):
        # What is learnt counts whole: a layer takes the part.
        x = use.view()
    for axis, indices in ranges:
        if isinstance(x, Held) or not indices:
            x = _stored_part(x, axis, indices)
        else:
            x = _taken(use, x, axis, indices)
    return [x]


def _stored_part(x: Tensor, axis: int, indices: range) -> Held:
    """A range of what is stored; or no elements, which what joins them later on passes over."""
    held = x if isinstance(x, Held) else Held("", x.dims, "float32", Written(()))
    dims = (*x.dims[:axis], len(indices), *x.dims[axis + 1 :])
    return held.made("sliced", dims, axis=axis, start=indices.start, step=indices.step)


def _taken(use: Use, x: View, axis: int, indices: range) -> View:
    if indices == range(x.dims[axis]):
        return x
    if indices.step == 1:
        return use.cut(x, axis, indices.start, indices.stop)
    if indices.step < 0:
        there = _taken(use, x, axis, indices[::-1])
        return flipped(use, there, axis)
    size, step = x.dims[axis], indices.step
    if size % step == 0 and len(indices) == size // step:
        # Every n-th of a whole axis: the axis split in two, and one index of the second.
        split = x.reshaped((*x.dims[:axis], size // step, step, *x.dims[axis + 1 :]))
        if split is not None and len(x.own) + 1 <= 4:
            taken = use.cut(split, axis + 1, indices.start, indices.start + 1)
            found = taken.reshaped((*x.dims[:axis], size // step, *x.dims[axis + 1 :]))
            assert found is not None
            return found
    x = use.cut(x, axis, indices.start, indices[-1] + 1)
    x, place = use.isolated(x, axis)
    if not place:
        raise NoRuleError("it takes every n-th channel")
    stride = tuple(step if at == place else 1 for at in range(1, len(x.own)))
    at = use.layer(MaxPool, {"kernel_size": 1, "stride": stride}, x)
    return x.resized(at, place, len(indices), axis)


def flipped(use: Use, x: View, axis: int) -> View:
    """The last first, along the tensor's `axis`."""
    x, place = use.isolated(x, axis)
    return x.on(use.layer(Flip, {"axis": place}, x))


@rule("Split")
def split(use: Use) -> list[Tensor]:
    """Ranges of one axis that follow each other."""
    x = use.tensor()
    axis = use.axis(len(x.dims))
    sizes = split_sizes(use, x.dims[axis], use.sizes(1) if use.has(1) else None)
    found: list[Tensor] = []
    start = 0
    for size in sizes:
        if isinstance(x, Held) or not size:
            found.append(_stored_part(x, axis, range(start, start + size)))
        else:
            found.append(use.cut(x, axis, start, start + size))
        start += size
    return found


@rule("Glu")
def glu(use: Use) -> list[Tensor]:
    """One half of an axis gated by the other, as it was found to be one layer."""
    x = use.view()
    axis = use.axis(len(x.axes), 0)
    half = x.dims[axis] // 2
    sizes = use.sizes(1) if use.has(1) else use.list("split") or (half, half)
    if sizes != (half, half):
        return [*use.walk.as_written(use.operation)]
    x, place = use.isolated(x, axis)
    at = use.layer(Glu, {"axis": place} if place else {}, x)
    return [x.resized(at, place, half, axis)]


@rule("Roll")
def roll(use: Use) -> list[Tensor]:
    """Axes that were cut in two and joined the other way round, found to be one layer."""
    x = use.tensor()
    axes, starts, ends = (use.list(name) or () for name in ("axes", "starts", "ends"))
    if "pieces" not in use.operation.attributes:
        raise NoRuleError("it is no operator of ONNX")
    by: dict[int, int] = {}
    for axis, start, end in zip(use.axes(axes, len(x.dims)), starts, ends, strict=True):
        size = x.dims[axis]
        # What the file states of its sizes may not be so.
        if isinstance(x, Held) or not -size < start < size or end < size:
            return [*use.walk.as_written(use.operation)]
        # The shorter way round.
        move = -start % size
        by[axis] = move if 2 * move <= size else move - size
    assert isinstance(x, View)
    return [rolled(use.builder, x, by, use.operation)]


@rule("Phases")
def phases(use: Use) -> list[Tensor]:
    """Every n-th place, whichever first, joined: a tensor that is cut and turned, and no layer."""
    x = use.tensor()
    if "pieces" not in use.operation.attributes or isinstance(x, Held):
        return [*use.walk.as_written(use.operation)]
    axes, by = (use.list(name) or () for name in ("axes", "by"))
    found = phased(x, use.axes(axes, len(x.dims)), by, use.axis(len(x.dims)))
    return [found] if found is not None else [*use.walk.as_written(use.operation)]
