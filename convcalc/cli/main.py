"""Help, completion, and what is wrong with a command line: Typer's part."""

from __future__ import annotations

import sys
from shutil import get_terminal_size
from typing import Annotated, Any

import typer

from convcalc.cli.group import SETTINGS, CommandGroup
from convcalc.cli.safety import PROGRAM, complain, help_line, told
from convcalc.cli.safety import version as version_line
from convcalc.cli.streams import answer, is_terminal
from convcalc.cli.usage import UsageError, need_texts
from convcalc.core.errors import ExitCode
from convcalc.core.text import nearest

_LEAST_FOR_BOXES = 80


def run(args: list[str]) -> int:
    """Run `args` through Typer; the exit code is returned."""
    return told(lambda: _run(args), args)


def _run(args: list[str]) -> int:
    command: Any = typer.main.get_command(_app())
    try:
        code = command.main(args or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except typer.TyperException as error:
        complain(f"error: {_sentence(error)}", help_line(args))
        return ExitCode.UNUSABLE
    except typer.Abort:
        return ExitCode.INTERRUPTED
    except SystemExit as error:
        # Typer leaves this way when a pipe closes on its help, and after shell completion.
        if isinstance(error.__context__, OSError):
            return ExitCode.CLEAN
        return error.code if isinstance(error.code, int) else ExitCode.CLEAN
    return code if isinstance(code, int) else ExitCode.CLEAN


def _sentence(error: typer.TyperException) -> str:
    """What is wrong, in one line; an option that there is not is answered with the nearest."""
    # Only an unknown option has possibilities, even if there are none.
    if not hasattr(error, "possibilities"):
        return error.format_message()
    name: str = error.option_name  # type: ignore[attr-defined]
    context: Any = error.ctx  # type: ignore[attr-defined]
    known = [word for one in context.command.params for word in one.opts if word.startswith("-")]
    return f"there is no option {name}; {nearest(name, known)}"


def _app() -> typer.Typer:
    # A terminal gets the help in colours and boxes; a pipe gets plain text and no import of Rich,
    # and so does a terminal in which Rich would cut the names of options.
    rich = is_terminal(sys.stdout) and get_terminal_size().columns >= _LEAST_FOR_BOXES
    app = typer.Typer(
        cls=CommandGroup,
        rich_markup_mode="rich" if rich else None,
        context_settings=SETTINGS,
        epilog=_undescribed(),
    )
    app.callback()(_root)
    return app


def _undescribed() -> str | None:
    """Why commands are listed without a word about them; None where they are described."""
    try:
        need_texts("summaries of commands")
    except UsageError as error:
        return str(error)
    return None


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
