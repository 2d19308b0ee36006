"""Networks that move axes, drawn."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import prod
from random import Random
from typing import Any

import convcalc
from tests.planning.seen import Shape, file

# Kind and fields of a layer, for a map of the shape; None where it would not stand.
Draw = Callable[[Random, Shape], tuple[str, Any] | None]

AXES = "abcd"
NAMES = {2: ("positions",), 3: ("height", "width"), 4: ("depth", "height", "width")}
MOST_UNITS = 130
MOST_ELEMENTS = 700


def _axis(rng: Random, x: Shape) -> int:
    return rng.randrange(len(x))


def _named(x: Shape, axis: int) -> str:
    return NAMES[len(x)][axis - 1] if axis else "channels"


def _factors(size: int) -> list[int]:
    return [n for n in range(1, size + 1) if size % n == 0]


def _conv(rng: Random, x: Shape) -> tuple[str, Any]:
    each = [(rng.randint(1, 3), rng.choice((1, 1, 2, 3))) for _ in x[1:]]
    groups = rng.choice([n for n in _factors(x[0]) if n in (1, 2, x[0])])
    fields = {"out": groups * rng.choice((1, 2, 3)), "groups": groups, "d": rng.choice((1, 1, 2))}
    return "conv", fields | {"k": [k for k, _ in each], "s": [s for _, s in each]}


def _reshape(rng: Random, x: Shape) -> tuple[str, Any]:
    sizes, left = [], prod(x)
    for _ in range(rng.randint(0, 3)):
        sizes.append(rng.choice(_factors(left)))
        left //= sizes[-1]
    sizes.append(left)
    rng.shuffle(sizes)
    return "reshape", sizes


def _rearrange(rng: Random, x: Shape) -> tuple[str, Any]:
    parts, before, sizes = [], [], {}
    for name, size in zip(AXES, x, strict=False):
        own = [name]
        if rng.random() < 0.6:
            own = [f"{name}1", f"{name}2"]
            sizes[own[1]] = rng.choice(_factors(size))
        parts += own
        before.append(f"({' '.join(own)})")
    rng.shuffle(parts)
    cuts = sorted(rng.sample(range(1, len(parts)), rng.randint(0, min(3, len(parts) - 1))))
    after = [parts[a:b] for a, b in zip([0, *cuts], [*cuts, len(parts)], strict=True)]
    joined = " ".join(f"({' '.join(own)})" for own in after)
    return "rearrange", {"pattern": f"{' '.join(before)} -> {joined}", "sizes": sizes}


def _slice(rng: Random, x: Shape) -> tuple[str, Any]:
    axis = _axis(rng, x)
    first = rng.randrange(x[axis])
    span = [first, rng.randint(first + 1, x[axis])]
    return "slice", {"span": span, "axis": _named(x, axis)}


def _reduce(rng: Random, x: Shape) -> tuple[str, Any]:
    names = AXES[: len(x)]
    kept = [name for name in names if rng.random() < 0.6] or [names[0]]
    return "reduce", {"pattern": f"{' '.join(names)} -> {' '.join(kept)}", "op": "sum"}


def _broadcast(rng: Random, x: Shape) -> tuple[str, Any]:
    names = list(AXES[: len(x)])
    after = list(names)
    after.insert(rng.randint(0, len(x)), "z")
    return "broadcast", {"pattern": f"{' '.join(names)} -> {' '.join(after)}", "sizes": {"z": 2}}


def _norm(rng: Random, x: Shape) -> tuple[str, Any]:
    axis = _named(x, _axis(rng, x))
    if rng.random() < 0.4:
        return rng.choice(("softmax", "cumsum", "flip")), axis
    return "layer_norm", {"over": rng.choice((axis, "all"))}


def _attention(rng: Random, x: Shape) -> tuple[str, Any]:
    fields: list[dict[str, Any]] = [{}, {"causal": True}, {"window": rng.choice((2, 3, 4))}]
    return "attention", {"heads": rng.choice((1, 2)), **rng.choice(fields)}


def _fold(rng: Random, x: Shape) -> tuple[str, Any] | None:
    k = rng.choice((2, 3))
    return ("fold", {"output_size": [k * x[1]], "k": k, "s": k}) if len(x) == 2 else None


def _recurrent(rng: Random, x: Shape) -> tuple[str, Any]:
    fields = {"hidden_size": rng.choice((1, 2)), "bidirectional": rng.random() < 0.5}
    return rng.choice(("gru", "rnn")), fields


DRAWS: tuple[Draw, ...] = (
    _conv, _conv, _reshape, _reshape, _rearrange, _rearrange, _rearrange, _slice, _slice,
    _reduce, _broadcast, _norm, _norm, _attention, _fold, _recurrent,
    lambda rng, x: ("permute", rng.sample(range(len(x)), len(x))),
    lambda rng, x: ("permute", rng.sample(range(len(x)), len(x))),
    lambda rng, x: ("max_pool", {"k": rng.randint(1, 3), "s": rng.randint(1, 3)}),
    lambda rng, x: ("adaptive_avg_pool", [rng.randint(1, size) for size in x[1:]]),
    lambda rng, x: ("upsample", 2),
    lambda rng, x: ("linear", {"out": rng.randint(1, 4), "over": "channels"}),
    lambda rng, x: ("global_avg_pool", {}),
    lambda rng, x: ("unfold", {"k": rng.randint(1, 3), "s": rng.randint(1, 3)}),
    lambda rng, x: (rng.choice(("pixel_shuffle", "pixel_unshuffle")), 2),
    lambda rng, x: ("roll", 1),
    lambda rng, x: ("glu", {}),
    lambda rng, x: ("channel_shuffle", rng.choice(_factors(x[0]))),
)  # fmt: skip


class Drawn:
    """One network while it grows; nothing in it is padded."""

    def __init__(self, seed: int) -> None:
        self._rng = rng = Random(seed)
        sizes = [rng.choice((3, 4, 6, 8, 9)) for _ in range(rng.choice((1, 2, 2)))]
        self.input = (rng.choice((1, 2, 3, 4, 6, 8)), *sizes)
        self._layers: list[dict[str, Any]] = []
        self._shapes = {"input": self.input}
        depth = rng.randint(4, 12)
        for _ in range(6 * depth):
            if len(self._layers) < depth:
                self._grow()

    @property
    def text(self) -> str:
        """The network as a file; every layer is an output."""
        return self._text(self._layers)

    def _text(self, layers: list[dict[str, Any]]) -> str:
        outputs = json.dumps([layer["name"] for layer in layers])
        return file(self.input, *map(json.dumps, layers), more=f"outputs: {outputs}\n")

    def _grow(self) -> None:
        rng = self._rng
        source = list(self._shapes)[-1] if rng.random() < 0.85 else rng.choice([*self._shapes])
        if rng.random() < 0.3:
            self._merge(source)
            return
        drawn = rng.choice(DRAWS)(rng, self._shapes[source])
        if drawn:
            self._add({drawn[0]: drawn[1], "from": source})

    def _merge(self, source: str) -> None:
        rng, x = self._rng, self._shapes[source]
        other = rng.choice([*self._shapes])
        if rng.random() < 0.3 and self._add({"parameter": {"shape": list(x)}}):
            other = list(self._shapes)[-1]
        inputs = [source, other]
        rng.shuffle(inputs)
        along = {"inputs": inputs, "axis": _named(x, _axis(rng, x))}
        turned = {"inputs": inputs, "transpose": rng.choice(("none", "first", "second", "both"))}
        merges: list[dict[str, Any]] = [
            {"add": inputs},
            {"mul": inputs},
            {"concat": along},
            {"matmul": turned},
        ]
        self._add(rng.choice(merges))

    def _add(self, layer: dict[str, Any]) -> bool:
        layers = [*self._layers, {**layer, "name": f"n{len(self._layers)}"}]
        try:
            graph = convcalc.loads(self._text(layers)).graph()
        except convcalc.StackError:
            return False
        shape = graph.shape_of(graph.outputs[-1])
        if prod(shape) > MOST_ELEMENTS or prod(shape[1:]) > MOST_UNITS:
            return False
        self._layers, self._shapes[layers[-1]["name"]] = layers, shape
        return True
