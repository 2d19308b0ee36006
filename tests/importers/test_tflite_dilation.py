"""Three operators of TFLite that are one dilated convolution, and those that are three."""

from __future__ import annotations

from typing import Any

from convcalc.importers.tflite.dilation import rejoined
from convcalc.importers.tflite.reader import Reader
from convcalc.importers.tflite.values import Operator as Read
from tests.each import each
from tests.importers.onnx_cases import W
from tests.importers.planning import plan_of
from tests.importers.tflite_bytes import RELU, SAME, VALID, Operator, small, whole
from tests.importers.tflite_calls import NONE, N, Options, moves, net

X = (1, 7, 8, 2)
PLAIN = moves()
# Pixels that are added above, below, left and right, and those that are cut again.
SIDES, CROPS = [1, 2, 3, 4], [0, 1, 1, 0]


def operators(
    word: str = "CONV_2D",
    options: Options = PLAIN,
    block: list[int] | None = None,
    back: list[int] | None = None,
    sides: list[int] = SIDES,
    crops: list[int] = CROPS,
    outputs: tuple[str, ...] = ("y0",),
    first: str = "SPACE_TO_BATCH_ND",
    last: str = "BATCH_TO_SPACE_ND",
) -> tuple[Read, ...]:
    """Those that are left of pixels dealt out in blocks, a convolution, and pixels put back."""
    reads: list[Any] = [
        X, block or [2, 3], N((len(sides) // 2, 2), sides), back or block or [2, 3],
        N((len(crops) // 2, 2), crops), W((1, 3, 2, 2)), W((2,)),
    ]  # fmt: skip
    made = [
        Operator(first, ["x0", "x1", "x2"], ["a"]),
        Operator(word, ["a", "x5", "x6"], ["b"], options),
        Operator(last, ["b", "x3", "x4"], ["y0"]),
    ]
    data = net(reads, made, outputs).data
    return rejoined(Reader(data, b"").file())


@each(("word", "options"), [
    ("CONV_2D", moves()), ("CONV_2D", moves(s3=small(RELU))), ("CONV_2D", moves(s6=whole(2))),
    ("DEPTHWISE_CONV_2D", moves(s3=whole(1))), ("DEPTHWISE_CONV_2D", moves(s4=small(RELU))),
])  # fmt: skip
def test_a_convolution_between_pixels_dealt_out_and_put_back_is_dilated(
    word: str, options: Options
) -> None:
    (found,) = operators(word, options)
    assert found.word == word
    # It reads what was dealt out, and gives what was put back.
    assert (found.inputs, found.outputs) == ((0, 5, 6), (9,))
    assert found.dilated is not None
    assert found.dilated.dilation == (2, 3)
    # Above, left, below, right.
    assert found.dilated.pads == (1 - 0, 3 - 1, 2 - 1, 4 - 0)


@each("changed", [
    # The convolution pads, steps or is dilated itself, or nobody says what it does.
    {"options": moves(SAME)}, {"options": moves(VALID, 2, 1)}, {"options": moves(VALID, 1, 2)},
    {"options": moves(s4=whole(2))}, {"options": moves(s5=whole(2))}, {"options": NONE},
    {"word": "DEPTHWISE_CONV_2D", "options": moves(s5=whole(2))},
    {"word": "DEPTHWISE_CONV_2D", "options": moves(s6=whole(2))},
    {"word": "DEPTHWISE_CONV_2D", "options": moves(VALID, 2, 1)},
    {"word": "RELU"}, {"first": "PAD"}, {"last": "SLICE"},
    # Others are put back than were dealt out, more is cut than was added, or blocks have no pixel.
    {"back": [3, 2]}, {"back": [2, 2]}, {"crops": [2, 0, 0, 0]}, {"crops": [0, 3, 0, 0]},
    {"crops": [0, 0, 4, 0]}, {"crops": [0, 0, 0, 5]}, {"block": [0, 3]}, {"block": [2, 0]},
    # One axis, three, or sides of another number.
    {"block": [3], "sides": [1, 2], "crops": [0, 1]},
    {"block": [2, 3, 2], "sides": [1, 2] * 3, "crops": [0, 1] * 3},
    {"sides": [1, 2]}, {"crops": [0, 1]},
    # What stands between is read elsewhere, too.
    {"outputs": ("y0", "a")}, {"outputs": ("y0", "b")},
])  # fmt: skip
def test_three_operators_that_are_no_dilated_convolution_stay_three(
    changed: dict[str, Any],
) -> None:
    found = operators(**changed)
    assert [one.dilated for one in found] == [None] * 3
    assert [one.number for one in found] == [1, 2, 3]


@each(("word", "dims", "block", "sides"), [
    (word, *one)
    for word in ("SPACE_TO_BATCH_ND", "BATCH_TO_SPACE_ND")
    for one in (
        # More axes than there are, sides of others, and blocks of no pixels.
        ((1, 4, 6), [2, 2, 2], [0] * 6), ((1, 4, 6), [2, 2, 2, 2], [0] * 8),
        ((1, 4, 6, 2), [2, 3], [0] * 2), ((1, 4, 6, 2), [2, 3], [0] * 6),
        ((1, 4, 6, 2), [2, 0], [0] * 4), ((1, 4, 6, 2), [-1, 3], [0] * 4),
    )
])  # fmt: skip
def test_blocks_that_are_none_say_so(
    word: str, dims: tuple[int, ...], block: list[int], sides: list[int]
) -> None:
    made = [Operator(word, ["x0", "x1", "x2"], ["y0"])]
    case = net([dims, block, N((len(sides) // 2, 2), sides)], made, stated={"y0": dims})
    assert plan_of(case.data).rows[-1].notes == (f"{word}: its blocks have another number of axes",)


@each(("size", "more", "why"), [
    (5, [0, 0], "5 pixels do not divide in blocks of 2"),
    (4, [0, 1], "5 pixels do not divide in blocks of 2"),
    (4, [2, 1], "7 pixels do not divide in blocks of 2"),
])  # fmt: skip
def test_pixels_that_do_not_divide_in_blocks_are_told(size: int, more: list[int], why: str) -> None:
    made = [Operator("SPACE_TO_BATCH_ND", ["x0", "x1", "x2"], ["y0"])]
    case = net(
        [(1, 6, size, 2), [3, 2], N((2, 2), [0, 0, *more])], made, stated={"y0": (6, 2, 2, 2)}
    )
    assert plan_of(case.data).rows[-1].notes == (f"SPACE_TO_BATCH_ND: {why}",)
