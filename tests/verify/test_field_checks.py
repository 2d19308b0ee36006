"""When a planned field is the whole map, and what is said of planned and measured ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from convcalc.features.rf import LayerField
from convcalc.features.verify import field_checks
from convcalc.features.verify.report import Check
from convcalc.features.verify.seen_fields import Fields, Measured, Seen
from convcalc.planning.receptive import ReceptiveField
from tests.each import each

# Size, least, most, stride and start.
Axis = tuple[int, int, int, Fraction | int, int]


def planned(*axes: Axis, is_global: bool = False, at_most: bool = False) -> ReceptiveField:
    """Of `(size, least, most, stride, start)` an axis."""
    size, least, most, stride, start = zip(*axes, strict=True) if axes else ((),) * 5
    strides = tuple(map(Fraction, stride))
    return ReceptiveField("input", size, least, most, strides, start, is_global, True, at_most)


def window(size: int, start: int, stride: int = 0) -> Axis:
    return size, size, size, stride, start


@each(("axes", "source", "is_all"), [
    # The last pixel that it sees is start + size - 1.
    ([window(5, 0)], (1, 5), True),
    ([window(5, 0)], (1, 6), False),
    ([window(8, -3)], (1, 5), True),
    ([window(7, -3)], (1, 5), False),
    ([window(5, 1)], (1, 5), False),
    ([window(9, 1)], (1, 5), False),
    # Another unit sees other pixels.
    ([window(9, 0, 1)], (1, 5), False),
    ([window(9, -3, -1)], (1, 5), False),
    ([window(9, 0), window(6, -1)], (1, 5, 5), True),
    ([window(9, 0), window(5, -1)], (1, 5, 5), False),
    ([window(4, 0), window(6, -1)], (1, 5, 5), False),
])  # fmt: skip
def test_a_window_is_the_whole_map(
    axes: Sequence[Axis], source: tuple[int, ...], is_all: bool
) -> None:
    whole, part = Seen((), whole=True, lost=True), Seen((), lost=True)
    field = planned(*axes)
    # Of what is seen whole the verdict is whether the plan says so.
    check = field_checks._check(field, None, whole, None, (1,), source)  # type: ignore[arg-type]
    assert (check.measured, check.ok) == ("all of it", is_all)
    named = planned(*axes, is_global=True)
    for seen, words, ok in ((whole, "all of it", True), (part, "a part", False)):
        told = field_checks._check(named, None, seen, None, (1,), source)  # type: ignore[arg-type]
        assert told == Check("field", "all of it", words, ok)


@each(("axes", "is_aligned", "is_all"), [
    # x + softmax(x): beside what moves along every unit sees all of it, and no more or less.
    ([(5, 5, 5, 1, 0)], False, True),
    ([(5, 5, 6, 1, -1)], False, True),
    ([(5, 5, 5, 1, 0)], True, False),
    ([(5, 4, 5, 1, 0)], False, False),
    ([(5, 5, 5, 1, 1)], False, False),
])  # fmt: skip
def test_a_window_of_paths_that_meet_is_the_whole_map(
    axes: Sequence[Axis], is_aligned: bool, is_all: bool
) -> None:
    field = replace(planned(*axes), aligned=is_aligned)
    whole = Seen((), whole=True)
    check = field_checks._check(field, None, whole, None, (1,), (1, 5))  # type: ignore[arg-type]
    assert (check.measured, check.ok) == ("all of it", is_all)


class Told(Fields):
    """Figures that are given, of paths that meet or do not."""

    def __init__(self, found: tuple[Measured, ...] | None, is_joined: bool) -> None:
        self.found, self.joined = found, is_joined

    def measured(self, seen: Seen, output: tuple[int, ...]) -> tuple[Measured, ...] | None:
        return self.found

    def is_joined(self, seen: Seen) -> bool:
        return self.joined


HOLES = Measured(9, 9, 9, Fraction(1), -4, 5)
FULL = Measured(3, 3, 3, Fraction(2), -1, 3)
VARIES = Measured(3, 2, 4, Fraction(1, 2), 0, 3)


@each(
    ("field", "found", "used", "is_joined", "check"),
    [
        (planned((3, 2, 4, Fraction(1, 2), 0)), (VARIES,), None, False,
         Check("field", "3 (2 to 4) /1/2 @0", "3 (2 to 4) /1/2 @0", True)),
        (planned((3, 2, 3, Fraction(1, 2), 0)), (VARIES,), None, False,
         Check("field", "3 (2 to 3) /1/2 @0", "3 (2 to 4) /1/2 @0", False)),
        (planned((3, 3, 4, Fraction(1, 2), 0)), (VARIES,), None, False,
         Check("field", "3 (3 to 4) /1/2 @0", "3 (2 to 4) /1/2 @0", False)),
        (planned(window(3, -1, 1)), (FULL,), None, False,
         Check("field", "3 /1 @-1", "3 /2 @-1", False)),
        (planned(window(3, 0, 2)), (FULL,), None, False,
         Check("field", "3 /2 @0", "3 /2 @-1", False)),
        (planned(window(9, -4, 1), window(3, -1, 2)), (HOLES, FULL), Fraction(5, 9), False,
         Check("field", "9x3 /1x2 @-4x-1", "9x3 /1x2 @-4x-1", True,
               "holes: the centre uses 5 of 9x3 of 3 pixels")),
        # Where paths meet on both axes less may be used than rows times columns, never more.
        (planned(window(9, -4, 1)), (HOLES,), Fraction(4, 9), True,
         Check("field", "9 /1 @-4", "9 /1 @-4", True, "holes: the centre uses 5 of 9 pixels")),
        (planned(window(9, -4, 1)), (HOLES,), Fraction(4, 9), False,
         Check("field", "9 /1 @-4, 44.44 % used", "9 /1 @-4, 55.56 % used", False,
               "holes: the centre uses 5 of 9 pixels")),
        (planned(window(9, -4, 1)), (HOLES,), Fraction(6, 9), True,
         Check("field", "9 /1 @-4, 66.67 % used", "9 /1 @-4, 55.56 % used", False,
               "holes: the centre uses 5 of 9 pixels")),
        (planned(window(3, 0, 1)), None, None, False,
         Check("field", "3 /1 @0", "not measured", None,
               "it would take too long; a smaller --input has the same field")),
    ],
)  # fmt: skip
def test_figures_are_compared(
    field: ReceptiveField,
    found: tuple[Measured, ...] | None,
    used: Fraction | None,
    is_joined: bool,
    check: Check,
) -> None:
    reported = None
    if used is not None:
        reported = LayerField(
            1, "l", "relu", (1,), "input", (1,), (), False, True, used, False, None
        )
    told = Told(found, is_joined)
    assert field_checks._check(field, reported, Seen(()), told, (1,), (1,)) == check


@each(("seen", "field", "check"), [
    (Seen(()), None, Check("field", "", "", None, "the plan follows no pattern that long")),
    (Seen((), gap="why"), planned(window(3, 0, 1)),
     Check("field", "3 /1 @0", "not measured", None, "why")),
    (Seen((), lost=True), planned(window(3, 0, 1)),
     Check("field", "3 /1 @0", "no positions", False)),
    # An upper bound holds for whatever is less.
    (Seen((), lost=True), planned(window(3, 0, 1), is_global=True, at_most=True),
     Check("field", "at most all of it", "a part", True)),
    (Seen((), whole=True), planned(window(3, 0, 1), at_most=True),
     Check("field", "3 /1 @0", "all of it", True)),
])  # fmt: skip
def test_what_has_no_figures(seen: Seen, field: ReceptiveField | None, check: Check) -> None:
    assert field_checks._check(field, None, seen, Told(None, False), (1,), (1, 5)) == check
