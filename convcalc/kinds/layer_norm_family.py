"""Norms over the channels of each position, over the whole sample, or over any axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept, Kind
from convcalc.kinds.base.fields import Epsilon, Flag, described
from convcalc.kinds.base.over import Over, OverAxes
from convcalc.kinds.norm_family import ADDED, EPSILON, Norm

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

OVER_WORDS = "The axes that one mean is taken over: `all`, `channels`, `positions`, or a list."


class OverNorm(OverAxes, Norm):
    """A norm over some axes, with a learnt number for each of their places."""

    def learnt_shape(self, x: Shape) -> Shape:
        return tuple(x[axis] for axis in self.axes(x))

    def statistics_over(self, x: Array) -> tuple[int, ...]:
        return self.array_axes(x)

    def learnt(self, ops: Ops, array: Array, x: Array) -> Array:
        shape = ops.shape(x)
        axes = self.axes(shape)
        # (C, *S) as (*S, C), of size 1 on the axes that it does not tell apart.
        spread = array.reshape([size if n in axes else 1 for n, size in enumerate(shape)])
        return spread.transpose(*range(1, spread.ndim), 0)

    def learnt_gradients(self, ops: Ops, grad: Array, standard: Array) -> dict[str, Array]:
        axes = self.axes(ops.shape(grad))

        def summed(x: Array) -> Array:
            first: Array = ops.first(x)
            over = (0, *(1 + n for n in range(first.ndim - 1) if n not in axes))
            total: Array = first.sum(axis=over)
            return total

        return {"weight": summed(grad * standard), "bias": summed(grad)}


class LayerNorm(OverNorm):
    """Normalise the whole sample (`all`), or the channels at each position (`channels`).

    `over` also takes `positions`, one axis, or a list of them: `width` is a LayerNorm over the
    last axis of `[C, H, W]`. Learnt where `affine`: two for each place on these axes.
    Source: Ba et al. 2016; PyTorch's LayerNorm; `channels` is ConvNeXt's LayerNorm2d, which takes
    an `eps` of 0.000001.

    ```yaml
    convcalc: 1
    input: [96, 56, 56]
    layers:
      - layer_norm: channels
      - layer_norm: {over: all, affine: false}
      - layer_norm: {over: channels, eps: 0.000001}
      - layer_norm: {over: [height, width]}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("layernormalization", "ln")
    main: ClassVar[str] = "over"

    over: Over = described(OVER_WORDS, "all")
    affine: Flag = described("Learn a scale and a shift.", True)
    eps: Epsilon = described(ADDED, EPSILON)

    def values_per_mean(self, x: Shape) -> int | None:
        return elements(x) // self.figures(x)

    def takes_out_shifts(self, x: Shape) -> bool:
        return self.stays_in_channel()

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, values=2 * self.figures(x))


class RmsNorm(OverNorm):
    """Divide the channels at each position, or the whole sample, by their root mean square.

    x / sqrt(mean(x^2) + eps), times a learnt factor for each place on the axes of `over` where
    `affine`. `eps: ~` is PyTorch's default: the distance from 1 to the next number of the type
    that is run. Source: Zhang & Sennrich 2019; PyTorch's RMSNorm.

    ```yaml
    convcalc: 1
    input: [512, 100]
    layers:
      - rms_norm
      - rms_norm: {over: channels, eps: 0.000001}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("rmsnormalization",)
    main: ClassVar[str] = "over"

    over: Over = described(OVER_WORDS, "channels")
    affine: Flag = described("Learn a scale.", True)
    eps: Epsilon | None = described(
        "Number added to the mean square before its root is taken; ~ for the type's own.", None
    )

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": self.learnt_shape(x)} if self.affine else {}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The inverse roots, and what the learnt factors multiply.
        divided = elements(x) if self.affine else 0
        return Kept(inputs=True, values=self.figures(x) + divided)

    def standard(self, ops: Ops, split: Array) -> Array:
        y: Array = split * self._inverse_root(ops, split)
        return y

    def standard_gradient(self, ops: Ops, grad: Array, split: Array) -> Array:
        # (g - y mean(g y)) / root: the root moves with x.
        inverse = self._inverse_root(ops, split)
        y = split * inverse
        along = (grad * y).mean(axis=self.statistics_over(split), keepdims=True)
        found: Array = (grad - y * along) * inverse
        return found

    def _inverse_root(self, ops: Ops, x: Array) -> Array:
        squares = ops.np.square(x, dtype="float64")
        mean = squares.mean(axis=self.statistics_over(x), keepdims=True)
        inverse: Array = ops.inverse_deviation(mean, self.added(ops, x)).astype(x.dtype)
        return inverse


MEMBERS: tuple[type[Kind], ...] = (LayerNorm, RmsNorm)
