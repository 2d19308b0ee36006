"""Convolutions, dense layers and pools as sums of shifted maps, on real shapes.

Independent of the kinds and of the executor: fields are read as they are written (`raw`), every
tap of a kernel is a slice of the padded map, and the numbers are 64-bit integers (exact) or
doubles, whatever the arrays hand in. Arrays are channels first, `(N, C, *S)`. A layer too large
for BUDGET products is done in part: some filters, some rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcalc.features.verify import raw

Array = NDArray[Any]
Weights = Mapping[str, Array]
# What numpy takes in brackets.
Index = tuple[Any, ...]

# Products that a reference makes for one layer: some milliseconds of them.
BUDGET = 3_000_000
# Groups are done one after the other: so many filters of a layer that has more groups.
MOST_GROUPS = 16
_PAD_MODES: dict[str, Any] = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}


class Part(NamedTuple):
    """Numbers of a part of the output: those of the channels and rows that are named.

    `rows` is None where all are there, and for outputs without rows. `terms` are the sums of
    the terms' absolute values, for the bound of the error.
    """

    values: Array
    channels: Array
    rows: Array | None
    terms: Array
    of: tuple[int, int]

    def of_output(self, y: Array) -> Array:
        """The same part of a whole output."""
        part: Array = y[:, self.channels]
        return part if self.rows is None else part[:, :, self.rows]

    @property
    def in_words(self) -> str:
        """How much of the output it is; "" for all of it."""
        filters, rows = self.of
        said = []
        if len(self.channels) < filters:
            said.append(f"{len(self.channels):,} of {filters:,} channels")
        if self.rows is not None and len(self.rows) < rows:
            said.append(f"{len(self.rows):,} of {rows:,} rows")
        return ", ".join(said)


# (layer, x, weights, products to make at most)
Reference = Callable[[Any, Array, Weights, int], Part]


def reference_of(kind: str) -> Reference | None:
    """The shifted form of a kind; None for kinds that have none."""
    return REFERENCES.get(kind)


def spread(count: int, of: int) -> Array:
    """`count` of the numbers 0 to of - 1, the first and the last among them.

    >>> spread(3, 10).tolist(), spread(20, 3).tolist()
    ([0, 4, 9], [0, 1, 2])
    """
    if count >= of:
        return np.arange(of)
    return np.unique(np.linspace(0, of - 1, max(count, 1)).astype(int))


def padded(x: Array, axes: Sequence[raw.Axis], mode: str = "zeros", value: float = 0) -> Array:
    """`x` with the padding of these windows."""
    sides = [(0, 0), (0, 0), *((axis.before, axis.after) for axis in axes)]
    if mode in _PAD_MODES:
        return np.pad(x, sides, mode=_PAD_MODES[mode])
    return np.pad(x, sides, constant_values=value)


def _read(x: Array, axes: Sequence[raw.Axis], tap: Sequence[int], counts: Sequence[int]) -> Array:
    """What one tap of the window reads at all its positions."""
    index: list[Any] = [slice(None), slice(None)]
    for axis, j, count in zip(axes, tap, counts, strict=True):
        first = j * axis.dilation
        index.append(slice(first, first + (count - 1) * axis.stride + 1, axis.stride))
    found: Array = x[tuple(index)]
    return found


def _of(array: Array, dtype: type) -> Array:
    return np.ascontiguousarray(array).astype(dtype)


def _kind_of(x: Array, w: Weights) -> type:
    """64-bit integers where all numbers are whole, doubles elsewhere."""
    arrays = (x, *w.values())
    return np.int64 if all(bool(np.all(np.rint(a) == a)) for a in arrays) else np.float64


def conv(layer: Any, x: Array, w: Weights, budget: int = BUDGET) -> Part:
    """A convolution: every tap's slice times its weights."""
    axes = raw.axes(layer, x.shape[2:])
    counts = [len(list(axis.starts())) for axis in axes]
    groups = raw.group_count(layer, x.shape[1])
    inside, filters = x.shape[1] // groups, layer.out_channels // groups
    a_row = inside * prod(axis.kernel for axis in axes) * prod(counts[1:]) * len(x)
    most = max(1, budget // (a_row * min(counts[0], 4)))
    chosen = spread(min(most, MOST_GROUPS) if groups > MOST_GROUPS else most, layer.out_channels)
    rows = spread(max(1, budget // (a_row * len(chosen))), counts[0])
    # Only what is read is made wide: these groups' channels, these rows.
    read = sorted(set((chosen // filters).tolist()))
    channels = np.concatenate([np.arange(g * inside, (g + 1) * inside) for g in read])
    taps = np.arange(axes[0].kernel) * axes[0].dilation
    used = np.unique(rows[:, None] * axes[0].stride + taps)
    narrow = padded(x, axes, layer.padding_mode)[:, channels][:, :, used]
    weight, bias = w["weight"][chosen], w["bias"][chosen] if layer.bias else None
    dtype = _kind_of(narrow, {"weight": weight})
    narrow, weight = _of(narrow, dtype), _of(weight, dtype)
    shape = (len(x), len(chosen), len(rows), *counts[1:])
    y: Array = np.zeros(shape, dtype)
    terms = np.zeros(shape, np.float64)
    for tap in product(*(range(axis.kernel) for axis in axes)):
        lines = np.searchsorted(used, rows * axes[0].stride + taps[tap[0]])
        part = _read(narrow[:, :, lines], [_row(axes[0]), *axes[1:]], (0, *tap[1:]), shape[2:])
        for number, group in enumerate(read):
            mine = np.flatnonzero(chosen // filters == group)
            own = _of_tap(weight[mine], tap)
            block = part[:, number * inside : (number + 1) * inside]
            y[:, mine] += np.einsum("oc,nc...->no...", own, block)
            if dtype is np.float64:
                terms[:, mine] += np.einsum("oc,nc...->no...", abs(own), abs(block))
    return _finished(y, terms, bias, chosen, rows, (layer.out_channels, counts[0]))


def _of_tap(weight: Array, tap: Sequence[int]) -> Array:
    """The matrix of one tap of a weight (a, b, *k)."""
    index: Index = (..., *tap)
    found: Array = weight[index]
    return found


def _row(axis: raw.Axis) -> raw.Axis:
    """The axis of rows that were already picked."""
    return axis._replace(stride=1, dilation=1)


def _finished(
    y: Array, terms: Array, bias: Array | None, chosen: Array, rows: Array | None, of: Any
) -> Part:
    if bias is not None:
        tall = _of(bias, y.dtype.type).reshape(-1, *(1,) * (y.ndim - 2))
        y, terms = y + tall, terms + abs(tall)
    return Part(y, chosen, rows, terms, of)


def conv_transpose(layer: Any, x: Array, w: Weights, budget: int = BUDGET) -> Part:
    """A transposed convolution: every tap puts the map, times its weights, a stride apart."""
    axes = raw.axes(layer, x.shape[2:])
    extras = raw.extras(layer, x.shape[2:])
    groups = raw.group_count(layer, x.shape[1])
    inside, filters = x.shape[1] // groups, layer.out_channels // groups
    a_filter = inside * prod(axis.kernel * axis.size for axis in axes) * len(x)
    chosen = spread(budget // a_filter, layer.out_channels)
    dtype = _kind_of(x, {"w": w["weight"]})
    x, weight = _of(x, dtype), w["weight"]
    full = [
        (a.size - 1) * a.stride + a.reach + extra for a, extra in zip(axes, extras, strict=True)
    ]
    y: Array = np.zeros((len(x), len(chosen), *full), dtype)
    terms = np.zeros(y.shape, np.float64)
    for tap in product(*(range(axis.kernel) for axis in axes)):
        lands = [
            slice(j * a.dilation, j * a.dilation + (a.size - 1) * a.stride + 1, a.stride)
            for j, a in zip(tap, axes, strict=True)
        ]
        for number, out in enumerate(chosen.tolist()):
            group, place = divmod(out, filters)
            mine = slice(group * inside, (group + 1) * inside)
            own = _of(_of_tap(weight, tap)[mine, place], dtype)
            at: Index = (slice(None), number, *lands)
            y[at] += np.einsum("c,nc...->n...", own, x[:, mine])
            if dtype is np.float64:
                terms[at] += np.einsum("c,nc...->n...", abs(own), abs(x[:, mine]))
    kept: Index = (
        ...,
        *(slice(a.before, size - a.after) for a, size in zip(axes, full, strict=True)),
    )
    bias = w["bias"][chosen] if layer.bias else None
    whole = (layer.out_channels, 0)
    return _finished(y[kept], terms[kept], bias, chosen, None, whole)


def linear(layer: Any, x: Array, w: Weights, budget: int = BUDGET) -> Part:
    """A dense layer: sums of products, row by row of the weights."""
    each = x.shape[1] * len(x) * prod(x.shape[2:])
    chosen = spread(max(2, budget // 8 // each), layer.out_features)
    weight, bias = w["weight"][chosen], w["bias"][chosen] if layer.bias else None
    dtype = _kind_of(x, {"w": weight})
    x, weight = _of(x, dtype), _of(weight, dtype)
    y = np.einsum("nf...,of->no...", x, weight)
    terms = np.einsum("nf...,of->no...", abs(x), abs(weight)).astype(np.float64)
    return _finished(y, terms, bias, chosen, None, (layer.out_features, 0))


def _pooled(
    layer: Any, x: Array, budget: int, join: Callable[[Array, Array], Array], fill: int
) -> tuple[Array, Array, tuple[raw.Axis, ...]]:
    axes = raw.axes(layer, x.shape[2:])
    counts = [len(list(axis.starts(layer.ceil_mode))) for axis in axes]
    # Room for a last window that sticks out.
    wide = [
        axis._replace(after=max(axis.after, count * axis.stride + axis.reach - axis.size))
        for axis, count in zip(axes, counts, strict=True)
    ]
    taps = prod(axis.kernel for axis in axes)
    chosen = spread(max(1, budget // (taps * prod(counts) * len(x))), x.shape[1])
    full = padded(_of(x[:, chosen], _kind_of(x[:, chosen], {})), wide, value=fill)
    y: Array | None = None
    for tap in product(*(range(axis.kernel) for axis in axes)):
        part = _read(full, axes, tap, counts)
        y = part.copy() if y is None else join(y, part)
    assert y is not None
    return y, chosen, axes


LOWEST = -(2**40)


def max_pool(layer: Any, x: Array, w: Weights, budget: int = BUDGET) -> Part:
    """A maximum over shifted maps."""
    y, chosen, _ = _pooled(layer, x, budget, np.maximum, LOWEST)
    # A dilated window may stand on padding alone.
    values = np.where(y == LOWEST, -np.inf, y)
    return Part(values, chosen, None, np.zeros(y.shape), (x.shape[1], 0))


def avg_pool(layer: Any, x: Array, w: Weights, budget: int = BUDGET) -> Part:
    """A sum over shifted maps, divided by what each window counts."""
    y, chosen, axes = _pooled(layer, x, budget, np.add, 0)
    terms, _, _ = _pooled(layer, abs(x), budget, np.add, 0)
    divisor: Array = np.ones(1)
    for axis in axes:
        along = []
        for start in axis.starts(layer.ceil_mode):
            low, high = (-axis.before, axis.size + axis.after)
            if not layer.count_include_pad:
                low, high = 0, axis.size
            along.append(min(start + axis.kernel, high) - max(start, low))
        divisor = np.multiply.outer(divisor, np.array(along))
    divisor = np.asarray(layer.divisor_override) if layer.divisor_override else divisor[0]
    return Part(y / divisor, chosen, None, terms / divisor, (x.shape[1], 0))


REFERENCES: dict[str, Reference] = {
    "conv": conv,
    "conv_transpose": conv_transpose,
    "linear": linear,
    "max_pool": max_pool,
    "avg_pool": avg_pool,
}
