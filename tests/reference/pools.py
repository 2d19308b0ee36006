"""Pools: over windows, over bins and over whole maps; and `unfold`, which lays windows out."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from math import prod, sqrt
from typing import Any

from tests.crosscheck.draws import Case, Shape
from tests.reference.definition import (
    Axis,
    Definition,
    Grid,
    Index,
    Layer,
    Reads,
    Weights,
    gathered,
    positions,
)
from tests.reference.windows import WINDOW, pixel_under, stands, taps_of

POOL = WINDOW | {"stride": None, "ceil_mode": False}


class Pool(Definition):
    """`join` gets the pixels of a window, and how many taps lie within the padded input."""

    defaults: Mapping[str, Any] = POOL

    @abstractmethod
    def join(self, layer: Layer, read: list[float], area: int) -> float:
        """One number of a window."""

    def output(self, layer: Layer) -> Shape:
        return (layer.x[0], *(len(axis.starts(layer.ceil_mode)) for axis in layer.axes))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[axis.taps for axis in layer.axes]]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"pool": prod(self.output(layer)) * prod(axis.kernel for axis in layer.axes)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        axes = layer.axes
        found: dict[Index, float] = {}
        for at, starts in stands(axes, layer.ceil_mode).items():
            pixels = [pixel_under(axes, starts, tap) for tap in taps_of(axes)]
            area = prod(
                sum(start + j * axis.dilation < axis.size + axis.after for j in range(axis.kernel))
                for axis, start in zip(axes, starts, strict=True)
            )
            for c in range(x.channels):
                read = [x[c, *pixel] for pixel in pixels if pixel is not None]
                found[c, *at] = self.join(layer, read, area)
        return gathered(found)


class MaxPool(Pool):
    is_exact = True

    def join(self, layer: Layer, read: list[float], area: int) -> float:
        # A dilated window may stand on padding alone.
        return max(read, default=float("-inf"))


class AvgPool(Pool):
    defaults = POOL | {"count_include_pad": True, "divisor_override": None}

    def join(self, layer: Layer, read: list[float], area: int) -> float:
        count = area if layer.count_include_pad else len(read)
        # A dilated window may stand on padding alone: 0, as of zeros.
        return sum(read) / (layer.divisor_override or max(count, 1))


class LpPool(Pool):
    defaults = POOL | {"norm_type": 2}
    takes_signs = False

    def join(self, layer: Layer, read: list[float], area: int) -> float:
        # A partly filled window counts as if it were full of its own mean.
        full = prod(layer.each("kernel_size"))
        total = sum(value**layer.norm_type for value in read) * full / area
        if layer.norm_type == 1:
            return float(total)
        return float(total ** (1 / layer.norm_type)) if total >= 0 else float("nan")


class Unfold(Definition):
    defaults = WINDOW
    is_exact = True

    def output(self, layer: Layer) -> Shape:
        taps = prod(axis.kernel for axis in layer.axes)
        return (layer.x[0] * taps, prod(len(axis.starts()) for axis in layer.axes))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[axis.taps for axis in layer.axes] if layer.rank == 1 else None]

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        axes = layer.axes
        taps = taps_of(axes)
        found: dict[Index, float] = {}
        for column, starts in enumerate(stands(axes).values()):
            for row, tap in enumerate(taps):
                pixel = pixel_under(axes, starts, tap)
                for c in range(x.channels):
                    value = 0.0 if pixel is None else x[c, *pixel]
                    found[c * len(taps) + row, column] = value
        return gathered(found)


class Fold(Definition):
    """Each column is added where its window stands, as `unfold` would read it."""

    defaults = WINDOW
    is_exact = True

    def _axes(self, layer: Layer) -> list[Axis]:
        """The windows over the map that comes out."""
        own = Layer(Case("unfold", layer.fields, ((1, *layer.output_size),)), {})
        return own.axes

    def output(self, layer: Layer) -> Shape:
        taps = prod(axis.kernel for axis in self._axes(layer))
        return (layer.x[0] // taps, *layer.output_size)

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axes = self._axes(layer)
        if len(axes) > 1:
            return [None]
        (axis,) = axes

        def read(unit: int) -> list[int]:
            ways = [unit + axis.before - j * axis.dilation for j in range(axis.kernel)]
            return [way // axis.stride for way in ways if way % axis.stride == 0]

        return [[read]]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"merge": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        axes = self._axes(layer)
        taps = taps_of(axes)
        output = self.output(layer)
        found = dict.fromkeys(positions(output), 0.0)
        for column, starts in enumerate(stands(axes).values()):
            for row, tap in enumerate(taps):
                pixel = pixel_under(axes, starts, tap)
                if pixel is not None:
                    for c in range(output[0]):
                        found[c, *pixel] += x[c * len(taps) + row, column]
        return gathered(found)


class MaxUnpool(Definition):
    """Values go where the first largest of each window of the second input stands."""

    defaults = {"stride": None, "padding": 0, "dilation": 1}
    is_exact = True

    def _axes(self, layer: Layer) -> list[Axis]:
        return Layer(Case("max_pool", layer.fields, layer.inputs[1:]), {}).axes

    def output(self, layer: Layer) -> Shape:
        return layer.inputs[1]

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axes = self._axes(layer)

        def window(axis: Axis) -> Reads:
            def read(unit: int) -> list[int]:
                place, inside = divmod(unit + axis.before, axis.stride)
                return [place] if inside < axis.kernel else []

            return read

        def pixels(axis: Axis) -> Reads:
            starts = axis.starts()
            # Behind the last window some pixels may be left: then no other one begins there.
            ends = starts[-1] + axis.stride < axis.size

            def read(unit: int) -> list[int]:
                places = [at for at in window(axis)(unit) if at < len(starts) or not ends]
                return [pixel for at in places for pixel in axis.taps(at)]

            return read

        return [list(map(window, axes)), list(map(pixels, axes))]

    def work(self, layer: Layer) -> dict[str, int]:
        kernel = prod(axis.kernel for axis in self._axes(layer))
        return {"pool": prod(layer.x) * kernel}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        given, source = inputs
        axes = self._axes(layer)
        found = dict.fromkeys(positions(source.shape), 0.0)
        for at, starts in stands(axes).items():
            pixels = [pixel_under(axes, starts, tap) for tap in taps_of(axes)]
            inside = [pixel for pixel in pixels if pixel is not None]
            for c in range(source.channels):
                seen = [source[c, *pixel] for pixel in inside]
                found[c, *inside[seen.index(max(seen))]] = given[c, *at]
        return gathered(found)


class MeanAndDeviation(Definition):
    defaults = {"keepdim": False}

    def output(self, layer: Layer) -> Shape:
        return (2 * layer.x[0], *([1] * layer.rank if layer.keepdim else []))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [None]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"pool": 3 * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        ones = (0,) * (layer.rank if layer.keepdim else 0)
        found: dict[Index, float] = {}
        for c in range(x.channels):
            values = x.channel(c)
            mean = _mean(values)
            squares = sum((value - mean) ** 2 for value in values)
            found[c, *ones] = mean
            found[x.channels + c, *ones] = sqrt(squares / (len(values) - 1))
        return gathered(found)


class Adaptive(Definition):
    """`join` gets the pixels of a bin, from the floor to the ceiling of its share."""

    def __init__(self, join: Callable[[list[float]], float], is_exact: bool = False) -> None:
        self.join = join
        self.is_exact = is_exact

    def _bins(self, layer: Layer) -> list[list[range]]:
        return [
            [range(j * size // n, ((j + 1) * size + n - 1) // n) for j in range(n)]
            for size, n in zip(layer.x[1:], self.output(layer)[1:], strict=True)
        ]

    def output(self, layer: Layer) -> Shape:
        wanted = layer.each("output_size")
        sizes = zip(layer.x[1:], wanted, strict=True)
        return (layer.x[0], *(size if n is None else n for size, n in sizes))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        counts = self.output(layer)[1:]
        if set(counts) == {1}:
            return [None]
        return [[_bin(size, n) for size, n in zip(layer.x[1:], counts, strict=True)]]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"pool": layer.x[0] * prod(sum(map(len, along)) for along in self._bins(layer))}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        bins = self._bins(layer)
        found: dict[Index, float] = {}
        for at in positions(map(len, bins)):
            box = [along[place] for along, place in zip(bins, at, strict=True)]
            inside = [
                pixel
                for pixel in x.positions()
                if all(place in along for place, along in zip(pixel, box, strict=True))
            ]
            for c in range(x.channels):
                found[c, *at] = self.join([x[c, *pixel] for pixel in inside])
        return gathered(found)


def _bin(size: int, count: int) -> Reads:
    return lambda u: list(range(u * size // count, ((u + 1) * size + count - 1) // count))


class GlobalPool(Definition):
    defaults = {"keepdim": False}

    def __init__(self, join: Callable[[list[float]], float], is_exact: bool = False) -> None:
        self.join = join
        self.is_exact = is_exact

    def output(self, layer: Layer) -> Shape:
        return (layer.x[0], *([1] * layer.rank if layer.keepdim else []))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [None]

    def work(self, layer: Layer) -> dict[str, int]:
        return {"pool": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        ones = (0,) * (layer.rank if layer.keepdim else 0)
        return gathered({(c, *ones): self.join(x.channel(c)) for c in range(x.channels)})


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


DEFINITIONS: dict[str, Definition] = {
    "max_pool": MaxPool(),
    "avg_pool": AvgPool(),
    "lp_pool": LpPool(),
    "unfold": Unfold(),
    "fold": Fold(),
    "max_unpool": MaxUnpool(),
    "global_mean_std_pool": MeanAndDeviation(),
    "adaptive_avg_pool": Adaptive(_mean),
    "adaptive_max_pool": Adaptive(max, is_exact=True),
    "global_avg_pool": GlobalPool(_mean),
    "global_max_pool": GlobalPool(max, is_exact=True),
}
