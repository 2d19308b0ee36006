"""`convcalc sizes`: the input sizes that a network takes."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import parameters

EXAMPLES = (
    "convcalc sizes unet.net.yaml",
    "convcalc sizes unet.net.yaml --near 670x460",
    "convcalc sizes resnet50.net.yaml --require strides --range 1:512",
    "convcalc sizes lenet5.net.yaml --require legal,pixels,expect",
)
MAX_RANGE = 65_536


def sizes(
    file: parameters.File,
    near: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE", help="Find the good sizes nearest to this one: --near 670x460."
        ),
    ] = None,
    range: Annotated[
        str, typer.Option(metavar="LOW:HIGH", help="Sizes to check: --range 1:4096.")
    ] = "1:1024",
    require: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CRITERIA",
            help="What a good size has to be: legal (every layer stands, every merge fits), pixels "
            "(none is dropped), exact (not even padding is), strides (each divides its map), "
            "weights (learnt arrays keep their shapes), expect (expectations hold), as in "
            "--require legal,strides. Default: legal,pixels,weights.",
        ),
    ] = None,
    set: parameters.Set = None,
    stdin_filename: parameters.StdinFilename = None,
    format: parameters.TextOrJson = "text",
    color: parameters.Color = "auto",
) -> int:
    """Input sizes that work, their pattern, the layer to blame.

    The nearest good sizes are named. Every size of the range is checked on each axis; exit code 1
    where none is good.
    """
    import sys

    from convcalc.cli import options, streams
    from convcalc.cli.map_sizes import read_range, read_size
    from convcalc.cli.reading import read_network
    from convcalc.cli.reporting import unusable
    from convcalc.core.errors import ExitCode, StackError
    from convcalc.features.sizes.answer import CRITERIA, USUAL
    from convcalc.features.sizes.search import sizes as find_sizes

    options.color(color)
    options.one_of(format, ("text", "json"), "--format")
    asked = [options.one_of(word, CRITERIA, "--require") for word in options.words(require)]
    required = tuple(name for name in CRITERIA if name in (asked or USUAL))
    span = read_range(range, "--range", 1, "1:4096")
    wanted = read_size(near, "--near") if near is not None else None
    low, high = span.start, span.stop - 1
    if wanted is not None:
        # Around what is asked for there should be something to find.
        high = max(high, max(wanted) + max(wanted) // 4 + 64)
    if high - low >= MAX_RANGE:
        option = "--range" if span.stop - span.start > MAX_RANGE else "--near"
        raise options.bad(f"at most {MAX_RANGE:,} sizes are checked", "ask for fewer", option)
    try:
        network = read_network(file, stdin_filename)
        found = find_sizes(network, low, high, required, wanted, options.variables(set))
    except StackError as error:
        return unusable(error, json=format == "json", color=color)
    if format == "json":
        from convcalc.features.sizes import data as sizes_json

        streams.answer(sizes_json.render(found))
    else:
        from convcalc.features.sizes import words as sizes_text

        streams.answer(sizes_text.render(found, streams.style_of(sys.stdout, color)))
    return ExitCode.CLEAN if all(axis.good for axis in found.axes) else ExitCode.FINDINGS
