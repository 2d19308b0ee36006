"""`convcalc diff`: two networks, or one against a git revision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from convcalc.cli import formats, parameters
from convcalc.cli.declared import Arguments, Option, Options, Switch
from convcalc.cli.usage import bad, unfit

if TYPE_CHECKING:
    from convcalc.features.diff.change_limits import Limit
else:
    Limit = str

EXAMPLES = (
    "convcalc diff resnet18.net.yaml resnet50.net.yaml",
    "convcalc diff net.net.yaml --base origin/main",
    "convcalc diff nets --base origin/main --format markdown",
    "convcalc diff net.net.yaml --base main --fail-on 'params>+5%' --fail-on 'memory>+64MiB'",
)


def _limits(words: Sequence[str], option: str) -> tuple[Limit, ...]:
    from convcalc.features.diff.change_limits import LimitError, parse_limit

    found = []
    for word in words:
        try:
            found.append(parse_limit(word))
        except LimitError as error:
            raise bad(f"`{word}`: {error}", error.help, option) from None
    return tuple(found)


def _usual_limits() -> Iterable[str]:
    from convcalc.features.diff.change_limits import KNOWN

    return [f"{figure}>+5%" for figure in KNOWN]


@dataclass(frozen=True, kw_only=True)
class Request:
    """A comparison of networks as it is asked for."""

    files: Annotated[
        tuple[str, ...],
        Arguments(
            "Two files, the older one first. With --base one or more files or folders as "
            "they are now. - is standard input.",
            "FILES",
        ),
    ]
    base: Annotated[
        str | None,
        Option(
            "Compare with the files as they are in this git revision: --base origin/main.", "REV"
        ),
    ] = None
    fail_on: Annotated[
        tuple[Limit, ...],
        Options(
            "Exit with 1 where a change goes over this: --fail-on 'params>+5%'. Figures: "
            "params, macs, flops, memory, activations, receptive_field, stride, layers; with >, "
            "<, >= or <=; a change in percent, or +1M, -8, +64MiB.",
            "LIMIT",
            _limits,
            _usual_limits,
        ),
    ] = ()
    all_layers: Annotated[
        bool,
        Switch(
            "Show every layer by itself, those that stay as they are too.",
            spelled=("--all",),
            off="--only-changed",
        ),
    ] = False
    input: parameters.Input = None
    set: parameters.Set = None
    format: formats.TableFormat = None
    max_layers: parameters.MaxLayers = 100_000
    stdin_filename: parameters.StdinFilename = None
    color: parameters.Color = "auto"


def diff(request: Request) -> int:
    """Compare two networks, or one with an earlier git revision.

    Layers added, removed and changed, and what that does to the sums. Layers are matched by name
    and structure, not by number.
    """
    from convcalc.features.diff.comparing import Compared, Settings

    files, base = request.files, request.base
    settings = Settings(request.input, request.set, request.max_layers, request.stdin_filename)
    compared = Compared(settings)
    if base is not None:
        for file in files:
            compared.with_revision(file, base)
    elif len(files) != 2:
        help = "give both, or --base REV for a git revision"
        raise unfit(f"two files are compared, got {len(files)}", help)
    elif files[0] == files[1] == "-":
        raise unfit("standard input can be read once", "name a file")
    else:
        compared.two(*files)
    return compared.tell(request.fail_on, request.format, request.color, request.all_layers)
