"""`convcalc verify`: every number proven by running the network."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import parameters

EXAMPLES = (
    "convcalc verify resnet50.net.yaml",
    "convcalc verify 3x32x32 conv 8 k3 s2 p1",
    "convcalc verify unet.net.yaml --input 1x188x188 --only shape,macs,field",
    "convcalc verify resnet18.net.yaml --layer stem,basic_4",
    "convcalc verify 64 max_pool k3 s2 p1 --format json",
)


def verify(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE or SIZE LAYER",
            help="A network's file, - for standard input, or layers in the shorthand of "
            "`convcalc shape`: 3x32x32 conv 8 k3 s2 p1, a comma between two.",
        ),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CHECKS",
            help="Only these: shape, params, macs, field, finite, adjoint, stretched, restored, "
            "flip, shift, dense, as in --only shape,macs.",
        ),
    ] = None,
    layer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAMES",
            help="Only these layers, and all inside these blocks: --layer stem,basic_4.",
        ),
    ] = None,
    input: parameters.Input = None,
    set: parameters.Set = None,
    batch: parameters.Batch = "1",
    seed: Annotated[
        str, typer.Option(metavar="N", help="What random numbers start from: --seed 7.")
    ] = "0",
    max_memory: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Memory that it may take: --max-memory 4GB. Default: half of what is free.",
        ),
    ] = None,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How to write it: table, plain or json, as in --format json. "
            "Default: table on a terminal and for shorthand, plain in a pipe.",
        ),
    ] = None,
    max_layers: parameters.MaxLayers = "100000",
    stdin_filename: parameters.StdinFilename = None,
    color: parameters.Color = "auto",
) -> int:
    """Run every layer with numpy, and compare it with the plan.

    On random numbers: shapes that came out, numbers read, multiplies counted, pixels reached,
    and the laws of transposed convolution. Exit code 1 where a number differs.
    """
    from convcalc.cli import options
    from convcalc.cli.fields import with_fields
    from convcalc.cli.map_sizes import is_file
    from convcalc.cli.reporting import unusable
    from convcalc.core.errors import StackError
    from convcalc.features.verify import request as verification
    from convcalc.features.verify.report import CHECKS

    options.color(color)
    is_network = len(words) == 1 and is_file(words[0])
    asked = [options.one_of(word, CHECKS, "--only") for word in options.words(only)]
    wanted = verification.Wanted(
        checks=tuple(name for name in CHECKS if name in asked or not asked),
        layers=tuple(options.words(layer)),
        input=options.input_shapes(input),
        variables=options.variables(set),
        batch=options.whole_number(batch, "--batch", 1),
        seed=options.whole_number(seed, "--seed", 0),
        max_memory=verification.memory(max_memory, "--max-memory"),
        format=verification.format_of(format, is_network),
        max_layers=options.whole_number(max_layers, "--max-layers", 1),
        color=color,
    )
    try:
        if is_network:
            return verification.of_file(words[0], stdin_filename, wanted)
        return verification.of_words(with_fields(words, {}), wanted)
    except StackError as error:
        return unusable(error, json=wanted.format == "json", color=color)
