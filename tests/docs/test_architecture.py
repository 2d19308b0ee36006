"""What architecture.md names is there: modules, and what they and their classes hold."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import convcalc
from tests.each import each

PACKAGE = Path(convcalc.__file__).parent
PAGE = PACKAGE.parent / "docs" / "architecture.md"
# Of the reader's code, and of numpy.
OTHERS = {"ops.np", "convcalc.NAME"}


@cache
def texts() -> dict[str, str]:
    """Every module of the package, as `/report/drawing/svg`."""
    return {
        "/" + path.relative_to(PACKAGE).with_suffix("").as_posix().removesuffix("/__init__"): (
            path.read_text("utf-8")
        )
        for path in PACKAGE.rglob("*.py")
    }


def named() -> list[str]:
    """The dotted names of the page outside of code blocks."""
    prose = re.sub(r"^(````?).*?^\1$", "", PAGE.read_text("utf-8"), flags=re.M | re.S)
    found = re.findall(r"`([A-Za-z_]+(?:\.[A-Za-z_]+)+)(?:\(\w*\))?`", prose)
    files = {one for one in found if Path(one).suffix in (".md", ".txt", ".css", ".js", ".py")}
    return sorted({*found} - files - OTHERS)


@each("name", named())
def test_a_name_of_the_page_is_there(name: str) -> None:
    path = "/" + name.removeprefix("convcalc.").replace(".", "/")
    if any(module.endswith(path) for module in texts()):
        return
    holder, _, held = name.rpartition(".")
    holder = holder.rpartition(".")[2]
    assert any(
        re.search(rf"\b{held}\b", text)
        for module, text in texts().items()
        if module.endswith(f"/{holder}") or f"class {holder}" in text
    ), f"{PAGE.name} names `{name}`"


def test_there_are_names() -> None:
    assert {"core.reach", "report.drawing.canvas", "Graph.held"} <= {*named()}
