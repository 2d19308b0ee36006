"""Reading what a command was given: a file, or standard input."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from os.path import exists, isdir, splitext
from typing import TYPE_CHECKING

from convcalc.core.files import STDIN, STDIN_NAME

if TYPE_CHECKING:
    from convcalc.network import Network


def read_network(file: str, stdin_filename: str | None = None) -> Network:
    """The network in `file`, or on standard input for `-`.

    Raises StackError with every problem of the file, also where it cannot be read.
    """
    from convcalc.importers import load, loads

    if file == STDIN:
        return loads(read_stdin(), stdin_filename or STDIN_NAME)
    return load(file)


def read_stdin() -> bytes:
    """What is on standard input, up to the limit of a file. Raises StackError where it cannot be
    read."""
    from convcalc.document.file_bytes import MOST_READ, reason, unreadable

    # Closed by the caller, as in `convcalc plan - <&-`.
    if sys.stdin is None:
        raise unreadable(STDIN_NAME, "standard input is closed")
    try:
        return sys.stdin.buffer.read(MOST_READ)
    except OSError as error:
        raise unreadable(STDIN_NAME, reason(error)) from error


def is_file(word: str) -> bool:
    """True for what can only be a file: `-`, a path, a name with an ending, a file that is there.

    >>> is_file("net.net.yaml"), is_file("net.onnx"), is_file("-"), is_file("3x3*3")
    (True, True, True, False)
    """
    if word == STDIN or "/" in word or splitext(word)[1][1:2].isalpha():
        return True
    # Unlike those of `Path`, these take a name that is too long for one that is not there.
    return exists(word) and not isdir(word)


def is_one_file(words: Sequence[str]) -> bool:
    """True where all the words are a file, also one that is not there: no size begins in letters.

    >>> is_one_file(["lenet"]), is_one_file(["224"]), is_one_file(["net.net.yaml", "k3"])
    (True, False, False)
    """
    return len(words) == 1 and (is_file(words[0]) or words[0][:1].isalpha())
