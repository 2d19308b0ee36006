"""Depthwise convolution: each channel its own kernel, one fused multiply-add a tap."""

from __future__ import annotations

from itertools import product

import numpy as np

from convcalc.arrays.jobs import MOST_TILE, Job, Prepared, in_turn
from convcalc.arrays.slicing import Index, patches, read_by, shifted_rows, tiles


def depthwise(job: Job) -> Prepared:
    """For each band of output rows: one weighted sum of shifted rows.

    A row of `width * channels` numbers is one vector, and so is a tap's weight, repeated for
    every column. At stride 1 a tap reads the input itself, shifted; at others, a copy.
    """
    *outer, last = job.windows
    rank, dtype, width = len(job.windows), job.finish.y.dtype, job.positions[-1]
    # Rows are cut where weights repeated for all of their columns would take too much.
    wide = min(width, max(1, MOST_TILE // job.kernel.nbytes))
    # (*k, 1, C) as (*k, wide * C).
    weight = np.tile(job.kernel, (wide, 1)).reshape(*job.kernel.shape[:rank], -1)
    pieces = [slice(start, min(start + wide, width)) for start in range(0, width, wide)]
    bands = tiles(job.positions[:-1], job.tile_bytes // (wide * job.out * dtype.itemsize))

    def step(at: Index) -> Prepared:
        # (1, *rows of x, taps of a row, columns, C).
        view = shifted_rows(job.x[read_by(at, job.windows)], last)
        columns = view if last.stride == 1 else job.scratch("columns", view.shape, dtype)
        row = columns.reshape(*view.shape[:-2], -1)
        # (1, *rows of y, *k, columns * C) with the kernel's axes in front.
        reads = np.moveaxis(patches(row, outer), range(-rank - 1, -1), range(rank))
        sums = job.scratch("sums", reads.shape[rank:], dtype)
        repeated = weight[..., : sums.shape[-1]]
        finish = job.finish.tile(sums, at)

        def run() -> None:
            if columns is not view:
                np.copyto(columns, view)
            job.products.weighted_sum(reads, repeated, rank, out=sums)
            finish()

        return run

    return in_turn(step, [(*band, piece) for band, piece in product(bands, pieces)])
