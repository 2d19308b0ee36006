"""`convcalc shape`: the size of one layer or a short chain."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import layer_options, parameters

EXAMPLES = (
    "convcalc shape 224 --kernel 7 --stride 2 --padding 3",
    "convcalc shape 224 k7 s2 p3",
    "convcalc shape 3x224x224 conv 64 k7 s2 p3 , max_pool k3 s2 p1 , conv 128 k3 same",
    "convcalc shape 16 conv_transpose k4 s2 p1",
    "convcalc shape 75 max_pool k2 s2 --dialect caffe",
    "convcalc shape 32 k3x5 p0:1x2 -q",
)


def shape(
    words: Annotated[
        list[str],
        typer.Argument(
            help="The input's size, then the layer in shorthand: [KIND] [NUMBER] k3 s2 p1 d1 g1 "
            "a1; k3x5 is one an axis, p0:1 before and after; words: same, same_upper, half, full, "
            "ceil, dw, nobias. A comma begins the next layer. Three numbers are channels, height "
            "and width; an @ ends the channels: 3@224, or @9x9x9 for three axes and none.",
            metavar="SIZE LAYER",
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
    ceil: Annotated[bool, typer.Option("--ceil", help="Let a pool round up.")] = False,
    no_bias: Annotated[bool, typer.Option("--no-bias", help="Count no bias.")] = False,
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Round, pad and default as torch, tf, onnx, caffe or darknet does, and say where "
            "the others differ: --dialect caffe.",
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print the size and nothing else.")
    ] = False,
    format: parameters.TextOrJson = "text",
    color: parameters.FindingsColor = "auto",
) -> int:
    """The output size of a layer or a short chain, with the sum.

    Padding, dropped pixels and costs follow. The size comes first; with -q it comes alone.
    """
    import sys

    from convcalc.cli import options, streams
    from convcalc.cli.fields import with_fields
    from convcalc.cli.reporting import unusable
    from convcalc.core.errors import ExitCode, StackError
    from convcalc.features.shape.answer import answer
    from convcalc.features.shape.dialects import DIALECTS

    options.one_of(color, streams.COLOR_CHOICES, "--color")
    options.one_of(format, ("text", "json"), "--format")
    if dialect is not None:
        options.one_of(dialect, DIALECTS, "--dialect")
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
    flags = [word for word, is_set in (("ceil", ceil), ("nobias", no_bias)) if is_set]
    try:
        found = answer(with_fields(words, given, flags), dialect)
    except StackError as error:
        return unusable(error, json=format == "json", color=color)
    if format == "json":
        from convcalc.features.shape import data as shape_json

        streams.answer(shape_json.render(found))
    else:
        from convcalc.features.shape import words as shape_text

        style = streams.style_of(sys.stdout, color)
        streams.answer(shape_text.render(found, style.unicode, quiet))
    return ExitCode.CLEAN
