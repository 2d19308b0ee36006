"""Plans and findings as text: one format a file, found by its name and loaded on demand.

`plans/NAME.py` has `render(view, style) -> str`, `findings/NAME.py` has
`render(report, style) -> str`. There is no list to keep in step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.report.checked import Report
    from convcalc.report.style import Style
    from convcalc.report.view import PlanView

    PlanRenderer = Callable[[PlanView, Style], str]
    FindingsRenderer = Callable[[Report, Style], str]


@cache
def plan_formats() -> tuple[str, ...]:
    """The formats that a plan can be written in, sorted.

    >>> plan_formats()
    ('csv', 'json', 'markdown', 'plain', 'table')
    """
    return _names("plans")


@cache
def findings_formats() -> tuple[str, ...]:
    """The formats that findings can be written in, sorted.

    >>> findings_formats()
    ('concise', 'full', 'github', 'gitlab', 'json', 'jsonl', 'junit', 'markdown', 'sarif')
    """
    return _names("findings")


def plan_renderer(name: str) -> PlanRenderer:
    """The function that writes a plan in the format `name`, one of `plan_formats()`."""
    renderer: PlanRenderer = import_module(f"{__name__}.plans.{name}").render
    return renderer


def findings_renderer(name: str) -> FindingsRenderer:
    """The function that writes findings in the format `name`, one of `findings_formats()`."""
    renderer: FindingsRenderer = import_module(f"{__name__}.findings.{name}").render
    return renderer


def _names(folder: str) -> tuple[str, ...]:
    files = (Path(__file__).parent / folder).glob("*.py")
    return tuple(sorted(file.stem for file in files if file.stem != "__init__"))
