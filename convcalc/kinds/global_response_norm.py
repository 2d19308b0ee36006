"""Channels against each other by their energy over the whole map."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept, LayerKind, Role, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.fields import Epsilon, described

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class GlobalResponseNorm(LayerKind):
    """Strengthen the channels that respond more than the others, as ConvNeXt V2 does.

    x (1 + weight n) + bias, where n of a channel is its norm over the map, sqrt(sum(x^2)), over
    the mean of the norms of all channels + eps. Learnt: 2 a channel. Work: 2 an element, the
    folded scale and shift, in the class of norms.
    Source: Woo et al. 2023, ConvNeXt V2, with the learnt bias and the residual of its code.

    ```yaml
    convcalc: 1
    input: [384, 56, 56]
    layers:
      - global_response_norm
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("grn",)
    role: ClassVar[Role] = "norm"

    eps: Epsilon = described(
        "Number added to the mean of the norms before it divides.", Fraction(1, 10**6)
    )

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        return x

    def sees_all(self, x: Shape) -> bool:
        return True

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (x[0],), "bias": (x[0],)}

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": 2 * elements(output)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The norm and the response of each channel, the mean, and x times the response.
        return Kept(inputs=True, values=elements(x) + 2 * x[0] + 1)

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        _, _, response = self._responses(ops, x)
        y: Array = x * (1 + w["weight"] * response) + w["bias"]
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        norms, mean, response = self._responses(ops, x)
        over = tuple(range(1, x.ndim - 1))
        # How much the result moves with each channel's response, and it with each norm.
        to_response = (grad * x).sum(axis=over, keepdims=True) * w["weight"]
        shared = (to_response * response).mean(axis=-1, keepdims=True)
        to_norms = (to_response - shared) / mean
        # A channel of zeros has a norm without slope; PyTorch takes 0, and so does 0 / 1.
        slope = x / ops.np.where(norms == 0, 1, norms)
        to_x = grad * (1 + w["weight"] * response) + to_norms * slope
        learnt = {
            "weight": ops.channel_sum(grad * x * response),
            "bias": ops.channel_sum(grad),
        }
        return to_x, learnt

    def _responses(self, ops: Ops, x: Array) -> tuple[Array, Array, Array]:
        """(norm of each channel, their mean + eps, norm / mean), each `(N, 1, ..., C or 1)`."""
        squares = ops.np.square(x, dtype="float64")
        norms = ops.np.sqrt(squares.sum(axis=tuple(range(1, x.ndim - 1)), keepdims=True))
        mean = norms.mean(axis=-1, keepdims=True) + float(self.eps)
        # Of nothing but zeros and without eps, 0 / 0 says NaN, as in PyTorch.
        with ops.np.errstate(invalid="ignore"):
            response = norms / mean
        return norms.astype(x.dtype), mean.astype(x.dtype), response.astype(x.dtype)


KIND = GlobalResponseNorm
