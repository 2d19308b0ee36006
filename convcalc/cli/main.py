"""From arguments to an exit code: whatever happens, a person gets a sentence, not a traceback."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from convcalc.cli.group import SETTINGS, CommandGroup, command_names
from convcalc.cli.safety import PROGRAM, complain, safely
from convcalc.cli.safety import version as version_line
from convcalc.cli.streams import answer, is_terminal
from convcalc.core.errors import ExitCode, StackError

# `typer` exports the errors of wrong usage by this one.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]


def run_safely(args: list[str]) -> int:
    """Run `args`; every failure becomes its exit code and a message on standard error."""
    return safely(lambda: _run(args))


def _run(args: list[str]) -> int:
    command: Any = typer.main.get_command(_app())
    try:
        code = command.main(args or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except StackError as error:
        from convcalc.cli.reporting import unusable

        return unusable(error)
    except _UsageError as error:
        complain(*_usage_lines(error, args))
        return ExitCode.UNUSABLE
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except SystemExit as error:
        # Typer leaves this way when a pipe closes on its help, and after shell completion.
        if isinstance(error.__context__, OSError):
            return ExitCode.CLEAN
        return error.code if isinstance(error.code, int) else ExitCode.CLEAN
    return code if isinstance(code, int) else ExitCode.CLEAN


def _app() -> typer.Typer:
    # A terminal gets the help in colours and boxes, a pipe gets plain text and no import of Rich.
    rich = is_terminal(sys.stdout)
    app = typer.Typer(
        cls=CommandGroup, rich_markup_mode="rich" if rich else None, context_settings=SETTINGS
    )
    app.callback()(_root)
    return app


def _show_version(wanted: bool) -> None:
    if wanted:
        answer(f"{version_line()}\n")
        raise typer.Exit(ExitCode.CLEAN)


def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Show the version and exit.", callback=_show_version),
    ] = False,
) -> None:
    """Exact shapes, costs and receptive fields of convolutional networks, from plain text.

    Start with: convcalc init, then convcalc plan lenet5.net.yaml
    """


def _usage_lines(error: Any, args: list[str]) -> tuple[str, str]:
    """A usage error in one line, and where to read more."""
    message = error.format_message()
    context = getattr(error, "ctx", None)
    # Only an unknown option has possibilities, even if there are none.
    if context is not None and hasattr(error, "possibilities"):
        from convcalc.cli.options import nearest

        known = [o for param in context.command.params for o in param.opts if o.startswith("-")]
        message = f"there is no option {error.option_name}; {nearest(error.option_name, known)}"
    command = [PROGRAM, *(arg for arg in args[:1] if arg in command_names()), "--help"]
    return f"error: {message}", f"help: {' '.join(command)}"
