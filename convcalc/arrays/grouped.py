"""Convolution in groups: batched products, one a group, channels first.

A group of few channels makes a thin matrix; with positions as its long side it is thin only one
way.
"""

from __future__ import annotations

import numpy as np

from convcalc.arrays.jobs import Job, Prepared, in_turn
from convcalc.arrays.slicing import Index, patches, read_by, tiles
from convcalc.core.shapes import Window


def grouped(job: Job) -> Prepared:
    """For each band of an image: channels first, columns, a product a group and part, finish.

    The parts are the rows of the kernel where those read whole rows of the columns, as in `rows`;
    otherwise there is one, the whole kernel.
    """
    groups, rank, dtype = job.groups, len(job.windows), job.finish.y.dtype
    cin, out = job.cin // groups, job.out // groups
    tall, *_ = laid = job.windows
    count = 1
    if rank == 2 and tall.stride == 1:
        laid, count = (Window(1), job.windows[1]), tall.kernel
    # (part, g, out, taps of a part * cin).
    kernels = job.kernel.reshape(count, -1, groups, out).transpose(0, 2, 3, 1).copy()
    inner = kernels.shape[-1]
    most = job.tile_bytes // (groups * (inner + out) * dtype.itemsize)

    def step(at: Index) -> Prepared:
        x = np.moveaxis(job.x[read_by(at, job.windows)][0], -1, 0)
        first = job.scratch("first", x.shape, dtype)
        # (1, *S, *k, g * cin) as (g, *k, cin, *S).
        views = patches(np.moveaxis(first, 0, -1)[np.newaxis], laid)[0]
        views = views.reshape(*views.shape[:-1], groups, cin)
        view = np.moveaxis(views, (*range(rank), -2), (*range(-rank, 0), 0))
        columns = job.scratch("columns", view.shape, dtype)
        flat = columns.reshape(groups, inner, *view.shape[-rank:])
        height = flat.shape[2] - tall.dilation * (count - 1)
        parts = [
            flat[:, :, start : start + height].reshape(groups, inner, -1)
            for start in range(0, tall.dilation * count, tall.dilation)
        ]
        sums = job.scratch("sums", (groups, out, parts[0].shape[-1]), dtype)
        more = job.scratch("more", sums.shape, dtype)
        last = job.scratch("last", (sums.shape[-1], groups, out), dtype)
        finish = job.finish.tile(last, at)

        def run() -> None:
            np.copyto(first, x)
            np.copyto(columns, view)
            job.products.dot(kernels[0], parts[0], out=sums)
            for kernel, part in zip(kernels[1:], parts[1:], strict=True):
                job.products.dot(kernel, part, out=more)
                np.add(sums, more, out=sums)
            np.copyto(last, sums.transpose(2, 0, 1))
            finish()

        return run

    return in_turn(step, tiles(job.positions, most, 1))
