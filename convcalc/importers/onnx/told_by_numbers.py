"""What the numbers of stored tensors tell where the exporter says nothing of them.

TorchScript's exporter stores masks as it stores weights, and a matrix a second time, turned, where
a product reads it so. A mask is looked through, of a matrix a few numbers; what lies in a file
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


def turned_copies(
    graph: Graph, held_in: str | bytes, made: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Matrices that were turned and stored again, and those that they were before.

    First those that have its numbers, then those whose numbers do not tell where the other one is
    a table that indices are looked up in. A copy that is no table's has a name that begins with
    `made`, as the exporter's do, and what it was has none.
    """
    lookups = (one for one in graph.operations if one.op == "Gather")
    tables = dict.fromkeys(name for one in lookups for name in one.inputs[:1])
    by_dims: dict[tuple[int, ...], list[Held]] = {}
    for one in graph.initializers.values():
        is_own = one.name in tables or not one.name.startswith(made)
        if is_own and len(one.dims) == 2 and one.element in _CODES:
            by_dims.setdefault(one.dims[::-1], []).append(one)
    products = (one for one in graph.operations if one.op.endswith(("MatMul", "Gemm")))
    # A dense layer reads its own matrix as it was; ONNX Runtime makes one of a product and a sum.
    read = {
        n for one in products for n in one.inputs[:2] if one.op == "MatMul" or n.startswith(made)
    }
    found: tuple[dict[str, str], dict[str, str]] = {}, {}
    for name in sorted(read & graph.initializers.keys() - tables.keys()):
        for other in by_dims.get(graph.initializers[name].dims, ()):
            if other.name not in tables and not name.startswith(made):
                continue
            is_turned = _is_turned(graph.initializers[name], other, held_in)
            if is_turned or (is_turned is None and other.name in tables):
                found[is_turned is None][name] = other.name
    return found


def of_equal_numbers(graph: Graph, held_in: str | bytes, made: str) -> dict[str, str]:
    """Arrays that have the numbers of an earlier one, both under names that begin with `made`."""
    first: dict[object, str] = {}
    found = {}
    for one in graph.initializers.values():
        if one.name.startswith(made) and one.count >= _SAMPLES and one.element in _CODES:
            places = [number * 104_729 % one.count for number in range(_SAMPLES)]
            numbers = tuple(_at(one, places, held_in))
            if len({*numbers}) > 2:
                other = first.setdefault((one.dims, numbers), one.name)
                if other != one.name:
                    found[one.name] = other
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
        # A file may leave out the numbers themselves.
        return [float(source.values[place]) for place in places] if source.values else []
    if not isinstance(source, InFile) or source.file is not held_in:
        return []
    width = ITEM_BYTES[held.element]
    starts = (source.start + place * width for place in places)
    return [stored_bytes(InFile(source.file, start, width)) for start in starts]
