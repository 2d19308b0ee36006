"""A TFLite file of one operator, with what is stored and the numbers that go in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from types import MappingProxyType
from typing import Any

import numpy as np

from convcalc.arrays.ops import Array
from tests.importers.onnx_cases import Case, W, X, reals
from tests.importers.tflite_bytes import (
    VALID,
    Operator,
    Scalar,
    Tensor,
    Vector,
    floats,
    model,
    numbers,
    small,
    whole,
)


@dataclass(frozen=True)
class N:
    """Stored whole numbers of a shape."""

    dims: tuple[int, ...]
    values: Sequence[int]


@dataclass(frozen=True)
class State:
    """Zeros that a run begins with, and changes."""

    dims: tuple[int, ...]


# A tuple is what goes in, a list a stored row of whole numbers, a number a stored one.
Read = X | W | N | State | tuple[int, ...] | list[int] | float | None
Options = Mapping[int, Scalar | Vector]
NONE: Options = MappingProxyType({})


def tensors_of(reads: Sequence[Read]) -> tuple[dict[str, Tensor], dict[str, Array], int]:
    """The tensors by name, what goes in, and how many stored numbers are learnt."""
    tensors: dict[str, Tensor] = {}
    feeds: dict[str, Array] = {}
    learnt = 0
    for seed, read in enumerate(reads):
        name = f"x{seed}"
        one = X(read) if isinstance(read, tuple) else read
        if isinstance(one, X):
            tensors[name] = Tensor(one.dims, element="int32" if one.limit else "float32")
            feeds[name] = (
                (np.arange(prod(one.dims)) * 5 % one.limit).astype(np.int32).reshape(one.dims)
                if one.limit
                else reals(one.dims, seed, one.is_positive)
            )
        elif isinstance(one, W):
            tensors[name] = floats(one.dims, map(float, reals(one.dims, seed).flat))
            learnt += prod(one.dims)
        elif isinstance(one, N):
            tensors[name] = numbers(*one.values, dims=one.dims)
        elif isinstance(one, State):
            tensors[name] = Tensor(one.dims, is_variable=True)
        elif isinstance(one, list):
            tensors[name] = numbers(*one)
        elif one is not None:
            tensors[name] = floats((), [one])
    return tensors, feeds, learnt


def op(
    word: str,
    *reads: Read,
    options: Options = NONE,
    results: int = 1,
    params: int | None = None,
    macs: int = 0,
    opaque: bool = False,
    elements: str = "float32",
) -> Case:
    """A file of one operator; `elements` are those of its first output."""
    tensors, feeds, learnt = tensors_of(reads)
    names = ["" if one is None else f"x{place}" for place, one in enumerate(reads)]
    outputs = [f"y{place}" for place in range(results)]
    for place, name in enumerate(outputs):
        tensors[name] = Tensor([], None, "float32" if place else elements, has_rank=False)
    data = model([Operator(word, names, outputs, options)], tensors, list(feeds), outputs)
    return Case(data, feeds, learnt if params is None else params, macs, opaque)


def moves(padding: int = VALID, rows: int = 1, columns: int = 1, **more: Any) -> Options:
    """The options of windows: padding, columns' step, rows' step, and others by slot."""
    others = {int(name[1:]): value for name, value in more.items()}
    return {0: small(padding), 1: whole(columns), 2: whole(rows), **others}
