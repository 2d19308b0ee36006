"""`convcalc show`: a small layer worked out in full."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import layer_options, parameters

EXAMPLES = (
    "convcalc show 5x5 k3 s2 p1",
    "convcalc show 4 k3 --transposed s2 p1 a1",
    "convcalc show 1x4x4 conv 1 k3 , max_pool 2",
    'convcalc show 3x3 k2 --input "1 2 3; 4 5 6; 7 8 9" --kernel-values "1 0; 0 -1"',
    "convcalc show 4x4 k3 --view matrix",
    "convcalc show tiny.net.yaml --layer conv_1",
)


def show(
    words: Annotated[
        list[str],
        typer.Argument(
            help="A layer or a short chain in the shorthand of `convcalc shape`: 5x5 k3 s2 p1; "
            "or a network's file, with --layer.",
            metavar="SIZE LAYER or FILE",
        ),
    ],
    transposed: Annotated[
        bool,
        typer.Option(
            "--transposed",
            help="A transposed layer, as conv_transpose in the words: 4 k3 --transposed s2.",
        ),
    ] = False,
    kind: layer_options.Kind = None,
    out: layer_options.Out = None,
    kernel: layer_options.Kernel = None,
    stride: layer_options.Stride = None,
    padding: layer_options.Padding = None,
    dilation: layer_options.Dilation = None,
    groups: layer_options.Groups = None,
    output_padding: layer_options.OutputPadding = None,
    input: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBERS",
            help='The input, row by row, | between channels: --input "1 2 3; 4 5 6; 7 8 9". '
            "Default: integers from 0 to 9.",
        ),
    ] = None,
    kernel_values: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBERS",
            help="The kernel, in PyTorch's order, once for each layer that has one: "
            '--kernel-values "1 0 -1; 2 0 -2; 1 0 -1". Default: integers from -2 to 2.',
        ),
    ] = None,
    bias_values: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NUMBERS",
            help="Biases, once for each layer: --bias-values 1,-1.",
        ),
    ] = None,
    seed: Annotated[
        str,
        typer.Option(metavar="N", help="Random numbers that can be had again: --seed 7."),
    ] = "0",
    view: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES",
            help="What to show: windows, im2col, matrix, stretched, sums, or all, as in "
            "--view windows,matrix. Default: what this layer is best seen by.",
        ),
    ] = None,
    layer: Annotated[
        str | None, typer.Option(metavar="NAME", help="The layer of the file: --layer stem.")
    ] = None,
    format: parameters.TextOrJson = "text",
    stdin_filename: parameters.StdinFilename = None,
    color: parameters.FindingsColor = "auto",
) -> int:
    """Every number of a small layer: windows, matrix, sums.

    Also im2col and the stretched input. The layer is run, and all views are compared with what came
    out.
    """
    from convcalc.cli import options
    from convcalc.cli.fields import with_fields
    from convcalc.cli.map_sizes import is_file
    from convcalc.cli.reporting import unusable
    from convcalc.core.errors import StackError
    from convcalc.features.show.question import Data
    from convcalc.features.show.request import Wanted, show_file, show_words
    from convcalc.features.show.values import VIEWS

    options.color(color)
    options.one_of(format, ("text", "json"), "--format")
    names = [options.one_of(name, (*VIEWS, "all"), "--view") for name in options.words(view)]
    views = VIEWS if "all" in names else tuple(one for one in VIEWS if one in names)
    if transposed and kind is not None:
        raise options.bad("says the kind as well", "keep one of them", "--kind")
    given = {
        "kind": "conv_transpose" if transposed else kind,
        "out": out,
        "kernel": kernel,
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "groups": groups,
        "output_padding": output_padding,
    }
    number = options.whole_number(seed, "--seed", 0)
    data = Data(input, tuple(kernel_values or ()), tuple(bias_values or ()), number)
    wanted = Wanted(views, format, data)
    try:
        if len(words) == 1 and is_file(words[0]):
            for name, value in given.items():
                if value is not None:
                    option = "transposed" if transposed and name == "kind" else name
                    option = f"--{option.replace('_', '-')}"
                    raise options.bad("is of a layer in words", "a file says it itself", option)
            return show_file(words[0], layer, stdin_filename, wanted)
        if layer is not None:
            raise options.bad("picks a layer of a file", "leave it out", "--layer")
        return show_words(with_fields(words, given), wanted)
    except StackError as error:
        return unusable(error, json=format == "json", color=color)
