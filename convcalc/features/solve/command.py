"""`convcalc solve`: the layers that map one size to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Argument, Option, Switch
from convcalc.cli.plotting import Force, Theme, draw, picture_file
from convcalc.cli.usage import bad, unfit

if TYPE_CHECKING:
    from convcalc.features.solve.conditions import Conditions

EXAMPLES = (
    "convcalc solve 224 112",
    "convcalc solve 46x62 368x489 --transposed --kernel 16 --stride 8",
    "convcalc solve 75 38 --pool --ceil",
    "convcalc solve 1 64 --transposed --layers 5",
    "convcalc solve 256 30 --layers 5 --receptive-field 70",
    "convcalc solve 64 1 --layers 4 --cin 3 --channels 64 --max-params 100K",
    "convcalc solve 32x32 1x1 --layers 2:6 --channels 16:128:16 --cin 3 --max-params 100K",
)
MOST_LAYERS = 64


def _layers(word: str, option: str) -> values.Span:
    found = values.steps("2:6")(word, option)
    if found[-1] > MOST_LAYERS:
        raise bad(f"{found[-1]} layers are too many", f"up to {MOST_LAYERS} are possible", option)
    return found


@dataclass(frozen=True, kw_only=True)
class Request:
    """A question for layers as it is asked."""

    input: Annotated[
        str,
        Argument("The size in front: 224, or 46x62.", "INPUT", values.size),
    ]
    output: Annotated[
        str,
        Argument("The size wanted behind: 112, or 368x489.", "OUTPUT", values.size),
    ]
    conv: Annotated[bool, Switch("Convolutions; the default.")] = False
    pool: Annotated[bool, Switch("Pools, with their limit on padding.")] = False
    transposed: Annotated[bool, Switch("Transposed convolutions.")] = False
    ceil: Annotated[bool, Switch("Let pools round up.")] = False
    layers: Annotated[
        values.Span,
        Option("Layers in a row: --layers 4; several depths: --layers 2:6.", "N", _layers),
    ] = range(1, 2)
    kernel: Annotated[
        values.Span | None,
        Option(
            "Kernels: --kernel 3, or --kernel 1:11. Default: 1:32, in chains 1:7.",
            "RANGE",
            values.span(1, "1:11"),
            spelled=("--kernel", "--k"),
        ),
    ] = None
    stride: Annotated[
        values.Span | None,
        Option(
            "Strides: --stride 1:2. Default: 1:32, in chains 1:4.",
            "RANGE",
            values.span(1, "1:4"),
            spelled=("--stride", "--s"),
        ),
    ] = None
    padding: Annotated[
        values.Span | None,
        Option(
            "Paddings: --padding 0:10. Default: up to half the span.",
            "RANGE",
            values.span(0, "0:3"),
            spelled=("--padding", "--p"),
        ),
    ] = None
    dilation: Annotated[
        values.Span,
        Option(
            "Dilations: --dilation 1:4.",
            "RANGE",
            values.span(1, "1:4"),
            spelled=("--dilation", "--d"),
        ),
    ] = range(1, 2)
    output_padding: Annotated[
        values.Span | None,
        Option(
            "Output paddings: --output-padding 0. Default: all that are legal.",
            "RANGE",
            values.span(0, "0:1"),
            spelled=("--output-padding", "--a"),
        ),
    ] = None
    per_axis: Annotated[bool, Switch("Solve every axis apart, with layers of its own.")] = False
    receptive_field: Annotated[
        values.Span | None,
        Option(
            "Receptive field: --receptive-field 70, or 64:128.", "RANGE", values.span(1, "64:128")
        ),
    ] = None
    channels: Annotated[
        values.Span | None,
        Option(
            "Channels everywhere: -c 64; several widths: -c 16:128:16.",
            "N",
            values.steps("16:128:16"),
            spelled=("--channels", "-c"),
        ),
    ] = None
    cin: Annotated[int | None, Option("Channels in front: --cin 3.", "N", values.integer(1))] = None
    cout: Annotated[int | None, Option("Channels behind: --cout 1.", "N", values.integer(1))] = None
    max_params: Annotated[
        int | None, Option("Most parameters: --max-params 100K.", "N", values.quantity)
    ] = None
    max_macs: Annotated[int | None, Option("Most MACs: --max-macs 1.5G.", "N", values.quantity)] = (
        None
    )
    limit: Annotated[int, Option("Answers to show: --limit 50.", "N", values.integer(1))] = 10
    max_work: Annotated[
        int, Option("Layers to look at: --max-work 1000000.", "N", values.integer(1))
    ] = 200_000
    quiet: Annotated[
        bool,
        Switch("Only the layers, in the words of convcalc shape.", spelled=("--quiet", "-q")),
    ] = False
    plot: Annotated[
        str | None,
        Option(
            "Draw what several depths and widths cost: --plot choices.svg, or .png.",
            "FILE",
            picture_file("svg", "png"),
        ),
    ] = None
    theme: Theme = "auto"
    force: Force = False
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def solve(request: Request) -> int:
    """Every kernel, stride and padding that give an output size.

    Dilations and output paddings too, usual answers first. All within the bounds are found; with
    several axes one kernel and stride serve all of them.
    """
    from convcalc.core.errors import ExitCode
    from convcalc.features.solve import words
    from convcalc.features.solve.solutions import solutions
    from convcalc.report.json_text import answer_json

    if request.conv + request.pool + request.transposed > 1:
        raise unfit("give one of --conv, --pool and --transposed")
    if request.ceil and not request.pool:
        raise unfit("--ceil is for pools alone", "give --pool too")
    costs = {"--max-params": request.max_params, "--max-macs": request.max_macs}
    has_channels = (request.channels, request.cin, request.cout) != (None, None, None)
    for option, most in costs.items():
        if most is not None and not has_channels:
            raise bad("costs depend on the channels", "give -c 64, or --cin and --cout", option)
    if len(request.layers) > 1 or len(request.channels or ()) > 1:
        return _choose(request)
    if request.plot is not None:
        raise unfit("--plot draws several depths or widths", "give --layers 2:6, or -c 16:128:16")
    found = solutions(
        request.input,
        request.output,
        _conditions(request),
        per_axis=request.per_axis,
        limit=request.limit,
        max_work=request.max_work,
    )
    formats.write(
        request.format,
        request.color,
        lambda form: words.page(found),
        lambda: answer_json(found),
        quiet=words.quiet(found.answers) if request.quiet else None,
    )
    return ExitCode.CLEAN if all(one.solutions for one in found.answers) else ExitCode.FINDINGS


def _conditions(request: Request) -> Conditions:
    from convcalc.features.solve.conditions import Conditions

    return Conditions(
        pool=request.pool,
        transposed=request.transposed,
        ceil=request.ceil,
        layers=request.layers[0],
        kernel=request.kernel,
        stride=request.stride,
        padding=request.padding,
        dilation=request.dilation,
        output_padding=request.output_padding,
        receptive_field=request.receptive_field,
        channels=request.channels[0] if request.channels else None,
        cin=request.cin,
        cout=request.cout,
        max_params=request.max_params,
        max_macs=request.max_macs,
    )


def _choose(request: Request) -> int:
    """Several depths or widths: what each comes to."""
    from convcalc.core.errors import ExitCode
    from convcalc.features.solve import words
    from convcalc.features.solve.choices import choices_of
    from convcalc.features.solve.front import picture
    from convcalc.report.json_text import answer_json

    if request.per_axis or request.quiet:
        option = "--per-axis" if request.per_axis else "--quiet"
        raise unfit(f"{option} goes with one depth and one width", "leave it out")
    if request.channels is None:
        raise bad("costs depend on the channels", "give -c 64, or -c 16:128:16", "--layers")
    found = choices_of(
        request.input,
        request.output,
        request.layers,
        request.channels,
        _conditions(request),
        request.max_work,
    )
    if request.plot is not None and found.choices:
        draw(picture(found), request.plot, request.theme, force=request.force)
    formats.write(
        request.format,
        request.color,
        lambda form: words.choice_page(found, request.limit),
        lambda: answer_json(found),
    )
    return ExitCode.CLEAN if found.choices else ExitCode.FINDINGS
