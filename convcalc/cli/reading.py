"""Reading what a command was given: a file, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from convcalc.errors import Problem, StackError

if TYPE_CHECKING:
    from convcalc.network import Network

STDIN = "-"
STDIN_NAME = "<stdin>"


def read_network(file: str, stdin_filename: str | None = None) -> Network:
    """The network in `file`, or on standard input for `-`.

    Raises StackError with every problem of the file, also where it cannot be read.
    """
    from convcalc.network import loads

    if file == STDIN:
        return loads(_read_stdin(), stdin_filename or STDIN_NAME)
    return loads(_read_file(file), file)


def _read_stdin() -> bytes:
    # Closed by the caller, as in `convcalc plan - <&-`.
    if sys.stdin is None:
        raise _unreadable(STDIN_NAME, "standard input is closed")
    try:
        return sys.stdin.buffer.read(_most())
    except OSError as error:
        raise _unreadable(STDIN_NAME, _reason(error)) from error


def _read_file(file: str) -> bytes:
    try:
        with open(file, "rb") as stream:
            return stream.read(_most())
    except FileNotFoundError as error:
        raise _unreadable(file, _reason(error), _nearest_file(file)) from error
    except IsADirectoryError as error:
        raise _unreadable(file, "it is a directory", "give one file") from error
    except OSError as error:
        raise _unreadable(file, _reason(error)) from error


def _most() -> int:
    """Bytes to read: one more than the limit is enough to see that there are too many."""
    from convcalc.document.characters import MAX_BYTES

    return MAX_BYTES + 1


def _reason(error: OSError) -> str:
    return (error.strerror or "it cannot be read").lower()


def _unreadable(file: str, reason: str, help: str = "") -> StackError:
    return StackError([Problem("unreadable-file", reason, help=help, file=file)])


def _nearest_file(file: str) -> str:
    """A repair that proposes the file of the nearest name in the same folder."""
    from difflib import get_close_matches

    path = Path(file)
    try:
        names = sorted(one.name for one in path.parent.iterdir() if one.is_file())
    except OSError:
        return ""
    close = get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"did you mean `{path.parent / close[0]}`?" if close else ""
