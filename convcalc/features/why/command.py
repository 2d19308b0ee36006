"""`convcalc why`: an error of another program, explained."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Argument, Switch
from convcalc.cli.usage import unfit
from convcalc.core.files import STDIN

EXAMPLES = (
    'convcalc why "mat1 and mat2 shapes cannot be multiplied (32x8192 and 9216x4096)"',
    'convcalc why "mat1 and mat2 shapes cannot be multiplied (1x12544 and 25088x4096)" '
    "vgg16.net.yaml",
    "python train.py 2>&1 | convcalc why -",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """An error as it was pasted."""

    message: Annotated[
        str | None,
        Argument("The error as it was printed, or a whole log; - for standard input.", "MESSAGE"),
    ] = None
    file: Annotated[str | None, Argument("A network's file, to find the layer.", "FILE")] = None
    input: parameters.Input = None
    list: Annotated[bool, Switch("List every sentence that is known.")] = False
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def why(request: Request) -> int:
    """Explain an error of PyTorch, Keras, TensorFlow and others.

    What it means with its numbers, what usually leads to it, what to write; with a network, the
    layer.
    """
    from convcalc.cli.reading import read_network
    from convcalc.core.errors import ExitCode
    from convcalc.features.why import words
    from convcalc.features.why.answer import why
    from convcalc.features.why.pasted import tail
    from convcalc.report.json_text import answer_json

    if request.list:
        formats.show(words.known(), formats.table_format(request.format), request.color)
        return ExitCode.CLEAN
    if request.message is None:
        raise unfit("paste the error, or give --list")
    if request.input is not None and request.file is None:
        raise unfit("--input goes with a network", "name its file behind the error")
    message = request.message
    if message == STDIN:
        message = tail(sys.stdin.buffer) if sys.stdin is not None else ""
    network = None if request.file is None else read_network(request.file)
    found = why(message, network, input=request.input)
    formats.write(
        request.format, request.color, lambda form: words.page(found), lambda: answer_json(found)
    )
    return ExitCode.CLEAN
