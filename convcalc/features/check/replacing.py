"""Files that are changed in place: the old bytes or the new ones, whatever happens between."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from convcalc.core.files import file_beside
from convcalc.core.text import visible
from convcalc.document.file_bytes import reason


class ReplaceError(Exception):
    """A file that is left as it is; `help` is a repair, "" where there is none."""

    def __init__(self, message: str, help: str = "") -> None:
        self.help = help
        super().__init__(message)


def replace_file(path: str, before: bytes, after: bytes) -> None:
    """Put `after` in place of `before`, the bytes that `path` was read as, in one step.

    Its mode stays, and its owner where the system allows it. Raises ReplaceError, with nothing
    written, where the file is a link, is no plain file, may not be written, or has changed since
    it was read.
    """
    shown = visible(path)
    try:
        status = os.lstat(path)
        _refuse_odd(path, shown, status)
        if _bytes_of(path, len(before) + 1) != before:
            raise ReplaceError(f"{shown} has changed since it was read", "run the command again")
        _replace(Path(path), after, status)
    except OSError as error:
        raise ReplaceError(f"{shown} cannot be written: {reason(error)}") from error


def _refuse_odd(path: str, shown: str, status: os.stat_result) -> None:
    if stat.S_ISLNK(status.st_mode):
        target = visible(os.path.realpath(path))
        raise ReplaceError(
            f"{shown} is a link, and links are not written through", f"name {target}"
        )
    if not stat.S_ISREG(status.st_mode):
        raise ReplaceError(f"{shown} is no plain file", "only files are changed in place")
    # Through a file beside it even a read-only one could be replaced, which nobody would expect.
    if not status.st_mode & 0o222 or not os.access(path, os.W_OK):
        raise ReplaceError(f"{shown} is read-only", f"chmod u+w {shown}")


def _bytes_of(path: str, most: int) -> bytes:
    # A link or a pipe that has come up in the meantime is neither followed nor waited for.
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"):
        flags |= getattr(os, name, 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        return file.read(most)


def _replace(target: Path, data: bytes, status: os.stat_result) -> None:
    with file_beside(target, data) as beside:
        if hasattr(os, "chown"):
            with suppress(OSError):
                os.chown(beside, status.st_uid, status.st_gid)
        os.chmod(beside, stat.S_IMODE(status.st_mode))
        os.replace(beside, target)
