"""The set-ups of docs/editors.md, tried on what `convcalc check --format concise` writes."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from convcalc.core.errors import Level, Place, Problem
from convcalc.report import findings_renderer
from convcalc.report.checked import FileFindings, Report
from convcalc.report.style import PLAIN

PAGE = (Path(__file__).parents[2] / "docs" / "editors.md").read_text(encoding="utf-8")
NAMES = ["a.net.yaml", "nets/b c: d.net.yaml"]
LEVELS: tuple[Level, ...] = ("error", "warning", "info")


def findings() -> list[Problem]:
    return [
        Problem("wrong-value", f"`k`: {level}", Place(line, 7, 2), file=name, level=level)
        for name in NAMES
        for line, level in enumerate(LEVELS, 3)
    ]


def concise() -> str:
    files = tuple(
        FileFindings(name, "", tuple(one for one in findings() if one.file == name))
        for name in NAMES
    )
    return findings_renderer("concise")(Report(files), PLAIN)


def block(language: str, nth: int = 0) -> str:
    return str(re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)[nth])


def test_the_problem_matcher_of_vs_code() -> None:
    task = json.loads(next(one for one in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
                           if "problemMatcher" in one))["tasks"][0]  # fmt: skip
    pattern = task["problemMatcher"]["pattern"]
    matches = [re.match(pattern["regexp"], line) for line in concise().splitlines()]
    found = [
        tuple(match[pattern[part]] for part in ("file", "line", "column", "severity", "code"))
        for match in matches
        if match is not None
    ]
    assert found == [
        (one.file, str(one.place and one.place.line), "7", one.level, one.code)
        for one in findings()
    ]
    assert task["args"][:3] == ["check", "--format", "concise"]


@pytest.mark.skipif(shutil.which("vim") is None, reason="needs vim")
def test_the_error_format_of_vim(tmp_path: Path) -> None:
    setting = re.search(r"errorformat=(\S.*)$", block("vim"), re.MULTILINE)
    assert setting is not None
    (tmp_path / "said").write_text(concise())
    write = "call writefile([json_encode(getqflist())], 'list.json')"
    subprocess.run(
        ["vim", "-es", "-u", "NONE", "-i", "NONE", "-c", f"set errorformat={setting[1]}",
         "-c", "cgetfile said", "-c", write, "-c", "qa!"],
        cwd=tmp_path, check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    entries = [one for one in json.loads((tmp_path / "list.json").read_text()) if one["valid"]]
    assert [(one["lnum"], one["col"], one["type"]) for one in entries] == [
        (one.place and one.place.line, 7, one.level[0]) for one in findings()
    ]
    assert entries[0]["text"].startswith("CC927 wrong-value: `k`: error")


def test_the_places_are_in_the_form_of_jetbrains_and_emacs() -> None:
    for line in concise().splitlines()[: len(findings())]:
        assert re.match(r"(.+):(\d+):(\d+): ", line)
