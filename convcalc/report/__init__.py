"""Answers and findings as text: one format a file, found by its name and loaded on demand.

`pages/NAME.py` has `render(page, style) -> str`, `findings/NAME.py` has
`render(report, style) -> str`, `graphs/NAME.py` has `render(outline) -> str`. There is no list to
keep in step.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from convcalc.report.checked import Report
    from convcalc.report.diagram.outline import Outline
    from convcalc.report.page import Page
    from convcalc.report.style import Style

    FindingsRenderer = Callable[[Report, Style], str]


@cache
def formats() -> tuple[str, ...]:
    """The formats that every answer with a table can be written in: `json` is each command's own.

    >>> set(formats()) >= {"csv", "json", "markdown", "plain", "table"}
    True
    """
    return tuple(sorted((*_names("pages"), "json")))


@cache
def findings_formats() -> tuple[str, ...]:
    """The formats that findings can be written in, sorted.

    >>> set(findings_formats()) >= {"full", "json", "sarif"}
    True
    """
    return _names("findings")


@cache
def graph_formats() -> tuple[str, ...]:
    """The formats that a plan's graph can be written in as text, sorted.

    >>> graph_formats()
    ('dot', 'mermaid')
    """
    return _names("graphs")


def written(page: Page, form: str, style: Style) -> str:
    """The page in the format `form`, one of `formats()` but JSON."""
    text: str = import_module(f"{__name__}.pages.{form}").render(page, style)
    return text


def written_graph(outline: Outline, form: str) -> str:
    """The graph in the format `form`, one of `graph_formats()`."""
    text: str = import_module(f"{__name__}.graphs.{form}").render(outline)
    return text


def findings_renderer(name: str) -> FindingsRenderer:
    """The function that writes findings in the format `name`, one of `findings_formats()`."""
    renderer: FindingsRenderer = import_module(f"{__name__}.findings.{name}").render
    return renderer


def _names(folder: str) -> tuple[str, ...]:
    files = (Path(__file__).parent / folder).glob("*.py")
    return tuple(sorted(file.stem for file in files if file.stem != "__init__"))
