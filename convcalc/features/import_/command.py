"""`convcalc import`: a network as the text that a person would have written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Option, Switch

EXAMPLES = (
    "convcalc import resnet50.onnx --output resnet50.net.yaml",
    "convcalc import flat.net.yaml",
    "convcalc import flat.net.yaml --input 3x256x256 -o large.net.yaml",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A rewriting as it is asked for."""

    file: parameters.File
    output: Annotated[
        str | None,
        Option(
            "Write the file there: -o net.net.yaml. Default: standard output. "
            "--output net.net.yaml is the same.",
            "FILE",
            spelled=("--output", "-o"),
        ),
    ] = None
    force: Annotated[bool, Switch("Let --output overwrite a file that exists.")] = False
    input: parameters.Input = None
    set: parameters.Set = None
    stdin_filename: parameters.StdinFilename = None
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def import_(request: Request) -> int:
    """Write a network as a person would: blocks, series, defaults.

    Equal parts become blocks with arguments, runs become series, names stay where they can. What
    is written is planned again first: it has the same layers with the same figures.
    """
    from convcalc.cli.output_file import write_file
    from convcalc.cli.reading import read_network
    from convcalc.cli.streams import answer
    from convcalc.core.errors import ExitCode
    from convcalc.core.text import visible
    from convcalc.features.import_ import words
    from convcalc.features.import_.answer import import_
    from convcalc.report.json_text import answer_json

    network = read_network(request.file, request.stdin_filename)
    found = import_(network, input=request.input, variables=request.set)
    if request.output is not None:
        write_file(request.output, found.text.encode("utf-8"), request.force)
    if request.format is None and request.output is None:
        answer(found.text)
        formats.write_beside(words.summary(found), request.color)
        return ExitCode.CLEAN
    wrote = [f"wrote {visible(request.output)}"] if request.output is not None else []
    formats.write(
        request.format,
        request.color,
        lambda form: words.summary(found, *wrote),
        lambda: answer_json(found),
    )
    return ExitCode.CLEAN
