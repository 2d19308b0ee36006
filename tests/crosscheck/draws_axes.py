"""Random draws of layers over whole axes: patterns, products, and kinds that take an `axis`."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from random import Random
from typing import Any

from tests.crosscheck import draws
from tests.crosscheck.draws import Case, Shape

WORDS = {
    0: ("channels",),
    1: ("channels", "positions", "length", 0, 1),
    2: ("channels", "height", "width", 1, 2),
    3: ("channels", "depth", "height", "width", 3),
}


def glu(rng: Random) -> Case:
    rank = rng.randint(0, 3)
    shape = tuple(rng.choice((1, 2, 2, 4, 6, 3)) for _ in range(rank + 1))
    fields = {"axis": _axis(rng, rank)} if rng.random() < 0.7 else {}
    return Case(rng.choice(("glu", "swiglu")), fields, (shape,))


def _small(rng: Random, rank: int | None = None) -> Shape:
    rank = rng.randint(0, 3) if rank is None else rank
    return tuple(rng.randint(1, 4) for _ in range(rank + 1))


def _axis(rng: Random, rank: int) -> Any:
    """Mostly an axis that a map of that rank has."""
    if rng.random() < 0.1:
        return rng.choice(("positions", "width", "depth", 3))
    return rng.choice(WORDS[rank])


def _grouped(rng: Random, names: list[str]) -> list[list[str]]:
    """The names in their order, some joined; four axes at most, now and then an axis of 1."""
    groups: list[list[str]] = []
    for name in names:
        if groups and rng.random() < 0.4:
            groups[-1].append(name)
        else:
            groups.append([name])
    while len(groups) > 4:
        groups[-2:] = [groups[-2] + groups[-1]]
    if len(groups) < 4 and rng.random() < 0.15:
        groups.insert(rng.randint(0, len(groups)), [])
    return groups


def _text(groups: list[list[str]]) -> str:
    words = (
        "1" if not group else group[0] if len(group) == 1 else f"({' '.join(group)})"
        for group in groups
    )
    return " ".join(words)


def _pattern(rng: Random, keep: float) -> tuple[str, dict[str, int], Shape, dict[str, int]]:
    """A pattern, the sizes that it needs, the input's shape, and the size of every name."""
    names = list("abcdef"[: rng.randint(1, 6)])
    sizes = {name: rng.randint(1, 3) for name in names}
    before = _grouped(rng, rng.sample(names, len(names)))
    kept = [name for name in names if rng.random() < keep]
    after = _grouped(rng, rng.sample(kept, len(kept))) or [[]]
    given = {name: sizes[name] for group in before for name in group[1:]}
    return f"{_text(before)} -> {_text(after)}", given, _shape(before, sizes), sizes


def _shape(groups: list[list[str]], sizes: dict[str, int]) -> Shape:
    return tuple(prod(sizes[name] for name in group) for group in groups)


def _spoilt(rng: Random, given: dict[str, int], shape: Shape) -> tuple[dict[str, int], Shape]:
    """Now and then a size that does not divide, one that is missing, or an axis too many."""
    if rng.random() < 0.08 and given:
        name = rng.choice(sorted(given))
        given = {**given, name: given[name] + 1}
    if rng.random() < 0.06 and given:
        given = {name: size for name, size in given.items() if name != min(given)}
    if rng.random() < 0.05 and len(shape) < 4:
        shape = (*shape, 2)
    return given, shape


def rearrange(rng: Random) -> Case:
    text, given, shape, _ = _pattern(rng, 1.0)
    given, shape = _spoilt(rng, given, shape)
    fields: dict[str, Any] = {"pattern": text}
    return Case("rearrange", fields | ({"sizes": given} if given else {}), (shape,))


def broadcast(rng: Random) -> Case:
    names = list("abcdef"[: rng.randint(1, 6)])
    sizes = {name: rng.randint(1, 3) for name in names}
    held = [name for name in names if rng.random() < 0.7]
    before = _grouped(rng, rng.sample(held, len(held))) or [[]]
    after = _grouped(rng, rng.sample(names, len(names)))
    split = [name for group in before for name in group[1:]]
    given = {name: sizes[name] for name in names if name not in held or name in split}
    given, shape = _spoilt(rng, given, _shape(before, sizes))
    fields: dict[str, Any] = {"pattern": f"{_text(before)} -> {_text(after)}"}
    return Case("broadcast", fields | ({"sizes": given} if given else {}), (shape,))


FIGURES = ("mean", "sum", "prod", "max", "min", "l2", "std", "logsumexp", "argmax", "argmin")


def reduce(rng: Random) -> Case:
    text, given, shape, _ = _pattern(rng, 0.5)
    given, shape = _spoilt(rng, given, shape)
    fields: dict[str, Any] = {"pattern": text}
    if rng.random() < 0.85:
        fields["op"] = rng.choice(FIGURES)
    return Case("reduce", fields | ({"sizes": given} if given else {}), (shape,))


def einsum(rng: Random) -> Case:
    names = "abcde"[: rng.randint(1, 5)]
    sizes = {name: rng.randint(1, 4) for name in names}
    sides = [rng.sample(names, rng.randint(1, min(4, len(names)))) for _ in range(2)]
    known = sorted({*sides[0], *sides[1]})
    out = rng.sample(known, rng.randint(1, min(4, len(known))))
    shapes = [[sizes[name] for name in side] for side in sides]
    if rng.random() < 0.1:
        shapes[1][0] += 1
    equation = f"{' '.join(sides[0])}, {' '.join(sides[1])} -> {' '.join(out)}"
    fields = {"inputs": ["map_0", "map_1"], "equation": equation}
    return Case("einsum", fields, tuple(map(tuple, shapes)))


def matmul(rng: Random) -> Case:
    m, k, n = (rng.randint(1, 4) for _ in range(3))
    transpose = rng.choice(("none", "none", "first", "second", "both"))
    left = [k, m] if transpose in ("first", "both") else [m, k]
    right = [n, k] if transpose in ("second", "both") else [k, n]
    if rng.random() < 0.1:
        right[0] += 1
    leading = [rng.randint(1, 3) for _ in range(rng.randint(0, 2))]
    other = [1 if rng.random() < 0.2 else size for size in leading]
    if rng.random() < 0.05 and other:
        other[0] += 1
    fields: dict[str, Any] = {"inputs": ["map_0", "map_1"]}
    if transpose != "none" or rng.random() < 0.3:
        fields["transpose"] = transpose
    return Case("matmul", fields, ((*leading, *left), (*other, *right)))


def permute(rng: Random) -> Case:
    shape = _small(rng)
    axes = rng.sample(range(len(shape)), len(shape))
    if rng.random() < 0.1:
        axes = axes[:-1] if rng.random() < 0.5 else [*axes, rng.randint(0, 3)]
    return Case("permute", {"axes": axes}, (shape,))


def roll(rng: Random) -> Case:
    shape = _small(rng, rng.choice((1, 1, 2, 2, 3, 0)))
    shifts = [rng.randint(-5, 5) for _ in range(len(shape) - 1 + (rng.random() < 0.05))]
    return Case(
        "roll",
        {"shifts": shifts if shifts and rng.random() < 0.6 else rng.randint(-5, 5)},
        (shape,),
    )


def split(rng: Random) -> Case:
    parts = rng.randint(1, 3)
    shape = [*_small(rng)]
    axis = _axis(rng, len(shape) - 1)
    place = rng.randrange(len(shape))
    for n in range(len(shape)):
        if n == place or rng.random() < 0.7:
            shape[n] *= parts
    part = rng.randint(0, parts - 1 if rng.random() < 0.9 else parts)
    fields: dict[str, Any] = {"parts": draws.spoilt(rng, parts), "part": part}
    if axis != "channels" or rng.random() < 0.3:
        fields["axis"] = axis
    return Case("split", fields, (tuple(shape),))


def cumsum(rng: Random) -> Case:
    shape = _small(rng)
    return Case("cumsum", {"axis": _axis(rng, len(shape) - 1)}, (shape,))


def take(rng: Random) -> Case:
    """Places of an axis, or what is no vector of them."""
    shape = _small(rng)
    places = (rng.randint(1, 5),) if rng.random() < 0.9 else (1, 3)
    fields = {"inputs": ["map_0", "map_1"], "axis": _axis(rng, len(shape) - 1)}
    return Case("take", fields, (shape, places))


def flip(rng: Random) -> Case:
    shape = _small(rng)
    return Case("flip", {"axis": _axis(rng, len(shape) - 1)}, (shape,))


def softmax(rng: Random, kind: str = "softmax") -> Case:
    shape = draws.any_map(rng)
    fields = {"axis": _axis(rng, len(shape) - 1)} if rng.random() < 0.7 else {}
    return Case(kind, fields, (shape,))


def log_softmax(rng: Random) -> Case:
    return softmax(rng, "log_softmax")


def softmin(rng: Random) -> Case:
    return softmax(rng, "softmin")


def flatten(rng: Random) -> Case:
    fields = {"axis": rng.choice(("channels", "positions"))} if rng.random() < 0.7 else {}
    return Case("flatten", fields, (draws.any_map(rng),))


def slice(rng: Random) -> Case:
    shape = draws.any_map(rng)
    axis = _axis(rng, len(shape) - 1)
    start = rng.randint(0, 3)
    fields: dict[str, Any] = {"channels": [start, start + rng.randint(1, 4)]}
    if rng.random() < 0.6:
        fields["axis"] = axis
    return Case("slice", fields, (shape,))


def concat(rng: Random) -> Case:
    """Along the channels as `draws_more.merge` has it, or along an axis of positions."""
    shape = draws.any_map(rng)
    axis = _axis(rng, len(shape) - 1)
    place = rng.randrange(len(shape))
    if isinstance(axis, str) and axis in WORDS[len(shape) - 1]:
        place = {"channels": 0, "positions": 1, "length": 1, "width": len(shape) - 1}.get(
            axis, len(shape) - 2
        )
        place = 1 if axis == "depth" else place
    inputs = [
        (*shape[:place], rng.randint(1, 5), *shape[place + 1 :]) for _ in range(rng.randint(2, 3))
    ]
    if rng.random() < 0.1:
        inputs[-1] = (inputs[-1][0] + 1, *inputs[-1][1:])
    fields = {"inputs": [f"map_{number}" for number in range(len(inputs))], "axis": axis}
    return Case("concat", fields, tuple(inputs))


DRAWS: dict[str, Callable[[Random], Case]] = {
    "broadcast": broadcast,
    "rearrange": rearrange,
    "reduce": reduce,
    "einsum": einsum,
    "matmul": matmul,
    "permute": permute,
    "roll": roll,
    "flip": flip,
    "take": take,
    "split": split,
    "cumsum": cumsum,
    "softmax": softmax,
    "softmin": softmin,
    "log_softmax": log_softmax,
    "flatten": flatten,
    "slice": slice,
    "concat": concat,
}
