"""Both themes can be read: WCAG 2.2, success criteria 1.4.3 (text) and 1.4.11 (graphics)."""

import pytest

from convcalc.report.drawing.palette import (
    ACCENTS,
    HEAT_LEVELS,
    Theme,
    accent,
    heat,
    palette,
)
from tests.drawing.contrasts import contrast
from tests.each import each

LEVELS = [heat(level) for level in range(1, HEAT_LEVELS + 1)]
ACCENT_ROLES = [accent(number) for number in range(ACCENTS)]
THEMES: list[Theme] = ["light", "dark"]


@each(
    ("a", "b", "ratio"),
    [
        pytest.param("#ffffff", "#000000", 21.0, id="black on white"),
        pytest.param("#777777", "#ffffff", 4.48, id="the grey that just fails, as WebAIM has it"),
        pytest.param("#0000ff", "#ffffff", 8.59, id="blue on white, as WebAIM has it"),
        pytest.param("#ff0000", "#ff0000", 1.0, id="a colour on itself"),
    ],
)
def test_contrast(a: str, b: str, ratio: float) -> None:
    assert contrast(a, b) == pytest.approx(ratio, abs=0.005)


@each("theme", THEMES)
@each("role", ["ink", "muted", *ACCENT_ROLES])
@each("ground", ["surface", "input"])
def test_text_can_be_read(theme: Theme, role: str, ground: str) -> None:
    colors = palette(theme)
    assert contrast(colors[role], colors[ground]) >= 4.5


@each("theme", THEMES)
@each("role", ["padding", *LEVELS])
def test_graphics_can_be_seen(theme: Theme, role: str) -> None:
    colors = palette(theme)
    assert contrast(colors[role], colors["surface"]) >= 3
    if role != "padding":
        assert contrast(colors[role], colors["input"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
def test_more_paths_stand_out_more(theme: Theme) -> None:
    colors = palette(theme)
    ratios = [contrast(colors[level], colors["surface"]) for level in LEVELS]
    assert ratios == sorted(ratios)
    assert len(set(ratios)) == HEAT_LEVELS


def test_themes_have_the_same_roles_and_auto_is_light() -> None:
    assert palette("light").keys() == palette("dark").keys()
    assert palette("auto") == palette("light")


@pytest.mark.parametrize("theme", THEMES)
def test_neighbouring_accents_differ(theme: Theme) -> None:
    colors = [palette(theme)[role] for role in ACCENT_ROLES]
    assert len(set(colors)) == ACCENTS
