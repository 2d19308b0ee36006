"""Rules about windows against pixels that are marked one by one, on drawn geometries."""

from __future__ import annotations

import re
from random import Random

from convcalc.core.errors import Problem
from tests.rules.stacks import RULES, found

SEEDS = range(120)


def drawn(seed: int) -> tuple[int, int, int, int, int, int]:
    """size, kernel, stride, padding before and after, dilation; a window that fits."""
    random = Random(seed)
    while True:
        size, kernel, stride = random.randint(1, 14), random.randint(1, 5), random.randint(1, 4)
        before, after, dilation = (
            random.randint(0, 4),
            random.randint(0, 4),
            random.choice([1, 1, 2, 3, 7]),
        )
        if size + before + after >= dilation * (kernel - 1) + 1:
            return size, kernel, stride, before, after, dilation


def windows(size: int, k: int, s: int, before: int, after: int, d: int) -> list[list[int]]:
    """The pixels of each window, those of the padding included (below 0, or from `size` on)."""
    found, start = [], -before
    while start + d * (k - 1) < size + after:
        found.append([start + tap * d for tap in range(k)])
        start += s
    return found


def problems(slug: str, axis: tuple[int, int, int, int, int, int]) -> list[Problem]:
    size, k, s, before, after, d = axis
    conv = f"{{out: 2, k: {k}, s: {s}, d: {d}, p: [[{before}, {after}]]}}"
    text = f"convcalc: 1\ninput: [1, {size}]\nlayers: [{{conv: {conv}}}, relu]\n"
    return found([RULES[slug]], text)


def count(problems: list[Problem]) -> int:
    """The first number of the only finding; 0 without one."""
    if not problems:
        return 0
    (problem,) = problems
    words = re.sub(r"`[^`]*`", "", problem.message)
    numbers = re.findall(r"\d+", words)
    return int(numbers[0]) if len(numbers) > 1 or "last pixel" not in words else 1


def test_windows_of_padding_alone() -> None:
    hits = 0
    for seed in SEEDS:
        axis = drawn(seed)
        alone = [
            w for w in windows(*axis) if not any(min(w) <= p <= max(w) for p in range(axis[0]))
        ]
        assert count(problems("outputs-of-padding", axis)) == len(alone), axis
        hits += bool(alone)
    assert hits > 5


def test_taps_that_meet_no_pixel() -> None:
    hits = 0
    for seed in SEEDS:
        axis = drawn(seed)
        size, kernel = axis[:2]
        met = {tap for w in windows(*axis) for tap, pixel in enumerate(w) if 0 <= pixel < size}
        assert count(problems("taps-in-padding", axis)) == kernel - len(met), axis
        hits += len(met) < kernel
    assert hits > 5


def test_pixels_behind_the_last_window() -> None:
    hits = 0
    for seed in SEEDS:
        axis = drawn(seed)
        size, kernel, stride, *_, dilation = axis
        reach = dilation * (kernel - 1) + 1
        behind = size - 1 - max(windows(*axis)[-1])
        # A stride beyond the kernel skips pixels everywhere: that is another rule.
        dropped = max(0, behind) if 1 < stride <= reach else 0
        assert count(problems("dropped-border", axis)) == dropped, axis
        hits += bool(dropped)
    assert hits > 5


def test_pixels_between_windows() -> None:
    hits = 0
    for seed in SEEDS:
        axis = drawn(seed)
        own = windows(*axis)
        read = {pixel for window in own for pixel in window}
        first, last = max(own[0][-1], 0), min(own[-1][0], axis[0] - 1)
        # Well inside, where no border explains what is missing.
        skipped = len(own) > 1 and any(p not in read for p in range(first, last + 1))
        is_said = bool(problems("stride-skips-pixels", axis))
        assert is_said or not skipped, axis
        hits += is_said
    assert hits > 5
