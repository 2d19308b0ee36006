"""Files that a command writes: whole or not at all, and never over another without being told."""

from __future__ import annotations

import os
from pathlib import Path

from convcalc.core.files import file_beside
from convcalc.core.text import visible


class WriteError(Exception):
    """A file that is not written, for a `reason`; `help` is a repair, "" where there is none."""

    def __init__(self, message: str, help: str = "") -> None:
        self.reason, self.help = message, help
        super().__init__(message)

    def __str__(self) -> str:
        lines = [f"error: {self.args[0]}"] + ([f"help: {self.help}"] if self.help else [])
        return "\n".join(lines) + "\n"


def write_file(path: str, data: bytes, force: bool) -> None:
    """Write `data` to the file `path` in one step, through a file beside it.

    A link is followed; a device or a pipe is written as it stands, in place of replaced. Raises
    WriteError where the file exists and `force` is not given, and where it cannot be written.
    """
    shown = visible(path)
    try:
        if os.path.isdir(path):
            raise WriteError(f"{shown} is a directory", "name a file in it")
        if os.path.exists(path) and not force:
            raise WriteError(f"{shown} exists", "--force overwrites it")
        if os.path.exists(path) and not os.path.isfile(path):
            Path(path).write_bytes(data)
        else:
            _write_in_one_step(Path(os.path.realpath(path)), data, force)
    except FileExistsError:
        raise WriteError(f"{shown} exists", "--force overwrites it") from None
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise WriteError(f"{shown} cannot be written: {reason}") from error


def _write_in_one_step(target: Path, data: bytes, force: bool) -> None:
    with file_beside(target, data) as beside:
        os.chmod(beside, _mode(target))
        _move(beside, target, force)


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
