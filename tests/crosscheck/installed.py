"""Packages of public models, which not everybody has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def offline() -> Iterator[None]:
    """Nothing is fetched meanwhile; the test is skipped where a package is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        try:
            yield
        except ImportError as error:
            pytest.skip(f"{error.name} is not installed")
