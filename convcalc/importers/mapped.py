"""A model file as bytes that are read where they are asked for."""

from __future__ import annotations

import mmap
import os

from convcalc.core.errors import Problem, StackError
from convcalc.network.held import InFile

# So much of a file stands in memory at once: what is behind is let go.
_AT_ONCE = 8 << 20
# Absent on Windows, and nothing but advice elsewhere.
_DONTNEED: int | None = getattr(mmap, "MADV_DONTNEED", None)


def mapped(path: str, file: str) -> bytes | mmap.mmap:
    """The bytes of the file at `path`, which findings call `file`.

    Raises StackError where it cannot be read.
    """
    try:
        with open(path, "rb") as stream:
            if not os.fstat(stream.fileno()).st_size:
                return b""
            return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise StackError([Problem("unreadable-file", str(error), file=file)]) from error


class Behind:
    """Lets go of the parts of a mapped file that were read, so that its size is no memory.

    Systems map 2 MiB at once where one byte is read: a look at each of 200 weights would map a
    file of 400 MB.
    """

    def __init__(self, data: bytes | mmap.mmap) -> None:
        self._mapped = data if isinstance(data, mmap.mmap) and _DONTNEED is not None else None
        self._kept = 0

    def pass_over(self, end: int) -> None:
        """Whatever lies before `end` has been read; it may be read again."""
        start = self._kept
        if self._mapped is None or _DONTNEED is None or end - start < _AT_ONCE:
            return
        self._kept = end - end % mmap.PAGESIZE
        self._mapped.madvise(_DONTNEED, start, self._kept - start)


def own_bytes(source: InFile) -> bytes:
    """The bytes of an array, also in a plain file beside the model; none where there is none."""
    if isinstance(source.file, str):
        if os.path.islink(source.file) or not os.path.isfile(source.file):
            return b""
        try:
            return stored_bytes(source)
        except OSError:
            return b""
    return stored_bytes(source)


def stored_bytes(source: InFile) -> bytes:
    """The bytes of an array that lies in the model file itself."""
    end = source.start + source.length
    if isinstance(source.file, bytes):
        return source.file[source.start : end]
    with open(source.file, "rb") as stream:
        stream.seek(source.start)
        return stream.read(source.length)
