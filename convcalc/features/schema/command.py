"""`convcalc schema`: the JSON Schemas of the format, and of what each command answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from convcalc.cli.declared import Option, Switch

EXAMPLES = (
    "convcalc schema > net.schema.json",
    "convcalc schema --for plan > plan.schema.json",
)


def _commands() -> Iterable[str]:
    from convcalc.features.schema import commands

    return commands()


@dataclass(frozen=True, kw_only=True)
class Request:
    """A schema as it is asked for."""

    for_: Annotated[
        str | None,
        Option(
            "The schema of what a command answers with --format json, in place of the file's: "
            "{known}, as in --for plan.",
            "COMMAND",
            known=_commands,
            spelled=("--for",),
        ),
    ] = None
    plan: Annotated[bool, Switch("The same as --for plan.")] = False


def schema(request: Request) -> int:
    """Print the JSON Schema of the file format or of an answer.

    With the format's beside a network, the first line
    `# yaml-language-server: $schema=net.schema.json`
    gives completion and documentation while typing.
    """
    import json

    from convcalc.cli.streams import answer
    from convcalc.cli.usage import need_texts, unfit
    from convcalc.core.errors import ExitCode
    from convcalc.features.schema import answer_schema, input_schema

    need_texts("schemas")
    if request.plan and request.for_ not in (None, "plan"):
        raise unfit("--plan is the same as --for plan", "give one of them")
    command = "plan" if request.plan else request.for_
    made = input_schema() if command is None else answer_schema(command)
    answer(json.dumps(made, indent=2) + "\n")
    return ExitCode.CLEAN
