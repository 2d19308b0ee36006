"""Normalisation by neighbouring channels."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.shapes import Shape, elements, spatial
from convcalc.kinds.base import Kept, LayerKind, Role, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.code_lines import torch_call
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.base.fields import Count, Positive, described
from convcalc.kinds.base.ranges import Range, sign_of

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class LocalResponseNorm(LayerKind):
    """Divide by the energy of the `size` neighbouring channels, as AlexNet does.

    x / (k + alpha m)^beta, where m is the mean of the squares of `size` channels, zeros beyond
    the first and the last. Nothing is learnt. Work: `size` for the sum of squares and 2 for the
    division, per element.
    Source: Krizhevsky et al. 2012; PyTorch's LocalResponseNorm.

    ```yaml
    convcalc: 1
    input: [64, 55, 55]
    layers:
      - local_response_norm: 5
      - local_response_norm: {size: 5, alpha: 0.0005, beta: 0.75, k: 2}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("crossmaplrn", "lrn")
    role: ClassVar[Role] = "norm"
    main: ClassVar[str] = "size"

    size: Count = described("Number of neighbouring channels.")
    alpha: Positive = described("Factor of the mean of the squares.", Fraction(1, 10_000))
    beta: Positive = described("Power of the energy that divides.", Fraction(3, 4))
    k: Positive = described("Number added to the energy.", 1)

    def torch(self, x: Shape) -> list[str] | None:
        constants = float(self.alpha), float(self.beta), float(self.k)
        return [torch_call("LocalResponseNorm", self.size, *constants)]

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        return sign_of(inputs[0])

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        return x

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        (x,) = inputs
        return Copy(self, ((min(x[0], self.size + 2), *x[1:]),))

    def work(self, x: Shape, output: Shape) -> Work:
        return {"norm": (self.size + 2) * elements(output)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        # The squares with `size` - 1 channels of padding, the energy, and its power.
        padded = (x[0] + self.size - 1) * elements(spatial(x))
        return Kept(inputs=True, values=padded + 2 * elements(x))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        return x / self._energy(ops, x) ** float(self.beta)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        # Channel c reads `size // 2` channels before it; in turn, as many after it read c.
        energy = self._energy(ops, x)
        back = self._neighbours(ops, grad * y / energy, self.size - 1 - self.size // 2)
        alpha, beta = float(self.alpha), float(self.beta)
        return grad / energy**beta - x * back * (2 * alpha * beta / self.size), {}

    def _energy(self, ops: Ops, x: Array) -> Array:
        squares = self._neighbours(ops, x * x, self.size // 2)
        energy: Array = squares * (float(self.alpha) / self.size) + float(self.k)
        return energy

    def _neighbours(self, ops: Ops, x: Array, before: int) -> Array:
        """The sum of `size` channels, the first of them `before` channels before its own."""
        widths = [(0, 0)] * (x.ndim - 1) + [(before, self.size - 1 - before)]
        padded = ops.np.pad(x, widths)
        parts = (padded[..., start : start + x.shape[-1]] for start in range(self.size))
        return reduce(ops.np.add, parts)


KIND = LocalResponseNorm
