"""`convcalc invert`: what undoes a layer, or each layer of a network."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import layer_options, parameters

EXAMPLES = (
    "convcalc invert 32 --kernel 3 --stride 2 --padding 1",
    "convcalc invert 32 k3 s2 p1",
    "convcalc invert 3x32x32 conv 64 k3 s2 p1 --torch",
    "convcalc invert 4x4 k3 --matrix",
    "convcalc invert encoder.net.yaml",
    "convcalc invert encoder.net.yaml --yaml > decoder.net.yaml",
)


def invert(
    words: Annotated[
        list[str],
        typer.Argument(
            help="A network's file, - for standard input, or a layer in the shorthand of "
            "`convcalc shape`: 32 k3 s2 p1.",
            metavar="FILE or SIZE LAYER",
        ),
    ],
    kind: layer_options.Kind = None,
    out: layer_options.Out = None,
    kernel: layer_options.Kernel = None,
    stride: layer_options.Stride = None,
    padding: layer_options.Padding = None,
    dilation: layer_options.Dilation = None,
    groups: layer_options.Groups = None,
    output_padding: layer_options.OutputPadding = None,
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="One layer of the file: --layer stem.")
    ] = None,
    matrix: Annotated[
        bool,
        typer.Option("--matrix", help="Draw a small layer as the matrix C, and its transpose."),
    ] = False,
    im2col: Annotated[
        bool, typer.Option("--im2col", help="Draw the windows of a small layer, one a row.")
    ] = False,
    yaml: Annotated[
        bool,
        typer.Option("--yaml", help="Write the mirrored network of a file, as a stack to plan."),
    ] = False,
    torch: Annotated[bool, typer.Option("--torch", help="Write it as PyTorch code.")] = False,
    keras: Annotated[bool, typer.Option("--keras", help="Write it as Keras code.")] = False,
    format: parameters.TextOrJson = "text",
    stdin_filename: parameters.StdinFilename = None,
    color: parameters.FindingsColor = "auto",
) -> int:
    """The layer that undoes a layer, in two dialects.

    With the padding as frameworks and as the guide give it, input sizes and overlap. Only size and
    connectivity come back, not the values. For a file, every layer has a row.
    """
    from convcalc.cli import options
    from convcalc.cli.fields import with_fields
    from convcalc.cli.map_sizes import is_file
    from convcalc.cli.reporting import unusable
    from convcalc.core.errors import StackError
    from convcalc.features.invert.request import Wanted, invert_file, invert_words

    options.color(color)
    options.one_of(format, ("text", "json"), "--format")
    given = {
        "kind": kind,
        "out": out,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "output_padding": output_padding,
    }
    views = {"matrix": matrix, "im2col": im2col, "yaml": yaml, "torch": torch, "keras": keras}
    chosen = [name for name, is_wanted in views.items() if is_wanted]
    if len(chosen) > 1 or (chosen and format == "json"):
        raise options.bad("show one thing at a time", "give one of them", f"--{chosen[-1]}")
    wanted = Wanted(chosen[0] if chosen else format, layer, stdin_filename)
    try:
        if len(words) == 1 and is_file(words[0]):
            return invert_file(words[0], wanted)
        return invert_words(with_fields(words, given), wanted)
    except StackError as error:
        return unusable(error, json=format == "json", color=color)
