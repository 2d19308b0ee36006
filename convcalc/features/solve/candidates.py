"""Which layers map one size to another: bounds, the layers within them, and which come first.

Nothing is computed here that the arithmetic does not know: it says how many pixels a count of
positions needs at least, and the padding is what is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal, NamedTuple

from convcalc.core.arithmetic import (
    WindowError,
    ceil_div,
    output_size,
    overlap,
    pool_output_size,
    smallest_input,
    span,
    tail_pixels,
    transposed_size,
)

# How the windows slide, as kinds say it.
Family = Literal["window", "pool", "transposed"]
Axes = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a search looks at; everything within is looked at.

    `padding` None: up to half the span, for pools half the kernel, which is all they may have.
    `output_padding` None: all that is legal, a < max(s, d). Both hold on every axis.
    """

    kernel: Sequence[int] = range(1, 33)
    stride: Sequence[int] = range(1, 33)
    dilation: Sequence[int] = range(1, 2)
    padding: Sequence[int] | None = None
    output_padding: Sequence[int] | None = None

    @classmethod
    def for_chain(cls) -> Bounds:
        """The usual bounds for a chain, whose layers multiply what there is to look at."""
        return cls(range(1, 8), range(1, 5))


class Found(NamedTuple):
    """A layer: one kernel, stride and dilation, and per axis the padding p and a."""

    kernel: int
    stride: int
    dilation: int
    padding: Axes
    extra: Axes

    @property
    def span(self) -> int:
        """K = d(k - 1) + 1."""
        return span(self.kernel, self.dilation)


@dataclass(frozen=True, slots=True)
class Layers:
    """The layers of a family, as `rounds_up` (for pools) has them, within `bounds`."""

    family: Family
    rounds_up: bool
    bounds: Bounds

    def output(self, layer: Found, sizes: Axes) -> Axes | None:
        """What `layer` makes of `sizes`; None where it does not fit.

        >>> Layers("window", False, Bounds()).output(Found(3, 2, 1, (1,), (0,)), (224,))
        (112,)
        """
        found = []
        for size, pad, extra in zip(sizes, layer.padding, layer.extra, strict=True):
            one = self._one(size, layer.kernel, layer.stride, layer.span, pad, extra)
            if one is None:
                return None
            found.append(one)
        return tuple(found)

    def _one(
        self, size: int, kernel: int, stride: int, reach: int, pad: int, extra: int
    ) -> int | None:
        if self.family == "transposed":
            left = transposed_size(size, reach, stride, pad, pad, extra)
            return left if left > 0 else None
        if self.family == "pool" and pad > kernel // 2:
            return None
        try:
            if self.family == "pool":
                return pool_output_size(size, reach, stride, pad, pad, self.rounds_up)
            return output_size(size, reach, stride, pad, pad)
        except WindowError:
            return None

    def geometries(self) -> Iterator[tuple[int, int, int]]:
        """(kernel, stride, dilation) within the bounds; a single tap has no dilation."""
        bounds = self.bounds
        for kernel, stride, dilation in product(bounds.kernel, bounds.stride, bounds.dilation):
            if kernel > 1 or dilation == bounds.dilation[0]:
                yield kernel, stride, dilation

    def paddings(self, kernel: int, dilation: int) -> Sequence[int]:
        """The paddings to look at for a kernel."""
        reach = span(kernel, dilation)
        most = kernel // 2 if self.family == "pool" else reach // 2
        if self.bounds.padding is None:
            return range(most + 1)
        if self.family == "pool":
            return [pad for pad in self.bounds.padding if pad <= most]
        return self.bounds.padding

    def extras(self, stride: int, dilation: int) -> Sequence[int]:
        """The output paddings to look at: legal ones."""
        if self.family != "transposed":
            return range(1)
        legal = range(max(stride, dilation))
        if self.bounds.output_padding is None:
            return legal
        return [extra for extra in self.bounds.output_padding if extra in legal]

    def fits(self, size: int, wanted: int, kernel: int, stride: int, dilation: int) -> list[Axes]:
        """Every (p, a) with which the layer maps `size` to `wanted`, on one axis.

        >>> Layers("transposed", False, Bounds()).fits(62, 489, 16, 8, 1)
        [(8, 1)]
        """
        reach = span(kernel, dilation)
        pads = self.paddings(kernel, dilation)
        if self.family == "transposed":
            too_many = transposed_size(size, reach, stride) - wanted
            return [
                ((too_many + extra) // 2, extra)
                for extra in self.extras(stride, dilation)
                if (too_many + extra) % 2 == 0 and (too_many + extra) // 2 in pads
            ]
        if self.rounds_up:
            return [
                (pad, 0) for pad in pads if self._one(size, kernel, stride, reach, pad, 0) == wanted
            ]
        # Both paddings together are what is missing, and up to a stride less one beyond it.
        missing = smallest_input(wanted, reach, stride) - size
        return [
            (pad, 0)
            for pad in range(max(0, ceil_div(missing, 2)), (missing + stride - 1) // 2 + 1)
            if pad in pads
        ]

    def between(self, sizes: Axes, wanted: Axes, geometry: tuple[int, int, int]) -> Iterator[Found]:
        """Every layer of that geometry that maps `sizes` to `wanted`, on all axes at once."""
        per_axis = []
        for size, want in zip(sizes, wanted, strict=True):
            fits = self.fits(size, want, *geometry)
            if not fits:
                return
            per_axis.append(fits)
        for chosen in product(*per_axis):
            pads, extras = zip(*chosen, strict=True)
            yield Found(*geometry, pads, extras)

    def onwards(self, sizes: Axes, geometry: tuple[int, int, int]) -> Iterator[tuple[Found, Axes]]:
        """Every layer of that geometry, with what it makes of `sizes`."""
        kernel, stride, dilation = geometry
        options = list(product(self.paddings(kernel, dilation), self.extras(stride, dilation)))
        for chosen in product(options, repeat=len(sizes)):
            pads, extras = zip(*chosen, strict=True)
            layer = Found(*geometry, pads, extras)
            output = self.output(layer, sizes)
            if output is not None:
                yield layer, output

    def reachable(self, size: int) -> Axes:
        """Sizes between which every output for `size` lies; both rise with `size`.

        An output grows with the padding and falls with the stride (for transposed layers the
        other way round), so that the extremes of the bounds give its extremes.
        """
        bounds = self.bounds
        slow, fast = min(bounds.stride), max(bounds.stride)
        low, high = (slow, fast) if self.family == "transposed" else (fast, slow)
        least, most = [], []
        for kernel, dilation in product(bounds.kernel, bounds.dilation):
            reach, pads = span(kernel, dilation), self.paddings(kernel, dilation)
            if not pads:
                continue
            few, many = min(pads), max(pads)
            extra = 0
            if self.family == "transposed":
                few, many = many, few
                extra = max(self.extras(fast, dilation), default=0)
            least.append(self._one(size, kernel, low, reach, few, 0) or 1)
            most.append(self._one(size, kernel, high, reach, many, extra) or 1)
        return min(least, default=1), max(most, default=1)

    def faults(self, layer: Found) -> tuple[int, ...]:
        """What speaks against a layer wherever it stands, the most important first.

        What the sizes say is added by the search: at UNEVEN, CHANGES and DROPPED.
        """
        kernel, stride, dilation, pads, extras = layer
        reach = layer.span
        # Windows side by side, as in patch embeddings; they come right behind their odd neighbour.
        is_tiling = reach == stride and stride > 1 and not any(pads)
        differ = int(len(set(pads)) > 1) + int(len(set(extras)) > 1)
        is_dilated, is_single = int(dilation > 1), int(kernel == 1)
        ranked = kernel + 2 * is_tiling * (self.family == "window")
        tail = (is_dilated, 0, differ, 0, sum(extras), ranked, stride, sum(pads))
        if self.family == "transposed":
            low, high = overlap(kernel, stride, dilation)
            stands_apart = int(stride > 1 and reach <= stride)
            return int(low != high), stands_apart, is_single, sum(map(bool, extras)), *tail
        skips = int(stride > reach) + is_single
        if self.family == "pool":
            return skips, 0, int(kernel != stride), sum(map(bool, pads)), *tail
        is_half = is_tiling or all(2 * pad == reach - 1 for pad in pads)
        return skips, 0, int(kernel % 2 == 0 and not is_tiling), int(not is_half), *tail

    def unevenness(self, layer: Found, sizes: Axes, output: Axes) -> int:
        """Axes whose size the stride does not divide (or multiply) exactly."""
        if self.family == "transposed":
            sizes, output = output, sizes
        stride = layer.stride
        return sum(count * stride != size for size, count in zip(sizes, output, strict=True))

    def dropped(self, layer: Found, sizes: Axes, output: Axes) -> int:
        """Pixels of the input itself, over all axes, that no window reaches behind the last."""
        if self.family == "transposed":
            return 0
        total = 0
        for size, count, pad in zip(sizes, output, layer.padding, strict=True):
            tail = tail_pixels(size, count, layer.span, layer.stride, pad, pad)
            total += max(0, tail - pad)
        return total


# Where `faults` leaves room for what depends on the sizes, and how many places it has.
UNEVEN, CHANGES, DROPPED, PLACES = 1, 5, 7, 12
RULES: dict[Family, str] = {
    "window": "every pixel is read (s <= K, k > 1), i = o*s, odd kernel with half padding or tiles "
    "(k = s), no dilation, few changes "
    "along a chain, equal axes, few pixels dropped, small kernel",
    "pool": "every pixel is read (s <= k, k > 1), i = o*s, k = s, no padding, no dilation, "
    "few changes along a chain, equal axes, few pixels dropped, small kernel",
    "transposed": "s divides k (even overlap), o = i*s and windows that overlap (s < K), k > 1, "
    "a = 0, no dilation, few changes along a chain, equal axes, small kernel",
}
