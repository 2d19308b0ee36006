"""Small modules of a function and its own parts, each with parameters of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

Made = tuple[nn.Module, tuple[Tensor, ...]]


class Uses(nn.Module):  # type: ignore[misc]
    """A function of a module's own parts."""

    def __init__(self, forward: Callable[..., Any], **parts: Any) -> None:
        super().__init__()
        self.use = forward
        for name, part in parts.items():
            if isinstance(part, Tensor) and not isinstance(part, nn.Parameter):
                self.register_buffer(name, part)
            else:
                setattr(self, name, part)

    def forward(self, *inputs: Tensor) -> Any:
        return self.use(self, *inputs)


def p(*shape: int) -> nn.Parameter:
    """A parameter of numbers that are far from 0 and all different."""
    return nn.Parameter(torch.rand(shape) * 0.8 + 0.2)


ROWS = (1, 4, 6)


MAP = (1, 3, 5, 7)


def rows(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    """A module of these parts, and four rows of six numbers."""
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randn(ROWS),))


def maps(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    """A module of these parts, and three maps of 5x7."""
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randn(MAP),))


def vector(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    """A module of these parts, and a vector of six numbers."""
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randn(1, 6),))


def words(forward: Callable[..., Any], **parts: Any) -> Callable[[], Made]:
    """A module of these parts, and four words of nine."""
    return lambda: (Uses(forward, **_fresh(parts)), (torch.randint(0, 9, (1, 4)),))


def _fresh(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Parts are written as functions, so that every module has its own."""
    return {name: part() for name, part in parts.items()}


def P(*shape: int) -> Callable[[], nn.Parameter]:
    return lambda: p(*shape)


def B(*shape: int) -> Callable[[], Tensor]:
    return lambda: torch.rand(*shape) + 0.5


def L(i: int = 6, o: int = 6, bias: bool = True) -> Callable[[], nn.Module]:
    return lambda: nn.Linear(i, o, bias=bias)


def C(i: int = 3, o: int = 3, k: int = 3, **options: Any) -> Callable[[], nn.Module]:
    return lambda: nn.Conv2d(i, o, k, padding=k // 2, **options)


def tied(first: nn.Module, second: nn.Module, name: str = "weight") -> nn.ModuleList:
    """Two modules of which the second one has an array of the first."""
    setattr(second, name, getattr(first, name))
    return nn.ModuleList([first, second])
