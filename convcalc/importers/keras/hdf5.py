"""HDF5 files, as far as Keras writes them: groups of the first kind, and arrays in one piece.

    superblock 0 -> object header -> symbol table -> B-tree -> nodes of symbols -> object headers

A name is followed from the root, so that of a file of any size a few hundred bytes are read. The
text of an attribute stands in it, or in the file's heap of long values.
Source: HDF5 File Format Specification, version 3.0, sections II.A, III.A, III.B, III.D, III.E,
IV.A.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from math import prod
from typing import NamedTuple

from convcalc.core.shapes import Shape
from convcalc.network.held import Element

# What such a file begins with.
MAGIC = b"\x89HDF\r\n\x1a\n"
Read = Callable[[int, int], bytes]
_NOWHERE = 0xFFFFFFFFFFFFFFFF
# Of one file: nothing that Keras writes comes near.
_MOST_MESSAGES = 4_096
_MOST_NODES = 100_000
_DEEPEST = 32
_ROOT = 96
_DATASPACE, _DATATYPE, _LAYOUT, _ATTRIBUTE, _CONTINUED, _SYMBOLS = 1, 3, 8, 12, 16, 17
# Classes of types: text of a fixed length, and what lies in a heap.
_FIXED, _VARIABLE = 3, 9
# As long as the longest configuration that is read.
_MOST_TEXT = 24_000_000
# By class (0 whole numbers, 1 reals), whether there is a sign, and bytes.
_ELEMENTS: dict[tuple[int, bool, int], Element] = {
    (1, False, 2): "float16", (1, False, 4): "float32", (1, False, 8): "float64",
    (0, True, 1): "int8", (0, True, 2): "int16", (0, True, 4): "int32", (0, True, 8): "int64",
    (0, False, 1): "uint8", (0, False, 2): "uint16", (0, False, 4): "uint32",
    (0, False, 8): "uint64",
}  # fmt: skip


class Dataset(NamedTuple):
    """An array: its shape, the type of its elements, and where its bytes are."""

    dims: Shape
    element: Element
    start: int
    length: int


class BrokenError(ValueError):
    """Bytes that are no file of this sort; the text says what is wrong."""


class Hdf5:
    """An open file; `read(start, length)` gives bytes of it, fewer only at its end."""

    def __init__(self, read: Read) -> None:
        self._source = read
        self._groups: dict[int, dict[str, int]] = {}
        self._nodes = 0
        head = self._read(0, _ROOT)
        if head[:8] != MAGIC or head[8]:
            raise BrokenError("it is no HDF5 file of superblock 0")
        if head[13:15] != b"\x08\x08":
            raise BrokenError("its addresses are not of 8 bytes")
        (self._base,) = struct.unpack_from("<Q", head, 24)
        (self._root,) = struct.unpack_from("<Q", head, 64)

    def dataset(self, path: str) -> Dataset:
        """The array of that name, as in `layers/dense/vars/0`. Raises BrokenError."""
        at = self._at_path(path)
        if at is None:
            raise BrokenError(f"the weights have no `{path}`")
        return self._array(at, path)

    def names(self) -> tuple[str, ...]:
        """What the outermost group holds."""
        return tuple(self.group(self._root))

    def group(self, at: int) -> dict[str, int]:
        """Addresses of what a group holds, by name."""
        if at not in self._groups:
            tables = [body for kind, body in self._messages(at) if kind == _SYMBOLS]
            if not tables or len(tables[0]) < 16:
                raise BrokenError("a group of it has no table of symbols")
            tree, heap = struct.unpack_from("<QQ", tables[0])
            names = self._heap(heap)
            self._groups[at] = {_name(names, place): to for place, to in self._symbols(tree)}
        return self._groups[at]

    def arrays(self, path: str) -> tuple[str, ...]:
        """The names of all arrays below a group, as `dense/kernel:0`; none where there is none."""
        at = self._at_path(path)
        return () if at is None else tuple(self._below(at, 0))

    def _at_path(self, path: str) -> int | None:
        """The address of what has this name; None where there is none."""
        at: int | None = self._root
        for name in path.split("/"):
            at = None if at is None else self.group(at).get(name)
        return at

    def texts(self) -> dict[str, str]:
        """The attributes of the outermost group that are text. Raises BrokenError."""
        bodies = [body for kind, body in self._messages(self._root) if kind == _ATTRIBUTE]
        found = (self._attribute(body) for body in bodies)
        return {name: text for name, text in found if text is not None}

    def _below(self, at: int, depth: int) -> Iterator[str]:
        if depth > _DEEPEST:
            raise BrokenError("its groups have no end")
        for name, inner in self.group(at).items():
            if any(kind == _SYMBOLS for kind, _ in self._messages(inner)):
                yield from (f"{name}/{one}" for one in self._below(inner, depth + 1))
            else:
                yield name

    def _attribute(self, body: bytes) -> tuple[str, str | None]:
        """An attribute's name, and its value where that is one text."""
        version, _, name_size, type_size, space_size = struct.unpack_from("<BBHHH", body)
        step = 8 if version == 1 else 1
        at, parts = 9 if version == 3 else 8, []
        for size in (name_size, type_size, space_size):
            parts.append(body[at : at + size])
            at += -(-size // step) * step
        name, of, space = parts
        word = name.rstrip(b"\0").decode("utf-8", "replace")
        if len(of) < 8 or len(space) < 2 or space[1]:
            return word, None
        kind, (length,) = of[0] & 15, struct.unpack_from("<I", of, 4)
        if kind == _FIXED:
            held = body[at : at + length]
        elif kind == _VARIABLE and of[1] & 15 == 1 and len(body) >= at + 16:
            length, heap, number = struct.unpack_from("<IQI", body, at)
            held = self._long(heap, number)[:length]
        else:
            return word, None
        return word, held.rstrip(b"\0").decode("utf-8", "replace")

    def _long(self, heap: int, number: int) -> bytes:
        """A value in a heap of long ones."""
        head = self._at(heap, 16)
        (length,) = struct.unpack_from("<Q", head, 8)
        end = heap + length
        if head[:4] != b"GCOL":
            raise BrokenError("a text of it is not where it says")
        at = heap + 16
        for _ in range(_MOST_MESSAGES):
            if at + 16 > end:
                break
            found, _, size = struct.unpack("<HH4xQ", self._at(at, 16))
            if found == number and size <= _MOST_TEXT:
                return self._at(at + 16, size)
            at += 16 + -(-size // 8) * 8
        raise BrokenError("a text of it is missing, or too long")

    def _read(self, start: int, length: int) -> bytes:
        found = self._source(start, length)
        if len(found) < length:
            raise BrokenError("it ends within what it says it holds")
        return found

    def _at(self, address: int, length: int) -> bytes:
        return self._read(self._base + address, length)

    def _messages(self, at: int) -> Iterator[tuple[int, bytes]]:
        """The messages of an object's header: their types and bodies."""
        version, _, count, _, size = struct.unpack("<BBHII", self._at(at, 12))
        if version != 1:
            raise BrokenError(f"it has object headers of version {version}")
        blocks, left = [(at + 16, size)], min(count, _MOST_MESSAGES)
        while blocks and left > 0:
            start, length = blocks.pop(0)
            end = start + length
            while start + 8 <= end and left > 0:
                kind, size = struct.unpack("<HH", self._at(start, 4))
                body = self._at(start + 8, size)
                left -= 1
                start += 8 + size
                if kind == _CONTINUED and size >= 16:
                    blocks.append(struct.unpack_from("<QQ", body))
                yield kind, body

    def _heap(self, at: int) -> bytes:
        head = self._at(at, 32)
        size, _, place = struct.unpack_from("<QQQ", head, 8)
        if head[:4] != b"HEAP" or size > 1 << 26:
            raise BrokenError("its names are not where it says")
        return self._at(place, size)

    def _symbols(self, tree: int, depth: int = 0) -> Iterator[tuple[int, int]]:
        """(where the name is, where the object is) for all of a group's members."""
        self._nodes += 1
        if self._nodes > _MOST_NODES or depth > _DEEPEST:
            raise BrokenError("its groups have no end")
        head = self._at(tree, 8)
        (count,) = struct.unpack_from("<H", head, 6)
        if head[:4] == b"SNOD":
            for place in range(count):
                yield struct.unpack("<QQ", self._at(tree + 8 + 40 * place, 16))
            return
        if head[:5] != b"TREE\0":
            raise BrokenError("a group of it is no tree of symbols")
        for place in range(count):
            (child,) = struct.unpack("<Q", self._at(tree + 32 + 16 * place, 8))
            yield from self._symbols(child, depth + 1)

    def _array(self, at: int, path: str) -> Dataset:
        messages = dict(reversed(list(self._messages(at))))
        bodies = [messages.get(kind) for kind in (_DATASPACE, _DATATYPE, _LAYOUT)]
        space, of, layout = bodies
        if space is None or of is None or layout is None:
            raise BrokenError(f"`{path}` is no array")
        if len(of) < 8 or len(space) < 8 or len(layout) < 18:
            raise BrokenError(f"`{path}` is cut off")
        (size,) = struct.unpack_from("<I", of, 4)
        kind = of[0] & 15
        element = _ELEMENTS.get((kind, not kind and bool(of[1] & 8), size))
        if element is None or of[1] & 1:
            raise BrokenError(f"`{path}` has elements of another type")
        rank, first = space[1], 8 if space[0] == 1 else 4
        dims: Shape = struct.unpack_from(f"<{rank}Q", space, first)
        if layout[:2] != b"\x03\x01":
            raise BrokenError(f"`{path}` is packed, or in pieces")
        start, length = struct.unpack_from("<QQ", layout, 2)
        if length != prod(dims) * size or start == _NOWHERE:
            raise BrokenError(f"`{path}` is not there, or not of its shape")
        return Dataset(dims, element, self._base + start, length)


def _name(names: bytes, place: int) -> str:
    end = names.find(b"\0", place)
    if end < 0:
        raise BrokenError("a name of it is not where it says")
    return names[place:end].decode("utf-8", "replace")
