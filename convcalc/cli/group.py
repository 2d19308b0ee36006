"""The commands as Typer's group: each is found by its file, and imported when it is invoked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from convcalc.core.text import visible

SETTINGS = {"help_option_names": ["-h", "--help"]}


@cache
def command_names() -> tuple[str, ...]:
    """The names of all commands, sorted.

    >>> "plan" in command_names()
    True
    """
    files = (Path(__file__).parents[1] / "features").glob("*/command.py")
    return tuple(sorted(file.parent.name for file in files))


class CommandGroup(TyperGroup):
    """The features that have a file `command.py`, by name."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The names of all commands."""
        return list(command_names())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of that name, imported now; None where there is none."""
        if cmd_name not in command_names():
            return None
        module = import_module(f"convcalc.features.{cmd_name}.command")
        app = typer.Typer(add_completion=False, rich_markup_mode=self.rich_markup_mode)
        epilog = _epilog(module.EXAMPLES, rich=self.rich_markup_mode is not None)
        app.command(cmd_name, epilog=epilog, context_settings=SETTINGS)(getattr(module, cmd_name))
        return typer.main.get_command(app)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with; a usage error names the nearest one."""
        name = args[0]
        if name not in command_names() and not ctx.resilient_parsing:
            from convcalc.cli.options import nearest

            help = nearest(name, command_names())
            if name.endswith((".yaml", ".yml")):
                help = f"did you mean `convcalc plan {visible(name)}`?"
            ctx.fail(f"there is no command `{name}`; {help}")
        return super().resolve_command(ctx, args)


def _epilog(examples: Sequence[str], rich: bool) -> str:
    """The examples below the help, a line each, in the markup that Typer's help wants for it."""
    if rich:
        return "\n\n".join(["Examples:", *examples])
    return "\n".join(["\b", "Examples:", *(f"  {example}" for example in examples)])
