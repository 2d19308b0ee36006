"""Inputs of ONNX files: sizes that are open, written in or asked for, samples, order."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.importers.onnx.batches import batch_axis
from tests.each import each
from tests.importers.onnx_bytes import model, node, tensor
from tests.importers.planning import plan_of, refused


def test_one_input_of_a_single_sample_stands_beside_a_batch() -> None:
    """Four pictures, and one that is added to each of them."""
    inputs = {"x": [4, 3, 8, 8], "one": [1, 3, 8, 8]}
    data = model([node("Add", ["x", "one"], ["y"])], inputs, ["y"], {})
    network = convcalc.loads(data, "net.onnx")
    assert network.inputs == {"x": (3, 8, 8), "one": (3, 8, 8)}
    assert convcalc.plan(network).rows[-1].output == (3, 8, 8)


def test_another_size_is_planned_where_nothing_is_written_into_the_file() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1]),
        node("GlobalAveragePool", ["a"], ["y"]),
    ]
    data = model(nodes, {"x": [1, 3, 32, 32]}, ["y"], {"w": (8, 3, 3, 3)})
    assert plan_of(data, input=(3, 64, 48))[0].output == (8, 64, 48)


def test_a_size_that_is_written_in_is_named_at_its_node() -> None:
    nodes = [
        node("Conv", ["x", "w"], ["a"], strides=[16, 16]),
        node("Reshape", ["a", "sizes"], ["b"], "/Reshape"),
        node("Transpose", ["b"], ["y"], perm=[0, 2, 1]),
    ]
    weights = {"w": (8, 3, 16, 16), "sizes": tensor("sizes", (3,), [1, 8, 196])}
    data = model(nodes, {"x": [1, 3, 224, 224]}, ["y"], weights)
    assert plan_of(data)[0].output == (8, 14, 14)
    problem = refused(data, "net.onnx", input=(3, 256, 256))
    assert str(problem) == (
        "net.onnx:2:1: error CC927 wrong-value: `/Reshape` (Reshape) cannot be worked out\n"
        "  [1, 8, 196] has 1568 elements written into it, [1, 8, 16, 16] has 2048\n"
        "  help: the file was traced for 3x224x224 and has sizes written into it; use that size"
    )


def test_an_output_has_no_channel_that_its_tensor_has_lost() -> None:
    """A map of one channel is [1, 1, 4, 4]; squeezed it is [1, 4, 4], 4x4 beside the samples."""
    nodes = [node("Conv", ["x", "w"], ["y"]), node("Squeeze", ["y"], ["z"], axes=[1])]
    weights = {"w": (1, 3, 3, 3)}
    assert plan_of(model(nodes[:1], {"x": [1, 3, 6, 6]}, ["y"], weights))[-1].output == (1, 4, 4)
    assert plan_of(model(nodes, {"x": [1, 3, 6, 6]}, ["z"], weights))[-1].output == (4, 4)


def test_a_first_axis_of_one_is_a_channel_where_there_are_no_samples() -> None:
    """The first of 3 channels of a tensor [3, 6, 6] is a map [1, 6, 6]."""
    nodes = [node("Split", ["x"], ["y", "z", "u"], axis=0, split=[1, 1, 1])]
    assert plan_of(model(nodes, {"x": [3, 6, 6]}, ["y"], {}))[-1].output == (1, 6, 6)


HALVED = model(
    [
        node("Conv", ["x", "w"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
        node("ConvTranspose", ["a", "up"], ["b"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Concat", ["b", "x"], ["y"], "/Concat", axis=1),
    ],
    {"x": [1, 3, 16, 24]},
    ["y"],
    {"w": (8, 3, 3, 3), "up": (8, 3, 2, 2)},
)


@pytest.mark.parametrize(
    ("size", "slug", "help"),
    [
        # 17 becomes 9, and 18 again; 32 by 48 would do.
        pytest.param(
            (3, 17, 24),
            "merge-size-mismatch",
            "other sizes fit: `convcalc sizes net.onnx` lists them",
            id="a size that does not fit",
        ),
        pytest.param(
            (1, 16, 24), "wrong-value", "`x` has 3 channels in the file: 3x16x24", id="channels"
        ),
    ],
)
def test_a_size_that_was_asked_for_is_not_the_file_s_fault(
    size: tuple[int, ...], slug: str, help: str
) -> None:
    problem = refused(HALVED, "net.onnx", input=size)
    assert (problem.slug, problem.help) == (slug, help)


def test_a_file_that_is_broken_at_its_own_size_is_broken_at_others() -> None:
    nodes = [node("Conv", ["x", "w"], ["y"])]
    data = model(nodes, {"x": [1, 4, 32, 32]}, ["y"], {"w": (8, 3, 3, 3)})
    assert refused(data).slug == refused(data, input=(4, 16, 16)).slug == "broken-model"


def test_open_sizes_are_asked_for() -> None:
    data = model([node("Relu", ["x"], ["y"])], {"x": ["n", 3, "height", "width"]}, ["y"])
    problem = refused(data)
    assert problem.message == "input `x` has open sizes: [3, height, width]"
    assert problem.help == "give its sizes, channels first: --input 3x224x224"
    assert plan_of(data, input=(3, 8, 9))[0].output == (3, 8, 9)


def test_channels_last_inputs_become_channels_first() -> None:
    nodes = [
        node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
        node("Conv", ["a", "w"], ["b"]),
        node("Transpose", ["b"], ["c"], perm=[0, 2, 3, 1]),
        node("MatMul", ["c", "dense"], ["y"]),
    ]
    weights = {"w": (8, 3, 3, 3), "dense": (8, 5)}
    plan = plan_of(model(nodes, {"x": [1, 32, 24, 3]}, ["y"], weights))
    assert plan.inputs == {"x": (3, 32, 24)}
    assert [(row.kind, row.output) for row in plan] == [
        ("conv", (8, 30, 22)),
        ("linear", (5, 30, 22)),
    ]
    assert plan.totals.macs == 30 * 22 * (27 * 8 + 8 * 5)


def test_an_input_may_be_read_in_two_orders() -> None:
    """The norm's order is the input's; 4 * 4 * 9 weights of the convolution at 6 * 4 positions."""
    nodes = [
        node("LayerNormalization", ["x", "s"], ["n"], "norm"),
        node("Conv", ["x", "w"], ["c"], "conv", kernel_shape=(3, 3), pads=(1, 1, 1, 1)),
        node("Add", ["n", "c"], ["y"], "add"),
    ]
    plan = plan_of(model(nodes, {"x": [1, 4, 6, 4]}, ["y"], {"s": (4,), "w": (4, 4, 3, 3)}))
    assert plan.inputs == {"x": (4, 4, 6)}
    assert [row.kind for row in plan] == [
        "layer_norm",
        "scale",
        "permute",
        "conv",
        "permute",
        "add",
    ]
    assert plan.totals.macs == 4 * 4 * 9 * 6 * 4


def test_a_file_of_several_samples_is_planned_for_one() -> None:
    """Four samples of [2, 6, 4] in heads of 3: the four stand in the Reshape, not in the plan."""
    nodes = [
        node("Reshape", ["x", "heads"], ["a"]),
        node("Transpose", ["a"], ["b"], perm=[0, 2, 1, 3]),
        node("Expand", ["token", "four"], ["t"]),
        node("Concat", ["b", "t"], ["y"], axis=2),
    ]
    weights = {
        "heads": tensor("heads", (4,), [4, 12, 2, 2]),
        "token": tensor("token", (1, 2, 1, 2), [1.0] * 4),
        "four": tensor("four", (4,), [4, 2, 1, 2]),
    }
    data = model(nodes, {"x": [4, 2, 6, 4]}, ["y"], weights)
    plan = plan_of(data)
    assert plan.inputs == {"x": (2, 6, 4)}
    assert [row.output for row in plan if row.kind == "concat"] == [(13, 4)]


def test_what_a_file_of_several_samples_mixes_is_named() -> None:
    nodes = [node("Add", ["x", "mask"], ["y"], "mix"), node("Relu", ["b"], ["z"])]
    mask = tensor("mask", (2, 1, 1, 1), [1.0, 2.0])
    sizes = {"y": [2, 3, 4, 5]}
    # Another input has a batch for sure, so that not all of both is one sample.
    inputs: dict[str, list[int | str]] = {"x": [2, 3, 4, 5], "b": ["batch", 3]}
    problem = refused(model(nodes, inputs, ["y", "z"], {"mask": mask}, sizes=sizes))
    assert problem.message == "`mix` (Add) works on 2 samples at once"
    assert problem.note == "2x3x4x5 here for one, and 2x3x4x5 in the file"


@each("clip", [-1, 1])
def test_frames_of_a_clip_are_one_sample(clip: int) -> None:
    """Channels that move by a frame, as `x.view(-1, 4, c, h, w)` says it, were a broken model."""
    nodes = [
        node("Reshape", ["x", "clip"], ["v"]),
        node("Slice", ["v", "one", "five", "one"], ["later"]),
        node("Slice", ["v", "zero", "one", "one"], ["first"]),
        node("Concat", ["later", "first"], ["c"], axis=1),
        node("Reshape", ["c", "frames"], ["f"]),
        node("Conv", ["f", "w"], ["y"]),
    ]
    numbers = {"clip": [clip, 4, 3, 5, 5], "frames": [4, 3, 5, 5], "zero": [0], "one": [1]}
    stored = {name: tensor(name, (len(one),), one) for name, one in numbers.items()}
    weights = {**stored, "five": tensor("five", (1,), [5]), "w": (2, 3, 3, 3)}
    plan = plan_of(model(nodes, {"x": [4, 3, 5, 5]}, ["y"], weights))
    assert plan.inputs == {"x": (4, 3, 5, 5)}
    assert "no axis of the inputs is their batch: all of each is one sample" in plan.notes
    # Two sums of 27 products at 9 positions of each of 4 frames.
    assert (plan[-1].output, plan.totals.macs) == ((2, 4, 3, 3), 2 * 27 * 9 * 4)


def test_several_volumes_that_cannot_be_one_sample_are_refused_as_they_were() -> None:
    """A sample has four axes at most."""
    data = model([node("Unheard", ["x"], ["y"])], {"x": [2, 3, 4, 5, 6]}, ["y"])
    assert refused(data).slug == "unknown-operation"


def test_slopes_of_channels_that_stand_first() -> None:
    """A tensor [3, 6, 6] without samples: slopes [3, 1, 1] are its channels'."""
    data = model([node("PRelu", ["x", "s"], ["y"])], {"x": [3, 6, 6]}, ["y"], {"s": (3, 1, 1)})
    (row,) = plan_of(data)
    assert (row.kind, row.output, row.params) == ("prelu", (3, 6, 6), 3)


@each(
    ("declared", "sizes", "axis"),
    [
        ((1, 3, 8, 8), {1}, 0),
        ((8, 3, 4, 4), {8}, 0),
        # Maps of several first sizes: none of them is the batch.
        ((8, 3, 4, 4), {2, 8}, None),
        (("n", 3, 4, 4), set(), 0),
        (("n", 10), set(), 0),
        ((1, 10), set(), 0),
        ((8, 10), {8}, None),
        ((10,), {10}, None),
        (("n",), set(), None),
        ((), set(), None),
        ((5, 7, 9), {5}, None),
        # An open size behind a fixed one: steps, and then the batch.
        ((5, "n", 9), {5}, 1),
        ((5, "n", 9, 9), {5}, 0),
        (("t", "n", 9), {5}, 0),
    ],
)
def test_which_axis_is_the_batch(
    declared: tuple[int | str, ...], sizes: set[int], axis: int | None
) -> None:
    assert batch_axis("x", declared, (), sizes) == axis


@each(
    ("x", "state", "is_told"),
    [
        (["n", 6, 3], [1, "n", 4], True),
        ([6, "n", 3], [1, "n", 4], True),
        # An axis of several such ones, or another open size, is no axis of samples.
        (["n", 6, 3], [1, "n", "n"], False),
        (["n", 6, 3], [1, "m", 4], False),
    ],
)
def test_samples_that_another_input_tells(
    x: list[int | str], state: list[int | str], is_told: bool
) -> None:
    """As dynamo has states of one layer, which are cut before a recurrence reads them."""
    nodes = [node("Relu", ["x"], ["y"]), node("Relu", ["h"], ["z"])]
    data = model(nodes, {"x": x, "h": state}, ["y", "z"])
    if is_told:
        assert plan_of(data).inputs == {"x": (6, 3), "h": (1, 4)}
    else:
        with pytest.raises(convcalc.StackError, match="input `h` has open sizes"):
            plan_of(data)
