"""`convcalc compare`: stacks of layers side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcalc.cli import parameters

if TYPE_CHECKING:
    from convcalc.cli import plotting
    from convcalc.features.compare.answer import Comparison

EXAMPLES = (
    "convcalc compare '3x3*3' 7x7 --channels 64 --size 56",
    "convcalc compare '3x3*2' 5x5 --no-padding",
    "convcalc compare dw3x3,1x1 3x3 --cin 32 --cout 64",
    "convcalc compare '3x3*2' 5x5 --plot stacks.svg",
    "convcalc compare resnet18.net.yaml resnet50.net.yaml",
)


def compare(
    stacks: Annotated[
        list[str],
        typer.Argument(
            metavar="STACKS",
            help="Two or more: 3x3*3 is three in a row, a comma puts layers behind each other, "
            "dw3x3 is depthwise, d2, s2 and g4 set dilation, stride and groups, 16@1x1 the "
            "filters. A file stands for its whole network. The first is compared with each other.",
        ),
    ],
    channels: Annotated[
        str | None,
        typer.Option(
            "--channels", "-c", metavar="N", help="Channels everywhere: -c 64. Default: 64."
        ),
    ] = None,
    cin: Annotated[
        str | None, typer.Option(metavar="N", help="Channels in front of a stack: --cin 3.")
    ] = None,
    cout: Annotated[
        str | None, typer.Option(metavar="N", help="Channels behind a stack: --cout 128.")
    ] = None,
    mid: Annotated[
        str | None,
        typer.Option(metavar="N", help="Channels inside a stack: --mid 64. Default: as behind it."),
    ] = None,
    size: Annotated[
        str, typer.Option(metavar="SIZE", help="Size of the map: --size 56, or --size 46x62.")
    ] = "56",
    no_padding: Annotated[
        bool,
        typer.Option(
            "--no-padding", help="Pad nothing, and find the map from which a stack pays off."
        ),
    ] = False,
    plot: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Draw the ratio of MACs over the map's size, padded or not as asked: "
            "--plot stacks.svg, or .png.",
        ),
    ] = None,
    theme: parameters.Theme = "auto",
    force: parameters.Force = False,
    format: parameters.TextOrJson = "text",
    color: parameters.Color = "auto",
) -> int:
    """Compare stacks of layers: field, costs, nonlinearities, memory.

    With --cin, --cout or --mid the ratio of channels is found at which the costs turn.
    """
    import sys

    from convcalc.cli import options, streams
    from convcalc.cli import plotting as plotted
    from convcalc.cli.map_sizes import is_file, read_size
    from convcalc.cli.reading import read_network
    from convcalc.cli.reporting import unusable
    from convcalc.cli.writing import WriteError
    from convcalc.core.errors import ExitCode, StackError
    from convcalc.features.compare.answer import compare as compare_stacks
    from convcalc.features.compare.stacks import Channels

    options.color(color)
    options.one_of(format, ("text", "json"), "--format")
    if len(stacks) < 2:
        raise options.bad("give two stacks or more", "as in '3x3*3' 7x7", "STACKS")
    common = options.whole_number(channels or "64", "--channels", 1)
    given = [cin, cout, mid]
    first, last = (
        options.whole_number(value, option, 1) if value is not None else common
        for value, option in ((cin, "--cin"), (cout, "--cout"))
    )
    inner = options.whole_number(mid, "--mid", 1) if mid is not None else last
    between = Channels(first, inner, last)
    on = read_size(size, "--size")
    drawn = plotted.plot(plot, theme, force, ("svg", "png"))
    try:
        networks = [read_network(word) if is_file(word) else None for word in stacks]
        found = compare_stacks(
            stacks,
            between,
            on,
            padded=not no_padding,
            with_ratio=any(value is not None for value in given),
            networks=networks,
        )
        if drawn is not None:
            _draw(found, drawn)
    except StackError as error:
        return unusable(error, json=format == "json", color=color)
    except WriteError as error:
        streams.say(str(error))
        return ExitCode.UNUSABLE
    if format == "json":
        from convcalc.features.compare import data as compare_json

        streams.answer(compare_json.render(found))
    else:
        from convcalc.features.compare import words as compare_text

        streams.answer(compare_text.render(found, streams.style_of(sys.stdout, color)))
    return ExitCode.CLEAN


def _draw(found: Comparison, drawn: plotting.Plot) -> None:
    from convcalc.cli import options
    from convcalc.features.compare.chart import CannotDrawError, picture

    try:
        drawn.write(picture(found))
    except CannotDrawError:
        help = "a file has one size of its own"
        raise options.bad("only stacks can be drawn", help, "--plot") from None
