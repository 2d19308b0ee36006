"""Plain loops of the three kinds of attention: one query after the other, one key after the other.

Source: Vaswani et al. 2017, equation 1; Liu et al. 2021 for windows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import exp, sqrt
from typing import Any, NamedTuple

from convcalc.features.verify import raw
from convcalc.features.verify.grid import Grid, Index, gathered

Weights = Mapping[str, Grid]
Loop = Callable[[Any, Sequence[Grid], Weights], Grid]
# The features of each position.
Rows = dict[Index, list[float]]
# (head, position of the query, position of the key) -> what is added; None where it is hidden.
Beside = Callable[[int, Index, Index], float | None]


class _Sizes(NamedTuple):
    """Heads of queries and of keys, and how many features one has in q and k, and in v."""

    heads: int
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


def _attended(sizes: _Sizes, q: Rows, k: Rows, v: Rows, beside: Beside) -> Rows:
    found: Rows = {at: [] for at in q}
    for head in range(sizes.heads):
        mine = head * sizes.asked
        group = head * sizes.of_keys // sizes.heads
        theirs, values = group * sizes.asked, group * sizes.given
        for at, query in q.items():
            scores: dict[Index, float] = {}
            for other, key in k.items():
                more = beside(head, at, other)
                if more is not None:
                    dot = sum(query[mine + i] * key[theirs + i] for i in range(sizes.asked))
                    scores[other] = dot / sqrt(sizes.asked) + more
            highest = max(scores.values())
            powers = {other: exp(score - highest) for other, score in scores.items()}
            total = sum(powers.values())
            for i in range(sizes.given):
                summed = sum(power * v[other][values + i] for other, power in powers.items())
                found[at].append(summed / total)
    return found


def _grid(rows: Rows) -> Grid:
    return gathered(
        {(c, *at): value for at, values in rows.items() for c, value in enumerate(values)}
    )


def _out(layer: Any, rows: Rows, w: Weights) -> Grid:
    weight = w["out_proj.weight"]
    bias = w["out_proj.bias"] if layer.out_bias else None
    return _grid(_projected(rows, weight, 0, weight.shape[0], bias))


def _attention(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    (x,) = inputs
    heads, of_keys, size = raw.head_sizes(layer, x.channels)
    ends = (0, heads * size, (heads + of_keys) * size, (heads + 2 * of_keys) * size)
    bias = w["in_proj_bias"] if layer.bias else None
    q, k, v = (
        _projected(_rows(x), w["in_proj_weight"], first, last, bias)
        for first, last in pairwise(ends)
    )
    rows = _attended(_Sizes(heads, of_keys, size, size), q, k, v, _neighbours(layer, x, w))
    return _out(layer, rows, w)


def _neighbours(layer: Any, x: Grid, w: Weights) -> Beside:
    """Who may be asked within the windows, and the number for each distance."""
    rank = len(x.sizes)
    window = raw.each(layer.window, rank) if layer.window else x.sizes
    # A map of one window has nothing to be shifted against.
    shift = [
        by if own < n else 0
        for by, own, n in zip(raw.each(layer.shift, rank), window, x.sizes, strict=True)
    ]

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


def _cross_attention(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    asking, asked = inputs
    heads, of_keys, size = raw.head_sizes(layer, asking.channels)
    ends = (0, heads * size, (heads + of_keys) * size, (heads + 2 * of_keys) * size)
    bias = w["in_proj_bias"] if layer.bias else None
    parts = []
    for name, x, first, last in zip(
        "qkv", (asking, asked, asked), ends[:-1], ends[1:], strict=True
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
    sizes = _Sizes(heads, of_keys, size, size)
    return _out(layer, _attended(sizes, q, k, v, lambda head, at, other: 0.0), w)


def _product(layer: Any, inputs: Sequence[Grid], w: Weights) -> Grid:
    q, k, v = inputs
    heads = layer.heads

    def beside(head: int, at: Index, other: Index) -> float | None:
        return None if layer.causal and other > at else 0.0

    sizes = _Sizes(heads, heads, q.channels // heads, v.channels // heads)
    return _grid(_attended(sizes, _rows(q), _rows(k), _rows(v), beside))


ATTENTION: dict[str, Loop] = {
    "attention": _attention,
    "cross_attention": _cross_attention,
    "scaled_dot_product_attention": _product,
}
