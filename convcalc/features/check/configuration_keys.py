"""The keys of a configuration, one by one: what each may hold, what is said where it does not."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, cast

from convcalc.core.errors import Problem
from convcalc.core.text import nearest
from convcalc.features.check.selection import Selection, is_known, nearest_selector
from convcalc.features.check.settings import FAIL_ON, MAX_LAYERS, FailOn, Settings
from convcalc.network import MOST_LAYERS

KEYS = (
    "select",
    "extend-select",
    "ignore",
    "extend-ignore",
    "per-file-ignores",
    "include",
    "exclude",
    "fail-on",
    "baseline",
    "output-format",
    "max-layers",
    "budget",
)
MAX_PROBLEMS = 100
# Keys from the outermost in, and the number of each entry of an array of tables.
Path = tuple[str | int, ...]
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class Keys:
    """The keys of one file, checked one by one; all problems are collected."""

    def __init__(self, shown: str, prefix: Path) -> None:
        self.shown, self.prefix = shown, prefix
        self.problems: list[Problem] = []

    @property
    def is_full(self) -> bool:
        """True where no more problems are kept."""
        return len(self.problems) >= MAX_PROBLEMS

    def complain(self, path: Path, message: str, help: str) -> None:
        """A finding at the key `path` below the prefix."""
        if self.is_full:
            return
        note = where((*self.prefix, *path), message)
        self.problems.append(
            Problem("bad-configuration", message, note=note, help=help, file=self.shown)
        )

    def read(self, data: Mapping[str, Any], folder: str, layer: Selection) -> Settings:
        """The settings that they make for files in `folder`, `layer` before them."""
        for key in data:
            if key not in KEYS and not self.is_full:
                self.complain((key,), f"there is no key `{key}`", nearest(key, KEYS))
        select = self._selectors(data, "select") if "select" in data else None
        selection = Selection(
            select,
            self._selectors(data, "extend-select"),
            (*self._selectors(data, "ignore"), *self._selectors(data, "extend-ignore")),
        )
        baseline = self._word(data, "baseline", 'write `baseline = "convcalc-baseline.json"`')
        return Settings(
            folder=folder,
            file=self.shown,
            selections=(layer, selection),
            per_file_ignores=self._per_file(data.get("per-file-ignores", {})),
            include=self._globs(data, "include"),
            exclude=self._globs(data, "exclude"),
            fail_on=cast("FailOn", self._one_of(data, "fail-on", FAIL_ON) or "error"),
            baseline=os.path.join(folder, baseline) if baseline else "",
            output_format=self._one_of(data, "output-format", _formats()),
            max_layers=self._layers(data.get("max-layers", MAX_LAYERS)),
            budgets=self._budgets(data.get("budget", [])),
        )

    def _strings(self, value: object, path: Path, example: str) -> tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        name = ".".join(map(str, path))
        self.complain(
            path, f"`{name}` wants a list of strings, got {value_in_words(value)}", example
        )
        return ()

    def _selectors(self, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        example = f'write `{key} = ["CC3", "bias-before-norm"]`'
        return self._known_selectors(self._strings(data.get(key, []), (key,), example), (key,))

    def _known_selectors(self, names: Iterable[str], path: Path) -> tuple[str, ...]:
        names = tuple(names)
        for name in names:
            if not is_known(name) and not self.is_full:
                message = f"no finding is called `{name}`"
                self.complain(path, message, nearest_selector(name))
        return names

    def _globs(self, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return self._strings(data.get(key, []), (key,), f'write `{key} = ["nets/*.yaml"]`')

    def _per_file(self, value: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
        key = "per-file-ignores"
        example = """write `"tests/*.net.yaml" = ["CC4"]` below `[per-file-ignores]`"""
        if not isinstance(value, dict):
            self.complain((key,), f"`{key}` wants a table, got {value_in_words(value)}", example)
            return ()
        found = []
        for glob, names in value.items():
            path = (key, glob)
            given = self._strings(names, path, example)
            found.append((glob, self._known_selectors(given, path)))
        return tuple(found)

    def _word(self, data: Mapping[str, Any], key: str, example: str) -> str:
        value = data.get(key, "")
        if isinstance(value, str) and "\0" not in value:
            return value
        self.complain((key,), f"`{key}` wants a string, got {value_in_words(value)}", example)
        return ""

    def _one_of(self, data: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
        value = data.get(key, "")
        if key not in data or (isinstance(value, str) and value in known):
            return str(value)
        got = f"`{value}`" if isinstance(value, str) else value_in_words(value)
        help = nearest(value if isinstance(value, str) else "", known)
        self.complain((key,), f"`{key}` cannot be {got}", help)
        return ""

    def _layers(self, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_LAYERS:
            return value
        message = f"`max-layers` wants 1 to {MOST_LAYERS:,}, got {value_in_words(value)}"
        self.complain(("max-layers",), message, f"{MAX_LAYERS:,} is the default")
        return MAX_LAYERS

    def _budgets(self, value: object) -> tuple[Any, ...]:
        if not value and isinstance(value, list):
            return ()
        from convcalc.features.check.budgets import read_budgets

        tables = value if isinstance(value, list) else None
        if tables is None or not all(isinstance(table, dict) for table in tables):
            example = "write `[[budget]]`, then `files` and its limits below"
            self.complain(
                ("budget",), f"`budget` wants tables, got {value_in_words(value)}", example
            )
            return ()
        return read_budgets(tables, self.complain)


@cache
def _formats() -> tuple[str, ...]:
    from convcalc.report import findings_formats

    return findings_formats()


def value_in_words(value: object) -> str:
    """A value as part of a sentence, cut where it is long."""
    words = {bool: "a boolean", dict: "a table", list: "a list"}
    kind = words.get(type(value))
    if kind is not None:
        return kind
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return f"`{text[:40]}`"


def where(path: Path, message: str) -> str:
    """The key that `path` leads to, as TOML writes it, without what `message` says of it.

    >>> where(("tool", "convcalc", "budget", 1, "max-prams"), "a budget has no `max-prams`")
    'in table 2 of [[tool.convcalc.budget]]'
    >>> where(("per-file-ignores", "b/*"), "no finding is called `CC7`")
    'in `"b/*"` of [per-file-ignores]'
    """
    names = [_written(one) for one in path if isinstance(one, str)]
    numbers = [one for one in path if isinstance(one, int)]
    # A path that ends in a number leads to the table itself.
    key = names.pop() if isinstance(path[-1], str) else ""
    table = ".".join(names)
    parts = [f"`{key}`"] if key and f"{path[-1]}`" not in message else []
    if numbers:
        *_, number = numbers
        parts.append(f"table {number + 1} of [[{table}]]")
    elif table:
        parts.append(f"[{table}]")
    return f"in {' of '.join(parts)}" if parts else ""


def _written(key: str) -> str:
    return key if _BARE.fullmatch(key) else f'"{key}"'
