"""The wire format of protocol buffers, as far as model files use it.

A message is a row of fields: a number and a type in one varint, then a varint, 4 or 8 bytes, or
a length and so many bytes. Nothing is copied that is not asked for: bytes are spans of the file.
Source: protobuf.dev, "Encoding".
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap

Buffer = bytes | mmap
# The bytes [start, end) of the file.
Span = tuple[int, int]
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
# A varint has ten bytes at most.
_LONGEST = 64


class WireError(Exception):
    """Bytes that are no message; the text says what is wrong with them, and where."""


def fields(data: Buffer, span: Span) -> Iterator[tuple[int, int | Span]]:
    """The number of each field of a message, and its value: an integer, or a span of bytes.

    Numbers of 4 and 8 bytes are spans, too. Raises WireError.

    >>> list(fields(bytes([8, 150, 1, 18, 2, 104, 105]), (0, 7)))
    [(1, 150), (2, (5, 7))]
    """
    at, end = span
    while at < end:
        tag = data[at]
        at += 1
        if tag > 127:
            tag, at = varint(data, at - 1, end)
        wire = tag & 7
        if wire == _BYTES:
            if at >= end:
                raise WireError(f"a field at byte {at} has no length")
            length = data[at]
            at += 1
            if length > 127:
                length, at = varint(data, at - 1, end)
            if length > end - at:
                raise WireError(
                    f"a field at byte {at} says that it has {length:,} bytes, of which there are "
                    f"{end - at:,}"
                )
            yield tag >> 3, (at, at + length)
            at += length
        elif wire == _VARINT:
            value, at = varint(data, at, end)
            yield tag >> 3, value
        elif wire in (_FOUR, _EIGHT):
            length = 4 if wire == _FOUR else 8
            if length > end - at:
                raise WireError(f"the number at byte {at} is cut off")
            yield tag >> 3, (at, at + length)
            at += length
        else:
            raise WireError(f"the field at byte {at - 1} is of no type that there is ({wire})")


def varint(data: Buffer, at: int, end: int) -> tuple[int, int]:
    """The integer at `at`, and where it ends. Raises WireError."""
    value = shift = 0
    while at < end:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
        if shift > _LONGEST:
            break
    raise WireError(f"the number at byte {at} does not end")


def signed(value: int) -> int:
    """An int64, which the wire carries as 64 bits without a sign.

    >>> signed((1 << 64) - 1), signed(7)
    (-1, 7)
    """
    return value - (1 << 64) if value >> 63 else value


def text(data: Buffer, span: int | Span) -> str:
    """A string; bytes that are no UTF-8 are spelt out. Raises WireError for a number."""
    return raw(data, span).decode("utf-8", "backslashreplace")


def raw(data: Buffer, span: int | Span) -> bytes:
    """The bytes of a field. Raises WireError for a number."""
    start, end = inner(span)
    return data[start:end]


def inner(span: int | Span) -> Span:
    """The span of a message, a string or packed numbers. Raises WireError for a number."""
    if isinstance(span, int):
        raise WireError(f"there is a number ({span}) where a message should be")
    return span


def number(value: int | Span) -> int:
    """An int64 field. Raises WireError for bytes.

    >>> number((1 << 64) - 3)
    -3
    >>> number((5, 9))
    Traceback (most recent call last):
    convcalc.importers.onnx.wire.WireError: there are bytes at 5 where a number should be
    """
    if isinstance(value, int):
        return signed(value)
    raise WireError(f"there are bytes at {value[0]} where a number should be")


def integers(data: Buffer, value: int | Span, most: int) -> list[int]:
    """A repeated int64 field: one number, or packed ones. Raises WireError past `most`."""
    if isinstance(value, int):
        return [signed(value)]
    at, end = value
    found: list[int] = []
    while at < end:
        one, at = varint(data, at, end)
        found.append(signed(one))
        if len(found) > most:
            raise WireError(f"a list at byte {value[0]} has more than {most:,} numbers")
    return found


def floats(data: Buffer, value: int | Span) -> tuple[float, ...]:
    """A repeated float field: one number, or packed ones. Raises WireError."""
    start, end = inner(value)
    if (end - start) % 4:
        raise WireError(f"the floats at byte {start} are cut off")
    return struct.unpack(f"<{(end - start) // 4}f", data[start:end])
