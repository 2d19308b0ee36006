"""Mean and deviation of whole maps."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape, spatial
from convcalc.kinds.base import Kept, LayerKind, Links, Role, Work
from convcalc.kinds.base.checks import spatial_rank
from convcalc.kinds.base.fields import Flag, described
from convcalc.kinds.base.ranges import Range
from convcalc.kinds.base.undoing import Undone

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class GlobalMeanStdPool(LayerKind):
    """The mean of each channel over the whole map, and behind all of them its deviation: [2C].

    The deviation is that of a sample: squares are divided by one less than their number, so that
    a map of one position is refused. Work: 1 an element for the mean, 2 for the deviation.
    Source: Snyder et al. 2018 (x-vectors), statistics pooling.

    ```yaml
    convcalc: 1
    input: [1500, 200]
    layers:
      - global_mean_std_pool
      - linear: 512
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("statisticspooling", "statspool", "statisticspool")

    role: ClassVar[Role] = "pool"

    keepdim: Flag = described("Keep the spatial axes with size 1 instead of dropping them.", False)

    def sums(self, x: Shape, output: Shape) -> list[str]:
        return [f"2·{x[0]} = {output[0]}: a mean and a deviation a channel"]

    def undone(self, x: Shape, output: Shape) -> Undone | None:
        return Undone(reason="half of the channels are deviations; a mean alone can be spread")

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        low, high = inputs[0]
        # The root of n / (n - 1) times half of the range, at most; for two numbers that is 0.71.
        return min(low, 0.0), max(high, high - low)

    def output(self, x: Shape) -> Shape:
        rank = spatial_rank(x, self.kind)
        output = (2 * x[0],) + (1,) * (rank if self.keepdim else 0)
        if elements(x) == x[0]:
            raise LayerError(
                "size-out-of-range",
                f"{self.kind} takes a deviation over the map, but {format_shape(x)} has one "
                "position",
                "put it where the map is larger, or use `global_avg_pool`",
                recovered=output,
            )
        return output

    def links(self, x: Shape) -> Links:
        return None

    def work(self, x: Shape, output: Shape) -> Work:
        return {"pool": 3 * elements(x)}

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(inputs=True, values=x[0])

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        mean, deviation = self._figures(ops, x)
        both: Array = ops.np.concatenate([mean, deviation], axis=-1).astype(x.dtype)
        return both if self.keepdim else both.reshape(len(x), -1)

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        mean, deviation = self._figures(ops, x)
        count = elements(spatial(ops.shape(x)))
        both = grad.reshape(len(x), *(1,) * (x.ndim - 2), -1)
        to_mean, to_deviation = ops.np.split(both, 2, axis=-1)
        # (x - mean) / ((n - 1) deviation); 0 where all numbers are equal.
        slope = (x - mean) / (ops.np.where(deviation == 0, 1, deviation) * (count - 1))
        return (to_mean / count + to_deviation * slope).astype(grad.dtype), {}

    def _figures(self, ops: Ops, x: Array) -> tuple[Array, Array]:
        axes = tuple(range(1, x.ndim - 1))
        mean = x.mean(axis=axes, keepdims=True, dtype="float64")
        return mean, ops.np.std(x.astype("float64"), axis=axes, keepdims=True, ddof=1)


KIND = GlobalMeanStdPool
