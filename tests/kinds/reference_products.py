"""Attention and products of maps from their definitions, beside `reference`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod

from tests.crosscheck.draws import Case, Shape, spread

# The positions that unit u of an axis reads.
Reads = Callable[[int], list[int]]
ATTENTION = frozenset({"attention", "cross_attention", "scaled_dot_product_attention"})


def _sizes(case: Case) -> tuple[int, int, int]:
    """Heads of queries, heads of keys, features of one."""
    heads = case.fields["heads"]
    size = case.fields.get("head_size", case.inputs[0][0] // heads)
    return heads, case.fields.get("kv_heads", heads), size


def attention_output(case: Case) -> Shape:
    if case.kind == "scaled_dot_product_attention":
        return (case.inputs[2][0], *case.inputs[0][1:])
    return (case.fields.get("out_features", case.inputs[0][0]), *case.inputs[0][1:])


def attention_reads(case: Case) -> list[list[Reads] | None]:
    x = case.inputs[0]
    rank = len(x) - 1
    pointwise: list[Reads] = [lambda u: [u]] * rank
    is_causal = case.fields.get("causal", False)
    if case.kind != "attention":
        keys: list[Reads] | None = None
        if is_causal:
            keys = [lambda u: [p for p in range(case.inputs[1][1]) if p <= u]]
        return [pointwise, *[keys] * (len(case.inputs) - 1)]
    if case.fields.get("window") is None:
        return [[lambda u: list(range(u + 1))] if is_causal else pointwise]
    windows = spread(case.fields["window"], rank)
    shifts = spread(case.fields.get("shift", 0), rank)
    found: list[Reads] = []
    for size, window, shift in zip(x[1:], windows, shifts, strict=True):
        begins = shift if size > window else 0

        def read(u: int, window: int = window, begins: int = begins) -> list[int]:
            first = next(p for p in range(u, u - window, -1) if (p - begins) % window == 0)
            return [p for p in range(first, first + window) if p <= u or not is_causal]

        found.append(read)
    return [found]


def attention_params(case: Case) -> int:
    if case.kind == "scaled_dot_product_attention":
        return 0
    heads, of_keys, size = _sizes(case)
    asking, asked = case.inputs[0][0], case.inputs[-1][0]
    rows = heads * size
    columns = of_keys * size
    out = attention_output(case)[0]
    count = rows * asking + 2 * columns * asked + rows * out
    count += (rows + 2 * columns) * case.fields.get("bias", True)
    count += out * case.fields.get("out_bias", True)
    if case.fields.get("relative_positions", "none") == "table":
        # Every distance between two places of a window, on each axis.
        distances = [
            len({a - b for a, b in product(range(own), repeat=2)}) for own in _window(case)
        ]
        count += prod(distances) * heads
    return int(count)


def _window(case: Case) -> list[int]:
    sizes = list(case.inputs[0][1:])
    window = case.fields.get("window")
    return sizes if window is None else spread(window, len(sizes))


def _scores(case: Case) -> int:
    """Pairs of a query and a key that meet, in all heads."""
    queries = prod(case.inputs[0][1:])
    if case.kind == "attention":
        return int(case.fields["heads"] * queries * prod(_window(case)))
    return int(case.fields["heads"] * queries * prod(case.inputs[1][1:]))


def attention_macs(case: Case) -> int:
    heads, of_keys, size = _sizes(case)
    if case.kind == "scaled_dot_product_attention":
        return _scores(case) * (size + case.inputs[2][0] // heads)
    queries, memory = case.inputs[0], case.inputs[-1]
    projected = prod(queries) * heads * size + 2 * prod(memory) * of_keys * size
    projected += prod(queries[1:]) * heads * size * attention_output(case)[0]
    return projected + 2 * _scores(case) * size


def attention_work(case: Case) -> dict[str, int]:
    fields, scores = case.fields, _scores(case)
    added = fields.get("causal", False) + (fields.get("relative_positions", "none") == "table")
    found = {"activation": 5 * scores}
    if case.kind == "attention":
        shifts = spread(fields.get("shift", 0), len(case.inputs[0]) - 1)
        moved = zip(case.inputs[0][1:], _window(case), shifts, strict=True)
        added += any(by for size, own, by in moved if size > own)
    if case.kind != "scaled_dot_product_attention":
        heads, of_keys, size = _sizes(case)
        queries, memory = prod(case.inputs[0][1:]), prod(case.inputs[-1][1:])
        biased = (queries * heads + 2 * memory * of_keys) * size * fields.get("bias", True)
        found["bias"] = biased + prod(attention_output(case)) * fields.get("out_bias", True)
    return found | {"merge": added * scores}
