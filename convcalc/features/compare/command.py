"""`convcalc compare`: stacks of layers side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Arguments, Option, Switch
from convcalc.cli.plotting import Force, Theme, draw, picture_file
from convcalc.cli.usage import unfit

if TYPE_CHECKING:
    from convcalc.features.compare.answer import Comparison

EXAMPLES = (
    "convcalc compare '3x3*3' 7x7 --channels 64 --size 56",
    "convcalc compare '3x3*2' 5x5 --no-padding",
    "convcalc compare dw3x3,1x1 3x3 --cin 32 --cout 64",
    "convcalc compare '3x3*2' 5x5 --plot stacks.svg",
    "convcalc compare resnet18.net.yaml resnet50.net.yaml",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A comparison as it is asked for."""

    stacks: Annotated[
        tuple[str, ...],
        Arguments(
            "Two or more: 3x3*3 is three in a row, a comma puts layers behind each other, "
            "dw3x3 is depthwise, d2, s2 and g4 set dilation, stride and groups, 16@1x1 the "
            "filters. A file stands for its whole network. The first is compared with each other.",
            "STACKS",
        ),
    ]
    channels: Annotated[
        int,
        Option("Channels everywhere: -c 64.", "N", values.integer(1), spelled=("--channels", "-c")),
    ] = 64
    cin: Annotated[
        int | None, Option("Channels in front of a stack: --cin 3.", "N", values.integer(1))
    ] = None
    cout: Annotated[
        int | None, Option("Channels behind a stack: --cout 128.", "N", values.integer(1))
    ] = None
    mid: Annotated[
        int | None,
        Option("Channels inside a stack: --mid 64. Default: as behind it.", "N", values.integer(1)),
    ] = None
    size: Annotated[
        str | None,
        Option(
            "Size of the map: --size 56, --size 46x62, or with the channels in front "
            "--size 3x46x62. Default: 56 on each axis.",
            "SIZE",
            values.size,
        ),
    ] = None
    input: parameters.Input = None
    no_padding: Annotated[
        bool, Switch("Pad nothing, and find the map from which a stack pays off.")
    ] = False
    plot: Annotated[
        str | None,
        Option(
            "Draw the ratio of MACs over the map's size, padded or not as asked: "
            "--plot stacks.svg, or .png.",
            "FILE",
            picture_file("svg", "png"),
        ),
    ] = None
    theme: Theme = "auto"
    force: Force = False
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def compare(request: Request) -> int:
    """Compare stacks of layers: field, costs, nonlinearities, memory.

    With --cin, --cout or --mid the ratio of channels is found at which the costs turn.
    """
    from convcalc.cli.reading import is_file, read_network
    from convcalc.core.errors import ExitCode
    from convcalc.features.compare import words
    from convcalc.features.compare.answer import compare
    from convcalc.report.json_text import answer_json

    if request.input is not None and not any(map(is_file, request.stacks)):
        raise unfit("--input is of files", "give the map of stacks with --size")
    if all(map(is_file, request.stacks)):
        for name in ("size", "cin", "cout", "mid"):
            if getattr(request, name) is not None:
                raise unfit(f"--{name} is of stacks", "give the map of files with --input")
    if len(request.stacks) < 2:
        raise unfit("give two stacks or more", "as in '3x3*3' 7x7")
    found = compare(
        *(read_network(word) if is_file(word) else word for word in request.stacks),
        channels=request.channels,
        cin=request.cin,
        mid=request.mid,
        cout=request.cout,
        size=request.size,
        padded=not request.no_padding,
        input=request.input,
    )
    if request.plot is not None:
        _draw(request, found, request.plot)
    formats.write(
        request.format, request.color, lambda form: words.page(found), lambda: answer_json(found)
    )
    return ExitCode.CLEAN


def _draw(request: Request, found: Comparison, path: str) -> None:
    from convcalc.features.compare.chart import CannotDrawError, picture

    try:
        draw(picture(found), path, request.theme, force=request.force)
    except CannotDrawError:
        raise unfit("--plot draws stacks alone", "a file has one size of its own") from None
