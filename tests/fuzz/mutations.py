"""Model files with something in them changed, where the format has its structure.

    changed(data, Random(7))

What is changed is found by the first bytes: words that point into the file (FlatBuffers, HDF5),
fields of messages (ONNX), values of JSON, entries and lists of archives. Sizes around a changed
part are mended mostly, so that what is wrong is met by the reader of the part itself.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any, NamedTuple

STRANGE: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 3, 7, 2**31, 2**62, 10**40, -0.5, 1e308, float("inf"),
    float("nan"), "", "x", "same", "channels_first", "\x1b[31m", "a\nb", "#", [], {}, [1, 2], [[]],
    [0, 0], [None, 4, 4, 3], {"as_int": -3}, {"as_ints": [0, 0]}, {"as_none": True},
    {"as_tensor": {"name": "x"}}, {"as_expr": {"expr_str": "s0", "hint": {"as_int": 5}}},
)  # fmt: skip
_WHOLES = (0, 1, 2, 3, 4, 5, 8, 127, 128, 255, 256, 65535, 2**24, 2**31 - 1, 2**31, 2**32 - 1)
_LONGS = (*_WHOLES, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
_TEXTS = (b"", b"x", b"\xff\xfe", b"\x1b[31m", b"SAME_UPPER", b"a" * 300, bytes(16), b"\xff" * 10)
# Words of a file this far apart are looked at, of a larger one every n-th.
_MOST_WORDS = 20_000


def changed(data: bytes, rng: Random) -> bytes:
    """The file with one to four things changed, or now and then cut off, or with other bytes."""
    if rng.random() < 0.05:
        return data[: rng.randrange(len(data) + 1)]
    if rng.random() < 0.1:
        return _other_bytes(data, rng, range(len(data)))
    for _ in range(rng.choice((1, 1, 2, 4))):
        data = _one_changed(data, rng)
    return data


def _one_changed(data: bytes, rng: Random) -> bytes:
    if data.startswith(b"PK"):
        return changed_archive(data, rng)
    if data.startswith(b"{"):
        return changed_json(data, rng)
    if data.startswith(b"\x89HDF"):
        return changed_words(data, rng, 8)
    if data[4:8] == b"TFL3":
        return changed_words(data, rng, 4)
    return changed_message(data, rng)


# Bytes.


def _other_bytes(data: bytes, rng: Random, where: range) -> bytes:
    """One to sixteen bytes replaced by others."""
    if not where:
        return data
    held = bytearray(data)
    for _ in range(rng.choice((1, 2, 4, 16))):
        held[rng.choice(where)] = rng.choice((0, 1, 4, 127, 128, 255, rng.randrange(256)))
    return bytes(held)


# Words that point into the file, FlatBuffers' of 4 bytes and HDF5's of 8.


@lru_cache(64)
def _pointing(data: bytes, width: int) -> tuple[int, ...]:
    """Where words stand that are no larger than the file, nor zeros among zeros: no weights."""
    code, step = ("<I", 4) if width == 4 else ("<Q", 8)
    places = range(0, len(data) - width + 1, step)
    found = [at for at in places if 0 < struct.unpack_from(code, data, at)[0] < len(data)]
    return tuple(found[:: 1 + len(found) // _MOST_WORDS])


def changed_words(data: bytes, rng: Random, width: int) -> bytes:
    """A word that points replaced by another one, by itself a little off, or by a byte of it."""
    places = _pointing(data, width)
    if not places:
        return _other_bytes(data, rng, range(len(data)))
    code = "<I" if width == 4 else "<Q"
    held, at = bytearray(data), rng.choice(places)
    (old,) = struct.unpack_from(code, data, at)
    other = struct.unpack_from(code, data, rng.choice(places))[0]
    what = rng.randrange(6)
    if what == 5:
        # Tags, counts and small numbers stand beside the words that point.
        near = min(max(at + rng.randint(-16, 16), 0), len(held) - 1)
        held[near] = rng.choice((0, 1, 2, 3, 4, 8, 127, 128, 255, rng.randrange(256)))
        return bytes(held)
    new = (rng.choice(_LONGS), other, old + rng.randint(-9, 9), len(data) - rng.randrange(9), at)
    struct.pack_into(code, held, at, new[what] % (1 << 8 * width))
    return bytes(held)


# JSON.


def changed_json(data: bytes, rng: Random) -> bytes:
    """A value replaced, taken away, given twice or swapped; or a letter of the text."""
    if rng.random() < 0.1:
        return _other_bytes(data, rng, range(len(data)))
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return _other_bytes(data, rng, range(len(data)))
    if not isinstance(found, dict) or not found:
        return data
    _spoil(found, rng)
    return json.dumps(found).encode()


def _spoil(found: Any, rng: Random) -> None:
    """Goes down at random and changes what is met, in place."""
    holder = found
    key = rng.choice(list(holder))
    while isinstance(holder[key], dict | list) and holder[key] and rng.random() < 0.93:
        holder = holder[key]
        keys = list(holder) if isinstance(holder, dict) else range(len(holder))
        key = rng.choice(keys)
    what = rng.random()
    old = holder[key]
    if what < 0.15 and isinstance(old, int) and not isinstance(old, bool):
        holder[key] = old + rng.choice((-1, 1, old, -2 * old, 2**31))
    elif what < 0.6:
        holder[key] = rng.choice(STRANGE)
    elif what < 0.75:
        del holder[key]
    elif isinstance(holder, list):
        holder.insert(key, holder[rng.randrange(len(holder))])
    else:
        holder[key] = holder[rng.choice(list(holder))]


# Archives.


class _Entry(NamedTuple):
    name: str
    data: bytes
    is_packed: bool


@lru_cache(64)
def _entries(data: bytes) -> tuple[_Entry, ...]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return tuple(
                _Entry(one.filename, archive.read(one), one.compress_type != zipfile.ZIP_STORED)
                for one in archive.infolist()
            )
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError):
        return ()


def changed_archive(data: bytes, rng: Random) -> bytes:
    """An entry changed after its own kind, or the list of entries, or the entries as a whole."""
    if rng.random() < 0.15:
        # The list stands at the end: one line an entry, and where it begins.
        return _other_bytes(data, rng, range(max(0, len(data) - 400), len(data)))
    try:
        entries = list(_entries(data))
    except Exception:  # what a broken archive makes of its unpacking is of no matter here
        entries = []
    if not entries:
        return _other_bytes(data, rng, range(len(data)))
    if rng.random() < 0.1:
        _change_entries(entries, rng)
        return _archive(entries)
    told = [one for one in entries if one.data[:1] == b"{" or one.data.startswith(b"\x89HDF")]
    at = entries.index(rng.choice(told or entries))
    entries[at] = entries[at]._replace(data=_entry_changed(entries[at].data, rng))
    return _archive(entries)


def _entry_changed(data: bytes, rng: Random) -> bytes:
    if data.startswith((b"{", b"\x89HDF")):
        return _one_changed(data, rng)
    return _other_bytes(data, rng, range(len(data)))


def _change_entries(entries: list[_Entry], rng: Random) -> None:
    at = rng.randrange(len(entries))
    what = rng.randrange(4)
    if what == 0:
        del entries[at]
    elif what == 1:
        names = ("", "..", "/etc/x", "config.json", "data/weights/0", "a" * 500, "\x1b[31m")
        entries[at] = entries[at]._replace(name=rng.choice(names))
    elif what == 2:
        entries[at] = entries[at]._replace(is_packed=not entries[at].is_packed)
    else:
        entries[at] = entries[at]._replace(data=rng.choice(entries).data)


def _archive(entries: list[_Entry]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for one in {one.name: one for one in entries}.values():
            how = zipfile.ZIP_DEFLATED if one.is_packed else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(one.name), one.data, how, 1)
    return stream.getvalue()


# Messages of protobuf.


class _Field(NamedTuple):
    number: int
    wire: int
    value: int
    data: bytes


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(data) and shift < 70:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise ValueError


def _fields(data: bytes) -> Iterator[_Field]:
    """The fields of a message. Raises ValueError where it is none."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        number, wire = tag >> 3, tag & 7
        if not number or wire not in (0, 1, 2, 5):
            raise ValueError
        value, length = 0, {1: 8, 5: 4}.get(wire, 0)
        if wire == 0:
            value, at = _varint(data, at)
        elif wire == 2:
            length, at = _varint(data, at)
        if at + length > len(data):
            raise ValueError
        yield _Field(number, wire, value, data[at : at + length])
        at += length


@lru_cache(256)
def _message(data: bytes) -> tuple[_Field, ...]:
    """The fields of a message, none for bytes that are another thing."""
    try:
        return tuple(_fields(data))
    except ValueError:
        return ()


def _written_varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _written(fields: list[_Field]) -> bytes:
    parts = []
    for one in fields:
        parts.append(_written_varint(one.number << 3 | one.wire))
        if one.wire == 0:
            parts.append(_written_varint(one.value))
        elif one.wire == 2:
            parts.append(_written_varint(len(one.data)))
        parts.append(one.data)
    return b"".join(parts)


def changed_message(data: bytes, rng: Random) -> bytes:
    """A field of a message, or of one inside of it, changed; lengths around it are mended."""
    fields = list(_message(data))
    if not fields:
        return _other_bytes(data, rng, range(min(len(data), 4096)))
    at = rng.randrange(len(fields))
    one = fields[at]
    if one.wire == 2 and rng.random() < 0.9 and _message(one.data):
        fields[at] = one._replace(data=changed_message(one.data, rng))
        return _written(fields)
    what = rng.randrange(8)
    if what == 0:
        del fields[at]
    elif what == 1:
        fields.insert(rng.randrange(len(fields) + 1), one)
    elif what == 2:
        other = rng.randrange(len(fields))
        fields[at], fields[other] = fields[other], one
    elif what == 3:
        fields[at] = one._replace(number=rng.randint(1, 22))
    elif one.wire == 0:
        fields[at] = one._replace(value=rng.choice((*_LONGS, one.value + 1)))
    elif one.wire == 2:
        others = [other.data for other in fields if other.wire == 2]
        fields[at] = one._replace(data=rng.choice((*_TEXTS, *rng.choices(others, k=4))))
    else:
        fields[at] = one._replace(data=rng.randbytes(len(one.data)))
    return _written(fields)
