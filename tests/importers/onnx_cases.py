"""Small ONNX files of drawn numbers, in a line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convcalc.arrays.ops import Array
from tests.importers.onnx_bytes import ELEMENTS, info, node, part, tensor, versions, whole


class Case(NamedTuple):
    """A file, what goes in, and the figures that it has by hand."""

    data: bytes
    feeds: dict[str, Array]
    params: int = 0
    macs: int = 0
    # An operation that no kind does: only its shapes are told.
    is_opaque: bool = False
    # The file where so many samples go in, with all that is stored as it is.
    of_samples: Callable[[int], bytes] | None = None


@dataclass(frozen=True)
class X:
    """What goes in: reals, or whole numbers below `limit`."""

    dims: tuple[int, ...]
    limit: int = 0
    is_positive: bool = False


@dataclass(frozen=True)
class W:
    """Stored reals that training changes."""

    dims: tuple[int, ...]
    is_positive: bool = False


@dataclass(frozen=True)
class C:
    """Numbers that are written into the graph, as constants of it."""

    dims: tuple[int, ...]
    values: Sequence[float]
    element: str = ""


# A tuple is what goes in, a list a stored row of whole numbers, a number a constant.
Given = X | W | C | list[int] | float
Read = Given | tuple[int, ...] | None


def reals(dims: Sequence[int], seed: int, is_positive: bool = False) -> Array:
    """Quarters from -2.5 to 2.5 in an order that repeats after 21, or from 0.25 to 5.25."""
    places = np.arange(prod(dims)) * 8 + 5 * seed
    found: Array = ((places % 21 - 10) / 4).astype(np.float32).reshape(dims)
    return found + np.float32(2.75) if is_positive else found


def op(
    word: str,
    *reads: Read,
    results: int = 1,
    opset: int = 21,
    params: int | None = None,
    macs: int = 0,
    opaque: bool = False,
    **attributes: Any,
) -> Case:
    """A file of one operation; unless told, all that is stored as `W` is learnt."""
    names = ["" if one is None else f"x{place}" for place, one in enumerate(reads)]
    outputs = [f"y{place}" for place in range(results)]
    nodes = [node(word, names, outputs, "it", **attributes)]
    return net(nodes, dict(zip(names, reads, strict=True)), outputs, opset, params, macs, opaque)


def net(
    nodes: Sequence[bytes],
    reads: Mapping[str, Read],
    outputs: Sequence[str] = ("y",),
    opset: int = 21,
    params: int | None = None,
    macs: int = 0,
    opaque: bool = False,
) -> Case:
    """A file of several operations."""
    feeds: dict[str, Array] = {}
    stored: dict[str, bytes] = {}
    constants: list[bytes] = []
    learnt = 0
    for seed, (name, read) in enumerate(reads.items()):
        one = X(read) if isinstance(read, tuple) else read
        if isinstance(one, X):
            feeds[name] = (
                np.arange(prod(one.dims)).reshape(one.dims) * 5 % one.limit
                if one.limit
                else reals(one.dims, seed, one.is_positive)
            )
        elif isinstance(one, W):
            values = reals(one.dims, seed, one.is_positive)
            stored[name] = tensor(name, one.dims, [float(value) for value in values.flat])
            learnt += values.size
        elif isinstance(one, C):
            value = tensor(name, one.dims, one.values, one.element)
            constants.append(node("Constant", [], [name], value=value))
        elif isinstance(one, list):
            stored[name] = tensor(name, [len(one)], one, "int64")
        elif isinstance(one, float):
            constants.append(node("Constant", [], [name], value=tensor(name, [], [one])))

    def of_samples(count: int) -> bytes:
        wide = {
            name: np.resize(x, (count, *x.shape[1:])) if x.shape[:1] == (1,) else x
            for name, x in feeds.items()
        }
        return _file([*constants, *nodes], wide, outputs, stored, opset)

    count = learnt if params is None else params
    return Case(of_samples(1), feeds, count, macs, opaque, of_samples)


def _file(
    nodes: Sequence[bytes],
    feeds: Mapping[str, Array],
    outputs: Sequence[str],
    stored: Mapping[str, bytes],
    opset: int,
) -> bytes:
    graph = b"".join(
        (
            *(part(1, one) for one in nodes),
            part(2, "graph"),
            *(part(5, one) for one in stored.values()),
            *(
                part(11, info(name, x.shape, ELEMENTS[str(x.dtype)][0]))
                for name, x in feeds.items()
            ),
            *(part(12, part(1, name)) for name in outputs),
        )
    )
    return whole(1, 8) + part(2, "by hand") + part(7, graph) + versions(opset)


def adds(word: str, *stored: Read, dims: tuple[int, ...] = (1, 2, 3), **more: Any) -> Case:
    """A file that adds to what goes in what an operation makes of stored numbers."""
    opset, opaque = more.pop("opset", 21), more.pop("opaque", False)
    names = [f"c{place}" for place, _ in enumerate(stored)]
    nodes = [node(word, names, ["c"], **more), node("Add", ["x", "c"], ["y"])]
    reads = {"x": dims, **dict(zip(names, stored, strict=True))}
    return net(nodes, reads, opset=opset, opaque=opaque)
