"""All example networks in plain PyTorch, and their layers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="the reference networks are written in PyTorch")

from torch import nn  # noqa: E402 - only where torch is installed

from tests.crosscheck import (  # noqa: E402
    reference_detectors,
    reference_diffusion,
    reference_networks,
    reference_transformers,
)

REFERENCES: dict[str, Callable[[], nn.Module]] = (
    reference_networks.REFERENCES
    | reference_transformers.REFERENCES
    | reference_detectors.REFERENCES
    | reference_diffusion.REFERENCES
)


def layers_of(module: nn.Module) -> Iterator[nn.Module]:
    """The modules with arrays of their own."""
    is_one = isinstance(module, reference_transformers.AS_ONE)
    if is_one or arrays_of(module):
        yield module
    if not is_one:
        for child in module.children():
            yield from layers_of(child)


def parameters_of(module: nn.Module) -> dict[str, Any]:
    """The learnt tensors of one layer by name."""
    return dict(module.named_parameters(recurse=isinstance(module, reference_transformers.AS_ONE)))


def arrays_of(module: nn.Module) -> dict[str, Any]:
    """The tensors of one layer by name: learnt ones, and statistics."""
    buffers = dict(module.named_buffers(recurse=False))
    buffers.pop("num_batches_tracked", None)
    return parameters_of(module) | buffers
