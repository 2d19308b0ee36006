"""The curve that `compare --plot` draws: its sizes, its ratios and what is marked on it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import convcalc
from convcalc.features.compare import chart
from convcalc.report.drawing import Chart
from convcalc.report.drawing.palette import accent
from tests.each import each


@pytest.fixture
def charted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chart itself in place of its picture."""
    monkeypatch.setattr(chart, "chart_picture", lambda drawn: drawn)


def chart_of(*stacks: str, **options: object) -> Chart:
    drawn = chart.picture(convcalc.compare(*stacks, **options))  # type: ignore[arg-type]
    assert isinstance(drawn, Chart)
    return drawn


@pytest.mark.usefixtures("charted")
def test_the_curve_runs_to_ten_times_the_last_turn() -> None:
    # 3x3*2 costs more than 5x5 from 5 to 9, as much at 10 and less from 11 on.
    drawn = chart_of("3x3*2", "5x5", padded=False)
    (series,) = drawn.series
    (points,) = series.lines
    assert [point.x for point in points] == list(range(5, 111))
    # 2·9·((i - 2)² + (i - 4)²) / 2 of 25·(i - 4)².
    assert points[0].y == pytest.approx(9 * (9 + 1) / 25)
    assert points[5].y == 1
    assert [(mark.value, mark.label) for mark in drawn.references] == [
        (1, "as many"),
        (pytest.approx(18 / 25), "limit 0.72"),
        # The tie announces the gain behind it.
        (10, "tie 10"),
    ]


@pytest.mark.usefixtures("charted")
def test_the_limit_is_exact_for_strides_that_differ() -> None:
    """(i / 2)² maps of one, (i / 4)² and (i / 3)² of the others."""
    drawn = chart_of("3x3s2", "3x3s4", "3x3s3")
    marks = [(mark.value, mark.label) for mark in drawn.references]
    assert marks[1:3] == [(4, "limit 4"), (2.25, "limit 2.25")]


@pytest.mark.usefixtures("charted")
@pytest.mark.parametrize(
    ("size", "last"),
    [
        # Nothing turns: ten times the smallest size, or the one that is asked for.
        pytest.param(4, 10, id="a small map"),
        pytest.param((30, 40), 40, id="the longer axis"),
    ],
)
def test_the_curve_without_a_turn(size: int | tuple[int, int], last: int) -> None:
    (series,) = chart_of("3x3*3", "7x7", size=size).series
    (points,) = series.lines
    assert [point.x for point in points] == list(range(1, last + 1))
    assert {point.y for point in points} == {27 / 49}


@pytest.mark.usefixtures("charted")
def test_a_long_curve_has_few_points_and_every_turn() -> None:
    (series,) = chart_of("3x3*2", "5x5", padded=False, size=2005).series
    (points,) = series.lines
    # 2000 sizes in steps of 2000 // 400 = 5, and the turn at 11 beside them; 10 is one of them.
    assert [point.x for point in points] == sorted({*range(5, 2006, 5), 11})


@each(
    ("turns", "sizes", "least"),
    [
        # 20 times the smallest size and 1,000 is the last turn that is drawn.
        ([[1]], range(1, 11), 1),
        ([[1, 2]], range(1, 21), 1),
        # Steps of (10200 - 1) // 400 = 25, and the turns beside them.
        ([[1, 1020], [1, 1021]], sorted({*range(1, 10201, 25), 1020}), 1),
        ([[1, 7], [3, 9]], range(1, 91), 1),
        # 20 * 5 + 1000 is the last one; steps of (11000 - 5) // 400 = 27.
        ([[5, 1100], [5, 1101]], sorted({*range(5, 11001, 27), 1100}), 5),
    ],
)
def test_the_sizes_of_a_curve(turns: list[list[int]], sizes: range | list[int], least: int) -> None:
    runs = [[SimpleNamespace(first=first) for first in firsts] for firsts in turns]
    found: Any = SimpleNamespace(
        least=least, size=(1, 2), map_turns=[SimpleNamespace(runs=row) for row in runs]
    )
    assert chart._sizes(found) == list(sizes)


@pytest.mark.usefixtures("charted")
def test_each_of_several_stacks_has_its_curve_and_its_limit() -> None:
    drawn = chart_of("1x1", "3x3", "5x5", padded=False, channels=8, cin=4)
    assert [series.name for series in drawn.series] == ["3x3", "5x5"]
    assert [mark.label for mark in drawn.references[1:3]] == ["limit 0.111", "limit 0.04"]
    assert drawn.notes == ("No padding, 4 to 8 channels.",)
    assert drawn.title == "MACs of 1x1 divided by those of each other stack"


@pytest.mark.usefixtures("charted")
def test_the_only_other_stack_is_named() -> None:
    assert chart_of("1x1", "3x3", padded=False).title == "MACs of 1x1 divided by those of 3x3"


def test_a_file_has_no_curve() -> None:
    network = convcalc.loads("convcalc: 1\ninput: [3, 8, 8]\nlayers: [conv: {out: 4, k: 1}]\n")
    with pytest.raises(chart.CannotDrawError):
        chart.picture(convcalc.compare("3x3", network))


@pytest.mark.usefixtures("charted")
def test_what_belongs_to_a_curve_has_its_colour() -> None:
    # 9·((i - 2)² + (i - 4)²) is 1,170 at 11, of 49·(i - 6)² = 1,225, and 900 at 10, of 25·(i - 4)².
    drawn = chart_of("3x3*2", "7x7", "5x5", padded=False)
    assert [series.role for series in drawn.series] == [accent(0), accent(1)]
    assert [(mark.label, mark.role) for mark in drawn.references[1:]] == [
        ("limit 0.367", accent(0)),
        ("limit 0.72", accent(1)),
        ("gain 11", accent(0)),
        ("tie 10", accent(1)),
    ]
