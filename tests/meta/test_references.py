"""Modules and files that docstrings, comments and pages name in backticks are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import convcalc

PACKAGE = Path(convcalc.__file__).parent
ROOT = PACKAGE.parent
ROOMS = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
# `room.module` and what stands in it; not a file's name, which has an ending.
MODULE = re.compile(rf"`(?:convcalc\.)?((?:{'|'.join(sorted(ROOMS))})(?:\.\w+)+)`")
FILE = re.compile(r"`((?:benchmarks|convcalc|docs|examples|tests)/[\w/.]+)`")
# A word that stands for any name.
ANY = re.compile(r"\b[A-Z]{3,}\b")
# What an installed package has, and no checkout.
INSTALLED = {"convcalc/templates"}


def is_there(name: str) -> bool:
    """True for a module, and for a name that stands in one."""
    place = PACKAGE
    parts = name.split(".")
    for at, part in enumerate(parts):
        if (place / part).is_dir():
            place /= part
            continue
        file = place / f"{part}.py"
        if file.exists():
            text, rest = file.read_text(encoding="utf-8"), parts[at + 1 :]
        else:
            text, rest = (place / "__init__.py").read_text(encoding="utf-8"), parts[at:]
        return all(re.search(rf"\b{one}\b", text) for one in rest)
    return True


def missing() -> Iterator[str]:
    for path in [*PACKAGE.rglob("*.py"), *ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = path.read_text(encoding="utf-8")
        names = {name for name in MODULE.findall(text) if not is_there(name)}
        names |= {name for name in FILE.findall(text) if not (ROOT / name).exists()}
        for name in names - INSTALLED:
            if not ANY.search(name):
                yield f"{path.relative_to(ROOT)}: `{name}`"


def test_what_is_named_is_there() -> None:
    assert sorted(missing()) == []


def test_a_name_that_is_not_there_is_seen() -> None:
    assert is_there("arrays.held_arrays.read")
    assert not is_there("arrays.held")
    assert not is_there("core.shapes.nothing_of_the_sort")
