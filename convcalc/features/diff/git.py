"""Files as they are in a git revision, and nothing else of git.

Only `rev-parse`, `ls-tree`, `ls-files`, `cat-file` and `for-each-ref` run: they read objects and
the index. No shell, no hook, no pager, no filter, no text conversion, no file-system monitor and
no network, whatever the repository's own configuration says.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import new as new_hash
from pathlib import Path, PurePosixPath

from convcalc.core.text import nearest, visible

SECONDS = 60
_OBJECT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SYMLINK, _SUBMODULE = "120000", "160000"
# In front of every command. `protocol.allow` also keeps a partial clone from fetching.
_QUIET = (
    "--no-pager", "--literal-pathspecs", "--no-optional-locks", "--no-replace-objects",
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=" + os.devnull, "-c", "core.quotePath=true",
    "-c", "core.untrackedCache=false", "-c", "protocol.allow=never", "-c", "diff.external=",
)  # fmt: skip
# What would point git at another repository than the one around the file, as hooks set them.
_LOCAL_VARIABLES = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_EXTERNAL_DIFF", "GIT_TRACE",
    "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
)  # fmt: skip


class GitError(Exception):
    """What git could not give, in a sentence; `help` is a repair, "" where there is none."""

    def __init__(self, message: str, help: str = "") -> None:
        self.help = help
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class GitFile:
    """A file of a revision: its path from the repository's root, and its blob."""

    path: str
    mode: str
    blob: str

    @property
    def is_file(self) -> bool:
        """False for symbolic links and submodules."""
        return self.mode not in (_SYMLINK, _SUBMODULE)


@dataclass(frozen=True)
class Revision:
    """One commit of the repository around `folder`; `name` is what it was asked for by."""

    folder: str
    name: str
    commit: str
    _read: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def root(self) -> str:
        """The repository's top folder."""
        return (
            _run(self.folder, "rev-parse", "--show-toplevel")
            .decode("utf-8", "surrogateescape")
            .removesuffix("\n")
        )

    def path_of(self, file: str) -> str:
        """The path of `file` from the repository's root, with slashes.

        The folder is resolved and the file is not: a symbolic link is an entry of its own.
        """
        parent, name = os.path.split(os.path.abspath(file))
        return relative_to(os.path.realpath(parent), os.path.realpath(self.root), name)

    def entries(self, path: str = "") -> dict[str, GitFile]:
        """The files at or below `path` in this revision, by path."""
        below = ("--", path) if path else ()
        listed = _run(self.root, "ls-tree", "-r", "-z", "--full-tree", self.commit, *below)
        found = {}
        for line in listed.split(b"\0"):
            head, tab, name = line.partition(b"\t")
            if tab:
                mode, _, blob = head.decode("ascii").split(" ", 2)
                where = name.decode("utf-8", "surrogateescape")
                found[where] = GitFile(where, mode, blob)
        return found

    def entry(self, path: str) -> GitFile | None:
        """The file at `path`; None where this revision has none."""
        return self.entries(path).get(path)

    def read(self, entry: GitFile, most: int) -> bytes:
        """The first `most` bytes of a file. Raises GitError where it is none."""
        if not entry.is_file:
            what = "a symbolic link" if entry.mode == _SYMLINK else "a submodule"
            raise GitError(f"`{visible(entry.path)}` is {what} in {self.shown}")
        if entry.blob not in self._read:
            size = int(_run(self.root, "cat-file", "-s", entry.blob))
            # Spaces are enough for the front door to refuse a file by its size.
            data = b" " * most if size > most else _run(self.root, "cat-file", "blob", entry.blob)
            self._read[entry.blob] = data
        return self._read[entry.blob]

    def blob_of(self, data: bytes) -> str:
        """The name that git would give to a file of these bytes."""
        kind = "sha1" if len(self.commit) == 40 else "sha256"
        return new_hash(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()

    def known_files(self, folder: str) -> Iterator[str]:
        """Files below `folder` that are there now: those of the index, and new ones not ignored."""
        listed = _run(
            folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."
        )
        for name in dict.fromkeys(listed.split(b"\0")):
            if name:
                inside = name.decode("utf-8", "surrogateescape")
                path = inside if folder == os.curdir else os.path.join(folder, inside)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield path

    @property
    def shown(self) -> str:
        """The revision as it is named in sentences."""
        return f"`{visible(self.name)}`"


def relative_to(folder: str, root: str, name: str) -> str:
    """`name` in `folder` as a path from `root`.

    >>> relative_to("/repo/nets", "/repo", "a.net.yaml"), relative_to("/repo", "/repo", "a")
    ('nets/a.net.yaml', 'a')
    """
    return str(PurePosixPath(Path(folder).relative_to(root).as_posix()) / name)


def revision(folder: str, name: str) -> Revision:
    """The commit that `name` means in the repository around `folder`. Raises GitError."""
    if not name or name.startswith("-") or not name.isprintable():
        raise GitError(f"`{visible(name)}` is no revision", "write a branch, a tag or a commit")
    inside = _run(folder, "rev-parse", "--is-inside-work-tree")
    if inside.strip() != b"true":
        raise GitError(f"`{visible(folder)}` is no working tree of a git repository")
    try:
        # `--end-of-options` so that no name is taken for an option.
        asked = ("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        commit = _run(folder, "rev-parse", *asked).decode("ascii", "replace").strip()
    except GitError as error:
        raise _unknown(folder, name) from error
    if not _OBJECT.fullmatch(commit):
        raise _unknown(folder, name)
    return Revision(folder, name, commit)


def _unknown(folder: str, name: str) -> GitError:
    """The error for a revision that is not there, with what to do about it."""
    message = f"the repository has no commit `{visible(name)}`"
    if _run(folder, "rev-parse", "--is-shallow-repository").strip() == b"true":
        return GitError(
            f"{message}; it is a shallow clone",
            "fetch it first: `git fetch origin BRANCH`, or `fetch-depth: 0` for actions/checkout",
        )
    refs = _run(folder, "for-each-ref", "--count=1000", "--format=%(refname:short)")
    known = refs.decode("utf-8", "replace").split("\n")
    return GitError(message, nearest(name, [one for one in known if one]) if refs else "")


def _run(folder: str, *args: str) -> bytes:
    """What git answers. Raises GitError with a sentence for everything that can go wrong."""
    command = ["git", *_QUIET, "-C", folder, *args]
    try:
        done = subprocess.run(
            command,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise GitError("git is not installed, or not on the PATH", "install git") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git gave no answer to `{args[0]}` in {SECONDS} seconds") from None
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    except ValueError:
        raise GitError("a name with a NUL cannot be given to git") from None
    if done.returncode:
        raise _failed(folder, args[0], done.stderr.decode("utf-8", "replace"))
    return done.stdout


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _LOCAL_VARIABLES}
    return kept | {
        "LC_ALL": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_PAGER": "cat",
        "GIT_OPTIONAL_LOCKS": "0",
    }


def _failed(folder: str, command: str, said: str) -> GitError:
    if "dubious ownership" in said:
        where = visible(folder)
        return GitError(
            f"git does not trust the repository around `{where}`, which belongs to somebody else",
            "git config --global --add safe.directory PATH, with the repository's path",
        )
    if "not a git repository" in said:
        return GitError(f"`{visible(folder)}` is in no git repository", "compare two files instead")
    first = next((line for line in said.splitlines() if line.strip()), "it did not say why")
    return GitError(f"git {command} failed: {visible(first[:300])}")
