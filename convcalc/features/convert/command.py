"""`convcalc convert`: dense layers and convolutions as each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Option, Options, Switch
from convcalc.cli.usage import unfit

if TYPE_CHECKING:
    from convcalc.network import Network

EXAMPLES = (
    "convcalc convert vgg16.net.yaml --dense-to-conv --input 3x384x384",
    "convcalc convert vgg16.net.yaml --dense-to-conv --output vgg16_conv.net.yaml",
    "convcalc convert resnet18.net.yaml --conv-to-dense stem",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A conversion as it is asked for."""

    file: parameters.File
    dense_to_conv: Annotated[
        bool, Switch("Write every dense layer behind a map as a convolution.")
    ] = False
    conv_to_dense: Annotated[
        str | None, Option("Show the dense matrix of a layer: --conv-to-dense stem.", "LAYER")
    ] = None
    input: Annotated[
        values.Shapes | None,
        Options(
            "Show what a larger input gives too: --input 3x384x384.", "SHAPE", values.input_shapes
        ),
    ] = None
    output: Annotated[
        str | None,
        Option(
            "Write the file there: -o fcn.net.yaml. Default: standard output.",
            "FILE",
            spelled=("--output", "-o"),
        ),
    ] = None
    force: Annotated[bool, Switch("Let --output overwrite a file that exists.")] = False
    stdin_filename: parameters.StdinFilename = None
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def convert(request: Request) -> int:
    """Rewrite dense layers as convolutions, or show a dense matrix.

    Comments and everything else in the file stay as they are.
    """
    from convcalc.cli.reading import read_network

    if request.dense_to_conv == (request.conv_to_dense is not None):
        raise unfit("give --dense-to-conv or --conv-to-dense LAYER")
    if request.conv_to_dense is not None and (request.output or request.input):
        option = "--output" if request.output else "--input"
        raise unfit(f"{option} goes with --dense-to-conv only", "leave it out")
    network = read_network(request.file, request.stdin_filename)
    if request.conv_to_dense is not None:
        return _show_matrix(network, request.conv_to_dense, request)
    return _rewrite(network, request)


def _show_matrix(network: Network, layer: str, request: Request) -> int:
    from convcalc.core.errors import ExitCode
    from convcalc.features.convert import words
    from convcalc.features.convert.dense import dense_matrix
    from convcalc.report.json_text import answer_json

    found = dense_matrix(network, layer)
    formats.write(
        request.format, request.color, lambda form: words.dense(found), lambda: answer_json(found)
    )
    return ExitCode.CLEAN


def _rewrite(network: Network, request: Request) -> int:
    from convcalc.cli.output_file import write_file
    from convcalc.cli.reporting import tell
    from convcalc.cli.streams import answer
    from convcalc.core.errors import ExitCode
    from convcalc.core.text import visible
    from convcalc.features.convert import words
    from convcalc.features.convert.answer import convert
    from convcalc.report.json_text import answer_json

    found = convert(network, input=request.input)
    if request.output is not None:
        write_file(request.output, found.text.encode("utf-8"), request.force)
    if request.format is None and request.output is None:
        answer(found.text)
        formats.write_beside(words.summary(found), request.color)
    else:
        wrote = [f"wrote {visible(request.output)}"] if request.output is not None else []
        formats.write(
            request.format,
            request.color,
            lambda form: words.summary(found, *wrote),
            lambda: answer_json(found),
        )
    if found.failures:
        tell(found.failures, found.text, request.color)
        return ExitCode.FINDINGS
    return ExitCode.CLEAN
