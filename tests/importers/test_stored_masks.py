"""Masks and other arrays that an ONNX file stores: what they hide, and whether parts are alike."""

from __future__ import annotations

import math
import struct
from types import SimpleNamespace
from typing import Any

import numpy as np

from convcalc.importers.attended_heads import Mask
from convcalc.importers.onnx.folding import Small
from convcalc.importers.onnx.rules.joined_attention import (
    _added,
    _adds_nothing,
    _is_causal,
    _numbers,
    _Read,
    hides_a_row,
)
from convcalc.importers.onnx.stored_samples import _first
from convcalc.importers.stored_layers import held_view
from convcalc.network.held import Held, InFile, Written
from tests.each import each

FAR = -1e9
LOWER = [[0, FAR, FAR], [0, 0, FAR], [0, 0, 0]]


def read(
    rows: object, *dims: int, is_learnt: bool = False, is_known: bool = True, name: str = "m"
) -> _Read:
    """A mask of these numbers, which the file may keep elsewhere."""
    values = tuple(map(float, np.ravel(np.array(rows, np.float64))))
    held = Held(name, dims, "float32", Written(values))
    return _Read(Mask(held_view(held), (), held, is_learnt), values if is_known else None, False)


@each(("mask", "is_causal"), [
    (read(LOWER, 3, 3), True),
    (read(LOWER, 1, 1, 3, 3), True),
    (read([[0, -math.inf], [0, 0]], 2, 2), True),
    (read([[0, -1e4], [0, 0]], 2, 2), True),
    # What leaves a little, what hides too little or too much, or is not the same everywhere.
    (read([[0, -9e3], [0, 0]], 2, 2), False),
    (read([[0, 0, FAR], [0, 0, FAR], [0, 0, 0]], 3, 3), False),
    (read([[FAR, FAR], [0, FAR]], 2, 2), False),
    (read([[0, FAR, FAR], [0, 0, -1e8], [0, 0, 0]], 3, 3), False),
    (read([[0, FAR, FAR], [1, 0, FAR], [0, 0, 0]], 3, 3), False),
    (read([[0, FAR, FAR], [0, 0, FAR], [0, 0, 1]], 3, 3), False),
    # Each head its own, a single key, a row alone.
    (read([LOWER, LOWER], 2, 3, 3), False),
    (read([[0]], 1, 1), False),
    (read([0, FAR], 2), False),
    (read(LOWER, 3, 3, is_known=False), False),
    # What a program says of arrays that are kept elsewhere.
    (read(LOWER, 3, 3, is_known=False, name="said"), True),
    (read(LOWER, 1, 3, 3, is_known=False, name="said"), True),
    (read([[0, FAR, FAR], [0, 0, FAR]], 2, 3, is_known=False, name="said"), False),
])  # fmt: skip
def test_a_mask_of_what_comes_later(mask: _Read, is_causal: bool) -> None:
    assert _is_causal(mask, {"said"}) == is_causal


def test_a_mask_of_zeros_adds_nothing_unless_it_is_learnt() -> None:
    assert _adds_nothing(read([[0, 0]], 1, 2))
    assert not _adds_nothing(read([[0, 1]], 1, 2))
    assert not _adds_nothing(read([[0, 0]], 1, 2, is_learnt=True))
    assert not _adds_nothing(read([[0, 0]], 1, 2, is_known=False))


@each(("dims", "values", "hides"), [
    ((2, 2), (0, FAR, FAR, FAR), True), ((2, 2), (0, FAR, FAR, 0), False),
    ((1, 2), (-1e4, -1e4), True), ((1, 2), (-9e3, FAR), False), ((4,), (FAR,) * 4, True),
    ((), (FAR,), True), ((), (0,), False), ((2, 1, 3), (0, FAR, 0, FAR, FAR, FAR), True),
])  # fmt: skip
def test_a_row_that_hides_all(
    dims: tuple[int, ...], values: tuple[float, ...], hides: bool
) -> None:
    assert hides_a_row(Small(dims, values)) == hides


PACKED = b"???" + struct.pack("<4f", 0, -1, 2, 3) + b"\1\0\0\1"


def stored(source: InFile | Written, *dims: int, element: Any = "float32") -> Held:
    return Held("m", dims, element, source)


@each(("mask", "numbers"), [
    (stored(InFile(PACKED, 3, 16), 2, 2), (0, -1, 2, 3)),
    (stored(InFile(PACKED, 19, 4), 4, element="bool"), (True, False, False, True)),
    (stored(Written((1.0, 2.0)), 2), (1, 2)),
    (stored(Written((1.0,)), 2), None),
    (stored(InFile(PACKED, 3, 16), 8, element="float16"), None),
    (stored(InFile("beside.bin", 3, 16), 2, 2), None),
    (stored(InFile(PACKED, 3, (1 << 24) + 4), (1 << 22) + 1), None),
])  # fmt: skip
def test_the_numbers_of_a_mask_are_read_where_the_file_itself_has_few(
    mask: Held, numbers: tuple[float, ...] | None
) -> None:
    use: Any = SimpleNamespace(walk=SimpleNamespace(model=SimpleNamespace(held_in=PACKED)))
    assert _numbers(use, mask) == numbers


def test_truths_become_what_is_added() -> None:
    condition = stored(Written((1, 0, 0, 1)), 2, 2, element="bool")
    found = _added(condition, (1, 0, 0, 1), (0.0, FAR))
    assert (found.name, found.dims) == ("m", (2, 2))
    assert repr(found.source) == repr(Written((0.0, FAR, FAR, 0.0)))
    later = _added(condition, None, (0.0, FAR))
    assert (later.name, later.dims, later.element) == ("m", (2, 2), "float32")


DATA = b"..abcabcabc"


@each(("source", "times", "part"), [
    (Written((1, 2, 1, 2)), 2, Written((1, 2))), (Written((1, 2, 1, 2)), 4, None),
    (Written((3, 3, 3, 3)), 4, Written((3,))), (Written((1, 2, 1, 3)), 2, None),
    (InFile(DATA, 2, 9), 3, InFile(DATA, 2, 3)), (InFile(DATA, 1, 9), 3, None),
    (InFile("beside", 2, 9), 3, None),
])  # fmt: skip
def test_the_first_of_parts_that_are_alike(
    source: InFile | Written, times: int, part: InFile | Written | None
) -> None:
    assert repr(_first(Held("x", (4, 9), "uint8", source), times, DATA)) == repr(part)
