"""What a check is told: by the configuration that is nearest to a file, and by the command line."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from convcalc.core.errors import Level
from convcalc.features.check.gitignore import GlobPattern, matches, path_key, patterns_of, verdict
from convcalc.features.check.selection import Selection

if TYPE_CHECKING:
    from convcalc.features.check.budgets import Budget

FailOn = Literal["error", "warning", "info", "never"]
FAIL_ON: tuple[FailOn, ...] = ("error", "warning", "info", "never")
# Files that are checked in folders, whatever the configuration adds.
DEFAULT_INCLUDE = ("*.net.yaml", "*.net.yml")
YAML_ENDINGS = (".yaml", ".yml")
MAX_LAYERS = 100_000
_SEVERITY: dict[Level, int] = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Settings:
    """The configuration of a file; `folder` is where its patterns begin ("" for none).

    `selections` are asked in turn, those of the command line first. Where the configuration
    cannot be used (`is_broken`), neither can the files be checked that it speaks of.
    """

    folder: str = ""
    file: str = ""
    selections: tuple[Selection, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    fail_on: FailOn = "error"
    baseline: str = ""
    output_format: str = ""
    max_layers: int = MAX_LAYERS
    budgets: tuple[Budget, ...] = ()
    is_broken: bool = False

    @property
    def failing(self) -> frozenset[Level]:
        """The levels of findings that fail the run."""
        if self.fail_on == "never":
            return frozenset()
        worst = _SEVERITY[self.fail_on]
        return frozenset(level for level, severity in _SEVERITY.items() if severity <= worst)

    def includes(self, path: str) -> bool:
        """True for a file in a folder that is to be checked; `path` is below `folder`."""
        return bool(verdict(self._include, path_key(path), is_folder=False))

    def may_include(self, path: str) -> bool:
        """True for another YAML file in a folder, which is checked if it is a network by its text.

        A pattern of the configuration that begins with `!` leaves it out unread.
        """
        is_yaml = path.endswith(YAML_ENDINGS)
        return is_yaml and verdict(self._include, path_key(path), is_folder=False) is None

    def excludes(self, path: str, is_folder: bool = False) -> bool:
        """True for a file or folder that is left out by itself; `path` is below `folder`."""
        return bool(self._exclude and verdict(self._exclude, path_key(path), is_folder))

    def excludes_with_folders(self, path: str, is_folder: bool = False) -> bool:
        """True for a file or folder that is left out, or that is in a folder that is."""
        return bool(self._exclude and matches(self._exclude, path_key(path), is_folder))

    def ignored_for(self, path: str) -> tuple[str, ...]:
        """Selectors that are ignored in the file `path`, which is below `folder`."""
        key = path_key(path)
        found: list[str] = []
        for patterns, selectors in self._per_file:
            if matches(patterns, key):
                found += selectors
        return tuple(found)

    @cached_property
    def _include(self) -> tuple[GlobPattern, ...]:
        return patterns_of((*DEFAULT_INCLUDE, *self.include))

    @cached_property
    def _exclude(self) -> tuple[GlobPattern, ...]:
        return patterns_of(self.exclude)

    @cached_property
    def _per_file(self) -> tuple[tuple[tuple[GlobPattern, ...], tuple[str, ...]], ...]:
        return tuple((patterns_of([glob]), names) for glob, names in self.per_file_ignores)
