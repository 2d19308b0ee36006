"""Tensors as ONNX files store them, encoded here after the specification of protocol buffers."""

from __future__ import annotations

import itertools
import struct
from typing import Any

import numpy as np
import pytest

from convcalc.importers.decimals import shortest
from convcalc.importers.onnx import stored
from convcalc.importers.onnx.stored import Tensors
from convcalc.importers.onnx.wire import (
    WireError,
    fields,
    floats,
    inner,
    integers,
    signed,
    varint,
)
from convcalc.importers.onnx.wire import number as whole_number
from convcalc.network.held import Held, InFile, Made, Written
from tests.each import each
from tests.importers.onnx_bytes import part, whole
from tests.importers.onnx_bytes import varint as number


def field(at: int, value: int | bytes) -> bytes:
    return whole(at, value) if isinstance(value, int) else part(at, value)


# By their numbers in TensorProto.DataType.
NUMPY = {
    1: "float32", 2: "uint8", 3: "int8", 4: "uint16", 5: "int16", 6: "int32", 7: "int64",
    9: "bool", 10: "float16", 11: "float64", 12: "uint32", 13: "uint64",
}  # fmt: skip


def read(data: bytes, held_in: str | bytes = "net.onnx") -> Held:
    # Something stands in front, as in a file.
    return Tensors(b"before" + data, held_in).read((6, 6 + len(data)))


def tensor(code: int, dims: tuple[int, ...], *more: bytes, name: str = "w") -> bytes:
    shape = b"".join(field(1, size) for size in dims)
    return shape + field(2, code) + field(8, name.encode()) + b"".join(more)


def written(held: Held) -> tuple[Any, ...]:
    """The elements of a tensor that was read at once."""
    assert isinstance(held.source, Written)
    return tuple(held.source.values)


@each("code", NUMPY)
def test_raw_elements_of_every_type(code: int) -> None:
    array = np.array([0, 1, 3, 100, 1, 0]).astype(NUMPY[code])
    found = read(tensor(code, (2, 3), field(9, array.tobytes())))
    assert (found.name, found.dims, found.element) == ("w", (2, 3), NUMPY[code])
    assert written(found) == tuple(array.tolist())
    # The sizes may stand in one field.
    packed = field(1, number(2) + number(3)) + field(2, code) + field(9, array.tobytes())
    assert read(packed).dims == (2, 3)
    with pytest.raises(WireError, match=r"tensor 'w' of 7 elements of \w+ has [\d,]+ bytes"):
        read(tensor(code, (7,), field(9, array.tobytes())))


@each(("code", "at", "values", "found"), [
    # int32_data has all small types, int64_data and uint64_data the long ones.
    (6, 5, [-1, 0, 7], (-1, 0, 7)), (3, 5, [-128, 127, 0], (-128, 127, 0)),
    (9, 5, [1, 0, 1], (1, 0, 1)),
    (7, 7, [-(1 << 63), (1 << 63) - 1, 300], (-(1 << 63), (1 << 63) - 1, 300)),
    (12, 11, [4_000_000_000, 0, 1], (4_000_000_000, 0, 1)),
    # 1, -2 and 65,504 in half precision, by their bits.
    (10, 5, [0x3C00, 0xC000, 0x7BFF], (1.0, -2.0, 65504.0)),
    (16, 5, [0x3F80, 0xC000, 0x4040], (1.0, -2.0, 3.0)),
])  # fmt: skip
def test_listed_elements(code: int, at: int, values: list[int], found: tuple[float, ...]) -> None:
    apart = tensor(code, (3,), *(field(at, value) for value in values))
    packed = tensor(code, (3,), field(at, b"".join(map(number, values))))
    assert written(read(apart)) == written(read(packed)) == found
    with pytest.raises(WireError, match="tensor 'w' has 3 of 4 elements"):
        read(tensor(code, (4,), field(at, b"".join(map(number, values)))))


@each(("at", "code", "letter"), [(4, 1, "f"), (10, 11, "d")])
def test_floats_one_by_one_and_packed(at: int, code: int, letter: str) -> None:
    values = (0.5, -2.25, 1024.0)
    packed = tensor(code, (3,), field(at, struct.pack(f"<3{letter}", *values)))
    assert written(read(packed)) == values
    width = struct.calcsize(letter)
    wire = 5 if letter == "f" else 1
    single = [number(at << 3 | wire) + struct.pack(f"<{letter}", value) for value in values]
    assert written(read(tensor(code, (3,), *single))) == values
    with pytest.raises(WireError, match="tensor 'w' has 3 of 4 elements"):
        read(tensor(code, (4,), *single))
    with pytest.raises(WireError, match="holds floats and says int64"):
        read(tensor(7, (3,), field(at, bytes(3 * width + (-3 * width) % 8 + 8))))


def test_what_is_long_stays_in_the_file() -> None:
    # 1,024 bytes of reals are read at once, one real more is not; whole numbers up to 65,536.
    for code, count, item in ((1, 256, 4), (11, 128, 8), (7, 8192, 8), (2, 65_536, 1)):
        for more in (0, 1):
            ones = np.ones(count + more, NUMPY[code])
            found = read(tensor(code, ones.shape, field(9, ones.tobytes()))).source
            assert isinstance(found, InFile if more else Written)
            if isinstance(found, InFile):
                assert found.length == (count + more) * item
    # Nothing but zeros says so, up to 65,536 bytes.
    for count in (257, 16_384):
        assert written(read(tensor(1, (count,), field(9, bytes(4 * count))))) == (0.0,) * count
    assert isinstance(read(tensor(1, (16_385,), field(9, bytes(65_540)))).source, InFile)


@each(("spans", "is_read"), [
    (([300, 2], [7]), True), (([300, 2], [7, 1]), False), (([1] * 4,), True), (([1] * 5,), False),
])  # fmt: skip
def test_many_listed_elements_stay_where_they_are(
    spans: tuple[list[int], ...], is_read: bool
) -> None:
    """300 takes two bytes, the others one each; four bytes are read here, more are not."""
    packed = [b"".join(map(number, values)) for values in spans]
    data = tensor(6, (sum(map(len, spans)),), *(field(5, one) for one in packed))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "_SMALL_INTEGERS", 4)
        found = read(data)
    if is_read:
        assert written(found) == tuple(itertools.chain(*spans))
        return
    assert isinstance(found.source, Made)
    assert (found.source.how, found.source.fields) == ("varints", {"element": "int32"})
    assert [held.dims for held in found.source.of] == [(len(one),) for one in packed]
    for held, one in zip(found.source.of, packed, strict=True):
        assert isinstance(held.source, InFile)
        first = held.source.start
        assert (b"before" + data)[first : first + held.source.length] == one


@each("single", [[7] * 4, [7] * 5])
def test_of_elements_one_by_one_there_are_few(single: list[int]) -> None:
    data = tensor(6, (len(single),), *(field(5, value) for value in single))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stored, "_SMALL_INTEGERS", 4)
        if len(single) == 4:
            assert written(read(data)) == tuple(single)
        else:
            with pytest.raises(WireError, match="there is a number"):
                read(data)


@each(("more", "found"), [
    ({"location": "net.data", "offset": "64", "length": "24"}, (64, 24)),
    ({"location": "net.data"}, (0, 24)),
    ({"location": "net.data", "offset": "999999999999999999"}, (999_999_999_999_999_999, 24)),
    ({"location": "../net.data"}, "lies in '../net.data', which is no plain file name"),
    ({"location": "/net.data"}, "lies in '/net.data', which is no plain file name"),
    ({"location": "a\\b"}, "which is no plain file name"),
    ({"location": ".hidden"}, "which is no plain file name"),
    ({"offset": "64"}, "lies in '', which is no plain file name"),
    ({"location": "net.data", "offset": "-1"}, "'-1' is no number of bytes"),
    ({"location": "net.data", "length": "٣"}, "'٣' is no number of bytes"),
    ({"location": "net.data", "length": "1" * 19}, "is no number of bytes"),
])  # fmt: skip
def test_arrays_beside_the_file(more: dict[str, str], found: Any) -> None:
    pairs = [
        field(13, field(1, key.encode()) + field(2, said.encode())) for key, said in more.items()
    ]
    data = tensor(1, (2, 3), *pairs)
    if isinstance(found, str):
        with pytest.raises(WireError) as caught:
            read(data, "nets/net.onnx")
        assert found in str(caught.value)
    else:
        for held_in, place in (("nets/net.onnx", ("nets/net.data", *found)), (b"", ("", 0, 0))):
            source = read(data, held_in).source
            assert isinstance(source, InFile)
            assert (source.file, source.start, source.length) == place


def test_sizes_below_zero_and_too_many() -> None:
    with pytest.raises(WireError, match="tensor 'w' has a negative size"):
        read(tensor(1, (2, -1)))
    assert len(read(field(1, bytes([1] * 64)) + field(2, 1)).dims) == 64
    with pytest.raises(WireError, match="has more than 64 numbers"):
        read(field(1, bytes([1] * 65)) + field(2, 1))


@each("value", [0.1, 1e-05, 0.3, 1.1, 123456.79, -0.7, 0.3333333, 1e-30])
def test_the_shortest_decimal_is_meant(value: float) -> None:
    assert shortest(struct.unpack("<f", struct.pack("<f", value))[0]) == value


@each("value", [3.0, 16777216.0, float("inf"), -float("inf")])
def test_whole_numbers_and_none_are_left(value: float) -> None:
    assert shortest(value) == value


@each("value", [0, 1, 127, 128, 300, 16_383, 16_384, -1, (1 << 63) - 1, -(1 << 63)])
def test_varints(value: int) -> None:
    data = number(value)
    found, end = varint(data, 0, len(data))
    assert (signed(found), end) == (value, len(data))
    assert integers(data, (0, len(data)), 1) == [value]
    assert integers(data, found, 1) == [value]
    assert list(fields(field(2000, value), (0, len(field(2000, value))))) == [(2000, found)]
    with pytest.raises(WireError, match="does not end"):
        varint(data[:-1], 0, len(data) - 1)


def test_numbers_and_bytes_in_the_place_of_each_other() -> None:
    with pytest.raises(WireError, match=r"there are bytes at 5 where a number should be"):
        whole_number((5, 9))
    with pytest.raises(WireError, match=r"there is a number \(7\) where a message should be"):
        inner(7)
    assert integers(bytes(9), (3, 5), 2) == [0, 0]
    with pytest.raises(WireError, match="a list at byte 3 has more than 2 numbers"):
        integers(bytes(9), (3, 6), 2)


@each(("data", "why"), [
    (b"\x12", "a field at byte 1 has no length"),
    (b"\x12\x05ab", "a field at byte 2 says that it has 5 bytes, of which there are 2"),
    (b"\x0d\x00\x00\x00", "the number at byte 1 is cut off"),
    (b"\x09\x00\x00\x00\x00\x00\x00\x00", "the number at byte 1 is cut off"),
    (b"\x0b", "the field at byte 0 is of no type that there is (3)"),
    (b"\x08" + b"\xff" * 11, "does not end"),
])  # fmt: skip
def test_bytes_that_are_no_message(data: bytes, why: str) -> None:
    with pytest.raises(WireError) as caught:
        list(fields(data, (0, len(data))))
    assert why in str(caught.value)


def test_lengths_of_more_than_a_byte_and_floats() -> None:
    body = bytes(300)
    data = field(3, body) + field(1, 7)
    assert list(fields(data, (0, len(data)))) == [(3, (3, 303)), (1, 7)]
    four = struct.pack("<3f", 0.5, 2, -1)
    assert floats(four, (0, 12)) == (0.5, 2.0, -1.0)
    with pytest.raises(WireError, match="the floats at byte 0 are cut off"):
        floats(four, (0, 11))
