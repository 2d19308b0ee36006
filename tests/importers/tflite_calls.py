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


@dataclass(frozen=True)
class Q:
    """Stored bytes that stand for reals: (byte - zero) scale, for all or along an axis."""

    dims: tuple[int, ...]
    values: Sequence[int]
    scales: Sequence[float]
    zeros: Sequence[int] = ()
    axis: int = 0


# A tuple is what goes in, a list a stored row of whole numbers, a number a stored one.
Read = X | W | N | Q | State | tuple[int, ...] | list[int] | float | None
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
        elif isinstance(one, Q):
            held = np.array(one.values, np.int8).tobytes()
            tensors[name] = Tensor(one.dims, held, "int8", one.scales, one.zeros, one.axis)
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
    stated: Sequence[int] | None = None,
) -> Case:
    """A file of one operator: `elements` of its first output, the shape `stated` of each."""
    names = ["" if one is None else f"x{place}" for place, one in enumerate(reads)]
    outputs = [f"y{place}" for place in range(results)]
    made = Operator(word, names, outputs, options)
    return net(
        reads,
        [made],
        outputs,
        {"y0": elements},
        params,
        macs,
        opaque,
        dict.fromkeys(outputs, stated),
    )


def net(
    reads: Sequence[Read],
    operators: Sequence[Operator],
    outputs: Sequence[str] = ("y0",),
    elements: Mapping[str, str] = MappingProxyType({}),
    params: int | None = None,
    macs: int = 0,
    opaque: bool = False,
    stated: Mapping[str, Sequence[int] | None] = MappingProxyType({}),
) -> Case:
    """A file of several operators; what they read is `x0`, `x1` and so on."""
    tensors, feeds, learnt = tensors_of(reads)
    for one in operators:
        for name in one.outputs:
            dims, element = stated.get(name), elements.get(name, "float32")
            tensors[name] = Tensor(dims or [], None, element, has_rank=dims is not None)
    data = model(operators, tensors, list(feeds), outputs)
    return Case(data, feeds, learnt if params is None else params, macs, opaque)


def moves(padding: int = VALID, rows: int = 1, columns: int = 1, **more: Any) -> Options:
    """The options of windows: padding, columns' step, rows' step, and others by slot."""
    others = {int(name[1:]): value for name, value in more.items()}
    return {0: small(padding), 1: whole(columns), 2: whole(rows), **others}


def dealt(
    word: str,
    reads: Sequence[Read],
    many: tuple[Sequence[int], Sequence[int]],
    options: Options = NONE,
    macs: int = 0,
) -> Case:
    """An operator between `SPACE_TO_BATCH_ND` and its inverse.

    `reads` are what is dealt, the blocks, the padding, the cuts, and what the operator has stored;
    `many` the shapes before and behind the operator.
    """
    names = [f"x{place}" for place in range(4, len(reads))]
    return net(
        reads,
        [
            Operator("SPACE_TO_BATCH_ND", ["x0", "x1", "x2"], ["a"]),
            Operator(word, ["a", *names], ["b"], options),
            Operator("BATCH_TO_SPACE_ND", ["b", "x1", "x3"], ["y0"]),
        ],
        stated=dict(zip("ab", many, strict=True)),
        macs=macs,
    )
