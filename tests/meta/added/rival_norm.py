"""Channels against each other, once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept, LayerKind, Role, Work
from convcalc.kinds.base.checks import spatial_rank

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class RivalNorm(LayerKind):
    """Each channel times its share of the energy of the map, on top of itself.

    x (1 + weight n), where n of a channel is its norm over the map, sqrt(sum(x^2)), over the mean
    of the norms of all channels. Learnt: 1 a channel. Work: 2 an element.
    Source: Woo et al. 2023, without the shift.

    ```yaml
    convcalc: 1
    input: [8, 6, 6]
    layers:
      - rival_norm
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("contestnorm",)
    role: ClassVar[Role] = "norm"

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        return x

    def sees_all(self, x: Shape) -> bool:
        return True

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (x[0],)}

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": 2 * elements(output)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, values=2 * x[0])

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        _, _, shares = self._shares(ops, x)
        y: Array = x * (1 + w["weight"] * shares)
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        norms, mean, shares = self._shares(ops, x)
        over = tuple(range(1, x.ndim - 1))
        to_share = (grad * x).sum(axis=over, keepdims=True) * w["weight"]
        common = (to_share * shares).mean(axis=-1, keepdims=True)
        to_x = grad * (1 + w["weight"] * shares) + (to_share - common) / mean * x / norms
        return to_x, {"weight": ops.channel_sum(grad * x * shares)}

    def _shares(self, ops: Ops, x: Array) -> tuple[Array, Array, Array]:
        squares = (x * x).sum(axis=tuple(range(1, x.ndim - 1)), keepdims=True)
        norms = ops.np.sqrt(squares)
        mean = norms.mean(axis=-1, keepdims=True)
        return norms, mean, norms / mean


KIND = RivalNorm
