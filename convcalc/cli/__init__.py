"""The command line: parse, call, print, exit. The commands are those of `features`."""

from __future__ import annotations

import os
from collections.abc import Sequence


def run(args: Sequence[str]) -> int:
    """Run the command line `args` (without the program's name); the exit code is returned."""
    from convcalc.cli.safety import safely

    return safely(lambda: _run(list(args)))


def _run(args: list[str]) -> int:
    from convcalc.cli.commands import Command, is_command

    is_completing = "_CONVCALC_COMPLETE" in os.environ
    if args and is_command(args[0]) and not is_completing:
        from convcalc.cli.safety import told

        command = Command.called(args[0])
        given = command.read(args[1:])
        if given is not None:
            return told(lambda: command.call(given), args)
    from convcalc.cli.main import run

    return run(args)
