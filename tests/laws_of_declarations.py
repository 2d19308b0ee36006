"""How classes and functions are declared, of all files of a room.

A flag of a dataclass stands where it differs from the default: `frozen=False` says nothing, and
is a value that somebody may change. No parameter is given by its place alone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import convcalc

ROOT = Path(convcalc.__file__).parent
DEFAULTS = ("frozen=False", "slots=False", "kw_only=False", "order=False", "eq=True")
_FLAGS = re.compile(r"@dataclass\(([^)]*)\)")
# As the formatter writes it; it may stand in a text, too.
_PLACE_ALONE = re.compile(r",\s+/[,)]")


def broken(*rooms: str) -> list[str]:
    """File and fault of each declaration in these rooms that says what it need not."""
    files = [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]
    assert files, "a law of no files holds of nothing"
    return [
        f"{path.relative_to(ROOT)}: {fault}"
        for path in files
        for fault in faults(path.read_text(encoding="utf-8"))
    ]


def faults(text: str) -> Iterator[str]:
    """What a file's declarations say that they need not."""
    for flags in _FLAGS.findall(text):
        for flag in re.split(r",\s*", flags):
            if flag in DEFAULTS:
                yield f"{flag} is the default"
    if _PLACE_ALONE.search(text):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.arguments) and node.posonlyargs:
                yield f"`{node.posonlyargs[0].arg}` is given by its place alone"
