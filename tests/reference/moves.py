"""Kinds that move numbers and change none: reshaping, borders, pixels, channels, joining."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from tests.crosscheck.draws import Shape
from tests.reference.definition import (
    Definition,
    Grid,
    Index,
    InPlace,
    Layer,
    Reads,
    Weights,
    gathered,
    positions,
    shifted,
    sides,
)
from tests.reference.windows import mirrored


class Move(Definition):
    is_exact = True

    def work(self, layer: Layer) -> dict[str, int]:
        return {}


class Reshape(Move):
    """The numbers in their order under another shape; one size of -1 is found."""

    def output(self, layer: Layer) -> Shape:
        rest = prod(layer.x) // abs(prod(layer.shape))
        return tuple(rest if size == -1 else size for size in layer.shape)

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        # Where the positions are as many as before, they are taken to be the same.
        is_kept = self.output(layer)[1:] == layer.x[1:]
        return [[shifted(0)] * layer.rank if is_kept else None]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        values = [x[index] for index in positions(x.shape)]
        return gathered(dict(zip(positions(self.output(layer)), values, strict=True)))


class Flatten(Reshape):
    def output(self, layer: Layer) -> Shape:
        return (prod(layer.x),)


def _place(layer: Layer, c: int, number: int, channels: int) -> int:
    """The channel that holds channel `c` of place `number` of a block."""
    if layer.order == "dcr":
        return number * channels + c
    return int(c * layer.factor**layer.rank + number)


class PixelShuffle(Move):
    defaults = {"order": "crd"}

    def output(self, layer: Layer) -> Shape:
        r = layer.factor
        return (layer.x[0] // r**layer.rank, *(size * r for size in layer.x[1:]))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[lambda u: [u // layer.factor]] * layer.rank]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        r, rank = layer.factor, layer.rank
        found: dict[Index, float] = {}
        channels = x.channels // r**rank
        for c in range(channels):
            for number, inside in enumerate(positions((r,) * rank)):
                for at in x.positions():
                    lands = tuple(place * r + k for place, k in zip(at, inside, strict=True))
                    found[c, *lands] = x[_place(layer, c, number, channels), *at]
        return gathered(found)


class PixelUnshuffle(Move):
    defaults = {"order": "crd"}

    def output(self, layer: Layer) -> Shape:
        r = layer.factor
        return (layer.x[0] * r**layer.rank, *(size // r for size in layer.x[1:]))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        r = layer.factor
        return [[lambda u: [u * r + i for i in range(r)]] * layer.rank]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        r = layer.factor
        found: dict[Index, float] = {}
        for (c, *at), value in inputs[0].values.items():
            number = 0
            for place in at:
                number = number * r + place % r
            lands = _place(layer, c, number, inputs[0].channels)
            found[lands, *(place // r for place in at)] = value
        return gathered(found)


class ChannelShuffle(InPlace):
    is_exact = True

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        size = x.channels // layer.groups
        found: dict[Index, float] = {}
        for (c, *at), value in x.values.items():
            group, place = divmod(c, size)
            found[place * layer.groups + group, *at] = value
        return gathered(found)


class Pad(Move):
    defaults = {"mode": "zeros", "value": 0}

    def output(self, layer: Layer) -> Shape:
        pairs = sides(layer.padding, layer.rank)
        return (layer.x[0], *(n + b + a for n, (b, a) in zip(layer.x[1:], pairs, strict=True)))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[shifted(-before) for before, _ in sides(layer.padding, layer.rank)]]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        pairs = sides(layer.padding, layer.rank)
        fill = float(layer.value) if layer.mode == "constant" else 0.0
        spans = [range(-b, size + a) for size, (b, a) in zip(x.sizes, pairs, strict=True)]
        found: dict[Index, float] = {}
        for at in positions(map(len, spans)):
            places = [along[place] for along, place in zip(spans, at, strict=True)]
            read = [mirrored(p, n, layer.mode) for p, n in zip(places, x.sizes, strict=True)]
            pixel = tuple(place for place in read if place is not None)
            for c in range(x.channels):
                found[c, *at] = x[c, *pixel] if len(pixel) == len(read) else fill
        return gathered(found)


class Crop(Move):
    def output(self, layer: Layer) -> Shape:
        pairs = sides(layer.padding, layer.rank)
        return (layer.x[0], *(n - b - a for n, (b, a) in zip(layer.x[1:], pairs, strict=True)))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[shifted(before) for before, _ in sides(layer.padding, layer.rank)]]

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        pairs = sides(layer.padding, layer.rank)
        return cut(x, [(b, size - a) for size, (b, a) in zip(x.sizes, pairs, strict=True)])


def cut(x: Grid, kept: Sequence[tuple[int, int]]) -> Grid:
    """The positions from the first to before the end on each axis."""
    found: dict[Index, float] = {}
    for (c, *at), value in x.values.items():
        if all(first <= place < end for place, (first, end) in zip(at, kept, strict=True)):
            moved = (place - first for place, (first, _) in zip(at, kept, strict=True))
            found[c, *moved] = value
    return gathered(found)


class Concat(Move):
    def _offsets(self, layer: Layer) -> list[list[int]]:
        """Where each input is cut so that it is as small as the smallest, centred."""
        # What is left over after an even cut goes after.
        return [
            [(size - left) // 2 for size, left in zip(x[1:], self.output(layer)[1:], strict=True)]
            for x in layer.inputs
        ]

    def output(self, layer: Layer) -> Shape:
        smallest = map(min, zip(*(x[1:] for x in layer.inputs), strict=True))
        return (sum(x[0] for x in layer.inputs), *smallest)

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [list(map(shifted, offsets)) for offsets in self._offsets(layer)]

    def work(self, layer: Layer) -> dict[str, int]:
        return {}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        sizes = self.output(layer)[1:]
        found: dict[Index, float] = {}
        before = 0
        for x, offsets in zip(inputs, self._offsets(layer), strict=True):
            part = cut(x, [(at, at + size) for at, size in zip(offsets, sizes, strict=True)])
            found |= {(before + c, *at): value for (c, *at), value in part.values.items()}
            before += x.channels
        return gathered(found)


DEFINITIONS: dict[str, Definition] = {
    "unflatten": Reshape(),
    "reshape": Reshape(),
    "pixel_shuffle": PixelShuffle(),
    "pixel_unshuffle": PixelUnshuffle(),
    "channel_shuffle": ChannelShuffle(),
    "pad": Pad(),
    "crop": Crop(),
}
