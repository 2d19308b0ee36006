"""The product of attention alone, without projections."""

from __future__ import annotations

from math import gcd, prod
from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.arrangement import Arrangement
from convcalc.core.errors import LayerError
from convcalc.core.links import past_link
from convcalc.core.shapes import Shape, format_shape
from convcalc.kinds.base import KEPT, POINTWISE_LINKS, Flow, Kept, Links, MergeKind, Work
from convcalc.kinds.base.attending import (
    SOFTMAX,
    after_hidden,
    attend,
    attend_gradients,
    join_heads,
    one_axis,
    short_memory,
    split_heads,
)
from convcalc.kinds.base.checks import indivisible, nearest_divisors, recovering, spatial_rank
from convcalc.kinds.base.copies import Copy, Turn
from convcalc.kinds.base.fields import Count, Flag, Names, Number, Whole, described
from convcalc.kinds.base.masks import Scores
from convcalc.kinds.base.moving import links_by
from convcalc.kinds.base.ranges import EVERYTHING, Range, hull

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops

Masks = Literal["added", "boolean"]


class ScaledDotProductAttention(MergeKind):
    """softmax(q k / sqrt(D) + masks) v: what each query gathers from the values, nothing learnt.

    q has H heads of size D at N positions, k G heads of that size at M, v G heads of any size at
    the same M; G is H, or divides it: `kv_heads`. `scale` stands in the place of 1 / sqrt(D).
    With `batch_axes` the first axes of positions are attended one by one, as windows are.
    Further inputs are masks, `[H, *batch axes, N, M]`, with 1 or without the first axes where one
    holds for all. They are `added` to the scores, all of them; of `boolean` ones each has to be
    other than 0 for a key to be seen. A query that sees no key gathers 0.
    MACs: H * N * M * (D + Dv); masked ones count. Scores: H * N * M; 5 operations each, 1 more
    for each mask. They stand in memory as those of `attention` do.
    Source: Vaswani et al. 2017, section 3.2.1; PyTorch's scaled_dot_product_attention.

    ```yaml
    convcalc: 1
    input: {q: [768, 64], k: [768, 64], v: [768, 64], padding: [1, 64]}
    layers:
      - {scaled_dot_product_attention: {inputs: [q, k, v], heads: 12}, name: free}
      - {parameter: [12, 64, 64], name: distances}
      - scaled_dot_product_attention: {inputs: [free, k, v, distances, padding], heads: 12}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = ("sdpa",)
    main: ClassVar[str] = "inputs"
    input_words: ClassVar[tuple[str, ...]] = ("q", "k", "v", "mask")

    inputs: Names = described(
        "Queries, keys and values, as in [q, k, v], and masks behind them, if any."
    )
    heads: Count = described("Heads that the channels are split into.", 1)
    kv_heads: Count | None = described(
        "Heads of keys and values, shared by the others; as many as heads by default.", None
    )
    scale: Number | None = described(
        "What the products are multiplied by; 1 over the root of a head's size by default.", None
    )
    masks: Masks = described(
        "What masks hold: numbers that are `added` to the scores, or `boolean` ones, 0 where a "
        "key is hidden.",
        "added",
    )
    causal: Flag = described("Take nothing from later positions.", False)
    batch_axes: Whole = described(
        "Axes of positions, the first ones, whose places take nothing from each other.", 0
    )
    materialize: Flag = described("Write the scores down, as kernels do that are not fused.", True)

    def value_range(self, inputs: tuple[Range, ...]) -> Range:
        # Means of the values; 0 where a mask hides all.
        if len(inputs) < 3:
            return EVERYTHING
        return inputs[2] if len(inputs) == 3 else hull(inputs[2], (0.0, 0.0))

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) < 3:
            raise LayerError(
                "wrong-value",
                f"{self.kind} joins queries, keys and values, got {len(inputs)} inputs",
                "name three layers, as in `inputs: [q, k, v]`",
                field="inputs",
                recovered=inputs[0],
            )
        for shape in inputs[:3]:
            spatial_rank(shape, self.kind)
        q, k, v = inputs[:3]
        with recovering((v[0], *q[1:])):
            self._check_heads(q, k, v)
            self._check_axes(q, k, v)
            for mask in inputs[3:]:
                self._scores(inputs).check(mask, self.kind)
        return (v[0] // self._keys * self.heads, *q[1:])

    @property
    def _keys(self) -> int:
        """Heads of keys, and of values."""
        return self.heads if self.kv_heads is None else self.kv_heads

    def _check_heads(self, q: Shape, k: Shape, v: Shape) -> None:
        apart = self.kv_heads is not None
        if q[0] % self.heads:
            near = nearest_divisors(q[0] if apart else gcd(q[0], v[0]), self.heads)
            raise indivisible(q[0], self.heads, "channels", "heads", near)
        # Heads of keys divide the heads of queries and the channels of values.
        near = nearest_divisors(gcd(self.heads if apart else q[0], v[0]), self._keys)
        if self.heads % self._keys:
            raise indivisible(self.heads, self._keys, "heads", "kv_heads", near)
        shared = self.heads // self._keys
        wanted = q[0] // shared
        if k[0] != wanted:
            channels = f"queries of {q[0]} channels, keys of {k[0]}"
            reason = "" if shared == 1 else f": {self._keys} of {self.heads} heads are {wanted}"
            raise LayerError(
                "product-mismatch",
                channels + reason,
                f"give keys {wanted} channels, as by `linear: {{out: {wanted}, over: channels}}`",
                field="inputs",
            )
        if v[0] % self._keys:
            field = "kv_heads" if apart else "heads"
            raise indivisible(v[0], self._keys, "channels", field, near)

    def _check_axes(self, q: Shape, k: Shape, v: Shape) -> None:
        if k[1:] != v[1:]:
            raise LayerError(
                "product-mismatch",
                f"keys at {format_shape(k[1:])} positions, values at {format_shape(v[1:])}",
                "take keys and values from one map",
                field="inputs",
            )
        apart = self.batch_axes
        most = min(len(q), len(k)) - 2
        if apart > most:
            raise LayerError(
                "wrong-rank",
                f"{apart} batch axes, and {format_shape(q)} and {format_shape(k)} want positions",
                field="batch_axes",
                repairs=[{"batch_axes": count} for count in range(most, -1, -1)],
            )
        if q[1 : 1 + apart] != k[1 : 1 + apart]:
            raise LayerError(
                "product-mismatch",
                f"batch axes of {format_shape(q[1 : 1 + apart])} for queries and "
                f"{format_shape(k[1 : 1 + apart])} for keys",
                "cut both into as many windows",
                field="inputs",
            )
        if self.causal:
            one_axis(q, self.kind, apart)
            one_axis(k, self.kind, apart)

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        q, k, v = inputs[:3]
        heads = min(self.heads, 2)
        fields = {"heads": heads}
        keys = heads
        if self.kv_heads is not None:
            keys = fields["kv_heads"] = heads if self.kv_heads == self.heads else 1
        thin = ((2 * heads, *q[1:]), (2 * keys, *k[1:]), (keys, *v[1:]))
        scores = self._scores(inputs)
        masks = (scores.spread(x, scores._replace(heads=heads)) for x in inputs[3:])
        return Copy(self.model_copy(update=fields), (*thin, *masks))

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return tuple(map(Turn, inputs[0][1:]))

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        q, k, v = inputs[:3]
        apart = self.batch_axes
        # A causal mask goes by the places of both.
        asked = sizes if self.causal else (*sizes[:apart], *short_memory(k)[1 + apart :])
        cut = ((q[0], *sizes), (k[0], *asked), (v[0], *asked))
        scores = self._scores(inputs)
        return Copy(self, (*cut, *(scores.spread(x, self._scores(cut)) for x in inputs[3:])))

    def arrangements_of(self, inputs: tuple[Shape, ...]) -> tuple[Arrangement | None, ...]:
        scores, features = self._scores(inputs), inputs[2][0] // self._keys
        masks = (scores.arrangement(x, features) for x in inputs[3:])
        if not self.batch_axes or self.causal:
            return (None, None, None, *masks)
        return (None, self._of_keys(inputs, 1), self._of_keys(inputs, 2), *masks)

    def _of_keys(self, inputs: tuple[Shape, ...], at: int) -> Arrangement:
        """How the axes of the keys, or the values, become those of the output.

        Positions are summed over, and of keys the features too.
        """
        q, _, v = inputs[:3]
        x, apart, keys = inputs[at], self.batch_axes, self._keys
        heads = (keys, self.heads // keys, v[0] // keys)
        own = x[1 + apart :] if at == 2 else (*x[1 + apart :], x[0] // keys)
        sizes = (*heads, *q[1:], *own)
        places = range(len(heads), len(heads) + len(q) - 1)
        batch, asking = ([(n,) for n in part] for part in (places[:apart], places[apart:]))
        read = [(places.stop + n,) for n in range(len(x) - 1 - apart)]
        features = 2 if at == 2 else len(sizes) - 1
        return Arrangement(sizes, ((0, features), *batch, *read), ((0, 1, 2), *batch, *asking))

    def renames_positions(self, inputs: tuple[Shape, ...]) -> bool:
        # A mask for all heads has what is attended one by one as its channels, or none of it.
        return any(2 < len(x) < 3 + self.batch_axes for x in inputs[3:])

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        own = POINTWISE_LINKS[len(output) - 1]
        masks = map(links_by, self.arrangements_of(inputs)[3:], inputs[3:])
        if not self.causal:
            return (own, None, None, *masks)
        past = (*own[: self.batch_axes], past_link(output[-1], inputs[1][-1]))
        return (own, past, past, *masks)

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return Flow("masked") if len(inputs) > 3 else KEPT

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        q, _, v = inputs[:3]
        return self._scores(inputs).elements * (q[0] // self.heads + v[0] // self._keys)

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        scores = self._scores(inputs).elements
        return {"activation": SOFTMAX * scores, "merge": (self.causal + len(inputs) - 3) * scores}

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        if not self.materialize:
            # What was gathered, and a logarithm a row of shares.
            return Kept(inputs=True, output=True, values=self.heads * prod(output[1:]))
        return Kept(inputs=True, values=self._scores(inputs).elements)

    def workspace_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        return self._scores(inputs).elements if self.materialize else 0

    def notes_of(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        if not self.causal:
            return ()
        return ("the causal mask hides about half of its products; all are counted",)

    def _scores(self, inputs: tuple[Shape, ...]) -> Scores:
        q, k = inputs[:2]
        first = 1 + self.batch_axes
        return Scores(self.heads, q[1:first], q[first:], k[first:])

    def forward_of(self, ops: Ops, inputs: tuple[Array, ...]) -> Array:
        q, k, v = self._split(inputs)
        gathered, _ = attend(ops, q, k, v, *self._beside(ops, inputs), self._factor)
        return join_heads(gathered).reshape(*inputs[0].shape[:-1], -1)

    def backward_of(
        self, ops: Ops, grad: Array, inputs: tuple[Array, ...], y: Array
    ) -> tuple[Array, ...]:
        q, k, v = self._split(inputs)
        _, shares = attend(ops, q, k, v, *self._beside(ops, inputs), self._factor)
        own = self._in_blocks(grad, self.heads)
        *parts, to_scores = attend_gradients(ops, own, q, k, v, shares, self._factor)
        scores = self._scores(tuple(map(ops.shape, inputs)))
        masks = (
            ops.np.zeros_like(x) if self.masks == "boolean" else scores.gradient(ops, to_scores, x)
            for x in inputs[3:]
        )
        joined = zip(parts, inputs[:3], strict=True)
        return (*(join_heads(part).reshape(x.shape) for part, x in joined), *masks)

    @property
    def _factor(self) -> float | None:
        return None if self.scale is None else float(self.scale)

    def _split(self, inputs: tuple[Array, ...]) -> list[Array]:
        counts = (self.heads, self._keys, self._keys)
        return [self._in_blocks(x, count) for x, count in zip(inputs[:3], counts, strict=True)]

    def _in_blocks(self, x: Array, heads: int) -> Array:
        rows = x.reshape(prod(x.shape[: 1 + self.batch_axes]), -1, x.shape[-1])
        return split_heads(rows, x.shape[-1] // heads)

    def _beside(self, ops: Ops, inputs: tuple[Array, ...]) -> tuple[Array | None, Array | None]:
        """What masks add to the scores, and which of them come later."""
        scores = self._scores(tuple(map(ops.shape, inputs)))
        added = scores.beside(ops, inputs[3:], self.masks == "boolean")
        if not self.causal:
            return added, None
        return added, after_hidden(ops, *scores.shape[-2:])[None, None]


KIND = ScaledDotProductAttention
