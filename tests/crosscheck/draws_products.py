"""Random draws of layers over positions: attention, products of maps."""

from __future__ import annotations

from math import prod
from random import Random
from typing import Any

from tests.crosscheck import draws
from tests.crosscheck.draws import Case


def _heads(rng: Random) -> tuple[dict[str, Any], int]:
    """Fields of heads, and channels that mostly go with them."""
    heads = rng.choice((1, 2, 2, 3, 4))
    channels = heads * rng.choice((1, 2, 3)) + (rng.random() < 0.12)
    fields: dict[str, Any] = {"heads": draws.spoilt(rng, heads)}
    if rng.random() < 0.3:
        fields["kv_heads"] = rng.choice([1, heads, 2])
    if rng.random() < 0.3:
        fields["head_size"] = rng.randint(1, 4)
    if rng.random() < 0.3:
        fields["out_features"] = draws.spoilt(rng, rng.randint(1, 6))
    for name in ("bias", "out_bias", "materialize"):
        if rng.random() < 0.4:
            fields[name] = rng.random() < 0.5
    return fields, channels


def attention(rng: Random) -> Case:
    fields, channels = _heads(rng)
    rank = rng.choice((0, 1, 1, 2, 2, 2, 3)) if rng.random() < 0.2 else rng.choice((1, 2))
    sizes = [rng.randint(1, 5) for _ in range(rank)]
    if rank and rng.random() < 0.55:
        window = [rng.randint(1, 3) for _ in range(rank)]
        turns = [rng.choice((1, 2, 2, 3)) for _ in range(rank)]
        sizes = [w * n for w, n in zip(window, turns, strict=True)]
        if rng.random() < 0.15:
            sizes[0] += 1
        fields["window"] = window
        if rng.random() < 0.3:
            fields["window"] = window[0]
        if rng.random() < 0.6:
            fields["shift"] = rng.choice((1, [max(w - 1, 0) for w in window], 0))
    if rng.random() < 0.4:
        fields["relative_positions"] = rng.choice(("none", "table", "table"))
    if rng.random() < 0.3:
        fields["causal"] = rng.random() < 0.8
    return Case("attention", fields, ((channels, *sizes),))


def cross_attention(rng: Random) -> Case:
    fields, channels = _heads(rng)
    memory = channels if rng.random() < 0.5 else rng.randint(1, 8)
    shapes = [
        (size, *(rng.randint(1, 5) for _ in range(rng.choice((0, 1, 1, 1, 2, 2)) or 1)))
        for size in (channels, memory)
    ]
    names = [f"map_{number}" for number in range(2)]
    return Case("cross_attention", {"inputs": names, **fields}, tuple(shapes))


def scaled_dot_product_attention(rng: Random) -> Case:
    heads = rng.choice((1, 2, 2, 3))
    size, given = rng.randint(1, 3), rng.randint(1, 3)
    queries = [rng.randint(1, 5) for _ in range(rng.choice((1, 1, 2)))]
    keys = [rng.randint(1, 5) for _ in range(rng.choice((1, 1, 2)))]
    fields: dict[str, Any] = {"heads": heads}
    groups = heads
    if rng.random() < 0.25:
        groups = fields["kv_heads"] = rng.choice((1, heads, heads + 1))
    if rng.random() < 0.25:
        fields["scale"] = rng.choice((0.3, -2, 1))
    if rng.random() < 0.3:
        fields["batch_axes"] = 1
        apart = rng.randint(1, 3)
        queries, keys = [apart, *queries[-1:]], [apart, *keys[-1:]]
    shapes = [[heads * size, *queries], [groups * size, *keys], [groups * given, *keys]]
    if rng.random() < 0.15:
        shapes[rng.randrange(3)][rng.choice((0, 1))] += 1
    if rng.random() < 0.3:
        fields["causal"] = rng.random() < 0.7
    if rng.random() < 0.3:
        fields["materialize"] = False
    if rng.random() < 0.5:
        own = fields.get("batch_axes", 0)
        scores = (heads, *queries[:own], prod(queries[own:]), prod(keys[own:]))
        shapes += [_mask(rng, scores) for _ in range(rng.choice((1, 1, 2)))]
        if rng.random() < 0.4:
            fields["masks"] = rng.choice(("added", "boolean"))
    names = [f"map_{number}" for number in range(len(shapes))]
    return Case(
        "scaled_dot_product_attention", {"inputs": names, **fields}, tuple(map(tuple, shapes))
    )


def _mask(rng: Random, scores: tuple[int, ...]) -> list[int]:
    """The shape of a mask: the last axes of scores, 1 for some; and now and then another one."""
    own = scores[-rng.randint(2, len(scores)) :]
    return [
        rng.randint(1, 3) if rng.random() < 0.03 else size if rng.random() < 0.7 else 1
        for size in own
    ]
