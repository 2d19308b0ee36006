"""The networks that `convcalc init` starts from: the examples of the project.

A wheel holds them in `convcalc/templates` (see `setup.py`), a checkout in `examples/configs`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).parents[2]
_FOLDERS = (_PACKAGE / "templates", _PACKAGE.parent / "examples" / "configs")
SUFFIX = ".net.yaml"
_TITLE = re.compile(r"^name: *(.+?) *$", re.MULTILINE)
# The path to the schema holds in the project only.
_EDITOR_LINE = re.compile(r"\A# yaml-language-server:.*\n")


@cache
def templates() -> dict[str, Path]:
    """The file of every template, by name.

    >>> templates()["lenet5"].name
    'lenet5.net.yaml'
    """
    for folder in _FOLDERS:
        files = sorted(folder.glob(f"*{SUFFIX}"))
        if files:
            return {file.name.removesuffix(SUFFIX): file for file in files}
    return {}


def template_text(name: str) -> str:
    """The text of the template `name`, as a file of its own."""
    return _EDITOR_LINE.sub("", templates()[name].read_text(encoding="utf-8"))


def template_title(name: str) -> str:
    """The name that the network bears.

    >>> template_title("lenet5")
    'LeNet-5'
    """
    match = _TITLE.search(template_text(name))
    return match[1] if match else name
