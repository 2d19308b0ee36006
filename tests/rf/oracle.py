"""What a unit sees, straight from the definitions of the operations: an indicator pass in numpy.

One output unit is marked; then, layer by layer back to the inputs, every marked position marks
the positions that it is computed from, one by one. Nothing of `convcalc` is used. Positions are
rows of an integer array, so holes, merges and borders need no thought; with `clip` a position
outside its map is dropped at every layer, without it maps go on for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil, floor

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
# What a position of one axis is computed from.
Reads = Callable[[int], Iterable[int]]


@dataclass
class Op:
    """A layer: its inputs, the size of its map, and how it reads each input on each axis.

    None in place of the axes' readers: every unit reads the whole map of that input.
    `everything`: every unit depends on all units of the layer's map, as under a norm over space.
    """

    name: str
    inputs: list[int]
    size: tuple[int, ...]
    reads: list[list[Reads] | None] = field(default_factory=list)
    everything: bool = False


def conv_reads(k: int, s: int, before: int, d: int) -> Reads:
    """Position u of a convolution (or a pool) reads u s - before + j d for each tap j."""
    return lambda u: [u * s - before + j * d for j in range(k)]


def transposed_reads(k: int, s: int, before: int, d: int) -> Reads:
    """Input v writes to v s + j d - before; so u reads each v that writes to it."""

    def reads(u: int) -> list[int]:
        return [(u + before - j * d) // s for j in range(k) if (u + before - j * d) % s == 0]

    return reads


def nearest_reads(factor: int) -> Reads:
    return lambda u: [floor(Fraction(u, factor))]


def linear_reads(factor: Fraction) -> Reads:
    """Half-pixel centres: the two neighbours of (u + 1/2)/f - 1/2, or the pixel that it hits."""

    def reads(u: int) -> list[int]:
        at = (u + Fraction(1, 2)) / factor - Fraction(1, 2)
        return sorted({floor(at), ceil(at)})

    return reads


def adaptive_reads(size: int, bins: int) -> Reads:
    return lambda u: range(floor(Fraction(u * size, bins)), ceil(Fraction((u + 1) * size, bins)))


def shifted_reads(by: int) -> Reads:
    return lambda u: [u + by]


def positions_of(size: tuple[int, ...]) -> Positions:
    """Every position of a map."""
    grid = np.meshgrid(*[np.arange(n) for n in size], indexing="ij")
    return np.stack([axis.ravel() for axis in grid], axis=1)


def merged(
    positions: Positions, counts: npt.NDArray[np.object_]
) -> tuple[Positions, npt.NDArray[np.object_]]:
    """Each position once, with the sum of its counts."""
    # One number a position (20 bits an axis) sorts much faster than rows do.
    keys = np.zeros(len(positions), dtype=np.int64)
    for axis in positions.T:
        keys = keys * (1 << 20) + (axis + (1 << 19))
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    total = np.zeros(len(first), dtype=object)
    np.add.at(total, inverse.ravel(), counts)
    return positions[first], total


def marked(
    ops: list[Op], target: int, unit: tuple[int, ...], clip: bool, counting: bool = False
) -> dict[int, tuple[Positions, npt.NDArray[np.object_]]]:
    """The positions of each input (an `Op` without inputs) that `unit` of `target` is made from.

    With them the number of ways they are reached. `counting` leaves out what sees a whole map,
    whose ways are not counted.
    """
    marks: dict[int, list[tuple[Positions, npt.NDArray[np.object_]]]] = {
        target: [(np.array([unit], dtype=np.int64), np.array([1], dtype=object))]
    }
    found = {}
    for index in range(target, -1, -1):
        if index not in marks:
            continue
        op = ops[index]
        parts = marks.pop(index)
        positions = np.concatenate([part for part, _ in parts])
        counts = np.concatenate([part for _, part in parts])
        positions, counts = merged(positions, counts)
        if clip:
            inside = np.all((positions >= 0) & (positions < np.array(op.size)), axis=1)
            positions, counts = positions[inside], counts[inside]
        if not len(positions):
            continue
        if op.everything and not counting:
            positions = positions_of(op.size)
            counts = np.ones(len(positions), dtype=object)
        if not op.inputs:
            found[index] = positions, counts
            continue
        for source, axes in zip(op.inputs, op.reads, strict=True):
            if axes is None:
                if not counting:
                    whole = positions_of(ops[source].size)
                    marks.setdefault(source, []).append((whole, np.ones(len(whole), dtype=object)))
                continue
            pulled, ways = positions, counts
            for axis, reads in enumerate(axes):
                pulled, ways = pulled_axis(pulled, ways, axis, reads)
            if len(pulled):
                marks.setdefault(source, []).append((pulled, ways))
    return found


def pulled_axis(
    positions: Positions, counts: npt.NDArray[np.object_], axis: int, reads: Reads
) -> tuple[Positions, npt.NDArray[np.object_]]:
    """Every position replaced by those it is computed from on one axis."""
    new, ways = [], []
    for at in np.unique(positions[:, axis]):
        chosen = positions[:, axis] == at
        for pixel in reads(int(at)):
            moved = positions[chosen].copy()
            moved[:, axis] = pixel
            new.append(moved)
            ways.append(counts[chosen])
    if not new:
        return positions[:0], counts[:0]
    return merged(np.concatenate(new), np.concatenate(ways))
