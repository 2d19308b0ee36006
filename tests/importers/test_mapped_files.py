"""Files that are read where they are asked for: what was read is let go, page by page."""

from __future__ import annotations

import mmap

import pytest

from convcalc.importers import mapped


class Told(mmap.mmap):
    """Anonymous memory that tells what of it was let go."""

    def __init__(self, fileno: int, length: int) -> None:
        self.advice: list[tuple[int, int, int]] = []

    def madvise(self, option: int, start: int = 0, length: int = 0) -> None:
        self.advice.append((option, start, length))


@pytest.mark.skipif(mapped._DONTNEED is None, reason="nothing is let go")
def test_whole_pages_are_let_go_where_enough_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    page = mmap.PAGESIZE
    monkeypatch.setattr(mapped, "_AT_ONCE", 4 * page)
    memory = Told(-1, 64 * page)
    behind = mapped.Behind(memory)
    option = mapped._DONTNEED
    behind.pass_over(4 * page - 1)
    assert memory.advice == []
    behind.pass_over(4 * page + 7)
    assert memory.advice == [(option, 0, 4 * page)]
    # From there on, as much again has to be read.
    behind.pass_over(8 * page - 1)
    behind.pass_over(9 * page)
    assert memory.advice[1:] == [(option, 4 * page, 5 * page)]
    behind.pass_over(3 * page)
    assert len(memory.advice) == 2


def test_bytes_are_kept() -> None:
    mapped.Behind(bytes(10)).pass_over(1 << 30)
