"""The arrays of a model file: read where they stand, and made what the layers want of them.

A made array is worked out from held ones by the functions below, which bear the names that the
readers of `importers` write down.
"""

from __future__ import annotations

import os
import zlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from math import prod
from typing import Any

import numpy as np

from convcalc.arrays.calculated import calculated
from convcalc.arrays.ops import Array
from convcalc.core.errors import Problem, StackError
from convcalc.document.file_bytes import reason
from convcalc.kinds.base.field_values import escaped
from convcalc.network.graph import Graph, GraphNode
from convcalc.network.held import (
    ITEM_BYTES,
    Absent,
    Entry,
    Held,
    InFile,
    Lent,
    Made,
    Sought,
    Written,
)

Maker = Callable[[Sequence[Array], tuple[int, ...], Mapping[str, Any]], Array]
_MAKERS: dict[str, Maker] = {}
# What comes of arrays and arguments that are not as a function wants them.
_ODD = (
    ArithmeticError,
    AttributeError,
    LookupError,
    MemoryError,
    TypeError,
    ValueError,
)
# Bytes of an entry that are read at once where nothing but its checksum is wanted.
_AT_ONCE = 1 << 22


def arrays_of(node: GraphNode, graph: Graph, dtype: np.dtype[Any]) -> dict[str, Array]:
    """The arrays that the file holds for a layer, by their names.

    Raises StackError where they cannot be read.
    """
    found = {}
    for name, held in graph.held.get(node.at, {}).items():
        try:
            array = read(held)
        except OSError as error:
            message = f"the weights of `{node.name}` cannot be read: {reason(error)}"
            help = "put the file of the weights beside the model, or give weights of your own"
            raise _refused(message, help, graph) from error
        except _ODD as error:
            message = f"array `{held.name}` of `{node.name}` is not what it says: {error}"
            raise _refused(message, "export the model again", graph) from error
        found[name] = np.ascontiguousarray(array.astype(dtype, copy=False))
    return found


def _refused(message: str, help: str, graph: Graph) -> StackError:
    return StackError([Problem("unreadable-array", escaped(message), help=help, file=graph.file)])


def read(held: Held) -> Array:
    """The array, in the file's own layout.

    >>> read(Held("x", (2, 2), "int64", Written((1, 2, 3, 4)))).tolist()
    [[1, 2], [3, 4]]
    """
    order = held.in_order()
    made_of = [one.source.of if isinstance(one.source, Made) else () for one in order]
    unread = Counter(id(part) for of in made_of for part in of)
    arrays: dict[int, Array] = {}
    for one, of in zip(order, made_of, strict=True):
        arrays[id(one)] = _read(one, [arrays[id(part)] for part in of])
        for part in of:
            unread[id(part)] -= 1
            if not unread[id(part)]:
                del arrays[id(part)]
    return arrays[id(held)]


def _read(held: Held, of: Sequence[Array]) -> Array:
    """The array, of those that it is made of."""
    source = held.source
    if isinstance(source, Written):
        values = np.array(source.values, dtype=_numpy_type(held.element))
        return values.reshape(held.dims)
    if isinstance(source, Sought):
        found, element = source.find()
        return _elements(_bytes(found), element, held.count).reshape(held.dims)
    if isinstance(source, InFile):
        return _laid_out(source, held)
    if isinstance(source, Lent):
        return np.asarray(source.read()).reshape(held.dims)
    if isinstance(source, Absent):
        raise FileNotFoundError(2, source.why)
    made = _MAKERS[source.how](of, held.dims, source.fields)
    return made.reshape(held.dims)


def _laid_out(source: InFile, held: Held) -> Array:
    """The elements in a file, by the strides that it says or, without them, in a row."""
    data = _bytes(source)
    if not source.strides:
        return _elements(data, held.element, held.count).reshape(held.dims)
    last = sum((size - 1) * stride for size, stride in zip(held.dims, source.strides, strict=True))
    elements = _elements(data, held.element, last + 1)
    strides = tuple(stride * elements.itemsize for stride in source.strides)
    return np.lib.stride_tricks.as_strided(elements, held.dims, strides, writeable=False)


def _numpy_type(element: str) -> np.dtype[Any]:
    if element == "bfloat16":
        return np.dtype(np.float32)
    return np.dtype(element if element in ITEM_BYTES else "float64")


def _bytes(source: InFile) -> bytes:
    found = _stretch(source.file, source.start, source.length)
    if source.within is not None:
        entry = source.within
        is_all = (entry.start, entry.length) == (source.start, source.length)
        checksum = zlib.crc32(found) if is_all else _checksum(source.file, entry)
        if checksum != entry.checksum:
            raise ValueError(
                f"the bytes of `{entry.name}` are not those that were written: their CRC-32 is "
                f"{checksum:08x}, and the archive says {entry.checksum:08x}"
            )
    return found


@lru_cache(maxsize=16)
def _checksum(file: str | bytes, entry: Entry) -> int:
    """The CRC-32 of an entry of which only a part is wanted."""
    found = 0
    for start in range(entry.start, entry.start + entry.length, _AT_ONCE):
        length = min(_AT_ONCE, entry.start + entry.length - start)
        found = zlib.crc32(_stretch(file, start, length), found)
    return found


def _stretch(file: str | bytes, start: int, length: int) -> bytes:
    """Bytes [start, start + length) of a file. Raises ValueError where it ends before."""
    if isinstance(file, bytes):
        return file[start : start + length]
    if not file:
        raise FileNotFoundError(2, "it stands in a file beside the model")
    # Beside the model, and never behind a link: the name is the file's own.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with open(os.open(file, flags), "rb") as stream:
        stream.seek(start)
        found = stream.read(length)
    if len(found) < length:
        raise ValueError(f"{len(found):,} of {length:,} bytes are there")
    return found


def _elements(data: bytes, element: str, count: int) -> Array:
    if element == "bfloat16":
        halves = np.frombuffer(data, "<u2", count).astype(np.uint32) << 16
        return halves.view(np.float32)
    if element in ("int4", "uint4"):
        pairs = np.frombuffer(data, np.uint8)
        nibbles = np.stack([pairs & 15, pairs >> 4], axis=1).reshape(-1)[:count].astype(np.int8)
        return np.where(nibbles > 7, nibbles - 16, nibbles) if element == "int4" else nibbles
    if element not in ITEM_BYTES:
        raise ValueError("elements of this type are not read")
    return np.frombuffer(data, np.dtype(element).newbyteorder("<"), count)


def _maker(how: str) -> Callable[[Maker], Maker]:
    def kept(function: Maker) -> Maker:
        _MAKERS[how] = function
        return function

    return kept


@_maker("arranged")
def _arranged(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """Cut in `sizes`, then with the axes in the order `axes`."""
    return of[0].reshape(fields["sizes"]).transpose(fields["axes"])


@_maker("reshaped")
def _reshaped(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    return of[0].reshape(dims)


@_maker("calculated")
def _calculated(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """What an operator of PyTorch makes of constants, in the type that it has there."""
    return calculated(of, dims, fields).astype(_numpy_type(fields["element"]), copy=False)


@_maker("spread")
def _spread(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    found: Array = np.broadcast_to(of[0], dims)
    return found


@_maker("filled")
def _filled(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    return np.full(dims, fields["by"], np.float64)


@_maker("tiled")
def _tiled(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    found: Array = np.tile(of[0], fields["times"])
    return found


@_maker("repeated")
def _repeated(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """Each element so many times."""
    found: Array = np.repeat(of[0], fields["times"])
    return found


@_maker("scaled")
def _scaled(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    found: Array = of[0] * fields["by"]
    return found


@_maker("least")
def _least(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """No number below this one."""
    found: Array = np.maximum(of[0], np.float32(fields["by"]))
    return found


@_maker("sliced")
def _sliced(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    axis, start, step = fields["axis"], fields["start"], fields["step"]
    places = start + step * np.arange(dims[axis])
    found: Array = np.take(of[0], places, axis=axis)
    return found


@_maker("taken")
def _taken(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """Rows of the first by the indices of the second."""
    found: Array = np.take(of[0], of[1], axis=fields["axis"])
    return found


@_maker("joined")
def _joined(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    return np.concatenate(list(of), axis=fields["axis"])


@_maker("dequantised")
def _dequantised(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """(x - zero point) * scale, along an axis where there are several scales.

    With a `block` there is one for so many places of the axis, beside each place of the others.
    """
    x, scale = of[0].astype(np.float64), of[1]
    zero = of[2] if len(of) > 2 else np.zeros_like(scale)
    axis, block = fields["axis"], fields.get("block", 0)
    if block:
        places = np.arange(x.shape[axis]) // block
        scale, zero = (np.take(one, places, axis) for one in (scale, zero))
        shape = list(x.shape)
    else:
        shape = [scale.size if n == axis else 1 for n in range(x.ndim)]
    found: Array = (x - zero.astype(np.float64).reshape(shape)) * scale.reshape(shape)
    return found


@_maker("unpacked")
def _unpacked(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """Rows of integers of `bits` bits from bytes, the lowest first; what fills a row up is left."""
    bits, rows = fields["bits"], of[0].astype(np.uint8).reshape(dims[0], -1)
    parts = [rows >> shift & (1 << bits) - 1 for shift in range(0, 8, bits)]
    return np.stack(parts, axis=-1).reshape(dims[0], -1)[:, : dims[1]]


@_maker("over")
def _over(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """Integers over the scales that they were multiplied by, which are seen as `shape`."""
    found: Array = of[0] / of[1].reshape(fields["shape"])
    return found


@_maker("low_rank")
def _low_rank(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """A kernel and `by` times the product of two thin ones (LoRA, arXiv:2106.09685)."""
    found: Array = of[0] + fields["by"] * (of[1] @ of[2])
    return found


@_maker("varints")
def _varints(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """Integers as protocol buffers pack them: small types, and float16 as its bits."""
    data = np.concatenate(of)
    ends = np.flatnonzero(data < 128)
    starts = np.concatenate([[0], ends[:-1] + 1])
    values = np.zeros(len(ends), np.uint64)
    for place in range(int((ends - starts).max(initial=-1)) + 1):
        here = starts + place <= ends
        parts = data[np.minimum(starts + place, len(data) - 1)].astype(np.uint64) & np.uint64(127)
        values |= np.where(here, parts << np.uint64(7 * place), np.uint64(0))
    if len(values) != prod(dims):
        raise ValueError(f"{len(values):,} numbers for {prod(dims):,} elements")
    if fields["element"] == "float16":
        return values.astype(np.uint16).view(np.float16)
    if fields["element"] == "bfloat16":
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values.view(np.int64)


@_maker("product")
def _product(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    found: Array = of[0] * of[1]
    return found


@_maker("put")
def _put(of: Sequence[Array], dims: tuple[int, ...], fields: Mapping[str, Any]) -> Array:
    """The first with the third in the places of its first axes that the second says."""
    found: Array = of[0].copy()
    found[tuple(np.moveaxis(of[1], -1, 0))] = of[2]
    return found
