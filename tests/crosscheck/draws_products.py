"""Random draws of layers over positions: attention, products of maps."""

from __future__ import annotations

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
    shapes = [[heads * size, *queries], [heads * size, *keys], [heads * given, *keys]]
    if rng.random() < 0.15:
        shapes[rng.randrange(3)][rng.choice((0, 1))] += 1
    fields: dict[str, Any] = {"inputs": [f"map_{number}" for number in range(3)], "heads": heads}
    if rng.random() < 0.4:
        fields["causal"] = rng.random() < 0.7
    if rng.random() < 0.3:
        fields["materialize"] = False
    return Case("scaled_dot_product_attention", fields, tuple(map(tuple, shapes)))
