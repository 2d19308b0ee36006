"""A kernel for each sample of a program: one convolution of all of them, in groups.

StyleGAN2, CondConv and SiamFC fold their samples into channels, `groups` being how many there are.
"""

from __future__ import annotations

from typing import Any

from tests.each import each
from tests.importers.planning import plan_of
from tests.importers.pt2_bytes import archive, node, program

WHOLE = ("no axis of the inputs is their batch: all of each is one sample",)


def folded(samples: int, groups: int, kernel: list[int], op: str = "conv1d") -> bytes:
    """4 channels of 9 of each sample beside each other, and its own kernels of that shape."""
    first, *others = kernel
    x, w = [samples, 4, 9], [samples, first, *others]
    channels = first if op == "conv1d" else others[0] * groups // samples
    size = 7 if op == "conv1d" else 11
    nodes = [
        node("aten.reshape", "all_x", self="%x", shape=[1, samples * 4, 9]),
        node("aten.reshape", "all_w", self="%w", shape=[-1, *others]),
        node(f"aten.{op}", "y", input="%all_x", weight="%all_w", groups=groups),
        node("aten.view", "z", self="%y", size=[samples, -1, size]),
    ]
    stated = {
        "all_x": [1, samples * 4, 9], "all_w": [samples * first, *others],
        "y": [1, samples * channels, size], "z": [samples, channels, size],
    }  # fmt: skip
    return archive(program(nodes, {"x": x, "w": w}, ["z"], stated))


@each("samples", [1, 2, 3, 4])
def test_a_kernel_for_each_sample_is_the_layer_of_one(samples: int) -> None:
    for op, kernel, groups, output, macs in (
        # 6 x 7 outputs of 4 x 3 numbers each: 252 of two samples were told as their total, and
        # three of them were refused, since 3 does not divide 4 channels.
        ("conv1d", [6, 4, 3], 1, (6, 7), 504),
        ("conv1d", [6, 2, 3], 2, (6, 7), 252),
        ("conv1d", [4, 1, 3], 4, (4, 7), 84),
        # 9 places of 4 channels, each spread to 5 x 3.
        ("conv_transpose1d", [4, 5, 3], 1, (5, 11), 540),
    ):
        plan = plan_of(folded(samples, groups * samples, kernel, op))
        assert (plan[-1].output, plan.totals.macs, plan.notes) == (output, macs, ()), (op, kernel)


def stored(samples: int, groups: int, ahead: list[dict[str, Any]]) -> bytes:
    """Channels of all samples under stored kernels, behind what is done with them."""
    many = samples * 4
    nodes = [
        *ahead,
        node("aten.reshape", "all_x", self="%r", shape=[1, many, 9]),
        node("aten.conv1d", "y", input="%all_x", weight="%k", groups=groups),
        node("aten.view", "z", self="%y", size=[samples, 6, 7]),
    ]
    stated = {
        "r": [samples, 4, 9], "all_x": [1, many, 9], "y": [1, samples * 6, 7], "z": [samples, 6, 7]
    }  # fmt: skip
    kernels = {"k": ("k", [samples * 6, many // groups, 3])}
    return archive(program(nodes, {"x": [samples, 4, 9]}, ["z"], stated, kernels))


@each(
    ("groups", "macs"),
    [
        # 12 x 7 outputs of 8 x 3 numbers, or of the 4 x 3 of a sample.
        (1, 2016),
        (2, 1008),
    ],
)
def test_samples_in_the_channels_of_stored_kernels_are_one(groups: int, macs: int) -> None:
    """Each sample has other kernels, or meets the others: there is no layer of one of them."""
    plan = plan_of(stored(2, groups, [node("aten.relu", "r", self="%x")]))
    assert (plan.totals.macs, plan.notes) == (macs, WHOLE)


@each("shape", [[2, 4, 3, 3], [2, 4, 1, 3]])
def test_maps_under_the_kernels_of_every_sample_are_one(shape: list[int]) -> None:
    """Each map with each kernel: of one sample it was one pair of four."""
    size = [10 - one for one in shape[2:]]
    nodes = [node("aten.conv2d", "y", input="%x", weight="%w")]
    given = {"x": [2, 4, 9, 9], "w": shape}
    plan = plan_of(archive(program(nodes, given, ["y"], {"y": [2, 2, *size]})))
    pairs, outputs, each_of = 2 * 2, size[0] * size[1], 4 * shape[2] * shape[3]
    assert (plan.totals.macs, plan.notes) == (pairs * outputs * each_of, WHOLE)


def test_kernels_of_every_sample_on_a_stored_map_are_its_own() -> None:
    nodes = [
        node("aten.reshape", "all_w", self="%w", shape=[12, 4, 3]),
        node("aten.conv1d", "y", input="%k", weight="%all_w"),
        node("aten.view", "z", self="%y", size=[2, 6, 7]),
    ]
    stated = {"all_w": [12, 4, 3], "y": [1, 12, 7], "z": [2, 6, 7]}
    held = {"k": ("k", [1, 4, 9])}
    plan = plan_of(archive(program(nodes, {"w": [2, 6, 4, 3]}, ["z"], stated, held)))
    assert (plan[-1].output, plan.totals.macs, plan.notes) == ((6, 7), 504, ())
