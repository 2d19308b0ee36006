"""`convcalc sizes`: the input sizes that a network takes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli import formats, parameters, values
from convcalc.cli.declared import Option, Options
from convcalc.cli.usage import bad

EXAMPLES = (
    "convcalc sizes unet.net.yaml",
    "convcalc sizes unet.net.yaml --near 670x460",
    "convcalc sizes resnet50.net.yaml --require strides --range 1:512",
    "convcalc sizes lenet5.net.yaml --require legal,pixels,expect",
)
MAX_RANGE = 65_536
# The largest size that is checked unless another is asked for.
MOST = 1024


def _criteria() -> Iterable[str]:
    from convcalc.features.sizes.answer import CRITERIA

    return CRITERIA


@dataclass(frozen=True, kw_only=True)
class Request:
    """Sizes as they are asked for."""

    file: parameters.File
    near: Annotated[
        values.Sizes | None,
        Option("Find the good sizes nearest to this one: --near 670x460.", "SIZE", values.size),
    ] = None
    range: Annotated[
        values.Span | None,
        Option(
            "Sizes to check: --range 1:4096. Default: 1:1024, or beyond --near.",
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
    from convcalc.features.sizes import data, words
    from convcalc.features.sizes.answer import USUAL
    from convcalc.features.sizes.search import sizes as find_sizes

    low, high = _bounds(request)
    network = read_network(request.file, request.stdin_filename)
    required = request.require or USUAL
    found = find_sizes(network, low, high, required, request.near, request.set)
    formats.write(
        request.format, request.color, lambda form: words.page(found), lambda: data.render(found)
    )
    return ExitCode.CLEAN if all(axis.good for axis in found.axes) else ExitCode.FINDINGS


def _bounds(request: Request) -> tuple[int, int]:
    """The sizes to check: those asked for, else so many that some are found around `near`."""
    if request.range is not None:
        low, high, option = request.range[0], request.range[-1], "--range"
    else:
        around = max(request.near, default=0) if request.near else 0
        low, high, option = 1, max(MOST, around + around // 4 + 64), "--near"
    if high - low >= MAX_RANGE:
        raise bad(f"at most {MAX_RANGE:,} sizes are checked", "ask for fewer", option)
    return low, high
