"""`convcalc convert`: dense layers and convolutions as each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcalc.cli import parameters

if TYPE_CHECKING:
    from convcalc.core.shapes import Shape
    from convcalc.network import Network

EXAMPLES = (
    "convcalc convert vgg16.net.yaml --dense-to-conv --input 3x384x384",
    "convcalc convert vgg16.net.yaml --dense-to-conv --output vgg16_conv.net.yaml",
    "convcalc convert resnet18.net.yaml --conv-to-dense stem",
)


def convert(
    file: parameters.File,
    dense_to_conv: Annotated[
        bool,
        typer.Option(
            "--dense-to-conv", help="Write every dense layer behind a map as a convolution."
        ),
    ] = False,
    conv_to_dense: Annotated[
        str | None,
        typer.Option(
            metavar="LAYER", help="Show the dense matrix of a layer: --conv-to-dense stem."
        ),
    ] = None,
    input: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SHAPE", help="Show what a larger input gives too: --input 3x384x384."
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Write the file there: -o fcn.net.yaml. Default: standard output.",
        ),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Let --output overwrite a file that exists.")
    ] = False,
    stdin_filename: parameters.StdinFilename = None,
    format: parameters.TextOrJson = "text",
    color: parameters.Color = "auto",
) -> int:
    """Rewrite dense layers as convolutions, or show a dense matrix.

    Comments and everything else in the file stay as they are.
    """
    import sys

    from convcalc.cli import options, streams
    from convcalc.cli.reading import read_network
    from convcalc.cli.reporting import unusable
    from convcalc.cli.writing import WriteError
    from convcalc.core.errors import ExitCode, StackError
    from convcalc.core.text import visible
    from convcalc.features.convert.answer import ConvertError
    from convcalc.features.convert.words import refusal_lines

    options.color(color)
    options.one_of(format, ("text", "json"), "--format")
    if dense_to_conv == (conv_to_dense is not None):
        raise options.bad("give --dense-to-conv or --conv-to-dense LAYER", "", "--dense-to-conv")
    if conv_to_dense is not None and (output or input):
        option = "--output" if output else "--input"
        raise options.bad("goes with --dense-to-conv only", "leave it out", option)
    shapes = options.input_shapes(input)
    try:
        network = read_network(file, stdin_filename)
        if conv_to_dense is not None:
            _show_matrix(network, conv_to_dense, format, streams.style_of(sys.stdout, color))
            return ExitCode.CLEAN
        return _rewrite(network, shapes, output, force, format, color)
    except StackError as error:
        return unusable(error, json=format == "json", color=color)
    except WriteError as error:
        streams.say(str(error))
        return ExitCode.UNUSABLE
    except ConvertError as error:
        streams.say(f"{visible(file)}: {visible(str(error))}\n")
        streams.say("".join(f"  {line}\n" for line in refusal_lines(error.refusals)))
        return ExitCode.FINDINGS


def _show_matrix(network: Network, layer: str, format: str, style: object) -> None:
    from convcalc.cli.streams import answer
    from convcalc.features.convert import data as convert_json
    from convcalc.features.convert import words as convert_text
    from convcalc.features.convert.matrix import dense_matrix
    from convcalc.report.style import Style

    assert isinstance(style, Style)
    found = dense_matrix(network, layer)
    as_json = format == "json"
    answer(convert_json.render_dense(found) if as_json else convert_text.dense(found, style))


def _rewrite(
    network: Network,
    shapes: Shape | dict[str, Shape] | None,
    output: str | None,
    force: bool,
    format: str,
    color: str,
) -> int:
    import sys

    from convcalc.cli.reporting import tell
    from convcalc.cli.streams import answer, say, style_of
    from convcalc.cli.writing import write_file
    from convcalc.core.errors import ExitCode
    from convcalc.core.text import visible
    from convcalc.features.convert import data as convert_json
    from convcalc.features.convert import words as convert_text
    from convcalc.features.convert.answer import dense_to_conv

    found = dense_to_conv(network, shapes)
    if output is not None:
        write_file(output, found.text.encode("utf-8"), force)
    if format == "json":
        answer(convert_json.render_conversion(found))
    elif output is not None:
        answer(convert_text.summary(found, style_of(sys.stdout, color)))
        answer(f"\nwrote {visible(output)}\n")
    else:
        answer(found.text)
        say(convert_text.summary(found, style_of(sys.stderr, color)))
    if found.failures:
        tell(found.failures, found.text, color)
        return ExitCode.FINDINGS
    return ExitCode.CLEAN
