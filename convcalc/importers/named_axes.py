"""Axes as files name them: counted from either end, and there are no more than the tensor has."""

from __future__ import annotations

from collections.abc import Iterable


class NoAxisError(Exception):
    """An operation names an axis that its tensor has not; the text says which."""


def counted(axes: Iterable[object], rank: int) -> list[int]:
    """The whole numbers among them as axes counted from 0. Raises NoAxisError.

    A single number has an axis to name, as in PyTorch.

    >>> counted([0, -1], 3)
    [0, 2]
    >>> counted([7], 3)
    Traceback (most recent call last):
    convcalc.importers.named_axes.NoAxisError: names axis 7 of 3
    """
    found = []
    for axis in axes:
        if not isinstance(axis, int) or isinstance(axis, bool):
            continue
        if not -max(rank, 1) <= axis < max(rank, 1):
            raise NoAxisError(f"names axis {axis} of {rank}")
        found.append(axis % max(rank, 1))
    return found


def listed(value: object) -> list[object]:
    """What an argument names: one, several or none."""
    if isinstance(value, tuple | list):
        return [*value]
    return [] if value is None else [value]
