"""Boards in a browser: the keys, slider and buttons of the page; the SVG plays or stands still."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from convcalc.features.shape.answer import shape
from convcalc.features.shape.drawing import shape_board
from convcalc.report.drawing import render
from tests.page.browser import EXECUTABLE, MISSING, Browser, browser

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(EXECUTABLE is None, reason=MISSING),
]
BOARD = shape_board(shape("3 conv_transpose k3 s2 p1"))
SUM = "document.querySelector('.sum').textContent"
COUNT = "document.querySelector('.count').textContent"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def page(chromium: Browser, tmp_path: Path) -> Iterator[Browser]:
    path = tmp_path / "steps.html"
    path.write_bytes(render(BOARD, "html"))
    chromium.open(path)
    yield chromium
    assert chromium.complaints == []
    assert [one for one in chromium.requests if not one.startswith("file:")] == []


def _at(page: Browser) -> tuple[str, str]:
    return str(page.run(COUNT)), str(page.run(SUM))


def test_keys_and_buttons_go_through_the_steps(page: Browser) -> None:
    # Five outputs, from the stretched input 0 x0 0 x1 0 x2 0.
    first = ("step 1 of 5", "y[0] = w[1]·x[0]")
    second = ("step 2 of 5", "y[1] = w[2]·x[0] + w[0]·x[1]")
    last = ("step 5 of 5", "y[4] = w[1]·x[2]")
    assert _at(page) == first
    page.click(".next")
    assert _at(page) == second
    page.click(".back")
    page.click(".back")
    assert _at(page) == last
    page.run("document.querySelector('section').focus()")
    page.press("Home")
    assert _at(page) == first
    page.press("ArrowRight")
    assert _at(page) == second
    page.press("End")
    assert _at(page) == last


def test_the_kernel_stands_where_the_slider_is(page: Browser) -> None:
    page.run(
        "(() => { const one = document.querySelector('input'); one.value = 3;"
        "one.dispatchEvent(new Event('input')) })()"
    )
    assert page.run(COUNT) == "step 4 of 5"
    places = page.run(
        "[...document.querySelectorAll('section')[0].querySelectorAll('[data-places]')]"
        ".map(one => one.getAttribute('transform'))"
    )
    shifts = [float(re.findall(r"[\d.]+", one)[0]) for one in places]
    # Three cells on, both of the kernel and of the output.
    assert shifts[0] == shifts[1] > 0
    assert shifts[0] % 3 == 0


def test_it_plays_and_stops(page: Browser) -> None:
    page.click(".play")
    page.wait(f"{COUNT} == 'step 3 of 5'")
    assert page.run("document.querySelector('.play').textContent") == "Pause"
    page.click(".play")
    assert page.run("document.querySelector('.play').textContent") == "Play"


def test_each_panel_steps_by_itself(page: Browser) -> None:
    assert page.run("document.querySelectorAll('section').length") == 2
    page.click("section:nth-of-type(2) .next")
    assert page.run(COUNT) == "step 1 of 5"
    counts = page.run("[...document.querySelectorAll('.count')].map(one => one.textContent)")
    assert counts == ["step 1 of 5", "step 2 of 3"]


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_svg_plays_unless_less_motion_is_preferred(
    chromium: Browser, tmp_path: Path, motion: str
) -> None:
    path = tmp_path / "steps.svg"
    path.write_bytes(render(BOARD, "svg"))
    features = [{"name": "prefers-reduced-motion", "value": motion}]
    chromium.ask("Emulation.setEmulatedMedia", features=features)
    chromium.ask("Page.navigate", url=path.as_uri())
    chromium.wait("document.querySelector('g[class]') && document.readyState == 'complete'")
    playing = chromium.run("document.getAnimations().length")
    assert (playing > 0) == (motion == "no-preference")
    # One caption of each panel is seen, whether it plays or not.
    seen = "[...document.querySelectorAll('g[class^=flash]')].filter(one => "
    assert chromium.run(f"{seen}+getComputedStyle(one).opacity == 1).length") == 2
