"""How much memory the machine has free for this process, as far as anything tells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

# Where nothing tells what is free.
ASSUMED_FREE = 2 << 30


def free_memory(root: Path = Path("/")) -> int:
    """Bytes that this process may still take: the least that the system or a limit leaves.

    Read below `root`: what the kernel calls available, and the limits of control groups; then
    the process's own limit. Where nothing tells, all that is installed, or ASSUMED_FREE.
    """
    found = [*_available(root), *_group_room(root), *_own_room(root)]
    return max(min(found), 0) if found else _installed()


def _available(root: Path) -> Iterator[int]:
    for line in _lines(root / "proc/meminfo"):
        name, _, rest = line.partition(":")
        words = rest.split()
        if name == "MemAvailable" and words and words[0].isdigit():
            yield int(words[0]) * 1024


# (folder of the hierarchy, its limit, what of it is used) of control groups, version 2 and 1.
_GROUPS = {
    "": ("sys/fs/cgroup", "memory.max", "memory.current"),
    "memory": ("sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
}


def _group_room(root: Path) -> Iterator[int]:
    """What each control group around this process leaves it; a group binds those inside."""
    for line in _lines(root / "proc/self/cgroup"):
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        for controller in controllers.split(","):
            if controller not in _GROUPS:
                continue
            mount, limit, usage = _GROUPS[controller]
            top = root / mount
            group = top / path.lstrip("/")
            for folder in (group, *group.parents):
                if not folder.is_relative_to(top):
                    break
                yield from _room(folder, limit, usage)


def _room(folder: Path, limit: str, usage: str) -> Iterator[int]:
    most, used = _number(folder / limit), _number(folder / usage)
    if most is not None and used is not None:
        # The kernel drops files that it has only cached before it refuses memory.
        cached = 0
        for line in _lines(folder / "memory.stat"):
            name, _, count = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file") and count.isdigit():
                cached = int(count)
        yield most - max(used - cached, 0)


def _own_room(root: Path) -> Iterator[int]:
    """What the limit of the address space leaves (`ulimit -v`), where there is one."""
    try:
        import resource
    except ImportError:
        return
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most == resource.RLIM_INFINITY:
        return
    pages = next(iter(_lines(root / "proc/self/statm")), "0").split()[0]
    yield most - int(pages) * resource.getpagesize()


def _installed() -> int:
    names: dict[str, int] = getattr(os, "sysconf_names", {})
    for name in ("SC_AVPHYS_PAGES", "SC_PHYS_PAGES"):
        if name in names:
            pages = os.sysconf(name)
            if pages > 0:
                return pages * os.sysconf("SC_PAGE_SIZE")
    return ASSUMED_FREE


def _number(path: Path) -> int | None:
    """The number in a file; None where there is none, or a word such as `max`."""
    text = next(iter(_lines(path)), "").strip()
    return int(text) if text.isdigit() else None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
