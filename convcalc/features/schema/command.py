"""`convcalc schema`: the JSON Schemas of the format and of the plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from convcalc.cli.declared import Switch

EXAMPLES = (
    "convcalc schema > net.schema.json",
    "convcalc schema --plan > plan.schema.json",
)


@dataclass(frozen=True, kw_only=True)
class Request:
    """A schema as it is asked for."""

    plan: Annotated[
        bool, Switch("The schema of `convcalc plan --format json` in place of the file's.")
    ] = False


def schema(request: Request) -> int:
    """Print the JSON Schema of the file format, for editors.

    With it beside a network, the first line `# yaml-language-server: $schema=net.schema.json`
    gives completion and documentation while typing.
    """
    import json

    from convcalc.cli.streams import answer
    from convcalc.core.errors import ExitCode
    from convcalc.features.schema import input_schema, plan_schema

    answer(json.dumps(plan_schema() if request.plan else input_schema(), indent=2) + "\n")
    return ExitCode.CLEAN
