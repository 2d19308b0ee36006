"""A model file as bytes that are read where they are asked for."""

from __future__ import annotations

import mmap
import os

from convcalc.core.errors import Problem, StackError


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
