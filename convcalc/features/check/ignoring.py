"""The `.gitignore` files that hold in a folder: its own, and those above up to the repository."""

from __future__ import annotations

import os
from typing import NamedTuple

from convcalc.core.errors import Problem, StackError
from convcalc.features.check.gitignore import (
    MAX_PATTERN_BYTES,
    MAX_PATTERNS,
    GlobPattern,
    path_key,
    read_patterns,
    verdict,
)
from convcalc.features.check.regular_file import read_regular


class Ignores(NamedTuple):
    """The patterns of one `.gitignore`, and the folder that they hold in."""

    folder: str
    patterns: tuple[GlobPattern, ...]


def is_below(path: str, folder: str) -> bool:
    """True where `path` is inside of `folder`; both are absolute, without links."""
    return path.startswith(folder if folder.endswith(os.sep) else folder + os.sep)


def below(path: str, folder: str) -> str:
    """`path` as seen from `folder`.

    >>> below("/srv/nets/a.yaml", "/srv"), below("/srv", "/srv")
    ('nets/a.yaml', '.')
    """
    prefix = folder if folder.endswith(os.sep) else folder + os.sep
    if path.startswith(prefix):
        return path[len(prefix) :]
    return os.path.relpath(path, folder)


def _repository(folder: str) -> str:
    """The root of the repository that `folder` is in; `folder` itself where there is none."""
    at = folder
    while True:
        if os.path.lexists(os.path.join(at, ".git")):
            return at
        above = os.path.dirname(at)
        if above == at:
            return folder
        at = above


def ignores_above(root: str) -> tuple[Ignores, ...]:
    """The patterns that hold in `root` from the folders above it, up to the repository's."""
    repository = _repository(root)
    found: tuple[Ignores, ...] = ()
    exclude = os.path.join(repository, ".git", "info", "exclude")
    if os.path.isfile(exclude):
        found += _read_ignores(exclude, repository)
    folders = []
    at = root
    while at != repository:
        at = os.path.dirname(at)
        folders.append(at)
    for folder in reversed(folders):
        file = os.path.join(folder, ".gitignore")
        if os.path.isfile(file) and not os.path.islink(file):
            found += _read_ignores(file, folder)
    return found


def with_own(
    ignores: tuple[Ignores, ...],
    root: str,
    path: str,
    shown: str,
    entries: list[os.DirEntry[str]],
) -> tuple[Ignores, ...]:
    """The patterns that hold in the folder `path`, whose own file of them is among `entries`.

    `root` is the real path of the folder that was named, `shown` its name.
    """
    # Git follows no link to a file of patterns either.
    if not any(
        entry.name == ".gitignore" and entry.is_file(follow_symlinks=False) for entry in entries
    ):
        return ignores
    folder = os.path.normpath(os.path.join(root, below(path, shown)))
    return ignores + _read_ignores(os.path.join(path, ".gitignore"), folder)


def _read_ignores(file: str, folder: str) -> tuple[Ignores, ...]:
    data = read_regular(file, file, MAX_PATTERN_BYTES)
    if len(data) > MAX_PATTERN_BYTES:
        message = f"it is longer than {MAX_PATTERN_BYTES:,} bytes"
        raise StackError([Problem("unreadable-file", message, file=file)])
    patterns = read_patterns(data)
    if len(patterns) > MAX_PATTERNS:
        message = f"it has more than {MAX_PATTERNS:,} patterns"
        raise StackError([Problem("unreadable-file", message, file=file)])
    return (Ignores(folder, patterns),)


def is_ignored(ignores: tuple[Ignores, ...], path: str, is_folder: bool) -> bool:
    """What the innermost file of patterns says that says anything of the absolute `path`."""
    for folder, patterns in reversed(ignores):
        answer = verdict(patterns, path_key(below(path, folder)), is_folder)
        if answer is not None:
            return answer
    return False
