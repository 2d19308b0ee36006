"""What layers are seen to read, against the definitions, and fields put together from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest

import convcalc
from convcalc.features.rf import FieldReport, field_report
from convcalc.features.verify import reads, verify
from convcalc.features.verify.reads import (
    Everything,
    Matrix,
    Pattern,
    Reader,
    Reading,
    Taps,
    Unknown,
    pattern_of,
)
from convcalc.features.verify.report import Check
from convcalc.features.verify.work import Budget
from convcalc.kinds import find_kind
from convcalc.kinds.base.copies import Copy
from convcalc.network.graph import Graph
from tests.each import each


def read(kind: str, x: tuple[int, ...], axis: int = 0, **fields: Any) -> Reading:
    found = find_kind(kind)
    assert found is not None
    return Reader(Budget()).readings(found.model_validate(fields), (x,)).of(0, axis)


@each(
    ("reading", "expected"),
    [
        pytest.param(
            partial(read, "conv", (3, 32, 32), out_channels=8, kernel_size=3, stride=2, padding=1),
            Pattern(2, ((-1, 0, 1),)),
            id="a strided convolution starts in its padding",
        ),
        pytest.param(
            partial(read, "conv", (3, 9), out_channels=8, kernel_size=3, dilation=2),
            Pattern(1, ((0, 2, 4),)),
            id="dilation leaves holes",
        ),
        pytest.param(
            partial(
                read, "conv", (3, 7), out_channels=8, kernel_size=4, stride=2, padding="same_upper"
            ),
            Pattern(2, ((-1, 0, 1, 2),)),
            id="same_upper of an odd size",
        ),
        pytest.param(
            partial(read, "max_pool", (2, 3, 4, 6), 2, kernel_size=(1, 1, 2)),
            Pattern(2, ((0, 1),)),
            id="the last of three axes",
        ),
        pytest.param(
            partial(read, "linear", (8,), out_features=2), Everything(keeps=False), id="a vector"
        ),
        pytest.param(
            partial(read, "relu", (8,)), Everything(keeps=False), id="the elements of a vector"
        ),
        pytest.param(
            partial(read, "conv", (3, 8, 5), 1, out_channels=8, kernel_size=(1, 3), padding=(0, 1)),
            Pattern(1, ((-1, 0, 1),)),
            id="each axis by itself",
        ),
        pytest.param(
            partial(read, "conv_transpose", (3, 8), out_channels=8, kernel_size=3, stride=2),
            Pattern(1, ((-1, 0), (0,))),
            id="a transposed layer has a pattern of its stride",
        ),
        pytest.param(
            partial(read, "max_pool", (3, 8), kernel_size=3, stride=2, padding=1, ceil_mode=True),
            Pattern(2, ((-1, 0, 1),)),
            id="a pool",
        ),
        pytest.param(
            partial(read, "upsample", (3, 8, 8), scale_factor=2, mode="bilinear"),
            Pattern(1, ((-1, 0), (0, 1))),
            id="bilinear: two neighbours",
        ),
        pytest.param(
            partial(read, "upsample", (3, 8, 8), scale_factor=2),
            Pattern(1, ((0,), (0,))),
            id="nearest",
        ),
        pytest.param(
            partial(read, "adaptive_avg_pool", (3, 5), output_size=2),
            Pattern(5, ((0, 1, 2), (2, 3, 4))),
            id="bins that share a pixel",
        ),
        pytest.param(
            partial(read, "crop", (3, 9), padding=((2, 1),)), Pattern(1, ((2,),)), id="a crop"
        ),
        pytest.param(partial(read, "relu", (3, 9)), Pattern(1, ((0,),)), id="pointwise"),
        pytest.param(
            partial(read, "instance_norm", (3, 9)), Everything(keeps=True), id="a norm over space"
        ),
        pytest.param(
            partial(read, "global_avg_pool", (3, 9)), Everything(keeps=False), id="a global pool"
        ),
    ],
)
def test_what_a_layer_reads(reading: Callable[[], Reading], expected: Reading) -> None:
    assert reading() == expected


@each(("kind", "fields"), [("flatten", {}), ("reshape", {"shape": [-1]})])
def test_what_makes_one_axis_of_positions_is_not_measured_and_says_so(
    kind: str, fields: dict[str, Any]
) -> None:
    reading = read(kind, (3, 4, 4), **fields)
    assert isinstance(reading, Unknown)
    assert reading.reason == "positions become one axis, along which nothing is probed"


def seen(reads: Sequence[Taps], count: int) -> Matrix:
    """The matrix of what each unit reads of so many positions."""
    matrix = np.zeros((count, len(reads)), bool)
    for unit, taps in enumerate(reads):
        matrix[[tap for tap in taps if 0 <= tap < count], unit] = True
    return matrix


@each(
    ("reads", "middle"),
    [
        pytest.param([(0,), (3,), (1,), (5,), (2,), (4,)], "5", id="in disorder"),
        pytest.param([(0,), (), (2,), (3,), (4,), (5,)], "3", id="but for one"),
        # A pattern of four, of which no third turn is seen.
        pytest.param([(0,), (2,), (1,), (3,), (4,), (6,), (5,), (7,)], "4", id="seen twice"),
        pytest.param([(0,), (2,), (1,), (3,)], "1", id="two of them seen twice"),
    ],
)
def test_units_that_follow_no_pattern(reads: list[Taps], middle: str) -> None:
    words = f"no pattern repeats; unit {len(reads) // 2} reads {middle}"
    assert pattern_of(seen(reads, 20)) == Unknown(words)


def test_units_whose_border_is_mirrored() -> None:
    # A kernel of 3, 2 pixels mirrored on either side: -2, -1, 0 are 2, 1, 0; and 5, 6 are 3, 2.
    reads: list[Taps] = [(0, 1, 2), (0, 1), (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4), (2, 3, 4)]
    matrix = seen(reads, 5)
    assert pattern_of(matrix, is_mirrored=True) == Pattern(1, ((-2, -1, 0),))
    assert isinstance(pattern_of(matrix), Unknown)


@each(
    ("rise", "taps", "units"),
    [
        pytest.param(1, ((0,), (0,)), 16, id="twice each"),
        pytest.param(1, ((-1, 0), (0,), (0, 1)), 17, id="thirds"),
        pytest.param(3, ((-1, 0), (1,)), 14, id="three steps for two units"),
        pytest.param(2, ((-3, 0, 1),), 9, id="steps of two"),
        pytest.param(2, ((0,), (), (1,)), 13, id="some read nothing"),
        pytest.param(-1, ((8,),), 9, id="backwards"),
        pytest.param(1, ((0,),), 3, id="three units"),
    ],
)
def test_units_that_follow_a_pattern(rise: int, taps: tuple[Taps, ...], units: int) -> None:
    pattern = Pattern(rise, taps)
    reads = [pattern.of(unit) for unit in range(units)]
    assert pattern_of(seen(reads, 1 + max(max(read, default=0) for read in reads))) == pattern


@each(
    ("taps", "units", "count"),
    [
        pytest.param(((-2, 0), (-2, -1), (-1, 1)), 13, 3, id="around the middle"),
        pytest.param(((-2, -1, 0, 1),) * 2, 14, 4, id="before the middle"),
        pytest.param(((0, 1, 2), (0, 2), (1, 2)), 8, 3, id="at the start"),
        pytest.param(((0, 1), (0,)), 7, 2, id="with nothing behind the border"),
        pytest.param(((0,), (2,), (1,), (3,)), 10, 20, id="twice and a half"),
    ],
)
def test_units_of_which_few_lie_inside(taps: tuple[Taps, ...], units: int, count: int) -> None:
    """One turn of the pattern is whole; all others are cut by the border."""
    pattern = Pattern(1, taps)
    assert pattern_of(seen([pattern.of(unit) for unit in range(units)], count)) == pattern


# Published: Araujo et al. 2019 (VGG-16), the WaveNet paper; by hand.
@each(
    ("layers", "shape", "measured", "note"),
    [
        pytest.param(
            "conv: {out: 2, k: 3, d: 2, p: 2}, conv: {out: 2, k: 3, d: 2, p: 2}",
            "[1, 16]",
            "9 /1 @-4",
            "holes: the centre uses 5 of 9 pixels",
            id="two dilated convolutions see every other pixel",
        ),
        pytest.param(
            ", ".join(f"conv: {{out: 1, k: 2, d: {2**n}, p: causal}}" for n in range(10)),
            "[1, 64]",
            "1024 /1 @-1023",
            "",
            id="a block of WaveNet sees 1,024 samples",
        ),
        pytest.param(
            "conv: {out: 1, k: 3, s: 2}, conv_transpose: {out: 1, k: 3, s: 2}",
            "[1, 31]",
            "3 (3 to 5) /1 @-2",
            "",
            id="after a transposed layer the size depends on the place",
        ),
        pytest.param(
            "{conv: {out: 1, k: 3, p: 1}, name: a}, {conv: {out: 1, k: 5, p: 2}, from: input, "
            "name: b}, add: [a, b]",
            "[1, 16]",
            "5 /1 @-2",
            "",
            id="a merge sees what its inputs see",
        ),
    ],
)
def test_fields(layers: str, shape: str, measured: str, note: str) -> None:
    network = convcalc.loads(f"convcalc: 1\ninput: {shape}\nlayers: [{layers}]\n")
    check = verify(network, checks=["field"]).layers[-1]["field"]
    assert (check.ok, check.measured, check.note) == (True, measured, note)


def test_fields_of_two_inputs() -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: {left: [1, 16], right: [1, 16]}\n"
        "layers: [{conv: {out: 1, k: 3, p: 1}, from: left, name: a}, add: [a, right]]\n"
    )
    checks = verify(network, checks=["field"]).layers[-1].checks
    assert [(check.measured, check.note, check.ok) for check in checks] == [
        ("3 /1 @-1", "of left", True),
        ("1 /1 @0", "of right", True),
    ]


def test_holes_that_the_report_overlooks() -> None:
    network = convcalc.loads(
        "convcalc: 1\ninput: [1, 16, 16]\n"
        "layers: [conv: {out: 2, k: 3, d: 2, p: 2}, conv: {out: 2, k: 3, d: 2, p: 2}]\n"
    )

    def told(used: Fraction) -> Check:
        def overlooking(graph: Graph) -> FieldReport:
            report = field_report(graph)
            return replace(report, layers=tuple(replace(one, used=used) for one in report.layers))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("convcalc.features.verify.walk.field_report", overlooking)
            return verify(network, checks=["field"]).layers[-1]["field"]

    # 5 of 9 rows and 5 of 9 columns. Where no paths meet, fewer are no less wrong than more.
    assert told(Fraction(25, 81)).ok
    for used, words in ((Fraction(1), "100"), (Fraction(24, 81), "29.63")):
        check = told(used)
        assert (check.ok, check.planned, check.measured) == (
            False,
            f"9 /1 @-4, {words} % used",
            "9 /1 @-4, 30.86 % used",
        )


def test_a_dense_layer_at_each_position_is_not_taken_for_one_that_reads_all() -> None:
    """Patches of a picture as tokens: the plan says 4 pixels, and that is no fault."""
    network = convcalc.loads(
        "convcalc: 1\ninput: [3, 12, 12]\nlayers:\n  - conv: {out: 8, k: 4, s: 4}\n"
        "  - flatten: positions\n  - linear: {out: 8, over: channels}\n"
    )
    report = convcalc.verify(network, checks=["field"])
    checks = [check for layer in report.layers for check in layer.checks]
    assert [check.ok for check in checks] == [True, None, None]


@pytest.mark.parametrize(("shape", "axis", "most"), [((2, 5), 0, 50), ((2, 3, 5), 1, 150)])
def test_what_takes_too_much_memory_is_not_probed(
    shape: tuple[int, ...], axis: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each position is a sample of the whole input: 5 of 10 numbers, or of 30.
    relu = find_kind("relu")
    assert relu is not None
    copy, found = Copy(relu(), (shape,)), []
    for limit in (most, most - 1):
        monkeypatch.setattr(reads, "MOST_ELEMENTS", limit)
        found.append(reads._Along(copy, axis, {}, Budget()).of(0))
    assert found == [
        Pattern(1, ((0,),)),
        Unknown("probing 5 positions of it would take too much memory"),
    ]


@each(
    ("kind", "inputs", "steps"),
    [
        # At each of five positions 10 numbers are read, made and clipped.
        pytest.param("relu", 1, 5 * 30 + 20_000, id="one input"),
        # 30 are read, 10 made by 20 additions.
        pytest.param("add", 3, 5 * 60 + 60_000, id="three inputs"),
    ],
)
def test_what_takes_more_work_than_is_left_is_not_probed(
    kind: str, inputs: int, steps: int
) -> None:
    model = find_kind(kind)
    assert model is not None
    fields = {"inputs": [f"i{n}" for n in range(inputs)]} if inputs > 1 else {}
    copy, budget = Copy(model.model_validate(fields), ((2, 5),) * inputs), Budget(steps)
    assert reads._Along(copy, 0, {}, budget).of(0) == Pattern(1, ((0,),))
    assert budget.left == 0
    found = reads._Along(copy, 0, {}, Budget(steps - 1)).of(0)
    assert isinstance(found, Unknown)
    assert found.reason.startswith("probing 5 positions of it is more work than is left")
