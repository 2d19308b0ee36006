"""`convcalc solve`: the layers that map one size to another."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import parameters

EXAMPLES = (
    "convcalc solve 224 112",
    "convcalc solve 46x62 368x489 --transposed --kernel 16 --stride 8",
    "convcalc solve 75 38 --pool --ceil",
    "convcalc solve 1 64 --transposed --layers 5",
    "convcalc solve 256 30 --layers 5 --receptive-field 70",
    "convcalc solve 64 1 --layers 4 --cin 3 --channels 64 --max-params 100K",
)


def solve(
    input: Annotated[
        str, typer.Argument(metavar="INPUT", help="The size in front: 224, or 46x62.")
    ],
    output: Annotated[
        str, typer.Argument(metavar="OUTPUT", help="The size wanted behind: 112, or 368x489.")
    ],
    conv: Annotated[bool, typer.Option("--conv", help="Convolutions; the default.")] = False,
    pool: Annotated[
        bool, typer.Option("--pool", help="Pools, with their limit on padding.")
    ] = False,
    transposed: Annotated[
        bool, typer.Option("--transposed", help="Transposed convolutions.")
    ] = False,
    ceil: Annotated[bool, typer.Option("--ceil", help="Let pools round up.")] = False,
    layers: Annotated[str, typer.Option(metavar="N", help="Layers in a row: --layers 4.")] = "1",
    kernel: Annotated[
        str | None,
        typer.Option(
            "--kernel",
            "--k",
            metavar="RANGE",
            help="Kernels: --kernel 3, or --kernel 1:11. Default: 1:32, in chains 1:7.",
        ),
    ] = None,
    stride: Annotated[
        str | None,
        typer.Option(
            "--stride",
            "--s",
            metavar="RANGE",
            help="Strides: --stride 1:2. Default: 1:32, in chains 1:4.",
        ),
    ] = None,
    padding: Annotated[
        str | None,
        typer.Option(
            "--padding",
            "--p",
            metavar="RANGE",
            help="Paddings: --padding 0:10. Default: up to half the span.",
        ),
    ] = None,
    dilation: Annotated[
        str, typer.Option("--dilation", "--d", metavar="RANGE", help="Dilations: --dilation 1:4.")
    ] = "1",
    output_padding: Annotated[
        str | None,
        typer.Option(
            "--output-padding",
            "--a",
            metavar="RANGE",
            help="Output paddings: --output-padding 0. Default: all that are legal.",
        ),
    ] = None,
    per_axis: Annotated[
        bool, typer.Option("--per-axis", help="Solve every axis apart, with layers of its own.")
    ] = False,
    receptive_field: Annotated[
        str | None,
        typer.Option(metavar="RANGE", help="Receptive field: --receptive-field 70, or 64:128."),
    ] = None,
    channels: Annotated[
        str | None,
        typer.Option("--channels", "-c", metavar="N", help="Channels everywhere: -c 64."),
    ] = None,
    cin: Annotated[
        str | None, typer.Option(metavar="N", help="Channels in front: --cin 3.")
    ] = None,
    cout: Annotated[
        str | None, typer.Option(metavar="N", help="Channels behind: --cout 1.")
    ] = None,
    max_params: Annotated[
        str | None, typer.Option(metavar="N", help="Most parameters: --max-params 100K.")
    ] = None,
    max_macs: Annotated[
        str | None, typer.Option(metavar="N", help="Most MACs: --max-macs 1.5G.")
    ] = None,
    limit: Annotated[str, typer.Option(metavar="N", help="Answers to show: --limit 50.")] = "10",
    max_work: Annotated[
        str, typer.Option(metavar="N", help="Layers to look at: --max-work 1000000.")
    ] = "200000",
    quiet: Annotated[
        bool,
        typer.Option("--quiet", "-q", help="Only the layers, in the words of convcalc shape."),
    ] = False,
    format: parameters.TextOrJson = "text",
    color: parameters.Color = "auto",
) -> int:
    """Every kernel, stride and padding that give an output size.

    Dilations and output paddings too, usual answers first. All within the bounds are found; with
    several axes one kernel and stride serve all of them.
    """
    import sys

    from convcalc.cli import options, streams
    from convcalc.cli.map_sizes import read_quantity, read_range, read_size
    from convcalc.core.errors import ExitCode
    from convcalc.features.compare.stacks import Channels
    from convcalc.features.solve.answer import Question
    from convcalc.features.solve.answer import per_axis as apart
    from convcalc.features.solve.answer import solve as answer
    from convcalc.features.solve.layers import Bounds, Family
    from convcalc.features.solve.limits import Limits

    options.color(color)
    options.one_of(format, ("text", "json"), "--format")
    if conv + pool + transposed > 1:
        raise options.bad("give one of --conv, --pool and --transposed", "", "--transposed")
    if ceil and not pool:
        raise options.bad("only pools round up", "give --pool too", "--ceil")
    family: Family = "pool" if pool else "transposed" if transposed else "conv"
    start, target = read_size(input, "INPUT"), read_size(output, "OUTPUT")
    rank = max(len(start), len(target))
    if {len(start), len(target)} - {1, rank}:
        message = f"{input} has {len(start)} axes, {output} has {len(target)}"
        raise options.bad(message, "give equally many, or one for all", "OUTPUT")
    count = options.whole_number(layers, "--layers", 1)
    if count > 64:
        raise options.bad(f"{count} layers are too many", "up to 64 are possible", "--layers")
    usual = Bounds() if count == 1 else Bounds.for_chain()
    bounds = Bounds(
        read_range(kernel, "--kernel", 1, "1:11") if kernel else usual.kernel,
        read_range(stride, "--stride", 1, "1:4") if stride else usual.stride,
        read_range(dilation, "--dilation", 1, "1:4"),
        read_range(padding, "--padding", 0, "0:3") if padding else None,
        read_range(output_padding, "--output-padding", 0, "0:1") if output_padding else None,
    )
    has_channels = any(value is not None for value in (channels, cin, cout))
    mid = options.whole_number(channels or "1", "--channels", 1)
    between = Channels(
        options.whole_number(cin, "--cin", 1) if cin else mid,
        mid,
        options.whole_number(cout, "--cout", 1) if cout else mid,
    )
    if (max_params or max_macs) and not has_channels:
        option = "--max-params" if max_params else "--max-macs"
        raise options.bad("costs depend on the channels", "give -c 64, or --cin and --cout", option)
    limits = Limits(
        family,
        between,
        ceil,
        read_range(receptive_field, "--receptive-field", 1, "64:128") if receptive_field else None,
        read_quantity(max_params, "--max-params") if max_params else None,
        read_quantity(max_macs, "--max-macs") if max_macs else None,
    )
    question = Question(
        start if len(start) == rank else start * rank,
        target if len(target) == rank else target * rank,
        family, ceil, count, bounds, limits, has_channels,
    )  # fmt: skip
    most = options.whole_number(limit, "--limit", 1)
    work = options.whole_number(max_work, "--max-work", 1)
    found = [answer(one, most, work) for one in (apart(question) if per_axis else [question])]
    if format == "json":
        from convcalc.features.solve import data as solve_json

        streams.answer(solve_json.render(found))
    else:
        from convcalc.features.solve import words as solve_text

        style = streams.style_of(sys.stdout, color)
        streams.answer(solve_text.render(found, style, quiet))
    return ExitCode.CLEAN if all(one.solutions for one in found) else ExitCode.FINDINGS
