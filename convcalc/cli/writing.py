"""Files that a command writes: whole or not at all, and never over another without being told."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from convcalc.formats.text import visible


class WriteError(Exception):
    """A file that is not written; `help` is a repair, "" where there is none."""

    def __init__(self, message: str, help: str = "") -> None:
        self.help = help
        super().__init__(message)

    def __str__(self) -> str:
        lines = [f"error: {self.args[0]}"] + ([f"help: {self.help}"] if self.help else [])
        return "\n".join(lines) + "\n"


def write_file(path: str, data: bytes, force: bool) -> None:
    """Write `data` to the file `path` in one step, through a file beside it.

    Raises WriteError where it exists and `force` is not given, and where it cannot be written.
    """
    target = Path(path)
    shown = visible(path)
    if target.is_dir():
        raise WriteError(f"{shown} is a directory", "name a file in it")
    if target.exists() and not force:
        raise WriteError(f"{shown} exists", "--force overwrites it")
    try:
        handle, beside = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(beside, _mode(target))
            _move(beside, target, force)
        finally:
            Path(beside).unlink(missing_ok=True)
    except FileExistsError:
        raise WriteError(f"{shown} exists", "--force overwrites it") from None
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise WriteError(f"{shown} cannot be written: {reason}") from error


def _mode(target: Path) -> int:
    """The mode of the file that is replaced, or what a new file would have."""
    if target.exists():
        return target.stat().st_mode & 0o7777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _move(beside: str, target: Path, force: bool) -> None:
    if force:
        os.replace(beside, target)
        return
    try:
        # Unlike a rename, a link does not replace a file that has come up in the meantime.
        os.link(beside, target)
    except FileExistsError:
        raise
    except OSError:
        os.rename(beside, target)
