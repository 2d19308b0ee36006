"""Standard output and error: what they can show, and writing that survives a closed pipe."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
from contextlib import suppress
from typing import IO

from convcalc.report.style import Style

COLOR_CHOICES = ("auto", "always", "never")

# What the system says of a stream that takes nothing more.
_UNWRITABLE = frozenset({errno.EBADF, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.ENOSPC})


class OutputError(Exception):
    """An answer that cannot be written, because a disk is full for instance."""


class _Closed(io.TextIOBase):
    """Standard output that was closed by the caller, as in `convcalc plan net.net.yaml >&-`."""

    def write(self, text: str) -> int:
        raise OSError(errno.EBADF, "standard output is closed")


def prepare() -> None:
    """Let every character be written, as an escape where the encoding has none for it.

    Streams that the caller has closed, for which Python has None, get a stand-in.
    """
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        # Nobody can be told; the exit code still says it.
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def is_terminal(stream: IO[str]) -> bool:
    """True where a person reads along."""
    try:
        return stream.isatty()
    except (AttributeError, ValueError):
        return False


def style_of(stream: IO[str], color: str = "auto") -> Style:
    """What `stream` can show; it has a width where it is a terminal, or COLUMNS gives one.

    `color` is one of COLOR_CHOICES; `auto` heeds NO_COLOR, then FORCE_COLOR, then the terminal.
    """
    terminal = is_terminal(stream)
    is_fitted = terminal or os.environ.get("COLUMNS", "").isdecimal()
    width = shutil.get_terminal_size().columns if is_fitted else 0
    return Style(width or None, _has_color(color, terminal), _has_unicode(stream))


def _has_color(choice: str, terminal: bool) -> bool:
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return terminal and os.environ.get("TERM") != "dumb"


def _has_unicode(stream: IO[str]) -> bool:
    try:
        "─·←…".encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def answer(text: str) -> None:
    """Write `text` on standard output; a reader who has gone is no error."""
    _write(sys.stdout, text)


def say(text: str) -> None:
    """Write `text` on standard error; where that fails, the exit code still says it."""
    with suppress(OutputError):
        _write(sys.stderr, text)


def is_unwritable(error: OSError) -> bool:
    """True for an error of a stream that takes nothing more, as on a full disk."""
    return error.errno in _UNWRITABLE


def _write(stream: IO[str], text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        abandon(stream)
    except OSError as error:
        abandon(stream)
        raise OutputError(error.strerror or "it cannot be written") from error


def abandon(stream: IO[str]) -> None:
    """Send what is left in `stream` nowhere, so that Python does not try again at its exit."""
    try:
        target = stream.fileno()
    except (AttributeError, OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, target)
    os.close(nowhere)
