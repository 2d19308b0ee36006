"""HDF5 files of superblock 0, written by hand after the specification of the format.

A group is an object header with a symbol table: a B-tree of one node, one node of symbols, and a
heap with the names. An array is an object header with its shape, its type and its place. A text
that is an attribute stands in the header, or in a heap of its own, as h5py and Keras write it.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

Tree = Mapping[str, Any]
_NOWHERE = 0xFFFFFFFFFFFFFFFF
# Bytes of a node of 8 symbols and of a tree of 32 of them, as libraries reserve them.
_NODE, _TREE = 8 + 8 * 40, 24 + 32 * 16 + 8


class Writer:
    """Parts of a file one behind the other; each is known by its address."""

    def __init__(self) -> None:
        self.data = bytearray(96)

    def put(self, part: bytes) -> int:
        at = len(self.data)
        self.data += part + b"\0" * (-len(part) % 8)
        return at

    def header(self, *messages: tuple[int, bytes]) -> int:
        padded = [(kind, held + b"\0" * (-len(held) % 8)) for kind, held in messages]
        body = b"".join(struct.pack("<HHB3x", kind, len(held), 0) + held for kind, held in padded)
        return self.put(struct.pack("<BBHII4x", 1, 0, len(messages), 1, len(body)) + body)

    def array(self, numbers: Any, dims: tuple[int, ...]) -> int:
        """Reals of 4 bytes, or integers of one."""
        are_whole = all(isinstance(one, int) for one in numbers)
        data = struct.pack(f"<{len(numbers)}{'b' if are_whole else 'f'}", *numbers)
        start = self.put(data)
        space = struct.pack(f"<BBB5x{len(dims)}Q", 1, len(dims), 0, *dims)
        kind = struct.pack("<B3sIHH4BI", 0x11, b"\x20\x1f\x00", 4, 0, 32, 23, 8, 0, 23, 127)
        if are_whole:
            kind = struct.pack("<B3sIHH", 0x10, b"\x08\x00\x00", 1, 0, 8)
        layout = struct.pack("<BBQQ6x", 3, 1, start, len(data))
        return self.header((1, space), (3, kind), (8, layout))

    def text(self, name: str, text: str, is_long: bool) -> tuple[int, bytes]:
        """The message of an attribute."""
        word, data = name.encode() + b"\0", text.encode()
        if is_long:
            body = struct.pack("<HH4xQ", 1, 1, len(data)) + data + b"\0" * (-len(data) % 8)
            heap = self.put(struct.pack("<4sB3xQ", b"GCOL", 1, 16 + len(body)) + body)
            of = struct.pack("<B3sI", 0x19, b"\x01\x01\x00", 16) + struct.pack(
                "<B3sI", 0x13, b"\0\0\0", 1
            )
            data = struct.pack("<IQI", len(data), heap, 1)
        else:
            of = struct.pack("<B3sI", 0x13, b"\0\0\0", len(data))
        space = struct.pack("<BB6x", 1, 0)
        head = struct.pack("<BxHHH", 1, len(word), len(of), len(space))
        padded = (part + b"\0" * (-len(part) % 8) for part in (word, of, space, data))
        return 12, head + b"".join(padded)

    def group(self, members: Tree, texts: Mapping[str, tuple[str, bool]] = {}) -> int:
        names, places = bytearray(8), {}
        addresses = {}
        for name, held in sorted(members.items()):
            is_group = isinstance(held, Mapping)
            addresses[name] = self.group(held) if is_group else self.array(*held)
            places[name] = len(names)
            names += name.encode() + b"\0" * (8 - len(name) % 8)
        last = max(places.values(), default=0)
        words = self.put(bytes(names))
        heap = self.put(struct.pack("<4sB3xQQQ", b"HEAP", 0, len(names), 1, words))
        symbols = b"".join(
            struct.pack("<QQ24x", places[name], addresses[name]) for name in addresses
        )
        head = struct.pack("<4sBBH", b"SNOD", 1, 0, len(addresses))
        node = self.put((head + symbols).ljust(_NODE, b"\0"))
        tree = struct.pack("<4sBBHQQQQQ", b"TREE", 0, 0, 1, _NOWHERE, _NOWHERE, 0, node, last)
        tree = tree.ljust(_TREE, b"\0")
        found = [self.text(name, *text) for name, text in texts.items()]
        return self.header((17, struct.pack("<QQ", self.put(tree), heap)), *found)


def file(members: Tree, texts: Mapping[str, tuple[str, bool]] = {}) -> bytes:
    """The bytes of a file; an array is `(numbers, dims)`, anything else a group.

    `texts` are the attributes of the outermost group, each with whether it is a long one.
    """
    writer = Writer()
    root = writer.group(members, texts)
    head = struct.pack(
        "<8s5BBBBHHIQQQQQQ16x",
        *(b"\x89HDF\r\n\x1a\n", 0, 0, 0, 0, 0, 8, 8, 0, 4, 16, 0),
        *(0, _NOWHERE, len(writer.data), _NOWHERE, 0, root),
    )
    writer.data[: len(head)] = head
    return bytes(writer.data)
