"""The criterion for holes against all sums of taps, and the repairs against every other set."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from convcalc.features.rf.holes import Comb, Dilated, extent, has_holes, pixels_used, repaired
from tests.each import each


def sums(combs: list[Comb]) -> set[int]:
    """The pixels by definition: one tap of every layer, added up."""
    return {sum(taps) for taps in product(*(range(0, c.step * c.taps, c.step) for c in combs))}


@each(
    ("steps", "used", "width"),
    [
        pytest.param([2, 2, 2], 7, 13, id="the published rule passes it"),
        pytest.param([1, 3, 1], 11, 11, id="the published rule rejects it"),
        pytest.param([1, 2, 5], 17, 17, id="hybrid dilated convolution"),
        pytest.param([1, 2, 9], 21, 25, id="the paper's bad example"),
        pytest.param([1, 3, 9], 27, 27, id="the fastest growth"),
        pytest.param([3, 3], 5, 13, id="no common start"),
    ],
)
def test_by_hand(steps: list[int], used: int, width: int) -> None:
    combs = [Comb(step, 3) for step in steps]
    assert (pixels_used(combs), extent(combs)) == (used, width)
    assert has_holes(combs) == (used < width)


def test_every_set_of_small_rates() -> None:
    for kernel, count in ((2, 4), (3, 3), (3, 4), (4, 3)):
        for steps in product(range(1, 8), repeat=count):
            combs = [Comb(step, kernel) for step in steps]
            pixels = sums(combs)
            full = pixels == set(range(extent(combs)))
            assert has_holes(combs) == (not full), (kernel, steps)
            assert pixels_used(combs) == len(pixels), (kernel, steps)


def test_across_strides_and_kernels() -> None:
    random = Random(4)
    met = 0
    for _ in range(1500):
        jump, combs = 1, []
        for _ in range(random.randint(1, 5)):
            combs.append(Comb(jump * random.randint(1, 4), random.randint(1, 4)))
            jump *= random.randint(1, 2)
        pixels = sums(combs)
        assert has_holes(combs) == (len(pixels) < extent(combs)), combs
        assert pixels_used(combs) == len(pixels), combs
        met += has_holes(combs)
    assert 300 < met < 1200


def test_repairs_are_as_wide_as_can_be() -> None:
    """Against every set of dilations: none without holes is wider and yet no wider than wanted."""
    for taps, rates in product((2, 3), product(range(1, 6), repeat=3)):
        better = repaired([Dilated(taps, 1, rate) for rate in rates], [])
        assert better is not None
        combs = [Comb(rate, taps) for rate in better]
        assert len(better) == 3
        assert not has_holes(combs), (taps, rates, better)
        wanted = 1 + (taps - 1) * sum(rates)
        best = max(
            width
            for other in product(range(1, 10), repeat=3)
            if (width := 1 + (taps - 1) * sum(other)) <= wanted
            and not has_holes([Comb(rate, taps) for rate in other])
        )
        assert extent(combs) == best, (taps, rates, better)


def test_repairs_beside_fixed_layers_and_strides() -> None:
    random = Random(7)
    for _ in range(500):
        layers = [
            Dilated(random.randint(2, 4), random.choice((1, 2, 4)), random.randint(1, 6))
            for _ in range(random.randint(1, 4))
        ]
        fixed = [Comb(1, random.randint(1, 5)), Comb(2, random.randint(1, 3))]
        better = repaired(layers, fixed)
        if better is None:
            # Then not even dilations of 1 will do: the strides leave holes.
            plain = [Comb(layer.jump, layer.taps) for layer in layers]
            assert has_holes([*plain, *fixed])
            continue
        combs = [Comb(la.jump * d, la.taps) for la, d in zip(layers, better, strict=True)]
        assert not has_holes([*combs, *fixed]), (layers, fixed, better)
        assert extent([*combs, *fixed]) <= extent([*(la.comb for la in layers), *fixed])


def test_a_set_without_holes_stays_as_it_is() -> None:
    assert repaired([Dilated(3, 1, 1), Dilated(3, 1, 2), Dilated(3, 1, 5)], []) == (1, 2, 5)


def test_strides_that_no_dilation_mends() -> None:
    assert repaired([Dilated(3, 4, 2)], [Comb(1, 2)]) is None


@pytest.mark.thorough
def test_a_deep_chain_of_equal_layers_is_repaired_at_once() -> None:
    """1 + 2 * 25 n pixels wide: 1, 3 and 9 fill 27, then all others may keep their 25.

    Each layer looks at the few different combs, not at all others, so 20,000 take no minutes.
    """
    count = 20_000
    better = repaired([Dilated(3, 1, 25)] * count, [])
    assert better is not None
    assert (better[:3], set(better[3:-1]), len(better)) == ((1, 3, 9), {25}, count)
    assert sum(better) == 25 * count
    assert not has_holes([Comb(rate, 3) for rate in better])
