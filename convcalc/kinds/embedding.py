"""Rows of a table, looked up by index."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.kinds.base import POINTWISE_LINKS, Kept, LayerKind, Links, Work
from convcalc.kinds.base.fields import Count, described

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class Embedding(LayerKind):
    """The learnt row of a table for each index: `[L]` becomes `[dim, L]`.

    The input holds whole numbers from 0 to num - 1. A map `[1, H, W]` of them becomes
    `[dim, H, W]`; written as `[1, L]`, a sequence keeps its positions, so that fields behind it
    are counted in tokens. Weights: (num, dim). No MACs and no work: rows are copied.
    Training keeps the indices (8 bytes each). Source: PyTorch's Embedding.

    ```yaml
    convcalc: 1
    input: [128]
    layers:
      - embedding: {num: 30522, dim: 768}
    ```
    """

    num_embeddings: Count = described("Rows of the table: how many indices there are.")
    embedding_dim: Count = described("Numbers of a row.")

    def index_limits(self, inputs: tuple[Shape, ...]) -> Mapping[int, range]:
        return {0: range(self.num_embeddings)}

    def output(self, x: Shape) -> Shape:
        positions = x if len(x) == 1 else x[1:]
        if len(x) > 1 and x[0] != 1:
            raise LayerError(
                "wrong-rank",
                "embedding wants indices, `[L]` or a map of one channel, but its input is "
                f"{format_shape(x)}",
                f"give it `[1, {', '.join(map(str, x[1:]))}]`, or write a 1x1 `conv` without bias "
                "for numbers of several channels",
                recovered=(self.embedding_dim, *positions),
            )
        return (self.embedding_dim, *positions)

    def links(self, x: Shape) -> Links:
        # The entries of a vector are no positions.
        return POINTWISE_LINKS[len(x) - 1] if len(x) > 1 else None

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def work(self, x: Shape, output: Shape) -> Work:
        return {}

    def kept(self, x: Shape, output: Shape) -> Kept:
        return Kept(bytes=8 * elements(x))

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        y: Array = w["weight"][_indices(ops, x)]
        # What is no number has no row.
        y[ops.np.isnan(x if x.ndim == 2 else x[..., 0])] = ops.np.nan
        return y

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        learnt = ops.np.zeros_like(w["weight"])
        ops.np.add.at(learnt, _indices(ops, x), grad)
        return ops.np.zeros_like(x), {"weight": learnt}


def _indices(ops: Ops, x: Array) -> Array:
    """Whole numbers `(N, *S)` of a vector `(N, L)`, or of a map `(N, *S, 1)`."""
    numbers = x if x.ndim == 2 else x[..., 0]
    whole: Array = ops.np.rint(ops.np.nan_to_num(numbers)).astype("int64")
    return whole


KIND = Embedding
