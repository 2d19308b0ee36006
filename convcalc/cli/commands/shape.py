"""`convcalc shape`: the size of one layer or a short chain."""

from __future__ import annotations

from typing import Annotated

import typer

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
            metavar="SIZE [LAYER]...",
        ),
    ],
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Kind of the layer: --kind max_pool. Default: conv."),
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="N", help="Filters of a convolution: --out 64.")
    ] = None,
    kernel: Annotated[
        str | None, typer.Option(metavar="K", help="Kernel: --kernel 7, or --kernel 3x5.")
    ] = None,
    stride: Annotated[
        str | None, typer.Option(metavar="S", help="Stride: --stride 2, or --stride 2x1.")
    ] = None,
    padding: Annotated[
        str | None,
        typer.Option(
            metavar="P",
            help="Padding: --padding 3, one an axis 1x2, before:after 0:1, or a word: valid, "
            "half, full, same, same_upper, same_lower, causal.",
        ),
    ] = None,
    dilation: Annotated[
        str | None, typer.Option(metavar="D", help="Dilation: --dilation 2.")
    ] = None,
    groups: Annotated[
        str | None, typer.Option(metavar="G", help="Groups: --groups 32, or --groups depthwise.")
    ] = None,
    output_padding: Annotated[
        str | None,
        typer.Option(metavar="A", help="Zeros after a transposed layer: --output-padding 1."),
    ] = None,
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
    format: Annotated[
        str, typer.Option(metavar="NAME", help="text or json, as in --format json.")
    ] = "text",
    color: Annotated[
        str,
        typer.Option(
            metavar="WHEN", help="Colours of findings: auto, always or never, as in --color never."
        ),
    ] = "auto",
) -> int:
    """The output size of a layer or a short chain, with the sum, padding, pixels dropped, costs.

    The size comes first; with -q it comes alone.
    """
    import sys

    from convcalc.calculators.dialects import DIALECTS
    from convcalc.calculators.shape import answer
    from convcalc.cli import options, streams
    from convcalc.cli.fields import with_fields
    from convcalc.cli.reporting import unusable
    from convcalc.errors import ExitCode, StackError

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
        from convcalc.formats import shape_json

        streams.answer(shape_json.render(found))
    else:
        from convcalc.formats import shape_text

        style = streams.style_of(sys.stdout, color)
        streams.answer(shape_text.render(found, style.unicode, quiet))
    return ExitCode.CLEAN
