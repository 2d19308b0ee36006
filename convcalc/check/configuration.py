"""`convcalc.toml` and `[tool.convcalc]`: found, read and checked key by key, with places."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any, cast

from convcalc.check.reading import read_regular
from convcalc.check.selection import Selection, is_known, nearest_selector
from convcalc.check.settings import FAIL_ON, MAX_LAYERS, FailOn, Settings
from convcalc.check.toml_places import Path, Places
from convcalc.errors import Place, Problem, StackError
from convcalc.network import MOST_LAYERS

OWN_FILE = "convcalc.toml"
SHARED_FILE = "pyproject.toml"
SECTION = ("tool", "convcalc")
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
MAX_CONFIG_BYTES = 1 << 20
MAX_PROBLEMS = 100
_TOML_PLACE = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)

# `tomllib` takes the square of their number in time, which is hours for what 1 MB holds of them.
_LONG_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}"""
)


class Configurations:
    """The settings of any folder: those of the nearest configuration, whole.

    `layer` is the command line's selection, which comes before that of the files. A fixed
    `config` (`--config`) holds everywhere; with `isolated`, no file is read.
    """

    def __init__(
        self, layer: Selection, *, config: str | None = None, isolated: bool = False
    ) -> None:
        self._layer = layer
        self._bare = Settings(selections=(layer,))
        self._known: dict[str, Settings] = {}
        # Files that cannot be used, each reported once.
        self.errors: list[StackError] = []
        self._fixed: Settings | None = self._bare if isolated else None
        if config is not None:
            folder = os.path.dirname(os.path.abspath(config))
            self._fixed = self._read(config, folder, is_named=True) or self._bare

    def of(self, folder: str) -> Settings:
        """The settings of files in `folder`, an absolute path."""
        if self._fixed is not None:
            return self._fixed
        passed: list[str] = []
        found: Settings | None = None
        while found is None:
            found = self._known.get(folder)
            if found is None:
                passed.append(folder)
                found = self._in(folder)
            above = os.path.dirname(folder)
            if found is None and above == folder:
                found = self._bare
            folder = above
        self._known.update(dict.fromkeys(passed, found))
        return found

    def _in(self, folder: str) -> Settings | None:
        for name in (OWN_FILE, SHARED_FILE):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                settings = self._read(path, folder)
                if settings is not None:
                    return settings
        return None

    def _read(self, path: str, folder: str, is_named: bool = False) -> Settings | None:
        """The settings of a file; None where it has none for us."""
        shown = path if is_named else shown_path(path)
        try:
            return read_configuration(path, shown, folder, self._layer)
        except StackError as error:
            self.errors.append(error)
            return replace(self._bare, folder=folder, file=shown, is_broken=True)


def shown_path(path: str) -> str:
    """A path as it is shown: from the working directory where it is below that."""
    here = os.getcwd()
    prefix = here if here.endswith(os.sep) else here + os.sep
    return path.removeprefix(prefix)


def read_configuration(path: str, shown: str, folder: str, layer: Selection) -> Settings | None:
    """The settings in the file `path`; None where it is a pyproject.toml that has none.

    Raises StackError with every problem of the file, which is called `shown` in them.
    """
    data = read_regular(path, shown, MAX_CONFIG_BYTES)
    is_shared = os.path.basename(path) == SHARED_FILE
    if is_shared and b"convcalc" not in data:
        return None
    text = _text_of(data, shown)
    if long := _LONG_KEY.search(text):
        place = Place(text.count("\n", 0, long.start()) + 1, 1)
        message = "a key of more than 100 names in a row"
        raise StackError([Problem("bad-configuration", message, place, file=shown)], text)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StackError([_syntax_problem(str(error), text, shown)], text) from error
    except RecursionError as error:
        problem = Problem("bad-configuration", "it nests too deeply", file=shown)
        raise StackError([problem]) from error
    except ValueError as error:
        # Dates that no calendar has are refused with a place; thousands of digits are not.
        problem = Problem("bad-configuration", "it is no TOML: a number is too long", file=shown)
        raise StackError([problem]) from error
    prefix: Path = ()
    if is_shared:
        tool = content.get("tool")
        if not isinstance(tool, dict) or "convcalc" not in tool:
            return None
        prefix, content = SECTION, tool["convcalc"]
    reader = _Reader(text, shown, prefix)
    if not isinstance(content, dict):
        reader.complain((), f"`tool.convcalc` wants a table, got {_shown(content)}", "")
        content = {}
    settings = reader.read(content, folder, layer)
    if reader.problems:
        raise StackError(reader.problems, text)
    return settings


def _text_of(data: bytes, shown: str) -> str:
    if len(data) > MAX_CONFIG_BYTES:
        message = f"it is longer than {MAX_CONFIG_BYTES:,} bytes"
        raise StackError([Problem("bad-configuration", message, file=shown)])
    try:
        # `tomllib` takes line breaks of either kind; places count on one.
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise StackError(
            [Problem("bad-configuration", "it is no UTF-8", Place(line, 1), file=shown)]
        ) from error


def _syntax_problem(message: str, text: str, shown: str) -> Problem:
    match = _TOML_PLACE.match(message)
    place = None
    if match:
        message = match[1]
        lines = text.split("\n")
        end = (len(lines), len(lines[-1]) + 1)
        line, column = (int(match[2]), int(match[3])) if match[2] else end
        place = Place(line, column)
    message = message[:1].lower() + message[1:]
    return Problem("bad-configuration", f"it is no TOML: {message}", place, file=shown)


Complain = Callable[[Path, str, str, str], None]


class _Reader:
    """Checks the keys of one file; all problems are collected."""

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
        for key in data:
            if key not in KEYS and not self.is_full:
                self.complain((key,), f"there is no key `{key}`", _nearest(key, KEYS))
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
        self.complain(path, f"`{name}` wants a list of strings, got {_shown(value)}", example)
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
            self.complain((key,), f"`{key}` wants a table, got {_shown(value)}", example)
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
        self.complain((key,), f"`{key}` wants a string, got {_shown(value)}", example)
        return ""

    def _one_of(self, data: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
        value = data.get(key, "")
        if key not in data or (isinstance(value, str) and value in known):
            return str(value)
        got = f"`{value}`" if isinstance(value, str) else _shown(value)
        help = _nearest(value if isinstance(value, str) else "", known)
        self.complain((key,), f"`{key}` cannot be {got}", help)
        return ""

    def _layers(self, value: object) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MOST_LAYERS:
            return value
        message = f"`max-layers` wants 1 to {MOST_LAYERS:,}, got {_shown(value)}"
        self.complain(("max-layers",), message, f"{MAX_LAYERS:,} is the default")
        return MAX_LAYERS

    def _budgets(self, value: object) -> tuple[Any, ...]:
        if not value and isinstance(value, list):
            return ()
        from convcalc.check.budgets import read_budgets

        tables = value if isinstance(value, list) else None
        if tables is None or not all(isinstance(table, dict) for table in tables):
            example = "write `[[budget]]`, then `files` and its limits below"
            self.complain(("budget",), f"`budget` wants tables, got {_shown(value)}", example)
            return ()
        return read_budgets(tables, self.complain)


@cache
def _formats() -> tuple[str, ...]:
    folder = os.path.join(os.path.dirname(os.path.dirname(__file__)), "formats", "findings")
    names = (name.removesuffix(".py") for name in os.listdir(folder) if name.endswith(".py"))
    return tuple(sorted(name for name in names if not name.startswith("_")))


def _nearest(word: str, known: Iterable[str]) -> str:
    from convcalc.network.proposals import nearest

    return nearest(word, known)


def _shown(value: object) -> str:
    """A value as part of a sentence, cut where it is long."""
    words = {bool: "a boolean", dict: "a table", list: "a list"}
    kind = words.get(type(value))
    if kind is not None:
        return kind
    text = f'"{value}"' if isinstance(value, str) else str(value)
    return f"`{text[:40]}`"
