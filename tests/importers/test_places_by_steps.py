"""Places that a ScatterND puts numbers at, by steps: one in each of as many rows."""

from __future__ import annotations

from convcalc.importers.onnx.rules.putting import _rows


def test_rows_of_a_step_hold_one_place_each() -> None:
    """Of all ranges within twelve places; what is left is the last place at most."""
    tried = 0
    for size in range(1, 13):
        for step in range(2, 6):
            for first in range(size):
                for end in range(first + 1, size + 1):
                    places = range(first, end, step)
                    rows, start, column = _rows(size, places)
                    held = [start + row * step + column for row in range(rows)]
                    assert held == [*places][:rows]
                    assert 0 <= column < step
                    assert start >= 0
                    assert start + rows * step <= size
                    # All of them, wherever the first one may stand in its row.
                    fits = any(
                        first - at + len(places) * step <= size
                        for at in range(min(step, first + 1))
                    )
                    assert rows == len(places) - (not fits)
                    tried += 1
    assert tried == 4 * sum(size * (size + 1) // 2 for size in range(1, 13))
