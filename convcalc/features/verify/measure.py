"""Running one layer and watching it: what came out, what was multiplied, what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convcalc.arrays.draws import MOST_INTEGER, Draws, Numbers, with_indices
from convcalc.arrays.ops import Ops
from convcalc.core.shapes import Shape
from convcalc.kinds.base import Kind

Array = NDArray[Any]

# Sums of integers below it are exact in float32.
MOST_SUM = 2**24


class Tracked(Mapping[str, Array]):
    """Arrays by name that remember which of them were asked for."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._arrays = arrays
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Array:
        self.read.add(name)
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


class Data(NamedTuple):
    """What a layer is run on: inputs channels-last `(N, *S, C)`, weights in PyTorch's layout."""

    inputs: tuple[Array, ...]
    weights: dict[str, Array]


class Run(NamedTuple):
    """What running a layer left behind; `error` says why nothing came out."""

    output: Array | None
    macs: int
    read: frozenset[str]
    error: str = ""

    @property
    def shape(self) -> Shape | None:
        """The shape of one sample, channels first."""
        if self.output is None:
            return None
        return (self.output.shape[-1], *self.output.shape[1:-1])


def array_shapes(layer: Kind, inputs: tuple[Shape, ...]) -> dict[str, Shape]:
    """The learnt arrays and buffers that the layer states."""
    return layer.weights_of(inputs) | layer.buffers_of(inputs)


def draw(
    layer: Kind,
    inputs: tuple[Shape, ...],
    seed: tuple[int, ...],
    numbers: Numbers = "integers",
    batch: int = 1,
) -> Data:
    """Random inputs and weights; integers so small that every sum of products is exact."""
    draws = Draws(seed, numbers)
    arrays = tuple(draws.array((batch, *shape[1:], shape[0])) for shape in inputs)
    shapes = array_shapes(layer, inputs)
    weight = shapes.get("weight", ())
    weights = draws.weights(shapes)
    terms = max(prod(weight) // max(min(weight[:2], default=1), 1), 1)
    if numbers == "integers" and terms * MOST_INTEGER**2 >= MOST_SUM:
        for array in (*arrays, *weights.values()):
            np.sign(array, out=array)
    arrays = with_indices(arrays, layer.index_limits(inputs))
    if layer.wants_positive:
        arrays = tuple(np.abs(array) + 1 for array in arrays)
    return Data(arrays, weights)


def run(layer: Kind, data: Data) -> Run:
    """The layer on this data. What it raises becomes the `error` of the run."""
    ops = Ops()
    weights = Tracked(data.weights)
    try:
        with np.errstate(all="ignore"):
            y = layer.run(ops, data.inputs, weights)
    except MemoryError:
        raise
    except Exception as error:
        return Run(None, ops.macs, frozenset(weights.read), f"{type(error).__name__}: {error}")
    return Run(y, ops.macs, frozenset(weights.read))


def channels_first(x: Array) -> Array:
    """`(N, *S, C)` as `(N, C, *S)`."""
    return np.moveaxis(x, -1, 1)


def channels_last(x: Array) -> Array:
    """`(N, C, *S)` as `(N, *S, C)`, contiguous."""
    return np.ascontiguousarray(np.moveaxis(x, 1, -1))
