"""Every text of the pictures of `convcalc show`, in order, as it stands in `words_of_pictures.txt`.

The numbers are those of the sums beside them, which were worked out by hand and by
`tests/cli/test_transcripts.py` for the same layers.
"""

from __future__ import annotations

import html
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "words_of_pictures.txt"


def texts(path: Path) -> str:
    """The texts of a picture."""
    found = re.findall(r"<text[^>]*>([^<]*)", path.read_text(encoding="utf-8"))
    return html.unescape(" | ".join(found))


def test_what_is_written_in_pictures(tmp_path: Path, run: Callable[..., Any]) -> None:
    apart = []
    for case in FILE.read_text(encoding="utf-8").split("\n\n"):
        words, _, wanted = case.strip().partition("\n")
        path = tmp_path / "layer.svg"
        result = run("show", *shlex.split(words), "--plot", str(path), "--force")
        got = texts(path) if result.code == 0 else result.err.strip()
        if got != wanted:
            apart.append(f"{words}\n{got}")
    assert apart == []
