"""Arrays that somebody gives: in a mapping, or in a file that is not trusted.

Names, shapes and types are known before any number is read. A file's headers are checked against
the bytes that are there, so that nothing is allocated for what it only claims; Python objects
are never loaded.
"""

from __future__ import annotations

import os
import re
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from math import prod
from typing import IO, Any, NamedTuple

import numpy as np

from convcalc.arrays.ops import Array
from convcalc.core.errors import Problem, StackError
from convcalc.document.file_bytes import reason, unreadable
from convcalc.kinds.base.field_values import escaped

PathLike = str | os.PathLike[str]
# Numbers: booleans, integers, and real numbers.
NUMBERS = "biuf"
_MAGIC = b"\x93NUMPY"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
# A header says type, order and shape; numpy's own limit.
_MAX_HEADER = 10_000
_READERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


class Stored(NamedTuple):
    """An array that can be read; `file` is where it stands ("" where it is in memory)."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    read: Callable[[], Array]
    file: str = ""


def in_memory(given: object, name: str) -> Stored:
    """An array, or what numpy makes one of. Raises StackError where it makes none."""
    try:
        array = np.asarray(given)
    # Lists, tensors of other libraries, anything: each has errors of its own.
    except Exception as error:
        message = f"`{escaped(name)}` is no array: {_words(error)}"
        help = "give an array of numbers, or lists of equal length"
        raise StackError([Problem("unreadable-array", message, help=help)]) from error
    return Stored(array.shape, array.dtype, lambda: array)


def mapped(given: Mapping[str, object]) -> dict[str, Stored]:
    """Every array of a mapping. Raises StackError with all that are none."""
    found: dict[str, Stored] = {}
    problems: list[Problem] = []
    for name, value in given.items():
        try:
            found[str(name)] = in_memory(value, str(name))
        except StackError as error:
            problems += error.problems
    if problems:
        raise StackError(problems)
    return found


@contextmanager
def opened(path: PathLike) -> Iterator[dict[str, Stored]]:
    """The arrays of an `.npz` file by name, or the one of an `.npy` file under "".

    Raises StackError where the file is neither, is cut off, or claims more than it holds.
    """
    file = os.fspath(path)
    with ExitStack() as stack:
        stream = stack.enter_context(_regular(file))
        start = stream.read(len(_MAGIC))
        stream.seek(0)
        if start == _MAGIC:
            yield {"": _plain(stream, file)}
        elif start[:4] in _ZIP:
            with _explained(file, ""):
                archive = stack.enter_context(zipfile.ZipFile(stream))
            yield _members(archive, file)
        else:
            what = "is empty" if not start else "is neither an .npy nor an .npz file"
            raise _unreadable(f"{_shown(file)} {what}", file)


def _regular(file: str) -> IO[bytes]:
    """The file, opened; pipes and devices never end, or never begin."""
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            raise unreadable(file, "it is no regular file", "give an .npz or .npy file")
        return open(file, "rb")
    except OSError as error:
        raise unreadable(file, reason(error)) from error
    except ValueError as error:
        raise unreadable(file, "no file can have this name") from error


def _plain(stream: IO[bytes], file: str) -> Stored:
    size = os.fstat(stream.fileno()).st_size

    def read() -> Array:
        with _explained(file, ""):
            stream.seek(0)
            return _read(stream)

    with _explained(file, ""):
        shape, dtype = _header(stream, size)
    return Stored(shape, dtype, read, file)


def _members(archive: zipfile.ZipFile, file: str) -> dict[str, Stored]:
    found: dict[str, Stored] = {}
    for info in archive.infolist():
        name = info.filename.removesuffix(".npy")
        if name in found:
            raise _unreadable(f"{_shown(file)} holds `{escaped(name)}` twice", file)
        with _explained(file, name):
            if info.flag_bits & 1:
                raise ValueError("it is encrypted")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("numpy does not write this compression")
            with archive.open(info) as stream:
                shape, dtype = _header(stream, info.file_size)
        found[name] = Stored(shape, dtype, _member_reader(archive, info, file), file)
    return found


def _member_reader(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: str
) -> Callable[[], Array]:
    def read() -> Array:
        with _explained(file, info.filename.removesuffix(".npy")), archive.open(info) as stream:
            array = _read(stream)
            # The checksum is compared at the end of the stream.
            stream.read(1)
            return array

    return read


def _header(stream: IO[bytes], size: int) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """(shape, type) of an array of `size` bytes, its header included. Raises ValueError."""
    with warnings.catch_warnings():
        # Headers of Python 2 are read as well.
        warnings.simplefilter("ignore")
        version = np.lib.format.read_magic(stream)
        if version not in _READERS:
            raise ValueError(f"version {version[0]}.{version[1]} of the format is not for numbers")
        shape, _, dtype = _READERS[version](stream, max_header_size=_MAX_HEADER)
    if dtype.hasobject:
        raise ValueError("it holds Python objects, which are never loaded")
    if any(length < 0 for length in shape):
        raise ValueError(f"its shape {shape} has a negative size")
    claimed, there = prod(shape) * dtype.itemsize, size - stream.tell()
    if claimed != there:
        what = "is cut off" if claimed > there else "has bytes to spare"
        raise ValueError(f"it {what}: its header claims {claimed:,} bytes, {there:,} are there")
    return tuple(map(int, shape)), dtype


def _read(stream: IO[bytes]) -> Array:
    found: Array = np.lib.format.read_array(stream, allow_pickle=False, max_header_size=_MAX_HEADER)
    return found


@contextmanager
def _explained(file: str, name: str) -> Iterator[None]:
    """Turns whatever reading raises into the finding of this file and array."""
    try:
        yield
    # Parsers of foreign bytes raise nearly anything: struct, zlib, zip, syntax, type errors.
    except Exception as error:
        array = f", array `{escaped(name)}`" if name else ""
        raise _unreadable(f"{_shown(file)}{array}: {_words(error)}", file) from error


def _words(error: Exception) -> str:
    """The first line of what an error says, without addresses of this run."""
    text = re.sub(r" at 0x[0-9a-fA-F]+", "", str(error).strip().split("\n")[0])
    return escaped(text[:200]) or type(error).__name__


def _unreadable(message: str, file: str) -> StackError:
    help = "save numbers with numpy.save or numpy.savez"
    return StackError([Problem("unreadable-array", message, help=help, file=file)])


def _shown(file: str) -> str:
    return f"`{escaped(os.path.basename(file))}`"
