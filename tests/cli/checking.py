"""What the tests of `convcalc check` share: files to find something in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Run = Callable[..., Any]

CLEAN = "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 16, k: 3}\n  - relu\n"
WARNING = "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 16, k: 3}\n  - batch_norm\n"
ERROR = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [conv: {out: 4, k: 1}]\nexpect: {params: 9}\n"
REFUSED = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [covn: 2]\n"
NO_PLAN = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [conv: {out: 4, k: 40}]\n"


def write(**files: str) -> None:
    """Files by their name without `.net.yaml`; `__` stands for a slash."""
    for name, text in files.items():
        path = Path(f"{name.replace('__', '/')}.net.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def codes(result: Any) -> list[str]:
    """The findings of `--format concise`, as `file CODE`."""
    lines = (line.split(": ") for line in result.out.splitlines() if " CC" in line)
    return [f"{where.partition(':')[0]} {what.split()[1]}" for where, what, *_ in lines]
