"""The product of attention alone, without projections."""

from __future__ import annotations

from math import gcd, prod
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.links import past_link
from convcalc.core.shapes import Shape, format_shape
from convcalc.kinds.base import POINTWISE_LINKS, Kept, Links, MergeKind, Work
from convcalc.kinds.base.attending import (
    SOFTMAX,
    after_hidden,
    attend,
    attend_gradients,
    join_heads,
    one_axis,
    recovering,
    short_memory,
    split_heads,
)
from convcalc.kinds.base.checks import nearest_divisors, spatial_rank
from convcalc.kinds.base.copies import Copy, Turn
from convcalc.kinds.base.fields import Count, Flag, Names, described
from convcalc.kinds.base.ranges import EVERYTHING, Range

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops


class ScaledDotProductAttention(MergeKind):
    """softmax(q k / sqrt(D)) v: what each query gathers from the values, nothing learnt.

    q has H heads of size D at N positions, k as many of that size at M, v H heads of any size at
    the same M. MACs: H * N * M * (D + Dv); masked ones count. Scores: H * N * M; 5 operations
    each, 1 more under a mask. They stand in memory as those of `attention` do.
    Source: Vaswani et al. 2017, section 3.2.1; PyTorch's scaled_dot_product_attention.

    ```yaml
    convcalc: 1
    input: {q: [768, 64], k: [768, 64], v: [768, 64]}
    layers:
      - scaled_dot_product_attention: {inputs: [q, k, v], heads: 12}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("sdpa",)
    main: ClassVar[str] = "inputs"

    inputs: Names = described("Queries, keys and values, as in [q, k, v].")
    heads: Count = described("Heads that the channels are split into.", 1)
    causal: Flag = described("Take nothing from later positions.", False)
    materialize: Flag = described("Write the scores down, as kernels do that are not fused.", True)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        # Means of the values.
        return inputs[2] if len(inputs) == 3 else EVERYTHING

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) != 3:
            raise LayerError(
                "wrong-value",
                f"{self.kind} joins queries, keys and values, got {len(inputs)} inputs",
                "name three layers, as in `inputs: [q, k, v]`",
                field="inputs",
                recovered=inputs[0],
            )
        for shape in inputs:
            spatial_rank(shape, self.kind)
        q, k, v = inputs
        with recovering((v[0], *q[1:])):
            self._check(q, k, v)
        return (v[0], *q[1:])

    def _check(self, q: Shape, k: Shape, v: Shape) -> None:
        if q[0] != k[0]:
            raise LayerError(
                "product-mismatch",
                f"queries of {q[0]} channels, keys of {k[0]}",
                f"give keys {q[0]} channels, as by `linear: {{out: {q[0]}, over: channels}}`",
                field="inputs",
            )
        if k[1:] != v[1:]:
            raise LayerError(
                "product-mismatch",
                f"keys at {format_shape(k[1:])} positions, values at {format_shape(v[1:])}",
                "take keys and values from one map",
                field="inputs",
            )
        for shape in (q, v):
            if shape[0] % self.heads:
                both = gcd(q[0], v[0])
                raise LayerError(
                    "groups-indivisible",
                    f"{self.heads} does not divide {shape[0]} channels "
                    f"(remainder {shape[0] % self.heads})",
                    field="heads",
                    repairs=[{"heads": near} for near in nearest_divisors(both, self.heads)],
                )
        if self.causal:
            one_axis(q, self.kind)
            one_axis(k, self.kind)

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        q, k, v = inputs
        heads = min(self.heads, 2)
        thin = ((2 * heads, *q[1:]), (2 * heads, *k[1:]), (heads, *v[1:]))
        return Copy(self.model_copy(update={"heads": heads}), thin)

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return tuple(map(Turn, inputs[0][1:]))

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        q, k, v = inputs
        # A causal mask goes by the places of both.
        asked = sizes if self.causal else short_memory(k)[1:]
        return Copy(self, ((q[0], *sizes), (k[0], *asked), (v[0], *asked)))

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        own = POINTWISE_LINKS[len(output) - 1]
        if not self.causal:
            return (own, None, None)
        past = (past_link(output[1], inputs[1][1]),)
        return (own, past, past)

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        q, _, v = inputs
        return self._scores(inputs) // self.heads * (q[0] + v[0])

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        scores = self._scores(inputs)
        return {"activation": SOFTMAX * scores, "merge": scores if self.causal else 0}

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        shares = self._scores(inputs)
        if not self.materialize:
            # What was gathered, and a logarithm a row of shares.
            return Kept(inputs=True, output=True, values=self.heads * prod(output[1:]))
        return Kept(inputs=True, values=shares)

    def workspace_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self._scores(inputs) if self.materialize else 0

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        if not self.causal:
            return ()
        return ("the causal mask hides about half of its products; all are counted",)

    def _scores(self, inputs: tuple[Shape, ...]) -> int:
        return self.heads * prod(inputs[0][1:]) * prod(inputs[1][1:])

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        q, k, v = self._split(inputs)
        gathered, _ = attend(ops, q, k, v, None, self._hidden(ops, q, k))
        return join_heads(gathered).reshape(*inputs[0].shape[:-1], -1)

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        q, k, v = self._split(inputs)
        _, shares = attend(ops, q, k, v, None, self._hidden(ops, q, k))
        (own,) = self._split((grad,))
        *parts, _ = attend_gradients(ops, own, q, k, v, shares)
        return tuple(
            join_heads(part).reshape(x.shape) for part, x in zip(parts, inputs, strict=True)
        )

    def _split(self, inputs: tuple[Array, ...]) -> list[Array]:
        rows = [x.reshape(len(x), -1, x.shape[-1]) for x in inputs]
        return [split_heads(x, x.shape[-1] // self.heads) for x in rows]

    def _hidden(self, ops: Ops, q: Array, k: Array) -> Array | None:
        return after_hidden(ops, q.shape[2], k.shape[2])[None, None] if self.causal else None


KIND = ScaledDotProductAttention
