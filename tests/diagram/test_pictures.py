"""Whole drawings, as they were looked at: every box, line and word in its place."""

from __future__ import annotations

from tests.diagram.drawn import drawings, kept


def test_drawings_are_those_that_were_looked_at() -> None:
    found = {name: lines for name, _, lines in drawings()}
    seen = kept()
    assert found.keys() == seen.keys()
    for name, lines in found.items():
        assert lines == seen[name], name
