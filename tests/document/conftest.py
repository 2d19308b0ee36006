"""Both YAML parsers, so that every test of this folder runs through each."""

from __future__ import annotations

import pytest

from convcalc.document.events import EventSource, libyaml_events, pure_events

SOURCES = [
    pytest.param(
        libyaml_events,
        id="libyaml",
        marks=pytest.mark.skipif(libyaml_events is None, reason="PyYAML without libyaml"),
    ),
    pytest.param(pure_events, id="pure"),
]


@pytest.fixture(params=SOURCES)
def events(request: pytest.FixtureRequest) -> EventSource:
    """An event source: libyaml's, then PyYAML's own."""
    source: EventSource = request.param
    return source
