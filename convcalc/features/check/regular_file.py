"""Bytes of a file that may be anything: a device, a pipe, a folder, without ever waiting for it."""

from __future__ import annotations

import os
import re
import stat

from convcalc.core.errors import StackError
from convcalc.document.file_bytes import MOST_READ, NO_WAITING, reason, unreadable

_KINDS = (
    (stat.S_ISDIR, "it is a directory"),
    (stat.S_ISFIFO, "it is a pipe"),
    (stat.S_ISSOCK, "it is a socket"),
    (stat.S_ISCHR, "it is a device"),
    (stat.S_ISBLK, "it is a device"),
)


def read_regular(path: str, shown: str, most: int = MOST_READ - 1) -> bytes:
    """The first `most` + 1 bytes of a regular file, which is called `shown` in findings.

    Raises StackError where it is no regular file or cannot be read.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            # Without waiting: a pipe could have taken the file's place meanwhile.
            handle = os.open(path, os.O_RDONLY | NO_WAITING)
            with open(handle, "rb") as stream:
                mode = os.fstat(handle).st_mode
                if stat.S_ISREG(mode):
                    return stream.read(most + 1)
    except OSError as error:
        raise unreadable(shown, reason(error)) from error
    except ValueError as error:
        raise unreadable(shown, "no file can have this name") from error
    raise unreadable(shown, kind_in_words(mode), "give regular files, or - for standard input")


# Behind a byte order mark, comments and a document's beginning.
_NETWORK = re.compile(rb"(?:\xef\xbb\xbf)?(?:(?:#[^\n]*|---[ \t\r]*|[ \t\r]*)\n)*convcalc[ \t]*:")
_BEGINNING = 1 << 16


def begins_as_network(path: str) -> bool:
    """True for a regular file whose first key is `convcalc`, whatever is wrong behind it."""
    try:
        return _NETWORK.match(read_regular(path, path, _BEGINNING)) is not None
    except StackError:
        return False


def kind_in_words(mode: int) -> str:
    """What a file is that is no regular one."""
    return next((words for test, words in _KINDS if test(mode)), "it is no regular file")
