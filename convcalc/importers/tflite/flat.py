"""FlatBuffers, read in place: tables, vectors and strings, each within the bounds of the file.

Nothing is copied but what is asked for, and one budget is shared by all that a file makes us read.
Source: the FlatBuffers documentation, Internals.
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from typing import NamedTuple

from convcalc.importers.model import LimitError

Buffer = bytes | mmap.mmap
# Numbers and tables that are read from one file at most.
MOST_READ = 20_000_000
# Bytes of a string that are read.
_LONGEST = 2000
_WIDTHS = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "f": 4, "q": 8, "Q": 8, "?": 1}


class FlatError(Exception):
    """Bytes that are no such table; the text says what is wrong with them, and where."""


class Span(NamedTuple):
    """Elements that lie side by side: where the first begins, and how many there are."""

    start: int
    length: int


class Flat:
    """The bytes of a file, and how much of them may still be read."""

    def __init__(self, data: Buffer) -> None:
        self.data = data
        self.size = len(data)
        self._left = MOST_READ

    def root(self) -> Table:
        """The table that the file begins with."""
        return self.table(self.offset(0))

    def spend(self, count: int) -> None:
        """Counts what is read. Raises LimitError where the whole file has too much of it."""
        self._left -= count
        if self._left < 0:
            raise LimitError(f"has more than {MOST_READ:,} numbers to read")

    def number(self, at: int, code: str) -> int | float:
        """The number at a place, whose type is one of `struct`'s codes."""
        if not 0 <= at <= self.size - _WIDTHS[code]:
            raise FlatError(f"byte {at:,} lies outside of its {self.size:,} bytes")
        found: int | float = struct.unpack_from(f"<{code}", self.data, at)[0]
        return found

    def offset(self, at: int) -> int:
        """The place that the offset at `at` leads to."""
        return at + int(self.number(at, "I"))

    def span(self, at: int, width: int) -> Span:
        """The elements of the vector at a place, each of so many bytes."""
        count = int(self.number(at, "I"))
        if count * width > self.size - at - 4:
            raise FlatError(
                f"a vector at byte {at:,} says that it has {count:,} elements, for which there are "
                f"{self.size - at - 4:,} bytes"
            )
        return Span(at + 4, count)

    def table(self, at: int) -> Table:
        """The table at a place."""
        self.spend(1)
        start = at - int(self.number(at, "i"))
        length = int(self.number(start, "H"))
        if length < 4 or start + length > self.size:
            raise FlatError(f"the table at byte {at:,} has its fields listed at byte {start:,}")
        slots = struct.unpack_from(f"<{(length - 4) // 2}H", self.data, start + 4)
        self.spend(len(slots))
        return Table(self, at, slots)


class Table:
    """A table: its fields by their slots, each absent where it is as usual."""

    __slots__ = ("_at", "_flat", "_slots")

    def __init__(self, flat: Flat, at: int, slots: tuple[int, ...]) -> None:
        self._flat = flat
        self._at = at
        self._slots = slots

    def _place(self, slot: int) -> int:
        """Where a field lies; 0 for one that is absent."""
        found = self._slots[slot] if slot < len(self._slots) else 0
        return self._at + found if found else 0

    def whole(self, slot: int, code: str = "i", default: int = 0) -> int:
        """A field that is an integer."""
        at = self._place(slot)
        return int(self._flat.number(at, code)) if at else default

    def real(self, slot: int, default: float = 0.0) -> float:
        """A field that is a float32."""
        at = self._place(slot)
        return float(self._flat.number(at, "f")) if at else default

    def flag(self, slot: int) -> bool:
        """A field that is true or false."""
        return bool(self.whole(slot, "B"))

    def table(self, slot: int) -> Table | None:
        """A field that is a table."""
        at = self._place(slot)
        return self._flat.table(self._flat.offset(at)) if at else None

    def span(self, slot: int, width: int) -> Span | None:
        """A field that is a vector, unread."""
        at = self._place(slot)
        return self._flat.span(self._flat.offset(at), width) if at else None

    def tables(self, slot: int, most: int, what: str) -> Iterator[Table]:
        """A field that is a vector of tables. Raises LimitError past `most`."""
        found = self.span(slot, 4)
        if found is None:
            return
        if found.length > most:
            raise LimitError(f"has more than {most:,} {what}")
        for at in range(found.start, found.start + 4 * found.length, 4):
            yield self._flat.table(self._flat.offset(at))

    def wholes(self, slot: int, code: str = "i") -> tuple[int, ...]:
        """A field that is a vector of integers; none where it is absent."""
        found = self.span(slot, _WIDTHS[code])
        if found is None:
            return ()
        self._flat.spend(found.length)
        return struct.unpack_from(f"<{found.length}{code}", self._flat.data, found.start)

    def text(self, slot: int) -> str:
        """A field that is a string; bytes that are no UTF-8 are spelt out."""
        found = self.span(slot, 1)
        if found is None:
            return ""
        length = min(found.length, _LONGEST)
        self._flat.spend(1 + length // 16)
        raw = self._flat.data[found.start : found.start + length]
        return raw.decode("utf-8", "backslashreplace")
