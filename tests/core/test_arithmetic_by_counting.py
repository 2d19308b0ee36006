"""Sums of windows against windows laid down one by one, over every small case."""

from __future__ import annotations

from functools import partial
from itertools import count, product
from math import gcd

import pytest

from convcalc.core.arithmetic import (
    WindowError,
    caffe_pool_output_size,
    common_step,
    equal_padding,
    guide_padding,
    overlap,
    pool_output_size,
    pool_smallest_input,
    pooled_elements,
    same_smallest_input,
    same_transposed_cut,
    smallest_input,
    stretched_size,
    tail_pixels,
    transposed_size,
    word_padding,
)
from convcalc.core.shapes import Window, padded_elements
from tests.each import each

# Size, span, stride, padding before and after.
CASES = list(product(range(1, 7), range(1, 6), range(1, 5), range(3), range(3)))


def floored(size: int, reach: int, stride: int, before: int, after: int) -> int:
    """Windows that stand on the padded pixels."""
    return len(range(0, size + before + after - reach + 1, stride))


def rounded_up(
    size: int, reach: int, stride: int, before: int, after: int, clipped: bool = True
) -> int:
    """The same and one more where pixels are left behind the last one.

    `clipped`: unless it would start behind the input. A first window misses less than a stride.
    """
    padded = size + before + after
    if padded + stride <= reach:
        return 0
    windows = 1
    while (windows - 1) * stride + reach < padded:
        windows += 1
    return windows - 1 if clipped and (windows - 1) * stride >= before + size else windows


def found(size: int, reach: int, stride: int, before: int, after: int) -> list[int]:
    """PyTorch's and Caffe's pools that round up."""
    window = size, reach, stride, before, after
    return [pool_output_size(*window, ceil_mode=True), caffe_pool_output_size(*window)]


def test_a_pool_that_rounds_up_reads_what_is_left() -> None:
    for case in CASES:
        size, reach, _, before, after = case
        # Caffe clips only what is padded.
        counts = [rounded_up(*case), rounded_up(*case, clipped=before + after > 0)]
        if counts[0]:
            assert found(*case) == counts, case
            continue
        message = f"^span {reach} exceeds {size + before + after}$"
        for pool in (partial(pool_output_size, ceil_mode=True), caffe_pool_output_size):
            with pytest.raises(WindowError, match=message):
                pool(*case)


def test_the_smallest_input_of_a_count() -> None:
    for wanted, reach, stride, before, after in product(
        range(1, 5), range(1, 6), range(1, 5), range(3), range(3)
    ):
        window = reach, stride, before, after
        sizes = range(-9, 40)
        least = next(n for n in sizes if floored(n, *window) == wanted)
        assert smallest_input(wanted, *window) == least
        assert pool_smallest_input(wanted, *window, ceil_mode=False) == least
        if max(before, after) <= reach // 2:
            # Frameworks have no wider padding. A map has a pixel at least.
            up = next((n for n in sizes[10:] if rounded_up(n, *window) == wanted), None)
            rounded = pool_smallest_input(wanted, *window, ceil_mode=True)
            assert up is None or max(1, rounded) == up
        assert same_smallest_input(wanted, stride) == next(
            n for n in count(1) if -(-n // stride) == wanted
        )


def test_pixels_behind_the_last_window() -> None:
    for size, reach, stride, before, after in CASES:
        for windows in range(1, 4):
            last = (windows - 1) * stride + reach
            behind = tail_pixels(size, windows, reach, stride, before, after)
            assert behind == size + before + after - last


def test_inputs_that_meet_in_an_output() -> None:
    for kernel, stride, dilation in product(range(1, 8), range(1, 7), range(1, 5)):
        # Outputs far from both ends, of more inputs than any of them has.
        written = [v * stride + j * dilation for v in range(80) for j in range(kernel)]
        meeting = [written.count(output) for output in range(40, 40 + stride)]
        assert overlap(kernel, stride, dilation) == (min(meeting), max(meeting))
        assert common_step(stride, dilation) == gcd(stride, dilation)


def test_a_transposed_layer_is_a_direct_one_on_a_stretched_map() -> None:
    for size, reach, stride, padding in product(range(1, 6), range(1, 6), range(1, 5), range(4)):
        stretched = len(range(0, size * stride - stride + 1))
        assert stretched_size(size, stride) == stretched
        around = guide_padding(reach, padding)
        for extra in range(stride):
            output = transposed_size(size, reach, stride, padding, padding, extra)
            assert output == stretched + 2 * around + extra - reach + 1
        before, after, more = same_transposed_cut(reach, stride)
        assert transposed_size(size, reach, stride, before, after, more) == size * stride
        assert 0 <= after - before <= 1
        assert not (before + after and more)


def test_unequal_cuts_are_an_equal_one_and_a_crop() -> None:
    for before, after, extra in product(range(4), repeat=3):
        padding, more, (first, last) = equal_padding(before, after, extra)
        assert padding + first == before
        assert padding - more + last == after - extra
        assert padding == min(before, after)
        assert min(more, last) == 0 <= min(first, last, more)


@each(
    ("word", "pads"),
    [
        ("valid", [(0, 0)] * 4),
        ("half", [(0, 0), (1, 1), (1, 1), (2, 2)]),
        ("full", [(0, 0), (1, 1), (2, 2), (3, 3)]),
        ("same", [(0, 0), (0, 1), (1, 1), (1, 2)]),
        ("causal", [(0, 0), (1, 0), (2, 0), (3, 0)]),
        # Of 7 pixels in steps of 2: 3 * 2 + K - 7.
        ("same_upper", [(0, 0), (0, 1), (1, 1), (1, 2)]),
        ("same_lower", [(0, 0), (1, 0), (1, 1), (2, 1)]),
    ],
)
def test_words_of_padding(word: str, pads: list[tuple[int, int]]) -> None:
    assert [word_padding(word, 7, reach, 2) for reach in range(1, 5)] == pads


def test_taps_on_real_pixels() -> None:
    for size, kernel, stride, before, windows, dilation in product(
        range(1, 5), range(1, 4), range(1, 4), range(3), range(1, 4), (1, 2)
    ):
        places = [u * stride - before + j * dilation for u in range(windows) for j in range(kernel)]
        reach = dilation * (kernel - 1) + 1
        taps = pooled_elements(size, reach, stride, before, 0, windows, dilation)
        assert taps == sum(place in range(size) for place in places)


def test_pixels_of_a_padded_map() -> None:
    windows = Window(kernel=3, before=2, after=1), Window(kernel=1, after=4)
    assert padded_elements((3, 8, 5), windows) == 3 * (2 + 8 + 1) * (5 + 4)
