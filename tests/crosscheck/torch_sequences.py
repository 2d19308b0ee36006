"""Layers over sequences in torch, written from its documentation."""

from __future__ import annotations

from typing import Any

import pytest

from tests.crosscheck.draws import Shape

torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")

from torch import Tensor, nn  # noqa: E402 - only where torch is installed

from tests.crosscheck.torch_windows import Layer  # noqa: E402


class Recurrent(nn.Module):  # type: ignore[misc]
    """One of torch's recurrent layers on `(N, C, L)`, and what is wanted of its results."""

    def __init__(self, cell: nn.Module, returns: str) -> None:
        super().__init__()
        self.cell, self.returns = cell, returns

    def forward(self, x: Tensor) -> Tensor:
        states, last = self.cell(x.transpose(1, 2))
        if self.returns == "sequence":
            return states.transpose(1, 2)
        # The states at the end of each direction of the last layer: (layers * ways, N, wide).
        hidden = last[0] if isinstance(last, tuple) else last
        ways = 2 if self.cell.bidirectional else 1
        return torch.cat(tuple(hidden[-ways:]), dim=-1)


def recurrent(name: str) -> Any:
    def make(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
        if rank != 1:
            raise ValueError("a sequence has one axis")
        options = {name: value for name, value in fields.items() if name != "returns"}
        cell = getattr(nn, name)(shape[0], batch_first=True, **options)
        module = Recurrent(cell, fields.get("returns", "sequence"))
        return Layer(module, cell)

    return make


def embedding(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
    if rank and shape[0] != 1:
        raise ValueError("torch would look every channel up")
    if min(fields.values()) < 1:
        raise ValueError("torch takes tables without rows")
    module = nn.Embedding(**fields)

    def look_up(x: Tensor) -> Tensor:
        rows = module((x if rank == 0 else x[:, 0]).long())
        return rows.movedim(-1, 1)

    return Layer(look_up, module)
