"""Every layer kind once more as plain Python loops: slow, short, and from the definitions.

Independent of the kinds and of the executor: fields are read as they are written (`raw`), sizes
are how often a loop turns, and no numpy is used. Sources: the documentation of PyTorch's layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcalc.features.verify import raw
from convcalc.features.verify.grid import Grid, Index, gathered, positions
from convcalc.features.verify.loops_attention import ATTENTION
from convcalc.features.verify.loops_elements import ELEMENTS
from convcalc.features.verify.loops_moves import MOVES

Weights = Mapping[str, Grid]
# (layer, inputs, weights) -> output, all for one sample
Loop = Callable[[Any, Sequence[Grid], Weights], Grid]


def loop_of(kind: str) -> Loop | None:
    """The loops that define a kind; None where there are none.

    >>> loop_of("conv") is _conv, loop_of("nothing")
    (True, None)
    """
    return LOOPS.get(kind)


def _conv(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    axes = raw.axes(layer, x.sizes)
    groups = raw.group_count(layer, x.channels)
    inside, filters = x.channels // groups, layer.out_channels // groups
    found: dict[Index, float] = {}
    stands = [list(axis.starts()) for axis in axes]
    for out in range(layer.out_channels):
        first = out // filters * inside
        for at in positions(map(len, stands)):
            total = w["bias"][(out,)] if layer.bias else 0.0
            for tap in positions(axis.kernel for axis in axes):
                pixel = _pixel(axes, stands, at, tap, layer.padding_mode)
                if pixel is not None:
                    for c in range(inside):
                        total += w["weight"][out, c, *tap] * x[first + c, *pixel]
            found[out, *at] = total
    return gathered(found)


def _pixel(
    axes: Sequence[raw.Axis],
    stands: Sequence[Sequence[int]],
    at: Index,
    tap: Index,
    mode: str = "zeros",
) -> Index | None:
    """The pixel under one tap of the window at one position; None in a padding of zeros."""
    found = []
    for axis, along, place, j in zip(axes, stands, at, tap, strict=True):
        pixel = raw.mirrored(along[place] + j * axis.dilation, axis.size, mode)
        if pixel is None:
            return None
        found.append(pixel)
    return tuple(found)


def _conv_transpose(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    axes = raw.axes(layer, x.sizes)
    groups = raw.group_count(layer, x.channels)
    inside, filters = x.channels // groups, layer.out_channels // groups
    ends = [
        (axis.size - 1) * axis.stride + axis.reach + extra - axis.after
        for axis, extra in zip(axes, raw.extras(layer, x.sizes), strict=True)
    ]
    kept = [range(axis.before, end) for axis, end in zip(axes, ends, strict=True)]
    found = {
        (out, *at): w["bias"][(out,)] if layer.bias else 0.0
        for out in range(layer.out_channels)
        for at in positions(map(len, kept))
    }
    # Every input pixel adds the kernel, times itself, where it stands.
    for c in range(x.channels):
        for at in x.positions():
            for tap in positions(axis.kernel for axis in axes):
                lands = tuple(
                    place * axis.stride + j * axis.dilation - axis.before
                    for axis, place, j in zip(axes, at, tap, strict=True)
                )
                first = c // inside * filters
                for out in range(filters):
                    if (first + out, *lands) in found:
                        found[first + out, *lands] += w["weight"][c, out, *tap] * x[c, *at]
    return gathered(found)


def _linear(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    found: dict[Index, float] = {}
    for at in x.positions():
        for out in range(layer.out_features):
            total = w["bias"][(out,)] if layer.bias else 0.0
            for feature in range(x.channels):
                total += w["weight"][out, feature] * x[feature, *at]
            found[out, *at] = total
    return gathered(found)


def _pool(layer: Any, x: Grid, join: Callable[[list[float], int], float]) -> Grid:
    """`join` gets the real pixels of a window, and its size within the padded input."""
    axes = raw.axes(layer, x.sizes)
    stands = [list(axis.starts(layer.ceil_mode)) for axis in axes]
    found: dict[Index, float] = {}
    for c in range(x.channels):
        for at in positions(map(len, stands)):
            read = []
            for tap in positions(axis.kernel for axis in axes):
                pixel = _pixel(axes, stands, at, tap)
                if pixel is not None:
                    read.append(x[c, *pixel])
            area = 1
            for axis, along, place in zip(axes, stands, at, strict=True):
                start = along[place]
                area *= min(start + axis.kernel, axis.size + axis.after) - start
            found[c, *at] = join(read, area)
    return gathered(found)


def _max_pool(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    # A window may stand on padding alone where it is dilated.
    return _pool(layer, inputs[0], lambda read, area: max(read, default=float("-inf")))


def _avg_pool(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    def mean(read: list[float], area: int) -> float:
        count = area if layer.count_include_pad else len(read)
        return sum(read) / (layer.divisor_override or count)

    return _pool(layer, inputs[0], mean)


def _lp_pool(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    power = layer.norm_type
    full = 1
    for kernel in raw.each(layer.kernel_size, len(inputs[0].sizes)):
        full *= kernel

    def norm(read: list[float], area: int) -> float:
        # A partly filled window counts as if it were full of its own mean.
        total: float = sum(value**power for value in read) * full / area
        if power == 1:
            return total
        return float(total ** (1 / power)) if total >= 0 else float("nan")

    return _pool(layer, inputs[0], norm)


def _bins(layer: Any, x: Grid, join: Callable[[list[float]], float]) -> Grid:
    wanted = raw.each(layer.output_size, len(x.sizes))
    counts = [size if n is None else n for size, n in zip(x.sizes, wanted, strict=True)]
    bins = [
        [range(j * size // n, ((j + 1) * size + n - 1) // n) for j in range(n)]
        for size, n in zip(x.sizes, counts, strict=True)
    ]
    found: dict[Index, float] = {}
    for c in range(x.channels):
        for at in positions(counts):
            box = [along[place] for along, place in zip(bins, at, strict=True)]
            inside = [x[c, *pixel] for pixel in x.positions() if _is_in(pixel, box)]
            found[c, *at] = join(inside)
    return gathered(found)


def _is_in(pixel: Index, box: Sequence[range]) -> bool:
    return all(place in along for place, along in zip(pixel, box, strict=True))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _whole(layer: Any, x: Grid, join: Callable[[list[float]], float]) -> Grid:
    ones = (0,) * len(x.sizes) if layer.keepdim else ()
    return gathered({(c, *ones): join(x.channel(c)) for c in range(x.channels)})


def _unfold(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    axes = raw.axes(layer, x.sizes)
    stands = [list(axis.starts()) for axis in axes]
    taps = list(positions(axis.kernel for axis in axes))
    found: dict[Index, float] = {}
    for c in range(x.channels):
        for row, tap in enumerate(taps):
            for column, at in enumerate(positions(map(len, stands))):
                pixel = _pixel(axes, stands, at, tap)
                value = 0.0 if pixel is None else x[c, *pixel]
                found[c * len(taps) + row, column] = value
    return gathered(found)


LOOPS: dict[str, Loop] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "linear": _linear,
    "max_pool": _max_pool,
    "avg_pool": _avg_pool,
    "lp_pool": _lp_pool,
    "adaptive_avg_pool": lambda layer, inputs, w: _bins(layer, inputs[0], _mean),
    "adaptive_max_pool": lambda layer, inputs, w: _bins(layer, inputs[0], max),
    "global_avg_pool": lambda layer, inputs, w: _whole(layer, inputs[0], _mean),
    "global_max_pool": lambda layer, inputs, w: _whole(layer, inputs[0], max),
    "unfold": _unfold,
    **ATTENTION,
    **ELEMENTS,
    **MOVES,
}
