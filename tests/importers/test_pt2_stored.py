"""Arrays lie in their storage, here the numbers 0 to 11, as `as_strided` says."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from convcalc.arrays.held_arrays import read
from convcalc.importers.pytorch.stored import lying
from convcalc.network.held import Absent, Entry, Held, InFile
from tests.each import each

STORAGE = np.arange(12, dtype="<f4").tobytes()
HEAD = b"head"
ENTRY = Entry("data/weights/weight_0", len(HEAD), len(STORAGE), zlib.crc32(STORAGE))


@each(
    ("dims", "strides", "offset", "values"),
    [
        pytest.param((2, 3), (3, 1), 0, [[0, 1, 2], [3, 4, 5]], id="in a row"),
        pytest.param((2, 3), (3, 1), 5, [[5, 6, 7], [8, 9, 10]], id="in a row, further on"),
        pytest.param((3, 2), (1, 3), 0, [[0, 3], [1, 4], [2, 5]], id="turned"),
        pytest.param((3, 2), (4, 1), 0, [[0, 1], [4, 5], [8, 9]], id="every second row"),
        pytest.param((3, 2), (4, 1), 2, [[2, 3], [6, 7], [10, 11]], id="to the last number"),
        pytest.param((3, 2), (0, 1), 4, [[4, 5]] * 3, id="one row, several times"),
        pytest.param(
            (2, 2, 2), (1, 4, 2), 0, [[[0, 2], [4, 6]], [[1, 3], [5, 7]]], id="channels last"
        ),
        pytest.param((1, 3), (99, 1), 9, [[9, 10, 11]], id="one place of any stride"),
        pytest.param((), (), 7, 7, id="a single number"),
        pytest.param((0, 3), (3, 1), 12, [], id="none"),
    ],
)
def test_an_array_is_read_as_it_lies(
    dims: tuple[int, ...], strides: tuple[int, ...], offset: int, values: object
) -> None:
    place = lying(HEAD + STORAGE, ENTRY, dims, "float32", strides, offset)
    assert isinstance(place, InFile)
    assert read(Held("w", dims, "float32", place)).tolist() == values


@each(
    ("dims", "strides", "offset"),
    [
        pytest.param((4, 3), (3, 1), 3, id="one row too many"),
        pytest.param((3, 2), (5, 1), 1, id="one number too far"),
        pytest.param((3, 4), (1,), 0, id="strides of another array"),
    ],
)
def test_what_the_storage_has_not_is_refused_and_not_drawn(
    dims: tuple[int, ...], strides: tuple[int, ...], offset: int
) -> None:
    place = lying(HEAD + STORAGE, ENTRY, dims, "float32", strides, offset)
    assert isinstance(place, Absent)
    assert not place.is_drawn


@each(("dims", "strides", "is_in_row"), [
    ((3, 4), (4, 1), True), ((2, 3, 2), (6, 2, 1), True), ((1, 3), (99, 1), True),
    ((3, 1), (1, 7), True), ((), (), True), ((4, 3), (1, 4), False), ((2, 2, 2), (1, 4, 2), False),
    ((3, 2), (0, 1), False),
])  # fmt: skip
def test_numbers_that_follow_each_other_need_no_strides(
    dims: tuple[int, ...], strides: tuple[int, ...], is_in_row: bool
) -> None:
    place = lying(HEAD + STORAGE, ENTRY, dims, "float32", strides, 0)
    assert isinstance(place, InFile)
    assert place.strides == (() if is_in_row else strides)


def test_numbers_of_a_type_that_is_not_read_are_not_drawn() -> None:
    place = lying(HEAD + STORAGE, ENTRY, (3,), "other", (1,), 0)
    assert isinstance(place, Absent)
    assert not place.is_drawn
