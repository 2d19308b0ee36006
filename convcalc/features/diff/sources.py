"""Which files to compare with a revision: the same path there, or the one it was renamed from."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from convcalc.core.errors import StackError
from convcalc.core.text import visible
from convcalc.document.file_bytes import MOST_READ, read_file
from convcalc.features.diff.git import GitError, GitFile, Revision, revision

ENDINGS = (".net.yaml", ".net.yml")
# A renamed file shares at least half of its lines, as git's own default has it.
_ALIKE = 0.5
# Gone files that a new one is compared with.
_MOST_CANDIDATES = 200


@dataclass(frozen=True)
class Candidate:
    """A file to compare: its name now (None where it is gone), and its entry in the revision.

    `note` is a sentence on a file that is new, gone or renamed.
    """

    base: Revision
    file: str | None
    entry: GitFile | None
    note: str = ""

    @property
    def names(self) -> tuple[str, str]:
        """What both sides are called."""
        now = self.file or ""
        was = self.entry.path if self.entry else now
        return f"{self.base.name}:{was}", now or was

    def read_base(self) -> bytes:
        """The file as it was. Raises GitError."""
        assert self.entry is not None
        return self.base.read(self.entry, MOST_READ)


def of_file(file: str, name: str) -> Candidate:
    """One file against the revision `name`. Raises GitError, also where it is on neither side."""
    base = revision(_folder_of(file), name)
    path = base.path_of(file)
    entry = base.entry(path)
    exists = os.path.lexists(file)
    if entry is not None:
        note = "" if exists else f"`{visible(file)}` is gone; {base.shown} still has it"
        return Candidate(base, file if exists else None, entry, note)
    if not exists:
        raise GitError(f"`{visible(file)}` is neither here nor in {base.shown}")
    gone = [one for one in base.entries().values() if _is_gone(one, base)]
    return _new_or_renamed(base, file, gone)


def of_folder(folder: str, name: str) -> list[Candidate]:
    """Every network below a folder that differs from the revision `name`, by path."""
    base = revision(folder, name)
    here = base.path_of(os.path.join(folder, "x")).removesuffix("x")
    before = {
        path: entry
        for path, entry in base.entries(here.rstrip("/")).items()
        if path.endswith(ENDINGS) and entry.is_file
    }
    now = {base.path_of(file): file for file in base.known_files(folder) if file.endswith(ENDINGS)}
    gone = [entry for path, entry in before.items() if path not in now]
    found: dict[str, Candidate] = {}
    for path, file in now.items():
        try:
            blob = base.blob_of(read_file(file))
        except StackError:
            # Reading it again will say why it cannot be read.
            found[path] = Candidate(base, file, before.get(path))
            continue
        if path in before:
            if blob != before[path].blob:
                found[path] = Candidate(base, file, before[path])
            continue
        found[path] = candidate = _new_or_renamed(base, file, gone)
        gone = [entry for entry in gone if entry != candidate.entry]
    for entry in gone:
        note = f"`{visible(entry.path)}` is gone; {base.shown} still has it"
        found[entry.path] = Candidate(base, None, entry, note)
    return [found[path] for path in sorted(found)]


def _folder_of(file: str) -> str:
    """The nearest folder around `file` that is there."""
    folder = os.path.dirname(os.path.abspath(file))
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return folder


def _is_gone(entry: GitFile, base: Revision) -> bool:
    is_network = entry.path.endswith(ENDINGS)
    return is_network and not os.path.lexists(os.path.join(base.root, entry.path))


def _new_or_renamed(base: Revision, file: str, gone: Iterable[GitFile]) -> Candidate:
    data = read_file(file)
    blob = base.blob_of(data)
    best: tuple[float, GitFile] | None = None
    for entry in sorted(gone, key=partial(_distance, base.path_of(file)))[:_MOST_CANDIDATES]:
        if entry.blob == blob:
            best = (1.0, entry)
            break
        try:
            alike = _likeness(data, base.read(entry, MOST_READ))
        except GitError:
            continue
        if alike >= _ALIKE and (best is None or alike > best[0]):
            best = (alike, entry)
    if best is None:
        return Candidate(
            base, file, None, f"`{visible(file)}` is new; {base.shown} has no such file"
        )
    note = f"`{visible(file)}` was `{visible(best[1].path)}` in {base.shown}"
    return Candidate(base, file, best[1], note)


def _distance(path: str, entry: GitFile) -> tuple[bool, bool]:
    """How far off a gone file is from `path`, by its name and its folder: of equals, one moved."""
    (folder, name), (old_folder, old_name) = os.path.split(path), os.path.split(entry.path)
    return name != old_name, folder != old_folder


def _likeness(one: bytes, other: bytes) -> float:
    """The share of lines that both have.

    Short files would be alike by the lines that every network has, `convcalc: 1` and `layers:`:
    lines that begin at the margin count only where there are no others.

    >>> _likeness(b"a\\nb\\nc\\n", b"a\\nc\\n"), _likeness(b"k:\\n  - a\\n", b"k:\\n  - b\\n")
    (0.8, 0.0)
    """
    from collections import Counter

    old, new = Counter(_telling(one)), Counter(_telling(other))
    total = old.total() + new.total()
    return 2 * (old & new).total() / total if total else 1.0


def _telling(data: bytes) -> list[bytes]:
    lines = data.splitlines()
    return [line for line in lines if line.strip() and line[:1] in b" -\t"] or lines
