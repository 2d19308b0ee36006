"""`convcalc init`: a starting file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli.declared import Argument, Option, Switch

EXAMPLES = (
    "convcalc init",
    "convcalc init --template resnet18 nets/mine.net.yaml",
    "convcalc init --list",
)


def _templates() -> Iterable[str]:
    from convcalc.features.init.templates import templates

    return templates()


@dataclass(frozen=True, kw_only=True)
class Request:
    """A file to begin with, as it is asked for."""

    path: Annotated[
        str | None,
        Argument(
            "The file to write, a folder for it, or - for standard output. "
            "Default: the template's name, as in lenet5.net.yaml.",
            "PATH",
        ),
    ] = None
    template: Annotated[
        str,
        Option("The network to start from: --template resnet18.", "NAME", known=_templates),
    ] = "lenet5"
    list: Annotated[bool, Switch("List the templates.")] = False
    force: Annotated[bool, Switch("Overwrite the file where it exists.")] = False


def init(request: Request) -> int:
    """Write a starting file, one of the networks of convcalc."""
    from convcalc.cli.output_file import write_file
    from convcalc.cli.streams import answer
    from convcalc.core.errors import ExitCode
    from convcalc.core.text import visible
    from convcalc.features.init.templates import SUFFIX, template_text, template_title, templates

    if request.list:
        width = max(map(len, templates()))
        answer("".join(f"{name:{width}}  {template_title(name)}\n" for name in templates()))
        return ExitCode.CLEAN
    template = request.template
    if request.path == "-":
        answer(template_text(template))
        return ExitCode.CLEAN
    target = request.path or f"{template}{SUFFIX}"
    if os.path.isdir(target):
        target = os.path.join(target, f"{template}{SUFFIX}")
    write_file(target, template_text(template).encode(), request.force)
    shown = visible(target)
    answer(f"wrote {shown} ({template_title(template)})\nnext: convcalc plan {shown}\n")
    return ExitCode.CLEAN
