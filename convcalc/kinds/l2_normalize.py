"""Channels as a vector of length 1."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import Kept, Role, Work
from convcalc.kinds.base.fields import Epsilon, described
from convcalc.kinds.base.over import Over, OverAxes
from convcalc.kinds.base.ranges import Range, sign_of

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class L2Normalize(OverAxes):
    """Divide the channels at each position, or the whole sample, by their Euclidean length.

    x / max(sqrt(sum(x^2)), eps). Nothing is learnt; SSD's norm of `conv4_3` is this with a `scale`
    after it. Work: 1 an element, in the class of norms.
    Source: PyTorch's functional `normalize`; Liu et al. 2016, SSD.

    ```yaml
    convcalc: 1
    input: [512, 38, 38]
    layers:
      - l2_normalize
      - scale
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("lpnormalization", "normalize")
    role: ClassVar[Role] = "norm"
    main: ClassVar[str] = "over"

    over: Over = described(
        "The axes that one length is taken of: `all`, `channels`, `positions`, or a list.",
        "channels",
    )
    eps: Epsilon = described("Least number that divides.", Fraction(1, 10**12))

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return max(-1.0, sign_of(inputs[0])[0]), 1.0

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": elements(output)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The lengths, and the least number that divides in their place.
        return Kept(inputs=True, values=2 * self.figures(x))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y: Array = x / ops.np.maximum(self._lengths(ops, x), float(self.eps)).astype(x.dtype)
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        lengths, eps = self._lengths(ops, x), float(self.eps)
        along = (grad * y).sum(axis=self.array_axes(x), keepdims=True)
        # The length moves with x, unless it is below the least.
        turned = grad - y * along * (lengths >= eps)
        return (turned / ops.np.maximum(lengths, eps)).astype(grad.dtype), {}

    def _lengths(self, ops: Ops, x: Array) -> Array:
        squares = ops.np.square(x, dtype="float64")
        lengths: Array = ops.np.sqrt(squares.sum(axis=self.array_axes(x), keepdims=True))
        return lengths


KIND = L2Normalize
