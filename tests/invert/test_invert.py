"""Inversion: sizes over every legal layer within bounds, connectivity by matrices on small ones."""

from __future__ import annotations

import json
from itertools import product

import pytest

from convcalc.core.arithmetic import equal_padding, guide_padding, overlap, stretched_size
from convcalc.features.invert.code import code
from convcalc.features.invert.inverse_axis import axis_inverse
from convcalc.features.invert.layer import Entry, invert_layer
from convcalc.features.invert.matrix import (
    Matrix,
    TooLargeError,
    transposed,
    unrolled,
    window_matrix,
)
from convcalc.features.shape.answer import shape
from convcalc.shorthand.axis import Axis
from tests.conftest import Run
from tests.each import each


def test_every_legal_layer_comes_back_in_both_dialects() -> None:
    """i <= 40, k <= 7, s <= 4, p <= 6, d <= 3: all of it."""
    layers = 0
    for k, s, p, d in product(range(1, 8), range(1, 5), range(7), range(1, 4)):
        span = d * (k - 1) + 1
        by_output: dict[int, list[int]] = {}
        for i in range(max(1, span - 2 * p), 41):
            layers += 1
            o = (i + 2 * p - span) // s + 1
            a = (i + 2 * p - span) % s
            assert (o - 1) * s - 2 * p + span + a == i
            found = axis_inverse(Axis("window", i, k, s, p, p, d))
            assert (found.forward.output, found.extra, found.inverse.output) == (o, a, i)
            # The guide's dialect: a plain convolution of stride 1 over the stretched input.
            stretched = o + (o - 1) * (s - 1)
            assert stretched_size(o, s) == stretched
            own = guide_padding(span, p)
            assert stretched + 2 * own + a - span + 1 == i
            by_output.setdefault(o, []).append(i)
        for o, sizes in by_output.items():
            low, high = Axis("window", sizes[0], k, s, p, p, d).siblings
            assert sizes == list(range(low, min(high, 40) + 1)), (k, s, p, d, o)
    assert layers > 20000


def test_the_a_of_each_sibling_leads_back_to_it() -> None:
    for i, k, s, p, d in product(range(1, 20), range(1, 5), range(1, 5), range(3), (1, 2)):
        span = d * (k - 1) + 1
        if i + 2 * p < span:
            continue
        found = axis_inverse(Axis("window", i, k, s, p, p, d))
        for size, a in found.siblings:
            assert size == (found.forward.output - 1) * s - 2 * p + span + a
            assert 0 <= a < s
            assert (size + 2 * p - span) // s + 1 == found.forward.output
        assert (i, found.extra) in found.siblings


def scatter(large: int, small: int, k: int, s: int, before: int, d: int) -> Matrix:
    """The transposed layer by its definition: input v writes w_j to output v*s - before + j*d."""
    matrix = [["0"] * small for _ in range(large)]
    for v, j in product(range(small), range(k)):
        at = v * s - before + j * d
        if 0 <= at < large:
            matrix[at][v] = f"w{j}"
    return tuple(map(tuple, matrix))


def test_the_transposed_layer_is_the_transposed_matrix() -> None:
    tried = 0
    for i, k, s, p, d in product(range(1, 9), range(1, 4), range(1, 4), range(3), (1, 2)):
        if i + 2 * p < d * (k - 1) + 1:
            continue
        tried += 1
        found = axis_inverse(Axis("window", i, k, s, p, p, d))
        back = found.inverse
        matrix = unrolled([found.forward])
        assert transposed(matrix) == scatter(i, back.size, k, s, p, d)
        # Asked of the transposed layer itself, C is the same.
        assert unrolled([back]) == matrix
    assert tried > 390


def test_the_guide_dialect_reads_what_the_transposed_matrix_says() -> None:
    """Zeros between, p' around, a after, flipped kernel: the same rows, symbol by symbol."""
    for i, k, s, p in product(range(2, 8), range(1, 4), range(1, 4), range(3)):
        if i + 2 * p < k:
            continue
        found = axis_inverse(Axis("window", i, k, s, p, p))
        o = found.forward.output
        stretched: list[int | None] = [
            v // s if v % s == 0 else None for v in range(found.stretched)
        ]
        before, after = found.guide_padding
        padded = [*[None] * max(0, before), *stretched, *[None] * max(0, after + found.extra)]
        padded = padded[max(0, -before) : len(padded) - max(0, -(after + found.extra))]
        rows = []
        for u in range(len(padded) - k + 1):
            row = ["0"] * o
            for tap in range(k):
                v = padded[u + tap]
                if v is not None:
                    row[v] = f"w{k - 1 - tap}"
            rows.append(tuple(row))
        assert tuple(rows) == transposed(unrolled([found.forward])), (i, k, s, p)


def test_the_guides_own_example_is_drawn_as_the_guide_draws_it() -> None:
    """3x3 on 4x4: section 4.1 prints these four rows of sixteen."""
    (first, second, third, fourth) = unrolled(list(shape(["4x4", "k3"]).steps[0].axes))
    assert " ".join(first) == "w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22 0 0 0 0 0"
    assert " ".join(second) == "0 w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22 0 0 0 0"
    assert " ".join(third) == "0 0 0 0 w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22 0"
    assert " ".join(fourth) == "0 0 0 0 0 w00 w01 w02 0 w10 w11 w12 0 w20 w21 w22"


def test_a_pool_has_ones_for_weights() -> None:
    assert unrolled(list(shape(["4", "avg_pool", "2"]).steps[0].axes)) == (
        ("1", "1", "0", "0"),
        ("0", "0", "1", "1"),
    )


def test_three_by_three_on_five_by_five_is_nine_by_twenty_five() -> None:
    matrix = unrolled(list(shape(["5x5", "k3"]).steps[0].axes))
    assert (len(matrix), len(matrix[0])) == (9, 25)
    windows = window_matrix(list(shape(["5x5", "k3"]).steps[0].axes))
    assert (len(windows), len(windows[0])) == (9, 9)
    assert windows[4] == ("x11", "x12", "x13", "x21", "x22", "x23", "x31", "x32", "x33")


def test_a_matrix_that_nobody_could_read_is_refused_with_its_size() -> None:
    with pytest.raises(TooLargeError) as caught:
        unrolled(list(shape(["224x224", "k7"]).steps[0].axes))
    assert str(caught.value) == (
        "the matrix has 47524 x 50176 = 2384564224 entries; 4096 at most are drawn"
    )


@each(
    ("cut", "equal"),
    [
        pytest.param((1, 1, 0), (1, 0, (0, 0)), id="equal sides stay"),
        pytest.param((1, 1, 1), (1, 1, (0, 0)), id="equal sides keep their a"),
        pytest.param((0, 1, 0), (0, 0, (0, 1)), id="more cut after: crop after"),
        pytest.param((0, 1, 1), (0, 0, (0, 0)), id="a takes the pixel that would be cropped"),
        pytest.param((2, 0, 1), (0, 1, (2, 0)), id="more cut before: crop before"),
        pytest.param((0, 0, -1), (0, 0, (0, 1)), id="a window that stuck out: crop after"),
    ],
)
def test_unequal_cuts_become_an_equal_one_and_a_crop(
    cut: tuple[int, int, int], equal: tuple[int, int, tuple[int, int]]
) -> None:
    assert equal_padding(*cut) == equal
    before, after, extra = cut
    padding, a, (first, last) = equal
    # The same pixels stay, counted from both ends.
    assert (padding + first, padding + last - a) == (before, after - extra)


@each(
    ("kernel", "stride", "pattern"),
    [
        # Odena et al.: uneven unless the stride divides the kernel.
        pytest.param(3, 2, (1, 2), id="3 over 2"),
        pytest.param(4, 2, (2, 2), id="4 over 2"),
        pytest.param(5, 2, (2, 3), id="5 over 2"),
        pytest.param(2, 2, (1, 1), id="tiles"),
        pytest.param(1, 2, (0, 1), id="a hole"),
    ],
)
def test_overlap_counts_inputs_per_output(
    kernel: int, stride: int, pattern: tuple[int, int]
) -> None:
    counts = [sum((u - v * stride) in range(kernel) for v in range(20)) for u in range(12, 24)]
    assert (min(counts), max(counts)) == pattern == overlap(kernel, stride)


@each(
    ("axis", "line"),
    [
        pytest.param((3, 2, 2), "(dilation 2 and stride 2 leave gaps): 0 or 3 inputs", id="gaps"),
        pytest.param((4, 2, 2), "(dilation 2 and stride 2 leave gaps): 0 or 4 inputs", id="even"),
        pytest.param((3, 4, 2), "(dilation 2 and stride 4 leave gaps): 0 to 2 inputs", id="both"),
        pytest.param((3, 2, 3), "(3 mod 2 = 1): 1 or 2 inputs", id="no gaps"),
        pytest.param((1, 2, 2), "(1 mod 2 = 1): 0 or 1 input", id="one tap has no gaps"),
    ],
)
def test_an_uneven_overlap_names_its_cause(axis: tuple[int, int, int], line: str) -> None:
    kernel, stride, dilation = axis
    taps = {dilation * tap for tap in range(kernel)}
    met = {sum(u - v * stride in taps for v in range(20)) for u in range(16, 32)}
    told = Axis("transposed", 20, kernel, stride, 0, 0, dilation).overlap_line()
    assert told == f"uneven {line} an output, a checkerboard risk"
    between = line.partition(": ")[2].split()
    assert met == ({int(between[0]), int(between[2])} if between[1] == "or" else {0, 1, 2})


@pytest.mark.parametrize(
    ("words", "values"),
    [
        pytest.param("10 avg_pool 2", "the mean's transpose spreads each value evenly over its "
                     "window", id="a mean"),
        pytest.param("10 max_pool 2", "unpooling puts each maximum back where it was "
                     "(nn.MaxUnpool)", id="a maximum"),
        pytest.param("10 lp_pool 2", "do not come back: a norm does not tell the values of its "
                     "window apart", id="a norm is no mean"),
    ],
)  # fmt: skip
def test_what_is_said_of_values_goes_by_what_is_made_of_them(
    run: Run, words: str, values: str
) -> None:
    assert run("invert", *words.split()).out.endswith(f"\n  values    {values}\n")


@each(
    ("words", "undone"),
    [
        pytest.param("3x32x32 conv 64 k3 s2 p1", "conv_transpose", id="conv"),
        pytest.param("64x16x16 conv 64 k3 dw", "conv_transpose", id="depthwise"),
        pytest.param("32x9x9 conv 64 k3 g4 d2", "conv_transpose", id="grouped and dilated"),
        pytest.param("8@32 conv 4 k3 causal", "conv_transpose", id="causal"),
        pytest.param("2x9x8x7 conv 4 k3x2x1 s2x1x3", "conv_transpose", id="volume"),
        pytest.param("64x16x16 conv_transpose 32 k4 s2 p1", "conv", id="transposed"),
        pytest.param("8x5 conv_transpose 4 k3 s2 p1 a1", "conv", id="transposed with a"),
        pytest.param("8x5 conv_transpose 4 k2 s1 d3 a2", "crop", id="a beyond the stride"),
        pytest.param("3@28x28 max_pool 2", "upsample", id="tiling pool"),
        pytest.param("3@29x28 max_pool 2", "upsample", id="tiling pool that drops"),
        pytest.param("3@28x28 avg_pool k3 s2 p1", "conv_transpose", id="overlapping pool"),
        pytest.param("3@8x8 max_pool k3 s2 ceil", "conv_transpose", id="pool that sticks out"),
        pytest.param("3@16x16 upsample 2", "avg_pool", id="upsample"),
        pytest.param("3@16x16 upsample 1.5", "adaptive_avg_pool", id="upsample by a fraction"),
        pytest.param("3@8x8 unfold k2 s2", "fold", id="unfold"),
        pytest.param("16x8x8 pixel_shuffle 2", "pixel_unshuffle", id="pixel shuffle"),
        pytest.param("16x8x8 pixel_unshuffle 2", "pixel_shuffle", id="pixel unshuffle"),
        pytest.param("12@8 channel_shuffle 3", "channel_shuffle", id="channel shuffle"),
        pytest.param("16x5x5 flatten", "unflatten", id="flatten"),
        pytest.param("400 unflatten 16x5x5", "flatten", id="unflatten"),
        pytest.param("16x4 reshape 8x8", "reshape", id="reshape"),
        pytest.param("400 linear 120", "linear", id="linear"),
        pytest.param("3@8x8 pad 1:2", "crop", id="pad"),
        pytest.param("3@8x8 crop 1:2", "pad", id="crop"),
        pytest.param("64x7x7 global_avg_pool", "unflatten", id="global pool"),
        pytest.param("64x7x7 global_max_pool keepdim", "upsample", id="global pool, axes kept"),
        pytest.param("3@12x14 adaptive_avg_pool 7", "upsample", id="adaptive pool"),
        pytest.param("8x4x4 batch_norm", "batch_norm", id="norm"),
        pytest.param("8x4x4 relu", "relu", id="activation"),
        pytest.param("8x4x4 dropout 0.5", "dropout", id="a share that is no whole number"),
    ],
)
def test_each_kind_is_undone_in_shape(words: str, undone: str) -> None:
    (step,) = shape(words.split()).steps
    inverse = invert_layer(step.layer, (step.x,), step.output, step.axes or None)
    assert inverse.entries[0][0] == undone
    assert inverse.restored == step.x


@each(
    ("words", "reason"),
    [
        pytest.param(
            "64x8x8 glu",
            "half of the channels gate the other half; a 1x1 `conv` can double them again",
            id="glu",
        ),
        pytest.param(
            "64x8x8 slice 0:32",
            "the other channels are gone; a 1x1 `conv` can make new ones",
            id="slice",
        ),
        pytest.param(
            "3@3000000000 adaptive_avg_pool 5",
            "its inverse would need a number beyond 1,000,000,000",
            id="a size that no field takes",
        ),
        pytest.param(
            "5000000000@32 conv 5 k3",
            "its inverse would need a number beyond 1,000,000,000",
            id="channels that no field takes",
        ),
        pytest.param(
            "1@2 conv_transpose 1 k2 d3 p3 a2",
            "less its output padding of 2, nothing of its output is left",
            id="an output that is padding alone",
        ),
    ],
)
def test_what_cannot_be_undone_says_why(words: str, reason: str) -> None:
    (step,) = shape(words.split()).steps
    inverse = invert_layer(step.layer, (step.x,), step.output)
    assert (inverse.entries, inverse.reason, inverse.restored) == ((), reason, None)


def test_pools_that_round_up_come_back_too() -> None:
    for i, k, s, p in product(range(1, 25), range(1, 6), range(1, 6), range(3)):
        if p > k // 2 or i + 2 * p - k <= -s:
            continue
        axis = Axis("pool", i, k, s, p, p, rounding="ceil")
        found = axis_inverse(axis)
        assert found.inverse.output == i
        low, high = axis.siblings
        shared = [
            size
            for size in range(1, 60)
            if size + 2 * p - k > -s
            and Axis("pool", size, k, s, p, p, rounding="ceil").output == axis.output
        ]
        assert shared == list(range(low, high + 1)), (i, k, s, p)


def test_the_guides_dialect_keeps_the_dilation(ask: Run) -> None:
    """5 taps wide as read: 6 + 2*4 - 5 + 1 = 10, and 12 without the dilation."""
    out = ask("invert 10 k3 d2").out
    assert "guide     k'=3 s'=1 p'=4 d'=2 (K − 1 − p), kernel flipped" in out
    guide = json.loads(ask("invert 10 k3 d2 --format json").out)["axes"][0]["guide"]
    assert [guide[key] for key in ("kernel", "stride", "padding", "dilation")] == [3, 1, [4, 4], 2]


def test_a_padding_that_follows_the_input_has_one_input_of_its_size() -> None:
    """8 pixels and the zero behind them give 4; 9 would too, had they that zero and no more."""
    for word, inputs in (("same_upper", ((8, 0),)), ("", ((8, 0), (9, 1)))):
        axis = Axis("window", 8, 3, 2, 0, 1, word=word)
        assert axis_inverse(axis).siblings == inputs


@each(("framework", "end"), [("torch", ""), ("keras", ", channels first")])
def test_a_layer_without_a_line_of_code_keeps_its_place(framework: str, end: str) -> None:
    entries: list[Entry] = [("upsample", {"scale_factor": 2}), ("global_response_norm", {})]
    *_, last = code(entries, (6, 5, 7), framework).split("\n")
    said = "# global_response_norm: no line is written for it; its shape here is (6, 10, 14)"
    assert last == said + end


def test_an_inverse_has_the_largest_number_that_a_layer_takes(ask: Run) -> None:
    """One pixel of 10^9 stays, and comes back with a stride of as many."""
    assert (
        "undone by conv_transpose k1 s1000000000 a999999999"
        in ask("invert 1000000000 k1 s1000000000").out
    )


def test_unequal_paddings_are_added_with_their_signs(ask: Run) -> None:
    """p' = 2 - p: 0 and 1 behind p 2:1, and -1 and 2 behind p 3:0."""
    assert "10 + 0 + 1 − 3 + 1 = 9" in ask("invert 9 k3 p2:1").out
    assert "10 − 1 + 2 − 3 + 1 = 9" in ask("invert 9 k3 p3:0").out


def test_inputs_of_one_output_are_listed_up_to_64() -> None:
    for stride, count in ((63, 63), (64, 64), (65, 64)):
        # 2·s + 1 pixels to 3·s of them have a third position.
        found = axis_inverse(Axis("window", 2 * stride + 1, 1, stride, 0, 0, 1))
        assert found.siblings == tuple((2 * stride + 1 + at, at) for at in range(count))
