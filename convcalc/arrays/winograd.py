"""Winograd's convolution: 3x3 at stride 1 with fewer multiplies, but not exact. For fast runs only.

A square of m * m outputs is read from (m + 2) * (m + 2) inputs and made of as many products, where
the direct form makes 9 for each output: 2.25 times fewer for m = 2, four times for m = 4. Inputs,
kernels and sums are transformed by small matrices, here one for both axes at once, the Kronecker
product of that of one axis with itself: so every step is a matrix product.
Source: Lavin & Gray 2015, "Fast Algorithms for Convolutional Neural Networks".
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import NamedTuple

import numpy as np

from convcalc.arrays.jobs import Job, Prepared
from convcalc.arrays.products import Array
from convcalc.arrays.slicing import patches, tiles
from convcalc.core.shapes import Window


class Transform(NamedTuple):
    """The matrices of one axis: inputs (m + 2, m + 2), kernel (m + 2, 3), outputs (m, m + 2)."""

    inputs: list[list[float]]
    kernel: list[list[float]]
    outputs: list[list[float]]


TRANSFORMS = {
    2: Transform(
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]],
        [[1, 0, 0], [1 / 2, 1 / 2, 1 / 2], [1 / 2, -1 / 2, 1 / 2], [0, 0, 1]],
        [[1, 1, 1, 0], [0, 1, -1, -1]],
    ),
    4: Transform(
        [
            [4, 0, -5, 0, 1, 0],
            [0, -4, -4, 1, 1, 0],
            [0, 4, -4, -1, 1, 0],
            [0, -2, -1, 2, 1, 0],
            [0, 2, -1, -2, 1, 0],
            [0, 4, 0, -5, 0, 1],
        ],
        [
            [1 / 4, 0, 0],
            [-1 / 6, -1 / 6, -1 / 6],
            [-1 / 6, 1 / 6, -1 / 6],
            [1 / 24, 1 / 12, 1 / 6],
            [1 / 24, -1 / 12, 1 / 6],
            [0, 0, 1],
        ],
        [[1, 1, 1, 1, 1, 0], [0, 1, -1, 2, -2, 0], [0, 1, 1, 4, 4, 0], [0, 1, -1, 8, -8, 1]],
    ),
}


def winograd(m: int) -> Callable[[Job], Prepared]:
    """The algorithm for squares of m * m outputs."""

    def prepare(job: Job) -> Prepared:
        dtype, cin, out, side = job.finish.y.dtype, job.cin, job.out, m + 2
        to_inputs, to_kernel, to_outputs = (
            np.kron(matrix, matrix).astype(dtype) for matrix in TRANSFORMS[m]
        )
        kernels = (to_kernel @ job.kernel.reshape(9, -1)).reshape(side**2, cin, out)
        images, height, width = job.positions
        down, across = ceil(height / m), ceil(width / m)
        steps = []
        most = 2 * job.tile_bytes // (side**2 * (cin + out) * dtype.itemsize)
        for image, band, _ in tiles((images, down, across), max(most, 32), 1):
            rows = slice(band.start * m, min(band.stop * m, height))
            count = band.stop - band.start
            x = job.x[image, rows.start : rows.stop + 2]
            # Squares that hang over the end read zeros, and what they make there is dropped.
            whole = job.scratch("first", (1, count * m + 2, across * m + 2, cin), dtype)
            # (m + 2, m + 2, squares, cin).
            view = np.moveaxis(patches(whole, [Window(side, m)] * 2)[0], (2, 3), (0, 1))
            squares = job.scratch("columns", view.shape, dtype)
            flat = squares.reshape(side**2, -1)
            spread = job.scratch("more", flat.shape, dtype)
            sums = job.scratch("sums", (side**2, count * across, out), dtype)
            back = job.scratch("columns", (m**2, count * across * out), dtype)
            # (m, m, rows of squares, squares of a row, out) as an image.
            made = back.reshape(m, m, count, across, out).transpose(2, 0, 3, 1, 4)
            last = job.scratch("more", made.shape, dtype)
            kept = last.reshape(1, count * m, across * m, out)[:, : rows.stop - rows.start, :width]
            finish = job.finish.tile(kept, (image, rows))
            steps.append((x, whole, view, squares, flat, spread, sums, back, made, last, finish))

        def run() -> None:
            dot = job.products.dot
            for x, whole, view, squares, flat, spread, sums, back, made, last, finish in steps:
                fill(whole, x)
                np.copyto(squares, view)
                dot(to_inputs, flat, out=spread)
                dot(spread.reshape(side**2, -1, cin), kernels, out=sums)
                dot(to_outputs, sums.reshape(side**2, -1), out=back)
                np.copyto(last, made)
                finish()

        return run

    return prepare


def fill(whole: Array, x: Array) -> None:
    """Puts `x` into the first corner of `whole`, zeros behind it."""
    _, height, width, _ = x.shape
    whole[:, :height, :width] = x
    whole[:, height:] = 0
    whole[:, :, width:] = 0
