"""Norms over the channels at each position, or over the whole sample: `layer_norm`, `rms_norm`."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import MIXED, Flow, Kept, Kind
from convcalc.kinds.base.fields import Epsilon, Flag, described
from convcalc.kinds.norm_family import ADDED, EPSILON, Norm

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

Over = Literal["all", "channels"]


class OverNorm(Norm):
    """A norm over the whole sample (`all`), or over the channels at each position."""

    if TYPE_CHECKING:
        over: Over

    def works_per_position(self) -> bool:
        return self.over == "channels"

    def learnt_shape(self, x: Shape) -> Shape:
        return x if self.over == "all" else (x[0],)

    def flow(self, x: Shape) -> Flow:
        return MIXED

    def sees_all(self, x: Shape) -> bool:
        return self.over == "all"

    def statistics(self, x: Shape) -> int:
        """How many means are taken of one sample."""
        return 1 if self.over == "all" else elements(x) // x[0]

    def statistics_over(self, x: Array) -> tuple[int, ...]:
        return tuple(range(1, x.ndim)) if self.over == "all" else (x.ndim - 1,)

    def learnt(self, array: Array) -> Array:
        # (C, *S) as (*S, C); one number a channel stays as it is.
        return array.transpose(*range(1, array.ndim), 0)

    def learnt_gradients(self, ops: Ops, grad: Array, standard: Array) -> dict[str, Array]:
        if self.over == "channels":
            return super().learnt_gradients(ops, grad, standard)
        last_to_first = (grad.ndim - 2, *range(grad.ndim - 2))
        return {
            "weight": (grad * standard).sum(axis=0).transpose(last_to_first),
            "bias": grad.sum(axis=0).transpose(last_to_first),
        }


class LayerNorm(OverNorm):
    """Normalise the whole sample (`all`), or the channels at each position (`channels`).

    Learnt where `affine`: two for each element (`all`), two for each channel (`channels`).
    Source: Ba et al. 2016; PyTorch's LayerNorm; `channels` is ConvNeXt's LayerNorm2d, which takes
    an `eps` of 0.000001.

    ```yaml
    convcalc: 1
    input: [96, 56, 56]
    layers:
      - layer_norm: channels
      - layer_norm: {over: all, affine: false}
      - layer_norm: {over: channels, eps: 0.000001}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("layernormalization", "ln")
    main: ClassVar[str] = "over"

    over: Over = described("What one mean is taken over.", "all")
    affine: Flag = described("Learn a scale and a shift.", True)
    eps: Epsilon = described(ADDED, EPSILON)

    def values_per_mean(self, x: Shape) -> int | None:
        return elements(x) // self.statistics(x)

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, values=2 * self.statistics(x))


class RmsNorm(OverNorm):
    """Divide the channels at each position, or the whole sample, by their root mean square.

    x / sqrt(mean(x^2) + eps), times a learnt factor for each channel (`channels`) or for each
    element (`all`) where `affine`. `eps: ~` is PyTorch's default: the distance from 1 to the next
    number of the type that is run. Source: Zhang & Sennrich 2019; PyTorch's RMSNorm.

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

    over: Over = described("What one mean is taken over.", "channels")
    affine: Flag = described("Learn a scale.", True)
    eps: Epsilon | None = described(
        "Number added to the mean square before its root is taken; ~ for the type's own.", None
    )

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": self.learnt_shape(x)} if self.affine else {}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The inverse roots, and what the learnt factors multiply.
        divided = elements(x) if self.affine else 0
        return Kept(inputs=True, values=self.statistics(x) + divided)

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
