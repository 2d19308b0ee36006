"""Zip archives of model files: their names, and nothing more than asked for.

Nothing is written to a disk, so that links, absolute names and `..` are names like any other.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import BinaryIO

from convcalc.core.errors import Problem, StackError
from convcalc.kinds.base.field_values import escaped
from convcalc.network.held import Entry

# A large model has some thousand entries of 100 bytes each; Python keeps half a kilobyte of one.
MAX_LIST = 16_000_000
# What stands at the end of a zip: how many bytes its list of entries has, and a comment behind it.
_END = struct.Struct("<4s4H2LH")
_MOST_BEHIND = 65_557
# Where that is beyond 32 bits, there is another end before it, and before it the way there.
_WAY = struct.Struct("<4sLQL")
_LONG_END = struct.Struct("<4sQ2H2L4Q")
_BEYOND = 0xFFFFFFFF
# A program of 6,000 operations has 8 MB. A list of nothing takes some 25 times its JSON.
MAX_JSON = 24_000_000
# What stands before the bytes of an entry.
_LOCAL = struct.Struct("<4s5H3L2H")
# What an entry that is no entry makes of its unpacking.
_UNPACKED = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    OSError,
    EOFError,
    # An entry that would lie before the file.
    ValueError,
)

Json = Mapping[str, object]


class Archive:
    """The entries of an open archive; `help` says how to write it again, `smaller` how smaller."""

    def __init__(self, stream: BinaryIO, file: str, help: str, smaller: str) -> None:
        self._stream, self._file = stream, file
        self._help, self._smaller = help, smaller
        self._refuse_many()
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise self.broken(str(error).lower() or "it has no list of entries") from error
        self.entries = {self.name(entry): entry for entry in self._zip.infolist()}

    def name(self, entry: zipfile.ZipInfo) -> str:
        """What an entry is asked for by."""
        return entry.filename

    def json(self, name: str) -> Json:
        """The mapping in an entry. Raises StackError where there is none, or it is too large."""
        entry = self.entries.get(name)
        if entry is None:
            raise self.broken(f"it has no `{name}`")
        if entry.file_size > MAX_JSON:
            raise self._refused(
                "file-too-large",
                f"`{name}` in the archive has {entry.file_size:,} bytes; "
                f"no more than {MAX_JSON:,} are read",
                self._smaller,
            )
        try:
            with self._zip.open(entry) as stream:
                # However much it unpacks to, no more than it says is read.
                text = stream.read(entry.file_size + 1)[: entry.file_size]
        except _UNPACKED as error:
            raise self.broken(f"`{name}` cannot be unpacked: {error}") from error
        try:
            return mapping(text)
        except ValueError as error:
            raise self.broken(f"`{name}` {error}") from error

    def payload(self, name: str) -> Entry | None:
        """Where the bytes of an entry lie; None where it is missing, packed, or cut off."""
        entry = self.entries.get(name)
        if entry is None or entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            return None
        head = _at(self._stream, entry.header_offset, _LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
            return None
        *_, name_length, extra_length = _LOCAL.unpack(head)
        start = entry.header_offset + _LOCAL.size + name_length + extra_length
        return Entry(name, start, entry.file_size, entry.CRC)

    def broken(self, why: str) -> StackError:
        """The finding of an archive that is not what its program writes."""
        return self.refused(f"the archive cannot be read: {why}", self._help)

    def refused(self, message: str, help: str) -> StackError:
        """A finding about an archive that is whole, and not read."""
        return self._refused("broken-model", message, help)

    def _refused(self, slug: str, message: str, help: str) -> StackError:
        return StackError([Problem(slug, escaped(message), help=help, file=self._file)])

    def _refuse_many(self) -> None:
        """Raises StackError where the list of entries is longer than anybody needs."""
        length = bytes_of_list(self._stream)
        if length is None:
            raise self.broken("it is cut off, or no zip")
        if length > MAX_LIST:
            raise self._refused(
                "file-too-large",
                f"the archive's list of entries has {length:,} bytes; {MAX_LIST:,} are read",
                self._smaller,
            )


def mapping(text: bytes) -> Json:
    """The mapping that is written as JSON; raises ValueError, which says what it is instead.

    >>> mapping(b'{"a": 1}')
    {'a': 1}
    """
    try:
        found = json.loads(text)
    except RecursionError as error:
        raise ValueError("is nested too deep") from error
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("is no mapping")
    return found


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
    """Bytes of the file; none at a place that no file has, which a list of entries may name."""
    if not 0 <= start < 1 << 62:
        return b""
    stream.seek(start)
    return stream.read(length)
