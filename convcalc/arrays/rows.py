"""Convolution of images row by row: a copy for each column of the kernel, a product a row.

The columns of the kernel are laid side by side once, k copies of the input in place of the k * k
of im2col. A row of the kernel then reads whole rows of that copy, one contiguous piece for any
number of output rows, and its product is added to those of the other rows.
"""

from __future__ import annotations

import numpy as np

from convcalc.arrays.jobs import MOST_TILE, Job, Prepared, in_turn
from convcalc.arrays.slicing import Index, patches, tiles
from convcalc.core.shapes import Window

# Output rows of a band, where they are not too wide.
LEAST_ROWS = 6


def rows(job: Job) -> Prepared:
    """For each band of output rows: lay out its columns, sum a product a row, finish."""
    (tall, wide), out, dtype = job.windows, job.out, job.finish.y.dtype
    images, height, width = job.positions
    kernels = job.kernel.reshape(tall.kernel, -1, out)
    inner = kernels.shape[1]
    # (N, rows of x, width, 1, taps of a row, cin).
    views = patches(job.x, (Window(1), wide))
    each = dtype.itemsize * (inner + 2 * out)
    # A band reads the rows around it as well: with few rows of its own, those cost more.
    most = max(job.tile_bytes, min(LEAST_ROWS * width * each, MOST_TILE)) // each

    def step(at: Index) -> Prepared:
        image, band, *_ = at
        view = views[image, band.start : band.stop + tall.span - 1]
        columns = job.scratch("columns", view.shape, dtype)
        count = band.stop - band.start
        flat = columns.reshape(-1, width, inner)
        parts = [
            (flat[i * tall.dilation : i * tall.dilation + count].reshape(-1, inner), kernels[i])
            for i in range(tall.kernel)
        ]
        sums = job.scratch("sums", (count * width, out), dtype)
        more = job.scratch("more", (count * width, out), dtype)
        finish = job.finish.tile(sums, (image, band))
        first, *others = parts

        def run() -> None:
            np.copyto(columns, view)
            job.products.dot(*first, out=sums)
            for part in others:
                job.products.dot(*part, out=more)
                np.add(sums, more, out=sums)
            finish()

        return run

    return in_turn(step, tiles((images, height, width), max(most, width), 1))
