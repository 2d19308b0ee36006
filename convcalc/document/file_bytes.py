"""Bytes from a file: never more than the limit, and a finding where there are none."""

from __future__ import annotations

import os
import stat
import time
from itertools import islice
from pathlib import Path

from convcalc.core.errors import Problem, StackError
from convcalc.document.characters import MAX_BYTES

# One more than the limit is enough to see that there are too many.
MOST_READ = MAX_BYTES + 1
# Absent on Windows, which has no pipes among its files.
NO_WAITING = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# How long a pipe may stay without anybody at its other end.
WRITER_SECONDS = 2
# Names in a folder that a misspelt one is compared with.
_MOST_NAMES = 2000


def read_file(file: str) -> bytes:
    """The first MOST_READ bytes of `file`. Raises StackError where it cannot be read."""
    try:
        # Without waiting for somebody to write: a pipe without a writer never begins.
        handle = os.open(file, os.O_RDONLY | NO_WAITING)
        with open(handle, "rb") as stream:
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                raise IsADirectoryError
            begun = b""
            if stat.S_ISFIFO(os.fstat(handle).st_mode):
                begun = _beginning_of_pipe(handle, file)
            return begun + stream.read(MOST_READ - len(begun))
    except FileNotFoundError as error:
        raise unreadable(file, reason(error), nearest_file(file)) from error
    except IsADirectoryError as error:
        raise unreadable(file, "it is a directory", "give one file") from error
    except OSError as error:
        raise unreadable(file, reason(error)) from error
    except ValueError as error:
        # A NUL cannot stand in a name.
        raise unreadable(file, "no file can have this name") from error


def _beginning_of_pipe(handle: int, file: str) -> bytes:
    """What a pipe has to say first; from then on reading waits for more.

    Raises StackError where nobody writes to it within WRITER_SECONDS: it might never begin.
    """
    end = time.monotonic() + WRITER_SECONDS
    while True:
        try:
            found = os.read(handle, MOST_READ)
        except BlockingIOError:
            # Somebody holds the other end, and has not begun.
            found = b""
            break
        if found:
            break
        if time.monotonic() > end:
            help = "give a file, or - for standard input"
            raise unreadable(
                file, f"it is a pipe that nobody wrote to for {WRITER_SECONDS} seconds", help
            )
        # `mkfifo p; program > p & convcalc plan p`: the writer may come a moment later.
        time.sleep(0.01)
    os.set_blocking(handle, True)
    return found


def reason(error: OSError) -> str:
    """What the system says, as part of a sentence."""
    return (error.strerror or "it cannot be read").lower()


def unreadable(file: str, reason: str, help: str = "") -> StackError:
    """The error of a file that cannot be read."""
    return StackError([Problem("unreadable-file", reason, help=help, file=file)])


def nearest_file(file: str) -> str:
    """A repair that proposes the file of the nearest name in the same folder."""
    from difflib import get_close_matches

    path = Path(file)
    try:
        found = list(islice(path.parent.iterdir(), _MOST_NAMES + 1))
        if len(found) > _MOST_NAMES:
            # To compare with all of them would take seconds.
            return ""
        names = sorted(one.name for one in found if one.is_file())
    except OSError:
        return ""
    # `lenet.yml` and `lenet` are nearer to `lenet.net.yaml` than their letters say.
    stem = path.name.split(".")[0]
    alike = [name for name in names if name.split(".")[0] == stem]
    close = get_close_matches(path.name, alike or names, n=1, cutoff=0.0 if alike else 0.6)
    return f"did you mean `{path.parent / close[0]}`?" if close else ""
