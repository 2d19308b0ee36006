"""`convcalc diff`: two networks, or one against a git revision."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from convcalc.cli import completion, parameters

if TYPE_CHECKING:
    from convcalc.features.diff.limits import Limit

EXAMPLES = (
    "convcalc diff resnet18.net.yaml resnet50.net.yaml",
    "convcalc diff net.net.yaml --base origin/main",
    "convcalc diff nets --base origin/main --format markdown",
    "convcalc diff net.net.yaml --base main --fail-on 'params>+5%' --fail-on 'memory>+64MiB'",
)
FORMATS = ("text", "markdown", "json")


def diff(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES",
            help="Two files, the older one first. With --base one or more files or folders as "
            "they are now. - is standard input.",
        ),
    ],
    base: Annotated[
        str | None,
        typer.Option(
            metavar="REV",
            help="Compare with the files as they are in this git revision: --base origin/main.",
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option(
            metavar="LIMIT",
            help="Exit with 1 where a change goes over this: --fail-on 'params>+5%'. Figures: "
            "params, macs, flops, memory, activations, receptive_field, stride, layers; with >, "
            "<, >= or <=; a change in percent, or +1M, -8, +64MiB.",
            autocompletion=completion.complete_limit,
        ),
    ] = None,
    all_layers: Annotated[
        bool,
        typer.Option(
            "--all/--only-changed",
            help="Show every layer by itself, those that stay as they are too.",
        ),
    ] = False,
    input: parameters.Input = None,
    set: parameters.Set = None,
    format: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="text, markdown (a comment on a pull request) or json: --format markdown.",
            autocompletion=completion.complete_diff_format,
        ),
    ] = "text",
    max_layers: parameters.MaxLayers = "100000",
    stdin_filename: parameters.StdinFilename = None,
    color: parameters.Color = "auto",
) -> int:
    """Compare two networks, or one with an earlier git revision.

    Layers added, removed and changed, and what that does to the sums. Layers are matched by name
    and structure, not by number.
    """
    from convcalc.cli import options
    from convcalc.features.diff import request as comparing

    options.color(color)
    options.one_of(format, FORMATS, "--format")
    limits = tuple(_limit(text) for text in fail_on or ())
    settings = comparing.Settings(
        options.input_shapes(input),
        options.variables(set),
        options.whole_number(max_layers, "--max-layers", 1),
        stdin_filename,
    )
    if base is None and len(files) != 2:
        help = "or give --base REV to compare with a git revision"
        raise options.bad(f"wants two files, got {len(files)}", help, "FILES")
    if base is None and files[0] == files[1] == "-":
        raise options.bad("standard input can be read once", "name a file", "FILES")
    compared = comparing.Compared()
    if base is None:
        compared.two(files[0], files[1], settings)
    else:
        for file in files:
            compared.with_revision(file, base, settings)
    return compared.tell(limits, format, color, all_layers)


def _limit(text: str) -> Limit:
    from convcalc.cli.options import bad
    from convcalc.features.diff.limits import LimitError, parse_limit

    try:
        return parse_limit(text)
    except LimitError as error:
        raise bad(f"`{text}`: {error}", error.help, "--fail-on") from None
