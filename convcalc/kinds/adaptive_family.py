"""Pools with a fixed output: `adaptive_*_pool` and `global_*_pool`."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, prod
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.arithmetic import adaptive_bin
from convcalc.core.links import adaptive_link
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import Kept, Kind, LayerKind, Links, Role, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.code_lines import torch_call
from convcalc.kinds.base.copies import Turn
from convcalc.kinds.base.field_values import PerAxisValue
from convcalc.kinds.base.fields import Flag, Sizes, described, per_axis
from convcalc.kinds.base.likeness import wanted_sizes
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.undoing import Undone
from convcalc.kinds.pool_family import INDEX_BYTES, AvgPool, MaxPool, Pool
from convcalc.kinds.reshape_family import Unflatten

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class AdaptivePool(LayerKind):
    """Bins that divide the map evenly, whatever its size."""

    main: ClassVar[str] = "output_size"
    is_spatial: ClassVar[bool] = True
    role: ClassVar[Role] = "pool"

    likes: ClassVar[Mapping[str, str]] = {
        "like": "The layer whose map it is as large as, in place of `output_size`."
    }
    liked: ClassVar[tuple[str, ...]] = ("output_size",)

    # The pool whose window does the same to a map of one size.
    slides_as: ClassVar[type[Pool]]

    output_size: Sizes = described("Bins on each axis; ~ keeps an axis.")

    @classmethod
    def fitted(cls, x: Shape, like: Shape, offset: PerAxisValue | None = None) -> dict[str, object]:
        return {"output_size": wanted_sizes(x, like)}

    def sums(self, x: Shape, output: Shape) -> list[str]:
        return list(dict.fromkeys(map(_bins_in_words, x[1:], output[1:])))

    def reads_by_size(self) -> bool:
        return True

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone((("upsample", {"output_size": x[1:]}),))

    def stays_in_channel(self) -> bool:
        return True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def hands_on(self, x: Shape) -> bool:
        # One bin a pixel.
        return self.output(x) == x

    def bins(self, x: Shape) -> tuple[int, ...]:
        """Number of bins on each axis."""
        sizes = self.output_size if len(self.output_size) > 1 else self.output_size[0]
        wanted = per_axis(sizes, len(x) - 1, "output_size")
        return tuple(
            size if bins is None else bins for size, bins in zip(x[1:], wanted, strict=True)
        )

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        return (x[0], *self.bins(x))

    def links(self, x: Shape) -> Links:
        bins = self.bins(x)
        if all(count == 1 for count in bins):
            return None
        return tuple(adaptive_link(size, count) for size, count in zip(x[1:], bins, strict=True))

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        (x,) = inputs
        return tuple(map(_turn, x[1:], self.bins(x)))

    def at_sizes(self, x: Shape, sizes: Shape) -> AdaptivePool:
        bins = self.bins(x)
        wanted = bins
        if set(bins) != {1}:
            axes = zip(bins, x[1:], sizes, strict=True)
            wanted = tuple(n if n == 1 < old else n * new // old for n, old, new in axes)
        return self.model_copy(update={"output_size": wanted})

    def work(self, x: Shape, output: Shape) -> Work:
        axes = zip(x[1:], output[1:], strict=True)
        return {"pool": x[0] * prod(_binned(size, bins) for size, bins in axes)}

    def resolved(self, inputs: tuple[Shape, ...]) -> dict[str, object]:
        return {"output_size": list(self.bins(inputs[0]))}


def _bins_in_words(size: int, bins: int) -> str:
    if size % bins == 0:
        return f"{size} → {bins}: bins of {size // bins} pixels"
    # The widths of the bins repeat their pattern; a bounded number of them tells.
    spans = {
        end - first for first, end in (adaptive_bin(j, size, bins) for j in range(min(bins, 1000)))
    }
    widths = f"{min(spans)} to {max(spans)}" if len(spans) > 1 else str(min(spans))
    return f"{size} → {bins}: bins of {widths} pixels that overlap ({bins} does not divide {size})"


def _turn(size: int, bins: int) -> Turn:
    """Bins lie as before in a map of the same pixels a bin; a single bin takes any number."""
    if bins == 1:
        return Turn(size)
    step = size // gcd(size, bins)
    return Turn(size, 1, step, step)


def _binned(size: int, bins: int) -> int:
    """Elements over all bins of an axis; bins overlap unless their number divides the size.

    >>> _binned(12, 7), _binned(14, 7), _binned(2, 4)
    (18, 14, 4)
    """
    # Two neighbours share a pixel wherever the border between them falls inside one.
    return size + bins - gcd(size, bins)


class AdaptiveAvgPool(AdaptivePool):
    """The mean of each of n bins: bin j covers [floor(j i / n), ceil((j + 1) i / n)).

    Source: PyTorch's AdaptiveAvgPool1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [512, 7, 9]
    layers:
      - {adaptive_avg_pool: [7, ~], name: square}
      - adaptive_avg_pool: {like: square}
      - adaptive_avg_pool: 1
    ```
    """

    slides_as: ClassVar[type[Pool]] = AvgPool

    def torch(self, x: Shape) -> list[str] | None:
        return [torch_call(f"AdaptiveAvgPool{len(x) - 1}d", self.bins(x))]

    def is_linear(self) -> bool:
        return True

    def kept(self, x: Shape, output: Shape) -> Kept:
        # PyTorch takes a single bin as a plain mean, whose gradient needs no input.
        return Kept(inputs=set(output[1:]) != {1})

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.mean_bins(x, self.bins(ops.shape(x)))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.mean_bins_gradient(grad, x), {}


class AdaptiveMaxPool(AdaptivePool):
    """The largest value of each of n bins: bin j covers [floor(j i / n), ceil((j + 1) i / n)).

    Source: PyTorch's AdaptiveMaxPool1d, 2d, 3d.

    ```yaml
    convcalc: 1
    input: [512, 14, 14]
    layers:
      - adaptive_max_pool: 4
    ```
    """

    slides_as: ClassVar[type[Pool]] = MaxPool

    def torch(self, x: Shape) -> list[str] | None:
        return [torch_call(f"AdaptiveMaxPool{len(x) - 1}d", self.bins(x))]

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, bytes=INDEX_BYTES * elements(output))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return ops.join_bins(x, self.bins(ops.shape(x)), ops.np.maximum)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.max_bins_gradient(grad, x), {}


class GlobalPool(LayerKind):
    """One number a channel, from the whole map."""

    role: ClassVar[Role] = "pool"

    temporaries: ClassVar[int] = 0

    keepdim: Flag = described("Keep the spatial axes with size 1 instead of dropping them.", False)

    def sums(self, x: Shape, output: Shape) -> list[str]:
        return [f"one number a channel, over all {format_shape(x[1:])} pixels"]

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        spread = ("upsample", {"output_size": x[1:]})
        if self.keepdim:
            return Undone((spread,))
        return Undone(((Unflatten.kind, {"shape": (x[0],) + (1,) * (len(x) - 1)}), spread))

    def stays_in_channel(self) -> bool:
        return True

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return inputs[0]

    def hands_on(self, x: Shape) -> bool:
        # The whole map is one pixel.
        return self.output(x) == x

    # The pool whose window does the same to a map of one size.
    slides_as: ClassVar[type[Pool]]
    # PyTorch's class for its single bin, without the axes.
    torch_name: ClassVar[str]

    def torch(self, x: Shape) -> list[str] | None:
        pool = torch_call(f"{self.torch_name}{len(x) - 1}d", 1)
        return [pool] if self.keepdim else [pool, "nn.Flatten()"]

    def output(self, x: Shape) -> Shape:
        rank = spatial_rank(x, self.kind)
        return (x[0],) + (1,) * (rank if self.keepdim else 0)

    def links(self, x: Shape) -> Links:
        return None

    def work(self, x: Shape, output: Shape) -> Work:
        return {"pool": elements(x)}

    def shaped(self, x: Array) -> Array:
        """One position `(N, 1, ..., C)`, without its axes unless they are kept."""
        return x if self.keepdim else x.reshape(len(x), -1)

    def unshaped(self, grad: Array, x: Array) -> Array:
        """The gradient as that of one position on all axes of the input."""
        return grad.reshape(len(x), *(1,) * (x.ndim - 2), -1)


class GlobalAvgPool(GlobalPool):
    """The mean of each channel over the whole map; gives `[C]`.

    ```yaml
    convcalc: 1
    input: [512, 7, 7]
    layers:
      - global_avg_pool
      - linear: 1000
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("gap", "globalaveragepool", "globalaveragepooling")
    slides_as: ClassVar[type[Pool]] = AvgPool
    torch_name: ClassVar[str] = "AdaptiveAvgPool"

    def is_linear(self) -> bool:
        return True

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return self.shaped(ops.mean_bins(x, (1,) * (x.ndim - 2)))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.mean_bins_gradient(self.unshaped(grad, x), x), {}


class GlobalMaxPool(GlobalPool):
    """The largest value of each channel over the whole map; gives `[C]`.

    ```yaml
    convcalc: 1
    input: [100, 50]
    layers:
      - global_max_pool: {keepdim: true}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("globalmaxpooling",)
    slides_as: ClassVar[type[Pool]] = MaxPool
    torch_name: ClassVar[str] = "AdaptiveMaxPool"

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, bytes=INDEX_BYTES * elements(output))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return self.shaped(ops.join_bins(x, (1,) * (x.ndim - 2), ops.np.maximum))

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        return ops.max_bins_gradient(self.unshaped(grad, x), x), {}


MEMBERS: tuple[type[Kind], ...] = (AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool)
