"""The door: a file of any format that is read here becomes a network, by its content.

    network = load("resnet50.onnx")

Network files are text; what begins otherwise is a model file of another program. `recognise`
says of which; `importers/NAME/` reads it. None of them needs the program that wrote it.
"""

from __future__ import annotations

from importlib import import_module
from os import PathLike, listdir
from os.path import isdir, isfile
from typing import TYPE_CHECKING

from convcalc.core.errors import Problem, StackError
from convcalc.document.file_bytes import MOST_READ, read_file
from convcalc.importers.model import LimitError
from convcalc.network import Network
from convcalc.network import loads as loads_text

if TYPE_CHECKING:
    from convcalc.importers.recognise import Format


def load(path: str | PathLike[str]) -> Network:
    """The network in the file at `path`: a network file, or a model file of another program.

    Raises StackError with every problem of the file, also where it cannot be read.
    """
    name = str(path)
    if isdir(name) and (found := _of_folder(name)) is not None:
        raise StackError([_unread(found, name)])
    # What a pipe has told is gone; there is nothing to read again.
    return loads(read_file(name), name, name if isfile(name) else "")


def loads(text: str | bytes, file: str = "", path: str = "") -> Network:
    """The network that `text` describes, or the model in these bytes.

    `file` is the name to show in findings; `path` is where the whole file lies, of which `text`
    may be the beginning alone ("" where there is none).
    Raises StackError with every problem that can be found before shapes are known.

    >>> loads("convcalc: 1\\ninput: [1, 32, 32]\\nlayers: [relu]").name
    'network'
    """
    if isinstance(text, str):
        return loads_text(text, file)
    # What a network file begins with, nearly always: there is no more to ask.
    if text.startswith((b"convcalc:", b"# yaml-language-server")):
        return loads_text(text, file)
    found = _format(text, path) or _by_ending(file)
    if found is None:
        return loads_text(text, file)
    if not found.reader:
        raise StackError([_unread(found, file)])
    read = import_module(f"{__name__}.{found.reader}").read
    if not path and len(text) == MOST_READ:
        message = f"the {found.name} is longer than {MOST_READ - 1:,} bytes"
        help = "give the path of the file, in place of a pipe"
        raise StackError([Problem("file-too-large", message, help=help, file=file)])
    try:
        network: Network = read(text, file, path)
    except LimitError as error:
        message = f"the {found.name} {error}"
        help = "save a part of the model"
        raise StackError([Problem("file-too-large", message, help=help, file=file)]) from error
    return network


def _format(data: bytes, path: str) -> Format | None:
    from convcalc.importers.recognise import HEAD_BYTES, recognised

    def entries() -> tuple[str, ...]:
        from convcalc.importers.archives import names

        return names(data, path)

    return recognised(data[:HEAD_BYTES], entries)


def _of_folder(path: str) -> Format | None:
    """The format of a model that is a whole folder; None for any other folder."""
    from convcalc.importers.recognise import of_folder

    try:
        names = listdir(path)
    except OSError:
        return None
    return of_folder(frozenset(names))


def _by_ending(file: str) -> Format | None:
    """The format that a file's name promises, whatever it begins with: what is wrong is its."""
    from convcalc.importers.recognise import ONNX, ONNX_WEIGHTS, TFLITE

    # Numbers from the first byte on.
    if file.endswith((".onnx.data", ".onnx_data")):
        return ONNX_WEIGHTS
    return next((one for one in (ONNX, TFLITE) if file.endswith(f".{one.reader}")), None)


def _unread(found: Format, file: str) -> Problem:
    article = "an" if found.name[0] in "AEIOU" else "a"
    message = f"this is {article} {found.name}, which is not read here"
    return Problem("foreign-format", message, help=found.repair, file=file)
