"""Sizes that operations of ONNX ask for, against numpy and by hand."""

from __future__ import annotations

import math
import random
from itertools import product
from math import prod
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from convcalc.importers.onnx import small_tensors
from convcalc.importers.onnx.asked_sizes import (
    new_dims,
    of_one_sample,
    reshaped_dims,
    slices,
    split_sizes,
    spread_sizes,
)
from convcalc.importers.onnx.folding import MOST_VALUES, FoldError, NotFoldedError, Small, small
from convcalc.importers.onnx.rules.resizing import _mode
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules import attending, joins
from convcalc.importers.pytorch.values import Stored
from convcalc.importers.stored_layers import held_view
from convcalc.network.held import Held, Written
from tests.each import each


def asking(op: str = "", samples: int = 1, outputs: int = 1, **attributes: Any) -> Any:
    """An operation of these attributes, for a reader of its sizes."""
    return SimpleNamespace(
        operation=SimpleNamespace(op=op, outputs=[""] * outputs),
        whole=lambda name, default: attributes.get(name, default),
        list=attributes.get,
        axes=lambda given, rank: tuple(one % rank for one in given),
        walk=SimpleNamespace(samples=samples),
    )


@each(
    ("sizes", "dims", "samples", "found"),
    [
        # Eight heads of one sample, which the file gives as sixteen of two.
        ((16, 3, 5), (8, 3, 5), 2, (8, 3, 5)),
        ((2, 8, 3, 5), (8, 3, 5), 2, (1, 8, 3, 5)),
        ((1, 8, 3, 5), (8, 3, 5), 2, (1, 8, 3, 5)),
        ((2, 4, 3, 5), (8, 3, 5), 1, (2, 4, 3, 5)),
        ((16, 3, 5), (8, 3, 5), 1, None),
        ((8, 5, 3), (8, 3, 5), 1, None),
        ((4, 3, 5), (8, 3, 5), 2, None),
    ],
)
def test_scores_under_another_shape(
    sizes: tuple[int, ...], dims: tuple[int, ...], samples: int, found: tuple[int, ...] | None
) -> None:
    call: Any = SimpleNamespace(samples=samples)
    if found is None:
        with pytest.raises(NoRuleError, match="its scores become others"):
            attending._shaped(call, sizes, dims)
    else:
        assert attending._shaped(call, sizes, dims) == found


@each(("number", "low"), [
    (-1e4, -1e38), (-1e30, -1e38), (-math.inf, -math.inf), (-9999.0, None), (0.0, None),
    (None, None),
])  # fmt: skip
def test_scores_in_the_place_of_which_a_number_stands(
    number: float | None, low: float | None
) -> None:
    """From -1e4 on it leaves no share, and the mask is added: 0 where the scores are kept."""
    held = Held("m", (2,), "bool", Written((True, False)))
    mask = Stored(held, held_view(held), False)
    made = [Held(word, (2,), "float32", Written((0.0, 0.0))) for word in ("kept", "hidden")]
    pairs = [(0.0, low), (low, 0.0)]
    known = {(held, mask.view, pair): one for pair, one in zip(pairs, made, strict=True)}
    call: Any = SimpleNamespace(builder=SimpleNamespace(worked_out=known))
    for keeps, one in zip((True, False), made, strict=True):
        if low is None:
            with pytest.raises(NoRuleError, match="scores become a number"):
                attending._filled(call, keeps, mask, number)
        else:
            assert attending._filled(call, keeps, mask, number).held is one


def test_shapes_that_are_asked_for_are_those_of_numpy() -> None:
    array = np.zeros((2, 3, 300))
    for given in product((-1, 1, 2, 3, 6, 300), repeat=3):
        try:
            wanted = array.reshape(given).shape
        except ValueError:
            with pytest.raises(FoldError):
                reshaped_dims(array.shape, given, False)
        else:
            assert reshaped_dims(array.shape, given, False) == wanted


@each(("dims", "given", "allows_zero", "found"), [
    ((2, 3, 4), (0, -1), False, (2, 12)),
    ((2, 3, 4), (-1, 0, 4), False, (2, 3, 4)),
    ((2, 3, 4), (0, 0, 0), False, (2, 3, 4)),
    ((2, 0, 4), (0, 8), True, (0, 8)),
    ((), (1, 1), False, (1, 1)),
    ((1,), (), False, ()),
    ((2, 3), (2, 3, 0), False, "[2, 3, 0] keeps an axis that [2, 3] has not"),
    ((2, 3), (0, 3), True, "[0, 3] has 0 elements written into it, [2, 3] has 6"),
    ((2, 3), (-1, -1), False, "[-1, -1] is no shape"),
    ((2, 3), (-2, 3), False, "[-2, 3] is no shape"),
    ((2, 3), (-1, 4), False, "6 elements of [2, 3] do not divide by [-1, 4]"),
    ((2, 3), (0, -1), True, "6 elements of [2, 3] do not divide by [0, -1]"),
    ((2, 3), (2, 4), False, "[2, 4] has 8 elements written into it, [2, 3] has 6"),
])  # fmt: skip
def test_what_a_reshape_asks_for(
    dims: tuple[int, ...], given: tuple[int, ...], allows_zero: bool, found: Any
) -> None:
    if isinstance(found, str):
        with pytest.raises(FoldError) as caught:
            reshaped_dims(dims, given, allows_zero)
        assert str(caught.value) == found
    else:
        assert reshaped_dims(dims, given, allows_zero) == found
        use = asking("Reshape", shape=given, allowzero=int(allows_zero))
        assert new_dims(use, dims, None) == new_dims(use, dims, given) == found


@each(("dims", "given", "samples", "found"), [
    ((1, 196, 768), (4, 196, 12, -1), 4, (1, 196, 12, -1)),
    ((6, 1, 8), (6, 4, 4), 2, (6, 2, 4)),
    # What has as many elements is asked of one sample already.
    ((1, 196, 768), (1, 196, 12, 64), 4, (1, 196, 12, 64)),
    ((1, 8), (8,), 2, (8,)),
    ((1, 8), (16,), 2, (8,)),
    ((1, 8), (17,), 2, (17,)),
    ((1, 8), (0, 16), 2, (0, 8)),
    ((1, 8), (-1, 16), 2, (-1, 16)),
    ((1, 8), (1, 16), 2, (1, 16)),
    ((3, 8), (3, 8, 2), 2, (3, 8, 1)),
    ((3, 8), (3, 8), 2, (3, 8)),
])  # fmt: skip
def test_one_of_several_samples(
    dims: tuple[int, ...], given: tuple[int, ...], samples: int, found: tuple[int, ...]
) -> None:
    assert of_one_sample(dims, given, samples) == found
    if prod(found) == prod(dims) and 0 not in found:
        assert new_dims(asking("Reshape", samples), dims, given) == found


def test_axes_of_one_come_and_go_as_in_numpy() -> None:
    array = np.zeros((1, 3, 1, 4))
    dims = array.shape
    for axes in ((0,), (2,), (0, 2), (-2,), (-4, 2)):
        assert new_dims(asking("Squeeze"), dims, axes) == array.squeeze(axes).shape
        assert new_dims(asking("Squeeze", axes=axes), dims, None) == array.squeeze(axes).shape
    assert new_dims(asking("Squeeze"), dims, None) == (3, 4)
    for axes in ((0,), (1, 3), (-1,), (5, 0), (2, -2)):
        wanted = np.expand_dims(array, axes).shape
        assert new_dims(asking("Unsqueeze"), dims, axes) == wanted
        assert new_dims(asking("Unsqueeze", axes=axes), dims, None) == wanted
    for axis in range(-3, 5):
        wanted = (prod(dims[:axis]), prod(dims[axis:]))
        assert new_dims(asking("Flatten", axis=axis), dims, None) == wanted
    assert new_dims(asking("Flatten"), dims, None) == (1, 12)


@each(("op", "given", "why"), [
    ("Squeeze", (1,), "an axis of [1, 3] that is not 1 cannot be left out"),
    ("Squeeze", (0, 1), "an axis of [1, 3] that is not 1 cannot be left out"),
    ("Unsqueeze", None, "no axes are given"),
    ("Reshape", None, "no axes are given"),
    ("Unsqueeze", (0, -4), "[0, -4] names an axis twice"),
])  # fmt: skip
def test_axes_that_cannot_be(op: str, given: tuple[int, ...] | None, why: str) -> None:
    with pytest.raises(FoldError) as caught:
        new_dims(asking(op), (1, 3), given)
    assert str(caught.value) == why


def test_parts_are_those_of_numpy() -> None:
    draw = random.Random(9)
    dims = (5, 7, 300)
    for _ in range(200):
        axes = draw.sample(range(3), draw.randint(1, 3))
        starts = tuple(draw.randint(-9, 9) for _ in axes)
        ends = tuple(draw.choice([-9, -3, 0, 2, 4, 9, 1 << 40]) for _ in axes)
        steps = tuple(draw.choice([-2, -1, 1, 1, 2, 3]) for _ in axes)
        found = slices(asking(), dims, (starts, ends, tuple(axes), steps))
        assert [(axis, [*places]) for axis, places in found] == [
            (axis, [*range(dims[axis])][slice(*three)])
            for axis, *three in zip(axes, starts, ends, steps, strict=True)
        ]
        # Without steps, without axes, and as attributes.
        plain = [(axis, range(*slice(a, b).indices(dims[axis])))
                 for axis, (a, b) in enumerate(zip(starts, ends, strict=True))]  # fmt: skip
        assert slices(asking(), dims, (starts, ends)) == plain
        assert slices(asking(starts=starts, ends=ends), dims, ()) == plain
    for end in (-(1 << 31), -(1 << 63) + 1):
        ((axis, places),) = slices(asking(), dims, ((-1,), (end,), (0,), (-1,)))
        assert (axis, [*places]) == (0, [4, 3, 2, 1, 0])
    # No step backwards: an end long before the first element leaves nothing.
    assert [[*one] for _, one in slices(asking(), dims, ((0,), (-(1 << 40),)))] == [[]]


@each("given", [
    ((0, 0), (1,)), ((0,), (1, 2)), ((0,), (1,), (0, 1)), ((0,), (1,), (0,), (0,)),
    ((0, 0), (1, 1), (0, 1), (1,)),
])  # fmt: skip
def test_parts_that_do_not_go_together(given: Any) -> None:
    with pytest.raises(FoldError, match="do not go together"):
        slices(asking(), (5, 7), given)


@each(("size", "outputs", "parts"), [
    (6, 3, (2, 2, 2)), (7, 3, (3, 3, 1)), (7, 4, (2, 2, 2, 1)), (3, 2, (2, 1)),
    (2, 4, (1, 1, 0, 0)), (600, 2, (300, 300)), (5, 1, (5,)),
])  # fmt: skip
def test_parts_of_a_split(size: int, outputs: int, parts: tuple[int, ...]) -> None:
    assert split_sizes(asking(outputs=outputs), size, None) == parts
    assert split_sizes(asking(outputs=outputs, num_outputs=outputs), size, None) == parts
    with pytest.raises(FoldError, match=f"it has {outputs} outputs, and says {outputs + 1}"):
        split_sizes(asking(outputs=outputs, num_outputs=outputs + 1), size, None)
    assert split_sizes(asking(), size, parts) == split_sizes(asking(split=parts), size, None)
    with pytest.raises(FoldError, match="do not make up"):
        split_sizes(asking(), size + 1, parts)
    with pytest.raises(FoldError, match="do not make up"):
        split_sizes(asking(), size, (size + 1, -1))


@each(("dims", "asked", "samples", "found"), [
    ((3,), (4, 3), 4, (1, 3)), ((1, 3), (4, 3), 4, (1, 3)), ((4, 3), (4, 3), 4, (4, 3)),
    ((1, 3), (5, 3), 4, (5, 3)), ((1, 3), (3, 3), 4, (3, 3)), ((1,), (4,), 4, (4,)),
    ((1, 1), (1, 3), 1, (1, 3)),
])  # fmt: skip
def test_sizes_that_all_samples_are_spread_to(
    dims: tuple[int, ...], asked: tuple[int, ...], samples: int, found: tuple[int, ...]
) -> None:
    assert spread_sizes(asking(samples=samples), dims, asked) == found


def resizing(opset: int = 18, op: str = "Resize", **said: Any) -> Any:
    """What a Resize says of itself, for those who ask."""
    fields = dict.fromkeys(("word", "whole", "number"), said.get)
    return SimpleNamespace(operation=SimpleNamespace(op=op), opset=opset, **fields)


CENTRES = {"coordinate_transformation_mode": "half_pixel"}
CORNERS = {"coordinate_transformation_mode": "asymmetric"}
LIKE_TORCH = {"coordinate_transformation_mode": "pytorch_half_pixel"}


@each(
    ("given", "sizes", "wanted", "found"),
    [
        ({}, (4, 4), (8, 12), {}),
        # Of 4 pixels for 6 some centres lie between two; of 6 for 4 none does, and of 3 for 2.
        ({}, (4,), (6,), "it takes the nearest pixel by half_pixel and round_prefer_floor"),
        ({}, (8,), (4,), "it takes the nearest pixel by half_pixel and round_prefer_floor"),
        ({}, (6,), (4,), {"mode": "nearest-exact"}),
        ({}, (3, 4), (6, 8), {}),
        ({}, (3, 4), (2, 4), {"mode": "nearest-exact"}),
        ({"nearest_mode": "round_prefer_ceil"}, (4,), (6,), {"mode": "nearest-exact"}),
        ({"nearest_mode": "floor"}, (4,), (8,), "by half_pixel and floor"),
        ({"nearest_mode": "floor", **CORNERS}, (4,), (6,), {}),
        (CORNERS, (4,), (6,), "it takes the nearest pixel by asymmetric and round_prefer_floor"),
        ({"opset": 10}, (4,), (6,), {}),
        ({"opset": 11}, (3,), (2,), {"mode": "nearest-exact"}),
        ({"op": "Upsample"}, (4,), (6,), {}),
        (LIKE_TORCH, (4,), (1,), "it takes the first pixel where one is left"),
        (LIKE_TORCH, (1,), (1,), {}),
        ({"antialias": 1}, (4, 4), (8, 2), "it smooths before it shrinks"),
        ({"antialias": 1}, (4, 4), (8, 4), {}),
        ({"exclude_outside": 1}, (4,), (8,), "it leaves out what lies outside"),
        ({"mode": "linear"}, (4, 4), (8, 3), {"mode": "bilinear"}),
        ({"mode": "linear"}, (4,), (8,), {"mode": "linear"}),
        ({"mode": "linear", "coordinate_transformation_mode": "align_corners"}, (4, 4), (8, 8),
         {"mode": "bilinear", "align_corners": True}),
        ({"mode": "linear", **CORNERS}, (4,), (8,), "its pixels are measured from their corners"),
        ({"mode": "linear", "coordinate_transformation_mode": "tf_crop_and_resize"}, (4,), (8,),
         "its pixels are measured as tf_crop_and_resize"),
        ({"mode": "cubic", "cubic_coeff_a": -0.75}, (4, 4), (8, 8), {"mode": "bicubic"}),
        ({"mode": "cubic", "cubic_coeff_a": -0.5}, (4, 4), (8, 8),
         "its cubic curve is another one"),
        ({"mode": "cubic", "cubic_coeff_a": -1}, (4, 4), (8, 8), "its cubic curve is another one"),
        ({"mode": "cubic"}, (4, 4), (8, 8), {"mode": "bicubic"}),
        ({"mode": "cubic"}, (4,), (8,), "its cubic curve is another one"),
        ({"mode": "cubic"}, (4, 4, 4), (8, 8, 8), "its cubic curve is another one"),
    ],
)  # fmt: skip
def test_how_a_resize_finds_its_pixels(
    given: dict[str, Any],
    sizes: tuple[int, ...],
    wanted: tuple[int, ...],
    found: dict[str, Any] | str,
) -> None:
    use = resizing(**given)
    if isinstance(found, str):
        with pytest.raises(NoRuleError, match=f"{found}$"):
            _mode(use, sizes, wanted)
    else:
        assert _mode(use, sizes, wanted) == found


@each(("dims", "found"), [
    ((), (1, ())), ((3,), (3, (3,))), ((2, 3), (6, (2, 3))), ((0, 2), (0, (0, 2))),
    ((-1,), "[-1] is no shape"), ((2, -3), "[2, -3] is no shape"),
])  # fmt: skip
def test_an_array_of_a_shape_that_is_worked_out(
    dims: tuple[int, ...], found: tuple[int, tuple[int, ...]] | str
) -> None:
    use: Any = SimpleNamespace(operation=SimpleNamespace(attributes={}))
    given = Small((len(dims),), dims)
    if isinstance(found, str):
        with pytest.raises(FoldError) as caught:
            small_tensors._filled(use, given)
        assert str(caught.value) == found
    else:
        count, shape = found
        assert small_tensors._filled(use, given) == [Small(shape, (0.0,) * count)]


ONE, MOST = Small((1,), (5,)), MOST_VALUES
HALF = Small((1, 2), (3, 4))


@each(("word", "given", "count"), [
    ("_tile", (ONE, small(MOST)), MOST), ("_tile", (ONE, small(MOST + 1)), None),
    ("_tile", (HALF, small(1, MOST // 2)), MOST), ("_tile", (HALF, small(1, MOST // 2 + 1)), None),
    ("_tile", (HALF, small(3, 0)), 0), ("_tile", (HALF, small(-1, 2)), None),
    ("_range", (small(0), small(MOST), small(1)), MOST),
    ("_range", (small(0), small(MOST + 1), small(1)), None),
    ("_range", (small(2 * MOST), small(0), small(-2)), MOST),
    ("_range", (small(5), small(5), small(1)), 0), ("_range", (small(5), small(2), small(1)), 0),
    ("_filled", (small(2, MOST // 2),), MOST), ("_filled", (small(2, MOST // 2 + 1),), None),
    ("_put", (small(*range(512)), Small((1, 1), (511,)), small(7)), 512),
    ("_put", (small(*range(513)), Small((1, 1), (511,)), small(7)), None),
], ids=lambda one: one if isinstance(one, str) else "")  # fmt: skip
def test_so_many_numbers_are_worked_out_at_most(
    word: str, given: tuple[Small, ...], count: int | None
) -> None:
    """More are kept as an operation: 65,536, and 512 that others are put into."""
    use = asking()
    use.operation.attributes = {}
    use.word = lambda name, default: default
    function = getattr(small_tensors, word)
    if count is None:
        with pytest.raises(NotFoldedError):
            function(use, *given)
    else:
        (found,) = function(use, *given)
        assert len(found.values) == prod(found.dims) == count


@each(("whole", "dims", "is_spread"), [
    ((4, 3), (4, 3), True), ((4, 3), (3,), True), ((4, 3), (1, 3), True), ((4, 3), (4, 1), True),
    ((4, 3), (1,), True), ((4, 3), (), True), ((4, 3), (2, 3), False), ((4, 3), (4,), False),
    # It has more axes, or would make another shape of the whole.
    ((3,), (1, 3), False), ((3,), (4, 3), False), ((1, 3), (4, 3), False),
])  # fmt: skip
def test_a_mask_is_spread_over_an_array(
    whole: tuple[int, ...], dims: tuple[int, ...], is_spread: bool
) -> None:
    assert joins._is_spread_over(whole, dims) is is_spread
