"""What other programs print is found and understood: their own sentences, old and new."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import convcalc
from convcalc.features.why.pasted import find, sentences
from convcalc.features.why.sentence import Meaning
from tests.each import each

Run = Callable[..., Any]
SAID = Path(__file__).parent / "said.txt"


class Said(NamedTuple):
    """What a program prints, what it means, and all else of the answer where that is told."""

    program: str
    sentence: str
    means: str
    lines: tuple[str, ...]


def said() -> list[Said]:
    found = []
    for entry in SAID.read_text(encoding="utf-8").split("\n\n")[1:]:
        program, sentence, means, *lines = entry.strip().split("\n")
        sentence = sentence.replace("\\n", "\n")
        found.append(Said(program, sentence, means.removeprefix("-> "), tuple(lines)))
    return found


def lines_of(meaning: Meaning) -> Iterator[str]:
    """A meaning as it stands in the file, behind what it means."""
    yield from (f"numbers: {one}" for one in meaning.numbers)
    yield from (f"because: {one}" for one in meaning.causes)
    yield from (f"write: {one}" for one in meaning.write)
    if meaning.ask:
        yield f"see: {meaning.ask}"
    clue = meaning.clue
    if clue.weight:
        yield f"find: weights {list(clue.weight)} that meet {clue.got} on axis {clue.axis}"
    if clue.sizes:
        words = f" beside {clue.says}" if clue.says else ""
        yield f"find: sizes {list(clue.sizes)}{words}"


@each("entry", said(), ids=lambda entry: entry.sentence[:40])
def test_what_it_means(entry: Said) -> None:
    found = convcalc.why(entry.sentence)
    assert found.meaning.means == entry.means
    assert found.program == re.sub(r" [\d.]+$", "", entry.program)
    assert found.meaning.causes
    assert found.meaning.write
    if entry.lines:
        assert tuple(lines_of(found.meaning)) == entry.lines


def test_all_of_a_meaning_is_told_of_each_error() -> None:
    told = {convcalc.why(one.sentence).error for one in said() if one.lines}
    assert {one.name for one in sentences()} == told


# Channels of a map in front of a dense layer: LeNet, VGG, Inception, ResNet-50, MobileNet, ...
@each("channels", [2048, 1536, 1280, 1024, 960, 768, 576, 512, 480, 384, 320, 256, 192, 128,
                   96, 64, 48, 32, 16, 8, 6, 3])  # fmt: skip
def test_a_map_of_usual_channels_is_guessed(channels: int) -> None:
    # 61 is prime: no other square map has as many.
    found = convcalc.why(f"mat1 and mat2 shapes cannot be multiplied (1x{channels * 3721} and 7x7)")
    assert found.meaning.numbers == (
        f"{channels * 3721} features that arrive may be a map of {channels}x61x61, flattened",
    )


HEAD, WIDTH = (
    "a head for another number of classes",
    "another width, kernel or variant of the network",
)
TABLE = "a position table for another input size"
GREY = "a first layer for grey pictures where the other is for colours"


@each(
    ("stored", "here", "causes"),
    [
        ([1000, 512], [10, 512], (HEAD,)),
        ([1000], [10], (HEAD,)),
        ([10, 256], [10, 512], (WIDTH,)),
        ([64, 64, 3], [32, 64, 3], (TABLE, WIDTH)),
        # 197 = 14 * 14 + 1 and 50 = 7 * 7 + 1, a token more.
        ([1, 197, 768], [1, 50, 768], (f"{TABLE}: 50 = 7 * 7 + 1 and 197 = 14 * 14 + 1", WIDTH)),
        ([64, 3, 7, 7], [64, 1, 7, 7], (GREY, WIDTH)),
        # A size that is not known is no number of patches.
        ("[1, ?, 768]", [1, 50, 768], (TABLE, WIDTH)),
        ([64, 1, 7, 7], [64, 3, 7, 7], (GREY, WIDTH)),
        ([64, 3, 7, 7], [32, 3, 7, 7], (WIDTH,)),
        ([64, 1, 3, 3], [32, 1, 3, 3], (WIDTH,)),
        # Of another rank they are no tables, and no first layers.
        ([1, 16, 12, 12], [1, 20, 12], (WIDTH,)),
        ([1, 20, 12], [1, 16, 12, 12], (WIDTH,)),
        ([8, 3, 5, 5, 5], [8, 1, 5, 5], (WIDTH,)),
        ([8, 3, 5, 5], [8, 1, 5, 5, 5], (WIDTH,)),
    ],
)
def test_why_a_checkpoint_does_not_fit(
    stored: list[int] | str, here: list[int], causes: tuple[str, ...]
) -> None:
    found = convcalc.why(
        f"size mismatch for a.b: copying a param with shape torch.Size({stored}) from checkpoint, "
        f"the shape in current model is torch.Size({here})."
    )
    assert found.meaning.causes == causes


@each(
    ("said", "means"),
    [
        ("shapes (2,4) and (5,) not aligned: 4 (dim 1) != 5 (dim 0)",
         "4 features arrive at a dense layer that multiplies 5 of them"),
        ("mat1 and mat2 shapes cannot be multiplied (2x1 and 3x4)",
         "1 feature arrives at a dense layer that multiplies 3 of them into 4"),
        # The weights of 3 features for 7 outputs, either way round, and of as many as outputs.
        ("GEMM: Dimension mismatch, W: {3,7} K: 5 N:7",
         "5 features arrive at a dense layer that multiplies 3 of them into 7"),
        ("GEMM: Dimension mismatch, W: {9,7} K: 5 N:7",
         "5 features arrive at a dense layer that multiplies 9 of them into 7"),
        ("GEMM: Dimension mismatch, W: {7,3} K: 5 N:7",
         "5 features arrive at a dense layer that multiplies 3 of them into 7"),
        ("GEMM: Dimension mismatch, W: {7,7} K: 5 N:7",
         "5 features arrive at a dense layer that multiplies 7 of them into 7"),
    ],
)  # fmt: skip
def test_which_sizes_do_not_meet(said: str, means: str) -> None:
    assert convcalc.why(said).meaning.means == means


@each(
    ("said", "numbers"),
    [
        (
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square "
            "of upscale_factor, but input.size(-3)=7 is not divisible by 4",
            ("7 / 4 leaves 3",),
        ),
        (
            "pixel_unshuffle expects height to be divisible by downscale_factor, but "
            "input.size(-2)=11 is not divisible by 4",
            ("11 / 4 leaves 3",),
        ),
    ],
)
def test_what_a_factor_leaves(said: str, numbers: tuple[str, ...]) -> None:
    assert convcalc.why(said).meaning.numbers == numbers


def test_too_many_axes_and_too_few() -> None:
    found = convcalc.why("expected ndim=3, found ndim=4. Full shape received: (None, 28, 28, 1)")
    assert found.meaning.causes[0].startswith("a `Flatten`, or a recurrent layer's last step")
    found = convcalc.why("expected min_ndim=4, found ndim=3. Full shape received: (None, 28, 28)")
    assert found.meaning.causes[0].startswith("grey pictures without their channel")


def test_the_axis_that_a_window_does_not_fit_into_is_told() -> None:
    found = convcalc.why(
        "Computed output size would be negative. Received `inputs shape=(None, 2, 9, 64)`, "
        "`kernel shape=(3, 5, 64, 8)`, `dilation_rate=[1 1]`."
    )
    assert found.meaning.clue.sizes == (2, 3)
    # The kernel is as large as the first axis, which is enough.
    found = convcalc.why(
        "Calculated padded input size per channel: (3 x 2). Kernel size: (3 x 3). "
        "Kernel size can't be greater than actual input size"
    )
    assert found.meaning.clue.sizes == (2, 3)


def test_an_output_padding_ends_in_front_of_the_stride() -> None:
    found = convcalc.why(
        "output padding must be smaller than either stride or dilation, but got "
        "output_padding_height: 4 output_padding_width: 4 stride_height: 4 stride_width: 4 "
        "dilation_height: 1 dilation_width: 1"
    )
    assert found.meaning.means.endswith("so it goes from 0 to 3")
    assert found.meaning.write[0] == "output_padding=3 at most"


@each(("got", "wanted", "times"), [(12, 4, 3), (4, 12, 3), (13, 2, None), (0, 5, None)])
def test_more_predictions_than_labels(got: int, wanted: int, times: int | None) -> None:
    said = f"Expected input batch_size ({got}) to match target batch_size ({wanted})."
    first, *_ = convcalc.why(said).meaning.causes
    large, small = max(got, wanted), min(got, wanted)
    assert first.startswith(f"{large} is {times} times {small}: ") is (times is not None)


def test_a_shape_without_elements() -> None:
    found = convcalc.why("shape '[0, 4]' is invalid for input of size 8").meaning
    assert found.numbers == ("0 * 4 = 0 are written, and 8 numbers are there",)


def test_of_a_list_the_first_is_told() -> None:
    listed = [
        f"size mismatch for {name}: copying a param with shape torch.Size([{size}]) from "
        "checkpoint, the shape in current model is torch.Size([2])"
        for name, size in (("a", 3), ("b", 4), ("c", 5))
    ]
    for before in ("", "Error(s) in loading state_dict:\n\t"):
        found = find(before + ".\n\t".join(listed))
        assert found is not None
        assert (found.listed, found.text) == (3, listed[0])
    # What stands apart is no list.
    found = find(f"{listed[0]}, and then: {listed[1]}")
    assert found is not None
    assert (found.listed, found.text) == (1, listed[1])


def test_shapes_of_which_one_lacks_an_axis() -> None:
    found = convcalc.why("operands could not be broadcast together with shapes (1,2) (3,1,2)")
    said = "two tensors of [1, 2] and [3, 1, 2] are combined, which have no common shape"
    assert found.meaning.means == said


@each(
    ("a", "b", "begins"),
    [
        (49, 50, "49 = 7 * 7 patches: one has 1 token beside them"),
        (51, 49, "49 = 7 * 7 patches: one has 2 tokens beside them"),
        (49, 99, "50 pixels are lost on one way"),
        (49, 98, "98 is 2 times 49"),
        (36, 37, "a layer of stride 2 halved an odd size"),
        (30, 32, "2 pixels are lost on one way"),
        (30, 33, "the shortcut around a block"),
    ],
)
def test_why_two_sizes_do_not_meet(a: int, b: int, begins: str) -> None:
    found = convcalc.why(
        f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton "
        "dimension 1"
    )
    assert found.meaning.causes[0].startswith(begins)


def test_every_wording_is_among_them() -> None:
    texts = [" ".join(one.sentence.split()) for one in said()]
    unread = [
        wording.words
        for one in sentences()
        for wording in one.wordings
        if not any(wording.pattern.search(text) for text in texts)
    ]
    assert unread == []


@each(
    "asked",
    sorted(
        {
            convcalc.why(one.sentence).meaning.ask
            for one in said()
            if "net.net.yaml" not in convcalc.why(one.sentence).meaning.ask
        }
        - {""}
    ),
)
def test_what_it_asks_to_run_runs(asked: str, run: Run) -> None:
    program, *words = shlex.split(asked)
    assert program == "convcalc"
    result = run(*words)
    assert (result.code, result.err) == (0, "")


NUMPY: list[tuple[Callable[[], object], str]] = [
    (lambda: np.zeros((32, 32)) + np.zeros((31, 31)), "32 and 31"),
    (lambda: np.zeros((32, 8192)) @ np.zeros((9216, 4096)), "8192 features arrive"),
    (lambda: np.dot(np.zeros((32, 8192)), np.zeros((9216, 4096))), "8192 features arrive"),
    (lambda: np.zeros((32, 1024)).reshape(32, 400), "32768 numbers"),
    (lambda: np.concatenate([np.zeros((1, 2, 32)), np.zeros((1, 3, 31))], 1), "32 and 31"),
    (lambda: np.concatenate([np.zeros((1, 2, 32)), np.zeros((1, 3))], 1), "3 and 2 axes"),
    (lambda: np.zeros((3, 4)).__setitem__(slice(None), np.zeros((2, 4))), "2 and 3"),
]


@each(("provoke", "part"), NUMPY)
def test_numpy_says_so_today(provoke: Callable[[], object], part: str) -> None:
    with pytest.raises(ValueError, match=r"shape|core dimension|dimensions") as caught:
        provoke()
    assert part in convcalc.why(str(caught.value)).meaning.means


# Pictures of one channel, of three, and of three with an alpha channel.
PICTURES = {1: "grey", 3: "RGB", 4: "RGB with an alpha channel"}


def test_a_picture_of_another_sort_is_told() -> None:
    for got, wanted in itertools.permutations(range(1, 6), 2):
        found = convcalc.why(f"was expecting embedding dimension of {wanted}, but got {got}")
        told = f"the picture is {PICTURES.get(got)}, and the layer was made for "
        told += f"{PICTURES.get(wanted)}"
        assert (told in found.meaning.causes) == ({got, wanted} in ({1, 3}, {3, 4}))
        assert found.meaning.causes[-3:] == (
            "the layer in front has another number of outputs than this one has inputs",
            "a `cat` in front adds channels that are not counted",
            "a picture without a batch: its first axis is taken for something else",
        )
        assert len(found.meaning.causes) == 3 + (told in found.meaning.causes)


@each(("got", "wanted"), [(7, 9), (9, 7)])
def test_channels_that_stand_last_are_told_and_turned(got: int, wanted: int) -> None:
    found = convcalc.why(
        f"Given groups=1, weight of size [8, {wanted}, 3, 3], expected input[2, {got}, 5, {wanted}]"
        f" to have {wanted} channels, but got {got} channels instead"
    ).meaning
    assert found.causes[0] == (
        f"channels stand last in the data, [2, {got}, 5, {wanted}]: PyTorch wants them behind the "
        "batch"
    )
    assert found.write[0] == "x.permute(0, 3, 1, 2) for data with channels last"
    assert found.numbers == (f"input [2, {got}, 5, {wanted}]: its channels are {got}",)
