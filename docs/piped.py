"""Commands of convcalc as a pipe sees them, without starting Python anew for each.

A page shows dozens of commands, and starting up took most of their time. Each still has a process
of its own: a fork of this one, with the modules that all of them load.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn


class Result(subprocess.CompletedProcess[str]):
    """What a command wrote, and its exit code."""


def run(arguments: Sequence[str], folder: Path | None = None) -> Result:
    """`convcalc ARGUMENTS` in `folder`, 80 columns wide, without a terminal or standard input."""
    if not hasattr(os, "fork"):
        return _started(arguments, folder)
    _load()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        with warnings.catch_warnings():
            # A test runner's other threads do not touch what a command needs.
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if not child:
            _become(arguments, folder, out.fileno(), err.fileno())
        _, status = os.waitpid(child, 0)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read().decode("utf-8"))
    return Result(list(arguments), os.waitstatus_to_exitcode(status), *texts)


def environment() -> dict[str, str]:
    """The environment of a plain pipe, 80 columns wide, whatever the caller's is."""
    plain = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"}
    dropped = ("FORCE_COLOR", "CI", "GITHUB_ACTIONS", "PY_COLORS", "CLICOLOR_FORCE")
    return {name: value for name, value in os.environ.items() if name not in dropped} | plain


def _started(arguments: Sequence[str], folder: Path | None) -> Result:
    done = subprocess.run(
        [sys.executable, "-m", "convcalc", *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Result(done.args, done.returncode, done.stdout, done.stderr)


def _load() -> None:
    """What nearly every command loads."""
    from convcalc.kinds import find_kind, kind_names

    for name in kind_names():
        find_kind(name)


def _become(arguments: Sequence[str], folder: Path | None, out: int, err: int) -> NoReturn:
    """Turn this fork into the command; it never comes back."""
    code = 1
    try:
        os.environ.clear()
        os.environ.update(environment())
        os.chdir(folder or ".")
        for stream, number in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
            os.dup2(stream, number)
        sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(0)), encoding="utf-8")
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, "w")), encoding="utf-8")
        sys.stderr = io.TextIOWrapper(io.BufferedWriter(io.FileIO(2, "w")), encoding="utf-8")
        sys.argv = ["convcalc", *arguments]
        from convcalc.__main__ import main

        code = main()
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)
