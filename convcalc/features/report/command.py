"""`convcalc report`: a network as one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import parameters, values
from convcalc.cli.declared import Option, Switch
from convcalc.cli.usage import bad

if TYPE_CHECKING:
    from convcalc.network import Network
    from convcalc.report.found import Finding

EXAMPLES = (
    "convcalc report resnet18.net.yaml -o resnet18.html",
    "convcalc report resnet18.net.yaml -o large.html --input 3x512x512 --batch 8 --force",
)


def _page_file(word: str, option: str) -> str:
    """The name of a page, or - for standard output."""
    from convcalc.core.text import visible

    if word == "-" or word.lower().endswith((".html", ".htm")):
        return word
    raise bad(f"`{visible(word)}` is no page", "name it .html, or write - for a pipe", option)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A page as it is asked for."""

    file: parameters.File
    output: Annotated[
        str | None,
        Option(
            "The page to write: -o net.html, or - for standard output. "
            "Default: the network's file with .html in place of its ending.",
            "FILE",
            _page_file,
            spelled=("--output", "-o"),
        ),
    ] = None
    input: parameters.Input = None
    set: parameters.Set = None
    batch: parameters.Batch = 1
    dtype: parameters.Dtype = None
    depth: Annotated[
        int | None,
        Option(
            "Fold blocks nested deeper than N in the graph: --depth 1. "
            "Default: as many as make it readable.",
            "N",
            values.integer(0),
        ),
    ] = None
    force: Annotated[bool, Switch("Overwrite the page where it exists.")] = False
    max_layers: parameters.MaxLayers = 20_000
    stdin_filename: parameters.StdinFilename = None


def report(request: Request) -> int:
    """Write a network as a page: costs, findings, graph, layers.

    The file holds all that it needs, and loads nothing. The exit code tells of the page alone:
    `convcalc check` tells of findings.
    """
    from convcalc.cli.output_file import write_file
    from convcalc.cli.reading import read_network
    from convcalc.cli.streams import answer
    from convcalc.core.errors import ExitCode
    from convcalc.core.text import visible
    from convcalc.features.report.web_page import Contents, web_page
    from convcalc.planning import plan

    network = read_network(request.file, request.stdin_filename)
    planned = plan(
        network,
        input=request.input,
        variables=request.set,
        batch=request.batch,
        dtype=request.dtype,
        max_layers=request.max_layers,
    )
    page = web_page(Contents.of(planned, _findings(network), request.depth))
    target = request.output or _beside(request.file)
    if target == "-":
        answer(page)
    else:
        write_file(target, page.encode(), request.force)
        answer(f"wrote {visible(target)}\n")
    return ExitCode.CLEAN


def _findings(network: Network) -> tuple[Finding, ...]:
    """What a check of the file finds, as it is written."""
    from convcalc.features.check.answer import check

    return check(network).problems


def _beside(file: str) -> str:
    """The page's name where none is given; standard input has none.

    >>> _beside("nets/a.net.yaml"), _beside("a.onnx"), _beside("a"), _beside("-")
    ('nets/a.html', 'a.html', 'a.html', '-')
    """
    if file == "-":
        return "-"
    from pathlib import PurePath

    plain = PurePath(file.removesuffix(".yaml").removesuffix(".yml"))
    return str(plain.with_suffix(".html"))
