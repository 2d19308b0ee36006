"""Attention: one query after the other, one key after the other.

Sources: Vaswani et al. 2017, equation 1; Liu et al. 2021 for windows and their distances.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise, product
from math import exp, prod, sqrt
from typing import NamedTuple

from tests.crosscheck.draws import Shape
from tests.reference.definition import (
    Definition,
    Grid,
    Index,
    Layer,
    Reads,
    Weights,
    gathered,
    shifted,
)

# The features of each position.
Rows = dict[Index, list[float]]
# (head, position of the query, position of the key) -> what is added; None where it is hidden.
Beside = Callable[[int, Index, Index], float | None]


class Heads(NamedTuple):
    """Heads of queries and of keys, and how many features one has in q and k, and in v."""

    own: int
    of_keys: int
    asked: int
    given: int


def _rows(x: Grid) -> Rows:
    return {at: [x[c, *at] for c in range(x.channels)] for at in x.positions()}


def _projected(rows: Rows, weight: Grid, first: int, last: int, bias: Grid | None) -> Rows:
    """Each position's features times the rows `first` to `last` of a weight."""
    return {
        at: [
            sum(weight[row, c] * value for c, value in enumerate(values))
            + (bias[(row,)] if bias else 0.0)
            for row in range(first, last)
        ]
        for at, values in rows.items()
    }


def _attended(
    heads: Heads, q: Rows, k: Rows, v: Rows, beside: Beside, scale: float | None = None
) -> Rows:
    """What each query gathers: 0 where nothing is left to it."""
    factor = 1 / sqrt(heads.asked) if scale is None else scale
    found: Rows = {at: [] for at in q}
    for head in range(heads.own):
        mine = head * heads.asked
        group = head * heads.of_keys // heads.own
        theirs, values = group * heads.asked, group * heads.given
        for at, query in q.items():
            scores: dict[Index, float] = {}
            for other, key in k.items():
                more = beside(head, at, other)
                if more is not None:
                    dot = sum(query[mine + i] * key[theirs + i] for i in range(heads.asked))
                    scores[other] = dot * factor + more
            highest = max(scores.values(), default=0.0)
            powers = {other: exp(score - highest) for other, score in scores.items()}
            total = sum(powers.values())
            for i in range(heads.given):
                summed = sum(power * v[other][values + i] for other, power in powers.items())
                found[at].append(summed / total if scores else 0.0)
    return found


def _grid(rows: Rows) -> Grid:
    return gathered({(c, *at): v for at, values in rows.items() for c, v in enumerate(values)})


class Projected(Definition):
    """Attention whose queries, keys and values are learnt projections, as is what comes out."""

    defaults = {
        "out_features": None, "head_size": None, "kv_heads": None, "bias": True, "out_bias": True,
    }  # fmt: skip

    def heads(self, layer: Layer) -> Heads:
        """By the channels that ask."""
        size = layer.head_size or layer.x[0] // layer.heads
        return Heads(layer.heads, layer.kv_heads or layer.heads, size, size)

    def ends(self, layer: Layer) -> list[int]:
        """Where queries, keys and values begin and end among the projected features."""
        heads = self.heads(layer)
        own, other = heads.own * heads.asked, heads.of_keys * heads.asked
        return [0, own, own + other, own + 2 * other]

    def met(self, layer: Layer) -> int:
        """Keys that one query meets."""
        return prod(layer.inputs[-1][1:])

    def scores(self, layer: Layer) -> int:
        """Pairs of a query and a key that meet, in all heads."""
        return int(layer.heads * prod(layer.x[1:]) * self.met(layer))

    def added(self, layer: Layer) -> int:
        """How many numbers are added to each score."""
        return 0

    def output(self, layer: Layer) -> Shape:
        return (layer.out_features or layer.x[0], *layer.x[1:])

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        asking, asked = layer.x[0], layer.inputs[-1][0]
        ends = self.ends(layer)
        found: dict[str, Shape] = {"in_proj_weight": (ends[-1], asking)}
        if asking != asked:
            # A memory of other channels keeps matrices of its own.
            columns = zip("qkv", pairwise(ends), (asking, asked, asked), strict=True)
            found = {f"{n}_proj_weight": (b - a, width) for n, (a, b), width in columns}
        found["out_proj.weight"] = (self.output(layer)[0], ends[1])
        if layer.bias:
            found["in_proj_bias"] = (ends[-1],)
        if layer.out_bias:
            found["out_proj.bias"] = self.output(layer)[:1]
        return found

    def macs(self, layer: Layer) -> int:
        queries, memory = layer.x, layer.inputs[-1]
        ends = self.ends(layer)
        made = prod(queries) * ends[1] + prod(memory) * (ends[-1] - ends[1])
        made += prod(queries[1:]) * ends[1] * self.output(layer)[0]
        return made + 2 * self.scores(layer) * self.heads(layer).asked

    def work(self, layer: Layer) -> dict[str, int]:
        ends, memory = self.ends(layer), prod(layer.inputs[-1][1:])
        biased = prod(layer.x[1:]) * ends[1] + memory * (ends[-1] - ends[1])
        return {
            "activation": 5 * self.scores(layer),
            "bias": biased * layer.bias + prod(self.output(layer)) * layer.out_bias,
            "merge": self.added(layer) * self.scores(layer),
        }

    def beside(self, layer: Layer, w: Weights) -> Beside:
        """What is added to the score of two positions."""
        return lambda head, at, other: 0.0

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        ends = self.ends(layer)
        bias = w["in_proj_bias"] if layer.bias else None
        parts = []
        asked = inputs[-1]
        for name, x, (first, last) in zip(
            "qkv", (inputs[0], asked, asked), pairwise(ends), strict=True
        ):
            if "in_proj_weight" in w:
                parts.append(_projected(_rows(x), w["in_proj_weight"], first, last, bias))
                continue
            rows = _projected(_rows(x), w[f"{name}_proj_weight"], 0, last - first, None)
            added = [bias[(row,)] if bias else 0.0 for row in range(first, last)]
            parts.append(
                {at: [a + b for a, b in zip(row, added, strict=True)] for at, row in rows.items()}
            )
        q, k, v = parts
        rows = _attended(self.heads(layer), q, k, v, self.beside(layer, w))
        out_bias = w["out_proj.bias"] if layer.out_bias else None
        count = self.output(layer)[0]
        return _grid(_projected(rows, w["out_proj.weight"], 0, count, out_bias))


class Attention(Projected):
    defaults = Projected.defaults | {
        "causal": False, "window": None, "shift": 0, "relative_positions": "none",
    }  # fmt: skip

    def window(self, layer: Layer) -> list[int]:
        """Positions of a window on each axis."""
        return list(layer.x[1:]) if layer.window is None else layer.each("window")

    def shift(self, layer: Layer) -> list[int]:
        """How far the windows are moved; a map of one window has nothing to move against."""
        axes = zip(layer.each("shift"), self.window(layer), layer.x[1:], strict=True)
        return [by if own < size else 0 for by, own, size in axes]

    def met(self, layer: Layer) -> int:
        return prod(self.window(layer))

    def added(self, layer: Layer) -> int:
        masks = layer.causal + any(self.shift(layer))
        return int(masks + (layer.relative_positions == "table"))

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        if layer.window is None:
            return [[lambda u: list(range(u + 1))] if layer.causal else [shifted(0)] * layer.rank]

        def of(window: int, shift: int) -> Reads:
            def read(u: int) -> list[int]:
                first = next(p for p in range(u, u - window, -1) if (p - shift) % window == 0)
                return [p for p in range(first, first + window) if p <= u or not layer.causal]

            return read

        return [list(map(of, self.window(layer), self.shift(layer)))]

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        found = super().arrays(layer)
        if layer.relative_positions == "table":
            # Every distance between two places of a window, on each axis.
            distances = (
                len({a - b for a, b in product(range(own), repeat=2)}) for own in self.window(layer)
            )
            found["relative_position_bias_table"] = (prod(distances), layer.heads)
        return found

    def beside(self, layer: Layer, w: Weights) -> Beside:
        window, shift = self.window(layer), self.shift(layer)

        def stretch(at: Index) -> list[int]:
            return [(p - by) // own for p, by, own in zip(at, shift, window, strict=True)]

        def beside(head: int, at: Index, other: Index) -> float | None:
            if stretch(at) != stretch(other) or (layer.causal and other > at):
                return None
            if layer.relative_positions == "none":
                return 0.0
            row = 0
            for mine, theirs, by, own in zip(at, other, shift, window, strict=True):
                # Places inside of the window.
                apart = (mine - by) % own - (theirs - by) % own
                row = row * (2 * own - 1) + apart + own - 1
            return w["relative_position_bias_table"][row, head]

        return beside


class CrossAttention(Projected):
    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        return [[shifted(0)] * layer.rank, None]


class ScaledDotProduct(Definition):
    """Queries, keys and values as they are given, and masks of their scores."""

    defaults = {
        "heads": 1, "kv_heads": None, "scale": None, "masks": "added", "causal": False,
        "batch_axes": 0,
    }  # fmt: skip

    def heads(self, layer: Layer) -> Heads:
        """Sizes by the channels of queries and of values."""
        groups = layer.kv_heads or layer.heads
        return Heads(layer.heads, groups, layer.x[0] // layer.heads, layer.inputs[2][0] // groups)

    def output(self, layer: Layer) -> Shape:
        heads = self.heads(layer)
        return (heads.own * heads.given, *layer.x[1:])

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        keys: list[Reads] | None = None
        if layer.causal:
            count = layer.inputs[1][-1]
            keys = [shifted(0)] * layer.batch_axes
            keys.append(lambda u: [p for p in range(count) if p <= u])
        return [[shifted(0)] * layer.rank, keys, keys, *(None for _ in layer.inputs[3:])]

    def _scores(self, layer: Layer) -> int:
        return int(layer.heads * prod(layer.x[1:]) * prod(layer.inputs[1][1 + layer.batch_axes :]))

    def macs(self, layer: Layer) -> int:
        heads = self.heads(layer)
        return self._scores(layer) * (heads.asked + heads.given)

    def work(self, layer: Layer) -> dict[str, int]:
        scores = self._scores(layer)
        added = layer.causal + len(layer.inputs) - 3
        return {"activation": 5 * scores, "merge": added * scores}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        apart = layer.batch_axes
        maps = [_rows(x) for x in inputs[:3]]
        found: Rows = {}
        for place in dict.fromkeys(at[:apart] for at in maps[0]):
            q, k, v = (
                {at: row for at, row in rows.items() if at[:apart] == place} for rows in maps
            )
            beside = self._beside(layer, list(q), list(k), place, inputs[3:])
            found |= _attended(self.heads(layer), q, k, v, beside, layer.scale)
        return _grid(found)

    def _beside(
        self,
        layer: Layer,
        queries: list[Index],
        keys: list[Index],
        place: Index,
        masks: Sequence[Grid],
    ) -> Beside:
        def beside(head: int, at: Index, other: Index) -> float | None:
            total: float | None = 0.0
            for mask in masks:
                index = (head, *place, queries.index(at), keys.index(other))[-len(mask.shape) :]
                read = (n if size > 1 else 0 for n, size in zip(index, mask.shape, strict=True))
                value = mask[tuple(read)]
                if layer.masks == "added":
                    total = None if total is None else total + value
                elif value == 0:
                    total = None
            return None if layer.causal and other[apart:] > at[apart:] else total

        apart = layer.batch_axes
        return beside


DEFINITIONS: dict[str, Definition] = {
    "attention": Attention(),
    "cross_attention": CrossAttention(),
    "scaled_dot_product_attention": ScaledDotProduct(),
}
