"""Words that the calculators share: sizes, ranges, and what stands for a file."""

from __future__ import annotations

import re
from os.path import exists, isdir

from convcalc.cli.options import bad
from convcalc.core.files import STDIN
from convcalc.core.shapes import MAX_RANK

_RANGE = re.compile(r"(\d{1,9}):(\d{1,9})")


def read_size(value: str, option: str, least: int = 1) -> tuple[int, ...]:
    """The sizes that `224` or `670x460` writes, rows first. Raises BadParameter.

    >>> read_size("670x460", "--near")
    (670, 460)
    """
    parts = value.lower().replace("×", "x").replace(",", "x").split("x")
    written = all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts)
    if not written or len(parts) > MAX_RANK or min(map(int, parts)) < least:
        what = f"wants a size, {least} or more on each axis, got `{value}`"
        raise bad(what, f"write {option} 224, or {option} 224x192", option)
    return tuple(map(int, parts))


def read_range(value: str, option: str, least: int, example: str) -> range:
    """The numbers of `3`, or from `1` to `1024` for `1:1024`, both included.

    >>> read_range("1:7", "--kernel", 1, "1:11"), read_range("16", "--kernel", 1, "1:11")
    (range(1, 8), range(16, 17))
    """
    text = value if ":" in value else f"{value}:{value}"
    match = _RANGE.fullmatch(text)
    if match is None or int(match[1]) < least or int(match[1]) > int(match[2]):
        what = f"wants a number, {least} or more, or a range of them, got `{value}`"
        raise bad(what, f"write {option} {example}", option)
    return range(int(match[1]), int(match[2]) + 1)


def is_file(word: str) -> bool:
    """True for what can only be a file: `-`, a path, a YAML file, or a file that is there.

    >>> is_file("net.net.yaml"), is_file("-"), is_file("3x3*3")
    (True, True, False)
    """
    if word == STDIN or word.endswith((".yaml", ".yml")) or "/" in word:
        return True
    # Unlike those of `Path`, these take a name that is too long for one that is not there.
    return exists(word) and not isdir(word)


def read_quantity(value: str, option: str) -> int:
    """The count that `100000`, `100K` or `1.5G` writes. Raises BadParameter.

    >>> read_quantity("100K", "--max-params"), read_quantity("1.9G", "--max-macs")
    (100000, 1900000000)
    """
    from convcalc.network.expectations import COUNT_UNITS, quantity

    figure = quantity(value, COUNT_UNITS, bare=True)
    if figure is None or figure.denominator != 1:
        raise bad(
            f"wants a count, got `{value}`", f"write {option} 100000 or {option} 1.5G", option
        )
    return int(figure)
