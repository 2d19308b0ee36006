"""Depths and widths: of each the first chain that holds, and a front that nothing beats."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.solve import front
from convcalc.features.solve.choices import Choice
from tests.each import each

Run = Callable[..., Any]


@pytest.mark.thorough
def test_each_is_the_first_answer_of_its_depth_and_width() -> None:
    found = convcalc.choices((32, 32), (8, 8), layers=range(1, 4), channels=(8, 24), cin=3)
    assert {(one.layers, one.channels) for one in found.choices} == set(product((1, 2, 3), (8, 24)))
    for one in found.choices:
        alone = convcalc.solve(
            (32, 32), (8, 8), layers=one.layers, channels=one.channels, cin=3, limit=1
        )
        # Chains of one depth are looked for within the bounds of chains.
        if one.layers > 1:
            assert alone.answers[0].figures[0].shorthand == one.shorthand
        planned = convcalc.plan(
            convcalc.loads(
                "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n"
                + "".join(
                    f"  - conv: {{out: {one.channels}, k: {layer.kernel}, s: {layer.stride}, "
                    f"p: {layer.padding[0]}, d: {layer.dilation}}}\n"
                    for layer in one.answer.solutions[0].layers
                )
            )
        )
        assert (planned.totals.params, planned.totals.macs) == (one.params, one.macs)
        last = planned.rows[-1].receptive_field
        assert last is not None
        assert last.size == one.receptive_field


def test_conditions_hold_for_all() -> None:
    found = convcalc.choices(
        64,
        8,
        layers=range(2, 4),
        channels=(8, 16, 64),
        max_params=4000,
        receptive_field=(10, 30),
    )
    assert found.choices
    for one in found.choices:
        assert one.params <= 4000
        assert one.receptive_field is not None
        assert 10 <= one.receptive_field[0] <= 30


def figures(one: Choice) -> tuple[int, int, int, int]:
    assert one.receptive_field is not None
    return min(one.receptive_field), one.channels, -one.params, -one.macs


def test_the_front_is_what_nothing_beats() -> None:
    found = convcalc.choices(64, 4, layers=range(1, 6), channels=(8, 16, 64), cin=3)
    best = found.best
    assert 0 < len(best) <= len(found.choices)
    for one in found.choices:
        beaten = any(
            all(a >= b for a, b in zip(figures(other), figures(one), strict=True))
            and figures(other) != figures(one)
            for other in found.choices
        )
        assert one.is_best is not beaten
    assert [one.macs for one in found.choices] == sorted(one.macs for one in found.choices)


def test_some_are_beaten() -> None:
    found = convcalc.choices(64, 4, layers=range(1, 6), channels=(8, 16, 64), cin=3)
    assert not all(one.is_best for one in found.choices)


@pytest.mark.thorough
def test_the_command_and_its_picture(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "a.svg"
    words = ["solve", "32x32", "4x4", "--layers", "2:3", "-c", "16:32:16", "--cin", "3"]
    result = run(*words, "--plot", str(file))
    assert result.code == 0
    assert "32x32 to 4x4: 2:3 convolutions, 16:32 channels" in result.out
    # What is not compared is named, with the question that lists it.
    (others,) = re.findall(r"left out .*?; one of each, as in (.*), lists them", result.out)
    assert others == "--layers 3 -c 32"
    listed = run("solve", "32x32", "4x4", *others.split(), "--cin", "3")
    assert "chains of 3 convolutions" in listed.out
    drawn = file.read_text()
    assert drawn.count("layers, field") >= 2
    run(*words, "--plot", str(file), "--force")
    assert file.read_text() == drawn


def test_what_is_written_beside_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "chart_picture", lambda chart: chart)
    found = convcalc.choices(32, 4, layers=range(1, 3), channels=(16, 32), cin=3, max_params=4000)
    chart: Any = front.picture(found)
    assert chart.x.log
    assert chart.y.log
    (note,) = chart.notes
    assert note.startswith("Channels from 16 to 32 along each line; a dot: no other choice")
    # Kernels of 8, and of 3 and 4 or 4 and 3: 3 + 3·2 and 4 + 2·4 pixels.
    assert [one.name for one in chart.series] == ["1 layer, field 8", "2 layers, field 9 to 12"]
    # 8·3·16 + 16 and, at 4 positions, 384·4; (9·16 + 16) + (4·16·16 + 16), 144·16 + 1,024·4.
    assert [one.lines[0][0].title for one in chart.series] == [
        "16 channels: 400 params, 1,536 MACs",
        "16 channels: 1,200 params, 6,400 MACs",
    ]


@each(
    ("words", "part"),
    [
        pytest.param(["--layers", "2:3"], "costs depend on the channels", id="no width"),
        pytest.param(["--layers", "2:99", "-c", "8"], "99 layers are too many", id="too deep"),
        pytest.param(["--layers", "3:2", "-c", "8"], "a range of them", id="upside down"),
        pytest.param(["--layers", "2", "-c", "8:16:0"], "a range of them", id="no step"),
        pytest.param(
            ["--layers", "2:3", "-c", "8", "-q"], "--quiet goes with one depth", id="quiet"
        ),
        pytest.param(
            ["--layers", "2", "-c", "8:16:8", "--per-axis"],
            "--per-axis goes with one depth",
            id="each axis",
        ),
        pytest.param(["--plot", "a.svg"], "several depths or widths", id="nothing to draw"),
        pytest.param(["--layers", "1:60", "-c", "1:60"], "3,600 choices", id="too many"),
    ],
)
def test_what_cannot_be_asked(words: list[str], part: str, run: Run) -> None:
    result = run("solve", "32", "8", *words)
    assert result.code == 2
    assert part in result.err


def test_nothing_holds(run: Run) -> None:
    words = ["--layers", "2:3", "-c", "8:16:8", "--max-params", "10"]
    result = run("solve", "32", "8", *words)
    assert result.code == 1
    assert result.out.startswith("no answer within the bounds")


def test_in_python_too_many_are_refused() -> None:
    with pytest.raises(StackError):
        convcalc.choices(32, 8, layers=(), channels=(8,))


def test_widths_of_a_picture_go_from_the_first_to_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(front, "chart_picture", lambda chart: chart)
    chart: Any = front.picture(convcalc.choices(32, 4, layers=[1], channels=(8, 16, 24), cin=3))
    assert chart.notes[0].startswith("Channels from 8 to 24 along each line")
