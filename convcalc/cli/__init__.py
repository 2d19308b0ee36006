"""The command line: parse, call, print, exit. The commands are those of `features`."""

from __future__ import annotations

from collections.abc import Sequence


def run(args: Sequence[str]) -> int:
    """Run the command line `args` (without the program's name); the exit code is returned."""
    if args[:1] == ["check"]:
        from convcalc.features.check import direct

        code = direct.run(args)
        if code is not None:
            return code
    from convcalc.cli.main import run_safely

    return run_safely(list(args))
