"""Transposed convolution, two ways: scattering from the input, or a convolution a phase.

Here a job's `x` is not padded, and the padding of its windows is what is cut from the output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import gcd, prod
from typing import NamedTuple

import numpy as np

from convcalc.arrays.choose import Algorithm, prepared
from convcalc.arrays.jobs import Job, Prepared
from convcalc.arrays.products import Array
from convcalc.arrays.slicing import Index, by_group, scattered_index, taps, tiles
from convcalc.core.shapes import Window


def scatter(job: Job) -> Prepared:
    """Every input times every tap, a product a tile, added where the tap puts it.

    Makes exactly as many multiplies as the layer is said to cost: those at its input positions.
    """
    x, groups, dtype = job.x, job.groups, job.finish.y.dtype
    out, rank = job.out // groups, len(job.windows)
    # (*k, cin / g, g * out) as (g, cin / g, *k * out).
    split = job.kernel.reshape(*job.kernel.shape[:-1], groups, out)
    kernels = np.moveaxis(split, (rank + 1, rank), (0, 1)).reshape(groups, job.cin // groups, -1)
    sizes = zip(job.positions[1:], job.windows, strict=True)
    whole = (len(x), *(size + w.before + w.after for size, w in sizes), job.out)
    kept: Index = (
        slice(None),
        *(
            slice(w.before, w.before + size)
            for w, size in zip(job.windows, job.positions[1:], strict=True)
        ),
    )
    boxes = tiles(x.shape[:-1], job.tile_bytes // (job.taps * job.out * dtype.itemsize))

    def run() -> None:
        y = np.zeros(whole, dtype)
        places: list[Index] = []
        shape: tuple[int, ...] = ()
        for at in boxes:
            part = x[at]
            if part.shape != shape:
                # Boxes are alike but for the last one of an axis.
                shape = part.shape
                places = [scattered_index(part, job.windows, tap) for tap in taps(job.windows)]
            corner = y[_beginning(at, job.windows)]
            terms = job.products.dot(by_group(part, groups), kernels)
            terms = terms.reshape(groups, -1, job.taps, out)
            # Of small boxes with many taps, what is done for each tap is most of the time.
            by_tap = terms.transpose(2, 1, 0, 3).reshape(job.taps, *shape[:-1], job.out)
            for here, term in zip(places, by_tap, strict=True):
                corner[here] += term
        job.finish.tile(y[kept], (slice(None),))()

    return run


def _beginning(at: Index, windows: Sequence[Window]) -> Index:
    """The part of the uncut output that starts where the input positions `at` first scatter."""
    starts = (slice(o.start * w.stride, None) for o, w in zip(at[1:], windows, strict=True))
    return (at[0], *starts)


class Phase(NamedTuple):
    """Output positions of one residue along an axis: a convolution of the input at stride 1.

    `taps` of the kernel fall on these positions, last first; `window` reads the input from
    `-window.before` on.
    """

    positions: slice
    taps: slice
    window: Window


def phases_of(window: Window, size: int, out: int) -> list[Phase]:
    """The phases along an axis of `size` inputs and `out` outputs; some may have no taps.

    Tap j of input i falls on o = i * stride + j * dilation, before the cut. For a given residue
    of o these are every stride / gcd-th tap, and reading i from o is a convolution.
    """
    shared = gcd(window.stride, window.dilation)
    every = window.stride // shared
    found = []
    for first in range(min(window.stride, out)):
        at = first + window.before
        mine = [j for j in range(window.kernel) if (at - j * window.dilation) % window.stride == 0]
        count = len(range(first, out, window.stride))
        if mine:
            # The input that the last tap reads for the first of these positions.
            start = (at - mine[-1] * window.dilation) // window.stride
            one = Window(len(mine), 1, -start, 0, window.dilation // shared)
            one = one._replace(after=start + count - 1 + one.span - size)
            chosen = slice(mine[-1], mine[0] - 1 if mine[0] else None, -every)
        else:
            one, chosen = Window(0, 1, 0, count - size), slice(0, 0)
        found.append(Phase(slice(first, None, window.stride), chosen, one))
    return found


def phases(job: Job) -> Prepared:
    """The outputs of each residue modulo the stride, as a convolution with some of the taps.

    Nothing is scattered and no zeros are inserted. Counts at output positions, padding included:
    not what the layer is said to cost.
    """
    axes = [
        phases_of(window, size, out)
        for window, size, out in zip(job.windows, job.x.shape[1:], job.positions[1:], strict=False)
    ]
    before = [max(0, *(phase.window.before for phase in axis)) for axis in axes]
    after = [max(0, *(phase.window.after for phase in axis)) for axis in axes]
    inner = job.x.shape[1:-1]
    sizes = (b + size + a for b, size, a in zip(before, inner, after, strict=True))
    whole = np.zeros((len(job.x), *sizes, job.cin), job.x.dtype)
    middle: Index = (
        slice(None),
        *(slice(b, b + size) for b, size in zip(before, inner, strict=True)),
    )
    parts = [_phase(job, whole, before, inner, chosen) for chosen in product(*axes)]

    def run() -> None:
        np.copyto(whole[middle], job.x)
        for part in parts:
            part()

    return run


def _phase(
    job: Job, whole: Array, before: Sequence[int], sizes: Sequence[int], chosen: Sequence[Phase]
) -> Prepared:
    """One phase of each axis: those taps over the part of the padded input that they read."""
    reads: Index = (
        slice(None),
        *(
            slice(b - p.window.before, b + size + p.window.after)
            for b, size, p in zip(before, sizes, chosen, strict=True)
        ),
    )
    kept: Index = (slice(None), *(phase.positions for phase in chosen))
    finish = job.finish
    residual = finish.residual
    finish = replace(
        finish, y=finish.y[kept], residual=None if residual is None else residual[kept]
    )
    kernel_at: Index = tuple(phase.taps for phase in chosen)
    kernel = np.ascontiguousarray(job.kernel[kernel_at])
    if not kernel.size:
        empty = np.zeros(finish.y.shape, finish.y.dtype)
        return finish.tile(empty, (slice(None),))
    part = replace(
        job,
        x=whole[reads],
        kernel=kernel,
        windows=tuple(phase.window for phase in chosen),
        finish=finish,
    )
    return prepared(part)


def _phases_pay(job: Job) -> bool:
    # Around few inputs most outputs see nothing but padding.
    spread = prod(w.stride for w in job.windows)
    return prod(job.positions) <= 2 * spread * prod(job.x.shape[:-1])


TRANSPOSED: Mapping[str, Algorithm] = {
    "phases": Algorithm(
        phases,
        fits=lambda job: True,
        pays=_phases_pay,
        reason="every output is written once",
    ),
    "scatter": Algorithm(
        scatter,
        fits=lambda job: True,
        pays=lambda job: True,
        reason="makes no multiply beyond those at the input positions",
    ),
}
