"""Positions of a tile by hand: its columns and sums, in bytes, and where a table turns over.

A tile has 2^19 bytes, or twice the kernel where that is more, up to 2^22.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from convcalc.arrays import depthwise, grouped, im2col, rows, transposed, winograd
from convcalc.arrays.choose import ALGORITHMS, FAST, choose
from convcalc.arrays.jobs import Finish, Job
from convcalc.arrays.products import Products
from convcalc.arrays.transposed import TRANSPOSED
from convcalc.core.shapes import Window
from tests.each import each

SMALL = 1 << 19


def job_of(
    positions: Sequence[int],
    cin: int,
    out: int,
    windows: Sequence[Window],
    groups: int = 1,
    dtype: type = np.float32,
) -> Job:
    """A convolution of one image that gives so many positions; nothing of it is written."""
    sizes = [(n - 1) * w.stride + w.span for n, w in zip(positions, windows, strict=True)]
    return Job(
        Products(),
        np.empty((1, *sizes, cin), dtype),
        # Some algorithms transform it beforehand: what memory held before may be no number.
        np.zeros((*(w.kernel for w in windows), cin // groups, out), dtype),
        tuple(windows),
        groups,
        Finish(np.empty((1, *positions, out), dtype)),
    )


THREE = [Window(3)] * 2
ONE = [Window(1)] * 2


@each(("module", "prepare", "job", "most", "apart"), [
    # Columns of 9 * 4 numbers and sums of 6.
    pytest.param(im2col, im2col.im2col, job_of((9, 9), 4, 6, THREE),
                 SMALL // (4 * (36 + 6)), 0, id="im2col"),
    pytest.param(im2col, im2col.im2col, job_of((9, 9), 4, 6, THREE, dtype=np.float64),
                 SMALL // (8 * (36 + 6)), 0, id="in double precision"),
    # A kernel of 512 * 256 numbers takes 2^19 bytes: the tile is twice that.
    pytest.param(im2col, im2col.im2col, job_of((9, 9), 512, 256, ONE),
                 (1 << 20) // (4 * (512 + 256)), 0, id="twice the kernel"),
    # One of 2^20 numbers takes all that there is.
    pytest.param(im2col, im2col.im2col, job_of((3, 3), 1024, 1024, ONE),
                 (1 << 22) // (4 * 2048), 0, id="at most 4 MiB"),
    # A row of the kernel has 3 * 4 columns; two sums of 6 stand beside it. 6 rows of 9 fit.
    pytest.param(rows, rows.rows, job_of((9, 9), 4, 6, THREE),
                 SMALL // (4 * (12 + 12)), 1, id="rows"),
    # 6 rows of 2000 would take 6 * 2000 * 4 * 24 bytes, more than a tile of 2^19.
    pytest.param(rows, rows.rows, job_of((7, 2000), 4, 6, THREE), 6 * 2000, 1, id="six rows"),
    # 6 rows of 30,000 more than 2^22.
    pytest.param(rows, rows.rows, job_of((7, 30_000), 4, 6, THREE),
                 (1 << 22) // (4 * 24), 1, id="fewer rows"),
    # A row is never cut.
    pytest.param(rows, rows.rows, job_of((3, 50_000), 4, 6, THREE), 50_000, 1, id="a whole row"),
    # Two groups, each with 3 columns of 2 channels and 3 sums.
    pytest.param(grouped, grouped.grouped, job_of((9, 9), 4, 6, THREE, 2),
                 SMALL // (2 * (6 + 3) * 4), 1, id="grouped by rows of the kernel"),
    # With a stride the kernel is one part: 9 columns of 2 channels.
    pytest.param(grouped, grouped.grouped, job_of((9, 9), 4, 6, [Window(3, 2)] * 2, 2),
                 SMALL // (2 * (18 + 3) * 4), 1, id="grouped, whole"),
    # Rows of 9 columns of 4 channels.
    pytest.param(depthwise, depthwise.depthwise, job_of((9, 9), 4, 4, THREE, 4),
                 SMALL // (9 * 4 * 4), 0, id="depthwise"),
    # Each input makes 9 taps of 6 channels.
    pytest.param(transposed, transposed.scatter, job_of((9, 9), 4, 6, THREE),
                 SMALL // (9 * 6 * 4), 0, id="scatter"),
    # Squares of 4 * 4 or 6 * 6 inputs, with 64 + 64 channels, of two arrays in turn.
    pytest.param(winograd, winograd.winograd(2), job_of((56, 56), 64, 64, THREE),
                 2 * SMALL // (16 * 128 * 4), 1, id="winograd 2x2"),
    pytest.param(winograd, winograd.winograd(4), job_of((24, 24), 64, 64, THREE),
                 2 * SMALL // (36 * 128 * 4), 1, id="winograd 4x4"),
    pytest.param(winograd, winograd.winograd(4), job_of((24, 24), 128, 128, THREE),
                 2 * (2 * 9 * 128 * 128 * 4) // (36 * 256 * 4), 1, id="winograd of many channels"),
    pytest.param(winograd, winograd.winograd(4), job_of((24, 24), 2000, 8, THREE), 32, 1,
                 id="32 squares at least"),
])  # fmt: skip
def test_positions_of_a_tile(
    module: ModuleType,
    prepare: Any,
    job: Job,
    most: int,
    apart: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, int]] = []

    def tiles(shape: Sequence[int], most: int, apart: int = 0) -> list[Any]:
        asked.append((most, apart))
        return []

    monkeypatch.setattr(module, "tiles", tiles)
    prepare(job)
    assert asked == [(most, apart)]
    assert type(asked[0][0]) is int


def whole(*sizes: int) -> Job:
    return job_of(sizes, 32, 32, THREE)


@each(("job", "table", "name"), [
    # Rows: a kernel of more than one row, 96 numbers of a row of it, 196 positions.
    (whole(14, 14), ALGORITHMS, "rows"),
    (whole(14, 13), ALGORITHMS, "im2col"),
    (job_of((14, 14), 31, 32, THREE), ALGORITHMS, "im2col"),
    (job_of((14, 14), 48, 32, [Window(3), Window(2)]), ALGORITHMS, "rows"),
    (job_of((14, 14), 32, 32, [Window(1), Window(3)]), ALGORITHMS, "im2col"),
    (job_of((14, 14), 48, 32, [Window(2), Window(2)]), ALGORITHMS, "rows"),
    (job_of((14, 14), 32, 32, [Window(3, 2), Window(3)]), ALGORITHMS, "im2col"),
    (job_of((14, 14), 32, 32, [Window(3), Window(3, 2)]), ALGORITHMS, "rows"),
    # Squares of 4: 24 positions a side and 32 channels; squares of 2: 12.
    (whole(24, 24), FAST, "winograd 4x4"), (whole(24, 23), FAST, "winograd 2x2"),
    (whole(12, 12), FAST, "winograd 2x2"), (whole(12, 11), FAST, "im2col"),
    (job_of((24, 24), 31, 64, THREE), FAST, "im2col"),
    (job_of((24, 24), 64, 64, [Window(3), Window(3, 1, 0, 0, 2)]), FAST, "rows"),
    (job_of((24, 24), 64, 64, THREE, 2), FAST, "grouped"),
    (job_of((24,), 64, 64, [Window(3)]), FAST, "im2col"),
    (job_of((24, 24), 64, 64, THREE, 64), FAST, "depthwise"),
    (job_of((24, 24), 64, 128, THREE, 64), FAST, "grouped"),
])  # fmt: skip
def test_where_a_table_turns_over(job: Job, table: Any, name: str) -> None:
    assert choose(job, table=table) == name


@each(("outputs", "name"), [(1600, "phases"), (1601, "scatter"), (1599, "phases"), (1, "phases")])
def test_outputs_by_phases_up_to_twice_the_inputs_and_the_stride(outputs: int, name: str) -> None:
    # 400 inputs at a stride of 2: 2 * 2 * 400.
    y = np.empty((1, outputs, 4), np.float32)
    job = Job(
        Products(), np.empty((1, 400, 4), np.float32), np.empty((3, 4, 4), np.float32),
        (Window(3, 2),), 1, Finish(y),
    )  # fmt: skip
    assert prod(job.positions) == outputs
    assert choose(job, table=TRANSPOSED) == name
