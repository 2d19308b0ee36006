"""Notes of paths that meet: the exact words, for networks small enough to check by hand."""

from __future__ import annotations

import pytest

from convcalc.core.reach import Track
from convcalc.features.rf.merges import _range
from tests.rf.reports import report_of

MERGES = """
convcalc: 1
input: [2, 32, 32]
layers:
  - {conv: {out: 2, k: 3, p: 1}, name: a}
  - {conv: {out: 2, k: 2, p: [[1, 0], [1, 0]]}, from: a, name: early}
  - {conv: {out: 2, k: 2, p: [[0, 1], [0, 1]]}, from: a, name: late}
  - {add: [early, late], name: hull}
  - {add: [hull, a], name: inside}
  - {conv: {out: 2, k: 2, p: [[1, 0], [0, 0]]}, from: a, name: tall}
  - {crop: [[0, 0], [0, 1]], from: a, name: narrow}
  - {add: [tall, narrow], name: lopsided}
  - {conv: {out: 2, k: 2, s: 2}, from: a, name: strided}
  - {concat: {inputs: [strided, a], align: crop}, name: joined}
  - {instance_norm: {}, name: norm}
  - {conv: {out: 2, k: 3}, name: after}
"""

NOTES = [
    # early sees -2..1, late -1..2: four pixels each, one apart.
    ("hull", "not aligned: the centres of the paths lie 1 pixel apart; at equal stride they still "
     "slide as one window, their hull of 5, larger than the largest path's 4"),
    ("lopsided", "not aligned on the height: the centres of the paths lie 1/2 pixel apart; at "
     "equal stride they still slide as one window, their hull of 4, the largest path's"),
    # At unit u: 2u - 1 .. 2u + 2 beside u + 7 .. u + 9 (cropped by 8): -1 .. 9 at 0, 4 at 7.
    ("joined", "not aligned: paths of stride 1 and 2 meet, so the field depends on the position, "
     "4 to 11 pixels; they part at `a`"),
    ("norm", "every unit depends on the whole input, as behind attention, a recurrent layer, a "
     "gate or a norm over space; the local field stands behind it, and `--ignore global` shows it "
     "alone"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "message"), NOTES, ids=[layer for layer, _ in NOTES])
def test_notes(layer: str, message: str) -> None:
    assert message in [note.message for note in report_of(MERGES).notes if layer in note.layers]


def test_a_range_of_one_field_is_one_number() -> None:
    """Image pooling, as in DeepLab: every unit sees -1..8, by the mean of all beside its own 3."""
    report = report_of(
        "convcalc: 1\ninput: [2, 8, 8]\nlayers:\n"
        "  - {conv: {out: 2, k: 3, p: 1}, name: a}\n  - avg_pool: 8\n"
        "  - upsample: {output_size: 8, mode: bilinear, align_corners: true}\n"
        "  - {concat: [prev, a], name: both}\n"
    )
    (note,) = [note.message for note in report.notes if "both" in note.layers]
    assert "the field depends on the position, though it is 10 pixels at each; they" in note


def test_layers_that_see_what_their_first_input_sees_are_not_new() -> None:
    """What adds learnt numbers adds no pixel."""
    ends = ["{conv: {out: 1, k: 3}, name: a}", "{parameter: {shape: [1, 7, 7]}, name: p}"]
    text = ", ".join([*ends, "{add: [a, p], name: first}", "{conv: {out: 1, k: 3}, name: b}"])
    head = "convcalc: 1\ninput: [1, 9, 9]\n"
    new = {one.layer: one.is_new for one in report_of(f"{head}layers: [{text}]\n").layers}
    assert new == {"a": True, "first": False, "b": True}


def test_aligned_merges_and_what_lies_behind_are_not_noted() -> None:
    said = {layer for note in report_of(MERGES).notes for layer in note.layers}
    assert said == {"hull", "lopsided", "joined", "norm", "after"}


def test_fields_that_take_too_long_to_measure_have_no_range() -> None:
    """Patterns of 1,021 and 1,031 units, which are primes, come together after 1,052,651."""
    short, long = (Track(n, tuple(range(n)), tuple(range(2, n + 2))) for n in (1021, 1031))
    assert _range((short, long), 2000) == ""
    assert _range((short,), 2000) == ", though it is 3 pixels at each"


def test_repeated_merges_are_told_of_once() -> None:
    text = """
convcalc: 1
input: [2, 64]
blocks:
  residual: {args: [d], layers: [conv: {out: 2, k: 2, d: =d, p: causal}, add: [prev, in]]}
layers:
  - {residual: {}, each: {d: [1, 2, 4]}}
"""
    (note,) = report_of(text).notes
    assert note.layers == ("residual_1.0.add_1", "residual_1.1.add_1", "residual_1.2.add_1")
    assert note.message == (
        "not aligned: the centres of the paths lie up to 2 pixels apart (at `residual_1.2.add_1`); "
        "at equal stride they still slide as one window, their hull of 8, the largest path's"
    )


def test_two_merges_are_told_of_by_the_one_further_apart() -> None:
    text = """
convcalc: 1
input: [4, 16, 16]
layers:
  - {conv: {out: 4, k: 2, p: [[0, 1], [0, 1]]}, name: a}
  - {add: [a, input], name: one}
  - {conv: {out: 4, k: 4, p: [[0, 3], [0, 3]]}, name: b}
  - {add: [b, one], name: two}
"""
    (note,) = report_of(text).notes
    # Pixels 0 and 1 and pixel 0; then 0 to 4, and 0 and 1: centres at 1/2 and 0, at 2 and 1/2.
    assert (note.layers, note.message.partition(";")[0]) == (
        ("one", "two"),
        "not aligned: the centres of the paths lie up to 3/2 pixels apart (at `two`)",
    )


def test_only_paths_of_one_input_are_held_against_each_other() -> None:
    # A pixel of `b` and two of `a` are no two paths to one of them.
    text = """
convcalc: 1
input: {a: [4, 16], b: [4, 16]}
layers:
  - {conv: {out: 4, k: 2, p: [[0, 1]]}, from: a, name: shifted}
  - {add: [shifted, b], name: sum}
  - {add: [sum, a], name: again}
"""
    (note,) = report_of(text).notes
    assert note.layers == ("again",)


def test_a_pattern_too_long_is_said() -> None:
    text = """
convcalc: 1
input: [1, 9973]
layers:
  - {upsample: {output_size: 9967, mode: linear}, name: odd}
"""
    report = report_of(text)
    assert [field.is_followed for field in report.layers] == [False]
    (note,) = report.notes
    assert (note.slug, note.layers) == ("not-followed", ("odd",))


def test_paths_too_long_to_follow_are_not_held_against_each_other() -> None:
    text = """
convcalc: 1
input: [1, 9973]
layers:
  - {upsample: {output_size: 9967, mode: linear}, name: odd}
  - {conv: {out: 1, k: 3, p: 1}, from: input, name: a}
  - {upsample: {output_size: 9967, mode: linear}, from: a, name: other}
  - {add: [odd, other], name: both}
"""
    (note,) = report_of(text).notes
    assert (note.slug, note.layers) == ("not-followed", ("odd", "other", "both"))


def test_where_paths_part_is_left_out_where_another_input_joins_them() -> None:
    # Unit u sees 2u and 2u + 1, and u + 4 of the 16 that are cropped to 8: 0 to 4 at 0, 8 and 9
    # at 4, 11 to 15 at 7.
    text = """
convcalc: 1
input: {x: [2, 16], y: [2, 16]}
layers:
  - {conv: {out: 2, k: 1}, from: x, name: a}
  - {add: [a, y], name: both}
  - {conv: {out: 2, k: 2, s: 2}, from: a, name: strided}
  - {concat: {inputs: [strided, both], align: crop}, name: joined}
"""
    (note,) = report_of(text).notes
    assert note.message == (
        "not aligned: paths of stride 1 and 2 meet, so the field depends on the position, 2 to 5 "
        "pixels"
    )


def test_the_third_of_three_paths_is_met_too() -> None:
    # Pixel u by two of them, u to u + 2 by the last.
    text = """
convcalc: 1
input: [4, 16]
layers:
  - {conv: {out: 4, k: 1}, name: a}
  - {conv: {out: 4, k: 1}, from: input, name: b}
  - {conv: {out: 4, k: 3, p: [[0, 2]]}, from: input, name: c}
  - {add: [a, b, c], name: sum}
"""
    (note,) = report_of(text).notes
    assert (note.layers, note.message) == (
        ("sum",),
        "not aligned: the centres of the paths lie 1 pixel apart; at equal stride they still "
        "slide as one window, their hull of 3, the largest path's",
    )


def test_notes_are_about_the_layers_chosen() -> None:
    report = report_of(MERGES, layers=["norm", "lopsided"])
    assert [(note.slug, note.layers) for note in report.notes] == [
        ("sees-everything", ("norm",)),
        ("shifted-paths", ("lopsided",)),  # on the height
        ("shifted-paths", ("lopsided",)),  # on the width
    ]
    assert report_of(MERGES, layers=["a"]).notes == ()
