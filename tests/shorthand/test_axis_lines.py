"""The reasons of one layer along one axis, word for word; every number is worked by hand."""
# ruff: noqa: E501 - lines stand whole, as they are printed

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest

from convcalc.shorthand.axis import Axis, axis_groups
from tests.each import each


def said(axis: Axis, label: str) -> list[str]:
    """What stands behind `label`, and behind the lines without a label below it."""
    lines = axis.lines()
    at = [name for name, _ in lines].index(label)
    behind = [text for name, text in lines[at + 1 :] if not name]
    return [lines[at][1], *behind]


def window(size: int, kernel: int, stride: int = 1, *pads: int, **more: int | str) -> Axis:
    before, after = pads or (0, 0)
    return Axis("window", size, kernel, stride, before, after, **more)  # type: ignore[arg-type]


def ceil_pool(size: int, kernel: int, stride: int, *pads: int, rounding: str = "ceil") -> Axis:
    before, after = pads or (0, 0)
    return Axis("pool", size, kernel, stride, before, after, rounding=rounding)


def transposed(
    size: int, kernel: int, stride: int = 1, *pads: int, extra: int = 0, dilation: int = 1
) -> Axis:
    before, after = pads or (0, 0)
    return Axis("transposed", size, kernel, stride, before, after, dilation, extra=extra)


@each(
    ("axis", "formula"),
    [
        (window(9, 3), "9 − 3 + 1 = 7"),
        (window(9, 3, 1, 2, 2), "9 + 2·2 − 3 + 1 = 11"),
        (window(9, 3, 1, 1, 2), "9 + 1 + 2 − 3 + 1 = 10"),
        (window(9, 3, 1, 0, 1), "9 + 0 + 1 − 3 + 1 = 8"),
        (window(9, 4, 2), "⌊(9 − 4)/2⌋ + 1 = 3"),
        (window(7, 3, 1, 1, 1, word="same_upper"), "7 + 2·1 − 3 + 1 = 7"),
        (window(7, 3, 2, 1, 1, word="same_upper"), "⌈7/2⌉ = 4"),
        (window(8, 3, 3, 0, 1, word="same_lower"), "⌈8/3⌉ = 3"),
        (ceil_pool(7, 2, 2), "⌈(7 − 2)/2⌉ + 1 = 4"),
        # A third window would start at 4, where the padding behind the input starts.
        (ceil_pool(3, 2, 2, 1, 1), "⌈(3 + 2·1 − 2)/2⌉ + 1 − 1 = 2"),
        (transposed(4, 3, 2), "(4 − 1)·2 + 3 = 9"),
        (transposed(4, 3, 2, 1, 2), "(4 − 1)·2 − 1 − 2 + 3 = 6"),
        (transposed(4, 3, 2, 1, 1, extra=1), "(4 − 1)·2 − 2·1 + 3 + 1 = 8"),
        (transposed(4, 3, 2, extra=-1), "(4 − 1)·2 + 3 − 1 = 8"),
        (transposed(4, 3, 2, extra=-2), "(4 − 1)·2 + 3 − 2 = 7"),
    ],
)
def test_the_sum_of_the_output(axis: Axis, formula: str) -> None:
    assert said(axis, "output")[0] == formula


@each(
    ("axis", "label", "lines"),
    [
        (window(9, 3, dilation=2), "span", ["2·(3 − 1) + 1 = 5"]),
        (window(9, 3), "padding", ["none"]),
        (window(9, 3, 1, 1, 0), "padding", ["1 before, 0 after"]),
        (window(9, 3, 1, 0, 1), "padding", ["0 before, 1 after"]),
        (window(7, 3, 1, 1, 1, word="same_upper"), "padding", ["1 before, 1 after (same_upper)"]),
        (
            window(7, 3, 2, 1, 1, word="same_upper"),
            "padding",
            [
                "1 before, 1 after (same_upper)",
                "(4 − 1)·2 + 3 − 7 = 2 in all; another input may need another",
            ],
        ),
        (
            window(7, 1, 2, word="same_lower"),
            "padding",
            [
                "none (same_lower)",
                "(4 − 1)·2 + 1 − 7 = 0 in all; another input may need another",
            ],
        ),
        (
            window(8, 1, 2, word="same_upper"),
            "padding",
            [
                "none (same_upper)",
                "(4 − 1)·2 + 1 − 8 = -1 in all, so 0; another input may need another",
            ],
        ),
        (
            ceil_pool(3, 2, 2, 1, 1),
            "clipped",
            ["window 3 would start at 4, behind the input (ends at 4)"],
        ),
        (transposed(4, 3), "cut", ["nothing"]),
        (transposed(4, 3, 2, 1, 0), "cut", ["1 before, 0 after"]),
        (transposed(4, 3, 2, 0, 1), "cut", ["0 before, 1 after"]),
    ],
)
def test_what_the_padding_is(axis: Axis, label: str, lines: list[str]) -> None:
    assert said(axis, label) == lines


@each(
    ("axis", "dropped"),
    [
        (window(9, 3, 2), "nothing"),
        (window(7, 1, 3), "nothing; 2 of every 3 skipped between windows"),
        (window(7, 2, 3), "the last 2 pixels of 7 (right, bottom); 1 of every 3 skipped between windows"),
        (window(8, 3, 3), "the last 2 pixels of 8 (right, bottom)"),
        (window(7, 3, 3), "the last 1 pixel of 7 (right, bottom)"),
        (window(8, 3, 2, 1, 1), "only padding: the last 1 pixel of 10 padded"),
        (window(7, 3, 3, 1, 2), "only padding: the last 1 pixel of 10 padded"),
        (window(6, 3, 3, 0, 2), "only padding: the last 2 pixels of 8 padded"),
        (window(7, 1, 3, 0, 2), "only padding: the last 2 pixels of 9 padded; 2 of every 3 skipped between windows"),
        (window(9, 3, 3, 1, 1), "the last 1 pixel of 9 (right, bottom), and the padding behind it"),
        (window(8, 3, 4, 1, 1), "the last 2 pixels of 8 (right, bottom), and the padding behind them; 1 of every 4 skipped between windows"),
        # The first window has 3 of the 5 padded pixels, and a second one would start at 10.
        (window(2, 3, 10, 5, 0), "the last 2 pixels of 2 (right, bottom); 7 of every 10 skipped between windows"),
        (ceil_pool(7, 2, 2), "nothing: the last window reaches 1 pixel beyond the padded input"),
        (ceil_pool(7, 3, 3), "nothing: the last window reaches 2 pixels beyond the padded input"),
    ],
)  # fmt: skip
def test_what_no_window_reads(axis: Axis, dropped: str) -> None:
    assert said(axis, "dropped") == [dropped]


@each(
    ("axis", "overlap"),
    [
        (transposed(4, 2, 2), "even: 1 input in every output"),
        (transposed(4, 4, 2), "even: 2 inputs in every output"),
        (transposed(4, 3, 2), "uneven (3 mod 2 = 1): 1 or 2 inputs an output, a checkerboard risk"),
        (transposed(4, 1, 2), "uneven (1 mod 2 = 1): 0 or 1 input an output, a checkerboard risk"),
        (transposed(4, 1, 2, dilation=2), "uneven (1 mod 2 = 1): 0 or 1 input an output, a checkerboard risk"),
        # Taps at 0, 2 and 4: every second output has all three, the others none.
        (transposed(4, 3, 2, dilation=2), "uneven (dilation 2 and stride 2 leave gaps): 0 or 3 inputs an output, a checkerboard risk"),
        # Taps at 0, 2 and 4, modulo 4: two, none, one, none.
        (transposed(4, 3, 4, dilation=2), "uneven (dilation 2 and stride 4 leave gaps): 0 to 2 inputs an output, a checkerboard risk"),
        # Taps at 0 and 2, modulo 6: one or none.
        (transposed(4, 2, 6, dilation=2), "uneven (dilation 2 and stride 6 leave gaps): 0 or 1 input an output, a checkerboard risk"),
        # Taps at 0, 3 and 6, modulo 2: two and one; the strides have no common step.
        (transposed(4, 3, 2, dilation=3), "uneven (3 mod 2 = 1): 1 or 2 inputs an output, a checkerboard risk"),
    ],
)  # fmt: skip
def test_how_many_inputs_meet_in_an_output(axis: Axis, overlap: str) -> None:
    assert said(axis, "overlap") == [overlap]


@each(
    ("axis", "siblings"),
    [
        (window(7, 3), "input 7 alone"),
        (window(1007, 3), "input 1007 alone"),
        (window(7, 3, 2), "inputs 7 and 8"),
        (window(8, 3, 3), "inputs 6 to 8"),
        # One window of five padded pixels: the input has one pixel at least.
        (window(1, 3, 4, 2, 2), "inputs 1 and 2"),
        (window(7, 3, 3, 1, 1, word="same_upper"), "inputs 7 to 9"),
        (ceil_pool(7, 2, 2), "inputs 7 and 8"),
        (ceil_pool(7, 2, 2, rounding="caffe"), "inputs 7 and 8"),
        # With its padding a last window that would start behind the input goes.
        (ceil_pool(3, 2, 2, 1, 1, rounding="caffe"), "inputs 2 and 3"),
    ],
)
def test_the_inputs_of_the_same_output(axis: Axis, siblings: str) -> None:
    assert said(axis, "same for") == [siblings]
    low, high = axis.siblings
    for size in range(max(1, low - 4), high + 4):
        try:
            other = Axis(axis.family, size, axis.kernel, axis.stride, axis.before, axis.after,
                         axis.dilation, axis.word, axis.rounding)  # fmt: skip
        except ValueError:
            assert size < low
        else:
            same = -(-size // axis.stride) if axis.word else other.output
            assert (same == axis.output) == (low <= size <= high)


def test_a_last_window_that_sticks_out_follows_no_relationship() -> None:
    assert [ceil_pool(size, 2, 2).regime for size in (8, 7)] == [7, None]


def test_equal_axes_are_told_together_under_their_names() -> None:
    wide, high = window(9, 3), window(7, 3)
    assert [title for title, _ in axis_groups([wide, wide, wide])] == [""]
    assert [title for title, _ in axis_groups([high, wide])] == ["height: 7 → 5", "width: 9 → 7"]
    assert [title for title, _ in axis_groups([wide, high, wide])] == [
        "depth and width: 9 → 7",
        "height: 7 → 5",
    ]
    assert len({wide, high, window(9, 3)}) == 2
    assert "9 → 7" not in (wide, high)


@pytest.mark.parametrize("size", [1, 5])
def test_a_transposed_layer_drops_nothing(size: int) -> None:
    axis = transposed(size, 1, 3)
    assert (axis.dropped, axis.unread_padding, axis.siblings) == (0, 0, (size, size))


@each(
    "make",
    [
        pytest.param(lambda size: window(size, 3, 2, 1, 1), id="a window"),
        pytest.param(lambda size: ceil_pool(size, 2, 2), id="rounded up"),
        pytest.param(lambda size: ceil_pool(size, 2, 2, rounding="caffe"), id="never clipped"),
        pytest.param(lambda size: transposed(size, 3, 2), id="transposed"),
        pytest.param(lambda size: transposed(size, 2, 3, 0, 1), id="transposed, with gaps"),
    ],
)
def test_the_inputs_of_a_range_of_outputs(make: Callable[[int], Axis]) -> None:
    """They are those whose output lies in it."""
    sizes = range(2, 200)
    outputs = {size: make(size).output for size in sizes}
    here = make(9).output
    for low, high in product(range(outputs[3], here + 1), range(here, 60)):
        found = [size for size in sizes if low <= outputs[size] <= high]
        assert make(9).inputs_for(low, high) == (found[0], found[-1])
