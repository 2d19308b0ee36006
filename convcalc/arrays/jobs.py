"""A convolution about to run: its operands, where its sums go, and memory to make them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import inf, prod

import numpy as np

from convcalc.arrays.products import Array, Products
from convcalc.arrays.slicing import Index
from convcalc.core.shapes import Window

# A layer with all its views made: calling it fills the output anew.
Prepared = Callable[[], None]

# Bytes of a tile of columns. A tile and its sums should stay in a core's second-level cache; but
# every tile reads the whole kernel again, so large kernels are given larger ones.
LEAST_TILE = 1 << 19
MOST_TILE = 1 << 22


# Tiles whose views are made beforehand; those of one take some kilobytes.
MOST_PREPARED = 1024


def in_turn(step: Callable[[Index], Prepared], tiles: Sequence[Index]) -> Prepared:
    """All tiles of a layer, one after the other: prepared where they are not too many."""
    if len(tiles) > MOST_PREPARED:

        def run() -> None:
            for at in tiles:
                step(at)()

        return run
    steps = [step(at) for at in tiles]

    def run_prepared() -> None:
        for prepared in steps:
            prepared()

    return run_prepared


class Scratch:
    """Memory for the tiles of one layer after another, shared by name."""

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype: np.dtype) -> Array:
        """An array of `shape` with whatever the last layer left in it."""
        count = prod(shape) * dtype.itemsize
        held = self._arrays.get(name)
        if held is None or held.size < count:
            held = self._arrays[name] = np.empty(max(count, LEAST_TILE), np.uint8)
        return held[:count].view(dtype).reshape(shape)


@dataclass(frozen=True, slots=True, eq=False)
class Finish:
    """What becomes of a tile of sums while it is in cache: y = clip(sums + bias + residual)."""

    y: Array
    bias: Array | None = None
    residual: Array | None = None
    low: float = -inf
    high: float = inf
    # The bias for rows of so many positions, shared by all tiles.
    rows_of_bias: dict[int, Array] = field(default_factory=dict)

    def tile(self, sums: Array, at: Index) -> Prepared:
        """Finishes `sums` into `y[at]`: of its shape, or contiguous with as many numbers."""
        y, (low, high) = self.y[at], (self.low, self.high)
        sums = sums if sums.shape == y.shape else sums.reshape(y.shape)
        terms = [] if self.residual is None else [self.residual[at]]
        whole_rows = all(map(_has_whole_rows, (sums, y, *terms)))
        if self.bias is not None:
            terms.append(self._row_of_bias(self.bias, y.shape[-2]))
        if whole_rows:
            sums, y, *terms = (a.reshape(*a.shape[:-2], -1) for a in (sums, y, *terms))
        clips = (low, high) != (-inf, inf)

        def finish() -> None:
            for term in terms if clips else terms[:-1]:
                np.add(sums, term, out=sums)
            # numpy's maximum takes three times as long as its clip.
            if clips:
                np.clip(sums, low, high, out=y)
            elif terms:
                np.add(sums, terms[-1], out=y)
            else:
                np.copyto(y, sums)

        return finish

    def _row_of_bias(self, bias: Array, width: int) -> Array:
        # Repeated for a whole row, because numpy adds long rows faster than short ones.
        if width not in self.rows_of_bias:
            self.rows_of_bias[width] = np.tile(bias, (width, 1))
        return self.rows_of_bias[width]


def _has_whole_rows(array: Array) -> bool:
    """True where the pixels of a row stand side by side."""
    return bool(array.strides[-2] == array.shape[-1] * array.itemsize)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A convolution of the padded `x` (N, *S, cin) with `kernel` (*k, cin / groups, out).

    The padding of `windows` no longer counts. Sums go to `finish`, an output (N, *O, out).
    """

    products: Products
    x: Array
    kernel: Array
    windows: tuple[Window, ...]
    groups: int
    finish: Finish
    scratch: Scratch = field(default_factory=Scratch)

    @property
    def cin(self) -> int:
        """Channels of the input."""
        channels: int = self.x.shape[-1]
        return channels

    @property
    def out(self) -> int:
        """Channels of the output."""
        channels: int = self.kernel.shape[-1]
        return channels

    @property
    def positions(self) -> tuple[int, ...]:
        """Images and positions of the output, (N, *O)."""
        return self.finish.y.shape[:-1]

    @property
    def taps(self) -> int:
        """Taps of the kernel."""
        return prod(w.kernel for w in self.windows)

    @property
    def tile_bytes(self) -> int:
        """Bytes that a tile of columns may take: about twice the kernel, within limits."""
        return min(max(2 * self.kernel.nbytes, LEAST_TILE), MOST_TILE)
