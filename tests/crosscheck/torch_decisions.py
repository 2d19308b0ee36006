"""Comparisons, logic, choices and places of an axis in torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest

from tests.crosscheck.draws import Shape

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor  # noqa: E402 - only where torch is installed

from tests.crosscheck.torch_axes import dim_of  # noqa: E402
from tests.crosscheck.torch_windows import Layer  # noqa: E402

Maker = Callable[[dict[str, Any], tuple[Shape, ...]], Layer]


def _alike(inputs: tuple[Shape, ...]) -> None:
    """Raises ValueError for maps that torch would spread over each other."""
    if len(set(inputs)) > 1:
        raise ValueError("unequal shapes")


def _compared(function: Callable[[Tensor, Any], Tensor]) -> Maker:
    def make(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
        _alike(inputs)
        beside = [float(fields["value"])] if "value" in fields else []
        if len(inputs) + len(beside) != 2:
            raise ValueError("it compares two")
        return Layer(lambda *xs: function(*xs, *beside).to(xs[0].dtype))

    return make


def _joined(function: Callable[[Tensor, Tensor], Tensor]) -> Maker:
    def make(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
        _alike(inputs)
        return Layer(lambda *xs: reduce(function, xs).to(xs[0].dtype))

    return make


def _asked(function: Callable[[Tensor], Tensor]) -> Maker:
    return lambda fields, inputs: Layer(lambda x: function(x).to(x.dtype))


def _where(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    _alike(inputs)
    numbers = [fields.get("value"), fields.get("other")]
    if len(inputs) + sum(one is not None for one in numbers) != 3:
        raise ValueError("it chooses between two")

    def choose(condition: Tensor, *maps: Tensor) -> Tensor:
        left = iter(maps)
        first, second = (
            next(left) if one is None else torch.tensor(float(one), dtype=condition.dtype)
            for one in numbers
        )
        return torch.where(condition != 0, first, second)

    return Layer(choose)


def _take(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
    dim = dim_of(fields["axis"], len(inputs[0]) - 1)
    if len(inputs[1]) != 1:
        raise ValueError("its places are no vector")

    def take(x: Tensor, places: Tensor) -> Tensor:
        shape = [1] * x.dim()
        shape[0], shape[dim] = places.shape
        return torch.take_along_dim(x, places.long().reshape(shape), dim)

    return Layer(take)


DECISIONS: dict[str, Maker] = {
    "equal": _compared(torch.eq),
    "not_equal": _compared(torch.ne),
    "less": _compared(torch.lt),
    "less_equal": _compared(torch.le),
    "greater": _compared(torch.gt),
    "greater_equal": _compared(torch.ge),
    "logical_and": _joined(torch.logical_and),
    "logical_or": _joined(torch.logical_or),
    "logical_xor": _joined(torch.logical_xor),
    "logical_not": _asked(torch.logical_not),
    "isnan": _asked(torch.isnan),
    "where": _where,
    "take": _take,
}
