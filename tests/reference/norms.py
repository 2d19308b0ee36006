"""Norms: numbers over a length or a deviation that is taken of some of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod, sqrt
from typing import Any

from tests.crosscheck.draws import Shape
from tests.reference.definition import (
    Definition,
    Grid,
    Index,
    InPlace,
    Layer,
    Reads,
    Weights,
    gathered,
    shifted,
)  # fmt: skip

AFFINE: dict[str, Any] = {"affine": True, "eps": 1e-5}


class Norm(InPlace):
    """Less the mean and over the deviation of the numbers at hand, then scaled and shifted."""

    defaults = AFFINE

    def groups(self, layer: Layer, x: Grid) -> Iterable[list[Index]]:
        """The indices that one mean is taken over."""
        raise NotImplementedError

    def learnt(self, layer: Layer) -> Shape:
        """The shape of the scale and of the shift."""
        return (layer.x[0],)

    def learnt_at(self, layer: Layer, index: Index) -> Index:
        """Where the scale and the shift of a number stand."""
        return index[:1]

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return dict.fromkeys(("weight", "bias"), self.learnt(layer)) if layer.affine else {}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": 2 * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        found: dict[Index, float] = {}
        for members in self.groups(layer, x):
            values = [x[index] for index in members]
            mean = sum(values) / len(values)
            variance = sum((value - mean) ** 2 for value in values) / len(values)
            for index, value in zip(members, values, strict=True):
                found[index] = (value - mean) / sqrt(variance + float(layer.eps))
        if not layer.affine:
            return gathered(found)
        for index, value in found.items():
            own = self.learnt_at(layer, index)
            found[index] = value * w["weight"][own] + w["bias"][own]
        return gathered(found)


class BatchNorm(Norm):
    """As it stands at inference: by the mean and variance that training left."""

    def buffers(self, layer: Layer) -> dict[str, Shape]:
        return dict.fromkeys(("running_mean", "running_var"), (layer.x[0],))

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        found: dict[Index, float] = {}
        for index, value in inputs[0].values.items():
            c = (index[0],)
            normal = (value - w["running_mean"][c]) / sqrt(w["running_var"][c] + float(layer.eps))
            found[index] = normal * w["weight"][c] + w["bias"][c] if layer.affine else normal
        return gathered(found)


class InstanceNorm(Norm):
    defaults = AFFINE | {"affine": False}

    def groups(self, layer: Layer, x: Grid) -> Iterable[list[Index]]:
        for c in range(x.channels):
            yield [(c, *at) for at in x.positions()]


class GroupNorm(Norm):
    def groups(self, layer: Layer, x: Grid) -> Iterable[list[Index]]:
        size = x.channels // layer.groups
        for group in range(layer.groups):
            members = range(group * size, (group + 1) * size)
            yield [(c, *at) for c in members for at in x.positions()]


def _axes(layer: Layer) -> list[int]:
    """The numbers of the axes that are named, in order."""
    every = list(range(layer.rank + 1))
    if layer.over == "all":
        return every
    if layer.over == "positions":
        return every[1:]
    words = ["channels", *{1: ["length"], 2: ["height", "width"]}.get(layer.rank, [])]
    if layer.rank == 3:
        words += ["depth", "height", "width"]
    named = layer.over if isinstance(layer.over, list) else [layer.over]
    return sorted(
        1 if n == "positions" else n if isinstance(n, int) else words.index(n) for n in named
    )


def _over(layer: Layer, x: Grid) -> Iterable[list[Index]]:
    """The indices that differ on the named axes alone."""
    axes = _axes(layer)
    groups: dict[Index, list[Index]] = {}
    for index in x.values:
        own = tuple(place for n, place in enumerate(index) if n not in axes)
        groups.setdefault(own, []).append(index)
    return groups.values()


def _learnt(layer: Layer) -> Shape:
    return tuple(layer.x[n] for n in _axes(layer))


class OverAxes(InPlace):
    """Each unit reads the whole of a named axis, unless all of the map is named anyway."""

    def reads(self, layer: Layer) -> list[list[Reads] | None]:
        axes = _axes(layer)
        if set(range(1, layer.rank + 1)) <= set(axes):
            return super().reads(layer)

        def every(size: int) -> Reads:
            return lambda u: list(range(size))

        sizes = list(enumerate(layer.x))[1:]
        return [[every(size) if n in axes else shifted(0) for n, size in sizes]]


class LayerNorm(OverAxes, Norm):
    defaults = AFFINE | {"over": "all"}

    def groups(self, layer: Layer, x: Grid) -> Iterable[list[Index]]:
        return _over(layer, x)

    def learnt(self, layer: Layer) -> Shape:
        return _learnt(layer)

    def learnt_at(self, layer: Layer, index: Index) -> Index:
        return tuple(index[n] for n in _axes(layer))


class RmsNorm(OverAxes):
    # Without an eps as PyTorch: the distance from 1 to the next number, here of double precision.
    defaults = {"over": "channels", "affine": True, "eps": None}

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return {"weight": _learnt(layer)} if layer.affine else {}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": 2 * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        eps = 2.0**-52 if layer.eps is None else float(layer.eps)
        axes = _axes(layer)
        found: dict[Index, float] = {}
        for members in _over(layer, x):
            mean = sum(x[index] ** 2 for index in members) / len(members)
            for index in members:
                value = x[index] / sqrt(mean + eps)
                own = tuple(index[n] for n in axes)
                found[index] = value * w["weight"][own] if layer.affine else value
        return gathered(found)


class L2Normalize(OverAxes):
    defaults = {"over": "channels", "eps": 1e-12}

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        found: dict[Index, float] = {}
        for members in _over(layer, x):
            length = max(sqrt(sum(x[index] ** 2 for index in members)), float(layer.eps))
            found |= {index: x[index] / length for index in members}
        return gathered(found)


class GlobalResponseNorm(InPlace):
    defaults = {"eps": 1e-6}

    def arrays(self, layer: Layer) -> dict[str, Shape]:
        return dict.fromkeys(("weight", "bias"), (layer.x[0],))

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": 2 * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        lengths = [sqrt(sum(v * v for v in x.channel(c))) for c in range(x.channels)]
        mean = sum(lengths) / len(lengths)
        found: dict[Index, float] = {}
        for (c, *at), value in x.values.items():
            response = value * lengths[c] / (mean + float(layer.eps))
            found[c, *at] = w["weight"][(c,)] * response + w["bias"][(c,)] + value
        return gathered(found)


class LocalResponseNorm(InPlace):
    defaults = {"alpha": 1e-4, "beta": 0.75, "k": 1}
    # To where the energy of the neighbours counts.
    reach = 100.0

    def work(self, layer: Layer) -> dict[str, int]:
        return {"norm": (layer.size + 2) * prod(layer.x)}

    def values(self, layer: Layer, inputs: Sequence[Grid], w: Weights) -> Grid:
        (x,) = inputs
        found: dict[Index, float] = {}
        for c in range(x.channels):
            first = c - layer.size // 2
            near = range(max(0, first), min(x.channels, first + layer.size))
            for at in x.positions():
                energy = sum(x[other, *at] ** 2 for other in near) / layer.size
                base = float(layer.k) + float(layer.alpha) * energy
                found[c, *at] = x[c, *at] / base ** float(layer.beta)
        return gathered(found)


DEFINITIONS: dict[str, Definition] = {
    "batch_norm": BatchNorm(),
    "instance_norm": InstanceNorm(),
    "group_norm": GroupNorm(),
    "layer_norm": LayerNorm(),
    "rms_norm": RmsNorm(),
    "l2_normalize": L2Normalize(),
    "global_response_norm": GlobalResponseNorm(),
    "local_response_norm": LocalResponseNorm(),
}
