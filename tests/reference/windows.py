"""Sums of products: convolutions, tap by tap, and the dense layer."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, prod
from typing import Any

from tests.crosscheck.draws import Shape
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
    shifted,
)

WINDOW: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1}


def mirrored(pixel: int, size: int, mode: str) -> int | None:
    """The pixel that stands at `pixel` in a padding of that mode; None for a constant.

    >>> [mirrored(-2, 5, mode) for mode in ("reflect", "replicate", "circular", "zeros")]
    [2, 0, 3, None]
    """
    if 0 <= pixel < size:
        return pixel
    if mode == "reflect":
        return -pixel if pixel < 0 else 2 * (size - 1) - pixel
    if mode == "replicate":
        return 0 if pixel < 0 else size - 1
    return pixel % size if mode == "circular" else None


def pixel_under(
    axes: Sequence[Axis], starts: Sequence[int], tap: Index, mode: str = "zeros"
) -> Index | None:
    """The pixel under one tap of a window that stands at `starts`; None in a padding of zeros."""
    found = []
    for axis, start, j in zip(axes, starts, tap, strict=True):
        pixel = mirrored(start + j * axis.dilation, axis.size, mode)
        if pixel is None:
            return None
        found.append(pixel)
    return tuple(found)


def stands(axes: Sequence[Axis], rounds_up: bool = False) -> dict[Index, list[int]]:
    """Where the window of each output position starts."""
    along = [axis.starts(rounds_up) for axis in axes]
    return {
        at: [starts[place] for starts, place in zip(along, at, strict=True)]
        for at in positions(map(len, along))
    }


def taps_of(axes: Sequence[Axis]) -> list[Index]:
    return list(positions(axis.kernel for axis in axes))


def _groups(layer: Layer) -> int:
    return layer.x[0] if layer.groups == "depthwise" else int(layer.groups)


class Conv(Definition):
    defaults = WINDOW | {"groups": 1, "bias": True, "padding_mode": "zeros"}
    is_exact = True

    def output(self, layer: Layer) -> Shape:
        return (layer.out_channels, *(len(axis.starts()) for axis in layer.axes))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[axis.taps for axis in layer.axes]]

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        pair = (layer.out_channels, layer.x[0] // _groups(layer))
        return {"weight": (*pair, *layer.each("kernel_size"))} | _bias(layer, layer.out_channels)

    def macs(self, layer: Layer) -> int:
        return prod(self.arrays(layer)["weight"]) * prod(self.output(layer)[1:])

    def work(self, layer: Layer) -> dict[str, int]:
        return {"bias": prod(self.output(layer)) if layer.bias else 0}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        axes, groups = layer.axes, _groups(layer)
        inside, filters = x.channels // groups, layer.out_channels // groups
        found: dict[Index, float] = {}
        for at, starts in stands(axes).items():
            for out in range(layer.out_channels):
                first = out // filters * inside
                total = w["bias"][(out,)] if layer.bias else 0.0
                for tap in taps_of(axes):
                    pixel = pixel_under(axes, starts, tap, layer.padding_mode)
                    if pixel is not None:
                        for c in range(inside):
                            total += w["weight"][out, c, *tap] * x[first + c, *pixel]
                found[out, *at] = total
        return gathered(found)


def _bias(layer: Layer, size: int) -> dict[str, Shape]:
    return {"bias": (size,)} if layer.bias else {}


class DeformConv(Definition):
    """Each tap at its place plus its offset, between the four pixels around. Dai et al. 2017."""

    defaults = WINDOW | {"groups": 1, "bias": True}

    def output(self, layer: Layer) -> Shape:
        return (layer.out_channels, *(len(axis.starts()) for axis in layer.axes))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [None, *([[shifted(0)] * 2] * (len(layer.inputs) - 1))]

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        pair = (layer.out_channels, layer.x[0] // layer.groups)
        return {"weight": (*pair, *layer.each("kernel_size"))} | _bias(layer, layer.out_channels)

    def macs(self, layer: Layer) -> int:
        return prod(self.arrays(layer)["weight"]) * prod(self.output(layer)[1:])

    def work(self, layer: Layer) -> dict[str, int]:
        output = self.output(layer)
        read = layer.x[0] * len(taps_of(layer.axes)) * prod(output[1:])
        return {
            "bias": prod(output) if layer.bias else 0,
            "upsample": 4 * read,
            "merge": read if len(layer.inputs) == 3 else 0,
        }

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        x, offsets = inputs[:2]
        axes, taps = layer.axes, taps_of(layer.axes)
        parts = offsets.channels // (2 * len(taps))
        inside, filters = x.channels // layer.groups, layer.out_channels // layer.groups
        found: dict[Index, float] = {}
        for at, starts in stands(axes).items():
            read: dict[Index, float] = {}
            for c in range(x.channels):
                part = c // (x.channels // parts)
                for number, tap in enumerate(taps):
                    own = part * len(taps) + number
                    places = [
                        start + j * axis.dilation + offsets[2 * own + n, *at]
                        for n, (axis, start, j) in enumerate(zip(axes, starts, tap, strict=True))
                    ]
                    value = _between(x, c, places[0], places[1])
                    read[c, number] = value * (inputs[2][own, *at] if len(inputs) == 3 else 1)
            for out in range(layer.out_channels):
                first = out // filters * inside
                total = w["bias"][(out,)] if layer.bias else 0.0
                for c in range(inside):
                    for number, tap in enumerate(taps):
                        total += w["weight"][out, c, *tap] * read[first + c, number]
                found[out, *at] = total
        return gathered(found)


def _between(x: Grid, c: int, row: float, column: float) -> float:
    """What lies between four pixels, zeros outside of the map."""
    top, left = floor(row), floor(column)
    total = 0.0
    for y in (top, top + 1):
        for z in (left, left + 1):
            if 0 <= y < x.sizes[0] and 0 <= z < x.sizes[1]:
                total += (1 - abs(row - y)) * (1 - abs(column - z)) * x[c, y, z]
    return total


class Bilinear(Definition):
    """A sum over all pairs of features, at each position."""

    defaults = {"bias": True}
    is_exact = True

    def output(self, layer: Layer) -> Shape:
        return (layer.out_features, *layer.x[1:])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[shifted(0)] * layer.rank] * 2

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        first, second = layer.inputs
        weight = {"weight": (layer.out_features, first[0], second[0])}
        return weight | _bias(layer, layer.out_features)

    def macs(self, layer: Layer) -> int:
        return prod(self.arrays(layer)["weight"]) * prod(layer.x[1:])

    def work(self, layer: Layer) -> dict[str, int]:
        return {"bias": prod(self.output(layer)) if layer.bias else 0}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        first, second = inputs
        found: dict[Index, float] = {}
        for at in first.positions():
            for out in range(layer.out_features):
                total = w["bias"][(out,)] if layer.bias else 0.0
                for i in range(first.channels):
                    for j in range(second.channels):
                        total += w["weight"][out, i, j] * first[i, *at] * second[j, *at]
                found[out, *at] = total
        return gathered(found)


class ConvTranspose(Definition):
    defaults = WINDOW | {"groups": 1, "bias": True, "output_padding": 0, "output_size": None}
    is_exact = True

    def _kept(self, layer: Layer) -> list[range]:
        """What is left on each axis of all that is written: padding cut, output padding added."""
        found = []
        given = layer.each("output_size") if layer.output_size is not None else [None] * layer.rank
        extras = layer.each("output_padding")
        for axis, extra, wanted in zip(layer.axes, extras, given, strict=True):
            written = [
                place * axis.stride + j * axis.dilation
                for place in range(axis.size)
                for j in range(axis.kernel)
            ]
            end = max(written) + 1 - axis.after + extra
            found.append(range(axis.before, end if wanted is None else axis.before + wanted))
        return found

    def output(self, layer: Layer) -> Shape:
        return (layer.out_channels, *map(len, self._kept(layer)))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[self._read(axis) for axis in layer.axes]]

    def _read(self, axis: Axis) -> Reads:
        def read(u: int) -> list[int]:
            far = abs(u) + axis.before + axis.kernel * axis.dilation + 1
            return [
                v
                for v in range(-far, far + 1)
                for j in range(axis.kernel)
                if v * axis.stride + j * axis.dilation == u + axis.before
            ]

        return read

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        pair = (layer.x[0], layer.out_channels // _groups(layer))
        return {"weight": (*pair, *layer.each("kernel_size"))} | _bias(layer, layer.out_channels)

    def macs(self, layer: Layer) -> int:
        # The kernel is applied at every input position.
        return prod(self.arrays(layer)["weight"]) * prod(layer.x[1:])

    def work(self, layer: Layer) -> dict[str, int]:
        return {"bias": prod(self.output(layer)) if layer.bias else 0}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        axes, groups = layer.axes, _groups(layer)
        inside, filters = x.channels // groups, layer.out_channels // groups
        found = {
            (out, *at): w["bias"][(out,)] if layer.bias else 0.0
            for out in range(layer.out_channels)
            for at in positions(map(len, self._kept(layer)))
        }
        # Every input pixel adds the kernel, times itself, where it stands.
        for c in range(x.channels):
            for at in x.positions():
                for tap in taps_of(axes):
                    lands = tuple(
                        place * axis.stride + j * axis.dilation - axis.before
                        for axis, place, j in zip(axes, at, tap, strict=True)
                    )
                    first = c // inside * filters
                    for out in range(filters):
                        if (first + out, *lands) in found:
                            found[first + out, *lands] += w["weight"][c, out, *tap] * x[c, *at]
        return gathered(found)


class Linear(Definition):
    defaults = {"bias": True}
    is_exact = True

    def output(self, layer: Layer) -> Shape:
        return (layer.out_features, *layer.x[1:])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[shifted(0)] * layer.rank if layer.rank else None]

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"weight": (layer.out_features, layer.x[0])} | _bias(layer, layer.out_features)

    def macs(self, layer: Layer) -> int:
        return prod(self.arrays(layer)["weight"]) * prod(layer.x[1:])

    def work(self, layer: Layer) -> dict[str, int]:
        return {"bias": prod(self.output(layer)) if layer.bias else 0}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        found: dict[Index, float] = {}
        for at in x.positions():
            for out in range(layer.out_features):
                total = w["bias"][(out,)] if layer.bias else 0.0
                for feature in range(x.channels):
                    total += w["weight"][out, feature] * x[feature, *at]
                found[out, *at] = total
        return gathered(found)


DEFINITIONS: dict[str, Definition] = {
    "bilinear": Bilinear(),
    "deform_conv": DeformConv(),
    "conv": Conv(),
    "conv_transpose": ConvTranspose(),
    "linear": Linear(),
}
