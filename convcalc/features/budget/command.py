"""`convcalc budget`: today's figures into a file, as the limits that it has to keep."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import completion, parameters

EXAMPLES = (
    "convcalc budget resnet18.net.yaml",
    "convcalc budget nets/ --slack 5% --only params,macs",
    "convcalc budget resnet18.net.yaml --diff",
    "convcalc budget nets/ --slack 0 --update --layers",
)


def budget(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="FILES",
            help="Files, folders, patterns such as nets/**/*.yaml, or - for standard input. "
            "Folders are searched for *.net.yaml.",
        ),
    ],
    slack: Annotated[
        str,
        typer.Option(
            metavar="PERCENT",
            help="Room between a figure and its limit: --slack 5%. 0 writes the figures exactly.",
        ),
    ] = "10%",
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FIGURES",
            help="Figures to limit: params, macs, memory, receptive_field, stride, output, as in "
            "--only params,macs. Default: the first four.",
            autocompletion=completion.complete_figures,
        ),
    ] = None,
    update: Annotated[
        bool,
        typer.Option("--update", help="Rewrite exact expectations too, which are kept otherwise."),
    ] = False,
    layers: Annotated[
        bool,
        typer.Option("--layers", help="Limit params and macs of each layer of `layers` too."),
    ] = False,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; exit with 1 where a file would change."),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what would change, as a diff, and write nothing.")
    ] = False,
    stdin_filename: parameters.StdinFilename = None,
    format: parameters.TextOrJson = "text",
    color: parameters.Color = "auto",
) -> int:
    """Write today's figures into a network's `expect`, as limits.

    Limits leave some room to spare, as --slack says. Comments and everything else in the file stay
    as they are. From then on `convcalc check` and `convcalc plan` fail where a figure passes its
    limit.
    """
    from convcalc.cli import options
    from convcalc.features.budget.answer import Wanted
    from convcalc.features.budget.request import Run
    from convcalc.features.check.limits import FIGURES, MAX_SLACK, read_slack

    options.color(color)
    options.one_of(format, ("text", "json"), "--format")
    room = read_slack(slack)
    if room is None:
        message = f"wants a percentage from 0 to {MAX_SLACK}, got `{slack}`"
        raise options.bad(message, "write --slack 10%", "--slack")
    names = [word.replace("-", "_") for word in options.words(only)]
    chosen = tuple(options.one_of(name, FIGURES, "--only") for name in names)
    if check and diff:
        raise options.bad("goes without --check", "--diff writes nothing either", "--diff")
    wanted = Wanted(room, chosen, update=update, layers=layers)
    run = Run(wanted, writes=not (check or diff), shows_diff=diff, json=format == "json")
    return run.over(paths, stdin_filename, color)
