"""`convcalc init`: a starting file."""

from __future__ import annotations

from typing import Annotated

import typer

from convcalc.cli.completion import complete_template

EXAMPLES = (
    "convcalc init",
    "convcalc init --template resnet18 nets/mine.net.yaml",
    "convcalc init --list",
)


def init(
    path: Annotated[
        str | None,
        typer.Argument(
            metavar="PATH",
            help="The file to write, a folder for it, or - for standard output. "
            "Default: the template's name, as in lenet5.net.yaml.",
        ),
    ] = None,
    template: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The network to start from: --template resnet18.",
            autocompletion=complete_template,
        ),
    ] = "lenet5",
    list_all: Annotated[bool, typer.Option("--list", help="List the templates.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Overwrite the file where it exists.")
    ] = False,
) -> int:
    """Write a starting file, one of the networks of convcalc."""
    import os
    from pathlib import Path

    from convcalc.cli import options
    from convcalc.cli.streams import answer, say
    from convcalc.cli.writing import WriteError, write_file
    from convcalc.core.errors import ExitCode
    from convcalc.core.text import visible
    from convcalc.features.init.templates import SUFFIX, template_text, template_title, templates

    known = templates()
    if list_all:
        width = max(map(len, known))
        answer("".join(f"{name:{width}}  {template_title(name)}\n" for name in known))
        return ExitCode.CLEAN
    options.one_of(template, known, "--template")
    if path == "-":
        answer(template_text(template))
        return ExitCode.CLEAN
    target = path or f"{template}{SUFFIX}"
    if os.path.isdir(target):
        target = str(Path(target, f"{template}{SUFFIX}"))
    try:
        write_file(target, template_text(template).encode(), force)
    except WriteError as error:
        say(str(error))
        return ExitCode.UNUSABLE
    shown = visible(target)
    answer(f"wrote {shown} ({template_title(template)})\nnext: convcalc plan {shown}\n")
    return ExitCode.CLEAN
