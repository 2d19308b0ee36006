"""`convcalc rf`: what every layer sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Arguments, Option, Options, Switch
from convcalc.cli.plotting import Force, Theme, draw, picture_file
from convcalc.cli.usage import unfit

if TYPE_CHECKING:
    from convcalc.network.graph import Graph

EXAMPLES = (
    "convcalc rf resnet50.net.yaml",
    "convcalc rf efficientnet_b0.net.yaml --ignore se --object 96",
    "convcalc rf unet.net.yaml --layer classes --at 100,100",
    "convcalc rf resnet50.net.yaml --from stage2 --layer stage4",
    "convcalc rf wavenet_stack.net.yaml --history 8000",
    "convcalc rf resnet18.net.yaml --plot fields.svg",
    "convcalc rf 1d k8 d1,2,4,8 x3 -q",
    "convcalc rf 2d k3 s2 , k3 , k3 d2",
)
PICTURES = ("all", "field", "pixels", "growth")


def _columns() -> Iterable[str]:
    from convcalc.features.rf.words import COLUMNS

    return (*COLUMNS, "all")


def _column_keys(words: Sequence[str], option: str) -> tuple[str, ...]:
    from convcalc.features.rf.words import spellings

    return values.keys(words, option, spellings())


@dataclass(frozen=True, kw_only=True)
class Request:
    """Receptive fields as they are asked for."""

    words: Annotated[
        tuple[str, ...],
        Arguments(
            "The network's file, or - for standard input; or a chain: 1d, 2d, 3d or a size, "
            "then layers in shorthand, a comma between: 2d k3 s2 , k3 d2. A list makes a layer "
            "of each value, x3 repeats: 1d k8 d1,2,4,8 x3.",
            "FILE or CHAIN",
        ),
    ]
    layer: Annotated[
        tuple[str, ...],
        Options("Only these layers: --layer stem,stage4.", "NAMES", values.names),
    ] = ()
    at: Annotated[
        values.Sizes | None,
        Option(
            "One unit: the exact pixels that it sees, of --layer or of the last layer with "
            "positions: --at 3,3.",
            "H,W",
            values.position,
        ),
    ] = None
    origin: Annotated[
        str | None,
        Option("Measure back to this layer: --from stage2.", "LAYER", spelled=("--from",)),
    ] = None
    ignore: Annotated[
        tuple[str, ...],
        Options(
            "Leave out kinds, layers, blocks, or se (gates of mul and add), norm "
            "(normalisations over space), global (all that see a whole map): --ignore se,norm.",
            "WORDS",
            values.names,
        ),
    ] = ()
    object: Annotated[
        int | None,
        Option("Does the last field cover it: --object 96.", "PIXELS", values.integer(1)),
    ] = None
    history: Annotated[
        int | None,
        Option(
            "Does a network over sequences see as far back: --history 8000.",
            "SAMPLES",
            values.integer(1),
        ),
    ] = None
    strict: Annotated[bool, Switch("Exit with 1 where a verdict is a warning.")] = False
    all: Annotated[bool, Switch("Show also layers that see just what their input sees.")] = False
    input: parameters.Input = None
    set: parameters.Set = None
    columns: Annotated[
        tuple[str, ...],
        Options(
            "Columns to show, in this order: --columns name,size,stride or --columns all.",
            "NAMES",
            _column_keys,
            _columns,
        ),
    ] = ()
    format: formats.TableFormat = None
    quiet: Annotated[
        bool,
        Switch(
            "Print the field and nothing else: the last layer's that has positions, or a line for "
            "each of --layer.",
            spelled=("--quiet", "-q"),
        ),
    ] = False
    plot: Annotated[
        str | None,
        Option(
            "Draw it too: fields on the input, pixels used, growth with depth: "
            "--plot fields.svg, or .png or .html. --layer and --at choose what.",
            "FILE",
            picture_file("svg", "png", "html"),
        ),
    ] = None
    picture: Annotated[
        str,
        Option(
            "What --plot draws: {known}, as in --picture growth.", "NAME", known=lambda: PICTURES
        ),
    ] = "all"
    theme: Theme = "auto"
    force: Force = False
    max_layers: parameters.MaxLayers = 100_000
    stdin_filename: parameters.StdinFilename = None
    color: parameters.Color = "auto"


def rf(request: Request) -> int:
    """What every layer sees: size, stride, start, holes, verdicts.

    Also the effective size, and what to make of it. Sizes are exact through branches, dilation,
    transposed and upsampling layers.
    """
    from convcalc.core.errors import ExitCode
    from convcalc.features.rf import field_report
    from convcalc.features.rf.chain_words import chain_reading, is_chain
    from convcalc.features.rf.words import FieldView, quiet
    from convcalc.report.json_text import answer_json

    format = formats.table_format(request.format, columns=request.columns, all=request.all)
    graph, is_placed = _graph(request)
    if request.plot is not None:
        _draw(request, graph, is_placed, request.plot)
    if request.at is not None:
        if request.quiet:
            raise unfit("--quiet is for the fields of layers, not of a unit", "leave one out")
        return _show_unit(request, graph, is_placed, request.at, format)
    report = field_report(
        graph,
        layers=request.layer,
        origin=request.origin,
        ignore=request.ignore,
        object_size=request.object,
        history=request.history,
        is_placed=is_placed,
    )
    if is_chain(request.words[0]):
        report = replace(report, reading=chain_reading(request.words))
    view = FieldView(report, request.columns, request.all or bool(request.layer))
    formats.write(
        format,
        request.color,
        view.page,
        lambda: answer_json(report),
        quiet=quiet(report, bool(request.layer)) if request.quiet else None,
    )
    warned = any(verdict.level == "warning" for verdict in report.verdicts)
    return ExitCode.FINDINGS if request.strict and warned else ExitCode.CLEAN


def _graph(request: Request) -> tuple[Graph, bool]:
    """The graph of the file or the chain, and whether its input's size is known."""
    from convcalc.cli.reading import read_network
    from convcalc.features.rf.chain_words import is_chain, place_chain

    first, *more = request.words
    if is_chain(first):
        if request.input is not None:
            help = "write it in place of 1d, 2d or 3d: 224x224 k3 s2"
            raise unfit("--input is for a file: a chain has its size in front", help)
        if request.set:
            help = "write the numbers themselves"
            raise unfit("--set is for a file: a chain has no variables", help)
        return place_chain(request.words, request.max_layers)
    if more:
        help = "give one file, or begin a chain with 1d, 2d, 3d or a size"
        raise unfit(f"`{more[0]}` stands behind the file `{first}`", help)
    network = read_network(first, request.stdin_filename)
    return network.graph(request.input, request.set, request.max_layers), True


def _draw(request: Request, graph: Graph, is_placed: bool, path: str) -> None:
    from convcalc.features.rf import field_report
    from convcalc.features.rf.chain_words import on_small_input
    from convcalc.features.rf.drawing import field_picture

    # A picture shows all layers, whichever the answer is about.
    report = field_report(graph, origin=request.origin, ignore=request.ignore, is_placed=is_placed)
    if not is_placed and request.at is None:
        report = on_small_input(report, request.words)
    picture = field_picture(report, request.layer, request.at, request.picture)
    draw(picture, path, request.theme, force=request.force)


def _show_unit(
    request: Request, graph: Graph, is_placed: bool, unit: values.Sizes, format: str
) -> int:
    from convcalc.core.errors import ExitCode
    from convcalc.features.rf import unit_words
    from convcalc.features.rf.answer import unit_report
    from convcalc.features.rf.chain_words import chain_reading, is_chain
    from convcalc.report.json_text import answer_json

    found = unit_report(graph, request.layer, unit, request.origin, request.ignore, is_placed)
    if is_chain(request.words[0]):
        found = replace(found, reading=chain_reading(request.words))
    formats.write(
        format, request.color, lambda form: unit_words.page(found), lambda: answer_json(found)
    )
    return ExitCode.CLEAN
