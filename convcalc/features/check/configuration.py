"""`convcalc.toml` and `[tool.convcalc]`: found, read and checked key by key."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import replace

from convcalc.core.errors import Place, Problem, StackError
from convcalc.features.check.configuration_keys import Keys, Path, value_in_words
from convcalc.features.check.regular_file import read_regular
from convcalc.features.check.selection import Selection
from convcalc.features.check.settings import Settings

OWN_FILE = "convcalc.toml"
SHARED_FILE = "pyproject.toml"
SECTION = ("tool", "convcalc")
MAX_CONFIG_BYTES = 1 << 20
_TOML_PLACE = re.compile(r"^(.*) \(at (?:line (\d+), column (\d+)|end of document)\)$", re.DOTALL)

# `tomllib` takes the square of their number in time, which is hours for what 1 MB holds of them.
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){100}""")


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
    keys = Keys(shown, prefix)
    if not isinstance(content, dict):
        message = f"`tool.convcalc` wants a table, got {value_in_words(content)}"
        raise StackError([Problem("bad-configuration", message, file=shown)])
    settings = keys.read(content, folder, layer)
    if keys.problems:
        raise StackError(keys.problems)
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
