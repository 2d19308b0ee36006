"""Zip archives of model files: their names, and nothing more than asked for."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import BinaryIO

# A large model has some thousand entries of 100 bytes each; Python keeps half a kilobyte of one.
MAX_LIST = 16_000_000
# What stands at the end of a zip: how many bytes its list of entries has, and a comment behind it.
_END = struct.Struct("<4s4H2LH")
_MOST_BEHIND = 65_557
# Where that is beyond 32 bits, there is another end before it, and before it the way there.
_WAY = struct.Struct("<4sLQL")
_LONG_END = struct.Struct("<4sQ2H2L4Q")
_BEYOND = 0xFFFFFFFF


def names(data: bytes, path: str = "") -> tuple[str, ...]:
    """The names in an archive, at `path` or in `data`; none where it cannot be read."""
    try:
        with open(path, "rb") if path else io.BytesIO(data) as stream:
            length = bytes_of_list(stream)
            if length is None or length > MAX_LIST:
                return ()
            with zipfile.ZipFile(stream) as archive:
                return tuple(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ()


def bytes_of_list(stream: BinaryIO) -> int | None:
    """How long an archive's list of entries is; None where it has none.

    >>> bytes_of_list(io.BytesIO(b"PK\\x03\\x04"))
    """
    size = stream.seek(0, 2)
    behind = _at(stream, max(0, size - _MOST_BEHIND), _MOST_BEHIND)
    at = behind.rfind(b"PK\x05\x06")
    if at < 0 or len(behind) - at < _END.size:
        return None
    length: int = _END.unpack_from(behind, at)[5]
    if length != _BEYOND:
        return length
    if at < _WAY.size:
        return None
    _, _, place, _ = _WAY.unpack_from(behind, at - _WAY.size)
    end = _at(stream, min(place, size), _LONG_END.size)
    return int(_LONG_END.unpack(end)[8]) if len(end) == _LONG_END.size else None


def _at(stream: BinaryIO, start: int, length: int) -> bytes:
    stream.seek(start)
    return stream.read(length)
