"""Numbers and lists in prose are those of the code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import convcalc
from convcalc.cli.commands import command_names
from convcalc.features.check.rules import all_rules
from convcalc.kinds import kind_names
from convcalc.report import findings_formats
from tests.each import each

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
COUNTS = {
    "rules": len(all_rules()),
    "kinds": len(kind_names()),
    "layer kinds": len(kind_names()),
    "commands": len(command_names()),
    "formats of findings": len(findings_formats()),
}
_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")


def told(text: str, noun: str) -> Iterable[str]:
    """Numbers before a noun; `2` to `11` may be words."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    for match in re.finditer(rf"\b(\w+) {noun}\b", prose):
        word = match[1].lower()
        if word.isdecimal() or word in _WORDS:
            yield word


@each("noun", COUNTS)
@each("page", PAGES, ids=lambda page: page.name)
def test_counts_are_those_of_the_code(page: Path, noun: str) -> None:
    for word in told(page.read_text(encoding="utf-8"), noun):
        number = int(word) if word.isdecimal() else _WORDS.index(word) + 2
        # A part of them may be counted as well; a number as large is of all.
        assert number <= 12 or number == COUNTS[noun], f"{page.name}: {word} {noun}"


def test_the_readme_counts_the_rules() -> None:
    found = list(told((ROOT / "README.md").read_text(encoding="utf-8"), "rules"))
    assert found == [str(len(all_rules()))]


def test_every_format_of_findings_is_in_the_table_of_the_manual() -> None:
    text = (ROOT / "docs" / "checking.md").read_text(encoding="utf-8")
    rows = text.partition("| `--format` | for |\n|---|---|\n")[2].partition("\n\n")[0]
    cells = [row.split("|")[1] for row in rows.splitlines()]
    assert sorted(re.findall(r"`(\w+)`", " ".join(cells))) == list(findings_formats())


def test_the_changelog_begins_with_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    heads = re.findall(r"^## (\S+), (\S+)$", text, flags=re.M)
    assert heads[0][0] == convcalc.__version__
    assert all(day == "unreleased" or re.fullmatch(r"\d{4}-\d\d-\d\d", day) for _, day in heads)
    assert not any(day == "unreleased" for _, day in heads[1:])
    for part in text.split("\n## ")[1:]:
        groups = re.findall(r"^### (.+)$", part, flags=re.M)
        assert len(set(groups)) == len(groups)
        known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"]
        assert groups == [name for name in known if name in groups]


def test_the_changelog_tells_each_thing_once_and_in_whole_lists() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for group in text.split("\n### ")[1:]:
        entries = group.partition("\n\n")[2].partition("\n\n## ")[0].strip("\n").split("\n")
        assert [one for one in entries if not one.startswith("- ")] == []
        begun = [one[:30] for one in entries]
        assert sorted(set(begun)) == sorted(begun)
