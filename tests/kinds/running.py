"""One layer run by itself, on nested lists of one sample, channels first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convcalc.arrays.ops import Ops, channels_first, channels_last
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind

Array = NDArray[Any]


def layer(kind: str, **fields: Any) -> Kind:
    """A layer of that kind; merges are given names of inputs that nobody asks for."""
    found = find_kind(kind)
    assert found is not None, kind
    if found.is_merge:
        fields = {"inputs": ["a", "b"]} | fields
    return found.model_validate(fields)


def arrays(weights: dict[str, ArrayLike], dtype: str = "float64") -> dict[str, Array]:
    return {name: np.asarray(array, dtype) for name, array in weights.items()}


def run(made: Kind, *samples: ArrayLike, dtype: str = "float64", **weights: ArrayLike) -> Array:
    """The output for one sample, channels first and without the batch axis."""
    inputs = tuple(channels_last(np.asarray(x, dtype)[None]) for x in samples)
    y = made.run(Ops(), inputs, arrays(weights, dtype))
    assert len(y) == 1
    sample: Array = channels_first(y)[0]
    return sample


def gradients(
    made: Kind, grad: ArrayLike, *samples: ArrayLike, **weights: ArrayLike
) -> tuple[list[Array], dict[str, Array]]:
    """Gradients with respect to each input (as `run` takes them) and each learnt array."""
    inputs = tuple(channels_last(np.asarray(x, float)[None]) for x in samples)
    learnt = arrays(weights)
    y = made.run(Ops(), inputs, learnt)
    share = channels_last(np.asarray(grad, float)[None])
    assert share.shape == y.shape
    found, to_weights = made.gradients(Ops(), share, inputs, y, learnt)
    return [channels_first(one)[0] for one in found], to_weights
