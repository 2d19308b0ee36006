"""Convolution tap by tap: the input shifted, times the kernel's matrix there, summed.

The plainest form, for any rank, stride and number of groups: the one that others are held to.
"""

from __future__ import annotations

import numpy as np

from convcalc.arrays.jobs import Job, Prepared
from convcalc.arrays.slicing import by_group, from_groups, tap_index, taps


def shifted(job: Job) -> Prepared:
    """One product a tap over all positions at once."""

    def run() -> None:
        y = np.zeros(job.finish.y.shape, job.finish.y.dtype)
        for tap in taps(job.windows):
            part = by_group(job.x[tap_index(job.x, job.windows, tap)], job.groups)
            # (cin, g * out) as (g, cin, out).
            kernel = by_group(job.kernel[tap], job.groups)
            y += from_groups(job.products.dot(part, kernel), y.shape[:-1])
        job.finish.tile(y, (slice(None),))()

    return run
