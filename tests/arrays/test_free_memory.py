"""What counts as free memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from convcalc.arrays import free
from convcalc.arrays.free import ASSUMED_FREE, free_memory

MEMINFO = "MemTotal:       99999 kB\nMemAvailable:    1000 kB\n"


@pytest.mark.parametrize(
    ("files", "free"),
    [
        pytest.param({"proc/meminfo": MEMINFO}, 1024_000, id="what the kernel calls available"),
        pytest.param(
            {
                "proc/meminfo": MEMINFO,
                "proc/self/cgroup": "0::/a/b\n",
                "sys/fs/cgroup/a/memory.max": "500000\n",
                "sys/fs/cgroup/a/memory.current": "450000\n",
                "sys/fs/cgroup/a/memory.stat": "anon 3\ninactive_file 20000\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
                "sys/fs/cgroup/a/b/memory.current": "10\n",
            },
            70_000,
            id="the limit of a control group around, without its cached files",
        ),
        pytest.param(
            {
                "proc/meminfo": MEMINFO,
                "proc/self/cgroup": "4:cpu,memory:/job\n0::/\n",
                "sys/fs/cgroup/memory/job/memory.limit_in_bytes": "9000\n",
                "sys/fs/cgroup/memory/job/memory.usage_in_bytes": "9500\n",
            },
            0,
            id="a control group of version 1 that is full",
        ),
        pytest.param(
            {"proc/meminfo": "no\n", "proc/self/cgroup": "nonsense\n"}, None, id="nothing to read"
        ),
    ],
)
def test_free_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: dict[str, str], free: int | None
) -> None:
    monkeypatch.setattr("convcalc.arrays.free._own_room", lambda root: iter(()))
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    if free is None:
        monkeypatch.setattr("os.sysconf_names", {}, raising=False)
        free = ASSUMED_FREE
    assert free_memory(tmp_path) == free


def test_the_room_that_a_limit_of_the_address_space_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20 of 100 pages are taken."""
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getpagesize", lambda: 1000)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100_000, 100_000))
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/statm").write_text("20 7 3\n")
    assert [*free._own_room(tmp_path)] == [80_000]
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 0))
    assert [*free._own_room(tmp_path)] == []


def test_free_memory_here() -> None:
    assert free_memory() > 10**6


def test_the_process_limit_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (2 * 10**8, 2 * 10**8))
    assert free_memory() < 2 * 10**8
