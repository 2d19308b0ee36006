"""Convolution as one matrix product a tile: windows copied side by side, times the kernel.

Source: Chellapilla, Puri & Simard 2006. Whole, the matrix of windows is as many times the input
as the kernel has taps; a tile of it stays in cache and within a budget of bytes.
"""

from __future__ import annotations

from math import prod

import numpy as np

from convcalc.arrays.jobs import Job, Prepared, in_turn
from convcalc.arrays.slicing import Index, patches, tiles


def im2col(job: Job) -> Prepared:
    """For each tile of positions: copy its windows to rows of a matrix, multiply, finish."""
    x, dtype, out = job.x, job.x.dtype, job.out
    matrix = job.kernel.reshape(-1, out)
    inner = matrix.shape[0]
    views = patches(x, job.windows)

    def step(at: Index) -> Prepared:
        view = views[at]
        count = prod(view.shape[: x.ndim - 1])
        columns = job.scratch("columns", view.shape, dtype)
        rows = columns.reshape(count, inner)
        sums = job.scratch("sums", (count, out), job.finish.y.dtype)
        finish = job.finish.tile(sums, at)

        def run() -> None:
            np.copyto(columns, view)
            job.products.dot(rows, matrix, out=sums)
            finish()

        return run

    return in_turn(step, tiles(job.positions, job.tile_bytes // (dtype.itemsize * (inner + out))))
