"""Attention of one map to another."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar

from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import MIXED, POINTWISE_LINKS, Flow, Kept, Links, MergeKind, Work
from convcalc.kinds.base.attending import (
    SOFTMAX,
    Heads,
    attend,
    attend_gradients,
    heads_of,
    join_heads,
    short_memory,
    split_heads,
    thinned_attention,
)
from convcalc.kinds.base.checks import recovering, spatial_rank
from convcalc.kinds.base.copies import Copy, Turn
from convcalc.kinds.base.fields import Count, Flag, Names, described

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights


class CrossAttention(MergeKind):
    """Attention of queries to a memory: keys and values come from the second input.

    Queries at N positions, a memory of M, H heads of size D, G heads of keys; the memory may have
    other channels and other axes. Learnt: the projections of both, the one back, their biases.
    MACs: the projections at the positions of their inputs, and H * N * M * 2 D for the products.
    Scores: H * N * M; 5 operations each. They stand in memory as those of `attention` do.
    Source: Vaswani et al. 2017, section 3.2.3; PyTorch's MultiheadAttention and its arrays' names.

    ```yaml
    convcalc: 1
    input: {image: [256, 25, 34], boxes: [256, 100]}
    layers:
      - cross_attention: {inputs: [boxes, image], heads: 8}
    ```
    """

    main: ClassVar[str] = "inputs"
    input_words: ClassVar[tuple[str, ...]] = ("queries", "memory")

    inputs: Names = described("The layers that ask and that are asked, as in [queries, memory].")
    heads: Count = described("Number of heads.")
    out_features: Count | None = described("Channels of the output; the queries' by default.", None)
    head_size: Count | None = described(
        "Features of one head; the queries' channels over the heads by default.", None
    )
    kv_heads: Count | None = described(
        "Heads of keys and values, shared by the others; as many as heads by default.", None
    )
    bias: Flag = described("Learn a bias for queries, keys and values.", True)
    out_bias: Flag = described("Learn a bias for the output.", True)
    materialize: Flag = described("Write the scores down, as kernels do that are not fused.", True)

    def output_of(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) != 2:
            raise LayerError(
                "wrong-value",
                f"{self.kind} joins queries and a memory, got {len(inputs)} inputs",
                "name two layers, as in `inputs: [queries, memory]`",
                field="inputs",
                recovered=inputs[0],
            )
        for shape in inputs:
            spatial_rank(shape, self.kind)
        output = (self.out_features or inputs[0][0], *inputs[0][1:])
        with recovering(output):
            self._heads(inputs)
        return output

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        return thinned_attention(self, inputs)

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        return tuple(map(Turn, inputs[0][1:]))

    def on_map(self, inputs: tuple[Shape, ...], sizes: Shape) -> Copy:
        queries, memory = inputs
        return Copy(self, ((queries[0], *sizes), short_memory(memory)))

    def links_of(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[Links, ...]:
        return (POINTWISE_LINKS[len(output) - 1], None)

    def flow_of(self, inputs: tuple[Shape, ...]) -> Flow:
        return MIXED

    def weights_of(self, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
        heads = self._heads(inputs)
        asking, asked = (shape[0] for shape in inputs)
        joined = heads.queries + 2 * heads.keys
        found: dict[str, Shape] = {"in_proj_weight": (joined, asking)}
        if asking != asked:
            found = {
                "q_proj_weight": (heads.queries, asking),
                "k_proj_weight": (heads.keys, asked),
                "v_proj_weight": (heads.keys, asked),
            }
        if self.bias:
            found["in_proj_bias"] = (joined,)
        out = self.out_features or asking
        found["out_proj.weight"] = (out, heads.queries)
        if self.out_bias:
            found["out_proj.bias"] = (out,)
        return found

    def macs_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        heads = self._heads(inputs)
        queries, memory = inputs
        asked = elements(queries) * heads.queries + elements(memory) * 2 * heads.keys
        return asked + heads.queries * elements(output) + 2 * self._scores(inputs) * heads.size

    def work_of(self, inputs: tuple[Shape, ...], output: Shape) -> Work:
        heads = self._heads(inputs)
        queries, memory = (prod(shape[1:]) for shape in inputs)
        biased = queries * heads.queries + memory * 2 * heads.keys if self.bias else 0
        return {
            "bias": biased + (elements(output) if self.out_bias else 0),
            "activation": SOFTMAX * self._scores(inputs),
        }

    def kept_of(self, inputs: tuple[Shape, ...], output: Shape) -> Kept:
        heads = self._heads(inputs)
        queries, memory = (prod(shape[1:]) for shape in inputs)
        # Queries, keys, values and what was gathered; the shares, or a logarithm a row of them.
        own = 2 * queries * heads.queries + 2 * memory * heads.keys
        shares = self._scores(inputs) if self.materialize else heads.of_queries * queries
        return Kept(inputs=True, values=own + shares)

    def workspace_of(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        heads = self._heads(inputs)
        queries, memory = (prod(shape[1:]) for shape in inputs)
        projected = queries * heads.queries + 2 * memory * heads.keys
        return projected + (self._scores(inputs) if self.materialize else 0)

    def _heads(self, inputs: tuple[Shape, ...]) -> Heads:
        return heads_of(inputs[0][0], self.heads, self.kv_heads, self.head_size)

    def _scores(self, inputs: tuple[Shape, ...]) -> int:
        return self.heads * prod(inputs[0][1:]) * prod(inputs[1][1:])

    def run(self, ops: Ops, inputs: tuple[Array, ...], weights: Weights) -> Array:
        asking, asked = inputs
        heads = heads_of(asking.shape[-1], self.heads, self.kv_heads, self.head_size)
        gathered, _ = attend(ops, *self._projected(ops, asking, asked, heads, weights))
        y = ops.dot(join_heads(gathered), weights["out_proj.weight"].T)
        if self.out_bias:
            y = y + weights["out_proj.bias"]
        return y.reshape(*asking.shape[:-1], -1)

    def _projected(
        self, ops: Ops, asking: Array, asked: Array, heads: Heads, w: Weights
    ) -> tuple[Array, Array, Array]:
        parts = []
        biases = _thirds(ops, w["in_proj_bias"], heads) if self.bias else None
        for number, (x, weight) in enumerate(
            zip((asking, asked, asked), _projections(ops, w, heads), strict=True)
        ):
            rows = ops.dot(_listed(x), weight.T)
            parts.append(split_heads(rows + biases[number] if biases else rows, heads.size))
        q, k, v = parts
        return q, k, v

    def gradients(
        self,
        ops: Ops,
        grad: Array,
        inputs: tuple[Array, ...],
        output: Array,
        weights: Weights,
    ) -> tuple[tuple[Array, ...], dict[str, Array]]:
        asking, asked = inputs
        heads = heads_of(asking.shape[-1], self.heads, self.kv_heads, self.head_size)
        q, k, v = self._projected(ops, asking, asked, heads, weights)
        gathered, shares = attend(ops, q, k, v)
        grads = _listed(grad)
        rows, before = _rows(grads), _rows(join_heads(gathered))
        learnt = {"out_proj.weight": ops.dot(rows.T, before)}
        if self.out_bias:
            learnt["out_proj.bias"] = rows.sum(axis=0)
        back = split_heads(ops.dot(grads, weights["out_proj.weight"]), heads.size)
        *parts, _ = attend_gradients(ops, back, q, k, v, shares)
        joined = [join_heads(part) for part in parts]
        given = (asking, asked, asked)
        own = [ops.dot(_rows(g).T, _rows(x)) for g, x in zip(joined, given, strict=True)]
        if "in_proj_weight" in weights:
            learnt["in_proj_weight"] = ops.np.concatenate(own)
        else:
            learnt |= dict(zip(_NAMES, own, strict=True))
        if self.bias:
            learnt["in_proj_bias"] = ops.np.concatenate([_rows(g).sum(axis=0) for g in joined])
        to_q, to_k, to_v = (
            ops.dot(g, weight).reshape(x.shape)
            for g, weight, x in zip(joined, _projections(ops, weights, heads), given, strict=True)
        )
        return (to_q, to_k + to_v), learnt


_NAMES = ("q_proj_weight", "k_proj_weight", "v_proj_weight")


def _projections(ops: Ops, w: Weights, heads: Heads) -> list[Array]:
    """The weights of q, k and v; one array of three where both inputs have the same channels."""
    if "in_proj_weight" in w:
        return _thirds(ops, w["in_proj_weight"], heads)
    return [w[name] for name in _NAMES]


def _thirds(ops: Ops, array: Array, heads: Heads) -> list[Array]:
    return list(ops.np.split(array, [heads.queries, heads.queries + heads.keys]))


def _listed(x: Array) -> Array:
    """(N, *S, C) as (N, positions, C)."""
    return x.reshape(len(x), -1, x.shape[-1])


def _rows(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


KIND = CrossAttention
