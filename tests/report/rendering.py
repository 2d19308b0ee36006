"""Markdown as a page, read back: which tags there are, and what stands outside of code."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from markdown_it import MarkdownIt

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
# What our own Markdown is made of.
_OURS = {"h3", "h4", "p", "ul", "li", "strong", "code", "br"}


class Page(HTMLParser):
    """The tags of a page, and its text outside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.depth = 0
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.depth += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.text += "" if self.depth else data


def rendered(markdown: str) -> Page:
    """The page that GitHub would show, as far as it is safe; links and mentions are found later."""
    page = Page()
    page.feed(MARKDOWN.render(markdown))
    assert page.tags <= _OURS, markdown
    # What GitHub turns into mentions and references to issues.
    assert not re.search(r"@\w|#\d", page.text), markdown
    return page
