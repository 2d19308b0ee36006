"""A model of Keras of one layer or one call, with its weights and the numbers that go in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any

import numpy as np

from tests.importers import hdf5_bytes
from tests.importers.keras_json import archive, called, graph, layer, source, tensor
from tests.importers.onnx_cases import Case, W, X, reals
from tests.importers.pt2_calls import Buffer

Given = tuple[int, ...] | X
# Classes that have another name in Keras' code than the one they are called by.
CLASSES = {"GroupQueryAttention": "GroupedQueryAttention"}
Sizes = Given | list[Given]


def of(
    kind: str,
    sizes: Sizes,
    *stored: W | Buffer,
    inside: str = "",
    macs: int = 0,
    opaque: bool = False,
    states: Sequence[Given] = (),
    called_with: Mapping[str, Any] = {},
    parts: Mapping[str, Sequence[W | Buffer]] = {},
    beside: int = 0,
    **config: Any,
) -> Case:
    """A model of one layer, which reads one tensor or a list of them, and states to begin with.

    `inside` is the part of the layer that has the weights; or each of its `parts` has its own. The
    first `beside` tensors are arguments of their own, and others come by their names.
    """
    given = _given([*(sizes if isinstance(sizes, list) else [sizes]), *states])
    tensors = _tensors(given)
    count = len(given) - len(states)
    begins = {"initial_state": tensors[count:]} if states else {}
    made = called(layer(kind, "y", **config), tensors[:count], **called_with, **begins)
    if beside:
        made["inbound_nodes"][0]["args"] = tensors[:beside]
    members: Any = {"vars": _arrays(stored)}
    for part in reversed(inside.split("/")) if inside else ():
        members = {part: members}
    for path, own in parts.items():
        inner = members
        for part in path.split("/"):
            inner = inner.setdefault(part, {})
        inner["vars"] = _arrays(own)
    every = [*stored, *(one for own in parts.values() for one in own)]
    params = sum(prod(one.dims) for one in every if isinstance(one, W))
    return _case(made, given, {group(kind): members} if every else {}, params, macs, opaque)


def _arrays(stored: Sequence[W | Buffer]) -> dict[str, Any]:
    return {
        str(place): ([*map(float, reals(one.dims, place + 1, one.is_positive).flat)], one.dims)
        for place, one in enumerate(stored)
    }


def operation(
    kind: str,
    sizes: Sizes,
    *arguments: Any,
    are_joined: bool = False,
    first: float | None = None,
    macs: int = 0,
    opaque: bool = False,
    module: str = "keras.src.ops.numpy",
    **config: Any,
) -> Case:
    """A model of one call of a function of `keras.ops`, with arguments behind what it reads."""
    given = _given(sizes)
    reads = _tensors(given)
    args = [reads] if are_joined else [*reads, *arguments]
    made = layer(kind, "y", module, **config)
    made["inbound_nodes"] = [{"args": args if first is None else [first, *args], "kwargs": {}}]
    return _case(made, given, {}, 0, macs, opaque)


def _given(sizes: Sizes) -> list[X]:
    several = sizes if isinstance(sizes, list) else [sizes]
    return [X(one) if isinstance(one, tuple) else one for one in several]


def _tensors(given: list[X]) -> list[dict[str, Any]]:
    return [tensor((f"x{place}", 0, 0), one.dims) for place, one in enumerate(given)]


def _case(
    made: dict[str, Any], given: list[X], members: Any, params: int, macs: int, opaque: bool
) -> Case:
    names = [f"x{place}" for place in range(len(given))]
    sources = [source(name, *one.dims) for name, one in zip(names, given, strict=True)]
    for one, begun in zip(given, sources, strict=True):
        if one.limit:
            begun["config"]["dtype"] = "int32"
    found = graph([*sources, made], names, ["y"], "small")
    data = archive(found, hdf5_bytes.file({"layers": members}))
    feeds = {
        name: (
            (np.arange(prod(one.dims)) * 5 % one.limit).reshape(1, *one.dims)
            if one.limit
            else reals((1, *one.dims), seed, one.is_positive)
        )
        for seed, (name, one) in enumerate(zip(names, given, strict=True))
    }
    return Case(data, feeds, params, macs, opaque)


def group(kind: str) -> str:
    """What a class is called among the weights.

    >>> group("Conv2DTranspose"), group("PReLU"), group("LSTM")
    ('conv2d_transpose', 'p_re_lu', 'lstm')
    """
    found = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", CLASSES.get(kind, kind))
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", found).lower()
