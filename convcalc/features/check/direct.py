"""`convcalc check` without Typer, which takes longer to load than a file takes to check.

What is not recognised word for word (help, misspelt options) is None: the full command's.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

COMMAND = "check"
FLAGS = {
    "--exit-zero": "exit_zero",
    "--isolated": "isolated",
    "--force-exclude": "force_exclude",
    "--no-ignores": "no_ignores",
    "--update-baseline": "update_baseline",
    "--fix": "fix",
    "--unsafe-fixes": "unsafe_fixes",
    "--diff": "diff",
    "--statistics": "statistics",
    "--verbose": "verbose",
    "-v": "verbose",
}
VALUES = {
    "--fail-on": "fail_on",
    "--format": "format",
    "--output-file": "output_file",
    "--config": "config",
    "--stdin-filename": "stdin_filename",
    "--baseline": "baseline",
    "--jobs": "jobs",
    "--color": "color",
}
LISTS = {"--select": "select", "--ignore": "ignore", "--extend-select": "extend_select"}


def run(args: Sequence[str]) -> int | None:
    """Run `args`, which begin with the command; None where Typer has to read them."""
    fields = read(args[1:])
    if fields is None:
        return None
    from convcalc.cli.safety import PROGRAM, complain, safely
    from convcalc.core.errors import ExitCode

    def command() -> int:
        from convcalc.features.check.checking import check
        from convcalc.features.check.request import Request, UsageError

        try:
            return check(Request(**fields))
        except UsageError as error:
            complain(
                f"error: Invalid value for {error.option}: {error.message}; {error.help}",
                f"help: {PROGRAM} {COMMAND} --help",
            )
            return ExitCode.UNUSABLE

    return safely(command)


def read(words: Sequence[str]) -> dict[str, Any] | None:
    """The fields of the request that the words after the command make; None for the unknown.

    >>> read(["a.net.yaml", "--select=CC4", "-v"])
    {'paths': ['a.net.yaml'], 'verbose': True, 'select': ['CC4']}
    """
    paths: list[str] = []
    fields: dict[str, Any] = {"paths": paths}
    lists: dict[str, list[str]] = {}
    pending = list(reversed(words))
    while pending:
        word = pending.pop()
        if word == "--":
            paths += reversed(pending)
            break
        if word == "-" or not word.startswith("-"):
            paths.append(word)
            continue
        name, equals, value = word.partition("=")
        if name in FLAGS and not equals:
            fields[FLAGS[name]] = True
            continue
        if name not in VALUES and name not in LISTS:
            return None
        if not equals:
            if not pending:
                return None
            value = pending.pop()
        if name in LISTS:
            lists.setdefault(LISTS[name], []).append(value)
        else:
            fields[VALUES[name]] = value
    return fields | lists
