"""Which algorithm runs a convolution: one small table.

The reasons were measured on one core with 1 MB of second-level cache; `benchmarks/run.py` measures
every algorithm on typical layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import NamedTuple

from convcalc.arrays.depthwise import depthwise
from convcalc.arrays.grouped import grouped
from convcalc.arrays.im2col import im2col
from convcalc.arrays.jobs import Job, Prepared
from convcalc.arrays.rows import rows
from convcalc.arrays.winograd import winograd


class Algorithm(NamedTuple):
    """A way to run a convolution: the layers it can run, those it is fast for, and why."""

    prepare: Callable[[Job], Prepared]
    fits: Callable[[Job], bool]
    pays: Callable[[Job], bool]
    reason: str


def _rows_pay(job: Job) -> bool:
    tall, wide = job.windows
    return (
        tall.kernel > 1
        # A thin product costs more than the copies it saves.
        and wide.kernel * job.cin >= 96
        and prod(job.positions[1:]) >= 196
    )


# The first that fits and pays is used.
ALGORITHMS: Mapping[str, Algorithm] = {
    "depthwise": Algorithm(
        depthwise,
        fits=lambda job: job.groups == job.cin == job.out,
        pays=lambda job: True,
        reason="a matrix for each channel would have one column: sum products of whole rows",
    ),
    "grouped": Algorithm(
        grouped,
        fits=lambda job: True,
        pays=lambda job: job.groups > 1,
        reason="matrices of a few channels: keep the positions as their long side",
    ),
    "rows": Algorithm(
        rows,
        fits=lambda job: job.groups == 1 and len(job.windows) == 2 and job.windows[0].stride == 1,
        pays=_rows_pay,
        reason="copies the input k times in place of k * k: a row of the kernel is one product",
    ),
    "im2col": Algorithm(
        im2col,
        fits=lambda job: job.groups == 1,
        pays=lambda job: True,
        reason="one product a tile for any rank, stride and dilation; for a 1x1 kernel the "
        "columns are the input itself, and copying them into cache first still saves time",
    ),
}


def _is_3x3(job: Job) -> bool:
    windows = [(w.kernel, w.stride, w.dilation) for w in job.windows]
    return job.groups == 1 and windows == [(3, 1, 1)] * 2


# Not exact, and NaN reaches whole squares: only for runs that ask for speed.
FAST: Mapping[str, Algorithm] = {
    "winograd 4x4": Algorithm(
        winograd(4),
        fits=_is_3x3,
        pays=lambda job: job.cin >= 32 and min(job.positions[1:]) >= 24,
        reason="a quarter of the multiplies",
    ),
    "winograd 2x2": Algorithm(
        winograd(2),
        fits=_is_3x3,
        pays=lambda job: job.cin >= 32 and min(job.positions[1:]) >= 12,
        reason="less than half of the multiplies, on maps where 4x4 squares leave much over",
    ),
    **ALGORITHMS,
}


def fitting(job: Job, table: Mapping[str, Algorithm] = ALGORITHMS) -> list[str]:
    """Every algorithm that can run this layer, the one that is used first."""
    names = [name for name, algorithm in table.items() if algorithm.fits(job)]
    return sorted(names, key=lambda name: not table[name].pays(job))


def choose(job: Job, wanted: str = "", table: Mapping[str, Algorithm] = ALGORITHMS) -> str:
    """The algorithm `wanted` where it can run this layer, else the one that is used."""
    names = fitting(job, table)
    return wanted if wanted in names else names[0]


def prepared(job: Job, table: Mapping[str, Algorithm] = ALGORITHMS) -> Prepared:
    """The convolution by the algorithm that is used for it."""
    return table[choose(job, table=table)].prepare(job)
