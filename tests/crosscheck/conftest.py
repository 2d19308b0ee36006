"""Torch on one thread: these tensors are tiny, and threads that wait for each other are not.
Keras on torch."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

# Keras asks for its backend once, when whoever is first imports it.
os.environ.setdefault("KERAS_BACKEND", "torch")


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    torch = pytest.importorskip("torch", reason="cross-checks need the `crosscheck` extra")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
