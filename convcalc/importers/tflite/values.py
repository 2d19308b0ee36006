"""What a TFLite file holds, as it is read: tensors, operators, the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.importers.model import Declared
from convcalc.importers.tflite.flat import Table
from convcalc.network.held import Element, Held, Written


class Scales(NamedTuple):
    """How integers stand for reals: (q - zero) * scale, along `axis` where there are several."""

    scale: Held
    zero: Held | None
    axis: int


class Tensor(NamedTuple):
    """A tensor: `label` is its name, made one of its own, `name` as the file has it.

    `dims` has 1 for an open size, `declared` a "?"; `held` is the array that the file stores,
    and `is_known` is False where not even a rank is stated.
    """

    label: str
    name: str
    dims: Shape
    declared: Declared
    element: Element
    scales: Scales | None
    held: Held | None
    is_known: bool

    def of_one(self, samples: int) -> Tensor:
        """The tensor of one of so many samples; what the file stores stays as it is."""
        if samples == 1 or self.held is not None or not self.dims or self.dims[0] % samples:
            return self
        first = self.dims[0] // samples
        declared = self.declared[:1] if self.declared[0] == "?" else (first,)
        return self._replace(dims=(first, *self.dims[1:]), declared=(*declared, *self.declared[1:]))


class Dilated(NamedTuple):
    """The dilation of a convolution that was written as several operators, and its padding.

    `pads` stand before each axis, then behind each.
    """

    dilation: tuple[int, int]
    pads: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """An operator: numbers of its tensors, -1 for one that is left out, and its options."""

    word: str
    is_custom: bool
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options: Table | None
    number: int
    dilated: Dilated | None = None


@dataclass(frozen=True, eq=False)
class File:
    """A whole file: its first subgraph, and how many others there are.

    Its tensors are those of one sample; `samples` is how many the file was written for.
    """

    producer: str
    tensors: tuple[Tensor, ...]
    operators: tuple[Operator, ...]
    inputs: Mapping[str, int]
    outputs: tuple[int, ...]
    others: int
    samples: int = 1

    @cached_property
    def made(self) -> frozenset[int]:
        """The tensors that are given to the model, or that an operator makes."""
        return frozenset(self.inputs.values()).union(*(one.outputs for one in self.operators))


def wholes_of(held: Held) -> tuple[int, ...] | None:
    """A stored tensor as integers; None for one that was not read."""
    source = held.source
    return tuple(map(int, source.values)) if isinstance(source, Written) else None
