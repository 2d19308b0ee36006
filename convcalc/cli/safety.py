"""Whatever happens in a command, a person gets a sentence and an exit code, not a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence

import convcalc
from convcalc.cli.streams import OutputError, abandon, is_unwritable, prepare, say
from convcalc.cli.usage import UsageError
from convcalc.core.errors import ExitCode, is_interrupt
from convcalc.core.text import visible

PROGRAM = "convcalc"


def safely(command: Callable[[], int]) -> int:
    """Run `command`; every failure becomes its exit code and a message on standard error."""
    prepare()
    try:
        code = command()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except OutputError as error:
        complain(f"error: the answer cannot be written: {error}")
        code = ExitCode.UNUSABLE
    except BrokenPipeError:
        abandon(sys.stdout)
        code = ExitCode.CLEAN
    except OSError as error:
        code = _output_failed(error) if is_unwritable(error) else _report_ourselves(error)
    except Exception as error:
        code = ExitCode.INTERRUPTED if is_interrupt(error) else _report_ourselves(error)
    return int(code)


def told(command: Callable[[], int], args: Sequence[str]) -> int:
    """Run `command`, which `args` write; what is wrong with these is told."""
    try:
        return command()
    except UsageError as error:
        complain(f"error: {error}", help_line(args))
    return ExitCode.UNUSABLE


def help_line(args: Sequence[str]) -> str:
    """Where to read more about the command that `args` begin with."""
    from convcalc.cli.commands import is_command

    return " ".join(["help:", PROGRAM, *(arg for arg in args[:1] if is_command(arg)), "--help"])


def complain(*lines: str) -> None:
    """Lines for a person, on standard error."""
    say("".join(f"{visible(line)}\n" for line in lines))


def version() -> str:
    """The program and its version, as `--version` shows them."""
    import platform

    return f"{PROGRAM} {convcalc.__version__} (Python {platform.python_version()})"


def _output_failed(error: OSError) -> ExitCode:
    """Typer writes its help itself, so a full disk comes from there as it is."""
    abandon(sys.stdout)
    complain(f"error: the answer cannot be written: {error.strerror}")
    return ExitCode.UNUSABLE


def _report_ourselves(error: Exception) -> int:
    """A bug of ours: say so, how to report it, and keep the traceback for who asks."""
    if os.environ.get("CONVCALC_DEBUG"):
        import traceback

        traceback.print_exc()
    complain(
        f"error: convcalc failed, and that is a bug in convcalc: {type(error).__name__}: {error}",
        f"help: please report it with the file, the command and this version: {version()}; "
        "CONVCALC_DEBUG=1 shows the traceback",
    )
    return ExitCode.INTERNAL
