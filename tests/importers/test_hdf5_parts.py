"""Parts of HDF5 files byte by byte, after the specification of the format, version 3.0."""

from __future__ import annotations

import struct
from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.importers.keras.hdf5 import BrokenError, Hdf5
from tests.each import each
from tests.importers import hdf5_bytes

FAR = 24


def opened(data: bytes) -> Hdf5:
    """A file whose addresses are counted from byte 24."""
    file = Hdf5.__new__(Hdf5)
    held = bytes(FAR) + data
    file._source = lambda start, length: held[start : start + length]
    file._base, file._groups, file._nodes = FAR, {}, 0
    return file


def padded(part: bytes, step: int) -> bytes:
    return part + b"\0" * (-len(part) % step)


FIXED = struct.pack("<B3sI", 0x13, b"\0\0\0", 5)
LONG = struct.pack("<B3sI", 0x19, b"\x01\x01\0", 16) + struct.pack("<B3sI", 0x13, b"\0\0\0", 1)
SCALAR, ROW = struct.pack("<BB6x", 1, 0), struct.pack("<BB6xQ", 1, 1, 3)
# A text of three bytes, the seventh of the heap at 1000.
PLACE = struct.pack("<IQI", 3, 1000, 7)


def attribute(
    version: int, name: bytes, of: bytes, space: bytes, data: bytes
) -> tuple[str, str | None]:
    """An attribute as versions 1, 2 and 3 of its message have it."""
    step = 8 if version == 1 else 1
    head = struct.pack("<BxHHH", version, len(name), len(of), len(space))
    head += b"\1" * (version == 3)
    body = head + b"".join(padded(part, step) for part in (name, of, space)) + data
    heap: Any = SimpleNamespace(_long=lambda at, number: f"text {at} {number}".encode()[-4:])
    return Hdf5._attribute(heap, body)


@each("version", [1, 2, 3])
def test_a_text_stands_in_its_attribute_or_in_a_heap(version: int) -> None:
    assert attribute(version, b"a name\0", FIXED, SCALAR, b"helloXYZ") == ("a name", "hello")
    assert attribute(version, b"b\0", FIXED, SCALAR, b"hi\0\0\0") == ("b", "hi")
    # "00 7", of which three bytes are the text.
    assert attribute(version, b"c\0", LONG, SCALAR, PLACE) == ("c", "00 ")
    assert attribute(version, b"c\0", LONG, SCALAR, PLACE + bytes(9)) == ("c", "00 ")


@each(("of", "space", "data"), [
    (FIXED, ROW, b"hello"), (FIXED[:7], SCALAR, b"hello"), (FIXED, b"\1", b"hello"),
    (b"\x11" + FIXED[1:], SCALAR, b"hello"), (LONG, SCALAR, PLACE[:15]),
    # What is long and no text, but a sequence.
    (LONG[:1] + b"\0" + LONG[2:], SCALAR, PLACE), (LONG[:1] + b"\x02" + LONG[2:], SCALAR, PLACE),
])  # fmt: skip
def test_what_is_no_single_text_has_a_name_alone(of: bytes, space: bytes, data: bytes) -> None:
    assert attribute(2, b"name\0", of, space, data) == ("name", None)


def heap_of(*texts: tuple[int, bytes], more: int = 0) -> bytes:
    """A heap of long values, behind 8 other bytes, that says so many bytes more."""
    body = b"".join(struct.pack("<HH4xQ", number, 1, len(text)) + padded(text, 8)
                    for number, text in texts)  # fmt: skip
    return bytes(8) + struct.pack("<4sB3xQ", b"GCOL", 1, 16 + len(body) + more) + body


def test_a_long_text_is_found_by_its_number() -> None:
    held = heap_of((1, b"hello"), (2, b"12345678"), (7, b"abc"), (9, b""))
    file = opened(held)
    assert [file._long(8, number) for number in (1, 2, 7, 9)] == [
        b"hello",
        b"12345678",
        b"abc",
        b"",
    ]
    for broken, number in ((held, 3), (heap_of((1, b"hello"), (7, b"abc"), more=-24), 7)):
        with pytest.raises(BrokenError, match="a text of it is missing, or too long"):
            opened(broken)._long(8, number)


def message(kind: int, body: bytes) -> bytes:
    return struct.pack("<HHB3x", kind, len(body), 0) + body


def header(count: int, *messages: bytes, version: int = 1) -> bytes:
    body = b"".join(messages)
    return struct.pack("<BBHII4x", version, 0, count, 1, len(body)) + body


def test_messages_go_on_where_one_says_so() -> None:
    """Two, one that leads to a block behind them, and one more; two in the block."""
    behind = message(5, b"five5678") + message(6, b"six45678")
    first = [message(3, b"three678"), message(4, b"four5678four5678")]
    size = sum(map(len, first)) + 24 + 16
    lead = message(16, struct.pack("<QQ", 8 + 16 + size, len(behind)))
    whole = bytes(8) + header(6, *first, lead, message(7, b"seven678")) + behind
    found = [kind for kind, _ in opened(whole)._messages(8)]
    assert found == [3, 4, 16, 7, 5, 6]
    assert dict(opened(whole)._messages(8))[4] == b"four5678four5678"
    # As many as the header counts.
    for count in range(1, 6):
        counted = bytes(8) + header(count, *first, lead, message(7, b"seven678")) + behind
        assert [kind for kind, _ in opened(counted)._messages(8)] == found[:count]


def test_a_message_that_leads_nowhere_is_one_alone() -> None:
    short = bytes(8) + header(3, message(16, bytes(8)), message(7, b"seven678"))
    assert [kind for kind, _ in opened(short)._messages(8)] == [16, 7]
    # Eight bytes are no message of which there is a body.
    cut = bytes(8) + header(3, message(7, b"seven678"), message(2, b""))
    assert [kind for kind, _ in opened(cut)._messages(8)] == [7, 2]
    with pytest.raises(BrokenError, match="it has object headers of version 2"):
        [*opened(bytes(8) + header(1, version=2))._messages(8)]


@each(("size", "is_read"), [(4, True), (1 << 26, False), ((1 << 26) + 1, False)])
def test_names_lie_where_their_heap_says(size: int, is_read: bool) -> None:
    data = bytes(8) + struct.pack("<4sB3xQQQ", b"HEAP", 0, size, 1, 48) + b"12345678abcd"
    if is_read:
        assert opened(data)._heap(8) == b"abcd"
        return
    why = "its names are not" if size > 1 << 26 else "it ends within what it says it holds"
    with pytest.raises(BrokenError, match=why):
        opened(data)._heap(8)


def node(*places: tuple[int, int]) -> bytes:
    entries = b"".join(struct.pack("<QQ24x", *one) for one in places)
    return struct.pack("<4sBBH", b"SNOD", 1, 0, len(places)) + entries


def tree(level: int, *children: int) -> bytes:
    keys = b"".join(struct.pack("<QQ", child, 0) for child in children)
    return struct.pack("<4sBBHQQQ", b"TREE", 0, level, len(children), 0, 0, 0) + keys


def test_members_stand_in_nodes_of_a_tree() -> None:
    left, right = node((1, 100), (2, 200), (3, 300)), node((4, 400))
    top = tree(0, 8, 8 + len(left), 8)
    data = bytes(8) + left + right + top
    at = 8 + len(left) + len(right)
    first = [(1, 100), (2, 200), (3, 300)]
    assert [*opened(data)._symbols(8)] == first
    assert [*opened(data)._symbols(at)] == [*first, (4, 400), *first]


@each(("size", "sign", "element"), [
    (1, 8, "int8"), (1, 0, "uint8"), (4, 8, "int32"), (8, 0, "uint64"), (2, 9, None), (3, 8, None),
])  # fmt: skip
def test_integers_have_a_sign_and_so_many_bytes(size: int, sign: int, element: str | None) -> None:
    """The lowest bit says that the highest byte stands first."""
    space = struct.pack("<BBBBIQQ", 1, 2, 0, 0, 0, 2, 3)
    of = struct.pack("<BBBBI", 0x10, sign, 0, 0, size)
    layout = struct.pack("<BBQQ", 3, 1, 100, 6 * size)
    file: Any = SimpleNamespace(_messages=lambda at: [(1, space), (3, of), (8, layout)], _base=8)
    if element is None:
        with pytest.raises(BrokenError, match="`w` has elements of another type"):
            Hdf5._array(file, 0, "w")
        return
    found = Hdf5._array(file, 0, "w")
    assert (found.element, found.dims, found.start, found.length) == (
        element,
        (2, 3),
        108,
        6 * size,
    )


@each(("layout", "why"), [
    (struct.pack("<BBQQ", 3, 2, 100, 24), "is packed, or in pieces"),
    (struct.pack("<BBQQ", 2, 1, 100, 24), "is packed, or in pieces"),
    (struct.pack("<BBQQ", 3, 1, 100, 23), "is not there, or not of its shape"),
    (struct.pack("<BBQQ", 3, 1, 100, 25), "is not there, or not of its shape"),
    (struct.pack("<BBQQ", 3, 1, (1 << 64) - 1, 24), "is not there, or not of its shape"),
])  # fmt: skip
def test_an_array_lies_in_one_piece_of_its_shape(layout: bytes, why: str) -> None:
    space = struct.pack("<BBBBIQQ", 1, 2, 0, 0, 0, 2, 3)
    of = struct.pack("<BBBBI", 0x11, 0x20, 0, 0, 4)
    file: Any = SimpleNamespace(_messages=lambda at: [(1, space), (3, of), (8, layout)], _base=8)
    with pytest.raises(BrokenError, match=f"`w` {why}"):
        Hdf5._array(file, 0, "w")


@each(("at", "byte"), [(0, 0x88), (0, 0x8A), (7, 9), (7, 11), (8, 1), (8, 2)])
def test_what_begins_otherwise_is_no_such_file(at: int, byte: int) -> None:
    data = bytearray(hdf5_bytes.file({}))
    data[at] = byte
    with pytest.raises(BrokenError, match="it is no HDF5 file of superblock 0"):
        Hdf5(lambda start, length: bytes(data[start : start + length]))


def test_a_tree_is_32_deep_at_most() -> None:
    """Each node leads to the next one, 32 bytes and one child behind it."""
    step = len(tree(0, 0))
    for depth, is_read in ((32, True), (33, False)):
        trees = b"".join(tree(0, (at + 1) * step) for at in range(depth))
        file = opened(trees + node((5, 7)))
        if is_read:
            assert [*file._symbols(0)] == [(5, 7)]
        else:
            with pytest.raises(BrokenError, match="its groups have no end"):
                [*file._symbols(0)]
