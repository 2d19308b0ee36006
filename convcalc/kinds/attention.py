"""Self-attention over all positions, or inside of windows."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, ClassVar, Literal

from convcalc.core.links import MAX_PATTERN, TOO_LONG, Link, past_link
from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base import MIXED, POINTWISE_LINKS, Flow, Kept, Kind, LayerKind, Links, Work
from convcalc.kinds.base.attending import (
    SOFTMAX,
    Grid,
    Heads,
    after_hidden,
    attend,
    attend_gradients,
    grid_of,
    heads_of,
    join_heads,
    one_axis,
    relative_index,
    split_heads,
    thinned_attention,
    unmoved,
)
from convcalc.kinds.base.checks import recovering, spatial_rank
from convcalc.kinds.base.copies import Copy, Turn
from convcalc.kinds.base.fields import Count, Flag, PerAxis, PerAxisOrZero, described, per_axis

if TYPE_CHECKING:
    from convcalc.arrays.ops import Array, Ops, Weights

RelativePositions = Literal["none", "table"]


class Attention(LayerKind):
    """Self-attention: every position takes from every position, by shares that it finds itself.

    E channels, N positions, H heads of size D, G heads of keys. Learnt: the projections to q, k
    and v (E * (H + 2G) D), the one back (H D * out), their biases, and a table of (2w - 1) a
    window's axis and head with `relative_positions: table`.
    MACs: N times the projections' weights, and N * M * 2 H D for the products, where M is N, or
    the positions of a window; masked products count. Scores: H * N * M; 5 operations each for
    the softmax, 1 for a mask, 1 for the table.
    Memory: the H x N x M scores stand beside q, k and v while it runs, and are kept for training;
    `materialize: false` is a kernel that never writes them down (FlashAttention).
    Source: Vaswani et al. 2017, PyTorch's MultiheadAttention (and its arrays' names); Liu et al.
    2021 for windows, their shift and the table; Ainslie et al. 2023 for `kv_heads`.

    ```yaml
    convcalc: 1
    input: [96, 56, 56]
    layers:
      - attention: {heads: 3, window: 7, relative_positions: table}
      - attention: {heads: 3, window: 7, shift: 3, relative_positions: table}
    ```
    """

    aliases: ClassVar[tuple[str, ...]] = (
        "mha",
        "mhsa",
        "multiheadattention",
        "multiheadselfattention",
        "selfattention",
    )
    main: ClassVar[str] = "heads"

    heads: Count = described("Number of heads.")
    out_features: Count | None = described("Channels of the output; the input's by default.", None)
    head_size: Count | None = described(
        "Features of one head; the channels over the heads by default.", None
    )
    kv_heads: Count | None = described(
        "Heads of keys and values, shared by the others; as many as heads by default.", None
    )
    bias: Flag = described("Learn a bias for queries, keys and values.", True)
    out_bias: Flag = described("Learn a bias for the output.", True)
    causal: Flag = described("Take nothing from later positions.", False)
    window: PerAxis | None = described(
        "Positions of a window, outside of which nothing is taken; one value, or one an axis.",
        None,
    )
    shift: PerAxisOrZero = described("Positions by which the windows are moved.", 0)
    relative_positions: RelativePositions = described(
        "`table`: a learnt number for each head and each distance inside of a window.", "none"
    )
    materialize: Flag = described("Write the scores down, as kernels do that are not fused.", True)

    def output(self, x: Shape) -> Shape:
        spatial_rank(x, self.kind)
        output = (self.out_features or x[0], *x[1:])
        with recovering(output):
            self._heads(x[0])
            self._grid(x[1:])
            if self.causal:
                one_axis(x, self.kind)
        return output

    def thinned(self, inputs: tuple[Shape, ...]) -> Copy:
        return thinned_attention(self, inputs)

    def turns(self, inputs: tuple[Shape, ...]) -> tuple[Turn, ...]:
        (x,) = inputs
        if self.window is None:
            return tuple(map(Turn, x[1:]))
        windows = self._grid(x[1:]).window
        return tuple(Turn(size, own, own, own) for size, own in zip(x[1:], windows, strict=True))

    def at_sizes(self, x: Shape, sizes: Shape) -> Kind:
        # A window that is the whole map is moved against no other.
        shifts = per_axis(self.shift, len(sizes), "shift")
        axes = zip(shifts, x[1:], self._grid(x[1:]).window, strict=True)
        kept = tuple(0 if own == size else by for by, size, own in axes)
        return self.model_copy(update={"shift": kept})

    def links(self, x: Shape) -> Links:
        grid = self._grid(x[1:])
        if self.causal and self.window is None:
            return (past_link(x[1], x[1]),)
        if self.window is None:
            return POINTWISE_LINKS[len(x) - 1]
        if max(grid.window) > MAX_PATTERN:
            return (TOO_LONG,) * len(grid.sizes)
        return tuple(map(_past_of, grid.links())) if self.causal else grid.links()

    def reads_by_size(self) -> bool:
        # A map of one window is not shifted; the past of a longer one is longer.
        return self.causal or self.shift != 0

    def flow(self, x: Shape) -> Flow:
        return MIXED

    def sees_all(self, x: Shape) -> bool:
        return self.window is None and not self.causal

    def weights(self, x: Shape) -> dict[str, Shape]:
        heads, out = self._heads(x[0]), self.out_features or x[0]
        joined = heads.queries + 2 * heads.keys
        found: dict[str, Shape] = {"in_proj_weight": (joined, x[0])}
        if self.bias:
            found["in_proj_bias"] = (joined,)
        found["out_proj.weight"] = (out, heads.queries)
        if self.out_bias:
            found["out_proj.bias"] = (out,)
        if self.relative_positions == "table":
            distances = prod(2 * size - 1 for size in self._grid(x[1:]).window)
            found["relative_position_bias_table"] = (distances, heads.of_queries)
        return found

    def macs(self, x: Shape, output: Shape) -> int:
        heads, positions = self._heads(x[0]), prod(x[1:])
        projected = x[0] * (heads.queries + 2 * heads.keys) + heads.queries * output[0]
        return positions * projected + 2 * self._scores(x) * heads.size

    def work(self, x: Shape, output: Shape) -> Work:
        heads, positions = self._heads(x[0]), prod(x[1:])
        added = self.causal + self._grid(x[1:]).is_shifted + (self.relative_positions == "table")
        biased = positions * (heads.queries + 2 * heads.keys) if self.bias else 0
        return {
            "bias": biased + (elements(output) if self.out_bias else 0),
            "activation": SOFTMAX * self._scores(x),
            "merge": added * self._scores(x),
        }

    def kept(self, x: Shape, output: Shape) -> Kept:
        heads, positions = self._heads(x[0]), prod(x[1:])
        # Queries, keys, values and what was gathered; the shares, or a logarithm a row of them.
        own = positions * (2 * heads.queries + 2 * heads.keys)
        shares = self._scores(x) if self.materialize else heads.of_queries * positions
        return Kept(inputs=True, values=own + shares)

    def workspace(self, x: Shape, output: Shape) -> int:
        heads = self._heads(x[0])
        projected = prod(x[1:]) * (heads.queries + 2 * heads.keys)
        return projected + (self._scores(x) if self.materialize else 0)

    def notes(self, x: Shape) -> tuple[str, ...]:
        notes = [unmoved(self._grid(x[1:]), self.shift)]
        if self.causal:
            products = 2 * self._scores(x) * self._heads(x[0]).size
            notes.append(
                f"of the {products:,} MACs of its products the causal mask hides about half; "
                "all are counted"
            )
        return tuple(filter(None, notes))

    def _heads(self, channels: int) -> Heads:
        return heads_of(channels, self.heads, self.kv_heads, self.head_size)

    def _grid(self, sizes: Shape) -> Grid:
        return grid_of(sizes, self.window, self.shift)

    def _scores(self, x: Shape) -> int:
        return self.heads * prod(x[1:]) * self._grid(x[1:]).keys

    def forward(self, ops: Ops, x: Array, w: Weights) -> Array:
        grid = self._grid(x.shape[1:-1])
        q, k, v = self._projected(ops, grid.split(ops, x), w)
        gathered, _ = attend(ops, q, k, v, *self._beside(ops, grid, len(q), w))
        y = ops.dot(join_heads(gathered), w["out_proj.weight"].T)
        if self.out_bias:
            y = y + w["out_proj.bias"]
        return grid.joined(ops, y)

    def _projected(self, ops: Ops, blocks: Array, w: Weights) -> tuple[Array, Array, Array]:
        heads = self._heads(blocks.shape[-1])
        rows = ops.dot(blocks, w["in_proj_weight"].T)
        if self.bias:
            rows = rows + w["in_proj_bias"]
        ends = [heads.queries, heads.queries + heads.keys]
        q, k, v = (split_heads(part, heads.size) for part in ops.np.split(rows, ends, axis=-1))
        return q, k, v

    def _beside(
        self, ops: Ops, grid: Grid, blocks: int, w: Weights
    ) -> tuple[Array | None, Array | None]:
        """What is added to the scores, and which of them are hidden."""
        beside = hidden = None
        if self.relative_positions == "table":
            table = w["relative_position_bias_table"]
            beside = table[relative_index(ops, grid.window)].transpose(2, 0, 1)
        if grid.is_shifted:
            windows = grid.hidden(ops)
            hidden = ops.np.tile(windows, (blocks // len(windows), 1, 1, 1))
        if self.causal:
            after = after_hidden(ops, grid.keys, grid.keys)[None, None]
            hidden = after if hidden is None else hidden | after
        return beside, hidden

    def backward(
        self, ops: Ops, grad: Array, x: Array, y: Array, w: Weights
    ) -> tuple[Array, dict[str, Array]]:
        grid = self._grid(x.shape[1:-1])
        blocks, grads = grid.split(ops, x), grid.split(ops, grad)
        q, k, v = self._projected(ops, blocks, w)
        gathered, shares = attend(ops, q, k, v, *self._beside(ops, grid, len(q), w))
        rows, before = _rows(grads), _rows(join_heads(gathered))
        learnt = {"out_proj.weight": ops.dot(rows.T, before)}
        if self.out_bias:
            learnt["out_proj.bias"] = rows.sum(axis=0)
        back = split_heads(ops.dot(grads, w["out_proj.weight"]), q.shape[-1])
        *parts, to_scores = attend_gradients(ops, back, q, k, v, shares)
        joined = ops.np.concatenate([join_heads(part) for part in parts], axis=-1)
        learnt["in_proj_weight"] = ops.dot(_rows(joined).T, _rows(blocks))
        if self.bias:
            learnt["in_proj_bias"] = _rows(joined).sum(axis=0)
        if self.relative_positions == "table":
            table = ops.np.zeros_like(w["relative_position_bias_table"])
            summed = to_scores.sum(axis=0).transpose(1, 2, 0)
            ops.np.add.at(table, relative_index(ops, grid.window), summed)
            learnt["relative_position_bias_table"] = table
        return grid.joined(ops, ops.dot(joined, w["in_proj_weight"])), learnt


def _past_of(link: Link) -> Link:
    """A window of which each unit reads nothing behind itself."""
    return Link(link.rise, tuple(range(t.start, unit + 1) for unit, t in enumerate(link.taps)))


def _rows(x: Array) -> Array:
    return x.reshape(-1, x.shape[-1])


KIND = Attention
