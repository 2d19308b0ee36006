"""`convcalc init`: a starting file."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli.declared import Argument, Option, Switch

EXAMPLES = (
    "convcalc init",
    "convcalc init resnet18",
    "convcalc init --template resnet18 --output nets/mine.net.yaml",
    "convcalc init --list",
)

DEFAULT = "lenet5"


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
            "Default: the template's name, as in lenet5.net.yaml. "
            "The name of a template is that template: resnet18, nets/resnet18.net.yaml.",
            "PATH",
        ),
    ] = None
    output: Annotated[
        str | None,
        Option(
            "The file to write: -o net.net.yaml. --output net.net.yaml is the same.",
            "FILE",
            spelled=("--output", "-o"),
        ),
    ] = None
    template: Annotated[
        str | None,
        Option(
            "The network to start from: --template resnet18. Default: lenet5.",
            "NAME",
            known=_templates,
        ),
    ] = None
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
    template, target = _asked(request)
    if target == "-":
        answer(template_text(template))
        return ExitCode.CLEAN
    if os.path.isdir(target):
        target = os.path.join(target, f"{template}{SUFFIX}")
    write_file(target, template_text(template).encode(), request.force)
    shown = visible(target)
    answer(f"wrote {shown} ({template_title(template)})\nnext: convcalc plan {shown}\n")
    return ExitCode.CLEAN


def _asked(request: Request) -> tuple[str, str]:
    """The template and the path to write, where either may say the other."""
    from convcalc.cli.usage import unfit
    from convcalc.features.init.templates import SUFFIX, templates

    path = request.path
    named = os.path.basename(path or "").removesuffix(SUFFIX)
    is_name = named in templates() and not os.path.isdir(path or "")
    template = request.template or (named if is_name else DEFAULT)
    if request.output is not None:
        if path is not None and (request.template or not is_name):
            raise unfit("PATH and --output both name the file to write", "give one of them")
        return template, request.output
    if path is None:
        return template, f"{template}{SUFFIX}"
    if is_name and request.template is None and not path.endswith(SUFFIX):
        path += SUFFIX
    return template, path
