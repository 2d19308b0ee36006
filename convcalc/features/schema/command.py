"""`convcalc schema`: the JSON Schemas of the format and of the plan."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = (
    "convcalc schema > net.schema.json",
    "convcalc schema --plan > plan.schema.json",
)


def schema(
    plan: Annotated[
        bool,
        typer.Option(
            "--plan", help="The schema of `convcalc plan --format json` in place of the file's."
        ),
    ] = False,
) -> int:
    """Print the JSON Schema of the file format, for editors.

    With it beside a network, the first line `# yaml-language-server: $schema=net.schema.json`
    gives completion and documentation while typing.
    """
    import json

    from convcalc.cli.streams import answer
    from convcalc.core.errors import ExitCode
    from convcalc.features.schema import input_schema, plan_schema

    answer(json.dumps(plan_schema() if plan else input_schema(), indent=2) + "\n")
    return ExitCode.CLEAN
