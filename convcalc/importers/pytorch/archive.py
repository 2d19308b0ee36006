"""The archive of a `.pt2` file: a zip of JSON and of raw weights, of which nothing is unpickled.

    NAME/archive_format                            pt2
    NAME/models/model.json                         the program
    NAME/data/weights/model_weights_config.json    where each weight's bytes are
    NAME/data/weights/weight_0                     those bytes

Only these entries are looked at, and nothing is written to a disk, so that links, absolute names
and `..` are names like any other. Source: `torch.export.pt2_archive`, PyTorch 2.13.
"""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Mapping
from typing import BinaryIO, NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.importers.archives import MAX_LIST, bytes_of_list
from convcalc.kinds.base.fields import escaped

# A program of 6,000 operations has 8 MB. A list of nothing takes some 25 times its JSON.
MAX_JSON = 24_000_000
# What stands before the bytes of an entry.
_LOCAL = struct.Struct("<4s5H3L2H")

Json = Mapping[str, object]


class Payload(NamedTuple):
    """Bytes [start, start + length) of the archive, as they are."""

    start: int
    length: int


class Archive:
    """The entries of an open archive, by their name behind the folder that all of them share."""

    def __init__(self, stream: BinaryIO, file: str) -> None:
        self._stream, self._file = stream, file
        self._refuse_many()
        try:
            self._zip = zipfile.ZipFile(stream)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
            raise self.broken(str(error).lower() or "it has no list of entries") from error
        self.entries = {entry.filename.partition("/")[2]: entry for entry in self._zip.infolist()}

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
                "export a part of the model",
            )
        try:
            with self._zip.open(entry) as stream:
                # However much it unpacks to, no more than it says is read.
                text = stream.read(entry.file_size + 1)[: entry.file_size]
            found = json.loads(text)
        except RecursionError as error:
            raise self.broken(f"`{name}` is nested too deep") from error
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
            raise self.broken(f"`{name}` cannot be unpacked: {error}") from error
        except ValueError as error:
            raise self.broken(f"`{name}` is no JSON: {error}") from error
        if not isinstance(found, dict):
            raise self.broken(f"`{name}` is no mapping")
        return found

    def payload(self, name: str) -> Payload | None:
        """Where the bytes of an entry lie; None where it is missing, packed, or cut off."""
        entry = self.entries.get(name)
        if entry is None or entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
            return None
        head = self._at(entry.header_offset, _LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != b"PK\x03\x04":
            return None
        *_, name_length, extra_length = _LOCAL.unpack(head)
        start = entry.header_offset + _LOCAL.size + name_length + extra_length
        return Payload(start, entry.file_size)

    def broken(self, why: str) -> StackError:
        """The finding of an archive that is not what `torch.export.save` writes."""
        return self._refused(
            "broken-model",
            f"the archive cannot be read: {why}",
            "write it again with `torch.export.save(torch.export.export(module, inputs), file)`",
        )

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
                "export a part of the model",
            )

    def _at(self, start: int, length: int) -> bytes:
        self._stream.seek(start)
        return self._stream.read(length)
