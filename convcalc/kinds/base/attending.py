"""What the three kinds of attention share: heads, windows, and the product of q, k and v.

Queries, keys and values are laid out as (blocks, heads, positions, features), a block being a
sample, or a window of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod, sqrt
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.core.errors import LayerError, OnAxes
from convcalc.core.links import MAX_PATTERN, Link
from convcalc.core.shapes import AXIS_NAMES, Shape, elements, format_axes, format_shape
from convcalc.kinds.base.checks import divisible
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.fields import axes_in_words, fewer_or_more

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

# Operations of one score: exponential, maximum, subtraction, sum and division.
SOFTMAX = 5


class Heads(NamedTuple):
    """Heads of queries, heads of keys (and as many of values), and the features of one."""

    of_queries: int
    of_keys: int
    size: int

    @property
    def queries(self) -> int:
        """Features of all queries of one position."""
        return self.of_queries * self.size

    @property
    def keys(self) -> int:
        """Features of all keys, and of all values, of one position."""
        return self.of_keys * self.size


def heads_of(channels: int, count: int, of_keys: int | None, size: int | None) -> Heads:
    """The heads over so many channels. Raises LayerError where they do not come out even."""
    if size is None:
        divisible(channels, count, "channels", "heads", "a `head_size` of its own")
        size = channels // count
    if of_keys is not None:
        divisible(count, of_keys, "heads", "kv_heads")
    return Heads(count, count if of_keys is None else of_keys, size)


def split_heads(x: Array, size: int) -> Array:
    """(blocks, positions, features) as (blocks, heads, positions, `size`)."""
    return x.reshape(*x.shape[:2], -1, size).swapaxes(1, 2)


def join_heads(x: Array) -> Array:
    """The inverse of `split_heads`."""
    return x.swapaxes(1, 2).reshape(len(x), x.shape[2], -1)


def attend(
    ops: Ops,
    q: Array,
    k: Array,
    v: Array,
    beside: Array | None = None,
    hidden: Array | None = None,
    scale: float | None = None,
) -> tuple[Array, Array]:
    """(what the queries gather, the shares by which they do): softmax(scale q k) v.

    `scale` is 1 / sqrt(size) where none is given. Where `hidden`, a query takes nothing from a
    key: not even a number that is none. `beside` is added to the scores, hidden ones too. Fewer
    heads of keys than of queries are shared by as many in a row.
    """
    k, v = _repeated(ops, k, q), _repeated(ops, v, q)
    scores = ops.dot(q, k.swapaxes(-1, -2))
    scores *= _factor(q, scale)
    if hidden is not None:
        scores = ops.np.where(hidden, -ops.np.inf, scores)
    if beside is not None:
        scores = scores + beside
    shares = _shares(ops, scores)
    if hidden is None:
        return ops.dot(shares, v), shares
    broken = ops.np.isnan(v)
    if not broken.any():
        return ops.dot(shares, v), shares
    gathered = ops.dot(shares, ops.np.where(broken, 0, v))
    # Zero times NaN is NaN, though nothing was read.
    reached = (~hidden).astype(v.dtype) @ broken.astype(v.dtype) > 0
    gathered[reached] = ops.np.nan
    return gathered, shares


def _factor(q: Array, scale: float | None) -> float:
    return 1 / sqrt(q.shape[-1]) if scale is None else scale


def attend_gradients(
    ops: Ops,
    grad: Array,
    q: Array,
    k: Array,
    v: Array,
    shares: Array,
    scale: float | None = None,
) -> tuple[Array, Array, Array, Array]:
    """Gradients with respect to q, k, v and the scores, from that of what was gathered."""
    heads = k.shape[1]
    k, v = _repeated(ops, k, q), _repeated(ops, v, q)
    to_v = ops.dot(shares.swapaxes(-1, -2), grad)
    to_shares = ops.dot(grad, v.swapaxes(-1, -2))
    # In place: each of these is as large as all scores.
    to_shares -= ops.np.einsum("...i,...i->...", to_shares, shares)[..., None]
    to_scores = ops.np.multiply(to_shares, shares, out=to_shares)
    inner = to_scores * _factor(q, scale)
    to_q = ops.dot(inner, k)
    to_k = ops.dot(inner.swapaxes(-1, -2), q)
    return to_q, _gathered(to_k, heads), _gathered(to_v, heads), to_scores


def _shares(ops: Ops, scores: Array) -> Array:
    """The softmax of the scores, in their place; 0 where all of a row is minus infinity."""
    highest = scores.max(axis=-1, keepdims=True)
    scores -= ops.np.where(highest == -ops.np.inf, 0, highest)
    ops.np.exp(scores, out=scores)
    total = scores.sum(axis=-1, keepdims=True)
    scores /= ops.np.where(total == 0, 1, total)
    return scores


def _repeated(ops: Ops, x: Array, q: Array) -> Array:
    """A head of keys or values once for each head of queries that uses it."""
    times = q.shape[1] // x.shape[1]
    return x if times == 1 else ops.np.repeat(x, times, axis=1)


def _gathered(grad: Array, heads: int) -> Array:
    """The adjoint of repeating heads."""
    if grad.shape[1] == heads:
        return grad
    parts = grad.reshape(len(grad), heads, -1, *grad.shape[2:])
    total: Array = parts.sum(axis=2)
    return total


def after_hidden(ops: Ops, queries: int, keys: int) -> Array:
    """True where a key lies after the query."""
    hidden: Array = ops.np.triu(ops.np.ones((queries, keys), bool), 1)
    return hidden


def one_axis(x: Shape, kind: str, apart: int = 0) -> None:
    """Raises LayerError where there is no single order of positions to be causal in.

    The first axes of positions, `apart`, are no part of it.
    """
    if len(x) != 2 + apart:
        positions = x[1 + apart :]
        raise LayerError(
            "wrong-rank",
            f"causal {kind} wants one axis of positions, but {format_shape((x[0], *positions))} "
            f"has {axes_in_words(len(positions))}",
            f"a `reshape: {[*x[: 1 + apart], elements(positions)]}` before it",
            field="causal",
            repairs=[{"causal": False}],
        )


class Grid(NamedTuple):
    """Windows of `window` positions over a map of `sizes`, moved by `shift`, one entry an axis."""

    sizes: Shape
    window: Shape
    shift: Shape

    @property
    def keys(self) -> int:
        """Positions that one query meets."""
        return prod(self.window)

    @property
    def is_shifted(self) -> bool:
        """True where windows at the border hold positions of both ends, hidden from each other."""
        return any(self.shift)

    def links(self) -> tuple[Link, ...]:
        """A unit reads the positions of its window, on each axis."""
        return tuple(map(_window_of, self.window, self.shift))

    def split(self, ops: Ops, x: Array) -> Array:
        """(N, *S, C) as (N * windows, positions of one, C)."""
        axes = tuple(range(1, x.ndim - 1))
        if self.is_shifted:
            x = ops.np.roll(x, tuple(-shift for shift in self.shift), axes)
        pairs = [
            part
            for size, own in zip(x.shape[1:-1], self.window, strict=True)
            for part in (size // own, own)
        ]
        ways = range(1, 2 * len(self.window) + 1)
        order = (0, *ways[::2], *ways[1::2], len(ways) + 1)
        blocks = x.reshape(len(x), *pairs, x.shape[-1]).transpose(order)
        return blocks.reshape(-1, self.keys, x.shape[-1])

    def joined(self, ops: Ops, blocks: Array) -> Array:
        """The inverse of `split`."""
        counts = [size // own for size, own in zip(self.sizes, self.window, strict=True)]
        rank = len(counts)
        order = [axis for n in range(rank) for axis in (1 + n, 1 + rank + n)]
        x = blocks.reshape(-1, *counts, *self.window, blocks.shape[-1])
        x = x.transpose(0, *order, 1 + 2 * rank)
        whole: Array = x.reshape(len(x), *self.sizes, -1)
        if self.is_shifted:
            whole = ops.np.roll(whole, self.shift, tuple(range(1, 1 + rank)))
        return whole

    def hidden(self, ops: Ops) -> Array:
        """(windows, 1, keys, keys): True where two positions of one window are none's neighbours.

        In the last window of a shifted axis stand the end of the map and its beginning.
        Source: Liu et al. 2021, section 3.2 (cyclic shift with masks).
        """
        stretch = ops.np.zeros((1, *self.sizes, 1), int)
        for axis, (size, own, shift) in enumerate(
            zip(self.sizes, self.window, self.shift, strict=True)
        ):
            starts = ops.np.arange(size) - shift
            # Before the shift a stretch of its own, from there on one a window.
            along = ops.np.floor_divide(starts, own) + 1
            view = [1] * stretch.ndim
            view[axis + 1] = size
            stretch = stretch * (size // own + 2) + along.reshape(view)
        own_blocks = self.split(ops, stretch)[..., 0]
        apart: Array = own_blocks[:, None, :, None] != own_blocks[:, None, None, :]
        return apart


def grid_of(
    sizes: Shape, window: int | tuple[int, ...] | None, shift: int | tuple[int, ...]
) -> Grid:
    """The windows over a map of these sizes; one that holds it all where none is given.

    An axis of a single window is not shifted: there is nothing to move it against.
    Raises LayerError where windows do not tile the map, or are shifted by a whole one.
    """
    own = sizes if window is None else _each(window, sizes, "window")
    moved = _each(shift, sizes, "shift")
    for axis, (size, one, by) in enumerate(zip(sizes, own, moved, strict=True)):
        name = AXIS_NAMES[len(sizes)][axis]
        if size % one:
            raise LayerError(
                "groups-indivisible",
                f"windows of {one} do not tile the {name} of {size} (remainder {size % one})",
                _padded(sizes, own),
                field="window",
                repairs=[{"window": OnAxes(map(_nearest_divisor, sizes, own))}],
            )
        if by >= one or (by and window is None):
            reason, help = f"{by} is no shift of windows of {one}", ""
            kept = OnAxes(b if b < o else o // 2 for b, o in zip(moved, own, strict=True))
            if window is None:
                reason, help = f"a shift of {by}, but no window", "a `window`"
                kept = OnAxes([0] * len(own))
            raise LayerError("wrong-value", reason, help, field="shift", repairs=[{"shift": kept}])
    moves = tuple(by if one < size else 0 for size, one, by in zip(sizes, own, moved, strict=True))
    return Grid(sizes, own, moves)


def _padded(sizes: Shape, window: Shape) -> str:
    """The map that is tiled by these windows."""
    missing = [-size % one for size, one in zip(sizes, window, strict=True)]
    return f"a `pad: {[[0, more] for more in missing]}` before it and a `crop` behind"


def _nearest_divisor(size: int, near: int) -> int:
    """The divisor of `size` that is nearest; below it where two are as near."""
    if size > MAX_PATTERN:
        return 1
    return min((d for d in range(1, size + 1) if size % d == 0), key=lambda d: (abs(d - near), d))


def unmoved(grid: Grid, shift: int | tuple[int, ...]) -> str:
    """What to tell of a shift that has nothing to act on; "" where all of it acts."""
    if not any(_each(shift, grid.sizes, "shift")) or grid.is_shifted:
        return ""
    return f"one window of {format_axes(grid.window)} holds the whole map: it is not shifted"


def _each(value: int | tuple[int, ...], sizes: Shape, field: str) -> Shape:
    if not isinstance(value, tuple):
        return (value,) * len(sizes)
    if len(value) != len(sizes):
        raise LayerError(
            "wrong-rank",
            f"{field} has {len(value)} values, but the input has {axes_in_words(len(sizes))}",
            "one value for all axes",
            field=field,
            repairs=fewer_or_more(field, value, len(sizes)),
        )
    return value


def _window_of(window: int, shift: int) -> Link:
    stretches = (((unit - shift) // window * window + shift) for unit in range(window))
    return Link(window, tuple(range(first, first + window) for first in stretches))


def relative_index(ops: Ops, window: Sequence[int]) -> Array:
    """(keys, keys): the row of the position table for each pair of positions of a window.

    Source: Liu et al. 2021; row (dh + h - 1) (2w - 1) + dw + w - 1 for two axes.
    """
    keys = prod(window)
    row: Array = ops.np.zeros((keys, keys), int)
    for along, size in zip(ops.np.indices(window), window, strict=True):
        places = along.reshape(-1)
        row = row * (2 * size - 1) + places[:, None] - places[None, :] + size - 1
    return row


def thinned_attention(layer: Any, inputs: tuple[Shape, ...]) -> Copy:
    """Two heads of two features; heads that share keys share them still.

    `layer` has the fields of `attention`. A memory of other channels than the queries keeps others.
    """
    heads = min(layer.heads, 2)
    fields: dict[str, Any] = {"heads": heads, "head_size": 2}
    if layer.kv_heads is not None:
        fields["kv_heads"] = heads if layer.kv_heads == layer.heads else 1
    if layer.out_features is not None:
        fields["out_features"] = min(layer.out_features, 3)
    is_same = len({x[0] for x in inputs}) == 1
    cut = tuple((min(x[0], 4 if is_same or not n else 3), *x[1:]) for n, x in enumerate(inputs))
    if not is_same and cut[0][0] == cut[1][0]:
        cut = inputs
    return Copy(layer.model_copy(update=fields), cut)


def short_memory(x: Shape) -> Shape:
    """A few positions of those that are asked: each of them is met, however many they are."""
    return (x[0], *(min(size, 3) for size in x[1:]))
