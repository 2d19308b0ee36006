"""The files that paths, folders and patterns stand for, in order, each of them once."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.core.files import STDIN, STDIN_NAME
from convcalc.document.file_bytes import nearest_file, reason
from convcalc.features.check.configuration import Configurations
from convcalc.features.check.gitignore import parse_pattern, path_key, verdict
from convcalc.features.check.ignoring import (
    Ignores,
    below,
    ignores_above,
    is_below,
    is_ignored,
    with_own,
)
from convcalc.features.check.regular_file import begins_as_network, kind_in_words
from convcalc.features.check.settings import Settings

_MAGIC = re.compile(r"[*?\[]")


class Found(NamedTuple):
    """A file to check and its settings; `-` is standard input.

    `path` is where it stands below the settings' folder, `shown` its name in findings where
    that is another one. A `problem` is what keeps it (or a folder) from being looked at.
    """

    file: str
    settings: Settings
    path: str = ""
    problem: Problem | None = None
    shown: str = ""

    @property
    def name(self) -> str:
        """The file as it is called in findings."""
        return self.shown or self.file


class Discovery:
    """Goes through what was named; a file that was found already is passed over.

    `force_exclude` lets the configuration's `exclude` hold for files that are named themselves.
    """

    def __init__(
        self,
        configurations: Configurations,
        *,
        force_exclude: bool = False,
        stdin_filename: str | None = None,
    ) -> None:
        self._configurations = configurations
        self._force_exclude = force_exclude
        self._stdin_filename = stdin_filename
        self._here = os.getcwd()
        self._seen: set[tuple[int, int] | str] = set()

    def find(self, paths: Sequence[str]) -> Iterator[Found]:
        """Every file in the order of `paths`; in folders, by name."""
        for path in paths:
            yield from self._of(path)

    def _of(self, path: str) -> Iterator[Found]:
        if path == STDIN:
            yield from self._stdin()
            return
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError as error:
            if _MAGIC.search(path):
                yield from self._glob(path)
            else:
                yield self._unusable(path, reason(error), nearest_file(path))
        except OSError as error:
            yield self._unusable(path, reason(error))
        except ValueError:
            yield self._unusable(path, "no file can have this name")
        else:
            if stat.S_ISDIR(mode):
                yield from self._folder(path)
            else:
                yield from self._named(path, mode)

    def _stdin(self) -> Iterator[Found]:
        if STDIN not in self._seen:
            self._seen.add(STDIN)
            name = self._stdin_filename
            settings, under = self._settings(name or "stdin.net.yaml")
            is_excluded = (
                bool(name) and self._force_exclude and settings.excludes_with_folders(under)
            )
            if not settings.is_broken and not is_excluded:
                yield Found(STDIN, settings, under if name else "", shown=name or STDIN_NAME)

    def _unusable(self, path: str, message: str, help: str = "") -> Found:
        problem = Problem("unreadable-file", message, help=help, file=path)
        return Found(path, self._configurations.of(self._here), problem=problem)

    def _settings(self, file: str) -> tuple[Settings, str]:
        """The settings of a file, and its path below their folder."""
        whole = os.path.normpath(os.path.join(self._here, file))
        settings = self._configurations.of(os.path.dirname(whole))
        return settings, below(whole, settings.folder or self._here)

    def _named(self, path: str, mode: int) -> Iterator[Found]:
        if not stat.S_ISREG(mode):
            help = "give regular files, or - for standard input"
            yield self._unusable(path, kind_in_words(mode), help)
            return
        settings, under = self._settings(path)
        if settings.is_broken or (self._force_exclude and settings.excludes_with_folders(under)):
            return
        if self._is_new(path):
            yield Found(os.path.normpath(path), settings, under)

    def _is_new(self, path: str) -> bool:
        """True for a file that was not found before, under this name or through a link."""
        try:
            found = os.stat(path)
        except OSError:
            return True
        key = (found.st_dev, found.st_ino) if found.st_nlink == 1 else os.path.realpath(path)
        if key in self._seen:
            return False
        self._seen.add(key)
        return True

    def _glob(self, pattern: str) -> Iterator[Found]:
        """The files and folders that a pattern names, as a shell would list them."""
        parts = pattern.split("/")
        plain = next(number for number, part in enumerate(parts) if _MAGIC.search(part))
        root = "/".join(parts[:plain]) or ("/" if pattern.startswith("/") else ".")
        rest = "/".join(parts[plain:])
        compiled = parse_pattern("/" + rest)
        any_found = False
        if compiled is not None:
            for entry in _walk_for(root, rest.count("/") + 1, "**" in rest):
                under = below(entry, root)
                is_folder = os.path.isdir(entry)
                if _is_hidden(under, rest) or not verdict([compiled], path_key(under), is_folder):
                    continue
                any_found = True
                yield from self._of(entry)
        if not any_found:
            yield self._unusable(pattern, "no file matches this pattern")

    def _folder(self, folder: str) -> Iterator[Found]:
        whole = os.path.normpath(os.path.join(self._here, folder))
        if self._force_exclude:
            settings, under = self._settings(folder)
            if settings.excludes_with_folders(under, is_folder=True):
                return
        root = os.path.realpath(whole)
        shown = os.path.normpath(folder)
        # Folders still to be read, the next one last; of a file, it stands for itself.
        pending: list[tuple[str, tuple[Ignores, ...] | None]] = [
            ("" if shown == "." else shown, ignores_above(root))
        ]
        while pending:
            path, ignores = pending.pop()
            if ignores is None:
                yield from self._inside(path, root)
                continue
            try:
                entries = _entries(path or ".")
                ignores = with_own(ignores, root, path or ".", shown, entries)
            except StackError as error:
                problem, *_ = error.problems
                yield Found(path, self._configurations.of(whole), problem=problem)
                continue
            except OSError as error:
                yield self._unusable(path or ".", reason(error))
                continue
            found = self._wanted(path, entries, ignores, root, shown)
            pending += reversed(list(found))

    def _wanted(
        self,
        path: str,
        entries: list[os.DirEntry[str]],
        ignores: tuple[Ignores, ...],
        root: str,
        shown: str,
    ) -> Iterator[tuple[str, tuple[Ignores, ...] | None]]:
        """What a folder holds that is to be looked at: folders with their patterns, and files."""
        folder = os.path.normpath(os.path.join(self._here, path))
        settings = self._configurations.of(folder)
        inside = below(folder, settings.folder or self._here)
        real = os.path.normpath(os.path.join(root, below(path or ".", shown)))
        for entry in entries:
            if entry.name == ".git":
                continue
            is_folder = entry.is_dir(follow_symlinks=False)
            under = os.path.join(inside, entry.name) if inside != "." else entry.name
            is_named = is_folder or settings.includes(under)
            if not is_folder and (
                settings.is_broken or not (is_named or settings.may_include(under))
            ):
                continue
            if settings.excludes(under, is_folder):
                continue
            if is_ignored(ignores, os.path.join(real, entry.name), is_folder):
                continue
            if not is_named and not begins_as_network(os.path.join(path, entry.name)):
                continue
            yield os.path.join(path, entry.name), ignores if is_folder else None

    def _inside(self, path: str, root: str) -> Iterator[Found]:
        """A file of a folder; one that a link leads to counts where it is in the folder too."""
        try:
            if os.path.islink(path):
                target = os.path.realpath(path)
                if not is_below(target, root) or not os.path.isfile(target):
                    return
            elif not stat.S_ISREG(os.lstat(path).st_mode):
                # Nobody named it, and it holds nothing.
                return
        except OSError as error:
            yield self._unusable(path, reason(error))
            return
        if self._is_new(path):
            settings, under = self._settings(path)
            yield Found(path, settings, under)


def _entries(folder: str) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return sorted(entries, key=lambda entry: os.fsencode(entry.name))


def _is_hidden(path: str, pattern: str) -> bool:
    """True for names with a leading dot that the pattern does not write, as in a shell."""
    written = {part for part in pattern.split("/") if part.startswith(".")}
    hidden = [part for part in path.split("/") if part.startswith(".")]
    return bool(hidden) and not written


def _walk_for(root: str, depth: int, is_deep: bool) -> Iterator[str]:
    """Everything below `root`, without following links; `depth` levels unless `is_deep`."""
    pending = [(root, depth)]
    while pending:
        folder, left = pending.pop()
        try:
            entries = _entries(folder)
        except OSError:
            continue
        folders = []
        for entry in entries:
            path = entry.name if folder == "." else os.path.join(folder, entry.name)
            yield path
            if entry.name != ".git" and entry.is_dir(follow_symlinks=False):
                folders.append((path, left - 1))
        if left > 1 or is_deep:
            pending += reversed(folders)
