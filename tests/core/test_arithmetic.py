"""Window sums against tables worked by hand, and against counting positions one by one.

The relationships are those of Dumoulin & Visin, "A guide to convolution arithmetic for deep
learning" (2016), with the numbers of its figures where it draws one.
"""

from __future__ import annotations

from itertools import product

import pytest

from convcalc.core.arithmetic import (
    WindowError,
    adaptive_bin,
    ceil_div,
    dropped_pixels,
    output_padding,
    output_size,
    pool_output_size,
    same_padding,
    span,
    transposed_size,
)
from tests.each import each

OUTPUTS = [
    # size, span, stride, before, after, output
    pytest.param(4, 3, 1, 0, 0, 2, id="relationship 1, figure 2.1: i - k + 1"),
    pytest.param(5, 4, 1, 2, 2, 6, id="relationship 2, figure 2.2: i - k + 2p + 1"),
    pytest.param(5, 3, 1, 1, 1, 5, id="relationship 3, half padding, figure 2.3"),
    pytest.param(5, 3, 1, 2, 2, 7, id="relationship 4, full padding, figure 2.4"),
    pytest.param(5, 3, 2, 0, 0, 2, id="relationship 5, figure 2.5: floor((5 - 3) / 2) + 1"),
    pytest.param(5, 3, 2, 1, 1, 3, id="relationship 6, figure 2.6: floor((5 + 2 - 3) / 2) + 1"),
    pytest.param(6, 3, 2, 1, 1, 3, id="relationship 6, figure 2.7: floor(5 / 2) + 1"),
    pytest.param(7, 5, 1, 0, 0, 3, id="relationship 15, figure 5.1: k 3, d 2 spans 5"),
    pytest.param(224, 7, 2, 3, 3, 112, id="ResNet's stem: floor(223 / 2) + 1"),
    pytest.param(227, 11, 4, 0, 0, 55, id="AlexNet's first layer: 216 / 4 + 1"),
    pytest.param(224, 11, 4, 2, 2, 55, id="torchvision's AlexNet: floor(217 / 4) + 1"),
    pytest.param(4, 2, 1, 1, 1, 5, id="an even kernel grows under equal padding"),
    pytest.param(10, 3, 1, 2, 0, 10, id="causal"),
    pytest.param(3, 3, 5, 0, 0, 1, id="exactly one window"),
    pytest.param(1, 1, 1, 0, 0, 1, id="one pixel"),
    pytest.param(8, 1, 1, -1, -2, 5, id="negative padding crops"),
    pytest.param(10**30, 3, 2, 0, 0, (10**30 - 3) // 2 + 1, id="beyond 64 bits"),
]


@each(("size", "reach", "stride", "before", "after", "out"), OUTPUTS)
def test_output_size(size: int, reach: int, stride: int, before: int, after: int, out: int) -> None:
    assert output_size(size, reach, stride, before, after) == out


SMALL = [
    case
    for case in product(range(1, 9), range(1, 6), range(1, 5), range(4), range(4))
    if case[0] + case[3] + case[4] >= case[1]
]


def test_output_size_counts_positions() -> None:
    for size, reach, stride, before, after in SMALL:
        starts = range(-before, size + after - reach + 1, stride)
        assert output_size(size, reach, stride, before, after) == len(starts)


def test_dropped_pixels_are_those_behind_the_last_window() -> None:
    for size, reach, stride, before, after in SMALL:
        last = list(range(-before, size + after - reach + 1, stride))[-1]
        assert dropped_pixels(size, reach, stride, before, after) == size + after - last - reach


@each(
    ("size", "reach", "before", "after", "message"),
    [
        pytest.param(4, 5, 0, 0, "span 5 exceeds 4", id="kernel beyond the input"),
        pytest.param(4, 7, 1, 1, "span 7 exceeds 6", id="kernel beyond the padded input"),
        # Python's floor would give 0 here, not an error.
        pytest.param(1, 3, 0, 0, "span 3 exceeds 1", id="one short of a stride"),
    ],
)
def test_a_window_that_does_not_fit(
    size: int, reach: int, before: int, after: int, message: str
) -> None:
    for stride in (1, 2, 10):
        with pytest.raises(WindowError, match=f"^{message}$"):
            output_size(size, reach, stride, before, after)
        with pytest.raises(WindowError, match=f"^{message}$"):
            output_padding(size, reach, stride, before, after)
        with pytest.raises(WindowError, match=f"^{message}$"):
            pool_output_size(size, reach, stride, before, after, ceil_mode=False)


@each(
    ("kernel", "dilation", "reach"),
    [(1, 1, 1), (1, 9, 1), (3, 1, 3), (3, 2, 5), (2, 512, 513), (5, 3, 13)],
)
def test_span(kernel: int, dilation: int, reach: int) -> None:
    assert span(kernel, dilation) == reach
    assert span(kernel, dilation) == len(range(0, kernel * dilation, dilation)) * dilation - (
        dilation - 1
    )


CEILED = [
    # size, span, stride, before, after, floor, ceil
    pytest.param(6, 3, 2, 0, 0, 2, 3, id="half a window is kept"),
    pytest.param(7, 3, 2, 0, 0, 3, 3, id="nothing is left over"),
    pytest.param(112, 3, 2, 0, 0, 55, 56, id="SqueezeNet 1.0: 109 / 2 rounds to 55"),
    # ceil(10 / 4) + 1 = 4, but the fourth starts at 3*4 - 2 = 10 > 9: PyTorch drops it.
    pytest.param(9, 4, 4, 2, 2, 3, 3, id="a last window in the padding is dropped"),
    # ceil(4 / 3) + 1 = 3 starts at 2*3 - 1 = 5 = i: dropped too, it must start before.
    pytest.param(5, 3, 3, 1, 1, 2, 2, id="a last window just behind the input is dropped"),
    pytest.param(1, 1, 1, 0, 0, 1, 1, id="one pixel"),
]


@each(("size", "reach", "stride", "before", "after", "floor", "ceil"), CEILED)
def test_ceil_mode(
    size: int, reach: int, stride: int, before: int, after: int, floor: int, ceil: int
) -> None:
    assert pool_output_size(size, reach, stride, before, after, ceil_mode=False) == floor
    assert pool_output_size(size, reach, stride, before, after, ceil_mode=True) == ceil


TRANSPOSED = [
    # size, span, stride, padding, output padding, output
    pytest.param(2, 3, 1, 0, 0, 4, id="relationship 8, figure 4.1: i' + (k - 1)"),
    pytest.param(6, 4, 1, 2, 0, 5, id="relationship 9, figure 4.2: i' + (k - 1) - 2p"),
    pytest.param(5, 3, 1, 1, 0, 5, id="relationship 10, half padding, figure 4.3"),
    pytest.param(7, 3, 1, 2, 0, 5, id="relationship 11, full padding, figure 4.4"),
    pytest.param(2, 3, 2, 0, 0, 5, id="relationship 12, figure 4.5: s(i' - 1) + k"),
    pytest.param(3, 3, 2, 1, 0, 5, id="relationship 13, figure 4.6: s(i' - 1) + k - 2p"),
    pytest.param(3, 3, 2, 1, 1, 6, id="relationship 14, figure 4.7: with a = 1"),
    pytest.param(1, 4, 1, 0, 0, 4, id="DCGAN's first layer"),
    pytest.param(32, 4, 2, 1, 0, 64, id="DCGAN's last layer"),
    pytest.param(16, 16, 8, 4, 0, 128, id="FCN-8s's last layer"),
]


@each(("size", "reach", "stride", "padding", "extra", "out"), TRANSPOSED)
def test_transposed_size(
    size: int, reach: int, stride: int, padding: int, extra: int, out: int
) -> None:
    assert transposed_size(size, reach, stride, padding, padding, extra) == out


def test_the_transposed_layer_gives_back_the_size() -> None:
    for size, reach, stride, before, after in SMALL:
        out = output_size(size, reach, stride, before, after)
        extra = output_padding(size, reach, stride, before, after)
        assert 0 <= extra < stride
        assert transposed_size(out, reach, stride, before, after, extra) == size


def test_same_padding_is_the_least_that_gives_every_stride_its_window() -> None:
    for size, reach, stride in product(range(1, 12), range(1, 8), range(1, 6)):
        before, after = same_padding(size, reach, stride, upper=True)
        assert output_size(size, reach, stride, before, after) == ceil_div(size, stride)
        assert after - before in (0, 1)
        assert same_padding(size, reach, stride, upper=False) == (after, before)
        if before + after:
            # One pixel less, and a window no longer fits or is lost.
            less = size + before + after - 1
            assert less < reach or (less - reach) // stride + 1 < ceil_div(size, stride)


SAME = [
    # TensorFlow: P = max((ceil(i / s) - 1) s + K - i, 0).
    pytest.param(224, 7, 2, (2, 3), id="111 * 2 + 7 - 224 = 5"),
    pytest.param(224, 3, 2, (0, 1), id="111 * 2 + 3 - 224 = 1"),
    pytest.param(225, 3, 2, (1, 1), id="112 * 2 + 3 - 225 = 2"),
    pytest.param(10, 1, 3, (0, 0), id="never negative"),
    pytest.param(5, 4, 1, (1, 2), id="stride 1: K - 1"),
]


@each(("size", "reach", "stride", "pads"), SAME)
def test_same_padding(size: int, reach: int, stride: int, pads: tuple[int, int]) -> None:
    assert same_padding(size, reach, stride, upper=True) == pads


BINS = [
    pytest.param(4, 2, [(0, 2), (2, 4)], id="bins that divide"),
    pytest.param(5, 3, [(0, 2), (1, 4), (3, 5)], id="bins that overlap: 5/3 and 10/3"),
    pytest.param(3, 5, [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)], id="more bins than pixels"),
    pytest.param(7, 1, [(0, 7)], id="one bin"),
    pytest.param(7, 7, [(i, i + 1) for i in range(7)], id="one bin a pixel"),
]


@each(("size", "count", "bins"), BINS)
def test_adaptive_bins(size: int, count: int, bins: list[tuple[int, int]]) -> None:
    assert [adaptive_bin(index, size, count) for index in range(count)] == bins


@each(("a", "b", "up"), [(7, 2, 4), (8, 2, 4), (-7, 2, -3), (0, 5, 0), (1, 9, 1)])
def test_ceil_div(a: int, b: int, up: int) -> None:
    assert ceil_div(a, b) == up
