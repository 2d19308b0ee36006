"""The keys of a configuration, one by one: what each may hold, what is said where it does not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any, cast

from convcalc.core.errors import Problem
from convcalc.core.text import nearest
from convcalc.features.check.selection import Selection, is_known, nearest_selector
from convcalc.features.check.settings import FAIL_ON, MAX_LAYERS, FailOn, Settings
from convcalc.features.check.toml_places import Path, Places
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


class Keys:
    """The keys of one file, checked one by one; all problems are collected."""

    def __init__(self, text: str, shown: str, prefix: Path) -> None:
        self.text, self.shown, self.prefix = text, shown, prefix
        self.problems: list[Problem] = []

    @cached_property
    def places(self) -> Places:
        """Where the keys stand, which matters only where something is wrong."""
        return Places(self.text)

    @property
    def is_full(self) -> bool:
        """True where no more problems are kept."""
        return len(self.problems) >= MAX_PROBLEMS

    def complain(self, path: Path, message: str, help: str, value: str = "") -> None:
        """A finding at the key `path` below the prefix, or at the string `value` in its value."""
        if self.is_full:
            return
        place = self.places.of((*self.prefix, *path), value)
        self.problems.append(
            Problem("bad-configuration", message, place, help=help, file=self.shown)
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
                self.complain(path, message, nearest_selector(name), name)
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
