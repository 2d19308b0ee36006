"""The lessons: both languages walk through the same commands and pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.each import each

LEARN = Path(__file__).parents[2] / "docs" / "learn"
LESSONS = sorted(path.name for path in LEARN.glob("[0-9]*.md"))


def shown(path: Path) -> list[str]:
    """The commands and pictures of a page, in order."""
    text = path.read_text(encoding="utf-8")
    return re.findall(r"<!-- run: (.+?) -->|pictures/([\w.]+)\)", text)


def test_there_are_lessons() -> None:
    assert len(LESSONS) == 6
    assert sorted(path.name for path in (LEARN / "zh").glob("[0-9]*.md")) == LESSONS


@each("name", LESSONS)
def test_both_languages_show_the_same(name: str) -> None:
    assert shown(LEARN / name) == shown(LEARN / "zh" / name)
    assert len(shown(LEARN / name)) >= 5


@each("name", LESSONS)
def test_a_chinese_page_is_chinese(name: str) -> None:
    text = (LEARN / "zh" / name).read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|<!--.*?-->|`[^`]*`", "", text, flags=re.DOTALL)
    assert len(re.findall(r"[\u4e00-\u9fff]", prose)) > 250


@pytest.mark.parametrize("folder", ["", "zh"])
def test_the_contents_name_every_lesson(folder: str) -> None:
    text = (LEARN / folder / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\]\((\d[\w-]+\.md)\)", text) == LESSONS
