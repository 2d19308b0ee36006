"""Axes that exported programs count from the end, one of each operator: as numpy has them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.importers.numpy_calls import Same, check

X = np.arange(42.0).reshape(1, 2, 7, 3)
HALVES = X / 42
E = np.exp(HALVES)
# Each operator with its arguments, how many results it has and which is read, and what that is.
CALLS: list[tuple[str, dict[str, Any], int, int, Any]] = [
    ("unsqueeze", {"dim": -2}, 1, 0, X[:, :, :, None]),
    ("unsqueeze", {"dim": -4}, 1, 0, X[:, None]),
    ("unsqueeze", {"dim": -1}, 1, 0, X[..., None]),
    ("flatten", {"start_dim": -3, "end_dim": -2}, 1, 0, X.reshape(1, 14, 3)),
    ("flatten", {"start_dim": -2}, 1, 0, X.reshape(1, 2, 21)),
    ("unflatten", {"dim": -3, "sizes": [2, 1]}, 1, 0, X.reshape(1, 2, 1, 7, 3)),
    ("transpose", {"dim0": -1, "dim1": -3}, 1, 0, X.swapaxes(1, 3)),
    ("transpose", {"dim0": 1, "dim1": -2}, 1, 0, X.swapaxes(1, 2)),
    ("movedim", {"source": -3, "destination": -2}, 1, 0, X.swapaxes(1, 2)),
    ("select", {"dim": -2, "index": -3}, 1, 0, X[:, :, 4]),
    ("select", {"dim": -3, "index": -1}, 1, 0, X[:, 1]),
    ("narrow", {"dim": -2, "start": 2, "length": 3}, 1, 0, X[:, :, 2:5]),
    ("split", {"split_size": 3, "dim": -2}, 3, 1, X[:, :, 3:6]),
    ("split", {"split_size": 3, "dim": -2}, 3, 2, X[:, :, 6:]),
    ("split_with_sizes", {"split_sizes": [1, 4, 2], "dim": -2}, 3, 1, X[:, :, 1:5]),
    ("chunk", {"chunks": 3, "dim": -2}, 3, 0, X[:, :, :3]),
    ("chunk", {"chunks": 2, "dim": -1}, 2, 1, X[..., 2:]),
    ("tensor_split", {"sections": 3, "dim": -2}, 3, 1, X[:, :, 3:5]),
    ("tensor_split", {"indices": [2, -1], "dim": -2}, 3, 1, X[:, :, 2:6]),
    ("unbind", {"dim": -1}, 3, 1, X[..., 1]),
    ("flip", {"dims": [-1, -3]}, 1, 0, X[:, ::-1, :, ::-1]),
    ("roll", {"shifts": [2, -1], "dims": [-2, -1]}, 1, 0, np.roll(X, (2, -1), (2, 3))),
    ("cumsum", {"dim": -2}, 1, 0, X.cumsum(2)),
    ("sum", {"dim": [-2]}, 1, 0, X.sum(2)),
    ("amax", {"dim": [-3, -1], "keepdim": True}, 1, 0, X.max((1, 3), keepdims=True)),
    ("softmax", {"dim": -2}, 1, 0, E / E.sum(2, keepdims=True)),
    ("repeat_interleave", {"repeats": 2, "dim": -3}, 1, 0, X.repeat(2, 1)),
    ("repeat", {"repeats": [1, 2, 1, 3]}, 1, 0, np.tile(X, (1, 2, 1, 3))),
    ("tile", {"dims": [2, 3]}, 1, 0, np.tile(X, (1, 1, 2, 3))),
    ("squeeze", {"dim": -2}, 1, 0, X),
    ("slice", {"dim": -3, "start": -1}, 1, 0, X[:, 1:]),
]


def test_an_axis_is_counted_from_the_end() -> None:
    check([
        Same(op, {"self": HALVES if op == "softmax" else X, **given}, wanted, results, read)
        for op, given, results, read, wanted in CALLS
    ])  # fmt: skip
