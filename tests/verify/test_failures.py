"""What checks say of a layer that calculates something else, comes to another shape, or fails."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.arrays.ops import Array
from convcalc.core.errors import LayerError
from convcalc.core.shapes import Shape, Window
from convcalc.features.verify import real_size, textbook, transposition
from convcalc.features.verify.reads import Reader, Unknown
from convcalc.features.verify.report import Check
from convcalc.features.verify.work import Budget
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind
from convcalc.kinds.base.copies import Copy
from convcalc.kinds.conv import Conv
from convcalc.kinds.conv_transpose import ConvTranspose
from convcalc.kinds.linear import Linear
from tests.each import each

# Two maps of 3 x 3, and two of 6 x 6.
CONV = Copy(Conv(out_channels=2, kernel_size=3), ((1, 5, 5),))
AVG_POOL = find_kind("avg_pool")
assert AVG_POOL is not None
POOL = Copy(AVG_POOL.model_validate({"kernel_size": 2}), ((1, 6),))
# The last of three axes is padded by more than its kernel: the guide's form cuts it.
CUT = Copy(
    ConvTranspose(out_channels=1, kernel_size=2, stride=2, padding=((0, 0), (0, 0), (2, 2))),
    ((1, 3, 3, 5),),
)
# The last is padded by more on one side than on the other; two groups of two filters.
CUT_MORE = Copy(
    ConvTranspose(out_channels=1, kernel_size=2, stride=2, padding=((0, 0), (4, 3))), ((1, 3, 5),)
)
GROUPED = Copy(ConvTranspose(out_channels=4, kernel_size=2, groups=2), ((4, 3),))
ENLARGED = Copy(ConvTranspose(out_channels=2, kernel_size=2, stride=2), ((3, 3, 3),))


def moved(y: Array) -> Array:
    """One number too large, another too small."""
    y = y.copy()
    y[0, ..., 0].flat[0] += 1
    y[0, ..., 0].flat[-1] -= 1
    return y


def larger(y: Array) -> Array:
    return y + 1


def shortened(y: Array) -> Array:
    return y[:, 1:]


def lengthened(y: Array) -> Array:
    return np.concatenate((y, y[:, :1]), 1)


def failing(y: Array) -> Array:
    raise ValueError("no")


def broken(kind: type[Kind], change: Callable[[Array], Array], monkeypatch: Any) -> None:
    good = kind.run
    monkeypatch.setattr(kind, "run", lambda *args: change(good(*args)))


FLIP = "cross-correlation is convolution with the kernel flipped"
GUIDE = "the guide's form, on whole numbers"
Make = Callable[[Copy, tuple[int, ...]], Check]


@each(("check", "copy", "change", "found"), [
    (textbook.flip, CONV, np.copy, Check("flip", "equal", "equal", True, FLIP)),
    (textbook.flip, CONV, moved, Check("flip", "equal", "2 of 18 differ", False, FLIP)),
    (textbook.flip, CONV, shortened, Check("flip", "2x3x3", "2x2x3", False, "the shapes differ")),
    (textbook.flip, CONV, failing, Check("flip", "equal", "nothing", False, "ValueError: no")),
    (transposition.adjoint, CONV, failing,
     Check("adjoint", "<Cx, y>", "nothing", False, "ValueError: no")),
    (textbook.shift, CONV, failing, Check("shift", "equal", "nothing", False, "ValueError: no")),
    # The first unit of the moved map is the second of the other.
    (textbook.shift, CONV, moved,
     Check("shift", "by 1: by 1", "not equal", False, "moved by 1 along axis 1")),
    (transposition.stretched, CONV, np.copy, Check("stretched", "equal", "equal", True, GUIDE)),
    (transposition.stretched, CONV, failing,
     Check("stretched", "equal", "nothing", False, "ValueError: no")),
    (transposition.stretched, CUT, np.copy, Check("stretched", "equal", "equal", True, GUIDE)),
    (transposition.stretched, CUT_MORE, np.copy, Check("stretched", "equal", "equal", True, GUIDE)),
    (transposition.stretched, GROUPED, np.copy, Check("stretched", "equal", "equal", True, GUIDE)),
    (transposition.stretched, ENLARGED, np.copy,
     Check("stretched", "equal", "equal", True, GUIDE)),
    (transposition.stretched, ENLARGED, moved,
     Check("stretched", "equal", "2 of 72 differ", False, GUIDE)),
    (transposition.stretched, ENLARGED, shortened,
     Check("stretched", "2x6x6", "2x5x6", False, "the shapes differ")),
    (transposition.stretched, ENLARGED, lengthened,
     Check("stretched", "2x6x6", "2x7x6", False, "the shapes differ")),
    (transposition.stretched, ENLARGED, failing,
     Check("stretched", "equal", "nothing", False, "ValueError: no")),
])  # fmt: skip
def test_a_broken_layer_fails_its_check(
    check: Make, copy: Copy, change: Callable[[Array], Array], found: Check
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        broken(type(copy.layer), change, patch)
        assert check(copy, (1,)) == found


@each(("source", "change", "found"), [
    ((2, 2, 3), np.copy, Check("dense", "conv k2x3", "equal", True, "on 2x2x3")),
    ((2, 2, 3), larger, Check("dense", "conv k2x3", "not equal", False, "on 2x2x3")),
    ((2, 2, 3), failing, Check("dense", "conv k2x3", "nothing", False, "ValueError: no")),
    # No more than three channels, rows and columns are run.
    ((8, 9, 1), np.copy, Check("dense", "conv k9x1", "equal", True, "on 3x3x1")),
    ((8, 7), np.copy, Check("dense", "conv k7", "equal", True, "on 3x3")),
    ((8,), np.copy, Check("dense", "conv k1", "equal", True, "on 3x1")),
])  # fmt: skip
def test_a_broken_dense_layer_is_no_convolution(
    source: Shape, change: Callable[[Array], Array], found: Check
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        broken(Linear, change, patch)
        assert textbook.dense(Linear(out_features=5), source, (1,)) == found


@each("error", [ValueError, LookupError, TypeError, ZeroDivisionError])
def test_of_a_layer_that_does_not_run_nothing_is_seen(error: type[Exception]) -> None:
    def fails(_: Array) -> Array:
        raise error("no")

    with pytest.MonkeyPatch.context() as patch:
        broken(Conv, fails, patch)
        found = Reader(Budget()).readings(CONV.layer, CONV.inputs).of(0, 0)
    assert isinstance(found, Unknown)
    assert re.fullmatch(r"it does not run on \d+ positions: no", found.reason)


@each(("back", "found"), [
    ({}, Check("restored", "2 sizes", "2 restored", True, "1x5 to 1x6")),
    ({6: (1, 7)}, Check("restored", "2 sizes", "1 restored", False, "1x6 came back as 1x7")),
    ({6: (1, 5)}, Check("restored", "2 sizes", "1 restored", False, "1x6 came back as 1x5")),
    ({5: (1, 4), 6: (1, 4)},
     Check("restored", "2 sizes", "0 restored", False, "1x5 came back as 1x4")),
    ({6: LayerError("bad-layer", "does not fit")},
     Check("restored", "2 sizes", "1 restored", False, "1x6 came back as does not fit")),
])  # fmt: skip
def test_sizes_that_do_not_come_back_are_counted(
    back: dict[int, Shape | Exception], found: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    def there_and_back(_layer: Kind, shape: Shape) -> Shape:
        given = back.get(shape[1], shape)
        if isinstance(given, Exception):
            raise given
        return given

    monkeypatch.setattr(transposition, "_there_and_back", there_and_back)
    copy = Copy(Conv(out_channels=1, kernel_size=3, stride=2), ((1, 5),))
    assert transposition.restored(copy, (1,)) == found


@each(("fields", "x", "found"), [
    # (i + 2p - k) // s + 1 is 6 for 18, 19 and 20.
    ({"kernel_size": 5, "stride": 3, "padding": 1}, (1, 20), ("3 sizes", "1x18 to 1x20")),
    # Of a hundred sizes those that are no more than 16 away.
    ({"kernel_size": 1, "stride": 100}, (1, 50), ("33 sizes", "1x34 to 1x66")),
    ({"kernel_size": 1, "stride": 100}, (1, 3), ("19 sizes", "1x1 to 1x19")),
    ({"kernel_size": 1, "stride": 16}, (1, 17), ("16 sizes", "1x17 to 1x32")),
    # Nothing, between two pixels of padding, would come to one unit as well.
    ({"kernel_size": 1, "stride": 3, "padding": 1}, (1, 1), ("1 size", "1x1")),
    # Along one axis after the other.
    ({"kernel_size": 1, "stride": (2, 3)}, (1, 5, 6), ("4 sizes", "1x5x4 to 1x6x6")),
    ({"kernel_size": 1, "stride": (1, 3)}, (1, 5, 4), ("3 sizes", "1x5x4 to 1x5x6")),
    ({"kernel_size": 1, "stride": (1, 2, 1)}, (1, 3, 3, 3), ("2 sizes", "1x3x3x3 to 1x3x4x3")),
    ({"kernel_size": 3, "stride": 3, "padding": "same_upper"}, (1, 6), ("1 size", "1x6")),
])  # fmt: skip
def test_the_sizes_that_share_an_output(
    fields: dict[str, Any], x: Shape, found: tuple[str, str]
) -> None:
    sizes, words = found
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transposition, "_there_and_back", lambda _layer, shape: shape)
        check = transposition.restored(Copy(Conv(out_channels=1, **fields), (x,)), (1,))
    said = f"{sizes.split()[0]} restored"
    assert check == Check("restored", sizes, said, True, words)


def test_all_but_one_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three pixels to five are one window of three in steps of three."""

    def there_and_back(_layer: Kind, shape: Shape) -> Shape:
        return (1, 9) if shape == (1, 4) else shape

    monkeypatch.setattr(transposition, "_there_and_back", there_and_back)
    found = transposition.restored(
        Copy(Conv(out_channels=1, kernel_size=3, stride=3), ((1, 5),)), (1,)
    )
    said = ("restored", "3 sizes", "2 restored", False, "1x4 came back as 1x9")
    assert found == Check(*said)


def test_one_size_is_named_once() -> None:
    copy = Copy(Conv(out_channels=1, kernel_size=3), ((1, 5),))
    assert transposition.restored(copy, (1,)) == Check(
        "restored", "1 size", "1 restored", True, "1x5"
    )


@each("padding", [0, 2])
def test_a_transpose_whose_shape_does_not_come_back(padding: int) -> None:
    """It would give 7 pixels, or 3, for 5."""
    back = [ConvTranspose(out_channels=1, kernel_size=3, padding=padding, bias=False)]
    copy = Copy(Conv(out_channels=2, kernel_size=3, padding=1), ((1, 5),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transposition, "_layers", lambda _: back)
        check = transposition.adjoint(copy, (1,))
    assert (check.ok, check.note) == (True, "by gradient; its shape does not come back")


@each(("kind", "copy", "note", "ok"), [
    (Conv, CONV, "by C'", True),
    (AVG_POOL, POOL, "avg_pool has no gradient", None),
])  # fmt: skip
def test_a_layer_without_a_gradient(
    kind: type[Kind], copy: Copy, note: str, ok: bool | None
) -> None:
    def none(*_: object) -> None:
        raise LookupError

    def broken(*_: object) -> None:
        raise KeyError("weight")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "gradients", none)
        check = transposition.adjoint(copy, (1,))
        assert (check.ok, check.note) == (ok, note)
        # A slip within a gradient is none that is missing.
        patch.setattr(kind, "gradients", broken)
        with pytest.raises(KeyError):
            transposition.adjoint(copy, (1,))


@each(("beside", "ok"), [(5e-10, True), (-5e-10, True), (2e-9, False), (-2e-9, False)])
def test_an_adjoint_is_as_near_as_double_precision(beside: float, ok: bool) -> None:
    """A billionth of what the products come to."""
    gradients = Conv.gradients

    def scaled(self: Conv, *given: Any) -> Any:
        inputs, weights = gradients(self, *given)
        return tuple(one * (1 + beside) for one in inputs), weights

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Conv, "gradients", scaled)
        check = transposition.adjoint(CONV, (1,))
    assert abs(float(check.planned.partition(" = ")[2].replace(",", ""))) > 10
    assert check.ok is ok


def test_units_whose_windows_meet_no_padding() -> None:
    """Unit u reads from u * stride - before on; every window of few pixels is gone through."""
    for span, stride, before, size in product((1, 2, 4, 5), (1, 2, 3), (0, 1, 3, 4), range(1, 12)):
        inside = [
            u for u in range(20) if u * stride - before >= 0 and u * stride - before + span <= size
        ]
        low, high = textbook._inside(Window(span, stride, before), size)
        assert [*range(low, high)] == inside


def test_a_shift_whose_second_run_fails() -> None:
    """The map itself runs, and moved it does not."""
    steps: list[Callable[[Array], Array]] = [np.copy, failing]
    calls = iter(steps)
    with pytest.MonkeyPatch.context() as patch:
        broken(Conv, lambda y: next(calls)(y), patch)
        found = textbook.shift(CONV, (1,))
    assert found == Check("shift", "by 1: by 1", "nothing", False, "ValueError: no")


@each("error", [ValueError, LookupError, LayerError])
def test_what_cannot_be_compared_is_a_check_that_fails(error: type[Exception]) -> None:
    def compared(*_: object) -> Check:
        raise error("bad-layer", "no")

    network = convcalc.loads("convcalc: 1\ninput: [1, 8]\nlayers: [relu]\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(real_size, "shape", compared)
        check = convcalc.verify(network, checks=["shape"])["relu_1"]["shape"]
    told = ("shape", "comparable", "not comparable", False)
    assert (check.name, check.planned, check.measured, check.ok) == told
    assert check.note.startswith(f"{error.__name__}: ")
