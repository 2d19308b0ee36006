"""Layers over whole axes in torch: patterns by `reshape`, `permute` and sums of letters."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import pytest

from tests.crosscheck.draws import Shape

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor  # noqa: E402 - only where torch is installed
from torch.nn import functional as F  # noqa: E402

from tests.crosscheck.torch_windows import Layer  # noqa: E402

Fields = dict[str, Any]
_WORDS = {0: (), 1: ("length",), 2: ("height", "width"), 3: ("depth", "height", "width")}


def dim_of(axis: Any, rank: int) -> int:
    """torch's number of the axis. Raises where a map of that rank has none."""
    if isinstance(axis, int):
        if axis > rank:
            raise IndexError("Dimension out of range")
        return 1 + axis
    if axis == "positions":
        if rank != 1:
            raise ValueError("one axis of positions")
        return 2
    return 1 + ("channels", *_WORDS[rank]).index(axis)


def _groups(text: str) -> list[list[str]]:
    found: list[list[str]] = []
    rest = text.strip()
    while rest:
        if rest[0] == "(":
            inside, _, rest = rest[1:].partition(")")
            found.append(inside.split())
        else:
            word, _, rest = rest.partition(" ")
            found.append([] if word == "1" else [word])
        rest = rest.strip()
    return found


def _split(x: Tensor, groups: list[list[str]], sizes: dict[str, int]) -> tuple[Tensor, list[str]]:
    """The map with one axis a name, and the names. Raises where sizes do not fit."""
    if len(groups) != x.dim() - 1:
        raise ValueError("another number of axes")
    shape = []
    for group, size in zip(groups, x.shape[1:], strict=True):
        own = [sizes.get(name, -1) for name in group] or [1]
        if own.count(-1) > 1:
            raise ValueError("more than one size to find")
        rest = prod(n for n in own if n > 0)
        if size % rest or (-1 not in own and rest != size):
            raise ValueError("sizes do not fit")
        shape += [size // rest if n == -1 else n for n in own] if group else []
    return x.reshape(len(x), *shape), [name for group in groups for name in group]


def rearrange(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    before, after = map(_groups, fields["pattern"].split("->"))

    def forward(x: Tensor) -> Tensor:
        split, names = _split(x, before, fields.get("sizes", {}))
        return _finished(split, names, after)

    return Layer(forward)


def broadcast(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    before, after = map(_groups, fields["pattern"].split("->"))
    given = fields.get("sizes", {})

    def forward(x: Tensor) -> Tensor:
        split, names = _split(x, before, given)
        new = [name for group in after for name in group if name not in names]
        if not {*new} <= {*given}:
            raise ValueError("a size is missing")
        wide = split.reshape(*split.shape, *(1,) * len(new))
        wide = wide.expand(*split.shape, *(given[name] for name in new))
        return _finished(wide, [*names, *new], after)

    return Layer(forward)


def _finished(split: Tensor, names: list[str], after: list[list[str]]) -> Tensor:
    order = [name for group in after for name in group]
    moved = split.permute(0, *(1 + names.index(name) for name in order))
    sizes = dict(zip(order, moved.shape[1:], strict=True))
    return moved.reshape(len(split), *(prod(sizes[name] for name in group) for group in after))


def reduce(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    before, after = map(_groups, fields["pattern"].split("->"))
    kept = [name for group in after for name in group]

    def forward(x: Tensor) -> Tensor:
        split, names = _split(x, before, fields.get("sizes", {}))
        left = [name for name in names if name in kept]
        lost = [name for name in names if name not in kept]
        rows = split.permute(0, *(1 + names.index(name) for name in (*left, *lost)))
        shape = rows.shape[: 1 + len(left)]
        rows = rows.reshape(*shape, -1)
        if fields.get("op") == "std" and rows.shape[-1] < 2:
            raise ValueError("no deviation of one number")
        return _finished(_FIGURES[fields.get("op", "mean")](rows), left, after)

    return Layer(forward)


_FIGURES: dict[str, Callable[[Tensor], Tensor]] = {
    "mean": lambda rows: rows.mean(-1),
    "sum": lambda rows: rows.sum(-1),
    "prod": lambda rows: rows.prod(-1),
    "logsumexp": lambda rows: rows.logsumexp(-1),
    "max": lambda rows: rows.amax(-1),
    "min": lambda rows: rows.amin(-1),
    "l2": lambda rows: torch.linalg.vector_norm(rows, dim=-1),
    "std": lambda rows: rows.std(-1),
    "argmax": lambda rows: rows.argmax(-1).to(rows.dtype),
    "argmin": lambda rows: rows.argmin(-1).to(rows.dtype),
}


def einsum(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    left, right = fields["equation"].split("->")
    sides = [side.split() for side in left.split(",")]
    text = ",".join("z" + "".join(side) for side in sides) + "->z" + "".join(right.split())
    known: dict[str, int] = {}
    for side, shape in zip(sides, inputs, strict=True):
        for name, size in zip(side, shape, strict=True):
            # torch spreads an axis of 1 over any other.
            if known.setdefault(name, size) != size:
                raise ValueError("an axis of two sizes")
    return Layer(lambda a, b: torch.einsum(text, a, b))


def is_contraction(fields: Fields) -> bool:
    """True where something is summed that both have, and nothing that one has alone."""
    left, right = fields["equation"].split("->")
    a, b = (set(side.split()) for side in left.split(","))
    lost = (a | b) - set(right.split())
    return bool(lost) and lost <= a & b


def matmul(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    transpose = fields.get("transpose", "none")
    if len(inputs[0]) != len(inputs[1]):
        raise ValueError("another number of axes")

    def forward(a: Tensor, b: Tensor) -> Tensor:
        if transpose in ("first", "both"):
            a = a.transpose(-1, -2)
        if transpose in ("second", "both"):
            b = b.transpose(-1, -2)
        return torch.matmul(a, b)

    return Layer(forward)


def permute(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    return Layer(lambda x: x.permute(0, *(1 + axis for axis in fields["axes"])))


def roll(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    rank = len(inputs[0]) - 1
    shifts = fields["shifts"]
    if not rank:
        raise ValueError("no positions to roll")
    shifts = shifts if isinstance(shifts, list) else [shifts] * rank
    return Layer(lambda x: torch.roll(x, shifts, tuple(range(2, 2 + rank))))


def split(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    parts, part = fields["parts"], fields["part"]
    if parts < 1 or inputs[0][dim - 1] % parts:
        raise ValueError("unequal parts")
    return Layer(lambda x: x.chunk(parts, dim)[part])


def cumsum(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    return Layer(lambda x: torch.cumsum(x, dim))


def flip(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields["axis"], len(inputs[0]) - 1)
    return Layer(lambda x: x.flip(dim))


def softmax(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    return Layer(lambda x: F.softmax(x, dim))


def log_softmax(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    return Layer(lambda x: F.log_softmax(x, dim))


def softmin(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    return Layer(lambda x: F.softmin(x, dim))


def glu(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    return Layer(lambda x: F.glu(x, dim))


def swiglu(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    if inputs[0][dim - 1] % 2:
        raise ValueError("torch would stretch the shorter half, or say nothing")

    def forward(x: Tensor) -> Tensor:
        gate, value = x.chunk(2, dim)
        return F.silu(gate) * value

    return Layer(forward)


def flatten(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    is_kept = fields.get("axis", "channels") == "positions"
    if is_kept and len(inputs[0]) == 1:
        raise ValueError("no positions to join")
    return Layer(lambda x: x.flatten(2 if is_kept else 1))


def slices(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields.get("axis", "channels"), len(inputs[0]) - 1)
    start, stop = fields["channels"]
    return Layer(lambda x: x[(*(slice(None),) * dim, slice(start, stop))])


def concat(fields: Fields, inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields["axis"], len(inputs[0]) - 1)
    return Layer(lambda *xs: torch.cat(xs, dim))


MAKERS: dict[str, Callable[[Fields, tuple[Shape, ...]], Layer]] = {
    "broadcast": broadcast,
    "rearrange": rearrange,
    "reduce": reduce,
    "einsum": einsum,
    "matmul": matmul,
    "permute": permute,
    "roll": roll,
    "flip": flip,
    "split": split,
    "cumsum": cumsum,
    "glu": glu,
    "swiglu": swiglu,
    "softmax": softmax,
    "softmin": softmin,
    "log_softmax": log_softmax,
    "flatten": flatten,
    "slice": slices,
}
