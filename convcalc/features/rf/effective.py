"""The effective receptive field: how far the weight of a field reaches, as Luo et al. estimate it.

The assumption, in words: take a random walk from the unit back to the input. At every layer it
steps to one of the taps with equal chances (uniform kernels), at every merge to one of the inputs
with equal chances (at a `concat` by their numbers of channels). The position where the walk ends
has a mean and a variance, and the effective field reaches from two standard deviations before the
mean to two behind it. In a chain of windows the variance is the published sum

    sum of jump^2 d^2 (k^2 - 1) / 12,

in a graph it is that of the mixture of the paths, so a shortcut makes it smaller, as Luo et al.
found. Layers that see the whole map (norms over space, gates) are passed over: this is the
spread of the local paths.

Source: Luo, Li, Urtasun & Zemel, "Understanding the Effective Receptive Field in Deep
Convolutional Neural Networks", 2016.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import gcd, sqrt
from typing import NamedTuple

from convcalc.core.links import MAX_PATTERN, Link
from convcalc.core.reach import PatternError, check_looks

# From two standard deviations before the mean to two behind it.
DEVIATIONS = 4


class RandomWalk(NamedTuple):
    """Where walks of one stride end on one axis: mean and variance by phase.

    `share` is how many of all walks these are. Unit r + P ends where unit r ends, moved by
    `rise`. A mean of None: the unit sees nothing.
    """

    share: float
    rise: int
    mean: tuple[float | None, ...]
    variance: tuple[float, ...]

    def at(self, unit: int) -> tuple[float | None, float]:
        """Mean and variance for `unit`."""
        turns, phase = divmod(unit, len(self.mean))
        mean = self.mean[phase]
        return (None if mean is None else mean + turns * self.rise), self.variance[phase]


# One axis: walks of unequal stride stay apart.
Walks = tuple[RandomWalk, ...]

OF_PIXEL: Walks = (RandomWalk(1.0, 1, (0.0,), (0.0,)),)


def composed(walks: Walks, link: Link) -> Walks:
    """Walks of a layer whose units read units of known `walks` through `link`.

    Raises PatternError where the pattern grows too long.

    >>> composed(OF_PIXEL, Link(2, (range(-1, 2),)))
    (RandomWalk(share=1.0, rise=2, mean=(0.0,), variance=(0.6666666666666666,)),)
    """
    return tuple([_through(walk, link) for walk in walks])


def _through(walk: RandomWalk, link: Link) -> RandomWalk:
    share, rise, means, variances = walk
    taps = link.taps
    if not taps or link.units is not None:
        # The layer's own pattern is too long to be followed, or ends with its map.
        raise PatternError
    (mean, *more), (variance, *_) = means, variances
    if mean is not None and not more:
        return RandomWalk(
            share,
            rise * link.rise,
            tuple([mean + rise * (t.start + t[-1]) / 2 if t else None for t in taps]),
            tuple([variance + (rise * t.step) ** 2 * (len(t) * len(t) - 1) / 12 for t in taps]),
        )
    inner, outer = len(means), len(taps)
    period = outer * inner // gcd(inner, link.rise)
    if period > MAX_PATTERN:
        raise PatternError
    check_looks(taps, period)
    ends = []
    for unit in range(period):
        turns, phase = divmod(unit, outer)
        ends.append(_mixture([(1.0, *walk.at(t + turns * link.rise)) for t in taps[phase]]))
    return RandomWalk(
        share,
        rise * (link.rise * (period // outer) // inner),
        tuple(mean for mean, _ in ends),
        tuple(variance for _, variance in ends),
    )


def _mixture(parts: Iterable[tuple[float, float | None, float]]) -> tuple[float | None, float]:
    """Mean and variance of a mixture of (share, mean, variance)."""
    known = [(share, mean, variance) for share, mean, variance in parts if mean is not None]
    total = sum(share for share, _, _ in known)
    if not total:
        return None, 0.0
    mean = sum(share * mean for share, mean, _ in known) / total
    variance = sum(share * (var + (own - mean) ** 2) for share, own, var in known) / total
    return mean, variance


def merged(parts: Sequence[tuple[float, Walks]]) -> Walks:
    """The walks of a merge that takes its inputs in the given shares."""
    total = sum(share for share, _ in parts)
    groups: dict[tuple[int, int], list[RandomWalk]] = {}
    for share, walks in parts:
        for walk in walks:
            part = walk._replace(share=walk.share * share / total)
            groups.setdefault((walk.rise, len(walk.mean)), []).append(part)
    return tuple([_united(group) for group in groups.values()])


def _united(group: list[RandomWalk]) -> RandomWalk:
    if len(group) == 1:
        return group[0]
    ends = [
        _mixture([(walk.share, walk.mean[phase], walk.variance[phase]) for walk in group])
        for phase in range(len(group[0].mean))
    ]
    return RandomWalk(
        sum(walk.share for walk in group),
        group[0].rise,
        tuple(mean for mean, _ in ends),
        tuple(variance for _, variance in ends),
    )


def deviation(walks: Walks, unit: int) -> float:
    """Standard deviation, in pixels, of where the walks from `unit` end.

    >>> deviation(composed(OF_PIXEL, Link(1, (range(0, 7),))), 0)
    2.0
    """
    return sqrt(_mixture([(walk.share, *walk.at(unit)) for walk in walks])[1])
