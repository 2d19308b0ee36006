"""`convcalc plan`: the whole network, layer by layer."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Option, Options, Switch
from convcalc.cli.plotting import Force, Theme, draw, picture_file
from convcalc.cli.usage import known_words, one_of, unfit

if TYPE_CHECKING:
    from convcalc.core.errors import Problem
    from convcalc.network import Network
    from convcalc.planning import Plan

EXAMPLES = (
    "convcalc plan resnet18.net.yaml",
    "convcalc plan resnet18.net.yaml --input 3x256x256 --batch 32 --depth 0",
    "convcalc plan resnet18.net.yaml --sort macs --top 10 --shares",
    "convcalc plan resnet18.net.yaml --plot resnet18.svg",
    "convcalc plan resnet18.net.yaml --format json | jq .totals.params",
    "cat resnet18.net.yaml | convcalc plan -",
)

# Four for each, of the picture's own, are held in memory.
_MOST_PIXELS = 12_000_000


def _work_classes() -> Iterable[str]:
    from convcalc.kinds.base import WORK_CLASSES

    return WORK_CLASSES


def _counted(words: Sequence[str], option: str) -> tuple[str, ...]:
    """The classes of work in their usual order; `all` means every one."""
    known = tuple(_work_classes())
    chosen = known_words(words, option, (*known, "all"))
    return known if "all" in chosen else chosen


def _columns() -> Iterable[str]:
    from convcalc.report.columns import COLUMNS

    return (*COLUMNS, "all")


def _column_keys(words: Sequence[str], option: str) -> tuple[str, ...]:
    from convcalc.report.columns import spellings

    return values.keys(words, option, spellings())


def _sums() -> Iterable[str]:
    from convcalc.report.columns import TOTALS

    return TOTALS


def _sum_key(word: str, option: str) -> str:
    """The key of a column that holds sums."""
    from convcalc.report.columns import TOTALS, spellings

    names = {name: key for name, key in spellings().items() if key in TOTALS}
    return names[one_of(word.lower(), names, option)]


def _formats() -> Iterable[str]:
    from convcalc.report import formats, graph_formats

    return (*formats(), *graph_formats())


@dataclass(frozen=True, kw_only=True)
class Request:
    """A plan as it is asked for."""

    file: parameters.File
    input: parameters.Input = None
    set: parameters.Set = None
    batch: parameters.Batch = 1
    dtype: parameters.Dtype = None
    count: Annotated[
        tuple[str, ...],
        Options(
            "Elementwise work to show beside the MACs: --count bias,norm or --count all. "
            "Classes: {known}.",
            "CLASSES",
            _counted,
            _work_classes,
        ),
    ] = ()
    columns: Annotated[
        tuple[str, ...],
        Options(
            "Columns to show, in this order: --columns name,output,params or --columns all.",
            "NAMES",
            _column_keys,
            _columns,
        ),
    ] = ()
    depth: Annotated[
        int | None,
        Option(
            "Fold blocks nested deeper than N to one line: --depth 0 folds every block.",
            "N",
            values.integer(0),
        ),
    ] = None
    shares: Annotated[bool, Switch("Show what share of all params and MACs each line has.")] = False
    sort: Annotated[
        str | None,
        Option(
            "The greatest figures first, in a list without blocks: --sort macs.",
            "COLUMN",
            _sum_key,
            _sums,
        ),
    ] = None
    top: Annotated[
        int | None,
        Option("Show no more lines than these: --sort params --top 10.", "N", values.integer(1)),
    ] = None
    explain: Annotated[bool, Switch("Say below the table what each figure counts.")] = False
    format: Annotated[
        str | None,
        Option(
            "How to write it: {known}, as in --format csv; the last two are its graph, for "
            "programs that draw. "
            "Default: table on a terminal, plain in a pipe.",
            "NAME",
            known=_formats,
        ),
    ] = None
    plot: Annotated[
        str | None,
        Option(
            "Draw the graph too: --plot net.svg, or .png. --depth says which blocks are folded; "
            "without it, as many as make it readable.",
            "FILE",
            picture_file("svg", "png"),
        ),
    ] = None
    theme: Theme = "auto"
    force: Force = False
    strict: Annotated[
        bool, Switch("Exit with 1 where a layer does not tell all of its figures.")
    ] = False
    max_layers: parameters.MaxLayers = 100_000
    stdin_filename: parameters.StdinFilename = None
    color: parameters.Color = "auto"


def plan(request: Request) -> int:
    """Plan a network: shapes, costs, receptive field of every layer.

    The network's expectations are checked too: where one fails, the exit code is 1. With
    --strict it is 1, too, where totals are lower bounds.
    """
    from convcalc.cli.reading import read_network
    from convcalc.cli.reporting import tell
    from convcalc.cli.streams import answer, style_of
    from convcalc.core.errors import ExitCode
    from convcalc.planning import plan as make_plan
    from convcalc.report import graph_formats, written, written_graph

    format = _format(request)
    network = read_network(request.file, request.stdin_filename)
    planned = make_plan(
        network,
        input=request.input,
        variables=request.set,
        batch=request.batch,
        dtype=request.dtype,
        max_layers=request.max_layers,
    )
    if request.plot is not None:
        _draw(request, planned, request.plot)
    if format == "json":
        from convcalc.report.json_text import answer_json

        answer(answer_json(planned))
    elif format in graph_formats():
        from convcalc.report.diagram import fitting_outline

        answer(written_graph(fitting_outline(planned, request.depth), format))
    else:
        from convcalc.report.view import PlanView

        view = PlanView(
            planned,
            request.columns,
            request.count,
            request.depth,
            request.shares,
            request.sort,
            request.top,
            request.explain,
        )
        answer(written(view.page(format), format, style_of(sys.stdout, request.color)))
    failures = [*(planned.failures or ())]
    if request.strict:
        failures += _untold(network, planned)
    if failures:
        tell(failures, network.document.text, request.color)
        return ExitCode.FINDINGS
    return ExitCode.CLEAN


def _untold(network: Network, planned: Plan) -> Iterable[Problem]:
    """A finding for each layer that does not tell its figures."""
    from convcalc.features.check.rules.base import Subject
    from convcalc.features.check.rules.untold_figures import RULE

    for problem in RULE.find(Subject(network, planned)):
        yield replace(problem, file=network.document.file)


def _format(request: Request) -> str:
    """The format asked for, if it goes with what else is asked. Raises UsageError."""
    from convcalc.report import graph_formats

    selection = {
        "columns": request.columns,
        "count": request.count,
        "shares": request.shares,
        "sort": request.sort,
        "top": request.top,
        "explain": request.explain,
    }
    if request.format in graph_formats():
        for option, given in selection.items():
            if given:
                unasked = f"--{option} does not go with --format {request.format}"
                raise unfit(unasked, "a graph has no table")
    # A picture is folded, whatever is printed beside it.
    folds = request.depth is not None and request.plot is None
    del selection["explain"]
    return formats.table_format(request.format, depth=folds, **selection)


def _draw(request: Request, planned: Plan, path: str) -> None:
    from convcalc.report.diagram import TooLargeError, diagram_picture, fitting_outline
    from convcalc.report.drawing import format_of

    try:
        picture = diagram_picture(fitting_outline(planned, request.depth))
    except TooLargeError as error:
        help = "fold blocks, as in --depth 0, or let Graphviz draw it: --format dot"
        raise unfit(f"the graph is too large to draw: {error}", help) from None
    if format_of(path) == "png" and picture.width * picture.height > _MOST_PIXELS:
        size = f"{picture.width:,} x {picture.height:,}"
        fits = f"{_MOST_PIXELS:,} pixels in all fit a PNG"
        help = "fold blocks, as in --depth 0, or write an SVG"
        raise unfit(f"the picture is too large: {size}, and up to {fits}", help)
    draw(picture, path, request.theme, force=request.force)
