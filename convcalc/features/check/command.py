"""`convcalc check`: findings in network files, for people and for continuous integration."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli import completion, parameters

EXAMPLES = (
    "convcalc check",
    "convcalc check nets/ --ignore CC4 --fail-on warning",
    "convcalc check nets/*.net.yaml --format github",
    "convcalc check --fix nets/resnet18.net.yaml",
    "cat resnet18.net.yaml | convcalc check - --stdin-filename nets/resnet18.net.yaml",
)


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATHS",
            help="Files, folders, patterns such as nets/**/*.yaml, or - for standard input. "
            "Folders are searched for *.net.yaml; without a path, this one.",
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODES",
            help="Look for these only, by code, its beginning, or name: --select CC3,CC405.",
            autocompletion=completion.complete_selector,
        ),
    ] = None,
    ignore: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODES",
            help="Leave these out: --ignore CC4,unused-layer. The longest code that fits wins.",
            autocompletion=completion.complete_selector,
        ),
    ] = None,
    extend_select: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODES",
            help="Look for these too: --extend-select ALL.",
            autocompletion=completion.complete_selector,
        ),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            metavar="LEVEL",
            help="Findings from this level on make the exit code 1: error, warning, info or "
            "never, as in --fail-on warning. Default: error.",
            autocompletion=completion.complete_fail_on,
        ),
    ] = None,
    exit_zero: Annotated[
        bool, typer.Option("--exit-zero", help="Exit with 0 even where there are findings.")
    ] = False,
    format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How to write findings: full, concise, json, jsonl, sarif, github, gitlab, "
            "junit or markdown, as in --format sarif.",
            autocompletion=completion.complete_findings_format,
        ),
    ] = None,
    output_file: Annotated[
        str | None,
        typer.Option(
            metavar="FILE", help="Write findings to a file: --output-file findings.sarif."
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="The configuration for all files, in place of the nearest: "
            "--config ci/convcalc.toml.",
        ),
    ] = None,
    isolated: Annotated[
        bool, typer.Option("--isolated", help="Read no configuration at all.")
    ] = False,
    force_exclude: Annotated[
        bool,
        typer.Option(
            "--force-exclude",
            help="Let the configuration's `exclude` hold for files that are named here too.",
        ),
    ] = False,
    stdin_filename: parameters.StdinFilename = None,
    no_ignores: Annotated[
        bool,
        typer.Option("--no-ignores", help="Report what comments in the files ignore, too."),
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="Report only what is not in this list of known findings: "
            "--baseline convcalc-baseline.json. Findings that are gone leave the list.",
        ),
    ] = None,
    update_baseline: Annotated[
        bool,
        typer.Option("--update-baseline", help="Write today's findings into the baseline."),
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Repair what has a single safe repair, in the files.")
    ] = False,
    unsafe_fixes: Annotated[
        bool,
        typer.Option(
            "--unsafe-fixes", help="With --fix or --diff: repairs too that change the network."
        ),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show what --fix would change, and change nothing.")
    ] = False,
    statistics: Annotated[
        bool, typer.Option("--statistics", help="Show how often each finding was made.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Name every file that was checked.")
    ] = False,
    jobs: Annotated[
        str | None,
        typer.Option(metavar="N", help="Processes to share the files among: --jobs 4."),
    ] = None,
    color: parameters.Color = "auto",
) -> int:
    """Check network files: every finding with place, sum and repair.

    The exit code is 0 without errors, 1 with errors, and 2 where a path, an option or the
    configuration cannot be used.
    """
    from convcalc.cli.options import bad
    from convcalc.features.check.checking import check as run
    from convcalc.features.check.request import Request, UsageError

    request = Request(
        paths=paths or [],
        select=select,
        ignore=ignore,
        extend_select=extend_select,
        fail_on=fail_on,
        exit_zero=exit_zero,
        format=format,
        output_file=output_file,
        config=config,
        isolated=isolated,
        force_exclude=force_exclude,
        stdin_filename=stdin_filename,
        no_ignores=no_ignores,
        baseline=baseline,
        update_baseline=update_baseline,
        fix=fix,
        unsafe_fixes=unsafe_fixes,
        diff=diff,
        statistics=statistics,
        verbose=verbose,
        jobs=jobs,
        color=color,
    )
    try:
        return run(request)
    except UsageError as error:
        raise bad(error.message, error.help, error.option) from error
