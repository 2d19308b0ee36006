"""A network may be called anything: no format of its plan hands that on as a command."""

from __future__ import annotations

import pytest

import convcalc
from convcalc.report import formats, written
from convcalc.report.style import PLAIN, Style
from convcalc.report.view import PlanView
from tests.each import each
from tests.report.reports import commands

NAMES = [
    pytest.param("::error::x", id="at the start of a line"),
    pytest.param("  ::add-mask::x", id="after spaces"),
    pytest.param("a ##[add-mask]x", id="within a line"),
    pytest.param("a\\n::error::x", id="on a line of its own"),
]


@each("style", [PLAIN, Style(width=40)])
@each("format", sorted({*formats()} - {"json"}))
@each("name", NAMES)
def test_no_name_is_a_command(name: str, format: str, style: Style) -> None:
    text = f'convcalc: 1\nname: "{name}"\ninput: [3, 8, 8]\nlayers: [relu]\n'
    view = PlanView(convcalc.plan(convcalc.loads(text)))
    assert commands(written(view.page(format), format, style)) == []
