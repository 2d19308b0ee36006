from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcalc.report.drawing.text_width import fitted, spread, text_width, wrapped
from tests.each import each


@each(
    ("text", "thousandths"),
    [
        # Advances of Helvetica, Adobe Font Metrics: H 722, e 556, l 222, o 556.
        pytest.param("Hello", 722 + 556 + 222 + 222 + 556, id="letters"),
        pytest.param("7x7", 556 + 500 + 556, id="digits"),
        pytest.param("卷", 1000, id="a wide character"),
        pytest.param("é", 556 + 0, id="an accent that stands apart takes no room"),
        pytest.param("\x07", 278 + 500 + 556 + 556, id="a control character is shown as \\x07"),
    ],
)
def test_text_width(text: str, thousandths: int) -> None:
    text = "e\N{COMBINING ACUTE ACCENT}" if text == "é" else text
    assert text_width(text, 10) == pytest.approx(thousandths / 100 * 1.04)


@each(
    ("text", "width", "shown"),
    [
        pytest.param("stem", 100, "stem", id="fits"),
        pytest.param("stage3.bottleneck_5.conv_2", 100, "stage3.bo…5.conv_2", id="cut"),
        pytest.param("stage", 5, "…", id="no room at all"),
        pytest.param("a\nb", 100, "a\\nb", id="a line break is shown"),
    ],
)
def test_fitted(text: str, width: float, shown: str) -> None:
    assert fitted(text, width, 10) == shown


@settings(max_examples=50)
@given(st.text(max_size=60), st.floats(20, 300))
def test_what_is_fitted_fits(text: str, width: float) -> None:
    shown = fitted(text, width, 10)
    assert text_width(shown, 10) <= width
    assert shown.isprintable()


def test_a_million_characters_are_cut_at_once() -> None:
    assert fitted("x" * 10**6, 100, 10).startswith("xxxx")


@settings(max_examples=50)
@given(st.text(max_size=200), st.floats(40, 300))
def test_wrapped_lines_fit(text: str, width: float) -> None:
    assert all(text_width(line, 10) <= width for line in wrapped(text, width, 10))


@each(
    ("wanted", "places"),
    [
        pytest.param([10, 50, 90], [10, 50, 90], id="room for all"),
        pytest.param([50, 50], [40, 60], id="two at one place part evenly"),
        pytest.param([0, 0, 0], [0, 20, 40], id="at the upper end"),
        pytest.param([100, 100], [80, 100], id="at the lower end"),
        pytest.param([30, 10], [30, 10], id="any order"),
        pytest.param([10, 35, 36], [7, 27, 47], id="pushed against a neighbour"),
        pytest.param([], [], id="none"),
    ],
)
def test_spread(wanted: list[float], places: list[float]) -> None:
    assert spread(wanted, 20, 0, 100) == pytest.approx(places, abs=0.6)


@settings(max_examples=50)
@given(st.lists(st.floats(0, 500), max_size=20))
def test_spread_keeps_order_and_distance(wanted: list[float]) -> None:
    wanted = sorted(wanted)
    places = spread(wanted, 20, 0, 500)
    assert all(b - a >= 20 - 1e-6 for a, b in pairwise(places))
    assert not places or places[0] >= 0
