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

    def forward(self, x: Tensor, *begins: Tensor) -> Tensor:
        begin = self._begin(x, begins)
        states, last = self.cell(x.transpose(1, 2), begin)
        if self.returns == "cells":
            return torch.cat([states, _cells(self.cell, x.transpose(1, 2), begin, states)], 2).mT
        if self.returns == "sequence":
            return states.transpose(1, 2)
        # The states at the end of each direction of the last layer: (layers * ways, N, wide).
        hidden = last[0] if isinstance(last, tuple) else last
        ways = 2 if self.cell.bidirectional else 1
        return torch.cat(tuple(hidden[-ways:]), dim=-1)

    def _begin(self, x: Tensor, begins: tuple[Tensor, ...]) -> Any:
        """What the cell wants: `(layers * ways, N, wide)`, and for an LSTM its cells as well."""
        if not begins:
            return None
        cell = self.cell
        count = cell.num_layers * (2 if cell.bidirectional else 1)
        wide = getattr(cell, "proj_size", 0) or cell.hidden_size
        parts = [
            begin.unflatten(1, (count, size)).transpose(0, 1).contiguous()
            for begin, size in zip(begins, (wide, cell.hidden_size), strict=False)
        ]
        if not isinstance(cell, nn.LSTM):
            (part,) = parts
            return part
        return *parts, *[x.new_zeros(count, len(x), cell.hidden_size)] * (2 - len(parts))


def _cells(cell: nn.LSTM, x: Tensor, begin: Any, states: Tensor) -> Tensor:
    """Every cell of the last layer, `(N, L, hidden)` of each direction, by the page of `nn.LSTM`.

    Torch gives the last ones alone; the `states` that these equations give are held against its.
    """
    ways = 2 if cell.bidirectional else 1
    count, wide = cell.num_layers * ways, cell.proj_size or cell.hidden_size
    zeros = x.new_zeros(count, len(x), wide), x.new_zeros(count, len(x), cell.hidden_size)
    hidden, kept = begin or zeros
    for layer in range(cell.num_layers):
        found = [
            _direction(cell, x, hidden[at], kept[at], f"_l{layer}{'_reverse' * way}")
            for way, at in enumerate(range(layer * ways, (layer + 1) * ways))
        ]
        x = torch.cat([of_states for of_states, _ in found], dim=2)
    torch.testing.assert_close(x, states)
    return torch.cat([of_cells for _, of_cells in found], dim=2)


def _direction(
    cell: nn.LSTM, x: Tensor, hidden: Tensor, kept: Tensor, ending: str
) -> tuple[Tensor, Tensor]:
    """States and cells of one direction of a layer at every step."""
    arrays = dict(cell.named_parameters())
    names = ("weight_ih", "bias_ih", "weight_hh", "bias_hh")
    w_ih, b_ih, w_hh, b_hh = (arrays.get(f"{name}{ending}") for name in names)
    linear, steps = nn.functional.linear, range(x.shape[1])
    found = {}
    for step in reversed(steps) if "reverse" in ending else steps:
        gates = linear(x[:, step], w_ih, b_ih) + linear(hidden, w_hh, b_hh)
        i, f, g, o = gates.chunk(4, dim=1)
        kept = f.sigmoid() * kept + i.sigmoid() * g.tanh()
        hidden = o.sigmoid() * kept.tanh()
        if cell.proj_size:
            hidden = linear(hidden, arrays[f"weight_hr{ending}"])
        found[step] = hidden, kept
    of_states, of_cells = zip(*(found[step] for step in steps), strict=True)
    return torch.stack(of_states, dim=1), torch.stack(of_cells, dim=1)


def recurrent(name: str) -> Any:
    def make(fields: dict[str, Any], shape: Shape, rank: int) -> Layer:
        if rank != 1:
            raise ValueError("a sequence has one axis")
        options = {name: value for name, value in fields.items() if name != "returns"}
        cell = getattr(nn, name)(shape[0], batch_first=True, **options)
        module = Recurrent(cell, fields.get("returns", "sequence"))
        return Layer(module, cell)

    return make


def with_state(name: str) -> Any:
    """The same module; its forward takes the states that it begins with."""

    def make(fields: dict[str, Any], inputs: tuple[Shape, ...]) -> Layer:
        plain = {key: value for key, value in fields.items() if key != "inputs"}
        if len(inputs) > (3 if name == "LSTM" else 2):
            raise ValueError("more than it begins with")
        return recurrent(name)(plain, inputs[0], len(inputs[0]) - 1)  # type: ignore[no-any-return]

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
