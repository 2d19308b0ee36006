"""What docstrings show is what happens."""

from __future__ import annotations

import doctest
import importlib
import re
from pathlib import Path

import pytest

from tests.each import each

ROOT = Path(__file__).parents[2]
SHOWING = [
    path.relative_to(ROOT)
    for folder in ("convcalc", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if re.search(r"^ *>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.thorough
@each("path", SHOWING, ids=str)
def test_what_a_docstring_shows_happens(path: Path) -> None:
    module = importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
    # What differs is printed.
    failed, tried = doctest.testmod(module)
    assert tried
    assert not failed
