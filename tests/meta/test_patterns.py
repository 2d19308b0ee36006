"""Patterns that the first releases of a supported Python match in another way."""

import re
from pathlib import Path

import convcalc
from tests.each import each

SOURCES = sorted(Path(convcalc.__file__).parent.rglob("*.py"))
# Python 3.11.0 to 3.11.4, which Debian 12 has among others, stops early in these:
# https://github.com/python/cpython/issues/106052
POSSESSIVE_GROUP = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+")


def test_no_pattern_repeats_a_group_possessively() -> None:
    found = [
        f"{source.name}:{number}"
        for source in SOURCES
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1)
        if POSSESSIVE_GROUP.search(line)
    ]
    assert found == []


@each("pattern", [r"(?:a++|b)*+", r"(a){2,3}+", "(?:[ab])?+"])
def test_such_a_pattern_is_recognised(pattern: str) -> None:
    assert POSSESSIVE_GROUP.search(pattern)
