"""A model file as bytes that are read where they are asked for."""

from __future__ import annotations

import mmap
import os

from convcalc.core.errors import Problem, StackError
from convcalc.network.held import InFile


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


def stored_bytes(source: InFile) -> bytes:
    """The bytes of an array that lies in the model file itself."""
    end = source.start + source.length
    if isinstance(source.file, bytes):
        return source.file[source.start : end]
    with open(source.file, "rb") as stream:
        stream.seek(source.start)
        return stream.read(source.length)
