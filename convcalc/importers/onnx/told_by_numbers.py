"""What the numbers of stored tensors tell where the exporter says nothing of them.

TorchScript's exporter stores masks as it stores weights, and a table a second time, turned, for a
dense layer that reads it. A mask is looked through, of a table a few numbers; what lies in a file
beside the model is not opened.
"""

from __future__ import annotations

import struct
from typing import Literal

from convcalc.importers.mapped import stored_bytes
from convcalc.importers.onnx.reader import Graph
from convcalc.network.held import ITEM_BYTES, Held, InFile, Written

# How elements are read, as whole numbers and as reals.
_CODES: dict[str, tuple[Literal["H", "I", "Q"], str]] = {
    "float16": ("H", "e"), "float32": ("I", "f"), "float64": ("Q", "d"),
}  # fmt: skip
# Elements looked at: of a mask of 2,048 positions each way all, at first few.
_MOST = 2048 * 2048
_FIRST = 4096
_SAMPLES = 16
# What hides a score has so much added to it, or less.
_HIDING = -100.0


def masks(graph: Graph, held_in: str | bytes) -> frozenset[str]:
    """Arrays that are added and hold nothing but 0 and one number of -100 or less."""
    added = {name for one in graph.operations if one.op == "Add" for name in one.inputs}
    arrays = (graph.initializers[name] for name in added & graph.initializers.keys())
    return frozenset(one.name for one in arrays if _is_map(one) and _is_mask(one, held_in))


def turned_tables(graph: Graph, held_in: str | bytes) -> tuple[dict[str, str], dict[str, str]]:
    """Matrices of the shape of a table that indices are looked up in, turned, and that table.

    First those that have its numbers, then those whose numbers do not tell.
    """
    tables = dict.fromkeys(one.inputs[0] for one in graph.operations if one.op == "Gather")
    by_dims: dict[tuple[int, ...], list[Held]] = {}
    for name in tables.keys() & graph.initializers.keys():
        table = graph.initializers[name]
        if len(table.dims) == 2 and table.element in _CODES:
            by_dims.setdefault(table.dims[::-1], []).append(table)
    read = {n for one in graph.operations if one.op == "MatMul" for n in one.inputs[1:2]}
    found: tuple[dict[str, str], dict[str, str]] = {}, {}
    for name in sorted(read & graph.initializers.keys() - tables.keys()):
        for table in by_dims.get(graph.initializers[name].dims, ()):
            is_turned = _is_turned(graph.initializers[name], table, held_in)
            if is_turned is not False:
                found[is_turned is None][name] = table.name
    return found


def _is_map(held: Held) -> bool:
    """True for what has rows and columns: a bias has one axis alone."""
    return sum(size > 1 for size in held.dims) > 1 and held.element in _CODES


def _is_mask(held: Held, held_in: str | bytes) -> bool:
    found: set[float] = set()
    for first, count in ((0, _FIRST), (_FIRST, _MOST)):
        found |= _different(held, held_in, first, count)
        if any(one > 0 or _HIDING < one < 0 for one in found):
            return False
    return len(found) == 2 and held.count <= _MOST


def _different(held: Held, held_in: str | bytes, first: int, count: int) -> set[float]:
    """The different numbers of a part of an array; only some where they are many."""
    source = held.source
    if isinstance(source, Written):
        return set(map(float, source.values))
    if not isinstance(source, InFile) or source.file is not held_in:
        return set()
    whole, real = _CODES[held.element]
    width = ITEM_BYTES[held.element]
    start = min(first * width, source.length)
    length = min(count * width, source.length - start)
    part = stored_bytes(InFile(source.file, source.start + start, length))
    found = [*set(memoryview(part).cast(whole))][:4]
    return set(struct.unpack(f"={len(found)}{real}", struct.pack(f"={len(found)}{whole}", *found)))


def _is_turned(matrix: Held, table: Held, held_in: str | bytes) -> bool | None:
    """True where numbers here and there are those of the table; None where all are equal."""
    rows, columns = table.dims
    places = [(number * 7919 % rows, number * 104_729 % columns) for number in range(_SAMPLES)]
    mine = _at(matrix, [column * rows + row for row, column in places], held_in)
    its = _at(table, [row * columns + column for row, column in places], held_in)
    is_told = mine and its and len({*mine, *its}) > 2
    return mine == its if is_told else None


def _at(held: Held, places: list[int], held_in: str | bytes) -> list[float | bytes]:
    """The elements at these places, as they are stored; none where they lie elsewhere."""
    source = held.source
    if isinstance(source, Written):
        return [float(source.values[place]) for place in places]
    if not isinstance(source, InFile) or source.file is not held_in:
        return []
    width = ITEM_BYTES[held.element]
    starts = (source.start + place * width for place in places)
    return [stored_bytes(InFile(source.file, start, width)) for start in starts]
