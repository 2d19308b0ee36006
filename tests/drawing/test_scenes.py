"""Which layers and which of their units are drawn, against looking at all of them."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

import convcalc
from convcalc.core.links import transposed_link, window_link
from convcalc.core.reach import IDENTITY, AxisReach, Sliding, compose, hull
from convcalc.core.shapes import Window
from convcalc.features.rf import field_report
from convcalc.features.rf.drawing import picture, strip
from convcalc.features.rf.drawing.choice import _distinct, _even
from convcalc.features.rf.drawing.counts import MAX_WORK, Unseen
from convcalc.features.rf.drawing.scene import Drawn, Scene, _centre, _end, _nearest, scene
from convcalc.features.rf.drawing.strip import draw_strip
from convcalc.report.drawing.canvas import Box
from tests.drawing.pictures import report_of
from tests.each import each

UP = compose(IDENTITY, transposed_link(Window(3, 2, 1, 0, 1)), 40)
# Every other unit of a transposed layer with a kernel of 1 sees nothing.
GAPS = compose(IDENTITY, transposed_link(Window(1, 2, 0, 0, 1)), 40)
STEEP = compose(UP, window_link(Window(4, 6, 1, 0, 1)), 40)


@each("axis", [Sliding(3, 1, -1), Sliding(5, 4, 2), UP, GAPS, STEEP, hull([UP, Sliding(1, 1, 0)])])
def test_the_unit_that_stands_nearest_is_found_among_all(axis: AxisReach) -> None:
    for place in (_centre, _end):
        for count in (1, 2, 9, 40):
            known = [(unit, here) for unit in range(count)
                     if (here := place(axis, unit)) is not None]  # fmt: skip
            for target in [Fraction(halves, 2) for halves in range(-9, 190, 7)]:
                near = min(known, key=lambda one: (abs(one[1] - target), one[0]))
                assert _nearest(place, axis, target, count) == near[0], (count, target)
            assert _nearest(place, axis, None, count) == (count - 1) // 2
    assert _nearest(_centre, compose(GAPS, window_link(Window(1, 2, -1, 0, 1)), 9),
                    Fraction(3), 9) == 4  # fmt: skip
    assert _nearest(_centre, compose(GAPS, window_link(Window(1, 2, -1, 0, 1)), 8),
                    Fraction(3), 8) == 3  # fmt: skip


@each(("values", "most", "kept"), [
    ([3, 5, 8], 3, [3, 5, 8]), ([3, 5, 8], 9, [3, 5, 8]), ([3, 5, 8], 1, [3]), ([3, 5, 8], 0, []),
    ([3, 5, 8], -1, []), ([3, 5, 8], 2, [3, 8]), (list(range(10)), 4, [0, 3, 6, 9]),
    (list(range(9)), 4, [0, 2, 5, 8]), ([], 3, []),
])  # fmt: skip
def test_an_even_choice_has_both_ends(values: list[int], most: int, kept: list[int]) -> None:
    assert _even(values, most) == kept


def test_sizes_that_can_be_told_apart_are_a_twentieth_apart() -> None:
    """Fields of 3, 20, 21, 41, 43 and 63: the later ones first, 41 of 43 is too near."""
    kernels = (3, 18, 2, 21, 3, 21)
    layers = "\n".join(f"  - conv: {{out: 1, k: {kernel}}}" for kernel in kernels)
    report = report_of(layers, (1, 100))
    fields = list(report.layers)
    assert [field.axes[0].size for field in fields] == [3, 20, 21, 41, 43, 63]
    assert _distinct(fields, range(6), []) == [0, 2, 4, 5]
    # 20 and 21 are a twentieth of 20 apart, which is less than one of 21.
    assert _distinct(fields, [0, 1], [2]) == [0, 2]
    assert _distinct(fields, [3], [2]) == [2, 3]
    wide = report_of("  - conv: {out: 1, k: [3, 19]}\n  - conv: {out: 1, k: [5, 2]}", (1, 50, 50))
    # By the axis on which they are largest: 19 and 20 are told apart.
    assert _distinct(list(wide.layers), [0, 1], []) == [0, 1]


def test_rows_of_a_strip_share_the_work_and_have_cells_of_a_pixel(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[int, float]] = []

    def seen(_: Scene, __: Drawn, cells: int, work: float) -> Unseen:
        asked.append((cells, work))
        return Unseen.UNCOUNTED

    monkeypatch.setattr(strip, "pixels_seen", seen)
    layers = "  - {conv: {out: 1, k: 3}, name: a}\n  - {conv: {out: 1, k: 8}, name: b}"
    # 20 steps of 5 pixels, of which a sees 3 and b 10.
    draw_strip(scene(report_of(layers, (1, 20))), Box(0, 0, 270 + 100 + 10, 300))
    assert asked == [(15, MAX_WORK / 2), (50, MAX_WORK / 2)]
    asked.clear()
    draw_strip(scene(report_of("  - conv: {out: 1, k: 1}", (1, 20))), Box(0, 0, 281, 300))
    draw_strip(scene(report_of("  - conv: {out: 1, k: 20}", (1, 20))), Box(0, 0, 3000, 300))
    assert asked == [(1, MAX_WORK), (1000, MAX_WORK)]


@each(("most", "rest"), [(2, ", the first 2 of 3"), (3, ""), (4, "")])
def test_a_table_of_very_many_layers_has_the_first_ones(
    most: int, rest: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "_MOST_ROWS", most)
    layers = "  - {conv: {out: 1, k: 3}, repeat: 3, name: c}"
    found = picture._all_table(scene(report_of(layers, (1, 20))))
    assert found.caption == f"Layers that see other than their input{rest}"
    assert [row[0] for row in found.rows] == ["c.0", "c.1", "c.2"][:most]


def test_the_source_of_a_scene_is_one_that_its_last_layer_sees() -> None:
    graph = convcalc.loads(
        "convcalc: 1\ninput: {a: [1, 9], b: [1, 11]}\noutputs: [x, y]\nlayers:\n"
        "  - {conv: {out: 1, k: 3}, from: a, name: x}\n"
        "  - {conv: {out: 1, k: 5}, from: b, name: y}\n"
    ).graph()
    report = field_report(graph)
    assert [scene(report, named).source for named in ([], ["x"], ["y"])] == ["a", "a", "b"]


def test_units_are_those_whose_fields_have_their_centres_nearest() -> None:
    """b's unit 5 sees 10..14, whose middle is 12; a's unit 11 sees 11..13."""
    layers = (
        "  - {conv: {out: 1, k: 3}, name: a}\n  - {conv: {out: 1, k: 3, s: 2}, name: b}\n"
        "  - {conv: {out: 1, k: 2, s: 3}, name: c}"
    )
    report = report_of(layers, (1, 40))
    shown = scene(report, ["a", "b"])
    # Named without a unit each shows its own centre: of 38 and 18 units.
    assert [one.unit for one in shown.drawn] == [(18,), (8,)]
    shown = scene(report, at=(2,))
    # c's unit 2 reads b's 6 and 7: pixels 12 to 18.
    assert {one.name: (one.unit, one.window) for one in shown.drawn} == {
        "a": ((14,), ((14, 16),)), "b": ((6,), ((12, 16),)), "c": ((2,), ((12, 18),)),
    }  # fmt: skip
    shown = scene(report, ["a", "b"], at=(2,))
    assert [one.unit for one in shown.drawn] == [(2,), (2,)]
    assert [one.name for one in scene(report, ["b", "a", "b"]).drawn] == ["a", "b"]


def test_a_layer_of_single_pixels_tells_nothing_of_who_looks_ahead() -> None:
    shown = scene(report_of("  - conv: {out: 1, k: 1}\n  - conv: {out: 1, k: 3}", (1, 12)), at=(4,))
    # The last sees 4 to 6: their middle is 5.
    assert [one.unit for one in shown.drawn] == [(5,), (4,)]


def random_axis(draw: Random) -> AxisReach:
    found: AxisReach = IDENTITY
    for _ in range(draw.randint(1, 3)):
        window = Window(draw.randint(1, 4), draw.randint(1, 5), draw.randint(0, 2), 0, 1)
        link = draw.choice([window_link, transposed_link])(window)
        found = compose(found, link, 200)
    return found


def test_of_drawn_axes_the_nearest_unit_is_found_too() -> None:
    for seed in range(120):
        draw = Random(seed)
        axis, target = random_axis(draw), Fraction(draw.randint(-4, 400), 2)
        known = [(abs(here - target), unit) for unit in range(200)
                 if (here := _centre(axis, unit)) is not None]  # fmt: skip
        found = _nearest(_centre, axis, target, 200)
        if known:
            here = _centre(axis, found)
            assert here is not None
            assert abs(here - target) == min(known)[0], (seed, axis, target)


def test_of_blocks_that_see_as_far_the_last_outermost_gives_its_name() -> None:
    text = (
        "convcalc: 1\ninput: [1, 9]\nblocks:\n  act: {layers: [relu, sigmoid]}\n"
        "  twice: {layers: [{act: {}, name: x}, {act: {}, name: y}]}\nlayers:\n"
        "  - {conv: {out: 1, k: 3}, name: c}\n  - {twice: {}, name: one}\n"
        "  - {twice: {}, name: two}\n  - {relu: {}, name: last}"
    )
    report = field_report(convcalc.loads(text).graph())
    assert [one.name for one in scene(report).drawn] == ["two"]
