"""Layers of a kind's name and its fields."""

from __future__ import annotations

from typing import Any

from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind


def made(kind: str, fields: dict[str, Any]) -> Kind:
    """A layer of that kind with these fields, by their long names."""
    found = find_kind(kind)
    assert found is not None, kind
    return found.model_validate(fields)
