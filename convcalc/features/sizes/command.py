"""`convcalc sizes`: the input sizes that a network takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Option, Options

EXAMPLES = (
    "convcalc sizes unet.net.yaml",
    "convcalc sizes unet.net.yaml --near 670x460",
    "convcalc sizes resnet50.net.yaml --require strides --range 1:512",
    "convcalc sizes lenet5.net.yaml --require legal,pixels,expect",
)


def _criteria() -> Iterable[str]:
    from convcalc.features.sizes.answer import CRITERIA

    return CRITERIA


@dataclass(frozen=True, kw_only=True)
class Request:
    """Sizes as they are asked for."""

    file: parameters.File
    near: Annotated[
        str | None,
        Option("Find the good sizes nearest to this one: --near 670x460.", "SIZE", values.size),
    ] = None
    range: Annotated[
        values.Span | None,
        Option(
            "Sizes to check: --range 1:4096. Default: 1:1024, fewer where a long network has to be "
            "planned at each, or beyond --near.",
            "LOW:HIGH",
            values.span(1, "1:4096"),
        ),
    ] = None
    require: Annotated[
        tuple[str, ...],
        Options(
            "What a good size has to be: legal (every layer stands, every merge fits), pixels "
            "(none is dropped), exact (not even padding is), strides (each divides its map), "
            "weights (learnt arrays keep their shapes), expect (expectations hold), as in "
            "--require legal,strides. Default: legal,pixels,weights.",
            "CRITERIA",
            known=_criteria,
        ),
    ] = ()
    input: parameters.Input = None
    set: parameters.Set = None
    stdin_filename: parameters.StdinFilename = None
    format: formats.TableFormat = None
    color: parameters.Color = "auto"


def sizes(request: Request) -> int:
    """Input sizes that work, their pattern, the layer to blame.

    The nearest good sizes are named. Every size of the range is checked on each axis; exit code 1
    where none is good.
    """
    from convcalc.cli.reading import read_network
    from convcalc.core.errors import ExitCode
    from convcalc.features.sizes import words
    from convcalc.features.sizes.answer import USUAL
    from convcalc.features.sizes.search import sizes
    from convcalc.report.json_text import answer_json

    found = sizes(
        read_network(request.file, request.stdin_filename),
        range=request.range,
        require=request.require or USUAL,
        near=request.near,
        input=request.input,
        variables=request.set,
    )
    formats.write(
        request.format, request.color, lambda form: words.page(found), lambda: answer_json(found)
    )
    return ExitCode.CLEAN if all(axis.good for axis in found.axes) else ExitCode.FINDINGS
