"""The arithmetic in what an error means, worked by hand: causes, what to write, and numbers."""

from __future__ import annotations

from typing import NamedTuple

import convcalc
from tests.each import each


class Lines(NamedTuple):
    """Lines that must be there as they are, and words that no line may have."""

    there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


UNEQUAL = (
    "The size of tensor a ({}) must match the size of tensor b ({}) at non-singleton dimension 3"
)
HALVED = "a layer of stride 2 halved an odd size"
TIMES = "one way has a stride or an upsampling that the other has not"
PIXELS = "pixels are lost on one way: convolutions without padding (k = 3 loses 2)"

CHANNELS = (
    "Given groups=1, weight of size [64, {wanted}, 3, 3], expected input{shape} to have {wanted} "
    "channels, but got {got} channels instead"
)
VIEW = "shape '{}' is invalid for input of size {}"
LOSS = "Expected input batch_size ({}) to match target batch_size ({})."
PRODUCT = "mat1 and mat2 shapes cannot be multiplied ({} and {})"
ALONE = "`flatten` is missing, or flattens the batch too"

CASES = [
    # Two maps that meet.
    (UNEQUAL.format(57, 56), Lines(
        (f"{HALVED}, and the way back doubles what is left: 57 is lost and 56 comes back (or the "
         "other way round)",), (TIMES, PIXELS))),
    (UNEQUAL.format(56, 57), Lines(
        (f"{HALVED}, and the way back doubles what is left: 57 is lost and 56 comes back (or the "
         "other way round)",))),
    (UNEQUAL.format(14, 56), Lines((f"56 is 4 times 14: {TIMES}",), (HALVED, PIXELS))),
    (UNEQUAL.format(64, 60), Lines((f"4 {PIXELS}",), (HALVED, TIMES))),
    # Every size is a multiple of 1, which says nothing.
    (UNEQUAL.format(1, 7), Lines((f"6 {PIXELS}",), (HALVED, TIMES))),
    (UNEQUAL.format(65, 60), Lines((), (HALVED, TIMES, PIXELS))),
    ("The expanded size of the tensor (197) must match the existing size (50) at non-singleton "
     "dimension 1. Target sizes: [8, 197, 768]. Tensor sizes: [1, 50, 768]", Lines(
        ("axis 1 (from 0): 50 is neither 1 nor 197",))),
    ("Sizes of tensors must match except in dimension 1. Expected size 57 but got size 56 for "
     "tensor number 1 in the list.", Lines(
        ("joined on axis 1 (from 0; 1 are the channels)",))),
    # Channels.
    (CHANNELS.format(wanted=3, got=224, shape="[8, 224, 224, 3]"), Lines(
        ("channels stand last in the data, [8, 224, 224, 3]: PyTorch wants them behind the batch",
         "x.permute(0, 3, 1, 2) for data with channels last",
         "in_channels=224 in this layer, or 3 outputs in the one before",
         "input [8, 224, 224, 3]: its channels are 224"))),
    (CHANNELS.format(wanted=3, got=1, shape="[8, 1, 28, 28]"), Lines(
        ("the picture is grey, and the layer was made for RGB",), ("permute", "stand last"))),
    (CHANNELS.format(wanted=1, got=3, shape="[8, 3, 28, 28]"), Lines(
        ("the picture is RGB, and the layer was made for grey",), ("permute", "alpha"))),
    (CHANNELS.format(wanted=3, got=4, shape="[8, 4, 28, 28]"), Lines(
        ("the picture is RGB with an alpha channel, and the layer was made for RGB",))),
    (CHANNELS.format(wanted=3, got=8, shape="[3, 8, 28, 28]"), Lines(
        (), ("the picture is", "permute", "stand last"))),
    ("Input channels C is not equal to kernel channels * group. C: 16 kernel channels: 4 group: 2",
     Lines(("in_channels=16 in this layer, or 8 outputs in the one before",))),
    ("running_mean should contain 32 elements not 64", Lines(("nn.BatchNorm2d(32)",))),
    ("Given normalized_shape=[96], expected input with shape [*, 96], but got input of size[8, 96, "
     "56, 55]", Lines(("nn.LayerNorm(55)",))),
    ("input.size(-1) must be equal to input_size. Expected 40, got 41", Lines(("input_size=41",))),
    # Views.
    (VIEW.format("[4, 8192]", 36864), Lines(
        ("4 * 8192 = 32768, and 36864 numbers are there",
         "x.view(4, 9216) is what fits: 9216 a sample"), ("leaves",))),
    (VIEW.format("[-1, 8192]", 36864), Lines(
        ("8192 = 8192, and 36864 numbers are there", "36864 / 8192 leaves 4096"), ("x.view(",))),
    (VIEW.format("[5, 8192]", 36864), Lines(
        ("5 * 8192 = 40960, and 36864 numbers are there",), ("x.view(",))),
    (VIEW.format("[300]", 600), Lines(("300 = 300, and 600 numbers are there",), ("x.view(",))),
    (VIEW.format("[-1, 0]", 6), Lines(("0 = 0, and 6 numbers are there",), ("leaves", "x.view("))),
    (VIEW.format("[300, -1, 7]", 600), Lines(
        ("300 * 7 = 2100, and 600 numbers are there", "600 / 2100 leaves 600",
         "x.view(300, 2) is what fits: 2 a sample"))),
    ("expected 3D or 4D input (got 2D input)", Lines(("the batch is missing",), ("too many",))),
    ("expected 3D or 4D input (got 5D input)", Lines(("an axis is too many",), ("missing",))),
    ("Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [28, 28]",
     Lines(("an axis is missing: the batch, or the channel of a grey picture",), ("too many",))),
    ("Expected 3D (unbatched) or 4D (batched) input to conv2d, but got input of size: [1, 1, 1, 28,"
     " 28]", Lines(
        ("an axis is too many: a layer for maps of fewer axes, or a batch twice",),
        ("is missing",))),
    ("Got invalid dimensions for input: x for the following indices\n index: 0 Got: 4 Expected: 1",
     Lines(("data resized to 1", "axis 0 is the batch"))),
    ("Got invalid dimensions for input: x for the following indices\n index: 2 Got: 4 Expected: 1",
     Lines(("data resized to 1",), ("axis 0",))),
    ("Invalid rank for input: x Got: 3 Expected: 4", Lines(
        ("the batch is missing", "x[None]"), ("too many",))),
    ("Invalid rank for input: x Got: 5 Expected: 4", Lines(
        ("an axis is too many", "x[0], or a loop over the first axis"), ("missing",))),
    # Numbers that have to divide.
    ("Expected number of channels in input to be divisible by num_groups, but got input of shape "
     "[2, 50, 8, 8] and num_groups=32", Lines(
        ("50 / 32 leaves 18", "num_groups=25 or 50", "32 or 64 channels"))),
    ("Expected number of channels in input to be divisible by num_groups, but got input of shape "
     "[2, 20, 8, 8] and num_groups=32", Lines(
        ("20 / 32 leaves 20", "num_groups=20", "32 or 32 channels"))),
    ("pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
     "upscale_factor, but input.size(-3)=50 is not divisible by 9", Lines(
        ("45 or 54 channels", "50 / 9 leaves 5"))),
    ("pixel_unshuffle expects height to be divisible by downscale_factor, but input.size(-2)=33 is "
     "not divisible by 4", Lines(("padding by 3, or a crop of 1", "33 / 4 leaves 1"))),
    ("Halving dimension must be even, but dimension 1 is size 7", Lines(
        ("6 or 8 channels in front of it",))),
    # Dense layers. 25088 = 512 * 7 * 7, 8192 = 2048 * 2 * 2 = 512 * 4 * 4 = ...
    (PRODUCT.format("2x25088", "8192x10"), Lines(
        ("25088 features that arrive may be a map of 512x7x7, 128x14x14, 32x28x28, 8x56x56, "
         "flattened",
         "8192 features that are wanted may be a map of 2048x2x2, 512x4x4, 128x8x8, 32x16x16, "
         "flattened",
         "nn.Linear(25088, 10) for inputs of this size; nn.LazyLinear(10) finds the number by "
         "itself", ALONE))),
    # No map: 1 x 1 is none, and 3 * 65 * 65 has too long a side.
    (PRODUCT.format("2x2048", "12675x10"), Lines(
        ("2048 features that arrive may be a map of 512x2x2, 128x4x4, 32x8x8, 8x16x16, flattened",),
        ("are wanted may",))),
    (PRODUCT.format("512x7", "3584x10"), Lines(
        ("one sample was not flattened: 512 * 7 = 3584",), (ALONE, "global pool is missing"))),
    (PRODUCT.format("3584x7", "512x10"), Lines(
        ("`flatten` or a global pool is missing: 3584 rows of 7 are a map of 512 channels, and the "
         "last axis of a map is its width",), (ALONE, "not flattened"))),
    ("GEMM: Dimension mismatch, W: {10,512} K: 511 N:10", Lines(
        ("nn.Linear(511, 10) for inputs of this size; nn.LazyLinear(10) finds the number by "
         "itself",))),
    # Training.
    (LOSS.format(128, 32), Lines(
        ("128 is 4 times 32: a view(-1, n) has moved positions into the batch, because a sample "
         "has other numbers than n",))),
    (LOSS.format(8, 56), Lines(
        ("56 is 7 times 8: a view(-1, n) has moved positions into the batch, because a sample has "
         "other numbers than n",))),
    (LOSS.format(33, 32), Lines((), ("times",))),
    (LOSS.format(0, 32), Lines((), ("times",))),
    ("Target 10 is out of bounds.", Lines(("at least 11 outputs in the last layer",))),
    ("size mismatch for fc.weight: copying a param with shape torch.Size([1000, 512]) from "
     "checkpoint, the shape in current model is torch.Size([10, 512]).", Lines(
        ("a head for another number of classes", "state.pop('fc.weight'), and load_state_dict("
         "state, strict=False)"), ("position table", "another width"))),
    ("size mismatch for pos: copying a param with shape torch.Size([1, 197, 768]) from "
     "checkpoint, the shape in current model is torch.Size([1, 50, 768]).", Lines(
        ("a position table for another input size",
         "another width, kernel or variant of the network"), ("classes",))),
    # Paddings and windows.
    ("pad should be at most half of effective kernel size, but got pad=3, kernel_size=5 and "
     "dilation=1", Lines(("padding=2", "kernel_size=6", "floor(5 / 2) = 2"))),
    ("output padding must be smaller than either stride or dilation, but got "
     "output_padding_height: 0 output_padding_width: 2 stride_height: 1 stride_width: 2 "
     "dilation_height: 1 dilation_width: 1", Lines(("output_padding=1 at most",))),
    ("output padding must be smaller than either stride or dilation, but got "
     "output_padding_height: 0 output_padding_width: 1 stride_height: 1 stride_width: 1 "
     "dilation_height: 1 dilation_width: 1", Lines(
        ("output_padding=0: with stride 1 every size is restored without it",))),
    ("Calculated padded input size per channel: (9 x 4). Kernel size: (7 x 5). Kernel size can't "
     "be greater than actual input size", Lines(
        ("output = floor((4 - 5) / stride) + 1, less than 1",), ("(9 - 7)",))),
]  # fmt: skip


@each(("sentence", "lines"), CASES, ids=lambda value: value[:40] if isinstance(value, str) else "")
def test_the_numbers_are_right(sentence: str, lines: Lines) -> None:
    meaning = convcalc.why(sentence).meaning
    found = (*meaning.causes, *meaning.write, *meaning.numbers)
    assert [line for line in lines.there if line not in found] == []
    assert [words for words in lines.gone if any(words in line for line in found)] == []
