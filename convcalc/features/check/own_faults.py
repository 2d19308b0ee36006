"""Faults of our own as findings: they say what happened and where, and hide nothing else."""

from __future__ import annotations

import os

from convcalc.core.errors import Problem


def fault(reason: str, file: str = "") -> Problem:
    """The finding of a file that could not be checked as a whole."""
    return Problem(
        "file-not-checked",
        f"convcalc failed on this file: {reason}",
        note="that is a bug in convcalc; other files are not affected",
        help="please report it with the file",
        file=file,
    )


def fault_in_words(error: Exception) -> str:
    """What was raised, and in which line of ours.

    >>> try:
    ...     fault_in_words(3)
    ... except AttributeError as error:
    ...     fault_in_words(error).startswith("AttributeError: 'int' object")
    True
    """
    trace = error.__traceback__
    where = ""
    while trace is not None:
        name = os.path.basename(trace.tb_frame.f_code.co_filename)
        where = f" ({name}:{trace.tb_lineno})"
        trace = trace.tb_next
    text = f": {error}" if str(error) else ""
    return f"{type(error).__name__}{text}{where}"
